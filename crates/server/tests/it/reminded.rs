//! A served desk with `[mail]`: the reminder arrives at a mail server, and what cannot be meant stops the start.

mod server;

use std::{fs, process::Stdio, sync::mpsc::Receiver, thread, time::Duration};

use self::server::{Heard, Secured, mail_server};
use crate::{commands::Place, served::Served};

fn config(place: &Place, port: u16, tls: &str) -> String {
    config_with(place, "127.0.0.1", port, &format!("tls = \"{tls}\"\n"))
}

fn config_with(place: &Place, host: &str, port: u16, more: &str) -> String {
    let path = place.path().join("city.toml");
    let text = format!(
        "[mail]\nhost = \"{host}\"\nport = {port}\nhour = 0\nfrom = \"vouchsafe@desk.example.gov\"\n{more}\
         [mail.to.DOC]\nprivacy_officer = [\"privacy@doc.example.gov\"]\n"
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// The text of the next mail.
fn mail(heard: &Receiver<Heard>) -> String {
    loop {
        if let Heard::Mail(text) = heard.recv_timeout(Duration::from_mins(5)).unwrap() {
            return text;
        }
    }
}

/// The desk of an agency that owes the signs, whose mail server asks for a name and a password.
fn reminding(place: &Place, port: u16, tls: &str, authority: bool) -> Served {
    place.file("authority.pem", include_str!("reminded/mail/authority.pem"));
    place.file("mail.toml", "user = \"desk\"\npassword = \"secret words\"\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(place.path().join("mail.toml"), mode).unwrap();
    let authority = if authority { "authority = \"authority.pem\"\n" } else { "" };
    let more = format!("tls = \"{tls}\"\ncredentials = \"mail.toml\"\n{authority}");
    let config = config_with(place, "localhost", port, &more);
    let mut served = Served::start(place, &["--development-sign-in-for-everyone", "--config", &config]);
    served.sign_in("DOC");
    let form = format!("act=hold&requester=ice_ero&nonce={}", "0".repeat(32));
    assert_eq!(served.ask("POST", "/requests", &form).0, 303);
    served
}

#[test]
fn the_password_and_the_mail_go_over_a_secured_line_to_a_server_that_the_citys_authority_signed() {
    for (tls, secured) in [("start", Secured::Start), ("whole", Secured::Whole)] {
        let place = Place::new();
        let (port, heard) = mail_server(secured);
        let served = reminding(&place, port, tls, true);
        let said = heard.recv_timeout(Duration::from_mins(5)).unwrap();
        assert_eq!(said, Heard::Password { secured: true, text: "\0desk\0secret words".to_owned() }, "{tls}");
        let text = mail(&heard);
        assert!(text.contains("To: privacy@doc.example.gov") && text.contains("1 overdue"), "{tls}: {text}");
        served.stop();
    }
}

/// Whoever answers in the mail server's place gets neither.
#[test]
fn to_a_server_that_nobody_vouches_for_or_that_offers_no_secured_line_nothing_is_sent() {
    for (tls, secured, authority) in
        [("start", Secured::Start, false), ("whole", Secured::Whole, false), ("start", Secured::Never, true)]
    {
        let place = Place::new();
        let (port, heard) = mail_server(secured);
        let served = reminding(&place, port, tls, authority);
        let failed = |_: &u32| {
            thread::sleep(Duration::from_millis(100));
            let metrics = String::from_utf8(served.ask("GET", "/metrics", "").2).unwrap();
            assert!(!metrics.contains("vouchsafe_reminders_sent_total"), "{metrics}");
            metrics.contains("vouchsafe_reminders_failed_total 1")
        };
        assert!((0..3000).any(|number| failed(&number)), "{tls} {secured:?}: the failure was never counted");
        assert_eq!(heard.try_recv().ok(), None, "{tls} {secured:?}");
        served.stop();
    }
}

#[test]
fn a_served_desk_reminds_of_what_is_owed_and_tells_nothing_of_the_request() {
    let place = Place::new();
    let (port, heard) = mail_server(Secured::Never);
    let config = config(&place, port, "none");
    let mut served = Served::start(&place, &["--development-sign-in-for-everyone", "--config", &config]);
    served.sign_in("DOC");
    let form = format!("act=hold&requester=ice_ero&nonce={}&site=Rikers", "0".repeat(32));
    let (status, head, _) = served.ask("POST", "/requests", &form);
    assert_eq!(status, 303, "{head}");
    // Signs are due since 30 September 2026, whatever the day is.
    let mail = mail(&heard);
    assert!(mail.contains("To: privacy@doc.example.gov") && mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    assert!(mail.contains("Post the signs and mark the areas that are not public: 1, 1 overdue"), "{mail}");
    assert!(mail.contains("/duties"), "{mail}");
    assert!(!mail.contains("nobody has said"), "five days have not passed: {mail}");
    for word in ["rq-", "en-", "Rikers", "ICE", "ice_ero", "A. Clerk"] {
        assert!(!mail.contains(word), "{word}: {mail}");
    }
    // It counts as sent when the mail server has said goodbye.
    let metrics = || String::from_utf8(served.ask("GET", "/metrics", "").2).unwrap();
    let counted = |text: &String| text.contains("vouchsafe_reminders_sent_total 1");
    let metrics = (0..600)
        .map(|_| {
            thread::sleep(Duration::from_millis(100));
            metrics()
        })
        .find(counted)
        .expect("the reminder was never counted as sent");
    assert!(metrics.contains("vouchsafe_duties_overdue{agency=\"DOC\",kind=\"signs_posted\"} 1"), "{metrics}");
    served.stop();
}

#[test]
fn a_mail_server_elsewhere_without_tls_stops_the_start() {
    let place = Place::new();
    let config = config(&place, 25, "none");
    let text = fs::read_to_string(&config).unwrap().replace("127.0.0.1", "mail.example.gov");
    fs::write(&config, text).unwrap();
    let words = ["serve", "--listen", "127.0.0.1:0", "--development-sign-in-for-everyone", "--config", &config];
    let said = place.command(&words).stdin(Stdio::null()).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("`mail.example.gov` is not: write `tls = \"start\"`"), "{said}");
}
