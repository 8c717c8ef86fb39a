//! Photographs of papers, in PostgreSQL.

use std::collections::HashMap;

use ::postgres::Transaction;
use record::EntryId;

use super::Postgres;
use crate::store::{
    Committed, StoreError, Stored,
    photographs::{
        AttachError, Attaching, MOST_OF_A_REQUEST, NewPhotograph, Photographs, SealedPhotograph, attaching,
        request_taken_down,
    },
    plan::plan,
    signed, unsigned,
};

/// Whether the request stands in the record, and how many photographs it has.
const OF_REQUEST: &str = "SELECT EXISTS (SELECT 1 FROM vouchsafe.entry WHERE request = $1 AND receiver IS NOT NULL), \
     (SELECT count(*) FROM vouchsafe.photograph JOIN vouchsafe.entry ON entry.seq = photograph.seq WHERE entry.request = $1)";

impl Postgres {
    /// With an erased entry: its own photograph, and those of the request that it took down.
    pub(super) fn remove_photographs(&self, db: &mut Transaction<'_>, erased: &Stored) -> Result<(), StoreError> {
        let sql = |error| self.error(error);
        db.execute("DELETE FROM vouchsafe.photograph WHERE seq = $1", &[&signed(erased.seq)]).map_err(sql)?;
        if let Some(request) = request_taken_down(erased) {
            let of_request =
                "DELETE FROM vouchsafe.photograph WHERE seq IN (SELECT seq FROM vouchsafe.entry WHERE request = $1)";
            db.execute(of_request, &[&request.as_bytes().as_slice()]).map_err(sql)?;
        }
        Ok(())
    }
}

impl Photographs for Postgres {
    fn attach(&self, key_name: &[u8; 32], photographs: Vec<NewPhotograph>) -> Result<Vec<Committed>, AttachError> {
        let Attaching { prepared, requests, sealed } = attaching(photographs)?;
        let mut sealed: HashMap<EntryId, SealedPhotograph> = sealed.into_iter().collect();
        // What is refused is refused inside the transaction, which then has written nothing, and is rolled back by the error beside it.
        let mut refused = None;
        let done = self.write(|db| {
            let sql = |error| self.error(error);
            let refuse = |refused: &mut Option<AttachError>, error| {
                *refused = Some(error);
                Err(StoreError::Stopped)
            };
            // The record's end is locked first, so that keys are claimed and photographs counted by one alone.
            let next = self.lock_tail(db)?;
            let ours = db.query_opt("SELECT name FROM vouchsafe.photograph_key", &[]).map_err(sql)?;
            if ours.map(|row| self.bytes::<32>(&row, 0)).transpose()?.as_ref() != Some(key_name) {
                return refuse(&mut refused, AttachError::OtherKey);
            }
            let acts = vec![prepared];
            let mut look = self.look_up(db, &acts)?;
            let mut plan = plan(acts, next, &mut look)?;
            let answer = plan.answers.pop().unwrap_or(Err(StoreError::Stopped))?;
            for request in requests {
                let added = plan.rows.iter().filter(|(_, row)| row.request == Some(request)).count() as u64;
                let row = db.query_one(OF_REQUEST, &[&request.as_bytes().as_slice()]).map_err(sql)?;
                let (stands, has): (bool, u64) = (row.get(0), unsigned(row.get(1)));
                if added > 0 && !stands {
                    return refuse(&mut refused, AttachError::NoRequest { request });
                }
                if added > 0 && has + added > MOST_OF_A_REQUEST {
                    return refuse(&mut refused, AttachError::TooMany { request, has });
                }
            }
            self.insert(db, next, &plan.rows)?;
            for (seq, (_, row)) in (next..).zip(&plan.rows) {
                let Some(SealedPhotograph { key, bytes }) = sealed.remove(&row.id) else { continue };
                db.execute(
                    "INSERT INTO vouchsafe.photograph (seq, key, bytes) VALUES ($1, $2, $3)",
                    &[&signed(seq), &key, &bytes],
                )
                .map_err(sql)?;
            }
            Ok(answer)
        });
        refused.map_or(Ok(()), Err)?;
        Ok(done?)
    }

    fn photograph(&self, entry: &EntryId) -> Result<Option<SealedPhotograph>, StoreError> {
        const SQL: &str = "SELECT photograph.key, photograph.bytes FROM vouchsafe.photograph \
             JOIN vouchsafe.entry ON entry.seq = photograph.seq WHERE entry.id = $1";
        self.with(|client| {
            let row = client.query_opt(SQL, &[&entry.as_bytes().as_slice()]).map_err(|error| self.error(error))?;
            Ok(row.map(|row| SealedPhotograph { key: row.get(0), bytes: row.get(1) }))
        })
    }

    fn photographs(&self) -> Result<u64, StoreError> {
        self.with(|client| {
            let row = client.query_one("SELECT count(*) FROM vouchsafe.photograph", &[]);
            Ok(unsigned(row.map_err(|error| self.error(error))?.get(0)))
        })
    }

    fn claim_key(&self, name: &[u8; 32]) -> Result<bool, StoreError> {
        self.write(|db| {
            self.lock_tail(db)?;
            db.execute(
                "INSERT INTO vouchsafe.photograph_key AS kept (single, name) VALUES (1, $1) ON CONFLICT (single) DO UPDATE \
                 SET name = excluded.name WHERE kept.name = excluded.name OR NOT EXISTS (SELECT 1 FROM vouchsafe.photograph)",
                &[&name.as_slice()],
            )
            .map(|rows| rows == 1)
            .map_err(|error| self.error(error))
        })
    }
}
