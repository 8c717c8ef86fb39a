//! `/findings`: what in the record of the agencies that somebody sees does not fit together, counted by agency and kind and led to;
//! and how one is said.
//!
//! Possible violations only: the page says what the record says and which entries say it, never that a law was broken
//! ([`record::finding`]). The bounds after which a delay is named are this product's own practice, and the page says so.

use std::{
    cmp::Reverse,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use law::AgencyId;
use maud::{Markup, html};
use record::{
    EntryId, RequestId,
    finding::{Finding, FindingKind, Late, Limits},
};
use url::form_urlencoded::Serializer;

use crate::access::{Action, Resource};

use super::{
    Desk, filings,
    forms::Fault,
    page::{page, refusal, scrolled},
    requests::short,
    session::Account,
    unasked,
};

/// The most that a page lists; the counts above the list are of all.
pub(super) const LISTED: usize = 500;

/// What in the record does not fit together, in order, kept for as long as it is the same.
#[derive(Default)]
pub struct Noticed(Mutex<Option<(u64, Arc<Vec<Finding>>)>>);

/// What in the record of all agencies does not fit together, the newest first. Whose a page shows is that page's to ask.
///
/// # Errors
/// When the store cannot be read.
pub fn noticed(desk: &Desk) -> anyhow::Result<Arc<Vec<Finding>>> {
    desk.owed.read_to_the_end(&*desk.store, desk.now().date())?;
    let mut kept = desk.noticed.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((changed, found)) = &*kept
        && *changed == desk.owed.possible_changed()
    {
        return Ok(Arc::clone(found));
    }
    let (changed, mut found) = desk.owed.possible();
    found.sort_by_key(order);
    let found = Arc::new(found);
    *kept = Some((changed, Arc::clone(&found)));
    Ok(found)
}

/// How many possible violations the page shows an account when it opens it. Read off what is known.
#[must_use]
pub fn counted(desk: &Desk, account: &Account) -> usize {
    let all = account.role.reaches_every_agency();
    desk.owed.count_possible(|agency| {
        *agency == account.agency || all && desk.city_agencies().any(|known| known.id == *agency)
    })
}

/// Which: of which agency, of which kind, from where on.
#[derive(Default, serde::Deserialize)]
pub struct Which {
    agency: Option<String>,
    kind: Option<String>,
    before: Option<String>,
}

/// What is chosen of all that somebody may see.
struct Chosen {
    /// All agencies behind whose figures the account may look.
    agencies: Vec<AgencyId>,
    agency: Option<AgencyId>,
    kind: Option<FindingKind>,
}

impl Chosen {
    fn takes(&self, finding: &Finding) -> bool {
        self.of_agency(finding) && self.of_kind(finding)
    }

    /// Of the agency that was chosen, else of any that the account may see.
    fn of_agency(&self, finding: &Finding) -> bool {
        match &self.agency {
            Some(agency) => finding.agency == *agency,
            None => self.agencies.contains(&finding.agency),
        }
    }

    fn of_kind(&self, finding: &Finding) -> bool {
        self.kind.is_none_or(|kind| finding.kind == kind)
    }

    /// Whether a line says whose it is.
    fn several(&self) -> bool {
        self.agency.is_none() && self.agencies.len() > 1
    }

    /// The address of the list with this agency and kind, from a place on.
    fn address(agency: Option<&AgencyId>, kind: Option<FindingKind>, before: Option<&Finding>) -> String {
        let pairs = [
            ("agency", agency.map(ToString::to_string)),
            ("kind", kind.map(|kind| kind_word(kind).to_owned())),
            ("before", before.map(written)),
        ];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { "/findings".to_owned() } else { format!("/findings?{query}") }
    }
}

/// Where a finding stands among all, the newest first.
fn order(finding: &Finding) -> (Reverse<Date>, EntryId, FindingKind) {
    (Reverse(finding.on), finding.entry, finding.kind)
}

/// Where a page of the list ends, as its address says it: `2026-06-15.en-….done-though-barred`.
fn written(last: &Finding) -> String {
    format!("{}.{}.{}", last.on, last.entry, kind_word(last.kind))
}

/// The other way; none where the text is none of ours.
fn place(text: &str) -> Option<(Reverse<Date>, EntryId, FindingKind)> {
    let (day, rest) = text.split_once('.')?;
    let (entry, kind) = rest.split_once('.')?;
    Some((Reverse(day.parse().ok()?), entry.parse().ok()?, kind_of(kind)?))
}

/// `GET /findings`: those of an agency, or of all that the account may see; the newest first.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account, Query(which): Query<Which>) -> Response {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let agency = given(&which.agency).map(|agency| AgencyId::new(&agency));
    // Of all of the agency's sites.
    let asked = agency.clone().unwrap_or_else(|| account.agency.clone());
    if let Err(refused) = desk.must(&account, Action::ReadFigure, &Resource::Agency(asked.clone())) {
        return *refused;
    }
    let refuse = |status: StatusCode, fault: &Fault| refusal(&desk, Some(&account), status, &fault.say(&desk.words));
    let kind = match given(&which.kind).map(|word| kind_of(&word)) {
        Some(None) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, &Fault::of("form-not-on-list", "findings-kind")),
        kind => kind.flatten(),
    };
    let before = match given(&which.before).map(|text| place(&text)) {
        Some(None) => return refuse(StatusCode::BAD_REQUEST, &Fault::new("list-no-place")),
        before => before.flatten(),
    };
    let mut agencies: Vec<AgencyId> = filings::readable(&desk, &account).into_iter().collect();
    if !agencies.contains(&asked) {
        agencies.push(asked);
    }
    let chosen = Chosen { agencies, agency, kind };
    let all = match desk.blocking(noticed).await {
        Ok(all) => all,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let found: Vec<&Finding> = all.iter().filter(|finding| chosen.takes(finding)).collect();
    // What is recorded meanwhile neither shifts nor repeats a line.
    let from = before.map_or(0, |place| found.partition_point(|finding| order(finding) <= place));
    let page_of = found.get(from..).unwrap_or_default();
    let shown = page_of.get(..LISTED).unwrap_or(page_of);
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("findings-title");
    let body = html! {
        p { a href="/requests" { (say("findings-back")) } }
        h1 { (title) }
        p { (say("findings-why")) " " (practice(&desk)) }
        (choices(&desk, &chosen))
        @if found.is_empty() {
            p { (none(&desk, &chosen)) }
        } @else {
            @if chosen.agencies.len() > 1 { (by_agency(&desk, &chosen, &all)) }
            (by_kind(&desk, &chosen, &all))
            (each(&desk, &chosen, shown))
            @if page_of.len() > LISTED && let Some(last) = shown.last() {
                p { a.target href=(Chosen::address(chosen.agency.as_ref(), kind, Some(last))) { (say("findings-older")) } }
            }
        }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// That nothing is found, and where nothing was looked for.
fn none(desk: &Desk, chosen: &Chosen) -> String {
    let whose = match (&chosen.agency, chosen.agencies.as_slice()) {
        (Some(agency), _) | (None, [agency]) => desk.agency_title(agency).to_owned(),
        _ => desk.words.say("findings-every-agency", &[]),
    };
    let id = if chosen.kind.is_some() { "findings-none-of-kind" } else { "findings-none" };
    desk.words.say(id, &[("agency", &whose)])
}

/// What one chooses.
fn choices(desk: &Desk, chosen: &Chosen) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        form method="get" action="/findings" {
            div.row {
                @if chosen.agencies.len() > 1 {
                    div {
                        label for="agency" { (say("requests-agency")) }
                        select id="agency" name="agency" {
                            option value="" { (say("findings-every-agency")) }
                            @for agency in &chosen.agencies {
                                option value=(agency) selected[chosen.agency.as_ref() == Some(agency)] { (desk.agency_title(agency)) }
                            }
                        }
                    }
                }
                div {
                    label for="kind" { (say("findings-kind")) }
                    select id="kind" name="kind" {
                        option value="" { (say("findings-every-kind")) }
                        @for kind in FindingKind::ALL {
                            option value=(kind_word(kind)) selected[chosen.kind == Some(kind)] { (sentence(desk, kind)) }
                        }
                    }
                }
            }
            p { button type="submit" { (say("requests-show")) } }
        }
    }
}

