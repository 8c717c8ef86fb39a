//! The keys of the bundle against the log: the set in the log's signed tree is the one that this page would use, or nothing is
//! sealed and no answer counts as signed (docs/report-protocol.md, "The keys").
//!
//! The door gives a `tlog-proof` with salt and entry. The leaf is computed here from both; the entry is one canonical JSON
//! text (`record::DoorKeys`), and what it must say follows from the bundle's own keys but for day, names, moment and id. So it
//! is compared piece by piece, and no reader of JSON comes to a phone. It finds swapped keys and no swapped program: who
//! serves another page serves one that does not ask.

use sha2_next::{Digest as _, Sha256};
use tlog::{InclusionReceipt, tree};

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
    notes::NoteKey,
    reports::KEY_BYTES,
};

/// As `record::commitment` has it.
const LEAF_LABEL: &[u8] = b"vouchsafe entry leaf v1\0";
const SALT_BYTES: usize = 32;

/// proof, log key, promise key, intake recipients, SHA-256 of contact recipients (two of the city, three of the trustee, or
/// none), these recipients (empty: not fetched, and nothing will be sealed for them), officials' keys → nothing.
pub(crate) fn check(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let proof = InclusionReceipt::parse(input.bytes()?).map_err(|_| Fault::KeysForm)?;
    let log = NoteKey::read(input)?;
    let promise = NoteKey::read(input)?;
    let intake = hashes(input)?;
    let contact = input.pieces::<32>()?.to_vec();
    let fetched = hashes(input)?;
    let officials = input.pieces::<32>()?.to_vec();

    let extra = proof.extra.as_deref().unwrap_or_default();
    let (salt, entry) = extra.split_at_checked(SALT_BYTES).ok_or(Fault::KeysForm)?;
    let head = proof.checkpoint.checkpoint();
    if head.origin() != log.name() || !log.signed(proof.checkpoint.note()) {
        return Err(Fault::KeysSignature);
    }
    let leaf = Sha256::new_with_prefix(LEAF_LABEL)
        .chain_update(salt)
        .chain_update((entry.len() as u64).to_be_bytes())
        .chain_update(entry)
        .finalize();
    let root = tree::root_from_inclusion(&proof.path, proof.index, head.size(), tree::leaf_hash(&leaf));
    if root != Ok(head.root()) {
        return Err(Fault::KeysProof);
    }
    // Contact details are sealed for what was fetched; the page may not have fetched any.
    if !fetched.is_empty() && fetched != contact {
        return Err(Fault::KeysOther);
    }
    let mut rest = Text(entry);
    says(&mut rest, &promise, intake, &contact, officials).filter(|()| rest.0.is_empty()).ok_or(Fault::KeysOther)?;
    Ok(Answer::new())
}

/// SHA-256 of each recipient in the next field.
fn hashes(input: &mut Fields<'_>) -> Result<Vec<[u8; 32]>, Fault> {
    Ok(input.pieces::<KEY_BYTES>()?.iter().map(|key| Sha256::digest(key).into()).collect())
}

/// A list of hashes or keys as the entry has it: each once, in their order.
fn list(mut keys: Vec<[u8; 32]>) -> String {
    keys.sort_unstable();
    let quoted: Vec<String> = keys.iter().map(|key| ["\"", &hex::encode(key), "\""].concat()).collect();
    ["[", &quoted.join(","), "]"].concat()
}

/// Whether the entry says that the door has exactly these keys. Names, day, moment and id are whatever they are.
fn says(
    entry: &mut Text<'_>,
    promise: &NoteKey,
    intake: Vec<[u8; 32]>,
    contact: &[[u8; 32]],
    officials: Vec<[u8; 32]>,
) -> Option<()> {
    for before in [r#"{"at":"#, r#","body":{"keys":{"approved_by":"#, r#","asked_by":"#, r#","from":"#] {
        entry.exactly(before)?;
        entry.quoted()?;
    }
    entry.exactly(r#","set":{"#)?;
    if !contact.is_empty() {
        let (city, trustee) = contact.split_at_checked(seal::shares::CITY_ROLES)?;
        let (city, trustee) = (list(city.to_vec()), list(trustee.to_vec()));
        entry.exactly(&[r#""contact":{"city":"#, &city, r#","trustee":"#, &trustee, "},"].concat())?;
    }
    entry.exactly(&[r#""intake":"#, &list(intake), r#","officials":"#, &list(officials), r#","promise":"#].concat())?;
    let key = promise.verifier();
    entry.exactly(&["\"", &key, r#""}}},"by":{"kind":"program","name":"keys"},"id":"#].concat())?;
    entry.quoted()?;
    entry.exactly(r#","source":"desk","v":1}"#)
}

/// What is left of a text.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    /// Passes these words, if they stand here.
    fn exactly(&mut self, words: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(words.as_bytes())?;
        Some(())
    }

    /// Passes one text in quotes, whatever it says.
    fn quoted(&mut self) -> Option<()> {
        let mut rest = self.0.strip_prefix(b"\"")?;
        loop {
            let (byte, after) = rest.split_first()?;
            match byte {
                b'"' => {
                    self.0 = after;
                    return Some(());
                }
                b'\\' => rest = after.split_first()?.1,
                _ => rest = after,
            }
        }
    }
}
