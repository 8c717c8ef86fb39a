//! What is overdue now, in charts: by duty, and by agency for whoever sees several.
//!
//! Of the year that the page shows nothing is asked here: a duty is owed until it is done. A figure is what the list of duties says for the
//! same choice, since both ask [`Desk::owed_to`]; nothing of the record is read for it a second time.

use std::collections::BTreeMap;

use law::AgencyId;
use maud::{Markup, html};
use record::{DutyKind, duty::State};

use super::{Line, drawn};
use crate::{
    access::{Action, Resource},
    serve::{Desk, duties, session::Account},
};

/// How many are overdue, and how many are owed and still in time.
#[derive(Clone, Copy, Default)]
struct Stand {
    overdue: u64,
    in_time: u64,
}

/// The charts; nothing for whoever may not see the list of duties. What is owed was read on before.
pub fn charts(desk: &Desk, account: &Account, named: Option<&AgencyId>) -> Markup {
    let asked = named.unwrap_or(&account.agency);
    if !desk.would(account, Action::ListRequests, &Resource::Agency(asked.clone())) {
        return html! {};
    }
    let now = desk.now();
    let mut kinds: BTreeMap<DutyKind, Stand> = BTreeMap::new();
    let mut agencies: BTreeMap<Option<AgencyId>, Stand> = BTreeMap::new();
    for duty in desk.owed_to(account, asked, named, None) {
        let of_kind = kinds.entry(duty.kind).or_default();
        for stand in [of_kind, agencies.entry(duty.agency.clone()).or_default()] {
            match duty.state(now) {
                State::Overdue => stand.overdue += 1,
                _ => stand.in_time += 1,
            }
        }
    }
    let say = |id: &str| desk.words.say(id, &[]);
    let of_agency = named.map_or_else(String::new, |agency| format!("agency={agency}&"));
    let by_kind = kinds.into_iter().map(|(kind, stand)| {
        let name = duties::name(desk, kind);
        Row::new(name.clone(), name, stand, format!("/duties?{of_agency}kind={}", kind.word()))
    });
    let by_agency = agencies.into_iter().map(|(agency, stand)| match agency {
        // As in the chart of requests: the short name at the bar, the whole one in the table.
        Some(agency) => {
            let leads = format!("/duties?agency={agency}");
            Row::new(agency.to_string(), desk.agency_title(&agency).to_owned(), stand, leads)
        }
        // No choice of the list shows its duties alone.
        None => Row::new(say("duties-of-the-city"), say("duties-of-the-city"), stand, String::new()),
    });
    let (by_kind, by_agency): (Vec<Row>, Vec<Row>) = (by_kind.collect(), by_agency.collect());
    html! {
        @if by_kind.is_empty() { h2 { (say("figures-overdue")) } p { (say("figures-nothing-owed")) } } @else {
            (chart(desk, "overdue", &by_kind))
            @if by_agency.len() > 1 { (chart(desk, "overdue-agencies", &by_agency)) }
        }
    }
}

/// A bar, and its row of the table.
struct Row {
    bar: Line,
    title: String,
    in_time: u64,
}

impl Row {
    fn new(name: String, title: String, stand: Stand, leads: String) -> Self {
        Self { bar: Line { name, figure: stand.overdue, leads }, title, in_time: stand.in_time }
    }
}

/// A chart of what is overdue, and its table, which says besides what is still in time.
fn chart(desk: &Desk, word: &str, rows: &[Row]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say(&format!("figures-{word}"));
    html! {
        h2 { (title) }
        p { (say(&format!("figures-{word}-why"))) }
        (drawn(desk, word, &title, rows.iter().map(|row| &row.bar), false))
        details {
            summary { (desk.words.say("figures-table", &[("title", &title)])) }
            table {
                caption.unseen { (title) }
                thead { tr {
                    th scope="col" { (say(&format!("figures-{word}-of"))) }
                    th.number scope="col" { (say("figures-overdue-now")) }
                    th.number scope="col" { (say("figures-in-time")) }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { @if !row.bar.leads.is_empty() { a href=(row.bar.leads) { (row.title) } } @else { (row.title) } }
                            td.number { (row.bar.figure) }
                            td.number { (row.in_time) }
                        }
                    }
                }
            }
        }
    }
}
