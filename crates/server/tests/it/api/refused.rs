//! What a system may not do, and what cannot be taken: each with its status, its kind and its place, and nothing recorded.

use super::*;
use crate::commands::{DETAINER, example};

/// Each operation with the use that it needs, on this request.
fn operations(request: &str) -> [(&'static str, String, Value, &'static str); 6] {
    let detainer = detainer("DOC");
    let deed = json!({ "what": "refused", "decided_by": "A. Captain" });
    let one = format!("/api/v1/requests/{request}");
    [
        ("POST", "/api/v1/decide".to_owned(), detainer["asked"].clone(), "ask"),
        ("GET", "/api/v1/requests".to_owned(), Value::Null, "list"),
        ("GET", one.clone(), Value::Null, "read"),
        ("POST", "/api/v1/requests".to_owned(), detainer, "record"),
        ("POST", format!("{one}/deeds"), deed, "state"),
        ("GET", "/api/v1/findings".to_owned(), Value::Null, "findings"),
    ]
}

#[test]
fn a_system_does_what_it_was_given_for_its_own_agency_and_nothing_else() {
    let city = City::sqlite();
    let (jail, police) = (city.system("DOC", ALL), city.system("NYPD", ALL));
    let uses: Vec<(&str, System)> = ALL.split(',').map(|one| (one, city.system("DOC", one))).collect();
    let served = city.serve();
    let request = jail.record(&served);
    for (method, path, body, needs) in operations(&request) {
        for (given, system) in &uses {
            let answer = system.call(&served, method, &path, &body);
            let expected = if *given == needs { [200, 201] } else { [403, 403] };
            assert!(expected.contains(&answer.status), "{method} {path} with {given}: {}", answer.body);
            if answer.status == 403 {
                assert_eq!(answer.kind(), "not-given");
            }
        }
        // Another agency's: refused by name, not found by id, and in no list.
        let theirs = police.call(&served, method, &path, &body);
        match needs {
            "ask" | "record" => assert_eq!(theirs.kind(), "not-given", "{path}"),
            "read" | "state" => assert_eq!(theirs.kind(), "not-found", "{path}"),
            _ => assert!(theirs.status == 200 && !theirs.body.to_string().contains(&request), "{}", theirs.body),
        }
        // No token; one that nobody has; a cookie instead of one.
        let at = served.told["listening"].as_str().unwrap();
        let unknown = format!("Bearer vst_{}", "0".repeat(64));
        let cookie = format!("vouchsafe_session={}", jail.token);
        for headers in [&[][..], &[("authorization", unknown.as_str())], &[("cookie", cookie.as_str())]] {
            let answer = try_call(at, method, &path, headers, body.to_string().as_bytes()).unwrap();
            assert_eq!((answer.status, answer.kind()), (401, "token"), "{method} {path}");
            assert!(answer.head.contains("www-authenticate: Bearer"), "{}", answer.head);
        }
        // And a token is no way into the pages of people.
        let page = jail.call(&served, "GET", "/requests", &Value::Null);
        assert_eq!(page.status, 303, "{}", page.head);
    }
    // Opening is an entry, by the system; so the page of people and whoever oversees see it.
    let seen = jail.call(&served, "GET", &format!("/api/v1/requests/{request}"), &Value::Null);
    let kinds = |answer: &Answer| -> Vec<String> {
        let entries = answer.body["entries"].as_array().unwrap().iter();
        entries.map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
    };
    // Recorded, and a deed by the one that may state; who opened it stands elsewhere.
    assert_eq!(kinds(&seen), ["requested", "decided", "decided", "done"]);
    assert_eq!(seen.body["request"]["agency"], "DOC");
    assert!(!seen.body.to_string().contains("01234"), "the number of a person is kept by nobody");
    served.stop();
    let record = Sqlite::open_to_read(&city.place.path().join("data/record.sqlite3")).unwrap();
    let opened = record.readings(&request.parse().unwrap(), u64::MAX, 9).unwrap();
    let by = |stored: &Stored| matches!(&stored.entry().unwrap().by, Actor::System { agency, .. } if agency.as_str() == "DOC");
    assert!(opened.len() == 2 && opened.iter().all(by), "once by each that may read, before it was shown: {opened:?}");
    // Nothing that was written down, metrics aside, shows a token.
    let mut folders = vec![city.place.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // The desk's socket holds nothing.
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            for token in [&jail.token, &police.token].map(|token| token.trim_start_matches("vst_")) {
                let raw = hex::decode(token).unwrap();
                let shows = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
                assert!(!shows(token.as_bytes()) && !shows(&raw), "{}", path.display());
            }
        }
    }
}

