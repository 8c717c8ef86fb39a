//! One turn after another, on SQLite and PostgreSQL, with a receiver that lies: who is told of what, in which order, how often.

use std::{cell::Cell, sync::Arc, time::Duration};

use jiff::{Timestamp, civil::date};
use law::Outcome;
use record::{Body, Entry, Event, OutsideRequest, Source, SystemChange, SystemId, SystemStep, Use};
use server::{
    hooks::{Parts, Sender, Turn, keys::Keys},
    store::{
        Draft,
        hooks::{Failing, Hook, HookChange, Told},
        systems::{System, Token},
    },
};

use super::receiver::{Manner, Message, Receiver};
use crate::store::{
    both::{Both, on_both},
    entry, erasure, fresh,
    search::{answered, asked, done, requested},
};

on_both!(
    "told":
    a_system_is_told_of_its_own_agencys_requests_from_now_on_in_their_order,
    a_receiver_that_lies_is_told_again_under_the_same_id_until_it_takes_it,
    the_policies_say_of_what_a_system_is_told,
    whoever_has_no_good_token_is_told_nothing,
    what_was_erased_is_told_of_nobody,
    who_takes_nothing_for_three_days_is_suspended_with_an_entry,
    who_wants_no_more_is_suspended_at_once,
    far_behind_it_takes_turns_and_leaves_nothing_out,
);

/// A city with one who sends, and a clock.
struct World {
    both: Both,
    sender: Sender,
    keys: tempfile::TempDir,
    now: Cell<i64>,
}

const NOON: i64 = 1_800_000_000;

impl World {
    fn new(both: Both) -> Self {
        let keys = tempfile::tempdir().unwrap();
        Keys::made_in(keys.path()).unwrap();
        let sender = Sender::new(Parts {
            store: Arc::clone(&both.store),
            hooks: Arc::clone(&both.hooks),
            systems: Arc::clone(&both.systems),
            keys: keys.path().to_owned(),
            source: Source::Desk,
            // As long as a machine may stall that runs all tests at once; two receivers here take all of it.
            patience: Duration::from_secs(5),
        });
        Self { both, sender: sender.unwrap(), keys, now: Cell::new(NOON) }
    }

    /// A system with a good token.
    fn system(&self, agency: &str, uses: &[Use]) -> System {
        let id = SystemId::from_bytes(fresh());
        let token = Some(Token { hash: [fresh(), fresh()].concat().try_into().unwrap(), until: NOON + 400 * 86_400 });
        let system = System {
            id,
            name: "Jail management".into(),
            agency: agency.into(),
            uses: uses.to_vec(),
            token,
            version: 0,
        };
        self.both.systems.change_system("test", &system, said(id)).unwrap();
        self.both.systems.system(&id).unwrap().unwrap()
    }

    fn hook(&self, system: &System, receiver: &Receiver, events: &[Event]) {
        let told = Told { address: receiver.address().parse().unwrap(), events: events.to_vec() };
        self.change(system, &HookChange::Set(told));
    }

    fn change(&self, system: &System, change: &HookChange) {
        self.both.hooks.change_hook("test", &system.id, change, said(system.id)).unwrap();
    }

    fn hooked(&self, system: &System) -> Hook {
        self.both.hooks.hook(&system.id).unwrap().unwrap()
    }

    fn turn(&self, system: &System) -> Turn {
        self.sender.turn(&system.id, || Timestamp::from_second(self.now.get()).unwrap()).unwrap()
    }

    fn keep(&self, entries: &[Entry]) {
        self.both.store.commit("test", entries.iter().cloned().map(Draft::from).collect()).unwrap();
    }

    /// A request of this agency, kept.
    fn asked(&self, agency: &str) -> (OutsideRequest, Entry) {
        let request = requested(agency, "Rikers", date(2026, 6, 15));
        let entry = asked(request.clone());
        self.keep(std::slice::from_ref(&entry));
        (request, entry)
    }

    fn erase(&self, entry: &Entry) {
        let leaf = self.both.store.find(&entry.id).unwrap().unwrap().leaf;
        self.both.store.erase(erasure(entry.id, leaf)).unwrap();
    }
}

fn said(system: SystemId) -> Draft {
    let change = SystemChange { system, name: "Jail".into(), change: SystemStep::Unhooked, said_by: None };
    entry(Body::System(Box::new(change))).into()
}

fn ids(entries: &[&Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.id.to_string()).collect()
}

fn seen(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| message.id.clone()).collect()
}

