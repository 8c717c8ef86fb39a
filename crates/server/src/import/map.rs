//! From a released row to the record's own words: an outside request, the questions it puts, the facts, what was done.
//!
//! What the row does not say stays unknown. The agency is the one that the pack's dated map of facilities names; a place the
//! map does not have is no city agency (`NOT_CITY`) as far as anyone can tell from its name, and is counted as such. What
//! the requester asserts about the person (criminality, the code of a charge) is kept as its assertion in closed codes and is
//! never a fact: only the lodging itself and an asserted re-entry, which 14-154(b)(2)(A) names as such, are facts here.
//!
//! What became of a detainer is recorded as a deed only as far as the release says it. Declined by the agency: not honored.
//! Ended by the requester: withdrawn. Left custody: released. "Booked into detention" says that the requester took the
//! person and not that the agency held or told, so it is noted and is no deed; so are transfers to nobody said, and deaths.
//! The release gives no day for any of these: the detainer's own stands for it, and the note says so.
//!
//! Every key and id is derived from the release, the row and its content, so that a second import finds the first one's
//! entries, and under a secret of the data folder ([`Names`]): keys and ids outlive an erasure, releases are public, and
//! without the secret whoever guesses a row could try its name and learn that it was recorded.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use law::{ActId, AgencyId, DocumentId, Facts, Question, RequesterId, StatuteId, Value, vocabulary::Vocabulary};
use record::{
    Actor, Body, Channel, Claim, Deed, Detainer, DetainerReason, Document, Done, Entry, EntryId, OutsideRequest,
    PersonKey, Private, Receiver, RequestId, Requester, RequesterKind, Resolution, Source, Told, When, first_16,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    release::{Fate, Release},
    row::{Criminality, DetainerRow, Form},
};

/// The agency to whom rows go whose place is of no city agency.
pub const NOT_CITY: &str = "NOT_CITY";

/// Who lodges the detainers of these releases.
pub const REQUESTER: &str = "ice_ero";

/// The source of every fact, and the name of this kind of import.
pub const SOURCE: &str = "ice-foia";

/// Under what the releases' anonymised keys of persons become ours. They are public, so this is no secret.
const PERSON_LABEL: &[u8; 32] = b"vouchsafe import ice-foia person";

/// A row as the record will have it, but for the decisions.
#[derive(Clone, Debug)]
pub struct Mapped {
    /// Names the row for ever. The idempotency key of its first entry.
    pub key: RowKey,
    /// The request.
    pub request: OutsideRequest,
    /// Whether the pack's map names the facility; `None` when the row names none.
    pub facility_known: Option<bool>,
    /// The day by whose law it is decided.
    pub day: Date,
    /// One question an act.
    pub questions: Vec<Question>,
    /// What the row says, as facts.
    pub facts: Facts,
    /// What was done, as the release says.
    pub deed: Option<Deed>,
}

/// Names rows, so that one is recognised when it comes again and by nobody who has not the secret.
pub struct Names(Zeroizing<[u8; 32]>);

/// Why keys and ids differ although both are derived from the same row, and from those of every other use of the secret.
const KEY_LABEL: &[u8] = b"vouchsafe import key v2\0";
const ID_LABEL: &[u8] = b"vouchsafe import id v2\0";

/// A row's name: what the store keeps of it, and where the ids of its parts come from.
#[derive(Clone, PartialEq, Eq)]
pub struct RowKey {
    /// What the store keeps.
    kept: String,
    /// Under the secret, and never kept: what the ids are derived under.
    ids: Zeroizing<[u8; 32]>,
}

