//! What a reminder says, whole; that it is sent once a day; and what becomes of one that cannot be sent.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
};

use expect_test::expect;
use jiff::civil::date;

use super::*;
use crate::store::Sqlite;

/// A mail server for one test: takes mail, or answers each with this line instead.
fn mail_server(refuses: Option<&'static str>) -> (u16, Receiver<String>) {
    mail_server_that(move |_| refuses)
}

/// A mail server for one test: answers a line of the envelope with what it refuses it with, or takes it.
fn mail_server_that(refuses: impl Fn(&str) -> Option<&'static str> + Send + 'static) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, mails) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let mut say = |text: &str| write!(stream, "{text}\r\n").unwrap();
            say("220 mail.example ready");
            let mut envelope = String::new();
            while let Some(line) = lines.next() {
                let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
                match word.as_str() {
                    "EHLO" => say("250 mail.example"),
                    "MAIL" | "RCPT" => {
                        envelope.push_str(&format!("{line}\n"));
                        say(refuses(&line).unwrap_or("250 good"));
                    }
                    "DATA" => {
                        say("354 go on");
                        let text: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
                        sender.send(format!("{envelope}{}", text.join("\n"))).unwrap();
                        envelope.clear();
                        say("250 kept");
                    }
                    "QUIT" => {
                        say("221 bye");
                        break;
                    }
                    _ => say("250 good"),
                }
            }
        }
    });
    (port, mails)
}

struct City {
    sender: Sender,
    store: Arc<Sqlite>,
    _folder: tempfile::TempDir,
}

fn city(port: u16, to: &str) -> City {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap());
    let mail: Mail = toml::from_str(&format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"Vouchsafe <vouchsafe@desk.example.gov>\"\n{to}"
    ))
    .unwrap();
    let titles = BTreeMap::from([
        ("DOC".into(), "Department of Correction".to_owned()),
        ("NYPD".into(), "Police Department".to_owned()),
    ]);
    let link = "https://desk.example.gov/duties".to_owned();
    let sender = Sender::new(mail, Arc::clone(&store) as Arc<dyn Reminders>, link, titles).unwrap();
    City { sender, store, _folder: folder }
}

fn counts() -> Told {
    let count = |open, overdue| Count { open, overdue };
    let owed = BTreeMap::from([
        ((Some("DOC".into()), DutyKind::SupervisorTold), count(3, 2)),
        ((Some("DOC".into()), DutyKind::FollowedUp), count(1, 0)),
        ((Some("DOC".into()), DutyKind::ParentTold), count(0, 0)),
        ((Some("NYPD".into()), DutyKind::PrivacyOfficerTold), count(1, 1)),
        ((None, DutyKind::Filed), count(1, 1)),
    ]);
    let found = BTreeMap::from([("DOC".into(), 7), ("DSS".into(), 0), ("NYPD".into(), 1)]);
    let undone = BTreeMap::from([("DOC".into(), 1), ("NYPD".into(), 12)]);
    Told { owed, found, undone }
}

const TO_DOC: &str = "[to.DOC]\nprivacy_officer = [\"privacy@doc.example.gov\"]\n";

fn at(hour: i8) -> DateTime {
    date(2026, 11, 27).at(hour, 0, 0, 0)
}

