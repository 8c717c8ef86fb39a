//! The end of a serving process, asked for at the worst moments.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStdout, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::commands::Place;

/// The program with both doors, and what it says.
fn serve(place: &Place) -> (Child, BufReader<ChildStdout>) {
    let mut child = place
        .command(&["serve", "--listen", "127.0.0.1:0", "--report", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    (child, said)
}

fn terminate(child: &Child) {
    kill_process(Pid::from_child(child), Signal::TERM).unwrap();
}

/// The exit status, or that there is none after so long.
fn ended(child: &mut Child, limit: Duration) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    None
}

#[test]
fn told_to_stop_before_its_second_door_is_open_it_stops_in_order() {
    let place = Place::new();
    for _ in 0..8 {
        let (mut child, mut said) = serve(&place);
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        // The reports' door is told first; the desk does not listen yet.
        assert!(line.starts_with("Reports"), "{line}");
        terminate(&child);
        assert_eq!(ended(&mut child, Duration::from_secs(60)), Some(0));
    }
}

#[test]
fn a_caller_who_holds_a_call_open_does_not_hold_the_process() {
    let place = Place::new();
    let (mut child, said) = serve(&place);
    let mut lines = said.lines().map_while(Result::ok);
    let reports = lines.next().unwrap();
    let address = reports.split_once("http://").unwrap().1.split('/').next().unwrap().to_owned();
    let health = lines.find(|line| line.starts_with("Health")).unwrap();
    let desk = health.split_once("http://").unwrap().1.split('/').next().unwrap().to_owned();
    let mut slow = TcpStream::connect(address).unwrap();
    slow.write_all(b"POST /in/reports HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000\r\n\r\nhalf").unwrap();
    let mut quick = TcpStream::connect(slow.peer_addr().unwrap()).unwrap();
    quick.write_all(b"GET /in/days HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").unwrap();
    assert!(quick.read(&mut [0; 64]).unwrap() > 0, "the door is open");
    let mut desk = TcpStream::connect(desk).unwrap();
    desk.write_all(b"POST /sign-in HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000\r\n\r\nhalf").unwrap();
    terminate(&child);
    // By itself it would never end. Ten seconds, ten more for what works without waiting, and what a busy machine takes.
    assert_eq!(ended(&mut child, Duration::from_secs(60)), Some(0));
}
