//! `/requests/{id}/replay`: the answers of a request, asked again of a pack: the one in force now, or one that the operator gave beside it.
//!
//! Question, facts and day are the recorded ones; only the pack is another. The recorded answer stands, whatever comes of it: a past decision
//! is never changed by a new pack. What is read is a person's record, so whoever replays it is an entry, as on the page of the request.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use law::{Decision, Pack, Text};
use maud::{Markup, html};
use record::{Body, Decided, Reading, RequestId};

use super::{
    Desk, grounds,
    page::{page, refusal, scrolled},
    requests::{found, note_opened},
    session::Account,
};

/// Under which pack.
#[derive(serde::Deserialize)]
pub struct Which {
    /// The beginning of its hash, as the form gives it.
    pack: Option<String>,
}

impl Desk {
    /// Packs beside the law in force, each proved: a bill, a corrected reading.
    #[must_use]
    pub fn with_overlays(mut self, overlays: Vec<Arc<Pack>>) -> Self {
        self.overlays = overlays;
        self
    }

    /// The pack of a name that [`named`] gave, and whether it is the law in force; none: the name is nobody's.
    fn pack_named(&self, name: Option<&str>) -> Option<(Arc<Pack>, bool)> {
        let Some(name) = name else { return Some((Arc::clone(&self.pack), true)) };
        let in_force = std::iter::once((&self.pack, true));
        let all = in_force.chain(self.overlays.iter().map(|pack| (pack, false)));
        all.into_iter().find(|(pack, _)| named(pack) == name).map(|(pack, force)| (Arc::clone(pack), force))
    }
}

/// A pack's name in an address: the beginning of its hash.
pub fn named(pack: &Pack) -> String {
    short(&pack.reference().sha256)
}

fn short(hash: &Text) -> String {
    hash.as_str().chars().take(16).collect()
}

/// What a pack is called, and whether it is law.
pub fn title_of(desk: &Desk, pack: &Pack, in_force: bool) -> String {
    let reference = pack.reference();
    let read = reference.read_until.to_string();
    let hash = named(pack);
    let told =
        [("pack", reference.id.as_str()), ("version", reference.version.as_str()), ("hash", &hash), ("day", &read)];
    desk.words.say(if in_force { "replay-in-force" } else { "replay-overlay" }, &told)
}

/// On the page of a request: under which pack its answers are asked again.
pub fn form(desk: &Desk, request: RequestId) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        h2 { (say("replay-title")) }
        p { (say("replay-why")) }
        form method="get" action=(format!("/requests/{request}/replay")) {
            label for="pack" { (say("replay-pack")) }
            select id="pack" name="pack" {
                option value=(named(&desk.pack)) { (title_of(desk, &desk.pack, true)) }
                @for pack in &desk.overlays { option value=(named(pack)) { (title_of(desk, pack, false)) } }
            }
            p { button type="submit" { (say("replay-go")) } }
        }
    }
}

