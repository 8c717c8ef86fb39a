//! Mail exports and audit logs of any bytes: no panic, places in the file, and the same contacts whatever the pieces in which it comes.
#![no_main]

use std::{
    io::{self, Read},
    sync::LazyLock,
};

use contacts::{
    Bad, Contact, Format, Known, Mapping, Matcher, Partners, Reach, Requests, Roster, Sink, mbox, postfix, system,
    trace,
};

static KNOWN: LazyLock<Known> = LazyLock::new(|| Known {
    partners: Partners::parse(include_str!("../../testdata/contacts/partners.toml")).expect("the tests' list"),
    mapping: Mapping::parse(include_str!("../../testdata/contacts/known.toml")).expect("the tests' mapping"),
    zone: jiff::tz::TimeZone::UTC,
    today: jiff::civil::date(2026, 7, 1),
});

#[derive(Default)]
struct Kept(Vec<Contact>, Vec<Bad>);

impl Sink for Kept {
    fn contact(&mut self, contact: Contact) {
        self.0.push(contact);
    }

    fn bad(&mut self, bad: Bad) {
        self.1.push(bad);
    }
}

/// A few bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let take = self.0.len().min(self.1).min(room.len());
        let (now, later) = self.0.split_at(take);
        room[..take].copy_from_slice(now);
        self.0 = later;
        Ok(take)
    }
}

fn read(kind: u8, input: impl Read) -> Kept {
    let mut kept = Kept::default();
    match kind % 4 {
        0 => drop(mbox::read(input, 0, &KNOWN, &mut kept)),
        1 => drop(trace::read(input, 0, &KNOWN, &mut kept)),
        2 => postfix::Reader::default().read(input, 0, &KNOWN, &mut kept),
        _ => drop(system::read(input, 0, &KNOWN, &mut kept)),
    }
    kept
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let _ = Format::of(bytes);
    let whole = read(*kind, bytes);
    let pieces = read(*kind, Drip(bytes, 3));
    assert_eq!(whole.0, pieces.0, "pieces change nothing");
    assert_eq!(whole.1, pieces.1, "pieces change nothing");
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    for place in whole.0.iter().map(|it| it.place).chain(whole.1.iter().map(|it| it.place)) {
        assert!((1..=lines).contains(&place.line), "a place is in the file");
    }
    let told = whole.0.len() as u64;
    let mut matcher = Matcher::new(Roster::default());
    whole.0.into_iter().for_each(|contact| matcher.add(contact));
    let reach = Reach { window_days: 5, from: None };
    let found = matcher.finish(&KNOWN.partners, &Requests::default(), reach, |_| None).expect("a small file");
    assert_eq!(found.unrecorded.len() as u64 + found.copies, told, "nothing is lost");
});
