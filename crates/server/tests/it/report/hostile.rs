//! What does not hold is refused, each with its code, and nothing of it is kept.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use seal::reply::SEALED_REPLY_BYTES;
use server::report::answers::LOOK_BYTES;

use super::*;

#[test]
fn without_work_nothing_is_read() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    let ready = phone.seal("x", Vec::new());
    let media = ("content-type", "application/vnd.vouchsafe.report");
    let with = |work: &str| phone.call("POST", "/in/reports", &[media, ("vouchsafe-work", work)], &ready.body).code();
    assert_eq!(phone.call("POST", "/in/reports", &[media], &ready.body).code(), "428 work");
    let work = phone.work();
    for wrong in
        ["", "x", "!!", &"A".repeat(43), &"A".repeat(5000), &work[..work.len() - 11], &format!("{work}AAAAAAAAAAA")]
    {
        assert_eq!(with(wrong), "428 work", "{wrong}");
    }
    assert_eq!(with(&work), "200 ");
    assert_eq!(with(&work), "428 work", "used");
    let upload = [("tus-resumable", "1.0.0"), ("upload-length", "10"), ("vouchsafe-work", &*work)];
    assert_eq!(phone.call("POST", "/in/uploads", &upload, b"").code(), "428 work");
    assert_eq!(city.lane.reports(None).unwrap().len(), 1);
}

#[test]
fn a_body_cut_off_or_changed_at_any_boundary_is_refused() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    let good = phone.seal("x", Vec::new()).body;
    let change = |at: usize, byte: u8| {
        let mut body = good.clone();
        body[at] ^= byte;
        body
    };
    let mut cases: Vec<(String, Vec<u8>, &str)> = Vec::new();
    for end in [0, 1, 3, 4, 35, 36, 67, 68, 99, 100, 101, 104, 105, 106, 127, 2000, good.len() - 1] {
        cases.push((format!("cut at {end}"), good[..end].to_vec(), "400 form"));
    }
    cases.push(("longer".into(), [&good[..], b"x"].concat(), "400 form"));
    cases.push(("magic".into(), change(0, 1), "400 form"));
    cases.push(("attachments that are not there".into(), change(100, 2), "400 form"));
    cases.push(("too many attachments".into(), change(100, 255), "400 form"));
    cases.push(("a length beyond".into(), change(101, 255), "400 form"));
    cases.push(("a shorter length".into(), change(104, 1), "400 form"));
    cases.push(("an envelope of text".into(), change(106, 32), "400 form"));
    cases.push(("another kind of recipient".into(), change(105 + 30, 1), "400 form"));
    for (what, body, wanted) in cases {
        assert_eq!(phone.send_with(&body, &[]).code(), wanted, "{what}");
    }
    let work = phone.work();
    for media in ["application/octet-stream", "application/x-www-form-urlencoded", "text/plain"] {
        let headers = [("content-type", media), ("vouchsafe-work", &*work)];
        assert_eq!(phone.call("POST", "/in/reports", &headers, &good).code(), "400 form", "{media}");
    }
    assert!(city.lane.reports(None).unwrap().is_empty());

    // Announced, and not sent: the connection ends, nothing is kept.
    let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "POST /in/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.vouchsafe.report\r\ncontent-length: {}\r\n\
         vouchsafe-work: {}\r\n\r\n",
        good.len(),
        phone.work()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&good[..good.len() / 2]).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // Whether an answer still comes is the server's own affair.
    let _ = stream.read_to_string(&mut answer);
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(city.lane.reports(None).unwrap().is_empty());
    // One that announces too much is refused before any of it came.
    let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
    let head = "POST /in/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.vouchsafe.report\r\n\
         content-length: 2000000\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // A body without a length would have no end that is known beforehand.
    let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
    let head = "POST /in/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.vouchsafe.report\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[test]
