//! What became of reports: opened, overdue, closed, withdrawn, held, removed; and what is refused on the way (ADR 18).

use std::{collections::BTreeSet, fs};

use jiff::{Timestamp, ToSpan as _, Zoned, civil::date, tz::TimeZone};
use record::{
    Actor, Body, Closing, EntryId, ErasureKind, Handling, HoldOrder, KeySet, PublicKey, ReportId, Sha256Hex, Source,
    Step,
};
use seal::reply::OfficialPublicKey;
use server::{
    report::{
        close,
        handled::{Reading, RefusedError, TakenIn, take_in},
        publish::{Order, publish},
        removal::{
            EraseError, HoldError, Ordered, People, RemoveError, Removed, Schedule, hold, may_be_erased, release,
            remove,
        },
        stamps::{Laid, StampError, Stamps},
        vault::Vault,
    },
    store::{Draft, Faulty, StoreError, Trouble},
};

use super::{
    inbox::{Office, office},
    *,
};
use crate::{commands::Transcript, store::erasure};

const SCHEDULE: &str = "Sealed reports, item 4";

fn schedule() -> Schedule {
    Schedule {
        name: SCHEDULE.to_owned(),
        days_after_closing: 30,
        days_after_withdrawal: 10,
        approved_by: "Records and Information Services".to_owned(),
        approved_on: date(2026, 11, 1),
    }
}

fn people() -> People {
    People { asked_by: "A. Records".to_owned(), approved_by: "B. Counsel".to_owned() }
}

fn order(reference: &str) -> HoldOrder {
    HoldOrder { reference: reference.to_owned(), asked_by: "C. Counsel".into(), approved_by: "D. Records".into() }
}

/// Days after the first, by the city's calendar.
pub fn later(days: i32) -> Date {
    DAY.saturating_add(days.days())
}

impl City {
    /// Two officials publish whose stamps and answers count from today on.
    pub fn publishes(&self, officials: &[OfficialPublicKey]) {
        let intake = [1, 2].map(|number| Sha256Hex::of([number; 32])).into();
        let signers: BTreeSet<PublicKey> = officials.iter().map(|key| PublicKey::from_bytes(*key.as_bytes())).collect();
        let promise = "log.example/reports/report-promise+01020304+AQID".to_owned();
        let set = KeySet::new(intake, None, signers, promise).unwrap();
        let noon = self.clock.today().at(12, 0, 0, 0).in_tz("America/New_York").unwrap();
        let order = Order {
            set,
            manifest: Sha256Hex::of([7; 32]),
            asked_by: "A. Privacy".to_owned(),
            approved_by: "B. Counsel".to_owned(),
            from: None,
        };
        publish(&*self.store, order, &noon).unwrap();
    }

    /// The day becomes this one, and what has ended is closed.
    pub fn on(&self, day: Date) {
        self.clock.set(day);
        self.door.close_days().unwrap();
        self.follow();
    }

    fn stamps(&self) -> Stamps {
        Stamps::below(self.path())
    }

    /// The official's command lays a stamp down today.
    fn stamp(&self, report: ReportId, closing: Option<Closing>) {
        self.stamps().lay(&Laid::sign(&signing(self), report, closing, self.clock.today())).unwrap();
    }

    fn take_in(&self) -> TakenIn {
        take_in(&*self.store, &*self.lane, &self.stamps(), self.clock.today()).unwrap().unwrap()
    }

    fn handled(&self) -> Vec<(Handling, String)> {
        let entries = self.store.entries(0, usize::MAX).unwrap();
        let handled = |stored: &server::store::Stored| match stored.entry().map(|entry| &entry.body) {
            Some(Body::Handled(handling)) => Some(((**handling).clone(), stored.entry().unwrap().at.to_string())),
            _ => None,
        };
        entries.iter().filter_map(handled).collect()
    }

    fn remove(&self, report: ReportId) -> Result<Removed, RemoveError> {
        self.remove_by(report, Some(&schedule()), SCHEDULE)
    }

    fn remove_by(&self, report: ReportId, by: Option<&Schedule>, named: &str) -> Result<Removed, RemoveError> {
        remove(&*self.store, report, (by, named), &people(), (self.clock.today(), Timestamp::now()))
    }

    fn hold(&self, report: ReportId, reference: &str) -> Result<Ordered, HoldError> {
        hold(&*self.store, report, order(reference), self.clock.today(), Timestamp::now())
    }

    fn release(&self, report: ReportId, reference: &str) -> Result<Ordered, HoldError> {
        release(&*self.store, report, order(reference), self.clock.today(), Timestamp::now())
    }

    /// What a removal does after the entry: sealed bytes are destroyed.
    fn destroy(&self) {
        let vault = Vault::to_read(&self.path().join("blobs"));
        close::clean(&*self.lane, &vault, self.clock.today()).all().unwrap();
    }

