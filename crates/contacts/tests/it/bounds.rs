//! Whatever comes: bounded memory, no panic, and the next message is read.

use std::io::Read;

use contacts::{Bad, Contact, Fault, Sink, mbox, postfix, system, trace};
use proptest::prelude::*;

use crate::{Kept, known, read_as};

/// Counts, keeps nothing.
#[derive(Default)]
struct Count(u64, u64);

impl Sink for Count {
    fn contact(&mut self, _: Contact) {
        self.0 += 1;
    }

    fn bad(&mut self, _: Bad) {
        self.1 += 1;
    }
}

fn long() -> impl Read {
    std::io::repeat(b'x').take(100_000_000)
}

const LAST: &[u8] =
    b"\nTo: desk@doc.example.org\n\n\nFrom a Mon Jun 15 14:05:00 2026\nFrom: a@ice.dhs.gov\nTo: desk@doc.example.org\n";

#[test]
fn a_body_of_100_megabytes_in_a_line_is_passed_over_and_a_header_is_named() {
    let known = known();
    let head = &b"From a Mon Jun 15 14:05:00 2026\nFrom: a@ice.dhs.gov\nTo: desk@doc.example.org\n\n"[..];
    let mut kept = Kept::default();
    assert_eq!(mbox::read(head.chain(long()).chain(LAST), 0, &known, &mut kept), 2);
    assert_eq!((kept.contacts.len(), kept.bad.len()), (2, 0));
    let head = &b"From a Mon Jun 15 14:05:00 2026\nX-Long: "[..];
    let mut kept = Kept::default();
    assert_eq!(mbox::read(head.chain(long()).chain(LAST), 0, &known, &mut kept), 2);
    assert_eq!((kept.contacts.len(), kept.bad.len()), (1, 1));
    assert!(matches!(kept.bad[0].fault, Fault::Long { .. }) && kept.bad[0].place.line == 2);
    let mut count = Count::default();
    let line = &b"Jun 15 14:05:00 mx postfix/smtp[5]: 4ABCDEF: to=<"[..];
    postfix::Reader::default().read(line.chain(long()), 0, &known, &mut count);
    assert_eq!((count.0, count.1), (0, 2), "too long, and no address");
}

#[test]
fn a_list_of_a_million_recipients_needs_the_room_of_one() {
    let known = known();
    let head = &b"From a Mon Jun 15 14:05:00 2026\nFrom: a@ice.dhs.gov\nTo: x@doc.example.org"[..];
    let many = Many(0, Vec::new());
    let mut kept = Kept::default();
    assert_eq!(mbox::read(head.chain(many), 0, &known, &mut kept), 1);
    assert_eq!((kept.contacts.len(), kept.bad.len()), (1, 0));
    assert!(kept.contacts[0].more && kept.contacts[0].staff.len() <= 64);
}

/// The only one of an agency, or of an authority, comes last on a long list: a request of another must not account for it.
#[test]
fn whoever_comes_last_on_a_long_list_is_not_lost() {
    let known = known();
    let many: String = (0..200).map(|number| format!("n{number}@doc.example.org,\n ")).collect();
    let theirs: String = (0..200).map(|number| format!("n{number}@ice.dhs.gov,\n ")).collect();
    let text = format!(
        "From a Mon Jun 15 14:05:00 2026\nFrom: x@example.com\nTo: {many}sam@nypd.example.org\nCc: {theirs}b@cbp.dhs.gov\n"
    );
    let contacts = read_as("mbox", text.as_bytes(), &known).contacts;
    let agencies: Vec<_> = contacts.iter().filter_map(|it| it.agency.as_ref()).map(|it| it.as_str()).collect();
    assert_eq!(agencies, ["DOC", "NYPD"]);
    assert!(contacts.iter().all(|it| it.partners.len() == 2 && it.more), "both authorities");
}

/// Continued lines, each with one recipient.
struct Many(u32, Vec<u8>);

impl Read for Many {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        if self.1.is_empty() && self.0 < 1_000_000 {
            self.0 += 1;
            self.1 = format!(",\n n{}@doc.example.org", self.0).into_bytes();
        }
        let take = self.1.len().min(room.len());
        room[..take].copy_from_slice(&self.1[..take]);
        self.1.drain(..take);
        Ok(take)
    }
}

