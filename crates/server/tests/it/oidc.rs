//! The city's own sign-in, with a provider of this test's that does whatever it is told: the whole way in, and each thing that must not
//! let anybody in. In SQLite and in PostgreSQL.

mod provider;

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::{Value, json};
use url::Url;

use self::provider::{Issued, Provider, now};
use crate::{commands::Place, served::Served, store::cluster};

/// A city with a provider, and a desk that is served there.
struct World {
    place: Place,
    provider: Provider,
    served: Served,
    /// Somebody to whom the account `clerk-1` is bound.
    clerk: String,
}

/// What a browser was answered.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    /// The cookie of this name that it sets, as a browser sends it back.
    fn cookie(&self, name: &str) -> Option<String> {
        let set = self.head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        set.filter_map(|line| line.split(';').next())
            .find(|pair| pair.split_once('=').is_some_and(|(found, value)| found == name && !value.is_empty()))
            .map(str::to_owned)
    }

    fn to(&self) -> &str {
        self.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default()
    }
}

const SESSION: &str = "__Host-vouchsafe";
const BEGUN: &str = "__Host-vouchsafe-begun";

/// A sign-in that a browser has begun.
struct Begun {
    /// Where it was led.
    to: Url,
    cookie: String,
}

impl Begun {
    fn asked(&self, name: &str) -> String {
        self.to.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

impl World {
    fn new(store: &str) -> World {
        World::with(store, "amr = [\"hwk\", \"fido\"]\n")
    }

    /// `store` is the part of the configuration that says where the record is; `more` of `[oidc]`.
    fn with(store: &str, more: &str) -> World {
        let (place, provider) = (Place::new(), Provider::start());
        place.file("oidc.secret", provider::SECRET);
        let oidc = format!(
            "[oidc]\nissuer = \"{}\"\nclient_id = \"desk\"\nclient_secret_file = \"oidc.secret\"\n{more}",
            provider.issuer()
        );
        place.file("desk.toml", format!("data = \"city\"\n{oidc}{store}"));
        let added = place.run(&[
            "people",
            "add",
            "A. Clerk",
            "--agency",
            "DOC",
            "--role",
            "desk",
            "--by",
            "B",
            "--json",
            "--config",
            "desk.toml",
        ]);
        assert_eq!(added.status, 0, "{}", added.err);
        let clerk = added.json()["staff"].as_str().unwrap().to_owned();
        let bound =
            place.run(&["people", "bind", &clerk, "--oidc-subject", "clerk-1", "--by", "B", "--config", "desk.toml"]);
        assert_eq!(bound.status, 0, "{}", bound.err);
        let served = Served::start(&place, &["--config", "desk.toml"]);
        World { place, provider, served, clerk }
    }

    /// What a browser is answered that knows the desk as `localhost`.
    fn get(&self, path: &str, cookies: &str) -> Answer {
        self.ask("GET", path, cookies)
    }

    fn ask(&self, method: &str, path: &str, cookies: &str) -> Answer {
        let address = self.served.told["listening"].as_str().unwrap();
        let port = address.rsplit_once(':').unwrap().1;
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\ncookie: {cookies}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.to_owned() }
    }

    fn begin(&self) -> Begun {
        let answer = self.get("/sign-in/city", "");
        assert_eq!(answer.status, 303, "{}\n{}", answer.head, answer.body);
        Begun { to: answer.to().parse().unwrap(), cookie: answer.cookie(BEGUN).unwrap() }
    }

    /// The provider lets its user through, with a token that `change` has changed; the way back.
    fn let_through(&self, begun: &Begun, change: impl FnOnce(&mut Issued)) -> String {
        let mut issued = Issued::to(&self.provider.issuer(), &begun.asked("nonce"), &begun.asked("code_challenge"));
        change(&mut issued);
        let code = self.provider.code(issued);
        format!("/sign-in/city/return?code={code}&state={}", begun.asked("state"))
    }

    /// What a browser is answered in the end, when the provider issues such a token.
    fn issued(&self, change: impl FnOnce(&mut Issued)) -> Answer {
        let begun = self.begin();
        let back = self.let_through(&begun, change);
        self.get(&back, &begun.cookie)
    }
}

macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            #[test]
            fn sqlite() {
                super::$test("");
            }