    /// What everybody is told, and that it is what the record alone makes up.
    #[track_caller]
    pub fn waiting(&self) -> (u64, u64) {
        let told: serde_json::Value =
            serde_json::from_str(&Phone::new(self).call("GET", "/in/overdue", &[], b"").text()).unwrap();
        let through = self.lane.ended().unwrap().unwrap();
        let reading = Reading::of(&*self.store).unwrap();
        let computed = reading.fates().waiting(through, OVERDUE_DAYS);
        assert_eq!(told, serde_json::to_value(&computed).unwrap());
        assert_eq!(told["through"], through.to_string());
        (computed.unopened, computed.overdue)
    }
}

/// A report with an attachment, sent today.
fn sent(city: &City, phone: &Phone) -> (ReportId, Ready, Promised) {
    let (sealed, attachment) = phone.seal_file(b"a photograph", "a.jpg");
    let ready = phone.seal("what happened", vec![(phone.upload(&sealed), attachment)]);
    let promised = phone.check(&city.promise_key(), &ready, &phone.send(&ready));
    let id = city.lane.reports(None).unwrap().into_iter().find(|kept| kept.envelope == ContentId::of(&ready.envelope));
    (id.unwrap().id, ready, promised)
}

/// A city with an official, and one report of its first day, which has ended.
fn with_report(base: Base) -> (City, Phone, ReportId, Promised) {
    let city = City::new(base);
    city.publishes(&[signing(&city).public()]);
    let phone = Phone::new(&city);
    let (report, _, promised) = sent(&city, &phone);
    city.on(later(1));
    (city, phone, report, promised)
}

#[track_caller]
fn sound(city: &City) {
    city.follow();
    assert_eq!(city.verify().faults.named, []);
}

#[test]
fn an_unopened_report_is_never_removed_and_becomes_overdue_in_public_on_its_day() {
    for base in BOTH {
        let (city, phone, report, promised) = with_report(base);
        assert_eq!(city.waiting(), (1, 0), "{base:?}");
        city.on(later(7));
        assert_eq!(city.waiting(), (1, 0), "six days after its own have ended");
        city.on(later(8));
        assert_eq!(city.waiting(), (1, 1), "seven have");
        // Years go by: it is counted, and stays.
        let mut day = later(8);
        for _ in 0..60 {
            day = day.saturating_add(7.days());
            city.clock.set(day);
            city.door.close_days().unwrap();
        }
        for far in [day, date(2127, 1, 1)] {
            city.clock.set(far);
            assert!(matches!(city.remove(report), Err(RemoveError::NotOpened(id)) if id == report), "{base:?}, {far}");
        }
        assert_eq!(city.waiting(), (1, 1));
        let eager = Schedule { days_after_closing: 0, days_after_withdrawal: 0, ..schedule() };
        assert!(matches!(city.remove_by(report, Some(&eager), SCHEDULE), Err(RemoveError::NotOpened(_))));
        // A closing that nobody opened for does not help.
        city.clock.set(day);
        city.stamp(report, Some(Closing::NothingToDo));
        city.clock.set(day.saturating_add(1.days()));
        assert!(matches!(city.take_in().refused[..], [ref one] if matches!(one.why, RefusedError::NotOpened)));
        assert!(matches!(city.remove(report), Err(RemoveError::NotOpened(_))));
        assert!(city.lane.report(&report).unwrap().unwrap().place.is_some());
        sound(&city);
        phone.find(&city, &promised);
    }
}

#[test]
fn what_an_official_opened_is_an_entry_when_its_day_is_closed_and_counts_no_more() {
    for base in BOTH {
        let (city, _, report, _) = with_report(base);
        city.stamp(report, None);
        assert_eq!((city.take_in().count, city.handled().len()), (0, 0), "its day has not ended");
        assert_eq!(city.waiting(), (1, 0));
        city.on(later(2));
        assert_eq!(city.waiting(), (0, 0), "{base:?}");
        assert_eq!(city.stamps().all().unwrap().len(), 0, "the record has it");
        let [(handling, at)] = city.handled().try_into().unwrap();
        assert_eq!((handling.report, handling.on, at.as_str()), (report, later(2), "2026-11-28T00:00:00Z"));
        let Step::Opened(stamp) = &handling.step else { panic!("{handling:?}") };
        assert_eq!((stamp.day, stamp.by.as_bytes()), (later(1), signing(&city).public().as_bytes()));
        // The same again, carried back from a folder elsewhere or opened again on another day, adds nothing.
        city.stamps().lay(&Laid::sign(&signing(&city), report, None, later(1))).unwrap();
        city.stamp(report, None);
        city.on(later(3));
        assert_eq!((city.handled().len(), city.stamps().all().unwrap().len()), (1, 0), "{base:?}");
        sound(&city);
    }
}