fn a_system_is_told_of_its_own_agencys_requests_from_now_on_in_their_order(both: Both) {
    let world = World::new(both);
    let jail = world.system("DOC", &[Use::Read]);
    let receiver = Receiver::start(Manner::Take);
    let (earlier, _) = world.asked("DOC");
    world.hook(&jail, &receiver, &[Event::Request, Event::Answer, Event::Deed]);
    assert_eq!((world.turn(&jail), receiver.seen()), (Turn::Done, Vec::new()));
    let (request, first) = world.asked("DOC");
    let (theirs, _) = world.asked("NYPD");
    let answer = answered(request.id, "hold", Outcome::Barred);
    let (deed, late) = (done(request.id, "the words of a Captain"), done(earlier.id, "none"));
    let read = entry(Body::Read(record::Reading::of(request.id)));
    let duty = entry(Body::Fulfilled(Box::new(record::Fulfilled {
        duty: record::DutyKind::SignsPosted,
        agency: "DOC".into(),
        request: Some(request.id),
        site: None,
        when: record::When::Day(date(2026, 6, 15)),
        done_by: "A. Captain".into(),
        note: None,
    })));
    world.keep(&[answer.clone(), done(theirs.id, "none"), deed.clone(), read, duty, late.clone()]);
    assert_eq!(world.turn(&jail), Turn::Done);
    let messages = receiver.seen();
    assert_eq!(seen(&messages), ids(&[&first, &answer, &deed, &late]));
    let [key] = &Keys::of(world.keys.path()).unwrap().unwrap().public()[..] else { panic!("one key") };
    for message in &messages {
        assert!(message.is_signed_by(key) && message.signatures.len() == 1, "{message:?}");
        assert_eq!((message.timestamp, message.path.as_str()), (NOON, "POST /vouchsafe/s3cret?of=city HTTP/1.1"));
        let json = message.json();
        assert_eq!((&json["data"]["agency"], &json["data"]["system"]), (&"DOC".into(), &jail.id.to_string().into()));
        for word in ["Rikers", "Captain", "Warden", "ICE", "hold", "barred", "refused"] {
            assert!(!message.body.contains(word), "{word}: {}", message.body);
        }
    }
    let types: Vec<String> = messages.iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(types, ["request.recorded", "request.answered", "request.deed_stated", "request.deed_stated"]);
    assert_eq!(messages[3].request(), earlier.id.to_string());
    // Told of everything: of the same record there is nothing more to tell.
    assert_eq!(world.hooked(&jail).place, world.both.store.count().unwrap());
    assert_eq!((world.turn(&jail), receiver.seen().len()), (Turn::Done, 4));
    // While receivers change over, each message bears two signatures; then the new one.
    let both = Keys::renewed_in(world.keys.path()).unwrap().public();
    world.asked("DOC");
    world.turn(&jail);
    let message = receiver.seen().pop().unwrap();
    assert!(message.signatures.len() == 2 && both.iter().all(|key| message.is_signed_by(key)) && both[1] == *key);
    Keys::newest_in(world.keys.path()).unwrap();
    world.asked("DOC");
    world.turn(&jail);
    let message = receiver.seen().pop().unwrap();
    assert!(message.is_signed_by(&both[0]) && !message.is_signed_by(key));
}

