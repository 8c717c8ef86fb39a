//! `/filings`: what the statutes ask to be published, every period of it, as drafts that anyone signed in can look at.
//!
//! A draft is computed from the record as it stands; publishing is `vouchsafe file`, which writes the five files. What is
//! published names no entry (decisions 24); here a figure leads to the requests of one's own agency that it counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use law::AgencyId;
use maud::{Markup, html};
use record::filing::{Cell, Filing, FilingError, Options, Period, Section};
use record::{Body, Entry, EntryId, RequestId};

use crate::{
    access::{Action, Resource},
    filing::{Paper, periods},
    store::{Store, StoreError},
};

use super::{
    Desk, deeds,
    filed::{self, Published},
    funding,
    page::{page, refusal, scrolled},
    requests::{Told, short},
    session::Account,
    unasked,
};

/// How many periods of each section stand open in the list; the older ones are one tap away.
const NEWEST: usize = 4;

/// How many entries are read in one go.
const STRETCH: usize = 500;

/// How many entries the page of a figure lists.
const LISTED: usize = 500;

/// `GET /filings`: each section's periods, the newest first.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account, Query(query): Query<Told>) -> Response {
    if let Err(refused) = desk.must(&account, Action::ReadFilings, &Resource::City) {
        return *refused;
    }
    let recorded = query.told.as_deref() == Some("recorded");
    listed(&desk, &account, StatusCode::OK, &funding::Shown { recorded, fault: None }).await
}

/// A period, and what was filed for it.
type Listed = (Period, Option<Published>);

/// The list, with the form for federal money where the account may state it.
pub async fn listed(desk: &Arc<Desk>, account: &Account, status: StatusCode, shown: &funding::Shown<'_>) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("filings-title");
    let today = desk.now().date();
    let agency = account.agency.clone();
    let read = move |desk: &Desk| -> anyhow::Result<Vec<(Section, Vec<Listed>)>> {
        let with = |section, period| Ok((filed::published(desk, section, &agency, &period)?, period));
        let of = |section| -> anyhow::Result<_> {
            let listed = periods(section, today).into_iter().map(|period| with(section, period));
            Ok((section, listed.map(|one| one.map(|(filed, period)| (period, filed))).collect::<anyhow::Result<_>>()?))
        };
        // An agency's own statement last: no section asks for it.
        Section::ALL.into_iter().chain([Section::Statement]).map(of).collect()
    };
    let sections = match desk.blocking(read).await {
        Ok(sections) => sections,
        Err(error) => return desk.failed(Some(account), &error),
    };
    let desk = &**desk;
    let body = html! {
        h1 { (title) }
        p { (say("filings-why")) }
        @for (section, periods) in &sections {
            @let section = *section;
            @let heading = heading(desk, account, section);
            @let (newest, older) = periods.split_at(NEWEST.min(periods.len()));
            h2 { (heading) }
            @if section == Section::Statement { p { (say("statements-why")) } }
            (table(desk, section, newest, &heading, today))
            @if !older.is_empty() {
                details {
                    summary { (desk.words.say("filings-older", &[("section", section.number())])) }
                    (table(desk, section, older, &desk.words.say("filings-older", &[("section", section.number())]), today))
                }
            }
        }
        (funding::form(desk, account, shown))
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

fn heading(desk: &Desk, account: &Account, section: Section) -> String {
    if section == Section::Statement {
        return desk.words.say("statements-heading", &[("agency", desk.agency_title(&account.agency))]);
    }
    let agency = section.agency().map_or_else(
        || desk.words.say("filings-all-agencies", &[]),
        |id| desk.agency_title(&law::AgencyId::new(id)).to_owned(),
    );
    desk.words.say("filings-section-of", &[("section", section.subdivision()), ("agency", &agency)])
}

fn table(desk: &Desk, section: Section, periods: &[Listed], title: &str, today: Date) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        (scrolled(title, &html! {
            table {
                caption.unseen { (title) }
                thead { tr {
                    th scope="col" { (say("filings-period")) }
                    th scope="col" { (say("filings-days")) }
                    th scope="col" { (say("filings-due")) }
                    th scope="col" { (say("filed-title")) }
                } }
                tbody {
                    @for (period, filed) in periods {
                        @let runs = period.to >= today;
                        tr {
                            th scope="row" { a.target href=(path(section, period)) { (name(desk, section)) " " (period.name) } }
                            td.days {
                                (desk.words.say("filings-from-to", &[("from", &period.from.to_string()), ("to", &period.to.to_string())]))
                                @if runs { br; (say("filings-running")) }
                            }
                            td.days[period.due.is_some()] { @if let Some(due) = period.due { (due) } @else { (say("filings-no-due")) } }
                            td { (filed::cell(desk, section, period, filed.as_ref(), runs)) }
                        }
                    }
                }
            }
        }))
    }
}