/// How many of the chosen kind each agency has, of all that the account may see.
fn by_agency(desk: &Desk, chosen: &Chosen, all: &[Finding]) -> Markup {
    let of = |agency: &AgencyId| all.iter().filter(|one| one.agency == *agency && chosen.of_kind(one)).count();
    let lines = chosen.agencies.iter().map(|agency| {
        (desk.agency_title(agency).to_owned(), of(agency), Chosen::address(Some(agency), chosen.kind, None))
    });
    counts(desk, "findings-by-agency", "requests-agency", lines.collect(), Chosen::address(None, chosen.kind, None))
}

/// How many of each kind the chosen agency has, or all.
fn by_kind(desk: &Desk, chosen: &Chosen, all: &[Finding]) -> Markup {
    let of = |kind: FindingKind| all.iter().filter(|one| one.kind == kind && chosen.of_agency(one)).count();
    let agency = chosen.agency.as_ref();
    let lines = FindingKind::ALL
        .into_iter()
        .map(|kind| (sentence(desk, kind), of(kind), Chosen::address(agency, Some(kind), None)));
    counts(desk, "findings-counts", "findings-kind", lines.collect(), Chosen::address(agency, None, None))
}

/// A table of how many, of which each leads to the list that it counts; what is nought is left out.
fn counts(desk: &Desk, title: &str, of: &str, lines: Vec<(String, usize, String)>, whole: String) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let sum: usize = lines.iter().map(|(_, count, _)| count).sum();
    let lines = lines.into_iter().filter(|(_, count, _)| *count > 0).chain([(say("findings-all"), sum, whole)]);
    scrolled(
        &say(title),
        &html! {
            table {
                caption { (say(title)) }
                thead { tr { th scope="col" { (say(of)) } th.number scope="col" { (say("findings-count")) } } }
                tbody {
                    @for (name, count, leads) in lines {
                        tr { th scope="row" { (name) } td.number { a.target href=(leads) { (count) } } }
                    }
                }
            }
        },
    )
}

