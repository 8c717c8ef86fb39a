//! The city's file: its agencies' sites with their public and non-public areas, whom a desk calls, and the days on which offices are closed.
//!
//! One commented TOML file (`cities/nyc.toml` ships, in the executable too) that a city makes its own. `vouchsafe init` checks it against
//! the law pack and puts it into the data folder as `city.toml`; `vouchsafe serve` reads it when it starts. It says nothing of the law:
//! agencies, holidays that a statute's clock leaves out and the time zone are the pack's, and a file that contradicts them is refused.
//!
//! Not here: reading TOML with every error at its place (`read`), what an answer's file was ([`record::CityInForce`], [`in_force`]), the
//! pages (`serve::sites`, `serve::call`).

mod in_force;
mod read;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

use jiff::civil::{Date, Weekday};
use law::{AgencyId, Pack};
use record::Sha256Hex;
use sha2::{Digest as _, Sha256};

pub use in_force::{InForceError, now_in_force};
pub use read::named_in;

/// The city's file that ships: that of New York City, by its name.
pub const SHIPPED: [(&str, &str); 1] = [("nyc", include_str!("../../../../cities/nyc.toml"))];

/// The largest file that is read, in bytes.
pub const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// The text of a file that ships.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
}

/// A city's file that was read and agrees with the law pack.
#[derive(Clone, PartialEq, Eq)]
pub struct CityFile {
    /// The city's name.
    pub name: String,
    /// The file as it was read.
    pub text: String,
    agencies: BTreeMap<AgencyId, Agency>,
    calendar: Calendar,
}

/// How much it names, never whom.
impl fmt::Debug for CityFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CityFile({}, {} agencies, {} sites)", self.name, self.agencies.len(), self.sites_count())
    }
}

/// An agency of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// The individual or office designated to be called.
    pub designated: Office,
    /// Its counsel.
    pub counsel: Option<Office>,
    /// The line that is answered at any hour.
    pub line_24h: Telephone,
    /// Its sites, in the file's order.
    pub sites: Vec<Site>,
}

/// An office by its title, and how it is reached: no person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// The title, e.g. `General Counsel`.
    pub title: String,
    /// Its telephone.
    pub telephone: Telephone,
}

/// A telephone number as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telephone(String);

impl Telephone {
    /// A number as people write one: 3 to 15 digits with spaces, `+`, `-`, `.` or brackets. None: it is no number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '(' | ')' | '.'));
        (plain && (3..=15).contains(&digits)).then(|| Self(text.to_owned()))
    }

    /// As a telephone is told to dial it: with the country's number where there is one or the number is a whole one of this country
    /// (RFC 3966; North American Numbering Plan), else as the digits stand, as for 311.
    #[must_use]
    pub fn dialled(&self) -> String {
        let digits: String = self.0.chars().filter(char::is_ascii_digit).collect();
        match digits.len() {
            _ if self.0.trim_start().starts_with('+') => format!("+{digits}"),
            10 => format!("+1{digits}"),
            11 if digits.starts_with('1') => format!("+{digits}"),
            _ => digits,
        }
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of the numbers that no telephone has, 555-0100 to 555-0199 (North American Numbering Plan).
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        let digits: String = self.0.chars().filter(char::is_ascii_digit).collect();
        let local = digits.strip_prefix('1').filter(|_| digits.len() == 11).unwrap_or(&digits);
        local.len() == 10 && local.get(3..8) == Some("55501")
    }
}

/// A site of an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id, which the record keeps.
    pub id: String,
    /// Its name, which pages show.
    pub name: String,
    /// The areas that are open to the public.
    pub public: Vec<String>,
    /// Those that are not (§ 4-210).
    pub non_public: Vec<String>,
    /// The day on which the agency confirmed both lists; none: it has not.
    pub confirmed: Option<Date>,
    /// Whom this site calls in place of the agency's designated office.
    pub designated: Option<Office>,
}

/// Days on which the city's offices are closed, beyond Saturdays, Sundays and the pack's holidays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Calendar {
    from: Option<Date>,
    until: Option<Date>,
    closed: BTreeMap<Date, String>,
}

/// Why offices are closed on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is a Saturday or a Sunday.
    Weekend,
    /// It is this holiday, or this day of the city's own list.
    Day(String),
}

/// Something in the file that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there, and what to do.
    pub what: String,
}

/// Why a city's file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CityFileError {
    /// It is not there or cannot be read.
    #[error("the city's file `{file}` cannot be read")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is larger than any city's.
    #[error(
        "the city's file `{file}` is larger than {FILE_MAX_BYTES} bytes: it is no city's file, or holds what does not belong there"
    )]
    TooLarge {
        /// The file.
        file: String,
    },
    /// What it says is not as it must be: every fault, a line each.
    #[error("{}", listed(file, faults))]
    Faults {
        /// The file.
        file: String,
        /// In the order of the file.
        faults: Vec<Fault>,
    },
}

