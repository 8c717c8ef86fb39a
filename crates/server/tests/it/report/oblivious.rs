//! The door through a relay: RFC 9458 with the relay of these tests, and with the crate `ohttp` as the client.
//!
//! The phone comes from 127.0.0.2, the relay from 127.0.0.1, and in front of the door somebody notes every byte and address.

mod refused;
mod relay;

use bhttp::{Message, Mode};
use server::report::oblivious::{GATEWAY, inner::padded};

use self::relay::{Relay, Seen};
use super::*;

/// The door's own address in these tests.
const DOOR: &str = "https://reports.example";

/// A city whose door takes calls through relays.
fn city() -> City {
    city_with(Limits { reserve_bytes: 0, ..Limits::default() })
}

fn city_with(limits: Limits) -> City {
    City::through(Base::Sqlite, limits, |parts| Parts { oblivious: Some(DOOR.parse().unwrap()), ..parts })
}

/// A call in binary HTTP, padded as docs/ops/oblivious-http.md asks of clients.
fn message([method, scheme, authority, path]: [&str; 4], headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut message = Message::request(method.into(), scheme.into(), authority.into(), path.into());
    for (name, value) in headers {
        message.put_header(*name, *value);
    }
    message.write_content(body);
    let mut out = Vec::new();
    message.write_bhttp(Mode::KnownLength, &mut out).unwrap();
    out.resize(padded(out.len()), 0);
    out
}

fn read(message: &[u8]) -> Answer {
    let message = Message::read_bhttp(&mut std::io::Cursor::new(message)).unwrap();
    let mut headers = ureq::http::HeaderMap::new();
    for field in message.header().fields() {
        let name = ureq::http::HeaderName::from_bytes(field.name()).unwrap();
        headers.append(name, ureq::http::HeaderValue::from_bytes(field.value()).unwrap());
    }
    Answer { status: message.control().status().unwrap().code(), body: message.content().to_vec(), headers }
}

/// What a client knows: a relay, and the keys that it was given there.
pub struct Through {
    relay: Relay,
    keys: Vec<u8>,
}

impl Through {
    fn new(relay: Relay) -> Self {
        let keys = relay.keys();
        assert_eq!((keys.status, keys.headers["content-type"].to_str().unwrap()), (200, "application/ohttp-keys"));
        Self { relay, keys: keys.body }
    }

    /// One call, sealed; its answer, opened.
    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.ask(&message([method, "https", "reports.example", path], headers, body))
    }

    fn ask(&self, message: &[u8]) -> Answer {
        let client = ohttp::ClientRequest::from_encoded_config_list(&self.keys).unwrap();
        let (capsule, opener) = client.encapsulate(message).unwrap();
        let answer = self.relay.post(&capsule);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.headers["content-type"], "message/ohttp-res");
        read(&opener.decapsulate(&answer.body).unwrap())
    }
}

/// A phone that calls through a relay; its own way to the door leads nowhere.
fn phone(city: &City) -> Phone {
    let through = Through::new(Relay::start(&city.url));
    Phone { url: "http://127.0.0.1:1".to_owned(), through: Some(Arc::new(through)), ..Phone::new(city) }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_report_goes_its_whole_way_through_a_relay_that_learns_nothing_of_it() {
    let city = city();
    let phone = phone(&city);
    let photo: Vec<u8> = (0..400_000_u32).map(|byte| (byte * 7) as u8).collect();
    let (sealed, attachment) = phone.seal_file(&photo, "a.jpg");
    let upload = phone.upload(&sealed);
    let ready = phone.seal("Two officers at the corner of Telltale Street.", vec![(upload, attachment)]);
    let promised = phone.check(&city.promise_key(), &ready, &phone.send(&ready));
    assert_eq!(city.end_day(), 1);

    // On another day, through the same relay: the day, the keys' answer, the mailbox, and a withdrawal.
    let back = Phone { through: phone.through.clone(), url: phone.url.clone(), ..phone.back(&city) };
    back.find(&city, &promised);
    assert_eq!(back.look(0).len(), server::report::answers::LOOK_BYTES);
    assert_eq!(back.call("GET", "/in/keys", &[], b"").code(), "404 not-yet");
    assert_eq!(back.call("POST", "/in/withdraw", &[], &back.proof()).status, 204);
    assert_eq!(city.lane.reports(None).unwrap()[0].withdrawn, Some(city.clock.today()));
    assert!(city.verify().sound);

    // What the relay saw, and so whoever took it over, has none of what was said, sealed, asked or answered.
    let Seen { from_phone, to_phone, calls } = phone.through.as_ref().unwrap().relay.seen();
    let mailbox = phone.receipt.mailbox();
    let leaf = promised.leaf.as_bytes();
    let telltale: [&[u8]; 9] = [
        b"Telltale",
        b"/in/",
        b"reports.example",
        b"vouchsafe-work",
        b"VSR1",
        mailbox.as_bytes(),
        &ready.envelope[..64],
        &ready.envelope[ready.envelope.len() - 64..],
        &sealed[1000..1064],
    ];
    for part in telltale.into_iter().chain([leaf]) {
        assert!(!has(&from_phone, part) && !has(&to_phone, part), "{}", String::from_utf8_lossy(part));
    }
    assert!(has(&from_phone, b"telltale phone"), "what it was told in the open it has");
    assert!(calls > 10 && from_phone.len() > sealed.len() + ready.body.len(), "{calls} calls");
}

/// What comes to the door is the relay's: its address, its own few headers, its one path.
#[test]
fn the_door_sees_the_relay_and_nothing_of_the_phone() {
    let city = city();
    let watched = relay::Watched::before(&city.url);
    let relay = Relay::start(&watched.url);
    let through = Through::new(relay);
    let fields = [("user-agent", "telltale inside"), ("x-forwarded-for", "203.0.113.77"), ("cookie", "telltale=1")];
    let answer = through.call("GET", "/in/work", &fields, b"");
    assert_eq!((answer.status, answer.body.len()), (200, 36));
    // The phone's own request told the relay all of this.
    let (peers, heads) = through.relay.peers();
    assert_eq!(peers, ["127.0.0.2", "127.0.0.2"]);
    assert!(heads.contains("telltale phone") && heads.contains("203.0.113.77"));

    let (peers, bytes) = watched.seen();
    assert!(!peers.is_empty() && peers.iter().all(|peer| peer == "127.0.0.1"), "{peers:?}");
    for part in ["telltale", "203.0.113.77", "127.0.0.2", "/in/", "x-forwarded-for", "cookie"] {
        assert!(!has(&bytes, part.as_bytes()), "{part}");
    }
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains(&format!("GET {GATEWAY} ")) && text.contains(&format!("POST {GATEWAY} ")), "{text}");
}

