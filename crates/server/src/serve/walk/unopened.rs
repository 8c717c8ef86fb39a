//! Test: whoever opens a request is in the record before they see anything of it, so of what the record does not take nothing is seen.

use sha2::{Digest as _, Sha256};

use super::{
    photographs::{desk, form, jpeg, nonce},
    systems::program,
    *,
};

#[tokio::test]
async fn where_the_record_does_not_take_who_opened_it_nothing_of_a_request_is_shown() {
    let world = World::new();
    world.claim();
    assert_eq!(world.attach(desk(), form(&[("nonce", &nonce(1))], &[&jpeg(1)])).await.0, StatusCode::SEE_OTHER);
    let (photograph, _) = world.attached().pop().unwrap();
    let token = format!("vst_{}", "7".repeat(64));
    program(&world, "DOC", "Jail management", Some(Sha256::digest(token.as_bytes()).into()));
    let ours = format!("/requests/{}", world.ours);
    let paths = [
        ("GET", ours.clone(), ""),
        ("GET", format!("{ours}/replay"), ""),
        ("POST", format!("{ours}/done"), "deed=refused"),
        ("GET", format!("{ours}/disclose"), ""),
        ("POST", format!("{ours}/disclose"), "form=spoken"),
        ("GET", format!("{ours}/photographs/{photograph}"), ""),
    ];
    let answer = async |method: &str, path: &str, sent: &'static str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, world.cookie_of(desk()));
        let response = world.router.clone().oneshot(request.body(Sent::from(sent)).unwrap()).await.unwrap();
        let status = response.status();
        (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap())
    };
    let by_the_program = async || {
        let request = Request::get(format!("/api/v1{ours}"))
            .header(header::HOST, "127.0.0.1")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response = world.router.clone().oneshot(request.body(Sent::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    };
    let opened = || {
        let all = world.store.entries(0, 1000).unwrap();
        all.iter().filter(|stored| stored.entry().is_some_and(|entry| matches!(entry.body, Body::Read(_)))).count()
    };
    // Each of them shows what there is, and is an entry.
    for (place, (method, path, sent)) in paths.iter().enumerate() {
        let (status, bytes) = answer(method, path, sent).await;
        assert!(!status.is_server_error(), "{method} {path}: {status}");
        assert_eq!(opened(), place + 1, "{method} {path}");
        let words = String::from_utf8_lossy(&bytes);
        let mark = if path.contains("photographs") { "JFIF" } else { &world.ours.to_string() };
        assert!(words.contains(mark), "{method} {path}: {words}");
    }
    let (status, read) = by_the_program().await;
    assert!(status == StatusCode::OK && read.contains("ice_ero"), "{read}");
    assert_eq!(opened(), paths.len() + 1);
    // The record takes no entry any more: none of them shows anything.
    let database = world.database();
    database
        .execute_batch("CREATE TRIGGER fail BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'a fault'); END")
        .unwrap();
    let hidden = |what: &str, status: StatusCode, bytes: &[u8]| {
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{what}");
        let words = String::from_utf8_lossy(bytes);
        for word in ["a note about someone", "Rikers", "ice_ero", "ICE", "JFIF", "Opened by", &world.ours.to_string()] {
            assert!(!words.contains(word), "{what} shows {word}: {words}");
        }
    };
    for (method, path, sent) in &paths {
        let (status, bytes) = answer(method, path, sent).await;
        hidden(path, status, &bytes);
    }
    let (status, read) = by_the_program().await;
    hidden("the interface", status, read.as_bytes());
    assert_eq!(opened(), paths.len() + 1);
    // And with that mended, all is shown again.
    database.execute_batch("DROP TRIGGER fail").unwrap();
    assert_eq!(world.ask(Some(desk()), "GET", &ours, "").await.0, StatusCode::OK);
    assert_eq!(opened(), paths.len() + 2);
}
