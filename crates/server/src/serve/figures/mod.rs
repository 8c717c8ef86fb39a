//! `/figures`: the requests of a year in charts, each with a table of the same figures below it, of which each leads to the requests that it
//! counts.
//!
//! A figure is the number of requests that the list shows for the same choices; so it is counted by the way in which requests came into the
//! record, and files of another authority never beside the city's own. Nothing is suppressed: who sees these figures may open each request
//! behind them (the access policies say so of both), and nothing here is published. What is overdue now stands below ([`overdue`]).

mod drawing;
mod overdue;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::civil::{Date, date};
use law::{AgencyId, Outcome};
use maud::{Markup, html};
use record::{Body, Entry, RequestId, Source};

use self::drawing::{Bar, PATTERNS, bars};
use super::{
    Desk,
    filings::Mark,
    findings,
    forms::Fields,
    listing::{
        self,
        filters::{Filters, SOURCES},
    },
    page::{page, refusal, scrolled},
    requests,
    session::Account,
};
use crate::{
    access::{Action, Resource},
    store::search,
};

/// A request as the charts count it.
struct Counted {
    request: RequestId,
    agency: AgencyId,
    source: Source,
    day: Date,
    outcomes: BTreeSet<Outcome>,
    /// Days from the contact to the first answer that was recorded.
    answered_after: Option<i64>,
    /// Days from the contact to the first thing that was done, as far as an entry says it.
    done_after: Option<i64>,
}

impl Counted {
    /// Days of the calendar from the contact to a day; a day before it is the same day.
    fn days_until(&self, day: Date) -> i64 {
        self.day.until(day).map_or(0, |span| i64::from(span.get_days()).max(0))
    }
}

/// What the charts count, kept for as long as nothing is recorded.
#[derive(Default)]
pub struct Rows(Mutex<Option<(Mark, Arc<Vec<Counted>>)>>);

/// How long an answer took, in the words of the page (`figures-time-WORD`); the most days of each.
const TIMES: [(&str, i64); 4] = [("same-day", 0), ("next-day", 1), ("week", 7), ("month", 30)];

fn rows(desk: &Desk) -> anyhow::Result<Arc<Vec<Counted>>> {
    let rows = desk.counted.marked(&*desk.store, |mark, entries| {
        let mut kept = desk.charted.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((at, rows)) if *at == mark => Arc::clone(rows),
            _ => {
                let rows = Arc::new(count(entries, &desk.zone));
                *kept = Some((mark, Arc::clone(&rows)));
                rows
            }
        }
    })?;
    Ok(rows)
}

fn count(entries: &[Entry], zone: &jiff::tz::TimeZone) -> Vec<Counted> {
    let mut rows: Vec<Counted> = Vec::new();
    let mut at: BTreeMap<RequestId, usize> = BTreeMap::new();
    let mistakes = record::corrected(entries);
    for entry in entries {
        match &entry.body {
            Body::Requested(request) => {
                at.insert(request.id, rows.len());
                rows.push(Counted {
                    request: request.id,
                    agency: request.receiver.agency.clone(),
                    source: entry.source.clone(),
                    day: request.received.day(),
                    outcomes: BTreeSet::new(),
                    answered_after: None,
                    done_after: None,
                });
            }
            Body::Decided(decided) => {
                let Some(row) = at.get(&decided.request).and_then(|at| rows.get_mut(*at)) else { continue };
                row.outcomes.insert(decided.decision.outcome);
                let recorded = entry.at.to_zoned(zone.clone()).date();
                let days = row.days_until(recorded);
                row.answered_after = Some(row.answered_after.map_or(days, |before| before.min(days)));
            }
            Body::Done(done) if search::tells(&done.deed) && !mistakes.contains_key(&entry.id) => {
                let row = done.request.and_then(|request| at.get(&request)).and_then(|at| rows.get_mut(*at));
                let Some(row) = row else { continue };
                let days = row.days_until(done.when.day());
                row.done_after = Some(row.done_after.map_or(days, |before| before.min(days)));
            }
            _ => {}
        }
    }
    rows
}

/// What is chosen: whose, which year, by what way recorded.
struct Chosen {
    agencies: Vec<AgencyId>,
    agency: Option<AgencyId>,
    year: i16,
    source: Source,
}

