//! `vouchsafe decide FACTS.json|-`: one request's questions, answered under the law of a day.
//!
//! Records nothing unless told to (`--record`); then the request and each answer are one act of the record. A log that cannot
//! be continued is found before that, and nothing is recorded; once it is recorded, the answer is given with its own status,
//! and a log that lags is a warning. Several acts
//! in one file are several questions, and the exit status is the strictest answer's: 0 permitted, 3 barred, 4 escalate,
//! 5 not yet known, 6 outside, 7 required; 2 is bad input. The JSON is described by `docs/decision.schema.json`.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use law::{Decision, Facts, Outcome, Pack, Question, decide};
use record::{
    Actor, Body, Channel, Claim, Decided, Detainer, Document, Entry, EntryId, OutsideRequest, Receiver, RequestId,
    Requester, RequesterKind, Source, Told, When,
};
use serde::Serialize;

use super::{
    answer,
    open::{Access, City, open},
    out::output,
};
use crate::{
    config::Global,
    log::{self, Sequencer},
    store::{Draft, Store},
    words::Words,
};

/// The longest file of facts, in bytes.
const FACTS_MAX_BYTES: u64 = 4 << 20;

/// May we? Answers each question of a file of facts
///
/// The file is described by docs/facts.schema.json, what --json prints by docs/decision.schema.json. Unknown facts are left
/// out. Nothing is recorded without --record.
///
/// Exit status: 0 permitted, 3 barred, 4 escalate, 5 not yet known (treat it as no), 6 outside, 7 required, 2 bad input; of
/// several acts the strictest.
///
/// Example: vouchsafe decide examples/detainer-with-administrative-warrant.json --on 2026-06-15
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Question and facts (JSON); `-` reads standard input
    #[arg(value_name = "FACTS.json")]
    facts: PathBuf,
    /// Under the law of this day (YYYY-MM-DD); today in the pack's time zone if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Record the request and the answers
    #[arg(long)]
    record: bool,
}

/// One question with what was known, and its answer.
struct Answer {
    question: Question,
    facts: Facts,
    decision: Decision,
}

/// One answer as it is printed for machines.
#[derive(Serialize)]
struct Printed<'a> {
    question: &'a Question,
    #[serde(flatten)]
    decision: &'a Decision,
    recorded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<EntryId>,
}

/// What was committed: the request, its entry, an entry for each answer, and one for each answer on which the engines differ.
struct Recorded {
    request: RequestId,
    requested: EntryId,
    decided: Vec<EntryId>,
    faults: Vec<EntryId>,
}

/// Runs the command.
///
/// # Errors
/// Bad input of any kind, with its place; a record that cannot be written.
pub fn run(global: &Global, args: &Args) -> Result<ExitCode> {
    let settings = global.settings()?;
    let pack = crate::pack::load_to_decide(settings.pack.as_deref(), &settings.data)?;
    let zone =
        TimeZone::get(pack.time_zone()).with_context(|| format!("the pack's time zone `{}`", pack.time_zone()))?;
    let now = Timestamp::now();
    let on = match &args.on {
        Some(text) => day(text)?,
        None => now.to_zoned(zone.clone()).date(),
    };
    let text = read(&args.facts)?;
    let name =
        if args.facts == Path::new("-") { "standard input".to_owned() } else { args.facts.display().to_string() };
    let asked = law::parse_facts_json(pack.vocabulary(), &text).with_context(|| name.clone())?;
    let answers: Vec<Answer> = asked
        .into_iter()
        .map(|(question, facts)| {
            let decision = decide(&pack, &question, &facts, on);
            Answer { question, facts, decision }
        })
        .collect();
    let Some(strictest) = answers.iter().map(|answer| answer.decision.outcome).min() else {
        bail!("{name}: the question names no act");
    };
    let recorded = if args.record {
        let (city, log) = open_with_log(global, Access::Write).context("nothing was recorded")?;
        let received = When::Time(now.to_zoned(zone).datetime());
        let recorded = record(city.store.as_ref(), &pack, &answers, on, received, now)?;
        catch_up(log);
        Some(recorded)
    } else {
        None
    };
    let mut out = output();
    if settings.json {
        print_json(&mut out, &answers, recorded.as_ref())?;
    } else {
        let words = Words::new("en");
        for Answer { question, facts, decision } in &answers {
            answer::print(&mut out, &words, &pack, question, facts, decision)?;
        }
        print_recorded(&mut out, &words, recorded.as_ref())?;
        writeln!(out, "{}", words.say("reading-of-the-law", &[]))?;
    }
    Ok(ExitCode::from(status(strictest)))
}

