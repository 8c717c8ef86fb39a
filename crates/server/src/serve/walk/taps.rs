//! Test: how many taps a desk needs to its answer, in the commonest cases, on the law that ships.
//!
//! The desk of these tests knows what a decided case of the pack says, and nothing else. It taps the situation and answers what
//! the page asks from the case; what the case does not say it cannot know. Each press of a button and each tick is a tap.

use std::collections::BTreeSet;

use ::guide::asked::Asked;
use jiff::civil::date;
use law::{Outcome, Question, Value, pack::CaseBody};
use record::{Decided, Entry};

use super::*;
use crate::serve::asked;

/// What the desk meets, at which agency, in whose words, and the decided cases that say how it is; one for each act.
const MET: [(&str, &str, &str, &[&str]); 33] = [
    ("a detainer with a form I-200", "DOC", "detainer", &["A01/hold", "A01/notify"]),
    ("a detainer with a form I-205 and an immigration judge’s order", "DOC", "detainer", &["A02/hold", "A02/notify"]),
    ("a detainer with a form I-200, and a conviction", "DOC", "detainer", &["A04/hold", "A04/notify"]),
    (
        "a detainer with a form I-200, and a possible match in the terrorist screening database",
        "DOC",
        "detainer",
        &["A09/hold", "A09/notify"],
    ),
    ("a detainer with a judge’s warrant, and a conviction", "DOC", "detainer", &["A05/hold", "A05/notify"]),
    ("a detainer with a form I-200, an old conviction and a re-entry", "NYPD", "detainer", &["D01"]),
    ("a detainer with a form I-200, and an old conviction", "NYPD", "detainer", &["D02"]),
    ("an e-mail that asks for a release date; nothing found", "DOC", "release-date", &["C01"]),
    ("an e-mail that asks for a release date; a conviction", "DOC", "release-date", &["C02"]),
    ("an e-mail that asks for a release date", "NYPD", "release-date", &["D17"]),
    ("a request for a probationer’s next appointment", "DOP", "release-date", &["E01"]),
    ("agents at the door with a form I-200", "DSS", "door", &["F01"]),
    ("agents at the door with a judge’s search warrant", "DSS", "door", &["F02"]),
    ("agents at the door with a judge’s arrest warrant, where others live", "DSS", "door", &["F04"]),
    ("agents at the door with an administrative subpoena", "DSS", "door", &["F05"]),
    ("agents at a contractor’s shelter with a form I-200", "CONTRACTOR", "door", &["F11"]),
    ("agents at a school’s door with a form I-200", "DOE", "door", &["F17/pupil"]),
    ("agents who want to wait in a corridor", "DOP", "door", &["E04/access"]),
    ("officers in pursuit of an armed person", "DCAS", "door", &["F06"]),
    ("a request for a screenshot, “a gang case”", "DOC", "screenshot", &["C06"]),
    ("“just confirm custody”, by telephone", "DOC", "screenshot", &["C07"]),
    ("a request for a client’s address", "DSS", "screenshot", &["G01"]),
    ("a request for alerts on names", "NYPD", "alert", &["D09"]),
    ("a request for an alert, no statute named", "NYPD", "alert", &["G23"]),
    ("a lot as a staging area", "DOT", "staging", &["F14"]),
    ("a precinct’s lot for a briefing", "NYPD", "staging", &["D14/lot"]),
    ("a lot, with “a warrant” for one address", "DOT", "staging", &["F15"]),
    ("a city hall for a briefing, at market price", "DCAS", "staging", &["G20"]),
    ("plate-reader data for a civil case", "NYPD", "cameras", &["D15/data"]),
    ("a student’s file", "DOE", "student", &["F17/file"]),
    ("an administrative subpoena for a list of residents", "DSS", "subpoena", &["F05/papers"]),
    ("a grand jury’s subpoena in a drug case", "DOC", "subpoena", &["C08/through-counsel"]),
    ("a court’s order for records in a fraud case", "DSS", "subpoena", &["G04"]),
];

