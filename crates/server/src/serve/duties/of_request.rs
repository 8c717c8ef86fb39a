//! The duties on the page of a request, done or not; what was said by mistake is put right as a deed is.

use maud::{Markup, html};
use record::{Body, Correction, Entry, OutsideRequest, duty::Duty};

use super::{super::deeds, lead, line, was_said};
use crate::{
    access::Action,
    serve::{
        Desk,
        requests::{Shown, what},
        session::Account,
    },
    store::Stored,
};

/// The duties that the entries of a request show.
#[must_use]
pub fn duties(desk: &Desk, entries: &[Stored]) -> Vec<Duty> {
    let counted = entries.iter().filter_map(Stored::entry).filter(|entry| desk.owed.counts(entry));
    record::duty::duties(counted, &desk.zone, desk.owed.limits())
}

/// The part of the page; nothing where nothing is or was owed.
pub fn part(desk: &Desk, account: &Account, request: &OutsideRequest, entries: &[Stored], shown: &Shown<'_>) -> Markup {
    let all = duties(desk, entries);
    let present: Vec<&Entry> = entries.iter().filter_map(Stored::entry).collect();
    let wrong = record::corrected(present.iter().copied());
    let correction = |entry: &Entry| -> Option<&Correction> {
        let by = wrong.get(&entry.id)?;
        present.iter().find(|other| other.id == *by).and_then(|other| match &other.body {
            Body::Corrected(correction) => Some(correction),
            _ => None,
        })
    };
    let path = format!("/requests/{}", request.id);
    let may_correct = desk.would(account, Action::Correct, &what(request));
    html! {
        @if !all.is_empty() {
            h2 id="duties" { (desk.words.say("duties-of-request", &[])) }
            ul.duties {
                @for (number, duty) in all.iter().enumerate() {
                    li {
                        (line(desk, duty))
                        @if duty.ended.is_none() { (lead(desk, account, duty, (&format!("d{number}"), "request"), shown.duty)) }
                    }
                }
            }
            @for entry in &present {
                @if let Body::Fulfilled(fulfilled) = &entry.body {
                    @let said = was_said(desk, fulfilled);
                    @if let Some(correction) = correction(entry) {
                        p { (deeds::taken_back(desk, &said, correction)) }
                    } @else {
                        p { (said) @if let Some(note) = &fulfilled.note { " · " (note.reveal()) } }
                        @if may_correct { (deeds::correction_form(desk, account, &path, entry.id, shown.correction)) }
                    }
                }
            }
        }
    }
}
