//! The filing for spreadsheets (RFC 4180): one figure a line, and one line for each sentence that must be read with it.

use record::filing::Filing;

use super::Paper;

const HEADER: [&str; 11] =
    ["kind", "section", "agency", "from", "to", "table", "line", "second_line", "column", "figure", "text"];

pub(super) fn write(filing: &Filing, paper: &Paper) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(HEADER)?;
    let (from, to) = (filing.period.from.to_string(), filing.period.to.to_string());
    let mut line = |kind: &str, table: &str, heads: [&str; 2], column: &str, figure: &str, text: &str| {
        writer.write_record([
            kind,
            filing.section.number(),
            filing.agency.as_deref().unwrap_or_default(),
            &from,
            &to,
            table,
            heads[0],
            heads[1],
            column,
            figure,
            text,
        ])
    };
    for (table, said) in filing.tables.iter().zip(&paper.tables) {
        for (row, said_row) in table.rows.iter().zip(&said.rows) {
            let mut heads = said_row.heads.iter().map(|(_, text)| text.as_str());
            let heads = [heads.next().unwrap_or_default(), heads.next().unwrap_or_default()];
            for ((cell, written), (_, column)) in row.cells.iter().zip(&said_row.cells).zip(&said.columns) {
                // Numbers without separators where there is one; the reason where there is none.
                let money = cell.unit == record::filing::Unit::Cents;
                let figure = match cell.exact() {
                    Some(cents) if money => format!("{}.{:02}", cents / 100, cents % 100),
                    Some(figure) => figure.to_string(),
                    None => written.clone(),
                };
                line("figure", &said.title, heads, column, &figure, "")?;
            }
        }
    }
    let said = [&paper.reading].into_iter().chain(&paper.banners).chain(&paper.notes).chain(&paper.check);
    for text in said {
        line("note", "", ["", ""], "", "", text)?;
    }
    for (name, value) in &paper.facts {
        line("fact", "", [name, ""], "", "", value)?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
