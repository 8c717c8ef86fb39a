//! How requests are found again, in SQLite: a row of the list, and FTS5 over its words.
//!
//! The words stand in the row; FTS5 has an index of them and no copy. `secure-delete` takes what is removed out of the index's own
//! pages, which SQLite then overwrites as it does all that an erasure frees.

use jiff::civil::Date;
use record::RequestId;
use rusqlite::{Connection, Row as SqlRow, ToSql, params, params_from_iter};

use super::{ABOUT, sql_error, stored_at};
use crate::store::{
    StoreError, Stored,
    search::{COLUMNS, Indexed, Kept, Listed, NEAR, Parts, Search, Undone, Wanted, fits, kind_word, part},
    signed, unsigned,
};

/// The migration after which the list is filled from the entries that there are, or told of the deeds that there are where it was before.
pub(super) const DEEDS: &str = include_str!("../migrations/sqlite/0011_deeds.sql");

/// Entries that are read at a time when the list is filled.
const STRETCH: usize = 1000;

fn kept(row: &SqlRow<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        seq: row.get(0).map(unsigned)?,
        request: row.get(1)?,
        agency: row.get(2)?,
        site: row.get(3)?,
        day: row.get(4)?,
        requester: row.get(5)?,
        kind: row.get(6)?,
        named: row.get(7)?,
        acts: row.get(8)?,
        source: row.get(9)?,
        answers: row.get(10)?,
        deeds: row.get(11)?,
    })
}

fn damaged(place: &str, seq: u64) -> StoreError {
    StoreError::Damaged {
        place: place.to_owned(),
        seq,
        what: "its row in the list of requests cannot be read".to_owned(),
    }
}

/// Writes what new entries say, into the rows that their requests have and as new ones.
pub(super) fn index(db: &Connection, place: &str, parts: Parts) -> Result<(), StoreError> {
    let sql = |error| sql_error(place, error);
    let mut had = Vec::new();
    for request in parts.requests() {
        // In any order: each row is written by its place. With `ORDER BY` SQLite would compile this anew for each request.
        let mut query =
            db.prepare_cached(&format!("SELECT {COLUMNS}, words FROM listed WHERE request = ?1")).map_err(sql)?;
        let rows = query.query_map([request], |row| Ok((kept(row)?, row.get::<_, String>(12)?))).map_err(sql)?;
        for row in rows {
            let (kept, words) = row.map_err(sql)?;
            let seq = kept.seq;
            had.push(kept.indexed(&words).ok_or_else(|| damaged(place, seq))?);
        }
    }
    let (new, changed) = parts.rows(had);
    for row in &changed {
        db.prepare_cached("UPDATE listed SET answers = ?2, words = ?3, deeds = ?4 WHERE seq = ?1")
            .and_then(|mut update| {
                update.execute(params![signed(row.listed.seq), row.answers(), row.text(), row.deeds()])
            })
            .map_err(sql)?;
    }
    new.iter().try_for_each(|row| insert(db, place, row))
}

