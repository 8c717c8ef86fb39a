//! Garage, a real server of object storage: it checks signatures, keeps to what a key may do, and can die. Only
//! `cargo xtask test --long` installs it and names it.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use super::{
    storage::{BUCKET, settings_with},
    *,
};

const KEY: &str = "GKaaaaaaaaaaaaaaaaaaaaaaaa";
const SECRET: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// One server with one bucket, and one key that may read there and write.
struct Garage {
    program: std::ffi::OsString,
    folder: tempfile::TempDir,
    process: Mutex<Child>,
    address: String,
    url: String,
}

impl Garage {
    /// None, and said so, where nobody tells where it is.
    fn start() -> Option<Arc<Self>> {
        let Some(program) = std::env::var_os("VOUCHSAFE_GARAGE") else {
            println!("skipped: Garage is not named (`cargo xtask test --long` installs it)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // Both are held until both are known.
        let held = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [rpc, address] = held.map(|one| one.local_addr().unwrap().to_string());
        let (below, secret) = (folder.path().display(), "1".repeat(64));
        let config = format!(
            "metadata_dir = \"{below}/meta\"\ndata_dir = \"{below}/data\"\ndb_engine = \"sqlite\"\n\
             metadata_fsync = true\ndata_fsync = true\nreplication_factor = 1\n\
             rpc_bind_addr = \"{rpc}\"\nrpc_public_addr = \"{rpc}\"\nrpc_secret = \"{secret}\"\n\
             [s3_api]\napi_bind_addr = \"{address}\"\ns3_region = \"us-east-1\"\n"
        );
        std::fs::write(folder.path().join("garage.toml"), config).unwrap();
        let process = Mutex::new(server(&program, &folder));
        let url = format!("http://{address}");
        let garage = Self { program, folder, process, address, url };
        let node = garage.waits_for(&["node", "id", "-q"]);
        let node = node.split('@').next().unwrap();
        garage.waits_for(&["layout", "assign", "-z", "here", "-c", "1G", node]);
        for words in [
            &["layout", "apply", "--version", "1"][..],
            &["bucket", "create", BUCKET],
            &["key", "import", "--yes", KEY, SECRET],
        ] {
            garage.waits_for(words);
        }
        garage.lets("allow", &["--read", "--write"]);
        Some(Arc::new(garage))
    }

    /// Runs its own command line.
    fn try_run(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        let done = command.arg("-c").arg(self.folder.path().join("garage.toml")).args(words).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        if done.status.success() { Ok(text(done.stdout)) } else { Err(text(done.stderr)) }
    }

    /// The same, until the server is there.
    fn waits_for(&self, words: &[&str]) -> String {
        let until = Instant::now() + Duration::from_secs(120);
        loop {
            match self.try_run(words) {
                Ok(said) => return said,
                Err(error) => assert!(Instant::now() < until, "garage {words:?}: {error}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the key may do: `allow` and `deny`.
    fn lets(&self, verb: &str, what: &[&str]) {
        self.try_run(&[&["bucket", verb], what, &[BUCKET, "--key", KEY]].concat()).unwrap();
    }

    /// Ends it in the middle of whatever it does.
    fn dies(&self) {
        end(&mut self.process.lock().unwrap());
    }

    fn begins_again(&self) {
        *self.process.lock().unwrap() = server(&self.program, &self.folder);
        self.waits_for(&["bucket", "info", BUCKET]);
        let until = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(&self.address).is_err() {
            assert!(Instant::now() < until, "garage does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The server, which is killed when the input of the shell before it ends: with this process too, however that ends.
fn server(program: &std::ffi::OsStr, folder: &tempfile::TempDir) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$@\" < /dev/null & cat; kill -9 $!; wait", "sh"]).arg(program);
    shell.arg("-c").arg(folder.path().join("garage.toml")).arg("server");
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("garage starts")
}

fn end(server: &mut Child) {
    drop(server.stdin.take());
    let _ = server.wait();
}

impl Drop for Garage {
    fn drop(&mut self) {
        end(self.process.get_mut().unwrap());
    }
}

/// When Garage dies: in which call from now on, and after how many bytes of what is said.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// While it is asked.
    Asked(usize, usize),
    /// While it answers.
    Answering(usize, usize),
}

/// Hands every byte on, and is where Garage is told to die. Each call has a connection of its own.
struct Line {
    url: String,
    /// How many calls came since, and what is to happen.
    told: Arc<Mutex<(usize, Option<Death>)>>,
}

impl Line {
    fn to(garage: &Arc<Garage>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new((0, None)));
        let (garage, tells) = (Arc::downgrade(garage), Arc::clone(&told));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Some(garage) = garage.upgrade() else { return };
                let (call, death) = {
                    let mut told = tells.lock().unwrap();
                    told.0 += 1;
                    *told
                };
                let Ok(far) = TcpStream::connect(&garage.address) else { continue };
                let (asked, answering) = match death {
                    Some(Death::Asked(of, bytes)) if of == call => (Some(bytes), None),
                    Some(Death::Answering(of, bytes)) if of == call => (None, Some(bytes)),
                    _ => (None, None),
                };
                let back = (far.try_clone().unwrap(), near.try_clone().unwrap(), Arc::clone(&garage));
                std::thread::spawn(move || carry(back.0, back.1, answering, &back.2));
                std::thread::spawn(move || carry(near, far, asked, &garage));
            }
        });
        Self { url, told }
    }

    fn ends_it(&self, death: Option<Death>) {
        *self.told.lock().unwrap() = (0, death);
    }
}

/// Carries bytes one way; after so many of them Garage dies, and the rest goes nowhere.
fn carry(mut from: TcpStream, mut to: TcpStream, mut left: Option<usize>, garage: &Garage) {
    let mut piece = [0; 1000];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        if let Some(left) = &mut left {
            if read > *left {
                garage.dies();
                break;
            }
            *left -= read;
        }
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    for stream in [from, to] {
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }
}

#[test]
fn garage_takes_gives_and_removes_them_too() {
    if let Some(garage) = Garage::start() {
        let settings = settings_with(&garage.url, KEY, SECRET);
        whole_way(Base::Sqlite, &settings);
        officials_and_exports_read(&settings);
        // It cuts what is long into blocks of a mebibyte.
        let city = city_by(Base::Sqlite, &settings);
        let phone = Phone::new(&city);
        let film: Vec<u8> = (0..3_000_000_u32).map(|byte| (byte * 7) as u8).collect();
        let (sealed, attachment) = phone.seal_file(&film, "a.mp4");
        let name = attachment.content;
        let ready = phone.seal("x", vec![(phone.upload(&sealed), attachment)]);
        phone.check(&city.promise_key(), &ready, &phone.send(&ready));
        city.end_day();
        ships(&city, 1);
        assert!(read(&city, &name) == sealed);
    }
}

#[test]
fn what_garage_refuses_is_told_and_the_files_stay() {
    let Some(garage) = Garage::start() else { return };
    let refused = |settings: &str, doing: &str| {
        let city = city_by(Base::Sqlite, settings);
        let attachments = sent(&city, &[Phone::new(&city)]);
        city.end_day();
        let shipped = city.door.ship_days();
        let told = shipped.failed.unwrap().to_string();
        assert_eq!(told, format!("the object storage `{}` answered 403 (`AccessDenied`) when {doing}", garage.url));
        assert_eq!((shipped.count, in_files(&city)), (0, 1));
        assert!(read(&city, &attachments[0].0) == attachments[0].1);
        assert_eq!(faults(&city), Vec::<String>::new());
        Phone::gets_its_promise(&city);
        city
    };
    let asking = "it was asked whether the bucket keeps versions";
    refused(&settings_with(&garage.url, KEY, &SECRET.replace('b', "c")), asking);
    refused(&settings_with(&garage.url, &KEY.replace('a', "d"), SECRET), asking);

    // A key that may read alone puts nothing, and what it may not remove is not said to be erased.
    let settings = settings_with(&garage.url, KEY, SECRET);
    garage.lets("deny", &["--write"]);
    let city = refused(&settings, "an attachment was put there");
    garage.lets("allow", &["--write"]);
    ships(&city, 1);
    let city = city_by(Base::Sqlite, &settings);
    let attachments = sent(&city, &[Phone::new(&city)]);
    city.end_day();
    ships(&city, 1);
    erases_one(&city);
    let clean = || close::clean(&*city.lane, &vault(&city), city.clock.today()).all();
    garage.lets("deny", &["--write"]);
    assert!(clean().is_err());
    assert!(read(&city, &attachments[0].0) == attachments[0].1, "it lies there still");
    garage.lets("allow", &["--write"]);
    clean().unwrap();
    let gone = vault(&city).read_attachment(DAY, &attachments[0].0).err().unwrap();
    assert_eq!(gone.kind(), std::io::ErrorKind::NotFound, "{gone}");
}

#[test]
fn a_garage_that_dies_in_the_middle_and_begins_again_has_lost_nothing() {
    let Some(garage) = Garage::start() else { return };
    let line = Line::to(&garage);
    let city = city_by(Base::Sqlite, &settings_with(&line.url, KEY, SECRET));
    let attachments = sent(&city, &phones(&city));
    city.end_day();
    // The first call asks about the bucket; then each attachment is put by one call, and read back by the next.
    for (death, in_files_then) in [
        (Death::Asked(1, 0), 3),
        (Death::Asked(2, 5_000), 3),
        (Death::Answering(2, 0), 3),
        (Death::Answering(3, 5_000), 3),
        (Death::Asked(4, 5_000), 2),
        (Death::Answering(3, 5_000), 2),
    ] {
        line.ends_it(Some(death));
        assert!(city.door.ship_days().failed.is_some(), "{death:?}");
        assert_eq!(in_files(&city), in_files_then, "{death:?}");
        // What lies there is away, and nobody calls it lost.
        for (name, _) in &attachments {
            if let Err(error) = vault(&city).read_attachment(DAY, name) {
                assert_ne!(error.kind(), std::io::ErrorKind::NotFound, "{death:?}: {error}");
            }
        }
        Phone::gets_its_promise(&city);
        line.ends_it(None);
        garage.begins_again();
        for (name, sealed) in &attachments {
            assert!(read(&city, name) == *sealed, "{death:?}");
        }
        assert_eq!(faults(&city), Vec::<String>::new(), "{death:?}");
    }
    ships(&city, 2);
    assert_eq!(in_files(&city), 0);
    garage.dies();
    garage.begins_again();
    for (name, sealed) in &attachments {
        assert!(read(&city, name) == *sealed);
    }
    assert_eq!(faults(&city), Vec::<String>::new());
}
