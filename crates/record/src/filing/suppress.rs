//! Small counts in tables that we add to what a statute asks for.
//!
//! The statute's own counts are exact and never pass through here (decisions 11): it orders them published. A table of
//! ours must not let anyone be found, so a count from 1 to 10 is left out, and where one left-out cell of a row or column
//! could be had back by subtracting the others from the total, the next smallest goes too.
//! Source of the threshold: at least 11 records a cell (the product's decisions on statistics).

use super::table::{Cell, Origin, Table, Value};

/// The smallest count that a table of ours shows, other than nought.
pub const SMALLEST_SHOWN: u64 = 11;

/// Suppresses what is too small in a table of ours; hands the statute's tables back as they are.
///
/// The last row and the last column are taken to be totals. A suppressed cell names no entries.
#[must_use]
pub fn suppress(mut table: Table) -> Table {
    if table.origin == Origin::Statute {
        return table;
    }
    for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
        if cell.exact().is_some_and(|figure| (1..SMALLEST_SHOWN).contains(&figure)) {
            hide(cell);
        }
    }
    // Each pass hides at least one more cell or ends.
    while hide_one_more(&mut table) {}
    table
}

fn hide(cell: &mut Cell) {
    cell.value = Value::Suppressed;
    cell.counts.clear();
}

fn hide_one_more(table: &mut Table) -> bool {
    let (height, width) = (table.rows.len(), table.columns.len());
    let row_lines = (0..height).map(|row| (0..width).map(|column| (row, column)).collect::<Vec<_>>());
    let column_lines = (0..width).map(|column| (0..height).map(|row| (row, column)).collect::<Vec<_>>());
    for line in row_lines.chain(column_lines) {
        let value = |at: &(usize, usize)| {
            table.rows.get(at.0).and_then(|row| row.cells.get(at.1)).map_or(Value::NotStated, |cell| cell.value)
        };
        if line.iter().filter(|at| value(at) == Value::Suppressed).count() != 1 {
            continue;
        }
        let next = line
            .iter()
            .filter_map(|at| match value(at) {
                Value::Exact(figure) if figure > 0 => Some((figure, *at)),
                _ => None,
            })
            .min();
        if let Some((_, (row, column))) = next
            && let Some(cell) = table.rows.get_mut(row).and_then(|row| row.cells.get_mut(column))
        {
            hide(cell);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::table::{Label, Row, Unit, Word};
    use super::*;

    fn table(origin: Origin, figures: &[Vec<u64>]) -> Table {
        let width = figures.first().map_or(0, Vec::len);
        let rows = figures.iter().map(|row| Row {
            heads: vec![Label::Word(Word::RowTotal)],
            total: false,
            cells: row
                .iter()
                .map(|figure| Cell { value: Value::Exact(*figure), unit: Unit::Requests, counts: Vec::new() })
                .collect(),
        });
        Table {
            title: Word::TablePairs,
            origin,
            heads: vec![Word::HeadGround],
            columns: vec![Word::ColRequests; width],
            rows: rows.collect(),
        }
    }

    fn with_totals(figures: &[Vec<u64>]) -> Vec<Vec<u64>> {
        let mut rows: Vec<Vec<u64>> =
            figures.iter().map(|row| row.iter().copied().chain([row.iter().sum()]).collect()).collect();
        let width = rows.first().map_or(0, Vec::len);
        rows.push((0..width).map(|column| rows.iter().map(|row| row[column]).sum()).collect());
        rows
    }

    #[test]
    fn the_statutes_counts_stay() {
        let statute = table(Origin::Statute, &with_totals(&[vec![1, 2], vec![3, 40]]));
        assert_eq!(suppress(statute.clone()), statute);
    }

    /// Vector H14: a cell of two people in a table of ours could tell who they are.
    #[test]
    fn a_cell_of_two_people_is_not_shown() {
        let shown = suppress(table(Origin::Ours, &with_totals(&[vec![2, 40, 50], vec![60, 70, 80]])));
        assert_eq!(shown.rows[0].cells[0].value, Value::Suppressed);
        assert!(shown.rows.iter().flat_map(|row| &row.cells).all(|cell| cell.value != Value::Exact(2)));
    }

    #[test]
    fn a_lone_small_count_takes_a_second_with_it() {
        let shown = suppress(table(Origin::Ours, &with_totals(&[vec![3, 40], vec![50, 60]])));
        let values: Vec<Vec<Value>> =
            shown.rows.iter().map(|row| row.cells.iter().map(|cell| cell.value).collect()).collect();
        use Value::{Exact, Suppressed};
        assert_eq!(
            values,
            [
                [Suppressed, Suppressed, Exact(43)],
                [Suppressed, Suppressed, Exact(110)],
                [Exact(53), Exact(100), Exact(153)]
            ]
        );
    }

    proptest! {
        /// No figure from 1 to 10 is shown, nought stays nought, and no line has exactly one gap that the rest would fill.
        #[test]
        fn no_cell_below_its_threshold(figures in prop::collection::vec(prop::collection::vec(0u64..60, 3), 1..5)) {
            let full = with_totals(&figures);
            let shown = suppress(table(Origin::Ours, &full));
            let hidden = |row: usize, column: usize| shown.rows[row].cells[column].value == Value::Suppressed;
            for (row, line) in full.iter().enumerate() {
                for (column, figure) in line.iter().enumerate() {
                    if (1..SMALLEST_SHOWN).contains(figure) {
                        prop_assert!(hidden(row, column));
                    }
                    if *figure == 0 {
                        prop_assert!(!hidden(row, column));
                    }
                }
                let gaps = (0..line.len()).filter(|column| hidden(row, *column)).count();
                let left = (0..line.len()).filter(|column| !hidden(row, *column) && line[*column] > 0).count();
                prop_assert!(gaps != 1 || left == 0);
            }
        }
    }
}
