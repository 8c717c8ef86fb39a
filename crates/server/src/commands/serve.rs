//! `vouchsafe serve`: the desk, the filings and the log over HTTP; `--demo` starts the invented city.

use std::{
    io::IsTerminal as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    thread,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use law::Pack;
use metrics_exporter_prometheus::PrometheusBuilder;
use record::Source;
use serde_json::{Value, json};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::{
    file::city_day,
    out::{line, say},
};
use crate::{
    beside,
    city_file::{CityFile, SHIPPED, now_in_force},
    commands::{
        init::{open_in, put},
        open::{Access, City, OpenError, open},
    },
    config::{Global, Settings},
    demo, hooks,
    listen::{GRACE, Stop, listen},
    pack,
    photograph::PhotographKey,
    provider::Provider,
    remind::Sender,
    report::{self, Bundle},
    serve::{
        Desk, Particulars,
        follow::Follower,
        passkeys::{Limits, Passkeys},
        photographs::Keep,
        serve,
    },
    words::Words,
};

/// Serve the desk, the filings and the log to browsers.
///
/// People sign in with passkeys; `vouchsafe people add` makes the first administrator. The configuration says under which address
/// (`[desk] address = "https://desk.example.gov"`), with a reverse proxy and TLS in front; without one, passkeys are for
/// http://localhost on this machine. With --demo, anybody who reaches the page can sign in, which every page says.
///
/// With --report a second listener takes residents' reports: its own address, its own host name behind your proxy, nothing of
/// the gate behind it. That proxy must not write addresses or hours anywhere.
///
/// With --json one line tells where it listens, once every door is open.
///
/// Exit status: 0 it was told to stop, 2 it could not start.
///
/// Example: vouchsafe serve --demo --listen 127.0.0.1:8080
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Start the invented city: requests drawn from published figures, marked as invented on every page
    #[arg(long)]
    demo: bool,
    /// Also take residents' reports, at this address; port 0 picks a free one
    #[arg(long, value_name = "ADDR")]
    report: Option<SocketAddr>,
    /// The folder of the residents' pages, which two people have published [default: dist/report, if it is there and they have]
    #[arg(long, value_name = "DIR", requires = "report")]
    report_pages: Option<PathBuf>,
    /// The folder with the module of the guide that answers without network, which `cargo xtask guide` builds [default: dist/guide, if it
    /// is there]
    #[arg(long, value_name = "DIR")]
    guide: Option<PathBuf>,
    /// The folder of a pack that is not the law in force (a bill, a corrected reading), under which recorded answers can be asked again; may
    /// be given several times. Each is proved first.
    #[arg(long, value_name = "DIR")]
    overlay: Vec<PathBuf>,
    /// For development alone: let anybody sign in under any name and role, instead of passkeys
    #[arg(long)]
    development_sign_in_for_everyone: bool,
}