#[test]
fn a_clock_that_jumps_takes_nothing_in() {
    for base in BOTH {
        let (city, _, report, _) = with_report(base);
        city.stamp(report, None);
        for day in [date(2036, 11, 27), later(9)] {
            city.clock.set(day);
            assert!(city.door.close_days().is_err(), "{base:?}");
            assert_eq!((city.handled().len(), city.stamps().all().unwrap().len()), (0, 1), "{base:?}, {day}");
        }
        city.on(later(2));
        assert_eq!(city.handled().iter().map(|(handling, _)| handling.on).collect::<Vec<_>>(), [later(2)]);
        sound(&city);
    }
}

#[test]
fn whoever_comes_back_is_told_what_has_become_of_the_report() {
    for base in BOTH {
        let city = City::new(base);
        city.publishes(&[signing(&city).public()]);
        let (phone, patient, gone) = (Phone::new(&city), Phone::new(&city), Phone::new(&city));
        let (report, ..) = sent(&city, &phone);
        sent(&city, &patient);
        sent(&city, &gone);
        let told = || [&phone, &patient, &gone].map(|phone| phone.progress());
        let one = |told: [u8; 3]| told.map(|byte| vec![byte]);
        assert_eq!(told(), one([1, 1, 1]), "{base:?}: they wait");
        city.on(later(1));
        assert_eq!(told(), one([1, 1, 1]));
        city.stamp(report, None);
        gone.call("POST", "/in/withdraw", &[], &gone.proof());
        assert_eq!(told(), one([1, 1, 5]), "an opening counts when the day has ended, and tells no hour");
        city.on(later(2));
        assert_eq!(told(), one([3, 1, 5]));
        city.stamp(report, Some(Closing::NothingToDo));
        city.on(later(i32::from(OVERDUE_DAYS)));
        assert_eq!(told(), one([4, 1, 5]));
        city.on(later(i32::from(OVERDUE_DAYS) + 2));
        assert_eq!(told(), one([4, 2, 5]), "nobody has opened it in time");
        let counted = city.waiting();
        assert_eq!(counted, (1, 1), "and the public count says the same after somebody came back");
        sound(&city);
    }
}

#[test]
fn a_report_that_is_opened_on_its_own_day_waits_for_the_close_of_it() {
    let city = City::new(Base::Sqlite);
    city.publishes(&[signing(&city).public()]);
    let (report, ..) = sent(&city, &Phone::new(&city));
    city.stamp(report, None);
    let taken = city.take_in();
    assert_eq!((taken.count, taken.refused.len(), city.store.count().unwrap()), (0, 0, 2), "the keys and their pages");
    city.on(later(1));
    assert_eq!((city.waiting(), city.handled().len()), ((0, 0), 1));
    sound(&city);
}

#[test]
fn steps_of_a_day_stand_in_the_order_of_ids_and_none_tells_an_hour() {
    let city = City::new(Base::Sqlite);
    city.publishes(&[signing(&city).public()]);
    let phones: Vec<Phone> = (0..12).map(|_| Phone::new(&city)).collect();
    let mut reports: Vec<ReportId> = phones.iter().map(|phone| sent(&city, phone).0).collect();
    city.on(later(1));
    reports.iter().for_each(|report| city.stamp(*report, None));
    phones.iter().take(6).for_each(|phone| {
        assert_eq!(phone.call("POST", "/in/withdraw", &[], &phone.proof()).status, 204);
    });
    city.on(later(2));
    let handled = city.handled();
    let day = |step: &Step| match step {
        Step::Opened(stamp) => stamp.day,
        Step::Withdrawn { day } => *day,
        other => panic!("{other:?}"),
    };
    assert!(handled.iter().all(|(handling, _)| day(&handling.step) == later(1)));
    let order: Vec<ReportId> = handled.iter().map(|(handling, _)| handling.report).collect();
    assert_eq!(order.len(), 18);
    assert!(order.is_sorted());
    reports.sort_unstable();
    let opened = handled.iter().filter(|(handling, _)| matches!(handling.step, Step::Opened(_)));
    assert_eq!(opened.map(|(handling, _)| handling.report).collect::<Vec<_>>(), reports);
    assert!(handled.iter().all(|(_, at)| at == "2026-11-28T00:00:00Z"));
    let folder = city.path().join("stamps");
    let changed = fs::metadata(folder).unwrap().modified().unwrap();
    let midnight = later(2).at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    assert_eq!(Timestamp::try_from(changed).unwrap(), midnight, "the folder tells a day");
    sound(&city);
}