/// One line of a table: its name, the figure, and the list of what it counts.
struct Line {
    name: String,
    figure: u64,
    leads: String,
}

/// `GET /figures`: the charts of a year.
pub async fn charts(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(pairs);
    let agency = fields.one("agency").map(AgencyId::new);
    let asked = agency.clone().unwrap_or_else(|| account.agency.clone());
    if let Err(refused) = desk.must(&account, Action::ReadFigure, &Resource::Agency(asked.clone())) {
        return *refused;
    }
    let mut agencies: Vec<AgencyId> = super::filings::readable(&desk, &account).into_iter().collect();
    if !agencies.contains(&asked) {
        agencies.push(asked.clone());
    }
    let all = agencies.clone();
    if agency.is_some() {
        agencies = vec![asked];
    }
    let own = requests::source(&desk);
    let source = match fields.choice("source", "list-source", &SOURCES) {
        Ok(source) => source.and_then(|name| name.parse().ok()).unwrap_or(own),
        Err(fault) => return refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &fault.say(&desk.words)),
    };
    let year = match fields.one("year").map(str::parse::<i16>) {
        None => None,
        Some(Ok(year)) if (2000..=2100).contains(&year) => Some(year),
        Some(_) => {
            let sentence = desk.words.say("figures-no-year", &[]);
            return refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &sentence);
        }
    };
    // What is owed is read on only; what was read of it before is kept.
    if let Err(failed) = desk.all_duties(&account).await {
        return *failed;
    }
    let read = desk.blocking(|desk| Ok((rows(desk)?, findings::noticed(desk)?))).await;
    let (rows, noticed) = match read {
        Ok(read) => read,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let seen = |row: &&Counted| row.source == source && agencies.contains(&row.agency);
    let years: BTreeSet<i16> = rows.iter().filter(seen).map(|row| row.day.year()).collect();
    let this = desk.now().date().year();
    let year = year.unwrap_or_else(|| years.last().copied().unwrap_or(this));
    let counted: Vec<&Counted> = rows.iter().filter(seen).filter(|row| row.day.year() == year).collect();
    let chosen = Chosen { agencies, agency, year, source };
    let possible: BTreeSet<RequestId> = noticed.iter().filter_map(|finding| finding.request).collect();
    let say = |id: &str| desk.words.say(id, &[]);
    let title = desk.words.say("figures-title", &[("year", &year.to_string())]);
    let imported = matches!(chosen.source, Source::Import(_));
    let body = html! {
        p { a href="/requests" { (say("findings-back")) } }
        h1 { (title) }
        p { (say("figures-why")) }
        (choices(&desk, &chosen, &all, &years))
        @if counted.is_empty() { p { (say("figures-none")) } } @else {
            (chart(&desk, "months", &months(&desk, &chosen, |row| counted_in(&counted, row)), false))
            @if chosen.agencies.len() > 1 { (agency_chart(&desk, &chosen, &counted)) }
            (chart(&desk, "outcomes", &outcomes(&desk, &chosen, &counted), true))
            @if imported { h2 { (say("figures-time")) } p { (say("figures-time-imported")) } }
            @else {
                (times(&desk, "time", &counted, |row| row.answered_after, None))
                (times(&desk, "done", &counted, |row| row.done_after, Some(Filters { done: Some(false), ..chosen.list() }.address())))
            }
            @if !imported {
                (chart(&desk, "possible", &months_possible(&desk, &chosen, &counted, &possible), false))
                p { (say("possible-violation-means")) " " a href="/findings" { (say("findings-link")) } }
            }
        }
        @if !imported { (overdue::charts(&desk, &account, chosen.agency.as_ref())) }
    };
    page(&desk, Some(&account), &title, &body).into_response()
}

/// How many of these were asked in a month.
fn counted_in(counted: &[&Counted], month: i8) -> u64 {
    counted.iter().filter(|row| row.day.month() == month).count() as u64
}

/// The first and last day of a month of the year that is shown.
fn month(year: i16, month: i8) -> (Date, Date) {
    let first = date(year, month, 1);
    (first, first.last_of_month())
}

