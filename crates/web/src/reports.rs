//! Reports: from the page's form to the body that is sent (docs/report-protocol.md, "A report"), and attachments' padding.

use std::collections::BTreeMap;

use seal::{
    ContentId, Recipient, Report, chunked, pad,
    report::{Attachment, FileName, Kind, MAX_ATTACHMENTS},
    shares::{self, ContactRecipients, SealedContact},
};
use zeroize::Zeroizing;

use crate::{
    chance::Chance,
    fault::Fault,
    fields::{Answer, Fields},
    receipts,
};

/// The bytes of a recipient's public key.
pub(crate) const KEY_BYTES: usize = 1216;

/// What the body of a report begins with.
const MAGIC: &[u8; 4] = b"VSR1";

fn recipients(input: &mut Fields<'_>) -> Result<Vec<Recipient>, Fault> {
    let keys = input.pieces::<KEY_BYTES>()?.iter();
    keys.map(|key| Recipient::from_bytes(key).map_err(|_| Fault::Keys)).collect()
}

/// chance, receipt, intake recipients, contact recipients (two of the city, three of the trustee), kind, language,
/// answers (question, answer, …), contact details (empty: none; else id, key and the sealed details, which WebCrypto sealed),
/// attachments (each its own field) → the body, the name of the envelope.
///
/// A report goes to at least two recipients: a bundle with fewer was tampered with.
pub(crate) fn seal(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let mut chance = Chance::new(input.bytes()?);
    let receipt = receipts::receipt(input)?;
    let intake = recipients(input)?;
    let contact_recipients = recipients(input)?;
    if intake.len() < 2 {
        return Err(Fault::Keys);
    }
    let kind = input.text()?;
    let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or(Fault::Report)?;
    let language = input.text()?.parse().map_err(|_| Fault::Report)?;
    let answers = answers(&mut Fields::new(input.bytes()?))?;
    let contact = contact(&mut Fields::new(input.bytes()?), &contact_recipients, &mut chance)?;
    let (attachments, names) = attachments(&mut Fields::new(input.bytes()?))?;
    let reply_to = receipt.reply_identity().recipient().map_err(|_| Fault::Seal)?;

    let report = Report { kind, language, answers, attachments, reply_to, contact };
    let to: Vec<&Recipient> = intake.iter().collect();
    let envelope = report.seal(&to, &mut chance).map_err(|error| match error {
        seal::report::SealReportError::Seal(_) => Fault::Keys,
        _ => Fault::Report,
    })?;
    let envelope = chance.spent(envelope)?;

    let mut body = Vec::with_capacity(envelope.len() + names.len() + 128);
    body.extend_from_slice(MAGIC);
    body.extend_from_slice(receipt.mailbox().as_bytes());
    body.extend_from_slice(&receipt.return_key().public());
    body.extend_from_slice(receipt.blind().as_bytes());
    body.push(u8::try_from(report.attachments.len()).map_err(|_| Fault::Report)?);
    body.extend_from_slice(&names);
    body.extend_from_slice(&u32::try_from(envelope.len()).map_err(|_| Fault::Report)?.to_be_bytes());
    body.extend_from_slice(&envelope);
    Ok(Answer::new().field(&body).field(ContentId::of(&envelope).as_bytes()))
}

type Answers = BTreeMap<seal::report::QuestionId, Zeroizing<String>>;

fn answers(input: &mut Fields<'_>) -> Result<Answers, Fault> {
    let mut answers = BTreeMap::new();
    while !input.is_empty() {
        let question = input.text()?.parse().map_err(|_| Fault::Report)?;
        if answers.insert(question, Zeroizing::new(input.text()?.to_owned())).is_some() {
            return Err(Fault::Report);
        }
    }
    Ok(answers)
}

fn contact(
    sealed: &mut Fields<'_>,
    keys: &[Recipient],
    chance: &mut Chance<'_>,
) -> Result<Option<SealedContact>, Fault> {
    if sealed.is_empty() {
        return Ok(None);
    }
    let id = sealed.array()?;
    let key = Zeroizing::new(sealed.array()?);
    let details = sealed.bytes()?.to_vec();
    sealed.finish()?;
    let (city, trustee) = keys.split_at_checked(shares::CITY_ROLES).ok_or(Fault::Keys)?;
    let city = city.to_vec().try_into().map_err(|_| Fault::Keys)?;
    let trustee = trustee.to_vec().try_into().map_err(|_| Fault::Keys)?;
    let recipients = ContactRecipients { city, trustee };
    shares::share_contact(id, &key, details, &recipients, chance).map(Some).map_err(|_| Fault::Contact)
}

/// Each attachment: id of its upload, name of its sealed bytes, key, name, type, true length, hash of the original, hash
/// of what was sent, whether it was cleaned. Gives also what the body says of them.
fn attachments(input: &mut Fields<'_>) -> Result<(Vec<Attachment>, Vec<u8>), Fault> {
    let (mut attachments, mut names) = (Vec::new(), Vec::new());
    while !input.is_empty() {
        if attachments.len() == MAX_ATTACHMENTS {
            return Err(Fault::Report);
        }
        let mut one = Fields::new(input.bytes()?);
        let upload: [u8; 16] = one.array()?;
        let content: [u8; 32] = one.array()?;
        names.extend_from_slice(&upload);
        names.extend_from_slice(&content);
        let key = chunked::FileKey::new(Zeroizing::new(one.array()?));
        let name = FileName::clean(one.text()?);
        // A phone may say nothing of the type, or what no type is; whoever opens it must not believe it anyway.
        let media_type =
            one.text()?.parse().or_else(|_| "application/octet-stream".parse()).map_err(|_| Fault::Report)?;
        let bytes = one.number()?;
        let (original, sent) = (one.array()?, one.array()?);
        let [cleaned] = one.array()?;
        one.finish()?;
        attachments.push(Attachment {
            content: ContentId::from_hash(content),
            key,
            name,
            media_type,
            bytes,
            original,
            sent,
            cleaned: cleaned == 1,
        });
    }
    Ok((attachments, names))
}

/// true length → what stands before the content, how many zeros follow it.
pub(crate) fn padding(input: &mut Fields<'_>) -> Result<Answer, Fault> {
    let content = input.number()?;
    let header = pad::header(content).map_err(|_| Fault::TooLong)?;
    let zeros = pad::zeros(content, content).map_err(|_| Fault::TooLong)?;
    Ok(Answer::new().field(&header).field(&zeros.to_be_bytes()))
}