fn a_receiver_that_lies_is_told_again_under_the_same_id_until_it_takes_it(both: Both) {
    let world = World::new(both);
    let jail = world.system("DOC", &[Use::Read]);
    let (receiver, elsewhere) = (Receiver::start(Manner::Take), Receiver::start(Manner::Take));
    world.hook(&jail, &receiver, &[Event::Request]);
    let (_, first) = world.asked("DOC");
    let (_, second) = world.asked("DOC");
    let huge = |status: &str| {
        Manner::Answer(format!("HTTP/1.1 {status}\r\ncontent-length: 99999999999\r\n"), vec![b'x'; 8 * 1024 * 1024])
    };
    let redirect = format!("HTTP/1.1 307 There\r\nlocation: {}\r\ncontent-length: 0\r\n", elsewhere.address());
    let refuses = [
        Manner::status(500),
        Manner::status(404),
        Manner::Answer(redirect, Vec::new()),
        Manner::Close,
        Manner::Hang,
        Manner::Drip,
        huge("503 Full"),
        Manner::Answer(format!("HTTP/1.1 200 Yes\r\nx-long: {}\r\n", "x".repeat(8 * 1024 * 1024)), Vec::new()),
        Manner::Answer("not HTTP\r\n".to_owned(), Vec::new()),
    ];
    let mut attempts = 0;
    for (number, manner) in (1..).zip(refuses) {
        receiver.be(manner.clone());
        world.now.set(NOON + i64::from(number) * 60);
        attempts = number;
        assert_eq!(world.turn(&jail), Turn::NotTaken { attempts, asked: None }, "{manner:?}");
        assert_eq!(world.hooked(&jail).failing, Some(Failing { since: NOON + 60, attempts }));
    }
    receiver
        .be(Manner::Answer("HTTP/1.1 429 Slow\r\nretry-after: 120\r\ncontent-length: 0\r\n".to_owned(), Vec::new()));
    let asked = Some(Duration::from_secs(120));
    assert_eq!(world.turn(&jail), Turn::NotTaken { attempts: attempts + 1, asked });
    // A port where nobody listens.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = Told { address: format!("http://{nobody}/").parse().unwrap(), events: vec![Event::Request] };
    world.change(&jail, &HookChange::Set(gone));
    assert_eq!(world.turn(&jail), Turn::NotTaken { attempts: 1, asked: None });
    world.hook(&jail, &receiver, &[Event::Request]);
    // Taken is what is answered with 2xx, whatever comes with it; that is not read.
    receiver.be(huge("200 Yes"));
    assert_eq!(world.turn(&jail), Turn::Done);
    let messages = receiver.seen();
    let told = messages.len() - 1;
    assert_eq!(told, 1 + usize::try_from(attempts).unwrap() + 1);
    assert!(messages[..told].iter().all(|one| one.id == first.id.to_string() && one.body == messages[0].body));
    assert_eq!(messages[told].id, second.id.to_string(), "the next one only when this one was taken");
    assert!(messages[0].timestamp < messages[told - 1].timestamp, "each attempt has its own moment");
    assert_eq!((world.hooked(&jail).failing, elsewhere.seen()), (None, Vec::new()));
}

fn the_policies_say_of_what_a_system_is_told(both: Both) {
    let world = World::new(both);
    let told = |uses: &[Use]| {
        let (system, receiver) = (world.system("DOC", uses), Receiver::start(Manner::Take));
        world.hook(&system, &receiver, &Event::ALL);
        let (request, _) = world.asked("DOC");
        world.keep(&[done(request.id, "none"), answered(request.id, "hold", Outcome::Barred)]);
        assert_eq!(world.turn(&system), Turn::Done);
        receiver.seen().iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(&[Use::Read]), ["request.recorded", "request.deed_stated", "request.answered"]);
    assert_eq!(told(&[Use::List]), ["request.recorded"]);
    assert_eq!(told(&[Use::Ask, Use::Record, Use::State, Use::Findings]), [""; 0]);
}

fn whoever_has_no_good_token_is_told_nothing(both: Both) {
    let world = World::new(both);
    let jail = world.system("DOC", &[Use::Read]);
    let receiver = Receiver::start(Manner::Take);
    world.hook(&jail, &receiver, &[Event::Request]);
    let (_, first) = world.asked("DOC");
    world.now.set(jail.token.unwrap().until);
    assert_eq!((world.turn(&jail), receiver.seen().len()), (Turn::Silent, 0), "it has ended");
    world.now.set(NOON);
    let revoked = System { token: None, ..jail.clone() };
    world.both.systems.change_system("test", &revoked, said(jail.id)).unwrap();
    assert_eq!((world.turn(&jail), receiver.seen().len()), (Turn::Silent, 0), "it was revoked");
    // With another token, what waited is told.
    let read = world.both.systems.system(&jail.id).unwrap().unwrap();
    let renewed = System { token: Some(Token { hash: [9; 32], until: NOON + 1 }), ..read };
    world.both.systems.change_system("test", &renewed, said(jail.id)).unwrap();
    assert_eq!((world.turn(&jail), seen(&receiver.seen())), (Turn::Done, ids(&[&first])));
    world.change(&jail, &HookChange::Removed);
    world.asked("DOC");
    assert_eq!((world.turn(&jail), receiver.seen().len()), (Turn::Done, 1), "nobody has it told any more");
}

fn what_was_erased_is_told_of_nobody(both: Both) {
    let world = World::new(both);
    let jail = world.system("DOC", &[Use::Read]);
    let receiver = Receiver::start(Manner::status(500));
    world.hook(&jail, &receiver, &[Event::Request, Event::Deed]);
    let (_, first) = world.asked("DOC");
    let (request, second) = world.asked("DOC");
    let deed = done(request.id, "none");
    let (_, third) = world.asked("DOC");
    world.keep(&[deed]);
    assert_eq!(world.turn(&jail), Turn::NotTaken { attempts: 1, asked: None });
    assert_eq!(seen(&receiver.seen()), ids(&[&first]));
    // Erased while it was sent again, and before it was sent; the deed is about a request that nobody can open any more.
    world.erase(&first);
    world.erase(&second);
    // The next has an own beginning, also where other entries stand before it.
    world.now.set(NOON + 3 * 86_400);
    for attempts in 1..=2 {
        assert_eq!(world.turn(&jail), Turn::NotTaken { attempts, asked: None });
        assert_eq!(world.hooked(&jail).failing, Some(Failing { since: NOON + 3 * 86_400, attempts }));
    }
    receiver.be(Manner::Take);
    assert_eq!(world.turn(&jail), Turn::Done);
    assert_eq!(seen(&receiver.seen()), ids(&[&first, &third, &third, &third]));
}

