//! Who signs in, in PostgreSQL.

use ::postgres::{GenericClient, Row as SqlRow, types::ToSql};
use record::{EntryId, StaffId};

use super::Postgres;
use crate::store::{
    StoreError,
    people::{
        CHALLENGES_MAX, ChangeError, Member, MemberChange, People, SavedView, Ticket, TicketKind, VIEWS_MAX, kind_of,
    },
    signed, unsigned,
};

impl Postgres {
    fn keep_ticket(&self, db: &mut impl GenericClient, ticket: &Ticket) -> Result<(), StoreError> {
        let member = ticket.member.as_ref().map(|member| member.as_bytes().as_slice());
        db.execute(
            "INSERT INTO vouchsafe.ticket (hash, kind, member, data, seen, until) VALUES ($1, $2, $3, $4, $5, $6)",
            &[&ticket.hash.as_slice(), &ticket.kind.word(), &member, &ticket.data, &ticket.seen, &ticket.until],
        )
        .map(drop)
        .map_err(|error| self.error(error))
    }

    fn ticket_of(&self, row: &SqlRow) -> Result<Ticket, StoreError> {
        let member = match row.get::<_, Option<&[u8]>>(2) {
            Some(_) => Some(StaffId::from_bytes(self.bytes(row, 2)?)),
            None => None,
        };
        Ok(Ticket {
            hash: self.bytes(row, 0)?,
            kind: kind_of(row.get(1)),
            member,
            data: row.get(3),
            seen: row.get(4),
            until: row.get(5),
        })
    }

    fn read_members(&self, condition: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Member>, StoreError> {
        self.with(|client| {
            let sql = format!("SELECT version, data FROM vouchsafe.member {condition}");
            let rows = client.query(&sql, values).map_err(|error| self.error(error))?;
            rows.iter().map(|row| Member::read(&self.place, unsigned(row.get(0)), row.get(1))).collect()
        })
    }
}

impl People for Postgres {
    fn member(&self, id: &StaffId) -> Result<Option<Member>, StoreError> {
        Ok(self.read_members("WHERE id = $1", &[&id.as_bytes().as_slice()])?.pop())
    }

    fn members(&self) -> Result<Vec<Member>, StoreError> {
        self.read_members("ORDER BY id", &[])
    }

    fn bound(&self, account: &[u8; 32]) -> Result<Option<Member>, StoreError> {
        let condition = "WHERE id = (SELECT member FROM vouchsafe.bound WHERE account = $1)";
        Ok(self.read_members(condition, &[&account.as_slice()])?.pop())
    }

    fn change(&self, change: MemberChange) -> Result<Vec<EntryId>, ChangeError> {
        let prepared = change.prepared()?;
        let data = change.write(&self.place)?;
        let MemberChange { member, uses, makes, ends_sessions, .. } = change;
        let sql = |error| self.error(error);
        let id = member.id.as_bytes().as_slice();
        let mut refused = None;
        let done = self.write(|db| {
            // The end of the record first, as every writer does, so that no two wait for each other.
            let next = self.lock_tail(db)?;
            let version = signed(member.version + 1);
            let changed = if member.version == 0 {
                db.execute(
                    "INSERT INTO vouchsafe.member (id, version, data) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    &[&id, &version, &data],
                )
            } else {
                db.execute(
                    "UPDATE vouchsafe.member SET version = $2, data = $3 WHERE id = $1 AND version + 1 = $2",
                    &[&id, &version, &data],
                )
            };
            if changed.map_err(sql)? == 0 {
                refused = Some(ChangeError::Moved);
                return Err(StoreError::Stopped);
            }
            db.execute("DELETE FROM vouchsafe.bound WHERE member = $1", &[&id]).map_err(sql)?;
            if let Some(account) = &member.bound {
                let insert = "INSERT INTO vouchsafe.bound (account, member) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                if db.execute(insert, &[&account.hash().as_slice(), &id]).map_err(sql)? == 0 {
                    refused = Some(ChangeError::Bound);
                    return Err(StoreError::Stopped);
                }
            }
            if let Some(hash) = uses {
                let used = "DELETE FROM vouchsafe.ticket WHERE hash = $1 AND kind = 'enrolment' AND member = $2";
                if db.execute(used, &[&hash.as_slice(), &id]).map_err(sql)? == 0 {
                    refused = Some(ChangeError::Used);
                    return Err(StoreError::Stopped);
                }
            }
            if ends_sessions {
                db.execute("DELETE FROM vouchsafe.ticket WHERE member = $1", &[&id]).map_err(sql)?;
            }
            if let Some(ticket) = &makes {
                db.execute("DELETE FROM vouchsafe.ticket WHERE member = $1 AND kind = 'enrolment'", &[&id])
                    .map_err(sql)?;
                self.keep_ticket(db, ticket)?;
            }
            self.keep_act(db, next, prepared)
        });
        match (done, refused) {
            (Err(_), Some(refused)) => Err(refused),
            (done, _) => Ok(done?),
        }
    }

