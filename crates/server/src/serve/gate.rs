//! `/gate`: one question at a time, most decisive first, then one page: say this, do this, call this person.
//!
//! What is asked next is `guide`'s; this file only draws it. Works without script; nothing is kept until somebody records it.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use guide::{
    Next, SITUATIONS, Situation,
    asked::{PAPER_AND_NONE, SEARCH},
    counsel_reads_first, next, of_a_court, order,
};
use jiff::civil::DateTime;
use law::{
    Decision, Facts, Outcome, Question,
    vocabulary::{FactSpec, FactType},
};
use maud::{Markup, html};

use crate::{
    access::{Action, Resource},
    door,
    words::Words,
};

use super::{
    Desk, answered,
    asked::{Asked, hidden},
    forms::{Fault, Fields},
    grounds, intake,
    page::{page, refusal, scrolled},
    papers, qr,
    session::Account,
    sites,
};

/// `GET /gate`: what is happening?
pub async fn situations(State(desk): State<Arc<Desk>>, account: Account) -> Response {
    if let Err(refused) = desk.must(&account, Action::Ask, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("gate-title");
    let vocabulary = desk.pack.vocabulary();
    let body = html! {
        h1 { (title) }
        p { (say("gate-emergency")) }
        form method="post" action="/gate" {
            ul.choices {
                @for situation in SITUATIONS {
                    @if !situation.fields(account.agency.as_str(), vocabulary).is_empty() {
                        li {
                            button type="submit" name="start" value=(situation.id) {
                                (say(&format!("situation-{}", situation.id)))
                                small { (say(&format!("situation-{}-hint", situation.id))) }
                            }
                        }
                    }
                }
            }
        }
        @if desk.guide().is_some() { p { a href=(super::guide::PATH) { (say("guide-gate-link")) } } }
        details {
            summary { (say("gate-other")) }
            form method="post" action="/gate" {
                input type="hidden" name="agency" value=(account.agency);
                label for="act" { (say("gate-other-act")) }
                select id="act" name="act" {
                    @for act in vocabulary.acts.values() { option value=(act.id) { (act.question) } }
                }
                p { button.main type="submit" { (say("gate-continue")) } }
            }
        }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// `POST /gate`: the next question, or the answer.
pub async fn ask(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(mut fields): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refused) = desk.must(&account, Action::Ask, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let vocabulary = desk.pack.vocabulary();
    if let Some(at) = fields.iter().position(|(name, _)| name == "start") {
        let (_, id) = fields.swap_remove(at);
        fields = Situation::find(&id).map(|one| one.fields(account.agency.as_str(), vocabulary)).unwrap_or_default();
    }
    let answer_now = fields.iter().any(|(name, _)| name == "answer");
    let back = fields.iter().any(|(name, _)| name == "back");
    fields.retain(|(name, _)| !matches!(name.as_str(), "answer" | "back"));
    let (read, fault) = match Asked::parse(&fields, vocabulary) {
        Err(unread) if unread.id == PAPER_AND_NONE => {
            // The papers are asked again, with all else that was answered.
            fields.retain(|(name, _)| !matches!(name.as_str(), "document" | "documents"));
            (Asked::parse(&fields, vocabulary), Some(Fault::from(unread).say(&desk.words)))
        }
        read => (read, None),
    };
    let mut asked = match read {
        Ok(asked) => asked,
        Err(fault) => {
            return refusal(
                &desk,
                Some(&account),
                StatusCode::UNPROCESSABLE_ENTITY,
                &Fault::from(fault).say(&desk.words),
            );
        }
    };
    asked.agency = Some(account.agency.clone());
    if back {
        asked = answered::before(&desk, &asked, desk.now().date());
    }
    let answers = desk.answers(&asked, desk.now().date());
    if answers.is_empty() {
        let sentence = desk.words.say("gate-start-again", &[]);
        return refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &sentence);
    }
    if let Some(fault) = fault {
        let page = question(&desk, &account, &asked, &answers, (&Next::Documents, Some(&fault)));
        return (StatusCode::UNPROCESSABLE_ENTITY, page).into_response();
    }
    match if answer_now { None } else { next(vocabulary, &asked, &answers) } {
        Some(next) => question(&desk, &account, &asked, &answers, (&next, None)),
        None => answer(&desk, &account, &asked, &answers, None),
    }
}

fn question(
    desk: &Desk,
    account: &Account,
    asked: &Asked,
    answers: &[(Question, Facts, Decision)],
    (next, fault): (&Next, Option<&str>),
) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let vocabulary = desk.pack.vocabulary();
    let (title, hint, body) = match next {
        Next::Requester => {
            let body = one_of(
                "requester",
                order::requesters(vocabulary).iter().map(|one| (one.id.as_str(), one.title.as_str())),
            );
            (say("ask-requester"), say("ask-requester-hint"), body)
        }
        Next::Statute => {
            let body =
                one_of("statute", order::statutes(vocabulary).iter().map(|one| (one.id.as_str(), one.title.as_str())));
            (say("ask-statute"), say("ask-statute-hint"), body)
        }
        Next::Documents => {
            let body = html! {
                input type="hidden" name="documents" value="answered";
                fieldset {
                    legend { (say("ask-documents-legend")) }
                    @for document in order::documents(vocabulary) {
                        label.check {
                            input type="checkbox" name="document" value=(document.id)
                                checked[asked.documents.contains(&document.id)];
                            span { (document.title) br; span.quiet { (document.plain) } }
                        }
                    }
                }
                p { button.main type="submit" { (say("gate-continue")) } }
            };
            (say("ask-documents"), say("ask-documents-hint"), body)
        }
        Next::Search => {
            let choices: Vec<_> = SEARCH.iter().map(|(word, _)| (*word, say(&format!("gate-search-{word}")))).collect();
            let body = one_of("search", choices.iter().map(|(word, title)| (*word, title.as_str())));
            (say("ask-search"), say("ask-search-hint"), body)
        }
        Next::Fact(name) => match vocabulary.facts.get(name) {
            Some(spec) => {
                let choices = fact_choices(desk, spec);
                // Which areas are public stands in the city's own list.
                let body = match name.as_str() {
                    "non_public_area" => html! { (choices) (sites::areas(desk, account)) },
                    _ => choices,
                };
                (spec.question.clone(), desk.words.say("ask-of", &[("who", &spec.ask_of)]), body)
            }
            None => return refusal(desk, Some(account), StatusCode::INTERNAL_SERVER_ERROR, &say("gate-start-again")),
        },
    };
    let mut so_far = asked.clone();
    if matches!(next, Next::Documents) {
        so_far.documents.clear();
    }
    let body = html! {
        h1 { (title) }
        @if let Some(fault) = fault { p.error role="alert" { (fault) } }
        p.quiet { (hint) }
        (standing(desk, answers))
        @if about_papers(vocabulary, next) {
            (papers::how_to_tell(desk, asked.acts.iter().any(|act| act.as_str() == "answer_subpoena")))
        }
        form method="post" action="/gate" {
            (hidden(&so_far))
            (body)
        }
        (answered::way_back(desk, asked))
        form method="post" action="/gate" {
            (hidden(asked))
            p { button type="submit" name="answer" value="now" { (say("gate-answer-now")) small { (say("gate-answer-now-hint")) } } }
        }
    };
    page(desk, Some(account), &title, &body).into_response()
}

/// Whether the question is about what stands on a paper.
fn about_papers(vocabulary: &law::Vocabulary, next: &Next) -> bool {
    match next {
        Next::Documents => true,
        Next::Fact(name) => vocabulary.facts.get(name).is_some_and(|spec| spec.ask_of == "the paper shown"),
        Next::Requester | Next::Statute | Next::Search => false,
    }
}

/// What can already be said, while questions are open: it moves with every answer, and never says more than "not yet".
fn standing(desk: &Desk, answers: &[(Question, Facts, Decision)]) -> Markup {
    html! {
        ul.standing aria-label=(desk.words.say("gate-so-far", &[])) {
            @for (question, _, decision) in answers {
                li { (desk.act_question(&question.act)) " " strong { (headline(desk, question, decision)) } }
            }
        }
    }
}

/// The outcome in words; where a court's paper is shown and facts are missing, that counsel reads it first.
fn headline(desk: &Desk, question: &Question, decision: &Decision) -> String {
    desk.words.say(&format!("outcome-{}", worded_outcome(question, decision)), &[])
}

/// Which words an outcome has (`outcome-WORD`, `outcome-WORD-means`).
fn worded_outcome(question: &Question, decision: &Decision) -> &'static str {
    match decision.outcome {
        Outcome::NotYetKnown if of_a_court(&question.document) => "court-paper",
        outcome => outcome.word(),
    }
}