/// Opens the record to write (or to write in bulk), and the log to follow it unless another process does that. A log that cannot be continued is
/// better found before anything is recorded.
///
/// # Errors
/// As [`open`] and [`log::open`].
pub(super) fn open_with_log(global: &Global, access: Access) -> Result<(City, Option<Sequencer>)> {
    let city = open(global, access)?;
    // The desk that runs follows the record.
    if city.beside {
        return Ok((city, None));
    }
    let origin = city.settings.log_origin.as_deref();
    let log = log::open_if_free(city.store.clone(), city.folder.path(), origin)?;
    if log.as_ref().is_some_and(Sequencer::rebuilt) {
        eprintln!(
            "vouchsafe: the log's files were lost or damaged and have been rebuilt from the record; compare the log's head \
             with one that somebody outside has kept"
        );
    }
    Ok((city, log))
}

/// Takes what was recorded into the log, if this process follows the record; gives the log's size.
pub(super) fn catch_up(log: Option<Sequencer>) -> Option<u64> {
    log::take_in(&mut log?)
}

/// The exit status of an answer.
fn status(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Permitted => 0,
        Outcome::Barred => 3,
        Outcome::Escalate => 4,
        Outcome::NotYetKnown => 5,
        Outcome::Outside => 6,
        Outcome::Required => 7,
    }
}

fn day(text: &str) -> Result<Date> {
    match text.parse::<Date>() {
        Ok(date) if date.to_string() == text => Ok(date),
        _ => bail!("`{text}` is no day of the calendar: write --on as YYYY-MM-DD"),
    }
}

fn read(path: &Path) -> Result<String> {
    let name = path.display();
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(FACTS_MAX_BYTES + 1).read_to_end(&mut bytes).context("standard input")?;
    } else {
        let file = File::open(path).with_context(|| format!("`{name}` cannot be opened"))?;
        file.take(FACTS_MAX_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("`{name}` cannot be read"))?;
    }
    if bytes.len() as u64 > FACTS_MAX_BYTES {
        bail!("`{name}` is longer than {FACTS_MAX_BYTES} bytes");
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => bail!("`{name}` is no UTF-8 text (byte {})", error.utf8_error().valid_up_to()),
    }
}

/// Commits the request and its answers as one act.
fn record(
    store: &dyn Store,
    pack: &Pack,
    answers: &[Answer],
    on: Date,
    received: When,
    at: Timestamp,
) -> Result<Recorded> {
    let request = RequestId::from_bytes(random()?);
    let entry = |body| -> Result<Entry> {
        let by = Actor::Program { name: "decide".to_owned() };
        Ok(Entry { id: EntryId::from_bytes(random()?), at, by, source: Source::Desk, body })
    };
    let Some(Answer { question, facts, .. }) = answers.first() else { bail!("there is no question to record") };
    let acts = answers.iter().map(|answer| answer.question.act.clone()).collect();
    let asked = outside_request(pack, request, question, acts, facts, on, received);
    let requested = entry(Body::Requested(Box::new(asked)))?;
    let (mut decided, mut faults) = (Vec::new(), Vec::new());
    for Answer { question, facts, decision } in answers {
        let answer = entry(Body::Decided(Box::new(Decided {
            request,
            question: question.clone(),
            facts: facts.clone(),
            decision: decision.clone(),
        })))?;
        if let Some(fault) = answer.engine_fault() {
            faults.push(entry(fault)?);
        }
        decided.push(answer);
    }
    let ids = |entries: &[Entry]| entries.iter().map(|entry| entry.id).collect();
    let recorded = Recorded { request, requested: requested.id, decided: ids(&decided), faults: ids(&faults) };
    let entries = [requested].into_iter().chain(decided).chain(faults);
    store.commit("decide --record", entries.map(Draft::from).collect())?;
    Ok(recorded)
}

/// The request as far as question and facts tell it; the rest is unknown.
fn outside_request(
    pack: &Pack,
    id: RequestId,
    question: &Question,
    acts: Vec<law::ActId>,
    facts: &Facts,
    on: Date,
    received: When,
) -> OutsideRequest {
    let requester = pack.vocabulary().requesters.get(&question.requester);
    let with_form = question.document.iter().any(|document| document.as_str() == "i247a");
    let lodged = facts.known("detainer_lodged").is_yes() || with_form;
    OutsideRequest {
        id,
        received,
        requester: Requester {
            kind: requester.map_or(RequesterKind::Unknown, |it| requester_kind(it.kind)),
            id: question.requester.clone(),
            agency: requester.map_or_else(|| question.requester.to_string(), |it| it.title.clone()),
            unit: None,
            officer: None,
        },
        channel: Channel::Unknown,
        receiver: Receiver { agency: question.agency.clone(), site: None, employee: None },
        acts,
        information: Vec::new(),
        statute: question.statute_enforced.clone(),
        statute_as_stated: None,
        claim: Claim::NotSaid,
        documents: question
            .document
            .iter()
            .map(|kind| Document { kind: kind.clone(), dated: None, copy: None })
            .collect(),
        detainer: lodged.then(|| Detainer {
            lodged: on,
            reasons: Vec::new(),
            asserts_ground_a: facts.known("reentry_asserted").known(),
            warrant_with_it: facts.known("warrant_presented_with_detainer").known(),
        }),
        person: None,
        supervisor: Told::Unknown,
        counsel: Told::Unknown,
        note: None,
    }
}

