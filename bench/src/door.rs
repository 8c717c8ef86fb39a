//! The residents' door over HTTP: reports a second, and an upload with the server's memory. Callers and server share the machine.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use seal::{
    Identity, Receipt, Recipient, Report,
    report::{Kind, MAX_ANSWER_BYTES},
};
use zeroize::Zeroizing;

use crate::{
    figures::{per_second, thousands},
    line::Line,
    program::{Started, address, folder, memory, product},
    table::Table,
};

/// Callers at once, and what each sends.
const CALLERS: usize = 64;
const REPORTS_EACH: usize = 100;
/// How often somebody comes back.
const LOOKS: usize = 300;
/// The words of a report; sealed and padded it has 131 kB.
const WORDS_BYTES: usize = 90_000;
/// An upload, in parts of what a page sends at a time.
const UPLOAD_BYTES: usize = 4 << 30;
const PART_BYTES: usize = 4 << 20;

/// Adds the lines about the door.
pub fn measure(table: &mut Table) -> Result<()> {
    let folder = folder()?;
    let mut child = product(folder.path())?
        .args(["serve", "--listen", "127.0.0.1:0", "--report", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = child.stdout.take().context("the server's output")?;
    let mut server = Started::new(child, out);
    // The door's address is told before the desk's.
    let door = address(&mut server.out)?;
    address(&mut server.out)?;
    let one = returns(&door)?;
    reports(table, &door)?;
    let among_many = returns(&door)?;
    table.alone(
        &format!("door: a return (answers and promises of one mailbox), {LOOKS} after each other: one mailbox there; {} there", thousands((CALLERS * REPORTS_EACH + 2) as f64)),
        format!("p50 {} µs; {} µs", one.as_micros(), among_many.as_micros()),
        "does not grow with mailboxes",
    );
    upload(table, &door, server.id())
}

/// A challenge for so many bytes, and its work.
fn work(line: &mut Line, bytes: usize) -> Result<String> {
    let (status, _, challenge) = line.call(&format!("GET /in/work?bytes={bytes} HTTP/1.1"), b"")?;
    ensure!(status == 200, "no challenge: {status}");
    let challenge = challenge.as_slice().try_into().context("the challenge's length")?;
    Ok(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, server::report::work::solve(challenge)))
}

fn rng() -> Result<ChaCha20Rng> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(ChaCha20Rng::from_seed(seed))
}

/// A report as a phone sends it, of a person of its own.
fn body(to: &Recipient, rng: &mut ChaCha20Rng) -> Result<Vec<u8>> {
    let receipt = Receipt::make(rng);
    body_of(&receipt, to, rng)
}

fn body_of(receipt: &Receipt, to: &Recipient, rng: &mut ChaCha20Rng) -> Result<Vec<u8>> {
    let parts = WORDS_BYTES.div_ceil(MAX_ANSWER_BYTES);
    let answers = (0..parts)
        .map(|part| Ok((format!("part-{part}").parse()?, Zeroizing::new("w".repeat(WORDS_BYTES / parts)))))
        .collect::<Result<_>>()?;
    let report = Report {
        kind: Kind::OfficerConduct,
        language: "en".parse()?,
        answers,
        attachments: Vec::new(),
        reply_to: receipt.reply_identity().recipient()?,
        contact: None,
    };
    let envelope = report.seal(&[to], rng)?;
    let mut body = b"VSR1".to_vec();
    body.extend_from_slice(receipt.mailbox().as_bytes());
    body.extend_from_slice(&receipt.return_key().public());
    body.extend_from_slice(receipt.blind().as_bytes());
    body.push(0);
    body.extend_from_slice(&u32::try_from(envelope.len())?.to_be_bytes());
    body.extend_from_slice(&envelope);
    Ok(body)
}

