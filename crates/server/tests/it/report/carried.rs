//! Folders that are carried away and back: what an export takes of shared bytes, and what is taken in of one that came back.

use std::{fs, path::PathBuf};

use seal::reply::{Expecting, OpenReplyError, SEALED_REPLY_BYTES};
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

/// A report that the office has answered in a carried folder: the city, the phone, the report's id and the mailbox's folder there.
fn answered(office: &Office) -> (City, Phone, String, PathBuf) {
    let city = City::new(Base::Sqlite);
    let phone = phone(&city, office);
    phone.send(&phone.seal("what happened", Vec::new())).text();
    city.end_day();
    let data = city.path().to_str().unwrap();
    let id =
        office.place.run(&["--json", "inbox", "list", "--data", data]).json()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(office.place.run(&["export", "carried", "--data", data]).status, 0);
    office.place.file("answer.txt", "We have read it.");
    replies(office, &id);
    let mut folders = fs::read_dir(office.place.path().join("carried/answers")).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    (city, phone, id, folder)
}

/// Lays one more answer down in the carried folder.
fn replies(office: &Office, id: &str) {
    let words = ["inbox", "reply", id, "--key", "official.key", "--text", "answer.txt", "--from", "carried"];
    let done = office.place.run(&words);
    assert_eq!(done.status, 0, "{}", done.err);
}

fn brings(city: &City, office: &Office) -> crate::commands::Transcript {
    office.place.run(&["inbox", "bring", "carried", "--data", city.path().to_str().unwrap()])
}

/// The numbers of the answers that a look shows, the oldest first, by opening them as the phone does.
fn shown(phone: &Phone, office: &Office) -> Vec<u64> {
    let identity = phone.receipt.reply_identity();
    let (mailbox, officials) = (phone.receipt.mailbox(), [office.signing]);
    let mut shown = Vec::new();
    for slot in phone.look(0)[..PAGE_BYTES].chunks(SEALED_REPLY_BYTES).rev() {
        let last = shown.last().copied().unwrap_or_default();
        let expecting = Expecting { identity: &identity, mailbox, last, officials: &officials };
        shown.extend(expecting.open(slot).ok().map(|reply| reply.sequence));
    }
    shown
}

/// Nobody wipes a stick because "all are there": what was not taken in is named, each with why, and the rest is taken in.
#[test]
fn whatever_of_a_carried_folder_is_not_taken_in_is_named() {
    let office = office();
    let (city, phone, id, folder) = answered(&office);
    let second = |make: &dyn Fn(&Path)| {
        make(&folder.join("2"));
        let brought = brings(&city, &office);
        let there = folder.join("2");
        if there.is_dir() { fs::remove_dir(&there) } else { fs::remove_file(&there) }.unwrap();
        assert_eq!(brought.status, 1, "{}{}", brought.out, brought.err);
        assert!(brought.err.contains("answer 2 of"), "{}", brought.err);
        assert!(!brought.err.contains("another has this number"), "{}", brought.err);
        brought.err
    };
    // The first is taken in, whatever lies beside it.
    let err = second(&|path| fs::create_dir(path).unwrap());
    assert!(err.contains("it is no file"), "{err}");
    assert_eq!(shown(&phone, &office), [1]);
    let err = second(&|path| std::os::unix::fs::symlink("/dev/zero", path).unwrap());
    assert!(err.contains("it is no file"), "{err}");
    let err = second(&|path| {
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap()
    });
    assert!(err.contains("it is no file"), "{err}");
    for length in [0, SEALED_REPLY_BYTES - 1, SEALED_REPLY_BYTES + 1] {
        let err = second(&|path| fs::write(path, vec![7; length]).unwrap());
        assert!(err.contains(&format!("has {SEALED_REPLY_BYTES} bytes")), "{err}");
    }
    // A stamp that is none, one that cannot be read, and one that is good.
    let stamps = office.place.path().join("carried/stamps");
    let name = fs::read_dir(&stamps).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    fs::write(stamps.join("rp-x.opened.0123"), "junk").unwrap();
    fs::create_dir(stamps.join("rp-y.opened.0123")).unwrap();
    let brought = brings(&city, &office);
    assert_eq!(brought.status, 1, "{}{}", brought.out, brought.err);
    assert!(brought.out.contains("1 stamps"), "{}", brought.out);
    for name in ["rp-x.opened.0123", "rp-y.opened.0123"] {
        assert!(brought.err.contains(&format!("stamp `{name}` was left")), "{}", brought.err);
    }
    assert!(city.path().join("stamps").join(&name).is_file());
    fs::remove_file(stamps.join("rp-x.opened.0123")).unwrap();
    fs::remove_dir(stamps.join("rp-y.opened.0123")).unwrap();

    // Where this side can take nothing more, that is named too, and is no success.
    replies(&office, &id);
    let here = city.path().join("stamps");
    fs::remove_dir_all(&here).unwrap();
    fs::write(&here, "in the way").unwrap();
    let brought = brings(&city, &office);
    assert!(brought.status == 1 && brought.out.starts_with("1 answers and 0 stamps"), "{}{}", brought.out, brought.err);
    assert!(brought.err.contains(&format!("stamp `{name}` was left")), "{}", brought.err);
    fs::remove_file(&here).unwrap();
    assert_eq!(brings(&city, &office).status, 0);
    assert_eq!(shown(&phone, &office), [1, 2]);
}