fn attachments_must_be_there_whole_and_the_ones_that_are_named() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    let (sealed, attachment) = phone.seal_file(b"a file", "a.jpg");
    let content = attachment.content;
    let envelope = phone.seal("x", Vec::new()).envelope;
    let named = |id: [u8; 16], name: ContentId| phone.ready(envelope.clone(), vec![(id, name)]);
    assert_eq!(phone.send(&named([7; 16], content)).code(), "409 attachment-missing");

    let begun = phone.begin_upload(sealed.len());
    let place = begun.headers["location"].to_str().unwrap().to_owned();
    let mut id = [0; 16];
    hex::decode_to_slice(place.rsplit('/').next().unwrap(), &mut id).unwrap();
    phone.patch(&place, 0, &sealed[..1000]);
    assert_eq!(phone.send(&named(id, content)).code(), "409 attachment-missing", "half of it");
    phone.patch(&place, 1000, &sealed[1000..]);
    assert_eq!(phone.send(&named(id, ContentId::of(b"other"))).code(), "409 attachment-differs");
    let report = named(id, content);
    phone.send(&report).text();
    // It is that report's now, and nobody else's.
    let other = Phone::new(&city);
    let envelope = other.seal("y", Vec::new()).envelope;
    assert_eq!(other.send(&other.ready(envelope, vec![(id, content)])).code(), "409 attachment-missing");
    assert_eq!(phone.call("DELETE", &place, &[("tus-resumable", "1.0.0")], b"").status, 404);
    assert!(phone.send(&report).status == 200);
    // The envelope may not be named as an attachment of itself.
    let third = Phone::new(&city);
    let envelope = third.seal("z", Vec::new()).envelope;
    let mut ready = third.ready(envelope.clone(), vec![(id, content)]);
    ready.body[117..149].copy_from_slice(ContentId::of(&envelope).as_bytes());
    assert_eq!(third.send(&ready).code(), "400 form");
}

#[test]
fn uploads_follow_tus() {
    let limits = Limits { total_bytes: 1 << 20, count: 3, reserve_bytes: 0, ..Limits::default() };
    let city = City::with(Base::Sqlite, limits);
    let phone = Phone::new(&city);
    let tus = ("tus-resumable", "1.0.0");
    let spoken = phone.call("OPTIONS", "/in/uploads", &[], b"");
    assert_eq!(
        (spoken.status, spoken.headers["tus-extension"].to_str().unwrap()),
        (204, "creation,termination,checksum")
    );
    assert_eq!(phone.call("POST", "/in/uploads", &[("upload-length", "1")], b"").status, 412);
    let work = phone.work();
    let with = |headers: &[(&str, &str)]| {
        let all = [&[tus, ("vouchsafe-work", &*work)], headers].concat();
        phone.call("POST", "/in/uploads", &all, b"").code()
    };
    assert_eq!(with(&[]), "400 form");
    assert_eq!(with(&[("upload-length", "-1")]), "400 form");
    assert_eq!(with(&[("upload-defer-length", "1"), ("upload-length", "1")]), "400 form");
    assert_eq!(with(&[("upload-length", "1"), ("upload-metadata", "filename bWU=")]), "400 form", "names are sealed");
    assert_eq!(with(&[("upload-length", "99999999999")]), "413 too-long");

    let begun = phone.begin_upload(1000);
    let place = begun.headers["location"].to_str().unwrap().to_owned();
    let offset = || phone.call("HEAD", &place, &[tus], b"").headers["upload-offset"].to_str().unwrap().to_owned();
    assert_eq!(phone.patch(&place, 1, &[1; 10]).status, 409);
    assert_eq!(phone.patch(&place, 0, &[1; 1001]).code(), "413 too-long");
    assert_eq!(phone.patch(&place, 0, &[1; 400]).status, 204);
    assert_eq!(offset(), "400");
    // A part whose checksum does not hold does not count, and the right one goes on from the same place.
    let wrong = format!("sha256 {}", STANDARD.encode([0; 32]));
    assert_eq!(phone.patch_with(&place, 400, &[2; 600], &[("upload-checksum", &wrong)]).status, 460);
    assert_eq!(phone.patch_with(&place, 400, &[2; 600], &[("upload-checksum", "md5 AAAA")]).status, 400);
    assert_eq!(offset(), "400");
    let override_patch = [
        tus,
        ("upload-offset", "400"),
        ("content-type", "application/offset+octet-stream"),
        ("x-http-method-override", "PATCH"),
    ];
    assert_eq!(phone.call("POST", &place, &override_patch, &[3; 600]).status, 204);
    assert_eq!(offset(), "1000");
    let plain = [tus, ("upload-offset", "1000"), ("content-type", "text/plain")];
    assert_eq!(phone.call("PATCH", &place, &plain, b"").status, 415);
    assert_eq!(phone.call("DELETE", &place, &[tus], b"").status, 204);
    assert_eq!(phone.call("HEAD", &place, &[tus], b"").status, 404);
    assert_eq!(std::fs::read_dir(city.path().join("blobs/uploads")).unwrap().count(), 0);

    // Limits are for all together.
    assert_eq!(phone.begin_upload(1 << 20).status, 201);
    assert_eq!(phone.begin_upload(1).code(), "503 full");
    assert!(phone.begin_upload(1).headers.contains_key("retry-after"));
    let ready = phone.seal("text has a place of its own", Vec::new());
    assert_eq!(phone.send(&ready).status, 200, "a full house for uploads is none for reports");
    for path in ["/in/uploads/..", "/in/uploads/%2e%2e%2frecord", "/in/uploads/AA", "/in/other", "/in/"] {
        assert!(matches!(phone.call("HEAD", path, &[tus], b"").status, 404), "{path}");
    }
}