/// `GET /requests/{id}/replay`: each answer beside the one that the pack gives.
pub async fn replay(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Response {
    let (request, entries) = match found(&desk, &account, &id).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let Some((pack, in_force)) = desk.pack_named(which.pack.as_deref()) else {
        let sentence = desk.words.say("replay-no-pack", &[]);
        return refusal(&desk, Some(&account), StatusCode::NOT_FOUND, &sentence);
    };
    if let Err(failed) = note_opened(&desk, &account, Reading::of(request.id)).await {
        return *failed;
    }
    let decided: Vec<Decided> = entries
        .iter()
        .filter_map(|stored| match &stored.entry()?.body {
            Body::Decided(decided) => Some((**decided).clone()),
            _ => None,
        })
        .collect();
    let asked = Arc::clone(&pack);
    let again = desk
        .blocking(move |_| {
            let again = |one: Decided| {
                let decision = law::decide(&asked, &one.question, &one.facts, one.decision.on);
                (one, decision)
            };
            Ok(decided.into_iter().map(again).collect::<Vec<_>>())
        })
        .await;
    let again = match again {
        Ok(again) => again,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("replay-title");
    let body = html! {
        p { a href=(format!("/requests/{}", request.id)) { (say("replay-back")) } }
        h1 { (title) }
        p { strong { (title_of(&desk, &pack, in_force)) } }
        @if !in_force { p.banner role="note" { (say("replay-not-law")) } }
        p { (say("replay-stands")) }
        @if again.is_empty() { p { (say("replay-none")) } }
        @for (one, decision) in &again { (beside(&desk, one, decision)) }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// The recorded answer beside the other one, and what differs.
fn beside(desk: &Desk, recorded: &Decided, again: &Decision) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let was = &recorded.decision;
    let differs = differences(desk, was, again);
    let day = was.on.to_string();
    let about = [("act", desk.act_title(&recorded.question.act)), ("day", day.as_str())];
    let caption = desk.words.say("replay-caption", &about);
    let cell = |decision: &Decision| {
        html! {
            strong { (say(&format!("outcome-{}", decision.outcome.word()))) }
            @if let Some(fault) = &decision.fault { p { (fault) } }
        }
    };
    html! {
        h2 { (desk.act_title(&recorded.question.act)) }
        p { strong { (say(if differs.is_empty() { "replay-same" } else if was.outcome == again.outcome { "replay-other-reasons" } else { "replay-changed" })) } }
        (scrolled(&caption, &html! {
            table {
                caption { (caption) }
                thead { tr { td { } th scope="col" { (say("replay-recorded")) } th scope="col" { (say("replay-again")) } } }
                tbody {
                    tr { th scope="row" { (say("replay-answer")) } td { (cell(was)) } td { (cell(again)) } }
                    @for (what, was, is) in &differs {
                        tr { th scope="row" { (what) } td { (was) } td { (is) } }
                    }
                    tr {
                        th scope="row" { (say("replay-by")) }
                        td { (was.pack.id) " " (was.pack.version) " " code { (short(&was.pack.sha256)) } }
                        td { (again.pack.id) " " (again.pack.version) " " code { (short(&again.pack.sha256)) } }
                    }
                }
            }
        }))
        (grounds::known(desk, &recorded.question, &recorded.facts))
        details {
            summary { (desk.words.say("replay-why-again", &[("act", desk.act_title(&recorded.question.act))])) }
            @for provision in again.provisions.iter() {
                h3 { (provision.citation) }
                p { (provision.plain) }
                (grounds::tree(desk, &provision.why))
            }
        }
    }
}

/// Layers and provisions that answer otherwise: what, the recorded answer, the other one.
fn differences(desk: &Desk, was: &Decision, is: &Decision) -> Vec<(String, String, String)> {
    let say = |id: &str| desk.words.say(id, &[]);
    let word = |outcome: Option<law::Outcome>| {
        outcome.map_or_else(|| say("replay-not-there"), |outcome| say(&format!("outcome-{}", outcome.word())))
    };
    let mut found = Vec::new();
    if was.outcome != is.outcome {
        found.push((say("replay-whole"), word(Some(was.outcome)), word(Some(is.outcome))));
    }
    for layer in law::Layer::ALL {
        let (was, is) = (was.layers.get(&layer).copied(), is.layers.get(&layer).copied());
        if was != is {
            found.push((say(&format!("layer-{}", layer.word())), word(was), word(is)));
        }
    }
    let results = |decision: &Decision| -> BTreeMap<String, (Text, law::Outcome)> {
        let one = |it: &law::decision::ProvisionResult| (it.id.to_string(), (it.citation.clone(), it.result));
        decision.provisions.iter().map(one).collect()
    };
    let (was, is) = (results(was), results(is));
    let mut ids: Vec<&String> = was.keys().chain(is.keys()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let (one, two) = (was.get(id), is.get(id));
        if one.map(|it| it.1) != two.map(|it| it.1) {
            let citation = one.or(two).map_or_else(|| id.clone(), |it| it.0.to_string());
            found.push((citation, word(one.map(|it| it.1)), word(two.map(|it| it.1))));
        }
    }
    found
}
