//! Officials' answers: what can be opened and verified with the receipt, in order, and nothing else.

use seal::reply::{Expecting, OfficialPublicKey, OpenReplyError};

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
    receipts,
};

/// receipt, officials' keys, number of the answer that was shown last, slots (each its own field) → how many were sealed
/// for this receipt and still refused, then the texts of the next answers.
///
/// A slot that does not open at all is chance, as the server fills it. One that opens and was not signed, or is out of its
/// order, was forged, replayed or taken from elsewhere: it is counted and not shown.
pub(crate) fn open(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let receipt = receipts::receipt(input)?;
    let officials: Vec<OfficialPublicKey> =
        input.pieces::<32>()?.iter().map(|key| OfficialPublicKey::new(*key)).collect();
    let identity = receipt.reply_identity();
    let mailbox = receipt.mailbox();
    let mut last = input.number()?;
    let mut refused = 0_u64;
    let mut texts = Vec::new();
    while !input.is_empty() {
        let slot = input.bytes()?;
        match (Expecting { identity: &identity, mailbox, last, officials: &officials }).open(slot) {
            Ok(reply) => {
                last = reply.sequence;
                texts.push(reply.text);
            }
            Err(OpenReplyError::Open(_)) => {}
            Err(_) => refused += 1,
        }
    }
    let answer = Answer::new().field(&refused.to_be_bytes());
    Ok(texts.iter().fold(answer, |answer, text| answer.field(text.as_bytes())))
}