#[test]
fn an_upload_goes_on_where_it_broke_off() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    let bytes: Vec<u8> = (0..900_000_u32).map(|byte| (byte % 251) as u8).collect();
    let begun = phone.begin_upload(bytes.len());
    let place = begun.headers["location"].to_str().unwrap().to_owned();
    {
        let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
        let head = format!(
            "PATCH {place} HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
             content-type: application/offset+octet-stream\r\ncontent-length: {}\r\n\r\n",
            bytes.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&bytes[..500_000]).unwrap();
        // The phone has gone into a tunnel.
    }
    let tus = ("tus-resumable", "1.0.0");
    // As the protocol's clients do: ask where it stands, go on from there, and ask again while the old part still lingers.
    loop {
        let asked = phone.call("HEAD", &place, &[tus], b"");
        if asked.status == 200 {
            let resumed_from = asked.headers["upload-offset"].to_str().unwrap().parse::<usize>().unwrap();
            assert!(resumed_from <= 500_000);
            // Who is refused before all was sent may find the connection closed instead of an answer, and asks again as well.
            match phone.try_patch(&place, resumed_from, &bytes[resumed_from..], &[]).map(|answer| answer.status) {
                Some(204) => break,
                Some(status) => assert!([409, 423].contains(&status), "{status} from {resumed_from}"),
                None => {}
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut id = [0; 16];
    hex::decode_to_slice(place.rsplit('/').next().unwrap(), &mut id).unwrap();
    let ready = phone.ready(phone.seal("x", Vec::new()).envelope, vec![(id, ContentId::of(&bytes))]);
    phone.send(&ready).text();
}

#[test]
fn an_unknown_mailbox_is_answered_like_one_without_answers() {
    for base in BOTH {
        let city = City::new(base);
        let known = Phone::new(&city);
        known.send(&known.seal("x", Vec::new())).text();
        let unknown = Phone::new(&city);
        let look = |phone: &Phone, change: usize| {
            let mut body = phone.proof();
            body.extend_from_slice(&0_u16.to_be_bytes());
            if let Some(byte) = body.get_mut(change) {
                *byte ^= 1;
            }
            phone.call("POST", "/in/mailbox", &[], &body)
        };
        let answered = Phone::new(&city);
        answered.send(&answered.seal("x", Vec::new())).text();
        answered.gets_an_answer(&city, "We have read it.");
        for phone in [&known, &answered, &unknown] {
            assert_eq!(look(phone, 40).code(), "409 nonce", "of a nonce that is not ours everybody is told");
        }
        let mut seen = Vec::new();
        let looks = [(&known, 999), (&answered, 999), (&unknown, 999), (&known, 0), (&known, 100)];
        for (phone, change) in looks.into_iter().chain([(&answered, 100), (&unknown, 100)]) {
            let answer = look(phone, change);
            assert_eq!((answer.status, answer.body.len()), (200, LOOK_BYTES));
            let mut headers = answer.headers.clone();
            headers.remove("date");
            seen.push(headers);
        }
        assert!(seen.iter().all(|headers| *headers == seen[0]), "{seen:?}");
        for phone in [&known, &unknown] {
            let mut wrong = phone.proof();
            wrong[127] ^= 1;
            assert_eq!(phone.call("POST", "/in/withdraw", &[], &wrong).status, 204);
        }
        assert!(city.lane.reports(None).unwrap().iter().all(|report| report.withdrawn.is_none()));
        for length in [0, 1, 127, 129, 130] {
            assert_eq!(known.call("POST", "/in/withdraw", &[], &vec![0; length]).status, 400, "{length}");
        }
        for length in [0, 128, 129] {
            assert_eq!(known.call("POST", "/in/mailbox", &[], &vec![0; length]).status, 400, "{length}");
        }
        assert_eq!(known.call("POST", "/in/mailbox", &[], &[0; 131]).status, 413);
        for day in ["2026-02-30", "2026-1-1", "x", "20261126"] {
            assert_eq!(known.call("GET", &format!("/in/days/{day}"), &[], b"").status, 400, "{day}");
        }
        assert_eq!(known.call("GET", "/in/days/2027-01-01", &[], b"").code(), "404 not-yet");
    }
}

/// 200 clients that do what they can, with work and without, do not keep a phone out: it has its promise within half a minute, which is
/// what the design promises a person, and here a fraction of a second in a build with debug assertions.
#[test]
fn a_flood_does_not_stop_a_real_phone() {
    for base in BOTH {
        flood(&City::new(base));
    }
}

fn flood(city: &City) {
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 0..200 {
            let stop = &stop;
            scope.spawn(move || {
                let phone = Phone::new(city);
                let body = vec![0; 200_000];
                let media = ("content-type", "application/vnd.vouchsafe.report");
                while !stop.load(Ordering::Relaxed) {
                    if number % 10 == 0 {
                        // Honest work for nothing.
                        phone.send_with(&body[..200], &[]);
                    } else {
                        phone.call("POST", "/in/reports", &[media], &body[..20_000]);
                        phone.call("GET", "/in/work", &[], b"");
                        phone.call("GET", "/in/days/2026-11-25", &[], b"");
                    }
                }
            });
        }
        for _ in 0..3 {
            let begun = Instant::now();
            Phone::gets_its_promise(city);
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(city.lane.reports(None).unwrap().len(), 3);
}

#[test]
fn only_a_proof_that_holds_opens_a_mailbox() {
    for base in BOTH {
        let city = City::new(base);
        let (phone, stranger) = (Phone::new(&city), Phone::new(&city));
        for one in [&phone, &stranger] {
            one.send(&one.seal("x", Vec::new())).text();
        }
        phone.gets_an_answer(&city, "We have read it.");
        let kept = Answers::below(city.path()).page(Some(&phone.receipt.mailbox()), 0).unwrap();
        let answer = &kept[..SEALED_REPLY_BYTES];
        let gives = |proof: &[u8]| {
            let look = phone.call("POST", "/in/mailbox", &[], &[proof, &[0, 0]].concat());
            if look.code() == "409 nonce" {
                return (false, false);
            }
            let look = look.body;
            (look.starts_with(answer), look[PAGE_BYTES..PAGE_BYTES + 2] != [0, 0])
        };
        let (good, theirs) = (phone.proof(), stranger.proof());
        let changed = |at: usize| {
            let mut proof = good.clone();
            proof[at] ^= 1;
            proof
        };
        for wrong in [[&good[..32], &theirs[32..]].concat(), changed(40), changed(100)] {
            assert_eq!(gives(&wrong), (false, false), "{base:?}");
        }
        assert_eq!(gives(&good), (true, true), "what did not hold has not used the nonce up");
        assert_eq!(gives(&good), (false, false), "a nonce is good once");
    }
}

#[test]
fn without_work_or_proof_every_call_by_every_method_gives_what_is_everybodys() {
    let city = City::new(Base::Sqlite);
    let phone = Phone::new(&city);
    let open = ["GET /in/work", "HEAD /in/work", "GET /in/nonce", "HEAD /in/nonce", "OPTIONS /in/uploads"];
    let calls = "/in/work /in/nonce /in/reports /in/uploads /in/uploads/00 /in/keys /in/mailbox /in/withdraw /in/overdue \
        /in/days/2026-11-26 /in/ /gate /requests /filings /log/checkpoint /sign-in /healthz /metrics /admin";
    for path in calls.split_whitespace() {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let (answer, call) = (phone.call(method, path, &[], b""), format!("{method} {path}"));
            assert_eq!((200..400).contains(&answer.status), open.contains(&&*call), "{call}: {}", answer.status);
            assert!(answer.status < 500 && !answer.headers.contains_key("set-cookie"), "{call}");
        }
    }
}
