//! A served desk with `[mail]`: the reminder arrives at a mail server, and what cannot be meant stops the start.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    process::Stdio,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use crate::commands::Place;
use crate::served::Served;

/// A mail server that takes one mail and hands its text over.
fn mail_server() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, mails) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            write!(stream, "220 mail.example\r\n").unwrap();
            while let Some(line) = lines.next() {
                let answer = match line.get(..4).unwrap_or_default() {
                    "DATA" => {
                        write!(stream, "354 go on\r\n").unwrap();
                        let text: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
                        sender.send(text.join("\n")).unwrap();
                        "250 kept"
                    }
                    "QUIT" => "221 bye",
                    _ => "250 good",
                };
                write!(stream, "{answer}\r\n").unwrap();
            }
        }
    });
    (port, mails)
}

fn config(place: &Place, port: u16, tls: &str) -> String {
    let path = place.path().join("city.toml");
    let text = format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"{tls}\"\nhour = 0\nfrom = \"vouchsafe@desk.example.gov\"\n\
         [mail.to.DOC]\nprivacy_officer = [\"privacy@doc.example.gov\"]\n"
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_served_desk_reminds_of_what_is_owed_and_tells_nothing_of_the_request() {
    let place = Place::new();
    let (port, mails) = mail_server();
    let config = config(&place, port, "none");
    let mut served = Served::start(&place, &["--development-sign-in-for-everyone", "--config", &config]);
    served.sign_in("DOC");
    let form = format!("act=hold&requester=ice_ero&nonce={}&site=Rikers", "0".repeat(32));
    let (status, head, _) = served.ask("POST", "/requests", &form);
    assert_eq!(status, 303, "{head}");
    // Signs are due since 30 September 2026, whatever the day is.
    let mail = mails.recv_timeout(Duration::from_mins(5)).unwrap();
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
