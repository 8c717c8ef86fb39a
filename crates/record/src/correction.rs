//! Which entries a later one says were a mistake.
//!
//! The record is append-only, so a wrong entry is not taken out; a named person says in an entry of its own that it was
//! wrong and why. Whoever counts or judges leaves the wrong one aside and says how many were. A correction is final: what
//! was corrected by mistake is recorded again, as what it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Body, Entry, EntryId, Source};

/// The entries that were a mistake, each with the entry that says so.
///
/// A correction holds for a deed, a duty said to be done, a statement of funding, an omission or a line of surveillance data that came into the record by the same way or was put right at
/// the city's own desk: what is invented corrects nothing real. Of two corrections of one entry the earlier is named.
#[must_use]
pub fn corrected<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> BTreeMap<EntryId, EntryId> {
    let entries: Vec<&Entry> = entries.into_iter().collect();
    let mut corrections: Vec<(&Entry, EntryId)> = entries
        .iter()
        .filter_map(|entry| match &entry.body {
            Body::Corrected(correction) => Some((*entry, correction.entry)),
            _ => None,
        })
        .collect();
    if corrections.is_empty() {
        return BTreeMap::new();
    }
    corrections.sort_by_key(|(entry, _)| (entry.at, entry.id));
    let named: BTreeSet<EntryId> = corrections.iter().map(|(_, wrong)| *wrong).collect();
    let wrong: BTreeMap<EntryId, &Entry> = entries
        .iter()
        .filter(|entry| {
            named.contains(&entry.id)
                && matches!(
                    entry.body,
                    Body::Done(_) | Body::Fulfilled(_) | Body::Funding(_) | Body::Omitted(_) | Body::Tracked(_)
                )
        })
        .map(|entry| (entry.id, *entry))
        .collect();
    let mut found = BTreeMap::new();
    for (entry, id) in corrections {
        if wrong.get(&id).is_some_and(|wrong| correction_holds(&entry.source, &wrong.source)) {
            found.entry(id).or_insert(entry.id);
        }
    }
    found
}

/// Whether a correction that came this way holds of an entry that came that way.
#[must_use]
pub fn correction_holds(correction: &Source, wrong: &Source) -> bool {
    correction == wrong || (*correction == Source::Desk && *wrong != Source::Demo)
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};

    use super::*;
    use crate::{Actor, Correction, Funding, FundingStep};

    fn entry(number: u8, source: Source, body: Body) -> Entry {
        Entry {
            id: EntryId::from_bytes([number; 16]),
            at: Timestamp::from_second(1_785_000_000 + i64::from(number)).unwrap(),
            by: Actor::Program { name: "story".into() },
            source,
            body,
        }
    }

    fn money(number: u8, source: Source) -> Entry {
        let funding = Funding { agency: "DOC".into(), step: FundingStep::Received, on: date(2026, 7, 15), cents: 1 };
        entry(number, source, Body::Funding(funding))
    }

    fn correction(number: u8, source: Source, wrong: u8) -> Entry {
        let wrong = EntryId::from_bytes([wrong; 16]);
        let correction = Correction { entry: wrong, request: None, reason: "typing".into(), said_by: "A".into() };
        entry(number, source, Body::Corrected(correction))
    }

    #[test]
    fn a_correction_names_its_entry_and_a_second_adds_nothing() {
        let entries = [correction(3, Source::Desk, 1), money(1, Source::Desk), correction(2, Source::Desk, 1)];
        let found = corrected(&entries);
        assert_eq!(found, BTreeMap::from([(EntryId::from_bytes([1; 16]), EntryId::from_bytes([2; 16]))]));
    }

    #[test]
    fn what_is_invented_corrects_nothing_real_and_a_correction_is_final() {
        assert!(corrected(&[money(1, Source::Desk), correction(2, Source::Demo, 1)]).is_empty());
        assert!(corrected(&[money(1, Source::Demo), correction(2, Source::Desk, 1)]).is_empty());
        let entries = [money(1, Source::Api), correction(2, Source::Desk, 1), correction(3, Source::Desk, 2)];
        assert_eq!(corrected(&entries).len(), 1);
    }
}
