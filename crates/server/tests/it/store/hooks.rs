//! Where messages to systems go, in SQLite and in PostgreSQL: each change with its entry or not at all, a place that only goes forward,
//! one process that sends.

use record::{Body, Event, SystemChange, SystemId, SystemStep, Use};
use server::store::{
    Draft, Postgres,
    hooks::{Failing, Hook, HookChange, Hooks as _, Told},
    people::ChangeError,
    systems::System,
};

use super::{
    both::{Both, on_both},
    cluster, draft, entry, fresh,
};

on_both!(
    "hooks":
    a_hook_changes_with_its_entry_or_not_at_all,
    a_hook_begins_after_its_own_entry_and_moves_on_from_its_place,
    what_an_older_reading_would_move_stays,
);

fn system(both: &Both) -> SystemId {
    let id = SystemId::from_bytes(fresh());
    let system =
        System { id, name: "Jail".into(), agency: "DOC".into(), uses: vec![Use::Read], token: None, version: 0 };
    both.systems.change_system("test", &system, said(id)).unwrap();
    id
}

fn said(system: SystemId) -> Draft {
    let change = SystemChange { system, name: "Jail".into(), change: SystemStep::Unhooked, said_by: None };
    entry(Body::System(Box::new(change))).into()
}

fn to(port: u16) -> HookChange {
    let address = format!("http://127.0.0.1:{port}/in").parse().unwrap();
    HookChange::Set(Told { address, events: vec![Event::Request, Event::Deed] })
}

fn hook(both: &Both, system: &SystemId) -> Hook {
    both.hooks.hook(system).unwrap().unwrap()
}

fn a_hook_changes_with_its_entry_or_not_at_all(both: Both) {
    let id = system(&both);
    let change = |change: &HookChange| both.hooks.change_hook("test", &id, change, said(id));
    for nothing in [HookChange::Removed, HookChange::Resumed, HookChange::Suspended { at: 1, place: 0, version: 1 }] {
        assert!(matches!(change(&nothing), Err(ChangeError::Moved)), "{nothing:?}");
    }
    assert_eq!((both.hooks.hooks().unwrap().len(), both.store.count().unwrap()), (0, 1));
    let kept = change(&to(9)).unwrap();
    assert_eq!(both.store.find(&kept).unwrap().unwrap().entry().unwrap().body.kind(), "system");
    let first = hook(&both, &id);
    assert_eq!(
        (first.version, first.failing, first.suspended, both.hooks.hooks().unwrap()),
        (1, None, None, vec![first.clone()])
    );
    assert_eq!(HookChange::Set(first.to.clone()), to(9));
    // An entry that cannot be kept (its id is taken) keeps the hook as it was.
    let mut taken = said(id);
    taken.entry.id = kept;
    assert!(matches!(both.hooks.change_hook("test", &id, &HookChange::Removed, taken), Err(ChangeError::Store(_))));
    assert_eq!((hook(&both, &id), both.store.count().unwrap()), (first.clone(), 2));
    // Of a system that there is not, there is no hook.
    let other = SystemId::from_bytes(fresh());
    assert!(matches!(both.hooks.change_hook("test", &other, &to(9), said(other)), Err(ChangeError::Store(_))));
    // Suspended at the place and of the version that was read, and once.
    let suspend = |place, version| change(&HookChange::Suspended { at: 77, place, version });
    assert!(suspend(first.place + 1, 1).is_err() && suspend(first.place, 2).is_err());
    suspend(first.place, 1).unwrap();
    assert_eq!((hook(&both, &id).suspended, hook(&both, &id).version), (Some(77), 2));
    assert!(matches!(suspend(first.place, 2), Err(ChangeError::Moved)));
    change(&HookChange::Resumed).unwrap();
    assert_eq!((hook(&both, &id).suspended, hook(&both, &id).version), (None, 3));
    change(&HookChange::Removed).unwrap();
    assert_eq!((both.hooks.hook(&id).unwrap(), both.store.count().unwrap()), (None, 5));
}

fn a_hook_begins_after_its_own_entry_and_moves_on_from_its_place(both: Both) {
    both.store.commit("test", vec![draft("before")]).unwrap();
    let id = system(&both);
    both.hooks.change_hook("test", &id, &to(9), said(id)).unwrap();
    assert_eq!(hook(&both, &id).place, both.store.count().unwrap());
    let first = hook(&both, &id);
    both.store.commit("test", vec![draft("after")]).unwrap();
    assert!(both.hooks.not_taken(&first, Failing { since: 5, attempts: 3 }).unwrap());
    assert_eq!(hook(&both, &id).failing, Some(Failing { since: 5, attempts: 3 }));
    // Elsewhere: what waits goes there, and counts anew.
    both.hooks.change_hook("test", &id, &to(10), said(id)).unwrap();
    let moved = hook(&both, &id);
    assert_eq!((moved.place, moved.failing, HookChange::Set(moved.to)), (first.place, None, to(10)));
    // Ended and begun again: from then on.
    both.hooks.change_hook("test", &id, &HookChange::Removed, said(id)).unwrap();
    both.hooks.change_hook("test", &id, &to(10), said(id)).unwrap();
    assert_eq!(hook(&both, &id).place, both.store.count().unwrap());
}

fn what_an_older_reading_would_move_stays(both: Both) {
    let id = system(&both);
    both.hooks.change_hook("test", &id, &to(9), said(id)).unwrap();
    let read = hook(&both, &id);
    assert!(both.hooks.not_taken(&read, Failing { since: 5, attempts: 3 }).unwrap());
    assert!(both.hooks.told(&read, read.place + 2).unwrap());
    let told = hook(&both, &id);
    assert_eq!((told.place, told.failing), (read.place + 2, None));
    assert!(!both.hooks.told(&read, read.place + 9).unwrap(), "it has moved");
    assert!(!both.hooks.not_taken(&read, Failing { since: 5, attempts: 4 }).unwrap());
    assert!(!both.hooks.told(&told, told.place).unwrap() && !both.hooks.told(&told, read.place).unwrap(), "never back");
    both.hooks.change_hook("test", &id, &to(10), said(id)).unwrap();
    assert!(!both.hooks.told(&told, told.place + 1).unwrap(), "it was changed");
    assert!(!both.hooks.not_taken(&told, Failing { since: 5, attempts: 4 }).unwrap());
    let now = hook(&both, &id);
    assert_eq!((now.place, now.failing, now.version), (told.place, None, 2));
}

#[test]
fn of_three_processes_on_one_database_one_sends_and_another_when_it_is_gone() {
    let url = cluster::database("hooks_lease");
    let mut stores: Vec<Postgres> = (0..3).map(|_| Postgres::open(&url).unwrap()).collect();
    let leases = |stores: &[Postgres]| stores.iter().map(|one| one.lease_hooks().unwrap()).collect::<Vec<_>>();
    assert_eq!(leases(&stores), [true, false, false]);
    assert_eq!(leases(&stores), [true, false, false]);
    stores.remove(0);
    // The database notices that a connection is gone in its own time.
    while !stores[0].lease_hooks().unwrap() {}
    assert_eq!(leases(&stores), [true, false]);
}
