//! What is published of the door, its keys and its pages: by two people, shown with proof, changed, and never taken back.

use std::{fs, path::PathBuf};

use jiff::Zoned;
use record::{Body, ContactKeys, DoorKeys, KeySet, PublicKey, Sha256Hex, Source};
use server::report::{
    history::{History, Standing},
    publish::{Made, Order, PublishError, Published, publish},
};
use tlog::InclusionReceipt;

use super::*;
use crate::{
    commands::{Place, Transcript},
    store::erasure,
};

const PROMISE: &str = "log.example/reports/report-promise+01020304+AQID";

fn hashes(numbers: &[u8]) -> std::collections::BTreeSet<Sha256Hex> {
    numbers.iter().map(|number| Sha256Hex::of([*number; 32])).collect()
}

/// A set of keys with these recipients.
pub fn keys_of(intake: &[u8]) -> KeySet {
    let contact = ContactKeys { city: hashes(&[11, 12]), trustee: hashes(&[13, 14, 15]) };
    KeySet::new(hashes(intake), Some(contact), [PublicKey::from_bytes([9; 32])].into(), PROMISE.to_owned()).unwrap()
}

/// Noon of the day that the door's clock shows.
fn noon(city: &City) -> Zoned {
    city.clock.today().at(12, 0, 0, 0).in_tz("America/New_York").unwrap()
}

/// The order of pages with this hash and these keys.
fn order_of(manifest: u8, set: KeySet) -> Order {
    let manifest = Sha256Hex::of([manifest; 32]);
    Order { set, manifest, asked_by: "A. Privacy".to_owned(), approved_by: "B. Counsel".to_owned(), from: None }
}

fn order(set: KeySet) -> Order {
    order_of(7, set)
}

fn publish_set(city: &City, set: KeySet) -> Made {
    publish(&*city.store, order(set), &noon(city)).unwrap().keys
}

/// What a phone has of the door's answer, each step checked as a phone does it.
fn shown(city: &City, phone: &Phone) -> DoorKeys {
    let answer = phone.call("GET", "/in/keys", &[], b"");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let proof = InclusionReceipt::parse(answer.text().as_bytes()).unwrap();
    let extra = proof.extra.clone().unwrap();
    let (salt, bytes) = extra.split_first_chunk::<32>().unwrap();
    let leaf = record::commitment(&record::Salt::from_bytes(*salt), bytes);
    let keys = parse_keys(&fs::read_to_string(city.path().join("log/log.vkey")).unwrap()).unwrap();
    proof.verify(tlog::tree::leaf_hash(leaf.as_bytes()), &keys).unwrap();
    let entry = record::parse(bytes).unwrap();
    assert_eq!(entry.source, Source::Desk);
    match entry.body {
        Body::Keys(keys) => *keys,
        other => panic!("{other:?}"),
    }
}

fn answered(phone: &Phone) -> String {
    phone.call("GET", "/in/keys", &[], b"").code()
}

#[test]
fn keys_are_published_once_and_shown_with_their_proof() {
    for base in BOTH {
        let city = City::new(base);
        let phone = Phone::new(&city);
        assert_eq!(answered(&phone), "404 not-yet", "{base:?}: no set was published");
        city.store.commit("say", vec![crate::store::draft("before")]).unwrap();
        city.follow();
        assert_eq!(answered(&phone), "404 not-yet");
        let first = publish_set(&city, keys_of(&[1, 2]));
        assert_eq!((first.from, first.already), (DAY, false), "the first set holds at once");
        assert_eq!(answered(&phone), "404 not-yet", "the log does not hold it yet");
        city.follow();
        let keys = shown(&city, &phone);
        assert_eq!((&keys.set, keys.from), (&keys_of(&[1, 2]), DAY));
        assert_eq!((keys.asked_by.as_str(), keys.approved_by.as_str()), ("A. Privacy", "B. Counsel"));

        let again = publish_set(&city, keys_of(&[2, 1]));
        assert_eq!(again, Made { already: true, ..first });
        assert_eq!(city.store.count().unwrap(), 3, "the same set again adds nothing");
        // The log goes on, and the same entry is shown in the larger tree.
        city.store.commit("say", vec![crate::store::draft("after")]).unwrap();
        city.follow();
        assert_eq!(shown(&city, &phone), keys);
        let report = city.verify();
        assert_eq!(report.faults.named, [], "{base:?}");

        let kept = city.store.find(&History::of(&*city.store).unwrap().sets()[0].id).unwrap().unwrap();
        let refused = city.store.erase(erasure(kept.id, kept.leaf)).unwrap_err();
        assert!(refused.to_string().contains("is public, of the keys or pages"), "{refused}");
        assert_eq!(shown(&city, &phone), keys);
    }
}

