//! What the gateway refuses: before a call is opened in the open, after it under the seal.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use server::report::{oblivious::MAX_CAPSULE_BYTES, room::Pace};

use super::*;

const MEDIA: (&str, &str) = ("content-type", "message/ohttp-req");

/// A client without a relay: the gateway does not know, and does not ask, who comes.
fn direct(city: &City) -> (Phone, Vec<u8>) {
    let phone = Phone::new(city);
    let keys = phone.call("GET", GATEWAY, &[], b"");
    assert_eq!(keys.status, 200);
    (phone, keys.body)
}

fn sealed(keys: &[u8], message: &[u8]) -> (Vec<u8>, ohttp::ClientResponse) {
    ohttp::ClientRequest::from_encoded_config_list(keys).unwrap().encapsulate(message).unwrap()
}

#[test]
fn a_door_that_takes_no_relays_has_no_gateway() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    assert_eq!(phone.call("GET", GATEWAY, &[], b"").status, 404);
    assert_eq!(phone.call("POST", GATEWAY, &[MEDIA], b"x").status, 405);
}

/// RFC 9458, sections 5.2 and 5.3.
#[test]
fn what_cannot_be_opened_is_refused_in_the_open_and_an_unknown_key_by_its_problem_type() {
    let city = city();
    let (phone, keys) = direct(&city);
    // Key configuration: its length, its name, and the list has no other (RFC 9458, section 3).
    assert_eq!((keys.len(), &keys[..2], &keys[3..5]), (2 + 45, &[0, 45][..], &[0, 0x20][..]));
    let post = |capsule: &[u8]| phone.call("POST", GATEWAY, &[MEDIA], capsule);
    let (capsule, opener) = sealed(&keys, b"\0\x03GET\x05https\x0freports.example\x08/in/work");
    let good = post(&capsule);
    assert_eq!((good.status, good.headers["cache-control"].to_str().unwrap()), (200, "no-store"));
    assert_eq!(read(&opener.decapsulate(&good.body).unwrap()).body.len(), 36);

    let problem = |answer: &Answer| {
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let media = answer.headers["content-type"].to_str().unwrap().to_owned();
        (answer.status, media, body["type"].as_str().unwrap_or_default().to_owned())
    };
    let key = (
        400,
        "application/problem+json".to_owned(),
        "https://iana.org/assignments/http-problem-types#ohttp-key".to_owned(),
    );
    for at in 0..capsule.len() {
        let mut changed = capsule.clone();
        changed[at] ^= 1 << (at % 8);
        let answer = post(&changed);
        assert_eq!(problem(&answer), key, "byte {at}");
    }
    let least = 7 + 32 + 16;
    for end in 0..capsule.len() {
        let answer = post(&capsule[..end]);
        if end < least {
            assert_eq!(answer.code(), "400 form", "{end}");
        } else {
            assert_eq!(problem(&answer), key, "{end}");
        }
    }
    assert_eq!(problem(&post(&[&*capsule, b"x"].concat())), key);
    // A key of the process before, or of another city: also where it happens to have the same name.
    let (other, _) = sealed(&direct(&super::city()).1, b"x");
    let mut unknown = other;
    unknown[0] = keys[2];
    assert_eq!(problem(&post(&unknown)), key);
    unknown[0] = keys[2].wrapping_add(1);
    assert_eq!(problem(&post(&unknown)), key);
    // And what is no call at all.
    assert_eq!(phone.call("POST", GATEWAY, &[("content-type", "message/bhttp")], &capsule).code(), "400 form");
    assert_eq!(phone.call("POST", GATEWAY, &[], &capsule).code(), "400 form");
    assert_eq!(phone.call("PUT", GATEWAY, &[MEDIA], &capsule).status, 405);
    Phone::gets_its_promise(&city);
}

