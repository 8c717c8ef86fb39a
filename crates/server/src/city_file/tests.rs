//! Test: the file that ships is whole; what a city's file must not say is refused at its place, everything at once.

use expect_test::{Expect, expect};

use super::*;

fn pack() -> &'static Pack {
    static PACK: std::sync::LazyLock<Pack> = std::sync::LazyLock::new(|| Pack::load(&crate::pack::built_in()).unwrap());
    &PACK
}

fn read(text: &str) -> Result<CityFile, CityFileError> {
    CityFile::of_bytes("city.toml", text.as_bytes(), pack())
}

const CITY: &str = "[city]\nname = \"A City\"\npack = \"nyc\"\ntime_zone = \"America/New_York\"\n";
const AGENCY: &str = "[[agency]]\nid = \"DOC\"\ndesignated = \"Duty attorney\"\ndesignated_telephone = \"718-000-0001\"\n\
    line_24h = \"311\"\n";
const SITE: &str =
    "[[agency.site]]\nid = \"a-site\"\nname = \"A site\"\npublic = [\"Lobby\"]\nnon_public = [\"Cells\"]\n";

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&read(text).map_or_else(|error| error.to_string(), |file| format!("{file:?}")));
}

#[test]
fn the_file_that_ships_is_whole_and_every_number_of_it_is_a_placeholder() {
    let text = shipped("nyc").unwrap();
    let file = read(text).unwrap();
    let city: Vec<&AgencyId> =
        pack().vocabulary().agencies.values().filter(|one| one.city).map(|one| &one.id).collect();
    assert_eq!(file.agencies().count(), city.len());
    assert!(city.iter().all(|id| file.agency(id).is_some()));
    assert_eq!(file.placeholders().len(), 3 * city.len());
    assert_eq!(file.unconfirmed().len(), file.sites_count());
    assert!(
        file.placeholders().contains(&"DOC line_24h".to_owned())
            && file.unconfirmed().contains(&"DOE school".to_owned())
    );
    let numbers: std::collections::BTreeSet<&str> =
        text.split('"').filter(|part| part.starts_with("212-555-01")).collect();
    assert_eq!(numbers.len(), 3 * city.len(), "each number is one office's");
    assert_eq!(shipped("other"), None);
    // Each key is explained where it comes.
    let comments = text.lines().filter(|line| line.starts_with('#'));
    let explained: Vec<&str> = comments.flat_map(|line| line.split([' ', '`', ',', '[', ']', '.'])).collect();
    for key in read::every_key() {
        assert!(explained.contains(&key), "`{key}` is explained nowhere");
    }
}

#[test]
fn a_file_says_whom_to_call_and_which_areas_are_public() {
    let file = read(&format!("{CITY}{AGENCY}{SITE}")).unwrap();
    let doc = AgencyId::new("DOC");
    let agency = file.agency(&doc).unwrap();
    assert_eq!((agency.designated.title.as_str(), agency.line_24h.as_str()), ("Duty attorney", "311"));
    let site = file.site(&doc, "a-site").unwrap();
    assert_eq!(
        (&site.name[..], &site.public[..], &site.non_public[..]),
        ("A site", &["Lobby".to_owned()][..], &["Cells".to_owned()][..])
    );
    assert_eq!((file.site(&doc, "another"), file.site(&"NYPD".into(), "a-site")), (None, None));
    assert!(file.placeholders().is_empty());
}

