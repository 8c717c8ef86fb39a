//! mbox (RFC 4155) of messages or of their headers alone, and one message by itself (RFC 5322).
//!
//! A reader of our own: every mail parser that is well kept (`mail-parser`, `mailparse`) wants the whole message in memory, and
//! bodies must never be held. Of a header only the parties, the ids and the day are read; subjects and bodies pass by.
//!
//! A line `From …` after a blank one begins a message if a header follows, quoted or not (`>From` never does); in a body it
//! would only add a message, never hide one. The day is the envelope's where the sender's `Date` is more than a day off: who
//! writes a message chooses its `Date`, and could choose a day that a recorded request covers.

use std::io::Read;

use jiff::civil::Date;

use crate::{
    Bad, Fault, Known, Place, Sink,
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
    reader.messages
}

/// What a header is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Senders,
    Recipients,
    Id,
    Thread,
    Parent,
    Date,
    Other,
}

const FIELDS: [(&str, Field); 16] = [
    ("from", Field::Senders),
    ("sender", Field::Senders),
    ("resent-from", Field::Senders),
    ("resent-sender", Field::Senders),
    ("to", Field::Recipients),
    ("cc", Field::Recipients),
    ("bcc", Field::Recipients),
    ("resent-to", Field::Recipients),
    ("resent-cc", Field::Recipients),
    ("resent-bcc", Field::Recipients),
    ("delivered-to", Field::Recipients),
    ("x-original-to", Field::Recipients),
    ("message-id", Field::Id),
    ("references", Field::Thread),
    ("in-reply-to", Field::Parent),
    ("date", Field::Date),
];

struct Reader<'a> {
    known: &'a Known,
    messages: u64,
    in_headers: bool,
    /// The line before was blank, or there was none.
    after_blank: bool,
    begun: bool,
    message: Message,
}

struct Message {
    place: Place,
    /// The day that the envelope gives.
    envelope: Option<Date>,
    /// It began with a `From ` line, which may be one of a body.
    from_line: bool,
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
    thread: Vec<u8>,
    parent: Vec<u8>,
    date: Vec<u8>,
    date_at: Option<Place>,
}

impl Message {
    fn new(place: Place) -> Self {
        Self {
            place,
            envelope: None,
            from_line: false,
            any_header: false,
            any_party: false,
            field: Field::Other,
            name: "",
            column: 0,
            field_at: place,
            list: AddressList::default(),
            parties: Parties::default(),
            id: Vec::new(),
            thread: Vec::new(),
            parent: Vec::new(),
            date: Vec::new(),
            date_at: None,
        }
    }
}

impl<'a> Reader<'a> {
    fn new(file: u32, known: &'a Known) -> Self {
        let message = Message::new(Place { file, line: 1 });
        Self { known, messages: 0, in_headers: false, after_blank: true, begun: false, message }
    }

    fn line(&mut self, place: Place, bytes: &[u8], sink: &mut dyn Sink) {
        if self.after_blank && !self.in_headers && bytes.starts_with(b"From ") {
            self.begin(place);
            self.message.from_line = true;
            self.message.envelope = moment::of_envelope(bytes);
            return;
        }
        if !self.begun {
            // A message by itself, or a file that begins in the middle of a body.
            self.begun = true;
            if header(bytes).is_some() {
                self.begin(place);
            }
        }
        if !self.in_headers {
            self.after_blank = bytes.is_empty();
            return;
        }
        if bytes.is_empty() {
            self.end_of_headers(sink);
            self.after_blank = true;
            return;
        }
        self.header_line(place, bytes, sink);
    }

    fn begin(&mut self, place: Place) {
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
        message.column = u32::try_from(bytes.len() - value.len() + 1).unwrap_or(u32::MAX);
        self.value(place, value, sink);
    }

    /// Reads on in the field at hand.
    fn value(&mut self, place: Place, bytes: &[u8], sink: &mut dyn Sink) {
        let Message { field, name, column, list, parties, any_party, id, thread, parent, date, date_at, .. } =
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
            // The first id is the thread's; the others are as many as there were answers.
            Field::Thread => keep(thread),
            Field::Parent => keep(parent),
            Field::Date => {
                date_at.get_or_insert(place);
                keep(date);
            }
            Field::Other => {}
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
        let Message { place, envelope, from_line, any_party, parties, id, thread, parent, date, date_at, .. } =
            &self.message;
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
        let day = match (said, *envelope) {
            (Some(said), Some(envelope)) if !near(said, envelope) => envelope,
            (Some(said), _) => said,
            (None, Some(envelope)) => envelope,
            (None, None) => {
                sink.bad(Bad::field(date_at.unwrap_or(*place), 0, "date", Fault::NoDay));
                return;
            }
        };
        let own = message_id(id);
        let id = message_id(thread).or_else(|| message_id(parent)).or(own);
        parties.tell(self.known, *place, day, id, sink);
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

/// The name and the value of a header, if the line is one.
pub(crate) fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    let plain = |byte: &u8| (33..127).contains(byte);
    (!name.is_empty() && name.iter().all(plain)).then_some((name, line.get(colon + 1..)?))
}
