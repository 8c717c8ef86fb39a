//! That the logs were compared, kept by `reconcile --record` and shown by the served desk, on both databases.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Barrier,
    thread,
};

use law::AgencyId;
use record::{
    Actor, Body, Comparison, ContactId, Entry, EntryId, Erasure, ErasureKind, ErasureOrder, Source,
    comparison::{LeftOn, LogFiles, Standing},
};
use serde_json::{Value, json};
use server::{
    reconcile::compared::keep,
    store::{
        Postgres, Sqlite, Store, Stored,
        unrecorded::{Unrecorded, UnrecordedContacts},
    },
};

use crate::{
    commands::{Place, Transcript},
    reconcile::{files, reconcile, recorded},
    served::Served,
    store::cluster,
};

const JUNE: &str = "2026-06-01..2026-06-30";

/// The comparisons of an agency, in the order of the record.
fn compared_in(store: &dyn Store, agency: &str) -> Vec<Comparison> {
    let entries = store.entries(0, 1000).unwrap();
    let of_agency = |entry: &Entry| match &entry.body {
        Body::Compared(one) if one.agency.as_str() == agency => Some((**one).clone()),
        _ => None,
    };
    entries.iter().filter_map(Stored::entry).filter_map(of_agency).collect()
}

/// How the record is opened to be read.
type Open<'a> = &'a dyn Fn() -> Box<dyn Store>;

fn compared(open: Open<'_>, agency: &str) -> Vec<Comparison> {
    compared_in(&*open(), agency)
}

fn sqlite(place: &Place) -> Box<dyn Store> {
    Box::new(Sqlite::open_to_read(&place.path().join("vouchsafe-data/record.sqlite3")).unwrap())
}

fn record_june(place: &Place, store: &[&str]) -> Transcript {
    reconcile(place, &[&["--record", "--by", "A. Privacy", "--days", JUNE, "--json"], store].concat())
}

/// Each agency of the mapping, with whether the record said it already.
fn told(run: &Transcript) -> Vec<(Value, Value)> {
    let json = run.json();
    let entries = json["compared"]["entries"].as_array().unwrap_or_else(|| panic!("{json:#}"));
    entries.iter().map(|it| (it["agency"].clone(), it["already"].clone())).collect()
}

fn on(day: &str, unrecorded: u64) -> LeftOn {
    LeftOn { day: day.parse().unwrap(), unrecorded, nobodys: 0 }
}