#[test]
fn a_forged_or_foreign_stamp_is_refused_and_named_and_keeps_no_other_out() {
    for base in BOTH {
        let (city, _, report, _) = with_report(base);
        let (second, ..) = sent(&city, &Phone::new(&city));
        city.on(later(2));
        let folder = city.path().join("stamps");
        let lay = |laid: &Laid| city.stamps().lay(laid).unwrap();
        let stranger = OfficialKey::of(&Identity::make(&mut rng()));
        lay(&Laid::sign(&stranger, report, None, later(1)));
        // The official's own stamp on another report, put under this one's name; and one whose day was changed.
        lay(&Laid::sign(&signing(&city), second, None, later(1)));
        let own = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        let own = own.into_iter().find(|path| path.display().to_string().contains(&second.to_string())).unwrap();
        let text = fs::read_to_string(&own).unwrap();
        fs::write(folder.join("moved"), text.replace(&second.to_string(), &report.to_string())).unwrap();
        fs::write(folder.join("redated"), text.replace("2026-11-27", "2026-11-26")).unwrap();
        fs::write(folder.join("reclosed"), text.replace("opened", "closed answered")).unwrap();
        fs::write(folder.join("text"), "opened, I swear").unwrap();
        std::os::unix::fs::symlink(&own, folder.join("link")).unwrap();
        lay(&Laid::sign(&signing(&city), ReportId::from_bytes([7; 16]), None, later(1)));
        let early = Laid::sign(&signing(&city), second, Some(Closing::Answered), DAY);
        lay(&early);
        lay(&Laid::sign(&signing(&city), report, Some(Closing::Answered), later(400)));
        fs::copy(&own, folder.join("twice")).unwrap();
        city.clock.set(later(3));
        let taken = city.take_in();
        assert_eq!(taken.count, 1, "{base:?}: the one that is good, of the second report, though it lies there twice");
        let mut why: Vec<&str> = taken
            .refused
            .iter()
            .map(|refused| match &refused.why {
                RefusedError::Foreign => "foreign",
                RefusedError::Stamp(StampError::Forged) => "forged",
                RefusedError::Stamp(StampError::Form) => "no stamp",
                RefusedError::Unknown(_) => "unknown",
                RefusedError::Early { .. } => "early",
                RefusedError::Ahead { .. } => "ahead",
                other => panic!("{other}"),
            })
            .collect();
        why.sort_unstable();
        let wanted = ["ahead", "early", "foreign", "forged", "forged", "forged", "no stamp", "no stamp", "unknown"];
        assert_eq!(why, wanted, "{base:?}");
        assert!(taken.refused.iter().any(|refused| refused.name == "moved"), "it is named");
        assert_eq!(city.handled().len(), 1);
        assert_eq!(city.waiting(), (1, 0), "the report that a stranger says they opened waits");
        assert_eq!(city.take_in().refused.len(), 9, "they are named until somebody takes them away");
        sound(&city);
    }
}

#[test]
fn the_stamp_of_a_key_that_was_taken_back_is_refused() {
    let (city, _, report, _) = with_report(Base::Sqlite);
    let other = OfficialKey::of(&Identity::make(&mut rng()));
    city.stamp(report, None);
    // The set that holds from now on does not have that official, whose key is in wrong hands.
    let mut noon = city.clock.today().at(12, 0, 0, 0).in_tz("America/New_York").unwrap();
    noon = noon.saturating_add(1.hours());
    let set = KeySet::new(
        [1, 2].map(|number| Sha256Hex::of([number; 32])).into(),
        None,
        BTreeSet::new(),
        "log.example/reports/report-promise+01020304+AQID".to_owned(),
    );
    let order = Order {
        set: set.unwrap(),
        manifest: Sha256Hex::of([7; 32]),
        asked_by: "A".to_owned(),
        approved_by: "B".to_owned(),
        from: None,
    };
    publish(&*city.store, order, &noon).unwrap();
    city.stamps().lay(&Laid::sign(&other, report, None, later(1))).unwrap();
    city.clock.set(later(2));
    let taken = city.take_in();
    assert_eq!((taken.count, taken.refused.len()), (0, 2));
    assert!(taken.refused.iter().all(|refused| matches!(refused.why, RefusedError::Foreign)));
}