fn one_of<'a>(field: &str, choices: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    html! {
        ul.choices {
            @for (value, title) in choices { li { button type="submit" name=(field) value=(value) { (title) } } }
        }
    }
}

fn fact_choices(desk: &Desk, spec: &FactSpec) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let field = format!("fact.{}", spec.name);
    html! {
        @match spec.kind {
            FactType::Bool => {
                div.row {
                    button type="submit" name=(field) value="yes" { (say("answer-yes")) }
                    button type="submit" name=(field) value="no" { (say("answer-no")) }
                    button type="submit" name=(field) value="unknown" { (say("answer-unknown")) }
                }
            }
            FactType::Enum => {
                ul.choices {
                    @for value in &spec.values {
                        li {
                            button type="submit" name=(field) value=(value) { (spec.says.get(value).unwrap_or(value)) }
                        }
                    }
                    li { button type="submit" name=(field) value="unknown" { (say("answer-unknown")) } }
                }
            }
            FactType::Number | FactType::Date | FactType::Datetime | FactType::Convictions => {
                label for="number" { (spec.unit.as_deref().unwrap_or_default()) }
                input id="number" type="number" min="0" step="1" name=(field) required inputmode="numeric";
                p { button.main type="submit" { (say("gate-continue")) } }
            }
        }
    }
}

