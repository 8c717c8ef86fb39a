//! Photographs of papers, in SQLite.

use std::collections::HashMap;

use record::EntryId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Look, Sqlite, sql_error};
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
const OF_REQUEST: &str = "SELECT EXISTS (SELECT 1 FROM entry WHERE request = ?1 AND receiver IS NOT NULL), \
     (SELECT count(*) FROM photograph JOIN entry ON entry.seq = photograph.seq WHERE entry.request = ?1)";

/// With an erased entry: its own photograph, and those of the request that it took down.
pub(super) fn remove(db: &Connection, place: &str, erased: &Stored) -> Result<(), StoreError> {
    let sql = |error| sql_error(place, error);
    db.execute("DELETE FROM photograph WHERE seq = ?1", [signed(erased.seq)]).map_err(sql)?;
    if let Some(request) = request_taken_down(erased) {
        let of_request = "DELETE FROM photograph WHERE seq IN (SELECT seq FROM entry WHERE request = ?1)";
        db.execute(of_request, [request.as_bytes()]).map_err(sql)?;
    }
    Ok(())
}

impl Photographs for Sqlite {
    fn attach(&self, key_name: &[u8; 32], photographs: Vec<NewPhotograph>) -> Result<Vec<Committed>, AttachError> {
        let Attaching { prepared, requests, sealed } = attaching(photographs)?;
        let mut sealed: HashMap<EntryId, SealedPhotograph> = sealed.into_iter().collect();
        // What is refused is refused inside the transaction, which then has written nothing, and is rolled back by the error beside it.
        let mut refused = None;
        let done = self.write(|db| {
            let sql = |error| sql_error(&self.place, error);
            let refuse = |refused: &mut Option<AttachError>, error| {
                *refused = Some(error);
                Err(StoreError::Stopped)
            };
            let ours: Option<[u8; 32]> =
                db.query_row("SELECT name FROM photograph_key", [], |row| row.get(0)).optional().map_err(sql)?;
            if ours.as_ref() != Some(key_name) {
                return refuse(&mut refused, AttachError::OtherKey);
            }
            let next = self.next_seq(db)?;
            let mut plan = plan(vec![prepared], next, &mut Look { store: self, db })?;
            let answer = plan.answers.pop().unwrap_or(Err(StoreError::Stopped))?;
            for request in requests {
                let added = plan.rows.iter().filter(|(_, row)| row.request == Some(request)).count() as u64;
                let (stands, has): (bool, u64) = db
                    .query_row(OF_REQUEST, [request.as_bytes()], |row| Ok((row.get(0)?, row.get(1).map(unsigned)?)))
                    .map_err(sql)?;
                if added > 0 && !stands {
                    return refuse(&mut refused, AttachError::NoRequest { request });
                }
                if added > 0 && has + added > MOST_OF_A_REQUEST {
                    return refuse(&mut refused, AttachError::TooMany { request, has });
                }
            }
            let placed: Vec<_> = (next..).zip(plan.rows.iter().map(|(_, row)| row.id)).collect();
            self.insert_all(db, next, plan.rows)?;
            for (seq, id) in placed {
                let Some(SealedPhotograph { key, bytes }) = sealed.remove(&id) else { continue };
                db.prepare_cached("INSERT INTO photograph (seq, key, bytes) VALUES (?1, ?2, ?3)")
                    .and_then(|mut insert| insert.execute(params![signed(seq), key, bytes]))
                    .map_err(sql)?;
            }
            Ok(answer)
        });
        refused.map_or(Ok(()), Err)?;
        Ok(done?)
    }

    fn photograph(&self, entry: &EntryId) -> Result<Option<SealedPhotograph>, StoreError> {
        const SQL: &str = "SELECT photograph.key, photograph.bytes FROM photograph \
             JOIN entry ON entry.seq = photograph.seq WHERE entry.id = ?1";
        self.read(|db| {
            db.query_row(SQL, [entry.as_bytes()], |row| Ok(SealedPhotograph { key: row.get(0)?, bytes: row.get(1)? }))
                .optional()
                .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn photographs(&self) -> Result<u64, StoreError> {
        self.read(|db| self.number(db, "SELECT count(*) FROM photograph"))
    }

    fn claim_key(&self, name: &[u8; 32]) -> Result<bool, StoreError> {
        self.write(|db| {
            db.execute(
                "INSERT INTO photograph_key (single, name) VALUES (1, ?1) ON CONFLICT (single) DO UPDATE \
                 SET name = excluded.name WHERE name = excluded.name OR NOT EXISTS (SELECT 1 FROM photograph)",
                params![name],
            )
            .map(|rows| rows == 1)
            .map_err(|error| sql_error(&self.place, error))
        })
    }
}
