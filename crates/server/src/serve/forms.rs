//! Reading what a form sent: nothing is cut, nothing is dropped, nothing is recorded twice.
//!
//! A field that is too long, names no choice of its list or is no day is refused with the sentence that says so, and the page
//! comes back with what was typed. Each form that records bears a nonce, drawn when its page was made: sent twice, it is one
//! act (the store's idempotency key).

use jiff::civil::{Date, DateTime, Time};
use maud::{Markup, html};
use record::{When, first_16};
use sha2::{Digest as _, Sha256};

use super::{Desk, session::Account};
use crate::words::Words;

/// The longest line that a form may send, in characters.
pub const LINE_MAX_CHARS: usize = 200;

/// The longest free text, in characters.
pub const TEXT_MAX_CHARS: usize = 2000;

/// What a form sent, in its order; a field may come several times.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<(String, String)>);

/// Why a form is not taken: the id of its sentence, and what the sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    id: &'static str,
    /// The label of the field, as an id of its own.
    field: Option<&'static str>,
    arguments: Vec<(&'static str, String)>,
    /// The name of the field, where one was read by name.
    at: Option<String>,
}

impl Fault {
    /// A fault of the whole form.
    #[must_use]
    pub fn new(id: &'static str) -> Self {
        Self { id, field: None, arguments: Vec::new(), at: None }
    }

    /// A fault of one field, by its label.
    #[must_use]
    pub fn of(id: &'static str, label: &'static str) -> Self {
        Self { field: Some(label), ..Self::new(id) }
    }

    /// Whether it is this one.
    #[must_use]
    pub fn is(&self, id: &str) -> bool {
        self.id == id
    }

    /// With what the sentence names.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }

    /// Of the field that was read by this name.
    #[must_use]
    pub fn at(mut self, name: &str) -> Self {
        self.at = Some(name.to_owned());
        self
    }

    /// The name of the field, where one was read by name.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.at.as_deref()
    }

    /// The sentence.
    #[must_use]
    pub fn say(&self, words: &Words) -> String {
        let field = self.field.map(|label| words.say(label, &[]));
        let mut arguments: Vec<(&str, &str)> =
            self.arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if let Some(field) = &field {
            arguments.push(("field", field));
        }
        words.say(self.id, &arguments)
    }
}

