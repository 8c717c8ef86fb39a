//! How requests are found again: one table of searches, answered alike by SQLite and by PostgreSQL; what is erased is found no more,
//! and stands in no byte of the index; a list that is made anew is the one that was kept.

use std::{fs, sync::Arc};

use jiff::civil::date;
use law::{Facts, Outcome, Question};
use record::{
    Body, Channel, Claim, Correction, Decided, Deed, Done, Entry, OutsideRequest, Receiver, RequestId, Requester,
    RequesterKind, Source, Told, When,
};
use server::store::{
    ErasedBytes, Postgres, Sqlite, Store,
    search::{Before, Listed, Search, Terms, TermsError},
};

use super::{cluster, entry, erasure, fresh};

/// A store, where it lies, and what is opened again.
struct Base {
    store: Arc<dyn Store>,
    place: Place,
}

enum Place {
    Folder(tempfile::TempDir),
    Database(String),
}

impl Base {
    fn open(place: Place) -> Self {
        let store: Arc<dyn Store> = match &place {
            Place::Folder(folder) => Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap()),
            Place::Database(url) => Arc::new(Postgres::open(url).unwrap()),
        };
        Self { store, place }
    }

    /// The days and sites of what is found, in its order: what a test reads.
    fn finds(&self, search: &Search) -> Vec<String> {
        let found = self.store.search(search, 100).unwrap();
        found.iter().map(|row| format!("{} {}", row.agency, row.site.as_deref().unwrap_or("-"))).collect()
    }
}

macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            #[test]
            fn sqlite() {
                super::$test(super::Base::open(super::Place::Folder(tempfile::tempdir().unwrap())));
            }

            #[test]
            fn postgres() {
                super::$test(super::Base::open(super::Place::Database(super::cluster::database(concat!("search_", stringify!($test))))));
            }
        })*
    };
}

on_both!(
    both_databases_find_the_same,
    odd_words_find_or_are_refused_and_reach_no_query,
    a_list_goes_on_where_it_ended_whatever_is_recorded_meanwhile,
    what_is_said_later_is_found_and_no_second_row_made,
    a_request_waits_until_somebody_says_what_was_done_and_again_when_that_was_a_mistake,
    the_deeds_of_a_store_of_before_are_told_of_when_it_is_opened,
    what_is_erased_is_found_no_more,
    erased_words_stand_in_no_byte_of_the_index,
    a_list_made_anew_is_the_one_that_was_kept,
);

pub fn requested(agency: &str, site: &str, day: jiff::civil::Date) -> OutsideRequest {
    OutsideRequest {
        id: RequestId::from_bytes(fresh()),
        received: When::Day(day),
        channel: Channel::Telephone,
        requester: Requester {
            id: "ice_ero".into(),
            kind: RequesterKind::Federal,
            agency: "ICE".to_owned(),
            unit: None,
            officer: None,
        },
        receiver: Receiver { agency: agency.into(), site: Some(site.to_owned()), employee: None },
        claim: Claim::NotSaid,
        acts: vec!["hold".into()],
        information: Vec::new(),
        documents: Vec::new(),
        detainer: None,
        person: None,
        statute: "unknown".into(),
        statute_as_stated: None,
        note: None,
        supervisor: Told::Unknown,
        counsel: Told::Unknown,
    }
}

pub fn asked(request: OutsideRequest) -> Entry {
    entry(Body::Requested(Box::new(request)))
}

pub fn answered(request: RequestId, act: &str, outcome: Outcome) -> Entry {
    let decision = serde_json::json!({
        "outcome": outcome.word(), "layers": {}, "provisions": [], "unmet": [], "next_questions": [], "ways_to_yes": [],
        "duties": [], "filing_lines": [], "derived": [], "on": "2026-06-15", "not_yet_read": [], "after_read_until": false,
        "pack": { "id": "nyc", "version": "1", "sha256": "00", "read_until": "2026-08-21" }, "fault": null
    });
    let question = Question {
        agency: "DOC".into(),
        act: act.into(),
        requester: "ice_ero".into(),
        statute_enforced: "unknown".into(),
        document: Vec::new(),
    };
    let decision = serde_json::from_value(decision).unwrap();
    entry(Body::Decided(Box::new(Decided { request, question, facts: Facts::default(), decision })))
}