#[test]
fn a_new_key_counts_three_days_later_and_until_then_the_set_before_is_shown() {
    for base in BOTH {
        let city = City::new(base);
        let phone = Phone::new(&city);
        publish_set(&city, keys_of(&[1, 2, 3]));
        city.follow();
        let soon =
            publish(&*city.store, Order { from: Some(date(2026, 11, 29)), ..order(keys_of(&[1, 2, 4])) }, &noon(&city));
        assert!(matches!(soon, Err(PublishError::TooSoon { .. })));
        let waits = publish_set(&city, keys_of(&[1, 2, 4]));
        assert_eq!(waits.from, date(2026, 11, 30));
        city.follow();
        for day in 26..30 {
            city.clock.set(date(2026, 11, day));
            assert_eq!(shown(&city, &phone).set, keys_of(&[1, 2, 3]), "{base:?}, {day}");
        }
        city.clock.set(date(2026, 11, 30));
        assert_eq!(shown(&city, &phone).set, keys_of(&[1, 2, 4]));
        // What has been replaced can be put in force again, and counts as new.
        let back = publish_set(&city, keys_of(&[1, 2, 3]));
        assert_eq!((back.already, back.from), (false, date(2026, 12, 4)));
        let history = History::of(&*city.store).unwrap();
        assert_eq!((history.sets().len(), history.pages().len()), (3, 3));
        assert_eq!(city.store.count().unwrap(), 6);
    }
}

#[test]
fn a_key_that_is_taken_away_counts_at_once_and_the_older_set_is_shown_no_more() {
    for base in BOTH {
        let city = City::new(base);
        let phone = Phone::new(&city);
        publish_set(&city, keys_of(&[1, 2, 3]));
        city.follow();
        assert_eq!(shown(&city, &phone).set, keys_of(&[1, 2, 3]));
        publish_set(&city, keys_of(&[1, 2, 3, 4]));
        let fewer = publish_set(&city, keys_of(&[1, 2]));
        assert_eq!(fewer.from, DAY);
        assert_eq!(
            answered(&phone),
            "404 not-yet",
            "the log does not hold it yet, and the city took the older one back"
        );
        city.follow();
        assert_eq!(shown(&city, &phone).set, keys_of(&[1, 2]), "{base:?}");
        let history = History::of(&*city.store).unwrap();
        let standings = |day| history.set_standings(day).map(|(_, standing)| standing).collect::<Vec<_>>();
        let wanted = [Standing::Replaced, Standing::Replaced, Standing::InForce];
        assert_eq!(standings(DAY), wanted, "also the one that waited will not hold any more");
        city.clock.set(date(2026, 12, 24));
        assert_eq!(shown(&city, &phone).set, keys_of(&[1, 2]), "and takes the place of the set that waited");
        assert_eq!(city.verify().faults.named, []);
    }
}