#[test]
fn a_closed_report_goes_after_its_schedule_and_its_leaf_stays() {
    for base in BOTH {
        let (city, phone, report, promised) = with_report(base);
        let before = city.lane.report(&report).unwrap().unwrap();
        city.stamp(report, None);
        city.on(later(2));
        assert!(matches!(city.remove(report), Err(RemoveError::NotClosed(_))), "{base:?}");
        city.stamp(report, Some(Closing::Referred));
        // An official who dates back wins nothing: the schedule counts from the day on which the record took it in.
        city.on(later(3));
        let first = later(3 + 31);
        let too_soon = |found: Result<Removed, RemoveError>| match found {
            Err(RemoveError::TooSoon { first, .. }) => first,
            other => panic!("{other:?}"),
        };
        assert_eq!(too_soon(city.remove(report)), first);
        city.clock.set(later(3 + 30));
        assert_eq!(too_soon(city.remove(report)), first, "thirty days have not passed before they have ended");
        city.clock.set(first);
        assert!(matches!(city.remove_by(report, None, SCHEDULE), Err(RemoveError::NoSchedule)));
        assert!(matches!(city.remove_by(report, Some(&schedule()), "Mine"), Err(RemoveError::OtherSchedule { .. })));
        let ahead = Schedule { approved_on: first.tomorrow().unwrap(), ..schedule() };
        assert!(matches!(city.remove_by(report, Some(&ahead), SCHEDULE), Err(RemoveError::NotApproved { .. })));
        let unknown = ReportId::from_bytes([9; 16]);
        assert!(matches!(city.remove(unknown), Err(RemoveError::Unknown(id)) if id == unknown));
        assert!(city.lane.report(&report).unwrap().unwrap().blind.is_some(), "nothing of it was touched");

        let removed = city.remove(report).unwrap();
        assert!(!removed.erased.committed.already);
        city.destroy();
        sound(&city);
        assert_eq!(city.verify().record.unwrap().erased, 1);
        phone.find(&city, &promised);
        let place = before.place.unwrap();
        let closed = fs::read(city.path().join("blobs/envelopes/2026-11-26/closed")).unwrap();
        assert!(closed[place.at as usize..(place.at + place.bytes) as usize].iter().all(|byte| *byte == 0));
        let vault = Vault::to_read(&city.path().join("blobs"));
        assert!(!vault.attachment(DAY, &before.attachments[0]).exists());
        // The order says under what and by whom, and names no content.
        let erased = city.store.find(&removed.erased.committed.id).unwrap().unwrap();
        let Body::Erased(erasure) = &erased.entry().unwrap().body else { panic!() };
        assert_eq!((erasure.order.kind, erasure.order.reference.as_str()), (ErasureKind::Retention, SCHEDULE));
        assert_eq!((erasure.order.dated, erasure.order.approved_by.reveal()), (later(33), "B. Counsel"));
        // Run again it is done already; by others it is too late; and a hold has nothing left to hold.
        let again = city.remove(report).unwrap();
        assert_eq!((again.erased.committed.already, again.erased.committed.id), (true, removed.erased.committed.id));
        assert!(matches!(city.hold(report, "late"), Err(HoldError::Gone(_))));
        assert_eq!(city.waiting(), (0, 0));
    }
}

#[test]
fn a_withdrawn_report_goes_unopened_after_its_own_days_and_is_never_overdue() {
    for base in BOTH {
        let (city, phone, report, promised) = with_report(base);
        let (kept, ..) = sent(&city, &Phone::new(&city));
        assert_eq!(phone.call("POST", "/in/withdraw", &[], &phone.proof()).status, 204);
        assert!(matches!(city.remove(report), Err(RemoveError::NotOpened(_))), "the record has not taken it in");
        city.on(later(2));
        let [(handling, at)] = city.handled().try_into().unwrap();
        assert_eq!(
            (handling.report, handling.step, handling.on),
            (report, Step::Withdrawn { day: later(1) }, later(2))
        );
        assert_eq!(at, "2026-11-28T00:00:00Z");
        assert_eq!(city.waiting(), (1, 0), "{base:?}: the other waits");
        city.on(later(2 + 7));
        assert_eq!((city.waiting(), city.handled().len()), ((1, 1), 1));
        city.clock.set(later(2 + 10));
        assert!(matches!(city.remove(report), Err(RemoveError::TooSoon { first, .. }) if first == later(13)));
        city.clock.set(later(13));
        assert!(matches!(city.remove(kept), Err(RemoveError::NotOpened(_))), "{base:?}");
        city.remove(report).unwrap();
        city.destroy();
        assert!(city.lane.report(&report).unwrap().unwrap().place.is_none());
        sound(&city);
        phone.find(&city, &promised);
    }
}

