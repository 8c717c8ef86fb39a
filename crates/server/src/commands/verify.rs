//! `vouchsafe verify`: checks a record and its log, trusting nothing but the log's public key.

use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use crate::{
    config::Global,
    log::verify::{Against, Report, verify_against},
};

/// Check a record and its log, trusting nothing but the log's public key
///
/// A data folder or an export must hold its record; a record that is kept in PostgreSQL is found through `--config`. Exit
/// status: 0 sound, 1 something does not hold, 2 nothing to check.
///
/// Example: vouchsafe verify city --key log.vkey --since checkpoint-of-last-month
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A data folder, an exported folder, a folder of C2SP tiles, or the URL of a log
    #[arg(value_name = "DIR|URL")]
    subject: String,
    /// The log's public key, or a file of its keys; may be given more than once. Without it the key that lies with the log is used, and said so
    #[arg(long, value_name = "VKEY|FILE")]
    key: Vec<String>,
    /// Check the log alone, and do not ask for the record
    #[arg(long)]
    log_only: bool,
    /// A checkpoint that somebody kept: the log must continue it; may be given more than once
    #[arg(long, value_name = "FILE")]
    since: Vec<PathBuf>,
    /// A proof that somebody kept (`c2sp.org/tlog-proof@v1`): its leaf must be in the log; may be given more than once
    #[arg(long, value_name = "FILE")]
    proof: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// There is nothing to check, no key to check it with, or something that was given is not what it should be.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<ExitCode> {
    let against = Against {
        keys: args.key.clone(),
        log_only: args.log_only,
        postgres: global.settings()?.postgres,
        since: args.since.clone(),
        proofs: args.proof.clone(),
    };
    let report = verify_against(&args.subject, &against)?;
    if global.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", text(&report));
    }
    Ok(if report.sound { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The report as text for people.
fn text(report: &Report) -> String {
    let mut text = String::new();
    let mut line = |name: &str, what: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:<8} {what}");
    };
    if report.origin.is_empty() {
        line("log", "none yet");
    } else {
        line("log", &report.origin);
        line("size", &format!("{} leaves, root {}", report.size, report.root));
    }
    for by in &report.signed_by {
        let time =
            by.time.and_then(|time| i64::try_from(time).ok()).and_then(|time| jiff::Timestamp::from_second(time).ok());
        let time = time.map_or_else(String::new, |time| format!(" at {time}"));
        line("signed", &format!("by {} ({}){time}", by.key, by.kind));
    }
    if !report.key_from.is_empty() {
        line("key", &report.key_from);
    }
    if report.key_from_subject && !report.key_from.is_empty() {
        line("", "this key lies with what was checked: whoever changed one could change the other;");
        line("", "give a key that you got in another way with `--key`");
    }
    line("checked", &format!("{} leaves, {} tiles", report.leaves, report.tiles));
    if let Some(record) = &report.record {
        let what = format!(
            "{} entries recomputed, {} erased, {} not in the log yet",
            record.recomputed, record.erased, record.waiting
        );
        line("record", &what);
        if record.reports + record.reports_waiting > 0 {
            let what = format!(
                "{} sealed reports are what they are named, {} wait for the end of their day",
                record.reports, record.reports_waiting
            );
            line("reports", &what);
        }
    }
    for kept in &report.kept {
        let what = match (kept.index, &kept.leaf) {
            (Some(index), Some(leaf)) => format!("`{}`: leaf {index} of the log is {leaf}", kept.file),
            _ => format!("`{}`: the log continues this checkpoint of {} leaves", kept.file, kept.size),
        };
        line("kept", &what);
    }
    for note in &report.notes {
        line("note", note);
    }
    for fault in &report.faults.named {
        line("fault", &format!("{}: {}", fault.place, fault.what));
    }
    match report.faults.count {
        0 if report.origin.is_empty() => line("sound", "the record agrees with itself; no log binds it yet"),
        0 if report.record.is_none() => line("sound", "the log holds; no record was checked"),
        0 => line("sound", "everything holds"),
        1 => line("FAULT", "1 thing does not hold"),
        count => line("FAULT", &format!("{count} things do not hold")),
    }
    text
}
