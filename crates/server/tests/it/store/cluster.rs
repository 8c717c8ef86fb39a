//! A throw-away PostgreSQL for the tests: made in a temporary folder, reached by a Unix socket only, gone with the process.
//!
//! PostgreSQL refuses to run as root, so a root process starts it as the user `postgres` or, without one, `nobody`. A shell
//! stands between: it waits for its standard input to close, which the operating system does however this process ends,
//! then stops the server and removes the folder.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

/// A server of PostgreSQL.
pub struct Cluster {
    folder: PathBuf,
    /// What the server is started with.
    options: String,
    /// Its standard input stays open as long as this process lives.
    _shell: Child,
}

const MISSING: &str = "PostgreSQL is not installed; on Debian: `apt-get install -y --no-install-recommends postgresql`";

/// The folder of the server's programs: the newest of Debian's, else one on the path.
fn programs() -> PathBuf {
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = debian.chain(std::env::split_paths(&on_path)).collect();
    found.retain(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists());
    found.sort();
    found.pop().expect(MISSING)
}

/// `setpriv …` in front of a command when this process is root.
pub fn not_as_root() -> Vec<String> {
    let id = Command::new("id").arg("-u").output().expect("the program `id`");
    if id.stdout.trim_ascii() != b"0" {
        return Vec::new();
    }
    let passwd = fs::read_to_string("/etc/passwd").expect("the list of users");
    let user = ["postgres", "nobody"].into_iter().find_map(|name| {
        let mut fields = passwd.lines().find(|line| line.starts_with(&format!("{name}:")))?.split(':').skip(2);
        Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
    });
    let (uid, gid) = user.expect("a user `postgres` or `nobody`");
    vec!["setpriv".to_owned(), format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]
}

/// Starts a server with these options of `postgres` beside those that every test needs.
fn start(options: &str) -> Cluster {
    let programs = programs();
    let folder = tempfile::Builder::new().prefix("vouchsafe-pg-").tempdir().unwrap().keep();
    // The server's user must enter the folder and own what it makes in it.
    let script = r#"
        set -e
        programs=$1; folder=$2; options=$3; shift 3
        if [ "$#" -gt 0 ]; then chown "${2#--reuid=}:${3#--regid=}" "$folder"; fi
        cd "$folder"
        "$@" "$programs/initdb" -D "$folder/data" -U test --auth=trust -E UTF8 --locale=C --no-sync >"$folder/initdb.txt" 2>&1
        "$@" "$programs/pg_ctl" -D "$folder/data" -l "$folder/data/server.txt" -w -s \
            -o "$options" start >/dev/null 2>&1
        echo ready
        read -r _ || true
        "$@" "$programs/pg_ctl" -D "$folder/data" -m immediate -w -s stop >/dev/null 2>&1 || true
        rm -rf "$folder"
    "#;
    let options = format!("-k {} -c listen_addresses='' -c max_connections=200 {options}", folder.display());
    let mut shell = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(&programs)
        .arg(&folder)
        .arg(&options)
        .args(not_as_root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let tell = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    assert_eq!(line, "ready\n", "PostgreSQL did not start: {}{}", tell("initdb.txt"), tell("data/server.txt"));
    Cluster { folder, options, _shell: shell }
}

impl Cluster {
    /// A server of one test's own, to be stopped and started by it; gone when it is dropped or the process ends.
    pub fn start(options: &str) -> Self {
        start(options)
    }

    /// The address of a new, empty database of this name.
    pub fn database(&self, name: &str) -> String {
        let mut client = postgres::Client::connect(&address(&self.folder, "postgres"), postgres::NoTls).unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        address(&self.folder, name)
    }

    /// Stops the server as a fault would: no session is ended in order, no page is written.
    pub fn stop_at_once(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// Starts the server again, which recovers from its write-ahead log.
    pub fn start_again(&self) {
        let log = self.folder.join("data/server.txt");
        self.control(&["-l", log.to_str().unwrap(), "-o", &self.options, "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let mut command = not_as_root();
        command.push(programs().join("pg_ctl").display().to_string());
        let mut control = Command::new(&command[0]);
        control.args(&command[1..]).arg("-D").arg(self.folder.join("data")).args(["-w", "-s"]).args(arguments);
        // Not this process' own, which the server would keep open.
        control.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(control.status().unwrap().success(), "{arguments:?}");
    }
}

fn address(folder: &Path, database: &str) -> String {
    format!("host={} user=test dbname={database}", folder.display())
}

/// The address of a new, empty database of this name.
pub fn database(name: &str) -> String {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| start("")).database(name)
}