#[test]
fn a_hold_keeps_a_report_until_each_is_released() {
    for base in BOTH {
        let (city, _, report, _) = with_report(base);
        city.stamp(report, None);
        city.stamp(report, Some(Closing::Answered));
        city.on(later(2));
        city.clock.set(later(40));
        let held = city.hold(report, "Index No. 1").unwrap();
        assert!(held.id.is_some() && city.hold(report, "Index No. 1").unwrap() == Ordered { id: None }, "{base:?}");
        city.hold(report, "Letter of 3 December").unwrap();
        let entry = EntryId::from_bytes(*report.as_bytes());
        assert!(matches!(city.remove(report), Err(RemoveError::Held { order, .. }) if order == "Index No. 1"));
        for kind in [ErasureKind::CourtOrder, ErasureKind::Sealing] {
            let refused = may_be_erased(&*city.store, &entry, kind).unwrap_err();
            assert!(matches!(refused, EraseError::Held { .. }), "{base:?}: {refused}");
        }
        let refused = may_be_erased(&*city.store, &entry, ErasureKind::Retention).unwrap_err();
        assert!(matches!(refused, EraseError::UseRemove(_)), "{refused}");
        // Nor can the hold itself be taken away but by a release.
        let kept = city.store.find(&held.id.unwrap()).unwrap().unwrap();
        let refused = city.store.erase(erasure(kept.id, kept.leaf)).unwrap_err();
        assert!(matches!(refused, StoreError::Handled { .. }), "{refused}");
        city.release(report, "Index No. 1").unwrap();
        assert!(matches!(city.release(report, "Index No. 1"), Err(HoldError::NoHold { .. })));
        assert!(matches!(city.remove(report), Err(RemoveError::Held { order, .. }) if order.starts_with("Letter")));
        city.release(report, "Letter of 3 December").unwrap();
        // Of an order to erase and a hold at once the second is refused, whichever it is.
        let leaf = city.store.find(&entry).unwrap().unwrap().leaf;
        let key = may_be_erased(&*city.store, &entry, ErasureKind::CourtOrder).unwrap();
        city.hold(report, "Index No. 2").unwrap();
        let refused = city.store.erase(Draft { key: Some(key), ..erasure(entry, leaf) }).unwrap_err();
        assert!(matches!(refused, StoreError::KeyReused { .. }), "{base:?}: {refused}");
        city.release(report, "Index No. 2").unwrap();
        let unknown = ReportId::from_bytes([9; 16]);
        assert!(matches!(city.hold(unknown, "x"), Err(HoldError::Unknown(_))));
        city.remove(report).unwrap();
        city.destroy();
        sound(&city);
    }
}

#[test]
fn an_act_that_fails_leaves_nothing_half() {
    for base in BOTH {
        for trouble in [Trouble::NotKept, Trouble::Kept] {
            let (city, _, report, _) = with_report(base);
            let faulty = Faulty::new(Arc::clone(&city.store));
            let count = || city.store.count().unwrap();
            city.stamp(report, None);
            city.stamp(report, Some(Closing::Duplicate));
            city.clock.set(later(2));
            // Opened and closed are one act: both or neither, and the stamps stay until it is known.
            let before = count();
            faulty.fail(0, trouble);
            take_in(&faulty, &*city.lane, &city.stamps(), later(2)).unwrap_err();
            assert_eq!(count() - before, if trouble == Trouble::Kept { 2 } else { 0 }, "{base:?}, {trouble:?}");
            assert_eq!(city.stamps().all().unwrap().len(), 2);
            take_in(&faulty, &*city.lane, &city.stamps(), later(2)).unwrap();
            assert_eq!((count() - before, city.stamps().all().unwrap().len()), (2, 0), "{base:?}, {trouble:?}");

            city.clock.set(later(40));
            faulty.fail(0, trouble);
            let now = Timestamp::now();
            hold(&faulty, report, order("x"), later(40), now).unwrap_err();
            let again = hold(&faulty, report, order("x"), later(40), now).unwrap();
            assert_eq!(again.id.is_none(), trouble == Trouble::Kept);
            release(&faulty, report, order("x"), later(40), now).unwrap();
            assert_eq!(count() - before, 4);

            faulty.fail(0, trouble);
            let sched = schedule();
            let go = || remove(&faulty, report, (Some(&sched), SCHEDULE), &people(), (later(40), Timestamp::now()));
            go().unwrap_err();
            let gone = city.lane.report(&report).unwrap().unwrap().blind.is_none();
            assert_eq!(gone, trouble == Trouble::Kept, "{base:?}: body and entry go together");
            let removed = go().unwrap();
            assert_eq!(removed.erased.committed.already, trouble == Trouble::Kept);
            assert_eq!(count() - before, 5, "{base:?}, {trouble:?}");
            city.destroy();
            sound(&city);
        }
    }
}

