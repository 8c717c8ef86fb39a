//! Reads a city's file with every fault at its place: nothing is guessed, nothing is left out in silence.
//!
//! TOML is read as a tree with spans, and walked table by table: each key is known or a fault, each value is of its form or a fault. A text
//! that is no TOML gives the faults of its form alone, since what a torn tree lacks is not what its author forgot.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use jiff::civil::Date;
use law::{AgencyId, Pack};
use record::duty::Sites;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Agency, Calendar, CityFile, Fault, Office, Site, Telephone};

/// The longest name, title or area, in characters.
const NAME_MAX_CHARS: usize = 80;
/// The longest id of a site, in characters.
const ID_MAX_CHARS: usize = 40;
/// The most areas of one list.
const AREAS_MAX: usize = 40;

const TOP: [&str; 3] = ["city", "calendar", "agency"];
const CITY: [&str; 3] = ["name", "pack", "time_zone"];
const CALENDAR: [&str; 3] = ["from", "until", "closed"];
const CLOSED: [&str; 2] = ["day", "name"];
const AGENCY: [&str; 7] =
    ["id", "designated", "designated_telephone", "counsel", "counsel_telephone", "line_24h", "site"];
const SITE: [&str; 7] = ["id", "name", "public", "non_public", "confirmed", "designated", "designated_telephone"];

/// Every key that a file can have.
#[cfg(test)]
pub(super) fn every_key() -> impl Iterator<Item = &'static str> {
    [&TOP[..1], &CITY, &CALENDAR, &CLOSED, &AGENCY, &SITE].into_iter().flatten().copied()
}

/// Reads a file.
///
/// # Errors
/// Every fault, in the order of the file.
pub(super) fn read(bytes: &[u8], pack: &Pack) -> Result<CityFile, Vec<Fault>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
        let (line, column) = place(&before, before.len());
        vec![Fault { line, column, what: "this is no UTF-8 text: save the file as UTF-8".to_owned() }]
    })?;
    // Some editors begin a file with a mark of its encoding.
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (tree, broken) = DeTable::parse_recoverable(plain);
    let mut reader = Reader { text: plain, pack, faults: Vec::new() };
    for error in broken {
        let at = error.span().unwrap_or_default();
        reader.fault(at, error.message().replace('\n', " "));
    }
    let read = if reader.faults.is_empty() { reader.file(tree.get_ref()) } else { None };
    reader.faults.sort();
    reader.faults.dedup();
    match read {
        Some((name, agencies, calendar)) if reader.faults.is_empty() => {
            Ok(CityFile { name, text: text.to_owned(), agencies, calendar })
        }
        _ => Err(reader.faults),
    }
}

/// The agencies that a file names, each with the ids of its sites. It was in force once and the pack may be another since, so nothing is
/// checked; what is no id of ours is left out.
#[must_use]
pub fn named_in(text: &str) -> Sites {
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table: toml::Table = plain.parse().unwrap_or_default();
    let id = |one: &toml::Value| one.get("id").and_then(toml::Value::as_str).map(str::to_owned);
    let sites = |agency: &toml::Value| tables(agency.get("site")).filter_map(id).collect();
    tables(table.get("agency")).filter_map(|agency| Some((AgencyId::new(&id(agency)?), sites(agency)))).collect()
}

fn tables(value: Option<&toml::Value>) -> impl Iterator<Item = &toml::Value> {
    value.and_then(toml::Value::as_array).into_iter().flatten()
}

/// Line and column of a byte, from 1.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (before.matches('\n').count() + 1, column)
}

/// The word of a list that somebody may have meant.
fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = |one: &&str| strsim::damerau_levenshtein(&word.to_lowercase(), &one.to_lowercase());
    known.into_iter().min_by_key(far).filter(|one| far(one) <= 2.max(word.len() / 4))
}

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'t> {
    text: &'t str,
    pack: &'t Pack,
    faults: Vec<Fault>,
}

/// A table, what it is called, and where it stands.
struct Table<'t, 'i> {
    table: &'t DeTable<'i>,
    what: &'static str,
    at: Range<usize>,
}