            #[test]
            fn postgres() {
                let url = super::cluster::database(concat!("oidc_", stringify!($test)));
                super::$test(&format!("[store]\npostgres = \"{url}\"\n"));
            }
        })*
    };
}

on_both!(
    an_account_that_is_bound_signs_in_as_its_member_alone,
    a_token_that_proves_nothing_signs_nobody_in,
    an_answer_is_good_once_and_for_the_browser_that_began,
    new_keys_of_the_provider_are_fetched_and_not_too_often,
);

fn an_account_that_is_bound_signs_in_as_its_member_alone(store: &str) {
    let world = World::new(store);
    let page = world.get("/sign-in", "");
    assert!(page.body.contains("href=\"/sign-in/city\""), "{}", page.body);
    let first = world.get("/sign-in/city", "");
    let set = first.head.lines().find(|line| line.starts_with("set-cookie: __Host-vouchsafe-begun=")).unwrap();
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"), "{set}");
    let begun = world.begin();
    let port = world.served.told["listening"].as_str().unwrap().rsplit_once(':').unwrap().1.to_owned();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "desk"),
        ("scope", "openid"),
        ("code_challenge_method", "S256"),
        ("prompt", "login"),
        ("max_age", "0"),
        ("redirect_uri", &format!("http://localhost:{port}/sign-in/city/return")),
    ] {
        assert_eq!(begun.asked(name), value, "{name}");
    }
    assert!(
        begun.asked("state").len() == 64
            && begun.asked("nonce").len() == 64
            && begun.asked("code_challenge").len() == 43
    );
    let back = world.let_through(&begun, |_| {});
    let done = world.get(&back, &begun.cookie);
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(done.head.contains("refresh: 0; url=/") && done.body.contains("href=\"/\""), "{}", done.head);
    let session = done.cookie(SESSION).unwrap();
    assert!(done.head.contains("HttpOnly; SameSite=Strict; Secure"), "{}", done.head);
    let gate = world.get("/gate", &session);
    assert_eq!(gate.status, 200);
    assert!(gate.body.contains("A. Clerk"), "{}", gate.body);
    // No claim makes a role: the clerk is one.
    assert_eq!(world.get("/people", &session).status, 403);
    assert_eq!(world.ask("POST", "/sign-out", &session).to(), "/sign-in");
    assert_eq!(world.get("/gate", &session).to(), "/sign-in");
    // An account that is nobody's is told its name, and becomes nobody.
    let unbound = world.issued(|token| token.claims["sub"] = json!("stranger-7"));
    assert_eq!((unbound.status, unbound.cookie(SESSION)), (403, None));
    assert!(unbound.body.contains("stranger-7") && unbound.body.contains("nobody’s here yet"), "{}", unbound.body);
    assert_eq!(world.provider.asked("/userinfo"), 0, "what is not signed is not asked for");
    assert_eq!(world.provider.asked("/token"), 2, "once for each code");
    let listed = |world: &World| world.place.run(&["people", "list", "--config", "desk.toml"]).out;
    assert!(listed(&world).contains("0 passkeys, city account  desk DOC"), "{}", listed(&world));
}

