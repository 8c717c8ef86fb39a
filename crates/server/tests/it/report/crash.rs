//! Death: of the server while phones send, and at each step of closing a day. Nothing acknowledged is lost or doubled.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
    sync::Mutex,
};

use server::report::{close, vault::Vault};

use super::*;
use crate::commands::Place;

/// The program itself, with its door open.
fn serve(place: &Place) -> (Child, String) {
    let mut child = place
        .command(&["serve", "--data", "city", "--listen", "127.0.0.1:0", "--report", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("Reports   ").map(str::to_owned)).unwrap();
    let url = line.split_once('/').map(|_| line.split_once("/ ").unwrap().0.to_owned()).unwrap();
    // The rest of its lines is not read; a pipe holds them.
    std::mem::forget(lines);
    (child, url)
}

/// A file that this phone has sealed and sent; nothing, where the server died under it.
fn sealed_file(phone: &Phone) -> Option<Vec<([u8; 16], Attachment)>> {
    let (sealed, attachment) = phone.seal_file(b"a photo of it", "it.jpg");
    let (work, length) = (phone.try_work(sealed.len())?, sealed.len().to_string());
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", &*length), ("vouchsafe-work", &*work)];
    let begun = phone.try_call("POST", "/in/uploads", &headers, b"").filter(|answer| answer.status == 201)?;
    let place = begun.headers["location"].to_str().unwrap();
    let mut id = [0; 16];
    hex::decode_to_slice(place.rsplit('/').next().unwrap(), &mut id).unwrap();
    phone.try_patch(place, 0, &sealed, &[]).filter(|answer| answer.status == 204)?;
    Some(vec![(id, attachment)])
}

#[test]
fn killed_while_phones_send_it_has_every_report_that_was_promised() {
    let place = Place::new();
    let official = Identity::make(&mut rng());
    let promised: Mutex<Vec<(Phone, Ready, String)>> = Mutex::new(Vec::new());
    for round in 1..=3_usize {
        let (mut child, url) = serve(&place);
        let wanted = promised.lock().unwrap().len() + 5 * round;
        let dead = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                let (url, promised, official, dead) = (&url, &promised, &official, &dead);
                scope.spawn(move || {
                    while !dead.load(Ordering::Relaxed) {
                        let phone = Phone::with(url, official.recipient().unwrap());
                        let Some(files) = sealed_file(&phone) else { return };
                        let ready = phone.seal("in the middle of it", files);
                        let Some(work) = phone.try_work(ready.body.len()) else { return };
                        let headers =
                            [("content-type", "application/vnd.vouchsafe.report"), ("vouchsafe-work", &*work)];
                        let Some(answer) = phone.try_call("POST", "/in/reports", &headers, &ready.body) else { return };
                        if answer.status == 200 {
                            let text = answer.text();
                            promised.lock().unwrap().push((phone, ready, text));
                        }
                    }
                });
            }
            while promised.lock().unwrap().len() < wanted {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            dead.store(true, Ordering::Relaxed);
        });
        let verified = place.run(&["verify", "city"]);
        assert_eq!(verified.status, 0, "round {round}: {}{}", verified.out, verified.err);
    }
    let tomorrow = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::get("America/New_York").unwrap());
    let tomorrow = tomorrow.date().tomorrow().unwrap().to_string();
    let closed = place.run(&["close", "--data", "city", "--today", &tomorrow]);
    assert_eq!(closed.status, 0, "{}", closed.err);
    let verified = place.run(&["--json", "verify", "city"]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let key =
        parse_keys(&std::fs::read_to_string(place.path().join("city/log/promise.vkey")).unwrap()).unwrap().remove(0);
    let entries = std::fs::read(place.path().join("city/log/entries")).unwrap();
    let leaves: std::collections::HashSet<&[u8]> = entries.chunks_exact(34).map(|entry| &entry[2..]).collect();
    let promised = promised.into_inner().unwrap();
    assert!(promised.len() >= 30, "{}", promised.len());
    for (phone, ready, text) in &promised {
        let note = Note::parse(text.as_bytes()).unwrap();
        assert!(key.signed_note(&note));
        let day = note.text().lines().nth(1).unwrap().parse().unwrap();
        let own = leaf(day, &ready.root, &phone.receipt.blind());
        assert!(leaves.contains(&own[..]), "a promised leaf is not in the log");
    }
    let reports = verified.json()["record"]["reports"].as_u64().unwrap();
    assert!(reports >= promised.len() as u64);
}

#[test]
fn each_step_of_closing_a_day_may_be_the_last() {
    for base in BOTH {
        for steps in 0..=4 {
            let city = City::new(base);
            let mut promises = Vec::new();
            for number in 0..4 {
                let phone = Phone::new(&city);
                let files = if number % 2 == 0 {
                    let (sealed, attachment) = phone.seal_file(format!("file {number}").as_bytes(), "a.jpg");
                    vec![(phone.upload(&sealed), attachment)]
                } else {
                    Vec::new()
                };
                let ready = phone.seal("x", files);
                promises.push((phone.check(&city.promise_key(), &ready, &phone.send(&ready)), phone));
            }
            // What a crash in acceptance leaves: bytes that no row names.
            let vault = Vault::to_read(&city.path().join("blobs"));
            vault.append(DAY, &[b"sealed and never accepted"]).unwrap();
            std::fs::write(vault.attachment(DAY, &ContentId::of(b"nobody's")), "nobody's").unwrap();
            let tomorrow = DAY.tomorrow().unwrap();
            // So many steps, and then the lights go out.
            if steps > 0 {
                assert_eq!(city.lane.end_days(DAY).unwrap(), [DAY]);
            }
            if steps > 1 {
                std::fs::write(city.path().join("blobs/envelopes/2026-11-26/closed.new"), "half").unwrap();
            }
            let places = (steps > 2).then(|| vault.close(DAY, &city.lane.reports(Some(DAY)).unwrap()).unwrap());
            if steps > 3 {
                let places = places.unwrap();
                assert_eq!(city.lane.close(DAY, &|id| places.get(id).copied()).unwrap(), 4);
            }
            assert_eq!(city.verify().faults.named, [], "{base:?}, {steps} steps, as it lies");
            close::clean(&*city.lane, &vault, tomorrow).all().unwrap();
            let close = || close::close_days(&*city.store, &*city.lane, &vault, tomorrow, close::Word::Clock);
            close().all().unwrap();
            close::clean(&*city.lane, &vault, tomorrow).all().unwrap();
            assert_eq!(close().all().unwrap(), 0);
            city.follow();
            assert_eq!(city.store.count().unwrap(), 4, "{base:?}, {steps} steps");
            let report = city.verify();
            assert_eq!(report.faults.named, [], "{base:?}, {steps} steps");
            assert_eq!(report.record.unwrap().reports, 4);
            for (promised, phone) in &promises {
                phone.find(&city, promised);
            }
            let left = |folder: &str| std::fs::read_dir(city.path().join(folder)).unwrap().count();
            assert_eq!((left("blobs/envelopes/2026-11-26"), left("blobs/attachments/2026-11-26")), (1, 2), "{steps}");
        }
    }
}
