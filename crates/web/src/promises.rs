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

/// note, promise key, origin of the log, receipt, name of the envelope, names of attachments → day, leaf, day by which it is there.
///
/// The leaf is computed here; that of the promise has to be the same.
pub(crate) fn check(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let note = Note::parse(input.bytes()?).map_err(|_| Fault::PromiseForm)?;
    let key = NoteKey::read(input)?;
    let origin = input.text()?;
    let receipt = receipts::receipt(input)?;
    let envelope = ContentId::from_hash(input.array()?);
    let attachments: Vec<ContentId> = input.pieces::<32>()?.iter().map(|id| ContentId::from_hash(*id)).collect();

    let mut lines = note.text().lines();
    let mut line = || lines.next().ok_or(Fault::PromiseForm);
    let (first, day, root, stated, by) = (line()?, line()?, line()?, line()?, line()?);
    let by = by.strip_prefix("in the log by ").ok_or(Fault::PromiseForm)?;
    let parse_day = |text: &str| text.parse::<Day>().map_err(|_| Fault::PromiseForm);
    let (stated_day, stated_by) = (day, by);
    let (day, by) = (parse_day(day)?, parse_day(by)?);
    if lines.next().is_some() || first != [origin, "/report-promise"].concat() {
        return Err(Fault::PromiseForm);
    }
    if !key.signed(&note) {
        return Err(Fault::PromiseSignature);
    }
    let own_root = ContentRoot::of(&envelope, &attachments).map_err(|_| Fault::Input)?;
    let own = leaf(day, &own_root, &receipt.blind());
    if hex::encode(own_root.as_bytes()) != root || hex::encode(own) != stated || by != day.next() {
        return Err(Fault::PromiseOther);
    }
    Ok(Answer::new().field(stated_day.as_bytes()).field(&own).field(stated_by.as_bytes()))
}
