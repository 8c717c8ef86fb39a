//! What was really done about a request: the form, the act that records it, and how a mistaken line is put right.
//!
//! A deed may differ from the answer: then the request's page says that it may be a violation, which only named people decide.
//! A deed that would stop a year's filing (a hold that ended in a hand-over which nobody recorded) is refused here, with the
//! reason, instead of at the end of the year. A line recorded by mistake stays and is corrected by a later entry.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::DateTime;
use law::{ActId, AgencyId, Known, RequesterId};
use maud::{Markup, html};
use record::filing::{Section, Wrong, contradictions};
use record::{
    Body, Correction, Deed, DisclosureForm, Done, Entry, EntryId, HoldEnd, Information, NoticeBar, OutsideRequest,
    Private, RequestId, Resolution, Search, When,
};

use super::{
    Desk, Kept, disclosures,
    forms::{self, Fault, Fields, LINE_MAX_CHARS, Nonce, TEXT_MAX_CHARS},
    hand_overs,
    intake::{self, INFORMATION},
    requests::{Shown, found_to, show},
    session::Account,
};
use crate::{access::Action, store::Stored};

/// What may have been done, in the form's words.
pub(super) const DEEDS: [(&str, Kind); 12] = [
    ("refused", Kind::Refused),
    ("released", Kind::Released),
    ("held", Kind::Held),
    ("notified", Kind::Notified),
    ("transferred", Kind::Transferred),
    ("disclosed", Kind::Disclosed),
    ("assisted", Kind::Assisted),
    ("not-honored", Kind::NotHonored),
    ("honored", Kind::Honored),
    ("withdrawn", Kind::Withdrawn),
    ("notice-given", Kind::NoticeGiven),
    ("notice-barred", Kind::NoticeBarred),
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Refused,
    Released,
    Held,
    Notified,
    Transferred,
    Disclosed,
    Assisted,
    NotHonored,
    Honored,
    Withdrawn,
    NoticeGiven,
    NoticeBarred,
}

impl Kind {
    /// Whether it speaks of the notice to a pupil's parent, which § 21-977(e) asks of the schools.
    fn of_notice(self) -> bool {
        matches!(self, Self::NoticeGiven | Self::NoticeBarred)
    }

    /// Whether it speaks of a detainer's fate, so that there must be one.
    fn of_detainer(self) -> bool {
        matches!(self, Self::NotHonored | Self::Honored | Self::Withdrawn)
    }
}

pub(super) const ENDS: [(&str, Option<HoldEnd>); 5] = [
    ("open", None),
    ("transferred", Some(HoldEnd::Transferred)),
    ("hours", Some(HoldEnd::HoursRanOut)),
    ("disavowed", Some(HoldEnd::Disavowed)),
    ("released", Some(HoldEnd::Released)),
];

pub(super) const FORMS: [(&str, DisclosureForm); 7] = [
    ("unknown", DisclosureForm::Unknown),
    ("spoken", DisclosureForm::Spoken),
    ("written", DisclosureForm::Written),
    ("copy", DisclosureForm::Copy),
    ("alert", DisclosureForm::Alert),
    ("location", DisclosureForm::Location),
    ("system", DisclosureForm::SystemAccess),
];

pub(super) const FACILITATED: [(&str, Known); 3] =
    [("unknown", Known::Unknown), ("yes", Known::Yes), ("no", Known::No)];

/// What the search showed, as the class by which filings split: conviction, possible match.
const SEARCHES: [(&str, Option<(Known, Known)>); 4] = [
    ("none", None),
    ("clear", Some((Known::No, Known::No))),
    ("match", Some((Known::No, Known::Yes))),
    ("convicted", Some((Known::Yes, Known::Unknown))),
];

const GROUNDS: [(&str, bool); 2] = [("detainer", true), ("other", false)];

/// The word of a deed in Fluent ids.
pub fn deed_word(deed: &Deed) -> &'static str {
    match deed {
        Deed::Held { .. } => "held",
        Deed::Notified { .. } => "notified",
        Deed::Transferred { .. } => "transferred",
        Deed::Disclosed { .. } => "disclosed",
        Deed::Assisted { act, .. } if act.as_str() == HOLD => "held-without-detainer",
        Deed::Assisted { .. } => "assisted",
        Deed::Refused { .. } => "refused",
        Deed::Released { .. } => "released",
        Deed::Resolved { how: Resolution::NotHonored } => "not-honored",
        Deed::Resolved { how: Resolution::Honored } => "honored",
        Deed::Resolved { how: Resolution::Withdrawn } => "withdrawn",
        Deed::FollowedUp { .. } => "followed-up",
        Deed::NoticeGiven { .. } => "notice-given",
        Deed::NoticeBarred { .. } => "notice-barred",
    }
}