fn each(desk: &Desk, chosen: &Chosen, shown: &[&Finding]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    scrolled(
        &say("findings-each"),
        &html! {
            table {
                caption { (say("findings-each")) }
                thead { tr {
                    th scope="col" { (say("requests-id")) }
                    th scope="col" { (say("requests-when")) }
                    @if chosen.several() { th scope="col" { (say("requests-agency")) } }
                    th scope="col" { (say("findings-kind")) }
                    th scope="col" { (say("entries-id")) }
                } }
                tbody {
                    @for finding in shown {
                        tr {
                            th scope="row" {
                                @if let Some(request) = finding.request {
                                    a.target href=(format!("/requests/{request}")) { (short(request)) }
                                } @else { a.target href=(unasked::path(finding.entry)) { (say("findings-no-request")) } }
                            }
                            td.date { (finding.on) }
                            @if chosen.several() { td { (finding.agency) } }
                            td.wide { (sentence(desk, finding.kind)) " " (late(desk, finding)) }
                            td { (entry(finding.request, finding.entry)) }
                        }
                    }
                }
            }
        },
    )
}

/// An entry by its id, which leads to its line on the page of its request, or to the page of a deed about none.
fn entry(request: Option<RequestId>, entry: EntryId) -> Markup {
    html! {
        @match request {
            Some(request) => a href=(format!("/requests/{request}#{entry}")) { code { (entry) } },
            None => a href=(unasked::path(entry)) { code { (entry) } },
        }
    }
}

/// An agency's possible violations, the newest first.
///
/// # Errors
/// When the record cannot be read.
pub async fn of_agency(desk: &Arc<Desk>, agency: AgencyId) -> anyhow::Result<Vec<Finding>> {
    desk.blocking(move |desk| Ok(noticed(desk)?.iter().filter(|finding| finding.agency == agency).cloned().collect()))
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
                (say("finding-says")) " " (entry(finding.request, finding.entry))
                @if let Some(against) = finding.against {
                    "; " (say("finding-against")) " "
                    // Against a deed about no request stands a correction alone, which has no page.
                    @if finding.request.is_some() { (entry(finding.request, against)) } @else { code { (against) } }
                }
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

/// The kind of a word.
fn kind_of(word: &str) -> Option<FindingKind> {
    FindingKind::ALL.into_iter().find(|kind| kind_word(*kind) == word)
}

/// A finding's word in addresses and Fluent ids.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is_one() {
        let finding = Finding {
            kind: FindingKind::RecordedLate,
            agency: "DOC".into(),
            on: "2026-06-15".parse().unwrap(),
            entry: EntryId::from_bytes([7; 16]),
            request: None,
            against: None,
            provisions: Vec::new(),
            late: None,
        };
        let text = written(&finding);
        assert_eq!(place(&text), Some(order(&finding)));
        for bad in
            ["", "2026-06-15", &text.replace("recorded", "written"), &text.replace("2026", "x"), &format!("{text}.1")]
        {
            assert_eq!(place(bad), None, "{bad}");
        }
    }
}
