//! Who signed a statement with a passkey, and whether the signature holds.
//!
//! What must hold without the key is [`record::signed`]'s to say; the signature itself is checked by the library that checks sign-ins, so
//! that there is no cryptography of ours. The same function stands before an entry is recorded (`serve::statements::sign`), behind every
//! form of a statement, and in `vouchsafe verify`, which also asks whose the passkey was by then (`log::verify::signed`).

use jiff::{civil::DateTime, tz::TimeZone};
use law::AgencyId;
use record::{
    Actor, Body, Entry, EntryId, PasskeyKey, Role, Sha256Hex, SignedFault, SignedStatement, StaffId,
    canonical::{CanonicalError, to_bytes},
    filing::Period,
};
use serde::Serialize;
use webauthn_rs::prelude::{COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType, COSERSAKey, ECDSACurve};

use crate::words::Words;

/// Somebody who signed a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// The entry that says so.
    pub entry: EntryId,
    /// Who.
    pub staff: StaffId,
    /// Their name then.
    pub name: String,
    /// In what role.
    pub role: Role,
    /// Of which agency.
    pub agency: AgencyId,
    /// When, by the city's clock, to the minute.
    pub at: DateTime,
    /// Of the statement.
    pub content: Sha256Hex,
    /// Of the passkey's public key.
    pub key: Sha256Hex,
}

/// Whether a statement was signed by the passkey that its entry names.
///
/// # Errors
/// The first thing that does not hold.
pub fn holds(signed: &SignedStatement) -> Result<(), SignedFault> {
    let message = signed.message()?;
    let verified = cose(&signed.answer.key).verify_signature(signed.answer.signature.as_bytes(), &message);
    if matches!(verified, Ok(true)) { Ok(()) } else { Err(SignedFault::Signature) }
}

fn cose(key: &PasskeyKey) -> COSEKey {
    let point = |curve, x: &[u8], y: &[u8]| COSEKeyType::EC_EC2(COSEEC2Key { curve, x: x.to_vec(), y: y.to_vec() });
    let (type_, key) = match key {
        PasskeyKey::Es256 { x, y } => (COSEAlgorithm::ES256, point(ECDSACurve::SECP256R1, x, y)),
        PasskeyKey::Es384 { x, y } => (COSEAlgorithm::ES384, point(ECDSACurve::SECP384R1, x, y)),
        PasskeyKey::Rs256 { n, e } => (COSEAlgorithm::RS256, COSEKeyType::RSA(COSERSAKey { n: n.to_vec(), e: *e })),
    };
    COSEKey { type_, key }
}

/// The key of a passkey as it was enrolled; none where it is of a kind that enrolment does not take.
#[must_use]
pub fn passkey_key(key: &COSEKey) -> Option<PasskeyKey> {
    Some(match (&key.type_, &key.key) {
        (COSEAlgorithm::ES256, COSEKeyType::EC_EC2(point)) if point.curve == ECDSACurve::SECP256R1 => {
            PasskeyKey::Es256 { x: point.x[..].try_into().ok()?, y: point.y[..].try_into().ok()? }
        }
        (COSEAlgorithm::ES384, COSEKeyType::EC_EC2(point)) if point.curve == ECDSACurve::SECP384R1 => {
            PasskeyKey::Es384 { x: point.x[..].try_into().ok()?, y: point.y[..].try_into().ok()? }
        }
        (COSEAlgorithm::RS256, COSEKeyType::RSA(rsa)) => {
            PasskeyKey::Rs256 { n: Box::new(rsa.n[..].try_into().ok()?), e: rsa.e }
        }
        _ => return None,
    })
}

/// Who signed any statement of this agency and period, in the order of the record; what does not hold is left out.
#[must_use]
pub fn signed_by(entries: &[Entry], agency: &AgencyId, period: &Period, zone: &TimeZone) -> Vec<SignedBy> {
    let of = |entry: &Entry| {
        let (Body::Signed(signed), Actor::Staff { name, role, agency: whose }) = (&entry.body, &entry.by) else {
            return None;
        };
        let about =
            signed.agency == *agency && whose == agency && (signed.from, signed.through) == (period.from, period.to);
        if !about || holds(signed).is_err() {
            return None;
        }
        let at = entry.at.to_zoned(zone.clone()).datetime();
        Some(SignedBy {
            entry: entry.id,
            staff: signed.staff,
            name: name.reveal().to_owned(),
            role: *role,
            agency: whose.clone(),
            at: at.date().at(at.hour(), at.minute(), 0, 0),
            content: Sha256Hex::of(signed.content()),
            key: signed.answer.key.hash(),
        })
    };
    entries.iter().filter_map(of).collect()
}