impl Names {
    /// Names under this secret, which is the data folder's own.
    #[must_use]
    pub fn under(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// The row's name: of the release, the fiscal year where each has its own file, the number (or the count among equal
    /// rows), and the content.
    #[must_use]
    pub fn key(&self, release: &Release, row: &DetainerRow, number: u64) -> RowKey {
        let year = if release.by_year { format!("-fy{}", fiscal_year(row.day)) } else { String::new() };
        let name = format!("{}{year}:{number}:{}", release.id, hex::encode(row.content()));
        RowKey {
            kept: format!("{SOURCE}:{}", hex::encode(hmac(&self.0, &[KEY_LABEL, name.as_bytes()]))),
            ids: Zeroizing::new(hmac(&self.0, &[ID_LABEL, name.as_bytes()])),
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names(..)")
    }
}

impl RowKey {
    /// The idempotency key of the row's first entry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.kept
    }

    /// The id of one entry of the row: its part is `requested`, `decided/hold`, `done`.
    #[must_use]
    pub fn entry_id(&self, part: &str) -> EntryId {
        EntryId::from_bytes(self.bytes_of(part))
    }

    /// 16 bytes that name one part of the row for ever.
    fn bytes_of(&self, part: &str) -> [u8; 16] {
        first_16(hmac(&self.ids, &[part.as_bytes()]))
    }
}

impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kept)
    }
}

/// HMAC with SHA-256 (RFC 2104) under a key that is no longer than a block.
fn hmac(key: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    let padded = |pad: u8| {
        let mut block = Zeroizing::new([pad; 64]);
        block.iter_mut().zip(key).for_each(|(to, from)| *to ^= from);
        Sha256::new().chain_update(*block)
    };
    let inner = message.iter().fold(padded(0x36), |hash, part| hash.chain_update(part)).finalize();
    padded(0x5c).chain_update(inner).finalize().into()
}

/// The federal fiscal year of a day: it begins on 1 October of the year before.
fn fiscal_year(day: Date) -> i16 {
    day.year() + i16::from(day.month() >= 10)
}

/// An entry of this import.
#[must_use]
pub fn entry(key: &RowKey, part: &str, at: Timestamp, source: &Source, body: Body) -> Entry {
    Entry { id: key.entry_id(part), at, by: Actor::Program { name: "import".to_owned() }, source: source.clone(), body }
}

/// Maps one row. `number` is the row's own or, for releases without numbers, its count among equal rows.
#[must_use]
pub fn map(vocabulary: &Vocabulary, names: &Names, release: &Release, row: &DetainerRow, number: u64) -> Mapped {
    let key = names.key(release, row, number);
    let facility = row.facility.as_deref().map(|name| vocabulary.facility(name, row.day));
    let agency = match facility {
        Some(Some(facility)) => facility.agency.clone(),
        Some(None) | None => AgencyId::new(NOT_CITY),
    };
    let acts = acts(row);
    let document = DocumentId::new("i247a");
    let question = |act: &ActId| Question {
        agency: agency.clone(),
        act: act.clone(),
        requester: RequesterId::new(REQUESTER),
        statute_enforced: StatuteId::new("civil_ina"),
        document: vec![document.clone()],
    };
    let mut facts = Facts::new();
    facts.insert("detainer_lodged", Value::Bool(true), SOURCE);
    facts.insert("request_received", Value::Bool(true), SOURCE);
    if let Some(reentry) = row.reentry {
        facts.insert("reentry_asserted", Value::Bool(reentry), SOURCE);
    }
    Mapped {
        day: row.day,
        questions: acts.iter().map(question).collect(),
        facts,
        deed: deed(row),
        facility_known: facility.map(|found| found.is_some()),
        request: OutsideRequest {
            id: RequestId::from_bytes(key.bytes_of("request")),
            received: When::Day(row.day),
            requester: Requester {
                kind: RequesterKind::Federal,
                id: RequesterId::new(REQUESTER),
                agency: "U.S. Immigration and Customs Enforcement".to_owned(),
                unit: Some("Enforcement and Removal Operations".to_owned()),
                officer: None,
            },
            channel: Channel::Unknown,
            receiver: Receiver { agency, site: site(row), employee: None },
            acts,
            information: Vec::new(),
            statute: StatuteId::new("civil_ina"),
            statute_as_stated: None,
            claim: Claim::NotSaid,
            documents: vec![Document { kind: document, dated: Some(row.day), copy: None }],
            detainer: Some(Detainer {
                lodged: row.day,
                reasons: reasons(row),
                asserts_ground_a: row.reentry,
                warrant_with_it: None,
            }),
            person: row.person.as_deref().map(|person| PersonKey::derive(PERSON_LABEL, person)),
            supervisor: Told::Unknown,
            counsel: Told::Unknown,
            note: Some(note(release, row, number)),
        },
        key,
    }
}