impl Chosen {
    /// The list that a figure counts.
    fn list(&self) -> Filters {
        Filters {
            agency: self.agency.clone(),
            from: Some(date(self.year, 1, 1)),
            through: Some(date(self.year, 12, 31)),
            source: Some(self.source.clone()),
            ..Filters::default()
        }
    }
}

fn months(desk: &Desk, chosen: &Chosen, figure: impl Fn(i8) -> u64) -> Vec<Line> {
    let today = desk.now().date();
    let begun = |month: &i8| date(chosen.year, *month, 1) <= today || figure(*month) > 0;
    (1..=12)
        .filter(begun)
        .map(|number| {
            let (from, through) = month(chosen.year, number);
            let list = Filters { from: Some(from), through: Some(through), ..chosen.list() };
            Line { name: from.strftime("%Y-%m").to_string(), figure: figure(number), leads: list.address() }
        })
        .collect()
}

fn months_possible(desk: &Desk, chosen: &Chosen, counted: &[&Counted], possible: &BTreeSet<RequestId>) -> Vec<Line> {
    let shown: Vec<&Counted> = counted.iter().copied().filter(|row| possible.contains(&row.request)).collect();
    let mut lines = months(desk, chosen, |number| counted_in(&shown, number));
    for line in &mut lines {
        line.leads.push_str("&possible=yes");
    }
    lines
}

fn outcomes(desk: &Desk, chosen: &Chosen, counted: &[&Counted]) -> Vec<Line> {
    Outcome::ALL
        .into_iter()
        .map(|outcome| Line {
            name: listing::answer(desk, outcome),
            figure: counted.iter().filter(|row| row.outcomes.contains(&outcome)).count() as u64,
            leads: Filters { outcome: Some(outcome), ..chosen.list() }.address(),
        })
        .collect()
}

/// A chart and its table.
fn chart(desk: &Desk, word: &str, lines: &[Line], patterned: bool) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say(&format!("figures-{word}"));
    html! {
        h2 { (title) }
        p { (say(&format!("figures-{word}-why"))) }
        (drawn(desk, word, &title, lines.iter(), patterned))
        details {
            summary { (desk.words.say("figures-table", &[("title", &title)])) }
            table {
                caption.unseen { (title) }
                thead { tr { th scope="col" { (say(&format!("figures-{word}-of"))) } th.number scope="col" { (say("figures-requests")) } } }
                tbody {
                    @for line in lines {
                        tr {
                            th scope="row" { (line.name) }
                            td.number { @if line.figure == 0 { "0" } @else { a href=(line.leads) { (line.figure) } } }
                        }
                    }
                }
            }
        }
    }
}

fn drawn<'a>(
    desk: &Desk,
    word: &str,
    title: &str,
    lines: impl Iterator<Item = &'a Line> + Clone,
    patterned: bool,
) -> Markup {
    let list: Vec<Bar> = lines
        .clone()
        .enumerate()
        .map(|(at, line)| Bar {
            name: line.name.clone(),
            figure: line.figure,
            pattern: if patterned { at % PATTERNS } else { 0 },
        })
        .collect();
    // What a reader hears: the greatest, and where the rest is.
    let sum: u64 = lines.clone().map(|line| line.figure).sum();
    let shows = lines.max_by_key(|line| line.figure).map_or_else(String::new, |most| {
        let told =
            [("name", most.name.as_str()), ("figure", &most.figure.to_string()), ("bars", &list.len().to_string())];
        desk.words.say(if sum == 0 { "figures-all-nought" } else { "figures-shows" }, &told)
    });
    bars(word, title, &shows, &list)
}