#[test]
fn what_is_recorded_of_a_report_that_is_not_there_or_without_its_stamp_is_a_fault() {
    let (city, _, report, _) = with_report(Base::Sqlite);
    let step = |report, laid: &Laid| Handling { report, on: later(2), step: Step::Opened(laid.stamp.clone()) };
    let record = |handling: Handling| {
        let mut draft = crate::store::draft("x");
        draft.entry.by = Actor::Program { name: "report".to_owned() };
        draft.entry.source = Source::Report;
        draft.entry.body = Body::Handled(Box::new(handling));
        city.store.commit("say", vec![draft]).unwrap();
        city.follow();
        city.verify().faults.named.into_iter().map(|fault| fault.what).collect::<Vec<_>>()
    };
    let good = Laid::sign(&signing(&city), report, None, later(1));
    assert_eq!(record(step(report, &good)), Vec::<String>::new());
    let nobody = ReportId::from_bytes([7; 16]);
    let faults = record(step(nobody, &Laid::sign(&signing(&city), nobody, None, later(1))));
    assert!(matches!(&faults[..], [one] if one.contains("does not stand before it")), "{faults:?}");
    let stranger = OfficialKey::from_seed(&Zeroizing::new([99; 32]));
    let faults = record(step(report, &Laid::sign(&stranger, report, None, later(1))));
    assert!(faults.iter().any(|what| what.contains("no set of keys before it has")), "{faults:?}");
    let mut forged = good;
    forged.stamp.day = later(0);
    let faults = record(step(report, &forged));
    assert!(faults.iter().any(|what| what.contains("was not signed by the official")), "{faults:?}");
}

const CONFIG: &str = "[report.schedule]\nname = \"Sealed reports, item 4\"\ndays_after_closing = 30\n\
    days_after_withdrawal = 10\napproved_by = \"Records\"\napproved_on = \"2020-01-01\"\n";