/// The entry of what was done, as the release says it.
#[must_use]
pub fn done(mapped: &Mapped, deed: Deed, decision: Option<EntryId>) -> Done {
    Done {
        request: Some(mapped.request.id),
        decision,
        agency: mapped.request.receiver.agency.clone(),
        person: mapped.request.person,
        deed,
        when: When::Day(mapped.day),
        decided_by: Private::from("not said in the release"),
        basis: None,
        search: None,
    }
}

/// I-247N asks to be told and I-247D and I-247X to hold; the others ask both, and so does a detainer whose form is not said.
fn acts(row: &DetainerRow) -> Vec<ActId> {
    let (hold, notify) = (ActId::new("hold"), ActId::new("notify_release"));
    match row.form {
        Form::I247N => vec![notify],
        Form::I247D | Form::I247X if row.notify_asked != Some(true) => vec![hold],
        _ => vec![hold, notify],
    }
}

fn reasons(row: &DetainerRow) -> Vec<DetainerReason> {
    [
        (row.belief, DetainerReason::ReasonToBelieve),
        (row.charging_document, DetainerReason::ChargingDocument),
        (row.arrest_warrant, DetainerReason::ArrestWarrant),
        (row.removal_order, DetainerReason::RemovalOrder),
    ]
    .into_iter()
    .filter_map(|(asserted, reason)| asserted.then_some(reason))
    .collect()
}

fn deed(row: &DetainerRow) -> Option<Deed> {
    match row.fate? {
        Fate::Declined => Some(Deed::Resolved { how: Resolution::NotHonored }),
        Fate::EndedByRequester => Some(Deed::Resolved { how: Resolution::Withdrawn }),
        Fate::LeftCustody => Some(Deed::Released { due: None }),
        Fate::BookedByRequester | Fate::Moved | Fate::Died => None,
    }
}

