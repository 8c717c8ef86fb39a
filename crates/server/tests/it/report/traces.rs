//! What is left of a thousand reports: no address, no user agent, no hour, anywhere.

use std::{
    fs,
    io::Write,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::*;

/// What this process has traced, whichever test it was.
static TRACED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Traced;

impl Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        TRACED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.push(path.clone());
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// A moment of the test in eight bytes, in any unit and order that programs use. Eight random bytes are a moment in nanoseconds
/// once in some hundred million, and there are that many in some hundred runs: of these two are asked for, and whatever is
/// kept for each report, or each batch of them, is there more often.
fn has_moment(bytes: &[u8], from: Duration, to: Duration) -> bool {
    let units: [fn(&Duration) -> u128; 3] = [|d| u128::from(d.as_secs()), Duration::as_millis, Duration::as_micros];
    let ranges: Vec<_> = units.iter().map(|unit| unit(&from)..=unit(&to)).collect();
    let either = |window: &[u8], range: &std::ops::RangeInclusive<u128>| {
        let window: [u8; 8] = window.try_into().unwrap();
        range.contains(&u128::from(u64::from_be_bytes(window)))
            || range.contains(&u128::from(u64::from_le_bytes(window)))
    };
    let nanoseconds = from.as_nanos()..=to.as_nanos();
    if bytes.windows(8).filter(|window| either(window, &nanoseconds)).count() > 1 {
        return true;
    }
    bytes.windows(8).any(|window| {
        let window: [u8; 8] = window.try_into().unwrap();
        let floating = f64::from_be_bytes(window);
        let julian = floating * 86_400.0 - 2_440_587.5 * 86_400.0;
        ranges.iter().any(|range| either(&window, range))
            || (from.as_secs_f64()..=to.as_secs_f64()).contains(&floating)
            || (from.as_secs_f64()..=to.as_secs_f64()).contains(&julian)
    })
}

/// SQLite packs a number into as few bytes as it needs, so its columns are read as it reads them.
fn no_column_tells(city: &City, from: Duration, to: Duration) {
    let database = rusqlite::Connection::open(city.path().join("record.sqlite3")).unwrap();
    let units: [fn(&Duration) -> u128; 4] =
        [|d| u128::from(d.as_secs()), Duration::as_millis, Duration::as_micros, Duration::as_nanos];
    let moments: Vec<_> = units.iter().map(|unit| unit(&from)..=unit(&to)).collect();
    let real_day = &jiff::Timestamp::try_from(SystemTime::now()).unwrap().to_string()[..10];
    let names = |query: &str| -> Vec<String> {
        database.prepare(query).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut looked_at = 0;
    for table in names("SELECT name FROM sqlite_schema WHERE type = 'table'") {
        for column in names(&format!("SELECT name FROM pragma_table_info('{table}')")) {
            let mut statement = database.prepare(&format!("SELECT \"{column}\" FROM \"{table}\"")).unwrap();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                use rusqlite::types::ValueRef;
                let tells = match row.get_ref(0).unwrap() {
                    ValueRef::Integer(number) => {
                        moments.iter().any(|moment| u128::try_from(number).is_ok_and(|it| moment.contains(&it)))
                    }
                    ValueRef::Real(number) => (from.as_secs_f64()..=to.as_secs_f64()).contains(&number),
                    ValueRef::Text(text) => holds(text, real_day.as_bytes()) && holds(text, b":"),
                    ValueRef::Null | ValueRef::Blob(_) => false,
                };
                assert!(!tells, "`{table}.{column}` holds a moment");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 5_000, "{looked_at}");
}

#[test]
fn a_thousand_reports_leave_no_address_no_user_agent_and_no_hour() {
    tracing_subscriber::fmt()
        .with_writer(|| Traced)
        .without_time()
        // All that a server says at its most talkative; not what the phones of this process say of themselves.
        .with_env_filter("debug,ureq=off,ureq_proto=off")
        .try_init()
        .unwrap();
    let city = City::new(Base::Sqlite);
    let since = |moment: SystemTime| moment.duration_since(UNIX_EPOCH).unwrap();
    let log_before: Vec<_> = {
        let mut found = Vec::new();
        files(&city.path().join("log"), &mut found);
        found.into_iter().map(|path| (path.clone(), fs::metadata(path).unwrap().modified().unwrap())).collect()
    };
    std::thread::sleep(Duration::from_millis(1100));
    let begun = since(SystemTime::now());
    // One envelope for all: what is looked for is what stands beside it.
    let template = Phone::new(&city).seal("x", Vec::new()).envelope;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (city, template) = (&city, &template);
            scope.spawn(move || {
                for number in 0..250 {
                    let phone = Phone::new(city);
                    let files = if number % 50 == 0 {
                        let sealed = format!("sealed {thread} {number}");
                        vec![(phone.upload(sealed.as_bytes()), ContentId::of(sealed.as_bytes()))]
                    } else {
                        Vec::new()
                    };
                    let told = [
                        ("x-forwarded-for", "203.0.113.77"),
                        ("forwarded", "for=203.0.113.77"),
                        ("cookie", "telltale=1"),
                    ];
                    let answer = phone.send_with(&phone.ready(template.clone(), files).body, &told);
                    assert_eq!(answer.status, 200);
                    if number % 100 == 0 {
                        phone.look(0);
                        assert_eq!(phone.call("POST", "/in/withdraw", &[], &phone.proof()).status, 204);
                    }
                    // What fails is traced, and must not tell either.
                    phone.call("POST", "/in/reports", &told, b"x");
                }
            });
        }
    });
    let first = since(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_651_200));
    assert_eq!(DAY.to_string(), "2026-11-26");
    for stage in ["open", "closed"] {
        if stage == "closed" {
            city.clock.set(DAY.tomorrow().unwrap());
            assert_eq!(city.door.close_days().unwrap(), 1000);
        }
        city.door.blur();
        let ended = since(SystemTime::now());
        let mut found = Vec::new();
        files(city.path(), &mut found);
        let mut looked_at = 0;
        for path in &found {
            let shown = path.strip_prefix(city.path()).unwrap().display().to_string();
            // The log and its keys are written when the log begins and when it takes leaves in; never at a report's arrival.
            if shown.starts_with("log")
                || shown.starts_with("keys")
                || shown == "record.sqlite3.lock"
                || shown == "blobs"
            {
                continue;
            }
            let modified = since(fs::metadata(path).unwrap().modified().unwrap());
            let day = modified.as_secs().abs_diff(first.as_secs());
            assert!(day == 0 || day == 86_400, "{stage}: the time of `{shown}` tells an hour");
            looked_at += 1;
            if path.is_dir() {
                continue;
            }
            let bytes = fs::read(path).unwrap();
            for told in ["203.0.113", "127.0.0.1", "telltale", "Mozilla", "localhost"] {
                assert!(!holds(&bytes, told.as_bytes()), "{stage}: `{shown}` holds `{told}`");
            }
            assert!(!has_moment(&bytes, begun, ended), "{stage}: `{shown}` holds a moment");
            let text = String::from_utf8_lossy(&bytes);
            for (at, _) in text.match_indices("2026-11-2") {
                let rest: Vec<char> = text[at..].chars().take(19).collect();
                let hour = matches!(rest[10..], ['T' | ' ', a, b, ':', ..] if a.is_ascii_digit() && b.is_ascii_digit());
                let rest = String::from_iter(rest);
                assert!(!hour || rest.ends_with("T00:00:00"), "{stage}: `{shown}` holds `{rest}`");
            }
        }
        assert!(looked_at > 10, "{looked_at}");
    }
    for (path, before) in log_before {
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before, "{} was written to", path.display());
    }
    // Reports are taken without a word, so that there may be nothing but this.
    tracing::debug!("what is said is caught");
    let traced = TRACED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(holds(&traced, b"what is said is caught"));
    let own = city.url.rsplit(':').next().unwrap();
    for told in ["203.0.113", "telltale", "mb-", "rp-", &format!("127.0.0.1:{own}")] {
        assert!(!holds(&traced, told.as_bytes()), "the traces hold `{told}`");
    }
    no_column_tells(&city, begun, since(SystemTime::now()));
    // No rowid counts reports in the order in which they came.
    let database = rusqlite::Connection::open(city.path().join("record.sqlite3")).unwrap();
    for table in ["report", "mailbox", "closed_day"] {
        assert!(database.prepare(&format!("SELECT rowid FROM {table}")).is_err(), "{table}");
    }
}
