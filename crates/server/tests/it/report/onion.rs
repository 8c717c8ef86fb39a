//! A report through Tor: the served door as an onion service, in a network of Debian's `tor` on this machine alone, which
//! `cargo xtask onion` builds (xtask/src/onion.rs). Only `cargo xtask test --long` names it.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use ureq::unversioned::{
    resolver::{ResolvedSocketAddrs, Resolver},
    transport::{DefaultConnector, NextTimeout},
};

use super::{
    inbox::{Office, office},
    *,
};
use crate::served::Served;

/// How long the network may need to hear of the service: it was seen to need three seconds.
const PATIENCE: Duration = Duration::from_secs(300);

/// The network, which ends when its input does: with this test, however that ends.
struct Network {
    process: Child,
    socks: String,
    /// The service's address, as its file says it.
    onion: String,
}

impl Network {
    fn start(program: &OsStr, door: &str) -> Self {
        let mut command = Command::new(program);
        let mut process =
            command.args(["onion", door]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut said = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let told: serde_json::Value = serde_json::from_str(&said).expect("the network stands");
        let of = |name: &str| told[name].as_str().unwrap().to_owned();
        Self { process, socks: of("socks"), onion: of("onion") }
    }

    /// A phone that knows the service's address, and no other way than Tor's.
    fn phone(&self, recipient: Recipient) -> Phone {
        let phone = Phone::with(&self.onion, recipient);
        let name = self.onion.strip_prefix("http://").unwrap().to_owned();
        let way = Through(by_socks(self.socks.clone(), name));
        let agent = ureq::Agent::with_parts(phone.agent.config().clone(), DefaultConnector::default(), way);
        Phone { agent, ..phone }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Whatever is asked for is found here.
#[derive(Debug)]
struct Through(SocketAddr);

impl Resolver for Through {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        found.push(self.0);
        Ok(found)
    }
}

/// One connection to the service (RFC 1928): the name is Tor's to find.
fn connect(socks: &str, name: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(socks)?;
    stream.write_all(&[5, 1, 0])?;
    let mut method = [0; 2];
    stream.read_exact(&mut method)?;
    let length = u8::try_from(name.len()).unwrap();
    stream.write_all(&[&[5, 1, 0, 3, length], name.as_bytes(), &80_u16.to_be_bytes()].concat())?;
    let mut reply = [0; 10];
    stream.read_exact(&mut reply)?;
    if reply[1] == 0 { Ok(stream) } else { Err(std::io::Error::other(format!("SOCKS says {}", reply[1]))) }
}

/// An address of this machine from which every connection goes to the service through Tor, or ends.
fn by_socks(socks: String, name: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap();
    let carry = |mut from: TcpStream, mut to: TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    std::thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let (socks, name) = (socks.clone(), name.clone());
            std::thread::spawn(move || {
                let Ok(far) = connect(&socks, &name) else { return };
                let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                std::thread::spawn(move || carry(far_too, near_too));
                carry(near, far);
            });
        }
    });
    here
}

/// Pages as `vouchsafe serve` takes them, with one that people read, published by two people.
fn pages_with_a_page(place: &crate::commands::Place) {
    let folder = place.path().join("pages");
    published::pages(&folder, &place.path().join("data"), &[1, 2]);
    let manifest = folder.join("manifest.json");
    let mut told: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    let page = b"<!doctype html><title>Report</title>";
    fs::write(folder.join("en.html"), page).unwrap();
    told["files"]["/en.html"] = serde_json::json!({ "sha256": hex::encode(Sha256::digest(page)), "type": "text/html" });
    fs::write(manifest, told.to_string()).unwrap();
    let publish = ["pages", "publish", "--report-pages", "pages", "--by", "A. Privacy", "--by", "B. Counsel"];
    let done = place.run(&[&publish[..], &["--config", "city.toml"]].concat());
    assert_eq!(done.status, 0, "{}", done.err);
}

/// What an operator does, in the order of docs/ops/onion-service.md, and then what a resident does.
#[test]
fn a_report_goes_its_whole_way_through_tor() {
    let Some(program) = std::env::var_os("VOUCHSAFE_ONION") else {
        println!("skipped: no Tor network is named (`cargo xtask test --long` builds one)");
        return;
    };
    let Office { place, recipient, .. } = office();
    let config = |more: &str| place.file("city.toml", format!("data = \"data\"\n[log]\norigin = \"{ORIGIN}\"\n{more}"));
    let words = |door: &str| ["--config", "city.toml", "--report", door, "--report-pages", "pages"].map(str::to_owned);
    let serve = |words: &[String]| Served::start(&place, &words.iter().map(String::as_str).collect::<Vec<_>>());
    config("");
    let first = serve(&words("127.0.0.1:0")[..4]);
    let door = first.told["reports"]["url"].as_str().unwrap().trim_end_matches('/').to_owned();
    let address = door.strip_prefix("http://").unwrap().to_owned();
    let network = Network::start(&program, &address);
    first.stop();
    pages_with_a_page(&place);
    config(&format!("[report]\nonion = \"{}\"\n", network.onion));
    let served = serve(&words(&address));

    let phone = network.phone(recipient.clone());
    let until = Instant::now() + PATIENCE;
    while phone.try_call("GET", "/in/work?bytes=0", &[], b"").is_none() {
        assert!(Instant::now() < until, "nobody finds the service");
        std::thread::sleep(Duration::from_millis(500));
    }
    // Whoever opens the pages elsewhere is told of this way; it is the same page.
    let elsewhere = Phone::with(&door, recipient.clone()).call("GET", "/en.html", &[], b"");
    let here = phone.call("GET", "/en.html", &[], b"");
    assert_eq!(here.text(), elsewhere.text());
    for page in [here, elsewhere] {
        assert_eq!(page.headers["onion-location"], format!("{}/en.html", network.onion));
    }

    let photo: Vec<u8> = (0..700_000_u32).map(|byte| (byte * 7) as u8).collect();
    let (sealed, attachment) = phone.seal_file(&photo, "a.jpg");
    let ready = phone.seal("said through Tor", vec![(phone.upload(&sealed), attachment)]);
    let key = parse_keys(served.told["reports"]["promise_key"].as_str().unwrap()).unwrap().remove(0);
    let answer = phone.send(&ready);
    phone.check(&key, &ready, &answer);
    // Who comes back from elsewhere, with the receipt alone, is given the same promise.
    let receipt = Receipt::from_digits(&phone.receipt.to_digits()).unwrap();
    let back = Phone { receipt, ..network.phone(recipient.clone()) };
    assert_eq!(back.promises(0), [answer.text()]);
    served.stop();

    let listed = place.run(&["--json", "inbox", "list", "--data", "data"]).json();
    let id = listed[0]["id"].as_str().unwrap();
    let opened = place.run(&["inbox", "open", id, "--key", "official.key", "--out", "opened", "--data", "data"]);
    assert!(opened.status == 0 && opened.out.contains("said through Tor"), "{}{}", opened.out, opened.err);
    assert!(fs::read(place.path().join("opened/attachment-01.jpg")).unwrap() == photo);
}