const HOLD: &str = "hold";

/// What forbids telling a parent (§ 21-977(e)).
const NOTICE_BARS: [(&str, NoticeBar); 3] =
    [("law", NoticeBar::Law), ("order", NoticeBar::Order), ("subpoena", NoticeBar::Subpoena)];

/// Whether the agency that was asked has to tell parents.
fn of_schools(request: &OutsideRequest) -> bool {
    request.receiver.agency.as_str() == record::notice::AGENCY
}

/// Whether the agency files under a section that splits its counts by what the search showed.
fn searches(agency: &AgencyId) -> bool {
    Section::ALL.iter().any(|section| section.agency() == Some(agency.as_str()))
}

/// What the form begins with: what the approval says that waits to be told (`named` or else the newest), where none does what was
/// asked for; and the hold that was recorded before, if it lasts.
fn begun(request: &OutsideRequest, entries: &[&Entry], named: Option<&str>) -> Fields {
    let open = disclosures::approved(entries);
    let chosen = open.iter().find(|(approval, _)| named.is_some_and(|named| approval.to_string() == named));
    let approved = chosen.or(open.last());
    let information = approved.map_or(&request.information, |(_, proposal)| &proposal.information);
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut fill = |name: &str, word: String| fields.push((name.to_owned(), word));
    for (word, _) in INFORMATION.iter().filter(|(_, kind)| information.contains(kind)) {
        fill("information", (*word).to_owned());
    }
    if let Some((approval, proposal)) = approved {
        fill("approval", approval.to_string());
        for (word, _) in FORMS.iter().filter(|(_, form)| *form == proposal.form) {
            fill("form", (*word).to_owned());
        }
    }
    // Whoever came by the approval came to say that it was told.
    if chosen.is_some() {
        fill("deed", "disclosed".to_owned());
    }
    let wrong = record::corrected(entries.iter().copied());
    let since = entries.iter().rev().find_map(|entry| match &entry.body {
        Body::Done(done) if !wrong.contains_key(&entry.id) => match done.deed {
            Deed::Held { from, ended: None, .. } => from.time(),
            _ => None,
        },
        _ => None,
    });
    fields.extend(since.map(|since| ("due".to_owned(), since.strftime("%Y-%m-%dT%H:%M").to_string())));
    Fields(fields)
}

/// The form that says what was done. `typed` is what was sent before, if it was refused; `named` is the approval that it begins from.
pub fn form(
    desk: &Desk,
    account: &Account,
    request: &OutsideRequest,
    entries: &[&Entry],
    typed: Option<&Fields>,
    named: Option<&str>,
) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let first = begun(request, entries, named);
    let given = typed.unwrap_or(&first);
    let detainer = request.detainer.is_some();
    let schools = of_schools(request);
    let now = desk.now().strftime("%Y-%m-%dT%H:%M").to_string();
    let moment = |field: &str, label: &str| {
        html! {
            label for=(field) { (say(label)) }
            input id=(field) name=(field) type="datetime-local" max=(now) value=(given.one(field).unwrap_or_default());
        }
    };
    html! {
        form id="done" method="post" action=(format!("/requests/{}/done", request.id)) {
            (Nonce::field(desk))
            input type="hidden" name="seen" value=(lines_seen(entries));
            fieldset {
                legend { (say("done-legend")) }
                @for (word, kind) in DEEDS {
                    @if (detainer || !kind.of_detainer()) && (schools || !kind.of_notice()) {
                        label.check {
                            input type="radio" name="deed" value=(word) required checked[given.has("deed", word)];
                            span {
                                @if kind == Kind::Held && !detainer { (say("deed-held-without-detainer")) } @else { (say(&format!("deed-{word}"))) }
                            }
                        }
                    }
                }
            }
            (told(desk, request, entries, given))
            label for="decided" { (say("done-decided-by")) }
            input id="decided" name="decided" required maxlength=(LINE_MAX_CHARS) autocomplete="off" value=(given.one("decided").unwrap_or_default());
            (forms::line(desk, "basis", "done-basis", given))
            (hand_overs::fields(desk, "hand-over-legend", request.receiver.site.as_deref(), given))
            details open[typed.is_some()] {
                summary { (say("done-more")) }
                (forms::day_and_time(desk, "on", "done-on", given))
                @if schools {
                    h3 { (say("done-if-notice")) }
                    label.check {
                        input type="checkbox" name="legal-help" value="yes" checked[given.has("legal-help", "yes")];
                        span { (say("done-legal-help")) }
                    }
                    label for="barred-by" { (say("done-barred-by")) }
                    (forms::select(desk, "barred-by", "barred-by", &NOTICE_BARS, given))
                }
                h3 { (say("done-if-custody")) }
                (moment("due", "done-due"))
                @if detainer {
                    (moment("until", "done-until"))
                    label for="ended" { (say("done-ended")) }
                    (forms::select(desk, "ended", "ended", &ENDS, given))
                    label for="ground" { (say("done-ground")) }
                    (forms::select(desk, "ground", "ground", &GROUNDS, given))
                }
                @if searches(&account.agency) {
                    label for="search" { (say("done-search")) }
                    (forms::select(desk, "search", "search", &SEARCHES, given))
                }
                h3 { (say("done-if-other")) }
                label for="act" { (say("done-act")) }
                select id="act" name="act" {
                    @for act in helping(desk, request) {
                        option value=(act) selected[given.has("act", act.as_str())] { (desk.act_title(&act)) }
                    }
                }
            }
            p { button.main type="submit" { (say("done-button")) } }
        }
    }
}