/// The answer, with the form that records it; `refused` is that form as it was sent, and why it was not taken.
pub fn answer(
    desk: &Desk,
    account: &Account,
    asked: &Asked,
    answers: &[(Question, Facts, Decision)],
    refused: Option<(&Fields, &Fault)>,
) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("answer-title");
    let family = asked.situation.as_deref().and_then(Situation::find).map_or("operation", |one| one.family);
    let body = html! {
        h1 { (title) }
        @if let Some((_, fault)) = refused {
            p.error role="alert" { (fault.say(&desk.words)) " " a href="#record" { (say("record-go")) } }
        }
        @for (question, _, decision) in answers { (outcome(desk, question, decision)) }
        (read_until(desk, answers.iter().map(|(_, _, decision)| decision)))
        @let strictest = answers.iter().min_by_key(|(_, _, decision)| decision.outcome);
        @if let Some(strictest) = strictest { (advice(desk, account, family, strictest)) }
        @if counsel_reads_first(asked, answers) { (go_on(desk, asked)) }
        section.screen {
            (answered::list(desk, asked, desk.now().date()))
            (answered::way_back(desk, asked))
            h2 id="record" { (say("record-title")) }
            p { (say("record-why")) }
            (intake::record_form(desk, account, asked, answers, refused.map(|(typed, _)| typed)))
        }
        @if let Some(strictest) = strictest { (take_along(desk, family, strictest)) }
        div.screen {
            @for (question, _, decision) in answers { (reasons(desk, question, decision)) }
            p { a href="/gate" { (say("gate-new")) } }
        }
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

/// The way back to the questions, where counsel reads a paper first.
fn go_on(desk: &Desk, asked: &Asked) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        form method="post" action="/gate" {
            (hidden(asked))
            p { button type="submit" name="further" value="yes" { (say("gate-go-on")) small { (say("gate-go-on-hint")) } } }
        }
    }
}

/// The outcome of one act, as a banner that does not rest on colour alone.
#[must_use]
pub fn outcome(desk: &Desk, question: &Question, decision: &Decision) -> Markup {
    let words = worded_outcome(question, decision);
    html! {
        div class=(format!("outcome {}", decision.outcome.word())) {
            p { (desk.act_question(&question.act)) }
            strong { (headline(desk, question, decision)) }
            p { (desk.words.say(&format!("outcome-{words}-means"), &[])) }
            @if decision.fault.is_some() { p { (desk.words.say("outcome-fault", &[])) } }
        }
    }
}

