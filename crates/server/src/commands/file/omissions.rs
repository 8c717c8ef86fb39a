//! What a 10-178(d) filing leaves out, on the statute's two grounds, and taking that back.

use std::collections::BTreeSet;

use anyhow::bail;
use jiff::Timestamp;
use record::filing::{Period, Section};
use record::{Body, Correction, Entry, Omission, Private, RequestId, corrected};

use super::{Args, random};
use crate::filing::make::entry;

/// The omissions asked for, or taken back, that are not in the record already, as entries to be.
///
/// # Errors
/// The section knows no omissions, the request is not in the record or not of the period, or nothing is there to take back.
pub(super) fn omissions(args: &Args, period: &Period, entries: &[Entry], now: Timestamp) -> anyhow::Result<Vec<Entry>> {
    let (Some(by), Some(reason)) = (&args.by, &args.reason) else { return Ok(Vec::new()) };
    if args.omit.is_empty() && args.restore.is_empty() {
        bail!("--reason says why a request is left out (--omit) or counted again (--restore), and none is named");
    }
    if args.section != Section::Resources {
        bail!("only a 10-178 filing may leave requests out, and `{}` is none", args.section);
    }
    let wrong = corrected(entries);
    let standing = |request: RequestId| {
        entries.iter().filter(move |entry| match &entry.body {
            Body::Omitted(omission) => omission.request == request,
            _ => false,
        })
    };
    let standing = |request: RequestId| standing(request).filter(|entry| !wrong.contains_key(&entry.id));
    let mut drafts = Vec::new();
    for request in args.omit.iter().copied().collect::<BTreeSet<_>>() {
        let Some(ground) = args.limb else { continue };
        if args.restore.contains(&request) {
            bail!("the request `{request}` cannot be left out and counted again in one filing: name it once");
        }
        let is_it = |entry: &&Entry| matches!(&entry.body, Body::Requested(found) if found.id == request);
        let Some(asked) = entries.iter().find(is_it) else {
            bail!("the request `{request}` to be left out is not in the record: give the id of one that is");
        };
        if !speaks_of(period, request, entries) {
            bail!(
                "the request `{request}` to be left out is not of {period}: nothing was asked or done about it on these \
                 days; name it in the filing of its own quarter"
            );
        }
        let omission =
            Omission { request, ground, reason: Private::from(reason.as_str()), chosen_by: Private::from(by.as_str()) };
        let known = standing(request).any(|entry| matches!(&entry.body, Body::Omitted(found) if *found == omission));
        if !known {
            drafts.push(entry(random()?, asked.source.clone(), Body::Omitted(omission), now));
        }
    }
    for request in args.restore.iter().copied().collect::<BTreeSet<_>>() {
        let before = drafts.len();
        for omitted in standing(request) {
            let correction = Correction {
                entry: omitted.id,
                request: Some(request),
                reason: Private::from(reason.as_str()),
                said_by: Private::from(by.as_str()),
            };
            drafts.push(entry(random()?, omitted.source.clone(), Body::Corrected(correction), now));
        }
        if drafts.len() == before {
            bail!("the request `{request}` is not left out of any filing: there is nothing to take back");
        }
    }
    Ok(drafts)
}

/// Whether the request came, or something was done about it, in the period: what a filing may count, it may leave out.
fn speaks_of(period: &Period, request: RequestId, entries: &[Entry]) -> bool {
    entries.iter().any(|entry| match &entry.body {
        Body::Requested(found) => found.id == request && period.holds(found.received.day()),
        Body::Done(done) => done.request == Some(request) && period.holds(done.when.day()),
        _ => false,
    })
}
