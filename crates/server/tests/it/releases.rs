//! The released files themselves, when they are there: every row is accounted for.
//!
//! They lie outside the repository, in the folder that `VOUCHSAFE_DATA` names or `../shared/data`; without it these tests
//! say so and pass. Their small invented twin, in `commands.rs`, always runs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::commands::nothing_imported_is_permitted;

/// A released file, or nothing.
fn released(name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("VOUCHSAFE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = data.join("ice").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: shared data not found ({name})");
    None
}

fn import(path: &Path, data: &Path, dry: bool) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe"));
    command.args(["import", "ice-foia", "--json", "--data"]).arg(data).arg(path);
    if dry {
        command.arg("--dry-run");
    }
    let output = command.output().unwrap();
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), json)
}

/// (read, recorded, already there, outside the scope, bad)
fn counts(json: &Value) -> [u64; 5] {
    ["read", "recorded", "already", "outside_scope", "bad"].map(|name| json[name].as_u64().unwrap())
}

#[test]
fn every_released_row_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    for (name, expected, dropped) in [
        ("detainers_fy2015ytd_nyc.csv", [857, 857, 0, 0, 0], 0),
        ("detainers_fy2015ytd_national.csv.zst", [52_557, 52_557, 0, 0, 0], 0),
        ("detainers_lifted_citizen_or_not_deportable_2007_2015.csv", [1_691, 1_691, 0, 0, 0], 0),
        ("encounters_nyc_aor_fy2016_fy2017_fy2019.csv.zst", [70_046, 2_120, 0, 67_926, 0], 2),
        ("arrests_nyc_aor_fy2016_fy2019.csv.zst", [6_773, 0, 0, 6_773, 0], 2),
        ("detainers_wa_2023_2025_release2025_schema.csv", [47, 47, 0, 0, 0], 7),
        ("raw/EROArrests_FY2016_first_300_lines.psv", [294, 0, 0, 294, 0], 3),
    ] {
        let Some(path) = released(name) else { return };
        let (status, json) = import(&path, folder.path(), true);
        assert_eq!((status, counts(&json)), (0, expected), "{name}: {json}");
        nothing_imported_is_permitted(&json);
        assert_eq!(json["dropped_columns"].as_array().unwrap().len(), dropped, "{name}: {}", json["dropped_columns"]);
    }
}

#[test]
fn the_city_of_2015_by_agency() {
    let Some(path) = released("detainers_fy2015ytd_nyc.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (status, json) = import(&path, folder.path(), false);
    assert_eq!((status, counts(&json)), (0, [857, 857, 0, 0, 0]));
    let rows = |agency: &str| -> u64 {
        let table = json["table"].as_array().unwrap();
        let lines = table.iter().filter(|line| line["agency"] == agency && line["act"] == "hold");
        lines.map(|line| line["rows"].as_u64().unwrap()).sum()
    };
    // As the extract's own column has it: 290 in city jails, 426 with the police, 141 with others.
    assert_eq!([rows("DOC"), rows("NYPD"), rows("NOT_CITY")], [290, 426, 141]);
    assert_eq!(nothing_imported_is_permitted(&json), 2 * (290 + 426));
    assert_eq!(json["fates"]["declined"], 346);
    assert_eq!(json["fates"][""], 379);
    let (_, again) = import(&path, folder.path(), false);
    assert_eq!(counts(&again), [857, 0, 857, 0, 0]);
}
