//! Hand-overs: the papers that the form asks for, the list of them, and the look after thirty days.
//!
//! Each transfer of a person is a record of its own with the written basis and two names (nyc.md 5.5), and is looked after: was a
//! federal charge filed? It can be recorded without them, since a hand-over that happened must be told; then it shows as a possible
//! violation ([`record::finding`]). The list names nobody.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use jiff::civil::DateTime;
use law::{AgencyId, DocumentId, Known};
use maud::{Markup, html};
use record::{
    Body, Deed, Done, Entry, EntryId, HandOver, PersonKey, Private, RequestId, WrittenBasis,
    duty::{self, HandedOver, handed_over},
    same_name,
};

use super::{
    Desk, deeds,
    forms::{self, Fault, Fields, LINE_MAX_CHARS, Nonce},
    page::{page, scrolled},
    requests::{Shown, found_to, short, show},
    session::Account,
    unasked,
};
use crate::{
    access::{Action, Resource},
    store::Stored,
};

/// The most that the page lists.
const LISTED: usize = 200;

const CHARGES: [(&str, Known); 3] = [("yes", Known::Yes), ("no", Known::No), ("unknown", Known::Unknown)];

/// Which of them a list shows.
const STATES: [(&str, Show); 5] = [
    ("all", Show::All),
    ("overdue", Show::Overdue),
    ("open", Show::Open),
    ("looked", Show::Looked),
    ("incomplete", Show::Incomplete),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Overdue,
    Open,
    Looked,
    Incomplete,
}

impl Show {
    fn takes(self, one: &HandedOver, now: DateTime) -> bool {
        let look = one.look.as_ref().map(|look| look.state(now));
        match self {
            Self::All => true,
            Self::Overdue => look == Some(duty::State::Overdue),
            Self::Open => look == Some(duty::State::Open),
            Self::Looked => look == Some(duty::State::Done),
            Self::Incomplete => one.without_basis || one.by_one,
        }
    }
}

/// The fields of a hand-over, in the form of a deed; `at` is where it was unless somebody says otherwise.
pub fn fields(desk: &Desk, legend: &str, at: Option<&str>, given: &Fields) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let site = given.one("hand-over-site").or(at).unwrap_or_default();
    html! {
        fieldset.if-transferred {
            legend { (say(legend)) }
            p.quiet { (say("hand-over-why")) }
            label for="hand-over-basis" { (say("hand-over-basis")) }
            select id="hand-over-basis" name="hand-over-basis" {
                option value="" { (say("hand-over-no-basis")) }
                @for paper in guide::order::documents(desk.pack.vocabulary()) {
                    @if paper.id.as_str() != "none" {
                        option value=(paper.id) selected[given.has("hand-over-basis", paper.id.as_str())] { (paper.title) }
                    }
                }
            }
            (forms::line(desk, "hand-over-number", "hand-over-number", given))
            (forms::line(desk, "hand-over-issuer", "hand-over-issuer", given))
            label for="hand-over-dated" { (say("hand-over-dated")) }
            input id="hand-over-dated" name="hand-over-dated" type="date" value=(given.one("hand-over-dated").unwrap_or_default());
            (forms::line(desk, "hand-over-second", "hand-over-second", given))
            label for="hand-over-site" { (say("hand-over-site")) }
            input id="hand-over-site" name="hand-over-site" maxlength=(LINE_MAX_CHARS) autocomplete="off" value=(site);
        }
    }
}

/// The papers that a form names; none where it names none.
///
/// # Errors
/// When a paper's details come without the paper, the second name is the first one again, or a field is faulty.
pub fn read(desk: &Desk, typed: &Fields, decided_by: &str, now: DateTime) -> Result<Option<Box<HandOver>>, Fault> {
    let kind = match typed.one("hand-over-basis").map(DocumentId::new) {
        Some(kind) if desk.pack.vocabulary().documents.contains_key(&kind) && kind.as_str() != "none" => Some(kind),
        Some(_) => return Err(Fault::of("form-not-on-list", "hand-over-basis")),
        None => None,
    };
    let number = typed.text("hand-over-number", "hand-over-number", LINE_MAX_CHARS)?.map(Private::from);
    let issuer = typed.text("hand-over-issuer", "hand-over-issuer", LINE_MAX_CHARS)?.map(Private::from);
    let dated = typed.day("hand-over-dated", "hand-over-dated", now.date())?;
    let second = typed.text("hand-over-second", "hand-over-second", LINE_MAX_CHARS)?;
    let site = typed.text("hand-over-site", "hand-over-site", LINE_MAX_CHARS)?;
    if kind.is_none() && (number.is_some() || issuer.is_some() || dated.is_some()) {
        return Err(Fault::new("hand-over-which-paper"));
    }
    if second.as_deref().is_some_and(|second| same_name(second, decided_by)) {
        return Err(Fault::new("hand-over-same-name"));
    }
    let basis = kind.map(|kind| WrittenBasis { kind, number, issuer, dated });
    let papers = HandOver { basis, second: second.map(Private::from), site };
    let empty = papers.basis.is_none() && papers.second.is_none() && papers.site.is_none();
    Ok((!empty).then(|| Box::new(papers)))
}

