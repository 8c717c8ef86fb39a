//! `vouchsafe verify`: checks a record and its log, trusting nothing but the log's public key.

use std::{fmt::Write as _, io::Write as _, path::PathBuf, process::ExitCode};

use super::out::{output, say};
use crate::{
    config::Global,
    log::verify::{Against, Report, verify_against},
    words::Words,
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
    /// The desk's own address, as its staff open it: every statement that was signed with a passkey must have been signed there
    #[arg(long, value_name = "URL")]
    desk: Option<url::Url>,
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
        desk: args.desk.as_ref().map(|desk| desk.origin().ascii_serialization()),
    };
    let report = verify_against(&args.subject, &against)?;
    if global.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        output().write_all(text(&Words::new("en"), &report, args.desk.is_some()).as_bytes())?;
    }
    Ok(if report.sound { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The report as text for people; `given` says that they gave the desk's address.
fn text(words: &Words, report: &Report, given: bool) -> String {
    let say = |id: &str, arguments: &[(&str, &str)]| words.say(id, arguments);
    let mut text = String::new();
    let mut line = |name: &str, what: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:<8} {what}");
    };
    if report.origin.is_empty() {
        line("log", &say("verify-no-log", &[]));
    } else {
        line("log", &report.origin);
        line("size", &say("verify-size", &[("leaves", &report.size.to_string()), ("root", &report.root)]));
    }
    for by in &report.signed_by {
        let time =
            by.time.and_then(|time| i64::try_from(time).ok()).and_then(|time| jiff::Timestamp::from_second(time).ok());
        let (key, kind) = (("key", by.key.as_str()), ("kind", by.kind.as_str()));
        let said = match time {
            Some(time) => say("verify-signed-at", &[key, kind, ("time", &time.to_string())]),
            None => say("verify-signed", &[key, kind]),
        };
        line("signed", &said);
    }
    if !report.key_from.is_empty() {
        line("key", &report.key_from);
    }
    if report.key_from_subject && !report.key_from.is_empty() {
        line("", &say("verify-own-key", &[]));
        line("", &say("verify-give-key", &[]));
    }
    let checked = [("leaves", &*report.leaves.to_string()), ("tiles", &*report.tiles.to_string())];
    line("checked", &say("verify-checked", &checked));
    if let Some(record) = &report.record {
        let [recomputed, erased, waiting] =
            [record.recomputed, record.erased, record.waiting].map(|count| count.to_string());
        let counts = [("recomputed", &*recomputed), ("erased", &*erased), ("waiting", &*waiting)];
        line("record", &say("verify-record", &counts));
        if record.reports + record.reports_waiting > 0 {
            let [reports, waiting] = [record.reports, record.reports_waiting].map(|count| count.to_string());
            line("reports", &say("verify-reports", &[("reports", &reports), ("waiting", &waiting)]));
        }
        for (id, count) in [
            ("verify-photographs", record.photographs),
            ("verify-photographs-unopened", record.photographs_unopened),
            ("verify-photographs-elsewhere", record.photographs_elsewhere),
        ] {
            if count > 0 {
                line("photos", &say(id, &[("count", &count.to_string())]));
            }
        }
    }
    if let Some(record) = report.record.as_ref().filter(|record| record.statements_signed > 0) {
        let at: Vec<&str> = record.signed_at.iter().map(String::as_str).collect();
        let (signed, at) = (record.statements_signed.to_string(), at.join(", "));
        let given = if given { "yes" } else { "no" };
        line("signed", &say("verify-statements", &[("signed", &signed), ("at", &at), ("given", given)]));
    }
    for kept in &report.kept {
        let what = match (kept.index, &kept.leaf) {
            (Some(index), Some(leaf)) => {
                say("verify-kept-leaf", &[("file", &kept.file), ("index", &index.to_string()), ("leaf", leaf)])
            }
            _ => say("verify-kept-checkpoint", &[("file", &kept.file), ("size", &kept.size.to_string())]),
        };
        line("kept", &what);
    }
    for note in &report.notes {
        let (id, number) = note.sentence();
        let number = number.map(|number| number.to_string());
        let arguments: Vec<_> = number.iter().map(|number| ("number", number.as_str())).collect();
        line("note", &say(id, &arguments));
    }
    for fault in &report.faults.named {
        line("fault", &say("verify-fault", &[("place", &fault.place), ("what", &fault.what)]));
    }
    match report.faults.count {
        0 if report.origin.is_empty() => line("sound", &say("verify-sound-unbound", &[])),
        0 if report.record.is_none() => line("sound", &say("verify-sound-log", &[])),
        0 => line("sound", &say("verify-sound", &[])),
        count => line("FAULT", &say("verify-faults", &[("count", &count.to_string())])),
    }
    text
}
