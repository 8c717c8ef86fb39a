//! Which programs call the interface, in SQLite and in PostgreSQL: each change with its entry or not at all, a token by its hash alone.

use std::sync::Barrier;

use record::{Body, SystemChange, SystemId, SystemStep, Use};
use server::store::{
    Draft,
    people::ChangeError,
    systems::{System, Token},
};

use super::{
    both::{Both, on_both},
    entry, fresh,
};

on_both!(
    "systems":
    a_system_is_kept_with_its_entry_or_not_at_all,
    a_token_is_found_by_its_hash_until_it_ends_is_replaced_or_revoked,
    two_who_change_one_system_do_not_overwrite_each_other,
);

fn jail(hash: u8) -> System {
    System {
        id: SystemId::from_bytes(fresh()),
        name: "Jail management".into(),
        agency: "DOC".into(),
        uses: vec![Use::Ask, Use::Record],
        token: Some(Token { hash: [hash; 32], until: 200 }),
        version: 0,
    }
}

fn said(system: &System) -> Draft {
    let (name, change) = (system.name.clone(), SystemStep::Revoked);
    let change = SystemChange { system: system.id, name, change, said_by: Some("B. Operator".into()) };
    entry(Body::System(Box::new(change))).into()
}

fn a_system_is_kept_with_its_entry_or_not_at_all(Both { store, systems, .. }: Both) {
    let new = jail(1);
    let id = systems.change_system("test", &new, said(&new)).unwrap();
    let kept = systems.system(&new.id).unwrap().unwrap();
    assert_eq!(kept, System { version: 1, ..new.clone() });
    assert_eq!(systems.systems().unwrap(), std::slice::from_ref(&kept));
    assert_eq!(store.find(&id).unwrap().unwrap().entry().unwrap().body.kind(), "system");
    assert_eq!(systems.system(&SystemId::from_bytes(fresh())).unwrap(), None);
    // An entry that cannot be kept (its id is taken) keeps the system as it was; one that cannot be changed keeps the entry out.
    let mut taken = said(&kept);
    taken.entry.id = id;
    let refused = systems.change_system("test", &System { token: None, ..kept.clone() }, taken);
    assert!(matches!(refused, Err(ChangeError::Store(_))));
    assert!(matches!(systems.change_system("test", &new, said(&new)), Err(ChangeError::Moved)), "is there already");
    // A token that another system has cannot be given.
    let other = System { token: new.token, ..jail(2) };
    assert!(matches!(systems.change_system("test", &other, said(&other)), Err(ChangeError::Store(_))));
    assert_eq!((systems.system(&new.id).unwrap(), store.count().unwrap()), (Some(kept.clone()), 1));
    assert!(!format!("{kept:?}").contains("Jail") && !format!("{kept:?}").contains("1, 1"), "{kept:?}");
}

fn a_token_is_found_by_its_hash_until_it_ends_is_replaced_or_revoked(Both { systems, .. }: Both) {
    let (one, other) = (jail(1), jail(2));
    for new in [&one, &other] {
        systems.change_system("test", new, said(new)).unwrap();
    }
    let bearer = |hash: u8, now| systems.bearer(&[hash; 32], now).unwrap().map(|system| system.id);
    assert_eq!((bearer(1, 199), bearer(2, 199), bearer(3, 199)), (Some(one.id), Some(other.id), None));
    assert_eq!(bearer(1, 200), None, "it has ended");
    let read = systems.system(&one.id).unwrap().unwrap();
    let renewed = System { token: Some(Token { hash: [3; 32], until: 400 }), ..read };
    systems.change_system("test", &renewed, said(&one)).unwrap();
    assert_eq!((bearer(1, 199), bearer(3, 199), bearer(3, 399)), (None, Some(one.id), Some(one.id)));
    let read = systems.system(&one.id).unwrap().unwrap();
    systems.change_system("test", &System { token: None, ..read }, said(&one)).unwrap();
    assert_eq!((bearer(1, 0), bearer(3, 0), bearer(2, 0)), (None, None, Some(other.id)));
    assert!(systems.system(&one.id).unwrap().unwrap().token.is_none());
}

fn two_who_change_one_system_do_not_overwrite_each_other(Both { store, systems, .. }: Both) {
    let new = jail(1);
    systems.change_system("test", &new, said(&new)).unwrap();
    let read = systems.system(&new.id).unwrap().unwrap();
    let barrier = Barrier::new(8);
    let kept = std::thread::scope(|scope| {
        let write = || {
            barrier.wait();
            systems.change_system("test", &System { token: None, ..read.clone() }, said(&read))
        };
        let running: Vec<_> = (0..8).map(|_| scope.spawn(write)).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(kept.iter().filter(|one| one.is_ok()).count(), 1);
    assert!(kept.iter().flat_map(|one| one.as_ref().err()).all(|error| matches!(error, ChangeError::Moved)));
    assert_eq!((systems.system(&new.id).unwrap().unwrap().version, store.count().unwrap()), (2, 2));
}
