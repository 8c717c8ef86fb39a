//! What is told outside the agency: proposed, approved by a second person, made (ADR 26).
//!
//! Who may take which step is the access policies' to say, what a proposal rests on and where it stands the record's
//! ([`record::disclosure`]). Here are the pages: the part of a request's page, the form of a proposal ([`propose`]), the words of
//! counsel and of the privacy officer ([`rule`]) and the list of an agency ([`list`]).

pub mod list;
pub mod propose;
pub mod rule;

use law::Known;
use maud::{Markup, html};
use record::{
    Actor, Body, Deed, DisclosureForm, Entry, EntryId, Ground, Information, OutsideRequest, Private, Proposal, Verdict,
    disclosure::{self, NoBasis, Standing},
};

use super::{
    Desk, call,
    deeds::FORMS,
    forms::{self, Fault, Fields, LINE_MAX_CHARS, Nonce, TEXT_MAX_CHARS},
    intake::INFORMATION,
    requests,
    session::{self, Account},
};
use crate::access::{Action, Resource};

/// The grounds of § 23-1202(c)(1), in the form's words.
const GROUNDS: [(&str, Ground); 3] =
    [("required", Ground::Required), ("authorised", Ground::Authorised), ("mission", Ground::Mission)];

/// Yes, no or not known, in the form's words.
const ANSWERS: [(&str, Known); 3] = [("no", Known::No), ("yes", Known::Yes), ("unknown", Known::Unknown)];

/// The sentence for what came of the form that led here.
pub fn told(word: &str) -> Option<&'static str> {
    match word {
        "to-counsel" => Some("disclose-told-to-counsel"),
        "to-officer" => Some("disclose-told-to-officer"),
        "ruled" => Some("disclose-told-ruled"),
        "stopped" => Some("disclose-told-stopped"),
        "first" => Some("disclose-told-first"),
        _ => None,
    }
}

/// A disclosure about a request as the access policies know it.
pub fn what(request: &OutsideRequest, present: &[&Entry], made_by: &str) -> Resource {
    Resource::Disclosure {
        agency: request.receiver.agency.clone(),
        site: request.receiver.site.clone(),
        made_by: made_by.to_owned(),
        sealed: disclosure::sealed(present).is_some(),
    }
}

/// The proposals about a request, in the order of the record.
fn proposals<'a>(present: &[&'a Entry]) -> Vec<(&'a Entry, &'a Proposal)> {
    let proposed = |entry: &&'a Entry| match &entry.body {
        Body::Proposed(proposal) => Some((*entry, &**proposal)),
        _ => None,
    };
    present.iter().filter_map(proposed).collect()
}

/// The deed that this approval was used for.
fn made(present: &[&Entry], approval: EntryId) -> Option<EntryId> {
    let wrong = record::corrected(present.iter().copied());
    present.iter().find_map(|entry| match &entry.body {
        Body::Done(done) if !wrong.contains_key(&entry.id) => match &done.deed {
            Deed::Disclosed { approval: Some(named), .. } if *named == approval => Some(entry.id),
            _ => None,
        },
        _ => None,
    })
}

/// Whether the release of which this approval lets somebody tell was told of since, by a deed that has no place for its approval.
fn told_of_release(present: &[&Entry], approval: EntryId, proposal: &Proposal) -> bool {
    let wrong = record::corrected(present.iter().copied());
    let since = present.iter().skip_while(|entry| entry.id != approval);
    let told = |entry: &&Entry| match &entry.body {
        Body::Done(done) => matches!(&done.deed, Deed::Notified { to } if *to == proposal.to),
        _ => false,
    };
    proposal.information.contains(&Information::ReleaseDate)
        && since.copied().filter(|entry| !wrong.contains_key(&entry.id)).any(|entry| told(&entry))
}