/// Kept once; again when something changed; again after an erasure. Then as the desk shows it.
fn kept_and_shown(place: &Place, words: &[&str], store: Open<'_>) {
    let first = record_june(place, words);
    assert_eq!(first.status, 1, "as without --record: {}", first.err);
    assert_eq!(told(&first), [(json!("DOC"), json!(false)), (json!("NYPD"), json!(false))]);
    let expected = Comparison {
        agency: "DOC".into(),
        days: JUNE.parse().unwrap(),
        files: LogFiles { mbox: 1, postfix: 1, system: 1, trace: 0 },
        recorded: 0,
        rostered: 0,
        dismissed: 0,
        unrecorded: 2,
        nobodys: 0,
        unread: 0,
        headless: 0,
        window_days: 5,
        left: vec![on("2026-06-15", 1), on("2026-06-20", 1)],
        said_by: "A. Privacy".into(),
    };
    assert_eq!(compared(store, "DOC"), std::slice::from_ref(&expected));
    assert_eq!(compared(store, "NYPD")[0].rostered, 1);
    let again = record_june(place, words);
    assert_eq!(told(&again), [(json!("DOC"), json!(true)), (json!("NYPD"), json!(true))]);
    assert_eq!(compared(store, "DOC").len(), 1, "nothing was added");

    let id = first.json()["unrecorded"][0]["id"].as_str().unwrap().to_owned();
    let dismiss = ["reconcile", "dismiss", &id, "--reason", "a newsletter", "--by", "A. Privacy"];
    assert_eq!(place.run(&[&dismiss[..], words].concat()).status, 0);
    let after = record_june(place, words);
    assert_eq!(told(&after), [(json!("DOC"), json!(false)), (json!("NYPD"), json!(true))]);
    assert_eq!(
        compared(store, "DOC")[1],
        Comparison { dismissed: 1, unrecorded: 1, left: vec![on("2026-06-20", 1)], ..expected }
    );

    // Without the last one the first would stand again: it is said once more.
    let entry = after.json()["compared"]["entries"][0]["entry"].as_str().unwrap().to_owned();
    let order = ["erase", &entry, "--order", "Index No. 1/2026", "--by", "A", "--by", "B"];
    assert_eq!(place.run(&[&order[..], words].concat()).status, 0);
    assert_eq!(told(&record_june(place, words))[0], (json!("DOC"), json!(false)));
    assert_eq!(told(&record_june(place, words))[0], (json!("DOC"), json!(true)));

    let mut served = Served::start(place, &[words, &["--development-sign-in-for-everyone"]].concat());
    served.sign_in("DOC");
    let page = |path: &str| String::from_utf8(served.ask("GET", path, "").2).unwrap();
    for path in ["/contacts", "/duties"] {
        let page = page(path);
        assert!(
            page.contains("One contact is left that nobody recorded.") && page.contains("Compare the days since then.")
        );
        assert!(page.contains("Compared from 2026-06-01 through 2026-06-30"), "{page}");
        assert!(!page.contains("NYPD") && !page.contains("ice.dhs.gov") && !page.contains("june.mbox"), "{page}");
    }
    let metrics = page("/metrics");
    assert!(metrics.contains("vouchsafe_contacts_unrecorded{agency=\"DOC\"} 1\n"), "{metrics}");
    assert!(metrics.contains("vouchsafe_contacts_unrecorded{agency=\"NYPD\"} 1\n"), "{metrics}");
    assert!(metrics.contains("vouchsafe_contacts_days_missing{agency=\"DOC\"} 0\n"), "{metrics}");
    let behind = |agency: &str| {
        let name = format!("vouchsafe_contacts_compared_days_behind{{agency=\"{agency}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or_else(|| panic!("{metrics}"));
        line.parse::<f64>().unwrap()
    };
    assert!(behind("DOC") > 100.0 && behind("DOC").is_finite() && behind("DSS") == f64::INFINITY, "{metrics}");

    // Beside the desk that runs, which writes for the command where one process alone may.
    let listed = |served: &mut Served| {
        served.sign_in_as("DOC", "privacy-officer");
        let page = String::from_utf8(served.ask("GET", "/contacts", "").2).unwrap();
        let (_, list) = page.split_once("Contacts to account for").unwrap_or_else(|| panic!("{page}"));
        ["agent@ice.dhs.gov", "agent@cbp.dhs.gov", "mail.log:3"].map(|text| list.contains(text))
    };
    assert_eq!(listed(&mut served), [false, true, true], "what was dismissed is not in the list");
    let beside = record_june(place, words);
    assert_eq!(told(&beside)[0], (json!("DOC"), json!(true)), "{}", beside.err);
    let id = beside.json()["unrecorded"][0]["id"].as_str().unwrap().to_owned();
    let dismissed =
        place.run(&[&["reconcile", "dismiss", &id, "--reason", "x", "--by", "A", "--json"], words].concat());
    assert_eq!((dismissed.status, &dismissed.json()["already"]), (0, &json!(false)), "{}", dismissed.err);
    assert_eq!(listed(&mut served), [false, false, false]);
    let after = record_june(place, words);
    assert_eq!(told(&after)[0], (json!("DOC"), json!(false)), "{}", after.err);
    assert!(compared(store, "DOC").last().unwrap().unrecorded == 0, "the desk's record has it");
    // To which request it belongs is said of what stands in a list alone.
    let other = "co-01040g2081040g2081040g2081j";
    let requests: Vec<String> = store()
        .entries(0, 1000)
        .unwrap()
        .iter()
        .filter_map(Stored::entry)
        .filter_map(|entry| entry.body.request())
        .map(|id| id.to_string())
        .collect();
    let of = ["reconcile", "dismiss", other, "--reason", "x", "--by", "A", "--request", &requests[0]];
    let unlisted = place.run(&[&of[..], words].concat());
    assert!(unlisted.status == 2 && unlisted.err.contains("is in no agency's list"), "{}", unlisted.err);
    let wrong = place.run(
        &[
            &["reconcile", "dismiss", &id, "--reason", "x", "--by", "A", "--request", "rq-01040g2081040g2081040g2081j"],
            words,
        ]
        .concat(),
    );
    assert!(wrong.status == 2 && wrong.err.contains("the record has no request `rq-"), "{}", wrong.err);
    served.stop();
}

/// The list of an agency's day is replaced where a comparison settles the day, and kept beside the new one where it does not.
fn lists_follow_what_stands<S: Store + UnrecordedContacts>(store: &S, template: &Comparison) {
    let agency = AgencyId::new("TLC");
    let one = |number: u8, day: &str| Unrecorded {
        id: ContactId::derive(&[1; 32], &[number; 32]),
        agency: agency.clone(),
        day: day.parse().unwrap(),
        way: contacts::Way::Out,
        staff: vec!["a@tlc.example.org".to_owned()],
        authorities: vec!["ICE".to_owned()],
        requesters: vec!["ice_ero".into()],
        addresses: vec!["b@ice.dhs.gov".to_owned()],
        more: false,
        near: 0,
        window_days: 5,
        requests: 0,
        place: format!("mail.log:{number}"),
    };
    let compared = |days: &str, window_days, left: &[Unrecorded]| {
        let mut by_day: BTreeMap<jiff::civil::Date, u64> = BTreeMap::new();
        left.iter().for_each(|one| *by_day.entry(one.day).or_default() += 1);
        let comparison = Comparison {
            agency: agency.clone(),
            days: days.parse().unwrap(),
            window_days,
            unrecorded: left.len() as u64,
            left: by_day.into_iter().map(|(day, unrecorded)| LeftOn { day, unrecorded, nobodys: 0 }).collect(),
            ..template.clone()
        };
        keep(store, store, &[comparison], left).unwrap();
        store.unrecorded(&agency, 100).unwrap().iter().map(|one| one.place.clone()).collect::<Vec<_>>()
    };
    let [first, second, third] = [one(1, "2026-06-03"), one(2, "2026-06-05"), one(3, "2026-06-05")];
    assert_eq!(compared("2026-06-01..2026-06-10", 5, &[first.clone(), second.clone()]), ["mail.log:1", "mail.log:2"]);
    assert_eq!(compared("2026-06-05..2026-06-10", 5, std::slice::from_ref(&third)), ["mail.log:1", "mail.log:3"]);
    // A wider window looks less closely: what it does not find is not gone.
    assert_eq!(compared("2026-06-01..2026-06-10", 9, &[]), ["mail.log:1", "mail.log:3"]);
    let all: BTreeSet<_> = store.all_unrecorded().unwrap().iter().map(|(id, _)| *id).collect();
    assert!(all.is_superset(&[first.id, third.id].into()) && !all.contains(&second.id));
    let other =
        Unrecorded { agency: "OATH".into(), id: ContactId::derive(&[1; 32], &[9; 32]), requests: 4, ..third.clone() };
    store.keep_lists("test", vec![], &[], std::slice::from_ref(&other)).unwrap();
    let oath = AgencyId::new("OATH");
    assert_eq!(store.find_unrecorded(&other.id).unwrap(), Some(other.clone()));
    assert!(store.all_unrecorded().unwrap().contains(&(other.id, 4)));
    assert_eq!((store.count_unrecorded(&agency).unwrap(), store.count_unrecorded(&oath).unwrap()), (2, 1));
    store.settle_unrecorded(&[third.id, other.id]).unwrap();
    assert_eq!((store.count_unrecorded(&agency).unwrap(), store.count_unrecorded(&oath).unwrap()), (1, 0));
    assert_eq!(store.unrecorded(&agency, 0).unwrap(), []);
    // With its comparison a list goes, too: what it says no longer stands.
    let compared = store.entries(0, 1000).unwrap();
    let of_agency = |entry: &&Entry| matches!(&entry.body, Body::Compared(one) if one.agency == agency);
    let of_agency =
        compared.iter().filter_map(|stored| Some((stored, stored.entry()?))).find(|(_, entry)| of_agency(entry));
    let (stored, entry) = of_agency.unwrap();
    let order = ErasureOrder {
        kind: ErasureKind::CourtOrder,
        reference: "Index No. 1/2026".to_owned(),
        dated: "2026-06-30".parse().unwrap(),
        asked_by: "A".into(),
        approved_by: "B".into(),
    };
    let erasure = Erasure { entry: entry.id, leaf: stored.leaf, order };
    let by = Actor::Program { name: "test".to_owned() };
    let id = EntryId::from_bytes([78; 16]);
    let erased =
        Entry { id, at: jiff::Timestamp::now(), by, source: Source::Desk, body: Body::Erased(Box::new(erasure)) };
    store.erase(erased.into()).unwrap();
    assert_eq!(store.count_unrecorded(&agency).unwrap(), 0);
}

/// Two who keep the same at once, and others who keep something else: each number is said, and the same once.
fn of_two_at_once_one_is_kept<S: Store + UnrecordedContacts>(store: &S, template: &Comparison) {
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for unrecorded in [7, 7, 8, 8] {
            let (barrier, comparisons) =
                (&barrier, [Comparison { unrecorded, left: vec![on("2026-06-01", unrecorded)], ..template.clone() }]);
            scope.spawn(move || {
                barrier.wait();
                keep(store, store, &comparisons, &[]).unwrap();
            });
        }
    });
    let all = store.entries(0, 1000).unwrap();
    let found: Vec<u64> =
        compared_in(store, "DOC").iter().map(|one| one.unrecorded).filter(|count| *count >= 7).collect();
    // 7 8 and 8 7, and the first again where the other came between it and its copy.
    assert!((2..=4).contains(&found.len()) && found.windows(2).all(|two| two[0] != two[1]), "{found:?}");
    let standing = Standing::of(&"DOC".into(), all.iter().filter_map(Stored::entry)).unwrap();
    assert_eq!(Some(&standing.unrecorded), found.last());
}