/// How a token must be for somebody to be let in; each change alone keeps them out.
fn a_token_that_proves_nothing_signs_nobody_in(store: &str) {
    type Change = fn(&mut Issued);
    let world = World::new(store);
    assert_eq!(world.issued(|_| {}).status, 200);
    let hostile: [(&str, Change); 27] = [
        ("of another audience", |it| it.claims["aud"] = json!("another")),
        ("of another audience, too", |it| it.claims["aud"] = json!(["desk", "another"])),
        ("of no audience", |it| it.drop("aud")),
        ("of another sign-in", |it| it.claims["nonce"] = json!("0".repeat(64))),
        ("of no sign-in", |it| it.drop("nonce")),
        ("of another issuer", |it| it.claims["iss"] = json!("http://127.0.0.1:1/")),
        ("of the issuer with a slash", |it| {
            it.claims["iss"] = json!(format!("{}/", it.claims["iss"].as_str().unwrap()))
        }),
        ("of no issuer", |it| it.drop("iss")),
        ("ended", |it| it.claims["exp"] = json!(now() - 1)),
        ("without an end", |it| it.drop("exp")),
        ("issued long ago", |it| it.claims["iat"] = json!(now() - 700)),
        ("issued later", |it| it.claims["iat"] = json!(now() + 90)),
        ("for another party", |it| it.claims["azp"] = json!("another")),
        ("by a password", |it| it.claims["amr"] = json!(["pwd"])),
        ("by nobody knows what", |it| it.drop("amr")),
        ("by a list that is none", |it| it.claims["amr"] = json!("hwk")),
        ("long after its holder signed in", |it| it.claims["auth_time"] = json!(now() - 120)),
        ("nobody knows when its holder signed in", |it| it.drop("auth_time")),
        ("of nobody", |it| it.drop("sub")),
        ("of an empty name", |it| it.claims["sub"] = json!("")),
        ("not signed", |it| it.unsigned()),
        ("not signed, and says otherwise", |it| it.signature = Some(String::new())),
        ("signed with our own secret", |it| it.with_our_secret()),
        ("signed with another's key", |it| it.with_a_key_of_its_own()),
        ("signed for other claims", |it| it.changed_after_signing("sub", "clerk-2")),
        ("with something that we must understand", |it| it.header["crit"] = json!(["b64"])),
        ("no token", |it| it.text = Some("no token".to_owned())),
    ];
    for (name, change) in hostile {
        let answer = world.issued(change);
        assert_eq!((answer.status, answer.cookie(SESSION)), (403, None), "{name}: {}", answer.body);
        assert!(answer.body.contains("You are not signed in"), "{name}: {}", answer.body);
        assert!(!answer.body.contains("clerk-"), "{name}: {}", answer.body);
    }
    let password = world.issued(|it| it.claims["amr"] = json!(["pwd"]));
    assert!(password.body.contains("a password alone may have let you in"), "{}", password.body);
    // Each of these alone lets them in: several methods, one of which is taken, and a clock that is a little off.
    let fine: [Change; 4] = [
        |it| it.claims["amr"] = json!(["pwd", "hwk"]),
        |it| it.claims["iat"] = json!(now() + 30),
        |it| it.claims["auth_time"] = json!(now() - 30),
        |it| it.claims["azp"] = json!("desk"),
    ];
    for change in fine {
        assert_eq!(world.issued(change).status, 200);
    }
}

fn an_answer_is_good_once_and_for_the_browser_that_began(store: &str) {
    let world = World::new(store);
    let refused = |answer: &Answer, says: &str| {
        assert_eq!((answer.status, answer.cookie(SESSION)), (403, None), "{}", answer.body);
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
    };
    let again = "longer than ten minutes, or was used before";
    let begun = world.begin();
    let back = world.let_through(&begun, |_| {});
    assert_eq!(world.get(&back, &begun.cookie).status, 200);
    refused(&world.get(&back, &begun.cookie), again);
    assert_eq!(world.provider.asked("/token"), 1, "the second is not even asked for");
    // Another code for a state that was used, and a code that the provider has given out already.
    let stale = world.let_through(&begun, |_| {});
    refused(&world.get(&stale, &begun.cookie), again);
    let (first, second) = (world.begin(), world.begin());
    let used = world.let_through(&first, |_| {});
    assert_eq!(world.get(&used, &first.cookie).status, 200);
    let replayed = used.replace(&first.asked("state"), &second.asked("state"));
    refused(&world.get(&replayed, &second.cookie), again);
    // The code of one sign-in in the answer to another: its verifier is not that one's.
    let (one, other) = (world.begin(), world.begin());
    let theirs = world.let_through(&one, |_| {}).replace(&one.asked("state"), &other.asked("state"));
    refused(&world.get(&theirs, &other.cookie), again);
    // Begun in one browser, ended in another: what an attacker began signs nobody in as them.
    let (mine, theirs) = (world.begin(), world.begin());
    for cookies in ["", theirs.cookie.as_str(), "__Host-vouchsafe-begun="] {
        let begun = world.begin();
        refused(&world.get(&world.let_through(&begun, |_| {}), cookies), "begun in another browser");
    }
    // A state that nobody drew, none, a long one, a word of ours, and the answer of another provider.
    let code = "/sign-in/city/return?code=x";
    for path in [
        code.to_owned(),
        format!("{code}&state={}", "0".repeat(64)),
        format!("{code}&state={}", "a".repeat(5000)),
        format!("{code}&state="),
        format!("/sign-in/city/return?state={}", mine.asked("state")),
    ] {
        refused(&world.get(&path, &mine.cookie), again);
    }
    let begun = world.begin();
    let foreign = format!("{}&iss=https%3A%2F%2Fother.example", world.let_through(&begun, |_| {}));
    refused(&world.get(&foreign, &begun.cookie), again);
    let begun = world.begin();
    let stopped = format!("/sign-in/city/return?error=access_denied&state={}", begun.asked("state"));
    refused(&world.get(&stopped, &begun.cookie), "did not let you in, or you stopped there");
    assert_eq!(world.get(&format!("{code}&state=a&state=b"), "").status, 400, "a form of nobody's");
}