impl<'t, 'i> Table<'t, 'i> {
    fn get(&self, key: &str) -> Option<&'t Value<'i>> {
        self.table.get(key)
    }
}

fn of_kind(value: &Value<'_>) -> String {
    let what = match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    what.to_owned()
}

impl Reader<'_> {
    fn fault(&mut self, at: Range<usize>, what: impl Into<String>) {
        let (line, column) = place(self.text, at.start);
        self.faults.push(Fault { line, column, what: what.into() });
    }

    /// A value that must be a table with these keys alone.
    fn table<'t, 'i>(&mut self, value: &'t Value<'i>, what: &'static str, keys: &[&str]) -> Option<Table<'t, 'i>> {
        let Some(table) = value.get_ref().as_table() else {
            self.fault(value.span(), format!("{what} is a table, not {}", of_kind(value)));
            return None;
        };
        self.known(table, what, keys);
        Some(Table { table, what, at: value.span() })
    }

    fn known(&mut self, table: &DeTable<'_>, what: &str, keys: &[&str]) {
        for key in table.keys() {
            let word = key.get_ref().as_ref();
            if keys.contains(&word) {
                continue;
            }
            let what = match meant(word, keys.iter().copied()) {
                Some(near) => format!("`{word}` is no key of {what}: did you mean `{near}`?"),
                None => format!("`{word}` is no key of {what}, which has {}", keys.join(", ")),
            };
            self.fault(key.span(), what);
        }
    }

    /// A value that must be a list of tables; none is an empty list.
    fn tables<'t, 'i>(&mut self, value: Option<&'t Value<'i>>, what: &str) -> Vec<&'t Value<'i>> {
        let Some(value) = value else { return Vec::new() };
        match value.get_ref().as_array() {
            Some(list) => list.iter().collect(),
            None => {
                self.fault(value.span(), format!("{what} is written in double brackets, as `[[{what}]]`"));
                Vec::new()
            }
        }
    }

    /// The value of a key that must be there.
    fn must<'t, 'i>(&mut self, table: &Table<'t, 'i>, key: &str) -> Option<&'t Value<'i>> {
        let found = table.get(key);
        if found.is_none() {
            self.fault(table.at.clone(), format!("{} lacks `{key}`", table.what));
        }
        found
    }

    /// A text on one line.
    fn line(&mut self, value: &Value<'_>, key: &str) -> Option<String> {
        let Some(text) = value.get_ref().as_str() else {
            self.fault(value.span(), format!("`{key}` is a text in quotes, not {}", of_kind(value)));
            return None;
        };
        let plain = text.trim();
        let length = plain.chars().count();
        if length == 0 || length > NAME_MAX_CHARS || plain.chars().any(char::is_control) {
            self.fault(
                value.span(),
                format!("`{key}` is 1 to {NAME_MAX_CHARS} characters on one line; this has {length}"),
            );
            return None;
        }
        Some(plain.to_owned())
    }

    fn must_line(&mut self, table: &Table<'_, '_>, key: &str) -> Option<String> {
        let value = self.must(table, key)?;
        self.line(value, key)
    }

    fn date(&mut self, value: &Value<'_>, key: &str) -> Option<Date> {
        let written = match value.get_ref() {
            DeValue::Datetime(found) if found.time.is_none() && found.offset.is_none() => found.to_string(),
            _ => String::new(),
        };
        let date = written.parse::<Date>().ok().filter(|date| (2000..=2100).contains(&date.year()));
        if date.is_none() {
            self.fault(value.span(), format!("`{key}` is a day of 2000 to 2100 without quotes, such as 2026-11-03"));
        }
        date
    }

    fn telephone(&mut self, value: &Value<'_>, key: &str) -> Option<Telephone> {
        let text = self.line(value, key)?;
        let read = Telephone::parse(&text);
        if read.is_none() {
            self.fault(
                value.span(),
                format!("`{text}` is no telephone number: 3 to 15 digits with spaces, `+`, `-`, `.` or brackets"),
            );
        }
        read
    }

    /// An office with its telephone: both keys, or neither where it need not be there.
    fn office(&mut self, table: &Table<'_, '_>, key: &str, needed: bool) -> Option<Office> {
        let telephone_key = format!("{key}_telephone");
        if !needed && table.get(key).is_none() && table.get(&telephone_key).is_none() {
            return None;
        }
        let title = self.must_line(table, key);
        let telephone = self.must(table, &telephone_key).and_then(|value| self.telephone(value, &telephone_key));
        Some(Office { title: title?, telephone: telephone? })
    }

    fn areas(&mut self, table: &Table<'_, '_>, key: &str) -> Vec<String> {
        let Some(value) = self.must(table, key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.fault(value.span(), format!("`{key}` is a list of texts in brackets, not {}", of_kind(value)));
            return Vec::new();
        };
        if list.len() > AREAS_MAX {
            self.fault(
                value.span(),
                format!("`{key}` has {} areas; at most {AREAS_MAX} can be read at a door", list.len()),
            );
        }
        list.iter().filter_map(|area| self.line(area, key)).collect()
    }

    fn file(&mut self, tree: &DeTable<'_>) -> Option<(String, BTreeMap<AgencyId, Agency>, Calendar)> {
        self.known(tree, "the city's file", &TOP);
        let whole = Table { table: tree, what: "the city's file", at: 0..0 };
        let city = self.must(&whole, "city").and_then(|city| self.table(city, "[city]", &CITY));
        let name = city.and_then(|city| self.city(&city));
        let calendar = whole.get("calendar").and_then(|it| self.table(it, "[calendar]", &CALENDAR));
        let calendar = calendar.map(|calendar| self.calendar(&calendar)).unwrap_or_default();
        let mut agencies = BTreeMap::new();
        let mut lines: BTreeMap<AgencyId, usize> = BTreeMap::new();
        for value in self.tables(tree.get("agency"), "agency") {
            let Some(table) = self.table(value, "[[agency]]", &AGENCY) else { continue };
            let id = self.agency_id(&table);
            if let Some((id, at)) = &id {
                let line = place(self.text, at.start).0;
                if let Some(first) = lines.get(id) {
                    self.fault(
                        at.clone(),
                        format!("agency `{id}` stands here a second time (first in line {first}): put both into one"),
                    );
                }
                lines.entry(id.clone()).or_insert(line);
            }
            let agency = self.agency(&table);
            if let (Some((id, _)), Some(agency)) = (id, agency) {
                agencies.insert(id, agency);
            }
        }
        if agencies.is_empty() && self.faults.is_empty() {
            self.fault(0..0, "the city's file names no agency: write at least one `[[agency]]`");
        }
        Some((name?, agencies, calendar))
    }

    fn city(&mut self, city: &Table<'_, '_>) -> Option<String> {
        let name = self.must_line(city, "name");
        let ours = self.pack.reference().id.clone();
        if let Some(value) = self.must(city, "pack")
            && let Some(pack) = self.line(value, "pack")
            && pack != ours.as_str()
        {
            self.fault(value.span(), format!("this file is for the law pack `{pack}`, and the pack at hand is `{ours}`: write `{ours}`, or name the other pack with --pack"));
        }
        let zone = self.pack.time_zone();
        if let Some(value) = self.must(city, "time_zone")
            && let Some(written) = self.line(value, "time_zone")
            && written != zone
        {
            self.fault(
                value.span(),
                format!("`{written}` is not the time zone of the law pack, whose clocks decide: write `{zone}`"),
            );
        }
        name
    }

    fn calendar(&mut self, table: &Table<'_, '_>) -> Calendar {
        let day = |reader: &mut Self, key: &str| {
            let value = reader.must(table, key)?;
            reader.date(value, key).map(|day| (day, value.span()))
        };
        let (from, until) = (day(self, "from"), day(self, "until"));
        if let (Some((from, _)), Some((until, at))) = (&from, &until)
            && until <= from
        {
            self.fault(
                at.clone(),
                format!("`until` is the first day that the list no longer covers, so it comes after `from` ({from})"),
            );
        }
        let (from, until) = (from.map(|(day, _)| day), until.map(|(day, _)| day));
        let mut closed = BTreeMap::new();
        for value in self.tables(table.get("closed"), "calendar.closed") {
            let Some(one) = self.table(value, "[[calendar.closed]]", &CLOSED) else { continue };
            let name = self.must_line(&one, "name");
            let Some(value) = self.must(&one, "day") else { continue };
            let Some(day) = self.date(value, "day") else { continue };
            let holidays = &self.pack.vocabulary().holidays.days;
            if let Some(known) = holidays.iter().find(|known| known.date == day) {
                let what =
                    format!("{day} is in the law pack's list of holidays already ({}): leave it out here", known.name);
                self.fault(value.span(), what);
            }
            if from.is_some_and(|from| day < from) || until.is_some_and(|until| day >= until) {
                self.fault(value.span(), format!("{day} lies outside `from` and `until` of the calendar"));
            }
            if closed.insert(day, name.unwrap_or_default()).is_some() {
                self.fault(value.span(), format!("{day} stands in the calendar a second time"));
            }
        }
        Calendar { from, until, closed }
    }

    fn agency_id(&mut self, table: &Table<'_, '_>) -> Option<(AgencyId, Range<usize>)> {
        let value = self.must(table, "id")?;
        let word = self.line(value, "id")?;
        let known = &self.pack.vocabulary().agencies;
        let id = AgencyId::new(&word);
        match known.get(&id) {
            Some(agency) if agency.city => Some((id, value.span())),
            Some(_) => {
                self.fault(value.span(), format!("`{word}` is no agency of the city, by the law pack: leave it out"));
                None
            }
            None => {
                let ours = || known.values().filter(|one| one.city).map(|one| one.id.as_str());
                let what = match meant(&word, ours()) {
                    Some(near) => format!("the law pack has no agency `{word}`: did you mean `{near}`?"),
                    None => {
                        format!("the law pack has no agency `{word}`; it has {}", ours().collect::<Vec<_>>().join(", "))
                    }
                };
                self.fault(value.span(), what);
                None
            }
        }
    }

    fn agency(&mut self, table: &Table<'_, '_>) -> Option<Agency> {
        let designated = self.office(table, "designated", true);
        let counsel = self.office(table, "counsel", false);
        let line_24h = self.must(table, "line_24h").and_then(|value| self.telephone(value, "line_24h"));
        let (mut sites, mut ids, mut names) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for value in self.tables(table.get("site"), "agency.site") {
            let Some(table) = self.table(value, "[[agency.site]]", &SITE) else { continue };
            let site = self.site(&table);
            for (key, seen) in [("id", &mut ids), ("name", &mut names)] {
                let Some(value) = table.get(key) else { continue };
                let Some(word) = value.get_ref().as_str() else { continue };
                if !seen.insert(word.trim().to_owned()) {
                    self.fault(value.span(), format!("`{word}` is the {key} of another site of this agency"));
                }
            }
            sites.extend(site);
        }
        Some(Agency { designated: designated?, counsel, line_24h: line_24h?, sites })
    }

    fn site(&mut self, table: &Table<'_, '_>) -> Option<Site> {
        let id = self.must(table, "id").and_then(|value| {
            let id = self.line(value, "id")?;
            let words = || id.split('-');
            let plain = words().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            if !plain || id.len() > ID_MAX_CHARS {
                self.fault(value.span(), format!("`{id}` is no id of a site: at most {ID_MAX_CHARS} small letters, digits and hyphens between them, such as `rikers-island`"));
                return None;
            }
            Some(id)
        });
        let name = self.must_line(table, "name");
        let (public, non_public) = (self.areas(table, "public"), self.areas(table, "non_public"));
        if let Some(both) = public.iter().find(|area| non_public.contains(area)) {
            let at = table.get("public").map_or_else(|| table.at.clone(), Spanned::span);
            self.fault(
                at,
                format!("`{both}` stands among the public and the non-public areas of this site: which is it?"),
            );
        }
        let confirmed = table.get("confirmed").and_then(|value| self.date(value, "confirmed"));
        let designated = self.office(table, "designated", false);
        Some(Site { id: id?, name: name?, public, non_public, confirmed, designated })
    }
}
