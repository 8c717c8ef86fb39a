//! Words that stay inside: names, badges and other free text of the private body of an entry.
//!
//! They are part of the record (an intake must name the officer who asked, nyc.md 5.5) and of no public row and no operator's
//! trace; of a filing only the name of whoever signs it, in the line that opens its entry and in the forms of a statement. The
//! type is the reminder: it prints as `(private)`, and whoever needs the words asks for them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Free text that no public page or trace may show, nor a filing but for the name of whoever signs it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// The text, for a page that only people with a right to the record see.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Private {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(private)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_not_printed() {
        assert_eq!(format!("{:?}", Private::from("badge 1234")), "(private)");
        assert_eq!(serde_json::to_string(&Private::from("badge 1234")).unwrap(), "\"badge 1234\"");
    }
}