/// What the page of a request says of a hand-over's papers.
pub fn said(desk: &Desk, done: &Done) -> Markup {
    let Deed::Transferred { hand_over, .. } = &done.deed else { return html! {} };
    let say = |id: &str| desk.words.say(id, &[]);
    let papers = hand_over.as_deref();
    let basis = papers.and_then(|papers| papers.basis.as_ref());
    let second = papers.and_then(|papers| papers.second.as_ref());
    html! {
        ul {
            li {
                @if let Some(basis) = basis {
                    (say("hand-over-basis")) ": "
                    (desk.pack.vocabulary().documents.get(&basis.kind).map_or(basis.kind.as_str(), |paper| &paper.title))
                    @for part in [&basis.number, &basis.issuer].into_iter().flatten() { ", " (part.reveal()) }
                    @if let Some(dated) = basis.dated { ", " (dated) }
                } @else if let Some(basis) = &done.basis {
                    (say("done-basis-short")) ": " (basis.reveal())
                } @else { (say("hand-over-without-basis")) }
            }
            li {
                @match second {
                    Some(second) => { (say("hand-over-second")) ": " (second.reveal()) }
                    None => { (say("hand-over-by-one")) }
                }
            }
            @if let Some(site) = papers.and_then(|papers| papers.site.as_ref()) { li { (say("hand-over-site")) ": " (site) } }
        }
    }
}

/// The hand-overs on the page that has this path, of a request or of a deed about none, each with its look and, for whoever may, the form
/// for one.
pub fn part(
    desk: &Desk,
    account: &Account,
    (path, title, may): (&str, &str, bool),
    present: &[&Entry],
    typed: Option<&Fields>,
) -> Markup {
    let counted = present.iter().copied().filter(|entry| desk.owed.counts(entry));
    let all = handed_over(counted, desk.owed.limits());
    let none = Fields::default();
    html! {
        @if !all.is_empty() {
            h2 { (desk.words.say(title, &[])) }
            @for one in &all {
                p { strong { (desk.words.say("hand-over-line", &[("on", &one.on.day().to_string()), ("to", to(desk, one))])) } " " (look(desk, one)) }
                @if may {
                    (form(desk, account, path, one, typed.filter(|typed| typed.has("transfer", &one.entry.to_string())).unwrap_or(&none)))
                }
            }
        }
    }
}

fn to<'a>(desk: &'a Desk, one: &'a HandedOver) -> &'a str {
    desk.requester_title(&one.to)
}

/// How it stands with the look.
fn look(desk: &Desk, one: &HandedOver) -> String {
    let Some(look) = &one.look else { return desk.words.say("look-not-asked", &[]) };
    match (look.state(desk.now()), one.charge_filed) {
        (duty::State::Done | duty::State::NoLonger, Some(known)) => {
            desk.words.say(&format!("look-{}", charge_word(known)), &[])
        }
        (duty::State::Overdue, Some(_)) => {
            desk.words.say("look-overdue-early", &[("due", &look.due.date().to_string())])
        }
        (duty::State::Overdue, None) => desk.words.say("look-overdue", &[("due", &look.due.date().to_string())]),
        (_, Some(_)) => desk.words.say("look-too-early", &[("due", &look.due.date().to_string())]),
        _ => desk.words.say("look-open", &[("due", &look.due.date().to_string())]),
    }
}

/// What somebody found who looked, in a word.
pub fn found(desk: &Desk, charge_filed: Known) -> String {
    desk.words.say(&format!("answer-{}", charge_word(charge_filed)), &[])
}

fn charge_word(charge_filed: Known) -> &'static str {
    forms::word(&CHARGES, &charge_filed).unwrap_or("unknown")
}