/// A length is announced, and is no greater than that of the longest report; nothing of more is read.
#[test]
fn a_call_that_is_too_long_or_of_no_length_is_refused_before_it_is_read() {
    assert_eq!(MAX_CAPSULE_BYTES, 1_199_264, "as docs/report-protocol.md says");
    let city = city();
    let (phone, keys) = direct(&city);
    let head = |announced: &str| {
        let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
        let head =
            format!("POST {GATEWAY} HTTP/1.1\r\nhost: x\r\ncontent-type: message/ohttp-req\r\n{announced}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        String::from_utf8(answer.to_vec()).unwrap()
    };
    assert_eq!(head(&format!("content-length: {}", MAX_CAPSULE_BYTES + 1)), "HTTP/1.1 413");
    assert_eq!(head("transfer-encoding: chunked"), "HTTP/1.1 400");
    // The longest that may be is read; what is in it is refused by the door as from anybody.
    let mut longest = message(["POST", "https", "reports.example", "/in/reports"], &[], b"");
    longest.resize(MAX_CAPSULE_BYTES - 55, 0);
    let (capsule, opener) = sealed(&keys, &longest);
    let answer = phone.call("POST", GATEWAY, &[MEDIA], &capsule);
    assert_eq!(answer.status, 200);
    assert_eq!(read(&opener.decapsulate(&answer.body).unwrap()).code(), "400 form");
}

#[test]
fn what_is_inside_meets_the_rules_of_a_direct_call_and_is_refused_under_the_seal() {
    let city = city();
    let phone = phone(&city);
    let through = phone.through.as_ref().unwrap();
    let at = |control: [&str; 4]| through.ask(&message(control, &[], b"")).code();
    assert_eq!(at(["GET", "https", "city.example", "/in/work"]), "421 elsewhere");
    assert_eq!(at(["GET", "http", "reports.example", "/in/work"]), "421 elsewhere");
    assert_eq!(at(["GET", "https", "reports.example", "https://city.example/in/work"]), "400 form");
    assert_eq!(at(["GET", "https", "reports.example", "//city.example/"]), "400 form");
    assert_eq!(at(["GET", "https", "reports.example", GATEWAY]), "404 not-found");
    assert_eq!(at(["GET", "https", "reports.example", "/in/gone"]), "404 not-found");
    // The gate's paths are another listener's; here they are nothing.
    for path in ["/gate", "/filings", "/log", "/healthz", "/metrics", "/.well-known/%6fhttp-gateway"] {
        assert_eq!(at(["GET", "https", "reports.example", path]), "404 ", "{path}");
    }
    // A call within a call.
    let (capsule, _) = sealed(&through.keys, &message(["GET", "https", "reports.example", "/in/work"], &[], b""));
    let nested = message(["POST", "https", "reports.example", GATEWAY], &[MEDIA], &capsule);
    assert_eq!(through.ask(&nested).code(), "404 not-found");
    assert_eq!(through.ask(b"").code(), "400 form");
    assert_eq!(through.ask(&[0xff; 2000]).code(), "400 form");
    assert_eq!(through.ask(b"\x01\x40\xc8").code(), "400 form", "an answer is no call");

    // No work, used work, a wrong form, a mailbox of somebody else: as without a relay.
    let ready = phone.seal("once", Vec::new());
    let media = ("content-type", "application/vnd.vouchsafe.report");
    assert_eq!(phone.call("POST", "/in/reports", &[media], &ready.body).code(), "428 work");
    let work = phone.work_for(ready.body.len());
    let worked = [media, ("vouchsafe-work", &*work)];
    phone.check(&city.promise_key(), &ready, &phone.call("POST", "/in/reports", &worked, &ready.body));
    assert_eq!(phone.call("POST", "/in/reports", &worked, &ready.body).code(), "428 work");
    let other = phone.seal("another", Vec::new());
    assert_eq!(phone.send(&other).code(), "409 mailbox-used");
    assert_eq!(phone.send_with(b"VSR1", &[]).code(), "400 form");
    assert_eq!(city.lane.reports(None).unwrap().len(), 1);
}

/// Many who hold calls open and send nothing take no room from one who sends, nor from those who come without a relay.
#[test]
fn calls_that_drip_leave_for_one_that_comes() {
    let pace = Pace { grace: Duration::from_secs(2), ..Pace::default() };
    let limits = Limits { reserve_bytes: 0, oblivious_bytes: 4 * 40 * (16 << 10), pace, ..Limits::default() };
    let city = city_with(limits);
    let mut drips: Vec<TcpStream> = (0..60)
        .map(|_| {
            let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
            let head = format!(
                "POST {GATEWAY} HTTP/1.1\r\nhost: x\r\ncontent-type: message/ohttp-req\r\ncontent-length: 60000\r\n\r\nV"
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    let phone = phone(&city);
    let ready = phone.seal("I am real", Vec::new());
    phone.check(&city.promise_key(), &ready, &phone.send(&ready));
    Phone::gets_its_promise(&city);
    // There was no room for all: some were sent away, and told so or cut off.
    let left = |drip: &mut TcpStream| {
        drip.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        drip.read(&mut [0; 64]).is_ok()
    };
    assert!(drips.iter_mut().any(left), "nothing bounds them");
}

/// There is a bound for all together: where it is less than a call needs, the call is told so, and nothing is held.
#[test]
fn where_there_is_no_room_a_call_is_told_so() {
    let city = city_with(Limits { reserve_bytes: 0, oblivious_bytes: 4 * (64 << 10), ..Limits::default() });
    let phone = phone(&city);
    let through = phone.through.as_ref().unwrap();
    let (capsule, _) = sealed(&through.keys, &vec![0; 40_000]);
    let answer = through.relay.post(&capsule);
    assert_eq!(answer.code(), "503 full");
    // An answer for which there is none is refused under the seal: the call was done.
    assert_eq!(phone.call("POST", "/in/mailbox", &[], &[&phone.proof()[..], &[0, 0]].concat()).code(), "503 full");
    assert_eq!(phone.call("GET", "/in/nonce", &[], b"").status, 200, "what is short has its place");
    Phone::gets_its_promise(&city);
}
