//! How requests are found again, in PostgreSQL: a row of the list, and a GIN index over its words.
//!
//! The words come folded, as lexemes of a `tsvector`: no parser and no dictionary of PostgreSQL's takes part, so that both databases
//! find the same. A GIN index keeps a word that nothing has any more, whatever a vacuum frees; after an erasure it is made anew.

use ::postgres::{Client, Row as SqlRow, Transaction, types::ToSql};
use jiff::civil::Date;

use super::{ABOUT, Postgres};
use crate::store::{
    StoreError, Stored,
    search::{COLUMNS, Indexed, Kept, Listed, NEAR, Parts, Search, Undone, Wanted, fits, kind_word, part},
    signed, unsigned,
};

/// The migration after which the list is filled from the entries that there are, or told of the deeds that there are where it was before.
pub(super) const DEEDS: &str = include_str!("../migrations/postgres/0011_deeds.sql");

/// Entries that are read at a time when the list is filled.
const STRETCH: u64 = 1000;

impl Postgres {
    fn kept(&self, row: &SqlRow) -> Result<Kept, StoreError> {
        Ok(Kept {
            seq: unsigned(row.get(0)),
            request: self.bytes(row, 1)?,
            agency: row.get(2),
            site: row.get(3),
            day: row.get(4),
            requester: row.get(5),
            kind: row.get(6),
            named: row.get(7),
            acts: row.get(8),
            source: row.get(9),
            answers: row.get(10),
            deeds: row.get(11),
        })
    }

    fn damaged_row(&self, seq: u64) -> StoreError {
        let what = "its row in the list of requests cannot be read".to_owned();
        StoreError::Damaged { place: self.place.clone(), seq, what }
    }

    /// Writes what new entries say, into the rows that their requests have and as new ones.
    pub(super) fn index(&self, db: &mut Transaction<'_>, parts: Parts) -> Result<(), StoreError> {
        let sql = |error| self.error(error);
        let requests = parts.requests();
        if requests.is_empty() {
            return Ok(());
        }
        let requests: Vec<&[u8]> = requests.iter().map(<[u8; 16]>::as_slice).collect();
        let select = format!("SELECT {COLUMNS}, words FROM vouchsafe.listed WHERE request = ANY($1) ORDER BY seq");
        let found = db.query(&select, &[&requests]).map_err(sql)?;
        let had = found.iter().map(|row| {
            let kept = self.kept(row)?;
            let seq = kept.seq;
            kept.indexed(row.get(12)).ok_or_else(|| self.damaged_row(seq))
        });
        let (new, changed) = parts.rows(had.collect::<Result<_, _>>()?);
        if !changed.is_empty() {
            let seqs: Vec<i64> = changed.iter().map(|row| signed(row.listed.seq)).collect();
            let answers: Vec<String> = changed.iter().map(Indexed::answers).collect();
            let words: Vec<String> = changed.iter().map(Indexed::text).collect();
            let deeds: Vec<String> = changed.iter().map(Indexed::deeds).collect();
            db.execute(
                "UPDATE vouchsafe.listed SET answers = new.answers, words = new.words, deeds = new.deeds \
                 FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS new (seq, answers, words, deeds) \
                 WHERE listed.seq = new.seq",
                &[&seqs, &answers, &words, &deeds],
            )
            .map_err(sql)?;
        }
        self.insert_listed(db, &new)
    }