/// Requests by agency, and the table of agencies by month.
fn agency_chart(desk: &Desk, chosen: &Chosen, counted: &[&Counted]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let mut by: BTreeMap<&AgencyId, [u64; 12]> = BTreeMap::new();
    for row in counted {
        let place = usize::try_from(row.day.month() - 1).unwrap_or_default();
        if let Some(figure) = by.entry(&row.agency).or_default().get_mut(place) {
            *figure += 1;
        }
    }
    let list = |agency: &AgencyId| Filters { agency: Some(agency.clone()), ..chosen.list() };
    let lines: Vec<Line> = by
        .iter()
        .map(|(agency, months)| Line {
            name: agency.to_string(),
            figure: months.iter().sum(),
            leads: list(agency).address(),
        })
        .collect();
    let title = say("figures-agencies");
    let table = desk.words.say("figures-table", &[("title", &title)]);
    html! {
        h2 { (title) }
        p { (say("figures-agencies-why")) }
        (drawn(desk, "agencies", &title, lines.iter(), false))
        details {
            summary { (table) }
            (scrolled(&table, &html! {
                table.tight {
                    caption.unseen { (title) }
                    thead { tr {
                        th scope="col" { (say("requests-agency")) }
                        @for number in 1..=12_i8 { th.number scope="col" { (date(chosen.year, number, 1).strftime("%m")) } }
                        th.number scope="col" { (say("figures-sum")) }
                    } }
                    tbody {
                        @for ((agency, months), line) in by.iter().zip(&lines) {
                            tr {
                                th scope="row" { (desk.agency_title(agency)) }
                                @for (number, figure) in (1_i8..).zip(months) {
                                    @let (from, through) = month(chosen.year, number);
                                    td.number {
                                        @if *figure == 0 { "0" }
                                        @else { a href=(Filters { from: Some(from), through: Some(through), ..list(agency) }.address()) { (figure) } }
                                    }
                                }
                                td.number { a href=(line.leads) { (line.figure) } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// From the contact to something, in days of the city's calendar. The list has the choice of those alone of which nothing was done.
fn times(
    desk: &Desk,
    word: &str,
    counted: &[&Counted],
    after: impl Fn(&Counted) -> Option<i64>,
    open: Option<String>,
) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let line = |name: String, leads: String| Line { name, figure: 0, leads };
    let within = TIMES.iter().map(|(word, _)| *word).chain(["longer"]);
    let mut lines: Vec<Line> = within.map(|word| line(say(&format!("figures-time-{word}")), String::new())).collect();
    lines.push(line(say(&format!("figures-{word}-open")), open.unwrap_or_default()));
    for row in counted {
        let place = match after(row) {
            Some(days) => TIMES.iter().position(|(_, most)| days <= *most).unwrap_or(TIMES.len()),
            None => TIMES.len() + 1,
        };
        if let Some(line) = lines.get_mut(place) {
            line.figure += 1;
        }
    }
    let title = say(&format!("figures-{word}"));
    html! {
        h2 { (title) }
        p { (say(&format!("figures-{word}-why"))) }
        (drawn(desk, word, &title, lines.iter(), false))
        details {
            summary { (desk.words.say("figures-table", &[("title", &title)])) }
            table {
                caption.unseen { (title) }
                thead { tr { th scope="col" { (say(&format!("figures-{word}-of"))) } th.number scope="col" { (say("figures-requests")) } } }
                tbody {
                    @for line in &lines {
                        tr {
                            th scope="row" { (line.name) }
                            td.number { @if line.leads.is_empty() || line.figure == 0 { (line.figure) } @else { a href=(line.leads) { (line.figure) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Whose, which year, recorded by what way.
fn choices(desk: &Desk, chosen: &Chosen, all: &[AgencyId], years: &BTreeSet<i16>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let mut years = years.clone();
    years.insert(chosen.year);
    let name = chosen.source.to_string();
    html! {
        form.narrow method="get" action="/figures" {
            div.row {
                @if all.len() > 1 {
                    div {
                        label for="agency" { (say("requests-agency")) }
                        select id="agency" name="agency" {
                            option value="" { (say("figures-all-agencies")) }
                            @for one in all { option value=(one) selected[chosen.agency.as_ref() == Some(one)] { (desk.agency_title(one)) } }
                        }
                    }
                }
                div {
                    label for="year" { (say("figures-year")) }
                    select id="year" name="year" {
                        @for year in years.iter().rev() { option value=(year) selected[*year == chosen.year] { (year) } }
                    }
                }
                div {
                    label for="source" { (say("list-source")) }
                    select id="source" name="source" {
                        @for (word, value) in SOURCES { option value=(word) selected[value == name] { (say(&format!("list-source-{word}"))) } }
                    }
                }
            }
            p { button type="submit" { (say("list-find")) } }
        }
    }
}
