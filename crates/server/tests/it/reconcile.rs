//! `reconcile` as a privacy officer calls it: files and a record in, what nobody recorded out, and dismissals remembered.

use record::{Body, Source};
use serde_json::{Value, json};
use server::store::{Draft, Sqlite, Store as _};

use crate::{
    commands::{DETAINER, Place, Transcript, example},
    store::cluster,
};

const DATA: &str = "vouchsafe-data";

const MAIL: &str = "From agent@ice.dhs.gov Mon Jun 15 14:05:00 2026
From: \"Agent, One\" <Agent@ice.dhs.gov>
To: Desk <desk@doc.example.org>
Subject: of nobody's concern
Date: Mon, 15 Jun 2026 14:05:00 -0400
Message-ID: <1@ice.dhs.gov>

A body that names bait@ice.dhs.gov.

From tf@nypd.example.org Mon Jun 15 14:05:00 2026
From: tf@nypd.example.org
To: a@associates.ice.dhs.gov
Date: Mon, 15 Jun 2026 15:05:00 -0400
Message-ID: <2@nypd.example.org>

From a@notice.dhs.gov Mon Jun 15 14:05:00 2026
From: a@notice.dhs.gov
To: desk@doc.example.org, b@ice.dhs.gov.example.com
Date: Mon, 15 Jun 2026 15:05:00 -0400
Message-ID: <3@x>

";

const LOOK_UPS: &str = "Event,When,User,Person,Requested for
1,2026-06-16 09:00,u123,Doe Jane,HSI gang unit
2,2026-06-16 09:00,u123,Doe Jane,a defence lawyer
";

const LOG: &str = "2026-06-20T10:00:00-04:00 mx postfix/cleanup[2]: 4ABCDEF012: message-id=<9@cbp.dhs.gov>
2026-06-20T10:00:00-04:00 mx postfix/qmgr[3]: 4ABCDEF012: from=<agent@cbp.dhs.gov>, size=100, nrcpt=1 (queue active)
2026-06-20T10:00:01-04:00 mx postfix/lmtp[4]: 4ABCDEF012: to=<desk@doc.example.org>, relay=mail, status=sent (ok)
2026-06-20T10:00:01-04:00 mx postfix/qmgr[3]: 4ABCDEF012: removed
";

const CONFIG: &str = "city.toml";

/// A folder with a record of one request that ICE made of the jails on this day, and the files.
fn place(received: &str) -> Place {
    let place = Place::new();
    files(&place);
    recorded(&place, received, &[]);
    place
}

pub fn files(place: &Place) {
    place.file("june.mbox", MAIL);
    place.file("lookups.csv", LOOK_UPS);
    place.file("mail.log", LOG);
    place.file("roster.csv", "address,from,until\ntf@nypd.example.org,2026-01-01,\n");
    place.file("mapping.toml", std::fs::read(example("reconcile-mapping.toml")).unwrap());
}

pub fn recorded(place: &Place, received: &str, more: &[&str]) {
    let run = place.run(&[&["decide", &example(DETAINER), "--on", received, "--record"], more].concat());
    assert_eq!(run.status, 3, "{}", run.err);
}

/// Today's request is recorded as of today; so is the mail, by its files.
pub fn reconcile(place: &Place, more: &[&str]) -> Transcript {
    let base = ["reconcile", "--mail", "june.mbox", "mail.log", "--system-log", "lookups.csv"];
    place.run(&[&base[..], &["--mapping", "mapping.toml", "--roster", "roster.csv"], more].concat())
}

fn counts(json: &Value) -> [u64; 5] {
    let number = |name: &str| json[name].as_u64().unwrap();
    let unrecorded = json["unrecorded"].as_array().unwrap().len() as u64;
    [number("contacts"), number("recorded"), number("rostered"), number("dismissed"), unrecorded]
}

