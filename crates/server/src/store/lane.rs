//! The reports' own lane: what the store keeps of a report until its day has ended, and what it finds it by afterwards.
//!
//! **Invariants.** A report is kept when [`Lane::accept`] has answered, and not before. Nothing here has a sequence or a
//! moment: rows are keyed by ids that follow from what nobody knows beforehand, and the finest time is a day. Once a day
//! has ended ([`Lane::end_days`]) no report is accepted on it. [`Lane::close`] makes its reports entries of the record, all in
//! one transaction and in the order of their leaves, and writes its rows anew in the order of their ids, so that not even
//! the pages of the database tell in which order they came.
//!
//! The same plan serves both databases ([`accept_one`]); they answer only what is asked of them.

use jiff::civil::Date;
use record::{Leaf, ReportId};
use seal::{
    ContentId,
    leaf::{Blind, ContentRoot, ContentRootError},
    receipt::Mailbox,
};

use super::{
    Draft, StoreError,
    leaf::{received, report_id, report_leaf},
    prepare::{Row, row_with},
};

/// The name of the transaction that makes a day's reports entries.
pub(super) const CLOSE: &str = "close a day of reports";

/// Where an envelope lies among the sealed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The segment's name; of zeroes once the day is closed and has one segment only.
    pub segment: [u8; 16],
    /// The first byte.
    pub at: u64,
    /// The length in bytes.
    pub bytes: u64,
}

/// A report as the lane keeps it.
#[derive(Clone, PartialEq)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The day on which it was accepted.
    pub day: Date,
    /// The mailbox that it came with.
    pub mailbox: Mailbox,
    /// What hides its leaf; none once it was erased.
    pub blind: Option<Blind>,
    /// Its leaf.
    pub leaf: Leaf,
    /// The name of its envelope.
    pub envelope: ContentId,
    /// The names of its attachments.
    pub attachments: Vec<ContentId>,
    /// Where its envelope lies; none once the bytes are gone.
    pub place: Option<Place>,
    /// The day on which its sender withdrew it.
    pub withdrawn: Option<Date>,
    /// Its day is closed: it is an entry of the record.
    pub closed: bool,
}

/// Which report, never what belongs to it: in a trace a mailbox would tie visits to each other.
impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Report({} of {})", self.id, self.day)
    }
}

/// A report that is to be kept.
pub struct NewReport {
    /// It as it will be kept.
    pub report: Report,
    /// The public key that proves the return of its sender.
    pub return_key: [u8; 32],
    /// Its sender proved the return to this mailbox, so that it may be a follow-up.
    pub proven: bool,
}

impl NewReport {
    /// A report on a day, from what its sender sent; the place is where its envelope lies already.
    ///
    /// # Errors
    /// Its names have no root.
    pub fn new(sent: &Sent, day: Date, place: Place, proven: bool) -> Result<Self, ContentRootError> {
        let root = ContentRoot::of(&sent.envelope, &sent.attachments)?;
        let report = Report {
            id: report_id(&root, &sent.blind),
            day,
            mailbox: sent.mailbox,
            blind: Some(sent.blind),
            leaf: report_leaf(day, &root, &sent.blind).unwrap_or(Leaf::from_bytes([0; 32])),
            envelope: sent.envelope,
            attachments: sent.attachments.clone(),
            place: Some(place),
            withdrawn: None,
            closed: false,
        };
        Ok(Self { report, return_key: sent.return_key, proven })
    }
}

/// What the sender of a report sends beside sealed bytes.
#[derive(Clone)]
pub struct Sent {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// The public key that proves a return.
    pub return_key: [u8; 32],
    /// The blind of the leaf.
    pub blind: Blind,
    /// The name of the envelope.
    pub envelope: ContentId,
    /// The names of the attachments.
    pub attachments: Vec<ContentId>,
}

/// A report that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The day on which it was accepted, perhaps the first time.
    pub day: Date,
    /// Its leaf.
    pub leaf: Leaf,
    /// It was kept before; nothing was added.
    pub already: bool,
}

/// Why a report is not kept.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AcceptError {
    /// The mailbox has another report, and the sender did not prove a return.
    #[error("the mailbox is used: a follow-up needs a proof of return")]
    MailboxUsed,
    /// The day has ended.
    #[error("the day has ended: no report is accepted up to {through}")]
    DayEnded {
        /// The last day that has ended.
        through: Date,
    },
    /// One of its attachments is not there any more.
    #[error("an attachment is not there: its sender has to upload it again")]
    AttachmentMissing,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A day whose reports are entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedDay {
    /// The place of its first leaf in the log; none while the log does not hold it. Nothing for a day without reports.
    pub first: Option<u64>,
    /// How many leaves it has.
    pub count: u64,
}

/// The reports' own lane in a store. All calls block.
pub trait Lane: Send + Sync {
    /// Keeps reports in one durable transaction, each answered for itself; what their places name is durable before.
    fn accept(&self, reports: &[NewReport]) -> Vec<Result<Kept, AcceptError>>;

    /// The key that proves a return to this mailbox.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn return_key(&self, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError>;

    /// One report.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn report(&self, id: &ReportId) -> Result<Option<Report>, StoreError>;

