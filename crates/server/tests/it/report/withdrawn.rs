//! A withdrawal that comes in the moment in which its day is closed.

use std::{sync::Barrier, time::Duration};

use super::*;

/// What waits for a lock in this database, as PostgreSQL itself tells it.
fn waiting(client: &mut postgres::Client) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    client.query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn a_withdrawal_while_its_day_is_closed_is_kept() {
    let city = City::new(Base::Postgres);
    let phone = Phone::new(&city);
    phone.send(&phone.seal("taken back", Vec::new())).text();
    city.lane.end_days(DAY).unwrap();
    let (reached, mut client) =
        (Barrier::new(2), postgres::Client::connect(city.postgres.as_deref().unwrap(), postgres::NoTls).unwrap());
    std::thread::scope(|scope| {
        let withdrawn = scope.spawn(|| {
            reached.wait();
            phone.call("POST", "/in/withdraw", &[], &phone.proof()).status
        });
        let client = std::sync::Mutex::new(&mut client);
        let places = |_: &record::ReportId| {
            // The rows are deleted and not written anew: the withdrawal comes now, and waits.
            reached.wait();
            while waiting(&mut client.lock().unwrap()) == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            None
        };
        assert_eq!(city.lane.close(DAY, &places).unwrap(), 1);
        assert_eq!(withdrawn.join().unwrap(), 204);
    });
    let report = city.lane.reports(None).unwrap().remove(0);
    assert!(report.closed);
    assert_eq!(report.withdrawn, Some(DAY), "it was answered as done");
}