fn listed(file: &str, faults: &[Fault]) -> String {
    let one = |Fault { line, column, what }: &Fault| format!("`{file}`, line {line}, column {column}: {what}");
    faults.iter().map(one).collect::<Vec<_>>().join("\n")
}

impl CityFile {
    /// Reads a file and holds it against the law pack.
    ///
    /// # Errors
    /// [`CityFileError`]; with every fault of the file at once.
    pub fn read(path: &Path, pack: &Pack) -> Result<Self, CityFileError> {
        use io::Read as _;
        let file = path.display().to_string();
        let fail = |source| CityFileError::Read { file: file.clone(), source };
        let mut bytes = Vec::new();
        fs::File::open(path).and_then(|it| it.take(FILE_MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(fail)?;
        Self::of_bytes(&file, &bytes, pack)
    }

    /// The same of bytes; `file` is how they are called in errors.
    ///
    /// # Errors
    /// As [`CityFile::read`].
    pub fn of_bytes(file: &str, bytes: &[u8], pack: &Pack) -> Result<Self, CityFileError> {
        if bytes.len() as u64 > FILE_MAX_BYTES {
            return Err(CityFileError::TooLarge { file: file.to_owned() });
        }
        read::read(bytes, pack).map_err(|faults| CityFileError::Faults { file: file.to_owned(), faults })
    }

    /// SHA-256 of the file.
    #[must_use]
    pub fn hash(&self) -> Sha256Hex {
        Sha256Hex::of(Sha256::digest(self.text.as_bytes()).into())
    }

    /// An agency, if the file has it.
    #[must_use]
    pub fn agency(&self, id: &AgencyId) -> Option<&Agency> {
        self.agencies.get(id)
    }

    /// The ids of its agencies.
    pub fn agencies(&self) -> impl Iterator<Item = &AgencyId> {
        self.agencies.keys()
    }

    /// The sites of an agency, in the file's order.
    #[must_use]
    pub fn sites(&self, agency: &AgencyId) -> &[Site] {
        self.agencies.get(agency).map_or(&[], |agency| &agency.sites)
    }

    /// A site of an agency by its id.
    #[must_use]
    pub fn site(&self, agency: &AgencyId, id: &str) -> Option<&Site> {
        self.sites(agency).iter().find(|site| site.id == id)
    }

    /// How many sites it names.
    #[must_use]
    pub fn sites_count(&self) -> usize {
        self.agencies.values().map(|agency| agency.sites.len()).sum()
    }

    /// Why the city's offices are closed on a day, as far as pack and file know.
    #[must_use]
    pub fn closed(&self, day: Date, pack: &Pack) -> Option<Closed> {
        if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            return Some(Closed::Weekend);
        }
        let holiday = pack.vocabulary().holidays.days.iter().find(|one| one.date == day).map(|one| &one.name);
        holiday.or_else(|| self.calendar.closed.get(&day)).cloned().map(Closed::Day)
    }

    /// The first day about which the file's list of closed days says nothing any more, if that day has come.
    #[must_use]
    pub fn calendar_ended(&self, today: Date) -> Option<Date> {
        self.calendar.until.filter(|until| *until <= today)
    }

    /// Which telephone numbers are placeholders that no telephone has: agency, site where it is a site's, and which office.
    #[must_use]
    pub fn placeholders(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (id, agency) in &self.agencies {
            let own = [
                ("designated_telephone", Some(&agency.designated.telephone)),
                ("counsel_telephone", agency.counsel.as_ref().map(|office| &office.telephone)),
                ("line_24h", Some(&agency.line_24h)),
            ];
            let is = |one: Option<&Telephone>| one.is_some_and(Telephone::is_placeholder);
            found.extend(own.into_iter().filter(|(_, one)| is(*one)).map(|(key, _)| format!("{id} {key}")));
            let sites = agency.sites.iter().filter(|site| is(site.designated.as_ref().map(|office| &office.telephone)));
            found.extend(sites.map(|site| format!("{id} {} designated_telephone", site.id)));
        }
        found
    }

    /// Which sites' areas their agency has not confirmed: agency and site.
    #[must_use]
    pub fn unconfirmed(&self) -> Vec<String> {
        let sites = self.agencies.iter().flat_map(|(id, agency)| agency.sites.iter().map(move |site| (id, site)));
        sites.filter(|(_, site)| site.confirmed.is_none()).map(|(id, site)| format!("{id} {}", site.id)).collect()
    }
}