fn new_keys_of_the_provider_are_fetched_and_not_too_often(store: &str) {
    let world = World::new(store);
    assert_eq!(world.issued(|_| {}).status, 200);
    assert_eq!(world.provider.asked("/jwks"), 1, "what is known is not asked for again");
    world.provider.rotate();
    assert_eq!(world.issued(|_| {}).status, 200);
    assert_eq!(world.provider.asked("/jwks"), 2);
    // Within half a minute, nobody makes us ask again and again.
    world.provider.rotate();
    for _ in 0..3 {
        assert_eq!(world.issued(|_| {}).status, 403);
    }
    assert_eq!((world.provider.asked("/jwks"), world.provider.asked("/.well-known/openid-configuration")), (2, 1));
}

#[test]
fn a_provider_that_does_not_answer_has_a_page_that_says_so() {
    for said in [
        None,
        Some(json!({ "issuer": "https://other.example" })),
        Some(json!({ "authorization_endpoint": "http://login.example.gov/authorize" })),
        Some(json!({ "token_endpoint": "http://login.example.gov/token" })),
    ] {
        let world = World::new("");
        world.provider.says(said.clone());
        let answer = world.get("/sign-in/city", "");
        if said.as_ref().is_some_and(|said| said.get("token_endpoint").is_some()) {
            let begun = Begun { to: answer.to().parse().unwrap(), cookie: answer.cookie(BEGUN).unwrap() };
            let back = world.let_through(&begun, |_| {});
            assert_eq!(world.get(&back, &begun.cookie).status, 503, "our secret goes nowhere without encryption");
            continue;
        }
        assert_eq!((answer.status, answer.cookie(BEGUN)), (503, None), "{said:?}: {}", answer.body);
        assert!(
            answer.body.contains("does not answer") && answer.body.contains("href=\"/sign-in\""),
            "{}",
            answer.body
        );
        let asked = world.provider.asked("/.well-known/openid-configuration");
        assert_eq!(world.get("/sign-in/city", "").status, 503);
        if said.as_ref().is_none_or(|said| said.get("authorization_endpoint").is_none()) {
            assert_eq!(
                world.provider.asked("/.well-known/openid-configuration"),
                asked,
                "it is left alone for a moment"
            );
        }
    }
}

#[test]
fn a_claim_and_a_class_of_the_configuration_are_those_that_count() {
    let world = World::with("", "claim = \"employee\"\nacr = [\"phr\"]\nfresh = false\n");
    let begun = world.begin();
    assert_eq!(
        (begun.asked("acr_values"), begun.asked("prompt"), begun.asked("max_age")),
        ("phr".to_owned(), String::new(), String::new())
    );
    let issued = |acr: Value, employee: Value| {
        world.issued(|it| {
            it.drop("auth_time");
            (it.claims["sub"], it.claims["acr"], it.claims["employee"]) = (json!("x"), acr, employee);
        })
    };
    assert_eq!(issued(json!("phr"), json!("clerk-1")).status, 200);
    for (acr, employee) in [
        (json!("pwd"), json!("clerk-1")),
        (Value::Null, json!("clerk-1")),
        (json!("phr"), json!(["clerk-1"])),
        (json!("phr"), Value::Null),
        (json!("phr"), json!("clerk-1\n")),
    ] {
        assert_eq!(issued(acr.clone(), employee.clone()).status, 403, "{acr} {employee}");
    }
}