pub fn done(request: RequestId, basis: &str) -> Entry {
    entry(Body::Done(Box::new(Done {
        request: Some(request),
        decision: None,
        agency: "DOC".into(),
        person: None,
        deed: Deed::Refused { acts: vec!["hold".into()] },
        when: When::Day(date(2026, 6, 16)),
        decided_by: "A. Warden".into(),
        basis: Some(basis.into()),
        search: None,
    })))
}

/// Four requests of two agencies; their sites say which is which.
fn filled(base: &Base) -> Vec<Entry> {
    let mut one = requested("DOC", "Rikers", date(2026, 6, 15));
    one.note = Some("Élodie Müller, 1:24-mj-00123; release date asked".into());
    one.requester.officer = Some("Agent O'Neill".into());
    let mut two = requested("DOC", "Brooklyn House", date(2026, 6, 20));
    two.acts = vec!["disclose_custody_information".into(), "hold".into()];
    two.statute_as_stated = Some("8 USC 1373".into());
    let mut three = requested("NYPD", "Pct 34", date(2025, 12, 31));
    three.requester = Requester {
        kind: RequesterKind::State,
        id: "state_police".into(),
        agency: "مكتب الشرطة".to_owned(),
        ..three.requester
    };
    let four =
        Entry { source: "import:ice-foia".parse().unwrap(), ..asked(requested("DOC", "Imported", date(2015, 1, 1))) };
    let (first, second) = (one.id, two.id);
    let entries = vec![
        asked(one),
        answered(first, "hold", Outcome::Barred),
        asked(two),
        answered(second, "hold", Outcome::Escalate),
        answered(second, "disclose_custody_information", Outcome::Barred),
        asked(three),
        four,
    ];
    base.store.commit("test", entries.iter().cloned().map(Into::into).collect()).unwrap();
    entries
}

fn all() -> Search {
    Search { agencies: vec!["DOC".into(), "NYPD".into()], ..Search::default() }
}

fn words(typed: &str) -> Search {
    Search { terms: Terms::parse(typed).unwrap(), ..all() }
}

