//! The end of a day when something goes wrong: with the store, with a clock, with one day's bytes, with one report's.

use std::{fs, sync::Mutex};

use jiff::ToSpan as _;
use record::ReportId;
use server::{
    report::vault::Vault,
    store::{AcceptError, ClosedDay, Kept, NewReport, Place, Report as Row, StoreError, Trouble},
};

use super::*;
use crate::store::erasure;

/// A lane whose next acceptances fail on command.
struct Failing {
    inner: Arc<dyn Lane>,
    next: Mutex<Vec<Trouble>>,
    /// What happens right before the next acceptance, when its bytes are kept already.
    before: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Lane for Failing {
    fn accept(&self, reports: &[NewReport]) -> Vec<Result<Kept, AcceptError>> {
        let before = self.before.lock().unwrap().take();
        if let Some(before) = before {
            before();
        }
        let trouble = self.next.lock().unwrap().pop();
        if trouble.is_none_or(|trouble| trouble == Trouble::Kept) {
            let done = self.inner.accept(reports);
            if trouble.is_none() {
                return done;
            }
        }
        let full = || AcceptError::Store(StoreError::Full { place: "the store".to_owned() });
        reports.iter().map(|_| Err(full())).collect()
    }

    fn return_key(&self, mailbox: &Mailbox) -> Result<Option<[u8; 32]>, StoreError> {
        self.inner.return_key(mailbox)
    }

    fn report(&self, id: &ReportId) -> Result<Option<Row>, StoreError> {
        self.inner.report(id)
    }

    fn reports(&self, day: Option<Date>) -> Result<Vec<Row>, StoreError> {
        self.inner.reports(day)
    }

    fn reports_of(&self, mailbox: &seal::receipt::Mailbox, skip: u32, at_most: u32) -> Result<Vec<Row>, StoreError> {
        self.inner.reports_of(mailbox, skip, at_most)
    }

    fn ended(&self) -> Result<Option<Date>, StoreError> {
        self.inner.ended()
    }

    fn end_days(&self, through: Date) -> Result<Vec<Date>, StoreError> {
        self.inner.end_days(through)
    }

    fn close(&self, day: Date, places: &dyn Fn(&ReportId) -> Option<Place>) -> Result<u64, StoreError> {
        self.inner.close(day, places)
    }

    fn closed_day(&self, day: Date) -> Result<Option<ClosedDay>, StoreError> {
        self.inner.closed_day(day)
    }

    fn withdraw(&self, mailbox: &Mailbox, day: Date) -> Result<(), StoreError> {
        self.inner.withdraw(mailbox, day)
    }

    fn erased(&self) -> Result<Vec<Row>, StoreError> {
        self.inner.erased()
    }

    fn bytes_gone(&self, id: &ReportId) -> Result<(), StoreError> {
        self.inner.bytes_gone(id)
    }

    fn blur(&self, day: Date) {
        self.inner.blur(day);
    }
}

fn failing(base: Base) -> (City, Arc<Failing>) {
    let mut lane = None;
    let limits = Limits { reserve_bytes: 0, ..Limits::default() };
    let city = City::through(base, limits, |parts| {
        let failing =
            Arc::new(Failing { inner: Arc::clone(&parts.lane), next: Mutex::default(), before: Mutex::default() });
        lane = Some(Arc::clone(&failing));
        Parts { lane: failing, ..parts }
    });
    (city, lane.unwrap())
}

fn with_file(phone: &Phone, plain: &[u8]) -> (Ready, ContentId) {
    let (sealed, attachment) = phone.seal_file(plain, "a.jpg");
    let content = attachment.content;
    (phone.seal("with a file", vec![(phone.upload(&sealed), attachment)]), content)
}

fn vault(city: &City) -> Vault {
    Vault::to_read(&city.path().join("blobs"))
}

#[test]
fn an_attachment_survives_a_failed_acceptance_and_the_end_of_its_day() {
    for (base, trouble) in
        [(Base::Sqlite, Trouble::NotKept), (Base::Sqlite, Trouble::Kept), (Base::Postgres, Trouble::NotKept)]
    {
        let (city, lane) = failing(base);
        let phone = Phone::new(&city);
        let (ready, content) = with_file(&phone, b"a file");
        lane.next.lock().unwrap().push(trouble);
        assert_eq!(phone.send(&ready).code(), "503 full", "{base:?}, {trouble:?}");
        city.end_day();
        let promised = phone.check(&city.promise_key(), &ready, &phone.send(&ready));
        let day = if trouble == Trouble::Kept { DAY } else { DAY.tomorrow().unwrap() };
        assert_eq!(promised.day, day.to_string());
        assert!(vault(&city).attachment(day, &content).exists(), "{base:?}, {trouble:?}");
        if trouble == Trouble::NotKept {
            assert_eq!(city.end_day(), 1);
        }
        assert_eq!(city.verify().faults.named, [], "{base:?}, {trouble:?}");
        phone.find(&city, &promised);
    }
}

#[test]
fn a_day_that_ends_between_bytes_and_row_loses_no_attachment() {
    for base in BOTH {
        let (city, lane) = failing(base);
        let phone = Phone::new(&city);
        let (ready, content) = with_file(&phone, b"a file");
        let (clock, door) = (Arc::clone(&city.clock), Arc::clone(&city.door));
        // The day ends, is closed and tidied, while the writer is on its way to the store.
        *lane.before.lock().unwrap() = Some(Box::new(move || {
            clock.set(DAY.tomorrow().unwrap());
            // Once to end it, and once more to tidy what nothing names.
            assert_eq!(door.close_days().unwrap(), 0);
            assert_eq!(door.close_days().unwrap(), 0);
        }));
        let promised = phone.check(&city.promise_key(), &ready, &phone.send(&ready));
        assert_eq!(promised.day, "2026-11-27", "{base:?}");
        assert!(vault(&city).attachment(DAY.tomorrow().unwrap(), &content).exists());
        assert_eq!(city.end_day(), 1);
        assert_eq!(city.verify().faults.named, [], "{base:?}");
        phone.find(&city, &promised);
        let old = city.path().join("blobs/attachments").join(DAY.to_string());
        assert_eq!(fs::read_dir(old).unwrap().count(), 0, "{base:?}: nothing of it stays with the day that ended");
    }
}

#[test]
fn an_attachment_that_is_gone_is_answered_as_missing() {
    let (city, lane) = failing(Base::Sqlite);
    let phone = Phone::new(&city);
    let (ready, content) = with_file(&phone, b"a file");
    lane.next.lock().unwrap().push(Trouble::NotKept);
    assert_eq!(phone.send(&ready).code(), "503 full");
    // Wherever it lies, it goes.
    let _ = fs::remove_file(vault(&city).attachment(DAY, &content));
    for upload in fs::read_dir(vault(&city).uploads()).unwrap() {
        fs::remove_file(upload.unwrap().path()).unwrap();
    }
    assert_eq!(phone.send(&ready).code(), "409 attachment-missing");
    // Then the page seals and sends anew.
    let (again, _) = with_file(&phone, b"a file");
    phone.check(&city.promise_key(), &again, &phone.send(&again));
    assert_eq!(city.lane.reports(None).unwrap().len(), 1);
}

#[test]
fn a_clock_that_jumps_ends_no_days_that_nobody_has_seen() {
    for base in BOTH {
        let city = City::new(base);
        city.end_day();
        let today = city.clock.today();
        city.clock.set(date(2036, 11, 27));
        assert!(city.door.close_days().is_err(), "{base:?}: ten years are not believed");
        city.clock.set(today.saturating_add(8_i32.days()));
        assert!(city.door.close_days().is_err(), "{base:?}: nor are eight days");
        city.clock.set(today);
        let phone = Phone::new(&city);
        let ready = phone.seal("today", Vec::new());
        let promised = phone.check(&city.promise_key(), &ready, &phone.send(&ready));
        assert_eq!(promised.day, today.to_string(), "{base:?}");
        assert_eq!(city.end_day(), 1);
        phone.find(&city, &promised);
    }
}

#[test]
fn a_day_whose_bytes_are_gone_keeps_no_other_day_open() {
    for base in BOTH {
        let city = City::new(base);
        let first = Phone::new(&city);
        let lost = first.seal("the first day", Vec::new());
        let lost = first.check(&city.promise_key(), &lost, &first.send(&lost));
        // Another segment of the same day, which stays.
        vault(&city).append(DAY, &[b"sealed and never accepted"]).unwrap();
        city.clock.set(DAY.tomorrow().unwrap());
        let second = Phone::new(&city);
        let ready = second.seal("the second day", Vec::new());
        let promised = second.check(&city.promise_key(), &ready, &second.send(&ready));
        let folder = city.path().join("blobs/envelopes").join(DAY.to_string());
        let place = city.lane.reports(Some(DAY)).unwrap()[0].place.unwrap();
        fs::remove_file(folder.join(hex::encode(place.segment))).unwrap();
        city.clock.set(date(2026, 11, 28));
        let told = city.door.close_days().unwrap_err().to_string();
        assert!(told.starts_with("the sealed bytes of 1 reports of 2026-11-26 are not there"), "{told}");
        city.follow();
        second.find(&city, &promised);
        // The city had promised this one too: its leaf says so, and the loss is named.
        first.find(&city, &lost);
        let faults = city.verify().faults.named;
        assert!(faults.len() == 1 && faults[0].what.contains("cannot be read"), "{base:?}: {faults:?}");
        // An erased report whose bytes cannot be destroyed is in nobody's way either.
        let closed = city.lane.reports(Some(DAY.tomorrow().unwrap())).unwrap().remove(0);
        let entry = city.store.find(&record::EntryId::from_bytes(*closed.id.as_bytes())).unwrap().unwrap();
        city.store.erase(erasure(entry.id, entry.leaf)).unwrap();
        let file = city.path().join("blobs/envelopes/2026-11-27/closed");
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        let third = Phone::new(&city);
        let ready = third.seal("the third day", Vec::new());
        let promised = third.check(&city.promise_key(), &ready, &third.send(&ready));
        city.clock.set(date(2026, 11, 29));
        assert!(city.door.close_days().is_err(), "{base:?}: it is told");
        city.follow();
        third.find(&city, &promised);
    }
}

#[test]
fn erasing_a_report_leaves_what_another_of_its_day_has() {
    for base in BOTH {
        let city = City::new(base);
        let (one, other) = (Phone::new(&city), Phone::new(&city));
        let (sealed, attachment) = one.seal_file(b"passed on sealed", "a.jpg");
        let content = attachment.content;
        let ready = one.seal("one", vec![(one.upload(&sealed), attachment)]);
        one.send(&ready).text();
        // The same sealed bytes, in a report of somebody else.
        let upload = other.upload(&sealed);
        let same = other.ready(other.seal("other", Vec::new()).envelope, vec![(upload, content)]);
        let promised = other.check(&city.promise_key(), &same, &other.send(&same));
        assert_eq!(city.end_day(), 2);
        let reports = city.lane.reports(None).unwrap();
        let gone = reports.iter().find(|report| report.mailbox == mailbox_of(&one)).unwrap();
        let entry = city.store.find(&record::EntryId::from_bytes(*gone.id.as_bytes())).unwrap().unwrap();
        city.store.erase(erasure(entry.id, entry.leaf)).unwrap();
        city.door.close_days().unwrap();
        assert!(city.lane.report(&gone.id).unwrap().unwrap().place.is_none(), "{base:?}: its bytes are gone");
        assert_eq!(fs::read(vault(&city).attachment(DAY, &content)).unwrap(), sealed, "{base:?}: the other's are not");
        city.follow();
        assert_eq!(city.verify().faults.named, [], "{base:?}");
        other.find(&city, &promised);
        // With the last report that has it, it goes.
        let kept = reports.iter().find(|report| report.mailbox == mailbox_of(&other)).unwrap();
        let entry = city.store.find(&record::EntryId::from_bytes(*kept.id.as_bytes())).unwrap().unwrap();
        city.store.erase(erasure(entry.id, entry.leaf)).unwrap();
        city.door.close_days().unwrap();
        assert!(!vault(&city).attachment(DAY, &content).exists(), "{base:?}");
    }
}

#[test]
fn the_name_of_what_an_erased_report_sealed_is_overwritten() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    let ready = phone.seal("one", Vec::new());
    phone.send(&ready).text();
    assert_eq!(city.end_day(), 1);
    let name = *ContentId::of(&ready.envelope).as_bytes();
    let stands = || {
        let files = ["record.sqlite3", "record.sqlite3-wal"].map(|file| fs::read(city.path().join(file)));
        files.iter().flatten().any(|bytes| bytes.windows(name.len()).any(|found| found == name))
    };
    assert!(stands(), "the lane names what it keeps");
    let report = city.lane.reports(None).unwrap().remove(0);
    let entry = city.store.find(&record::EntryId::from_bytes(*report.id.as_bytes())).unwrap().unwrap();
    city.store.erase(erasure(entry.id, entry.leaf)).unwrap();
    city.door.close_days().unwrap();
    assert!(!stands(), "neither the store's file nor its write-ahead log has the name any longer");
}