impl Serve {
    /// Serves until the process is told to stop; 0 then.
    ///
    /// # Errors
    /// When the folder, the pack, the log or the address cannot be used.
    pub fn run(self, global: &Global) -> Result<ExitCode> {
        let development = self.demo || self.development_sign_in_for_everyone;
        if !self.listen.ip().is_loopback() && self.demo && !self.development_sign_in_for_everyone {
            bail!(
                "`{}` can be reached from other machines, and sign-in is a development account: listen on 127.0.0.1, or \
                 say --development-sign-in-for-everyone",
                self.listen
            );
        }
        let asked = tracing_subscriber::EnvFilter::try_from_default_env()
            .unwrap_or_else(|_| "warn,server=info".into())
            .add_directive("ureq=warn".parse()?)
            .add_directive("ureq_proto=warn".parse()?);
        tracing_subscriber::registry()
            // However much is asked for, and of whatever part: their traces show passkeys and tokens.
            .with(tracing_subscriber::filter::filter_fn(|trace| {
                !["webauthn_rs", "openidconnect", "oauth2"].iter().any(|part| trace.target().starts_with(part))
            }))
            .with(asked)
            // Colours are for a terminal, and rubbish in a file.
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(std::io::stderr)
                    .with_ansi(std::io::stderr().is_terminal()),
            )
            .try_init()
            .map_err(|error| anyhow::anyhow!("traces: {error}"))?;
        let metrics = PrometheusBuilder::new().install_recorder().context("metrics")?;
        let city = open(global, Access::Write)?;
        // In the invented city there is nobody whom it would let past. A mark beside a record that is none would open that one.
        let mark = demo::Mark::of(city.folder.path());
        mark.fits(&*city.store)?;
        let real = !mark.exists();
        let nobody = city.people.members()?.is_empty();
        if development && real && !nobody {
            bail!(
                "people sign in to this record with passkeys, and a development account would let anybody in: leave out \
                 --demo and --development-sign-in-for-everyone, or use another data folder"
            );
        }
        if !development && !self.listen.ip().is_loopback() && city.settings.desk.is_none() {
            bail!(
                "`{}` can be reached from other machines, and nothing says under which address the desk is: write \
                 `[desk]` and `address = \"https://desk.example.gov\"` into the configuration file, or listen on 127.0.0.1",
                self.listen
            );
        }
        let passkeys = (!development).then(|| passkeys(&city.settings, self.listen.port())).transpose()?;
        let provider = match &city.settings.oidc {
            Some(file) if !development => Some(Provider::new(file.clone()).context("the city's own sign-in")?),
            _ => None,
        };
        let folder = city.settings.pack.as_deref();
        let pack = pack::load_to_decide(folder, city.folder.path())?;
        let overlays =
            self.overlay.iter().map(|folder| Ok(Arc::new(pack::load_to_decide(Some(folder), city.folder.path())?)));
        let overlays = overlays.collect::<Result<Vec<_>>>()?;
        if self.demo {
            let (new, filed) = mark.build(&city, &pack, &pack::files(folder)?, city_day(Timestamp::now()))?;
            if new > 0 && !global.json {
                let counts = [("entries", &*new.to_string()), ("filings", &filed.to_string())];
                say!("{}", Words::new("en").say("serve-demo", &counts));
            }
        }
        let invented = mark.exists();
        let file = city_file(&city, &pack, invented)?;
        let log = Follower::start(Arc::clone(&city.store), city.folder.path(), city.settings.log_origin.as_deref())?;
        let overdue = {
            let (store, lane) = (Arc::clone(&city.store), Arc::clone(&city.lane));
            Arc::new(report::overdue::Overdue::new(store, lane, city.settings.overdue_days))
        };
        let report = match self.report {
            Some(address) => {
                let built = || {
                    let folder = Path::new("dist/report").to_owned();
                    folder.join("manifest.json").exists().then_some(Bundle::Found(folder))
                };
                let zone = TimeZone::get(pack.time_zone()).context("the pack's time zone")?;
                let parts = report::Parts {
                    store: Arc::clone(&city.store),
                    lane: Arc::clone(&city.lane),
                    disk: Arc::clone(&log.disk),
                    origin: log.origin.clone(),
                    data: city.folder.path().to_owned(),
                    pages: self.report_pages.clone().map(Bundle::Named).or_else(built),
                    onion: city.settings.onion.clone(),
                    oblivious: city.settings.oblivious.clone(),
                    overdue: Arc::clone(&overdue),
                    clock: Arc::new(report::clock::City(zone)),
                    limits: report::Limits::default(),
                    free: report::free(),
                };
                let door = report::Door::open(parts).context("the reports' door cannot open")?;
                let nudged = Arc::clone(&log);
                door.close_days_from_now_on(move || nudged.nudge())?;
                // Here and not below: the store's reads are no work for the async threads.
                let told = (door.keys_are_published()?, door.serves()?);
                Some((address, door, told))
            }
            None => None,
        };
        let persons = city.folder.person_secret()?;
        let photographs = Keep::new(Arc::clone(&city.photographs), photograph_key(&city)?);
        let filings = city.folder.filings();
        if let Some(file) = &file {
            say_of(global, file, &city, invented)?;
        }
        let contacts = city.settings.contacts.clone();
        let (mail, reminders) = (city.settings.mail.clone(), Arc::clone(&city.reminders));
        let (people, systems) = (Arc::clone(&city.people), Arc::clone(&city.systems));
        let sender = hooks::Sender::new(hooks::Parts {
            store: Arc::clone(&city.store),
            hooks: Arc::clone(&city.hooks),
            systems: Arc::clone(&city.systems),
            keys: city.folder.keys(),
            source: if invented { Source::Demo } else { Source::Desk },
            patience: hooks::PATIENCE,
        })?;
        let (told, hook_keys) = (Arc::clone(&city.hooks), city.folder.keys());
        let city_folder = city.folder.path().to_owned();
        let desk_at = city.settings.desk.as_ref().map(ToString::to_string);
        let issuer = provider.as_ref().map(|provider| provider.issuer().to_owned());
        let particulars = Particulars {
            contacts,
            city: file,
            invented,
            persons,
            filings,
            overdue,
            people,
            systems,
            hooks: told,
            hook_keys,
            passkeys,
            provider,
            photographs,
            unrecorded: Arc::clone(&city.unrecorded),
        };
        let store = Arc::clone(&city.store);
        if city.settings.postgres.is_none() {
            listen_beside(&city, &log);
        }
        let desk = Desk::new(Words::new("en"), Arc::new(pack), city.store, log, metrics, particulars)?;
        let desk = match guide(self.guide.as_deref())? {
            Some(module) => desk.with_guide(module)?,
            None => desk,
        };
        let desk = Arc::new(desk.with_overlays(overlays));
        // A long record is read once before somebody asks: pages show what is known of duties and do not wait for it.
        {
            let desk = Arc::clone(&desk);
            let read = move || {
                if let Err(error) = desk.owed.read_on(&*desk.store, desk.now().date()) {
                    tracing::error!(%error, "what is owed cannot be read");
                }
            };
            thread::Builder::new().name("duties".to_owned()).spawn(read).context("no thread for the duties")?;
        }
        if let Some(mail) = mail {
            let own = desk_at.clone().unwrap_or_else(|| format!("http://{}", self.listen));
            let link = format!("{}/duties", own.trim_end_matches('/'));
            let agencies = desk.pack.vocabulary().agencies.values().filter(|agency| agency.city);
            let titles = agencies.map(|agency| (agency.id.clone(), agency.title.clone())).collect();
            Sender::new(mail, reminders, link, titles)?.start(Arc::downgrade(&desk))?;
        }
        sender.start(Arc::downgrade(&desk))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the async runtime")?;
        let words = Words::new("en");
        let (stop, door, reports) = runtime.block_on(async {
            let stop = Stop::on_signals().context("the signals to stop")?;
            let Some((address, door, (ready, pages))) = report else { return Ok::<_, anyhow::Error>((stop, None, None)) };
            let listener = listen(address).await?;
            let (address, key) = (listener.local_addr()?.to_string(), door.promise_key());
            if !global.json {
                say!("{}", words.say("serve-reports", &[("address", &address), ("key", &key)]));
                match &pages {
                    Some((hash, replaced)) => {
                        say!("{}", words.say("serve-pages", &[("hash", hash.as_str())]));
                        if *replaced {
                            say!("{}", words.say("serve-pages-replaced", &[]));
                        }
                    }
                    None => say!("{}", words.say("serve-no-pages", &[])),
                }
                if !ready {
                    say!("{}", words.say("serve-keys", &[]));
                }
            }
            let told = json!({ "url": format!("http://{address}/"), "promise_key": key, "keys_published": ready, "pages": pages.as_ref().map(|(hash, _)| hash), "pages_replaced": pages.as_ref().is_some_and(|(_, replaced)| *replaced) });
            let serving = tokio::spawn(report::serve(door, listener, stop.clone()));
            Ok((stop, Some(serving), Some(told)))
        })?;
        runtime.block_on(serve(desk, self.listen, stop, |address| {
            if global.json {
                let _ = line(format_args!("{}", addresses(address, invented, development, reports.as_ref())));
                return;
            }
            // Where passkeys are for another name than the one listened on, people go there.
            let listened = format!("http://{address}");
            let port = address.port();
            let own = if development {
                listened
            } else {
                desk_at.clone().unwrap_or_else(|| format!("http://localhost:{port}"))
            };
            let (address, data) = (address.to_string(), city_folder.display().to_string());
            let account = if development { "serve-account" } else { "serve-passkeys" };
            let mut told = vec!["serve-gate", "serve-filings", "serve-log", "serve-health", account];
            told.extend(issuer.is_some().then_some("serve-provider"));
            told.extend((nobody && !development).then_some("serve-nobody"));
            let issuer = issuer.as_deref().unwrap_or_default();
            for id in told {
                // Whoever cannot be told the address is served all the same.
                let _ = line(format_args!(
                    "{}",
                    words.say(id, &[("address", &address), ("own", &own), ("data", &data), ("issuer", issuer)])
                ));
            }
        }))?;
        if let Some(door) = door {
            runtime.block_on(door).context("the reports' door stopped")??;
        }
        runtime.shutdown_timeout(GRACE);
        // Threads that end with the process (the sequencer, whoever tells programs) hold it: nobody closes it.
        store.settle();
        Ok(ExitCode::SUCCESS)
    }
}

