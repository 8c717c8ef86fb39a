//! `POST /requests/file`: the list as a file for spreadsheets (RFC 4180), row by row as the store gives them.
//!
//! It holds what the list shows and nobody whom a request is about. That somebody took it is an entry, committed before the first row leaves:
//! a page is looked at, a file of thousands of rows is kept. A cell that a spreadsheet would read as a formula begins with an apostrophe.
//! What goes wrong on the way breaks the connection, so that no part is taken for the whole.

use std::sync::Arc;

use axum::{
    Form,
    body::{Body as Sent, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use http_body_util::channel::Channel;
use record::{Body, ListTaken};

use super::{Asked, Fields, Listed, Stretch, answer, answers, asked, filters::done_word, shown, who};
use crate::serve::{Desk, session::Account};

/// Rows that are read and sent at a time.
const ROWS: usize = 500;

/// Stretches that wait for whoever reads slowly.
const AHEAD: usize = 2;

/// `POST /requests/file`: the list as it is narrowed, whole.
pub async fn file(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(pairs.into_iter().filter(|(name, _)| name != "before").collect());
    let wanted = match asked(&desk, &account, &fields) {
        Err(refused) => return *refused,
        Ok(Err(fault)) => return shown(&desk, &account, &fields, Some(fault)).await,
        Ok(Ok(wanted)) => wanted,
    };
    let Asked { filters, words, agencies, search } = wanted;
    let narrowed = words.is_some() || filters.narrowed() || account.site.is_some();
    let taken = ListTaken { agencies, from: filters.from, through: filters.through, narrowed };
    let noted = match desk.drafts(&account, vec![Body::Taken(Box::new(taken))]) {
        Ok(drafts) => desk.commit("take the list", drafts).await,
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        return desk.failed(Some(&account), &error);
    }
    let name = format!("attachment; filename=\"requests-{}.csv\"", desk.now().date());
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(AHEAD);
    tokio::spawn(async move {
        let mut search = search;
        let mut chunk = head(&desk);
        loop {
            match desk.stretch(&account, &filters, search.clone(), ROWS).await {
                Ok(Stretch { rows, last, goes_on }) => {
                    search.before = last;
                    chunk.extend(rows.iter().flat_map(|row| line(&desk, row)));
                    let gone = sender.send_data(std::mem::take(&mut chunk).into()).await.is_err();
                    if gone || !goes_on {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "a list that was being sent broke off");
                    sender.abort(std::io::Error::other("the list broke off"));
                    return;
                }
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, Sent::new(body)).into_response()
}

fn head(desk: &Desk) -> Vec<u8> {
    let names = [
        "requests-when",
        "requests-agency",
        "requests-who",
        "requests-what",
        "list-answer",
        "list-done",
        "requests-id",
    ];
    record(names.map(|name| desk.words.say(name, &[])))
}

fn line(desk: &Desk, row: &Listed) -> Vec<u8> {
    let acts: Vec<&str> = row.acts.iter().map(|act| desk.act_title(act)).collect();
    let answers: Vec<String> = answers(row).into_iter().map(|(_, outcome)| answer(desk, outcome)).collect();
    record([
        row.day.to_string(),
        desk.agency_title(&row.agency).to_owned(),
        who(desk, row),
        acts.join("; "),
        answers.join("; "),
        desk.words.say(&format!("list-done-{}", done_word(!row.deeds.is_empty())), &[]),
        row.request.to_string(),
    ])
}

/// One line, its cells quoted where they must be.
fn record(cells: [String; 7]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory: it cannot fail.
    let _ = writer.write_record(cells.map(|cell| plain(&cell)));
    writer.into_inner().unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula.
fn plain(cell: &str) -> String {
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@']) || cell.starts_with(['\t', '\r', '\n']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_cell_is_a_formula_and_each_is_one_cell() {
        let cells = ["=HYPERLINK(\"x\")", "+1", " -2", "@a", "a,b\n\"c\"", "no", "2026-06-15"].map(str::to_owned);
        let line = String::from_utf8(super::record(cells)).unwrap();
        assert_eq!(line, "\"'=HYPERLINK(\"\"x\"\")\",'+1,' -2,'@a,\"a,b\n\"\"c\"\"\",no,2026-06-15\r\n");
    }
}