    fn insert_listed(&self, db: &mut Transaction<'_>, rows: &[Indexed]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        fn column<'a, T>(rows: &'a [Indexed], value: impl Fn(&'a Listed) -> T) -> Vec<T> {
            rows.iter().map(|row| value(&row.listed)).collect()
        }
        let whole = |value: fn(&Indexed) -> String| -> Vec<String> { rows.iter().map(value).collect() };
        let values: [&(dyn ToSql + Sync); 13] = [
            &column(rows, |row| signed(row.seq)),
            &column(rows, |row| row.request.as_bytes().as_slice()),
            &column(rows, |row| row.agency.as_str()),
            &column(rows, |row| row.site.as_deref()),
            &column(rows, |row| row.day.to_string()),
            &column(rows, |row| row.requester.as_str()),
            &column(rows, |row| kind_word(row.kind)),
            &column(rows, |row| row.named.as_str()),
            &whole(Indexed::acts),
            &column(rows, |row| row.source.to_string()),
            &whole(Indexed::answers),
            &whole(Indexed::deeds),
            &whole(Indexed::text),
        ];
        db.execute(
            &format!(
                "INSERT INTO vouchsafe.listed ({COLUMNS}, words) SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::text[], \
                 $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], \
                 $13::text[])"
            ),
            &values,
        )
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// After an erasure: makes the rows of the request anew, from the entries that are left.
    pub(super) fn index_again(&self, db: &mut Transaction<'_>, erased: &Stored) -> Result<(), StoreError> {
        let Some(entry) = erased.entry() else { return Ok(()) };
        let (Some(request), Some(_)) = (entry.body.request(), part(entry)) else { return Ok(()) };
        let request = request.as_bytes().as_slice();
        let sql = |error| self.error(error);
        db.execute("DELETE FROM vouchsafe.listed WHERE request = $1", &[&request]).map_err(sql)?;
        db.execute("UPDATE vouchsafe.words_due SET erasures = erasures + 1", &[]).map_err(sql)?;
        let left = self.stored(db, ABOUT, &[&request])?;
        self.index(db, Parts::of(&left))
    }

    /// How many erasures the index of words was not made anew after.
    pub(super) fn words_due(&self, client: &mut Client) -> Result<i64, StoreError> {
        let due = client.query_one("SELECT erasures FROM vouchsafe.words_due", &[]);
        due.map(|row| row.get(0)).map_err(|error| self.error(error))
    }

    /// Makes the index of words anew where an erasure left words in it. Another erasure that comes meanwhile is still due then.
    pub(super) fn index_words_anew(&self, client: &mut Client) -> Result<(), StoreError> {
        let due = self.words_due(client)?;
        if due == 0 {
            return Ok(());
        }
        let sql = |error| self.error(error);
        // A word that nothing has any more stays in its index for ever, whatever a vacuum frees.
        client.batch_execute("REINDEX INDEX vouchsafe.listed_terms").map_err(sql)?;
        // While an older transaction may still see what was erased (its body then, too), the new index has it.
        if self.not_freed(client)? == 0 {
            client.execute("UPDATE vouchsafe.words_due SET erasures = erasures - $1", &[&due]).map_err(sql)?;
        }
        Ok(())
    }

    /// Fills the list from all entries that there are; a list that was filled before is told of the deeds.
    pub(super) fn fill(&self, db: &mut Transaction<'_>) -> Result<(), StoreError> {
        let empty = "SELECT NOT EXISTS (SELECT 1 FROM vouchsafe.listed)";
        let empty = db.query_one(empty, &[]).map_err(|error| self.error(error))?.get(0);
        let parts = if empty { Parts::of } else { Parts::of_deeds };
        let mut next = 0;
        loop {
            let condition = "entry.seq >= $1 ORDER BY entry.seq LIMIT $2";
            let stretch = self.stored(db, condition, &[&signed(next), &signed(STRETCH)])?;
            let Some(last) = stretch.last() else { return Ok(()) };
            next = last.seq + 1;
            self.index(db, parts(&stretch))?;
        }
    }

