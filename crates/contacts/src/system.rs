//! Audit logs of look-ups and alerts (CSV), by a mapping that says which column is which.
//!
//! A row is a contact where the column that the mapping names holds an address of the list or the name of a unit of it. What
//! was looked up stands in other columns; they are not read, and no cell is ever shown.

use std::io::Read;

use law::AgencyId;

use crate::{
    Address, Bad, Contact, Fault, Known, Place, Sink, SystemLog, Way, moment,
    rows::{Next, Rows, column},
    sighting::{distinct, key},
};

/// A file that no mapping fits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSystem {
    /// None has its columns.
    #[error("no `[[system]]` of the mapping has columns that its first line names")]
    None,
    /// Several do.
    #[error(
        "the systems `{first}` and `{second}` of the mapping both fit its first line: give one of them another column"
    )]
    Several {
        /// One.
        first: String,
        /// Another.
        second: String,
    },
}

struct Columns {
    time: usize,
    user: usize,
    partner: usize,
    id: Option<usize>,
}

fn fits<R: Read>(rows: &Rows<R>, system: &SystemLog) -> Option<Columns> {
    let id = match &system.id {
        Some(name) => Some(column(rows, name)?),
        None => None,
    };
    let find = |name: &str| column(rows, name);
    Some(Columns { time: find(&system.time)?, user: find(&system.user)?, partner: find(&system.partner)?, id })
}

/// Reads a file; how many rows it has.
///
/// # Errors
/// No system of the mapping fits its first line, or several do.
pub fn read(input: impl Read, file: u32, known: &Known, sink: &mut dyn Sink) -> Result<u64, NoSystem> {
    let mut rows = Rows::new(input);
    if let Next::Bad(line, fault) = rows.next_row() {
        sink.bad(Bad::line(Place { file, line }, fault));
        return Err(NoSystem::None);
    }
    let mut fitting = known.mapping.systems.iter().filter_map(|system| Some((system, fits(&rows, system)?)));
    let (system, columns) = fitting.next().ok_or(NoSystem::None)?;
    if let Some((other, _)) = fitting.next() {
        return Err(NoSystem::Several { first: system.name.clone(), second: other.name.clone() });
    }
    let wanted = rows.len();
    let mut count = 0;
    while let Some(place) = rows.next_whole(file, wanted, &mut count, sink) {
        row(&rows, place, system, &columns, known, sink);
    }
    Ok(count)
}

fn row<R: Read>(
    rows: &Rows<R>,
    place: Place,
    system: &SystemLog,
    columns: &Columns,
    known: &Known,
    sink: &mut dyn Sink,
) {
    let said = String::from_utf8_lossy(rows.cell(columns.partner)).to_lowercase();
    let mut partners = known.partners.named_in(&said);
    let words =
        said.split(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | ',' | ';' | '(' | ')'));
    let theirs: Vec<Address> = words.filter_map(|word| Address::parse(word.as_bytes())).collect();
    if partners.is_empty() && !theirs.iter().any(|address| known.partners.ever(address.domain())) {
        return;
    }
    let bad =
        |at: usize, field: &str, fault| Bad::field(place, u32::try_from(at + 1).unwrap_or(u32::MAX), field, fault);
    let zone = system.time_zone.as_ref().unwrap_or(&known.zone);
    let time = rows.cell(columns.time);
    let day = match &system.time_format {
        Some(form) => moment::in_form(time, form, zone, &known.zone),
        None => moment::of_row(time, zone, &known.zone),
    };
    let Some(day) = day else {
        sink.bad(bad(columns.time, &system.time, Fault::NoDay));
        return;
    };
    if known.is_later(day) {
        sink.bad(bad(columns.time, &system.time, Fault::Later));
        return;
    }
    let user = String::from_utf8_lossy(rows.cell(columns.user)).trim().to_lowercase();
    if user.is_empty() {
        sink.bad(bad(columns.user, &system.user, Fault::Empty));
        return;
    }
    partners.retain(|(days, _)| days.contains(day));
    let mut partners: Vec<_> = partners.into_iter().map(|(_, partner)| partner).collect();
    partners.extend(theirs.iter().filter_map(|address| known.partners.of_domain(address.domain(), day)));
    if partners.is_empty() {
        return;
    }
    distinct(&mut partners);
    let of_user = || Address::parse(user.as_bytes()).and_then(|address| known.mapping.agency(&address).cloned());
    let agency: Option<AgencyId> = system.agency.clone().or_else(of_user);
    let id = columns.id.map(|at| rows.cell(at).trim_ascii()).filter(|id| !id.is_empty());
    let names: Vec<&[u8]> =
        partners.iter().filter_map(|id| known.partners.get(*id)).map(|partner| partner.id.as_bytes()).collect();
    let key = match id {
        // With the user: some systems number the events of each by themselves.
        Some(id) => key(agency.as_ref(), day, b"event", &[system.name.as_bytes(), id, user.as_bytes()]),
        // Without numbers of events, what one user did for one authority on one day is one contact.
        None => {
            let parts = [&[system.name.as_bytes(), user.as_bytes()][..], &names].concat();
            key(agency.as_ref(), day, b"look-ups", &parts)
        }
    };
    let theirs = theirs.iter().filter(|it| known.partners.of_domain(it.domain(), day).is_some());
    let theirs = theirs.map(|address| address.as_str().to_owned()).collect();
    let contact =
        Contact { key, place, day, way: Way::System, agency, staff: vec![user], partners, theirs, more: false };
    sink.contact(contact);
}
