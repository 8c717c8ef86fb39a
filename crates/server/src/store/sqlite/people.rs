//! Who signs in, in SQLite.

use record::{EntryId, StaffId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Sqlite, sql_error};
use crate::store::{
    StoreError,
    people::{
        CHALLENGES_MAX, ChangeError, Member, MemberChange, People, SavedView, Ticket, TicketKind, VIEWS_MAX, kind_of,
    },
    signed, unsigned,
};

impl Sqlite {
    fn keep_ticket(&self, db: &Connection, ticket: &Ticket) -> Result<(), StoreError> {
        db.prepare_cached("INSERT INTO ticket (hash, kind, member, data, seen, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .and_then(|mut insert| {
                let member = ticket.member.as_ref().map(StaffId::as_bytes);
                insert.execute(params![ticket.hash, ticket.kind.word(), member, ticket.data, ticket.seen, ticket.until])
            })
            .map(drop)
            .map_err(|error| sql_error(&self.place, error))
    }

    fn find_ticket(
        &self,
        db: &Connection,
        kind: TicketKind,
        hash: &[u8; 32],
        now: i64,
    ) -> Result<Option<Ticket>, StoreError> {
        db.prepare_cached(
            "SELECT kind, member, data, seen, until FROM ticket WHERE hash = ?1 AND kind = ?2 AND until > ?3",
        )
        .and_then(|mut query| {
            query
                .query_row(params![hash, kind.word(), now], |row| {
                    Ok(Ticket {
                        hash: *hash,
                        kind: kind_of(&row.get::<_, String>(0)?),
                        member: row.get::<_, Option<[u8; 16]>>(1)?.map(StaffId::from_bytes),
                        data: row.get(2)?,
                        seen: row.get(3)?,
                        until: row.get(4)?,
                    })
                })
                .optional()
        })
        .map_err(|error| sql_error(&self.place, error))
    }

    fn read_members(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<Member>, StoreError> {
        self.read(|db| {
            let rows: Vec<(i64, String)> = db
                .prepare_cached(&format!("SELECT version, data FROM member {condition}"))
                .and_then(|mut query| query.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
                .map_err(|error| sql_error(&self.place, error))?;
            rows.into_iter().map(|(version, data)| Member::read(&self.place, unsigned(version), &data)).collect()
        })
    }
}

impl People for Sqlite {
    fn member(&self, id: &StaffId) -> Result<Option<Member>, StoreError> {
        Ok(self.read_members("WHERE id = ?1", [id.as_bytes()])?.pop())
    }

    fn members(&self) -> Result<Vec<Member>, StoreError> {
        self.read_members("ORDER BY id", [])
    }

    fn bound(&self, account: &[u8; 32]) -> Result<Option<Member>, StoreError> {
        Ok(self.read_members("WHERE id = (SELECT member FROM bound WHERE account = ?1)", [account])?.pop())
    }

    fn change(&self, change: MemberChange) -> Result<Vec<EntryId>, ChangeError> {
        let prepared = change.prepared()?;
        let data = change.write(&self.place)?;
        let MemberChange { member, uses, makes, ends_sessions, .. } = change;
        let sql = |error| sql_error(&self.place, error);
        let mut refused = None;
        let done = self.write(|db| {
            let next = signed(member.version + 1);
            let changed = if member.version == 0 {
                db.execute(
                    "INSERT INTO member (id, version, data) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    params![member.id.as_bytes(), next, data],
                )
            } else {
                db.execute(
                    "UPDATE member SET version = ?2, data = ?3 WHERE id = ?1 AND version = ?2 - 1",
                    params![member.id.as_bytes(), next, data],
                )
            };
            if changed.map_err(sql)? == 0 {
                refused = Some(ChangeError::Moved);
                return Err(StoreError::Stopped);
            }
            db.execute("DELETE FROM bound WHERE member = ?1", [member.id.as_bytes()]).map_err(sql)?;
            if let Some(account) = &member.bound {
                let insert = "INSERT INTO bound (account, member) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
                if db.execute(insert, params![account.hash(), member.id.as_bytes()]).map_err(sql)? == 0 {
                    refused = Some(ChangeError::Bound);
                    return Err(StoreError::Stopped);
                }
            }
            if let Some(hash) = uses
                && db
                    .execute(
                        "DELETE FROM ticket WHERE hash = ?1 AND kind = 'enrolment' AND member = ?2",
                        params![hash, member.id.as_bytes()],
                    )
                    .map_err(sql)?
                    == 0
            {
                refused = Some(ChangeError::Used);
                return Err(StoreError::Stopped);
            }
            if ends_sessions {
                db.execute("DELETE FROM ticket WHERE member = ?1", [member.id.as_bytes()]).map_err(sql)?;
            }
            if let Some(ticket) = &makes {
                db.execute("DELETE FROM ticket WHERE member = ?1 AND kind = 'enrolment'", [member.id.as_bytes()])
                    .map_err(sql)?;
                self.keep_ticket(db, ticket)?;
            }
            let next = self.next_seq(db)?;
            self.keep_act(db, next, prepared)
        });
        match (done, refused) {
            (Err(_), Some(refused)) => Err(refused),
            (done, _) => Ok(done?),
        }
    }

    fn issue(&self, ticket: &Ticket, now: i64) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM ticket WHERE until <= ?1", [now]).map_err(|error| sql_error(&self.place, error))?;
            self.keep_ticket(db, ticket)?;
            if ticket.kind == TicketKind::Challenge {
                db.prepare_cached(
                    "DELETE FROM ticket WHERE hash IN (SELECT hash FROM ticket WHERE kind = 'challenge' \
                     ORDER BY seen DESC, hash LIMIT -1 OFFSET ?1)",
                )
                .and_then(|mut oldest| oldest.execute([signed(CHALLENGES_MAX as u64)]))
                .map_err(|error| sql_error(&self.place, error))?;
            }
            Ok(())
        })
    }

    fn admit(&self, session: &Ticket, member: &StaffId, version: u64, now: i64) -> Result<bool, StoreError> {
        self.write(|db| {
            let sql = |error| sql_error(&self.place, error);
            db.execute("DELETE FROM ticket WHERE until <= ?1", [now]).map_err(sql)?;
            let same = "SELECT 1 FROM member WHERE id = ?1 AND version = ?2";
            let found = db.query_row(same, params![member.as_bytes(), signed(version)], |_| Ok(())).optional();
            if found.map_err(sql)?.is_none() {
                return Ok(false);
            }
            self.keep_ticket(db, session)?;
            Ok(true)
        })
    }

    fn ticket(&self, kind: TicketKind, hash: &[u8; 32], now: i64) -> Result<Option<Ticket>, StoreError> {
        self.read(|db| self.find_ticket(db, kind, hash, now))
    }

    fn take(&self, kind: TicketKind, hash: &[u8; 32], now: i64) -> Result<Option<Ticket>, StoreError> {
        self.write(|db| {
            let found = self.find_ticket(db, kind, hash, now)?;
            db.execute("DELETE FROM ticket WHERE hash = ?1 AND kind = ?2", params![hash, kind.word()])
                .map_err(|error| sql_error(&self.place, error))?;
            Ok(found)
        })
    }

    fn views(&self, owner: &str) -> Result<Vec<SavedView>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT name, query FROM saved_view WHERE owner = ?1 ORDER BY name")
                .and_then(|mut query| {
                    query.query_map([owner], |row| Ok(SavedView { name: row.get(0)?, query: row.get(1)? }))?.collect()
                })
                .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn keep_view(&self, owner: &str, view: &SavedView) -> Result<bool, StoreError> {
        self.write(|db| {
            let sql = |error| sql_error(&self.place, error);
            let others = "SELECT count(*) FROM saved_view WHERE owner = ?1 AND name <> ?2";
            let others: i64 = db.query_row(others, params![owner, view.name], |row| row.get(0)).map_err(sql)?;
            if unsigned(others) >= VIEWS_MAX as u64 {
                return Ok(false);
            }
            db.execute(
                "INSERT INTO saved_view (owner, name, query) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query",
                params![owner, view.name, view.query],
            )
            .map_err(sql)?;
            Ok(true)
        })
    }

    fn forget_view(&self, owner: &str, name: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM saved_view WHERE owner = ?1 AND name = ?2", params![owner, name])
                .map(drop)
                .map_err(|error| sql_error(&self.place, error))
        })
    }

    fn seen(&self, hash: &[u8; 32], now: i64) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("UPDATE ticket SET seen = ?2 WHERE hash = ?1 AND seen < ?2", params![hash, now])
                .map(drop)
                .map_err(|error| sql_error(&self.place, error))
        })
    }
}
