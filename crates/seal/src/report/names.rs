//! The names inside a report: short, of few characters, and never a path.

use std::fmt;

use super::{MAX_FILE_NAME_BYTES, MAX_LANGUAGE_BYTES, MAX_MEDIA_TYPE_BYTES, MAX_QUESTION_BYTES};

/// Parts of names that no question has: nobody is asked this, on any page.
// tidy: names what is refused
pub const NEVER_ASKED: [&str; 9] = [
    "immigration-status",
    "citizen",
    "nationality",
    "national-origin",
    "country-of-birth",
    "birth-country",
    "country-of-origin",
    "passport",
    "visa",
];

/// Why text is not such a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty or too long.
    #[error("it is empty or too long")]
    Length,
    /// It has a character that is not allowed there.
    #[error("it has a character that is not allowed there")]
    Character,
    /// It is a path, or would be one.
    #[error("it is or would be a path")]
    Path,
    /// It asks what nobody is asked.
    #[error("it asks what nobody is asked")]
    NeverAsked,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> Result<(), NameError> = $check;
                check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The name of a question: small letters, digits, dashes.
    QuestionId, |text| {
        within(text, MAX_QUESTION_BYTES)?;
        only(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
        let asked = NEVER_ASKED.iter().any(|never| text.as_bytes().windows(never.len()).any(|part| part == never.as_bytes()));
        if asked { Err(NameError::NeverAsked) } else { Ok(()) }
    }
}

name! {
    /// A language tag (BCP 47), not checked further than its characters.
    LanguageTag, |text| {
        within(text, MAX_LANGUAGE_BYTES)?;
        only(text, |c| c.is_ascii_alphanumeric() || c == '-')
    }
}

name! {
    /// A type of media (RFC 6838), not checked further than its characters.
    MediaType, |text| {
        within(text, MAX_MEDIA_TYPE_BYTES)?;
        only(text, |c| c.is_ascii_alphanumeric() || b"/+-.!#$&^_".iter().any(|one| char::from(*one) == c))?;
        let halves = text.split('/').filter(|half| !half.is_empty()).count();
        if halves == 2 && text.matches('/').count() == 1 { Ok(()) } else { Err(NameError::Character) }
    }
}

name! {
    /// The name of a file, without any folder.
    FileName, |text| {
        within(text, MAX_FILE_NAME_BYTES)?;
        only(text, |c| harmless(c) || c == '/' || c == '\\')?;
        let path = text.contains(['/', '\\']) || text.starts_with('.') || text.ends_with(['.', ' ']);
        if path || text.starts_with(' ') { Err(NameError::Path) } else { Ok(()) }
    }
}

impl PartialOrd for QuestionId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of a map's keys in the report's form: by length, then by bytes.
impl Ord for QuestionId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl FileName {
    /// A name that can be used, out of whatever a phone calls a file: what is not allowed becomes `_`, what is too long
    /// loses its middle, and nothing becomes `file`.
    #[must_use]
    pub fn clean(text: &str) -> Self {
        let name = text.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        let name: String = name.chars().map(|c| if harmless(c) { c } else { '_' }).collect();
        let name = name.trim_start_matches('.').trim_end_matches('.').trim();
        let (stem, end) = name.rsplit_once('.').filter(|(_, end)| end.len() <= 16).unwrap_or((name, ""));
        let room = MAX_FILE_NAME_BYTES - 17;
        let cut = (0..=room.min(stem.len())).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or_default();
        let stem = stem.get(..cut).unwrap_or_default().trim();
        let name = match (stem, end) {
            ("", "") => "file".to_owned(),
            ("", end) => ["file.", end].concat(),
            (stem, "") => stem.to_owned(),
            (stem, end) => [stem, ".", end].concat(),
        };
        name.parse().unwrap_or_else(|_| Self("file".to_owned()))
    }
}

fn within(text: &str, limit: usize) -> Result<(), NameError> {
    if (1..=limit).contains(&text.len()) { Ok(()) } else { Err(NameError::Length) }
}

fn only(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), NameError> {
    if text.chars().all(allowed) { Ok(()) } else { Err(NameError::Character) }
}

/// Neither a separator nor control, nor a mark that turns the direction of what follows, which can make one ending of a
/// name look like another.
fn harmless(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !turns && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_is_asked_for_status_or_origin() {
        // tidy: names what is refused
        for never in ["your-nationality", "us-citizen", "visa-type", "immigration-status", "country-of-birth"] {
            assert_eq!(never.parse::<QuestionId>(), Err(NameError::NeverAsked), "{never}");
        }
        assert!("what-happened".parse::<QuestionId>().is_ok());
    }

    #[test]
    fn a_file_name_is_no_path() {
        for path in ["../x", "a/b", "a\\b", ".hidden", "..", "x.", " x"] {
            assert_eq!(path.parse::<FileName>(), Err(NameError::Path), "{path}");
        }
        for wrong in ["a\nb", "photo\u{202e}gpj.exe", "c:x", "a\0"] {
            assert_eq!(wrong.parse::<FileName>(), Err(NameError::Character), "{wrong:?}");
        }
        assert_eq!(FileName::clean("C:\\Users\\me\\Ámbar 1.jpg").as_str(), "Ámbar 1.jpg");
        assert_eq!(FileName::clean("../../etc/passwd").as_str(), "passwd");
        assert_eq!(FileName::clean(".jpg").as_str(), "jpg");
        assert_eq!(FileName::clean("photo\u{202e}gpj.exe").as_str(), "photo_gpj.exe");
        for nothing in ["", "..", "/", " . "] {
            assert_eq!(FileName::clean(nothing).as_str(), "file", "{nothing:?}");
        }
        assert_eq!(FileName::clean(&format!("{}.jpeg", "ü".repeat(400))).as_str().len(), 243);
    }

    #[test]
    fn names_have_their_limits() {
        for (length, fits) in [(0, false), (1, true), (64, true), (65, false)] {
            assert_eq!("q".repeat(length).parse::<QuestionId>().is_ok(), fits, "{length}");
        }
        for (length, fits) in [(0, false), (255, true), (256, false)] {
            assert_eq!("f".repeat(length).parse::<FileName>().is_ok(), fits, "{length}");
        }
        for (length, fits) in [(0, false), (35, true), (36, false)] {
            assert_eq!("l".repeat(length).parse::<LanguageTag>().is_ok(), fits, "{length}");
        }
        for (length, fits) in [(0, false), (125, true), (126, false)] {
            assert_eq!(format!("t/{}", "m".repeat(length)).parse::<MediaType>().is_ok(), fits, "{length}");
        }
        assert!("image/svg+xml".parse::<MediaType>().is_ok());
        assert!("image".parse::<MediaType>().is_err());
        assert!("a/b/c".parse::<MediaType>().is_err());
    }

    proptest! {
        #[test]
        fn whatever_a_phone_calls_a_file_becomes_a_name(text in ".{0,300}") {
            let clean = FileName::clean(&text);
            prop_assert_eq!(clean.as_str().parse::<FileName>(), Ok(clean.clone()));
        }
    }
}