/// A request of ICE to DOC on a day, put where a desk puts it.
fn request_on(place: &Place, day: &str, source: Source) {
    let store = Sqlite::open(&place.path().join(DATA).join("record.sqlite3")).unwrap();
    let stored = store.entries(0, 1).unwrap().remove(0);
    let mut entry = stored.entry().unwrap().clone();
    entry.id = record::EntryId::from_bytes([day.as_bytes()[9]; 16]);
    entry.source = source;
    if let Body::Requested(request) = &mut entry.body {
        request.id = record::RequestId::from_bytes([day.as_bytes()[9]; 16]);
        request.received = day.parse().unwrap();
    }
    store.commit("test", vec![Draft::from(entry)]).unwrap();
}

#[test]
fn what_nobody_recorded_is_told_with_its_place_and_nothing_else_of_it() {
    let place = place("2026-06-15");
    let run = reconcile(&place, &["--json"]);
    assert_eq!((run.status, run.err.as_str()), (1, ""), "{}", run.out);
    let json = run.json();
    assert_eq!(counts(&json), [4, 0, 1, 0, 3], "{json:#}");
    let first = &json["unrecorded"][0];
    assert_eq!((&first["agency"], &first["day"], &first["way"]), (&json!("DOC"), &json!("2026-06-15"), &json!("in")));
    assert_eq!((&first["file"], &first["line"]), (&json!("june.mbox"), &json!(1)));
    assert_eq!(
        (&first["staff"], &first["addresses"]),
        (&json!(["desk@doc.example.org"]), &json!(["agent@ice.dhs.gov"]))
    );
    assert_eq!((&json["unrecorded"][1]["authorities"], &json["unrecorded"][1]["line"]), (&json!(["cbp"]), &json!(3)));
    assert_eq!((&json["unrecorded"][2]["agency"], &json["unrecorded"][2]["staff"]), (&json!("NYPD"), &json!(["u123"])));
    assert_eq!(json["rostered_by"], json!({"tf@nypd.example.org": 1}));
    let text = reconcile(&place, &[]);
    assert_eq!(text.status, 1);
    for says in [
        "DOC\n  2026-06-15\n    co-",
        "june.mbox:1",
        "desk@doc.example.org was written to by Immigration",
        "UNRECORDED",
    ] {
        assert!(text.out.contains(says), "`{says}` is not in\n{}", text.out);
    }
    for never in ["concern", "bait", "Agent, One", "Doe", "lawyer"] {
        assert!(!text.out.contains(never) && !run.out.contains(never), "{never}");
    }
}

#[test]
fn a_recorded_request_accounts_for_it_within_the_window() {
    let place = place("2026-06-15");
    // What `decide --record` wrote was received when it was recorded, long after.
    request_on(&place, "2026-06-12", Source::Desk);
    let near = reconcile(&place, &["--json"]).json();
    assert_eq!((counts(&near), &near["requests"]), ([4, 1, 1, 0, 2], &json!(2)), "{near:#}");
    assert_eq!(counts(&reconcile(&place, &["--json", "--window", "2d"]).json()), [4, 0, 1, 0, 3]);
    let wrong = reconcile(&place, &["--window", "5"]);
    assert!(wrong.status == 2 && wrong.err.contains("write days as `5d`"), "{}", wrong.err);
}

