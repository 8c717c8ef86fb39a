//! The report's one spelling. Fields stand in the order of deterministic CBOR: by the length of their names, then by
//! bytes. Text of answers may be anything that is UTF-8: it is shown, never run.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{
    Attachment, FormError, Kind, MAX_ANSWER_BYTES, MAX_ANSWERS, MAX_ATTACHMENTS, MAX_FILE_NAME_BYTES,
    MAX_LANGUAGE_BYTES, MAX_MEDIA_TYPE_BYTES, MAX_QUESTION_BYTES, MAX_REPORT_BYTES, NameError, QuestionId, Report,
    ReportError,
};
use crate::{
    cbor::{Reader, Writer},
    chunked,
    envelope::Recipient,
    leaf::ContentId,
    shares::SealedContact,
};

const VERSION: u64 = 1;
const KEY_BYTES: usize = 1216;
/// More than the longest name of a kind.
const KIND_BYTES: usize = 32;

pub(super) fn write(report: &Report) -> Zeroizing<Vec<u8>> {
    let answers: usize = report.answers.values().map(|text| text.len() + MAX_QUESTION_BYTES + 10).sum();
    let contact = report.contact.as_ref().map_or(0, SealedContact::len);
    let mut w = Writer::with_capacity(2048 + answers + contact + report.attachments.len() * 1024);
    w.map(7);
    w.text("v");
    w.unsigned(VERSION);
    w.text("kind");
    w.text(report.kind.as_str());
    w.text("answers");
    w.map(report.answers.len());
    for (question, answer) in &report.answers {
        w.text(question.as_str());
        w.text(answer);
    }
    w.text("contact");
    match &report.contact {
        None => w.null(),
        Some(contact) => contact.write(&mut w),
    }
    w.text("language");
    w.text(report.language.as_str());
    w.text("reply-to");
    w.bytes(&report.reply_to.to_bytes());
    w.text("attachments");
    w.array(report.attachments.len());
    for attachment in &report.attachments {
        write_attachment(&mut w, attachment);
    }
    w.finish()
}

fn write_attachment(w: &mut Writer, attachment: &Attachment) {
    w.map(8);
    w.text("key");
    w.bytes(attachment.key.expose());
    w.text("name");
    w.text(attachment.name.as_str());
    w.text("sent");
    w.bytes(&attachment.sent);
    w.text("bytes");
    w.unsigned(attachment.bytes);
    w.text("cleaned");
    w.boolean(attachment.cleaned);
    w.text("content");
    w.bytes(attachment.content.as_bytes());
    w.text("original");
    w.bytes(&attachment.original);
    w.text("media-type");
    w.text(attachment.media_type.as_str());
}

pub(super) fn read(bytes: &[u8]) -> Result<Report, ReportError> {
    if bytes.len() > MAX_REPORT_BYTES {
        return Err(ReportError::TooLong(bytes.len()));
    }
    let mut r = Reader::new(bytes);
    let report = read_report(&mut r)?;
    r.finish().map_err(ReportError::Form)?;
    Ok(report)
}

impl From<FormError> for ReportError {
    fn from(error: FormError) -> Self {
        Self::Form(error)
    }
}

fn name<T: std::str::FromStr<Err = NameError>>(text: &str, field: &'static str) -> Result<T, ReportError> {
    text.parse().map_err(|source| ReportError::Name { field, source })
}

fn read_report(r: &mut Reader<'_>) -> Result<Report, ReportError> {
    r.map_of(7, "report")?;
    r.key("v")?;
    let version = r.unsigned("v")?;
    if version != VERSION {
        return Err(ReportError::Version(version));
    }
    r.key("kind")?;
    let at = r.at();
    let kind = r.text(KIND_BYTES, "kind")?;
    let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or_else(|| Reader::wrong(at, "kind"))?;
    r.key("answers")?;
    let mut answers = BTreeMap::new();
    for _ in 0..r.map(MAX_ANSWERS, "answers")? {
        let question: QuestionId = name(r.text(MAX_QUESTION_BYTES, "question")?, "question")?;
        if answers.last_key_value().is_some_and(|(before, _)| *before >= question) {
            return Err(ReportError::Order("answers"));
        }
        answers.insert(question, Zeroizing::new(r.text(MAX_ANSWER_BYTES, "answer")?.to_owned()));
    }
    r.key("contact")?;
    let contact = if r.null() { None } else { Some(SealedContact::read(r)?) };
    r.key("language")?;
    let language = name(r.text(MAX_LANGUAGE_BYTES, "language")?, "language")?;
    r.key("reply-to")?;
    let at = r.at();
    let reply_to = Recipient::from_bytes(r.bytes(KEY_BYTES, "reply-to")?).map_err(|_| Reader::wrong(at, "reply-to"))?;
    r.key("attachments")?;
    let mut attachments: Vec<Attachment> = Vec::new();
    for _ in 0..r.array(MAX_ATTACHMENTS, "attachments")? {
        let attachment = read_attachment(r)?;
        if attachments.iter().any(|before| before.content == attachment.content) {
            return Err(ReportError::Order("attachments"));
        }
        attachments.push(attachment);
    }
    Ok(Report { kind, language, answers, attachments, reply_to, contact })
}

fn read_attachment(r: &mut Reader<'_>) -> Result<Attachment, ReportError> {
    r.map_of(8, "attachment")?;
    r.key("key")?;
    let key = chunked::FileKey::new(Zeroizing::new(r.array_of("key")?));
    r.key("name")?;
    let file_name = name(r.text(MAX_FILE_NAME_BYTES, "name")?, "name")?;
    r.key("sent")?;
    let sent = r.array_of("sent")?;
    r.key("bytes")?;
    let at = r.at();
    let bytes = r.unsigned("bytes")?;
    if bytes > crate::pad::MAX_CONTENT_BYTES {
        return Err(Reader::wrong(at, "bytes").into());
    }
    r.key("cleaned")?;
    let cleaned = r.boolean("cleaned")?;
    r.key("content")?;
    let content = ContentId::from_hash(r.array_of("content")?);
    r.key("original")?;
    let original = r.array_of("original")?;
    r.key("media-type")?;
    let media_type = name(r.text(MAX_MEDIA_TYPE_BYTES, "media-type")?, "media-type")?;
    Ok(Attachment { content, key, name: file_name, media_type, bytes, original, sent, cleaned })
}
