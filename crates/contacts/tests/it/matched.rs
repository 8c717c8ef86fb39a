//! What the record, the roster and dismissals account for.

use contacts::{Contact, ContactKey, Counts, Found, Known, MOST_CONTACTS, Matcher, Request, Requests, Roster};
use jiff::civil::{Date, date};

use crate::{known, read_as};

const DAY: Date = date(2026, 6, 15);

fn message(from: &str, to: &str, id: &str) -> String {
    format!(
        "From x Mon Jun 15 14:05:00 2026\nFrom: {from}\nTo: {to}\nDate: Mon, 15 Jun 2026 14:05:00 -0400\nMessage-ID: <{id}>\n\nbody\n\n"
    )
}

fn contacts(known: &Known, mail: &str) -> Vec<Contact> {
    read_as("mbox", mail.as_bytes(), known).contacts
}

fn found(mail: &str, requests: &[(&str, &str, Date)], roster: &str, dismissed: &[ContactKey]) -> Found {
    let known = known();
    let roster = Roster::parse(format!("address,from,until\n{roster}").as_bytes()).unwrap();
    let mut matcher = Matcher::new(roster);
    contacts(&known, mail).into_iter().for_each(|contact| matcher.add(contact));
    let mut asked = Requests::default();
    for (agency, requester, day) in requests {
        asked.add(Request { agency: (*agency).into(), requester: (*requester).into(), day: *day });
    }
    matcher.finish(&known.partners, &asked, 5, |key| dismissed.contains(key)).unwrap()
}

#[test]
fn a_request_accounts_for_its_own_agency_its_own_authority_and_its_window() {
    let mail = message("a@ice.dhs.gov", "desk@doc.example.org", "1");
    for (agency, requester, day, accounts) in [
        ("DOC", "ice_ero", date(2026, 6, 15), true),
        ("DOC", "ice_hsi", date(2026, 6, 10), true),
        ("DOC", "ice_ero", date(2026, 6, 20), true),
        ("DOC", "ice_ero", date(2026, 6, 9), false),
        ("DOC", "ice_ero", date(2026, 6, 21), false),
        ("NYPD", "ice_ero", date(2026, 6, 15), false),
        ("DOC", "cbp", date(2026, 6, 15), false),
        ("DOC", "unknown", date(2026, 6, 15), false),
    ] {
        let found = found(&mail, &[(agency, requester, day)], "", &[]);
        assert_eq!(
            (found.recorded == 1, found.unrecorded.len()),
            (accounts, usize::from(!accounts)),
            "{agency} {requester} {day}"
        );
    }
}

#[test]
fn of_two_authorities_both_must_have_asked() {
    let mail = message("a@ice.dhs.gov, b@cbp.dhs.gov", "desk@doc.example.org", "1");
    assert_eq!(found(&mail, &[("DOC", "ice_ero", DAY)], "", &[]).unrecorded.len(), 1);
    assert_eq!(found(&mail, &[("DOC", "ice_ero", DAY), ("DOC", "cbp", DAY)], "", &[]).recorded, 1);
}

#[test]
fn copies_count_once_and_each_message_of_a_thread_by_itself() {
    let first = message("a@ice.dhs.gov", "desk@doc.example.org", "1");
    let answer =
        message("desk@doc.example.org", "a@ice.dhs.gov", "2").replace("Message-ID", "References: <1>\nMessage-ID");
    let later = answer.replace("15 Jun 2026", "18 Jun 2026").replace("Jun 15", "Jun 18").replace("<2>", "<3>");
    let found = found(&format!("{first}{first}{answer}{later}"), &[], "", &[]);
    assert_eq!((found.unrecorded.len(), found.copies), (3, 1));
    assert_eq!(found.unrecorded[0].staff, ["desk@doc.example.org"]);
}

/// Whoever answers what was dismissed, on the same day, writes something that nobody has looked at.
#[test]
fn a_dismissal_covers_its_message_and_no_answer_to_it() {
    let first = message("a@ice.dhs.gov", "desk@doc.example.org", "1");
    let key = contacts(&known(), &first)[0].key;
    let answer =
        message("desk@doc.example.org", "a@ice.dhs.gov", "2").replace("Message-ID", "In-Reply-To: <1>\nMessage-ID");
    let found = found(&format!("{first}{answer}"), &[], "", &[key]);
    assert_eq!((found.dismissed, found.unrecorded.len()), (1, 1));
}