/// One night the request is another contact's, whose day the files of a later night reach no more; the contact that was left stays left.
#[test]
fn a_contact_once_left_is_not_taken_off_by_a_week_that_slides() {
    let place = place("2026-06-15");
    request_on(&place, "2026-06-11", Source::Desk);
    let of = |day: &str, to: &str| {
        format!(
            "From a Mon Jun 15 14:05:00 2026\nFrom: {to}-agent@ice.dhs.gov\nTo: {to}@doc.example.org\nDate: {day} Jun 2026 14:05:00 -0400\n\
             Received: from x by y; {day} Jun 2026 14:05:00 -0400\nMessage-ID: <{to}@x>\n\nbody\n\n"
        )
    };
    let (early, late) = (of("8", "clerk"), of("14", "desk"));
    place.file("both.mbox", early + &late);
    place.file("late.mbox", late);
    let night = |file: &str, days: &str| {
        let words = [
            "reconcile",
            "--mail",
            file,
            "--mapping",
            "mapping.toml",
            "--record",
            "--by",
            "A",
            "--files-from",
            "2026-06-01",
        ];
        let run = place.run(&[&words[..], &["--days", days, "--json"]].concat());
        assert!(run.status < 2, "{}", run.err);
        counts(&run.json())
    };
    assert_eq!(night("both.mbox", "2026-06-08..2026-06-14"), [2, 1, 0, 0, 1]);
    assert_eq!(night("late.mbox", "2026-06-09..2026-06-15"), [1, 0, 0, 0, 1], "free again, and not for this one");
    // Files that do not reach it, or a mapping under which it is nobody's, take it off as little: it is counted on, and said to be.
    place.file("other.mbox", of("20", "else").replace("else@doc", "else@nypd"));
    let words = [
        "reconcile",
        "--mail",
        "other.mbox",
        "--mapping",
        "mapping.toml",
        "--record",
        "--by",
        "A",
        "--days",
        "2026-06-09..2026-06-20",
    ];
    let other = place.run(&[&words[..], &["--files-from", "2026-06-01", "--json"]].concat());
    assert_eq!((other.status, &other.json()["compared"]["carried"]), (1, &json!(1)), "{}", other.err);
    let store = Sqlite::open_to_read(&place.path().join(DATA).join("record.sqlite3")).unwrap();
    let compared = store.entries(0, 1000).unwrap();
    let mut of_jails = compared.iter().filter_map(|stored| stored.entry()).filter_map(|entry| match &entry.body {
        Body::Compared(one) if one.agency.as_str() == "DOC" => Some((one.unrecorded, one.left.clone())),
        _ => None,
    });
    let (unrecorded, left) = of_jails.next_back().unwrap();
    assert_eq!((unrecorded, left.len(), left[0].day.to_string().as_str()), (1, 1, "2026-06-14"));
    // A request that is recorded since accounts for it.
    request_on(&place, "2026-06-13", Source::Desk);
    assert_eq!(night("late.mbox", "2026-06-09..2026-06-15"), [1, 1, 0, 0, 0]);
    let words = [
        "reconcile",
        "--mail",
        "late.mbox",
        "--mapping",
        "mapping.toml",
        "--record",
        "--by",
        "A",
        "--days",
        "2026-06-09..2026-06-15",
    ];
    let after = place.run(&[&words[..], &["--files-from", "2026-06-10"]].concat());
    assert!(after.status == 2 && after.err.contains("--files-from is after the first of --days"), "{}", after.err);
}

#[test]
fn invented_and_imported_requests_account_for_nothing() {
    let place = place("2026-06-15");
    request_on(&place, "2026-06-12", Source::Demo);
    request_on(&place, "2026-06-13", "import:ice-foia".parse().unwrap());
    assert_eq!(counts(&reconcile(&place, &["--json"]).json()), [4, 0, 1, 0, 3]);
}

/// Every step of a dismissal, on whatever store: once, remembered, again after an erasure.
fn dismissed_once(place: &Place, store: &[&str]) {
    let run = |more: &[&str]| reconcile(place, &[more, store].concat());
    let before = run(&["--json"]).json();
    let unrecorded = before["unrecorded"].as_array().unwrap().len() as u64;
    let id = before["unrecorded"][0]["id"].as_str().unwrap().to_owned();
    let dismiss = |reason: &str| {
        place.run(&[&["reconcile", "dismiss", &id, "--reason", reason, "--by", "A. Privacy", "--json"], store].concat())
    };
    let first = dismiss("a newsletter");
    assert_eq!(first.status, 0, "{}", first.err);
    let first = first.json();
    assert_eq!((&first["already"], &first["dismissed"]), (&json!(false), &json!(id)));
    let second = dismiss("another reason").json();
    assert_eq!((&second["already"], &second["entry"]), (&json!(true), &first["entry"]));
    let after = run(&["--json"]).json();
    assert_eq!((counts(&after)[3], counts(&after)[4]), (1, unrecorded - 1));
    assert_ne!(after["unrecorded"][0]["id"], json!(id));

    let entry = first["entry"].as_str().unwrap();
    let order = ["erase", entry, "--order", "Index No. 1/2026", "--by", "A", "--by", "B"];
    let erased = place.run(&[&order[..], store].concat());
    assert_eq!(erased.status, 0, "{}", erased.err);
    assert_eq!(counts(&run(&["--json"]).json())[4], unrecorded, "the record does not say why any more");
    let again = dismiss("a newsletter").json();
    assert_eq!(again["already"], json!(false));
    assert_ne!(again["entry"], first["entry"]);
    assert_eq!(dismiss("x").json()["entry"], again["entry"]);
    assert_eq!(counts(&run(&["--json"]).json())[4], unrecorded - 1);
}