/// RFC 9458, section 6.5: a relay sends everything once more, and nothing comes of it.
#[test]
fn what_a_relay_sends_again_changes_nothing() {
    let city = city();
    let phone = phone(&city);
    let (sealed, attachment) = phone.seal_file(&[7; 50_000], "a.jpg");
    let ready = phone.seal("once", vec![(phone.upload(&sealed), attachment)]);
    phone.check(&city.promise_key(), &ready, &phone.send(&ready));
    let back = Phone { through: phone.through.clone(), ..phone.back(&city) };
    back.look(0);
    assert_eq!(back.call("POST", "/in/withdraw", &[], &back.proof()).status, 204);
    let relay = &phone.through.as_ref().unwrap().relay;
    let count = || (city.lane.reports(None).unwrap().len(), city.lane.reports(None).unwrap()[0].withdrawn);
    let before = count();
    let uploads = || std::fs::read_dir(city.path().join("blobs/uploads")).unwrap().count();
    let waiting = uploads();
    let sent = relay.posted();
    assert_eq!(sent.len(), 9, "work, upload, part; work, report; nonce, mailbox; nonce, withdrawal");
    for (capsule, answered) in sent {
        let again = relay.post(&capsule);
        assert_eq!(again.status, 200);
        // Nor does the length of what comes back tell the relay whether it was the first time.
        assert_eq!(again.body.len(), answered.len());
        assert_ne!(again.body, answered, "each answer is sealed anew");
    }
    assert_eq!(count(), before);
    assert_eq!(uploads(), waiting, "no upload was begun anew");
    assert_eq!(city.end_day(), 1);
    assert_eq!(city.verify().faults.named, []);
}

/// What lengths tell whoever watches the relay: that of short answers all are one, and no more than the steps of the others.
#[test]
fn short_answers_have_one_length_and_others_few() {
    let city = city();
    let phone = phone(&city);
    let ready = phone.seal("once", Vec::new());
    phone.check(&city.promise_key(), &ready, &phone.send(&ready));
    phone.proof();
    phone.call("POST", "/in/reports", &[("content-type", "application/vnd.vouchsafe.report")], b"no work");
    phone.call("GET", "/in/days/2026-11-26", &[], b"");
    let relay = &phone.through.as_ref().unwrap().relay;
    // Nonce of 16 bytes, and a tag.
    let length = |bytes: usize| bytes + 16 + 16;
    let lengths: Vec<usize> = relay.posted().iter().map(|(_, answer)| answer.len()).collect();
    assert_eq!(lengths, vec![length(1 << 10); 5], "work, promise, nonce, `work`, `not-yet`");
    for _ in 0..2 {
        phone.look(0);
    }
    let mailbox: Vec<usize> = relay.posted().iter().map(|(_, answer)| answer.len()).filter(|it| *it > 2000).collect();
    assert_eq!(mailbox, vec![length(80 << 10); 2]);
    // And of calls, where the client pads as the door does.
    let calls: Vec<usize> = relay.posted().iter().map(|(capsule, _)| capsule.len() - 55).collect();
    assert!(calls.iter().all(|length| padded(*length) == *length), "{calls:?}");
}
