//! Message traces of Microsoft 365, as the admin centre and PowerShell export them (CSV).
//!
//! Columns are found by their names, since they differ by report and by year. Subjects have a column; it is not read.

use std::io::Read;

use jiff::tz::TimeZone;

use crate::{
    Address, Bad, Fault, Known, Place, Sink, moment,
    rows::{Next, Rows, column},
    sighting::{Parties, message_id},
};

const TIME: [&str; 4] = ["origin_timestamp_utc", "date_time_utc", "received", "date"];
const SENDER: [&str; 3] = ["sender_address", "senderaddress", "sender"];
// Where an extended report has both, `recipient_status` holds what servers answered and no address.
const RECIPIENTS: [&str; 5] = ["recipient_address", "recipientaddress", "recipients", "recipient", "recipient_status"];
/// What an extended report has besides: who stands on the envelope, and for whom the recipient was put in.
const RETURN_PATH: [&str; 1] = ["return_path"];
const RELATED: [&str; 1] = ["related_recipient_address"];
const ID: [&str; 3] = ["message_id", "messageid", "internet_message_id"];

/// A file that is no message trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its first line names no column {wanted}: export the message trace with all columns")]
pub struct NoTrace {
    /// The names one of which was looked for.
    pub wanted: &'static str,
}

/// Reads a file; how many rows it has.
///
/// # Errors
/// A column is missing, so that nothing can be read.
pub fn read(input: impl Read, file: u32, known: &Known, sink: &mut dyn Sink) -> Result<u64, NoTrace> {
    let mut rows = Rows::new(input);
    let header = rows.next_row();
    let none = |wanted| NoTrace { wanted };
    if let Next::Bad(line, fault) = header {
        sink.bad(Bad::line(Place { file, line }, fault));
        return Err(none("of a trace"));
    }
    let find = |names: &[&str]| names.iter().find_map(|name| column(&rows, name));
    let time = find(&TIME).ok_or_else(|| none("`origin_timestamp_utc` or `Received`"))?;
    let sender = find(&SENDER).ok_or_else(|| none("`sender_address` or `SenderAddress`"))?;
    let recipients = find(&RECIPIENTS).ok_or_else(|| none("`recipient_status` or `RecipientAddress`"))?;
    let id = find(&ID).ok_or_else(|| none("`message_id` or `MessageId`"))?;
    let (return_path, related) = (find(&RETURN_PATH), find(&RELATED));
    let wanted = rows.len();
    let mut count = 0;
    while let Some(place) = rows.next_whole(file, wanted, &mut count, sink) {
        let mut parties = Parties::default();
        let mut add = |at: usize, is_sender: bool| {
            let column = u32::try_from(at + 1).unwrap_or(u32::MAX);
            for part in rows.cell(at).split(|byte| matches!(byte, b';' | b',')) {
                // `recipient##status`; the statuses themselves are parted by commas, and none holds an `@`.
                let address = part.split(|byte| *byte == b'#').next().unwrap_or_default().trim_ascii();
                let address = address.strip_prefix(b"<").and_then(|it| it.strip_suffix(b">")).unwrap_or(address);
                if address.is_empty() || (!is_sender && !address.contains(&b'@')) {
                    continue;
                }
                match Address::parse(address) {
                    Some(address) => parties.add(known, is_sender, address),
                    None => {
                        let field = if is_sender { "sender" } else { "recipients" };
                        sink.bad(Bad::field(place, column, field, Fault::NoAddress));
                    }
                }
            }
        };
        add(sender, true);
        add(recipients, false);
        return_path.into_iter().for_each(|at| add(at, true));
        related.into_iter().for_each(|at| add(at, false));
        if !parties.may_be_contact(known) {
            continue;
        }
        match moment::of_row(rows.cell(time), &TimeZone::UTC, &known.zone) {
            Some(day) => parties.tell(known, place, day, message_id(rows.cell(id)), sink),
            None => {
                let column = u32::try_from(time + 1).unwrap_or(u32::MAX);
                sink.bad(Bad::field(place, column, "time", Fault::NoDay));
            }
        }
    }
    Ok(count)
}

/// Whether a first line is that of a message trace.
pub(crate) fn is_header(line: &[u8]) -> bool {
    let mut rows = Rows::new(line);
    matches!(rows.next_row(), Next::Row(_))
        && [&TIME[..], &SENDER, &RECIPIENTS].iter().all(|names| names.iter().any(|name| column(&rows, name).is_some()))
}