    /// The reports of a day, or of all days, in the order of days and ids.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn reports(&self, day: Option<Date>) -> Result<Vec<Report>, StoreError>;

    /// Of the reports that came with a mailbox and were not erased, in the order of days and ids, so many after so many. Costs the
    /// same however many mailboxes there are.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn reports_of(&self, mailbox: &Mailbox, skip: u32, at_most: u32) -> Result<Vec<Report>, StoreError>;

    /// The last day that has ended.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn ended(&self) -> Result<Option<Date>, StoreError>;

    /// Ends all days up to this one: from now on no report is accepted on them. Never goes back. Gives the days that have
    /// ended and are not closed, the first first.
    ///
    /// # Errors
    /// As [`super::Store::commit`]; repeating it is harmless.
    fn end_days(&self, through: Date) -> Result<Vec<Date>, StoreError>;

    /// Makes the reports of a day that has ended entries of the record. `places` says where each envelope lies now. Gives
    /// how many there were; none if the day was closed before.
    ///
    /// # Errors
    /// As [`super::Store::commit`]; repeating it is harmless.
    fn close(&self, day: Date, places: &dyn Fn(&ReportId) -> Option<Place>) -> Result<u64, StoreError>;

    /// Where the leaves of a day are in the log; none while the day is not closed.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn closed_day(&self, day: Date) -> Result<Option<ClosedDay>, StoreError>;

    /// Marks what came with a mailbox as withdrawn on this day; what was withdrawn before keeps its day.
    ///
    /// # Errors
    /// As [`super::Store::commit`]; repeating it is harmless.
    fn withdraw(&self, mailbox: &Mailbox, day: Date) -> Result<(), StoreError>;

    /// Reports that were erased and whose sealed bytes may still be there.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn erased(&self) -> Result<Vec<Report>, StoreError>;

    /// Forgets where the sealed bytes of an erased report were, and their names.
    ///
    /// # Errors
    /// As [`super::Store::commit`]; repeating it is harmless.
    fn bytes_gone(&self, id: &ReportId) -> Result<(), StoreError>;

    /// Sets the times of the store's own files to this day, so that they do not tell when in the day a report came.
    fn blur(&self, _day: Date) {}
}

/// A database, as far as accepting asks.
pub(super) trait LaneDb {
    /// The last day that has ended.
    fn ended(&mut self) -> Result<Option<Date>, StoreError>;
    /// The report of this id.
    fn find(&mut self, id: &ReportId) -> Result<Option<Report>, StoreError>;
    /// The key of this mailbox.
    fn key_of(&mut self, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError>;
    /// Keeps a report, and its mailbox if that is new.
    fn keep(&mut self, new: &NewReport, new_mailbox: bool) -> Result<(), StoreError>;
}

/// Decides about one report of a batch, inside the writer's transaction.
///
/// The outer error is the database's and ends the whole batch.
pub(super) fn accept_one(db: &mut impl LaneDb, new: &NewReport) -> Result<Result<Kept, AcceptError>, StoreError> {
    let report = &new.report;
    if let Some(known) = db.find(&report.id)? {
        // The id follows from content and blind; under another mailbox it is not the same report.
        return Ok(if known.mailbox == report.mailbox {
            Ok(Kept { day: known.day, leaf: known.leaf, already: true })
        } else {
            Err(AcceptError::MailboxUsed)
        });
    }
    let key = db.key_of(&report.mailbox)?;
    if key.is_some_and(|key| !new.proven || key != new.return_key) {
        return Ok(Err(AcceptError::MailboxUsed));
    }
    if let Some(through) = db.ended()?.filter(|through| report.day <= *through) {
        return Ok(Err(AcceptError::DayEnded { through }));
    }
    db.keep(new, key.is_none())?;
    Ok(Ok(Kept { day: report.day, leaf: report.leaf, already: false }))
}

/// The rows that the reports of a day become, in the order of their leaves: an order that anybody can check, and in which
/// nothing of their arrival is left.
pub(super) fn entries(place: &str, reports: &[Report]) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(reports.len());
    for report in reports {
        let damaged =
            |what: &str| StoreError::Damaged { place: place.to_owned(), seq: 0, what: format!("{} {what}", report.id) };
        let blind = report.blind.as_ref().ok_or_else(|| damaged("lost its blind before its day was closed"))?;
        let (entry, salt) = received(report.day, &report.envelope, &report.attachments, blind)
            .map_err(|error| damaged(&format!("has names without a root ({error})")))?;
        let row = row_with(Draft { key: None, entry }, salt)?;
        if row.leaf != report.leaf || row.id.as_bytes() != report.id.as_bytes() {
            return Err(damaged("does not lead to the leaf and id that it was given"));
        }
        rows.push(row);
    }
    rows.sort_unstable_by_key(|row| row.leaf);
    Ok(rows)
}

/// Attachments' names as one column.
pub(super) fn joined(names: &[ContentId]) -> Vec<u8> {
    names.iter().flat_map(|name| *name.as_bytes()).collect()
}

/// The other way; none if the column holds no whole names.
pub(super) fn parted(column: &[u8]) -> Option<Vec<ContentId>> {
    let (whole, rest) = column.as_chunks::<32>();
    rest.is_empty().then(|| whole.iter().map(|name| ContentId::from_hash(*name)).collect())
}