#[test]
fn a_mark_of_the_encoding_and_the_line_ends_of_windows_are_no_fault() {
    let plain = read(&format!("{CITY}{AGENCY}{SITE}")).unwrap();
    let windows = read(&format!("\u{feff}{CITY}{AGENCY}{SITE}").replace('\n', "\r\n")).unwrap();
    assert_eq!((&windows.agencies, &windows.name), (&plain.agencies, &plain.name));
    assert_ne!(windows.hash(), plain.hash(), "the file in force is the file as it is");
    // And a fault behind the mark has its place.
    check(
        "\u{feff}[city]\r\nnane = \"A\"\r\n",
        expect![[r#"
        `city.toml`, line 1, column 1: [city] lacks `name`
        `city.toml`, line 1, column 1: [city] lacks `pack`
        `city.toml`, line 1, column 1: [city] lacks `time_zone`
        `city.toml`, line 2, column 1: `nane` is no key of [city]: did you mean `name`?"#]],
    );
}

#[test]
fn every_fault_is_told_at_once_each_at_its_place() {
    check(
        "[city]\nname = \"\"\npack = \"chicago\"\ntime_zone = \"Europe/Paris\"\nmayor = \"A\"\n\n[calender]\n\n[[agency]]\nid = \"DOCX\"\n\
         designted = \"A\"\ndesignated_telephone = \"call me\"\n\n[[agency]]\nid = \"CONTRACTOR\"\ndesignated = 3\n\
         designated_telephone = \"1\"\nline_24h = 311\n",
        expect![[r#"
            `city.toml`, line 2, column 8: `name` is 1 to 80 characters on one line; this has 0
            `city.toml`, line 3, column 8: this file is for the law pack `chicago`, and the pack at hand is `nyc`: write `nyc`, or name the other pack with --pack
            `city.toml`, line 4, column 13: `Europe/Paris` is not the time zone of the law pack, whose clocks decide: write `America/New_York`
            `city.toml`, line 5, column 1: `mayor` is no key of [city], which has name, pack, time_zone
            `city.toml`, line 7, column 2: `calender` is no key of the city's file: did you mean `calendar`?
            `city.toml`, line 9, column 1: [[agency]] lacks `designated`
            `city.toml`, line 9, column 1: [[agency]] lacks `line_24h`
            `city.toml`, line 10, column 6: the law pack has no agency `DOCX`: did you mean `DOC`?
            `city.toml`, line 11, column 1: `designted` is no key of [[agency]]: did you mean `designated`?
            `city.toml`, line 12, column 24: `call me` is no telephone number: 3 to 15 digits with spaces, `+`, `-`, `.` or brackets
            `city.toml`, line 15, column 6: `CONTRACTOR` is no agency of the city, by the law pack: leave it out
            `city.toml`, line 16, column 14: `designated` is a text in quotes, not a number
            `city.toml`, line 17, column 24: `1` is no telephone number: 3 to 15 digits with spaces, `+`, `-`, `.` or brackets
            `city.toml`, line 18, column 12: `line_24h` is a text in quotes, not a number"#]],
    );
}

#[test]
fn what_a_file_must_not_say() {
    let all = |more: &str| format!("{CITY}{AGENCY}{more}");
    for (text, expect) in [
        ("", expect!["`city.toml`, line 1, column 1: the city's file lacks `city`"]),
        (
            CITY,
            expect!["`city.toml`, line 1, column 1: the city's file names no agency: write at least one `[[agency]]`"],
        ),
        ("[city\n", expect!["`city.toml`, line 1, column 6: unclosed table, expected `]`"]),
        (
            "a = \n[b\nc = \"\n",
            expect![[r#"
            `city.toml`, line 1, column 5: string values must be quoted, expected literal string
            `city.toml`, line 2, column 3: unclosed table, expected `]`"#]],
        ),
        (
            &all(AGENCY),
            expect![
                "`city.toml`, line 11, column 6: agency `DOC` stands here a second time (first in line 6): put both into one"
            ],
        ),
        (
            &all(&format!("{SITE}{SITE}")),
            expect![[r#"
            `city.toml`, line 16, column 6: `a-site` is the id of another site of this agency
            `city.toml`, line 17, column 8: `A site` is the name of another site of this agency"#]],
        ),
        (
            &all(&SITE.replace("a-site", "12 Main St.")),
            expect![
                "`city.toml`, line 11, column 6: `12 Main St.` is no id of a site: at most 40 small letters, digits and hyphens between them, such as `rikers-island`"
            ],
        ),
        (
            &all(&SITE.replace("a-site", &"a".repeat(41))),
            expect![
                "`city.toml`, line 11, column 6: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no id of a site: at most 40 small letters, digits and hyphens between them, such as `rikers-island`"
            ],
        ),
        (
            &all(&SITE.replace("Cells", "Lobby")),
            expect![
                "`city.toml`, line 13, column 10: `Lobby` stands among the public and the non-public areas of this site: which is it?"
            ],
        ),
        (
            &all(&SITE.replace("[\"Cells\"]", "\"Cells\"")),
            expect!["`city.toml`, line 14, column 14: `non_public` is a list of texts in brackets, not a text"],
        ),
        (
            &all(&format!("{SITE}confirmed = 2026-02-30\n")),
            expect!["`city.toml`, line 15, column 13: invalid date, expected day between 01 and 28"],
        ),
        (
            &all(&format!("{SITE}confirmed = \"2026-02-03\"\n")),
            expect![
                "`city.toml`, line 15, column 13: `confirmed` is a day of 2000 to 2100 without quotes, such as 2026-11-03"
            ],
        ),
        (
            &all(&format!("{SITE}confirmed = 2026-02-03T10:00:00Z\n")),
            expect![
                "`city.toml`, line 15, column 13: `confirmed` is a day of 2000 to 2100 without quotes, such as 2026-11-03"
            ],
        ),
        (
            &all(&format!("{SITE}designated = \"A warden\"\n")),
            expect!["`city.toml`, line 10, column 1: [[agency.site]] lacks `designated_telephone`"],
        ),
        (
            &all("counsel = \"Counsel\"\n"),
            expect!["`city.toml`, line 5, column 1: [[agency]] lacks `counsel_telephone`"],
        ),
        (
            &all("[calendar]\nfrom = 2026-01-01\nuntil = 2026-01-01\n"),
            expect![
                "`city.toml`, line 12, column 9: `until` is the first day that the list no longer covers, so it comes after `from` (2026-01-01)"
            ],
        ),
        (
            &all(
                "[calendar]\nfrom = 2026-01-01\nuntil = 2027-01-01\n[[calendar.closed]]\nday = 2026-07-03\nname = \"A\"\n\
                 [[calendar.closed]]\nday = 2027-02-02\nname = \"B\"\n[[calendar.closed]]\nday = 2026-11-03\nname = \"C\"\n\
                 [[calendar.closed]]\nday = 2026-11-03\nname = \"D\"\n",
            ),
            expect![[r#"
                `city.toml`, line 14, column 7: 2026-07-03 is in the law pack's list of holidays already (Independence Day (observed)): leave it out here
                `city.toml`, line 17, column 7: 2027-02-02 lies outside `from` and `until` of the calendar
                `city.toml`, line 23, column 7: 2026-11-03 stands in the calendar a second time"#]],
        ),
        (
            &format!("{CITY}agency = 3\n"),
            expect!["`city.toml`, line 5, column 1: `agency` is no key of [city], which has name, pack, time_zone"],
        ),
        (
            &format!("{CITY}[agency]\nid = \"DOC\"\n"),
            expect!["`city.toml`, line 5, column 1: agency is written in double brackets, as `[[agency]]`"],
        ),
        (&all("line_24h = \"911\"\n"), expect!["`city.toml`, line 10, column 1: duplicate key"]),
        (
            &all(&format!("# \0\n{SITE}")),
            expect!["`city.toml`, line 10, column 3: invalid comment character, expected printable characters"],
        ),
    ] {
        check(text, expect);
    }
}

#[test]
fn what_is_no_text_or_too_much_is_refused() {
    let bad = CityFile::of_bytes("city.toml", b"[city]\nname = \"\xff\"\n", pack()).unwrap_err();
    assert_eq!(bad.to_string(), "`city.toml`, line 2, column 9: this is no UTF-8 text: save the file as UTF-8");
    let most = usize::try_from(FILE_MAX_BYTES).unwrap();
    let fill = |bytes: usize| format!("{CITY}{AGENCY}#{}\n", "x".repeat(bytes - CITY.len() - AGENCY.len() - 2));
    assert!(read(&fill(most)).is_ok());
    assert!(matches!(read(&fill(most + 1)), Err(CityFileError::TooLarge { .. })));
    let deep = read(&format!("{CITY}x = {}\n", "[".repeat(100_000))).unwrap_err().to_string();
    assert!(deep.starts_with("`city.toml`, line 5"), "{}", &deep[..200.min(deep.len())]);
    let folder = tempfile::tempdir().unwrap();
    let absent = CityFile::read(&folder.path().join("none.toml"), pack()).unwrap_err();
    assert!(matches!(absent, CityFileError::Read { .. }));
    let path = folder.path().join("city.toml");
    fs::write(&path, fill(most + 1)).unwrap();
    assert!(matches!(CityFile::read(&path, pack()), Err(CityFileError::TooLarge { .. })));
}

#[test]
fn only_numbers_that_no_telephone_has_are_placeholders() {
    let is = |text: &str| Telephone(text.to_owned()).is_placeholder();
    for text in ["212-555-0100", "(718) 555 0199", "+1 212 555-0142", "1.212.555.0100"] {
        assert!(is(text), "{text}");
    }
    for text in ["212-555-0200", "212-555-1234", "311", "555-0100", "212-554-0100", "+44 20 7946 0100", "2 12125550100"]
    {
        assert!(!is(text), "{text}");
    }
}

#[test]
fn offices_are_closed_on_weekends_on_the_packs_holidays_and_on_the_citys_own_days() {
    let closed = "[calendar]\nfrom = 2026-01-01\nuntil = 2027-01-01\n[[calendar.closed]]\nday = 2026-11-03\nname = \"Election Day\"\n";
    let file = read(&format!("{CITY}{AGENCY}{closed}")).unwrap();
    let on = |day: &str| file.closed(day.parse().unwrap(), pack());
    assert_eq!(on("2026-11-02"), None);
    assert_eq!(on("2026-11-03"), Some(Closed::Day("Election Day".to_owned())));
    assert_eq!(on("2026-11-07"), Some(Closed::Weekend));
    assert_eq!(on("2026-11-26"), Some(Closed::Day("Thanksgiving Day".to_owned())));
    let ended = |day: &str| file.calendar_ended(day.parse().unwrap());
    assert_eq!((ended("2026-12-31"), ended("2027-01-01")), (None, Some("2027-01-01".parse().unwrap())));
}

#[test]
fn each_file_that_comes_into_force_is_an_entry_and_the_same_file_again_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = crate::store::Sqlite::open(&folder.path().join("record.sqlite3")).unwrap();
    let one = read(&format!("{CITY}{AGENCY}")).unwrap();
    let other = read(&format!("{CITY}{AGENCY}{SITE}")).unwrap();
    let start = |file| now_in_force(&store, file, record::Source::Desk, jiff::Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!([&one, &one, &other, &other, &one, &one].map(start), [true, false, true, false, true, false]);
    use crate::store::Store as _;
    let kept = store.entries(0, 10).unwrap();
    let files: Vec<_> = kept.iter().filter_map(|stored| stored.entry()).map(|entry| &entry.body).collect();
    let [record::Body::City(first), record::Body::City(second), record::Body::City(third)] = files[..] else {
        panic!("{files:?}")
    };
    assert_eq!((first, first.text.reveal()), (third, one.text.as_str()));
    assert_eq!((second.text.reveal(), &second.file), (other.text.as_str(), &other.hash()));
}
