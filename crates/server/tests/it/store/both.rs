//! One store as all that a test of its tables looks at, in SQLite and in PostgreSQL.

use std::sync::Arc;

use server::store::{Postgres, Sqlite, Store, hooks::Hooks, people::People, systems::Systems};

use super::cluster;

/// A store as all of what a test looks at.
pub struct Both {
    pub store: Arc<dyn Store>,
    pub people: Arc<dyn People>,
    pub systems: Arc<dyn Systems>,
    pub hooks: Arc<dyn Hooks>,
    _folder: Option<tempfile::TempDir>,
}

impl Both {
    fn of<S: Store + People + Systems + Hooks + 'static>(store: S, folder: Option<tempfile::TempDir>) -> Self {
        let store = Arc::new(store);
        Self { store: store.clone(), people: store.clone(), systems: store.clone(), hooks: store, _folder: folder }
    }

    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("record.sqlite3")).unwrap();
        Self::of(store, Some(folder))
    }

    pub fn postgres(name: &str) -> Self {
        Self::of(Postgres::open(&cluster::database(name)).unwrap(), None)
    }
}

/// Runs each of these tests on both databases; those of PostgreSQL each have one of their own, named with the prefix.
macro_rules! on_both {
    ($prefix:literal: $($test:ident),* $(,)?) => {
        $(mod $test {
            #[test]
            fn sqlite() {
                super::$test(super::Both::sqlite());
            }

            #[test]
            fn postgres() {
                super::$test(super::Both::postgres(concat!($prefix, "_", stringify!($test))));
            }
        })*
    };
}

pub(crate) use on_both;
