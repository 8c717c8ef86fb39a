//! Test: what a guide took down without network is recorded once, with what it said; what does not fit is refused and nothing is kept.

use jiff::civil::DateTime;
use law::{Said, said};
use record::FaultKind;
use serde_json::{Value, json};

use super::*;
use crate::serve::{asked::Asked, guide::Guide};

/// The form that a guide sends of a detainer, saying what the desk's own law says.
fn taken(world: &World) -> Value {
    let now = world.desk.now();
    let fields = [["act", "hold"], ["act", "notify_release"], ["requester", "ice_ero"], ["document", "i247a"]];
    let typed: Vec<_> = fields.iter().map(|[name, value]| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut asked = Asked::parse(&typed, world.desk.pack.vocabulary()).unwrap();
    asked.agency = Some("DOC".into());
    let answers = world.desk.answers(&asked, now.date());
    let said_of = |(question, _, decision): &(law::Question, law::Facts, law::Decision)| json!({ "act": question.act, "said": said(decision.outcome, None) });
    let pack = world.desk.pack.reference().sha256;
    let sent = [fields.as_slice(), &[["channel", "telephone"], ["reason", "belief"]]].concat();
    json!({
        "id": "0123456789abcdef0123456789abcdef",
        "member": World::account(Role::Desk, None).staff,
        "agency": "DOC",
        "at": now,
        "pack": pack,
        "standing": { "today": now.date(), "confirmed": now.date(), "server_pack": pack },
        "said": answers.iter().map(said_of).collect::<Vec<_>>(),
        "fields": sent,
    })
}

async fn send(world: &World, form: &Value) -> (StatusCode, Value) {
    let account = Some(World::account(Role::Desk, None));
    let (status, told) = world.ask(account, "POST", "/guide/queue", &form.to_string()).await;
    (status, serde_json::from_str(&told).unwrap_or(Value::String(told)))
}

/// What was recorded beside the two requests that the world begins with, and the engines' own faults.
fn kept(world: &World) -> Vec<Body> {
    let all = world.store.entries(2, 1000).unwrap();
    let bodies = all.iter().filter_map(|stored| Some(stored.entry()?.body.clone()));
    bodies.filter(|body| !matches!(body, Body::Fault(fault) if fault.kind == FaultKind::Engine)).collect()
}

#[tokio::test]
async fn what_was_taken_down_offline_is_recorded_once_with_both_answers() {
    let world = World::new();
    let form = taken(&world);
    let (status, told) = send(&world, &form).await;
    assert_eq!((status, &told["before"]), (StatusCode::OK, &json!(false)), "{told}");
    let first = kept(&world);
    let [Body::Requested(request), Body::Guided(guided), Body::Decided(one), Body::Decided(two)] = first.as_slice()
    else {
        panic!("{first:?}")
    };
    assert_eq!(told["recorded"], request.id.to_string());
    assert_eq!((guided.request, one.request, two.request), (request.id, request.id, request.id));
    assert!(guided.same_pack && guided.stale.is_none());
    assert_eq!(guided.said.iter().map(|of| of.act.as_str()).collect::<Vec<_>>(), ["hold", "notify_release"]);
    // Sent again, as when the answer was lost: recorded before, and nothing is added.
    let (status, again) = send(&world, &form).await;
    assert_eq!((status, &again["before"], &again["recorded"]), (StatusCode::OK, &json!(true), &told["recorded"]));
    assert_eq!(kept(&world), first);
    let path = format!("/requests/{}", request.id);
    let (_, page) = world.ask(Some(World::account(Role::Desk, None)), "GET", &path, "").await;
    assert!(page.contains("Decided offline") && page.contains("What the guide said offline"), "{page}");
    assert!(!page.contains("recorded as a fault"), "{page}");
}

#[tokio::test]
async fn a_difference_under_the_same_pack_is_a_fault_and_another_pack_is_only_marked() {
    let world = World::new();
    let mut form = taken(&world);
    let other = if form["said"][0]["said"] == "barred" { Said::Escalate } else { Said::Barred };
    form["said"][0]["said"] = json!(other);
    assert_eq!(send(&world, &form).await.0, StatusCode::OK);
    let bodies = kept(&world);
    let Some(Body::Fault(fault)) = bodies.last() else { panic!("{bodies:?}") };
    assert_eq!(fault.kind, FaultKind::OfflineDiffers);
    assert!(fault.detail.reveal().contains("`hold`"), "{}", fault.detail.reveal());
    let faults = |world: &World| kept(world).iter().filter(|body| matches!(body, Body::Fault(_))).count();
    assert_eq!(faults(&world), 1);
    let path = format!("/requests/{}", fault.request.unwrap());
    let (_, page) = world.ask(Some(World::account(Role::Desk, None)), "GET", &path, "").await;
    assert!(page.contains("recorded as a fault"), "{page}");
    // The same words under another pack: marked, and no fault.
    form["id"] = json!("1".repeat(32));
    form["pack"] = json!("0f".repeat(32));
    assert_eq!(send(&world, &form).await.0, StatusCode::OK);
    assert_eq!(faults(&world), 1);
    assert!(
        matches!(&kept(&world)[..], [.., Body::Guided(guided), Body::Decided(_), Body::Decided(_)] if !guided.same_pack)
    );
    // A guide that was too old to bar says "ask counsel" to everything, and that is no difference.
    let mut old = taken(&world);
    old["id"] = json!("2".repeat(32));
    old["standing"]["confirmed"] = json!("2020-01-01");
    for one in old["said"].as_array_mut().unwrap() {
        one["said"] = json!("escalate");
    }
    assert_eq!(send(&world, &old).await.0, StatusCode::OK);
    assert_eq!(faults(&world), 1);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_a_sentence_and_nothing_is_recorded() {
    let world = World::new();
    let form = taken(&world);
    let ahead: DateTime = world.desk.now().checked_add(jiff::Span::new().days(2)).unwrap();
    let with = |path: &str, value: Value| {
        let mut form = form.clone();
        *form.pointer_mut(path).unwrap() = value;
        form
    };
    let long = "x".repeat(1024 * 1024);
    for (form, status, sentence) in [
        (with("/fields/0/1", json!("dance")), 422, "dance"),
        (with("/fields/0/0", json!("fact.nothing")), 422, "is no fact that the law pack knows"),
        (with("/fields/4/1", json!("pigeon")), 422, "list"),
        (with("/fields/2/0", json!("situation")), 422, "asked"),
        (with("/agency", json!("NYPD")), 403, "taken down for NYPD"),
        (with("/member", json!("development/DOC/B. Other")), 403, "Somebody else"),
        (with("/id", json!("x")), 422, "again"),
        (with("/said/0/said", json!("permitted")), 400, "not in the form"),
        (with("/said/0/act", json!("dance")), 422, "not in the form"),
        (with("/said", json!([])), 422, "not in the form"),
        (with("/at", json!(ahead)), 422, "clock"),
        (with("/standing/today", json!("2020-01-01")), 422, "clock"),
        (with("/fields/5/1", json!(long)), 413, "longer than anything"),
        (json!("nothing"), 400, "not in the form"),
    ] {
        let (found, told) = send(&world, &form).await;
        assert_eq!(found.as_u16(), status, "{told}");
        assert!(told["refused"].as_str().unwrap().contains(sentence), "{sentence}: {told}");
    }
    assert_eq!(kept(&world), Vec::new());
    // Whoever may not record is refused before anything is read; whoever is not signed in is led to the sign-in.
    for role in [Role::Oversight, Role::Administrator, Role::LawDepartment] {
        let sent = world.ask(Some(World::account(role, None)), "POST", "/guide/queue", &form.to_string()).await;
        assert_eq!(sent.0, StatusCode::FORBIDDEN, "{}", sent.1);
    }
    let (status, to) = world.ask(None, "POST", "/guide/queue", &form.to_string()).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/sign-in?told=unsent"));
    assert_eq!(kept(&world), Vec::new());
}

/// Who works at two sites of an agency: what was asked at one is not recorded as asked at the other.
#[tokio::test]
async fn what_was_taken_down_at_one_site_is_not_recorded_at_another() {
    let world = World::new();
    let mut form = taken(&world);
    let at = |site: Option<&str>| World::account(Role::Desk, site);
    let sites = [None, Some("Rikers"), Some("Manhattan")];
    for (n, (here, there)) in sites.iter().flat_map(|here| sites.iter().map(move |there| (*here, *there))).enumerate() {
        form["site"] = json!(here.unwrap_or_default());
        form["id"] = json!(format!("{n:032x}"));
        form["member"] = json!(at(there).staff);
        let (status, told) = world.ask(Some(at(there)), "POST", "/guide/queue", &form.to_string()).await;
        let due = if here == there { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(status, due, "{here:?} {there:?}: {told}");
    }
    let sites = kept(&world).into_iter().filter_map(|body| match body {
        Body::Requested(request) => Some(request.receiver.site),
        _ => None,
    });
    assert_eq!(sites.collect::<Vec<_>>(), [None, Some("Rikers".to_owned()), Some("Manhattan".to_owned())]);
    let (_, me) = world.ask(Some(at(Some("Rikers"))), "GET", "/guide/me", "").await;
    assert_eq!(serde_json::from_str::<Value>(&me).unwrap()["site"], "Rikers");
}

#[tokio::test]
async fn a_form_of_another_site_records_nothing() {
    let world = World::new();
    let cookie = world.cookie_of(World::account(Role::Desk, None));
    let request = Request::post("/guide/queue")
        .header(header::HOST, "127.0.0.1")
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "cross-site");
    let sent = request.body(Sent::from(taken(&world).to_string())).unwrap();
    assert_eq!(world.router.clone().oneshot(sent).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(kept(&world), Vec::new());
}

#[tokio::test]
async fn without_its_module_there_is_no_guide_and_its_page_says_how_there_is_one() {
    let world = World::new();
    let (status, page) = world.ask(Some(World::account(Role::Desk, None)), "GET", "/guide/", "").await;
    assert!(status == StatusCode::NOT_FOUND && page.contains("--guide"), "{page}");
    let (_, gate) = world.ask(Some(World::account(Role::Desk, None)), "GET", "/gate", "").await;
    assert!(!gate.contains("/guide/"), "{gate}");
}

#[test]
fn all_that_a_phone_downloads_but_the_module_is_light_and_the_same_each_time() {
    let world = World::new();
    let guide = Guide::new(&world.desk, b"module".to_vec()).unwrap();
    let weights = guide.weights();
    let all: usize = weights.values().sum();
    assert!(all < 70_000, "{weights:?}");
    assert!(weights["/guide/pack.json"] > 10_000 && weights["/guide/"] > 2_000, "{weights:?}");
    let again = Guide::new(&world.desk, b"module".to_vec()).unwrap();
    assert_eq!(guide.version(), again.version());
    assert_ne!(guide.version(), Guide::new(&world.desk, b"another".to_vec()).unwrap().version());
}

#[test]
fn the_page_has_every_sentence_that_its_script_says() {
    let world = World::new();
    let page = crate::serve::guide::shell(&world.desk);
    let script = crate::serve::guide::SCRIPT;
    let plain = script.split(['"', '`']).filter(|text| {
        ["guide-", "gate-", "ask-", "answer-", "outcome-", "record-", "told-"]
            .iter()
            .any(|begin| text.starts_with(begin))
            && !text.contains("${")
            && *text != "guide-worker"
    });
    let mut count = 0;
    for id in plain.filter(|id| !["record-title", "guide-ready"].contains(id) || page.contains("record-title")) {
        assert!(page.contains(&format!("data-id=\"{id}\"")), "the page has no `{id}`");
        count += 1;
    }
    assert!(count > 40, "{count}");
    for id in [
        "guide-stale-old",
        "guide-stale-other-pack",
        "outcome-barred",
        "outcome-escalate-means",
        "say-barred",
        "do-not-escalate",
    ] {
        assert!(page.contains(&format!("data-id=\"{id}\"")), "the page has no `{id}`");
    }
    assert!(!page.contains("outcome-permitted") && !page.contains("data-id=\"say-permitted"));
}