/// What a section is called before a period.
pub fn name(desk: &Desk, section: Section) -> String {
    if section == Section::Statement { desk.words.say("statements-name", &[]) } else { section.number().to_owned() }
}

/// Where a period's draft stands.
pub fn path(section: Section, period: &Period) -> String {
    if section == Section::Statement {
        format!("/statements/{}", period.name)
    } else {
        format!("/filings/{}/{}", section.number(), period.name)
    }
}

/// Those of the entries that a filing counts which the account may see.
pub type Owned = BTreeMap<EntryId, Own>;

/// Those of these entries that are of one of these agencies.
pub fn owned(entries: &[Entry], agencies: &BTreeSet<AgencyId>) -> Owned {
    entries.iter().filter_map(|entry| Some((entry.id, own(entry, agencies)?))).collect()
}

/// The agencies behind whose figures the account may look.
pub fn readable(desk: &Desk, account: &Account) -> BTreeSet<AgencyId> {
    let may = |agency: &AgencyId| desk.would(account, Action::ReadFigure, &Resource::Agency(agency.clone()));
    desk.city_agencies().map(|agency| agency.id.clone()).filter(may).collect()
}

/// A filing as it stands, and which of the entries that it counts the account may see.
struct Computed {
    filing: Result<Filing, FilingError>,
    own: Owned,
}

/// An entry that the account may see, as the page of a figure lists it.
pub struct Own {
    on: Date,
    kind: &'static str,
    request: Option<RequestId>,
}

/// What filings are counted from, kept between two looks at one: the entries, without the reasons of their answers. An
/// entry never changes, so only what is new is read; what was erased since goes.
#[derive(Default)]
pub struct Counted(Mutex<(u64, Vec<Entry>)>);

/// Which entries there are: how many, and the last of them.
pub type Mark = (usize, Option<EntryId>);

impl Counted {
    /// Reads what is new, then hands all entries over.
    pub fn with<T>(&self, store: &dyn Store, work: impl FnOnce(&[Entry]) -> T) -> Result<T, StoreError> {
        self.marked(store, |_, entries| work(entries))
    }

    /// The same, with a mark: where it is the same, so are the entries. An erasure adds the entry that says so.
    pub fn marked<T>(&self, store: &dyn Store, work: impl FnOnce(Mark, &[Entry]) -> T) -> Result<T, StoreError> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, entries) = &mut *counted;
        loop {
            let stretch = store.entries(*next, STRETCH)?;
            let Some(last) = stretch.last() else { break };
            let after = last.seq + 1;
            for stored in stretch {
                let Some(held) = stored.held else { continue };
                let mut entry = held.entry;
                if let Body::Erased(erasure) = &entry.body {
                    entries.retain(|kept| kept.id != erasure.entry);
                }
                // What no filing counts, and there may be more of it than of all else.
                if matches!(entry.body, Body::Read(_) | Body::Taken(_) | Body::Staff(_) | Body::System(_)) {
                    continue;
                }
                record::filing::lean(&mut entry);
                entries.push(entry);
            }
            *next = after;
        }
        Ok(work((entries.len(), entries.last().map(|entry| entry.id)), entries))
    }
}

async fn compute(desk: &Arc<Desk>, account: &Account, section: Section, period: Period) -> anyhow::Result<Computed> {
    let agencies = readable(desk, account);
    desk.blocking(move |desk| {
        let include = desk.invented.then_some(record::Source::Demo).into_iter().collect();
        let not_of_the_city = crate::filing::names(desk.pack.vocabulary()).not_of_the_city;
        let options = Options { include, draft: period.to >= desk.now().date(), not_of_the_city };
        let computed = desk.counted.with(&*desk.store, |entries| {
            let filing = record::filing::file(section, entries, &period, &options);
            Computed { filing, own: owned(entries, &agencies) }
        })?;
        Ok(computed)
    })
    .await
}