/// That the law was read only until a day, for an answer on a later one (decisions 12).
pub fn read_until<'a>(desk: &Desk, decisions: impl Iterator<Item = &'a Decision>) -> Markup {
    let until = decisions.filter(|decision| decision.after_read_until).map(|decision| decision.pack.read_until).min();
    html! {
        @if let Some(until) = until {
            p.banner role="note" { (desk.words.say("read-until", &[("day", &until.to_string())])) }
        }
    }
}

/// Say this, do this, do not do this, call this person (decisions 7): by family of situation and outcome.
fn advice(desk: &Desk, account: &Account, family: &str, answer: &(Question, Facts, Decision)) -> Markup {
    let (question, facts, Decision { outcome, .. }) = answer;
    let pick = |part: &str| door::sentence(&desk.words, part, family, (question, facts, *outcome));
    html! {
        h2 { (desk.words.say("say-title", &[])) }
        p.say { (pick("say")) }
        h2 { (desk.words.say("do-title", &[])) }
        @for line in pick("do").lines() { p { (line) } }
        h2 { (desk.words.say("do-not-title", &[])) }
        @for line in pick("do-not").lines() { p { (line) } }
        h2 { (desk.words.say("call-title", &[])) }
        (super::call::whom(desk, account))
        @if question.act.as_str() == "give_access" { div.screen { (sites::areas(desk, account)) } }
    }
}

/// The screen on paper or as a code to take along: what to say, the answer, by which law and when. Nothing of what the desk
/// answered or typed, and nobody's name.
fn take_along(desk: &Desk, family: &str, answer: &(Question, Facts, Decision)) -> Markup {
    let (question, facts, decision) = answer;
    let text = taken_along(&desk.words, family, question, facts, decision, desk.now());
    html! {
        details.hand {
            summary { (desk.words.say("hand-title", &[])) }
            p.screen { (desk.words.say("hand-print", &[])) }
            @if let Some(code) = qr::code(&text, &desk.words.say("hand-code", &[])) { (code) }
            @for line in text.lines() { p.quiet { (line) } }
        }
    }
}

/// The text of the code.
fn taken_along(
    words: &Words,
    family: &str,
    question: &Question,
    facts: &Facts,
    decision: &Decision,
    now: DateTime,
) -> String {
    let outcome = words.say(&format!("outcome-{}", worded_outcome(question, decision)), &[]);
    let sentence = door::sentence(words, "say", family, (question, facts, decision.outcome));
    let pack = &decision.pack;
    let law = [
        ("id", pack.id.to_string()),
        ("version", pack.version.to_string()),
        ("sha256", pack.sha256.to_string()),
        ("when", now.strftime("%Y-%m-%d %H:%M").to_string()),
    ];
    let law: Vec<(&str, &str)> = law.iter().map(|(name, value)| (*name, value.as_str())).collect();
    [outcome, sentence, words.say("hand-law", &law)].join("\n")
}

