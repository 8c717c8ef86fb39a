//! mbox (RFC 4155) of messages or of their headers alone, and one message by itself (RFC 5322).
//!
//! A reader of our own: every mail parser that is well kept (`mail-parser`, `mailparse`) wants the whole message in memory, and
//! bodies must never be held. Of a header only the parties, the ids and the day are read; subjects and bodies pass by.
//!
//! A line `From …` after a blank one begins a message if a header follows, quoted or not (`>From` never does); with a weekday,
//! a day and a time it does so anywhere, since some exports write no blank line before it. In a body it would only add a
//! message, never hide one. In a file without such lines a message begins where, after a blank line and not in a part, a header
//! stands that servers write first: files that were joined. The day is the gateway's (the newest `Received`, else the `From `
//! line) where the sender's `Date` is more than a day off: who writes a message chooses its `Date`, and could choose a day that
//! a recorded request covers.

use std::{io::Read, mem};

use jiff::civil::Date;

use crate::{
    Address, Bad, Fault, Known, Place, Sink,
    address::{AddressList, Item},
    lines::{LINE_MAX_BYTES, Lines},
    moment,
    sighting::{Parties, message_id},
};

/// The most bytes of an id or a day that are kept.
const TEXT_MAX_BYTES: usize = 1000;

/// Reads a file; how many messages it has.
pub fn read(input: impl Read, file: u32, known: &Known, sink: &mut dyn Sink) -> u64 {
    let mut reader = Reader::new(file, known);
    let mut lines = Lines::new(input);
    loop {
        let number = lines.number() + 1;
        match lines.next_line() {
            Ok(Some(line)) => {
                let place = Place { file, line: line.number };
                if line.cut && reader.in_headers {
                    sink.bad(Bad::line(place, Fault::Long { limit: LINE_MAX_BYTES }));
                }
                reader.line(place, line.bytes, sink);
            }
            Ok(None) => break,
            Err(error) => {
                sink.bad(Bad::line(Place { file, line: number }, Fault::Broken(error.kind().to_string())));
                break;
            }
        }
    }
    reader.end_of_headers(sink);
    if reader.messages == 0 {
        sink.bad(Bad::line(Place { file, line: 1 }, Fault::NoMessage));
    }
    reader.messages
}

/// What a header is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Senders,
    Recipients,
    Id,
    Date,
    Received,
    Journal,
    Other,
}

/// What servers write before what the sender wrote, or programs first: where files were joined, a message begins with one.
const FIRST: [&str; 9] = [
    "received",
    "return-path",
    "delivered-to",
    "x-original-to",
    "x-received",
    "message-id",
    "mime-version",
    "authentication-results",
    "dkim-signature",
];

const FIELDS: [(&str, Field); 21] = [
    ("from", Field::Senders),
    ("sender", Field::Senders),
    ("resent-from", Field::Senders),
    ("resent-sender", Field::Senders),
    // Where answers go, and who stood on the envelope: a platform may have written for an authority.
    ("reply-to", Field::Senders),
    ("return-path", Field::Senders),
    ("x-envelope-from", Field::Senders),
    ("to", Field::Recipients),
    ("cc", Field::Recipients),
    ("bcc", Field::Recipients),
    ("resent-to", Field::Recipients),
    ("resent-cc", Field::Recipients),
    ("resent-bcc", Field::Recipients),
    ("delivered-to", Field::Recipients),
    ("x-original-to", Field::Recipients),
    ("envelope-to", Field::Recipients),
    ("x-envelope-to", Field::Recipients),
    ("message-id", Field::Id),
    ("date", Field::Date),
    ("received", Field::Received),
    ("x-ms-journal-report", Field::Journal),
];

struct Reader<'a> {
    known: &'a Known,
    messages: u64,
    in_headers: bool,
    /// The line before was blank, or there was none.
    after_blank: bool,
    begun: bool,
    /// The file began with a header: it has no `From ` lines.
    alone: bool,
    /// The lines since the last blank one are the headers of a part, or those before it were.
    in_part: bool,
    part_begins: bool,
    message: Message,
}