/// What is said of information that was given: to whom, which, in what form, on which approval. It stands open, since what an approval
/// filled in is recorded as what was told; the style hides it only while another deed is chosen.
fn told(desk: &Desk, request: &OutsideRequest, entries: &[&Entry], given: &Fields) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        div.told {
            h3 { (say("done-if-information")) }
            (disclosures::approvals(desk, request, entries, given))
            (information(desk, given))
        }
    }
}

/// Which information, and in what form.
pub(super) fn information(desk: &Desk, given: &Fields) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        (intake::information(desk, "done-information", None, given))
        label for="form" { (say("done-form")) }
        (forms::select(desk, "form", "form", &FORMS, given))
        label for="facilitated" { (say("done-facilitated")) }
        (forms::select(desk, "facilitated", "facilitated", &FACILITATED, given))
    }
}

/// The acts that help may have been: first those that were asked for.
fn helping(desk: &Desk, request: &OutsideRequest) -> Vec<ActId> {
    let helps = |id: &ActId| {
        let acts = &desk.pack.vocabulary().acts;
        acts.get(id.as_str()).is_some_and(|act| act.kind == law::vocabulary::ActKind::Cooperation)
    };
    let others = desk.pack.vocabulary().acts.keys().filter(|id| helps(id) && !request.acts.contains(id));
    request.acts.iter().chain(others).cloned().collect()
}

/// `POST /requests/{id}/done`: one deed, committed as an entry of its own.
pub async fn done(
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
    let refuse = async |fault: &str| {
        let shown = Shown { fault: Some(fault), deed: Some(&typed), ..Shown::default() };
        show(&desk, &account, &request, &entries, StatusCode::UNPROCESSABLE_ENTITY, &shown).await
    };
    let read =
        Nonce::read(&typed).and_then(|nonce| Ok((nonce, read(&desk, &account.agency, &request, &entries, &typed)?)));
    let (nonce, done) = match read {
        Ok(read) => read,
        Err(fault) => return refuse(&fault.say(&desk.words)).await,
    };
    let draft = match desk.drafts(&account, vec![Body::Done(Box::new(done.clone()))]) {
        Ok(mut drafts) => drafts.pop().map(|draft| draft.entry),
        Err(error) => return desk.failed(Some(&account), &error),
    };
    if let Some(wrong) = draft.and_then(|draft| impossible(&entries, draft)) {
        return refuse(&desk.words.say(wrong_word(wrong), &[])).await;
    }
    let kept = desk.record("record what was done", &account, &nonce, vec![Body::Done(Box::new(done))]).await;
    if matches!(kept, Ok(Kept::New)) {
        // Read again now that ours is there: of two who recorded at once, whoever comes second sees both.
        return match desk.of_request(request.id).await {
            Ok(entries) if anothers(&entries, &typed, &account) => {
                Redirect::to(&format!("/requests/{}?told=together", request.id)).into_response()
            }
            _ => after(&desk, &account, request.id, kept),
        };
    }
    after(&desk, &account, request.id, kept)
}

