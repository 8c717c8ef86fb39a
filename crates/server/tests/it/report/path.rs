//! The whole way: phone, server, log, official, answer, phone; then twice the same, follow-ups, and a day that ends.

use seal::reply::{Expecting, SEALED_REPLY_BYTES};
use server::report::answers::{LOOK_BYTES, PAGE_BYTES};

use super::*;

#[test]
fn a_report_goes_its_whole_way() {
    for base in BOTH {
        let city = City::new(base);
        let phone = Phone::new(&city);
        let photo: Vec<u8> = (0..700_000_u32).map(|byte| (byte * 7) as u8).collect();
        let (sealed, attachment) = phone.seal_file(&photo, "../../etc/passwd");
        let upload = phone.upload(&sealed);
        let ready = phone.seal("Two officers, no names shown.", vec![(upload, attachment)]);
        let answer = phone.send(&ready);
        let promised = phone.check(&city.promise_key(), &ready, &answer);
        assert_eq!((promised.day.as_str(), promised.by.as_str()), ("2026-11-26", "2026-11-27"));
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(!answer.headers.contains_key("set-cookie"));

        // Before the day has ended nothing is in the log, and what waits is sound.
        let days = format!("/in/days/{}", promised.day);
        assert_eq!(phone.call("GET", &days, &[], b"").code(), "404 not-yet");
        let waits = city.verify();
        assert_eq!(waits.faults.named, [], "{base:?}");
        assert_eq!(waits.record.unwrap().reports_waiting, 1);

        // Others report on the same day; their leaves stand beside it.
        for number in 0..5 {
            let other = Phone::new(&city);
            let ready = other.seal(&format!("report {number}"), Vec::new());
            other.check(&city.promise_key(), &ready, &other.send(&ready));
        }
        assert_eq!(city.end_day(), 6);
        assert_eq!(city.end_day(), 0, "a day is closed once");
        phone.find(&city, &promised);
        let report = city.verify();
        assert_eq!(report.faults.named, [], "{base:?}");
        let record = report.record.unwrap();
        assert_eq!((record.recomputed, record.reports, record.reports_waiting, report.size), (6, 6, 0, 6));

        // The official opens what lies there.
        let kept = city.lane.reports(None).unwrap();
        let mine = kept.iter().find(|report| report.mailbox == mailbox_of(&phone)).unwrap();
        let vault = server::report::vault::Vault::to_read(&city.path().join("blobs"));
        let envelope = vault.envelope(mine.day, &mine.place.unwrap()).unwrap();
        assert_eq!(envelope, ready.envelope);
        let opened = Report::open(&city.official, &envelope).unwrap();
        let file = &opened.attachments[0];
        let bytes = std::fs::read(vault.attachment(mine.day, &file.content)).unwrap();
        let key = chunked::FileKey::new(Zeroizing::new(*file.key.expose()));
        let padded = chunked::open(key, ATTACHMENT_CONTEXT, &bytes).unwrap();
        assert_eq!(*pad::unpad(&padded).unwrap(), photo);
        assert_eq!(file.name.as_str(), "passwd");

        // An answer, read by whoever comes back with the receipt.
        phone.gets_an_answer(&city, "We have read it.");
        let back = phone.back(&city);
        let page = back.look(0);
        assert_eq!(page.len(), LOOK_BYTES);
        let identity = back.receipt.reply_identity();
        let officials = [signing(&city).public()];
        let expecting =
            Expecting { identity: &identity, mailbox: back.receipt.mailbox(), last: 0, officials: &officials };
        let shown: Vec<_> = page[..PAGE_BYTES].chunks(SEALED_REPLY_BYTES).map(|slot| expecting.open(slot)).collect();
        assert_eq!(shown[0].as_ref().unwrap().text.as_str(), "We have read it.");
        assert!(shown[1..].iter().all(Result::is_err));

        // Withdrawn: marked, and nothing else happens by itself.
        let withdrawn = back.call("POST", "/in/withdraw", &[], &back.proof());
        assert_eq!(withdrawn.status, 204);
        let marked = city.lane.report(&mine.id).unwrap().unwrap();
        assert_eq!(marked.withdrawn, Some(city.clock.today()));
        assert!(city.verify().sound);
    }
}

