//! Whose passkeys there were, as the record says it in its own order, and whether a statement was signed with one of its signer's.
//!
//! Entries count in the order of the record, which the log binds, and not by their moments, which a clock that was put back makes wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use law::AgencyId;
use record::{Actor, Body, Change, Entry, Private, Sha256Hex, StaffId, filing::Section};

use super::RecordReport;

/// What an entry says about passkeys and the statements that they sign.
pub(super) enum About {
    /// Somebody has this passkey from here on; where it is not said which, one of before the record said so.
    Enrolled(StaffId, Private, Option<Sha256Hex>),
    /// And has it no longer.
    Revoked(StaffId, Option<Sha256Hex>),
    /// A statement was made.
    Made(Statement),
    /// It was signed; by whom, where the signer is of its agency.
    Signed { statement: Statement, staff: StaffId, key: Sha256Hex, origin: String, name: Option<Private> },
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
                Change::Enrolled { key } => Self::Enrolled(staff.staff, staff.name.clone(), key.clone()),
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
                name: match &entry.by {
                    Actor::Staff { agency, name, .. } if *agency == signed.agency => Some(name.clone()),
                    _ => None,
                },
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
    /// What they were called when they enrolled one.
    names: BTreeMap<StaffId, BTreeSet<Private>>,
    /// Who has passkeys of which the record does not say which.
    unnamed: BTreeSet<StaffId>,
    /// Passkeys that were revoked, whoever's they were.
    revoked: BTreeSet<(StaffId, Sha256Hex)>,
    made: BTreeSet<Statement>,
}

impl Signing {
    pub(super) fn at(desk: Option<String>) -> Self {
        let (passkeys, names, unnamed) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { desk, passkeys, names, unnamed, revoked: BTreeSet::new(), made: BTreeSet::new() }
    }

    /// Takes the next entry. `gone` says that entries before it were erased, perhaps that it was made.
    pub(super) fn take(&mut self, about: &About, gone: bool) -> Result<Told, String> {
        match about {
            About::Enrolled(staff, name, key) => {
                self.names.entry(*staff).or_default().insert(name.clone());
                match key {
                    Some(key) => {
                        self.revoked.remove(&(*staff, key.clone()));
                        self.passkeys.entry(*staff).or_default().insert(key.clone());
                    }
                    None => drop(self.unnamed.insert(*staff)),
                }
            }
            About::Revoked(staff, Some(key)) => {
                self.passkeys.entry(*staff).or_default().remove(key);
                self.revoked.insert((*staff, key.clone()));
            }
            // Of a passkey that is not said it cannot be told which is left.
            About::Revoked(_, None) => {}
            About::Made(statement) => drop(self.made.insert(statement.clone())),
            About::Signed { statement, staff, key, origin, name } => {
                return self.signed(statement, (staff, name.as_ref()), key, origin, gone);
            }
        }
        Ok(Told::Nothing)
    }

    fn signed(
        &self,
        statement: &Statement,
        (staff, name): (&StaffId, Option<&Private>),
        key: &Sha256Hex,
        origin: &str,
        gone: bool,
    ) -> Result<Told, String> {
        let Some(name) = name else {
            return Err("it is a signature under a statement of another agency than its signer's".to_owned());
        };
        if self.names.get(staff).is_some_and(|names| !names.contains(name)) {
            return Err("it calls its signer otherwise than their enrolment does".to_owned());
        }
        if !gone && !self.made.contains(statement) {
            let what = "it is a signature under a statement of which no entry before it says that it was made";
            return Err(what.to_owned());
        }
        if self.desk.as_ref().is_some_and(|desk| desk != origin) {
            return Err("it was signed at another address than the desk's that was given".to_owned());
        }
        let enrolled = self.passkeys.get(staff).is_some_and(|keys| keys.contains(key));
        // What was erased is none of these: such entries stay.
        let unsaid = self.unnamed.contains(staff) && !self.revoked.contains(&(*staff, key.clone()));
        if !enrolled && !unsaid {
            let what = "its passkey was not its signer's: no entry before it says that they had enrolled it, or one says \
                        that it was revoked";
            return Err(what.to_owned());
        }
        Ok(Told::Signed { origin: origin.to_owned(), enrolled })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u8) -> Sha256Hex {
        Sha256Hex::of([number; 32])
    }

    fn staff(number: u8) -> StaffId {
        StaffId::from_bytes([number; 16])
    }