/// Whoever has the stick for an hour cannot hide an answer with a file of a number far away.
#[test]
fn a_number_out_of_order_is_left_and_hides_no_answer() {
    let office = office();
    let (city, phone, id, folder) = answered(&office);
    replies(&office, &id);
    for number in ["3", "262144", "262143", "5"] {
        fs::write(folder.join(number), vec![7; SEALED_REPLY_BYTES]).unwrap();
    }
    fs::remove_file(folder.join("3")).unwrap();
    let brought = brings(&city, &office);
    assert_eq!(brought.status, 1, "{}{}", brought.out, brought.err);
    assert!(brought.out.starts_with("2 answers"), "{}", brought.out);
    for number in ["5", "262143", "262144"] {
        assert!(brought.err.contains(&format!("answer {number} of")), "{number}: {}", brought.err);
    }
    assert!(brought.err.contains("out of order"), "{}", brought.err);
    assert_eq!(shown(&phone, &office), [1, 2]);

    // A folder that has such a file already shows its answers all the same.
    let here = city.path().join("answers").join(folder.file_name().unwrap());
    for number in ["262144", "4"] {
        fs::write(here.join(number), vec![7; SEALED_REPLY_BYTES]).unwrap();
    }
    assert_eq!(shown(&phone, &office), [1, 2]);
    // Nor does it stop an export, which takes the answers and tells what it left.
    fs::create_dir(here.join("3")).unwrap();
    let exported = office.place.run(&["export", "again", "--data", city.path().to_str().unwrap()]);
    assert_eq!(exported.status, 0, "{}", exported.err);
    for what in ["answer 3 of", "answer 4 of", "answer 262144 of", "it is no file", "out of order"] {
        assert!(exported.err.contains(what), "`{what}` is not in {}", exported.err);
    }
    fs::remove_dir(here.join("3")).unwrap();
    // And what was left out comes again in its place.
    fs::remove_file(folder.join("5")).unwrap();
    replies(&office, &id);
    fs::remove_file(here.join("4")).unwrap();
    let brought = brings(&city, &office);
    assert!(brought.out.starts_with("1 answers"), "{}{}", brought.out, brought.err);
    assert_eq!(shown(&phone, &office), [1, 2, 3]);
}