/// Takes from commands what is to be written, since on SQLite this process alone writes. Without it the desk works, and they say that it must
/// be stopped for them.
fn listen_beside(city: &City, log: &Arc<Follower>) {
    let writes = beside::Writes {
        store: Arc::clone(&city.store),
        systems: Arc::clone(&city.systems),
        hooks: Arc::clone(&city.hooks),
        unrecorded: Arc::clone(&city.unrecorded),
    };
    let nudged = Arc::clone(log);
    if let Err(error) = beside::listen(&beside::socket(city.folder.path()), writes, move || nudged.nudge()) {
        tracing::warn!(%error, "commands that write cannot run beside this desk");
    }
}

/// The city's file of the folder; the invented city begins with the one that ships, where that is for its pack.
///
/// # Errors
/// When the file has a fault, or the configuration says of an agency whom to call, too.
fn city_file(city: &City, pack: &Pack, invented: bool) -> Result<Option<CityFile>> {
    let place = city.folder.city_file();
    if invented
        && !place.exists()
        && let Some(text) =
            SHIPPED.iter().map(|(_, text)| *text).find(|text| CityFile::of_bytes("city", text.as_bytes(), pack).is_ok())
    {
        put(&place, text.as_bytes(), false).with_context(|| format!("`{}` cannot be made", place.display()))?;
    }
    if !place.exists() {
        return Ok(None);
    }
    let file = CityFile::read(&place, pack)?;
    // Of an agency, or of a site of it (`DSS/North shelter`).
    let named = |id: &str| city.settings.contacts.keys().any(|place| place.split('/').next() == Some(id));
    if let Some(twice) = file.agencies().find(|id| named(id.as_str())) {
        bail!(
            "`[contacts]` of the configuration says whom {twice} calls, and so does `{}`: leave it out of the configuration",
            place.display()
        );
    }
    Ok(Some(file))
}