/// How many lines of what was done stand in the record, mistaken ones included: what whoever fills in the form has seen.
fn lines_seen(entries: &[&Entry]) -> usize {
    entries.iter().filter(|entry| is_line(entry)).count()
}

fn is_line(entry: &Entry) -> bool {
    matches!(entry.body, Body::Done(_) | Body::Corrected(_))
}

/// Whether somebody else recorded a line since the form was made. A form that does not say what it showed was shown nothing.
fn anothers(entries: &[Stored], typed: &Fields, account: &Account) -> bool {
    let seen: usize = typed.one("seen").and_then(|text| text.parse().ok()).unwrap_or(0);
    let lines = entries.iter().filter_map(Stored::entry).filter(|entry| is_line(entry));
    lines.skip(seen).any(|entry| entry.by != account.actor())
}

/// Where a form about a request leads when it is recorded.
pub fn after(desk: &Desk, account: &Account, id: RequestId, kept: anyhow::Result<Kept>) -> Response {
    match kept {
        Ok(Kept::New) => Redirect::to(&format!("/requests/{id}?told=kept")).into_response(),
        Ok(Kept::Before) => Redirect::to(&format!("/requests/{id}?told=before")).into_response(),
        Err(error) => desk.failed(Some(account), &error),
    }
}

/// What the record would contradict itself in, if this entry were added.
pub(super) fn impossible(entries: &[Stored], new: Entry) -> Option<Wrong> {
    let mut held: Vec<Entry> = entries.iter().filter_map(Stored::entry).cloned().collect();
    let before: Vec<Wrong> = contradictions(&held).into_iter().map(|one| one.wrong).collect();
    held.push(new);
    contradictions(&held).into_iter().map(|one| one.wrong).find(|wrong| !before.contains(wrong))
}

/// In what the entries of a request contradict each other, as ids of sentences: two who record at once can both be told that theirs
/// fits, and then both stand.
pub fn contradicted(present: &[&Entry]) -> Vec<&'static str> {
    let held: Vec<Entry> = present.iter().map(|entry| (*entry).clone()).collect();
    let mut words: Vec<&'static str> = contradictions(&held).into_iter().map(|one| wrong_word(one.wrong)).collect();
    words.dedup();
    words
}

/// The sentence for a contradiction.
pub fn wrong_word(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::NoRequest => "wrong-no-request",
        Wrong::HonoredAfterAll => "wrong-honored-after-all",
        Wrong::NoDetainer => "wrong-no-detainer",
        Wrong::HoldAndTransfer => "wrong-hold-and-transfer",
        Wrong::TwoPersons => "wrong-two-persons",
        Wrong::BeforeLodging => "wrong-before-lodging",
        Wrong::Sum => "wrong-sum",
    }
}

/// What a form says was done, by the names of its fields.
///
/// # Errors
/// The first field that cannot be taken.
pub(super) fn read(
    desk: &Desk,
    agency: &AgencyId,
    request: &OutsideRequest,
    entries: &[Stored],
    typed: &Fields,
) -> Result<Done, Fault> {
    let now = desk.now();
    let incomplete = || Fault::new("done-incomplete");
    let kind = typed.choice("deed", "done-legend", &DEEDS)?.ok_or_else(incomplete)?;
    let decided_by = typed.text("decided", "done-decided-by", LINE_MAX_CHARS)?;
    let decided_by = decided_by.ok_or_else(|| incomplete().at("decided"))?;
    let basis = typed.text("basis", "done-basis", LINE_MAX_CHARS)?;
    if kind.of_notice() && !of_schools(request) {
        return Err(Fault::of("form-not-on-list", "done-legend"));
    }
    if kind == Kind::NoticeBarred && basis.is_none() {
        return Err(Fault::new("done-barred-by-what"));
    }
    if kind.of_detainer() && request.detainer.is_none() {
        return Err(Fault::new("wrong-no-detainer").at("deed"));
    }
    let when = typed.happened("on", "done-on", now)?;
    if when.day() < request.received.day() {
        return Err(Fault::new("done-before-request").at("on").with("day", request.received.day().to_string()));
    }
    let search = if searches(agency) { typed.choice("search", "done-search", &SEARCHES)?.flatten() } else { None };
    let decision = entries
        .iter()
        .rev()
        .find_map(|stored| stored.entry().filter(|entry| matches!(entry.body, Body::Decided(_))).map(|entry| entry.id));
    let done = Done {
        request: Some(request.id),
        decision,
        agency: agency.clone(),
        person: request.person,
        deed: deed(desk, request, entries, kind, typed, (&decided_by, when, now))?,
        when,
        decided_by: Private::from(decided_by),
        basis: basis.map(Private::from),
        search: search.map(|(vs_conviction, tsdb_possible_match)| Search {
            at: when,
            vs_conviction,
            tsdb_possible_match,
        }),
    };
    Ok(done)
}