/// Whoever can write there takes numbers with what they lay down: an answer that comes after it has the next, and is shown.
#[test]
fn what_lies_under_the_next_number_takes_it_and_is_no_answer() {
    let office = office();
    let (city, phone, id, folder) = answered(&office);
    let identity = phone.receipt.reply_identity();
    let junk = vec![7; SEALED_REPLY_BYTES];
    // Sealed to the receipt, and signed by nobody of the city.
    let forged = Reply { mailbox: phone.receipt.mailbox(), sequence: 3, text: "Send us your name".to_owned().into() };
    let forged = forged
        .seal(&OfficialKey::from_seed(&Zeroizing::new([1; 32])), &identity.recipient().unwrap(), &mut rng())
        .unwrap();
    for (number, bytes) in [("2", &junk), ("3", &forged)] {
        fs::write(folder.join(number), bytes).unwrap();
    }
    replies(&office, &id);
    assert!(folder.join("4").is_file());
    let brought = brings(&city, &office);
    assert_eq!(brought.status, 0, "{}{}", brought.out, brought.err);
    assert!(brought.out.starts_with("4 answers"), "{}", brought.out);

    let page = phone.look(0);
    let slots: Vec<&[u8]> = page[..PAGE_BYTES].chunks(SEALED_REPLY_BYTES).collect();
    let (mailbox, officials) = (phone.receipt.mailbox(), [office.signing]);
    let open =
        |slot: usize, last| Expecting { identity: &identity, mailbox, last, officials: &officials }.open(slots[slot]);
    assert_eq!([(0, 3), (3, 0)].map(|(slot, last)| open(slot, last).unwrap().sequence), [4, 1]);
    assert!(matches!(open(1, 2), Err(OpenReplyError::UnknownKey(_))), "the phone says that it could not be verified");
    assert_eq!(slots[2], junk);
    assert!(matches!(open(2, 1), Err(OpenReplyError::Open(_))), "the phone sees that a number is missing");
}

/// What keeps a report from being opened leaves no empty folder that would keep the next try from it.
#[test]
fn a_report_that_is_not_opened_leaves_no_folder() {
    let office = office();
    let (_city, _phone, id, _folder) = answered(&office);
    let stamps = office.place.path().join("carried/stamps");
    fs::remove_dir_all(&stamps).unwrap();
    fs::write(&stamps, "in the way").unwrap();
    let words = ["inbox", "open", &id, "--key", "official.key", "--out", "report-1", "--from", "carried"];
    let refused = office.place.run(&words);
    assert!(refused.status == 2 && refused.err.contains("the stamp could not be laid down"), "{}", refused.err);
    assert!(!office.place.path().join("report-1").exists());
    fs::remove_file(&stamps).unwrap();
    assert_eq!(office.place.run(&words).status, 0, "the next try is the first");
    // One that somebody else has made stays.
    let refused = office.place.run(&words);
    assert!(refused.status == 2 && office.place.path().join("report-1/report.txt").is_file(), "{}", refused.err);
}

/// A key that is no official's yet, or no more, takes no number: its answer could never be shown.
#[test]
fn a_key_that_is_not_in_force_answers_nothing() {
    let city = City::new(Base::Sqlite);
    let office = office();
    let phone = phone(&city, &office);
    phone.send(&phone.seal("what happened", Vec::new())).text();
    let data = city.path().to_str().unwrap();
    city.publishes(&[signing(&city).public()]);
    office.place.file("answer.txt", "We have read it.");
    let id =
        office.place.run(&["--json", "inbox", "list", "--data", data]).json()[0]["id"].as_str().unwrap().to_owned();
    let reply = ["inbox", "reply", &id, "--key", "official.key", "--text", "answer.txt"];
    let refused = office.place.run(&[&reply[..], &["--data", data]].concat());
    assert_eq!(refused.status, 2, "{}", refused.out);
    assert!(refused.err.contains("no official's of the set of keys in force"), "{}", refused.err);
    assert!(!city.path().join("answers").exists() && !city.path().join("stamps").exists(), "nothing was laid down");
    // In a carried folder nobody can tell.
    assert_eq!(office.place.run(&["export", "carried", "--data", data]).status, 0);
    let answered = office.place.run(&[&reply[..], &["--from", "carried"]].concat());
    assert_eq!(answered.status, 0, "{}", answered.err);
}
