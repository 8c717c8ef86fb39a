//! Reminders by mail: once a day, how much an agency owes and how much of it is overdue, by kind, how many possible violations its record
//! shows, of how many requests nobody has said what was done, and where to look.
//!
//! Mail is read by whoever runs the servers that it passes, kept for years and forwarded. So a reminder has counts and one link, and
//! says nothing about a person: no name, no request, no site, no words of the record. Whoever is reminded signs in to see more.
//!
//! One thread sends, at its own pace and never inside a request: a mail server that is slow or away delays no page. What was not sent is
//! tried again, and operators see it in traces and metrics, which name no address. Not here: what is owed (`serve::duties`), and who
//! has been written to ([`crate::store::reminders`]).

pub mod config;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, Weekday},
};
use law::AgencyId;
use lettre::{
    Message, SmtpTransport, Transport as _,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls as LibraryTls, TlsParameters},
        extension::ClientId,
    },
};
use record::DutyKind;
use sha2::{Digest as _, Sha256};

use self::config::{Mail, MailError, Tls};
use crate::{
    serve::{Desk, duties::kept::Count},
    store::reminders::Reminders,
    words::Words,
};

/// How often the thread looks whether somebody is to be written to.
const PACE: Duration = Duration::from_secs(20);

/// The longest that it waits after a failure.
const LONGEST: Duration = Duration::from_mins(15);

/// How long one exchange with the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// From how many days after the contact on a reminder tells of a request of which nobody has said what was done: this product's own
/// practice, no statute's number. No duty hangs on it.
pub const UNDONE_AFTER_DAYS: i64 = 5;

/// How much is owed, by whose and of what kind.
pub type Counts = BTreeMap<(Option<AgencyId>, DutyKind), Count>;

/// What is told of.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What is owed.
    pub owed: Counts,
    /// How many possible violations each agency's record shows.
    pub found: BTreeMap<AgencyId, usize>,
    /// Of how many requests of each agency nobody has said for [`UNDONE_AFTER_DAYS`] what was done.
    pub undone: BTreeMap<AgencyId, u64>,
}

/// What is told of one agency, or of the office that the mayor designates.
#[derive(Default)]
struct Lines {
    owed: Vec<(DutyKind, Count)>,
    found: usize,
    undone: u64,
}

/// Who sends.
pub struct Sender {
    mail: Mail,
    transport: SmtpTransport,
    reminders: Arc<dyn Reminders>,
    /// Where the duties are.
    link: String,
    words: Words,
    /// The names of agencies.
    titles: BTreeMap<AgencyId, String>,
}

