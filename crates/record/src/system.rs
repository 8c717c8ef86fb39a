//! Which programs of the city may speak to the record, and for what: the entries by which oversight sees it.
//!
//! A system is added with a token, its token is replaced, or it is revoked; messages go to it from a moment on, or no more: each is an
//! entry that names who had it done. Deliberately not here: the token, its hash, and of the place where messages go more than whose
//! machine it is (a path may hold a secret of the receiver's). None of these entries is counted in a filing.

use jiff::Timestamp;
use law::AgencyId;
use serde::{Deserialize, Serialize};

use crate::{Private, SystemId};

/// What a system is given to do, always for its own agency alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Ask the law; nothing is kept.
    Ask,
    /// See which requests there are.
    List,
    /// Open one request.
    Read,
    /// Record a request with its answers.
    Record,
    /// State what was done about one.
    State,
    /// See the possible violations.
    Findings,
}

impl Use {
    /// Every use, in the order in which lists show them.
    pub const ALL: [Self; 6] = [Self::Ask, Self::List, Self::Read, Self::Record, Self::State, Self::Findings];

    /// The use's word, as in the canonical form.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::List => "list",
            Self::Read => "read",
            Self::Record => "record",
            Self::State => "state",
            Self::Findings => "findings",
        }
    }

    /// The use of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// Something that happened to a request of an agency, of which a system can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A request was recorded.
    Request,
    /// The law was asked about one.
    Answer,
    /// What was done about one was stated.
    Deed,
    /// Something recorded about one was a mistake.
    Correction,
    /// A disclosure about one was proposed, agreed to, ruled on or stopped.
    Disclosure,
    /// A duty about one was done.
    Duty,
}

impl Event {
    /// Every event, in the order in which lists show them.
    pub const ALL: [Self; 6] =
        [Self::Request, Self::Answer, Self::Deed, Self::Correction, Self::Disclosure, Self::Duty];

    /// The event's word, as in the canonical form.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Deed => "deed",
            Self::Correction => "correction",
            Self::Disclosure => "disclosure",
            Self::Duty => "duty",
        }
    }

    /// The event of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// What changed about a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemChange {
    /// Which.
    pub system: SystemId,
    /// Its name.
    pub name: Private,
    /// What.
    pub change: SystemStep,
    /// Who had it done; absent where the server did it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_by: Option<Private>,
}

/// One change about a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum SystemStep {
    /// It was added, with its first token.
    Added {
        /// The one agency for which it speaks.
        agency: AgencyId,
        /// What it may do.
        uses: Vec<Use>,
        /// When its token ends.
        until: Timestamp,
    },
    /// It was given another token; the one before ended at once.
    Renewed {
        /// When the new token ends.
        until: Timestamp,
    },
    /// Its token ended at once.
    Revoked,
    /// From now on it is told of events, or of others or elsewhere than before.
    Hooked {
        /// Whose machine is told: scheme, host and port of the address.
        to: Private,
        /// Of what.
        events: Vec<Event>,
    },
    /// It is told of nothing more.
    Unhooked,
    /// It did not take what it was told for days, or answered that it wants no more: nothing more is sent until somebody has it begin again.
    HookSuspended,
    /// What waits for it is sent again.
    HookResumed,
}

/// The keys with which messages to systems are signed, from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookKeys {
    /// Their public halves as receivers know them (`whpk_…`), the newest first: one, or two while receivers change over.
    pub keys: Vec<String>,
    /// Who had it done.
    pub said_by: Private,
}