struct Message {
    place: Place,
    /// The day that the envelope gives.
    envelope: Option<Date>,
    /// It began with a `From ` line, which may be one of a body.
    from_line: bool,
    /// It is the day on which a mail program fetched the message.
    fetched: bool,
    journal: bool,
    any_header: bool,
    any_party: bool,
    field: Field,
    name: &'static str,
    column: u32,
    /// Where the field at hand begins.
    field_at: Place,
    list: AddressList,
    parties: Parties,
    id: Vec<u8>,
    date: Vec<u8>,
    /// What stands last in the first `Received`, which the server that was nearest wrote.
    received: Vec<u8>,
    date_at: Option<Place>,
}

impl Message {
    fn new(place: Place) -> Self {
        Self {
            place,
            envelope: None,
            from_line: false,
            fetched: false,
            journal: false,
            any_header: false,
            any_party: false,
            field: Field::Other,
            name: "",
            column: 0,
            field_at: place,
            list: AddressList::default(),
            parties: Parties::default(),
            id: Vec::new(),
            date: Vec::new(),
            received: Vec::new(),
            date_at: None,
        }
    }
}

impl<'a> Reader<'a> {
    fn new(file: u32, known: &'a Known) -> Self {
        let message = Message::new(Place { file, line: 1 });
        Self {
            known,
            messages: 0,
            in_headers: false,
            after_blank: true,
            begun: false,
            alone: false,
            in_part: false,
            part_begins: false,
            message,
        }
    }

    fn line(&mut self, place: Place, bytes: &[u8], sink: &mut dyn Sink) {
        let surely = moment::is_envelope(bytes);
        if surely || (self.after_blank && !self.in_headers && bytes.starts_with(b"From ")) {
            self.end_of_headers(sink);
            self.begin(place);
            self.message.from_line = true;
            self.message.envelope = moment::of_envelope(bytes);
            self.message.fetched = bytes.starts_with(b"From - ");
            let sender = bytes.split(|byte| *byte == b' ').nth(1).filter(|_| surely).and_then(Address::parse);
            sender.into_iter().for_each(|sender| self.message.parties.add(self.known, true, sender));
            return;
        }
        if !self.begun {
            if bytes.trim_ascii().is_empty() {
                return;
            }
            // A message by itself, or a file that begins in the middle of a body.
            self.begun = true;
            if header(bytes).is_some() {
                self.begin(place);
                self.alone = true;
            } else {
                sink.bad(Bad::line(place, Fault::NoHeader));
            }
        }
        if !self.in_headers {
            if !(self.alone && self.after_blank && !self.part_begins && is_first(bytes)) {
                self.body_line(bytes);
                return;
            }
            self.begin(place);
        }
        if bytes.is_empty() {
            self.end_of_headers(sink);
            self.after_blank = true;
            return;
        }
        self.header_line(place, bytes, sink);
    }

    fn body_line(&mut self, bytes: &[u8]) {
        self.after_blank = bytes.is_empty();
        if bytes.is_empty() {
            self.part_begins = mem::take(&mut self.in_part);
        } else if header(bytes).is_some_and(|(name, _)| name.to_ascii_lowercase().starts_with(b"content-")) {
            // A part says what it holds: what begins behind it may be a message within this one.
            self.in_part = true;
        }
    }

    fn begin(&mut self, place: Place) {
        (self.in_part, self.part_begins) = (false, false);
        (self.in_headers, self.begun, self.after_blank) = (true, true, false);
        self.message = Message::new(place);
    }

    fn header_line(&mut self, place: Place, bytes: &[u8], sink: &mut dyn Sink) {
        if matches!(bytes.first(), Some(b' ' | b'\t')) && self.message.any_header {
            self.value(place, bytes, sink);
            return;
        }
        let Some((name, value)) = header(bytes) else {
            if !self.message.any_header && self.message.envelope.is_none() && self.message.from_line {
                // `From now on …`: a sentence of a body.
                self.in_headers = false;
            } else if !bytes.starts_with(b">From ") {
                sink.bad(Bad::line(place, Fault::NoHeader));
            }
            return;
        };
        self.end_of_field(sink);
        let message = &mut self.message;
        (message.any_header, message.field_at) = (true, place);
        let known = FIELDS.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
        (message.name, message.field) = known.map_or(("", Field::Other), |(name, field)| (*name, *field));
        message.journal |= message.field == Field::Journal;
        if message.field == Field::Received && !message.received.is_empty() {
            message.field = Field::Other;
        }
        message.column = u32::try_from(bytes.len() - value.len() + 1).unwrap_or(u32::MAX);
        self.value(place, value, sink);
    }

