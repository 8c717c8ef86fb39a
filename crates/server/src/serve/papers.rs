//! "Show me how to tell": drawings of papers, made for this product, that show where to look and what that says.
//!
//! Each is a schema, not a copy of a form: no seal, no mark of an agency, none of a form's sentences. Three places are numbered:
//! whose paper it is, what it is called, who signed. What a drawing says that its paper is good for ([`Drawing::holds`],
//! [`Drawing::opens`]) is asked of the pack by a test, section by section, since "judicial warrant" is wider in § 4-210 than in
//! §§ 9-131, 14-154 and 9-205. Whether a paper is what it says is for counsel to decide, and every page with a drawing says so.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use crate::access::{Action, Resource};

use super::{Desk, page::page, session::Account};

/// A drawing of a kind of paper.
#[derive(Debug)]
pub struct Drawing {
    /// Its name in Fluent ids (`paper-ID-…`).
    pub id: &'static str,
    /// The papers of the pack's vocabulary that it stands for.
    pub papers: &'static [&'static str],
    /// Who signs such a paper, in the words of the pack's fact `warrant_issuer`; nothing when it is no warrant.
    pub issuer: Option<&'static str>,
    /// Whether §§ 9-131, 14-154 and 9-205 can count it as the judicial warrant that a hold needs.
    pub holds: bool,
    /// Whether § 4-210 can count it as the judicial warrant that a non-public area needs.
    pub opens: bool,
    /// Whether it asks for records or testimony.
    pub asks_for_records: bool,
}

const fn warrant(
    id: &'static str,
    papers: &'static [&'static str],
    issuer: &'static str,
    holds: bool,
    opens: bool,
) -> Drawing {
    Drawing { id, papers, issuer: Some(issuer), holds, opens, asks_for_records: false }
}