#[test]
fn a_comparison_is_kept_and_shown_on_sqlite() {
    let place = Place::new();
    files(&place);
    recorded(&place, "2026-06-15", &[]);
    let open = || sqlite(&place);
    kept_and_shown(&place, &["--data", "vouchsafe-data"], &open);
    let verified = place.run(&["verify", "vouchsafe-data"]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let template = compared(&open, "DOC")[0].clone();
    let store = Sqlite::open(&place.path().join("vouchsafe-data/record.sqlite3")).unwrap();
    lists_follow_what_stands(&store, &template);
    of_two_at_once_one_is_kept(&store, &template);
}

#[test]
fn a_comparison_is_kept_and_shown_on_postgresql() {
    let address = cluster::database("compared");
    let place = Place::new();
    files(&place);
    place.file("city.toml", format!("[store]\npostgres = \"{address}\"\n"));
    recorded(&place, "2026-06-15", &["--config", "city.toml"]);
    let open = || Box::new(Postgres::open(&address).unwrap()) as Box<dyn Store>;
    kept_and_shown(&place, &["--config", "city.toml"], &open);
    let template = compared(&open, "DOC")[0].clone();
    let store = Postgres::open(&address).unwrap();
    lists_follow_what_stands(&store, &template);
    of_two_at_once_one_is_kept(&store, &template);
}

#[test]
fn what_is_of_other_days_is_said_and_stands_in_no_comparison() {
    let place = Place::new();
    files(&place);
    recorded(&place, "2026-06-15", &[]);
    let run = reconcile(&place, &["--record", "--by", "A. Privacy", "--days", "2026-06-16..2026-06-30"]);
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(run.out.contains("2 of these contacts are not from 2026-06-16 to 2026-06-30"), "{}", run.out);
    assert!(run.out.contains("Recorded: the logs of DOC from 2026-06-16 to 2026-06-30 were compared"), "{}", run.out);
    let open = || sqlite(&place);
    let counts = |agency| compared(&open, agency).iter().map(|one| (one.contacts(), one.unrecorded)).next().unwrap();
    assert_eq!((counts("DOC"), counts("NYPD")), ((1, 1), (1, 1)));
    // A contact of nobody's agency may be any one's.
    place.file("june.mbox", "From a@ice.dhs.gov Mon Jun 15 14:05:00 2026\nFrom: a@ice.dhs.gov\nTo: x@elsewhere.example.com\nDate: Mon, 15 Jun 2026 14:05:00 -0400\n\n");
    assert_eq!(told(&record_june(&place, &[])), [(json!("DOC"), json!(false)), (json!("NYPD"), json!(false))]);
    for agency in ["DOC", "NYPD"] {
        assert_eq!(compared(&open, agency)[1].nobodys, 1, "{agency}");
    }
}

#[test]
fn what_cannot_be_said_is_refused_and_nothing_is_recorded() {
    let place = Place::new();
    files(&place);
    recorded(&place, "2026-06-15", &[]);
    let before = sqlite(&place).count().unwrap();
    for (more, says) in [
        (&["--record"][..], "--by"),
        (&["--record", "--by", "A"], "--days"),
        (&["--by", "A", "--days", JUNE], "--record"),
        (&["--record", "--by", " ", "--days", JUNE], "--by must have one to"),
        (&["--record", "--by", "A", "--days", "2026-06-30..2026-06-01"], "`2026-06-01` is before `2026-06-30`"),
        (&["--record", "--by", "A", "--days", "2026-06-01"], "`2026-06-01` is no stretch of days"),
        (&["--record", "--by", "A", "--days", "2026-06-01..9999-12-31"], "ends on a day that is not over"),
    ] {
        let run = reconcile(&place, more);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{more:?}: {}", run.err);
        assert!(run.err.contains(says), "{more:?}: `{says}` is not in {}", run.err);
    }
    let plain = reconcile(&place, &["--json"]).json();
    assert_eq!(
        (&plain["compared"], sqlite(&place).count().unwrap()),
        (&Value::Null, before),
        "without --record nothing changes"
    );
}