#[test]
fn an_account_is_one_members_and_what_takes_it_ends_their_sessions() {
    let url = cluster::database("oidc_taken");
    let world = World::new(&format!("[store]\npostgres = \"{url}\"\n"));
    let run = |words: &[&str]| world.place.run(&[words, &["--by", "B", "--config", "desk.toml"]].concat());
    let other = run(&["people", "add", "C. Other", "--agency", "DOC", "--role", "desk", "--json"]).json()["staff"]
        .as_str()
        .unwrap()
        .to_owned();
    let twice = run(&["people", "bind", &other, "--oidc-subject", "clerk-1"]);
    assert_eq!(twice.status, 2);
    assert!(twice.err.contains("another member of the staff has this account"), "{}", twice.err);
    let again = run(&["people", "bind", &world.clerk, "--oidc-subject", "clerk-9"]);
    assert!(again.status == 2 && again.err.contains("has an account already"), "{}", again.err);
    for bad in ["", "a\nb", &"x".repeat(256)] {
        assert!(run(&["people", "bind", &other, "--oidc-subject", bad]).err.contains("names no account"), "{bad}");
    }
    let session = world.issued(|_| {}).cookie(SESSION).unwrap();
    assert_eq!(world.get("/gate", &session).status, 200);
    assert_eq!(run(&["people", "unbind", &world.clerk]).status, 0);
    assert_eq!(world.get("/gate", &session).to(), "/sign-in");
    assert!(world.issued(|_| {}).body.contains("nobody’s here yet"));
    assert_eq!(run(&["people", "unbind", &world.clerk]).status, 2);
    // A role that reaches further takes what an administrator may have bound before.
    assert_eq!(run(&["people", "bind", &world.clerk, "--oidc-subject", "clerk-1"]).status, 0);
    assert_eq!(run(&["people", "give", &world.clerk, "--agency", "DOC", "--role", "counsel"]).status, 0);
    assert_eq!(world.issued(|_| {}).status, 200, "a role of their own agency does not");
    assert_eq!(run(&["people", "give", &world.clerk, "--agency", "DOI", "--role", "oversight"]).status, 0);
    assert_eq!(world.issued(|_| {}).status, 403);
    // It is free for another, until that one is revoked.
    assert_eq!(run(&["people", "bind", &other, "--oidc-subject", "clerk-1"]).status, 0);
    let session = world.issued(|_| {}).cookie(SESSION).unwrap();
    assert!(world.get("/gate", &session).body.contains("C. Other"));
    assert_eq!(run(&["people", "revoke", &other]).status, 0);
    assert_eq!((world.get("/gate", &session).to(), world.issued(|_| {}).status), ("/sign-in", 403));
}

#[test]
fn a_configuration_that_would_let_a_password_in_or_send_a_secret_in_the_clear_does_not_start() {
    let place = Place::new();
    place.file("oidc.secret", "secret");
    let serve = |oidc: &str| {
        place.file("desk.toml", format!("data = \"city\"\n[oidc]\nclient_id = \"desk\"\n{oidc}"));
        let run = place.run(&["serve", "--listen", "127.0.0.1:0", "--config", "desk.toml"]);
        assert_eq!(run.status, 2, "{}", run.out);
        run.err
    };
    let issuer = "issuer = \"https://login.example.gov\"\n";
    let file = "client_secret_file = \"oidc.secret\"\n";
    assert!(serve(&format!("{issuer}{file}")).contains("says neither `acr` nor `amr`"));
    let plain = serve(&format!("issuer = \"http://login.example.gov\"\n{file}amr = [\"hwk\"]\n"));
    assert!(plain.contains("line 4, column 10") && plain.contains("is no provider's name"), "{plain}");
    let absent = serve(&format!("{issuer}client_secret_file = \"none\"\namr = [\"hwk\"]\n"));
    assert!(absent.contains("the secret of the city's sign-in in `none` cannot be read"), "{absent}");
    // Without a provider the pages are not there.
    place.file("desk.toml", "data = \"city\"\n");
    let served = Served::start(&place, &["--config", "desk.toml"]);
    assert_eq!(served.ask("GET", "/sign-in/city/return?code=a&state=b", "").0, 404);
}
