//! The log of Postfix (syslog, RFC 3164 or RFC 3339 times), by its queue ids.
//!
//! `cleanup` tells a message's id, `qmgr` its sender, the delivery agents its recipients (and `orig_to`, to whom it was
//! addressed before an alias or a forwarding), in lines that other messages' stand between and that may change places. A
//! message is kept from its first line to `removed`; when too many are under way the oldest is forgotten, and said to be.
//! Several files are read as one log, in the order in which they are given.

use std::{
    collections::{HashMap, VecDeque},
    io::Read,
    mem,
};

use jiff::civil::Date;

use crate::{
    Address, Bad, Fault, Known, Place, Sink,
    lines::{LINE_MAX_BYTES, Lines},
    moment,
    sighting::{Parties, message_id},
};

/// Messages under way at once: a busy gateway has thousands; one that waits for days stays as long as there is room.
pub const MOST_OPEN: usize = 1 << 16;

/// The most bytes of an id that are kept.
const ID_MAX_BYTES: usize = 1000;

/// What was read, over all files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines.
    pub lines: u64,
    /// Lines of other programs.
    pub others: u64,
    /// Deliveries to the city's people of messages whose sender no line has told: what began before the first file.
    pub headless: u64,
}

/// Reads logs, one file after another.
#[derive(Default)]
pub struct Reader {
    open: HashMap<Vec<u8>, Open>,
    /// Queue ids in the order in which they came, those that are gone among them.
    order: VecDeque<Vec<u8>>,
    key: Vec<u8>,
    /// What was read so far.
    pub counts: Counts,
}

/// A message under way.
#[derive(Default)]
struct Open {
    id: Vec<u8>,
    sender_told: bool,
    /// The last delivery before the sender was told: its place and day.
    delivered: Option<(Place, Option<Date>)>,
    /// Deliveries that were counted as without a sender.
    headless: u64,
    parties: Parties,
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
enum Said<'a> {
    Id(&'a [u8]),
    Sender(&'a [u8]),
    /// The recipient, and whom the message was addressed to before.
    Recipient(&'a [u8], Option<&'a [u8]>),
    Removed,
    Other,
}

impl Reader {
    /// Reads one file.
    pub fn read(&mut self, input: impl Read, file: u32, known: &Known, sink: &mut dyn Sink) {
        let mut lines = Lines::new(input);
        loop {
            let number = lines.number() + 1;
            let line = match lines.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => return,
                Err(error) => {
                    sink.bad(Bad::line(Place { file, line: number }, Fault::Broken(error.kind().to_string())));
                    return;
                }
            };
            self.counts.lines += 1;
            let place = Place { file, line: line.number };
            if line.cut {
                sink.bad(Bad::line(place, Fault::Long { limit: LINE_MAX_BYTES }));
            }
            self.line(place, line.bytes, known, sink);
        }
    }

    fn line(&mut self, place: Place, bytes: &[u8], known: &Known, sink: &mut dyn Sink) {
        if bytes.is_empty() {
            return;
        }
        let Some(LogLine { stamp, host, program, text }) = LogLine::of(bytes) else {
            sink.bad(Bad::line(place, Fault::NoLogLine));
            return;
        };
        if memchr::memmem::find(program, b"postfix").is_none() {
            self.counts.others += 1;
            return;
        }
        let Some((queue, said)) = said(text) else { return };
        if said == Said::Other {
            return;
        }
        self.key.clear();
        self.key.extend_from_slice(host);
        self.key.push(b' ');
        self.key.extend_from_slice(queue);
        if said == Said::Removed {
            self.open.remove(&self.key);
            return;
        }
        if !self.open.contains_key(&self.key) {
            self.begin(place, sink);
        }
        let Some(message) = self.open.get_mut(&self.key) else { return };
        match said {
            Said::Id(id) => {
                message.id.clear();
                message.id.extend_from_slice(id.get(..id.len().min(ID_MAX_BYTES)).unwrap_or_default());
            }
            Said::Sender(address) => {
                message.sender_told = true;
                self.counts.headless -= mem::take(&mut message.headless);
                if let Some(address) = Address::parse(address) {
                    message.parties.add(known, true, address);
                } else if address.contains(&b'@') {
                    sink.bad(Bad::field(place, 0, "from", Fault::NoAddress));
                }
                // Lines of one second change places: who wrote it may be told after to whom it went.
                let Some((place, day)) = message.delivered.take() else { return };
                if message.parties.may_be_contact(known) {
                    message.tell(known, place, day, sink);
                }
            }
            Said::Recipient(address, before) => {
                let Some(address) = Address::parse(address) else {
                    sink.bad(Bad::field(place, 0, "to", Fault::NoAddress));
                    return;
                };
                let before = before.map(Address::parse);
                if before == Some(None) {
                    sink.bad(Bad::field(place, 0, "orig_to", Fault::NoAddress));
                }
                let before = before.flatten();
                let is_staff = |address: &Address| known.mapping.agency(address).is_some();
                if !message.sender_told && (is_staff(&address) || before.as_ref().is_some_and(is_staff)) {
                    self.counts.headless += 1;
                    message.headless += 1;
                }
                // An alias within one agency tells nothing more.
                let agency = known.mapping.agency(&address);
                let before = before.filter(|it| agency.is_none() || known.mapping.agency(it) != agency);
                message.parties.add(known, false, address.clone());
                before.into_iter().for_each(|address| message.parties.add(known, false, address));
                let day = || moment::of_log(stamp, known.today, &known.zone);
                if !message.sender_told {
                    message.delivered = Some((place, day()));
                }
                if message.parties.may_be_contact(known) {
                    // Told at each of its recipients; the copies of a contact are one.
                    message.tell(known, place, day(), sink);
                }
            }
            Said::Removed | Said::Other => {}
        }
    }

    /// Makes room for a message, and keeps it.
    fn begin(&mut self, place: Place, sink: &mut dyn Sink) {
        while self.open.len() >= MOST_OPEN {
            let Some(oldest) = self.order.pop_front() else { break };
            if self.open.remove(&oldest).is_some() {
                sink.bad(Bad::line(place, Fault::Forgotten { open: MOST_OPEN }));
            }
        }
        if self.order.len() >= 4 * MOST_OPEN {
            let open = &self.open;
            self.order.retain(|key| open.contains_key(key));
        }
        self.order.push_back(self.key.clone());
        self.open.insert(self.key.clone(), Open::default());
    }
}

impl Open {
    fn tell(&self, known: &Known, place: Place, day: Option<Date>, sink: &mut dyn Sink) {
        match day {
            Some(day) => self.parties.tell(known, place, day, message_id(&self.id), sink),
            None => sink.bad(Bad::field(place, 1, "time", Fault::NoDay)),
        }
    }
}

/// A line of syslog.
struct LogLine<'a> {
    stamp: &'a [u8],
    host: &'a [u8],
    program: &'a [u8],
    text: &'a [u8],
}