const fn subpoena(id: &'static str, papers: &'static [&'static str]) -> Drawing {
    Drawing { id, papers, issuer: None, holds: false, opens: false, asks_for_records: true }
}

/// Every drawing, in the order in which a desk needs them.
pub const DRAWINGS: [Drawing; 8] = [
    warrant("court-arrest", &["judicial_arrest_warrant"], "federal_judge_or_magistrate", true, true),
    warrant("administrative", &["i200", "i205"], "immigration_officer", false, false),
    warrant("court-search", &["judicial_search_warrant"], "federal_judge_or_magistrate", false, true),
    warrant("state-court", &["state_court_warrant"], "state_court", false, true),
    warrant("immigration-judge", &["immigration_judge_order"], "immigration_judge", false, false),
    Drawing { id: "detainer", papers: &["i247a"], issuer: None, holds: false, opens: false, asks_for_records: false },
    subpoena("court-subpoena", &["judicial_subpoena", "grand_jury_subpoena"]),
    subpoena("agency-subpoena", &["administrative_subpoena"]),
];

/// `GET /gate/papers`: all drawings, to look at beforehand or to print.
pub async fn show(State(desk): State<Arc<Desk>>, account: Account) -> Response {
    if let Err(refused) = desk.must(&account, Action::Ask, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let title = desk.words.say("tell-title", &[]);
    let body = html! {
        h1 { (title) }
        (all(&desk, false))
        p.screen { a href="/gate" { (desk.words.say("gate-new", &[])) } }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// The drawings behind a line that opens them, without script; those of subpoenas first where records are asked for.
#[must_use]
pub fn how_to_tell(desk: &Desk, records: bool) -> Markup {
    html! {
        details.tell {
            summary { (desk.words.say("tell-summary", &[])) }
            (all(desk, records))
            p { a href="/gate/papers" { (desk.words.say("tell-print", &[])) } }
        }
    }
}

fn all(desk: &Desk, records: bool) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let mut drawings: Vec<&Drawing> = DRAWINGS.iter().collect();
    drawings.sort_by_key(|drawing| records && !drawing.asks_for_records);
    html! {
        ol.places {
            li { (say("tell-place-top")) }
            li { (say("tell-place-name")) }
            li { (say("tell-place-signed")) }
        }
        p { strong { (say("tell-counsel")) } }
        @for drawing in drawings { (card(desk, drawing)) }
    }
}

/// One paper: the drawing, and beside it in words what it shows and what such a paper is good for.
fn card(desk: &Desk, drawing: &Drawing) -> Markup {
    let say = |part: &str| desk.words.say(&format!("paper-{}-{part}", drawing.id), &[]);
    let vocabulary = desk.pack.vocabulary();
    let on_the_list: Vec<&str> =
        drawing.papers.iter().filter_map(|paper| Some(vocabulary.documents.get(*paper)?.title.as_str())).collect();
    let signed_by = drawing.issuer.and_then(|issuer| vocabulary.facts.get("warrant_issuer")?.says.get(issuer));
    let counts =
        |what: &str, yes: bool| desk.words.say(&format!("counts-{what}-{}", if yes { "yes" } else { "no" }), &[]);
    html! {
        section.paper aria-label=(say("title")) {
            h2 { (say("title")) }
            (sheet(&say("seen"), &say("top"), &say("name"), &say("signed")))
            p { (say("tell")) }
            p.quiet { (desk.words.say("tell-on-the-list", &[("papers", &on_the_list.join("; "))])) }
            @if let Some(signed_by) = signed_by { p.quiet { (signed_by) } }
            ul {
                @if drawing.asks_for_records {
                    li { (desk.words.say("counts-subpoena", &[])) }
                } @else {
                    li { (counts("hold", drawing.holds)) }
                    li { (counts("door", drawing.opens)) }
                }
            }
        }
    }
}

/// The drawing: a sheet with its three places, in the page's own colours, so that it can be seen in the dark and in print.
fn sheet(seen: &str, top: &str, name: &str, signed: &str) -> Markup {
    html! {
        svg.sheet viewBox="0 0 320 214" role="img" aria-label=(seen) {
            rect.ground x="24" y="2" width="294" height="210" rx="3" {}
            (place(1, 24))
            text.top x="171" y="30" { (top) }
            (place(2, 62))
            text.name x="171" y="69" { (name) }
            @for (y, width) in [(90, 246), (104, 258), (118, 226), (132, 252)] {
                rect.line x="48" y=(y) width=(width) height="5" {}
            }
            path.pen d="M60 176c8-22 16-22 15-6s10 6 16-8 10-6 8 6 12 4 20-10 8 14 20 6 10-8 26-4" {}
            path.rule d="M48 184h180" {}
            (place(3, 178))
            text.signed x="48" y="203" { (signed) }
        }
    }
}

/// A number at the edge of the sheet.
fn place(number: u8, y: u16) -> Markup {
    html! {
        circle.place cx="24" cy=(y) r="14" {}
        text.number x="24" y=(y + 6) { (number) }
    }
}

#[cfg(test)]
mod tests {
    use law::{Facts, Outcome, Question, Value, pack::CaseBody};

    use super::*;
    use crate::words::Words;

    fn case(pack: &law::Pack, id: &str) -> (Question, Facts) {
        let case = pack.cases().iter().find(|case| case.id == id).unwrap();
        let CaseBody::Decide { question, facts, .. } = &case.body else { panic!("{id} is no question") };
        (question.clone(), facts.clone())
    }

    /// What the provision says when everything else about the warrant is as it should be.
    fn result(pack: &law::Pack, id: &str, drawing: &Drawing, paper: &str, provision: &str) -> Outcome {
        let (mut question, mut facts) = case(pack, id);
        question.document.retain(|paper| paper.as_str().starts_with("i247"));
        question.document.push(paper.into());
        facts.insert("warrant_issuer", Value::Text(drawing.issuer.unwrap_or("nobody").to_owned()), "the paper");
        for fact in ["warrant_for_custody_of_this_person", "warrant_to_search_or_enter", "access_within_warrant_terms"]
        {
            facts.insert(fact, Value::Bool(true), "the paper");
        }
        facts.insert("other_residents_present", Value::Bool(false), "the desk");
        let decision = law::decide(pack, &question, &facts, "2026-06-16".parse().unwrap());
        decision.provisions.iter().find(|one| one.id.as_str() == provision).unwrap().result
    }

    /// The drawings say of each section what the section says.
    #[test]
    fn what_a_drawing_says_that_its_paper_is_good_for_is_what_the_pack_says() {
        let pack = law::Pack::load(&crate::pack::built_in()).unwrap();
        for drawing in &DRAWINGS {
            for paper in drawing.papers {
                let hold = result(&pack, "A05/hold", drawing, paper, "9-131(b)(1)");
                assert_eq!(hold == Outcome::Permitted, drawing.holds, "{}, {paper}: 9-131 {hold}", drawing.id);
                let door = result(&pack, "F02", drawing, paper, "4-210(b)");
                assert_eq!(door == Outcome::Permitted, drawing.opens, "{}, {paper}: 4-210 {door}", drawing.id);
            }
        }
    }

    #[test]
    fn every_drawing_has_its_words_and_every_paper_that_bears_a_signature_its_drawing() {
        let words = Words::new("en");
        for drawing in &DRAWINGS {
            for part in ["title", "seen", "top", "name", "signed", "tell"] {
                assert!(words.has(&format!("paper-{}-{part}", drawing.id)), "{} {part}", drawing.id);
            }
            // What stands in the drawing fits in it: 250 of its units, at most eight and a third a letter.
            for part in ["top", "name", "signed"] {
                let text = words.say(&format!("paper-{}-{part}", drawing.id), &[]);
                assert!(text.chars().count() <= 30, "{text}");
            }
        }
        let pack = law::Pack::load(&crate::pack::built_in()).unwrap();
        let drawn = |paper: &str| DRAWINGS.iter().any(|drawing| drawing.papers.contains(&paper));
        let plain = ["ncic_administrative_hit", "court_order", "written_request", "other", "none", "unknown"];
        for paper in pack.vocabulary().documents.keys() {
            assert_eq!(drawn(paper.as_str()), !plain.contains(&paper.as_str()), "{paper}");
        }
    }
}