/// The gateway's log knows no threads: what both show is one contact, and a dismissal of one is one of the other.
#[test]
fn one_message_in_an_export_and_in_a_log_is_one_contact() {
    let known = known();
    let answer =
        message("desk@doc.example.org", "a@ice.dhs.gov", "2").replace("Message-ID", "References: <1>\nMessage-ID");
    let log = "Jun 15 14:05:00 mx postfix/cleanup[1]: 4ABCDEF: message-id=<2>\n\
        Jun 15 14:05:00 mx postfix/qmgr[1]: 4ABCDEF: from=<desk@doc.example.org>, size=1\n\
        Jun 15 14:05:00 mx postfix/smtp[1]: 4ABCDEF: to=<a@ice.dhs.gov>, status=sent\n";
    let trace = "origin_timestamp_utc,sender_address,recipient_status,message_id\n\
        2026-06-15T18:05:00Z,desk@doc.example.org,a@ice.dhs.gov##Receive,<2>\n";
    let keys: Vec<ContactKey> = [("mbox", answer.as_str()), ("postfix", log), ("trace", trace)]
        .into_iter()
        .map(|(kind, text)| read_as(kind, text.as_bytes(), &known).contacts[0].key)
        .collect();
    assert!(keys.windows(2).all(|two| two[0] == two[1]), "{keys:?}");
}

#[test]
fn the_roster_accounts_only_for_those_on_it_on_their_days() {
    let alone = message("a@ice.dhs.gov", "tf@doc.example.org", "1");
    let two = message("a@ice.dhs.gov", "tf@doc.example.org, desk@doc.example.org", "2");
    let nobody = message("a@ice.dhs.gov", "pr@other.example.com", "3");
    let mail = format!("{alone}{two}{nobody}");
    let found_on = |roster: &str| found(&mail, &[], roster, &[]);
    let found = found_on("tf@doc.example.org,2026-06-01,2026-07-01\n");
    assert_eq!((found.rostered, found.unrecorded.len()), (1, 2));
    assert_eq!(found.of_roster.get("tf@doc.example.org"), Some(&1));
    assert_eq!(found_on("tf@doc.example.org,2026-01-01,2026-06-15\n").rostered, 0);
    assert_eq!(found_on("tf@doc.example.org,2026-01-01,\ndesk@doc.example.org,2026-06-15,\n").rostered, 2);
}

/// One copy to somebody on the roster does not hide another copy to somebody who is not.
#[test]
fn a_copy_to_somebody_else_takes_the_roster_s_account_away() {
    let one = message("a@ice.dhs.gov", "tf@doc.example.org", "1");
    let two = message("a@ice.dhs.gov", "desk@doc.example.org", "1");
    for mail in [format!("{one}{two}"), format!("{two}{one}")] {
        let found = found(&mail, &[], "tf@doc.example.org,2026-01-01,\n", &[]);
        assert_eq!((found.rostered, found.unrecorded.len(), found.copies), (0, 1, 1));
    }
}

#[test]
fn what_was_dismissed_is_left_out_and_counted() {
    let mail = message("a@ice.dhs.gov", "desk@doc.example.org", "1");
    let key = contacts(&known(), &mail)[0].key;
    let dismissed = found(&mail, &[], "", &[key]);
    assert_eq!((dismissed.dismissed, dismissed.unrecorded.len()), (1, 0));
    let recorded = found(&mail, &[("DOC", "ice_ero", DAY)], "", &[key]);
    assert_eq!((recorded.recorded, recorded.dismissed, recorded.cover.days, recorded.cover.most), (1, 0, 1, 1));
}

/// Beyond the bound there is no answer, rather than one that leaves something out.
#[test]
fn too_many_contacts_are_an_error() {
    let known = known();
    let one = contacts(&known, &message("a@ice.dhs.gov", "desk@doc.example.org", "1")).remove(0);
    let mut matcher = Matcher::new(Roster::default());
    for number in 0..=MOST_CONTACTS as u64 {
        let mut contact = one.clone();
        contact.key.0[..8].copy_from_slice(&number.to_be_bytes());
        matcher.add(contact);
    }
    let error = matcher.finish(&known.partners, &Requests::default(), 5, |_| false).unwrap_err();
    assert!(error.to_string().starts_with("more than 100000 contacts"), "{error}");
}

#[test]
fn contacts_are_counted_by_agency_and_day() {
    let mail = message("a@ice.dhs.gov", "desk@doc.example.org, tf@nypd.example.org", "1")
        + &message("a@ice.dhs.gov", "x@elsewhere.example.com", "2");
    let found = found(&mail, &[("DOC", "ice_ero", DAY)], "", &[]);
    let count = |agency: Option<&str>| found.by_day[&(agency.map(Into::into), DAY)];
    let (recorded, unrecorded) =
        (Counts { recorded: 1, ..Counts::default() }, Counts { unrecorded: 1, ..Counts::default() });
    assert_eq!((count(Some("DOC")), count(Some("NYPD")), count(None)), (recorded, unrecorded, unrecorded));
    let mut all = Counts::default();
    found.by_day.values().for_each(|counts| all += *counts);
    assert_eq!((all.recorded, all.unrecorded, all.all()), (found.recorded, found.unrecorded.len() as u64, 3));
}
