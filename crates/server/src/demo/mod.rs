//! The demo city: requests drawn from published figures, seeded, and marked as invented on every page and entry.
//!
//! Each row of the pack's `published_figures.csv` that counts detainers, answers or requests becomes so many requests on
//! days spread over its period, decided under the law of the day and answered as the figure says. Names, cases and papers
//! do not exist. The same seed gives the same city, and starting it twice adds nothing.

mod figures;
mod story;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use law::Pack;
use record::{Actor, Entry, EntryId, Source};

use crate::{
    commands::open::City,
    store::{Draft, Store},
};

pub use figures::{Figure, FiguresError, figures};
pub use story::shipped;

/// The seed of the demo city that ships: another seed is another city.
pub const SEED: u64 = 20_260_206;

/// How many entries are committed at once.
const BATCH: usize = 2_000;

/// The file by which a data folder is known to hold an invented city. Its text says whether the city is whole, and under
/// which pack it was drawn: the law's answers are part of it, so another pack cannot finish it.
pub struct Mark(PathBuf);

impl Mark {
    /// The mark of this data folder, which need not be there.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self(data.join("INVENTED-CITY"))
    }

    /// Whether the folder holds an invented city.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Puts the demo city into the folder unless it is there. Returns how many entries were new.
    ///
    /// # Errors
    /// When the folder holds a record that is not the demo city's, or one that another pack began.
    pub fn build(&self, city: &City, pack: &Pack, files: &law::PackFiles) -> Result<usize> {
        let whole = "The requests in this folder are invented.\n";
        let begun =
            format!("The requests in this folder are invented; drawing them under pack {}.\n", pack.reference().sha256);
        let folder = city.folder.path().display();
        match fs::read_to_string(&self.0).ok() {
            Some(text) if text == whole => return Ok(0),
            Some(text) if text == begun => {}
            Some(_) => {
                bail!("`{folder}` holds a demo city that another law pack began; delete the folder and start again")
            }
            None if city.store.count()? > 0 => {
                bail!("`{folder}` holds a record that is not the demo city's; name another folder with --data");
            }
            None => fs::write(&self.0, &begun).context("the mark of the demo city")?,
        }
        let new = build(pack, shipped(files)?, &city.store, SEED)?;
        fs::write(&self.0, whole).context("the mark of the demo city")?;
        Ok(new)
    }
}

/// Puts the demo city into a store. Returns how many entries were new.
///
/// # Errors
/// When the figures cannot be read, or the store refuses.
pub fn build(pack: &Pack, figures_csv: &[u8], store: &Arc<dyn Store>, seed: u64) -> Result<usize> {
    let figures = figures(figures_csv).context("the pack's published figures")?;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut drafts: Vec<Draft> = Vec::with_capacity(BATCH);
    let mut new = 0;
    let mut number = 0_u64;
    let mut flush = |drafts: &mut Vec<Draft>| -> Result<()> {
        let committed = store.commit("build the demo city", std::mem::take(drafts))?;
        new += committed.iter().filter(|one| !one.already).count();
        Ok(())
    };
    for figure in &figures {
        for _ in 0..figure.count {
            for (at, body) in story::request(pack, figure, &mut random)? {
                let entry = Entry {
                    id: EntryId::from_bytes(random.u128(..).to_be_bytes()),
                    at,
                    by: Actor::Program { name: "demo".to_owned() },
                    source: Source::Demo,
                    body,
                };
                drafts.push(Draft { key: Some(format!("demo/{seed}/{number}")), entry });
                number += 1;
            }
            if drafts.len() >= BATCH {
                flush(&mut drafts)?;
            }
        }
    }
    flush(&mut drafts)?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use record::filing::{Options, Period, Section, Word};

    use super::*;
    use crate::store::Sqlite;

    /// What the Mayor's filings of 2024 said (nyc.md 4) is what the demo city's filings say.
    #[test]
    fn the_demo_city_files_the_figures_that_it_was_drawn_from() {
        let files = crate::pack::built_in();
        let pack = Pack::load(&files).unwrap();
        let text = String::from_utf8(shipped(&files).unwrap().to_vec()).unwrap();
        let lines: Vec<&str> =
            text.lines().filter(|l| l.starts_with("law_section") || l.starts_with("10-178,")).collect();
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap());
        build(&pack, lines.join("\n").as_bytes(), &store, SEED).unwrap();
        let entries: Vec<Entry> =
            store.entries(0, 10_000).unwrap().into_iter().filter_map(|stored| Some(stored.held?.entry)).collect();
        let options = Options { include: BTreeSet::from([Source::Demo]), ..Options::default() };
        let (mut requests, mut agreed) = (0, 0);
        for quarter in ["2024Q1", "2024Q2", "2024Q3"] {
            let period = Period::parse(Section::Resources, quarter).unwrap();
            let filing = record::filing::section_10_178(&entries, &period, &options).unwrap();
            let total = filing.table(Word::TablePairs).unwrap().rows.last().unwrap();
            requests += total.cells[0].exact().unwrap();
            agreed += total.cells[1].exact().unwrap();
        }
        assert_eq!((requests, agreed), (261, 11));
    }
}