/// What a desk knows of a case.
struct Known {
    question: Question,
    facts: law::Facts,
    outcome: Outcome,
}

fn known(desk: &Desk, id: &str) -> Known {
    let case = desk.pack.cases().iter().find(|case| case.id == id).unwrap_or_else(|| panic!("no case {id}"));
    let CaseBody::Decide { question, facts, expect, .. } = &case.body else { panic!("{id} is no question") };
    Known { question: question.clone(), facts: facts.clone(), outcome: expect.whole.unwrap() }
}

/// The value of an attribute in the text of an element.
fn attribute(element: &str, name: &str) -> Option<String> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The elements of one name in a page, as the text between `<` and `>`.
fn elements<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    page.split(&format!("<{name} "))
        .skip(1)
        .map(|rest| rest.split_once('>').map_or(rest, |(element, _)| element))
        .collect()
}

/// What a desk does on a page that asks: the fields that it sends, in how many taps.
fn tapped(page: &str, known: &[Known]) -> (Vec<(String, String)>, usize) {
    let form = page.split("<form ").find(|form| form.contains("action=\"/gate\"")).unwrap();
    let mut taps = 1;
    let mut fields = Vec::new();
    for input in elements(form, "input") {
        // As `name=` stands first in some and later in others, each is looked for with a space before it.
        let input = format!(" {input}");
        let (name, value) = (attribute(&input, "name").unwrap(), attribute(&input, "value").unwrap_or_default());
        match attribute(&input, "type").as_deref() {
            Some("hidden") => fields.push((name, value)),
            Some("checkbox") => {
                let shown = known.iter().any(|one| one.question.document.iter().any(|paper| paper.as_str() == value));
                if input.contains(" checked") != shown {
                    taps += 1;
                }
                if shown {
                    fields.push((name, value));
                }
            }
            other => panic!("a desk cannot type into {other:?}"),
        }
    }
    let buttons: Vec<(String, String)> = elements(form, "button")
        .into_iter()
        .filter_map(|button| {
            Some((attribute(&format!(" {button}"), "name")?, attribute(&format!(" {button}"), "value")?))
        })
        .collect();
    if let Some((name, _)) = buttons.first() {
        let value = match name.as_str() {
            "requester" => known[0].question.requester.to_string(),
            "statute" => known[0].question.statute_enforced.to_string(),
            "search" => {
                let shown = ::guide::asked::SEARCH_FACTS.map(|name| known.iter().find_map(|one| one.facts.value(name)));
                let [Some(Value::Bool(conviction)), Some(Value::Bool(matched))] = shown else {
                    panic!("a search not made")
                };
                ::guide::asked::SEARCH.iter().find(|(_, it)| *it == Some((*conviction, *matched))).unwrap().0.to_owned()
            }
            fact => {
                let fact = fact.strip_prefix("fact.").unwrap();
                // Whoever says that the purpose is civil immigration enforcement says that it is immigration enforcement.
                let civil = (fact == "purpose_immigration_enforcement").then_some("purpose_civil_immigration");
                let value = [Some(fact), civil]
                    .into_iter()
                    .flatten()
                    .find_map(|fact| known.iter().find_map(|one| one.facts.value(fact)));
                value.map_or("unknown".to_owned(), |value| match value {
                    Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
                    other => other.to_string(),
                })
            }
        };
        let pressed = (name.clone(), value);
        assert!(buttons.contains(&pressed), "no such button: {pressed:?}");
        fields.push(pressed);
    }
    (fields, taps)
}

/// The taps to the answer, what was asked on the way, the answer of each act, and what the last page was asked.
type Walk = (usize, Vec<String>, Vec<String>, Vec<(String, String)>);