impl Sender {
    /// A sender as the configuration says, of a city with these agencies, whose duties are at this address.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(
        mail: Mail,
        reminders: Arc<dyn Reminders>,
        link: String,
        titles: BTreeMap<AgencyId, String>,
    ) -> Result<Self, MailError> {
        mail.fits(&titles.keys().cloned().collect())?;
        let transport = transport(&mail)?;
        Ok(Self { mail, transport, reminders, link, words: Words::new("en"), titles })
    }

    /// Begins to send, until the desk is gone.
    ///
    /// # Errors
    /// When there is no thread.
    pub fn start(self, desk: Weak<Desk>) -> anyhow::Result<()> {
        let run = move || {
            let mut wait = PACE;
            let mut undone: Option<(Date, BTreeMap<AgencyId, u64>)> = None;
            loop {
                let Some(desk) = desk.upgrade() else { return };
                let now = desk.now();
                let round = desk.owed.read_on(&*desk.store, now.date()).map_err(anyhow::Error::from);
                let failed = round.and_then(|()| {
                    if !self.is_time(now) {
                        return Ok(());
                    }
                    // Counted once a day: the database counts them row by row.
                    let undone = match undone.take() {
                        Some(kept) if kept.0 == now.date() => undone.insert(kept),
                        _ => undone.insert((now.date(), undone_of(&desk, now.date())?)),
                    };
                    let (owed, found) = (desk.owed.count(now), desk.owed.possible_by_agency());
                    self.round(now, &Told { owed, found, undone: undone.1.clone() })
                });
                drop(desk);
                wait = match failed {
                    Ok(()) => PACE,
                    Err(error) => {
                        tracing::error!(error = format!("{error:#}"), "a reminder was not sent; it is tried again");
                        (wait * 2).min(LONGEST)
                    }
                };
                thread::sleep(wait);
            }
        };
        thread::Builder::new().name("reminders".to_owned()).spawn(run).map(drop).context("no thread for reminders")
    }

    /// Writes to whoever has not been written to today, if its hour has come and they have something to do.
    ///
    /// # Errors
    /// When somebody could not be written to; the others were all the same.
    pub fn round(&self, now: DateTime, told: &Told) -> anyhow::Result<()> {
        if !self.is_time(now) {
            return Ok(());
        }
        let mut failed = None;
        for (mailbox, agencies) in self.mail.recipients() {
            if let Some(text) = self.text(&agencies, told, now.date())
                && let Err(error) = self.send(&mailbox, &text, now.date())
            {
                metrics::counter!("vouchsafe_reminders_failed_total").increment(1);
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn is_time(&self, now: DateTime) -> bool {
        now.hour() >= self.mail.hour
    }

    fn send(&self, to: &Mailbox, (subject, body): &(String, String), day: Date) -> anyhow::Result<()> {
        let address = Sha256::digest(to.email.to_string().to_lowercase()).into();
        if !self.reminders.claim(&address, day)? {
            return Ok(());
        }
        let sent = self.message(to, subject, body).and_then(|message| {
            // What the server says may repeat the address: the kind of its answer alone is told.
            self.transport.send(&message).map_err(|error| match error.status() {
                Some(status) => anyhow::anyhow!("the mail server answered {status}"),
                None if error.is_timeout() => anyhow::anyhow!("the mail server did not answer in time"),
                None if error.is_tls() => anyhow::anyhow!("the line to the mail server could not be secured"),
                None => anyhow::anyhow!("the mail server could not be spoken to"),
            })
        });
        match sent {
            Ok(_) => {
                metrics::counter!("vouchsafe_reminders_sent_total").increment(1);
                Ok(())
            }
            Err(error) => {
                self.reminders.give_back(&address, day)?;
                Err(error)
            }
        }
    }

    fn message(&self, to: &Mailbox, subject: &str, body: &str) -> anyhow::Result<Message> {
        let mut number = [0; 16];
        getrandom::fill(&mut number).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let id = format!("<{}@{}>", hex::encode(number), self.mail.from.email.domain());
        // RFC 3834: nobody's machine answers it.
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let message = Message::builder()
            .from(self.mail.from.clone())
            .to(to.clone())
            .subject(subject)
            .message_id(Some(id))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN);
        message.body(body.to_owned()).context("the reminder could not be written")
    }

    /// Subject and text of this day for whoever is told of these agencies; none when they have nothing to do.
    #[must_use]
    pub fn text(&self, agencies: &BTreeSet<AgencyId>, told: &Told, day: Date) -> Option<(String, String)> {
        let all = agencies.iter().any(|agency| agency.as_str() == "*");
        let mine = |whose: &Option<AgencyId>| match whose {
            Some(agency) => all || agencies.contains(agency),
            None => all,
        };
        let mut of: BTreeMap<Option<AgencyId>, Lines> = BTreeMap::new();
        for ((whose, kind), count) in told.owed.iter().filter(|((whose, _), count)| count.open > 0 && mine(whose)) {
            of.entry(whose.clone()).or_default().owed.push((*kind, *count));
        }
        for (agency, count) in told.found.iter().filter(|(_, count)| **count > 0) {
            of.entry(Some(agency.clone())).or_default().found = *count;
        }
        for (agency, count) in told.undone.iter().filter(|(_, count)| **count > 0) {
            of.entry(Some(agency.clone())).or_default().undone = *count;
        }
        of.retain(|whose, _| mine(whose));
        let to_do = of.values().any(|lines| !lines.owed.is_empty() || lines.undone > 0);
        // Nobody can end a possible violation, and a mail that comes each day for ever is read by nobody.
        if of.is_empty() || !(to_do || day.weekday() == Weekday::Monday) {
            return None;
        }
        let owed = of.values().flat_map(|lines| &lines.owed);
        let total = |one: fn(&Count) -> usize| owed.clone().map(|(_, count)| one(count)).sum::<usize>();
        let (open, overdue) = (total(|count| count.open).to_string(), total(|count| count.overdue).to_string());
        let say = |id: &str, arguments: &[(&str, &str)]| self.words.say(id, arguments);
        let days = UNDONE_AFTER_DAYS.to_string();
        let found = of.values().map(|lines| lines.found).sum::<usize>();
        let undone = of.values().map(|lines| lines.undone).sum::<u64>();
        let owes = of.values().any(|lines| !lines.owed.is_empty());
        let mut lines = Vec::new();
        if owes {
            lines.push(say("reminder-begins", &[("open", &open), ("overdue", &overdue)]));
        }
        if found > 0 {
            lines.push(say("reminder-found", &[("count", &found.to_string())]));
        }
        if undone > 0 {
            lines.push(say("reminder-undone", &[("count", &undone.to_string()), ("days", &days)]));
            lines.push(say("reminder-undone-practice", &[("days", &days)]));
        }
        lines.push(String::new());
        for (whose, Lines { owed: kinds, found, undone }) in of {
            let title = whose.as_ref().map_or_else(
                || say("duties-of-the-city", &[]),
                |agency| self.titles.get(agency).cloned().unwrap_or_else(|| agency.to_string()),
            );
            lines.push(title);
            for (kind, Count { open, overdue }) in kinds {
                let name = say(&format!("duty-{}", kind.word().replace('_', "-")), &[]);
                let (open, overdue) = (open.to_string(), overdue.to_string());
                lines.push(say("reminder-line", &[("duty", &name), ("open", &open), ("overdue", &overdue)]));
            }
            if found > 0 {
                lines.push(say("reminder-line-found", &[("count", &found.to_string())]));
            }
            if undone > 0 {
                lines.push(say("reminder-line-undone", &[("count", &undone.to_string())]));
            }
            lines.push(String::new());
        }
        lines.push(say("reminder-link", &[("link", &self.link)]));
        lines.push(String::new());
        lines.push(say("reminder-ends", &[]));
        lines.push(String::new());
        let subject = if owes { "reminder-subject" } else { "reminder-subject-without-duties" };
        Some((say(subject, &[("overdue", &overdue)]), lines.join("\r\n")))
    }
}

/// Of how many requests of each agency nobody has said for [`UNDONE_AFTER_DAYS`] what was done; of those alone that the agency itself
/// recorded, as with its duties.
pub(crate) fn undone_of(desk: &Desk, today: Date) -> anyhow::Result<BTreeMap<AgencyId, u64>> {
    let through = today.saturating_sub(UNDONE_AFTER_DAYS.days());
    let mut found = BTreeMap::new();
    for (agency, source, count) in desk.store.undone(through)? {
        if desk.owed.counts_source(&source) {
            *found.entry(agency).or_default() += count;
        }
    }
    Ok(found)
}

fn transport(mail: &Mail) -> Result<SmtpTransport, MailError> {
    let library = |error: lettre::transport::smtp::Error| MailError::Library(error.to_string());
    let mut parameters = TlsParameters::builder(mail.host.clone());
    if let Some(path) = &mail.authority {
        let pem = fs::read(path).map_err(|source| MailError::Read { path: path.clone(), source })?;
        let what = "a certificate in PEM";
        let certificate = Certificate::from_pem(&pem).map_err(|_| MailError::Form { path: path.clone(), what })?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let (tls, port) = match mail.tls {
        Tls::Start => (LibraryTls::Required(parameters.build().map_err(library)?), 587),
        Tls::Whole => (LibraryTls::Wrapper(parameters.build().map_err(library)?), 465),
        Tls::None => (LibraryTls::None, 25),
    };
    let mut builder = SmtpTransport::builder_dangerous(&mail.host)
        .port(mail.port.unwrap_or(port))
        .tls(tls)
        .timeout(Some(TIMEOUT))
        .hello_name(ClientId::Domain(mail.from.email.domain().to_owned()));
    if let Some(credentials) = mail.credentials()? {
        let (user, password) = (credentials.user.reveal().to_owned(), credentials.password.reveal().to_owned());
        builder = builder.credentials(Credentials::new(user, password));
    }
    Ok(builder.build())
}

#[cfg(test)]
mod tests;
