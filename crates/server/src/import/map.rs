//! From a released row to the record's own words: an outside request, the questions it puts, the facts, what was done.
//!
//! What the row does not say stays unknown. The agency is the one that the pack's dated map of facilities names; a place the
//! map does not have is no city agency (`NOT_CITY`) as far as anyone can tell from its name, and is counted as such. What
//! the requester asserts about the person (criminality, the code of a charge) is kept as its assertion in closed codes and is
//! never a fact: only the lodging itself and an asserted re-entry, which 14-154(b)(2)(A) names as such, are facts here.
//!
//! What became of a detainer is recorded as a deed only as far as the release says it. Declined by the agency: not honored.
//! Ended by the requester: withdrawn. Left custody: released. "Booked into detention" says that the requester took the
//! person and not that the agency held or told, so it is noted and is no deed; so are transfers to nobody said, and deaths.
//! The release gives no day for any of these: the detainer's own stands for it, and the note says so.
//!
//! Every id is derived from the release, the row and its content, so that a second import finds the first one's entries.

use jiff::{Timestamp, civil::Date};
use law::{ActId, AgencyId, DocumentId, Facts, Question, RequesterId, StatuteId, Value, vocabulary::Vocabulary};
use record::{
    Actor, Body, Channel, Claim, Deed, Detainer, DetainerReason, Document, Done, Entry, EntryId, OutsideRequest,
    PersonKey, Private, Receiver, RequestId, Requester, RequesterKind, Resolution, Source, Told, When,
};
use sha2::{Digest, Sha256};

use super::{
    release::{Fate, Release},
    row::{Criminality, DetainerRow, Form},
};

/// The agency to whom rows go whose place is of no city agency.
pub const NOT_CITY: &str = "NOT_CITY";

/// Who lodges the detainers of these releases.
pub const REQUESTER: &str = "ice_ero";

/// The source of every fact, and the name of this kind of import.
pub const SOURCE: &str = "ice-foia";

/// Under what the releases' anonymised keys of persons become ours. They are public, so this is no secret.
const PERSON_LABEL: &[u8; 32] = b"vouchsafe import ice-foia person";

/// A row as the record will have it, but for the decisions.
#[derive(Clone, Debug)]
pub struct Mapped {
    /// Names the row for ever: family, number, content. The idempotency key of its first entry.
    pub key: String,
    /// The request.
    pub request: OutsideRequest,
    /// Whether the pack's map names the facility; `None` when the row names none.
    pub facility_known: Option<bool>,
    /// The day by whose law it is decided.
    pub day: Date,
    /// One question an act.
    pub questions: Vec<Question>,
    /// What the row says, as facts.
    pub facts: Facts,
    /// What was done, as the release says.
    pub deed: Option<Deed>,
}

/// The row's name: the release, the fiscal year where each has its own file, the number (or the count among equal rows),
/// and the content.
#[must_use]
pub fn key(release: &Release, row: &DetainerRow, number: u64) -> String {
    let year = if release.by_year { format!("-fy{}", fiscal_year(row.day)) } else { String::new() };
    format!("{SOURCE}:{}{year}:{number}:{}", release.id, hex::encode(row.content()))
}

/// The federal fiscal year of a day: it begins on 1 October of the year before.
fn fiscal_year(day: Date) -> i16 {
    day.year() + i16::from(day.month() >= 10)
}

/// 16 bytes that name one part of a row for ever.
fn bytes_of(key: &str, part: &str) -> [u8; 16] {
    let hash = Sha256::new()
        .chain_update(b"vouchsafe import id v1\0")
        .chain_update(key)
        .chain_update(b"\0")
        .chain_update(part)
        .finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    bytes
}

/// The id of one entry of a row: its part is `requested`, `decided/hold`, `done`.
#[must_use]
pub fn entry_id(key: &str, part: &str) -> EntryId {
    EntryId::from_bytes(bytes_of(key, part))
}

/// An entry of this import.
#[must_use]
pub fn entry(key: &str, part: &str, at: Timestamp, source: &Source, body: Body) -> Entry {
    Entry {
        id: entry_id(key, part),
        at,
        by: Actor::Program { name: "import".to_owned() },
        source: source.clone(),
        body,
    }
}