fn both_databases_find_the_same(base: Base) {
    filled(&base);
    let (rikers, brooklyn, pct, imported) = ("DOC Rikers", "DOC Brooklyn House", "NYPD Pct 34", "DOC Imported");
    let cases: Vec<(Search, Vec<&str>)> = vec![
        (
            Search { agencies: vec!["DOC".into(), "NYPD".into()], ..Search::default() },
            vec![brooklyn, rikers, pct, imported],
        ),
        (Search { agencies: vec!["NYPD".into()], ..all() }, vec![pct]),
        (Search { agencies: vec!["DHS".into()], ..all() }, vec![]),
        (Search { agencies: Vec::new(), ..all() }, vec![]),
        (Search { agencies: vec!["DOC' OR 1=1".into()], ..all() }, vec![]),
        (Search { site: Some("Rikers".to_owned()), ..all() }, vec![rikers]),
        (Search { site: Some("rikers".to_owned()), ..all() }, vec![]),
        (Search { from: Some(date(2026, 6, 15)), ..all() }, vec![brooklyn, rikers]),
        (Search { through: Some(date(2026, 6, 15)), ..all() }, vec![rikers, pct, imported]),
        (Search { kind: Some(RequesterKind::State), ..all() }, vec![pct]),
        (Search { source: Some("import:ice-foia".parse().unwrap()), ..all() }, vec![imported]),
        (Search { source: Some(Source::Desk), ..all() }, vec![brooklyn, rikers, pct]),
        (Search { act: Some("disclose_custody_information".into()), ..all() }, vec![brooklyn]),
        (Search { act: Some("disclose".into()), ..all() }, vec![]),
        (Search { outcome: Some(Outcome::Escalate), ..all() }, vec![brooklyn]),
        (Search { outcome: Some(Outcome::Barred), ..all() }, vec![brooklyn, rikers]),
        (Search { outcome: Some(Outcome::Permitted), ..all() }, vec![]),
        (Search { outcome: Some(Outcome::Barred), ..words("elodie") }, vec![rikers]),
        (Search { among: Some(Vec::new()), ..all() }, vec![]),
        (words("elodie MULLER"), vec![rikers]),
        (words("ÉLODIE"), vec![rikers]),
        (words("elo"), vec![rikers]),
        (words("el"), vec![]),
        (words("o'neill"), vec![rikers]),
        (words("00123"), vec![rikers]),
        (words("1:24-mj-00123"), vec![rikers]),
        (words("rikers brooklyn"), vec![]),
        (words("1373"), vec![brooklyn]),
        (words("escalate"), vec![brooklyn]),
        (words("disclose_custody"), vec![brooklyn]),
        (words("doc ice hold barred"), vec![brooklyn, rikers]),
        (words("2026-06"), vec![brooklyn, rikers]),
        (words("2026-06-20"), vec![brooklyn]),
        (words("الشرطة"), vec![pct]),
        (words("الشُّرطة"), vec![pct]),
        (words("nothing-of-the-kind"), vec![]),
    ];
    for (search, expected) in &cases {
        assert_eq!(base.finds(search), *expected, "{search:?}");
    }
    // Behind twenty newer ones that none of these words and choices is about: the index finds what the newest rows do not show.
    let newer = (0..20).map(|_| {
        let mut one = requested("DOC", "Newer", date(2026, 7, 1));
        one.acts = vec!["other".into()];
        one.requester =
            Requester { id: "x".into(), kind: RequesterKind::Unknown, agency: "X".to_owned(), ..one.requester };
        Entry { source: Source::Api, ..asked(one) }.into()
    });
    base.store.commit("test", newer.collect()).unwrap();
    let by_words = |search: &Search| {
        let Search { kind, act, outcome, source, terms, .. } = search;
        kind.is_some() || act.is_some() || outcome.is_some() || source.is_some() || *terms != Terms::default()
    };
    let site = |row: &Listed| format!("{} {}", row.agency, row.site.as_deref().unwrap_or("-"));
    for (search, expected) in cases.iter().filter(|(search, _)| by_words(search)) {
        let one: Vec<String> = base.store.search(search, 1).unwrap().iter().map(site).collect();
        assert_eq!(one, expected.iter().take(1).map(|one| (*one).to_owned()).collect::<Vec<_>>(), "{search:?}");
    }
    let found = base.store.search(&words("1373"), 10).unwrap();
    let expected = [("hold", Outcome::Escalate), ("disclose_custody_information", Outcome::Barred)];
    assert_eq!(found[0].answers, expected.map(|(act, outcome)| (act.into(), outcome)));
    let among = Some(vec![found[0].request]);
    assert_eq!(base.finds(&Search { among, ..all() }), [brooklyn]);
}

