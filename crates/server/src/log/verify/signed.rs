//! Whose passkeys there were, as the record says it in its own order, and whether a statement was signed with one of its signer's.
//!
//! Entries count in the order of the record, which the log binds, and not by their moments, which a clock that was put back makes wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use law::AgencyId;
use record::{Actor, Body, Change, Entry, Sha256Hex, StaffId, filing::Section};

use super::RecordReport;

/// What an entry says about passkeys and the statements that they sign.
pub(super) enum About {
    /// Somebody has this passkey from here on; where it is not said which, one of before the record said so.
    Enrolled(StaffId, Option<Sha256Hex>),
    /// And has it no longer.
    Revoked(StaffId, Option<Sha256Hex>),
    /// A statement was made.
    Made(Statement),
    /// It was signed.
    Signed { statement: Statement, staff: StaffId, key: Sha256Hex, origin: String, same_agency: bool },
}

/// A version of a statement.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Statement {
    agency: AgencyId,
    from: Date,
    through: Date,
    content: Sha256Hex,
}

impl About {
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        Some(match &entry.body {
            Body::Staff(staff) => match &staff.change {
                Change::Enrolled { key } => Self::Enrolled(staff.staff, key.clone()),
                Change::Revoked { key } => Self::Revoked(staff.staff, key.clone()),
                _ => return None,
            },
            Body::Filed(filed) if filed.section == Section::Statement.subdivision() => Self::Made(Statement {
                agency: filed.agency.clone()?,
                from: filed.from,
                through: filed.through,
                content: filed.content.clone(),
            }),
            Body::Signed(signed) => Self::Signed {
                statement: Statement {
                    agency: signed.agency.clone(),
                    from: signed.from,
                    through: signed.through,
                    content: Sha256Hex::of(signed.content()),
                },
                staff: signed.staff,
                key: signed.answer.key.hash(),
                origin: signed.answer.origin.clone(),
                same_agency: matches!(&entry.by, Actor::Staff { agency, .. } if *agency == signed.agency),
            },
            _ => return None,
        })
    }
}

/// What there is to tell of an entry that holds.
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// A statement was signed at an address; whether by a passkey of which the record says whose it was.
    Signed { origin: String, enrolled: bool },
}

/// What the entries so far say.
pub(super) struct Signing {
    /// The desk's own address, where it was given.
    desk: Option<String>,
    passkeys: BTreeMap<StaffId, BTreeSet<Sha256Hex>>,
    /// Who has passkeys of which the record does not say which.
    unnamed: BTreeSet<StaffId>,
    /// Passkeys that were revoked, whoever's they were.
    revoked: BTreeSet<(StaffId, Sha256Hex)>,
    made: BTreeSet<Statement>,
}

impl Signing {
    pub(super) fn at(desk: Option<String>) -> Self {
        let (passkeys, unnamed) = (BTreeMap::new(), BTreeSet::new());
        Self { desk, passkeys, unnamed, revoked: BTreeSet::new(), made: BTreeSet::new() }
    }

    /// Takes the next entry. `gone` says that entries before it were erased, so that not all that was said can be read.
    pub(super) fn take(&mut self, about: &About, gone: bool) -> Result<Told, String> {
        match about {
            About::Enrolled(staff, Some(key)) => {
                self.revoked.remove(&(*staff, key.clone()));
                self.passkeys.entry(*staff).or_default().insert(key.clone());
            }
            About::Enrolled(staff, None) => drop(self.unnamed.insert(*staff)),
            About::Revoked(staff, Some(key)) => {
                self.passkeys.entry(*staff).or_default().remove(key);
                self.revoked.insert((*staff, key.clone()));
            }
            // Of a passkey that is not said it cannot be told which is left.
            About::Revoked(_, None) => {}
            About::Made(statement) => drop(self.made.insert(statement.clone())),
            About::Signed { statement, staff, key, origin, same_agency } => {
                if !same_agency {
                    return Err("it is a signature under a statement of another agency than its signer's".to_owned());
                }
                if !gone && !self.made.contains(statement) {
                    return Err(
                        "it is a signature under a statement of which no entry before it says that it was made"
                            .to_owned(),
                    );
                }
                if self.desk.as_ref().is_some_and(|desk| desk != origin) {
                    return Err("it was signed at another address than the desk's that was given".to_owned());
                }
                let enrolled = self.passkeys.get(staff).is_some_and(|keys| keys.contains(key));
                let unsaid = (gone || self.unnamed.contains(staff)) && !self.revoked.contains(&(*staff, key.clone()));
                if !enrolled && !unsaid {
                    return Err(
                        "its passkey was not its signer's: no entry before it says that they had enrolled it, \
                                or one says that it was revoked"
                            .to_owned(),
                    );
                }
                return Ok(Told::Signed { origin: origin.clone(), enrolled });
            }
        }
        Ok(Told::Nothing)
    }
}

impl RecordReport {
    pub(super) fn add(&mut self, told: Told) {
        if let Told::Signed { origin, enrolled } = told {
            self.statements_signed += 1;
            self.unenrolled += u64::from(!enrolled);
            self.signed_at.insert(origin);
        }
    }
}