/// Whose a requester is, in the record's words. The city's own is no outside authority's and stays unknown.
fn requester_kind(kind: law::vocabulary::RequesterKind) -> RequesterKind {
    match kind {
        law::vocabulary::RequesterKind::Federal => RequesterKind::Federal,
        law::vocabulary::RequesterKind::State => RequesterKind::State,
        law::vocabulary::RequesterKind::OtherLocal => RequesterKind::OtherLocal,
        law::vocabulary::RequesterKind::ContractorOrTaskForce => RequesterKind::ContractorOrTaskForce,
        law::vocabulary::RequesterKind::City | law::vocabulary::RequesterKind::Unknown => RequesterKind::Unknown,
    }
}

/// Sixteen random bytes for an id.
pub(super) fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(bytes)
}

fn print_json(out: &mut impl Write, answers: &[Answer], recorded: Option<&Recorded>) -> Result<()> {
    let printed: Vec<Printed<'_>> = answers
        .iter()
        .enumerate()
        .map(|(at, Answer { question, decision, .. })| Printed {
            question,
            decision,
            recorded: recorded.is_some(),
            request: recorded.map(|it| it.request),
            entry: recorded.and_then(|it| it.decided.get(at).copied()),
        })
        .collect();
    match printed.as_slice() {
        [one] => serde_json::to_writer_pretty(&mut *out, one)?,
        several => serde_json::to_writer_pretty(&mut *out, several)?,
    }
    writeln!(out)?;
    Ok(())
}

fn print_recorded(out: &mut impl Write, words: &Words, recorded: Option<&Recorded>) -> Result<()> {
    match recorded {
        None => writeln!(out, "{}\n", words.say("decide-not-recorded", &[]))?,
        Some(recorded) => {
            writeln!(out, "{}", words.say("decide-recorded", &[]))?;
            writeln!(out, "  request {}\n  entry   {} requested", recorded.request, recorded.requested)?;
            for id in &recorded.decided {
                writeln!(out, "  entry   {id} decided")?;
            }
            for id in &recorded.faults {
                writeln!(out, "  entry   {id} fault")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use record::FaultKind;

    use super::*;
    use crate::store::Sqlite;

    /// Nothing but the engines' own difference makes such a fault: what is barred by the law, or by facts that cannot be, has none.
    #[test]
    fn where_the_engines_differ_the_fault_is_recorded_beside_the_answer() {
        let on = "2026-06-15".parse().unwrap();
        let at: Timestamp = "2026-06-15T12:00:00Z".parse().unwrap();
        let (sound, falsified) = (crate::pack::load(None).unwrap(), crate::pack::falsified());
        let text = r#"{"question": {"agency": "DOC", "act": ["hold", "notify_release"], "requester": "ice_ero", "statute_enforced": "civil_ina"}, "facts": {}}"#;
        let impossible =
            text.replace(r#""facts": {}"#, r#""facts": {"enforcer_not_of_the_city": {"value": false, "source": "x"}}"#);
        for (pack, text, faults) in [(&sound, text, 0), (&sound, &*impossible, 0), (&falsified, text, 1)] {
            let folder = tempfile::tempdir().unwrap();
            let store = Sqlite::open(&folder.path().join("record.sqlite3")).unwrap();
            let asked = law::parse_facts_json(pack.vocabulary(), text).unwrap();
            let answers: Vec<Answer> = asked
                .into_iter()
                .map(|(question, facts)| {
                    let decision = decide(pack, &question, &facts, on);
                    Answer { question, facts, decision }
                })
                .collect();
            let recorded = record(&store, pack, &answers, on, When::Day(on), at).unwrap();
            assert_eq!((recorded.decided.len(), recorded.faults.len()), (2, faults), "{text}");
            let kept = store.entries(0, 10).unwrap();
            let found: Vec<_> = kept
                .iter()
                .filter_map(|stored| match &stored.entry().unwrap().body {
                    Body::Fault(fault) => Some((stored.id, fault.kind, fault.request, fault.entry)),
                    _ => None,
                })
                .collect();
            let answer = Some(recorded.decided[0]);
            let expected: Vec<_> =
                recorded.faults.iter().map(|id| (*id, FaultKind::Engine, Some(recorded.request), answer)).collect();
            assert_eq!(found, expected, "{text}");
            assert_eq!(kept.len(), 3 + faults);
            let barred = answers[0].decision.outcome == Outcome::Barred;
            assert_eq!(answers.iter().filter(|answer| answer.decision.engines_differ()).count(), faults);
            assert!(barred || faults == 0);
        }
    }
}