fn odd_words_find_or_are_refused_and_reach_no_query(base: Base) {
    filled(&base);
    for typed in [
        "\"",
        "'",
        "rikers\"",
        "rikers' OR 1=1 --",
        "rikers OR nypd",
        "NOT rikers",
        "NEAR(rikers doc)",
        "words:rikers",
        "rikers*",
        "^rikers",
        "{words}: rikers",
        "rikers\0",
        "\\",
        "a\\'b",
        "rikers & !doc",
        "rikers:*",
        "<-> rikers",
        "(",
        "\u{202e}rikers",
        "%",
        "_",
        "·",
        "act·hold",
        "🦀",
        "ﷺ",
        "\u{200f}",
        "日本語",
        "rik\u{0301}ers",
    ] {
        match Terms::parse(typed) {
            Ok(terms) => {
                // What it finds is what its words find; no word is an operator.
                let found = base.finds(&Search { terms, ..all() });
                assert!(found.len() <= 1, "{typed}: {found:?}");
            }
            Err(error) => assert_eq!(error, TermsError::NoWord, "{typed}"),
        }
    }
    assert_eq!(base.finds(&words("rikers\0")), ["DOC Rikers"]);
    assert_eq!(base.finds(&words("\u{202e}rik\u{0301}ers")), ["DOC Rikers"]);
    assert_eq!(base.finds(&words(&"x".repeat(10_000))), Vec::<String>::new());
    // A request whose texts hold what a database does not.
    let mut odd = requested("DOC", "Odd\0 site", date(2026, 7, 1));
    odd.note = Some(format!("\0 ' \" \\ {}", (0..100_000).map(|n| format!("w{n} ")).collect::<String>()).into());
    base.store.commit("test", vec![asked(odd).into()]).unwrap();
    assert_eq!(base.finds(&Search { from: Some(date(2026, 7, 1)), ..words("w10") }), ["DOC Odd  site"]);
    // Whoever may see every agency may name one that nobody can have: nothing is found, and nothing fails.
    assert!(base.finds(&Search { agencies: vec!["A\0B".into()], ..all() }).is_empty());
}

fn a_list_goes_on_where_it_ended_whatever_is_recorded_meanwhile(base: Base) {
    // Three days, and several requests on each.
    let on = |day: i8, site: &str| asked(requested("DOC", site, date(2026, 6, day))).into();
    base.store.commit("test", vec![on(2, "c"), on(3, "b"), on(1, "e"), on(3, "a"), on(2, "d")]).unwrap();
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = base.store.search(&Search { before, ..all() }, 2).unwrap();
        let Some(Listed { day, seq, .. }) = page.last().cloned() else { break };
        seen.extend(page.into_iter().filter_map(|row| row.site));
        before = Some(Before { day, seq });
        base.store.commit("test", vec![on(3, "new")]).unwrap();
    }
    assert_eq!(seen, ["a", "b", "d", "c", "e"]);
}

fn what_is_said_later_is_found_and_no_second_row_made(base: Base) {
    let entries = filled(&base);
    let Body::Requested(request) = &entries[0].body else { panic!("the first is a request") };
    base.store.commit("test", vec![done(request.id, "Warrant 26-MAG-77").into()]).unwrap();
    base.store.commit("test", vec![answered(request.id, "hold", Outcome::Permitted).into()]).unwrap();
    assert_eq!(base.finds(&words("elodie 26-mag-77")), ["DOC Rikers"]);
    let found = base.store.search(&words("elodie"), 10).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].answers, [("hold".into(), Outcome::Permitted)], "the newest answer");
    // Each answer that was given is found.
    for outcome in [Outcome::Barred, Outcome::Permitted] {
        assert_eq!(base.finds(&Search { outcome: Some(outcome), ..words("elodie") }), ["DOC Rikers"]);
    }
    // What is refused leaves nothing: the act is kept whole or not at all.
    let taken = Entry { id: entries[0].id, ..asked(requested("DOC", "Refused", date(2026, 6, 1))) };
    assert!(
        base.store
            .commit("test", vec![asked(requested("DOC", "Refused", date(2026, 6, 1))).into(), taken.into()])
            .is_err()
    );
    assert_eq!(base.finds(&words("refused")), Vec::<String>::new());
}

/// The sites of those of which it is said what was done, and of the others.
fn waits(base: &Base) -> (Vec<String>, Vec<String>) {
    let of = |done| base.finds(&Search { done: Some(done), ..all() });
    (of(true), of(false))
}

