//! Names of things in a pack: one type a kind of name, so that an act cannot stand where an agency should.
//!
//! All are short texts, cheap to clone, ordered and hashed by their text, and written as plain strings. A name says
//! nothing about whether a pack knows it; [`crate::vocabulary::Vocabulary`] answers that.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name with this text.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(Arc::from(text))
            }

            /// The name's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

name! {
    /// An agency that is asked, e.g. `DOC`.
    AgencyId
}
name! {
    /// One act about which a question is put, e.g. `hold`.
    ActId
}
name! {
    /// Who asks, by unit, e.g. `ice_ero`.
    RequesterId
}
name! {
    /// The statute that the requester says it enforces, e.g. `civil_ina`.
    StatuteId
}
name! {
    /// A paper that was shown, e.g. `i247a`.
    DocumentId
}
name! {
    /// A fact of `facts.toml`, e.g. `tsdb_possible_match`.
    FactName
}
name! {
    /// A provision of law, e.g. `9-131(b)(1)`.
    ProvisionId
}
name! {
    /// A rule within a provision, e.g. `9-131(b)(1)/warrant-and-ground`.
    RuleId
}
name! {
    /// A duty that a provision attaches, e.g. `record_10_178_d`.
    DutyId
}
name! {
    /// A line of a statutory filing, e.g. `9-131(f)(1)`.
    LineId
}
name! {
    /// A dated number of `parameters.toml`, e.g. `years_vs_window`.
    ParameterName
}
name! {
    /// A statute's own defined term, e.g. `judicial_warrant_9_131`.
    TermName
}
name! {
    /// A sentence of a pack: long, and handed on often, so cheap to clone.
    Text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_as_its_text() {
        let name = ProvisionId::new("9-131(b)(1)");
        let text = serde_json::to_string(&name).unwrap();
        assert_eq!(text, "\"9-131(b)(1)\"");
        assert_eq!(serde_json::from_str::<ProvisionId>(&text).unwrap(), name);
        assert_eq!(name.to_string(), "9-131(b)(1)");
    }
}
