//! `vouchsafe init`: makes a city from its file, checks such a file, prints the one that ships.
//!
//! Everything is read and checked before anything is made. The file comes into the folder last and whole, under a name of its own first,
//! so that a folder with `city.toml` is a city's and one without is none yet; what a crash leaves behind, the next call goes on with.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;

use super::{
    decide::open_with_log,
    open::{Access, DataFolder},
    out::{line, say},
};
use crate::{
    city_file::{CityFile, SHIPPED, shipped},
    config::Global,
    pack,
    words::Words,
};

/// Make a city from its file: agencies, their sites, whom a desk calls, days of closing.
///
/// The file is TOML with comments; `--print nyc` prints the one that ships, to begin one's own from. Everything is checked first, against
/// the law pack, too, and every fault is told at once with its line and column; then the data folder, the record, the log and its keys are
/// made, and last the file is put into the folder as `city.toml`, which `vouchsafe serve` reads each time that it starts.
///
/// Exit status: 0 it was done or the file has no fault, 2 bad input: nothing was made.
///
/// Example: vouchsafe init --city nyc --data city
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["city", "file", "print", "check"]))]
pub struct Init {
    /// Make the city from the file that ships under this name: nyc
    #[arg(long, value_name = "NAME")]
    city: Option<String>,
    /// Make the city from this file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Put the file in the place of the one that the city has; the record stays
    #[arg(long, conflicts_with_all = ["print", "check"])]
    again: bool,
    /// Print the file that ships under this name, and make nothing
    #[arg(long, value_name = "NAME")]
    print: Option<String>,
    /// Check this file, and make nothing
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the file has faults, the folder has a city already, or something cannot be made.
pub fn run(global: &Global, init: &Init) -> Result<ExitCode> {
    if let Some(name) = &init.print {
        let _ = line(format_args!("{}", ships(name)?.trim_end()));
        return Ok(ExitCode::SUCCESS);
    }
    let settings = global.settings()?;
    let pack = pack::load(settings.pack.as_deref())?;
    let words = Words::new("en");
    if let Some(path) = &init.check {
        let file = CityFile::read(path, &pack)?;
        tell(global, &words, &file, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let file = match (&init.city, &init.file) {
        (Some(name), _) => CityFile::of_bytes(&format!("{name} (ships)"), ships(name)?.as_bytes(), &pack)?,
        (_, Some(path)) => CityFile::read(path, &pack)?,
        (None, None) => bail!("name the city's file with --file, or the one that ships with --city nyc"),
    };
    let folder = DataFolder::at(&settings.data);
    let place = folder.city_file();
    let shown = folder.path().display();
    match (place.exists(), init.again) {
        (true, false) => bail!(
            "`{shown}` has a city already: change its file with --again, or name another folder with --data; nothing was made"
        ),
        (false, true) if !folder.path().exists() => {
            bail!("there is no city in `{shown}` to put the file into: leave out --again; nothing was made")
        }
        _ => {}
    }
    // A city that is there has all that; its desk may be running, and reads the file when it starts again.
    if !place.exists() {
        let (city, _log) = open_with_log(global, Access::Write)?;
        if !init.again && city.store.count()? > 0 {
            bail!(
                "`{shown}` holds a record already: put the file beside it with --again, or name another folder with --data"
            );
        }
        city.folder.person_secret()?;
    }
    put(&place, file.text.as_bytes(), init.again).with_context(|| format!("`{}` cannot be made", place.display()))?;
    tell(global, &words, &file, Some(folder.path()))?;
    Ok(ExitCode::SUCCESS)
}

fn ships(name: &str) -> Result<&'static str> {
    shipped(name).with_context(|| {
        let known: Vec<&str> = SHIPPED.into_iter().map(|(known, _)| known).collect();
        format!("no city's file ships under `{name}`: there is {}", known.join(", "))
    })
}

/// Puts a file in its place whole: never half of it, and never over one that is there unless `again`.
///
/// # Errors
/// What the system says; the place is as it was then.
pub fn put(place: &Path, bytes: &[u8], again: bool) -> io::Result<()> {
    let draft = place.with_extension("toml.new");
    let mut file = fs::File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if again {
        fs::rename(&draft, place)?;
    } else {
        let put = fs::hard_link(&draft, place);
        fs::remove_file(&draft)?;
        put?;
    }
    match place.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Says what the file has, what is still open in it, and what comes next.
fn tell(global: &Global, words: &Words, file: &CityFile, made: Option<&Path>) -> Result<()> {
    let (placeholders, unconfirmed) = (file.placeholders(), file.unconfirmed());
    let (agencies, sites) = (file.agencies().count(), file.sites_count());
    if global.json {
        say!(
            "{}",
            json!({ "city": file.name, "file": file.hash(), "agencies": agencies, "sites": sites, "placeholders": placeholders,
                "unconfirmed": unconfirmed, "data": made })
        );
        return Ok(());
    }
    let counts = [("city", file.name.as_str()), ("agencies", &agencies.to_string()), ("sites", &sites.to_string())];
    say!("{}", words.say("init-file", &counts));
    for sentence in open_in(words, file) {
        say!("{sentence}");
    }
    if let Some(data) = made {
        let data = data.display().to_string();
        say!("{}", words.say("init-next", &[("data", &data)]));
    }
    Ok(())
}

/// What is still open in a city's file, a sentence each.
pub(super) fn open_in(words: &Words, file: &CityFile) -> Vec<String> {
    /// How many are named; the others are counted.
    const NAMED: usize = 3;
    let named = |id: &str, all: &[String]| {
        let some = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let some = if all.len() > NAMED { format!("{some}, …") } else { some };
        (!all.is_empty()).then(|| words.say(id, &[("count", &all.len().to_string()), ("some", &some)]))
    };
    [named("city-placeholders", &file.placeholders()), named("city-unconfirmed", &file.unconfirmed())]
        .into_iter()
        .flatten()
        .collect()
}