fn undone(base: &Base, through: jiff::civil::Date) -> Vec<(String, String, u64)> {
    let found = base.store.undone(through).unwrap();
    found.into_iter().map(|(agency, source, count)| (agency.to_string(), source.to_string(), count)).collect()
}

fn mistake(of: &Entry, request: RequestId) -> Entry {
    let said_by = "A".into();
    entry(Body::Corrected(Correction { entry: of.id, request: Some(request), reason: "typing".into(), said_by }))
}

fn a_request_waits_until_somebody_says_what_was_done_and_again_when_that_was_a_mistake(base: Base) {
    let say = |entries: Vec<Entry>| base.store.commit("test", entries.into_iter().map(Into::into).collect()).unwrap();
    let (one, two) = (requested("DOC", "one", date(2026, 6, 1)), requested("DOC", "two", date(2026, 6, 5)));
    let (first, second, again) = (one.id, two.id, two.clone());
    let imported =
        Entry { source: "import:ice-foia".parse().unwrap(), ..asked(requested("NYPD", "three", date(2026, 6, 3))) };
    say(vec![asked(one), asked(two), imported]);
    let (all_three, nobody) = (["DOC two", "NYPD three", "DOC one"].map(str::to_owned).to_vec(), Vec::<String>::new());
    assert_eq!(waits(&base), (nobody.clone(), all_three.clone()));
    let of = |agency: &str, source: &str, count| (agency.to_owned(), source.to_owned(), count);
    assert_eq!(undone(&base, date(2026, 6, 5)), [of("DOC", "desk", 2), of("NYPD", "import:ice-foia", 1)]);
    assert_eq!(undone(&base, date(2026, 6, 4)), [of("DOC", "desk", 1), of("NYPD", "import:ice-foia", 1)]);
    assert_eq!(undone(&base, date(2026, 5, 31)), []);
    // An answer is no deed, and a notice to the person tells not what became of the request.
    let notice = |mut entry: Entry| {
        let Body::Done(done) = &mut entry.body else { panic!("a deed") };
        done.deed = Deed::FollowedUp { transfer: entry.id, charge_filed: law::Known::Unknown };
        entry
    };
    say(vec![answered(first, "hold", Outcome::Barred), notice(done(first, "of the look"))]);
    assert_eq!(waits(&base), (nobody.clone(), all_three.clone()));
    let (deed, other) = (done(first, "26-MAG-77"), done(first, "26-MAG-78"));
    say(vec![deed.clone(), other.clone()]);
    let left = ["DOC two", "NYPD three"].map(str::to_owned).to_vec();
    assert_eq!(waits(&base), (vec!["DOC one".to_owned()], left.clone()));
    assert_eq!(undone(&base, date(2026, 6, 4)), [of("NYPD", "import:ice-foia", 1)]);
    // One of two was a mistake; a correction that another program of the city sends holds of none of the desk's.
    say(vec![mistake(&deed, first), Entry { source: Source::Api, ..mistake(&other, first) }]);
    assert_eq!(waits(&base).0, ["DOC one"]);
    let last = mistake(&other, first);
    say(vec![last.clone()]);
    assert_eq!(waits(&base), (nobody.clone(), all_three.clone()));
    // The correction is erased, so the deed stands; then it goes, too.
    erase(&base, &last);
    assert_eq!(waits(&base).0, ["DOC one"]);
    erase(&base, &other);
    assert_eq!(waits(&base), (nobody, all_three));
    // What was done stands where the request is taken down again.
    say(vec![done(second, "26-MAG-79"), asked(again)]);
    assert_eq!(waits(&base).0, ["DOC two", "DOC two"]);
    // Together with other choices, and page by page.
    let search = Search { done: Some(false), agencies: vec!["DOC".into()], act: Some("hold".into()), ..all() };
    assert_eq!(base.finds(&search), ["DOC one"]);
    let before = Some(Before { day: date(2026, 6, 1), seq: u64::MAX });
    assert_eq!(base.finds(&Search { before, ..search.clone() }), ["DOC one"]);
    assert_eq!(base.finds(&Search { through: Some(date(2026, 5, 31)), ..search }), Vec::<String>::new());
}