#[test]
fn no_file_of_a_closed_day_was_born_before_its_close() {
    let left = Arc::new(AtomicU64::new(u64::MAX));
    let tells = Arc::clone(&left);
    let city = City::through(Base::Sqlite, Limits { reserve_bytes: 0, ..Limits::default() }, |parts| Parts {
        free: Arc::new(move |_| Ok(tells.load(Ordering::SeqCst))),
        ..parts
    });
    for number in 0..4 {
        let phone = Phone::new(&city);
        let (ready, _) = with_file(&phone, format!("file {number}").as_bytes());
        phone.send(&ready).text();
    }
    // A moment as the file system itself tells it.
    let probe = city.path().join("probe");
    fs::write(&probe, "").unwrap();
    let Ok(closing) = fs::metadata(&probe).unwrap().created() else {
        println!("skipped: this file system keeps no time of birth");
        return;
    };
    // There is no room first: the day is closed, and its attachments wait.
    left.store(1000, Ordering::SeqCst);
    assert_eq!(city.end_day(), 4);
    let folder = city.path().join("blobs/attachments").join(DAY.to_string());
    let files = || -> Vec<_> { fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect() };
    let born = |file: &Path| fs::metadata(file).unwrap().created().unwrap();
    assert!(files().iter().all(|file| born(file) <= closing));
    // What a crash in the middle of one leaves.
    fs::write(files()[0].with_added_extension("new"), "half").unwrap();
    assert_eq!(city.verify().faults.named, [], "as it lies");
    left.store(u64::MAX, Ordering::SeqCst);
    assert_eq!(city.door.close_days().unwrap(), 0);
    let mut files = files();
    assert_eq!(files.len(), 4);
    files.push(city.path().join("blobs/envelopes").join(DAY.to_string()).join("closed"));
    for file in &files {
        assert!(born(file) >= closing, "{}", file.display());
    }
    assert_eq!(city.verify().faults.named, []);
    // They are not born a third time, also not by another process.
    let again = vault(&city);
    let closed = city.lane.reports(Some(DAY)).unwrap();
    let births: Vec<_> = files.iter().map(|file| born(file)).collect();
    assert_eq!(again.bear_anew(DAY, &closed, true, &|_| Ok(true)).unwrap(), 0);
    assert_eq!(files.iter().map(|file| born(file)).collect::<Vec<_>>(), births);
    // An erasure that comes in the middle takes the new file as it takes the old one.
    fs::write(vault(&city).attachment(DAY, &closed[0].attachments[0]), "born late").unwrap();
    fs::remove_file(files.pop().unwrap()).unwrap();
    fs::write(city.path().join("blobs/envelopes").join(DAY.to_string()).join("closed"), "later still").unwrap();
    assert_eq!(vault(&city).bear_anew(DAY, &closed[..1], true, &|_| Ok(false)).unwrap(), 0);
    assert!(!vault(&city).attachment(DAY, &closed[0].attachments[0]).exists());
}
