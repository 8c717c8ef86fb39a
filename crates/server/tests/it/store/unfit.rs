//! A PostgreSQL that may lose what it acknowledged is refused before anything is made in it.

use server::store::{Postgres, StoreError};

use super::cluster::Cluster;

#[test]
fn a_server_that_may_lose_what_it_acknowledged_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let cluster = Cluster::start(&format!("-c {setting}=off"));
        let url = cluster.database("unfit");
        let Err(StoreError::Unfit { place, what }) = Postgres::open(&url) else { panic!("{setting}: not refused") };
        assert!(place.starts_with("PostgreSQL ") && place.ends_with("/unfit"), "{place}");
        assert_eq!(what, format!("its setting `{setting}` is off, so it may lose what it acknowledged"));
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let made = client.query("SELECT 1 FROM pg_namespace WHERE nspname = 'vouchsafe'", &[]).unwrap();
        assert!(made.is_empty(), "{setting}: something was made");
    }
}