    fn issue(&self, ticket: &Ticket, now: i64) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM vouchsafe.ticket WHERE until <= $1", &[&now]).map_err(|error| self.error(error))?;
            self.keep_ticket(db, ticket)?;
            if ticket.kind == TicketKind::Challenge {
                let oldest = "DELETE FROM vouchsafe.ticket WHERE hash IN (SELECT hash FROM vouchsafe.ticket WHERE kind = 'challenge' \
                     ORDER BY seen DESC, hash OFFSET $1)";
                db.execute(oldest, &[&signed(CHALLENGES_MAX as u64)]).map_err(|error| self.error(error))?;
            }
            Ok(())
        })
    }

    fn admit(&self, session: &Ticket, member: &StaffId, version: u64, now: i64) -> Result<bool, StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM vouchsafe.ticket WHERE until <= $1", &[&now]).map_err(|error| self.error(error))?;
            // Locked, so that a change of the member comes before this look or after this session, which it then ends.
            let same = "SELECT 1 FROM vouchsafe.member WHERE id = $1 AND version = $2 FOR SHARE";
            let found = db.query_opt(same, &[&member.as_bytes().as_slice(), &signed(version)]);
            if found.map_err(|error| self.error(error))?.is_none() {
                return Ok(false);
            }
            self.keep_ticket(db, session)?;
            Ok(true)
        })
    }

    fn ticket(&self, kind: TicketKind, hash: &[u8; 32], now: i64) -> Result<Option<Ticket>, StoreError> {
        self.with(|client| {
            let sql = "SELECT hash, kind, member, data, seen, until FROM vouchsafe.ticket \
                 WHERE hash = $1 AND kind = $2 AND until > $3";
            let row = client.query_opt(sql, &[&hash.as_slice(), &kind.word(), &now]);
            row.map_err(|error| self.error(error))?.map(|row| self.ticket_of(&row)).transpose()
        })
    }

    fn take(&self, kind: TicketKind, hash: &[u8; 32], now: i64) -> Result<Option<Ticket>, StoreError> {
        self.write(|db| {
            let sql = "DELETE FROM vouchsafe.ticket WHERE hash = $1 AND kind = $2 \
                 RETURNING hash, kind, member, data, seen, until";
            let row = db.query_opt(sql, &[&hash.as_slice(), &kind.word()]).map_err(|error| self.error(error))?;
            let taken = row.map(|row| self.ticket_of(&row)).transpose()?;
            Ok(taken.filter(|ticket| ticket.until > now))
        })
    }

    fn views(&self, owner: &str) -> Result<Vec<SavedView>, StoreError> {
        self.with(|client| {
            let sql = "SELECT name, query FROM vouchsafe.saved_view WHERE owner = $1 ORDER BY name COLLATE \"C\"";
            let rows = client.query(sql, &[&owner]).map_err(|error| self.error(error))?;
            Ok(rows.iter().map(|row| SavedView { name: row.get(0), query: row.get(1) }).collect())
        })
    }

    fn keep_view(&self, owner: &str, view: &SavedView) -> Result<bool, StoreError> {
        self.write(|db| {
            let sql = |error| self.error(error);
            // One after the other, so that two who keep one at once do not both find room.
            db.execute("SELECT pg_advisory_xact_lock(hashtext($1))", &[&format!("view {owner}")]).map_err(sql)?;
            let others = "SELECT count(*) FROM vouchsafe.saved_view WHERE owner = $1 AND name <> $2";
            let others: i64 = db.query_one(others, &[&owner, &view.name]).map_err(sql)?.get(0);
            if unsigned(others) >= VIEWS_MAX as u64 {
                return Ok(false);
            }
            db.execute(
                "INSERT INTO vouchsafe.saved_view (owner, name, query) VALUES ($1, $2, $3) \
                 ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query",
                &[&owner, &view.name, &view.query],
            )
            .map_err(sql)?;
            Ok(true)
        })
    }

    fn forget_view(&self, owner: &str, name: &str) -> Result<(), StoreError> {
        // PostgreSQL has no NUL in a text: nobody has such a view.
        if name.contains('\0') {
            return Ok(());
        }
        self.write(|db| {
            db.execute("DELETE FROM vouchsafe.saved_view WHERE owner = $1 AND name = $2", &[&owner, &name])
                .map(drop)
                .map_err(|error| self.error(error))
        })
    }

    fn seen(&self, hash: &[u8; 32], now: i64) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("UPDATE vouchsafe.ticket SET seen = $2 WHERE hash = $1 AND seen < $2", &[&hash.as_slice(), &now])
                .map(drop)
                .map_err(|error| self.error(error))
        })
    }
}