    /// Reads on in the field at hand.
    fn value(&mut self, place: Place, bytes: &[u8], sink: &mut dyn Sink) {
        let Message { field, name, column, list, parties, any_party, id, date, date_at, received, .. } =
            &mut self.message;
        let keep = |text: &mut Vec<u8>| {
            let room = TEXT_MAX_BYTES.saturating_sub(text.len());
            text.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        };
        match field {
            Field::Senders | Field::Recipients => {
                let (sender, known) = (*field == Field::Senders, self.known);
                list.push(bytes, &mut |item| {
                    party(item, known, sender, parties, any_party, (place, *column, name), sink)
                });
            }
            Field::Id => keep(id),
            Field::Received => {
                // The time stands behind the last semicolon.
                let from = memchr::memrchr(b';', bytes).map(|at| at + 1);
                from.inspect(|_| received.clear());
                let bytes = bytes.get(from.unwrap_or(0)..).unwrap_or_default();
                let room = TEXT_MAX_BYTES.saturating_sub(received.len());
                received.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
            }
            Field::Date => {
                date_at.get_or_insert(place);
                keep(date);
            }
            Field::Journal | Field::Other => {}
        }
    }

    fn end_of_field(&mut self, sink: &mut dyn Sink) {
        let Message { field, field_at, name, column, list, parties, any_party, .. } = &mut self.message;
        if matches!(field, Field::Senders | Field::Recipients) {
            let (sender, known) = (*field == Field::Senders, self.known);
            list.end(&mut |item| party(item, known, sender, parties, any_party, (*field_at, *column, name), sink));
        }
        *field = Field::Other;
    }

    fn end_of_headers(&mut self, sink: &mut dyn Sink) {
        if !self.in_headers {
            return;
        }
        self.in_headers = false;
        self.end_of_field(sink);
        let Message {
            place,
            envelope,
            from_line,
            fetched,
            journal,
            any_party,
            parties,
            id,
            date,
            date_at,
            received,
            ..
        } = &self.message;
        if *journal {
            sink.bad(Bad::line(*place, Fault::Journal));
        }
        if !any_party {
            // Without a day in its `From ` line it may be a sentence of a body.
            if !from_line || envelope.is_some() {
                self.messages += 1;
                sink.bad(Bad::line(*place, Fault::NoParties));
            }
            return;
        }
        self.messages += 1;
        if !parties.may_be_contact(self.known) {
            return;
        }
        let said = moment::of_message(date, &self.known.zone);
        let near = |one: Date, two: Date| one.duration_until(two).as_hours().abs() <= 24;
        let envelope = envelope.filter(|_| !fetched || said.is_none());
        let day = match (said, moment::of_message(received, &self.known.zone).or(envelope)) {
            (Some(said), Some(envelope)) if !near(said, envelope) => envelope,
            (Some(said), _) => said,
            (None, Some(envelope)) => envelope,
            (None, None) => {
                sink.bad(Bad::field(date_at.unwrap_or(*place), 0, "date", Fault::NoDay));
                return;
            }
        };
        parties.tell(self.known, *place, day, message_id(id), sink);
    }
}

/// Takes one item of a list of addresses.
fn party(
    item: Item,
    known: &Known,
    sender: bool,
    parties: &mut Parties,
    any: &mut bool,
    (place, column, name): (Place, u32, &str),
    sink: &mut dyn Sink,
) {
    *any = true;
    match item {
        Item::Address(address) => parties.add(known, sender, address),
        Item::None => sink.bad(Bad::field(place, column, name, Fault::NoAddress)),
        Item::Unclosed => sink.bad(Bad::field(place, column, name, Fault::Unclosed)),
    }
}

/// Whether a line is a header that stands first in a message.
fn is_first(line: &[u8]) -> bool {
    header(line).is_some_and(|(name, _)| FIRST.iter().any(|first| first.as_bytes().eq_ignore_ascii_case(name)))
}

/// The name and the value of a header, if the line is one.
pub(crate) fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    let plain = |byte: &u8| (33..127).contains(byte);
    (!name.is_empty() && name.iter().all(plain)).then_some((name, line.get(colon + 1..)?))
}
