//! The leaf of each kind of entry, and the entry that a report becomes.
//!
//! Every entry but one has a salted commitment to its bytes (`record::commitment`). The entry of a report has the leaf that
//! its sender computes too (`seal::leaf`): over the day, the content root and the blind, which stands in the salt's place.
//! Nothing else of that entry is free: id, moment, maker and source follow from day, names and blind, so the leaf binds all
//! of it, and an entry that differs in any of them has no leaf at all.

use jiff::{civil::Date, tz::TimeZone};
use record::{Actor, Body, Entry, EntryId, Leaf, Received, ReportId, Salt, Sha256Hex, Source, commitment, first_16};
use seal::{
    ContentId,
    leaf::{Blind, ContentRoot, ContentRootError, Day, leaf},
};
use sha2::{Digest as _, Sha256};

/// What sets a report's id apart from every other hash.
const ID_LABEL: &[u8] = b"vouchsafe/report-id/v1";
/// The maker of the entries of reports.
const MAKER: &str = "report";

/// The id of a report: it follows from its content and blind, so that the same report sent twice has one id, and nobody
/// without the blind can tell the leaf that belongs to it.
#[must_use]
pub fn report_id(root: &ContentRoot, blind: &Blind) -> ReportId {
    let hash =
        Sha256::new_with_prefix(ID_LABEL).chain_update(root.as_bytes()).chain_update(blind.as_bytes()).finalize();
    ReportId::from_bytes(first_16(hash))
}

/// The leaf of a report; none for a day that cannot be written in four digits of a year.
#[must_use]
pub fn report_leaf(day: Date, root: &ContentRoot, blind: &Blind) -> Option<Leaf> {
    let day: Day = day.to_string().parse().ok()?;
    Some(Leaf::from_bytes(leaf(day, root, blind)))
}

/// The entry of a report, and the salt that is kept with it.
///
/// # Errors
/// The names have no root.
pub fn received(
    day: Date,
    envelope: &ContentId,
    attachments: &[ContentId],
    blind: &Blind,
) -> Result<(Entry, Salt), ContentRootError> {
    let root = ContentRoot::of(envelope, attachments)?;
    let mut sorted = attachments.to_vec();
    sorted.sort_unstable();
    let name = |id: &ContentId| Sha256Hex::of(*id.as_bytes());
    let body = Received { day, envelope: name(envelope), attachments: sorted.iter().map(name).collect() };
    let entry = Entry {
        id: EntryId::from_bytes(*report_id(&root, blind).as_bytes()),
        // The day has no moment: its first, by the one clock that has no offset.
        at: day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).unwrap_or_default(),
        by: Actor::Program { name: MAKER.to_owned() },
        source: Source::Report,
        body: Body::Received(Box::new(body)),
    };
    Ok((entry, Salt::from_bytes(*blind.as_bytes())))
}

/// The names of a report's sealed bytes: the envelope's and its attachments'.
#[must_use]
pub fn names(received: &Received) -> Option<(ContentId, Vec<ContentId>)> {
    let name = |hash: &Sha256Hex| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hash.as_str(), &mut bytes).ok()?;
        Some(ContentId::from_hash(bytes))
    };
    Some((name(&received.envelope)?, received.attachments.iter().map(name).collect::<Option<_>>()?))
}

/// The leaf of an entry with this salt and these canonical bytes; none for an entry of a report that is not the one which
/// follows from its day, names and blind.
#[must_use]
pub fn entry_leaf(entry: &Entry, salt: &Salt, bytes: &[u8]) -> Option<Leaf> {
    let Body::Received(report) = &entry.body else { return Some(commitment(salt, bytes)) };
    let blind = Blind::new(*salt.as_bytes());
    let (envelope, attachments) = names(report)?;
    let (follows, _) = received(report.day, &envelope, &attachments, &blind).ok()?;
    if follows != *entry {
        return None;
    }
    let root = ContentRoot::of(&envelope, &attachments).ok()?;
    report_leaf(report.day, &root, &blind)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use record::canonical;

    use super::*;

    #[test]
    fn the_leaf_of_a_report_binds_all_of_its_entry() {
        let (envelope, files) = (ContentId::of(b"envelope"), [ContentId::of(b"b"), ContentId::of(b"a")]);
        let blind = Blind::new([7; 32]);
        let day = date(2026, 11, 26);
        let (entry, salt) = received(day, &envelope, &files, &blind).unwrap();
        let bytes = canonical(&entry).unwrap();
        expect_test::expect![[r#"{"at":"2026-11-26T00:00:00Z","body":{"received":{"attachments":["3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d","ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],"day":"2026-11-26","envelope":"4c503ca67761e5c4aaecfe996244c25d8c0b40902d1085c85b4468bd567548c6"}},"by":{"kind":"program","name":"report"},"id":"en-113m6kcake75z4x1my9efmj5v4q","source":"report","v":1}"#]].assert_eq(std::str::from_utf8(&bytes).unwrap());
        let root = ContentRoot::of(&envelope, &files).unwrap();
        let phones = leaf("2026-11-26".parse().unwrap(), &root, &blind);
        assert_eq!(entry_leaf(&entry, &salt, &bytes).unwrap().as_bytes(), &phones);
        assert_eq!(entry.at.to_string(), "2026-11-26T00:00:00Z");
        assert_eq!(entry.id.as_bytes(), report_id(&root, &blind).as_bytes());
        for change in [
            |entry: &mut Entry| entry.id = EntryId::from_bytes([1; 16]),
            |entry: &mut Entry| entry.at = jiff::Timestamp::UNIX_EPOCH,
            |entry: &mut Entry| entry.source = Source::Desk,
            |entry: &mut Entry| entry.by = Actor::Program { name: "other".to_owned() },
            |entry: &mut Entry| {
                let Body::Received(report) = &mut entry.body else { return };
                report.attachments.reverse();
            },
        ] {
            let mut other = entry.clone();
            change(&mut other);
            assert_eq!(entry_leaf(&other, &salt, &canonical(&other).unwrap()), None);
        }
        let mut other = entry.clone();
        if let Body::Received(report) = &mut other.body {
            report.day = date(2026, 11, 27);
        }
        assert_eq!(entry_leaf(&other, &salt, &bytes), None, "the moment is another day's");
        let stranger = entry_leaf(&entry, &Salt::from_bytes([8; 32]), &bytes);
        assert_eq!(stranger, None, "the id follows from the blind");
    }
}