#[test]
fn a_false_match_is_dismissed_once_and_remembered() {
    let place = place("2026-06-15");
    dismissed_once(&place, &[]);
    let verified = place.run(&["verify", DATA]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);

    // Without the secret every id would be another, and what was dismissed would come back.
    std::fs::remove_file(place.path().join(DATA).join("keys/contact.key")).unwrap();
    let run = reconcile(&place, &[]);
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    assert!(run.err.contains("contact.key` is not there, though the record holds dismissals"), "{}", run.err);
}

#[test]
fn on_postgresql_too() {
    let address = cluster::database("reconciled");
    let place = Place::new();
    files(&place);
    place.file(CONFIG, format!("[store]\npostgres = \"{address}\"\n"));
    recorded(&place, "2026-06-15", &["--config", CONFIG]);
    dismissed_once(&place, &["--config", CONFIG]);
}

#[test]
fn what_cannot_be_read_is_named_and_is_no_all_clear() {
    let place = place("2026-06-15");
    place.file("june.mbox", "From a Mon Jun 15 14:05:00 2026\nFrom: no address\nTo: desk@doc.example.org\nDate: x\n\n");
    place.file("lookups.csv", "Event,When,User,Requested for\n1,2\n");
    place.file("mail.log", "From \nTo: x@example.org\n");
    let run = reconcile(&place, &[]);
    assert_eq!(run.status, 1, "{}{}", run.out, run.err);
    for says in ["june.mbox:2:6: `from`: no address can be read here", "lookups.csv:2: 2 cells, and the header has 4"] {
        assert!(run.err.contains(says), "`{says}` is not in\n{}", run.err);
    }
    assert!(run.out.contains("NOT READ: 2 lines"), "{}", run.out);
    let json = reconcile(&place, &["--json"]).json();
    assert_eq!((&json["bad"], &json["first_bad"][0]["line"]), (&json!(2), &json!(2)));
}

#[test]
fn where_everything_is_accounted_for_the_status_is_0() {
    let place = place("2026-06-15");
    place.file("june.mbox", &MAIL[MAIL.find("From tf@").unwrap()..]);
    place.file("mail.log", "2026-06-20T10:00:00-04:00 mx postfix/qmgr[3]: 4ABCDEF012: removed\n");
    place.file("lookups.csv", "Event,When,User,Requested for\n");
    let run = reconcile(&place, &["--json"]);
    assert_eq!((run.status, counts(&run.json())), (0, [1, 0, 1, 0, 0]), "{}", run.err);
}

