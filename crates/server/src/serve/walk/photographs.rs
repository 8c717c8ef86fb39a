//! Test: photographs of papers through the pages: attached by whoever may, clean, once; opened by whoever opens the request, and noted.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use axum::{body::Bytes, http::HeaderMap};
use http_body_util::channel::Channel;
use record::{Erasure, ErasureKind, ErasureOrder, Photograph, PictureForm, Sha256Hex};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::{photograph::LARGEST_PICTURE_BYTES, serve::photographs::FORM_MAX_BYTES, store::Draft};

/// What nobody is to see of where a photograph was taken.
const PLACE: &[u8] = b"40.7128 -74.0060";

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], data].concat()
}

/// The maker of the device and its model, as a camera writes them.
const DEVICE: [&[u8]; 2] = [b"Fairphone Maker\0", b"Telephone 5\0"];

/// A JPEG of eight by eight points, with EXIF that holds a device, a place as GPS tags do and as words, and a comment; each number another
/// picture.
pub(super) fn jpeg(number: u8) -> Vec<u8> {
    // TIFF 6.0: one directory, with the device (tags 271 and 272) and what leads to that of GPS (tag 34853), which has a latitude in
    // degrees, minutes, seconds. Places are counted from `II`.
    let [maker, model] = DEVICE;
    let (gps_at, latitude_at, maker_at) = (50_u32, 68_u32, 92_u32);
    let words = |tag: &[u8], words: &[u8], at: u32| {
        [tag, b"\x02\0", &u32::try_from(words.len()).unwrap().to_le_bytes(), &at.to_le_bytes()].concat()
    };
    let rational = |number: u32| [number.to_le_bytes(), 1_u32.to_le_bytes()].concat();
    let exif = [
        b"Exif\0\0II*\0\x08\0\0\0",
        b"\x03\0".as_slice(),
        &words(b"\x0f\x01", maker, maker_at),
        &words(b"\x10\x01", model, maker_at + 16),
        b"\x25\x88\x04\0\x01\0\0\0",
        &gps_at.to_le_bytes(),
        &[0; 4],
        b"\x01\0\x02\0\x05\0\x03\0\0\0",
        &latitude_at.to_le_bytes(),
        &[0; 4],
        &rational(40),
        &rational(42),
        &rational(46),
        maker,
        model,
        PLACE,
    ]
    .concat();
    [
        b"\xff\xd8".as_slice(),
        &segment(0xe0, b"JFIF\0\x01\x02\x01\0\x48\0\x48\0\0"),
        &segment(0xe1, &exif),
        &segment(0xfe, PLACE),
        &segment(0xdb, &[[0].as_slice(), &[number; 64]].concat()),
        &segment(0xc0, b"\x08\0\x08\0\x08\x01\x01\x11\0"),
        &segment(0xc4, &[[0].as_slice(), &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0]].concat()),
        &segment(0xda, b"\x01\x01\0\0\x3f\0"),
        b"\x2a\x2a\x2a\xff\xd9",
    ]
    .concat()
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const BOUNDARY: &str = "----story";

/// A form as a browser sends it (RFC 7578): fields, then files each with a name and type that nobody looks at.
pub(super) fn form(fields: &[(&str, &str)], files: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for file in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"photograph\"; filename=\"maria-roe.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub(super) fn nonce(number: u8) -> String {
    format!("{number:02x}").repeat(16)
}

pub(super) fn desk() -> Account {
    World::account(Role::Desk, None)
}

impl World {
    /// As the server does when it starts: its store keeps photographs under this desk's key.
    pub(super) fn claim(&self) {
        assert!(self.photographs.claim_key(&PhotographKey::from_bytes([5; 32]).name()).unwrap());
    }

    async fn call(
        &self,
        account: Account,
        method: &str,
        path: &str,
        sent: Vec<u8>,
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .header(header::COOKIE, self.cookie_of(account));
        let response = self.router.clone().oneshot(request.body(Sent::from(sent)).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, headers, bytes.to_vec())
    }

    /// Sends the form of DOC's request; the status, and where it leads or what the page says.
    pub(super) async fn attach(&self, account: Account, sent: Vec<u8>) -> (StatusCode, String) {
        let path = format!("/requests/{}/photographs", self.ours);
        let (status, headers, bytes) = self.call(account, "POST", &path, sent).await;
        let to = headers.get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        (status, to.unwrap_or_else(|| String::from_utf8(bytes).unwrap()))
    }