    fn statement(content: u8) -> Statement {
        let (from, through) = (Date::constant(2026, 7, 1), Date::constant(2026, 9, 30));
        Statement { agency: "DOC".into(), from, through, content: hash(content) }
    }

    fn enrolled(who: u8, key: Option<u8>) -> About {
        About::Enrolled(staff(who), format!("Official {who}").into(), key.map(hash))
    }

    fn signed(who: u8, key: u8) -> About {
        About::Signed {
            statement: statement(1),
            staff: staff(who),
            key: hash(key),
            origin: "https://desk.example.gov".to_owned(),
            name: Some(format!("Official {who}").into()),
        }
    }

    /// Takes these in their order; what is told of the last.
    fn told(desk: Option<&str>, gone: bool, about: &[About]) -> Result<Told, String> {
        let mut signing = Signing::at(desk.map(str::to_owned));
        let (last, before) = about.split_last().unwrap();
        for one in before {
            signing.take(one, gone).unwrap();
        }
        signing.take(last, gone)
    }

    #[test]
    fn a_passkey_is_its_signers_from_its_enrolment_to_its_revocation() {
        let made = || About::Made(statement(1));
        let revoked = |key: Option<u8>| About::Revoked(staff(1), key.map(hash));
        let cases: [(Vec<About>, Option<bool>); 10] = [
            (vec![made(), enrolled(1, Some(7)), signed(1, 7)], Some(true)),
            (vec![made(), enrolled(1, Some(7)), signed(1, 8)], None),
            (vec![made(), enrolled(1, Some(7)), enrolled(2, Some(8)), signed(2, 7)], None),
            (vec![made(), signed(1, 7)], None),
            (vec![made(), enrolled(1, Some(7)), revoked(Some(7)), signed(1, 7)], None),
            (vec![made(), enrolled(1, Some(7)), enrolled(1, Some(8)), revoked(Some(8)), signed(1, 7)], Some(true)),
            (vec![made(), enrolled(1, Some(7)), revoked(Some(7)), enrolled(1, Some(7)), signed(1, 7)], Some(true)),
            // Of before the record said which: it cannot be told, until it says that this one was revoked.
            (vec![made(), enrolled(1, None), signed(1, 7)], Some(false)),
            (vec![made(), enrolled(1, None), revoked(None), signed(1, 7)], Some(false)),
            (vec![made(), enrolled(1, None), revoked(Some(7)), signed(1, 7)], None),
        ];
        for (number, (about, expected)) in cases.into_iter().enumerate() {
            let found = match told(None, false, &about) {
                Ok(Told::Signed { enrolled, .. }) => Some(enrolled),
                _ => None,
            };
            assert_eq!(found, expected, "case {number}");
        }
    }

    #[test]
    fn what_was_erased_can_have_said_that_it_was_made_and_not_whose_the_passkey_was() {
        for (about, gone, holds) in [
            (vec![enrolled(1, Some(7)), signed(1, 7)], true, true),
            (vec![enrolled(1, Some(7)), signed(1, 7)], false, false),
            (vec![About::Made(statement(1)), signed(1, 7)], true, false),
            (vec![About::Made(statement(1)), enrolled(2, Some(7)), signed(1, 7)], true, false),
            (vec![About::Made(statement(1)), enrolled(1, None), signed(1, 7)], true, true),
            (vec![About::Made(statement(2)), enrolled(1, Some(7)), signed(1, 7)], false, false),
            (vec![About::Revoked(staff(1), Some(hash(7))), signed(1, 7)], true, false),
        ] {
            assert_eq!(told(None, gone, &about).is_ok(), holds);
        }
    }

    #[test]
    fn the_signer_has_their_own_name_and_the_desk_its_own_address() {
        let all = |last| [About::Made(statement(1)), enrolled(1, Some(7)), last];
        let address = |desk| told(Some(desk), false, &all(signed(1, 7))).is_ok();
        assert!(address("https://desk.example.gov") && !address("https://desk.example.gov:8443"));
        let called = |called: Option<&str>| {
            let mut about = signed(1, 7);
            if let About::Signed { name, .. } = &mut about {
                *name = called.map(Into::into);
            }
            told(None, false, &all(about)).is_ok()
        };
        assert!(called(Some("Official 1")) && !called(Some("Official 2")) && !called(None));
    }
}