async fn walked(world: &World, agency: &str, situation: &str, known: &[Known]) -> Walk {
    let account = || Account::development("A. Someone", &AgencyId::new(agency), Role::Desk);
    let (mut fields, mut taps, mut questions) = (vec![("start".to_owned(), situation.to_owned())], 1, Vec::new());
    loop {
        // Names and values are words of the pack: nothing in them wants escaping.
        let form = fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let (status, page) = world.ask(Some(account()), "POST", "/gate", &form).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        if page.contains("class=\"outcome ") {
            let outcomes =
                page.split("class=\"outcome ").skip(1).map(|rest| rest.split_once('"').unwrap().0.to_owned());
            return (taps, questions, outcomes.collect(), fields);
        }
        let (sent, more) = tapped(&page, known);
        let asked = &sent.last().unwrap().0;
        questions.push(format!("{} {more}", asked.strip_prefix("fact.").unwrap_or(asked)));
        (fields, taps) = (sent, taps + more);
        assert!(taps < 20, "no end: {questions:?}");
    }
}

/// Whether what the desk is told is what the decided case says, or rightly stricter, or that counsel reads a court's paper first
/// where the case needs counsel; never more lenient.
fn fits(told: &str, decided: &Known) -> bool {
    let to_counsel = told == "not_yet_known" && ::guide::of_a_court(&decided.question.document);
    let by_counsel = matches!(decided.outcome, Outcome::Escalate | Outcome::Permitted);
    let told = Outcome::ALL.into_iter().find(|outcome| outcome.word() == told).unwrap();
    told == decided.outcome
        || (to_counsel && by_counsel)
        || (told == Outcome::Barred && decided.outcome == Outcome::Escalate)
}

fn world() -> World {
    World::on(law::Pack::load(&crate::pack::built_in()).unwrap())
}

#[tokio::test]
async fn the_commonest_cases_are_answered_in_at_most_five_taps() {
    let world = world();
    let mut table = INTRODUCTION.to_owned();
    for (what, agency, situation, cases) in MET {
        let known: Vec<Known> = cases.iter().map(|id| known(&world.desk, id)).collect();
        let (taps, questions, told, _) = walked(&world, agency, situation, &known).await;
        assert!(taps <= 5, "{what}: {taps} taps: {questions:?}");
        for (told, decided) in told.iter().zip(&known) {
            assert!(fits(told, decided), "{what}: told {told}, decided {}", decided.outcome);
        }
        let decided: Vec<&str> = known.iter().map(|one| one.outcome.word()).collect();
        let (questions, told, decided) = (questions.join(", "), told.join(", "), decided.join(", "));
        let cases = cases.join(", ");
        table += &format!("| {what} | {agency} | {taps} | {situation}, {questions} | {told} | {cases}: {decided} |\n");
    }
    expect_test::expect_file!["../../../../../docs/taps.md"].assert_eq(&table);
}

const INTRODUCTION: &str = "# Taps to an answer