fn the_deeds_of_a_store_of_before_are_told_of_when_it_is_opened(base: Base) {
    let (one, two) = (requested("DOC", "one", date(2026, 6, 1)), requested("DOC", "two", date(2026, 6, 5)));
    let (first, second) = (one.id, two.id);
    let wrong = done(second, "26-MAG-78");
    let entries = vec![asked(one), asked(two), done(first, "26-MAG-77"), wrong.clone(), mistake(&wrong, second)];
    base.store.commit("test", entries.into_iter().map(Into::into).collect()).unwrap();
    let Base { store, place } = base;
    let kept = dump(&place);
    drop(store);
    const BEFORE: i64 = 10;
    match &place {
        Place::Folder(folder) => {
            let db = rusqlite::Connection::open(folder.path().join("record.sqlite3")).unwrap();
            db.execute_batch("DROP TABLE dictionary; DROP TABLE unrecorded; DROP INDEX listed_undone; ALTER TABLE listed DROP COLUMN deeds")
                .unwrap();
            db.pragma_update(None, "user_version", BEFORE).unwrap();
        }
        Place::Database(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            let sql = format!(
                "DROP TABLE vouchsafe.unrecorded, vouchsafe.dictionary; ALTER TABLE vouchsafe.listed DROP COLUMN deeds; \
                 UPDATE vouchsafe.schema_version SET version = {BEFORE}"
            );
            client.batch_execute(&sql).unwrap();
        }
    }
    let base = Base::open(place);
    assert_eq!(dump(&base.place), kept);
    assert_eq!(waits(&base), (vec!["DOC one".to_owned()], vec!["DOC two".to_owned()]));
    // A first fill that did not come to its end left the embedded store at that version with nothing in the list: it is begun again.
    let Base { store, place } = base;
    drop(store);
    if let Place::Folder(folder) = &place {
        let db = rusqlite::Connection::open(folder.path().join("record.sqlite3")).unwrap();
        db.execute_batch("DROP TABLE dictionary; DROP TABLE unrecorded; DELETE FROM listed; DROP INDEX listed_undone")
            .unwrap();
        db.execute_batch("ALTER TABLE listed DROP COLUMN deeds").unwrap();
        db.pragma_update(None, "user_version", BEFORE).unwrap();
    }
    let base = Base::open(place);
    assert_eq!(dump(&base.place), kept);
}

fn erase(base: &Base, entry: &Entry) {
    let leaf = base.store.find(&entry.id).unwrap().unwrap().leaf;
    base.store.erase(erasure(entry.id, leaf)).unwrap();
}

fn what_is_erased_is_found_no_more(base: Base) {
    let entries = filled(&base);
    let Body::Requested(request) = &entries[0].body else { panic!("the first is a request") };
    let deed = done(request.id, "Warrant 26-MAG-77");
    base.store.commit("test", vec![deed.clone().into()]).unwrap();
    erase(&base, &deed);
    assert_eq!(base.finds(&words("mag")), Vec::<String>::new());
    assert_eq!(base.finds(&words("elodie")), ["DOC Rikers"], "the rest is as it was");
    erase(&base, &entries[1]);
    let found = base.store.search(&words("elodie"), 10).unwrap();
    assert_eq!(found[0].answers, [], "the answer is gone");
    assert_eq!(base.finds(&Search { outcome: Some(Outcome::Barred), ..words("rikers") }), Vec::<String>::new());
    erase(&base, &entries[0]);
    assert_eq!(base.finds(&words("rikers")), Vec::<String>::new());
    assert_eq!(base.finds(&all()).len(), 3);
    // What is answered about a request that is gone makes no row.
    base.store.commit("test", vec![answered(request.id, "hold", Outcome::Barred).into()]).unwrap();
    assert_eq!(base.finds(&all()).len(), 3);
}

