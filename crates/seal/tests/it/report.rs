//! Reports: sealed and opened, at each of their limits, and in no other spelling.

use std::collections::BTreeMap;

use ciborium::Value;
use expect_test::expect;
use proptest::prelude::*;
use seal::{
    ContentId, Identity, Recipient, Report,
    chunked::FileKey,
    envelope, pad,
    report::{
        Attachment, FileName, FormError, Kind, MAX_ANSWER_BYTES, MAX_ANSWERS, MAX_ATTACHMENTS, MAX_REPORT_BYTES,
        OpenReportError, ReportError,
    },
    shares::seal_contact,
};
use zeroize::Zeroizing;

use crate::{shared::rng, shares::holders};

fn reply_to() -> Recipient {
    Identity::make(&mut rng(50)).recipient().unwrap()
}

fn attachment(number: u8) -> Attachment {
    Attachment {
        content: ContentId::of(&[number]),
        key: FileKey::new(Zeroizing::new([number; 32])),
        name: FileName::clean("IMG_1.jpg"),
        media_type: "image/jpeg".parse().unwrap(),
        bytes: 1_234_567,
        original: [1; 32],
        sent: [2; 32],
        cleaned: true,
    }
}

fn answers(count: usize, text: &str) -> BTreeMap<seal::report::QuestionId, Zeroizing<String>> {
    (0..count).map(|index| (format!("q-{index}").parse().unwrap(), Zeroizing::new(text.to_owned()))).collect()
}

fn small() -> Report {
    Report {
        kind: Kind::OperationSeen,
        language: "es".parse().unwrap(),
        answers: answers(2, "Vi tres camionetas."),
        attachments: vec![attachment(1), attachment(2)],
        reply_to: reply_to(),
        contact: None,
    }
}

fn with_contact(text: &str) -> Report {
    let contact = seal_contact("Rosa, 718 555 0100", &holders().1, &mut rng(1)).unwrap();
    Report { contact: Some(contact), answers: answers(1, text), attachments: Vec::new(), ..small() }
}

/// The report as a reader of CBOR shows it, with long bytes cut.
fn shown(value: &Value) -> Value {
    match value {
        Value::Bytes(bytes) => Value::Text(format!("{} bytes", bytes.len())),
        Value::Array(values) => Value::Array(values.iter().map(shown).collect()),
        Value::Map(entries) => Value::Map(entries.iter().map(|(key, value)| (key.clone(), shown(value))).collect()),
        other => other.clone(),
    }
}

fn by_ciborium(report: &Report) -> Value {
    ciborium::from_reader(report.to_bytes().unwrap().as_slice()).unwrap()
}

