//! The examples of RFC 9292, and every way in which a call inside is refused.

use super::*;

fn door() -> Origin {
    "https://reports.example".parse().unwrap()
}

/// A call as the crate `bhttp` writes it.
fn call(mode: Mode, [method, scheme, authority, path]: [&str; 4], fields: &[(&str, &str)], content: &[u8]) -> Vec<u8> {
    let mut message = Message::request(method.into(), scheme.into(), authority.into(), path.into());
    for (name, value) in fields {
        message.put_header(*name, *value);
    }
    message.write_content(content);
    let mut out = Vec::new();
    message.write_bhttp(mode, &mut out).unwrap();
    out
}

const HERE: [&str; 4] = ["POST", "https", "reports.example", "/in/reports"];
const BOTH: [Mode; 2] = [Mode::KnownLength, Mode::IndeterminateLength];

fn refused(message: &[u8]) -> String {
    read(message, &door()).map_or_else(|error| error.to_string(), |request| format!("{request:?}"))
}

#[test]
fn the_examples_of_rfc_9292_are_read_and_say_the_same() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/server/oblivious/rfc9292-examples.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        hex::decode(line.unwrap()).unwrap()
    };
    let known = of("request-known-length");
    let indeterminate = of("request-indeterminate-length");
    // The example has no authority, and its host in a field. Up to two, and twelve, bytes may be left off, says the RFC.
    let www: Origin = "https://www.example.com".parse().unwrap();
    for (example, off) in [(known, 2), (indeterminate, 12)] {
        for end in example.len() - off..=example.len() {
            let request = read(&example[..end], &www).unwrap();
            assert_eq!((request.method(), request.uri().path()), (&Method::GET, "/hello.txt"));
            let names: Vec<&str> = request.headers().keys().map(HeaderName::as_str).collect();
            assert_eq!(names, ["content-length"], "neither its user agent nor its language comes further");
            assert!(request.body().is_empty());
        }
        assert_eq!(refused(&example), "it is for another scheme or host than `https://reports.example`");
    }
}

#[test]
fn a_call_is_handed_on_with_the_fields_that_calls_read_and_no_other() {
    for mode in BOTH {
        let fields = [
            ("user-agent", "telltale"),
            ("content-type", "application/vnd.vouchsafe.report"),
            ("vouchsafe-work", "AAAA"),
            ("forwarded", "for=192.0.2.1"),
            ("cookie", "a=b"),
        ];
        let path = ["POST", "https", "REPORTS.example:443", "/in/reports?x=%20y"];
        let request = read(&call(mode, path, &fields, b"sealed"), &door()).unwrap();
        assert_eq!((request.method(), request.uri()), (&Method::POST, &"/in/reports?x=%20y".parse::<Uri>().unwrap()));
        assert_eq!(request.body(), &b"sealed"[..]);
        let mut kept: Vec<(&str, &str)> =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        kept.sort_unstable();
        let wanted =
            [("content-length", "6"), ("content-type", "application/vnd.vouchsafe.report"), ("vouchsafe-work", "AAAA")];
        assert_eq!(kept, wanted);
    }
}

#[test]
fn what_is_for_somebody_else_or_the_gateway_again_is_refused() {
    let elsewhere = "it is for another scheme or host than `https://reports.example`";
    let path = "its path does not begin with one slash, or is none";
    for (control, fields, wanted) in [
        (["GET", "https", "city.example", "/in/work"], vec![], elsewhere),
        (["GET", "http", "reports.example", "/in/work"], vec![], elsewhere),
        (["GET", "https", "", "/in/work"], vec![], elsewhere),
        (["GET", "https", "reports.example", "/in/work"], vec![("host", "city.example")], elsewhere),
        (["GET", "https", "city.example", "/in/work"], vec![("host", "reports.example")], elsewhere),
        (["GET", "https", "reports.example", "https://city.example/in/work"], vec![], path),
        (["GET", "https", "reports.example", "//city.example/in/work"], vec![], path),
        (["GET", "https", "reports.example", "in/work"], vec![], path),
        (["GET", "https", "reports.example", ""], vec![], path),
        (["GET", "https", "reports.example", "/in/work#x"], vec![], path),
        (["GET", "https", "reports.example", "/in/wo rk"], vec![], path),
        (["OPTIONS", "https", "reports.example", "*"], vec![], path),
        (["POST", "https", "reports.example", GATEWAY], vec![], "it is for the gateway itself"),
        (["GET", "https", "reports.example", "/.well-known/ohttp-gateway?x"], vec![], "it is for the gateway itself"),
        (["CONNECT", "https", "reports.example", "/in/work"], vec![], "its method is none of this door"),
        (["get", "https", "reports.example", "/in/work"], vec![], "its method is none of this door"),
        (
            ["GET", "https", "reports.example", "/in/work"],
            vec![("expect", "100-continue")],
            "it expects an interim answer",
        ),
        (
            ["GET", "https", "reports.example", "/in/work"],
            vec![("Upload-Offset", "1")],
            "a field of it is none of HTTP/2",
        ),
        (["GET", "https", "reports.example", "/in/work"], vec![(":path", "/x")], "a field of it is none of HTTP/2"),
        (["GET", "https", "reports.example", "/in/work"], vec![("x", "a\r\nb: c")], "a field of it is none of HTTP/2"),
        (["GET", "https", "reports.example", "/in/work"], vec![("x", " a")], "a field of it is none of HTTP/2"),
        (["GET", "https", "reports.example", "/in/work"], vec![("connection", "x")], "a field of it is none of HTTP/2"),
        (
            ["GET", "https", "reports.example", "/in/work"],
            vec![("content-length", "1")],
            "its content is not as long as it announces",
        ),
    ] {
        for mode in BOTH {
            assert_eq!(refused(&call(mode, control, &fields, b"")), wanted, "{control:?} {fields:?}");
        }
    }
}