/// The place as the agency writes it: facility, city, state.
fn site(row: &DetainerRow) -> Option<String> {
    let parts: Vec<&str> =
        [&row.facility, &row.city, &row.state].into_iter().filter_map(|part| part.as_deref()).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Where the row stands, and what the release says that has no field of its own, in closed codes.
fn note(release: &Release, row: &DetainerRow, number: u64) -> Private {
    let mut said = vec![format!("release {}, row {number}", release.id)];
    if row.form != Form::NotSaid {
        said.push(format!("form {}", row.form.code()));
    }
    if let Some(criminality) = row.criminality.map(Criminality::code) {
        said.push(format!("the requester asserts: {criminality}"));
    }
    if let Some(code) = &row.charge_code {
        said.push(format!("of charge code {code}"));
    }
    if let Some(day) = row.conviction_day {
        said.push(format!("on {day}"));
    }
    if let Some(fate) = row.fate {
        said.push(format!("its end as released: {}, on a day not said", fate.code()));
    }
    Private::from(said.join("; "))
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::super::{
        RawRow,
        release::Header,
        row::{Parsed, parse},
    };
    use super::*;

    fn mapped(header: &str, line: &str) -> Mapped {
        mapped_under(1, header, line)
    }

    fn mapped_under(secret: u8, header: &str, line: &str) -> Mapped {
        let cells = |line: &str| RawRow { row: 9, cells: line.split('|').map(str::to_owned).collect() };
        let header = Header::find(&cells(header)).unwrap();
        let Parsed::Detainer(row) = parse(&header, &cells(line)).unwrap() else { panic!("outside the scope") };
        // Loading proves the pack, which takes longer than all of these tests.
        static PACK: OnceLock<law::Pack> = OnceLock::new();
        let pack = PACK.get_or_init(|| crate::pack::load(None).unwrap());
        map(pack.vocabulary(), &Names::under([secret; 32]), header.release, &row, row.number)
    }

    const FY2015: &str = "row_original|prepare_date|detainer_type|facility|state|city|lift_reason";

    #[test]
    fn the_map_of_the_pack_names_the_agency() {
        for (facility, agency, known) in [
            ("RIKERS ISLAND, QUEENS, NY", "DOC", Some(true)),
            ("QUEENS CENTRAL BOOKING", "NYPD", Some(true)),
            ("BROOKLYN MDC", "NOT_CITY", Some(true)),
            ("SOME JAIL, SOMEWHERE", "NOT_CITY", Some(false)),
            ("", "NOT_CITY", None),
        ] {
            let mapped = mapped(FY2015, &format!("5|2015-01-05|I247 - x|{facility}|NEW YORK|NEW YORK|"));
            assert_eq!(mapped.request.receiver.agency.as_str(), agency, "{facility}");
            assert_eq!(mapped.facility_known, known, "{facility}");
        }
    }

    #[test]
    fn each_form_puts_its_own_questions() {
        for (form, acts) in [
            ("I247 - x", vec!["hold", "notify_release"]),
            ("I247D - x", vec!["hold"]),
            ("I247N - x", vec!["notify_release"]),
            ("", vec!["hold", "notify_release"]),
        ] {
            let mapped = mapped(FY2015, &format!("5|2015-01-05|{form}|X|NEW YORK|NEW YORK|"));
            let put: Vec<&str> = mapped.questions.iter().map(|question| question.act.as_str()).collect();
            assert_eq!(put, acts, "{form}");
            assert_eq!(
                mapped.request.acts,
                mapped.questions.iter().map(|question| question.act.clone()).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_deed_is_only_what_the_release_says() {
        let deed = |says: &str| mapped(FY2015, &format!("5|2015-01-05|I247|X|NEW YORK|NEW YORK|{says}")).deed;
        assert_eq!(deed("Detainer Declined by LEA"), Some(Deed::Resolved { how: Resolution::NotHonored }));
        assert_eq!(deed("Prosecutorial Discretion"), Some(Deed::Resolved { how: Resolution::Withdrawn }));
        assert_eq!(deed("Early Release"), Some(Deed::Released { due: None }));
        assert_eq!(deed("Booked into Detention"), None);
        assert_eq!(deed(""), None);
    }

    #[test]
    fn the_same_row_has_the_same_ids_and_another_has_not() {
        let one = mapped(FY2015, "5|2015-01-05|I247|X|NEW YORK|NEW YORK|");
        let again = mapped(FY2015, "5|1/5/2015|I247|X |NEW YORK|NEW YORK|NA");
        assert_eq!((&one.key, one.request.id), (&again.key, again.request.id));
        let other = mapped(FY2015, "6|2015-01-05|I247|X|NEW YORK|NEW YORK|");
        assert_ne!(one.request.id, other.request.id);
        assert_ne!(one.key.entry_id("requested"), one.key.entry_id("done"));
    }

    /// Keys and ids stay when a row is erased; the release is public. Nobody may try a row against them.
    #[test]
    fn under_another_secret_the_same_row_has_other_names() {
        let line = "5|2015-01-05|I247|X|NEW YORK|NEW YORK|";
        let (one, other) = (mapped_under(1, FY2015, line), mapped_under(2, FY2015, line));
        assert_ne!(one.key.as_str(), other.key.as_str());
        assert_ne!(one.request.id, other.request.id);
        assert_ne!(one.key.entry_id("requested"), other.key.entry_id("requested"));
        assert_eq!(format!("{:?}", Names::under([1; 32])), "Names(..)");
        assert_eq!(format!("{:?}", one.key), one.key.as_str());
        assert_eq!(one.key.as_str().len(), "ice-foia:".len() + 64, "the key says nothing of the row");
    }

    /// Test case 2 of RFC 4231, whose key of four bytes is the same as one filled up with zeros.
    #[test]
    fn hmac_is_the_standard_s() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let tag = hmac(&key, &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex::encode(tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn fiscal_years_begin_in_october() {
        let year = |day: &str| fiscal_year(day.parse().unwrap());
        assert_eq!((year("2015-09-30"), year("2015-10-01")), (2015, 2016));
        // Where each year has a file of its own, equal rows of two years are two rows.
        let header = "row_original|event_date|landmark|processing_disposition";
        let key = |day: &str| mapped(header, &format!("5|{day}|X|Detainer")).key;
        assert_eq!(key("2015-10-01"), key("10/1/2015"));
        assert_ne!(key("2015-10-01"), key("2015-09-30"));
    }
}