    /// The form of DOC's request, of whoever has this cookie.
    fn asks(&self, cookie: &str, sent: Sent) -> Request<Sent> {
        let request = Request::post(format!("/requests/{}/photographs", self.ours))
            .header(header::HOST, "127.0.0.1")
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .header(header::COOKIE, cookie);
        request.body(sent).unwrap()
    }

    /// The photographs of DOC's request that the record names.
    pub(super) fn attached(&self) -> Vec<(EntryId, Photograph)> {
        let all = self.store.by_request(&self.ours).unwrap();
        let photograph = |stored: &crate::store::Stored| match &stored.entry()?.body {
            Body::Photographed(photograph) => Some((stored.id, (**photograph).clone())),
            _ => None,
        };
        all.iter().filter_map(photograph).collect()
    }

    fn folder(&self) -> &Path {
        self._folder.path()
    }

    /// The store's tables, as anybody who writes the database sees them.
    pub(super) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder().join("record.sqlite3")).unwrap()
    }
}

#[tokio::test]
async fn a_photograph_goes_in_with_its_place_and_comes_out_without_and_its_opening_is_noted() {
    let world = World::new();
    world.claim();
    let page = format!("/requests/{}", world.ours);
    let sent = form(&[("nonce", &nonce(1)), ("shows", "i200")], &[b"", &jpeg(1), &jpeg(2)]);
    let (status, to) = world.attach(desk(), sent).await;
    assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{page}?told=attached")));
    let attached = world.attached();
    assert_eq!(attached.len(), 2, "a file that was not chosen is none");
    let (entry, photograph) = &attached[0];
    assert_eq!((photograph.form, photograph.shows.as_ref().unwrap().as_str()), (PictureForm::Jpeg, "i200"));
    // Whoever may open the request sees that there are two, and opens one.
    let (status, shown) = world.ask(Some(World::account(Role::Counsel, None)), "GET", &page, "").await;
    assert!(status == StatusCode::OK && shown.contains(&format!("{page}/photographs/{entry}")), "{shown}");
    assert!(shown.contains("I-200") && !shown.contains("<img") && !shown.contains("maria-roe"), "{shown}");
    assert!(!shown.contains("type=\"file\""), "counsel attaches none");
    let (_, shown) = world.ask(Some(desk()), "GET", &format!("{page}?photographs=shown"), "").await;
    assert!(shown.contains("at most 10 MB each and 40 MB at once, 20 for one request."), "{shown}");
    assert!(shown.contains(&format!("<img src=\"{page}/photographs/{entry}\"")), "{shown}");
    let before = world.readings().len();
    let path = format!("{page}/photographs/{entry}");
    let (status, headers, bytes) = world.call(World::account(Role::Counsel, None), "GET", &path, Vec::new()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(bytes.starts_with(b"\xff\xd8") && has(&bytes, b"\x2a\x2a\x2a"), "the picture itself stays");
    assert!(!has(&bytes, PLACE) && !has(&bytes, b"\x25\x88"), "no place");
    for device in DEVICE {
        assert!(has(&jpeg(1), device) && !has(&bytes, &device[..device.len() - 1]), "no device");
    }
    assert_eq!(photograph.content, Sha256Hex::of(Sha256::digest(&bytes).into()));
    assert_eq!(photograph.bytes, bytes.len() as u64);
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    assert_eq!(said("content-type"), "image/jpeg");
    assert_eq!(said("cache-control"), "no-store");
    assert_eq!(said("x-content-type-options"), "nosniff");
    assert_eq!(said("content-disposition"), format!("inline; filename=\"{entry}.jpeg\""));
    assert_eq!(said("content-security-policy"), "default-src 'none'; sandbox; frame-ancestors 'none'");
    let opened = world.store.entries(0, 1000).unwrap().pop().unwrap();
    let record::Entry { by: Actor::Staff { name, role, .. }, body: Body::Read(reading), .. } = opened.entry().unwrap()
    else {
        panic!("{opened:?}")
    };
    assert_eq!(
        (name.reveal(), *role, reading.request, reading.photograph),
        ("A. Someone", Role::Counsel, Some(world.ours), Some(*entry))
    );
    assert_eq!(world.readings().len(), before + 1);
    let (_, shown) = world.ask(Some(desk()), "GET", &page, "").await;
    assert!(shown.contains("Photograph opened by A. Someone, Counsel, DOC"), "{shown}");
    // Nothing of the picture, its place or its name lies in any file of the server's.
    for file in files(world.folder()) {
        // The log's follower writes beside: what it renamed meanwhile stands under its other name.
        let bytes = match std::fs::read(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            read => read.unwrap(),
        };
        for secret in [PLACE, DEVICE[0], DEVICE[1], b"maria-roe", b"\x2a\x2a\x2a\xff\xd9"] {
            assert!(!has(&bytes, secret), "{}", file.display());
        }
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let below = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    below.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_photograph_of_a_real_camera_comes_out_without_its_gps() {
    let data = std::env::var_os("VOUCHSAFE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let Ok(file) = std::fs::read(data.join("media/exif-samples__DSCN0010.jpg")) else {
        println!("skipped: shared data not found (a real camera's photograph)");
        return;
    };
    assert!(has(&file, b"NIKON") && has(&file, b"COOLPIX"), "EXIF with a place, as `metadata_truth.json` says");
    let world = World::new();
    world.claim();
    assert_eq!(world.attach(desk(), form(&[("nonce", &nonce(1))], &[&file])).await.0, StatusCode::SEE_OTHER);
    let (entry, photograph) = world.attached().pop().unwrap();
    assert_eq!(photograph.shows, None);
    let path = format!("/requests/{}/photographs/{entry}", world.ours);
    let (status, _, bytes) = world.call(desk(), "GET", &path, Vec::new()).await;
    assert_eq!((status, bytes.len() as u64), (StatusCode::OK, photograph.bytes));
    assert!(bytes.len() > file.len() / 2, "the picture is all there: {} of {}", bytes.len(), file.len());
    for told in [b"NIKON".as_slice(), b"COOLPIX", b"2008:10:23", b"WGS-84", b"\x88\x25\0\x04", b"\x25\x88\x04\0"] {
        assert!(!has(&bytes, told), "{told:?}");
    }
}

#[tokio::test]
async fn a_form_sent_twice_attaches_once_and_one_that_is_no_photograph_nothing() {
    let world = World::new();
    world.claim();
    let page = format!("/requests/{}", world.ours);
    let sent = || form(&[("nonce", &nonce(1)), ("shows", "")], &[&jpeg(1)]);
    for told in ["attached", "attached-before", "attached-before"] {
        let (status, to) = world.attach(desk(), sent()).await;
        assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{page}?told={told}")));
    }
    // A page that Back restores has the same number: another picture is attached, the same one once, however often it is in the form.
    let pages = [jpeg(1), jpeg(2), jpeg(3)];
    let pages: Vec<&[u8]> = pages.iter().map(Vec::as_slice).collect();
    for (files, told, has) in [
        (&pages[1..2], "attached", 2),
        (&pages[..], "attached", 3),
        (&pages[..], "attached-before", 3),
        (&[pages[2], pages[2]], "attached-before", 3),
    ] {
        let (status, to) = world.attach(desk(), form(&[("nonce", &nonce(1))], files)).await;
        assert_eq!((status, to, world.attached().len()), (StatusCode::SEE_OTHER, format!("{page}?told={told}"), has));
    }
    // As another paper, or under another number, it is attached again.
    let again = form(&[("nonce", &nonce(1)), ("shows", "i200")], &[&jpeg(3), &jpeg(3)]);
    assert!(world.attach(desk(), again).await.1.ends_with("?told=attached"));
    assert_eq!(world.attached().len(), 4);
    let keys = world
        .database()
        .prepare("SELECT key FROM done_key")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<Vec<String>, _>>()
        .unwrap();
    for (_, photograph) in world.attached() {
        assert!(
            !keys.iter().any(|key| key.contains(photograph.content.as_str())),
            "keys stay when a picture is erased"
        );
    }
    let number = nonce(2);
    let named = |files: &[&[u8]]| form(&[("nonce", &number), ("shows", "i200")], files);
    let film = b"\0\0\0\x18ftypisom\0\0\0\0isommp42";
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let many: Vec<Vec<u8>> = (10..31).map(jpeg).collect();
    let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    for (sent, sentence) in [
        (named(&[b"%PDF-1.7 a warrant"]), "A file is no photograph"),
        (named(&[&jpeg(3), film]), "A file is no photograph"),
        (named(&[svg]), "A file is no photograph"),
        (named(&[&jpeg(3)[..40]]), "A photograph is damaged"),
        (named(&[b"", b""]), "No photograph was chosen"),
        (named(&many[..20]), "Attached so far: 4. A request can have 20"),
        (named(&many), "Attached so far: 4. A request can have 20"),
        (form(&[], &[&jpeg(3)]), "start again"),
        (form(&[("nonce", &number), ("shows", "birth_certificate")], &[&jpeg(3)]), "choose from the list"),
    ] {
        let (status, page) = world.attach(desk(), sent).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{sentence}");
        assert!(page.to_lowercase().contains(&sentence.to_lowercase()), "{sentence}: {page}");
        let chosen = page.contains("<option value=\"i200\" selected>");
        assert_eq!(chosen, !sentence.starts_with("choose") && !sentence.starts_with("start"), "{sentence}");
    }
    for broken in [b"no form at all".to_vec(), named(&[&jpeg(3)])[..300].to_vec()] {
        let (status, page) = world.attach(desk(), broken).await;
        assert!(status == StatusCode::BAD_REQUEST && page.contains("did not arrive whole"), "{status} {page}");
    }
    assert_eq!(world.attached().len(), 4, "all of a form or nothing");
}

#[tokio::test]
async fn what_is_too_much_is_read_to_its_end_and_refused_with_what_to_do() {
    let world = World::new();
    world.claim();
    let large = [jpeg(1), vec![0; LARGEST_PICTURE_BYTES]].concat();
    let just = [jpeg(1), vec![0; LARGEST_PICTURE_BYTES - jpeg(1).len()]].concat();
    let number = nonce(1);
    let named = |files: &[&[u8]]| form(&[("nonce", &number)], files);
    // The head of a part that never ends is held by whoever parses it.
    let endless = [named(&[])[..40].to_vec(), b"x".repeat(FORM_MAX_BYTES)].concat();
    for sent in [named(&[&large]), named(&[&just, &just, &just, &just, &just]), endless] {
        let (status, page) = world.attach(desk(), sent).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(page.contains("has more than 10 MB, or all of them together more than 40 MB"), "{page}");
    }
    assert_eq!(world.attached(), []);
    // What was held of them is given back.
    assert_eq!(world.attach(desk(), form(&[("nonce", &nonce(1))], &[&just])).await.0, StatusCode::SEE_OTHER);
    assert_eq!(world.attached()[0].1.bytes, jpeg(1).len() as u64 - 4 - exif_bytes() - PLACE.len() as u64 - 4);
}

/// How long the EXIF of [`jpeg`] is.
fn exif_bytes() -> u64 {
    let file = jpeg(1);
    let at = file.windows(2).position(|two| two == b"\xff\xe1").unwrap();
    u64::from(u16::from_be_bytes([file[at + 2], file[at + 3]])) - 2
}

#[tokio::test]
async fn whose_session_ends_while_a_form_comes_in_attaches_nothing() {
    let world = World::new();
    world.claim();
    let sent = form(&[("nonce", &nonce(1))], &[&jpeg(1)]);
    for ends in [true, false] {
        let cookie = world.cookie_of(desk());
        let (mut to, body) = Channel::<Bytes, std::io::Error>::new(1);
        let asked = tokio::spawn(world.router.clone().oneshot(world.asks(&cookie, Sent::new(body))));
        let mut parts = sent.chunks(sent.len().div_ceil(4)).map(Bytes::copy_from_slice);
        // There is room for one: when the third is taken, the first was read, by whoever was let in.
        for part in parts.by_ref().take(3) {
            to.send_data(part).await.unwrap();
        }
        if ends {
            let out = Request::post("/sign-out").header(header::HOST, "127.0.0.1").header(header::COOKIE, &cookie);
            let out = world.router.clone().oneshot(out.body(Sent::empty()).unwrap()).await.unwrap();
            assert_eq!(out.status(), StatusCode::SEE_OTHER);
        }
        for part in parts {
            to.send_data(part).await.unwrap();
        }
        drop(to);
        let answer = asked.await.unwrap().unwrap();
        let led = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!((led == session::UNSENT, world.attached().len()), (ends, usize::from(!ends)), "{led}");
    }
}

#[tokio::test]
async fn a_form_that_comes_byte_by_byte_is_attached() {
    let world = World::new();
    world.claim();
    let sent = form(&[("nonce", &nonce(1))], &[&[jpeg(1), vec![0; 200_000]].concat()]);
    let (mut to, body) = Channel::<Bytes, std::io::Error>::new(64);
    let asked = world.router.clone().oneshot(world.asks(&world.cookie_of(desk()), Sent::new(body)));
    let send = async move {
        for byte in &sent {
            to.send_data(Bytes::copy_from_slice(&[*byte])).await.unwrap();
        }
    };
    let (answer, ()) = tokio::join!(asked, send);
    assert_eq!((answer.unwrap().status(), world.attached().len()), (StatusCode::SEE_OTHER, 1));
}

#[tokio::test]
async fn who_hangs_up_gives_no_room_back_before_the_work_ends() {
    let world = World::new();
    world.claim();
    let all = world.desk.photographs.room_left();
    let request = world.asks(&world.cookie_of(desk()), Sent::from(form(&[("nonce", &nonce(1))], &[&jpeg(1)])));
    // As long as another writes, the work waits.
    let other = world.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let asked = tokio::spawn(world.router.clone().oneshot(request));
    while world.desk.photographs.room_left() == all {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled(), "it was still at work");
    assert!(world.desk.photographs.room_left() < all, "what is sealed is held");
    other.execute_batch("ROLLBACK").unwrap();
    while world.desk.photographs.room_left() < all {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(world.attached().len(), 1, "it was kept, and the form sent again finds it");
}

#[tokio::test]
async fn whoever_may_not_open_the_request_finds_no_photograph_and_attaches_none() {
    let world = World::new();
    world.claim();
    let sent = || form(&[("nonce", &nonce(1))], &[&jpeg(1)]);
    assert_eq!(world.attach(desk(), sent()).await.0, StatusCode::SEE_OTHER);
    let (entry, _) = world.attached().pop().unwrap();
    let path = format!("/requests/{}/photographs/{entry}", world.ours);
    let opens = async |account: Account| world.call(account, "GET", &path, Vec::new()).await.0;
    for role in Role::ALL {
        let may = role != Role::Administrator;
        let expected = if may { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(opens(World::account(role, None)).await, expected, "{}", role.word());
        let attaches = [Role::Desk, Role::Supervisor, Role::PrivacyOfficer, Role::Records].contains(&role);
        let (status, _) = world.attach(World::account(role, None), form(&[("nonce", &nonce(9))], &[&jpeg(1)])).await;
        assert_eq!(status == StatusCode::SEE_OTHER, attaches, "{}: {status}", role.word());
    }
    assert_eq!(opens(World::account(Role::Desk, Some("Rikers"))).await, StatusCode::OK);
    assert_eq!(opens(World::account(Role::Desk, Some("Brooklyn"))).await, StatusCode::NOT_FOUND);
    let other = |role| Account::development("O. Ther", &AgencyId::new("NYPD"), role);
    assert_eq!(opens(other(Role::Desk)).await, StatusCode::NOT_FOUND);
    assert_eq!(opens(other(Role::Counsel)).await, StatusCode::NOT_FOUND);
    assert_eq!(opens(other(Role::Oversight)).await, StatusCode::OK);
    assert_eq!(world.attach(other(Role::Desk), sent()).await.0, StatusCode::NOT_FOUND);
    // Ours under the request of another agency, whose desk may open that one: not found either.
    let theirs = format!("/requests/{}/photographs/{entry}", world.theirs);
    assert_eq!(world.call(other(Role::Desk), "GET", &theirs, Vec::new()).await.0, StatusCode::NOT_FOUND);
    for no in ["en-000000000000000000000000000", "x", &EntryId::from_bytes([1; 16]).to_string()] {
        let path = format!("/requests/{}/photographs/{no}", world.ours);
        assert_eq!(world.call(desk(), "GET", &path, Vec::new()).await.0, StatusCode::NOT_FOUND, "{no}");
    }
}

#[tokio::test]
async fn where_too_many_go_out_none_is_opened_until_one_is_sent() {
    let world = World::new();
    world.claim();
    assert_eq!(world.attach(desk(), form(&[("nonce", &nonce(1))], &[&jpeg(1)])).await.0, StatusCode::SEE_OTHER);
    let path = format!("/requests/{}/photographs/{}", world.ours, world.attached()[0].0);
    let (taken, readings) = (world.desk.photographs.out_taken(), world.readings().len());
    let (status, _, page) = world.call(desk(), "GET", &path, Vec::new()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(has(&page, b"Too many photographs are being opened just now"));
    assert_eq!(world.readings().len(), readings, "nothing was opened");
    drop(taken);
    let request = Request::get(&path).header(header::HOST, "127.0.0.1").header(header::COOKIE, world.cookie_of(desk()));
    let answer = world.router.clone().oneshot(request.body(Sent::empty()).unwrap()).await.unwrap();
    assert_eq!((answer.status(), world.readings().len()), (StatusCode::OK, readings + 1));
    let left = |world: &World| world.desk.photographs.out_left();
    let all = left(&World::new());
    assert_eq!(left(&world), all - 1, "held until it is sent");
    drop(answer);
    assert_eq!(left(&world), all);
}

#[tokio::test]
async fn what_was_swapped_cut_or_erased_is_not_shown() {
    let world = World::new();
    world.claim();
    let sent = form(&[("nonce", &nonce(1))], &[&jpeg(1), &jpeg(2), &jpeg(3)]);
    assert_eq!(world.attach(desk(), sent).await.0, StatusCode::SEE_OTHER);
    let ids: Vec<EntryId> = world.attached().iter().map(|(id, _)| *id).collect();
    let opens = async |id: &EntryId| {
        let path = format!("/requests/{}/photographs/{id}", world.ours);
        let (status, _, bytes) = world.call(desk(), "GET", &path, Vec::new()).await;
        (status, String::from_utf8_lossy(&bytes).into_owned())
    };
    let db = world.database();
    let seq = |id: &EntryId| i64::try_from(world.store.find(id).unwrap().unwrap().seq).unwrap();
    let readings = world.readings().len();
    // The first gets key and bytes of the second, whole; the second loses its last byte.
    let swap = "UPDATE photograph SET key = (SELECT key FROM photograph WHERE seq = ?2), bytes = (SELECT bytes FROM photograph WHERE seq = ?2) WHERE seq = ?1";
    assert_eq!(db.execute(swap, [seq(&ids[0]), seq(&ids[1])]).unwrap(), 1);
    let cut = "UPDATE photograph SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE seq = ?1";
    assert_eq!(db.execute(cut, [seq(&ids[1])]).unwrap(), 1);
    for id in &ids[..2] {
        let (status, page) = opens(id).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.contains("This photograph cannot be opened") && !page.contains('\u{fffd}'), "{page}");
    }
    assert_eq!(world.readings().len(), readings, "nothing was opened");
    assert_eq!(opens(&ids[2]).await.0, StatusCode::OK);
    let leaf = world.store.find(&ids[2]).unwrap().unwrap().leaf;
    let order = ErasureOrder {
        kind: ErasureKind::CourtOrder,
        reference: "Index No. 1/2026".to_owned(),
        dated: "2026-06-01".parse().unwrap(),
        asked_by: "A. Privacy".into(),
        approved_by: "B. Counsel".into(),
    };
    let body = Body::Erased(Box::new(Erasure { entry: ids[2], leaf, order }));
    let draft: Draft = world.desk.drafts(&desk(), vec![body]).unwrap().pop().unwrap();
    world.store.erase(draft).unwrap();
    let (status, page) = opens(&ids[2]).await;
    assert!(status == StatusCode::NOT_FOUND && page.contains("It may have been erased"), "{page}");
    let (_, page) = world.ask(Some(desk()), "GET", &format!("/requests/{}", world.ours), "").await;
    assert!(
        !page.contains(&format!("/photographs/{}", ids[2])) && page.contains(&format!("/photographs/{}", ids[1])),
        "{page}"
    );
}

#[tokio::test]
async fn under_another_key_nothing_is_attached() {
    let world = World::new();
    let (status, page) = world.attach(desk(), form(&[("nonce", &nonce(1))], &[&jpeg(1)])).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("does not have the key of those that are here"), "{page}");
    assert_eq!(world.attached(), []);
}