#[test]
fn what_is_cut_short_or_followed_by_something_is_refused() {
    let content = [9; 300];
    for mode in BOTH {
        let whole = call(mode, HERE, &[("vouchsafe-work", "AAAA")], &content);
        assert_eq!(read(&whole, &door()).unwrap().body().len(), 300);
        let mut padded = whole.clone();
        padded.resize(5000, 0);
        assert_eq!(read(&padded, &door()).unwrap().body().len(), 300);
        *padded.last_mut().unwrap() = 1;
        assert_eq!(refused(&padded), "bytes that are not zero follow its end");
        // What ends in or before its content has none of it: an end of the message stands for empty sections (RFC 9292).
        let ends = if mode == Mode::KnownLength { 1 } else { 2 };
        for end in 0..whole.len() - ends {
            let read = read(&whole[..end], &door());
            assert!(read.map_or(true, |request| request.body().is_empty()), "{end}");
        }
    }
    assert_eq!(refused(b""), "it is no request");
    for first in [1, 3, 4, 0x3f] {
        assert_eq!(refused(&[first, 0, 0, 0, 0]), "it is no request");
    }
    assert_eq!(refused(&[0, 0xff]), "it ends before its last field does");
    assert_eq!(refused(&[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "it ends before its last field does");
}

#[test]
fn a_head_is_bounded_and_a_trailer_is_none() {
    let head = format!("its head, or its trailer, is longer than {MAX_HEAD_BYTES} bytes");
    for mode in BOTH {
        let many: Vec<(&str, &str)> = vec![("a", ""); MAX_HEAD_BYTES as usize / 3];
        assert!(read(&call(mode, HERE, &many, b""), &door()).is_ok());
        let more: Vec<(&str, &str)> = vec![("a", ""); MAX_HEAD_BYTES as usize / 3 + 1];
        assert_eq!(refused(&call(mode, HERE, &more, b"")), head);
        let long = "/".repeat(MAX_HEAD_BYTES as usize + 1);
        assert_eq!(refused(&call(mode, ["GET", "https", "reports.example", &long], &[], b"")), head);
        let mut message =
            Message::request(b"GET".to_vec(), b"https".to_vec(), b"reports.example".to_vec(), b"/".to_vec());
        message.put_trailer("a", "b");
        message.write_content(b"x");
        let mut out = Vec::new();
        message.write_bhttp(mode, &mut out).unwrap();
        assert_eq!(refused(&out), "it has a trailer, which nothing here reads");
    }
}

#[test]
fn answers_have_few_lengths_and_are_read_as_they_were_written() {
    for (length, wanted) in [
        (0, 1 << 10),
        (1 << 10, 1 << 10),
        ((1 << 10) + 1, 2 << 10),
        ((32 << 10) + 1, 64 << 10),
        ((64 << 10) + 1, 80 << 10),
        (80 << 10, 80 << 10),
        ((80 << 10) + 1, 96 << 10),
    ] {
        assert_eq!(padded(length), wanted, "{length}");
    }
    for length in [0, 36, 900, 5000, 72_172] {
        let content = vec![7; length];
        let (head, ()) =
            axum::http::Response::builder().status(460).header("upload-offset", "5").body(()).unwrap().into_parts();
        let written = write(&head, &content).unwrap();
        assert_eq!(written.len(), padded(length + 30));
        let message = Message::read_bhttp(&mut std::io::Cursor::new(&written)).unwrap();
        assert_eq!(message.control().status().unwrap().code(), 460);
        assert_eq!(message.header().get(b"upload-offset"), Some(&b"5"[..]));
        assert_eq!(message.content(), content);
    }
}
