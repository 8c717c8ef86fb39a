//! What every form of a filing says, and that none shows what the others do not.

use std::collections::BTreeSet;
use std::process::Command;

use expect_test::expect;
use jiff::{Timestamp, civil::date};
use law::{ActId, AgencyId, Known, RequesterId, StatuteId};
use record::filing::{Options, Word, file};
use record::{
    Actor, Body, Channel, Claim, Deed, Detainer, DetainerReason, DisclosureForm, Done, Information, Omission,
    OmissionGround, OutsideRequest, PersonKey, Receiver, RequestId, Requester, RequesterKind, Resolution, Salt, Source,
    Told, commitment,
};

use super::*;

fn entry(number: u8, source: &Source, body: Body) -> Entry {
    Entry {
        id: EntryId::from_bytes([number; 16]),
        at: Timestamp::from_second(1_785_000_000 + i64::from(number)).unwrap(),
        by: Actor::Program { name: "story".into() },
        source: source.clone(),
        body,
    }
}

/// A small year: detainers, information about persons, help asked for.
pub(crate) fn year(source: &Source) -> Vec<Entry> {
    let mut entries = Vec::new();
    for number in 0..12_u8 {
        let agency = ["DOC", "NYPD", "DOP", "DHS"][usize::from(number % 4)];
        let detainer = number < 6 && agency != "DHS";
        let received = date(2026, 7, 1 + i8::try_from(number).unwrap());
        let request = OutsideRequest {
            id: RequestId::from_bytes([number; 16]),
            received: received.into(),
            requester: Requester {
                kind: RequesterKind::Federal,
                id: RequesterId::new(["ice_ero", "ice_hsi"][usize::from(number % 2)]),
                agency: "ICE".into(),
                unit: None,
                officer: Some("Officer Private".into()),
            },
            channel: Channel::Email,
            receiver: Receiver { agency: AgencyId::new(agency), site: None, employee: None },
            acts: vec![ActId::new(if detainer { "hold" } else { "give_access" })],
            information: if detainer { Vec::new() } else { vec![Information::CourtDate, Information::Appointment] },
            statute: StatuteId::new("civil_ina"),
            statute_as_stated: None,
            claim: Claim::Civil,
            documents: Vec::new(),
            detainer: detainer.then(|| Detainer {
                lodged: received,
                reasons: vec![DetainerReason::ArrestWarrant, DetainerReason::RemovalOrder],
                asserts_ground_a: None,
                warrant_with_it: None,
            }),
            person: Some(PersonKey::from_bytes([number / 2; 16])),
            supervisor: Told::NotYet,
            counsel: Told::NotYet,
            note: None,
        };
        let done = Done {
            request: Some(request.id),
            decision: None,
            agency: request.receiver.agency.clone(),
            person: request.person,
            deed: if detainer {
                Deed::Resolved { how: Resolution::NotHonored }
            } else {
                Deed::Disclosed {
                    approval: None,
                    to: request.requester.id.clone(),
                    information: vec![Information::CourtDate],
                    form: DisclosureForm::Written,
                    facilitated_transfer: Known::No,
                }
            },
            when: received.into(),
            decided_by: "Captain Private".into(),
            basis: None,
            search: None,
        };
        let omitted = (number == 11).then(|| Omission {
            request: request.id,
            ground: OmissionGround::Investigation,
            reason: "Reason Private".into(),
            chosen_by: "Counsel Private".into(),
        });
        entries.push(entry(3 * number, source, Body::Requested(Box::new(request))));
        entries.push(entry(3 * number + 1, source, Body::Done(Box::new(done))));
        entries.extend(omitted.map(|omission| entry(3 * number + 2, source, Body::Omitted(omission))));
    }
    entries
}

fn names_of_the_city() -> Names {
    Names {
        agencies: [
            ("DOC", "Department of Correction"),
            ("NYPD", "Police Department"),
            ("DOP", "Department of Probation"),
        ]
        .map(|(id, name)| (id.to_owned(), name.to_owned()))
        .into(),
        requesters: [("ice_ero".to_owned(), "Enforcement and Removal Operations".to_owned())].into(),
        not_of_the_city: BTreeSet::new(),
    }
}

