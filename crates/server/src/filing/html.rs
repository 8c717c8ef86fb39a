//! The filing for a browser: one file, no script, nothing fetched, readable aloud and on paper.
//!
//! Every table has a caption and scoped headings; the figures of a column stand right under each other. On paper a table's
//! head is repeated on each page and a row is not broken.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Paper;
use super::paper::PaperTable;

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:60rem;margin:0 auto;padding:1.5rem}\
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin-block:2rem .5rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\
.banner{border:.2rem solid #8a4b00;padding:.5rem 1rem;font-weight:600}\
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}\
caption{text-align:start;font-weight:600;padding-block:2rem .5rem;font-size:1.1rem}\
th,td{border-bottom:1px solid #767676;padding:.35rem .5rem;vertical-align:top}\
th{text-align:start;font-weight:400}thead th{font-weight:600;border-bottom:2px solid #1a1a1a;vertical-align:bottom}\
td,thead th.figure{text-align:end;font-variant-numeric:tabular-nums}\
tr.total th,tr.total td{font-weight:600}\
footer{margin-block-start:2rem;overflow-wrap:anywhere}\
.running{display:none}\
@media print{body{font-size:10pt;max-width:none;padding:0}.scroll{overflow:visible}tr{break-inside:avoid}\
thead{display:table-header-group}caption{break-after:avoid}\
.running{display:block;position:fixed;bottom:0;font-size:8pt}@page{margin:18mm 16mm 22mm}}";

pub(super) fn write(paper: &Paper) -> Vec<u8> {
    let page = html! {
        (DOCTYPE)
        html lang=(paper.lang) dir=(paper.dir) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (paper.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (sections(paper, &|_, _, _| None)) }
                footer {
                    h2 { (paper.check_title) }
                    @for text in &paper.check { p { (text) } }
                }
                p.running aria-hidden="true" {
                    @for banner in &paper.banners { (banner) ". " }
                    (paper.reading)
                }
            }
        }
    };
    page.into_string().into_bytes()
}

/// The filing's title, tables and notes, for a page of any frame. A figure is a link where `leads` (the places of its table,
/// row and column) says to what; what is published leads nowhere.
#[must_use]
pub fn sections(paper: &Paper, leads: &dyn Fn(usize, usize, usize) -> Option<String>) -> Markup {
    html! {
        h1 { (paper.title) }
        @for banner in &paper.banners { p.banner { (banner) } }
        p { (paper.reading) }
        dl { @for (name, value) in &paper.facts { dt { (name) } dd { (value) } } }
        @for (place, given) in paper.tables.iter().enumerate() { (table(given, &|row, column| leads(place, row, column))) }
        h2 { (paper.notes_title) }
        ul { @for note in &paper.notes { li { (note) } } }
    }
}

fn table(table: &PaperTable, leads: &dyn Fn(usize, usize) -> Option<String>) -> Markup {
    html! {
        // What scrolls must be reachable by keyboard, and then it needs a name.
        div.scroll role="region" tabindex="0" aria-labelledby=(table.id) {
            table {
                caption id=(table.id) { (table.title) }
                thead {
                    tr {
                        @for head in &table.heads { th scope="col" { (head) } }
                        @for (_, column) in &table.columns { th.figure scope="col" { (column) } }
                    }
                }
                tbody {
                    @for (place, row) in table.rows.iter().enumerate() {
                        tr.total[row.total] {
                            @for (_, head) in &row.heads { th scope="row" { (head) } }
                            @for (column, cell) in row.cells.iter().enumerate() {
                                td {
                                    @match leads(place, column) {
                                        Some(to) => { a href=(to) { (cell) } }
                                        None => { (cell) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
