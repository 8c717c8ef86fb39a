//! Attachments of closed days in object storage: nothing is lost on the way, whatever the storage does, and an erasure reaches it.

mod garage;
mod storage;

use std::{fs, io::Read as _};

use record::EntryId;
use server::{
    report::{close, objects::ObjectsError, ship::ShipError, vault::Vault},
    store::Report,
};

use self::storage::{Lying, Mood, Moto, city_by, city_with, settings, write_settings};
use super::{
    inbox::{Office, office},
    *,
};
use crate::{commands::Place, store::erasure};

/// Reports with an attachment each, in the order in which they came; the names of the attachments, and their sealed bytes.
fn sent(city: &City, phones: &[Phone]) -> Vec<(ContentId, Vec<u8>)> {
    let send = |(number, phone): (usize, &Phone)| {
        let (sealed, attachment) = phone.seal_file(&vec![number as u8; 20_000 * (number + 1)], "a.jpg");
        let name = attachment.content;
        let ready = phone.seal("x", vec![(phone.upload(&sealed), attachment)]);
        phone.check(&city.promise_key(), &ready, &phone.send(&ready));
        (name, sealed)
    };
    phones.iter().enumerate().map(send).collect()
}

fn phones(city: &City) -> [Phone; 3] {
    [(); 3].map(|()| Phone::new(city))
}

/// A vault as another process has it.
fn vault(city: &City) -> Vault {
    Vault::to_read(&city.path().join("blobs"))
}

/// How many attachments lie in files.
fn in_files(city: &City) -> usize {
    let folder = city.path().join("blobs/attachments").join(DAY.to_string());
    fs::read_dir(folder).unwrap().count()
}