fn filing(section: Section, options: &Options, entries: &[Entry]) -> Filing {
    let period = if section == Section::Resources { "2026Q3" } else { "FY2027" };
    file(section, entries, &Period::parse(section, period).unwrap(), options).unwrap()
}

fn forms(section: Section, options: &Options, entries: &[Entry]) -> Forms {
    let filing = filing(section, options, entries);
    let salt = Salt::from_bytes([7; 32]);
    let leaves =
        leaves(&filing, entries.iter().map(|entry| (entry, commitment(&salt, &record::canonical(entry).unwrap()))));
    Forms::of(&filing, &Words::new("en"), &names_of_the_city(), &leaves).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn names_come_from_the_packs_vocabulary() {
    let names = names_in(&crate::pack::built_in()).unwrap();
    assert_eq!(names.agencies["DOC"], "Department of Correction");
    assert!(names.requesters["ice_ero"].contains("Enforcement and Removal Operations"));
}

#[test]
fn every_word_has_a_sentence_and_none_is_unused() {
    let used: BTreeSet<String> = Word::ALL
        .iter()
        .map(|word| word.id())
        .chain(paper::FRAME.iter().copied())
        .map(|id| format!("filing-{id}"))
        .collect();
    let written: BTreeSet<String> = include_str!("../../locales/en/filing.ftl")
        .lines()
        .filter(|line| line.starts_with("filing-"))
        .filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()))
        .collect();
    assert_eq!(used, written);
}

#[test]
fn no_sentence_is_left_with_a_gap() {
    let demo = Options { include: BTreeSet::from([Source::Demo]), draft: true, ..Options::default() };
    for section in Section::ALL {
        let entries = year(&Source::Demo);
        let filing = filing(section, &demo, &entries);
        let paper = Paper::of(&filing, &Words::new("en"), &names_of_the_city());
        let all = format!("{paper:?}");
        assert!(!all.contains("{$") && !all.contains("{ $") && !all.contains("filing-"), "{all}");
    }
}

#[test]
fn the_same_entries_give_the_same_bytes() {
    let mut entries = year(&Source::Desk);
    let first = Section::ALL.map(|section| forms(section, &Options::default(), &entries));
    entries.reverse();
    assert_eq!(first, Section::ALL.map(|section| forms(section, &Options::default(), &entries)));
}

#[test]
fn what_is_published_names_no_entry_and_no_private_word() {
    for section in Section::ALL {
        let forms = forms(section, &Options::default(), &year(&Source::Desk));
        for form in [&forms.csv, &forms.json, &forms.html] {
            let form = text(form);
            assert!(!form.contains("en-") && !form.contains("pk-") && !form.contains("Private"), "{form}");
        }
        let entries = text(&forms.entries);
        assert!(entries.contains("\"en-") && !entries.contains("pk-") && !entries.contains("Private"));
    }
}

#[test]
fn every_form_says_whose_reading_it_is_and_what_is_included() {
    let demo = Options { include: BTreeSet::from([Source::Demo]), ..Options::default() };
    for section in Section::ALL {
        let forms = forms(section, &demo, &year(&Source::Demo));
        for form in [&forms.csv, &forms.json, &forms.html] {
            let form = text(form);
            assert!(form.contains("The statute prevails"), "{form}");
            assert!(form.contains("not the City’s own: demo"), "{form}");
            assert!(form.contains("invented for a demo city"), "{form}");
        }
        let released = Source::Import("ice-foia".parse().unwrap());
        let include = Options { include: BTreeSet::from([released.clone()]), ..Options::default() };
        let form = text(&super::tests::forms(section, &include, &year(&released)).html).to_owned();
        assert!(form.contains("not the City’s own: import:ice-foia") && !form.contains("nvented"), "{form}");
    }
}

