//! The readers and the matcher, from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bounds;
mod matched;
mod vectors;

use contacts::{Bad, Contact, Known, Mapping, Partners, Sink, Way, mbox, postfix, system, trace};
use jiff::{civil::date, tz::TimeZone};

/// The list of the tests: two authorities, with the domains that they are known by.
const LIST: &str = include_str!("../../../../testdata/contacts/partners.toml");

fn known() -> Known {
    Known {
        partners: Partners::parse(LIST).unwrap(),
        mapping: Mapping::parse(include_str!("../../../../testdata/contacts/known.toml")).unwrap(),
        zone: TimeZone::get("America/New_York").unwrap(),
        today: date(2026, 7, 1),
    }
}

/// Keeps everything.
#[derive(Default)]
struct Kept {
    contacts: Vec<Contact>,
    bad: Vec<Bad>,
}

impl Sink for Kept {
    fn contact(&mut self, contact: Contact) {
        self.contacts.push(contact);
    }

    fn bad(&mut self, bad: Bad) {
        self.bad.push(bad);
    }
}

fn read_as(kind: &str, bytes: &[u8], known: &Known) -> Kept {
    let mut kept = Kept::default();
    match kind {
        "mbox" => drop(mbox::read(bytes, 0, known, &mut kept)),
        "trace" => drop(trace::read(bytes, 0, known, &mut kept)),
        "postfix" => postfix::Reader::default().read(bytes, 0, known, &mut kept),
        "system" => drop(system::read(bytes, 0, known, &mut kept)),
        other => panic!("`{other}` is no kind"),
    }
    kept
}

/// What was found, a line each, in the order of the file.
fn told(known: &Known, kept: &Kept) -> Vec<String> {
    let contacts = kept.contacts.iter().map(|it| {
        let way = match it.way {
            Way::In => "in",
            Way::Out => "out",
            Way::Both => "both",
            Way::System => "system",
        };
        let partners: Vec<&str> = it.partners.iter().map(|id| known.partners.get(*id).unwrap().id.as_str()).collect();
        let agency = it.agency.as_ref().map_or("-", |agency| agency.as_str());
        let line = format!(
            "contact line {} {} {way} {agency} [{}] {} [{}] key {}",
            it.place.line,
            it.day,
            it.staff.join(" "),
            partners.join("+"),
            it.theirs.join(" "),
            it.key.0.iter().take(3).map(|byte| format!("{byte:02x}")).collect::<String>(),
        );
        (it.place.line, line)
    });
    let bad = kept.bad.iter().map(|it| {
        let field = it.field.as_ref().map(|field| format!(" `{field}`")).unwrap_or_default();
        (it.place.line, format!("bad line {} column {}{field}: {}", it.place.line, it.column, it.fault))
    });
    let mut lines: Vec<(u64, String)> = contacts.chain(bad).collect();
    lines.sort_by_key(|(line, _)| *line);
    lines.into_iter().map(|(_, line)| line).collect()
}
