//! The desk over HTTP: decisions recorded a second, pages at a steady rate, and memory over an hour's worth of both. Callers and server
//! share the machine.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    figures::{Times, per_second, thousands},
    line::Line,
    program::{Started, address, folder, memory, product},
    table::Table,
};

/// Clerks who record at once, and how many requests each records.
const CLERKS: usize = 64;
const REQUESTS_EACH: usize = 250;
/// A detainer with an administrative warrant is two questions: hold, and notify.
const DECISIONS: usize = 2;
const DETAINER: &str = "situation=detainer&agency=DOC&act=hold&act=notify_release&document=i247a&document=i200&documents=answered\
     &statute=civil_ina&fact.detainer_lodged=yes&fact.vs_conviction_in_window=no&requester=ice_ero&channel=email&claim=civil";
/// Pages a second, by so many readers, for so long.
const PAGES_A_SECOND: usize = 200;
const READERS: usize = 8;
const SECONDS: usize = 20;
/// As many pages as 50 a second are in an hour, as fast as they come.
const HOUR_OF_PAGES: usize = 180_000;

/// Adds the lines about the desk.
pub fn measure(table: &mut Table) -> Result<()> {
    let folder = folder()?;
    let mut child = product(folder.path())?
        .args(["serve", "--listen", "127.0.0.1:0", "--development-sign-in-for-everyone"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = child.stdout.take().context("the server's output")?;
    let mut server = Started::new(child, out);
    let desk = address(&mut server.out)?;
    let idle = memory(server.id(), "VmRSS")?;
    let requests = recorded(table, &desk)?;
    let after_records = memory(server.id(), "VmRSS")?;
    pages(table, &desk, &requests)?;
    let before = memory(server.id(), "VmRSS")?;
    // The list of filings reads what is new in the record; the first reader has paid for all of it.
    hour(&desk, &requests)?;
    let after = memory(server.id(), "VmRSS")?;
    // Caches of a fixed size fill in the first; what still grows in the second would grow for ever.
    hour(&desk, &requests)?;
    let again = memory(server.id(), "VmRSS")?;
    table.alone(
        &format!(
            "desk: resident memory idle; after {} decisions; before an hour's {} pages, after it, after another",
            thousands((CLERKS * REQUESTS_EACH * DECISIONS) as f64),
            thousands(HOUR_OF_PAGES as f64)
        ),
        format!("{idle}; {after_records}; {before}, {after}, {again}"),
        "flat",
    );
    Ok(())
}

/// A connection of somebody who has signed in, and their cookie.
fn signed_in(desk: &str, name: usize) -> Result<(Line, String)> {
    let mut line = Line::to(desk)?;
    let form = format!("name=Clerk+{name}&agency=DOC&role=desk");
    let (status, head, _) = line.call(&posted("/sign-in", ""), form.as_bytes())?;
    ensure!(status == 303, "{status}: {head}");
    let cookie = Line::header(&head, "set-cookie").and_then(|cookie| cookie.split(';').next());
    Ok((line, cookie.context("no cookie")?.to_owned()))
}

fn posted(path: &str, cookie: &str) -> String {
    format!("POST {path} HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncookie: {cookie}")
}

/// Records requests with their answers; gives their paths.
fn recorded(table: &mut Table, desk: &str) -> Result<Vec<String>> {
    let record = |clerk: usize| -> Result<(Vec<Duration>, Vec<String>)> {
        let (mut line, cookie) = signed_in(desk, clerk)?;
        let (head, mut times, mut places) = (posted("/requests", &cookie), Vec::new(), Vec::new());
        for number in 0..REQUESTS_EACH {
            let form = format!("{DETAINER}&nonce={clerk:016x}{number:016x}");
            let begun = Instant::now();
            let (status, said, _) = line.call(&head, form.as_bytes())?;
            times.push(begun.elapsed());
            ensure!(status == 303, "a request was not recorded: {status}");
            places.push(Line::header(&said, "location").context("no request")?.to_owned());
        }
        Ok((times, places))
    };
    let start = Instant::now();
    let done: Vec<(Vec<Duration>, Vec<String>)> = thread::scope(|scope| {
        let clerks: Vec<_> = (0..CLERKS).map(|clerk| scope.spawn(move || record(clerk))).collect();
        clerks.into_iter().map(|clerk| clerk.join().expect("no clerk falls")).collect::<Result<_>>()
    })?;
    let rate = per_second(CLERKS * REQUESTS_EACH * DECISIONS, start.elapsed());
    let (times, places): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    let times = Times::new(times.concat());
    table.alone(
        &format!("desk: decisions recorded over HTTP, {CLERKS} clerks, {DECISIONS} to a request, durable when answered"),
        format!("{}/s, p99 of a request {} ms", thousands(rate), times.at(0.99).as_millis()),
        "5,000/s on 2 cores, p99 < 50 ms",
    );
    Ok(places.concat())
}

/// The page that is read as the so manyth: the five that a desk reads, of requests each time another one.
fn path(requests: &[String], number: usize) -> &str {
    match number % 5 {
        0 => "/gate",
        1 => "/requests",
        2 => &requests[number / 5 % requests.len()],
        3 => "/filings",
        _ => "/log",
    }
}

/// Reads pages at a steady rate. Each wait counts from the moment at which its page was due, so that a slow page is not hidden by the
/// ones that it held up.
fn pages(table: &mut Table, desk: &str, requests: &[String]) -> Result<()> {
    let pause = Duration::from_secs_f64(READERS as f64 / PAGES_A_SECOND as f64);
    let read = |reader: usize| -> Result<Vec<Duration>> {
        let (mut line, cookie) = signed_in(desk, reader)?;
        (0..5).try_for_each(|number| page(&mut line, &cookie, path(requests, number)))?;
        let start = Instant::now() + pause.mul_f64(reader as f64 / READERS as f64);
        let mut times = Vec::new();
        for number in 0..PAGES_A_SECOND * SECONDS / READERS {
            let due = start + pause * u32::try_from(number)?;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            page(&mut line, &cookie, path(requests, number + reader))?;
            times.push(due.elapsed());
        }
        Ok(times)
    };
    let times: Vec<Vec<Duration>> = thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|reader| scope.spawn(move || read(reader))).collect();
        readers.into_iter().map(|reader| reader.join().expect("no reader falls")).collect::<Result<_>>()
    })?;
    let times = Times::new(times.into_iter().flatten().collect());
    let (middle, last) = (times.at(0.5), times.at(0.99));
    table.alone(
        &format!("desk: pages at {PAGES_A_SECOND}/s (gate, list, one request with its entry of reading, filings, log)"),
        format!("p50 {:.1} ms, p99 {:.1} ms", middle.as_secs_f64() * 1e3, last.as_secs_f64() * 1e3),
        "p99 < 30 ms",
    );
    Ok(())
}

/// Reads as many pages as there are in an hour.
fn hour(desk: &str, requests: &[String]) -> Result<()> {
    let read = |reader: usize| -> Result<()> {
        let (mut line, cookie) = signed_in(desk, reader)?;
        (0..HOUR_OF_PAGES / READERS).try_for_each(|number| page(&mut line, &cookie, path(requests, number * READERS + reader)))
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|reader| scope.spawn(move || read(reader))).collect();
        readers.into_iter().try_for_each(|reader| reader.join().expect("no reader falls"))
    })
}

fn page(line: &mut Line, cookie: &str, path: &str) -> Result<()> {
    let (status, ..) = line.call(&format!("GET {path} HTTP/1.1\r\ncookie: {cookie}"), b"")?;
    ensure!(status == 200, "{path}: {status}");
    Ok(())
}
