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
use guide::{Next, SITUATIONS, Situation, next};
use law::{
    Decision, Facts, Question,
    vocabulary::{FactSpec, FactType},
};
use maud::{Markup, html};

use crate::{
    access::{Action, Resource},
    door,
};

use super::{
    Desk,
    asked::{Asked, hidden},
    forms::{Fault, Fields},
    grounds, intake,
    page::{page, refusal},
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
    fields.retain(|(name, _)| name != "answer");
    let mut asked = match Asked::parse(&fields, vocabulary) {
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
    let answers = desk.answers(&asked, desk.now().date());
    if answers.is_empty() {
        let sentence = desk.words.say("gate-start-again", &[]);
        return refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &sentence);
    }
    match if answer_now { None } else { next(vocabulary, &asked, &answers) } {
        Some(next) => question(&desk, &account, &asked, &answers, &next),
        None => answer(&desk, &account, &asked, &answers, None),
    }
}

fn question(
    desk: &Desk,
    account: &Account,
    asked: &Asked,
    answers: &[(Question, Facts, Decision)],
    next: &Next,
) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let vocabulary = desk.pack.vocabulary();
    let (title, hint, body) = match next {
        Next::Requester => {
            let body =
                one_of("requester", vocabulary.requesters.values().map(|one| (one.id.as_str(), one.title.as_str())));
            (say("ask-requester"), say("ask-requester-hint"), body)
        }
        Next::Statute => {
            let body = one_of("statute", vocabulary.statutes.values().map(|one| (one.id.as_str(), one.title.as_str())));
            (say("ask-statute"), say("ask-statute-hint"), body)
        }
        Next::Documents => {
            let body = html! {
                input type="hidden" name="documents" value="answered";
                fieldset {
                    legend { (say("ask-documents-legend")) }
                    @for document in vocabulary.documents.values() {
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
        p.quiet { (hint) }
        form method="post" action="/gate" {
            (hidden(&so_far))
            (body)
        }
        form method="post" action="/gate" {
            (hidden(asked))
            p { button type="submit" name="answer" value="now" { (say("gate-answer-now")) small { (say("gate-answer-now-hint")) } } }
        }
        (standing(desk, answers))
    };
    page(desk, Some(account), &title, &body).into_response()
}

/// What can already be said, while questions are open: never more than "not yet".
fn standing(desk: &Desk, answers: &[(Question, Facts, Decision)]) -> Markup {
    html! {
        details {
            summary { (desk.words.say("gate-so-far", &[])) }
            @for (question, _, decision) in answers {
                p {
                    (desk.act_title(&question.act)) ": "
                    strong { (desk.words.say(&format!("outcome-{}", decision.outcome.word()), &[])) }
                }
            }
        }
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
        @if let Some(strictest) = answers.iter().min_by_key(|(_, _, decision)| decision.outcome) {
            (advice(desk, account, family, strictest))
        }
        h2 id="record" { (say("record-title")) }
        p { (say("record-why")) }
        (intake::record_form(desk, account, asked, answers, refused.map(|(typed, _)| typed)))
        @for (question, _, decision) in answers { (reasons(desk, question, decision)) }
        p { a href="/gate" { (say("gate-new")) } }
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

/// The outcome of one act, as a banner that does not rest on colour alone.
#[must_use]
pub fn outcome(desk: &Desk, question: &Question, decision: &Decision) -> Markup {
    let word = decision.outcome.word();
    html! {
        div class=(format!("outcome {word}")) {
            p { (desk.act_question(&question.act)) }
            strong { (desk.words.say(&format!("outcome-{word}"), &[])) }
            p { (desk.words.say(&format!("outcome-{word}-means"), &[])) }
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
        p { (pick("do")) }
        h2 { (desk.words.say("do-not-title", &[])) }
        p { (pick("do-not")) }
        h2 { (desk.words.say("call-title", &[])) }
        (super::call::whom(desk, account))
        @if question.act.as_str() == "give_access" { (sites::areas(desk, account)) }
    }
}

/// The reasons: by layer, by provision with citation and tree, duties, filing lines, what was not read.
#[must_use]
pub fn reasons(desk: &Desk, question: &Question, decision: &Decision) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        details {
            summary { (say("why-title")) ": " (desk.act_title(&question.act)) }
            div.scroll tabindex="0" role="region" aria-label=(say("layers-caption")) {
                table {
                    caption { (say("layers-caption")) }
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
            }
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
