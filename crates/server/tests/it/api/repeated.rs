//! A call that is sent again records once and is answered as the first was: at once, later, elsewhere, and after a death.

use std::{sync::Barrier, thread};

use rustix::process::{Signal, kill_process};

use super::*;

on_both!(
    the_same_call_is_answered_as_the_first_was_and_records_nothing_more,
    killed_between_calls_nothing_is_lost_and_nothing_doubled,
);

/// A call with another key than its own would be another call.
const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

fn the_same_call_is_answered_as_the_first_was_and_records_nothing_more(city: City) {
    let (jail, other) = (city.system("DOC", ALL), city.system("DOC", ALL));
    let served = city.serve();
    let send = |served: &Served, key: &str, body: &Value| jail.keyed(served, "POST", "/api/v1/requests", key, body);
    let first = send(&served, KEY, &detainer("DOC"));
    assert_eq!(first.status, 201, "{}", first.body);
    let request = first.body["request"].as_str().unwrap().to_owned();
    let location = format!("location: /api/v1/requests/{request}");
    assert!(first.head.lines().any(|line| line == location), "{}", first.head);
    let kinds: Vec<&str> =
        first.body["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["requested", "decided", "decided"]);
    for answer in first.body["answers"].as_array().unwrap() {
        assert_eq!((&answer["recorded"], &answer["request"]), (&true.into(), &request.as_str().into()));
    }
    // Eight at once, with and without the quotation marks of a structured field.
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for number in 0..8 {
            let (send, barrier, served, first) = (&send, &barrier, &served, &first);
            scope.spawn(move || {
                let key = if number % 2 == 0 { KEY.to_owned() } else { format!("\"{KEY}\"") };
                barrier.wait();
                let again = send(served, &key, &detainer("DOC"));
                assert_eq!((again.status, &again.body), (201, &first.body));
            });
        }
    });
    // What is not said is the moment of the call: sent again it is the same call, at whatever moment.
    let mut now = detainer("DOC");
    for left_out in ["received", "lodged"] {
        now.as_object_mut().unwrap().remove(left_out);
    }
    let key = "another-key-0123456789";
    let (one, two) = (send(&served, key, &now), send(&served, key, &now));
    assert_eq!((one.status, one.body), (201, two.body));
    // Other content, or another call, under a key that was used.
    let mut changed = detainer("DOC");
    changed["note"] = "another".into();
    let deeds = format!("/api/v1/requests/{request}/deeds");
    let deed = json!({ "what": "refused", "decided_by": "A. Captain" });
    for refused in [send(&served, KEY, &changed), jail.keyed(&served, "POST", &deeds, KEY, &deed)] {
        assert_eq!((refused.status, refused.kind()), (422, "key-reused"), "{}", refused.body);
    }
    // A deed is one, too; and so is a call of another system under the same key another call.
    let state = |key: &str| jail.keyed(&served, "POST", &deeds, key, &deed);
    let (stated, again) = (state("a-key-of-a-deed-01"), state("a-key-of-a-deed-01"));
    assert_eq!((stated.status, &stated.body), (201, &again.body), "{}", stated.body);
    let theirs = other.keyed(&served, "POST", "/api/v1/requests", KEY, &detainer("DOC"));
    assert_eq!(theirs.status, 201);
    assert_ne!(theirs.body["request"], first.body["request"]);
    served.stop();
    // Two systems added; three requests with two answers each; one deed.
    assert_eq!(city.size(), 2 + 3 * 3 + 1);
    let served = city.serve();
    let later = send(&served, KEY, &detainer("DOC"));
    assert_eq!((later.status, &later.body), (201, &first.body), "after another start");
    served.stop();
    assert_eq!(city.size(), 12);
}

