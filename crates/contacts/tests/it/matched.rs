//! What the record, the roster and dismissals account for.

use contacts::{
    Contact, ContactKey, Counts, Found, Known, MOST_CONTACTS, MOST_OF_ONE, Matcher, Reach, Request, RequestNumber,
    Requests, Roster, Said, Way,
};
use jiff::{
    ToSpan as _,
    civil::{Date, date},
};
use proptest::prelude::*;

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

fn request(agency: &str, requester: &str, day: Date) -> Request {
    let (agency, requester) = (agency.into(), requester.into());
    Request { agency, requester, day, written: true, names: [].into() }
}

/// Of the Department of Correction, on the day of the messages.
fn asked() -> Request {
    request("DOC", "ice_ero", DAY)
}

fn naming(name: &str) -> Request {
    Request { names: [name.to_owned()].into(), ..asked() }
}

fn by_telephone() -> Request {
    Request { written: false, ..asked() }
}

fn matched(
    contacts: Vec<Contact>,
    requests: Vec<Request>,
    roster: &str,
    said: impl Fn(&ContactKey, &[RequestNumber]) -> Option<Said>,
) -> Found {
    matched_from(None, contacts, requests, roster, said)
}

/// The same where the files are said to cover this day and those after it.
fn matched_from(
    from: Option<Date>,
    contacts: Vec<Contact>,
    requests: Vec<Request>,
    roster: &str,
    said: impl Fn(&ContactKey, &[RequestNumber]) -> Option<Said>,
) -> Found {
    let roster = Roster::parse(format!("address,from,until\n{roster}").as_bytes()).unwrap();
    let mut matcher = Matcher::new(roster);
    contacts.into_iter().for_each(|contact| matcher.add(contact));
    let mut asked = Requests::default();
    let numbers: Vec<RequestNumber> = requests.into_iter().map(|request| asked.add(request)).collect();
    let reach = Reach { window_days: 5, from };
    matcher.finish(&known().partners, &asked, reach, |key| said(key, &numbers)).unwrap()
}

fn found(mail: &str, requests: &[(&str, &str, Date)], roster: &str, dismissed: &[ContactKey]) -> Found {
    let requests = requests.iter().map(|(agency, requester, day)| request(agency, requester, *day)).collect();
    let said = |key: &ContactKey, _: &[RequestNumber]| dismissed.contains(key).then_some(Said::Dismissed);
    matched(contacts(&known(), mail), requests, roster, said)
}

