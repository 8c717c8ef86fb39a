//! What every command takes: where the data lies, which pack, whether to print for machines.
//!
//! The command line overrules the configuration file, and the file the built-in values. There is no environment variable:
//! what a city runs with stands in one file that can be read.

use std::{
    collections::BTreeMap,
    fs, io,
    num::NonZeroU16,
    path::{Path, PathBuf},
};

use record::Private;
use serde::Deserialize;

use crate::{
    on_call::OnCall,
    provider::ProviderFile,
    remind::config::Mail,
    report::{oblivious::origin::Origin, onion::Onion, overdue::OVERDUE_DAYS, removal::Schedule},
};

/// Where the data lies when nobody says otherwise.
pub const DEFAULT_DATA: &str = "./vouchsafe-data";

/// Options that every command takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Global {
    /// Folder of the embedded store, the log and the sealed bytes [default: ./vouchsafe-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Configuration file (TOML); what it names is overruled by the command line
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of another law pack than the built-in one of New York City
    #[arg(long, global = true, value_name = "DIR")]
    pub pack: Option<PathBuf>,
    /// Print JSON for machines instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

/// The configuration file. Relative paths in it are relative to the folder that it stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    pack: Option<PathBuf>,
    #[serde(default)]
    store: StoreFile,
    #[serde(default)]
    contacts: BTreeMap<String, OnCall>,
    #[serde(default)]
    log: LogFile,
    #[serde(default)]
    report: ReportFile,
    #[serde(default)]
    desk: DeskFile,
    oidc: Option<ProviderFile>,
    mail: Option<Mail>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeskFile {
    address: Option<Origin>,
    idle_minutes: Option<NonZeroU16>,
    session_hours: Option<NonZeroU16>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreFile {
    postgres: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogFile {
    origin: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportFile {
    onion: Option<Onion>,
    oblivious: Option<Origin>,
    overdue_days: Option<u16>,
    schedule: Option<Schedule>,
}

/// What a command runs with: the command line over the configuration file over the built-in values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// The folder of the law pack; none = the built-in one.
    pub pack: Option<PathBuf>,
    /// The record is kept in PostgreSQL at this address instead of a file in the data folder (`[store] postgres = "…"`).
    /// Private, since it may hold a password.
    pub postgres: Option<Private>,
    /// Whom the desk's pages say to call, by agency or site (`[contacts]`, `DOC = "Counsel on duty, …"`, `"*"` for any; or
    /// `[contacts."DSS/North shelter"]` with `designated`, `counsel`, `line_24h`).
    pub contacts: BTreeMap<String, OnCall>,
    /// The name of the transparency log when it is made (`[log] origin = "log.example.gov/2026"`); none = one drawn at random.
    pub log_origin: Option<String>,
    /// The residents' door as an onion service, if it is one too (`[report] onion = "http://….onion"`).
    pub onion: Option<Onion>,
    /// The residents' door's own address, if relays may bring it calls (`[report] oblivious = "https://reports.example.gov"`).
    pub oblivious: Option<Origin>,
    /// After how many days an unopened report is overdue (`[report] overdue_days = 7`): the product's own practice, no law.
    pub overdue_days: u16,
    /// The approved schedule by which closed and withdrawn reports go (`[report.schedule]`); none: nothing goes by one.
    pub schedule: Option<Schedule>,
    /// The desk's own address, for which passkeys are (`[desk] address = "https://desk.example.gov"`); none: this machine alone.
    pub desk: Option<Origin>,
    /// After how many unused minutes a session ends (`[desk] idle_minutes = 30`).
    pub idle_minutes: NonZeroU16,
    /// After how many hours it ends at the latest (`[desk] session_hours = 10`).
    pub session_hours: NonZeroU16,
    /// The city's own sign-in, where people may sign in beside passkeys (`[oidc]`, docs/ops/openid-connect.md).
    pub oidc: Option<ProviderFile>,
    /// Through which mail server reminders go, and to whom (`[mail]`); none: there are none.
    pub mail: Option<Mail>,
    /// Print JSON for machines.
    pub json: bool,
}

/// After how many unused minutes a session ends when nobody says otherwise.
const IDLE_MINUTES: NonZeroU16 = NonZeroU16::new(30).unwrap();

/// After how many hours it ends at the latest: one long shift.
const SESSION_HOURS: NonZeroU16 = NonZeroU16::new(10).unwrap();

/// Why the settings cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or cannot be read.
    #[error("the configuration file `{path}` cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file says something that is not a setting.
    #[error("`{path}`, line {line}, column {column}: {what}")]
    Form {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
}

impl Global {
    /// Reads the configuration file, if one is named, and lays the command line over it.
    ///
    /// # Errors
    /// If the file cannot be read, or holds anything that is not a setting; then with line and column.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let (file, folder) = match &self.config {
            Some(path) => (read(path)?, path.parent().unwrap_or(Path::new("")).to_owned()),
            None => (File::default(), PathBuf::new()),
        };
        let File {
            data,
            pack,
            store: StoreFile { postgres },
            contacts,
            log: LogFile { origin },
            report,
            desk,
            oidc,
            mail,
        } = file;
        let beside = |path: PathBuf| folder.join(path);
        Ok(Settings {
            data: self.data.clone().or(data.map(beside)).unwrap_or_else(|| PathBuf::from(DEFAULT_DATA)),
            pack: self.pack.clone().or(pack.map(beside)),
            postgres: postgres.map(Private::from),
            contacts,
            log_origin: origin,
            onion: report.onion,
            oblivious: report.oblivious,
            overdue_days: report.overdue_days.unwrap_or(OVERDUE_DAYS),
            schedule: report.schedule,
            desk: desk.address,
            idle_minutes: desk.idle_minutes.unwrap_or(IDLE_MINUTES),
            session_hours: desk.session_hours.unwrap_or(SESSION_HOURS),
            oidc: oidc.map(|oidc| oidc.beside(&folder)),
            mail: mail.map(|mail| mail.beside(&folder)),
            json: self.json,
        })
    }
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        let line = before.matches('\n').count() + 1;
        ConfigError::Form { path: path.to_owned(), line, column, what: error.message().replace('\n', " ") }
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, global: Global, expect: Expect) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("city.toml");
        fs::write(&path, text).unwrap();
        let seen = match (Global { config: Some(path), ..global }).settings() {
            Ok(settings) => format!("{settings:?}"),
            Err(error) => error.to_string(),
        };
        expect.assert_eq(&seen.replace(&folder.path().display().to_string(), "FOLDER"));
    }

    #[test]
    fn command_line_over_file_over_built_in() {
        check(
            "",
            Global::default(),
            expect![[
                r#"Settings { data: "./vouchsafe-data", pack: None, postgres: None, contacts: {}, log_origin: None, onion: None, oblivious: None, overdue_days: 7, schedule: None, desk: None, idle_minutes: 30, session_hours: 10, oidc: None, mail: None, json: false }"#
            ]],
        );
        let text = "data = \"data\"\npack = \"/packs/nyc\"\n[store]\npostgres = \"host=/run/postgresql dbname=city\"\n";
        check(
            text,
            Global::default(),
            expect![[
                r#"Settings { data: "FOLDER/data", pack: Some("/packs/nyc"), postgres: Some((private)), contacts: {}, log_origin: None, onion: None, oblivious: None, overdue_days: 7, schedule: None, desk: None, idle_minutes: 30, session_hours: 10, oidc: None, mail: None, json: false }"#
            ]],
        );
        let schedule = "[report]\noverdue_days = 3\n[report.schedule]\nname = \"S\"\ndays_after_closing = 30\n\
            days_after_withdrawal = 9\napproved_by = \"Records\"\napproved_on = \"2026-11-01\"\n";
        check(
            schedule,
            Global::default(),
            expect![[
                r#"Settings { data: "./vouchsafe-data", pack: None, postgres: None, contacts: {}, log_origin: None, onion: None, oblivious: None, overdue_days: 3, schedule: Some(Schedule { name: "S", days_after_closing: 30, days_after_withdrawal: 9, approved_by: "Records", approved_on: 2026-11-01 }), desk: None, idle_minutes: 30, session_hours: 10, oidc: None, mail: None, json: false }"#
            ]],
        );
        check(
            text,
            Global { data: Some("here".into()), json: true, ..Global::default() },
            expect![[
                r#"Settings { data: "here", pack: Some("/packs/nyc"), postgres: Some((private)), contacts: {}, log_origin: None, onion: None, oblivious: None, overdue_days: 7, schedule: None, desk: None, idle_minutes: 30, session_hours: 10, oidc: None, mail: None, json: true }"#
            ]],
        );
    }

    #[test]
    fn errors_name_the_place() {
        check(
            "data = \"d\"\nlisten = 80\n",
            Global::default(),
            expect![
                "`FOLDER/city.toml`, line 2, column 1: unknown field `listen`, expected one of `data`, `pack`, `store`, `contacts`, `log`, `report`, `desk`, `oidc`, `mail`"
            ],
        );
        check(
            "data = 3",
            Global::default(),
            expect!["`FOLDER/city.toml`, line 1, column 8: invalid type: integer `3`, expected path string"],
        );
        check(
            "[store]\n  postgres = \n",
            Global::default(),
            expect!["`FOLDER/city.toml`, line 2, column 14: string values must be quoted, expected literal string"],
        );
        check(
            "[report]\nonion = \"https://example.org\"\n",
            Global::default(),
            expect![
                "`FOLDER/city.toml`, line 2, column 9: `https://example.org` is no address of an onion service: give `http://`, 56 letters and digits, `.onion`, and no path"
            ],
        );
        check(
            "[report]\noblivious = true\n",
            Global::default(),
            expect!["`FOLDER/city.toml`, line 2, column 13: invalid type: boolean `true`, expected a string"],
        );
        check(
            "[report]\noblivious = \"https://reports.example.gov/in\"\n",
            Global::default(),
            expect![
                "`FOLDER/city.toml`, line 2, column 13: `https://reports.example.gov/in` is not where a door is: give `https://`, its host name, a port if it has one of its own, and no path"
            ],
        );
        let absent = Global { config: Some("none/city.toml".into()), ..Global::default() }.settings().unwrap_err();
        assert_eq!(absent.to_string(), "the configuration file `none/city.toml` cannot be read");
    }
}
