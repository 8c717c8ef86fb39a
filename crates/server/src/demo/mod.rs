//! The demo city: requests drawn from published figures, seeded, and marked as invented on every page and entry.
//!
//! Each row of the pack's `published_figures.csv` that counts detainers, answers or requests becomes so many requests on
//! days spread over its period, decided under the law of the day and answered as the figure says. Names, cases and papers
//! do not exist. What the statutes ask for is filed from them ([`filed`]). The same seed gives the same city, and starting it
//! twice adds nothing.

mod figures;
mod filed;
mod story;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
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

    /// Nothing if there is no mark, or the record beside it begins as an invented city's does. The mark lies in a folder, and the
    /// record may be in a database that is named elsewhere.
    ///
    /// # Errors
    /// When it begins otherwise: nobody may be let in to a real record, nor real entries be marked as invented, by a file that was left
    /// over.
    pub fn fits(&self, store: &dyn Store) -> Result<()> {
        if !self.exists() {
            return Ok(());
        }
        // Erased ones say nothing; of an invented city nobody erases so many.
        let first = store.entries(0, 100)?;
        if first.iter().filter_map(|stored| stored.entry()).any(|entry| entry.source != Source::Demo) {
            bail!(
                "`{}` marks an invented city, and the record beside it is none: name another data folder with --data, or move the \
                 mark away if the record is real",
                self.0.display()
            );
        }
        Ok(())
    }

    /// Puts the demo city into the folder unless it is there, with its filings of every period that ended before this day.
    /// Returns how many entries were new, and how many filings they were filed in.
    ///
    /// # Errors
    /// When the folder holds a record that is not the demo city's, or one that another pack began.
    pub fn build(&self, city: &City, pack: &Pack, files: &law::PackFiles, today: Date) -> Result<(usize, usize)> {
        let whole = "The requests in this folder are invented.\n";
        let begun =
            format!("The requests in this folder are invented; drawing them under pack {}.\n", pack.reference().sha256);
        let folder = city.folder.path().display();
        match fs::read_to_string(&self.0).ok() {
            Some(text) if text == whole => return Ok((0, 0)),
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
        let filed = filed::file(city, files, today)?;
        fs::write(&self.0, whole).context("the mark of the demo city")?;
        Ok((new, filed))
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
                let mut entry = |body| Entry {
                    id: EntryId::from_bytes(random.u128(..).to_be_bytes()),
                    at,
                    by: Actor::Program { name: "demo".to_owned() },
                    source: Source::Demo,
                    body,
                };
                let stated = entry(body);
                let fault = stated.engine_fault().map(&mut entry);
                for entry in [Some(stated), fault].into_iter().flatten() {
                    drafts.push(Draft { key: Some(format!("demo/{seed}/{number}")), entry });
                    number += 1;
                }
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

    #[test]
    fn a_mark_beside_a_real_record_is_an_error_and_beside_an_invented_one_none() {
        let folder = tempfile::tempdir().unwrap();
        let mark = Mark::of(folder.path());
        let entry = |source| Entry {
            id: EntryId::from_bytes([7; 16]),
            at: "2026-06-15T12:00:00Z".parse().unwrap(),
            by: Actor::Program { name: "test".to_owned() },
            source,
            body: record::Body::Fault(record::Fault {
                kind: record::FaultKind::Engine,
                request: None,
                entry: None,
                detail: "a test".into(),
            }),
        };
        for (source, fits) in [(Source::Demo, true), (Source::Desk, false)] {
            let kept = tempfile::tempdir().unwrap();
            let store = Sqlite::open(&kept.path().join("record.sqlite3")).unwrap();
            store.commit("test", vec![entry(source).into()]).unwrap();
            fs::remove_file(&mark.0).ok();
            mark.fits(&store).unwrap();
            fs::write(&mark.0, "The requests in this folder are invented.\n").unwrap();
            assert_eq!(mark.fits(&store).is_ok(), fits);
        }
    }

    /// Everything that a city says, in the order of its record; salts and keys are drawn anew for each.
    fn said(figures: &str, seed: u64) -> Vec<Vec<u8>> {
        let pack = Pack::load(&crate::pack::built_in()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap());
        let new = build(&pack, figures.as_bytes(), &store, seed).unwrap();
        assert_eq!(build(&pack, figures.as_bytes(), &store, seed).unwrap(), 0, "drawing it twice adds nothing");
        let kept = store.entries(0, 10_000).unwrap();
        assert_eq!(kept.len(), new);
        kept.into_iter().map(|stored| stored.held.unwrap().bytes).collect()
    }

    #[test]
    fn one_seed_draws_one_city_and_another_seed_another() {
        let files = crate::pack::built_in();
        let text = String::from_utf8(shipped(&files).unwrap().to_vec()).unwrap();
        let small =
            |line: &&str| ["law_section", "9-131,DOC,2015-10", "10-178,"].iter().any(|begin| line.starts_with(begin));
        let figures = text.lines().filter(small).collect::<Vec<_>>().join("\n");
        let one = said(&figures, SEED);
        assert!(one.len() > 900, "{}", one.len());
        assert!(one == said(&figures, SEED), "the same seed drew another city");
        let other = said(&figures, SEED + 1);
        let requests = |city: &[Vec<u8>]| {
            city.iter().filter(|bytes| bytes.windows(11).any(|part| part == b"\"requested\"")).count()
        };
        assert_eq!(requests(&other), requests(&one), "the figures are the same");
        assert!(one.iter().zip(&other).all(|(one, other)| one != other));
    }

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
