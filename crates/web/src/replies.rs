//! Officials' answers: what can be opened and verified with the receipt, each with its number, and nothing else.

use seal::reply::{Expecting, OfficialPublicKey, OpenReplyError};

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
    receipts,
};

/// receipt, officials' keys, slots (each its own field) → how many were sealed for this receipt and still refused, then number
/// and text of each answer, in the order of the slots.
///
/// A slot that does not open at all is chance, as the server fills it. One that opens and was not signed, or was written for
/// another mailbox, was forged or taken from elsewhere: it is counted and not shown. The door gives the newest first; the order
/// is not its to say, since each answer has its number under the signature: the page sorts by it, and tells what is missing.
pub(crate) fn open(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let receipt = receipts::receipt(input)?;
    let officials: Vec<OfficialPublicKey> =
        input.pieces::<32>()?.iter().map(|key| OfficialPublicKey::new(*key)).collect();
    let identity = receipt.reply_identity();
    let mailbox = receipt.mailbox();
    // The number before the one that is likely here, so that most answers are opened once.
    let mut last = 0;
    let mut refused = 0_u64;
    let mut answers = Vec::new();
    while !input.is_empty() {
        let slot = input.bytes()?;
        let open = |last| Expecting { identity: &identity, mailbox, last, officials: &officials }.open(slot);
        let opened = match open(last) {
            Err(OpenReplyError::OutOfOrder { found, .. } | OpenReplyError::Replayed { found, .. }) if found > 0 => {
                open(found - 1)
            }
            other => other,
        };
        match opened {
            Ok(reply) => {
                last = reply.sequence.saturating_sub(2);
                answers.push(reply);
            }
            Err(OpenReplyError::Open(_)) => {}
            Err(_) => refused += 1,
        }
    }
    let answer = Answer::new().field(&refused.to_be_bytes());
    Ok(answers.iter().fold(answer, |answer, one| answer.field(&one.sequence.to_be_bytes()).field(one.text.as_bytes())))
}