/// The whole of it, as the mail server got it: headers that could tell something are none.
#[test]
fn a_reminder_has_counts_and_a_link_and_says_nothing_about_a_person() {
    let (port, mails) = mail_server(None);
    let city = city(port, TO_DOC);
    city.sender.round(at(8), &counts()).unwrap();
    let mail = mails.recv().unwrap();
    let varies = |line: &&str| !line.starts_with("Date: ") && !line.starts_with("Message-ID: ");
    let id = mail.lines().find(|line| line.starts_with("Message-ID: <")).unwrap();
    assert!(id.ends_with("@desk.example.gov>"), "{id}");
    let fixed: Vec<&str> = mail.lines().filter(varies).collect();
    expect![[r#"
        MAIL FROM:<vouchsafe@desk.example.gov>
        RCPT TO:<privacy@doc.example.gov>
        From: Vouchsafe <vouchsafe@desk.example.gov>
        To: privacy@doc.example.gov
        Subject: Duties to do, 2 overdue
        Auto-Submitted: auto-generated
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        4 duties are to be done, 2 overdue.
        7 possible violations are in the record.
        Of 1 request that came 5 days ago or earlier no entry says what was done.
        The 5 days are this product=E2=80=99s own practice, no law=E2=80=99s.

        Department of Correction
        - Tell the supervisor: 3, 2 overdue
        - Look whether a federal charge was filed after a hand-over: 1, 0 overdue
        - Possible violations: 7
        - Requests of which no entry says what was done: 1

        Sign in to see which: https://desk.example.gov/duties

        This message has counts alone. Please answer nothing about a case by mail."#]]
    .assert_eq(&fixed.join("\n"));
}

#[test]
fn each_is_told_of_their_own_agencies_and_whoever_has_nothing_to_do_of_nothing() {
    let (port, _mails) = mail_server(None);
    let city = city(port, TO_DOC);
    let text = |agencies: &[&str]| {
        let agencies = agencies.iter().map(|agency| (*agency).into()).collect();
        city.sender.text(&agencies, &counts(), date(2026, 11, 27)).map(|(subject, body)| format!("{subject}\n{body}"))
    };
    let doc = text(&["DOC"]).unwrap();
    assert!(
        doc.contains("Department of Correction") && !doc.contains("Police") && !doc.contains("designates"),
        "{doc}"
    );
    let both = text(&["DOC", "NYPD"]).unwrap();
    assert!(both.contains("5 duties are to be done, 3 overdue.") && !both.contains("designates"), "{both}");
    let all = text(&["*"]).unwrap();
    assert!(
        all.contains("6 duties are to be done, 4 overdue.") && all.contains("The office that the mayor designates")
    );
    assert!(all.contains("8 possible violations") && all.contains("Of 13 requests that came 5 days ago"), "{all}");
    assert_eq!(text(&["DSS"]), None);
    // Whoever has no duty is told of what the record shows all the same.
    let told = |found, undone| Told { owed: Counts::new(), found, undone };
    let (friday, monday) = (date(2026, 11, 27), date(2026, 11, 30));
    let one = BTreeMap::from([("DSS".into(), 1)]);
    let of_dss = |told: &Told| city.sender.text(&BTreeSet::from(["DSS".into()]), told, monday).unwrap().1;
    let found = of_dss(&told(one.clone(), BTreeMap::new()));
    assert!(found.contains("1 possible violation is in the record.") && !found.contains("no entry says"), "{found}");
    // But on Mondays alone: nobody can end it, and what comes every day is read by nobody.
    let dss = BTreeSet::from(["DSS".into()]);
    assert_eq!(city.sender.text(&dss, &told(one.clone(), BTreeMap::new()), friday), None);
    let undone = of_dss(&told(BTreeMap::new(), BTreeMap::from([("DSS".into(), 2)])));
    assert!(undone.contains("Of 2 requests") && !undone.contains("possible violation"), "{undone}");
    assert_eq!(city.sender.text(&dss, &told(BTreeMap::new(), BTreeMap::new()), monday), None);
}

#[test]
fn nobody_is_written_to_before_the_hour_nor_twice_on_a_day_also_after_a_start_or_when_a_clock_goes_back() {
    let (port, mails) = mail_server(None);
    let first = city(port, &format!("{TO_DOC}supervisor = [\"Privacy@DOC.example.gov\"]\n"));
    first.sender.round(at(6), &counts()).unwrap();
    assert!(mails.try_recv().is_err(), "it is before seven");
    for hour in [7, 8, 23] {
        first.sender.round(at(hour), &counts()).unwrap();
    }
    // Another process, or this one started anew, with the same store.
    let again = Sender {
        mail: first.sender.mail.clone(),
        transport: first.sender.transport.clone(),
        reminders: Arc::clone(&first.store) as Arc<dyn Reminders>,
        link: String::new(),
        words: Words::new("en"),
        titles: BTreeMap::new(),
    };
    again.round(at(9), &counts()).unwrap();
    again.round(date(2026, 11, 26).at(9, 0, 0, 0), &counts()).unwrap();
    assert_eq!(mails.try_iter().count(), 1);
    again.round(date(2026, 11, 28).at(7, 0, 0, 0), &counts()).unwrap();
    assert_eq!(mails.try_iter().count(), 1, "the next day");
}

#[test]
fn what_was_refused_is_said_without_an_address_and_sent_when_the_server_takes_it() {
    let (port, _) = mail_server(Some("550 privacy@doc.example.gov is not here"));
    let mut refused = city(port, TO_DOC);
    let error = format!("{:#}", refused.sender.round(at(8), &counts()).unwrap_err());
    assert!(error.contains("550") && !error.contains("doc.example.gov"), "{error}");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let away = city(closed, TO_DOC);
    let error = format!("{:#}", away.sender.round(at(8), &counts()).unwrap_err());
    assert_eq!(error, "the mail server could not be spoken to");
    let (port, mails) = mail_server(None);
    refused.sender.transport = city(port, TO_DOC).sender.transport;
    refused.sender.round(at(9), &counts()).unwrap();
    assert_eq!(mails.try_iter().count(), 1, "the day was given back");
}

#[test]
fn one_who_cannot_be_written_to_keeps_nobody_else_from_their_reminder() {
    let (port, mails) = mail_server_that(|line| line.contains("RCPT TO:<a@").then_some("550 not here"));
    let both = city(port, "[to.DOC]\nsupervisor = [\"a@doc.example.gov\"]\nrecords = [\"b@doc.example.gov\"]\n");
    for hour in [8, 9] {
        let error = format!("{:#}", both.sender.round(at(hour), &counts()).unwrap_err());
        assert!(error.contains("550"), "{error}");
    }
    let mail = mails.try_iter().collect::<Vec<_>>();
    assert!(mail.len() == 1 && mail[0].contains("RCPT TO:<b@doc.example.gov>"), "{mail:?}");
    let one = Sha256::digest("a@doc.example.gov").into();
    assert!(both.store.claim(&one, date(2026, 11, 27)).unwrap(), "the day of the one who was refused was given back");
}

/// A line that cannot be secured is not used: the server offers no STARTTLS.
#[test]
fn nothing_goes_over_a_line_that_should_be_secured_and_is_not() {
    let (port, mails) = mail_server(None);
    let city = city(port, TO_DOC);
    let mail = Mail { tls: Tls::Start, ..city.sender.mail.clone() };
    let secured = Sender { transport: transport(&mail).unwrap(), mail, ..city.sender };
    assert!(secured.round(at(8), &counts()).is_err());
    assert!(mails.try_recv().is_err());
}
