//! The program as its users start it: how soon the server answers, and what memory it holds when nobody asks.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{figures::short, machine, table::Table};

/// Called with this variable, the benchmark is `vouchsafe`.
pub const AS_PRODUCT: &str = "VOUCHSAFE_BENCH_AS_PRODUCT";
/// Names another program to start.
const PROGRAM: &str = "VOUCHSAFE_PROGRAM";
/// How often the server is started.
const STARTS: usize = 5;

/// A folder on the disk that the product would use, not in memory; gone at the end.
pub fn folder() -> Result<tempfile::TempDir> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    std::fs::create_dir_all(&target)?;
    Ok(tempfile::tempdir_in(target)?)
}

/// `vouchsafe`, with its data in this folder.
pub fn product(data: &Path) -> Result<Command> {
    let mut command = match std::env::var_os(PROGRAM) {
        Some(program) => Command::new(program),
        None => Command::new(std::env::current_exe()?),
    };
    command.env(AS_PRODUCT, "1").arg("--data").arg(data);
    Ok(command)
}

/// Runs a command of the product to its end; how long it took, on the clock and on all cores together.
pub fn run(data: &Path, arguments: &[&str]) -> Result<(Duration, Duration)> {
    let (start, before) = (Instant::now(), children()?);
    let done = product(data)?.args(arguments).output()?;
    let took = start.elapsed();
    // 1 says that some rows were bad; they are counted and the rest is recorded.
    ensure!(
        matches!(done.status.code(), Some(0 | 1)),
        "vouchsafe {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&done.stderr)
    );
    Ok((took, children()?.saturating_sub(before)))
}

/// The time that ended children have had on cores, in the hundredths of a second in which Linux tells it.
fn children() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(") ").context("/proc/self/stat")?;
    let ticks = fields.split(' ').skip(13).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(10 * ticks))
}

/// A started server; ended when it is dropped. Its output stays open, since it has more to say than its address.
pub struct Started {
    child: Child,
    /// What it says.
    pub out: BufReader<ChildStdout>,
}

impl Started {
    /// A server that has been started.
    pub fn new(child: Child, out: ChildStdout) -> Self {
        Self { child, out: BufReader::new(out) }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Adds the lines about start and memory.
pub fn measure(table: &mut Table) -> Result<()> {
    let folder = folder()?;
    let mut fastest = Duration::MAX;
    let (mut idle, mut asked) = (String::new(), String::new());
    for number in 0..STARTS {
        let start = Instant::now();
        let mut child = product(folder.path())?
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = child.stdout.take().context("the server's output")?;
        let mut server = Started::new(child, out);
        let address = address(&mut server.out)?;
        get(&address, "/healthz")?;
        // The first start makes keys and store, which later ones do not.
        if number > 0 {
            fastest = fastest.min(start.elapsed());
        }
        if number + 1 == STARTS {
            std::thread::sleep(Duration::from_secs(1));
            idle = memory(server.id(), "VmRSS")?;
            for _ in 0..200 {
                get(&address, "/gate")?;
            }
            asked = memory(server.id(), "VmRSS")?;
        }
    }
    table.alone("server: start to the first answer (fastest of 4, data there)", short(fastest), "< 0.3 s");
    table.alone("server: resident memory, idle", idle, "< 60 MB");
    table.alone("server: resident memory after 200 pages", asked, "–");
    Ok(())
}

/// The address that the server says it listens on.
pub fn address(out: &mut BufReader<ChildStdout>) -> Result<String> {
    let mut line = String::new();
    while out.read_line(&mut line)? > 0 {
        if let Some((_, rest)) = line.split_once("http://") {
            return Ok(rest.split('/').next().unwrap_or(rest).to_owned());
        }
        line.clear();
    }
    bail!("the server ended before it listened")
}

fn get(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.1 3"), "{path}: {answer}");
    Ok(answer)
}

/// What a process holds of memory, now (`VmRSS`) or at most (`VmHWM`).
pub fn memory(process: u32, field: &str) -> Result<String> {
    let text = machine::field(&format!("/proc/{process}/status"), field).context("the server's memory")?;
    let kilobytes: f64 = text.trim_end_matches(" kB").parse()?;
    Ok(format!("{:.1} MB", kilobytes * 1024.0 / 1e6))
}