/// The approvals that wait to be used, each with its proposal, in the order of the proposals.
pub fn approved<'a>(present: &[&'a Entry]) -> Vec<(EntryId, &'a Proposal)> {
    let unused =
        |approval, proposal| made(present, approval).is_none() && !told_of_release(present, approval, proposal);
    let stands = |(entry, proposal): (&Entry, &'a Proposal)| match disclosure::standing(present, entry.id) {
        Some(Standing::Approved(approval)) if unused(approval, proposal) => Some((approval, proposal)),
        _ => None,
    };
    proposals(present).into_iter().filter_map(stands).collect()
}

/// What a deed's form says of approvals: to whom it would be told, the one that filled it in and can be taken away, and the others,
/// of which each fills it in anew; nothing where none waits.
pub fn approvals(desk: &Desk, request: &OutsideRequest, present: &[&Entry], given: &Fields) -> Markup {
    let open = approved(present);
    let what =
        |proposal: &Proposal| format!("{} · {}", types(desk, &proposal.information), form_word(desk, proposal.form));
    let named = |approval: &EntryId| given.has("approval", &approval.to_string());
    html! {
        p { (desk.words.say("done-to", &[("to", &request.requester.agency)])) }
        @if !open.is_empty() {
            label for="approval" { (desk.words.say("done-approval", &[])) }
            select id="approval" name="approval" aria-describedby="approval-hint" {
                option value="" { (desk.words.say("done-approval-none", &[])) }
                @for (approval, proposal) in open.iter().filter(|(approval, _)| named(approval)) {
                    option value=(approval) selected { (what(proposal)) }
                }
            }
            p.quiet id="approval-hint" { (desk.words.say("done-approval-hint", &[])) }
            @for (approval, proposal) in open.iter().filter(|(approval, _)| !named(approval)) {
                p { a href=(told_way(request, *approval)) { (desk.words.say("done-approval-other", &[("what", &what(proposal))])) } }
            }
        }
    }
}

/// The page of a request with the form of a deed filled in from this approval.
fn told_way(request: &OutsideRequest, approval: EntryId) -> String {
    format!("/requests/{}?approval={approval}#done", request.id)
}

/// What a line of the record says was told, and in which form.
pub fn told_of(desk: &Desk, information: &[Information], form: DisclosureForm) -> String {
    let (information, form) = (types(desk, information), form_word(desk, form));
    desk.words.say("deed-told", &[("information", &information), ("form", &form)])
}

/// The approval that a form names; none where it names none.
///
/// # Errors
/// When it names one that does not wait to be used.
pub fn named(present: &[&Entry], typed: &Fields) -> Result<Option<EntryId>, Fault> {
    let Some(sent) = typed.one("approval") else { return Ok(None) };
    let open = approved(present);
    let found = open.iter().find(|(approval, _)| approval.to_string() == sent);
    found.map(|(approval, _)| Some(*approval)).ok_or_else(|| Fault::of("form-not-on-list", "done-approval"))
}

fn types(desk: &Desk, information: &[Information]) -> String {
    let named = INFORMATION.iter().filter(|(_, kind)| information.contains(kind));
    named.map(|(word, _)| desk.words.say(&format!("information-{word}"), &[])).collect::<Vec<_>>().join(", ")
}

fn form_word(desk: &Desk, form: DisclosureForm) -> String {
    let word = forms::word(&FORMS, &form).unwrap_or("unknown");
    desk.words.say(&format!("form-{word}"), &[])
}

/// What is proposed, in a line: the day, the types, the form, and who would be told.
fn line(desk: &Desk, entry: &Entry, proposal: &Proposal) -> String {
    let requester = desk.pack.vocabulary().requesters.get(&proposal.to);
    let day = entry.at.to_zoned(desk.zone.clone()).date().to_string();
    desk.words.say(
        "standing-of",
        &[
            ("day", &day),
            ("information", &types(desk, &proposal.information)),
            ("form", &form_word(desk, proposal.form)),
            ("to", requester.map_or(proposal.to.as_str(), |one| &one.title)),
        ],
    )
}