/// Maps one row. `number` is the row's own or, for releases without numbers, its count among equal rows.
#[must_use]
pub fn map(vocabulary: &Vocabulary, release: &Release, row: &DetainerRow, number: u64) -> Mapped {
    let key = key(release, row, number);
    let facility = row.facility.as_deref().map(|name| vocabulary.facility(name, row.day));
    let agency = match facility {
        Some(Some(facility)) => facility.agency.clone(),
        Some(None) | None => AgencyId::new(NOT_CITY),
    };
    let acts = acts(row);
    let document = DocumentId::new("i247a");
    let question = |act: &ActId| Question {
        agency: agency.clone(),
        act: act.clone(),
        requester: RequesterId::new(REQUESTER),
        statute_enforced: StatuteId::new("civil_ina"),
        document: vec![document.clone()],
    };
    let mut facts = Facts::new();
    facts.insert("detainer_lodged", Value::Bool(true), SOURCE);
    facts.insert("request_received", Value::Bool(true), SOURCE);
    if let Some(reentry) = row.reentry {
        facts.insert("reentry_asserted", Value::Bool(reentry), SOURCE);
    }
    Mapped {
        day: row.day,
        questions: acts.iter().map(question).collect(),
        facts,
        deed: deed(row),
        facility_known: facility.map(|found| found.is_some()),
        request: OutsideRequest {
            id: RequestId::from_bytes(bytes_of(&key, "request")),
            received: When::Day(row.day),
            requester: Requester {
                kind: RequesterKind::Federal,
                id: RequesterId::new(REQUESTER),
                agency: "U.S. Immigration and Customs Enforcement".to_owned(),
                unit: Some("Enforcement and Removal Operations".to_owned()),
                officer: None,
            },
            channel: Channel::Unknown,
            receiver: Receiver { agency, site: site(row), employee: None },
            acts,
            information: Vec::new(),
            statute: StatuteId::new("civil_ina"),
            statute_as_stated: None,
            claim: Claim::NotSaid,
            documents: vec![Document { kind: document, dated: Some(row.day), copy: None }],
            detainer: Some(Detainer {
                lodged: row.day,
                reasons: reasons(row),
                asserts_ground_a: row.reentry,
                warrant_with_it: None,
            }),
            person: row.person.as_deref().map(|person| PersonKey::derive(PERSON_LABEL, person)),
            supervisor: Told::Unknown,
            counsel: Told::Unknown,
            note: Some(note(release, row, number)),
        },
        key,
    }
}

/// The entry of what was done, as the release says it.
#[must_use]
pub fn done(mapped: &Mapped, deed: Deed, decision: Option<EntryId>) -> Done {
    Done {
        request: Some(mapped.request.id),
        decision,
        agency: mapped.request.receiver.agency.clone(),
        person: mapped.request.person,
        deed,
        when: When::Day(mapped.day),
        decided_by: Private::from("not said in the release"),
        basis: None,
        search: None,
    }
}

/// I-247N asks to be told and I-247D and I-247X to hold; the others ask both, and so does a detainer whose form is not said.
fn acts(row: &DetainerRow) -> Vec<ActId> {
    let (hold, notify) = (ActId::new("hold"), ActId::new("notify_release"));
    match row.form {
        Form::I247N => vec![notify],
        Form::I247D | Form::I247X if row.notify_asked != Some(true) => vec![hold],
        _ => vec![hold, notify],
    }
}

fn reasons(row: &DetainerRow) -> Vec<DetainerReason> {
    [
        (row.belief, DetainerReason::ReasonToBelieve),
        (row.charging_document, DetainerReason::ChargingDocument),
        (row.arrest_warrant, DetainerReason::ArrestWarrant),
        (row.removal_order, DetainerReason::RemovalOrder),
    ]
    .into_iter()
    .filter_map(|(asserted, reason)| asserted.then_some(reason))
    .collect()
}

fn deed(row: &DetainerRow) -> Option<Deed> {
    match row.fate? {
        Fate::Declined => Some(Deed::Resolved { how: Resolution::NotHonored }),
        Fate::EndedByRequester => Some(Deed::Resolved { how: Resolution::Withdrawn }),
        Fate::LeftCustody => Some(Deed::Released { due: None }),
        Fate::BookedByRequester | Fate::Moved | Fate::Died => None,
    }
}