#[test]
fn pages_with_known_keys_are_published_at_once_and_never_before_their_keys() {
    let city = City::new(Base::Sqlite);
    let publish = |order| publish(&*city.store, order, &noon(&city));
    let first = publish(order_of(1, keys_of(&[1, 2]))).unwrap();
    let corrected = publish(order_of(2, keys_of(&[1, 2]))).unwrap();
    assert_eq!((corrected.keys.already, corrected.keys.entry), (true, first.keys.entry));
    assert_eq!((corrected.pages.already, corrected.pages.from), (false, DAY), "a text was changed, no key");
    let back = publish(order_of(1, keys_of(&[1, 2]))).unwrap();
    assert!(!back.pages.already && back.pages.entry != first.pages.entry, "what was replaced is ordered anew");

    let waits = publish(order_of(3, keys_of(&[1, 4]))).unwrap();
    assert_eq!((waits.keys.from, waits.pages.from), (date(2026, 11, 30), date(2026, 11, 30)));
    let early = Order { from: Some(date(2026, 11, 28)), ..order_of(4, keys_of(&[1, 4])) };
    assert!(matches!(publish(early), Err(PublishError::TooSoon { first, .. }) if first == date(2026, 11, 30)));
    let corrected = publish(order_of(4, keys_of(&[1, 4]))).unwrap();
    assert_eq!(
        (corrected.keys.already, corrected.pages.from),
        (true, date(2026, 11, 30)),
        "its keys wait, so it waits"
    );
    let again: Published = publish(order_of(4, keys_of(&[1, 4]))).unwrap();
    assert!(again.keys.already && again.pages.already);
    assert_eq!(city.store.count().unwrap(), 7, "two sets, five orders of pages");
    let history = History::of(&*city.store).unwrap();
    let standings: Vec<_> = history.page_standings(DAY).map(|(_, standing)| standing).collect();
    let replaced = Standing::Replaced;
    assert_eq!(standings, [replaced, replaced, Standing::InForce, replaced, Standing::Waits]);
}

#[test]
fn an_entry_of_keys_that_came_in_another_way_is_not_shown() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    let mut draft = crate::store::draft("x");
    let keys = DoorKeys { from: DAY, set: keys_of(&[1, 2]), asked_by: "A".to_owned(), approved_by: "B".to_owned() };
    draft.entry.body = Body::Keys(Box::new(keys));
    draft.entry.source = Source::Demo;
    city.store.commit("say", vec![draft]).unwrap();
    city.follow();
    assert_eq!(answered(&phone), "404 not-yet");
}

/// A data folder that has had a door, with nobody in it.
fn closed(city: City) -> tempfile::TempDir {
    city.folder
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend_from_slice(bytes);
}

/// A key of Ed25519 as a bundle has it.
fn bundled(path: PathBuf) -> Vec<u8> {
    let keys = parse_keys(&fs::read_to_string(path).unwrap()).unwrap();
    let key = keys.iter().find(|key| key.kind() == tlog::signature::SignatureKind::Ed25519).unwrap();
    let bytes = STANDARD.decode(key.to_string().splitn(3, '+').nth(2).unwrap()).unwrap();
    let mut out = Vec::new();
    field(&mut out, key.name().as_str().as_bytes());
    field(&mut out, &key.id().0);
    field(&mut out, &bytes[1..]);
    out
}

/// Built pages of which only the keys are there: recipients are 1216 bytes each.
pub fn pages(folder: &Path, data: &Path, intake: &[u8]) {
    let recipients = |numbers: &[u8]| numbers.iter().flat_map(|number| [*number; 1216]).collect::<Vec<u8>>();
    let contact = recipients(&[11, 12, 13, 14, 15]);
    let hashes: Vec<u8> = contact.chunks(1216).flat_map(Sha256::digest).collect();
    let mut keys = Vec::new();
    let (promise, log) = (bundled(data.join("log/promise.vkey")), bundled(data.join("log/log.vkey")));
    for part in [&recipients(intake), &promise, ORIGIN.as_bytes(), &log, &[9; 32], &hashes] {
        field(&mut keys, part);
    }
    fs::create_dir_all(folder).unwrap();
    let mut files = serde_json::Map::new();
    for (name, bytes) in [("keys.bin", &keys), ("contact.bin", &contact)] {
        fs::write(folder.join(name), bytes).unwrap();
        let hash = hex::encode(Sha256::digest(bytes));
        files.insert(format!("/{name}"), serde_json::json!({ "sha256": hash, "type": "application/octet-stream" }));
    }
    fs::write(folder.join("manifest.json"), serde_json::json!({ "version": 1, "files": files }).to_string()).unwrap();
}