#[test]
fn what_is_not_usable_is_refused_before_anything_is_compared() {
    let place = place("2026-06-15");
    place.file("words.txt", "just words\n");
    place.file("none.txt", "");
    place.file("book.xlsx", b"PK\x03\x04");
    place.file("nowhere.toml", "[[staff]]\ndomain = \"x.example.org\"\nagency = \"MARS\"\n");
    place.file("bad.csv", "address,from,until\ntf,soon,\n");
    let mapping = ["--mapping", "mapping.toml"];
    let cases: [(&[&str], &str); 10] = [
        (&["--mail", "words.txt", mapping[0], mapping[1]], "neither mbox nor headers"),
        (&["--mail", "none.txt", mapping[0], mapping[1]], "is empty"),
        (&["--mail", "book.xlsx", mapping[0], mapping[1]], "save it as CSV"),
        (&["--mail", "absent", mapping[0], mapping[1]], "`absent` cannot be read"),
        (&["--mail", "june.mbox", "--mapping", "nowhere.toml"], "line 1: `MARS` is no agency of the pack"),
        (&["--mail", "june.mbox", "--mapping", "roster.csv"], "the mapping `roster.csv`"),
        (&["--mail", "june.mbox", mapping[0], mapping[1], "--roster", "bad.csv"], "line 2, column `from`"),
        (&["--system-log", "mapping.toml", mapping[0], mapping[1]], "no `[[system]]` of the mapping"),
        (&["--mail", "june.mbox"], "--mapping"),
        (&["dismiss", "co-nonsense", "--reason", "x", "--by", "A"], "co-nonsense"),
    ];
    for (arguments, says) in cases {
        let run = place.run(&[&["reconcile"], arguments].concat());
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(says), "{arguments:?}: `{says}` is not in {}", run.err);
    }
    let empty = Place::new();
    files(&empty);
    let run = reconcile(&empty, &[]);
    assert!(run.status == 2 && run.err.contains("there is no data folder"), "{}", run.err);
    assert!(!empty.path().join(DATA).exists());
}

#[test]
fn a_packed_file_is_read_and_one_that_is_cut_off_is_no_all_clear() {
    let place = place("2026-06-15");
    let many = MAIL.repeat(5000);
    let packed = zstd::encode_all(many.as_bytes(), 3).unwrap();
    place.file("june.mbox", &packed);
    let json = reconcile(&place, &["--json"]).json();
    assert_eq!((counts(&json), &json["copies"]), ([4, 0, 1, 0, 3], &json!(9998)));
    place.file("june.mbox", &packed[..packed.len() - 9]);
    let run = reconcile(&place, &[]);
    assert!(run.status == 1 && run.err.contains("the file breaks off here"), "{}", run.err);
}