fn form(desk: &Desk, account: &Account, path: &str, one: &HandedOver, typed: &Fields) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let id = |name: &str| format!("{name}-{}", one.entry);
    let today = desk.now().date().to_string();
    html! {
        details open[!typed.0.is_empty()] {
            summary { (say("look-title")) }
            form method="post" action=(format!("{path}/follow-ups")) {
                (Nonce::field(desk))
                input type="hidden" name="transfer" value=(one.entry);
                fieldset {
                    legend { (say("look-charge")) }
                    @for (word, _) in CHARGES {
                        label.check {
                            input type="radio" name="charge" value=(word) required checked[typed.has("charge", word)];
                            span { (say(&format!("charge-{word}"))) }
                        }
                    }
                }
                label for=(id("source")) { (say("look-source")) }
                input id=(id("source")) name="source" required maxlength=(LINE_MAX_CHARS) autocomplete="off" value=(typed.one("source").unwrap_or_default());
                label for=(id("looked-by")) { (say("look-by")) }
                input id=(id("looked-by")) name="by" required maxlength=(LINE_MAX_CHARS) autocomplete="off" value=(typed.one("by").unwrap_or(&account.name));
                label for=(id("looked-on")) { (say("look-on")) }
                input id=(id("looked-on")) name="on" type="date" max=(today) value=(typed.one("on").unwrap_or(&today));
                p { button.main type="submit" { (say("look-button")) } }
            }
        }
    }
}

/// `POST /requests/{id}/follow-ups`: somebody looked whether a charge was filed.
pub async fn follow_up(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let (request, entries) = match found_to(&desk, &account, &id, Action::StateDeed).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let typed = Fields(fields);
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    match looked(&desk, &account, (Some(request.id), request.person), &present, &typed) {
        Ok((nonce, done)) => {
            let kept = desk.record("look after a hand-over", &account, &nonce, vec![Body::Done(Box::new(done))]).await;
            deeds::after(&desk, &account, request.id, kept)
        }
        Err(fault) => {
            let fault = fault.say(&desk.words);
            let shown = Shown { fault: Some(&fault), look: Some(&typed), ..Shown::default() };
            show(&desk, &account, &request, &entries, StatusCode::UNPROCESSABLE_ENTITY, &shown).await
        }
    }
}

/// What a form says of a look after one of these hand-overs, which are about this request or about none.
///
/// # Errors
/// The first field that cannot be taken.
pub fn looked(
    desk: &Desk,
    account: &Account,
    (request, person): (Option<RequestId>, Option<PersonKey>),
    present: &[&Entry],
    typed: &Fields,
) -> Result<(Nonce, Done), Fault> {
    let nonce = Nonce::read(typed)?;
    let now = desk.now();
    let named: Option<EntryId> = typed.one("transfer").and_then(|text| text.parse().ok());
    let all = handed_over(present.iter().copied(), desk.owed.limits());
    let one = all.iter().find(|one| Some(one.entry) == named).ok_or_else(|| Fault::new("look-no-hand-over"))?;
    let missing = || Fault::new("look-incomplete");
    let charge_filed = typed.choice("charge", "look-charge", &CHARGES)?.ok_or_else(missing)?;
    let source = typed.text("source", "look-source", LINE_MAX_CHARS)?.ok_or_else(missing)?;
    let by = typed.text("by", "look-by", LINE_MAX_CHARS)?.ok_or_else(missing)?;
    let when = forms::when(typed.day("on", "look-on", now.date())?, now);
    if when.day() < one.on.day() {
        return Err(Fault::new("look-before-hand-over").with("day", one.on.day().to_string()));
    }
    let done = Done {
        request,
        decision: None,
        agency: account.agency.clone(),
        person,
        deed: Deed::FollowedUp { transfer: one.entry, charge_filed },
        when,
        decided_by: Private::from(by),
        basis: Some(Private::from(source)),
        search: None,
    };
    Ok((nonce, done))
}

/// Which: of which agency, in which state.
#[derive(Default, serde::Deserialize)]
pub struct Which {
    agency: Option<String>,
    state: Option<String>,
    told: Option<String>,
    /// After how many of them the page begins; what is no number begins at the newest.
    after: Option<String>,
}

/// `GET /hand-overs`: an agency's, or those of all agencies that somebody sees; the newest first.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account, Query(which): Query<Which>) -> Response {
    let told = unasked::told(which.told.as_deref());
    listed(&desk, &account, StatusCode::OK, &which, &unasked::Shown { told, ..unasked::Shown::default() }).await
}

