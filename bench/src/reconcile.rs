//! Ten million lines of each kind of log against a record: how long, and how much memory at most.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    figures::{per_second, short, thousands},
    machine, program,
    table::Table,
};

/// How many lines each file has.
const LINES: usize = 10_000_000;
/// One message in so many is from an authority of the list.
const FEDERAL_EVERY: usize = 1000;
const TARGET: &str = "< 60 s and < 200 MB on 2 cores";

const MAPPING: &str = "[[staff]]\ndomain = \"doc.example.org\"\nagency = \"DOC\"\n\
    [[system]]\nname = \"look-ups\"\ntime = \"When\"\nuser = \"User\"\npartner = \"For\"\nid = \"Event\"\nagency = \"DOC\"\n";

type Writer = fn(&mut BufWriter<File>) -> Result<()>;

/// Adds the lines about contacts.
pub fn measure(table: &mut Table) -> Result<()> {
    let folder = program::folder()?;
    let data = folder.path().join("city");
    let facts = folder.path().join("facts.json");
    std::fs::write(
        &facts,
        r#"{"question": {"agency": "DOC", "act": "hold", "requester": "ice_ero", "statute_enforced": "civil_ina"}, "facts": {}}"#,
    )?;
    let recorded = program::product(&data)?.args(["decide", "--record"]).arg(&facts).output()?;
    ensure!(data.is_dir(), "{}", String::from_utf8_lossy(&recorded.stderr));
    let mapping = folder.path().join("mapping.toml");
    std::fs::write(&mapping, MAPPING)?;
    let files: [(&str, &str, Writer); 4] = [
        ("a Postfix log", "--mail", postfix),
        ("an mbox", "--mail", mbox),
        ("a message trace", "--mail", trace),
        ("an audit log", "--system-log", look_ups),
    ];
    for (name, option, write) in files {
        let path = folder.path().join("log");
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        write(&mut out)?;
        out.flush()?;
        drop(out);
        let bytes = std::fs::metadata(&path)?.len();
        let (took, peak) = run(&data, option, &path, &mapping)?;
        table.alone(
            &format!("reconcile {} lines of {name} ({} MB)", thousands(1e7), bytes / 1_000_000),
            format!("{}, {} lines/s, at most {peak}", short(took), thousands(per_second(LINES, took))),
            TARGET,
        );
    }
    Ok(())
}

/// Runs it; how long it took, and the most memory that it was seen to hold.
fn run(data: &Path, option: &str, log: &Path, mapping: &Path) -> Result<(Duration, String)> {
    let start = Instant::now();
    let mut command = program::product(data)?;
    command.args(["--json", "reconcile", "--mapping"]).arg(mapping).arg(option).arg(log);
    let out = File::create(log.with_extension("json"))?;
    let mut child = command.stdout(out).stderr(Stdio::inherit()).spawn()?;
    let mut peak = String::new();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        // The system keeps the highest mark, so looking now and then loses only the last moments.
        if machine::field(&format!("/proc/{}/status", child.id()), "VmHWM").is_some() {
            peak = program::memory(child.id(), "VmHWM").unwrap_or(peak);
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let took = start.elapsed();
    ensure!(status.code() == Some(1), "unrecorded contacts were to be found: {status}");
    let told: serde_json::Value = serde_json::from_reader(File::open(log.with_extension("json"))?)?;
    let (bad, found) = (&told["bad"], told["contacts"].as_u64().context("contacts")?);
    ensure!(*bad == 0 && found >= 500, "{bad} bad lines and {found} contacts");
    Ok((took, peak))
}

fn sender(message: usize) -> &'static str {
    if message.is_multiple_of(FEDERAL_EVERY) { "agent@ice.dhs.gov" } else { "somebody.with.a.name@mail.example.com" }
}

fn time(message: usize) -> String {
    format!("2026-06-{:02}T{:02}:{:02}:{:02}", 1 + message / 80_000 % 28, message % 24, message % 60, message % 59)
}

/// Five lines a message; messages lie across each other.
fn postfix(out: &mut BufWriter<File>) -> Result<()> {
    for message in 0..LINES / 5 {
        let (at, other) = (time(message), message.saturating_sub(7));
        let id = |number: usize| format!("4{number:011X}");
        let head = format!("{at}.123456-04:00 mx1 postfix");
        writeln!(out, "{head}/smtpd[101]: {}: client=mail.example.com[192.0.2.1]", id(message))?;
        writeln!(out, "{head}/cleanup[102]: {}: message-id=<{message}.4f3a@mail.example.com>", id(message))?;
        writeln!(
            out,
            "{head}/qmgr[103]: {}: from=<{}>, size=31337, nrcpt=1 (queue active)",
            id(message),
            sender(message)
        )?;
        writeln!(
            out,
            "{head}/lmtp[104]: {}: to=<desk{}@doc.example.org>, relay=mail.doc.example.org[192.0.2.2]:24, delay=0.4, \
             delays=0.1/0/0.1/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)",
            id(other),
            other % 9000
        )?;
        writeln!(out, "{head}/qmgr[103]: {}: removed", id(other))?;
    }
    Ok(())
}

/// Twenty lines a message, twelve of them headers.
fn mbox(out: &mut BufWriter<File>) -> Result<()> {
    for message in 0..LINES / 20 {
        let from = sender(message);
        writeln!(out, "From {from} Mon Jun 15 14:05:00 2026\nReturn-Path: <{from}>")?;
        for hop in 0..3 {
            writeln!(out, "Received: from mx{hop}.example.com by mx.example.org with ESMTPS id 4{message:08X}")?;
        }
        writeln!(out, "From: \"A Name, With a Comma\" <{from}>\nTo: Desk <desk{}@doc.example.org>,", message % 9000)?;
        writeln!(
            out,
            " other@example.com\nSubject: =?utf-8?Q?something?= that is not read\nDate: Mon, 15 Jun 2026 14:05:00 -0400"
        )?;
        writeln!(out, "Message-ID: <{message}@mail.example.com>\nMIME-Version: 1.0\n")?;
        for _ in 0..6 {
            writeln!(out, "A line of a body, as long as lines of bodies are, which nobody reads here at all.")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn trace(out: &mut BufWriter<File>) -> Result<()> {
    writeln!(out, "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id")?;
    for message in 1..LINES {
        let (at, from, to) = (time(message), sender(message), message % 9000);
        writeln!(
            out,
            "{at}.1234567Z,{from},\"desk{to}@doc.example.org##Receive, Deliver\",\"a subject, quoted\",31337,<{message}@x.example.com>"
        )?;
    }
    Ok(())
}

fn look_ups(out: &mut BufWriter<File>) -> Result<()> {
    writeln!(out, "Event,When,User,Person,For")?;
    for event in 1..LINES {
        let whom = if event.is_multiple_of(FEDERAL_EVERY) { "HSI gang unit" } else { "the court's own calendar" };
        writeln!(out, "{event},{}-04:00,u{},somebody who was looked up,{whom}", time(event), event % 9000)?;
    }
    Ok(())
}