fn killed_between_calls_nothing_is_lost_and_nothing_doubled(city: City) {
    let jail = city.system("DOC", "record,list");
    let bearer = format!("Bearer {}", jail.token);
    let body = detainer("DOC").to_string();
    let keys: Vec<String> = (0..24).map(|number| format!("a-call-of-the-jail-{number}")).collect();
    let send = |at: &str, key: &str| {
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", key)];
        try_call(at, "POST", "/api/v1/requests", &headers, body.as_bytes())
    };
    let mut acknowledged: Vec<Option<Value>> = vec![None; keys.len()];
    // Each round dies while calls are under way; whoever got no answer sends the same call again.
    for round in 1..=3 {
        let served = city.serve();
        let (at, pid) = (served.told["listening"].as_str().unwrap().to_owned(), served.pid());
        let answers: Vec<Option<Answer>> = thread::scope(|scope| {
            let running: Vec<_> = keys
                .chunks(6)
                .map(|keys| scope.spawn(|| keys.iter().map(|key| send(&at, key)).collect::<Vec<_>>()))
                .collect();
            // So many are answered that some were acknowledged and some were not; at which moment is chance.
            while acknowledged.iter().flatten().count() < round && !running.iter().any(|one| one.is_finished()) {
                if let Some(one) = send(&at, &keys[round]) {
                    acknowledged[round] = Some(one.body);
                    break;
                }
            }
            kill_process(pid, Signal::KILL).unwrap();
            running.into_iter().flat_map(|one| one.join().unwrap()).collect()
        });
        drop(served);
        for (before, answer) in acknowledged.iter_mut().zip(answers) {
            let Some(Answer { status: 201, body, .. }) = answer else { continue };
            assert!(before.as_ref().is_none_or(|before| *before == body), "answered otherwise than before");
            *before = Some(body);
        }
    }
    let served = city.serve();
    let at = served.told["listening"].as_str().unwrap();
    for (key, before) in keys.iter().zip(acknowledged) {
        let answer = send(at, key).unwrap();
        assert_eq!(answer.status, 201);
        assert!(before.is_none_or(|before| before == answer.body), "what was acknowledged was lost");
    }
    let listed = jail.call(&served, "GET", "/api/v1/requests?limit=100", &Value::Null);
    assert_eq!(listed.body["requests"].as_array().unwrap().len(), keys.len());
    served.stop();
    assert_eq!(city.size(), 1 + 3 * keys.len() as u64);
}

/// Two servers of one record: whichever is asked, the call is one.
#[test]
fn at_two_servers_at_once_a_call_is_one() {
    let city = City::postgres("two_servers");
    let jail = city.system("DOC", ALL);
    let servers = [city.serve(), city.serve()];
    let barrier = Barrier::new(8);
    let bodies = thread::scope(|scope| {
        let running: Vec<_> = (0..8)
            .map(|number| {
                let (jail, barrier, served) = (&jail, &barrier, &servers[number % 2]);
                scope.spawn(move || {
                    barrier.wait();
                    jail.keyed(served, "POST", "/api/v1/requests", KEY, &detainer("DOC")).body
                })
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(bodies[0]["request"].is_string() && bodies.iter().all(|body| *body == bodies[0]), "{}", bodies[0]);
    // What one says was done the other knows; a token that is revoked is void at both, at once.
    let deeds = format!("/api/v1/requests/{}/deeds", bodies[0]["request"].as_str().unwrap());
    let deed = json!({ "what": "refused", "decided_by": "A. Captain" });
    assert_eq!(jail.call(&servers[1], "POST", &deeds, &deed).status, 201);
    let list = |system: &System| {
        servers.each_ref().map(|served| system.call(served, "GET", "/api/v1/requests", &Value::Null).status)
    };
    assert_eq!(list(&jail), [200, 200]);
    let renewed = city.run(&["systems", "renew", &jail.id, "--by", "B. Operator"]);
    let newer = System { id: jail.id.clone(), token: renewed["token"].as_str().unwrap().to_owned() };
    assert_eq!((list(&jail), list(&newer)), ([401, 401], [200, 200]));
    city.run(&["systems", "revoke", &jail.id, "--by", "B. Operator"]);
    assert_eq!((list(&jail), list(&newer)), ([401, 401], [401, 401]));
    servers.into_iter().for_each(Served::stop);
    // Added, renewed, revoked; a request with two answers; a deed.
    assert_eq!(city.size(), 3 + 3 + 1);
    let twice = city.place.run(&[&["systems", "revoke", &jail.id, "--by", "B"][..], &city.options()].concat());
    assert_eq!(twice.status, 2);
    assert!(twice.err.contains("has no token: nothing was changed"), "{}", twice.err);
}