    /// The requests that are looked for.
    pub(super) fn found(&self, db: &mut Client, search: &Search, limit: usize) -> Result<Vec<Listed>, StoreError> {
        let mut conditions = Vec::new();
        let mut values: Vec<Box<dyn ToSql + Sync>> = Vec::new();
        let mut holds = |condition: &str, value: Box<dyn ToSql + Sync>| {
            values.push(value);
            conditions.push(condition.replace('?', &format!("${}", values.len())));
        };
        // PostgreSQL has no NUL in a text, and nobody an agency with one.
        let named = search.agencies.iter().map(law::AgencyId::as_str).filter(|agency| !agency.contains('\0'));
        let agencies: Vec<String> = named.map(str::to_owned).collect();
        match agencies.as_slice() {
            [agency] => holds("agency = ?", Box::new(agency.clone())),
            _ => holds("agency = ANY(?)", Box::new(agencies)),
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
            let among: Vec<Vec<u8>> = among.iter().map(|request| request.as_bytes().to_vec()).collect();
            holds("request = ANY(?)", Box::new(among));
        }
        // In these words, by which the index of those is found.
        if let Some(done) = search.done {
            conditions.push(format!("deeds {} ''", if done { "<>" } else { "=" }));
        }
        if let Some(before) = search.before {
            values.extend([Box::new(before.day.to_string()) as Box<dyn ToSql + Sync>, Box::new(signed(before.seq))]);
            conditions.push(format!("(day, seq) < (${}, ${})", values.len() - 1, values.len()));
        }
        let wanted = search.wanted();
        if wanted.is_empty() {
            let rows = self.rows(db, &conditions, &values, limit)?;
            return rows.into_iter().map(|(row, _)| self.listed(row)).collect();
        }
        let near = limit.saturating_mul(NEAR);
        let nearest = self.rows(db, &conditions, &values, near)?;
        let all = nearest.len() < near;
        let mut found: Vec<Kept> =
            nearest.into_iter().filter(|(_, words)| fits(words, &wanted)).map(|(row, _)| row).collect();
        if !all && found.len() < limit {
            values.push(Box::new(matched(&wanted)));
            conditions.push(format!("terms @@ (${}::text)::tsquery", values.len()));
            found = self.rows(db, &conditions, &values, limit)?.into_iter().map(|(row, _)| row).collect();
        }
        found.truncate(limit);
        found.into_iter().map(|row| self.listed(row)).collect()
    }

    /// About how many requests of each agency and way nobody has said what was done, of contacts until this day.
    pub(super) fn count_undone(&self, db: &mut Client, through: Date) -> Result<Undone, StoreError> {
        let sql = "SELECT agency, source, count(DISTINCT request), min(seq) FROM vouchsafe.listed WHERE deeds = '' AND day <= $1 \
                   GROUP BY agency, source ORDER BY agency, source";
        let rows = db.query(sql, &[&through.to_string()]).map_err(|error| self.error(error))?;
        let one = |row: &SqlRow| {
            let source = row.get::<_, &str>(1).parse().map_err(|_| self.damaged_row(unsigned(row.get(3))))?;
            Ok((law::AgencyId::new(row.get(0)), source, unsigned(row.get(2))))
        };
        rows.iter().map(one).collect()
    }

    /// The newest rows of which these conditions hold, with their words.
    fn rows(
        &self,
        db: &mut Client,
        conditions: &[String],
        values: &[Box<dyn ToSql + Sync>],
        limit: usize,
    ) -> Result<Vec<(Kept, String)>, StoreError> {
        let limit = signed(limit as u64);
        let sql = format!(
            "SELECT {COLUMNS}, words FROM vouchsafe.listed WHERE {} ORDER BY day DESC, seq DESC LIMIT {limit}",
            conditions.join(" AND ")
        );
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value).collect();
        let rows = db.query(&sql, &values).map_err(|error| self.error(error))?;
        rows.iter().map(|row| Ok((self.kept(row)?, row.get(12)))).collect()
    }

    fn listed(&self, row: Kept) -> Result<Listed, StoreError> {
        let seq = row.seq;
        row.read().ok_or_else(|| self.damaged_row(seq))
    }
}

/// All the words, each in the quotes in which PostgreSQL reads it as a word and nothing else.
fn matched(wanted: &[Wanted]) -> String {
    let quoted = |word: &str| word.replace('\\', "\\\\").replace('\'', "''");
    let one = |wanted: &Wanted| format!("'{}'{}", quoted(&wanted.word), if wanted.begins { ":*" } else { "" });
    wanted.iter().map(one).collect::<Vec<_>>().join(" & ")
}