/// From the published form to the entries: each file's hash stands where the next reader finds it.
#[test]
fn hashes_form_a_chain() {
    let forms = forms(Section::Correction, &Options::default(), &year(&Source::Desk));
    let json: serde_json::Value = serde_json::from_slice(&forms.json).unwrap();
    assert_eq!(json["entries_sha256"], sha256(&forms.entries));
    assert_eq!(hex::encode(forms.content()), sha256(&forms.json));
    assert!(text(&forms.html).contains(&sha256(&forms.json)));
    let entries: serde_json::Value = serde_json::from_slice(&forms.entries).unwrap();
    let counted: BTreeSet<&str> = entries["filing"]["tables"][0]["rows"][2]["cells"][0]["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    assert_eq!(counted.len(), 2);
    assert!(counted.iter().all(|id| entries["leaves"][*id].as_str().unwrap().len() == 64));
}

#[test]
fn the_page_is_readable_aloud_and_fetches_nothing() {
    let page = text(&forms(Section::Probation, &Options::default(), &year(&Source::Desk)).html);
    for wanted in
        ["<html lang=\"en\" dir=\"ltr\">", "<h1>", "<caption id=", "scope=\"col\"", "scope=\"row\"", "<title>"]
    {
        assert!(page.contains(wanted), "{wanted}");
    }
    for unwanted in ["<script", "http", "src=", "<link", "url("] {
        assert!(!page.contains(unwanted), "{unwanted}");
    }
    assert_eq!(page.matches("<caption").count(), page.matches("<table").count());
}

#[test]
fn lines_for_spreadsheets() {
    let lines = text(&forms(Section::Police, &Options::default(), &year(&Source::Desk)).csv);
    let figures: Vec<&str> = lines.lines().take(5).collect();
    expect![[r#"
        kind,section,agency,from,to,table,line,second_line,column,figure,text
        figure,14-154,NYPD,2026-07-01,2027-06-30,(1) Civil immigration detainers received,Detainers received,,Detainers,2,
        figure,14-154,NYPD,2026-07-01,2027-06-30,"(2), (3), (4) Persons held, transferred, not honored",(2) Persons held past release on a detainer,,Persons,0,
        figure,14-154,NYPD,2026-07-01,2027-06-30,"(2), (3), (4) Persons held, transferred, not honored",(3) Persons transferred to federal immigration authorities on a detainer,,Persons,0,
        figure,14-154,NYPD,2026-07-01,2027-06-30,"(2), (3), (4) Persons held, transferred, not honored",(4) Persons whose detainers were not honored,,Persons,2,"#]]
    .assert_eq(&figures.join("\n"));
    let mut reader = ::csv::Reader::from_reader(lines.as_bytes());
    assert!(reader.records().all(|line| line.unwrap().len() == 11));
}

/// The tools of poppler, where this machine has them.
fn poppler(tool: &str, arguments: &[&str], pdf: &std::path::Path) -> Option<String> {
    let output = Command::new(tool).args(arguments).arg(pdf).arg("-").output().ok();
    let output = output.filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_pdf_is_tagged_and_says_it_all_on_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Options { include: BTreeSet::from([Source::Demo]), ..Options::default() };
    for section in Section::ALL {
        let forms = forms(section, &demo, &year(&Source::Demo));
        assert!(forms.pdf.starts_with(b"%PDF-1.7"));
        let raw = String::from_utf8_lossy(&forms.pdf);
        assert!(raw.contains("/Lang (en)") || raw.contains("/Lang(en)"), "the language is set");
        let path = folder.path().join(format!("{}.pdf", forms.stem));
        std::fs::write(&path, &forms.pdf).unwrap();
        let Some(pages) = poppler("pdftotext", &["-layout"], &path) else {
            println!("skipped: pdftotext not found");
            continue;
        };
        let pages: Vec<&str> = pages.split('\u{c}').filter(|page| !page.trim().is_empty()).collect();
        for (number, page) in pages.iter().enumerate() {
            assert!(page.contains("not the City’s own: demo"), "{page}");
            assert!(page.contains("The statute prevails"), "{page}");
            assert!(page.contains(&format!("Page {} of {}", number + 1, pages.len())), "{page}");
        }
        let info = |arguments: &[&str]| {
            let output = Command::new("pdfinfo").args(arguments).arg(&path).output().unwrap();
            // Attributes come in the PDF's own eight-bit encoding.
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let structure = info(&["-struct-text"]);
        for wanted in ["H1", "H2", "Table", "THead", "TH:", "/Scope /Row", "/Scope /Column", "TD", "L (block)", "LBody"]
        {
            assert!(structure.contains(wanted), "{wanted}: {structure}");
        }
        let about = info(&[]);
        assert!(about.contains("Tagged:          yes"), "{about}");
        assert!(about.contains("Title:           "), "{about}");
        assert!(about.contains("612 x 792 pts (letter)"), "{about}");
    }
}