/// The place as the agency writes it: facility, city, state.
fn site(row: &DetainerRow) -> Option<String> {
    let parts: Vec<&str> =
        [&row.facility, &row.city, &row.state].into_iter().filter_map(|part| part.as_deref()).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Where the row stands, and what the release says that has no field of its own, in closed codes.
fn note(release: &Release, row: &DetainerRow, number: u64) -> Private {
    let mut said = vec![format!("release {}, row {number}", release.id)];
    if row.form != Form::NotSaid {
        said.push(format!("form {}", row.form.code()));
    }
    if let Some(criminality) = row.criminality.map(Criminality::code) {
        said.push(format!("the requester asserts: {criminality}"));
    }
    if let Some(code) = &row.charge_code {
        said.push(format!("of charge code {code}"));
    }
    if let Some(day) = row.conviction_day {
        said.push(format!("on {day}"));
    }
    if let Some(fate) = row.fate {
        said.push(format!("its end as released: {}, on a day not said", fate.code()));
    }
    Private::from(said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::{
        RawRow,
        release::Header,
        row::{Parsed, parse},
    };
    use super::*;

    fn mapped(header: &str, line: &str) -> Mapped {
        let cells = |line: &str| RawRow { row: 9, cells: line.split('|').map(str::to_owned).collect() };
        let header = Header::find(&cells(header)).unwrap();
        let Parsed::Detainer(row) = parse(&header, &cells(line)).unwrap() else { panic!("outside the scope") };
        let pack = crate::pack::load(None).unwrap();
        map(pack.vocabulary(), header.release, &row, row.number)
    }

    const FY2015: &str = "row_original|prepare_date|detainer_type|facility|state|city|lift_reason";

    #[test]
    fn the_map_of_the_pack_names_the_agency() {
        for (facility, agency, known) in [
            ("RIKERS ISLAND, QUEENS, NY", "DOC", Some(true)),
            ("QUEENS CENTRAL BOOKING", "NYPD", Some(true)),
            ("BROOKLYN MDC", "NOT_CITY", Some(true)),
            ("SOME JAIL, SOMEWHERE", "NOT_CITY", Some(false)),
            ("", "NOT_CITY", None),
        ] {
            let mapped = mapped(FY2015, &format!("5|2015-01-05|I247 - x|{facility}|NEW YORK|NEW YORK|"));
            assert_eq!(mapped.request.receiver.agency.as_str(), agency, "{facility}");
            assert_eq!(mapped.facility_known, known, "{facility}");
        }
    }

    #[test]
    fn each_form_puts_its_own_questions() {
        for (form, acts) in [
            ("I247 - x", vec!["hold", "notify_release"]),
            ("I247D - x", vec!["hold"]),
            ("I247N - x", vec!["notify_release"]),
            ("", vec!["hold", "notify_release"]),
        ] {
            let mapped = mapped(FY2015, &format!("5|2015-01-05|{form}|X|NEW YORK|NEW YORK|"));
            let put: Vec<&str> = mapped.questions.iter().map(|question| question.act.as_str()).collect();
            assert_eq!(put, acts, "{form}");
            assert_eq!(
                mapped.request.acts,
                mapped.questions.iter().map(|question| question.act.clone()).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_deed_is_only_what_the_release_says() {
        let deed = |says: &str| mapped(FY2015, &format!("5|2015-01-05|I247|X|NEW YORK|NEW YORK|{says}")).deed;
        assert_eq!(deed("Detainer Declined by LEA"), Some(Deed::Resolved { how: Resolution::NotHonored }));
        assert_eq!(deed("Prosecutorial Discretion"), Some(Deed::Resolved { how: Resolution::Withdrawn }));
        assert_eq!(deed("Early Release"), Some(Deed::Released { due: None }));
        assert_eq!(deed("Booked into Detention"), None);
        assert_eq!(deed(""), None);
    }

    #[test]
    fn the_same_row_has_the_same_ids_and_another_has_not() {
        let one = mapped(FY2015, "5|2015-01-05|I247|X|NEW YORK|NEW YORK|");
        let again = mapped(FY2015, "5|1/5/2015|I247|X |NEW YORK|NEW YORK|NA");
        assert_eq!((&one.key, one.request.id), (&again.key, again.request.id));
        let other = mapped(FY2015, "6|2015-01-05|I247|X|NEW YORK|NEW YORK|");
        assert_ne!(one.request.id, other.request.id);
        assert_ne!(entry_id(&one.key, "requested"), entry_id(&one.key, "done"));
    }

    #[test]
    fn fiscal_years_begin_in_october() {
        let header = "row_original|event_date|landmark|processing_disposition";
        assert!(mapped(header, "5|2015-10-01|X|Detainer").key.starts_with("ice-foia:encounters-fy2016-2019-fy2016:5:"));
        assert!(mapped(header, "5|2015-09-30|X|Detainer").key.starts_with("ice-foia:encounters-fy2016-2019-fy2015:5:"));
    }
}