#[test]
fn the_same_report_twice_is_one_and_gets_one_promise() {
    for base in BOTH {
        let city = City::new(base);
        let phone = Phone::new(&city);
        let (sealed, attachment) = phone.seal_file(b"a file", "a.jpg");
        let ready = phone.seal("once", vec![(phone.upload(&sealed), attachment)]);
        // At once, from four connections: a nervous finger.
        let answers: Vec<String> = std::thread::scope(|scope| {
            let send = || phone.send(&ready).text();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(phone.send(&ready).text(), answers[0], "later on the same day");
        city.end_day();
        assert_eq!(phone.send(&ready).text(), answers[0], "and after it has ended");
        assert_eq!(city.lane.reports(None).unwrap().len(), 1);
        assert_eq!(city.store.count().unwrap(), 1);
        assert_eq!(city.verify().faults.named, []);
    }
}

#[test]
fn a_nonce_that_the_door_does_not_know_is_told_and_does_nothing() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    phone.send(&phone.seal("first", Vec::new())).text();
    let nonce = [7; 32];
    let mut proof = phone.receipt.mailbox().as_bytes().to_vec();
    proof.extend_from_slice(&nonce);
    proof.extend_from_slice(&phone.receipt.return_key().prove(&phone.receipt.mailbox(), &nonce));
    // As after a restart of the server: silence would be taken for a withdrawal that was done.
    assert_eq!(phone.call("POST", "/in/withdraw", &[], &proof).code(), "409 nonce");
    assert_eq!(phone.call("POST", "/in/mailbox", &[], &[&proof[..], &[0, 0]].concat()).code(), "409 nonce");
    assert_eq!(city.lane.reports(None).unwrap().remove(0).withdrawn, None);
    assert_eq!(phone.call("POST", "/in/withdraw", &[], &phone.proof()).status, 204);
    assert_eq!(city.lane.reports(None).unwrap().remove(0).withdrawn, Some(DAY));
}

#[test]
fn a_follow_up_needs_a_proof_of_return() {
    for base in BOTH {
        let city = City::new(base);
        let phone = Phone::new(&city);
        let first = phone.send(&phone.seal("first", Vec::new())).text();
        let more = phone.seal("and one thing more", Vec::new());
        assert_eq!(phone.send(&more).code(), "409 mailbox-used");
        let stranger = Phone::new(&city);
        stranger.send(&stranger.seal("mine", Vec::new())).text();
        let other = URL_SAFE_NO_PAD.encode(stranger.proof());
        assert_eq!(phone.send_with(&more.body, &[("vouchsafe-return", &other)]).code(), "409 mailbox-used");
        let proof = URL_SAFE_NO_PAD.encode(phone.proof());
        let sent = phone.send_with(&more.body, &[("vouchsafe-return", &proof)]);
        phone.check(&city.promise_key(), &more, &sent);
        let mut promised = phone.back(&city).promises(0);
        promised.sort();
        let mut given = [first, sent.text()];
        given.sort();
        assert_eq!(promised, given, "whoever comes back gets the promises that were given");
        assert_eq!(phone.promises(1), Vec::<String>::new());
        let third = phone.seal("a third", Vec::new());
        let again = phone.send_with(&third.body, &[("vouchsafe-return", &proof)]);
        assert_eq!(again.code(), "409 mailbox-used", "a nonce is good once");
        // Another key for the same mailbox takes it over for nobody.
        let mut body = phone.seal("taken over", Vec::new()).body;
        body[36..68].copy_from_slice(&stranger.receipt.return_key().public());
        let proof = URL_SAFE_NO_PAD.encode(phone.proof());
        assert_eq!(phone.send_with(&body, &[("vouchsafe-return", &proof)]).code(), "409 mailbox-used");
        assert_eq!(city.end_day(), 3);
        assert_eq!(city.verify().faults.named, []);
    }
}

#[test]
fn a_report_in_the_moment_of_midnight_is_of_the_next_day() {
    for base in BOTH {
        let city = City::new(base);
        let phone = Phone::new(&city);
        let (sealed, attachment) = phone.seal_file(b"a file", "a.jpg");
        let ready = phone.seal("late", vec![(phone.upload(&sealed), attachment)]);
        // The day was ended by the closer's clock; the door's is a moment behind.
        city.lane.end_days(DAY).unwrap();
        let promised = phone.check(&city.promise_key(), &ready, &phone.send(&ready));
        assert_eq!((promised.day.as_str(), promised.by.as_str()), ("2026-11-27", "2026-11-28"));
        let empty: serde_json::Value =
            serde_json::from_str(&phone.call("GET", "/in/days/2026-11-26", &[], b"").text()).unwrap();
        assert_eq!((empty["leaves"].as_str(), empty["first"].as_u64()), (Some(""), Some(0)));
        city.clock.set(date(2026, 11, 28));
        assert_eq!(city.door.close_days().unwrap(), 1);
        city.follow();
        phone.find(&city, &promised);
        assert_eq!(city.verify().faults.named, []);
    }
}

#[test]
fn gate_and_reports_share_a_log_and_no_sequence() {
    let city = City::new(Base::Sqlite);
    let mut promises = Vec::new();
    for number in 0..40 {
        city.store.commit("say", vec![crate::store::draft(&format!("gate {number}"))]).unwrap();
        let phone = Phone::new(&city);
        let ready = phone.seal("x", Vec::new());
        let promised = phone.check(&city.promise_key(), &ready, &phone.send(&ready));
        promises.push((phone, promised));
    }
    city.follow();
    assert_eq!(city.store.count().unwrap(), 40, "no report takes a number before its day has ended");
    city.end_day();
    city.store.commit("say", vec![crate::store::draft("afterwards")]).unwrap();
    city.follow();
    let places: Vec<u64> = promises.iter().map(|(phone, promised)| phone.find(&city, promised)).collect();
    assert!(places.iter().all(|place| (40..80).contains(place)), "{places:?}");
    assert!(!places.is_sorted(), "the order of arrival is gone");
    let mut by_leaf: Vec<_> = promises.iter().map(|(_, promised)| &promised.leaf).zip(places).collect();
    by_leaf.sort();
    assert!(by_leaf.iter().map(|(_, place)| *place).eq(40..80), "an order of the leaves, which tells nothing");
    let entries = city.store.entries(40, 40).unwrap();
    assert!(entries.iter().all(|stored| stored.entry().unwrap().at.to_string() == "2026-11-26T00:00:00Z"));
    let report = city.verify();
    assert_eq!(report.faults.named, []);
    assert_eq!(report.size, 81);
}

#[test]
fn many_phones_at_once_each_get_a_promise_of_their_own() {
    for base in BOTH {
        let city = City::new(base);
        let send = || -> Vec<String> {
            let one = |_| {
                let phone = Phone::new(&city);
                let ready = phone.seal("x", Vec::new());
                phone.check(&city.promise_key(), &ready, &phone.send(&ready)).leaf
            };
            (0..10).map(one).collect()
        };
        let leaves: std::collections::HashSet<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
            threads.into_iter().flat_map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(
            (leaves.len(), city.store.count().unwrap()),
            (80, 0),
            "{base:?}: nothing is counted before the day ends"
        );
        assert_eq!((city.end_day(), city.verify().faults.named), (80, Vec::new()));
    }
}