/// The same, with what is said of the form for one about no request.
pub async fn listed(
    desk: &Arc<Desk>,
    account: &Account,
    status: StatusCode,
    which: &Which,
    shown: &unasked::Shown<'_>,
) -> Response {
    let named = which.agency.as_deref().filter(|agency| !agency.is_empty()).map(AgencyId::new);
    let asked = named.clone().unwrap_or_else(|| account.agency.clone());
    if let Err(refused) = desk.must(account, Action::ListRequests, &Resource::Agency(asked.clone())) {
        return *refused;
    }
    let agencies = desk.seen_by(account);
    let across = agencies.len() > 1;
    let state = which.state.as_deref().and_then(|word| forms::pick(&STATES, word)).unwrap_or(Show::All);
    if let Err(failed) = desk.all_duties(account).await {
        return *failed;
    }
    let now = desk.now();
    let found = desk.owed.handed_over(|one| {
        let theirs = match &named {
            Some(named) => one.agency == *named,
            None if across => agencies.contains(&one.agency),
            None => one.agency == asked,
        };
        theirs && state.takes(one, now)
    });
    let site = |one: &HandedOver| Resource::Request { agency: one.agency.clone(), site: one.asked_at.clone() };
    let found: Vec<HandedOver> = match account.site {
        None => found,
        Some(_) => found.into_iter().filter(|one| desk.would(account, Action::ReadRequest, &site(one))).collect(),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let after = which.after.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0).min(found.len());
    let last = found.len().min(after.saturating_add(LISTED));
    let of = |after: usize| {
        let named = named.as_ref().map_or("", |agency| agency.as_str());
        let state = forms::word(&STATES, &state).unwrap_or("all");
        let pairs = [("agency", named), ("state", state), ("after", &after.to_string())];
        format!("/hand-overs?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    };
    let title = say("hand-overs-title");
    let body = html! {
        p { a href="/duties" { (say("duties-back")) } }
        h1 { (title) }
        (shown.said(desk))
        p { (say("hand-overs-why")) }
        (unasked::form(desk, account, unasked::Kind::HandOver, shown))
        form method="get" action="/hand-overs" {
            div.row {
                @if across {
                    div {
                        label for="agency" { (say("requests-agency")) }
                        select id="agency" name="agency" {
                            option value="" { (say("duties-all-agencies")) }
                            @for agency in &agencies {
                                option value=(agency.as_str()) selected[named.as_ref() == Some(agency)] { (desk.agency_title(agency)) }
                            }
                        }
                    }
                }
                div {
                    label for="state" { (say("hand-overs-which")) }
                    select id="state" name="state" {
                        @for (word, one) in STATES { option value=(word) selected[state == one] { (say(&format!("hand-overs-{word}"))) } }
                    }
                }
            }
            p { button type="submit" { (say("requests-show")) } }
        }
        @let counted = if state == Show::All { "hand-overs-count" } else { "hand-overs-match" };
        p role="status" { (desk.words.say(counted, &[("count", &found.len().to_string())])) }
        @if found.len() > LISTED && after < last {
            p { (desk.words.say("hand-overs-part", &[("first", &(after + 1).to_string()), ("last", &last.to_string())])) }
        }
        @if !found.is_empty() {
            (scrolled(&title, &html! {
                table {
                    caption.unseen { (title) }
                    thead { tr {
                        th scope="col" { (say("requests-id")) }
                        th scope="col" { (say("requests-when")) }
                        th scope="col" { (say("hand-overs-from")) }
                        th scope="col" { (say("hand-overs-to")) }
                        th scope="col" { (say("hand-overs-papers")) }
                        th scope="col" { (say("hand-overs-look")) }
                    } }
                    tbody {
                        @for one in found.iter().skip(after).take(LISTED) {
                            tr {
                                th scope="row" {
                                    @match one.request {
                                        Some(request) => { a.target href=(format!("/requests/{request}")) { (short(request)) } }
                                        None => { a.target href=(unasked::path(one.entry)) { (say("findings-no-request")) } }
                                    }
                                }
                                td.days { (one.on.day()) }
                                td { (one.agency.as_str()) @if let Some(site) = &one.site { ", " (site) } }
                                td { (to(desk, one)) }
                                td {
                                    @if one.without_basis { (say("hand-over-without-basis")) br; }
                                    @if one.by_one { (say("hand-over-by-one")) }
                                    @if !one.without_basis && !one.by_one { (say("hand-over-whole")) }
                                }
                                td { (look(desk, one)) }
                            }
                        }
                    }
                }
            }))
        }
        @if after > 0 { p { a.target href=(of(after.saturating_sub(LISTED))) { (say("hand-overs-newer")) } } }
        @if last < found.len() { p { a.target href=(of(last)) { (say("hand-overs-older")) } } }
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}
