//! A release of detainers into the record, decided, logged; then a filing out of that record.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use server::store::{Sqlite, Store as _};

use crate::{
    figures::{per_second, short, thousands},
    program,
    table::Table,
};

/// The national release below the shared data.
const RELEASE: &str = "ice/detainers_fy2015ytd_national.csv.zst";
/// How many rows it has; the twin has as many.
const ROWS: usize = 52_557;

/// Adds the lines about import and filing.
pub fn measure(table: &mut Table) -> Result<()> {
    let folder = program::folder()?;
    let (file, which) = match shared() {
        Some(file) => (file, "real"),
        None => (twin(folder.path())?, "generated (shared data not found)"),
    };
    let data = folder.path().join("city");
    let (took, cores) = program::run(&data, &["--json", "import", "ice-foia", &file.to_string_lossy()])?;
    table.alone(
        &format!("import, decide, record and log {} {which} detainers", thousands(52_557.0)),
        format!("{} ({} of core time), {} rows/s", short(took), short(cores), thousands(per_second(ROWS, took))),
        "< 10 s on 2 cores",
    );
    let entries = Sqlite::open_to_read(&data.join("record.sqlite3"))?.count()?;
    let out = folder.path().join("filing").to_string_lossy().into_owned();
    let file = ["file", "9-131", "--period", "FY2015", "--include-source", "ice-foia", "--dry-run", "--out", &out];
    let (took, cores) = program::run(&data, &file)?;
    let entries = u32::try_from(entries).context("more entries than were imported")?;
    table.alone(
        &format!("filing of 9-131 over {} entries, with start, all five forms", thousands(entries.into())),
        format!("{} ({} of core time)", short(took), short(cores)),
        "–",
    );
    let (took, cores) = program::run(&data, &["verify", &data.to_string_lossy()])?;
    table.alone(
        &format!("verify that record and its log ({} entries)", thousands(entries.into())),
        format!("{} ({} of core time)", short(took), short(cores)),
        "–",
    );
    Ok(())
}

/// The release, where the tests find it too.
fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("VOUCHSAFE_DATA").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(|it| it.join("shared/data"));
    let file = named.or_else(beside)?.join(RELEASE);
    file.is_file().then_some(file)
}

/// As many rows of the same columns, drawn in turn from what such columns hold.
fn twin(folder: &Path) -> Result<PathBuf> {
    const PLACES: [&str; 5] =
        ["RIKERS ISLAND, QUEENS, NY", "HARRIS COUNTY JAIL", "", "COOK COUNTY JAIL", "LOS ANGELES CO JAIL"];
    const ENDS: [&str; 4] = ["Booked into Detention", "", "Case Closed", "Died"];
    let mut text = "row_original,prepare_date,detainer_type,facility,state,city,lift_reason\n".to_owned();
    for row in 1..=ROWS {
        let (month, day) = (1 + row / 28 % 7, 1 + row % 28);
        let (place, end) = (PLACES[row % PLACES.len()], ENDS[row % ENDS.len()]);
        writeln!(text, "{row},2015-{month:02}-{day:02},I247 - Immigration Detainer,\"{place}\",NY,NEW YORK,{end}")?;
    }
    let path = folder.join("twin.csv");
    std::fs::write(&path, text)?;
    Ok(path)
}
