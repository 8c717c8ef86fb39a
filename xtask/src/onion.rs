//! `cargo xtask onion ADDRESS`: a Tor network on this machine alone, with an onion service that leads to ADDRESS. For the tests that
//! `--long` adds; no one else can be reached through it, and it reaches no one.
//!
//! Three directory authorities, which are relays too, two more relays, whoever holds the service, and whoever calls it: Debian's
//! `tor` seven times (`TestingTorNetwork` of tor's manual: a consensus in seconds, several relays at one address). The service is
//! configured by the lines that `docs/ops/onion-service.md` gives to operators, and no others.
//!
//! When the way stands, one line of JSON tells it. Everything ends when standard input does, so with whoever began it, however that
//! ended; and each `tor` ends by itself when this process is gone.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run;

/// How long the network may take until everybody has found everybody: five times the longest that was seen.
const PATIENCE: Duration = Duration::from_secs(300);

/// What every process of the network has.
const EVERYBODY: &str = "TestingTorNetwork 1
PathsNeededToBuildCircuits 0.67
ShutdownWaitLength 0
Log notice file log
";

/// What each relay has. It believes that it is reached: there is nobody outside who could try.
const RELAY: &str = "Address 127.0.0.1
AssumeReachable 1
ExitRelay 0
SocksPort 0
ContactInfo nobody
";

/// What each authority has: a first consensus after seconds, then one every ten, and everybody may hold descriptors of services.
const AUTHORITY: &str = "AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
TestingDirAuthVoteHSDir *
TestingV3AuthInitialVotingInterval 5
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
";

/// The processes of the network, ended when this goes, with all that they wrote.
struct Network {
    folder: PathBuf,
    /// The lines by which all know the authorities.
    authorities: String,
    running: Vec<(&'static str, Child)>,
}

impl Drop for Network {
    fn drop(&mut self) {
        for (_, tor) in &mut self.running {
            let _ = tor.kill();
            let _ = tor.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Ports of this machine that nobody has.
fn ports<const COUNT: usize>() -> Result<[u16; COUNT]> {
    let listeners = [(); COUNT].map(|()| TcpListener::bind("127.0.0.1:0"));
    let mut ports = [0; COUNT];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        let listener = listener.as_ref().ok().context("no port is free")?;
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// The rest of the one line that begins so.
fn line_after<'a>(text: &'a str, start: &str) -> Result<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(start)).with_context(|| format!("no line `{start}` in `{text}`"))
}

/// The lines for operators, with another folder and another door.
fn documented(service: &Path, door: &str) -> Result<String> {
    let text = fs::read_to_string(run::root().join("docs/ops/onion-service.md"))?;
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.ends_with(" SocksPort 0")).collect();
    let lines: Vec<&str> = lines.into_iter().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let (folder, address) = ("/var/lib/tor/vouchsafe", "127.0.0.1:8090");
    let text = lines.join("\n");
    ensure!(text.contains(folder) && text.contains(address), "the operators' page has no `{folder}` or `{address}`");
    Ok(text.replace(folder, &service.to_string_lossy()).replace(address, door) + "\n")
}

impl Network {
    fn new() -> Result<Self> {
        let folder = run::work().join(format!("onion-{}", std::process::id()));
        Ok(Self { folder, authorities: String::new(), running: Vec::new() })
    }

    /// A folder of its own for one process: tor takes none that others may read.
    fn place(&self, name: &str) -> Result<PathBuf> {
        let place = self.folder.join(name);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&place)?;
        Ok(place)
    }