#[test]
fn any_tool_for_cbor_reads_a_report() {
    fn lines(value: &Value, indent: usize, out: &mut String) {
        match value {
            Value::Map(entries) => {
                for (key, value) in entries {
                    let key = key.as_text().unwrap();
                    match value {
                        Value::Map(_) | Value::Array(_) => {
                            *out += &format!("{:indent$}{key}:\n", "");
                            lines(value, indent + 2, out);
                        }
                        value => *out += &format!("{:indent$}{key}: {value:?}\n", ""),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| lines(value, indent + 2, out)),
            value => *out += &format!("{:indent$}{value:?}\n", ""),
        }
    }
    let mut report = with_contact("Vi tres camionetas.");
    report.attachments.push(attachment(1));
    let mut text = String::new();
    lines(&shown(&by_ciborium(&report)), 0, &mut text);
    expect![[r#"
        v: Integer(Integer(1))
        kind: Text("operation-seen")
        answers:
          q-0: Text("Vi tres camionetas.")
        contact:
          id: Text("16 bytes")
          city: Text("3291 bytes")
          sealed: Text("1096 bytes")
          trustee:
              Text("1766 bytes")
              Text("1766 bytes")
              Text("1766 bytes")
        language: Text("es")
        reply-to: Text("1216 bytes")
        attachments:
            key: Text("32 bytes")
            name: Text("IMG_1.jpg")
            sent: Text("32 bytes")
            bytes: Integer(Integer(1234567))
            cleaned: Bool(true)
            content: Text("32 bytes")
            original: Text("32 bytes")
            media-type: Text("image/jpeg")
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_report_is_opened_by_its_recipients_and_written_again_to_the_same_bytes() {
    let investigators = [Identity::make(&mut rng(1)), Identity::make(&mut rng(2))];
    let recipients = investigators.each_ref().map(|identity| identity.recipient().unwrap());
    for report in [small(), with_contact("")] {
        let sealed = report.seal(&recipients.each_ref(), &mut rng(3)).unwrap();
        for identity in &investigators {
            let opened = Report::open(identity, &sealed).unwrap();
            assert_eq!(*opened.to_bytes().unwrap(), *report.to_bytes().unwrap());
        }
        let stranger = Identity::make(&mut rng(4));
        assert_eq!(Report::open(&stranger, &sealed).err(), Some(OpenReportError::Open(envelope::OpenError::NoMatch)));
    }
}

#[test]
fn what_is_not_a_padded_report_is_refused_behind_the_seal() {
    let identity = Identity::make(&mut rng(1));
    let to = identity.recipient().unwrap();
    let sealed = |plaintext: &[u8]| envelope::seal(&[&to], plaintext, &mut rng(2)).unwrap();
    let bare = Report::open(&identity, &sealed(&small().to_bytes().unwrap())).err();
    assert!(matches!(bare, Some(OpenReportError::Unpad(_))), "{bare:?}");
    let empty = Report::open(&identity, &sealed(&pad::pad(b"").unwrap())).err();
    assert!(
        matches!(empty, Some(OpenReportError::Report(ReportError::Form(FormError::Ends { at: 0, .. })))),
        "{empty:?}"
    );
}

#[test]
fn a_report_with_contact_details_is_as_long_as_one_without() {
    let to = reply_to();
    let mut lengths = Vec::new();
    for text in ["", &"x".repeat(4000)] {
        let without = Report { contact: None, ..with_contact(text) };
        lengths.push(with_contact(text).seal(&[&to], &mut rng(1)).unwrap().len());
        lengths.push(without.seal(&[&to], &mut rng(1)).unwrap().len());
    }
    lengths.dedup();
    assert_eq!(lengths.len(), 1, "{lengths:?}");
}

#[test]
fn each_limit_holds_and_what_is_at_it_fits() {
    let limit = |report: &Report| match report.to_bytes() {
        Err(ReportError::Form(FormError::Limit { field, length, limit, .. })) => Some((field, length, limit)),
        Err(error) => panic!("{error:?}"),
        Ok(_) => None,
    };
    let mut report = small();
    report.answers = answers(MAX_ANSWERS, "x");
    assert_eq!(limit(&report), None);
    report.answers = answers(MAX_ANSWERS + 1, "x");
    assert_eq!(limit(&report), Some(("answers", MAX_ANSWERS as u64 + 1, MAX_ANSWERS)));
    report.answers = answers(1, &"x".repeat(MAX_ANSWER_BYTES));
    assert_eq!(limit(&report), None);
    report.answers = answers(1, &"x".repeat(MAX_ANSWER_BYTES + 1));
    assert_eq!(limit(&report), Some(("answer", MAX_ANSWER_BYTES as u64 + 1, MAX_ANSWER_BYTES)));
    report.answers.clear();
    report.attachments = (0..).map(attachment).take(MAX_ATTACHMENTS).collect();
    assert_eq!(limit(&report), None);
    report.attachments.push(attachment(200));
    assert_eq!(limit(&report), Some(("attachments", MAX_ATTACHMENTS as u64 + 1, MAX_ATTACHMENTS)));
    report.attachments = vec![attachment(1)];
    report.attachments[0].bytes = pad::MAX_CONTENT_BYTES;
    assert_eq!(limit(&report), None);
    report.attachments[0].bytes += 1;
    assert!(matches!(report.to_bytes(), Err(ReportError::Form(FormError::Value { field: "bytes", .. }))));
    report.attachments = vec![attachment(1), attachment(1)];
    assert_eq!(report.to_bytes().err(), Some(ReportError::Order("attachments")));
    report.attachments.clear();

    // The whole: sixteen long answers are just below.
    report.answers = answers(15, &"x".repeat(MAX_ANSWER_BYTES));
    let room = MAX_REPORT_BYTES - report.to_bytes().unwrap().len();
    let last = |bytes: usize| ("last".parse().unwrap(), Zeroizing::new("x".repeat(bytes)));
    // Four letters of a name, its length, and three or five bytes of the text's.
    report.answers.extend([last(room - 10)]);
    assert_eq!(report.to_bytes().unwrap().len(), MAX_REPORT_BYTES - 2);
    report.answers.extend([last(room - 8)]);
    let whole = report.to_bytes().unwrap();
    assert_eq!(whole.len(), MAX_REPORT_BYTES);
    assert_eq!(pad::padded_len(whole.len() as u64).unwrap(), 1024 * 1024);
    report.answers.extend([last(room - 7)]);
    assert_eq!(report.to_bytes().err(), Some(ReportError::TooLong(MAX_REPORT_BYTES + 1)));
}

/// Reads a report after something was changed in it.
fn changed(change: impl FnOnce(&mut Vec<(Value, Value)>)) -> String {
    let mut value = by_ciborium(&small());
    change(value.as_map_mut().unwrap());
    let mut bytes = Vec::new();
    ciborium::into_writer(&value, &mut bytes).unwrap();
    match Report::parse(&bytes) {
        Ok(_) => "read".to_owned(),
        Err(ReportError::Name { field, source }) => format!("{field}: {source}"),
        Err(ReportError::Form(error)) => error.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn nothing_is_read_that_is_not_written() {
    let set = |index: usize, value: Value| changed(|fields| fields[index].1 = value);
    expect!["read"].assert_eq(&changed(|_| {}));
    expect!["`v`, at byte 1, is of another kind or has another spelling"]
        .assert_eq(&changed(|fields| fields.swap(0, 1)));
    expect!["`report`, at byte 0, cannot have this value"].assert_eq(&changed(|fields| drop(fields.pop())));
    expect!["`report`, at byte 0, has 8, more than 7"]
        .assert_eq(&changed(|fields| fields.push(("a-field-more".into(), 1.into()))));
    // tidy: names what is refused
    expect!["`language`, at byte 90, is of another kind or has another spelling"]
        .assert_eq(&changed(|fields| fields[4].0 = "nationality".into()));
    expect!["a report of version 2 is not known"].assert_eq(&set(0, 2.into()));
    expect!["`kind`, at byte 9, cannot have this value"].assert_eq(&set(1, "weather".into()));
    let answer = |question: &str| (Value::from(question), Value::from("x"));
    expect!["`answers` are out of their order or there twice"]
        .assert_eq(&set(2, Value::Map(vec![answer("b"), answer("a")])));
    expect!["`answers` are out of their order or there twice"]
        .assert_eq(&set(2, Value::Map(vec![answer("a"), answer("a")])));
    expect!["question: it asks what nobody is asked"].assert_eq(&set(2, Value::Map(vec![answer("citizen")])));
    expect!["`answer`, at byte 35, is of another kind or has another spelling"]
        .assert_eq(&set(2, Value::Map(vec![("a".into(), Value::Bytes(vec![0xff]))])));
    expect!["`contact`, at byte 89, is of another kind or has another spelling"].assert_eq(&set(3, false.into()));
    expect!["language: it has a character that is not allowed there"].assert_eq(&set(4, "e_s".into()));
    expect!["`reply-to`, at byte 111, cannot have this value"].assert_eq(&set(5, Value::Bytes(vec![0; 32])));
    expect!["name: it is or would be a path"].assert_eq(&changed(|fields| {
        let attachment = fields[6].1.as_array_mut().unwrap()[0].as_map_mut().unwrap();
        attachment[1].1 = "../../etc/passwd".into();
    }));
    let mut longer = small().to_bytes().unwrap().to_vec();
    longer.push(0);
    assert!(matches!(Report::parse(&longer), Err(ReportError::Form(FormError::After { .. }))));
}

#[test]
fn reports_do_not_print() {
    expect!["Report(..) Attachment(..) FileKey(..)"].assert_eq(&format!(
        "{:?} {:?} {:?}",
        small(),
        attachment(1),
        attachment(1).key
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_read_is_written_again_to_the_same_bytes(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = with_contact("what happened").to_bytes().unwrap().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(report) = Report::parse(&bytes) {
            prop_assert_eq!(&*report.to_bytes().unwrap(), &bytes);
        }
        prop_assert!(Report::parse(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn any_text_comes_back(text in "\\PC{0,400}", kind in 0_usize..7) {
        let report = Report { kind: Kind::ALL[kind], answers: answers(3, &text), ..small() };
        let read = Report::parse(&report.to_bytes().unwrap()).unwrap();
        prop_assert_eq!(read.kind, report.kind);
        prop_assert!(read.answers.values().all(|answer| answer.as_str() == text));
    }
}