#[test]
fn what_cannot_be_taken_is_refused_with_its_place_and_records_nothing() {
    let city = City::sqlite();
    let jail = city.system("DOC", ALL);
    let served = city.serve();
    let request = jail.record(&served);
    let at = served.told["listening"].as_str().unwrap();
    let requests = "/api/v1/requests";
    let with = |name: &str, value: Value| {
        let mut body = detainer("DOC");
        match name.split_once('/') {
            Some((one, two)) => body["asked"][one][two] = value,
            None => body[name] = value,
        }
        body
    };
    let deeds = format!("{requests}/{request}/deeds");
    let deed = |more: Value| {
        let mut body = json!({ "what": "refused", "decided_by": "A. Captain" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (path, body, place, words) in [
        (requests, json!({}), "", "missing field `asked`"),
        (requests, with("colour", 1.into()), "/colour", "unknown field `colour`"),
        (requests, with("channel", "fax".into()), "/channel", "unknown variant `fax`"),
        (requests, with("received", "2026-02-30".into()), "/received", "write a day"),
        (requests, with("received", "2126-06-15".into()), "/received", "later than it can be"),
        (requests, with("received", "".into()), "/received", "`` is not written as"),
        (requests, with("lodged", "2026-06-15T14:05".into()), "/lodged", "is not written as"),
        (requests, with("person", "Maria Lopez".into()), "/person", "number"),
        (requests, with("officer", "x".repeat(201).into()), "/officer", "201"),
        (requests, with("reasons", json!(["removal_order", "other "])), "/reasons/1", "unknown variant"),
        (requests, with("question/act", "hug".into()), "/asked/question/act", "`hug`"),
        (requests, with("facts/detainer_lodged", json!({ "value": 3 })), "/asked/facts/detainer_lodged/value", "3"),
        (requests, with("facts/citizenship", json!({ "value": true })), "/asked/facts/citizenship", "never asked"),
        (&deeds, json!({ "what": "refused" }), "", "missing field `decided_by`"),
        (&deeds, deed(json!({ "decided_by": " " })), "/decided_by", ""),
        (&deeds, deed(json!({ "when": "2026-06-14" })), "/when", "2026-06-15"),
        (&deeds, deed(json!({ "until": "2026-06-16" })), "/until", "another deed"),
        (&deeds, deed(json!({ "what": "disclosed" })), "/information", ""),
        (&deeds, deed(json!({ "what": "assisted", "act": "record_request" })), "/act", ""),
        (&deeds, deed(json!({ "what": "assisted", "act": "" })), "/act", ""),
    ] {
        let refused = jail.call(&served, "POST", path, &body);
        assert_eq!((refused.status, refused.kind()), (422, "unfit"), "{body}: {}", refused.body);
        let [(found, said)] = refused.places()[..] else { panic!("{}", refused.body) };
        assert!(found == place && said.contains(words) && !said.is_empty(), "{body}: {found}: {said}");
    }
    // No detainer is spoken of: then nothing of one can be said.
    let mut custody = detainer("DOC");
    custody["asked"] = json!({ "question": { "agency": "DOC", "act": "disclose_custody_information", "requester": "ice_ero",
        "statute_enforced": "civil_ina" } });
    custody["information"] = json!(["incarceration_status"]);
    assert_eq!(jail.call(&served, "POST", requests, &custody).places()[0].0, "/reasons");

    let bearer = format!("Bearer {}", jail.token);
    let (auth, json) = (("authorization", bearer.as_str()), ("content-type", "application/json"));
    let key = ("idempotency-key", "a-key-that-is-long-enough");
    let good = detainer("DOC").to_string();
    let twice = format!("{good} {{}}");
    let long = format!("{{\"asked\": \"{}\"}}", "x".repeat(256 * 1024));
    for (status, kind, headers, body) in [
        (400, "not-json", vec![auth, json, key], "{\"asked\":".as_bytes()),
        (400, "not-json", vec![auth, json, key], twice.as_bytes()),
        (400, "not-json", vec![auth, json, key], b"\xff"),
        (400, "key", vec![auth, json], good.as_bytes()),
        (400, "key", vec![auth, json, ("idempotency-key", "short")], good.as_bytes()),
        (400, "key", vec![auth, json, key, key], good.as_bytes()),
        (413, "too-long", vec![auth, json, key], long.as_bytes()),
        (415, "type", vec![auth, key], good.as_bytes()),
        (415, "type", vec![auth, key, ("content-type", "application/x-www-form-urlencoded")], good.as_bytes()),
        (401, "token", vec![auth, auth, json, key], good.as_bytes()),
        (403, "other", vec![auth, json, key, ("origin", "https://elsewhere.example")], good.as_bytes()),
    ] {
        let refused = try_call(at, "POST", requests, &headers, body).unwrap();
        assert_eq!((refused.status, refused.kind()), (status, kind), "{headers:?} {}", refused.body);
    }
    for (status, kind, method, path) in [
        (404, "not-found", "GET", "/api/v1/nothing"),
        (404, "not-found", "GET", "/api/v1/requests/rq-1"),
        (404, "not-found", "GET", "/api/v1/requests/rq-01040g2081040g2081040g2081j"),
        (405, "method", "DELETE", requests),
        (400, "query", "GET", "/api/v1/requests?limit=0"),
        (400, "query", "GET", "/api/v1/requests?limit=101"),
        (400, "query", "GET", "/api/v1/requests?before=last"),
        (400, "query", "GET", "/api/v1/requests?before=1&before=2"),
        (400, "query", "GET", "/api/v1/requests?agency=NYPD"),
        (400, "query", "GET", "/api/v1/findings?all"),
    ] {
        let refused = try_call(at, method, path, &[auth], b"").unwrap();
        assert_eq!((refused.status, refused.kind()), (status, kind), "{method} {path}: {}", refused.body);
    }
    let elsewhere = try_call(at, "GET", "/api/v1/requests", &[auth, ("host", "elsewhere.example")], b"").unwrap();
    assert_eq!((elsewhere.status, elsewhere.kind()), (421, "other"));
    let none = jail.call(&served, "POST", "/api/v1/decide?on=2026-02-30", &detainer("DOC")["asked"]);
    assert_eq!((none.status, none.places()[0].0), (400, "on"));
    // The first is answered under the law of its day, and asking records nothing.
    let asked = jail.call(&served, "POST", "/api/v1/decide?on=2026-06-15", &detainer("DOC")["asked"]);
    assert_eq!(
        (asked.status, &asked.body["recorded"], &asked.body["answers"][0]["on"]),
        (200, &false.into(), &"2026-06-15".into())
    );
    served.stop();
    // The system, and the first request with its answers.
    assert_eq!(city.size(), 1 + 3);
}

#[test]
fn what_names_no_agency_use_or_system_is_refused_at_the_command_line() {
    let city = City::sqlite();
    let run = |words: &[&str]| city.place.run(&[words, &city.options()].concat());
    let add = |agency: &str, may: &str, days: &str| {
        run(&["systems", "add", "Jail", "--agency", agency, "--may", may, "--days", days, "--by", "B. Operator"])
    };
    for (refused, said) in [
        (add("NOWHERE", "ask", "1"), "`NOWHERE` is no agency of the city in this pack"),
        (add("DOC", "ask,approve", "1"), "`approve` is nothing that a system can be given: write some of ask, list,"),
        (add("DOC", "ask", "401"), "401 is not in 1..=400"),
        (run(&["systems", "renew", "sy-040g2081040g2081040g2081041", "--by", "B"]), "no system has the id"),
        (run(&["systems", "revoke", "st-1", "--by", "B"]), "the id of a system"),
    ] {
        assert_eq!(refused.status, 2, "{}", refused.out);
        assert!(refused.err.contains(said), "{}", refused.err);
    }
    assert!(run(&["systems", "list"]).out.starts_with("No program calls the interface yet."));
    let jail = city.system("DOC", "record,ask,ask");
    let again = run(&["systems", "add", "Jail management", "--agency", "doc", "--may", "ask", "--by", "B. Operator"]);
    assert_eq!(again.status, 2, "{}", again.out);
    assert!(
        again.err.contains("is there already for DOC") && again.err.contains(&jail.id.to_string()),
        "{}",
        again.err
    );
    let listed = run(&["systems", "list"]).out;
    let line = format!("{}  Jail management  DOC  ask, record  until ", jail.id);
    assert!(listed.starts_with(&line) && listed.lines().count() == 1, "{listed}");
    assert!(!listed.contains(&jail.token[4..]), "a token is shown once");
    let verified = city.place.run(&["verify", "data", "--json"]);
    assert_eq!((verified.status, &verified.json()["size"]), (0, &1.into()), "{}", verified.err);
}

/// A token that got out is void at once: nobody stops the desk for it.
#[test]
fn a_token_is_revoked_beside_the_desk_that_runs() {
    let city = City::sqlite();
    city.system("DOC", ALL);
    let served = city.serve();
    let late = city.system("DOC", "list");
    let asked = || late.call(&served, "GET", "/api/v1/requests", &Value::Null).status;
    assert_eq!(asked(), 200, "added while the desk runs");
    city.run(&["systems", "revoke", &late.id, "--by", "B. Operator"]);
    assert_eq!(asked(), 401);
    let again =
        city.place.run(&[&["systems", "revoke", &late.id, "--by", "B. Operator"][..], &city.options()].concat());
    assert!(again.status == 2 && again.err.contains("has no token: nothing was changed"), "{}", again.err);
    // What no command hands over is refused as before.
    let decide = ["decide", &example(DETAINER), "--on", "2026-06-15", "--record"];
    let refused = city.place.run(&[&decide[..], &city.options()].concat());
    assert!(refused.status == 2 && refused.err.contains("in use by another process"), "{}", refused.err);
    served.stop();
    // Added, added, revoked.
    assert_eq!(city.size(), 3);
}