fn who_takes_nothing_for_three_days_is_suspended_with_an_entry(both: Both) {
    let world = World::new(both);
    let jail = world.system("DOC", &[Use::Read]);
    let receiver = Receiver::start(Manner::status(500));
    world.hook(&jail, &receiver, &[Event::Request]);
    let (_, first) = world.asked("DOC");
    let kinds = |world: &World| {
        let entries = world.both.store.entries(0, usize::MAX).unwrap();
        entries.last().unwrap().entry().unwrap().clone()
    };
    // A clock that goes back, and one that jumps, end nothing.
    for (number, seconds) in (1..).zip([0, -86_400, 4 * 86_400, -86_400]) {
        world.now.set(NOON + seconds);
        assert_eq!(world.turn(&jail), Turn::NotTaken { attempts: number, asked: None });
    }
    let Failing { since, attempts } = world.hooked(&jail).failing.unwrap();
    assert_eq!((since, attempts), (NOON - 86_400, 4));
    for number in 5..24 {
        world.now.set(since + 3 * 86_400);
        assert_eq!(world.turn(&jail), Turn::NotTaken { attempts: number, asked: None });
    }
    world.now.set(since + 3 * 86_400 - 1);
    assert_eq!(world.turn(&jail), Turn::NotTaken { attempts: 24, asked: None }, "a second too early");
    assert_eq!(kinds(&world).body.kind(), "requested");
    world.now.set(since + 3 * 86_400);
    assert_eq!(world.turn(&jail), Turn::Suspended);
    let said = kinds(&world);
    let Body::System(change) = said.body else { panic!("a change of a system") };
    assert_eq!((change.system, change.change, change.said_by), (jail.id, SystemStep::HookSuspended, None));
    assert_eq!(said.by, record::Actor::Program { name: "hooks".to_owned() });
    assert_eq!(world.hooked(&jail).suspended, Some(since + 3 * 86_400));
    let sent = receiver.seen().len();
    receiver.be(Manner::Take);
    let (_, second) = world.asked("DOC");
    assert_eq!((world.turn(&jail), receiver.seen().len()), (Turn::Suspended, sent), "nothing more is sent");
    world.change(&jail, &HookChange::Resumed);
    assert_eq!(world.turn(&jail), Turn::Done);
    assert_eq!(seen(&receiver.seen()[sent..]), ids(&[&first, &second]), "what waited, and nothing left out");
}

fn who_wants_no_more_is_suspended_at_once(both: Both) {
    let world = World::new(both);
    let jail = world.system("DOC", &[Use::Read]);
    let receiver = Receiver::start(Manner::status(410));
    world.hook(&jail, &receiver, &[Event::Request]);
    world.asked("DOC");
    assert_eq!(world.turn(&jail), Turn::Suspended);
    assert_eq!((world.turn(&jail), receiver.seen().len()), (Turn::Suspended, 1));
}

fn far_behind_it_takes_turns_and_leaves_nothing_out(both: Both) {
    let world = World::new(both);
    let jail = world.system("DOC", &[Use::List]);
    let receiver = Receiver::start(Manner::Take);
    world.hook(&jail, &receiver, &[Event::Request]);
    let mut expected = Vec::new();
    for number in 0..900 {
        // Of nine one is to be told of, with long stretches of nothing between.
        let agency = if number % 9 == 0 || (300..310).contains(&number) { "DOC" } else { "NYPD" };
        let entry = asked(requested(agency, "Rikers", date(2026, 6, 15)));
        if agency == "DOC" {
            expected.push(entry.id.to_string());
        }
        world.keep(&[entry]);
    }
    let mut turns = 0;
    while world.turn(&jail) == Turn::More {
        turns += 1;
    }
    assert_eq!(seen(&receiver.seen()), expected);
    assert!((1..5).contains(&turns), "{turns} turns before the last");
    assert_eq!(world.hooked(&jail).place, world.both.store.count().unwrap());
}