fn deed(
    desk: &Desk,
    request: &OutsideRequest,
    entries: &[Stored],
    kind: Kind,
    typed: &Fields,
    (decided_by, when, now): (&str, When, DateTime),
) -> Result<Deed, Fault> {
    let to = request.requester.id.clone();
    let acts = request.acts.clone();
    let due = typed.moment("due", "done-due", now)?;
    Ok(match kind {
        Kind::Refused => Deed::Refused { acts },
        Kind::Released => Deed::Released { due },
        // A hold on a detainer is what filings count; one without is help of another kind, and is shown as such.
        Kind::Held if request.detainer.is_none() => Deed::Assisted { act: ActId::new(HOLD), to },
        Kind::Held => {
            let until = typed.moment("until", "done-until", now)?;
            let ended = typed.choice("ended", "done-ended", &ENDS)?.flatten();
            let from = due.unwrap_or(when);
            if until.is_some_and(|until| from.surely_after(until)) {
                return Err(Fault::new("done-ended-before").at("until"));
            }
            // How it ended is counted on the day of the end.
            Deed::Held { from, until: until.or(ended.map(|_| when)), ended }
        }
        Kind::Notified => Deed::Notified { to },
        Kind::Transferred => {
            let on_detainer = typed.choice("ground", "done-ground", &GROUNDS)?.unwrap_or(true);
            transferred(desk, typed, to, on_detainer && request.detainer.is_some(), (decided_by, now))?
        }
        Kind::Disclosed => {
            let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
            disclosed(typed, to, || disclosures::named(&present, typed))?
        }
        Kind::Assisted => {
            let chosen = typed.one("act").map(ActId::new);
            let listed = helping(desk, request);
            match chosen {
                Some(act) if listed.contains(&act) => Deed::Assisted { act, to },
                Some(_) => return Err(Fault::of("form-not-on-list", "done-act").at("act")),
                None => match listed.into_iter().next() {
                    Some(act) => Deed::Assisted { act, to },
                    None => return Err(Fault::new("done-incomplete")),
                },
            }
        }
        Kind::NoticeGiven => Deed::NoticeGiven { legal_help: typed.has("legal-help", "yes") },
        Kind::NoticeBarred => {
            let by = typed.choice("barred-by", "done-barred-by", &NOTICE_BARS)?;
            Deed::NoticeBarred { by: by.ok_or_else(|| Fault::new("done-incomplete"))? }
        }
        Kind::NotHonored => Deed::Resolved { how: Resolution::NotHonored },
        Kind::Honored => Deed::Resolved { how: Resolution::Honored },
        Kind::Withdrawn => Deed::Resolved { how: Resolution::Withdrawn },
    })
}

/// A person was handed over to this requester, with the papers that a form names.
///
/// # Errors
/// As [`hand_overs::read`].
pub(super) fn transferred(
    desk: &Desk,
    typed: &Fields,
    to: RequesterId,
    on_detainer: bool,
    (decided_by, now): (&str, DateTime),
) -> Result<Deed, Fault> {
    Ok(Deed::Transferred { to, on_detainer, hand_over: hand_overs::read(desk, typed, decided_by, now)? })
}

/// Information was given to this requester, as a form says, on the approval that is asked for last.
///
/// # Errors
/// When no information is named, or a field is faulty.
pub(super) fn disclosed(
    typed: &Fields,
    to: RequesterId,
    approval: impl FnOnce() -> Result<Option<EntryId>, Fault>,
) -> Result<Deed, Fault> {
    let information: Vec<Information> = typed.choices("information", "done-information", &INFORMATION)?;
    if information.is_empty() {
        return Err(Fault::new("done-information-missing").at("information"));
    }
    Ok(Deed::Disclosed {
        to,
        information,
        approval: approval()?,
        form: typed.choice("form", "done-form", &FORMS)?.unwrap_or(DisclosureForm::Unknown),
        facilitated_transfer: typed.choice("facilitated", "done-facilitated", &FACILITATED)?.unwrap_or(Known::Unknown),
    })
}