#[test]
fn officials_open_close_hold_and_remove_by_command() {
    let Office { place, recipient, signing } = office();
    place.file("city.toml", CONFIG);
    let city = City::new(Base::Sqlite);
    // The commands know the day by themselves: the story begins sixty days before it.
    let today = Zoned::now().with_time_zone(TimeZone::get("America/New_York").unwrap()).date();
    let back = |days: i32| today.saturating_sub(days.days());
    city.clock.set(back(60));
    city.publishes(&[signing]);
    let phones = [(); 3].map(|()| Phone::with(&city.url, recipient.clone()));
    let mut promises = phones.iter().map(|phone| sent(&city, phone)).collect::<Vec<_>>().into_iter();
    let [(done, _, promised), (open, ..), (later, ..)] = [(); 3].map(|()| promises.next().unwrap());
    city.on(back(59));
    let data = city.path().to_str().unwrap().to_owned();
    let run = |arguments: &[&str]| place.run(&[arguments, &["--config", "city.toml", "--data", &data]].concat());
    let refused = |run: Transcript, says: &str| {
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{says}");
        assert!(run.err.contains(says), "`{says}` is not in {}", run.err);
    };

    // One was opened and closed long ago, by the same key.
    let text = fs::read_to_string(place.path().join("official.key")).unwrap();
    let key = OfficialKey::of(&text.lines().last().unwrap().parse::<Identity>().unwrap());
    for closing in [None, Some(Closing::Answered)] {
        city.stamps().lay(&Laid::sign(&key, done, closing, back(59))).unwrap();
    }
    for day in (0..59).rev().step_by(6) {
        city.on(back(day));
    }
    assert_eq!(city.waiting(), (2, 2));

    // One is opened now, on a machine without a network, and the folder comes back.
    assert_eq!(run(&["export", "carried"]).status, 0);
    let carried = |arguments: &[&str]| place.run(&[arguments, &["--from", "carried"]].concat());
    for list in [run(&["inbox", "list"]), carried(&["inbox", "list"])] {
        let lines: Vec<&str> = list.out.lines().collect();
        assert!(lines[0].contains("OVERDUE, not opened") && lines[1].contains("OVERDUE"), "{}", list.out);
        assert!(lines[2].contains(&done.to_string()) && lines[2].contains("closed as answered"), "{}", list.out);
    }
    let close =
        |id: ReportId| carried(&["inbox", "close", &id.to_string(), "--key", "official.key", "--as", "referred"]);
    refused(close(open), "was not opened: what nobody opened cannot be done with");
    refused(close(done), "is closed already, as answered");
    let opened = carried(&["inbox", "open", &open.to_string(), "--key", "official.key", "--out", "opened"]);
    assert!(opened.status == 0 && opened.out.contains("vouchsafe inbox bring"), "{}{}", opened.out, opened.err);
    let closed = close(open);
    assert_eq!(closed.status, 0, "{}", closed.err);
    refused(close(open), "is closed already, as referred");
    let here = run(&["inbox", "close", &done.to_string(), "--key", "official.key", "--as", "referred"]);
    refused(here, "is closed already, as answered");
    let wrong = run(&["inbox", "close", &open.to_string(), "--key", "official.key", "--as", "unfounded"]);
    assert!(wrong.status == 2 && wrong.err.contains("is none of referred, answered"), "{}", wrong.err);
    let listed = carried(&["--json", "inbox", "list"]).json();
    let own = |listed: &serde_json::Value, id: ReportId| {
        listed.as_array().unwrap().iter().find(|report| report["id"] == id.to_string()).unwrap().clone()
    };
    assert_eq!(own(&listed, open)["closed"], "referred", "its stamp lies there");
    for _ in 0..2 {
        let brought = run(&["inbox", "bring", "carried"]);
        assert_eq!(
            (brought.status, brought.out.as_str()),
            (0, "0 answers and 2 stamps were taken in\n"),
            "{}",
            brought.err
        );
    }
    // And one by a server's side, while the server has the record.
    let opened = run(&["inbox", "open", &later.to_string(), "--key", "official.key", "--out", "later"]);
    assert_eq!(opened.status, 0, "{}", opened.err);
    fs::write(city.path().join("stamps/forged"), "x").unwrap();
    assert_eq!(own(&run(&["--json", "inbox", "list"]).json(), later)["opened"], true);

    // The server has stopped.
    let (folder, address) = (city.folder, city.url);
    drop((city.door, city.lane, city.store, city._runtime, address));
    let run = |arguments: &[&str]| loop {
        let done = run(arguments);
        if !done.err.contains("in use by another process") {
            return done;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    let tomorrow = today.tomorrow().unwrap().to_string();
    let taken = run(&["--json", "close", "--today", &tomorrow]);
    assert_eq!(taken.status, 1, "{}: a stamp is refused", taken.err);
    assert_eq!((&taken.json()["handled"], &taken.json()["stamps_refused"][0]["stamp"]), (&3.into(), &"forged".into()));
    assert!(run(&["close"]).err.contains("the stamp `forged` was not taken in: it is no stamp"));

    let (id, two) = (done.to_string(), ["--by", "A. Records", "--by", "B. Counsel"]);
    let hold = |act: &str, by: &[&str]| run(&[&["inbox", act, &id, "--order", "Index No. 1"][..], by].concat());
    let remove =
        |id: &str, named: &str, by: &[&str]| run(&[&["inbox", "remove", id, "--schedule", named][..], by].concat());
    refused(hold("hold", &["--by", "A"]), "a legal hold needs two people, and 1 stand here");
    assert_eq!(hold("hold", &two).status, 0);
    assert!(hold("hold", &two).out.contains("nothing was added"));
    assert_eq!(own(&run(&["--json", "inbox", "list"]).json(), done)["held"], true);
    refused(remove(&id, SCHEDULE, &two), "is under a legal hold (`Index No. 1`)");
    let entry = record::EntryId::from_bytes(*done.as_bytes()).to_string();
    refused(run(&[&["erase", &entry, "--order", "x"][..], &two].concat()), "is under a legal hold (`Index No. 1`)");
    assert_eq!(hold("release", &two).status, 0);
    refused(hold("release", &two), "no hold under `Index No. 1` stands");
    refused(run(&[&["erase", &entry, "--schedule", "x"][..], &two].concat()), "goes by `vouchsafe inbox remove`");
    refused(remove(&id, SCHEDULE, &["--by", "A. Records"]), "a removal needs two people, and 1 stand here");
    refused(remove(&id, SCHEDULE, &["--by", "A", "--by", "a "]), "somebody else must approve it");
    refused(remove(&id, "Mine", &two), "the approved schedule is `Sealed reports, item 4`, not `Mine`");
    refused(remove(&open.to_string(), SCHEDULE, &two), "may be removed from");
    refused(remove(&later.to_string(), SCHEDULE, &two), "is not closed");
    let bare = place.run(&[&["inbox", "remove", &id, "--schedule", SCHEDULE, "--data", &data][..], &two].concat());
    refused(bare, "no schedule is approved");

    let removed = run(&[&["--json", "inbox", "remove", &id, "--schedule", SCHEDULE][..], &two].concat());
    assert_eq!(removed.status, 0, "{}", removed.err);
    let removed = removed.json();
    assert_eq!((&removed["bytes"], &removed["leaf"]), (&"overwritten".into(), &promised.leaf.as_str().into()));
    assert!(removed["log_index"].is_u64());
    assert!(remove(&id, SCHEDULE, &two).out.contains("was erased before, under the same order"));
    assert_eq!(run(&["--json", "inbox", "list"]).json().as_array().unwrap().len(), 2);
    let verified = run(&["--json", "verify", &data]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    assert_eq!(verified.json()["record"]["erased"], 1);
    let exported = run(&["export", "after"]);
    assert_eq!(exported.status, 0, "{}", exported.err);
    assert_eq!(place.run(&["verify", "after"]).status, 0);
    drop(folder);
}