/// The sentence that says who signed, when and with what.
#[must_use]
pub fn sentence(words: &Words, one: &SignedBy) -> String {
    let role = words.say(&format!("role-{}", one.role.word().replace('_', "-")), &[]);
    let (day, time) = (one.at.date().to_string(), one.at.time().strftime("%H:%M").to_string());
    let arguments =
        [("name", one.name.as_str()), ("role", &role), ("agency", one.agency.as_str()), ("day", &day), ("time", &time)];
    words.say("filing-signed-passkey", &arguments)
}

/// The file that says it for machines.
#[derive(Serialize)]
struct Signatures<'a> {
    format: &'static str,
    content_sha256: &'a str,
    /// The same in words; where nobody signed, that.
    said: &'a [String],
    signed: Vec<Machine<'a>>,
}

#[derive(Serialize)]
struct Machine<'a> {
    agency: &'a AgencyId,
    at: String,
    entry: EntryId,
    key_sha256: &'a Sha256Hex,
    kind: &'static str,
    name: &'a str,
    role: &'static str,
    staff: StaffId,
}

/// That file, canonical.
pub(super) fn file(content: &str, said: &[String], signed: &[SignedBy]) -> Result<Vec<u8>, CanonicalError> {
    let signed = signed.iter().map(|one| Machine {
        agency: &one.agency,
        at: one.at.to_string(),
        entry: one.entry,
        key_sha256: &one.key,
        kind: "passkey",
        name: &one.name,
        role: one.role.word(),
        staff: one.staff,
    });
    to_bytes(&Signatures {
        format: "vouchsafe statement signatures 1",
        content_sha256: content,
        said,
        signed: signed.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by another program (Python's `cryptography`), with a key of each kind that enrolment takes.
    const OTHERS: [(&str, &str); 3] = [
        ("es256", include_str!("../../../../fuzz/seeds/signed/es256")),
        ("es384", include_str!("../../../../fuzz/seeds/signed/es384")),
        ("rs256", include_str!("../../../../fuzz/seeds/signed/rs256")),
    ];

    #[test]
    fn what_another_program_signed_holds_with_each_kind_of_key() {
        for (kind, text) in OTHERS {
            let signed: SignedStatement = serde_json::from_str(text).unwrap();
            assert_eq!(holds(&signed), Ok(()), "{kind}");
            // The library's form of the key and ours are one key.
            assert_eq!(passkey_key(&cose(&signed.answer.key)), Some(signed.answer.key.clone()), "{kind}");
            // Another key of the same kind did not sign it, nor did this one anything else.
            for (other, text) in OTHERS.into_iter().filter(|(other, _)| *other != kind) {
                let mut swapped = signed.clone();
                swapped.answer.key = serde_json::from_str::<SignedStatement>(text).unwrap().answer.key;
                assert_eq!(holds(&swapped), Err(SignedFault::Signature), "{kind} by {other}");
            }
            let mut said = signed;
            said.answer.browser.push('\n');
            assert_eq!(holds(&said), Err(SignedFault::Signature), "{kind}");
        }
    }

    /// Every bit of what device and key said, and every byte of the browser's words and of the statement.
    #[test]
    fn any_bit_that_is_changed_is_noticed() {
        let signed: SignedStatement = serde_json::from_str(OTHERS[0].1).unwrap();
        let flipped = |bytes: &[u8], bit: usize| {
            let mut bytes = bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            record::HexBytes::of(&bytes)
        };
        let mut changes: Vec<SignedStatement> = Vec::new();
        for bit in 0..signed.answer.device.as_bytes().len() * 8 {
            let mut one = signed.clone();
            one.answer.device = flipped(one.answer.device.as_bytes(), bit);
            changes.push(one);
        }
        for bit in 0..signed.answer.signature.as_bytes().len() * 8 {
            let mut one = signed.clone();
            one.answer.signature = flipped(one.answer.signature.as_bytes(), bit);
            changes.push(one);
        }
        for place in 0..signed.answer.browser.len() {
            let mut one = signed.clone();
            one.answer.browser.replace_range(place..=place, "~");
            changes.push(one);
        }
        for place in 0..signed.statement.reveal().len() {
            let mut one = signed.clone();
            let mut text = one.statement.reveal().to_owned();
            text.replace_range(place..=place, "~");
            one.statement = text.into();
            changes.push(one);
        }
        assert!(changes.len() > 1000, "{}", changes.len());
        for (number, one) in changes.iter().enumerate() {
            assert!(holds(one).is_err(), "change {number}");
        }
    }
}