/// Whether the bytes stand in any file of the store's; of PostgreSQL, in any file of the index of words or of what the planner knows.
fn found(base: &Base, needle: &str) -> bool {
    let holds = |bytes: Vec<u8>| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    match &base.place {
        Place::Folder(folder) => {
            fs::read_dir(folder.path()).unwrap().any(|file| holds(fs::read(file.unwrap().path()).unwrap()))
        }
        Place::Database(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            client.batch_execute("ANALYZE; CHECKPOINT").unwrap();
            let sql = "SELECT current_setting('data_directory') || '/' || pg_relation_filepath(name::regclass) \
                       FROM unnest(ARRAY['vouchsafe.listed_terms', 'pg_statistic']) AS name";
            let files = client.query(sql, &[]).unwrap();
            files.iter().any(|row| holds(fs::read(row.get::<_, String>(0)).unwrap()))
        }
    }
}

fn erased_words_stand_in_no_byte_of_the_index(base: Base) {
    const WORD: &str = "zyxwmarigold";
    let entries = filled(&base);
    let mut request = requested("DOC", "Rikers", date(2026, 6, 15));
    request.note = Some(WORD.into());
    let (id, named) = (request.id, asked(request));
    base.store.commit("test", vec![named.clone().into()]).unwrap();
    // A later change of the row writes its words anew; others come between, so that the index has several segments.
    base.store.commit("test", vec![answered(id, "hold", Outcome::Barred).into()]).unwrap();
    for day in 1..=20 {
        base.store.commit("test", vec![asked(requested("DOC", "Other", date(2026, 5, day))).into()]).unwrap();
    }
    assert!(found(&base, WORD));
    erase(&base, &named);
    assert!(!found(&base, WORD));
    assert_eq!(base.finds(&words("elodie")).len(), 1);
    // And of a deed, whose request stays.
    let Body::Requested(request) = &entries[0].body else { panic!("the first is a request") };
    let deed = done(request.id, WORD);
    base.store.commit("test", vec![deed.clone().into()]).unwrap();
    assert!(found(&base, WORD));
    erase(&base, &deed);
    assert!(!found(&base, WORD));
}

#[test]
fn postgres_makes_its_index_anew_though_somebody_was_in_the_way_and_the_process_died() {
    const WORD: &str = "zyxwmarigold";
    let base = Base::open(Place::Database(cluster::database("search_waiting")));
    let mut request = requested("DOC", "Rikers", date(2026, 6, 15));
    request.note = Some(WORD.into());
    let named = asked(request);
    base.store.commit("test", vec![named.clone().into()]).unwrap();
    let Place::Database(url) = &base.place else { panic!("it is a database") };
    // Lets rows be deleted and no index be made.
    let mut other = postgres::Client::connect(url, postgres::NoTls).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE vouchsafe.listed IN ROW EXCLUSIVE MODE").unwrap();
    let leaf = base.store.find(&named.id).unwrap().unwrap().leaf;
    assert_eq!(base.store.erase(erasure(named.id, leaf)).unwrap().bytes, ErasedBytes::Waiting);
    // As if the process had died, and the server had vacuumed by itself: nothing is left to be freed, but the index.
    let Base { store, place } = base;
    std::mem::forget(store);
    other.batch_execute("COMMIT").unwrap();
    other.batch_execute("VACUUM").unwrap();
    let base = Base::open(place);
    assert!(!found(&base, WORD));
}