fn reports(table: &mut Table, door: &str) -> Result<()> {
    let official = Identity::make(&mut rng()?).recipient()?;
    // Sealed and worked for beforehand, as phones do on their own processors.
    let ready: Vec<Vec<(String, Vec<u8>)>> = std::thread::scope(|scope| {
        let prepare = || -> Result<Vec<(String, Vec<u8>)>> {
            let (mut line, mut rng) = (Line::to(door)?, rng()?);
            (0..REPORTS_EACH)
                .map(|_| {
                    let body = body(&official, &mut rng)?;
                    Ok((work(&mut line, body.len())?, body))
                })
                .collect()
        };
        let threads: Vec<_> = (0..CALLERS).map(|_| scope.spawn(prepare)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no caller falls")).collect::<Result<_>>()
    })?;
    let bytes = ready.first().and_then(|all| all.first()).map_or(0, |(_, body)| body.len());
    let start = Instant::now();
    let mut waits: Vec<Duration> = std::thread::scope(|scope| {
        let send = move |own: &Vec<(String, Vec<u8>)>| -> Result<Vec<Duration>> {
            let mut line = Line::to(door)?;
            own.iter()
                .map(|(work, body)| {
                    let begun = Instant::now();
                    let media = "application/vnd.vouchsafe.report";
                    let head = format!("POST /in/reports HTTP/1.1\r\ncontent-type: {media}\r\nvouchsafe-work: {work}");
                    let (status, _, said) = line.call(&head, body)?;
                    ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&said));
                    Ok(begun.elapsed())
                })
                .collect()
        };
        let threads: Vec<_> = ready.iter().map(|own| scope.spawn(move || send(own))).collect();
        let waits: Result<Vec<_>> = threads.into_iter().map(|thread| thread.join().expect("no caller falls")).collect();
        Ok::<_, anyhow::Error>(waits?.into_iter().flatten().collect())
    })?;
    let rate = per_second(waits.len(), start.elapsed());
    waits.sort_unstable();
    let p99 = waits.get(waits.len() * 99 / 100).copied().unwrap_or_default();
    table.alone(
        &format!("door: reports of {bytes} bytes over HTTP, {CALLERS} callers, until each has its promise"),
        format!("{}/s, p99 {} ms", thousands(rate), p99.as_millis()),
        "≥ 1,500/s on 2 cores",
    );
    Ok(())
}

/// How long a return waits, at the median, for whoever sent one report: a nonce, and a look with the proof of it.
fn returns(door: &str) -> Result<Duration> {
    let (mut line, mut rng) = (Line::to(door)?, rng()?);
    let receipt = Receipt::make(&mut rng);
    let body = body_of(&receipt, &Identity::make(&mut rng).recipient()?, &mut rng)?;
    let work = work(&mut line, body.len())?;
    let media = "application/vnd.vouchsafe.report";
    let (status, ..) =
        line.call(&format!("POST /in/reports HTTP/1.1\r\ncontent-type: {media}\r\nvouchsafe-work: {work}"), &body)?;
    ensure!(status == 200, "the report was not taken: {status}");
    let (mailbox, key) = (receipt.mailbox(), receipt.return_key());
    let mut waits = Vec::new();
    for _ in 0..LOOKS {
        let begun = Instant::now();
        let (_, _, nonce) = line.call("GET /in/nonce HTTP/1.1", b"")?;
        let nonce: [u8; 32] = nonce.as_slice().try_into().context("the nonce's length")?;
        let proof = [&mailbox.as_bytes()[..], &nonce, &key.prove(&mailbox, &nonce), &[0, 0]].concat();
        let (status, _, look) = line.call("POST /in/mailbox HTTP/1.1", &proof)?;
        ensure!(status == 200 && look.len() == server::report::answers::LOOK_BYTES, "no look: {status}");
        waits.push(begun.elapsed());
    }
    waits.sort_unstable();
    Ok(waits.get(LOOKS / 2).copied().unwrap_or_default())
}

fn upload(table: &mut Table, door: &str, process: u32) -> Result<()> {
    let before = memory(process, "VmRSS")?;
    let mut line = Line::to(door)?;
    let work = work(&mut line, UPLOAD_BYTES)?;
    let tus = "tus-resumable: 1.0.0";
    let begin =
        format!("POST /in/uploads HTTP/1.1\r\n{tus}\r\nupload-length: {UPLOAD_BYTES}\r\nvouchsafe-work: {work}");
    let (status, head, _) = line.call(&begin, b"")?;
    ensure!(status == 201, "{head}");
    let place = Line::header(&head, "location").context("no place for the upload")?.to_owned();
    let part = vec![7; PART_BYTES];
    let start = Instant::now();
    for offset in (0..UPLOAD_BYTES).step_by(PART_BYTES) {
        let media = "application/offset+octet-stream";
        let head = format!("PATCH {place} HTTP/1.1\r\n{tus}\r\nupload-offset: {offset}\r\ncontent-type: {media}");
        let (status, head, _) = line.call(&head, &part)?;
        ensure!(status == 204, "{head}");
    }
    let rate = UPLOAD_BYTES as f64 / 1e6 / start.elapsed().as_secs_f64();
    table.alone(
        "door: an upload of 4 GiB, the longest, in parts of 4 MiB, hashed and written",
        format!("{rate:.0} MB/s"),
        "more than a phone's line (1 to 6 MB/s)",
    );
    table.alone(
        "door: resident memory before it, and at most, the reports before it included",
        format!("{before}, {}", memory(process, "VmHWM")?),
        "constant, whatever is sent",
    );
    Ok(())
}