impl Fields {
    /// The first value of a field; nothing when it is empty or was not sent.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.trim().is_empty())
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether the form sent this value.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|sent| sent == value)
    }

    /// A text without control characters, at most so long.
    ///
    /// # Errors
    /// When it is longer: nothing is cut.
    pub fn text(&self, name: &str, label: &'static str, most: usize) -> Result<Option<String>, Fault> {
        let Some(value) = self.one(name) else { return Ok(None) };
        // Browsers send line ends as CR LF and count them as one character.
        let clean: String = value.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
        let length = clean.chars().count();
        if length > most {
            let fault = Fault::of("form-too-long", label).at(name);
            return Err(fault.with("most", most.to_string()).with("length", length.to_string()));
        }
        Ok((!clean.is_empty()).then_some(clean))
    }

    /// The choice of a list; nothing when none was made.
    ///
    /// # Errors
    /// When what was sent is not on the list.
    pub fn choice<T: Copy>(
        &self,
        name: &str,
        label: &'static str,
        table: &[(&'static str, T)],
    ) -> Result<Option<T>, Fault> {
        let Some(sent) = self.one(name) else { return Ok(None) };
        pick(table, sent).map(Some).ok_or_else(|| Fault::of("form-not-on-list", label).at(name))
    }

    /// Every choice of a list of which several can be ticked, in the list's order.
    ///
    /// # Errors
    /// When something that was sent is not on the list.
    pub fn choices<T: Copy>(
        &self,
        name: &str,
        label: &'static str,
        table: &[(&'static str, T)],
    ) -> Result<Vec<T>, Fault> {
        if self.all(name).any(|sent| pick(table, sent).is_none()) {
            return Err(Fault::of("form-not-on-list", label).at(name));
        }
        Ok(table.iter().filter(|(word, _)| self.has(name, word)).map(|(_, value)| *value).collect())
    }

    /// A day that is not in the future; nothing when none was given.
    ///
    /// # Errors
    /// When it is no day, lies in the future, or before there were such laws.
    pub fn day(&self, name: &str, label: &'static str, today: Date) -> Result<Option<Date>, Fault> {
        let Some(sent) = self.one(name) else { return Ok(None) };
        let day: Date = sent.trim().parse().map_err(|_| Fault::of("form-no-day", label).at(name))?;
        plausible(day, label, today).map(Some).map_err(|fault| fault.at(name))
    }

    /// A day and a time (as `2026-06-15T14:05`) that is not in the future; nothing when none was given.
    ///
    /// # Errors
    /// As [`Fields::day`].
    pub fn moment(&self, name: &str, label: &'static str, now: DateTime) -> Result<Option<When>, Fault> {
        let Some(sent) = self.one(name) else { return Ok(None) };
        let when: When = match sent.trim().parse() {
            Ok(when) => when,
            Err(_) => return Err(Fault::of("form-no-day", label).at(name)),
        };
        plausible(when.day(), label, now.date()).map_err(|fault| fault.at(name))?;
        if when.time().is_some_and(|time| time > now) {
            return Err(Fault::of("form-future", label).at(name));
        }
        Ok(Some(when))
    }

    /// When something happened ([`day_and_time`]): now where nothing was given or today's day alone, else the day or the moment that was.
    ///
    /// # Errors
    /// As [`Fields::day`]; a time of day that is none.
    pub fn happened(&self, name: &str, label: &'static str, now: DateTime) -> Result<When, Fault> {
        let given = self.moment(name, label, now)?;
        let field = time_of(name);
        if let Some(sent) = self.one(&field) {
            let time: Time = sent.trim().parse().map_err(|_| Fault::new("form-no-time").at(&field))?;
            let time = given.map_or(now.date(), When::day).to_datetime(time);
            return if time > now { Err(Fault::new("form-future-time").at(&field)) } else { Ok(When::Time(time)) };
        }
        Ok(match given {
            Some(When::Time(time)) => When::Time(time),
            given => when(given.map(When::day), now),
        })
    }
}

/// The year of the first of these laws.
const FIRST_YEAR: i16 = 2013;

fn plausible(day: Date, label: &'static str, today: Date) -> Result<Date, Fault> {
    if day > today {
        return Err(Fault::of("form-future", label));
    }
    if day.year() < FIRST_YEAR {
        return Err(Fault::of("form-too-early", label).with("year", FIRST_YEAR.to_string()));
    }
    Ok(day)
}

/// The value of a word in a list.
#[must_use]
pub fn pick<T: Copy>(table: &[(&'static str, T)], word: &str) -> Option<T> {
    table.iter().find(|(id, _)| *id == word).map(|(_, value)| *value)
}

/// The word of a value in a list.
#[must_use]
pub fn word<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> Option<&'static str> {
    table.iter().find(|(_, of)| of == value).map(|(word, _)| *word)
}

/// When something happened, of which only the day was given: today it is now, else that day.
#[must_use]
pub fn when(day: Option<Date>, now: DateTime) -> When {
    match day {
        Some(day) if day != now.date() => When::Day(day),
        _ => When::Time(now),
    }
}

/// A form's own number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// The hidden field with a new number.
    #[must_use]
    pub fn field(desk: &Desk) -> Markup {
        // Without randomness the field stays empty and the form is refused, like every act then.
        let nonce = desk.random().map(hex::encode).unwrap_or_default();
        html! { input type="hidden" name="nonce" value=(nonce); }
    }

    /// The number that a form bears.
    ///
    /// # Errors
    /// When it has none of ours.
    pub fn read(fields: &Fields) -> Result<Self, Fault> {
        let plain = |text: &&str| {
            text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
        };
        fields
            .one("nonce")
            .filter(plain)
            .map(|text| Self(text.to_owned()))
            .ok_or_else(|| Fault::new("gate-start-again"))
    }

    /// The key under which the store keeps one entry of the form, which nobody else's form can have.
    #[must_use]
    pub fn key(&self, account: &Account, part: usize) -> String {
        format!("desk/{}/{part}", hex::encode(self.bytes(account)))
    }

    /// Sixteen bytes for an id inside the entries: the same each time that the form is sent.
    #[must_use]
    pub fn id(&self, account: &Account) -> [u8; 16] {
        first_16(Sha256::new().chain_update(b"id\0").chain_update(self.bytes(account)).finalize())
    }

    fn bytes(&self, account: &Account) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"vouchsafe desk form v1\0")
            .chain_update(account.agency.as_str())
            .chain_update(b"\0")
            .chain_update(account.name.as_bytes())
            .chain_update(b"\0")
            .chain_update(self.0.as_bytes())
            .finalize()
            .into()
    }
}

/// A list of which one is chosen; its options are worded by `prefix-WORD`.
#[must_use]
pub fn select<T>(desk: &Desk, field: &str, prefix: &str, table: &[(&'static str, T)], typed: &Fields) -> Markup {
    html! {
        select id=(field) name=(field) {
            @for (word, _) in table {
                option value=(word) selected[typed.has(field, word)] { (desk.words.say(&format!("{prefix}-{word}"), &[])) }
            }
        }
    }
}

/// A line with its label.
#[must_use]
pub fn line(desk: &Desk, field: &str, label: &str, typed: &Fields) -> Markup {
    html! {
        label for=(field) { (desk.words.say(label, &[])) }
        input id=(field) name=(field) maxlength=(LINE_MAX_CHARS) autocomplete="off" value=(typed.one(field).unwrap_or_default());
    }
}

/// A day with its label; empty means today.
#[must_use]
pub fn day(desk: &Desk, field: &str, label: &str, typed: &Fields) -> Markup {
    day_until(desk, field, label, typed, Some(desk.now().date()))
}

/// A day with its label, and the time of day for whoever knows it; [`Fields::happened`] reads both.
#[must_use]
pub fn day_and_time(desk: &Desk, field: &str, label: &str, typed: &Fields) -> Markup {
    html! {
        (day(desk, field, label, typed))
        (time(desk, field, field, typed))
    }
}

/// The time of day that belongs to a day's field; `id` keeps the fields of one page apart.
#[must_use]
pub fn time(desk: &Desk, id: &str, field: &str, typed: &Fields) -> Markup {
    let (id, name) = (time_of(id), time_of(field));
    html! {
        label for=(id) { (desk.words.say("form-time", &[])) }
        input id=(id) name=(name) type="time" value=(typed.one(&name).unwrap_or_default());
    }
}

fn time_of(field: &str) -> String {
    format!("{field}-time")
}

/// A day with its label: at first and at the latest `last`, or any that the form sets later.
#[must_use]
pub fn day_until(desk: &Desk, field: &str, label: &str, typed: &Fields, last: Option<Date>) -> Markup {
    let last = last.map(|day| day.to_string());
    html! {
        label for=(field) { (desk.words.say(label, &[])) }
        input id=(field) name=(field) type="date" max=[&last] value=(typed.one(field).or(last.as_deref()).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_and_never_cut() {
        let words = Words::new("en");
        let long = "x".repeat(3000);
        let fault = fields(&[("note", &long)]).text("note", "record-note", TEXT_MAX_CHARS).unwrap_err().say(&words);
        assert!(fault.contains("3000") && fault.contains("2000"), "{fault}");
        let whole = "y".repeat(2000);
        let text = fields(&[("note", &whole)]).text("note", "record-note", TEXT_MAX_CHARS).unwrap();
        assert_eq!(text.as_deref(), Some(whole.as_str()));
        assert_eq!(fields(&[("note", " \u{7} ")]).text("note", "record-note", 9).unwrap(), None);
    }

    #[test]
    fn what_is_on_no_list_is_refused_and_never_dropped() {
        const LIST: [(&str, u8); 2] = [("one", 1), ("two", 2)];
        assert_eq!(fields(&[("n", "two")]).choice("n", "record-channel", &LIST), Ok(Some(2)));
        assert_eq!(fields(&[("n", "")]).choice("n", "record-channel", &LIST), Ok(None));
        assert!(fields(&[("n", "three")]).choice("n", "record-channel", &LIST).is_err());
        assert_eq!(fields(&[("n", "two"), ("n", "one")]).choices("n", "record-channel", &LIST), Ok(vec![1, 2]));
        assert!(fields(&[("n", "two"), ("n", "x")]).choices("n", "record-channel", &LIST).is_err());
    }

    #[test]
    fn no_day_of_the_future_and_none_before_the_laws() {
        let today = date(2026, 9, 1);
        let day = |text| fields(&[("d", text)]).day("d", "record-received", today);
        assert_eq!(day("2026-08-31"), Ok(Some(date(2026, 8, 31))));
        assert_eq!(day(""), Ok(None));
        assert!(day("2026-09-02").is_err() && day("1999-01-01").is_err() && day("31/08/2026").is_err());
        let noon = today.at(12, 0, 0, 0);
        let moment = |text| fields(&[("d", text)]).moment("d", "done-due", noon);
        assert_eq!(moment("2026-09-01T11:59"), Ok(Some(When::Time(today.at(11, 59, 0, 0)))));
        assert!(moment("2026-09-01T12:01").is_err());
        assert_eq!(when(Some(today), noon), When::Time(noon));
        let happened = |day, time| fields(&[("d", day), ("d-time", time)]).happened("d", "done-on", noon);
        assert_eq!(happened("2026-09-01", "09:30"), Ok(When::Time(today.at(9, 30, 0, 0))));
        assert_eq!(happened("2026-08-01", "23:05"), Ok(When::Time(date(2026, 8, 1).at(23, 5, 0, 0))));
        assert_eq!(happened("", "09:30"), Ok(When::Time(today.at(9, 30, 0, 0))));
        assert_eq!((happened("2026-09-01", ""), happened("", "")), (Ok(When::Time(noon)), Ok(When::Time(noon))));
        assert_eq!(happened("2026-08-01", ""), Ok(When::Day(date(2026, 8, 1))));
        let words = Words::new("en");
        assert!(happened("2026-09-01", "12:01").unwrap_err().say(&words).contains("“Time”: that is later than now"));
        assert!(happened("2026-09-01", "25:00").unwrap_err().say(&words).contains("write a time of day"));
        assert_eq!(when(Some(date(2026, 8, 1)), noon), When::Day(date(2026, 8, 1)));
    }

    #[test]
    fn a_form_sent_twice_has_one_key_and_another_persons_has_its_own() {
        let account = |name: &str| Account::development(name, &"DOC".into(), record::Role::Desk);
        let nonce = Nonce::read(&fields(&[("nonce", "0123456789abcdef0123456789abcdef")])).unwrap();
        assert_eq!(nonce.key(&account("A"), 0), nonce.key(&account("A"), 0));
        assert_ne!(nonce.key(&account("A"), 0), nonce.key(&account("A"), 1));
        assert_ne!(nonce.key(&account("A"), 0), nonce.key(&account("B"), 0));
        assert_ne!(nonce.id(&account("A")), nonce.id(&account("B")));
        for bad in ["", "x", "0123456789ABCDEF0123456789ABCDEF"] {
            assert!(Nonce::read(&fields(&[("nonce", bad)])).is_err());
        }
    }
}
