//! `cargo xtask load [MINUTES]`: clerks record at a running desk without pause, the process is killed again and again, and
//! nothing that was acknowledged is lost.
//!
//! Each round starts `vouchsafe serve` on the folder that the last one left, asks for every request that it acknowledged,
//! and records more from several connections at once until so many are acknowledged; then the process is killed (SIGKILL) in
//! the middle and `vouchsafe verify` recomputes record and log as they lie. When a kill comes is drawn from a fixed seed, by
//! what was acknowledged and not by a clock. A loss of power is not shown: the kernel keeps what a killed process wrote.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::run;

/// Connections that record at once.
const CLERKS: u64 = 6;

/// Runs rounds for so many minutes (60 when none is given), at least two.
///
/// # Errors
/// When something acknowledged is lost, record or log are not sound, or the server does not start.
pub fn load(arguments: &[String]) -> Result<()> {
    let minutes: u64 = match arguments {
        [] => 60,
        [one] => one.parse().with_context(|| format!("`{one}` is not a number of minutes"))?,
        _ => bail!("cargo xtask load [MINUTES]"),
    };
    run::cargo(&["build", "--locked", "--package", "server", "--bin", "vouchsafe"])?;
    let program = run::target().join("debug/vouchsafe");
    let data = run::work().join("load-data");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let (start, length) = (Instant::now(), Duration::from_secs(minutes * 60));
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    let (mut random, mut round) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    while round < 2 || start.elapsed() < length {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let server = Server::start(&program, &data)?;
        let clerk = server.sign_in("checker")?;
        for id in &acknowledged {
            let (status, _) = server.ask(&clerk, "GET", &format!("/requests/{id}"), "")?;
            if status != 200 {
                bail!("round {round}: the request {id} was acknowledged and is not there ({status})");
            }
        }
        let new = server.record_until_killed(round, 100 + random % 400)?;
        let twice = new.iter().filter(|id| acknowledged.contains(*id)).count();
        if twice > 0 {
            bail!("round {round}: {twice} requests of this round have ids of an earlier one");
        }
        acknowledged.extend(new);
        let mut verify = Command::new(&program);
        run::status(verify.arg("verify").arg(&data)).with_context(|| format!("round {round}, as it lies"))?;
        round += 1;
    }
    // Once more, started and told to stop: the log takes in what waits.
    let server = Server::start(&program, &data)?;
    let clerk = server.sign_in("checker")?;
    for id in &acknowledged {
        if server.ask(&clerk, "GET", &format!("/requests/{id}"), "")?.0 != 200 {
            bail!("the request {id} was acknowledged and is not there at the end");
        }
    }
    server.stop()?;
    run::status(Command::new(&program).arg("verify").arg(&data)).context("at the end")?;
    println!("{round} rounds, each ended by SIGKILL; {} requests acknowledged, none lost", acknowledged.len());
    std::fs::remove_dir_all(&data)?;
    Ok(())
}

/// A serving process; killed when it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(program: &Path, data: &PathBuf) -> Result<Server> {
        let mut command = Command::new(program);
        command
            .args(["serve", "--json", "--development-sign-in-for-everyone", "--listen", "127.0.0.1:0", "--data"])
            .arg(data);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("could not start the server")?;
        let mut told = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut told)?;
        let address = told.split_once("\"listening\":\"").and_then(|(_, rest)| rest.split('"').next());
        let Some(address) = address.map(str::to_owned) else {
            child.kill()?;
            bail!("the server did not say where it listens: `{told}`");
        };
        Ok(Server { child, address })
    }

    /// Records from several connections until so many requests are acknowledged, then kills the process. Gives what was acknowledged.
    fn record_until_killed(mut self, round: u64, wanted: u64) -> Result<Vec<String>> {
        let (acknowledged, count) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        let (address, dead) = (self.address.clone(), AtomicU64::new(0));
        thread::scope(|scope| {
            for clerk in 0..CLERKS {
                let (address, acknowledged, count, dead) = (&address, &acknowledged, &count, &dead);
                scope.spawn(move || {
                    // Whatever goes wrong ends this clerk: that the process was killed, or before that a fault, which is seen below.
                    let _ = work(address, round, clerk, acknowledged, count);
                    dead.fetch_add(1, Ordering::SeqCst);
                });
            }
            while count.load(Ordering::SeqCst) < wanted && dead.load(Ordering::SeqCst) < CLERKS {
                thread::sleep(Duration::from_millis(1));
            }
            self.child.kill()
        })?;
        self.child.wait()?;
        let acknowledged = acknowledged.into_inner().unwrap_or_else(PoisonError::into_inner);
        if (acknowledged.len() as u64) < wanted {
            bail!("round {round}: the server stopped answering after {} of {wanted} requests", acknowledged.len());
        }
        Ok(acknowledged)
    }

    fn sign_in(&self, name: &str) -> Result<String> {
        sign_in(&self.address, name)
    }

    fn ask(&self, cookie: &str, method: &str, path: &str, form: &str) -> Result<(u16, String)> {
        ask(&self.address, cookie, method, path, form)
    }

    /// Tells the process to stop, as an operator would.
    fn stop(mut self) -> Result<()> {
        run::status(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("told to stop, the server ended with {status}") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One clerk: records requests as fast as they are acknowledged.
fn work(address: &str, round: u64, clerk: u64, acknowledged: &Mutex<Vec<String>>, count: &AtomicU64) -> Result<()> {
    let cookie = sign_in(address, &format!("clerk+{clerk}"))?;
    for number in 0_u64.. {
        let form = format!(
            "act=hold&act=notify_release&document=i247a&document=i200&statute=civil_ina&requester=ice_ero&information=custody\
             &nonce={round:08x}{clerk:08x}{number:016x}"
        );
        let (status, head) = ask(address, &cookie, "POST", "/requests", &form)?;
        let id = head.lines().find_map(|line| line.strip_prefix("location: /requests/"));
        let (303, Some(id)) = (status, id) else { bail!("a request was answered with {status}: {head}") };
        acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(id.split('?').next().unwrap_or(id).to_owned());
        count.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

fn sign_in(address: &str, name: &str) -> Result<String> {
    let (status, head) = ask(address, "", "POST", "/sign-in", &format!("name={name}&agency=DOC&role=desk"))?;
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    cookie.map(str::to_owned).with_context(|| format!("sign-in was answered with {status}"))
}

/// One exchange: the status and the head of the answer.
fn ask(address: &str, cookie: &str, method: &str, path: &str, form: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    let length = form.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nconnection: close\r\ncontent-type: \
         application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, _) = answer.split_once("\r\n\r\n").context("the answer broke off")?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).context("the answer has no status")?;
    Ok((status, head.replace("\r\n", "\n")))
}
