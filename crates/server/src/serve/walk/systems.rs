//! Test: the page of people lists which programs call the interface and what they are told, and shows neither a token nor a path.

use record::{Event, SystemChange, SystemId, SystemStep, Use};

use super::*;
use crate::store::{
    Draft,
    hooks::{HookChange, Told},
    systems::{System, Token},
};

fn said(world: &World, system: SystemId) -> Draft {
    let change = SystemChange { system, name: "Jail".into(), change: SystemStep::Unhooked, said_by: None };
    let by = Actor::Program { name: "test".to_owned() };
    let id = EntryId::from_bytes(world.desk.random().unwrap());
    let body = Body::System(Box::new(change));
    record::Entry { id, at: Timestamp::UNIX_EPOCH, by, source: Source::Desk, body }.into()
}

/// A program of this agency, with a token of this hash.
pub(super) fn program(world: &World, agency: &str, name: &str, hash: Option<[u8; 32]>) -> SystemId {
    let id = SystemId::from_bytes(world.desk.random().unwrap());
    let token = hash.map(|hash| Token { hash, until: 4_102_401_600 });
    let system =
        System { id, name: name.into(), agency: agency.into(), uses: vec![Use::List, Use::Read], token, version: 0 };
    world.desk.systems.change_system("test", &system, said(world, id)).unwrap();
    id
}

#[tokio::test]
async fn whoever_may_see_people_sees_which_programs_call_and_what_they_are_told() {
    let world = World::with_passkeys();
    let page = async |role| {
        let (status, page) = world.ask(Some(World::account(role, None)), "GET", "/people", "").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page
    };
    assert!(page(Role::Oversight).await.contains("No program calls the interface."));
    let jail = program(&world, "DOC", "Jail management", Some([7; 32]));
    program(&world, "NYPD", "Mail gateway", None);
    let old = System {
        token: Some(Token { hash: [8; 32], until: 1_600_000_000 }),
        ..world.desk.systems.system(&jail).unwrap().unwrap()
    };
    let old = System { id: SystemId::from_bytes([5; 16]), name: "Old one".into(), version: 0, ..old };
    world.desk.systems.change_system("test", &old, said(&world, old.id)).unwrap();
    let change = |change: &HookChange| {
        world.desk.hooks.change_hook("test", &jail, change, said(&world, jail)).map(drop).unwrap()
    };
    let address = "https://jail.example.gov:8443/vouchsafe/s3cret".parse().unwrap();
    change(&HookChange::Set(Told { address, events: vec![Event::Request, Event::Deed] }));
    for role in [Role::Administrator, Role::Oversight] {
        let page = page(role).await;
        for words in [
            "Jail management",
            "list requests, open a request</td>",
            "good until 2099-12-31",
            "ended on 2020-09-13",
            "requests, what was done; at https://jail.example.gov:8443",
            "Mail gateway",
            "none: it can do nothing",
            "<td>nothing</td>",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("s3cret") && !page.contains(&"07".repeat(8)) && !page.contains("vst_"), "{page}");
    }
    let hook = || world.desk.hooks.hook(&jail).unwrap().unwrap();
    world.desk.hooks.not_taken(&hook(), crate::store::hooks::Failing { since: 1_780_000_000, attempts: 3 }).unwrap();
    assert!(page(Role::Oversight).await.contains("A message was not taken since 2026-05-28; it is sent again."));
    let hook = hook();
    change(&HookChange::Suspended { at: 1_790_000_000, place: hook.place, version: hook.version });
    assert!(page(Role::Oversight).await.contains("Nothing since 2026-09-21: it took no message for days"));
    let clerk = World::account(Role::Desk, None);
    let (status, page) = world.ask(Some(clerk), "GET", "/people", "").await;
    assert!(status == StatusCode::FORBIDDEN && !page.contains("Jail management"), "{page}");
}