/// The word of a standing in forms and Fluent ids; an approval that was used is `done`.
fn standing_word(present: &[&Entry], standing: Standing) -> &'static str {
    match standing {
        Standing::WaitsForCounsel => "waits-for-counsel",
        Standing::WaitsForOfficer(_) => "waits-for-officer",
        Standing::Approved(approval) if made(present, approval).is_some() => "done",
        Standing::Approved(_) => "approved",
        Standing::Refused(_) => "refused",
        Standing::Withdrawn(_) => "withdrawn",
        // What was made before it lost what it rested on was made.
        Standing::Void(NoBasis::Unagreed(approval)) if made(present, approval).is_some() => "done",
        Standing::Void(_) => "void",
    }
}

/// Why a disclosure rests on nothing, as a sentence for whoever would propose it.
fn no_basis_word(none: NoBasis) -> &'static str {
    match none {
        NoBasis::Sealed(_) => "stop-sentence",
        NoBasis::Barred(_) => "disclose-barred",
        NoBasis::NotAsked => "disclose-not-asked",
        NoBasis::Unagreed(_) => "disclose-unagreed",
    }
}

/// The hard stop: what was said, what the law is called, what to do, whom to call.
fn stop(desk: &Desk, account: &Account) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        div.outcome.barred role="note" {
            strong { (say("stop-title")) }
            p { (say("stop-sentence")) }
            p { (say("stop-law")) }
        }
        h3 { (say("do-title")) }
        p.say { (say("stop-do")) }
        h3 { (say("call-title")) }
        (call::whom(desk, account))
    }
}

/// The part of a request's page: the stop if there is one, each proposal with where it stands and what this account may say to
/// it, and the way to propose.
pub fn section(
    desk: &Desk,
    account: &Account,
    request: &OutsideRequest,
    present: &[&Entry],
    refused: Option<&Fields>,
) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let all = proposals(present);
    let sealed = disclosure::sealed(present).is_some();
    let mine = what(request, present, &account.staff);
    html! {
        h2 id="disclosures" { (say("disclose-title")) }
        @if sealed { (stop(desk, account)) p { (say("stop-recorded")) } } @else { p { (say("disclose-why")) } }
        @if all.is_empty() { p { (say("disclose-none")) } } @else {
            ul.deeds { @for (entry, proposal) in all { li { (shown(desk, account, request, present, (entry, proposal), refused)) } } }
        }
        @if !sealed && desk.would(account, Action::Propose, &mine) {
            @match propose::nothing(request, present) {
                Some(none) => p { (say(no_basis_word(none))) @if none == NoBasis::NotAsked { " " a href="/gate" { (say("disclose-at-the-gate")) } } },
                None => p { a.button href=(format!("/requests/{}/disclose", request.id)) { (say("disclose-link")) } },
            }
        }
    }
}

/// One proposal.
fn shown(
    desk: &Desk,
    account: &Account,
    request: &OutsideRequest,
    present: &[&Entry],
    (entry, proposal): (&Entry, &Proposal),
    refused: Option<&Fields>,
) -> Markup {
    let say = |id: &str, arguments: &[(&str, &str)]| desk.words.say(id, arguments);
    let Some(standing) = disclosure::standing(present, entry.id) else { return html! {} };
    let word_of = |table: &[(&'static str, Ground)]| {
        table.iter().find(|(_, ground)| *ground == proposal.ground).map_or("required", |(word, _)| word)
    };
    let routine = forms::word(&ANSWERS, &proposal.routine).unwrap_or("unknown");
    let ground = say(&format!("disclose-ground-{}", word_of(&GROUNDS)), &[]);
    html! {
        strong { (say(&format!("standing-{}", standing_word(present, standing)), &[])) } " · " (line(desk, entry, proposal))
        @if let Standing::Void(none) = standing { br; (say(void_word(none), &[])) }
        br; (say("standing-by", &[("who", &who(desk, entry))]))
        br; (say("standing-why", &[("why", proposal.why.reveal())]))
        br; (say("standing-ground", &[("ground", &ground)]))
        br; (say("standing-routine", &[("answer", &say(&format!("answer-{routine}"), &[]))]))
        @for other in present {
            @match &other.body {
                Body::Agreed(agreed) if agreed.proposal == entry.id => {
                    br; (say("standing-agreed", &[("who", &who(desk, other)), ("opinion", agreed.opinion.reveal())]))
                }
                Body::Ruled(ruling) if ruling.proposal == entry.id => {
                    br;
                    @let ruled = format!("standing-ruled-{}", verdict_word(ruling.verdict));
                    @if let Some(reason) = ruling.reason.as_ref().map(Private::reveal) {
                        (say(&ruled, &[("who", &who(desk, other)), ("reason", reason)]))
                    } @else { (say(&format!("{ruled}-silent"), &[("who", &who(desk, other))])) }
                }
                _ => {}
            }
        }
        @if let Standing::Approved(approval) = standing && made(present, approval).is_none() && desk.would(account, Action::StateDeed, &requests::what(request)) {
            br; a href=(told_way(request, approval)) { (say("standing-tell", &[])) }
        }
        (steps(desk, account, request, present, (entry, proposal, standing), refused))
    }
}

fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approved => "approved",
        Verdict::Refused => "refused",
        Verdict::Withdrawn => "withdrawn",
    }
}