/// As PowerShell and the historical searches of Microsoft 365 write them.
fn wide(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn an_export_in_utf_16_or_packed_with_gzip_is_read_as_any_other() {
    let place = place("2026-06-15");
    let plain = reconcile(&place, &["--json"]).json();
    for packed in
        [wide(MAIL), gzipped(MAIL.as_bytes()), gzipped(&wide(MAIL)), zstd::encode_all(&*wide(MAIL), 3).unwrap()]
    {
        place.file("june.mbox", packed);
        let json = reconcile(&place, &["--json"]).json();
        assert_eq!((&json["unrecorded"], &json["bad"]), (&plain["unrecorded"], &json!(0)));
    }
    let (one, two) = MAIL.split_at(MAIL.find("From tf@").unwrap());
    place.file("june.mbox", [gzipped(one.as_bytes()), gzipped(two.as_bytes())].concat());
    assert_eq!(
        reconcile(&place, &["--json"]).json()["unrecorded"],
        plain["unrecorded"],
        "logs that were rotated into one"
    );
    let trace = "origin_timestamp_utc,sender_address,recipient_status,message_subject,message_id\r\n\
        2026-06-21T14:05:00.0000000Z,agent@ice.dhs.gov,\"desk@doc.example.org##Receive, Deliver\",\"caf\u{e9}, cut \u{1f600}\",<77@ice.dhs.gov>\r\n";
    place.file("june.mbox", wide(trace));
    let json = reconcile(&place, &["--json"]).json();
    assert_eq!((&json["files"][0]["kind"], &json["bad"]), (&json!("trace"), &json!(0)));
    assert_eq!(
        (&json["unrecorded"][1]["day"], &json["unrecorded"][1]["way"]),
        (&json!("2026-06-21"), &json!("in")),
        "{json:#}"
    );
}

#[test]
fn an_export_that_is_cut_anywhere_is_no_all_clear() {
    let place = place("2026-06-15");
    place.file("mail.log", "2026-06-20T10:00:00-04:00 mx postfix/qmgr[3]: 4ABCDEF012: removed\n");
    place.file("lookups.csv", "Event,When,User,Requested for\n");
    let harmless = "From a@example.org Mon Jun 15 14:05:00 2026\nFrom: a@example.org\nTo: b@example.org\n\nx\n";
    let (short, long) = (gzipped(harmless.as_bytes()), gzipped(harmless.repeat(5000).as_bytes()));
    let (wide_short, wide_long) = (wide(harmless), wide(&harmless.repeat(5000)));
    for whole in [&short, &long, &wide_short, &wide_long] {
        place.file("june.mbox", whole);
        let run = reconcile(&place, &[]);
        assert_eq!(run.status, 0, "{}{}", run.out, run.err);
        place.file("june.mbox", &whole[..whole.len() - 1]);
        let run = reconcile(&place, &[]);
        assert!(run.status == 1 && run.err.contains("the file breaks off here"), "{}", run.err);
    }
    place.file("june.mbox", [&long[..], b"\0\0\0\0"].concat());
    assert_eq!(reconcile(&place, &[]).status, 1, "what is behind its end is not passed over");
    place.file("june.mbox", gzipped(&short));
    let run = reconcile(&place, &[]);
    assert!(run.status == 2 && run.err.contains("packed twice"), "{}", run.err);
}

#[test]
fn mail_whose_sender_no_file_names_is_no_all_clear() {
    let place = place("2026-06-15");
    place.file("june.mbox", &MAIL[MAIL.find("From tf@").unwrap()..]);
    place.file(
        "mail.log",
        "2026-06-20T10:00:00-04:00 mx postfix/lmtp[3]: 4ABCDEF012: to=<desk@doc.example.org>, status=sent\n",
    );
    place.file("lookups.csv", "Event,When,User,Requested for\n");
    let run = reconcile(&place, &[]);
    assert!(run.status == 1 && run.out.contains("whose sender stands in none of these files: 1"), "{}", run.out);
}

#[test]
fn several_are_dismissed_at_once_and_an_answer_to_one_of_them_is_not() {
    let place = place("2026-06-15");
    let before = reconcile(&place, &["--json"]).json();
    let ids: Vec<&str> = before["unrecorded"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    let arguments = [&["reconcile", "dismiss"], &ids[..], &["--reason", "newsletters", "--by", "A. Privacy"]].concat();
    let run = place.run(&arguments);
    assert_eq!((run.status, run.out.matches("is dismissed, by entry").count()), (0, ids.len()), "{}", run.err);
    assert_eq!(counts(&reconcile(&place, &["--json"]).json())[3..], [ids.len() as u64, 0]);
    let answer = "\nFrom desk@doc.example.org Mon Jun 15 15:00:00 2026\nFrom: desk@doc.example.org\nTo: agent@ice.dhs.gov\n\
        In-Reply-To: <1@ice.dhs.gov>\nReferences: <1@ice.dhs.gov>\nMessage-ID: <8@doc.example.org>\n\n";
    place.file("june.mbox", format!("{MAIL}{answer}"));
    assert_eq!(counts(&reconcile(&place, &["--json"]).json())[3..], [ids.len() as u64, 1]);
}

#[test]
fn a_pack_whose_list_is_wrong_is_named_by_law_check() {
    let place = Place::new();
    let pack = place.path().join("pack");
    crate::folders::copy(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/nyc"), &pack);
    let list = pack.join("vocabulary/contacts.toml");
    let text = std::fs::read_to_string(&list).unwrap();
    assert_eq!(place.run(&["law", "check", "--pack", "pack"]).status, 0);
    std::fs::write(&list, text.replace("name = \"ice.dhs.gov\"", "name = \"gov\"")).unwrap();
    let run = place.run(&["law", "check", "--pack", "pack"]);
    assert_eq!(run.status, 1);
    assert!(run.out.contains("vocabulary/contacts.toml:") && run.out.contains("top-level domain"), "{}", run.out);
    std::fs::write(&list, text.replace("\"ice_hsi\"", "\"ice_xyz\"")).unwrap();
    let run = place.run(&["law", "check", "--pack", "pack"]);
    assert!(run.status == 1 && run.out.contains("`ice_xyz` is no requester"), "{}", run.out);
}