/// The reasons: by layer, by provision with citation and tree, duties, filing lines, what was not read.
#[must_use]
pub fn reasons(desk: &Desk, question: &Question, decision: &Decision) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    // An answer about another act may stand on the same page.
    let layers = desk.words.say("layers-caption", &[("act", desk.act_title(&question.act))]);
    html! {
        details {
            summary { (say("why-title")) ": " (desk.act_title(&question.act)) }
            (scrolled(&layers, &html! {
                table {
                    caption { (layers) }
                    thead { tr { th scope="col" { (say("layer")) } th scope="col" { (say("result")) } } }
                    tbody {
                        @for (layer, outcome) in &decision.layers {
                            tr {
                                th scope="row" { (say(&format!("layer-{}", layer.word()))) }
                                td { (say(&format!("outcome-{}", outcome.word()))) }
                            }
                        }
                    }
                }
            }))
            @for provision in decision.provisions.iter() {
                h3 { (provision.citation) }
                p { (provision.plain) }
                p { strong { (say(&format!("outcome-{}", provision.result.word()))) }
                    @if provision.read_in_part { " · " (say("read-in-part")) } }
                (grounds::tree(desk, &provision.why))
            }
            @if !decision.unmet.is_empty() {
                h3 { (say("unmet-title")) }
                ul { @for unmet in decision.unmet.iter() { li { (unmet.plain) } } }
            }
            @if !decision.duties.is_empty() {
                h3 { (say("duties-title")) }
                ul { @for duty in decision.duties.iter() { li { (duty.what) " (" (duty.citation) ")" @if let Some(due) = &duty.due { " · " (due_words(desk, due.as_str())) }
                    @if !duty.certain { " · " (say("duty-unless")) ul { @for condition in &duty.hangs_on { li { (condition.needs) } } } } } } }
            }
            @if !decision.filing_lines.is_empty() {
                h3 { (say("lines-title")) }
                ul { @for line in decision.filing_lines.iter() { li { (line.line) } } }
            }
            @if !decision.derived.is_empty() {
                h3 { (say("derived-title")) }
                ul { @for derived in &decision.derived { li { @for sentence in &derived.because { (sentence) ". " } } } }
            }
            @if !decision.not_yet_read.is_empty() {
                h3 { (say("not-yet-read-title")) }
                ul { @for sentence in decision.not_yet_read.iter() { li { (sentence) } } }
            }
            p.quiet { (decision.pack.id) " " (decision.pack.version) " · " code { (decision.pack.sha256) } " · " (decision.on) }
        }
    }
}

/// When a duty is due: the pack's word in words, or its day.
fn due_words(desk: &Desk, due: &str) -> String {
    let id = format!("due-{due}");
    if desk.words.has(&id) { desk.words.say(&id, &[]) } else { desk.words.say("due-on", &[("day", due)]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(act: &str, papers: &[&str]) -> Question {
        serde_json::from_value(serde_json::json!({
            "agency": "DSS", "act": act, "requester": "ice_ero", "statute_enforced": "civil_ina", "document": papers
        }))
        .unwrap()
    }

    /// Say this, do this, do not do this, for everything that the list of situations leads to, and for "something else".
    #[test]
    fn every_situation_has_words_for_every_outcome() {
        let words = Words::new("en");
        for situation in SITUATIONS {
            let acts = situation.acts.iter().flat_map(|(_, acts)| acts.iter());
            for (act, outcome) in acts.flat_map(|act| Outcome::ALL.map(|outcome| (*act, outcome))) {
                for papers in [&["none"][..], &["i200"], &["judicial_search_warrant"]] {
                    for part in ["say", "do", "do-not"] {
                        let question = question(act, papers);
                        let text = door::sentence(&words, part, situation.family, (&question, &Facts::new(), outcome));
                        assert!(
                            text.contains(' ') && text.ends_with(['.', '”']),
                            "{} {outcome} {part}: {text}",
                            situation.id
                        );
                    }
                }
            }
        }
    }

    /// Whom to call is the fourth part: every agency of the pack has somebody.
    #[test]
    fn every_agency_has_somebody_to_call() {
        let pack = law::Pack::load(&crate::pack::built_in()).unwrap();
        for agency in pack.vocabulary().agencies.values() {
            let note = agency.note.as_deref().unwrap_or_default();
            assert!(note.contains("Counsel: ") && note.contains("At the desk: "), "{}: {note}", agency.id);
        }
    }

    #[test]
    fn what_is_taken_along_names_the_law_and_nobody() {
        let pack = law::Pack::load(&crate::pack::built_in()).unwrap();
        let question = question("give_access", &["i200"]);
        let mut facts = Facts::new();
        facts.insert("non_public_area", law::Value::Bool(true), "M. Clerk");
        let decision = law::decide(&pack, &question, &facts, "2026-11-27".parse().unwrap());
        let now = "2026-11-27T15:04".parse().unwrap();
        let text = taken_along(&Words::new("en"), "door", &question, &facts, &decision, now);
        let hash = pack.reference().sha256.to_string();
        assert!(text.contains(&hash) && text.contains("2026-11-27 15:04"), "{text}");
        assert!(text.starts_with("Stop. Counsel decides.") && text.contains("I am calling our counsel now"), "{text}");
        assert!(!text.contains("Clerk") && !text.contains("ice_ero") && !text.contains("DSS"), "{text}");
        assert!(qr::code(&text, "label").is_some());
    }
}