    /// Makes the keys of an authority, and the line by which all know it.
    fn authority(&mut self, name: &'static str, [relay, directory]: [u16; 2]) -> Result<()> {
        let place = self.place(name)?;
        let keys = self.place(&format!("{name}/keys"))?;
        let mut make = Command::new("tor-gencert");
        make.current_dir(keys).args(["--create-identity-key", "-m", "12", "--passphrase-fd", "0", "-a"]);
        make.arg(format!("127.0.0.1:{directory}")).args(["-i", "authority_identity_key"]);
        make.args(["-s", "authority_signing_key", "-c", "authority_certificate"]);
        make.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut making = make.spawn().context("`tor-gencert` cannot be started: `apt-get install -y tor`")?;
        // No passphrase: the key is gone in a minute.
        making.stdin.take().context("no input")?.write_all(b"\n")?;
        let made = making.wait_with_output()?;
        ensure!(made.status.success(), "tor-gencert: {}", String::from_utf8_lossy(&made.stderr));
        let certificate = fs::read_to_string(place.join("keys/authority_certificate"))?;
        let voter = line_after(&certificate, "fingerprint ")?;
        let mut ask = Command::new("tor");
        ask.args(["--list-fingerprint", "--quiet", "--ignore-missing-torrc", "-f", "none", "--defaults-torrc", "none"]);
        ask.args(["--Nickname", name, "--ORPort", &relay.to_string(), "--DataDirectory"]).arg(&place);
        let told = ask.output().context("`tor` cannot be started")?;
        let told = String::from_utf8(told.stdout)?;
        let name_of_key = line_after(&told, &format!("{name} "))?.replace(' ', "");
        self.authorities +=
            &format!("DirAuthority {name} orport={relay} no-v2 v3ident={voter} 127.0.0.1:{directory} {name_of_key}\n");
        Ok(())
    }

    /// Starts one process of the network.
    fn start(&mut self, name: &'static str, lines: &str) -> Result<()> {
        let place = self.place(name)?;
        let owner = std::process::id();
        let text = format!(
            "{EVERYBODY}{}DataDirectory {}\nNickname {name}\n__OwningControllerProcess {owner}\n{lines}",
            self.authorities,
            place.display()
        );
        fs::write(place.join("torrc"), text)?;
        let mut tor = Command::new("tor");
        tor.current_dir(&place).args(["--quiet", "--defaults-torrc", "none", "-f", "torrc"]);
        let tor = tor.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("`tor` cannot be started")?;
        self.running.push((name, tor));
        Ok(())
    }

    fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name).join("log")).unwrap_or_default()
    }

    /// Waits until these have found their way into the network.
    fn stands(&mut self, names: [&str; 2]) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while !names.iter().all(|name| self.log(name).contains("Bootstrapped 100%")) {
            let gone =
                self.running.iter_mut().find_map(|(name, tor)| tor.try_wait().ok()?.map(|status| (*name, status)));
            if let Some((name, status)) = gone {
                bail!("tor `{name}` ended ({status}): {}", self.log(name));
            }
            if Instant::now() > until {
                bail!("the network does not stand: {}", names.map(|name| self.log(name)).join("\n"));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

/// Builds the network, tells the way, and holds it until standard input ends.
///
/// # Errors
/// Tor is not there, or the network does not come about.
pub fn onion(arguments: &[String]) -> Result<()> {
    let [door] = arguments else { bail!("say where the service leads: `cargo xtask onion 127.0.0.1:8090`") };
    let mut network = Network::new()?;
    let [one, two, three, four, five, six, relay_one, relay_two, socks] = ports()?;
    let authorities = [("authority1", [one, two]), ("authority2", [three, four]), ("authority3", [five, six])];
    for (name, ports) in authorities {
        network.authority(name, ports)?;
    }
    for (name, [relay, directory]) in authorities {
        network.start(name, &format!("{RELAY}{AUTHORITY}ORPort {relay}\nDirPort {directory}\n"))?;
    }
    for (name, port) in [("relay1", relay_one), ("relay2", relay_two)] {
        network.start(name, &format!("{RELAY}ORPort {port}\n"))?;
    }
    let service = network.place("service")?.join("vouchsafe");
    network.start("service", &documented(&service, door)?)?;
    network.start("caller", &format!("SocksPort 127.0.0.1:{socks}\n"))?;
    network.stands(["service", "caller"])?;
    let name = fs::read_to_string(service.join("hostname"))?;
    println!("{{\"socks\":\"127.0.0.1:{socks}\",\"onion\":\"http://{}\"}}", name.trim());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_operators_are_told_to_write_is_what_the_network_s_service_has() {
        let lines = documented(Path::new("/here"), "127.0.0.1:1").unwrap();
        assert!(lines.contains("HiddenServiceDir /here\n") && lines.contains("HiddenServicePort 80 127.0.0.1:1\n"));
        assert!(lines.starts_with("SocksPort 0\n") && lines.ends_with('\n') && lines.lines().count() > 5, "{lines}");
    }
}