/// The list and its index as the database holds them.
fn dump(place: &Place) -> Vec<String> {
    let columns = "seq, request, agency, site, day, requester, kind, named, acts, source, answers, deeds, words";
    match place {
        Place::Folder(folder) => {
            let db = rusqlite::Connection::open(folder.path().join("record.sqlite3")).unwrap();
            // Fails where the index of words is not that of the rows.
            db.execute_batch("INSERT INTO listed_words (listed_words, rank) VALUES ('integrity-check', 1)").unwrap();
            let mut rows = db.prepare(&format!("SELECT {columns} FROM listed ORDER BY seq")).unwrap();
            let rows = rows.query_map([], |row| {
                (0..13)
                    .map(|column| row.get::<_, rusqlite::types::Value>(column).map(|value| format!("{value:?}")))
                    .collect()
            });
            rows.unwrap().map(Result::unwrap).collect()
        }
        Place::Database(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            let rows =
                client.query(&format!("SELECT ({columns}, terms)::text FROM vouchsafe.listed ORDER BY seq"), &[]);
            rows.unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

fn a_list_made_anew_is_the_one_that_was_kept(base: Base) {
    let entries = filled(&base);
    let Body::Requested(request) = &entries[0].body else { panic!("the first is a request") };
    base.store.commit("test", vec![done(request.id, "Warrant 26-MAG-77").into()]).unwrap();
    base.store.commit("test", vec![answered(request.id, "hold", Outcome::Permitted).into()]).unwrap();
    erase(&base, &entries[3]);
    let opened = entry(Body::Read(record::Reading::of(request.id)));
    base.store.commit("open a request", vec![opened.clone().into()]).unwrap();
    let many = (0..2500).map(|n| asked(requested("DOC", &format!("Site {n}"), date(2026, 4, 1))).into()).collect();
    base.store.commit("test", many).unwrap();
    let Base { store, place } = base;
    let kept = dump(&place);
    assert_eq!(kept.len(), 2504);
    drop(store);
    // As it was before there was a list: `0007_search.sql` makes it from the entries. What later migrations make goes, too.
    const BEFORE: i64 = 6;
    match &place {
        Place::Folder(folder) => {
            let db = rusqlite::Connection::open(folder.path().join("record.sqlite3")).unwrap();
            db.execute_batch("DROP TABLE listed; DROP TABLE listed_words; DROP TABLE saved_view").unwrap();
            db.execute_batch(
                "DROP TABLE hook; DROP TABLE photograph; DROP TABLE photograph_key; DROP TABLE unrecorded; DROP TABLE dictionary",
            )
            .unwrap();
            db.execute_batch("DROP INDEX entry_request; ALTER TABLE entry DROP COLUMN reading").unwrap();
            db.execute_batch("CREATE INDEX entry_request ON entry (request)").unwrap();
            db.pragma_update(None, "user_version", BEFORE).unwrap();
        }
        Place::Database(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            let made = "hook, vouchsafe.unrecorded, vouchsafe.dictionary, vouchsafe.listed, vouchsafe.words_due, vouchsafe.saved_view, vouchsafe.photograph, vouchsafe.photograph_key";
            let sql = format!("DROP TABLE vouchsafe.{made}; UPDATE vouchsafe.schema_version SET version = {BEFORE}");
            client.batch_execute(&sql).unwrap();
            let sql = "ALTER TABLE vouchsafe.entry DROP COLUMN reading; CREATE INDEX entry_request ON vouchsafe.entry (request)";
            client.batch_execute(sql).unwrap();
        }
    }
    let base = Base::open(place);
    assert_eq!(dump(&base.place), kept);
    assert_eq!(base.finds(&words("elodie 26-mag-77")), ["DOC Rikers"]);
    // Who had opened it is told from what is said of it: `0010_readings.sql`.
    let ids = |found: Vec<server::store::Stored>| found.iter().map(|stored| stored.id).collect::<Vec<_>>();
    assert_eq!(ids(base.store.readings(&request.id, u64::MAX, 9).unwrap()), [opened.id]);
    assert!(!ids(base.store.by_request(&request.id).unwrap()).contains(&opened.id));
}