fn own(entry: &Entry, agencies: &BTreeSet<AgencyId>) -> Option<Own> {
    let kind = entry.body.kind();
    let (whose, on, request) = match &entry.body {
        Body::Requested(request) => (&request.receiver.agency, request.received.day(), Some(request.id)),
        Body::Done(done) => (&done.agency, done.when.day(), done.request),
        Body::Funding(funding) => (&funding.agency, funding.on, None),
        _ => return None,
    };
    agencies.contains(whose).then_some(Own { on, kind, request })
}

/// The section and period of a path, or the page that says that there is no such filing.
///
/// # Errors
/// That page.
pub fn named(desk: &Desk, account: &Account, section: &str, period: &str) -> Result<(Section, Period), Box<Response>> {
    let none =
        || Box::new(refusal(desk, Some(account), StatusCode::NOT_FOUND, &desk.words.say("filings-no-period", &[])));
    let section: Section = section.parse().map_err(|_| none())?;
    let period = Period::parse(section, period).map_err(|_| none())?;
    Ok((section, period))
}

/// `GET /filings/{section}/{period}`: the draft, whose figures lead to the entries that they count.
pub async fn draft(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path((section, period)): Path<(String, String)>,
) -> Response {
    if let Err(refused) = desk.must(&account, Action::ReadFilings, &Resource::City) {
        return *refused;
    }
    let (section, period) = match named(&desk, &account, &section, &period) {
        Ok(named) => named,
        Err(refused) => return *refused,
    };
    let computed = match compute(&desk, &account, section, period.clone()).await {
        Ok(computed) => computed,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let filing = match &computed.filing {
        Ok(filing) => filing,
        Err(error) => return contradicted(&desk, &account, section, &period, error, &computed.own),
    };
    drafted(&desk, &account, filing, &computed.own, "filings-preview", &html! {})
}

/// The page of a draft, with the sentence that says how it is made, and what else stands below it.
pub fn drafted(desk: &Desk, account: &Account, filing: &Filing, own: &Owned, preview: &str, more: &Markup) -> Response {
    let paper = Paper::of(filing, &desk.words, &crate::filing::names(desk.pack.vocabulary()));
    let leads = |table: usize, row: usize, column: usize| {
        let cell = cell(filing, table, row, column)?;
        let ours = cell.counts.iter().any(|entry| own.contains_key(entry));
        ours.then(|| format!("{}/{table}/{row}/{column}", path(filing.section, &filing.period)))
    };
    let body = html! {
        p { a href="/filings" { (desk.words.say("filings-back", &[])) } }
        p.banner role="note" { (desk.words.say(preview, &[])) }
        div.filing { (crate::filing::sections(&paper, &leads)) }
        (more)
    };
    page(desk, Some(account), &paper.title, &body).into_response()
}

fn cell(filing: &Filing, table: usize, row: usize, column: usize) -> Option<&Cell> {
    filing.tables.get(table)?.rows.get(row)?.cells.get(column)
}

/// `GET /filings/{section}/{period}/{table}/{row}/{column}`: the requests behind one figure, of the agencies that one may look behind.
pub async fn figure(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path((section, period, table, row, column)): Path<(String, String, String, String, String)>,
) -> Response {
    let own = Resource::Agency(account.agency.clone());
    let allowed = desk.must(&account, Action::ReadFilings, &Resource::City);
    if let Err(refused) = allowed.and_then(|()| desk.must(&account, Action::ReadFigure, &own)) {
        return *refused;
    }
    let (section, period) = match named(&desk, &account, &section, &period) {
        Ok(named) => named,
        Err(refused) => return *refused,
    };
    let computed = match compute(&desk, &account, section, period.clone()).await {
        Ok(computed) => computed,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let filing = match &computed.filing {
        Ok(filing) => filing,
        Err(error) => return contradicted(&desk, &account, section, &period, error, &computed.own),
    };
    figured(&desk, &account, filing, &computed.own, [&table, &row, &column])
}

/// The page of the figure at a table's row and column.
pub fn figured(desk: &Desk, account: &Account, filing: &Filing, own: &Owned, place: [&str; 3]) -> Response {
    let (section, period) = (filing.section, &filing.period);
    let [table, row, column] = place;
    let place = || Some((table.parse::<usize>().ok()?, row.parse::<usize>().ok()?, column.parse::<usize>().ok()?));
    let paper = Paper::of(filing, &desk.words, &crate::filing::names(desk.pack.vocabulary()));
    let found = place().and_then(|(table, row, column)| {
        let cell = cell(filing, table, row, column)?;
        let (table, (_, column)) = (paper.tables.get(table)?, paper.tables.get(table)?.columns.get(column)?);
        let row = table.rows.get(row)?;
        Some((cell, &table.title, row.heads.iter().map(|(_, head)| head.as_str()).collect::<Vec<_>>(), column))
    });
    let Some((cell, table, heads, column)) = found else {
        return refusal(desk, Some(account), StatusCode::NOT_FOUND, &desk.words.say("page-not-found", &[]));
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("figure-title");
    let ours: Vec<(&EntryId, &Own)> = cell.counts.iter().filter_map(|entry| Some((entry, own.get(entry)?))).collect();
    let others = (cell.counts.len() - ours.len()).to_string();
    let body = html! {
        p { a href=(path(section, period)) { (say("figure-back")) } }
        h1 { (title) }
        p { strong { (name(desk, section)) " " (period.name) } ", " (table) }
        p { (heads.join(", ")) ": " (column) }
        @if ours.len() < cell.counts.len() { p { (desk.words.say("figure-others", &[("others", &others)])) } }
        @if ours.len() > LISTED { p { (desk.words.say("figure-cut", &[("listed", &LISTED.to_string())])) } }
        (scrolled(&title, &html! {
            table {
                caption.unseen { (title) }
                thead { tr {
                    th scope="col" { (say("requests-when")) }
                    th scope="col" { (say("entries-kind")) }
                    th scope="col" { (say("requests-id")) }
                } }
                tbody {
                    @for (entry, own) in ours.iter().take(LISTED) {
                        tr {
                            td { (own.on) }
                            td { (say(&format!("entry-{}", own.kind))) }
                            td {
                                @if let Some(request) = own.request { a.target href=(format!("/requests/{request}")) { (short(request)) } }
                                @else if own.kind == "done" { a.target href=(unasked::path(**entry)) { (say("findings-no-request")) } }
                                @else { code { (entry) } }
                            }
                        }
                    }
                }
            }
        }))
    };
    page(desk, Some(account), &title, &body).into_response()
}

/// The page that says why there is no filing, and leads to each entry that must be corrected.
fn contradicted(
    desk: &Desk,
    account: &Account,
    section: Section,
    period: &Period,
    error: &FilingError,
    own: &BTreeMap<EntryId, Own>,
) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = desk.words.say("contradicted-title", &[("section", section.number()), ("period", &period.name)]);
    let FilingError::Contradictions(found) = error else {
        return refusal(desk, Some(account), StatusCode::CONFLICT, &say("contradicted-why"));
    };
    let body = html! {
        p { a href="/filings" { (say("filings-back")) } }
        h1 { (title) }
        p.error role="alert" { (say("contradicted-why")) }
        ul {
            @for one in found {
                li {
                    (say(deeds::wrong_word(one.wrong)))
                    ul {
                        @for entry in &one.entries {
                            li {
                                @match own.get(entry).and_then(|own| own.request) {
                                    Some(request) => { a.target href=(format!("/requests/{request}")) { code { (entry) } } }
                                    None => { code { (entry) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    (StatusCode::CONFLICT, page(desk, Some(account), &title, &body)).into_response()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_period_since_the_first_is_listed_once() {
        let names = |section| -> Vec<String> {
            periods(section, date(2026, 9, 1)).into_iter().map(|period| period.name).collect()
        };
        let correction = names(Section::Correction);
        assert_eq!((correction.first().unwrap().as_str(), correction.last().unwrap().as_str()), ("FY2027", "FY2013"));
        assert_eq!(correction.len(), 15);
        let quarters = names(Section::Resources);
        assert_eq!((quarters.first().unwrap().as_str(), quarters.last().unwrap().as_str()), ("2026Q3", "2018Q1"));
        assert_eq!(quarters.len(), 35);
        for (section, name) in [(Section::Correction, "FY2017"), (Section::Resources, "2018Q1")] {
            assert!(Period::parse(section, name).is_ok());
        }
    }
}