impl<'a> LogLine<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let (stamp, rest) = line.split_at_checked(moment::length_in_log(line)?)?;
        let rest = rest.strip_prefix(b" ")?;
        let (host, rest) = rest.split_at_checked(memchr::memchr(b' ', rest)?)?;
        let rest = rest.get(1..)?;
        let colon = memchr::memmem::find(rest, b": ")?;
        let (tag, text) = (rest.get(..colon)?, rest.get(colon + 2..)?);
        Some(Self { stamp, host, program: tag.split(|byte| *byte == b'[').next()?, text })
    }
}

/// The queue id and what the line says about it.
fn said(text: &[u8]) -> Option<(&[u8], Said<'_>)> {
    // Queue ids have at most 20 letters.
    let colon = text.iter().take(24).position(|byte| !byte.is_ascii_alphanumeric())?;
    let queue = text.get(..colon)?;
    let rest = text.get(colon..)?.strip_prefix(b": ")?;
    if queue.len() < 5 || queue == b"NOQUEUE" {
        return None;
    }
    let said = if let Some(id) = rest.strip_prefix(b"message-id=") {
        Said::Id(id)
    } else if let Some(address) = rest.strip_prefix(b"from=<") {
        Said::Sender(angle(address))
    } else if let Some(address) = rest.strip_prefix(b"to=<") {
        // `to=<…>, orig_to=<…>, relay=…`
        let before = memchr::memmem::find(address, b">, orig_to=<").and_then(|at| address.get(at + 12..));
        Said::Recipient(angle(address), before.map(angle).filter(|before| before.contains(&b'@')))
    } else if rest.starts_with(b"removed") {
        Said::Removed
    } else {
        Said::Other
    };
    Some((queue, said))
}

/// What stands before the bracket that ends an address: the one with a comma or nothing behind it.
fn angle(text: &[u8]) -> &[u8] {
    let end = memchr::memmem::find(text, b">,").or_else(|| text.strip_suffix(b">").map(<[u8]>::len));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Whether a line is one of Postfix.
pub(crate) fn is_line(line: &[u8]) -> bool {
    LogLine::of(line).is_some_and(|line| memchr::memmem::find(line.program, b"postfix").is_some())
}