/// The form that says that a recorded deed was a mistake, on the page that has this path; with what was typed, where it was sent and
/// refused.
pub fn correction_form(desk: &Desk, account: &Account, path: &str, entry: EntryId, refused: Option<&Fields>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let refused = refused.filter(|typed| wrong(typed) == Some(entry));
    let typed = |name: &str| refused.and_then(|typed| typed.one(name));
    let (reason, by) = (format!("reason-{entry}"), format!("by-{entry}"));
    html! {
        details open[refused.is_some()] {
            summary { (say("correct-title")) }
            // No filing counts what an agency says of a duty of its own.
            p.quiet { (say(if path == "/duties" { "duties-correct-why" } else { "correct-why" })) }
            form method="post" action=(format!("{path}/corrections")) {
                (Nonce::field(desk))
                input type="hidden" name="entry" value=(entry);
                label for=(reason) { (say("correct-reason")) }
                input id=(reason) name="reason" required autocomplete="off" value=[typed("reason")];
                label for=(by) { (say("correct-by")) }
                input id=(by) name="by" required maxlength=(LINE_MAX_CHARS) autocomplete="off"
                    value=(typed("by").unwrap_or(&account.name));
                p { button type="submit" { (say("correct-button")) } }
            }
        }
    }
}

/// What was said and taken back: struck through, with who says so and why.
pub fn taken_back(desk: &Desk, said: &str, correction: &Correction) -> Markup {
    let words = [("who", correction.said_by.reveal()), ("reason", correction.reason.reveal())];
    html! { s { (said) } br; (desk.words.say("correct-said", &words)) }
}

/// `POST /requests/{id}/corrections`: an entry that says that an earlier deed was a mistake.
pub async fn correct(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let (request, entries) = match found_to(&desk, &account, &id, Action::Correct).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let typed = Fields(fields);
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    match correction(&typed, Some(request.id), &present) {
        Ok((nonce, correction)) => {
            let kept = desk.record("correct an entry", &account, &nonce, vec![Body::Corrected(correction)]).await;
            after(&desk, &account, request.id, kept)
        }
        Err(fault) => {
            let fault = fault.say(&desk.words);
            let shown = Shown { fault: Some(&fault), correction: Some(&typed), ..Shown::default() };
            show(&desk, &account, &request, &entries, StatusCode::UNPROCESSABLE_ENTITY, &shown).await
        }
    }
}

/// What a form says of a mistake among these entries, which are about this request or about none.
///
/// # Errors
/// When it names none that can be corrected, or a field is missing or faulty.
pub(super) fn correction(
    typed: &Fields,
    request: Option<RequestId>,
    present: &[&Entry],
) -> Result<(Nonce, Correction), Fault> {
    let named = wrong(typed);
    let said = |entry: &Entry| matches!(entry.body, Body::Done(_) | Body::Fulfilled(_));
    let deed = |entry: &&&Entry| Some(entry.id) == named && said(entry);
    mistake(typed, request, present.iter().find(deed).map(|entry| entry.id))
}

/// The entry that a form says was a mistake.
pub(super) fn wrong(typed: &Fields) -> Option<EntryId> {
    typed.one("entry").and_then(|text| text.parse().ok())
}

/// What a form says of a mistake in this entry.
///
/// # Errors
/// When there is none, or a field is missing or faulty.
pub(super) fn mistake(
    typed: &Fields,
    request: Option<RequestId>,
    wrong: Option<EntryId>,
) -> Result<(Nonce, Correction), Fault> {
    let nonce = Nonce::read(typed)?;
    let entry = wrong.ok_or_else(|| Fault::new("correct-no-deed"))?;
    let missing = || Fault::new("correct-incomplete");
    let reason = typed.text("reason", "correct-reason", TEXT_MAX_CHARS)?.ok_or_else(missing)?;
    let by = typed.text("by", "correct-by", LINE_MAX_CHARS)?.ok_or_else(missing)?;
    let (reason, said_by) = (Private::from(reason), Private::from(by));
    Ok((nonce, Correction { entry, request, reason, said_by }))
}
