//! Served cities that tell a jail's own program what happened: set at the command line, over deaths, with several servers at once.

use std::{
    collections::BTreeMap,
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::receiver::{Manner, Message, Receiver};
use crate::{
    api::{City, System, on_both},
    folders::copy,
    schema,
    served::Served,
};

on_both!(
    a_server_that_dies_between_two_steps_tells_again_under_the_same_id_and_leaves_nothing_out,
    programs_are_told_as_whoever_runs_the_server_says_and_each_change_is_an_entry,
    who_was_suspended_is_resumed_with_an_entry_and_gets_what_waited,
);

const BY: [&str; 2] = ["--by", "B. Operator"];

fn hook(city: &City, system: &System, receiver: &Receiver, events: &str) -> Value {
    city.run(&[&["systems", "hook", &system.id, "--to", &receiver.address(), "--events", events][..], &BY].concat())
}

/// Which requests were told of, each once, in the order in which they first came.
fn told(messages: &[Message]) -> Vec<String> {
    let mut first = Vec::new();
    for message in messages {
        if !first.contains(&message.request()) {
            first.push(message.request());
        }
    }
    first
}

/// Every message of one id says the same.
fn doubles_are_the_same(messages: &[Message]) {
    let mut by_id: BTreeMap<&str, &Message> = BTreeMap::new();
    for message in messages {
        let first = by_id.entry(&message.id).or_insert(message);
        assert_eq!(first.body, message.body);
    }
}

fn list(city: &City) -> Value {
    city.run(&["systems", "list"])["hook"].clone()
}

fn a_server_that_dies_between_two_steps_tells_again_under_the_same_id_and_leaves_nothing_out(city: City) {
    let jail = city.system("DOC", "record,read");
    let receiver = Receiver::start(Manner::Take);
    let hooked = hook(&city, &jail, &receiver, "request");
    let key = hooked["keys"][0].as_str().unwrap().to_owned();
    let mut recorded = Vec::new();
    for _ in 0..3 {
        // It has the message, and the server has no answer yet: between the two the server dies.
        receiver.be(Manner::Hang);
        let served = city.serve();
        // A receiver who hangs keeps no call waiting.
        let first = jail.record(&served);
        recorded.extend([first.clone(), jail.record(&served)]);
        let times = |seen: &[Message]| seen.iter().filter(|one| one.request() == first).count();
        receiver.wait("the first of the round", |seen| times(seen) >= 1);
        served.die();
        // One that was slow to die may have sent it twice.
        let before = times(&receiver.seen());
        let served = city.serve();
        receiver.wait("the same again", |seen| times(seen) > before);
        served.die();
        receiver.be(Manner::Take);
        let served = city.serve();
        let messages = receiver.wait("all of the round", |seen| told(seen).len() == recorded.len());
        assert!(times(&messages) >= 3, "{messages:?}");
        remembered(&served);
        served.stop();
    }
    let messages = receiver.seen();
    assert_eq!(told(&messages), recorded, "in the order of the record, none left out");
    doubles_are_the_same(&messages);
    assert!(messages.iter().all(|message| message.is_signed_by(&key)));
    assert_eq!(list(&city)["not_taken_since"], Value::Null);
    as_the_document_checks_it(&city, &messages[0], &key);
}

/// Waits until the server has remembered that all was taken; else the last would come again at the next start, which it may.
fn remembered(served: &Served) {
    let behind = |_| String::from_utf8(served.ask("GET", "/metrics", "").2).unwrap();
    let seen = (0..600).map(|_| thread::sleep(Duration::from_millis(100))).map(behind);
    let all = seen.into_iter().any(|metrics| metrics.contains("vouchsafe_hook_entries_behind 0\n"));
    assert!(all, "it is behind for ever");
}

/// What `docs/api.md` shows takes a message as it came, with a program that is not ours, and refuses one that was changed.
fn as_the_document_checks_it(city: &City, message: &Message, key: &str) {
    let document = include_str!("../../../../../docs/api.md");
    let blocks = document.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let block = blocks.into_iter().find(|block| block.contains("openssl pkeyutl")).unwrap();
    let checks = |body: &str, timestamp: i64, key: &str| {
        city.place.file("message.json", body);
        let ran = Command::new("sh")
            .args(["-c", &format!("set -u\n{block}")])
            .current_dir(city.place.path())
            .envs([("KEY", key), ("ID", &message.id), ("TIMESTAMP", &timestamp.to_string())])
            .env("SIGNATURES", message.signatures.join(" "))
            .output()
            .unwrap();
        ran.status.success()
    };
    assert!(checks(&message.body, message.timestamp, key));
    assert!(!checks(&message.body.replace("DOC", "DOE"), message.timestamp, key));
    assert!(!checks(&message.body, message.timestamp + 1, key));
    assert!(!checks(&message.body, message.timestamp, "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
}

fn programs_are_told_as_whoever_runs_the_server_says_and_each_change_is_an_entry(city: City) {
    let jail = city.system("DOC", "record,read,state");
    let receiver = Receiver::start(Manner::Take);
    let refused = |words: &[&str]| {
        let run = city.place.run(&[words, &BY, &city.options()].concat());
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{words:?}");
        run.err
    };
    let to = |address: &str| refused(&["systems", "hook", &jail.id, "--to", address, "--events", "request"]);
    for bad in ["http://jail.example.gov/", "https://a@jail.example.gov/", "https://jail.example.gov/#x", "jail"] {
        assert!(to(bad).contains(&format!("`{bad}` is nowhere that messages can go")), "{bad}");
    }
    let said = refused(&["systems", "hook", &jail.id, "--to", &receiver.address(), "--events", "request,read"]);
    assert!(said.contains("`read` is nothing that a system can be told of: write some of request, answer"), "{said}");
    let lister = city.system("DOC", "list");
    let said = refused(&["systems", "hook", &lister.id, "--to", &receiver.address(), "--events", "request,deed"]);
    assert!(said.contains("cannot be told of `deed`: it was not given the use `read`"), "{said}");
    assert!(refused(&["systems", "unhook", &jail.id]).contains("is told nothing: nothing was changed"));
    assert!(refused(&["systems", "resume", &jail.id]).contains("are not suspended: nothing was changed"));
    assert!(refused(&["systems", "keys", "--new"]).contains("there are no keys yet"));
    assert_eq!(city.size(), 2, "nothing was changed");

    let hooked = hook(&city, &jail, &receiver, "deed,request,deed");
    assert_eq!(hooked["events"], json!(["request", "deed"]));
    assert_eq!(city.size(), 4, "the keys, and who is told");
    let served = city.serve();
    let keys = || {
        let (status, _, body) = served.ask("GET", "/api/v1/webhook-keys", "");
        assert_eq!(status, 200);
        serde_json::from_slice::<Value>(&body).unwrap()["keys"].clone()
    };
    assert_eq!(keys(), hooked["keys"], "to anybody, without a token");
    assert_eq!(served.ask("GET", "/api/v1/webhook-keys?a=1", "").0, 400);
    let request = jail.record(&served);
    let deed = json!({ "what": "refused", "decided_by": "A. Captain" });
    let stated = jail.call(&served, "POST", &format!("/api/v1/requests/{request}/deeds"), &deed);
    assert_eq!(stated.status, 201);
    let messages = receiver.wait("both messages", |seen| seen.len() == 2);
    assert_eq!(messages[1].id, stated.body["entry"].as_str().unwrap());
    // As the description says.
    let document: Value = serde_json::from_slice(&served.ask("GET", "/openapi.json", "").2).unwrap();
    for message in &messages {
        let told = message.json();
        let described = &document["webhooks"][told["type"].as_str().unwrap()]["post"]["requestBody"]["content"];
        let mut schema = described["application/json"]["schema"].as_object().unwrap().clone();
        schema.insert("components".to_owned(), document["components"].clone());
        assert_eq!(schema::faults(&Value::Object(schema), &told), Vec::<String>::new());
    }
    assert_eq!(document["webhooks"].as_object().unwrap().len(), record::Event::ALL.len());
    // By what it was told the program finds the rest.
    let one = jail.call(&served, "GET", &format!("/api/v1/requests/{}", messages[1].request()), &Value::Null);
    assert_eq!(one.body["deeds"][0]["entry"], stated.body["entry"]);
    remembered(&served);
    let metrics = String::from_utf8(served.ask("GET", "/metrics", "").2).unwrap();
    for line in ["vouchsafe_hook_messages_sent_total 2", "vouchsafe_hooks_suspended 0", "vouchsafe_hook_entries_behind"]
    {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(!metrics.contains("127.0.0.1") && !metrics.contains("s3cret"), "{metrics}");
    served.stop();

    let both = city.run(&[&["systems", "keys", "--new"][..], &BY].concat())["keys"].clone();
    assert_eq!(both[1], hooked["keys"][0]);
    assert_eq!(city.run(&["systems", "keys"])["keys"], both);
    // Once more, or after a command that died: the key that receivers know signs on.
    assert!(refused(&["systems", "keys", "--new"]).contains("no third was made"));
    assert_eq!(city.run(&["systems", "keys"])["keys"], both);
    let last = city.run(&[&["systems", "keys", "--end-old"][..], &BY].concat())["keys"].clone();
    assert_eq!(last, json!([both[0]]));
    let text = city.place.run(&[&["systems", "list"][..], &city.options()].concat()).out;
    assert!(text.contains(&format!("told at {}: request, deed", receiver.address())), "{text}");
    city.run(&[&["systems", "unhook", &jail.id][..], &BY].concat());
    let served = city.serve();
    jail.record(&served);
    served.stop();
    assert_eq!(receiver.seen().len(), 2, "nobody has it told any more");
    // The systems, keys thrice, told and not; two requests with two answers each, a deed, and what was opened.
    assert_eq!(city.size(), 2 + 3 + 2 + 2 * 3 + 1 + 1);
    // The record has whose machine it is, and not what follows.
    let exported = city.place.run(&[&["export", "out"][..], &city.options()].concat());
    assert_eq!(exported.status, 0, "{}", exported.err);
    let mut text = String::new();
    for file in fs::read_dir(city.place.path().join("out")).unwrap().map(|file| file.unwrap().path()) {
        if file.is_file() {
            text.push_str(&String::from_utf8_lossy(&fs::read(file).unwrap()));
        }
    }
    assert!(text.contains(&format!("http://127.0.0.1:{}", receiver.port)) && !text.contains("s3cret"));
}

fn who_was_suspended_is_resumed_with_an_entry_and_gets_what_waited(city: City) {
    let jail = city.system("DOC", "record,list");
    // 410: whoever is there wants no more.
    let receiver = Receiver::start(Manner::status(410));
    hook(&city, &jail, &receiver, "request");
    let before = city.size();
    let served = city.serve();
    let first = jail.record(&served);
    let since = Instant::now();
    while list(&city)["suspended_since"].is_null() {
        assert!(since.elapsed() < Duration::from_secs(120), "it is not suspended: {}", list(&city));
        thread::sleep(Duration::from_millis(50));
    }
    let sent = receiver.seen().len();
    let second = jail.record(&served);
    served.stop();
    receiver.be(Manner::Take);
    city.run(&[&["systems", "resume", &jail.id][..], &BY].concat());
    let served = city.serve();
    assert!(list(&city)["suspended_since"].is_null());
    let messages = receiver.wait("what waited", |seen| told(&seen[sent..]).len() == 2);
    assert_eq!(told(&messages[sent..]), [first, second], "in the record's order, the one that was not taken again");
    doubles_are_the_same(&messages);
    remembered(&served);
    served.stop();
    // Two requests with two answers each; that it was suspended, and resumed.
    assert_eq!(city.size(), before + 2 * 3 + 2);
}

#[test]
fn three_servers_on_one_database_tell_once_and_another_goes_on_when_one_dies() {
    let city = City::postgres("three_tell");
    let jail = city.system("DOC", "record,list");
    let receiver = Receiver::start(Manner::Take);
    hook(&city, &jail, &receiver, "request");
    let mut servers: Vec<Served> = (0..3).map(|_| city.serve()).collect();
    let mut recorded = Vec::new();
    while let Some(one) = servers.pop() {
        // By all of those who live, at once: the order is the record's.
        std::thread::scope(|scope| {
            let living: Vec<&Served> = servers.iter().chain([&one]).collect();
            let running: Vec<_> = living
                .into_iter()
                .map(|server| scope.spawn(|| (0..6).map(|_| jail.record(server)).collect::<Vec<_>>()))
                .collect();
            recorded.extend(running.into_iter().flat_map(|one| one.join().unwrap()));
        });
        let messages = receiver.wait("what was recorded", |seen| told(seen).len() == recorded.len());
        if servers.len() == 2 {
            assert_eq!(messages.len(), recorded.len(), "while nobody dies, each is told once");
        }
        one.die();
    }
    let served = city.serve();
    let listed = city_order(&city, &served, recorded.len());
    assert_eq!(told(&receiver.seen()), listed, "in the order of the record");
    doubles_are_the_same(&receiver.seen());
    served.stop();
}

/// A server without the keys, or with keys that were changed at another, neither sends nor keeps the other from it, nor offers its keys.
#[test]
fn who_cannot_sign_leaves_it_to_who_can_and_old_keys_sign_nothing() {
    let city = City::postgres("old_keys");
    let jail = city.system("DOC", "record,list");
    let config = fs::read_to_string(city.place.path().join("city.toml")).unwrap();
    city.place.file("other.toml", config.replace("\"data\"", "\"other\""));
    copy(&city.place.path().join("data"), &city.place.path().join("other"));
    let receiver = Receiver::start(Manner::Take);
    let first = hook(&city, &jail, &receiver, "request")["keys"][0].as_str().unwrap().to_owned();
    // It looks first, and has no keys.
    let other = Served::start(&city.place, &["--config", "other.toml"]);
    let mut recorded = vec![jail.record(&other)];
    thread::sleep(Duration::from_secs(3));
    assert!(receiver.seen().is_empty());
    let served = city.serve();
    receiver.wait("what waited", |seen| told(seen) == recorded);
    served.stop();
    // It has them; then they are changed where it does not look.
    fs::copy(city.place.path().join("data/keys/hooks.key"), city.place.path().join("other/keys/hooks.key")).unwrap();
    for step in ["--new", "--end-old"] {
        city.run(&[&["systems", "keys", step][..], &BY].concat());
    }
    assert_eq!(other.ask("GET", "/api/v1/webhook-keys", "").0, 500);
    recorded.push(jail.record(&other));
    let served = city.serve();
    let messages = receiver.wait("by the new key", |seen| told(seen) == recorded);
    assert!(!messages.last().unwrap().is_signed_by(&first), "who has the old key signs nothing");
    served.stop();
    other.stop();
}

/// The requests in the order of the record, as the interface lists them.
fn city_order(city: &City, served: &Served, count: usize) -> Vec<String> {
    let lister = city.system("DOC", "list");
    let listing = lister.call(served, "GET", "/api/v1/requests?limit=100", &Value::Null);
    let listed = listing.body["requests"].as_array().unwrap();
    assert_eq!(listed.len(), count);
    listed.iter().rev().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}
