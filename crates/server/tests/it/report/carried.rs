//! Folders that are carried away and back: what an export takes of shared bytes, and what is taken in of one that came back.

use server::report::{close, shelf, vault::Vault};

use super::{
    inbox::{Office, office},
    *,
};
use crate::store::erasure;

/// A phone of this office's city.
fn phone(city: &City, office: &Office) -> Phone {
    Phone::with(&city.url, office.recipient.clone())
}

/// Exports the sealed reports and reads what was exported.
fn exported(city: &City) -> (tempfile::TempDir, Vec<shelf::Sealed>) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::to_read(&city.path().join("blobs"));
    let count = shelf::export(&*city.store, &*city.lane, &vault, folder.path()).unwrap();
    let reports = shelf::Shelf::of_export(folder.path()).list().unwrap();
    assert_eq!(reports.len() as u64, count);
    (folder, reports)
}

/// Whoever sends an envelope again with another receipt, or names the same sealed file in two reports, stops no export; and what
/// destroys one of them leaves the other its bytes.
#[test]
fn what_reports_share_is_exported_once_and_stays_while_one_of_them_needs_it() {
    for base in BOTH {
        let city = City::new(base);
        let office = office();
        let (sealed, attachment) = phone(&city, &office).seal_file(b"a photograph", "a.jpg");
        let first = phone(&city, &office);
        let content = attachment.content;
        let ready = first.seal("what happened", vec![(first.upload(&sealed), attachment)]);
        first.send(&ready).text();
        // The same envelope and the same file under another receipt; on the same day, and on another.
        for day in [DAY, DAY.tomorrow().unwrap()] {
            city.clock.set(day);
            let other = phone(&city, &office);
            let upload = other.upload(&sealed);
            other.send(&other.ready(ready.envelope.clone(), vec![(upload, content)])).text();
        }
        // A file that is another report's envelope.
        let odd = phone(&city, &office);
        let upload = odd.upload(&ready.envelope);
        let own = odd.seal("what happened too", Vec::new()).envelope;
        odd.send(&odd.ready(own, vec![(upload, ContentId::of(&ready.envelope))])).text();
        let (open, _) = exported(&city);
        drop(open);
        city.end_day();
        let reports = city.lane.reports(None).unwrap();
        assert_eq!(reports.len(), 4, "{base:?}");
        let readable = |wanted: usize| {
            let (folder, reports) = exported(&city);
            assert_eq!(reports.len(), wanted, "{base:?}");
            let shelf = shelf::Shelf::of_export(folder.path());
            for report in &reports {
                assert_eq!(ContentId::of(&shelf.envelope(report).unwrap()), report.envelope);
                for name in &report.attachments {
                    let mut bytes = Vec::new();
                    std::io::Read::read_to_end(&mut shelf.attachment(report, name).unwrap(), &mut bytes).unwrap();
                    assert_eq!(ContentId::of(&bytes), *name);
                }
            }
            assert_eq!(city.verify().faults.named, [], "{base:?}");
        };
        readable(4);
        if base == Base::Sqlite {
            opens_all(&city, &office, &reports);
        }
        // Of two reports of a day one is destroyed; then the other.
        let vault = Vault::to_read(&city.path().join("blobs"));
        for (gone, left) in [(0, 3), (1, 2)] {
            let report = &reports[gone];
            let id = record::EntryId::from_bytes(*report.id.as_bytes());
            let entry = city.store.find(&id).unwrap().unwrap();
            city.store.erase(erasure(id, entry.leaf)).unwrap();
            close::clean(&*city.lane, &vault, city.clock.today()).all().unwrap();
            city.follow();
            readable(left);
        }
        assert!(!vault.attachment(DAY, &content).exists(), "{base:?}: nobody needs it any more");
        assert!(vault.attachment(DAY.tomorrow().unwrap(), &content).exists(), "{base:?}");
    }
}

/// The command exports them, and the official opens each of them from the carried folder.
fn opens_all(city: &City, office: &Office, reports: &[server::store::Report]) {
    let run = |arguments: &[&str]| office.place.run(arguments);
    let done = run(&["export", "carried", "--data", city.path().to_str().unwrap()]);
    assert_eq!(done.status, 0, "{}", done.err);
    assert_eq!(run(&["verify", "carried"]).status, 0);
    for (number, report) in reports.iter().enumerate() {
        let (id, out) = (report.id.to_string(), format!("opened-{number}"));
        let opened = run(&["inbox", "open", &id, "--key", "official.key", "--out", &out, "--from", "carried"]);
        assert!(opened.out.contains("what happened"), "{}{}", opened.out, opened.err);
    }
}
