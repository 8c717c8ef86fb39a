//! What the invented city has filed: every period of the four sections that had ended when it was drawn.
//!
//! Made by the code of `vouchsafe file … --include-source demo --by …`, into `filings` in the data folder, and recorded as
//! invented like everything else there. Nothing is filed later: a city that is started again is what it was.

use anyhow::{Context, Result};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use law::PackFiles;
use record::{
    EntryId, Source,
    filing::{Gathered, Options, Period, Section},
    first_16,
};
use sha2::{Digest as _, Sha256};

use crate::{
    commands::open::City,
    filing::{
        self,
        make::{Job, Signed, make},
        read::from_store,
    },
    log,
};

/// Who signs: nobody.
const SIGNER: &str = "invented official";

/// Files every period that ended before this day. Returns how many filings there are.
///
/// # Errors
/// When the record contradicts itself, or a file, the store or the log fails.
pub fn file(city: &City, files: &PackFiles, today: Date) -> Result<usize> {
    let names = filing::names_in(files)?;
    let out = city.folder.filings();
    let mut log = log::open_if_free(city.store.clone(), city.folder.path(), city.settings.log_origin.as_deref())?;
    if let Some(log) = &mut log {
        log::take_in(log);
    }
    // Read once: what the filings themselves add counts in none of them.
    let record = from_store(city.store.as_ref())?;
    let include = [Source::Demo].into();
    let options = Options { include, draft: false, not_of_the_city: names.not_of_the_city.clone() };
    let gathered = Gathered::of(&record.entries, options);
    let mut filed = 0;
    for section in Section::ALL {
        for period in filing::periods(section, today).into_iter().rev().filter(|period| period.to < today) {
            let name = filing::stem(section, None, &period);
            let job = Job { section, period: &period, names: &names, out: &out };
            let signed = Signed {
                store: city.store.as_ref(),
                by: SIGNER,
                source: Source::Demo,
                at: moment(&period)?,
                entry: id(&name),
                omissions: Vec::new(),
            };
            make(&record, &gathered, &job, Some(signed), log.as_mut())?
                .with_context(|| format!("the invented filing {name}"))?;
            filed += 1;
        }
    }
    Ok(filed)
}

/// The entry's moment: noon of the first day after the period, as all of the city's entries bear an invented noon.
fn moment(period: &Period) -> Result<Timestamp> {
    let day = period.to.tomorrow().context("a period ends with the calendar")?;
    Ok(day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp())
}

/// The entry's id, the same in every city of this kind.
fn id(name: &str) -> EntryId {
    EntryId::from_bytes(first_16(Sha256::digest(format!("demo filing {name}"))))
}