fn void_word(none: NoBasis) -> &'static str {
    match none {
        NoBasis::Sealed(_) => "standing-void-sealed",
        NoBasis::Barred(_) => "standing-void-barred",
        NoBasis::NotAsked => "standing-void-not-asked",
        NoBasis::Unagreed(_) => "standing-void-unagreed",
    }
}

/// Who made an entry, as its page names them: name, role, agency.
fn who(desk: &Desk, entry: &Entry) -> String {
    match &entry.by {
        Actor::Staff { name, role, agency } => {
            let role = desk.words.say(&format!("role-{}", session::word(*role)), &[]);
            format!("{}, {role}, {agency}", name.reveal())
        }
        Actor::System { name, agency, .. } => format!("{}, {agency}", name.reveal()),
        Actor::Program { name } => name.clone(),
    }
}

/// What this account may say to a proposal that waits.
fn steps(
    desk: &Desk,
    account: &Account,
    request: &OutsideRequest,
    present: &[&Entry],
    (entry, proposal, standing): (&Entry, &Proposal, Standing),
    refused: Option<&Fields>,
) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    // What was typed to this proposal comes back whole; a browser would cut in silence what is pasted into a field with a greatest length.
    let refused = refused.filter(|typed| typed.one("proposal").and_then(|text| text.parse().ok()) == Some(entry.id));
    let it = what(request, present, proposal.maker.reveal());
    let may = |action| rule::waits_for(action, standing) && desk.would(account, action, &it);
    let reason = format!("reason-{}", entry.id);
    let button = |action: Action, class: &'static str| {
        html! { p { button class=(class) type="submit" name="what" value=(action.name()) { (say(&format!("rule-{}", action.name()))) } } }
    };
    let answers = may(Action::Approve) || may(Action::Refuse) || may(Action::Agree);
    html! {
        @if answers || may(Action::Withdraw) {
            form method="post" action=(format!("/requests/{}/disclosures", request.id)) {
                (Nonce::field(desk))
                input type="hidden" name="proposal" value=(entry.id);
                @if answers {
                    @if may(Action::Approve) { p.quiet { (say("rule-approve-means")) } }
                    label for=(reason) { (say(if may(Action::Agree) { "rule-opinion" } else { "rule-reason" })) }
                    textarea id=(reason) name="reason" rows="3" { (refused.and_then(|typed| typed.one("reason")).unwrap_or_default()) }
                }
                @if may(Action::Approve) { (button(Action::Approve, "main")) }
                @if may(Action::Agree) { (button(Action::Agree, "main")) }
                @if may(Action::Refuse) { (button(Action::Refuse, "")) }
                @if may(Action::Withdraw) { (button(Action::Withdraw, "")) }
            }
        }
    }
}

/// The longest reason for a proposal.
const REASON_MAX_CHARS: usize = TEXT_MAX_CHARS;

/// The longest id that a form names.
const ID_MAX_CHARS: usize = LINE_MAX_CHARS;