fn insert(db: &Connection, place: &str, row: &Indexed) -> Result<(), StoreError> {
    let Listed { seq, request, agency, site, day, requester, kind, named, source, acts: _, answers: _, deeds: _ } =
        &row.listed;
    db.prepare_cached(&format!(
        "INSERT INTO listed ({COLUMNS}, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    ))
    .and_then(|mut insert| {
        insert.execute(params![
            signed(*seq),
            request.as_bytes(),
            agency.as_str(),
            site,
            day.to_string(),
            requester.as_str(),
            kind_word(*kind),
            named,
            row.acts(),
            source.to_string(),
            row.answers(),
            row.deeds(),
            row.text()
        ])
    })
    .map(drop)
    .map_err(|error| sql_error(place, error))
}

/// After an erasure: makes the rows of the request anew, from the entries that are left.
pub(super) fn index_again(db: &Connection, place: &str, erased: &Stored) -> Result<(), StoreError> {
    let Some(entry) = erased.entry() else { return Ok(()) };
    let (Some(request), Some(_)) = (entry.body.request(), part(entry)) else { return Ok(()) };
    let sql = |error| sql_error(place, error);
    db.execute("DELETE FROM listed WHERE request = ?1", [request.as_bytes()]).map_err(sql)?;
    let left = stored_at(db, place, ABOUT, [RequestId::as_bytes(&request)])?;
    index(db, place, Parts::of(&left))
}

/// Fills the list from all entries that there are; a list that was filled before is told of the deeds. Each migration is kept by itself, so
/// that a fill which failed may be begun again by a store of any version since the list: what is there says which.
pub(super) fn fill(db: &Connection, place: &str) -> Result<(), StoreError> {
    let empty = db
        .query_row("SELECT NOT EXISTS (SELECT 1 FROM listed)", [], |row| row.get(0))
        .map_err(|error| sql_error(place, error))?;
    let parts = if empty { Parts::of } else { Parts::of_deeds };
    let mut next = 0;
    loop {
        let condition = "entry.seq >= ?1 ORDER BY entry.seq LIMIT ?2";
        let stretch = stored_at(db, place, condition, params![signed(next), signed(STRETCH as u64)])?;
        let Some(last) = stretch.last() else { return Ok(()) };
        next = last.seq + 1;
        index(db, place, parts(&stretch))?;
    }
}

/// The requests that are looked for.
pub(super) fn found(db: &Connection, place: &str, search: &Search, limit: usize) -> Result<Vec<Listed>, StoreError> {
    let mut conditions = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut holds = |condition: &str, value: Box<dyn ToSql>| {
        values.push(value);
        conditions.push(condition.replace('?', &format!("?{}", values.len())));
    };
    match search.agencies.as_slice() {
        [agency] => holds("agency = ?", Box::new(agency.as_str().to_owned())),
        // The plus keeps the list in the order of its days, instead of one agency after the other and then sorted.
        agencies => {
            holds("+agency IN (SELECT value FROM json_each(?))", json(agencies.iter().map(law::AgencyId::as_str)))
        }
    }
    if let Some(site) = &search.site {
        holds("site = ?", Box::new(site.clone()));
    }
    if let Some(from) = search.from {
        holds("day >= ?", Box::new(from.to_string()));
    }
    if let Some(through) = search.through {
        holds("day <= ?", Box::new(through.to_string()));
    }
    if let Some(among) = &search.among {
        let among = among.iter().map(|request| hex::encode(request.as_bytes()));
        holds("request IN (SELECT unhex(value) FROM json_each(?))", json(among));
    }
    // In these words, by which the index of those is found.
    if let Some(done) = search.done {
        conditions.push(format!("deeds {} ''", if done { "<>" } else { "=" }));
    }
    if let Some(before) = search.before {
        values.extend([Box::new(before.day.to_string()) as Box<dyn ToSql>, Box::new(signed(before.seq))]);
        conditions.push(format!("(day, seq) < (?{}, ?{})", values.len() - 1, values.len()));
    }
    let wanted = search.wanted();
    if wanted.is_empty() {
        let rows = rows(db, place, &conditions, &values, limit)?;
        return rows.into_iter().map(|(row, _)| listed(place, row)).collect();
    }
    let near = limit.saturating_mul(NEAR);
    let nearest = rows(db, place, &conditions, &values, near)?;
    let all = nearest.len() < near;
    let mut found: Vec<Kept> =
        nearest.into_iter().filter(|(_, words)| fits(words, &wanted)).map(|(row, _)| row).collect();
    if !all && found.len() < limit {
        values.push(Box::new(matched(&wanted)));
        conditions.push(format!("seq IN (SELECT rowid FROM listed_words WHERE listed_words MATCH ?{})", values.len()));
        found = rows(db, place, &conditions, &values, limit)?.into_iter().map(|(row, _)| row).collect();
    }
    found.truncate(limit);
    found.into_iter().map(|row| listed(place, row)).collect()
}

/// About how many requests of each agency and way nobody has said what was done, of contacts until this day.
pub(super) fn undone(db: &Connection, place: &str, through: Date) -> Result<Undone, StoreError> {
    let sql = |error| sql_error(place, error);
    let mut query = db
        .prepare_cached(
            "SELECT agency, source, count(DISTINCT request), min(seq) FROM listed WHERE deeds = '' AND day <= ?1 \
             GROUP BY agency, source ORDER BY agency, source",
        )
        .map_err(sql)?;
    let rows = query
        .query_map([through.to_string()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
        })
        .map_err(sql)?;
    rows.map(|row| {
        let (agency, source, count, first) = row.map_err(sql)?;
        let source = source.parse().map_err(|_| damaged(place, unsigned(first)))?;
        Ok((law::AgencyId::new(&agency), source, unsigned(count)))
    })
    .collect()
}

/// The newest rows of which these conditions hold, with their words.
fn rows(
    db: &Connection,
    place: &str,
    conditions: &[String],
    values: &[Box<dyn ToSql>],
    limit: usize,
) -> Result<Vec<(Kept, String)>, StoreError> {
    let limit = signed(limit as u64);
    let sql = format!(
        "SELECT {COLUMNS}, words FROM listed WHERE {} ORDER BY day DESC, seq DESC LIMIT {limit}",
        conditions.join(" AND ")
    );
    db.prepare_cached(&sql)
        .and_then(|mut query| {
            let values = params_from_iter(values.iter().map(|value| &**value));
            query.query_map(values, |row| Ok((kept(row)?, row.get(12)?)))?.collect()
        })
        .map_err(|error| sql_error(place, error))
}

fn listed(place: &str, row: Kept) -> Result<Listed, StoreError> {
    let seq = row.seq;
    row.read().ok_or_else(|| damaged(place, seq))
}

fn json<T: Into<serde_json::Value>>(values: impl Iterator<Item = T>) -> Box<dyn ToSql> {
    Box::new(values.collect::<serde_json::Value>().to_string())
}

/// All the words, each in the quotes in which FTS5 reads it as a word and nothing else.
fn matched(wanted: &[Wanted]) -> String {
    let one =
        |wanted: &Wanted| format!("\"{}\"{}", wanted.word.replace('"', "\"\""), if wanted.begins { "*" } else { "" });
    wanted.iter().map(one).collect::<Vec<_>>().join(" AND ")
}
