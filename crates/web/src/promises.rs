//! The promise: what the server signs when it has taken a report in, checked against what this phone sent.

use seal::{
    ContentId,
    leaf::{ContentRoot, Day, leaf},
};
use tlog::Note;

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
    notes::NoteKey,
    receipts,
};

/// What a note says that is a promise: day, content root, leaf, day by which it is there, as they stand in it.
struct Said<'a> {
    day: (&'a str, Day),
    root: &'a str,
    leaf: &'a str,
    by: (&'a str, Day),
}

fn read<'a>(note: &'a Note, key: &NoteKey, origin: &str) -> Result<Said<'a>, Fault> {
    let mut lines = note.text().lines();
    let mut line = || lines.next().ok_or(Fault::PromiseForm);
    let (first, day, root, leaf, by) = (line()?, line()?, line()?, line()?, line()?);
    let by = by.strip_prefix("in the log by ").ok_or(Fault::PromiseForm)?;
    let parse_day = |text: &'a str| Ok((text, text.parse::<Day>().map_err(|_| Fault::PromiseForm)?));
    let said = Said { day: parse_day(day)?, root, leaf, by: parse_day(by)? };
    if lines.next().is_some() || first != [origin, "/report-promise"].concat() {
        return Err(Fault::PromiseForm);
    }
    if !key.signed(note) {
        return Err(Fault::PromiseSignature);
    }
    Ok(said)
}

/// slot, promise key, origin of the log, receipt → day, leaf, fate.
///
/// On return: a slot of the mailbox, which has the promise's length (u16), the promise, one byte of what became of the report
/// by the server's word, and chance. The leaf is that of this receipt, of that day and of the content that it
/// names; whether it is what was sent only the log code on the card can tell.
#[cfg(feature = "back")]
pub(crate) fn recall(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let slot = input.bytes()?;
    let (len, rest) = slot.split_first_chunk::<2>().ok_or(Fault::PromiseForm)?;
    let (note, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into()).ok_or(Fault::PromiseForm)?;
    let (fate, _chance) = rest.split_at_checked(1).ok_or(Fault::PromiseForm)?;
    let note = Note::parse(note).map_err(|_| Fault::PromiseForm)?;
    let key = NoteKey::read(input)?;
    let said = read(&note, &key, input.text()?)?;
    let receipt = receipts::receipt(input)?;
    let mut root = [0; 32];
    hex::decode_to_slice(said.root, &mut root).map_err(|_| Fault::PromiseForm)?;
    let own = leaf(said.day.1, &ContentRoot::from_bytes(root), &receipt.blind());
    if hex::encode(own) != said.leaf || said.by.1 != said.day.1.next() {
        return Err(Fault::PromiseOther);
    }
    Ok(Answer::new().field(said.day.0.as_bytes()).field(&own).field(fate))
}

/// note, promise key, origin of the log, receipt, name of the envelope, names of attachments → day, leaf, day by which it is there.
///
/// The leaf is computed here; that of the promise has to be the same.
pub(crate) fn check(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let note = Note::parse(input.bytes()?).map_err(|_| Fault::PromiseForm)?;
    let key = NoteKey::read(input)?;
    let said = read(&note, &key, input.text()?)?;
    let receipt = receipts::receipt(input)?;
    let envelope = ContentId::from_hash(input.array()?);
    let attachments: Vec<ContentId> = input.pieces::<32>()?.iter().map(|id| ContentId::from_hash(*id)).collect();

    let own_root = ContentRoot::of(&envelope, &attachments).map_err(|_| Fault::Input)?;
    let own = leaf(said.day.1, &own_root, &receipt.blind());
    if hex::encode(own_root.as_bytes()) != said.root || hex::encode(own) != said.leaf || said.by.1 != said.day.1.next()
    {
        return Err(Fault::PromiseOther);
    }
    Ok(Answer::new().field(said.day.0.as_bytes()).field(&own).field(said.by.0.as_bytes()))
}