/// The key of photographs. Where it is lost, damaged or another one, all else is served without: neither the gate nor the residents' door
/// stands still for it.
///
/// # Errors
/// If the store fails.
fn photograph_key(city: &City) -> Result<Option<PhotographKey>, OpenError> {
    let key = match city.photograph_key() {
        Ok(key) => Some(key),
        Err(OpenError::Store(error)) => return Err(error.into()),
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::error!(error, "no photograph is attached or opened by this process");
            None
        }
    };
    metrics::gauge!("vouchsafe_photograph_key").set(if key.is_some() { 1.0 } else { 0.0 });
    Ok(key)
}

/// Puts a file in force in the record, and says what is still open in it.
fn say_of(global: &Global, file: &CityFile, city: &City, invented: bool) -> Result<()> {
    let source = if invented { Source::Demo } else { Source::Desk };
    let other = now_in_force(&*city.store, file, source, Timestamp::now()).context("the city's file in force")?;
    if global.json || invented {
        return Ok(());
    }
    let words = Words::new("en");
    if other {
        say!("{}", words.say("city-in-force", &[]));
    }
    for sentence in open_in(&words, file) {
        say!("{sentence}");
    }
    if let Some(day) = file.calendar_ended(city_day(Timestamp::now())) {
        say!("{}", words.say("city-calendar-ended", &[("day", &day.to_string())]));
    }
    Ok(())
}

/// The module of the guide: of the folder that was named, else of `dist/guide`, where it is built, if it is there.
fn guide(named: Option<&Path>) -> Result<Option<Vec<u8>>> {
    let path = named.unwrap_or(Path::new("dist/guide")).join("guide.wasm");
    if named.is_none() && !path.exists() {
        return Ok(None);
    }
    let module = std::fs::read(&path);
    module.map(Some).with_context(|| format!("`{}` cannot be read; `cargo xtask guide` builds it", path.display()))
}

/// Sign-in with passkeys, at the address that the configuration names or on this machine alone.
fn passkeys(settings: &Settings, port: u16) -> Result<Passkeys> {
    let here = || if port == 0 { "http://localhost".to_owned() } else { format!("http://localhost:{port}") };
    let origin = settings.desk.as_ref().map_or_else(here, ToString::to_string);
    let limits = Limits {
        idle_seconds: i64::from(settings.idle_minutes.get()) * 60,
        longest_seconds: i64::from(settings.session_hours.get()) * 60 * 60,
    };
    Passkeys::new(&origin.parse().context("the desk's own address")?, limits)
}

/// Where the doors are, for a program that started them.
fn addresses(listens: SocketAddr, invented: bool, development: bool, reports: Option<&Value>) -> Value {
    let at = |path: &str| format!("http://{listens}/{path}");
    json!({
        "listening": listens, "gate": at("gate"), "filings": at("filings"), "log": at("log"), "api": at("openapi.json"), "health": at("healthz"),
        "metrics": at("metrics"), "reports": reports, "invented": invented, "development_sign_in": development,
    })
}