#[test]
fn messages_that_never_end_are_forgotten_one_by_one_and_said_to_be() {
    let known = known();
    let mut text = String::new();
    for number in 0..postfix::MOST_OPEN + 3 {
        text.push_str(&format!("Jun 15 14:05:00 mx postfix/qmgr[1]: Q{number:06}: from=<a@ice.dhs.gov>, size=1\n"));
    }
    // The first is forgotten, the last is not.
    text.push_str("Jun 15 14:05:00 mx postfix/lmtp[1]: Q065538: to=<desk@doc.example.org>, status=sent\n");
    let mut kept = Kept::default();
    postfix::Reader::default().read(text.as_bytes(), 0, &known, &mut kept);
    assert_eq!(kept.bad.len(), 3);
    assert!(kept.bad.iter().all(|bad| matches!(bad.fault, Fault::Forgotten { .. })));
    assert_eq!(kept.contacts.len(), 1);
}

#[test]
fn a_log_that_is_cut_in_two_is_read_as_one() {
    let known = known();
    let mut reader = postfix::Reader::default();
    let mut kept = Kept::default();
    let first = "Jun 15 14:05:00 mx postfix/qmgr[1]: 4ABCDEF: from=<a@ice.dhs.gov>, size=1\n";
    reader.read(first.as_bytes(), 0, &known, &mut kept);
    let second = "Jun 15 14:05:00 mx postfix/lmtp[1]: 4ABCDEF: to=<desk@doc.example.org>, status=sent\n";
    reader.read(second.as_bytes(), 1, &known, &mut kept);
    assert_eq!((kept.contacts.len(), kept.contacts[0].place.file, reader.counts.headless), (1, 1, 0));
}

#[test]
fn what_is_no_file_of_its_kind_is_said() {
    let (known, mut count) = (known(), Count::default());
    let error = trace::read(&b"a,b\n1,2\n"[..], 0, &known, &mut count).unwrap_err();
    assert!(error.to_string().contains("`origin_timestamp_utc` or `Received`"), "{error}");
    let error = system::read(&b"a,b\n1,2\n"[..], 0, &known, &mut count).unwrap_err();
    assert!(error.to_string().starts_with("no `[[system]]`"), "{error}");
    let both = &b"Event,When,User,Requested for,Set at,Set by,Tell\n"[..];
    let error = system::read(both, 0, &known, &mut count).unwrap_err();
    assert!(error.to_string().contains("`look-ups` and `alerts`"), "{error}");
}

/// Pieces of which the formats are made, so that chance comes far.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let words = vec![
        "\nFrom ",
        "From: ",
        "To: ",
        "Date: ",
        "Message-ID: <",
        "References: ",
        "a@ice.dhs.gov",
        "b@doc.example.org",
        ", ",
        "\n",
        "\r\n",
        "\n ",
        "\n\n",
        "\"",
        "(",
        ")",
        "<",
        ">",
        ":",
        ";",
        "\\",
        "\0",
        "Mon Jun 15 14:05:00 2026",
        "Mon, 15 Jun 2026 14:05:00 -0400",
        "Jun 15 14:05:00 mx postfix/smtp[1]: 4ABCDEF: ",
        "to=<",
        "from=<",
        "message-id=<",
        "removed",
        "Event,When,User,Requested for\n",
        "origin_timestamp_utc,sender_address,recipient_status,message_id\n",
        "2026-06-15T14:05:00Z",
        "HSI",
        "##Receive;",
        "=?utf-8?Q?x?=",
    ];
    let word = prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec());
    let piece = prop_oneof![4 => word, 1 => prop::collection::vec(any::<u8>(), 0..4)];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_comes_is_read_the_same_twice_and_places_are_in_the_file(bytes in pieces()) {
        let known = known();
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        for kind in ["mbox", "trace", "postfix", "system"] {
            let (one, two) = (read_as(kind, &bytes, &known), read_as(kind, &bytes, &known));
            prop_assert_eq!(&one.contacts, &two.contacts);
            prop_assert_eq!(&one.bad, &two.bad);
            for place in one.contacts.iter().map(|it| it.place).chain(one.bad.iter().map(|it| it.place)) {
                prop_assert!((1..=lines).contains(&place.line), "{kind} {place:?}");
            }
            for contact in &one.contacts {
                prop_assert!(!contact.partners.is_empty() && contact.day <= known.today.tomorrow().unwrap());
            }
        }
    }
}