/// What is recorded and what is left of these messages, each from an officer to one of the staff, by these requests.
fn counted(messages: &[(&str, &str)], requests: Vec<Request>) -> (u64, usize) {
    let mail: String = messages
        .iter()
        .enumerate()
        .map(|(at, (from, to))| {
            message(&format!("{from}@ice.dhs.gov"), &format!("{to}@doc.example.org"), &at.to_string())
        })
        .collect();
    let found = matched(contacts(&known(), &mail), requests, "", |_, _| None);
    (found.recorded, found.unrecorded.len())
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
    assert_eq!(found.unrecorded[0].contact.staff, ["desk@doc.example.org"]);
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
    // What was dismissed uses no request up.
    assert_eq!((recorded.recorded, recorded.dismissed, recorded.cover.requests), (0, 1, 0));
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
    let error = matcher
        .finish(&known.partners, &Requests::default(), Reach { window_days: 5, from: None }, |_| None)
        .unwrap_err();
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

/// The clerk who wrote down one request does not cover for the clerk beside who wrote down none.
#[test]
fn one_request_accounts_for_the_contacts_of_the_same_people_alone() {
    let two = [("a", "desk"), ("b", "clerk")];
    assert_eq!(counted(&two, vec![asked()]), (1, 1));
    assert_eq!(counted(&two, vec![asked(), asked()]), (2, 0));
    // The same officer writes to somebody else, another officer to the same clerk: each is another exchange.
    assert_eq!(counted(&[("a", "desk"), ("a", "clerk")], vec![asked()]), (1, 1));
    assert_eq!(counted(&[("a", "desk"), ("b", "desk")], vec![asked()]), (1, 1));
}

#[test]
fn one_request_accounts_for_a_few_contacts_of_an_exchange_and_no_more() {
    let many = vec![("a", "desk"); MOST_OF_ONE as usize + 1];
    assert_eq!(counted(&many, vec![asked()]), (MOST_OF_ONE, 1));
    assert_eq!(counted(&many, vec![asked(), asked()]), (MOST_OF_ONE + 1, 0));
    let left = found(&message("a@ice.dhs.gov", "desk@doc.example.org", "1"), &[("DOC", "cbp", DAY)], "", &[]);
    assert_eq!((left.unrecorded[0].near, left.cover.requests), (0, 0));
    let mail =
        message("a@ice.dhs.gov", "desk@doc.example.org", "1") + &message("b@ice.dhs.gov", "clerk@doc.example.org", "2");
    let left = found(&mail, &[("DOC", "ice_ero", DAY)], "", &[]);
    assert_eq!((left.unrecorded[0].near, left.cover.requests, left.cover.most), (1, 1, 1));
}

#[test]
fn a_request_that_names_an_address_is_of_nobody_else() {
    for name in ["desk@doc.example.org", "a@ice.dhs.gov"] {
        assert_eq!(counted(&[("b", "clerk")], vec![naming(name)]), (0, 1), "{name}");
        assert_eq!(counted(&[("a", "desk")], vec![naming(name)]), (1, 0), "{name}");
    }
    // The same people all the same: whoever names a shared mailbox does not name everybody who writes to it.
    for name in ["desk@doc.example.org", "a@ice.dhs.gov"] {
        assert_eq!(counted(&[("a", "desk"), ("a", "clerk"), ("b", "desk")], vec![naming(name)]), (1, 2), "{name}");
    }
    assert_eq!(
        counted(&[("a", "desk@doc.example.org, clerk"), ("a", "clerk")], vec![naming("desk@doc.example.org")]),
        (1, 1)
    );
    // It is kept for them though others come first.
    assert_eq!(counted(&[("b", "clerk"), ("a", "desk")], vec![naming("desk@doc.example.org")]), (1, 1));
}

/// What was asked by telephone is recorded; what the same people write besides is not thereby.
#[test]
fn a_request_by_telephone_accounts_for_look_ups_and_for_mail_that_it_names() {
    assert_eq!(counted(&[("a", "desk")], vec![by_telephone()]), (0, 1));
    assert_eq!(counted(&[("a", "desk")], vec![Request { written: false, ..naming("desk@doc.example.org") }]), (1, 0));
    let mut look_up = contacts(&known(), &message("a@ice.dhs.gov", "desk@doc.example.org", "1"));
    look_up[0].way = Way::System;
    look_up[0].theirs.clear();
    assert_eq!(matched(look_up, vec![by_telephone()], "", |_, _| None).recorded, 1);
}

/// Contacts from before the files may have used a request up: then it is free for nobody, and what was left stays left in a later run whose
/// files begin later.
#[test]
fn a_request_that_earlier_contacts_may_have_used_is_free_for_nobody() {
    let one = contacts(&known(), &message("a@ice.dhs.gov", "desk@doc.example.org", "1"));
    let left = |from, request| matched_from(Some(from), one.clone(), vec![request], "", |_, _| None).unrecorded.len();
    assert_eq!((left(date(2026, 6, 10), asked()), left(date(2026, 6, 11), asked())), (0, 1));
    assert_eq!(left(date(2026, 6, 15), naming("desk@doc.example.org")), 0, "it says whose it is");
    // A week that slides: another's contact of the 9th uses the request, also when the 9th is read no more.
    let mail =
        message("b@ice.dhs.gov", "clerk@doc.example.org", "2").replace("15 Jun", "9 Jun").replace("Jun 15", "Jun  9");
    let both: Vec<Contact> = contacts(&known(), &mail).into_iter().chain(one.clone()).collect();
    let early = || request("DOC", "ice_ero", date(2026, 6, 10));
    let whole = matched_from(Some(date(2026, 6, 1)), both, vec![early()], "", |_, _| None);
    assert_eq!(whole.unrecorded[0].contact.key, one[0].key);
    assert_eq!(left(date(2026, 6, 10), early()), 1);
}

#[test]
fn what_was_left_is_accounted_for_by_a_request_that_was_recorded_since() {
    let one = contacts(&known(), &message("a@ice.dhs.gov", "desk@doc.example.org", "1"));
    let left =
        |known: u64, requests| matched(one.clone(), requests, "", |_, _| Some(Said::Left(known))).unrecorded.len();
    assert_eq!((left(1, vec![asked()]), left(1, vec![asked(), asked()])), (1, 0));
    assert_eq!((left(1, vec![naming("desk@doc.example.org")]), left(0, vec![asked()])), (1, 0));
    assert_eq!(left(1, vec![asked(), naming("clerk@doc.example.org")]), 1);
}

/// Nobody accounts for another agency's contact by a request of the own, nor for one with another authority.
#[test]
fn what_is_said_of_a_request_of_others_is_not_believed() {
    let one = contacts(&known(), &message("a@ice.dhs.gov", "desk@doc.example.org", "1"));
    let said = |_: &ContactKey, numbers: &[RequestNumber]| Some(Said::Of(numbers[0]));
    for (of, left) in [("DOC", 0), ("NYPD", 1)] {
        assert_eq!(matched(one.clone(), vec![request(of, "ice_ero", DAY)], "", said).unrecorded.len(), left, "{of}");
    }
    assert_eq!(matched(one, vec![request("DOC", "cbp", DAY)], "", said).unrecorded.len(), 1);
}

/// The mail that asks and the look-up that answers are one request.
#[test]
fn one_request_accounts_for_mail_and_for_look_ups() {
    let mut both = contacts(
        &known(),
        &(message("a@ice.dhs.gov", "desk@doc.example.org", "1")
            + &message("a@ice.dhs.gov", "desk@doc.example.org", "2")),
    );
    both[1].way = Way::System;
    both[1].staff = vec!["u123".to_owned()];
    both[1].theirs.clear();
    for request in [asked(), naming("desk@doc.example.org")] {
        let found = matched(both.clone(), vec![request], "", |_, _| None);
        assert_eq!((found.recorded, found.cover.requests, found.cover.most), (2, 1, 2));
    }
}

/// Whoever says that a contact belongs to a request is believed, whatever its day; the request accounts for what it accounted for before.
#[test]
fn what_somebody_said_goes_first_and_takes_nothing_from_others() {
    let mail = message("b@ice.dhs.gov", "clerk@doc.example.org", "1")
        + &message("a@ice.dhs.gov", "desk@doc.example.org", "2")
            .replace("Jun 2026", "May 2026")
            .replace("Jun 15", "May 15");
    let contacts = contacts(&known(), &mail);
    let earlier = contacts.iter().find(|it| it.day < DAY).unwrap().key;
    let said = |key: &ContactKey, numbers: &[RequestNumber]| (*key == earlier).then(|| Said::Of(numbers[0]));
    assert_eq!(matched(contacts.clone(), vec![asked()], "", said).recorded, 2);
    assert_eq!(matched(contacts, vec![asked()], "", |_, _| None).unrecorded[0].contact.key, earlier);
}

/// A request is of the mail of its own day, before what others wrote some days earlier.
#[test]
fn a_request_goes_to_the_contact_of_its_own_day() {
    let mail =
        message("b@ice.dhs.gov", "clerk@doc.example.org", "1").replace("15 Jun", "11 Jun").replace("Jun 15", "Jun 11")
            + &message("a@ice.dhs.gov", "desk@doc.example.org", "2")
            + &message("desk@doc.example.org", "a@ice.dhs.gov", "3");
    let found = found(&mail, &[("DOC", "ice_ero", DAY)], "", &[]);
    assert_eq!(
        (found.recorded, found.unrecorded[0].contact.staff.as_slice()),
        (2, &["clerk@doc.example.org".to_owned()][..])
    );
    assert_eq!(found.seen.len(), 3);
}

proptest! {
    /// Whatever people write on whatever days: no more is accounted for than the requests can, what is left is left for want of one,
    /// and files in another order say the same.
    #[test]
    fn no_request_accounts_for_more_than_its_own(
        messages in prop::collection::vec((0..4_u8, 0..4_u8, 1..29_i8), 0..40),
        days in prop::collection::vec((1..29_i8, any::<bool>(), prop::option::of(0..4_u8)), 0..12),
    ) {
        let one = contacts(&known(), &message("a@ice.dhs.gov", "desk@doc.example.org", "1")).remove(0);
        let contact = |(at, (from, to, day)): (usize, &(u8, u8, i8))| {
            let mut contact = one.clone();
            contact.key.0[0] = at as u8;
            (contact.staff, contact.theirs) = (vec![format!("s{to}@doc.example.org")], vec![format!("o{from}@ice.dhs.gov")]);
            contact.day = date(2026, 6, *day);
            contact
        };
        let all: Vec<Contact> = messages.iter().enumerate().map(contact).collect();
        let requests: Vec<Request> = days.iter().map(|(day, written, name)| Request {
            written: *written,
            names: name.map(|name| format!("s{name}@doc.example.org")).into_iter().collect(),
            ..request("DOC", "ice_ero", date(2026, 6, *day))
        }).collect();
        let found = matched(all.clone(), requests.clone(), "", |_, _| None);
        prop_assert_eq!(found.recorded + found.unrecorded.len() as u64, all.len() as u64);
        prop_assert!(found.cover.most <= MOST_OF_ONE);
        prop_assert!(found.recorded <= found.cover.requests * MOST_OF_ONE);
        let near = |contact: &Contact, request: &Request| contact.day.duration_until(request.day).abs().as_hours() <= 5 * 24;
        for left in &found.unrecorded {
            let counted = requests.iter().filter(|request| near(&left.contact, request)).count() as u64;
            prop_assert_eq!(left.near, counted);
        }
        let left: Vec<ContactKey> = found.unrecorded.iter().map(|it| it.contact.key).collect();
        for contact in all.iter().filter(|it| !left.contains(&it.key)) {
            let can = |request: &&Request| near(contact, request) && (request.names.contains(&contact.staff[0]) || request.names.is_empty() && request.written);
            prop_assert!(requests.iter().any(|request| can(&request)));
        }
        let turned = matched(all.into_iter().rev().collect(), requests, "", |_, _| None);
        prop_assert_eq!(turned, found);
    }

    /// What an earlier comparison left is left by each later one, whatever its files share out in another way.
    #[test]
    fn what_was_left_is_left_whatever_other_files_share_out(
        messages in prop::collection::vec((0..3_u8, 0..3_u8, 0..40_i8), 0..40),
        days in prop::collection::vec((0..40_i8, prop::option::of(0..3_u8)), 0..14),
        from in 0..25_i8,
    ) {
        let one = contacts(&known(), &message("a@ice.dhs.gov", "desk@doc.example.org", "1")).remove(0);
        let day = |number: i8| date(2026, 4, 1).checked_add(i64::from(number).days()).unwrap();
        let contact = |(at, (from, to, on)): (usize, &(u8, u8, i8))| {
            let mut contact = one.clone();
            contact.key.0[0] = at as u8;
            (contact.staff, contact.theirs) = (vec![format!("s{to}@doc.example.org")], vec![format!("o{from}@ice.dhs.gov")]);
            contact.day = day(*on);
            contact
        };
        let all: Vec<Contact> = messages.iter().enumerate().map(contact).collect();
        let requests: Vec<Request> = days.iter().map(|(on, name)| Request {
            names: name.map(|name| format!("s{name}@doc.example.org")).into_iter().collect(),
            ..request("DOC", "ice_ero", day(*on))
        }).collect();
        let first = matched_from(Some(day(0)), all.clone(), requests.clone(), "", |_, _| None);
        let left: Vec<ContactKey> = first.unrecorded.iter().map(|it| it.contact.key).collect();
        let count = requests.len() as u64;
        let said = |key: &ContactKey, _: &[RequestNumber]| left.contains(key).then_some(Said::Left(count));
        let read: Vec<Contact> = all.into_iter().filter(|it| it.day >= day(from)).collect();
        let later = matched_from(Some(day(from)), read.clone(), requests, "", said);
        for contact in read.iter().filter(|it| left.contains(&it.key)) {
            prop_assert!(later.unrecorded.iter().any(|it| it.contact.key == contact.key), "{}", contact.day);
        }
    }
}