#[test]
fn the_command_publishes_what_the_pages_have_and_lists_the_history() {
    let folder = closed(City::new(Base::Sqlite));
    let data = folder.path();
    let place = Place::new();
    let run = |arguments: &[&str]| -> Transcript {
        // The door's threads may still be closing the store.
        for _ in 0..100 {
            let done = place.run(&[arguments, &["--data", data.to_str().unwrap()]].concat());
            if !done.err.contains("in use by another process") {
                return done;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the store is never free");
    };
    let two = ["--by", "A. Privacy", "--by", "B. O'Counsel"];
    let publish = |pages: &str, by: &[&str]| run(&[&["pages", "publish", "--report-pages", pages][..], by].concat());
    let refused = |pages: &str, by: &[&str], says: &str| {
        let done = publish(pages, by);
        assert_eq!((done.status, done.out.as_str()), (2, ""), "{says}");
        assert!(done.err.contains(says), "`{says}` is not in {}", done.err);
    };
    assert!(run(&["pages", "list"]).out.contains("No keys were published yet"));
    assert_eq!(run(&["pages", "list", "--json"]).json(), serde_json::json!({ "keys": [], "pages": [] }));

    pages(&place.path().join("pages"), data, &[1, 2]);
    refused("pages", &["--by", "A. Privacy"], "publishing pages needs two people, and 1 stand here");
    refused("pages", &["--by", "A", "--by", "a"], "somebody else must approve it");
    refused("nowhere", &two, "manifest.json` cannot be read");
    pages(&place.path().join("one"), data, &[1]);
    refused("one", &two, "fewer than 2");
    pages(&place.path().join("changed"), data, &[1, 2]);
    fs::write(place.path().join("changed/keys.bin"), b"other").unwrap();
    refused("changed", &two, "is not the file that the manifest names");
    let other = City::new(Base::Sqlite);
    pages(&place.path().join("foreign"), other.path(), &[1, 2]);
    refused("foreign", &two, "build them with this city's keys");

    let done = publish("pages", &[&two[..], &["--json"]].concat());
    assert_eq!(done.status, 0, "{}", done.err);
    let first = done.json();
    assert_eq!((&first["keys"]["already"], &first["log_size"]), (&serde_json::json!(false), &serde_json::json!(2)));
    let again = publish("pages", &two);
    assert!(again.status == 0 && again.out.contains("nothing was added"), "{}{}", again.out, again.err);
    pages(&place.path().join("next"), data, &[1, 3]);
    refused("next", &[&two[..], &["--from", first["keys"]["from"].as_str().unwrap()]].concat(), "is too soon");
    let next = publish("next", &two);
    assert!(next.status == 0 && next.out.contains("keep serving its pages"), "{}{}", next.out, next.err);

    let listed = run(&["pages", "list", "--json"]).json();
    let [held, waits] = listed["keys"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&held["standing"], &waits["standing"]), (&"in_force".into(), &"waits".into()));
    assert_eq!((&held["log_index"], &held["entry"]), (&serde_json::json!(0), &first["keys"]["entry"]));
    assert_eq!(held["approved_by"], "B. O'Counsel");
    let hash = |number: u8| hex::encode(Sha256::digest([number; 1216]));
    let mut intake = [hash(1), hash(2)];
    intake.sort();
    assert_eq!(held["set"]["intake"], serde_json::json!(intake));
    let [held, waits] = listed["pages"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&held["standing"], &waits["standing"]), (&"in_force".into(), &"waits".into()));
    let manifest = hex::encode(Sha256::digest(fs::read(place.path().join("next/manifest.json")).unwrap()));
    assert_eq!(waits["manifest"], manifest.as_str());
    let text = run(&["pages", "list"]).out;
    for says in [
        "leaf 3 of the log",
        &manifest,
        "in force",
        "waits for its day",
        "leaf 2 of the log",
        "approved by B. O'Counsel",
        &hash(3),
        "signs answers",
    ] {
        assert!(text.contains(says), "`{says}` is not in\n{text}");
    }
    let id = first["pages"]["entry"].as_str().unwrap();
    let erased = run(&["erase", id, "--order", "x", "--by", "A", "--by", "B"]);
    assert!(erased.status == 2 && erased.err.contains("is public, of the keys or pages"), "{}", erased.err);
    let verified = run(&["verify", data.to_str().unwrap()]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
}