Made by the test `the_commonest_cases_are_answered_in_at_most_five_taps` (`crates/server/src/serve/walk/taps.rs`), which fails when this table is no longer so. The desk of the test knows what a
decided case of the pack says (`packs/nyc`, the ids of the research's vectors) and nothing else. It taps the situation on `/gate` and answers what the page asks. Each press of a button and each tick
of a paper is a tap; beside each question stands how many it took. Two answers are those of two acts: hold, and tell of the release.

`not_yet_known` where a court's paper is shown reads “Stop. Counsel reads the paper first”: what such a paper allows is for counsel, and no desk is asked to find out first. `barred` where the case says
`escalate`: the desk asks the stricter of two questions that both fit (a release date also locates a person).

| What the desk meets | Agency | Taps | What it taps | It is told | The pack's decided case |
|---|---|---|---|---|---|
";

/// The answers as they are recorded on one day, who asks known, of a request and by a clerk that never were.
async fn recorded(world: &World, met: (&str, &str, &str, &[&str])) -> Vec<Vec<u8>> {
    let (_, agency, situation, cases) = met;
    let known: Vec<Known> = cases.iter().map(|id| known(&world.desk, id)).collect();
    let (.., fields) = walked(world, agency, situation, &known).await;
    let mut asked = Asked::parse(&fields, world.desk.pack.vocabulary()).unwrap();
    asked.agency = Some(AgencyId::new(agency));
    asked.requester = Some(known[0].question.requester.clone());
    let answers = world.desk.answers(&asked, date(2026, 11, 28));
    let entry = |(question, facts, decision)| Entry {
        id: EntryId::from_bytes([0; 16]),
        at: Timestamp::UNIX_EPOCH,
        by: Account::development("A. Someone", &AgencyId::new(agency), Role::Desk).actor(),
        source: Source::Desk,
        body: Body::Decided(Box::new(Decided { request: RequestId::from_bytes([0; 16]), question, facts, decision })),
    };
    answers.into_iter().map(entry).map(|entry| record::canonical(&entry).unwrap()).collect()
}

/// The dictionary that bodies are packed with is made of the first of each situation; the others are to gain by it as well. Where the law has
/// changed so much that they do not, it is time for another one beside it: `VOUCHSAFE_NEW_DICTIONARY=<file>` writes it.
#[tokio::test]
async fn what_a_desk_meets_packs_to_less_than_half() {
    let world = world();
    let (mut seen, mut firsts) = (BTreeSet::new(), Vec::new());
    let (mut with, mut without) = (0, 0);
    for met in MET {
        let recorded = recorded(&world, met).await;
        if seen.insert(met.2) {
            firsts.push(recorded);
            continue;
        }
        for plain in recorded {
            with += crate::store::dictionary::pack(&plain).unwrap().len();
            without += zstd::bulk::compress(&plain, 1).unwrap().len();
        }
    }
    // What is asked most stands last: nearest to what is packed.
    let lines: Vec<u8> = firsts.into_iter().rev().flatten().flat_map(|line| [line, b"\n".to_vec()]).flatten().collect();
    if let Ok(path) = std::env::var("VOUCHSAFE_NEW_DICTIONARY") {
        return std::fs::write(path, lines).unwrap();
    }
    // While the law is that of which it was made, it is just this, and so nothing else.
    let (_, first) = crate::store::dictionary::FIRST;
    if String::from_utf8_lossy(first).contains(world.desk.pack.reference().sha256.as_str()) {
        assert!(lines == first, "the dictionary is not made of these answers");
    }
    assert!(with * 2 < without, "{with} bytes with the dictionary, {without} without");
}

/// What any agency can meet, by the facts of the case that is decided for one of them.
const MET_ANYWHERE: [(&str, &str); 9] = [
    ("door", "F01"),
    ("door", "F02"),
    ("door", "F05"),
    ("door", "F06"),
    ("release-date", "G01"),
    ("screenshot", "G01"),
    ("staging", "G20"),
    ("alert", "D09"),
    ("subpoena", "F05/papers"),
];

#[tokio::test]
async fn no_agency_needs_more_than_five_taps_for_what_any_of_them_meets() {
    let world = world();
    let today = world.desk.now().date();
    let mut walks = 0;
    for agency in world.desk.city_agencies().map(|one| one.id.clone()) {
        for (situation, case) in MET_ANYWHERE {
            // A jail's own questions have cases of their own above.
            if agency.as_str() == "DOC" && matches!(situation, "release-date" | "screenshot") {
                continue;
            }
            let Known { question, facts, .. } = known(&world.desk, case);
            let question = Question { agency: agency.clone(), ..question };
            let outcome = law::decide(&world.desk.pack, &question, &facts, today).outcome;
            let known = [Known { question, facts, outcome }];
            let (taps, questions, told, _) = walked(&world, agency.as_str(), situation, &known).await;
            assert!(taps <= 5, "{agency} {situation} {case}: {taps} taps: {questions:?}");
            assert!(fits(&told[0], &known[0]), "{agency} {situation} {case}: told {told:?}, decided {outcome}");
            walks += 1;
        }
    }
    assert!(walks > 100, "{walks}");
}

#[tokio::test]
async fn a_court_s_paper_goes_to_counsel_at_once_and_the_desk_can_go_on() {
    let world = world();
    let account = || Account::development("A. Someone", &AgencyId::new("DSS"), Role::Desk);
    let ask = async |form: &str| world.ask(Some(account()), "POST", "/gate", form).await.1;
    let door = "situation=door&agency=DSS&act=give_access&fact.city_property=yes&fact.non_public_area=yes&fact.staff_under_duress=no&fact.exigent_circumstances=no&documents=answered";
    let paper = format!("{door}&document=judicial_search_warrant");
    let page = ask(&paper).await;
    assert!(page.contains("Stop. Counsel reads the paper first.") && page.contains("class=\"outcome not_yet_known\""));
    assert!(page.contains("I see the paper. I am calling our counsel now to read it."), "{page}");
    assert!(page.contains("Go on with the questions"));
    let further = ask(&format!("{paper}&further=yes")).await;
    assert!(!further.contains("class=\"outcome "), "it asks on");
    // Of what nobody could place nothing is taken for granted; of an officer's paper, that no court's order is among them.
    for (paper, order) in [("other", law::Known::Unknown), ("unknown", law::Known::Unknown), ("i200", law::Known::No)] {
        let fields = [("documents", "answered"), ("document", paper)].map(|(name, value)| (name.into(), value.into()));
        let asked = asked::Asked::parse(&fields, world.desk.pack.vocabulary()).unwrap();
        assert_eq!(asked.known(|id| world.desk.words.say(id, &[])).known("required_by_law"), order, "{paper}");
    }
    // An officer's paper is no court's, whoever calls its signer a judge.
    for paper in ["i200", "i205", "immigration_judge_order", "none"] {
        let page = ask(&format!("{door}&document={paper}&statute=civil_ina")).await;
        assert!(
            page.contains("class=\"outcome barred\"") && !page.contains("Counsel reads the paper first"),
            "{paper}: {page}"
        );
    }
}

/// What a leaf says is what is known; a mark before it would say that it is not so.
#[tokio::test]
async fn what_is_known_is_said_as_it_is_and_then_whether_it_meets_what_is_asked() {
    let world = world();
    let account = Account::development("A. Someone", &AgencyId::new("DOC"), Role::Desk);
    let form = "situation=detainer&agency=DOC&act=hold&act=notify_release&document=i247a&document=i200&documents=answered\
        &statute=civil_ina&requester=ice_ero&fact.detainer_lodged=yes&fact.release_due=yes&fact.vs_conviction_in_window=no";
    let (_, page) = world.ask(Some(account), "POST", "/gate", form).await;
    let known = "The person&#39;s release is due now. <span class=\"quiet\"><span aria-hidden=\"true\">→ ✗ </span>(so this is not met)</span>";
    let known = known.replace("&#39;", "'");
    assert!(page.contains(&known), "{page}");
    assert!(!page.contains("</span> The person's release is due now."), "no mark stands before it: {page}");
}

#[tokio::test]
async fn the_search_is_asked_once_and_its_answer_is_both_facts() {
    let world = world();
    let account = || Account::development("A. Someone", &AgencyId::new("DOC"), Role::Desk);
    let asked_before = "situation=release-date&agency=DOC&act=disclose_custody_information&statute=civil_ina&requester=ice_ero\
        &fact.required_by_law=no&fact.about_person_in_custody=yes&fact.information_belongs_to_department=yes\
        &fact.information_known_only_officially=yes";
    let page = world.ask(Some(account()), "POST", "/gate", asked_before).await.1;
    assert!(page.contains("What did the search show?"), "{page}");
    for (word, outcome) in [("neither", "barred"), ("match", ""), ("both", ""), ("conviction", ""), ("unknown", "")] {
        let form = format!("{asked_before}&search={word}");
        let (status, page) = world.ask(Some(account()), "POST", "/gate", &form).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("<h1>What did the search show?"), "{word}: it is not asked twice");
        let told = page.split("class=\"outcome ").nth(1).and_then(|rest| rest.split_once('"')).map_or("", |it| it.0);
        assert_eq!(told, outcome, "{word}");
    }
    let (status, _) = world.ask(Some(account()), "POST", "/gate", &format!("{asked_before}&search=maybe")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}