fn read(city: &City, name: &ContentId) -> Vec<u8> {
    let mut bytes = Vec::new();
    vault(city).read_attachment(DAY, name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// Erases the entry of the first report; its sealed bytes are left to `close::clean`.
fn erases_one(city: &City) -> Report {
    let report = city.lane.reports(Some(DAY)).unwrap().remove(0);
    let entry = city.store.find(&EntryId::from_bytes(*report.id.as_bytes())).unwrap().unwrap();
    city.store.erase(erasure(entry.id, entry.leaf)).unwrap();
    report
}

#[track_caller]
fn ships(city: &City, count: u64) {
    let shipped = city.door.ship_days();
    assert!(shipped.failed.is_none(), "{:?}", shipped.failed);
    assert_eq!(shipped.count, count);
}

fn faults(city: &City) -> Vec<String> {
    city.verify().faults.named.into_iter().map(|fault| fault.what).collect()
}

/// The whole way: of a closed day and no other, found there by everybody who reads, erased there.
fn whole_way(base: Base, settings: &str) {
    let city = city_by(base, settings);
    let attachments = sent(&city, &phones(&city));
    ships(&city, 0);
    city.end_day();
    let open = Phone::new(&city);
    let (sealed, attachment) = open.seal_file(b"of the open day", "b.jpg");
    let ready = open.seal("y", vec![(open.upload(&sealed), attachment)]);
    open.check(&city.promise_key(), &ready, &open.send(&ready));
    assert_eq!(in_files(&city), 3);
    ships(&city, 3);
    assert_eq!(in_files(&city), 0, "{base:?}");
    ships(&city, 0);
    for (name, sealed) in &attachments {
        assert!(read(&city, name) == *sealed, "{base:?}: other bytes came back");
    }
    assert_eq!(faults(&city), Vec::<String>::new(), "{base:?}");

    let first = erases_one(&city);
    close::clean(&*city.lane, &vault(&city), city.clock.today()).all().unwrap();
    city.follow();
    for (name, sealed) in &attachments {
        if first.attachments.contains(name) {
            let error = vault(&city).read_attachment(DAY, name).err().unwrap();
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{base:?}: {error}");
        } else {
            assert!(read(&city, name) == *sealed, "{base:?}: another's goes too");
        }
    }
    assert_eq!(faults(&city), Vec::<String>::new(), "{base:?}");
}

#[test]
fn attachments_of_a_closed_day_move_and_are_found_and_erased_there() {
    for base in BOTH {
        let storage = Lying::new();
        whole_way(base, &settings(&storage.url));
        let kept = storage.objects();
        assert_eq!(kept.len(), 2);
        let prefix = format!("attachments/{DAY}/ct-");
        assert!(kept.keys().all(|key| key.starts_with(&prefix)), "{:?}", kept.keys());
    }
}

#[test]
fn moto_takes_gives_and_removes_them_too() {
    if let Some(moto) = Moto::start() {
        whole_way(Base::Sqlite, &settings(&moto.url));
        moto.keeps_versions();
        let city = city_with(Base::Sqlite, &moto.url);
        sent(&city, &[Phone::new(&city)]);
        city.end_day();
        let failed = city.door.ship_days().failed.unwrap();
        assert!(matches!(failed, ShipError::Objects(ObjectsError::Versions(_))), "{failed}");
        assert_eq!(in_files(&city), 1);
    }
}

#[test]
fn whatever_the_storage_does_no_attachment_is_lost() {
    let storage = Lying::new();
    let city = city_with(Base::Sqlite, &storage.url);
    let attachments = sent(&city, &phones(&city));
    city.end_day();
    for (mood, says) in [
        (Mood::Full, "answered 507 when an attachment was put there"),
        (Mood::Forgets, "has no object of this name"),
        (Mood::Changes, "gave other bytes back than were put"),
        (Mood::GivesHalf, "gave other bytes back than were put"),
        (Mood::KeepsVersions, "the bucket `sealed-bytes` keeps versions, so what is erased would stay"),
        (Mood::SaysNothing, "the answer says nothing of it"),
        (Mood::Elsewhere, "answered 307 when an attachment was put there"),
    ] {
        storage.is(mood);
        let shipped = city.door.ship_days();
        let mut told = String::new();
        let mut error: Option<&dyn std::error::Error> = shipped.failed.as_ref().map(|it| it as _);
        while let Some(one) = error {
            told.push_str(&format!("{one} / "));
            error = one.source();
        }
        assert!(told.contains(says), "{mood:?}: {told}");
        assert!(!told.contains("X-Amz") && !told.contains("the-key"), "{told}");
        assert_eq!((shipped.count, in_files(&city)), (0, 3), "{mood:?}");
        assert_eq!(storage.objects().len(), 0, "{mood:?}: what is not as it was put does not stay");
        assert_eq!(faults(&city), Vec::<String>::new(), "{mood:?}");
    }
    // Nobody is there at all.
    let url = std::mem::take(&mut { storage.url.clone() });
    drop(storage);
    let failed = city.door.ship_days().failed.unwrap();
    assert!(matches!(failed, ShipError::Objects(ObjectsError::Call { .. })), "{failed}");
    assert!(failed.to_string().contains(&url), "{failed}");
    assert_eq!(in_files(&city), 3);
    for (name, sealed) in &attachments {
        assert!(read(&city, name) == *sealed);
    }
    // Nor does a phone notice.
    Phone::gets_its_promise(&city);
}

#[test]
fn what_is_missing_or_changed_in_the_storage_is_a_fault() {
    let storage = Lying::new();
    let city = city_with(Base::Sqlite, &storage.url);
    sent(&city, &phones(&city));
    city.end_day();
    ships(&city, 3);
    storage.is_tampered_with();
    assert!(faults(&city).len() == 3 && faults(&city).iter().all(|what| what.ends_with("were changed")));
    storage.loses_everything();
    let lost = faults(&city);
    assert!(lost.len() == 3 && lost.iter().all(|what| what.contains("the object storage has no object of this name")));
}

#[test]
fn where_another_storage_is_named_or_none_nothing_is_said_to_be_erased() {
    let (storage, other) = (Lying::new(), Lying::new());
    let city = city_with(Base::Sqlite, &storage.url);
    sent(&city, &[Phone::new(&city)]);
    city.end_day();
    ships(&city, 1);
    erases_one(&city);
    let clean = || close::clean(&*city.lane, &vault(&city), city.clock.today()).all();
    fs::remove_file(city.path().join("keys/objects.toml")).unwrap();
    assert!(clean().is_err(), "no storage is named any more");
    write_settings(city.path(), &settings(&other.url));
    assert!(clean().is_err(), "another one is named");
    assert_eq!(storage.objects().len(), 1);
    assert!(vault(&city).objects().err().unwrap().to_string().contains(&format!("lie in `{}/", storage.url)));
    write_settings(city.path(), &settings(&storage.url));
    clean().unwrap();
    assert_eq!(storage.objects().len(), 0);
}

#[test]
fn an_erasure_while_an_attachment_moves_leaves_no_object() {
    for base in BOTH {
        let storage = Lying::new();
        let city = city_with(base, &storage.url);
        sent(&city, &[Phone::new(&city)]);
        city.end_day();
        storage.is(Mood::Waits);
        let door = Arc::clone(&city.door);
        let moving = std::thread::spawn(move || door.ship_days());
        storage.has_puts(1);
        erases_one(&city);
        let busy = close::clean(&*city.lane, &vault(&city), city.clock.today());
        assert!(busy.all().is_err(), "{base:?}: it is said to be destroyed, and lies there after");
        storage.is(Mood::Sound);
        assert!(moving.join().unwrap().failed.is_none());
        close::clean(&*city.lane, &vault(&city), city.clock.today()).all().unwrap();
        assert_eq!((storage.objects().len(), in_files(&city)), (0, 0), "{base:?}");
        city.follow();
        assert_eq!(faults(&city), Vec::<String>::new());
    }
}

#[test]
fn while_the_storage_is_away_an_erasure_is_not_said_to_be_done() {
    let storage = Lying::new();
    let city = city_with(Base::Sqlite, &storage.url);
    sent(&city, &[Phone::new(&city)]);
    city.end_day();
    ships(&city, 1);
    let report = erases_one(&city);
    for mood in [Mood::KeepsVersions, Mood::Away, Mood::Absent, Mood::Sound] {
        storage.is(mood);
        let done = close::clean(&*city.lane, &vault(&city), city.clock.today()).all();
        let left = city.lane.report(&report.id).unwrap().unwrap().place.is_some();
        assert_eq!((done.is_err(), left), (mood != Mood::Sound, mood != Mood::Sound), "{mood:?}");
    }
    assert_eq!(storage.objects().len(), 0);
}

#[test]
fn while_a_put_without_an_answer_may_land_an_erasure_is_not_said_to_be_done() {
    let storage = Lying::new();
    let city = city_with(Base::Sqlite, &storage.url);
    sent(&city, &[Phone::new(&city)]);
    city.end_day();
    storage.is(Mood::Silent);
    assert!(city.door.ship_days().failed.is_some());
    assert_eq!((storage.objects().len(), in_files(&city)), (1, 1), "it took it in, and said nothing");
    storage.is(Mood::Sound);
    erases_one(&city);
    let clean = || close::clean(&*city.lane, &vault(&city), city.clock.today()).all();
    assert!(clean().is_err());
    assert_eq!(storage.objects().len(), 0);
    let put = fs::read_dir(city.path().join("blobs/puts")).unwrap().next().unwrap().unwrap().path();
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(25 * 3600);
    fs::File::options().write(true).open(&put).unwrap().set_modified(yesterday).unwrap();
    clean().unwrap();
    assert!(!put.exists());
}

#[test]
fn a_broken_file_does_not_take_the_place_of_a_whole_object() {
    let storage = Lying::new();
    let city = city_with(Base::Sqlite, &storage.url);
    let attachments = sent(&city, &phones(&city));
    city.end_day();
    ships(&city, 3);
    // As a copy that was made while a file went, put back beside the object.
    let broken = vault(&city).attachment(DAY, &attachments[0].0);
    fs::write(&broken, "half").unwrap();
    fs::write(vault(&city).attachment(DAY, &attachments[1].0), &attachments[1].1).unwrap();
    let shipped = city.door.ship_days();
    assert!(matches!(shipped.failed, Some(ShipError::Changed(DAY))), "{:?}", shipped.failed);
    assert_eq!((shipped.count, storage.objects().len()), (1, 3), "the other one goes all the same");
    fs::remove_file(broken).unwrap();
    assert_eq!(faults(&city), Vec::<String>::new());
}

#[test]
fn who_reads_while_it_moves_is_told_or_has_it_all() {
    let storage = Lying::new();
    let city = city_with(Base::Sqlite, &storage.url);
    let attachments = sent(&city, &[Phone::new(&city)]);
    city.end_day();
    let (name, sealed) = &attachments[0];
    let own = vault(&city);
    let mut before = own.read_attachment(DAY, name).unwrap();
    let mut after = own.read_attachment(DAY, name).unwrap();
    let mut whole = Vec::new();
    before.read_to_end(&mut whole).unwrap();
    assert!(whole == *sealed);
    let mut piece = [0; 100];
    after.read_exact(&mut piece).unwrap();
    ships(&city, 1);
    let error = after.read_to_end(&mut whole).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ResourceBusy, "{error}");
    assert_eq!(own.name_of_attachment(DAY, name).unwrap(), *name);
}

/// An official opens what lies there, and an export takes it along. Gives what they worked with.
fn officials_and_exports_read(settings: &str) -> (City, Place, String) {
    let city = city_by(Base::Sqlite, settings);
    let Office { place, recipient, .. } = office();
    let phone = Phone::with(&city.url, recipient);
    sent(&city, &[phone]);
    city.end_day();
    ships(&city, 1);
    let data = city.path().to_str().unwrap();
    let id = city.lane.reports(None).unwrap()[0].id.to_string();
    let opened = place.run(&["inbox", "open", &id, "--key", "official.key", "--out", "opened", "--data", data]);
    assert_eq!(opened.status, 0, "{}", opened.err);
    assert_eq!(fs::read(place.path().join("opened/attachment-01.jpg")).unwrap(), [0; 20_000]);
    for command in [&["export", "carried", "--data", data][..], &["verify", "carried"], &["verify", data]] {
        let run = place.run(command);
        assert_eq!(run.status, 0, "{command:?}: {}{}", run.out, run.err);
    }
    assert!(!place.path().join("carried/keys").exists(), "an export has no key of the storage");
    (city, place, id)
}

#[test]
fn officials_and_exports_read_what_lies_there() {
    let storage = Lying::new();
    let (city, place, id) = officials_and_exports_read(&settings(&storage.url));
    let data = city.path().to_str().unwrap();
    // A file that is wrong is told with its place, and not what it holds.
    write_settings(city.path(), &settings(&storage.url).replace("bucket", "buckets"));
    let opened = place.run(&["inbox", "open", &id, "--key", "official.key", "--out", "again", "--data", data]);
    assert!(opened.err.contains("objects.toml") && opened.err.contains("unknown field `buckets`"), "{}", opened.err);
    assert!(!opened.err.contains("telltale"), "{}", opened.err);
}
