//! `/findings`: what in the agency's own record does not fit together, counted by kind and led to; and how one is said.
//!
//! Possible violations only: the page says what the record says and which entries say it, never that a law was broken
//! ([`record::finding`]). The bounds after which a delay is named are this product's own practice, and the page says so.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use law::AgencyId;
use maud::{Markup, html};
use record::{
    Source,
    finding::{Finding, FindingKind, Late, Limits, findings},
};

use crate::access::{Action, Resource};

use super::{
    Desk,
    filings::Mark,
    page::{page, scrolled},
    requests::short,
    session::Account,
};

/// The most that the page lists; the count above the list is of all.
pub(super) const LISTED: usize = 500;

/// What in the record does not fit together, kept for as long as nothing is recorded.
#[derive(Default)]
pub struct Noticed(Mutex<Option<(Mark, Arc<Vec<Finding>>)>>);

/// What in the record of all agencies does not fit together. Whose a page shows is that page's to ask.
///
/// # Errors
/// When the store cannot be read.
pub fn noticed(desk: &Desk) -> anyhow::Result<Arc<Vec<Finding>>> {
    let counts = |source: &Source| match source {
        Source::Desk | Source::Api => true,
        Source::Demo => desk.invented,
        Source::Report | Source::Import(_) => false,
    };
    let found = desk.counted.marked(&*desk.store, |mark, entries| {
        let mut kept = desk.noticed.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((at, found)) if *at == mark => Arc::clone(found),
            _ => {
                let entries = entries.iter().filter(|entry| counts(&entry.source));
                let found = Arc::new(findings(entries, [], &desk.zone, &Limits::default()));
                *kept = Some((mark, Arc::clone(&found)));
                found
            }
        }
    })?;
    Ok(found)
}

/// `GET /findings`: the agency's, the newest first.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account) -> Response {
    let agency = account.agency.clone();
    // Of all of the agency's sites.
    if let Err(refused) = desk.must(&account, Action::ReadFigure, &Resource::Agency(agency.clone())) {
        return *refused;
    }
    let found = match of_agency(&desk, agency).await {
        Ok(found) => found,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("findings-title");
    let count = |kind: FindingKind| found.iter().filter(|finding| finding.kind == kind).count();
    let body = html! {
        p { a href="/requests" { (say("findings-back")) } }
        h1 { (title) }
        p { (say("findings-why")) " " (practice(&desk)) }
        @if found.is_empty() {
            p { (say("findings-none")) }
        } @else {
            (scrolled(&say("findings-counts"), &html! {
                table {
                    caption { (say("findings-counts")) }
                    thead { tr { th scope="col" { (say("findings-kind")) } th scope="col" { (say("findings-count")) } } }
                    tbody {
                        @for kind in FindingKind::ALL {
                            @let count = count(kind);
                            @if count > 0 { tr { th scope="row" { (sentence(&desk, kind)) } td { (count) } } }
                        }
                        tr { th scope="row" { (say("findings-all")) } td { (found.len()) } }
                    }
                }
            }))
            @if found.len() > LISTED { p { (desk.words.say("figure-cut", &[("listed", &LISTED.to_string())])) } }
            (scrolled(&title, &html! {
                table {
                    caption { (say("findings-each")) }
                    thead { tr {
                        th scope="col" { (say("requests-when")) }
                        th scope="col" { (say("findings-kind")) }
                        th scope="col" { (say("requests-id")) }
                        th scope="col" { (say("entries-id")) }
                    } }
                    tbody {
                        @for finding in found.iter().take(LISTED) {
                            tr {
                                td { (finding.on) }
                                td { (sentence(&desk, finding.kind)) " " (late(&desk, finding)) }
                                td {
                                    @if let Some(request) = finding.request {
                                        a.target href=(format!("/requests/{request}")) { (short(request)) }
                                    } @else { (say("findings-no-request")) }
                                }
                                td { code { (finding.entry) } }
                            }
                        }
                    }
                }
            }))
        }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// An agency's possible violations, the newest first.
///
/// # Errors
/// When the record cannot be read.
pub async fn of_agency(desk: &Arc<Desk>, agency: AgencyId) -> anyhow::Result<Vec<Finding>> {
    desk.blocking(move |desk| {
        let mut found: Vec<Finding> =
            noticed(desk)?.iter().filter(|finding| finding.agency == agency).cloned().collect();
        found.sort_by_key(|finding| (std::cmp::Reverse(finding.on), finding.entry, finding.kind));
        Ok(found)
    })
    .await
}

/// One, on the page of its request: what the record says, and which entries say it.
pub fn note(desk: &Desk, finding: &Finding) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let provisions: Vec<&str> = finding.provisions.iter().map(law::ProvisionId::as_str).collect();
    html! {
        div.error role="note" {
            p {
                strong { (say("possible-violation")) } " " (sentence(desk, finding.kind)) " " (late(desk, finding)) " "
                (say("possible-violation-means"))
            }
            p.quiet {
                (say("finding-says")) " " code { (finding.entry) }
                @if let Some(against) = finding.against { "; " (say("finding-against")) " " code { (against) } }
                @if !provisions.is_empty() { "; " (desk.words.say("finding-provisions", &[("provisions", &provisions.join(", "))])) }
            }
            @if matches!(finding.kind, FindingKind::RecordedLate | FindingKind::HandedOverWithoutBasis | FindingKind::HandedOverByOne) {
                p.quiet { (practice(desk)) }
            }
        }
    }
}

/// Whose numbers the bounds are.
fn practice(desk: &Desk) -> String {
    let Limits { recorded_within_days, released_within_hours, .. } = Limits::default();
    let (days, hours) = (recorded_within_days.to_string(), released_within_hours.to_string());
    desk.words.say("finding-practice", &[("days", &days), ("hours", &hours)])
}

fn late(desk: &Desk, finding: &Finding) -> String {
    match finding.late {
        Some(Late::Days(days)) => desk.words.say("finding-late-days", &[("days", &days.to_string())]),
        Some(Late::Hours(hours)) => desk.words.say("finding-late-hours", &[("hours", &hours.to_string())]),
        None => String::new(),
    }
}

/// A finding in words.
#[must_use]
pub fn sentence(desk: &Desk, kind: FindingKind) -> String {
    desk.words.say(&format!("finding-{}", kind_word(kind)), &[])
}

/// A finding's word in Fluent ids.
fn kind_word(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::DoneThoughBarred => "done-though-barred",
        FindingKind::DoneWhileOpen => "done-while-open",
        FindingKind::DoneWithoutAsking => "done-without-asking",
        FindingKind::DisclosedThoughRefused => "disclosed-though-refused",
        FindingKind::DoneThoughRefused => "done-though-refused",
        FindingKind::DisclosedWithoutRequest => "disclosed-without-request",
        FindingKind::HeldPastRelease => "held-past-release",
        FindingKind::TransferredWithoutRequest => "transferred-without-request",
        FindingKind::HandedOverWithoutBasis => "handed-over-without-basis",
        FindingKind::HandedOverByOne => "handed-over-by-one",
        FindingKind::RecordedLate => "recorded-late",
        FindingKind::DisclosedWithoutApproval => "disclosed-without-approval",
        FindingKind::DisclosedOtherwise => "disclosed-otherwise",
        FindingKind::DisclosedBeforeApproval => "disclosed-before-approval",
        FindingKind::DisclosedThoughSealed => "disclosed-though-sealed",
        FindingKind::TakenBack => "taken-back",
    }
}
