//! Test: every page of the desk asks what whoever is signed in may do, and what it answers to each role.

mod answered;
#[path = "../../tests/it/authenticator.rs"]
mod authenticator;
mod contacts;
mod disclosures;
mod duties;
mod entering;
mod findings;
mod guide;
mod intake;
mod listing;
mod lists;
mod people;
mod photographs;
mod signed;
mod systems;
mod taps;
mod together;
mod unasked;
mod unopened;

use std::sync::Arc;

use axum::{
    Router,
    body::Body as Sent,
    http::{Request, StatusCode, header},
    routing::get,
};
use jiff::Timestamp;
use law::AgencyId;
use metrics_exporter_prometheus::PrometheusBuilder;
use record::{
    Actor, Body, Channel, Claim, EntryId, OutsideRequest, Post, Receiver, RequestId, Requester, RequesterKind, Role,
    Source, StaffId, Told, When,
};
use tower::ServiceExt as _;

use super::{
    Desk, Particulars, follow::Follower, guard, passkeys, photographs::Keep, router, session, session::Account, staffed,
};
use crate::{
    photograph::PhotographKey,
    report::overdue::Overdue,
    store::{
        Group, Lane, Sqlite, Store,
        hooks::Hooks,
        people::{Member, MemberChange, People, Ticket, TicketKind},
        photographs::Photographs,
        systems::Systems,
        unrecorded::UnrecordedContacts,
    },
    words::Words,
};

/// A desk with a request that DOC was asked at one site, and one that the NYPD was asked.
struct World {
    desk: Arc<Desk>,
    store: Arc<dyn Store>,
    router: Router,
    photographs: Arc<dyn Photographs>,
    ours: RequestId,
    theirs: RequestId,
    _folder: tempfile::TempDir,
}

fn requested(id: u8, agency: &str, site: Option<&str>) -> (RequestId, record::Entry) {
    let request = RequestId::from_bytes([id; 16]);
    let body = Body::Requested(Box::new(OutsideRequest {
        id: request,
        received: When::Day("2026-06-15".parse().unwrap()),
        channel: Channel::Telephone,
        requester: Requester {
            id: "ice_ero".into(),
            kind: RequesterKind::Federal,
            agency: "ICE".to_owned(),
            unit: None,
            officer: None,
        },
        receiver: Receiver { agency: agency.into(), site: site.map(str::to_owned), employee: None },
        claim: Claim::NotSaid,
        acts: vec!["hold".into()],
        information: Vec::new(),
        documents: Vec::new(),
        detainer: None,
        person: None,
        statute: "unknown".into(),
        statute_as_stated: None,
        note: Some("a note about someone".into()),
        supervisor: Told::Unknown,
        counsel: Told::Unknown,
    }));
    let by = Actor::Program { name: "test".to_owned() };
    let entry =
        record::Entry { id: EntryId::from_bytes([id; 16]), at: Timestamp::UNIX_EPOCH, by, source: Source::Desk, body };
    (request, entry)
}

impl World {
    fn new() -> Self {
        Self::with(None)
    }

    /// With passkeys for this machine, which limit sessions to half an hour unused and an hour in all.
    fn with_passkeys() -> Self {
        let limits = passkeys::Limits { idle_seconds: 1800, longest_seconds: 3600 };
        let origin = "http://localhost".parse().unwrap();
        Self::with(Some(passkeys::Passkeys::new(&origin, limits).unwrap()))
    }

    fn with(passkeys: Option<passkeys::Passkeys>) -> Self {
        Self::of(passkeys, Vec::new(), crate::pack::falsified())
    }

    /// Under this pack.
    fn on(pack: law::Pack) -> Self {
        Self::of(None, Vec::new(), pack)
    }

    /// With packs that are not law in force.
    fn beside(passkeys: Option<passkeys::Passkeys>, overlays: Vec<Arc<law::Pack>>) -> Self {
        Self::of(passkeys, overlays, crate::pack::falsified())
    }

    fn of(passkeys: Option<passkeys::Passkeys>, overlays: Vec<Arc<law::Pack>>, pack: law::Pack) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap());
        let (lane, people) = (Arc::clone(&store) as Arc<dyn Lane>, Arc::clone(&store) as Arc<dyn People>);
        let (systems, hooks) = (Arc::clone(&store) as Arc<dyn Systems>, Arc::clone(&store) as Arc<dyn Hooks>);
        let kept = Arc::clone(&store) as Arc<dyn Photographs>;
        let photographs = Keep::new(Arc::clone(&kept), Some(PhotographKey::from_bytes([5; 32])));
        let photographs = photographs.with_patience(std::time::Duration::from_millis(200));
        let unrecorded = Arc::clone(&store) as Arc<dyn UnrecordedContacts>;
        let store: Arc<dyn Store> = Arc::new(Group::new(store).unwrap());
        let (ours, one) = requested(1, "DOC", Some("Rikers"));
        let (theirs, other) = requested(2, "NYPD", None);
        store.commit("test", vec![one.into(), other.into()]).unwrap();
        let log = Follower::start(Arc::clone(&store), folder.path(), None).unwrap();
        let particulars = Particulars {
            contacts: Default::default(),
            city: None,
            invented: false,
            persons: [3; 32],
            filings: folder.path().join("filings"),
            overdue: Arc::new(Overdue::new(Arc::clone(&store), lane, 7)),
            people,
            systems,
            hooks,
            hook_keys: folder.path().join("keys"),
            passkeys,
            provider: None,
            photographs,
            unrecorded,
        };
        let pack = Arc::new(pack);
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let desk = Desk::new(Words::new("en"), pack, Arc::clone(&store), log, metrics, particulars).unwrap();
        let desk = Arc::new(desk.with_overlays(overlays));
        let router = router(Arc::clone(&desk), "127.0.0.1:80".parse().unwrap());
        Self { desk, store, router, photographs: kept, ours, theirs, _folder: folder }
    }

    fn account(role: Role, site: Option<&str>) -> Account {
        let agency = AgencyId::new("DOC");
        Account { site: site.map(str::to_owned), ..Account::development("A. Someone", &agency, role) }
    }

    /// Signed in by a name; with passkeys, as a member in this post.
    fn cookie_of(&self, account: Account) -> String {
        if self.desk.passkeys.is_none() {
            return format!("{}={}", session::COOKIE, self.desk.open_development(&account).unwrap());
        }
        let post = Post { role: account.role, agency: account.agency.clone(), site: account.site.clone() };
        let id = account.staff.parse().unwrap_or_else(|_| StaffId::from_bytes(self.desk.random().unwrap()));
        let mut member = self.desk.people.member(&id).unwrap().unwrap_or_else(|| Member {
            id,
            name: account.name.clone(),
            agency: account.agency.clone(),
            posts: Vec::new(),
            passkeys: Vec::new(),
            bound: None,
            changes: Vec::new(),
            version: 0,
        });
        member.posts.push(post.clone());
        self.desk.people.change(changed(&member, false)).unwrap();
        let member = self.desk.people.member(&id).unwrap().unwrap();
        let token = self.desk.open_session(&member, &post, passkeys::now() + 3600).unwrap().unwrap();
        format!("{}={token}", passkeys::COOKIE)
    }

    async fn ask(&self, account: Option<Account>, method: &str, path: &str, form: &str) -> (StatusCode, String) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, if self.desk.passkeys.is_some() { "localhost" } else { "127.0.0.1" })
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(account) = account {
            request = request.header(header::COOKIE, self.cookie_of(account));
        }
        let request = request.body(Sent::from(form.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, to.unwrap_or_else(|| String::from_utf8(bytes.to_vec()).unwrap()))
    }

    /// Every page with its variables filled in, so that it finds DOC's request, a filing, a figure.
    fn paths(&self) -> Vec<String> {
        let fill = |path: &str| {
            [
                ("{id}", self.ours.to_string().as_str()),
                ("{entry}", EntryId::from_bytes([9; 16]).to_string().as_str()),
                ("{section}", "9-131"),
                ("{period}", "FY2016"),
                ("{quarter}", "2026Q2"),
                ("{form}", "html"),
                ("{table}", "0"),
                ("{row}", "0"),
                ("{column}", "0"),
            ]
            .iter()
            .fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
        };
        staffed().into_iter().map(|(path, _)| fill(path)).collect()
    }

    /// Who is said to have opened requests, in the order of the record.
    fn readings(&self) -> Vec<(RequestId, String)> {
        let all = self.store.entries(0, 1000).unwrap();
        let reading = |stored: &crate::store::Stored| match stored.entry() {
            Some(record::Entry { by: Actor::Staff { name, role, .. }, body: Body::Read(reading), .. }) => {
                Some((reading.request?, format!("{} as {}", name.reveal(), role.word())))
            }
            _ => None,
        };
        all.iter().filter_map(reading).collect()
    }
}

#[tokio::test]
async fn every_page_asks_what_one_may_do_and_leads_to_the_sign_in_whoever_is_not() {
    let world = World::new();
    for path in world.paths() {
        for method in ["GET", "POST"] {
            let (status, to) = world.ask(None, method, &path, "nonce=x").await;
            let unknown = status == StatusCode::METHOD_NOT_ALLOWED;
            // What a form sent is not recorded, which the sign-in page says; nothing of the form is in its address.
            let sign_in = if method == "POST" { "/sign-in?told=unsent" } else { "/sign-in" };
            assert!(unknown || (status == StatusCode::SEE_OTHER && to == sign_in), "{method} {path}: {status} {to}");
            for role in Role::ALL {
                let (status, page) =
                    world.ask(Some(World::account(role, None)), method, &path, "act=hold&nonce=x").await;
                // A page that did not ask would be a failure of ours (500).
                assert!(!status.is_server_error(), "{method} {path} as {}: {status} {page}", role.word());
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_does_not_ask_is_not_shown() {
    let world = World::new();
    let forgetful = Router::new()
        .route("/forgetful", get(|_: Account| async { "a person's record" }))
        .route(
            "/asks",
            get(|axum::extract::State(desk): axum::extract::State<Arc<Desk>>, account: Account| async move {
                let _ = desk.may(&account, crate::access::Action::ReadPeople, &crate::access::Resource::City);
                "asked"
            }),
        )
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&world.desk), guard::asked))
        .with_state(Arc::clone(&world.desk));
    for (path, expected) in [("/forgetful", StatusCode::INTERNAL_SERVER_ERROR), ("/asks", StatusCode::OK)] {
        let token = world.desk.open_development(&World::account(Role::Desk, None)).unwrap();
        let request = Request::get(path).header(header::COOKIE, format!("{}={token}", session::COOKIE));
        let response = forgetful.clone().oneshot(request.body(Sent::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), expected, "{path}");
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("a person's record"));
    }
}

#[tokio::test]
async fn an_administrator_sees_no_case_and_oversight_changes_nothing() {
    let world = World::new();
    // Nobody's own page under a development account; who signs in is an administrator's to see.
    for path in world.paths().into_iter().filter(|path| path != "/people") {
        for method in ["GET", "POST"] {
            let (status, page) =
                world.ask(Some(World::account(Role::Administrator, None)), method, &path, "act=hold").await;
            assert!(
                matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED),
                "{method} {path}: {status}"
            );
            assert!(!page.contains("a note about someone"), "{method} {path}");
        }
        // Oversight looks for requests, takes the list and keeps views of its own by forms, which change nothing of the record but by the
        // entry that says so (`listing`).
        if path.starts_with("/requests/") && !path.contains(&world.ours.to_string()) {
            continue;
        }
        let (status, _) = world.ask(Some(World::account(Role::Oversight, None)), "POST", &path, "act=hold").await;
        assert!(
            matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED),
            "POST {path} as oversight: {status}"
        );
    }
    assert_eq!(world.readings(), Vec::new(), "a refusal opens nothing");
    assert_eq!(world.store.count().unwrap(), 2);
    let (status, to) = world.ask(Some(World::account(Role::Oversight, None)), "GET", "/", "").await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/requests"), "whoever does not ask begins elsewhere");
}

#[tokio::test]
async fn opening_a_request_is_an_entry_before_the_page_is_shown_and_a_list_is_none() {
    let world = World::new();
    let (ours, theirs) = (format!("/requests/{}", world.ours), format!("/requests/{}", world.theirs));
    let (status, list) = world.ask(Some(World::account(Role::Desk, None)), "GET", "/requests", "").await;
    assert!(status == StatusCode::OK && list.contains(&ours) && !list.contains("a note about someone"), "{list}");
    assert_eq!(world.readings(), Vec::new());
    let (status, page) = world.ask(Some(World::account(Role::Desk, None)), "GET", &ours, "").await;
    assert!(status == StatusCode::OK && page.contains("a note about someone"), "{page}");
    // Another agency's is not found, and not opened; those who read every agency's open it.
    assert_eq!(world.ask(Some(World::account(Role::Counsel, None)), "GET", &theirs, "").await.0, StatusCode::NOT_FOUND);
    for role in [Role::LawDepartment, Role::Oversight] {
        let (status, page) = world.ask(Some(World::account(role, None)), "GET", &theirs, "").await;
        assert!(status == StatusCode::OK && !page.contains("action=\"/requests/"), "{page}");
        // The second sees that the first was there.
        let seen = page.contains("Opened by A. Someone, Law Department, DOC");
        assert_eq!(seen, role == Role::Oversight, "{page}");
        let (status, list) = world.ask(Some(World::account(role, None)), "GET", "/requests?agency=NYPD", "").await;
        assert!(status == StatusCode::OK && list.contains(&theirs), "{list}");
    }
    // A form that is refused shows the page again, which is one more.
    let done = format!("{ours}/done");
    let refused = world.ask(Some(World::account(Role::Desk, None)), "POST", &done, "deed=refused").await;
    assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
    let by = |role: &str| format!("A. Someone as {role}");
    assert_eq!(
        world.readings(),
        [
            (world.ours, by("desk")),
            (world.theirs, by("law_department")),
            (world.theirs, by("oversight")),
            (world.ours, by("desk")),
        ]
    );
}

/// As many as a program leaves in an hour or two that asks for a request every minute.
#[tokio::test]
async fn a_request_that_was_opened_often_shows_the_newest_and_the_rest_on_their_own_page() {
    let world = World::new();
    let ours = format!("/requests/{}", world.ours);
    let desk = || Some(World::account(Role::Desk, None));
    let rows = |page: &str| page.matches("Opened by A. Someone, Desk, DOC").count();
    for opened in 0..10 {
        let (_, page) = world.ask(desk(), "GET", &ours, "").await;
        assert_eq!(rows(&page), opened, "all that were there");
        assert_eq!(page.contains("/readings\""), opened > 0, "{page}");
    }
    let reading = |number: u32| {
        let reading = record::Reading::of(world.ours);
        let by = Actor::System {
            name: "Jail management".into(),
            system: record::SystemId::from_bytes([3; 16]),
            agency: "DOC".into(),
        };
        let id = EntryId::from_bytes(u128::from(number + 1000).to_be_bytes());
        record::Entry { id, at: Timestamp::UNIX_EPOCH, by, source: Source::Desk, body: Body::Read(reading) }
    };
    let (_, page) = world.ask(desk(), "GET", &ours, "").await;
    assert_eq!(rows(&page), 10);
    let many = (0..150).map(|number| reading(number).into()).collect();
    world.store.commit("open a request by the interface", many).unwrap();
    let (_, page) = world.ask(desk(), "GET", &ours, "").await;
    let programs = |page: &str| page.matches("Opened by the program Jail management, DOC").count();
    assert_eq!((programs(&page), rows(&page)), (10, 0), "the newest ten, of 161");
    let all = format!("{ours}/readings");
    assert!(page.contains(&format!("href=\"{all}\"")), "{page}");

    let (status, first) = world.ask(desk(), "GET", &all, "").await;
    assert_eq!((status, programs(&first), rows(&first)), (StatusCode::OK, 99, 1), "the page before, and the programs");
    let older = first.split(&format!("{all}?before=")).nth(1).unwrap().split('"').next().unwrap();
    let (_, last) = world.ask(desk(), "GET", &format!("{all}?before={older}"), "").await;
    assert_eq!((programs(&last), rows(&last), last.contains("?before=")), (51, 11, false));
    assert!(last.contains("1969-12-31 19:00"), "when, by the city's clock: {last}");
    let (_, none) = world.ask(desk(), "GET", &format!("{all}?before=0"), "").await;
    assert!(none.contains("Nobody is on this page."), "{none}");
    let before = world.readings().len();
    for bad in ["x", "-1", "1e3", ""] {
        let (status, page) = world.ask(desk(), "GET", &format!("{all}?before={bad}"), "").await;
        assert!(status == StatusCode::BAD_REQUEST && page.contains("Go back to the request"), "{bad}: {page}");
    }
    // Whoever may not read the request does not learn who did, and the list opens nothing.
    let theirs = format!("/requests/{}/readings", world.theirs);
    assert_eq!(world.ask(desk(), "GET", &theirs, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.readings().len(), before);
}

#[tokio::test]
async fn whoever_works_at_one_site_sees_and_records_for_that_site_alone() {
    let world = World::new();
    let ours = format!("/requests/{}", world.ours);
    let at = |site| Some(World::account(Role::Desk, Some(site)));
    assert_eq!(world.ask(at("Rikers"), "GET", &ours, "").await.0, StatusCode::OK);
    assert_eq!(world.ask(at("Brooklyn"), "GET", &ours, "").await.0, StatusCode::NOT_FOUND);
    let (status, list) = world.ask(at("Brooklyn"), "GET", "/requests", "").await;
    assert!(status == StatusCode::OK && !list.contains(&ours), "{list}");
    let (status, _) = world.ask(at("Brooklyn"), "GET", "/requests?agency=NYPD", "").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    // What is counted of the whole agency, with the ids of its requests, is for those who see all of it.
    for path in ["/findings", "/statements/2026Q2", "/statements/2026Q2/html", "/statements/2026Q2/0/0/0"] {
        assert_eq!(world.ask(at("Rikers"), "GET", path, "").await.0, StatusCode::FORBIDDEN, "{path}");
        let whole = world.ask(Some(World::account(Role::Desk, None)), "GET", path, "").await.0;
        assert_ne!(whole, StatusCode::FORBIDDEN, "{path}");
    }
    let (_, list) = world.ask(at("Rikers"), "GET", "/requests", "").await;
    assert!(!list.contains("/findings"), "{list}");
    let form = format!("act=hold&requester=ice_ero&nonce={}&site=", "0".repeat(32));
    let (status, page) = world.ask(at("Brooklyn"), "POST", "/requests", &format!("{form}Rikers")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    assert!(page.contains("Your role (Desk) does not do this here."), "{page}");
    let (status, to) = world.ask(at("Brooklyn"), "POST", "/requests", &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
    assert_eq!(world.ask(at("Brooklyn"), "GET", &to, "").await.0, StatusCode::OK);
    assert_eq!(world.ask(at("Rikers"), "GET", &to, "").await.0, StatusCode::NOT_FOUND);
}

/// A member with a post, and the cookie of a session that was opened and last used so long ago.
fn signed_in(world: &World, opened_ago: i64, used_ago: i64) -> (Member, String) {
    let post = Post { role: Role::Desk, agency: "DOC".into(), site: None };
    let member = Member {
        id: StaffId::from_bytes(world.desk.random().unwrap()),
        name: "C. Clerk".to_owned(),
        agency: "DOC".into(),
        posts: vec![post.clone()],
        passkeys: Vec::new(),
        bound: None,
        changes: Vec::new(),
        version: 0,
    };
    world.desk.people.change(changed(&member, false)).unwrap();
    let (token, hash) = passkeys::token().unwrap();
    let now = passkeys::now();
    let ticket = Ticket {
        hash,
        kind: TicketKind::Session,
        member: Some(member.id),
        data: serde_json::to_string(&post).unwrap(),
        seen: now - used_ago,
        until: now - opened_ago + 3600,
    };
    world.desk.people.issue(&ticket, 0).unwrap();
    (Member { version: 1, ..member }, format!("{}={token}", passkeys::COOKIE))
}

fn changed(member: &Member, ends_sessions: bool) -> MemberChange {
    MemberChange { act: "test", member: member.clone(), entries: Vec::new(), uses: None, makes: None, ends_sessions }
}

#[tokio::test]
async fn a_session_ends_unused_and_at_the_latest_and_with_the_post_that_it_acts_in() {
    let world = World::with_passkeys();
    let with = async |cookie: &str| {
        let request = Request::get("/gate").header(header::HOST, "localhost").header(header::COOKIE, cookie);
        world.router.clone().oneshot(request.body(Sent::empty()).unwrap()).await.unwrap().status()
    };
    let (in_, out) = (StatusCode::OK, StatusCode::SEE_OTHER);
    for (opened_ago, used_ago, expected) in
        [(0, 0, in_), (3500, 1700, in_), (3500, 1801, out), (3601, 0, out), (1801, 1801, out)]
    {
        let (_, cookie) = signed_in(&world, opened_ago, used_ago);
        assert_eq!(with(&cookie).await, expected, "opened {opened_ago} s ago, used {used_ago} s ago");
    }
    // Used in time, it goes on.
    let (member, cookie) = signed_in(&world, 2000, 1700);
    assert_eq!(with(&cookie).await, in_);
    let hash = passkeys::hash(cookie.split_once('=').unwrap().1);
    let seen = world.desk.people.ticket(TicketKind::Session, &hash, 0).unwrap().unwrap().seen;
    assert!(passkeys::now() - seen < 60, "{seen}");
    // Another session of the post goes on where the post does; a post that was taken ends it, even if the session was forgotten.
    let without = Member { posts: Vec::new(), ..member };
    world.desk.people.change(changed(&without, false)).unwrap();
    assert_eq!(with(&cookie).await, out);
    // A cookie of the development account, a forged one, one of the right length: nobody.
    let development = world.desk.open_development(&World::account(Role::Desk, None)).unwrap();
    for cookie in [
        format!("{}={development}", session::COOKIE),
        format!("{}={development}", passkeys::COOKIE),
        format!("{}=", passkeys::COOKIE),
        format!("{}={}", passkeys::COOKIE, hex::encode(hash)),
    ] {
        assert_eq!(with(&cookie).await, out, "{cookie}");
    }
}

#[tokio::test]
async fn a_development_session_is_the_stores_and_a_members_session_is_none() {
    let world = World::new();
    let cookie = world.cookie_of(World::account(Role::Desk, None));
    let with = async |method: &str, path: &str, cookie: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header(header::COOKIE, cookie);
        world.router.clone().oneshot(request.body(Sent::empty()).unwrap()).await.unwrap().status()
    };
    let (in_, out) = (StatusCode::OK, StatusCode::SEE_OTHER);
    assert_eq!(with("GET", "/gate", &cookie).await, in_);
    let hash = passkeys::hash(cookie.split_once('=').unwrap().1);
    let kept = world.desk.people.ticket(TicketKind::Session, &hash, 0).unwrap().unwrap();
    assert_eq!((kept.member, kept.until - kept.seen), (None, 12 * 60 * 60));
    // The token that a passkey has opened is no development account's, in whatever cookie it is sent.
    let (_, members) = signed_in(&world, 0, 0);
    let token = members.split_once('=').unwrap().1;
    assert_eq!(with("GET", "/gate", &format!("{}={token}", session::COOKIE)).await, out);
    // Signed out is signed out for every process that asks the store.
    assert_eq!(with("POST", "/sign-out", &cookie).await, out);
    assert_eq!(with("GET", "/gate", &cookie).await, out);
    assert!(world.desk.people.ticket(TicketKind::Session, &hash, 0).unwrap().is_none());
}

#[tokio::test]
async fn another_role_gives_a_session_no_longer_life_and_an_ended_one_none() {
    let world = World::with_passkeys();
    let (_, cookie) = signed_in(&world, 2000, 0);
    let hash = passkeys::hash(cookie.split_once('=').unwrap().1);
    let until = world.desk.people.ticket(TicketKind::Session, &hash, 0).unwrap().unwrap().until;
    let act = async |cookie: &str| {
        let request = Request::post("/account")
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie);
        let sent = request.body(Sent::from("what=act&role=desk&agency=DOC")).unwrap();
        let response = world.router.clone().oneshot(sent).await.unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (response.status(), header(header::LOCATION), header(header::SET_COOKIE))
    };
    let (status, to, new) = act(&cookie).await;
    assert_eq!((status, to.as_deref()), (StatusCode::SEE_OTHER, Some("/")));
    let new = new.unwrap();
    let token = new.split_once('=').unwrap().1.split_once(';').unwrap().0;
    let kept = world.desk.people.ticket(TicketKind::Session, &passkeys::hash(token), 0).unwrap().unwrap();
    assert_eq!(kept.until, until);
    assert_eq!(world.desk.people.ticket(TicketKind::Session, &hash, 0).unwrap(), None);
    let (status, to, new) = act(&cookie).await;
    assert_eq!((status, to.as_deref(), new), (StatusCode::SEE_OTHER, Some("/sign-in?told=unsent"), None));
}

#[tokio::test]
async fn where_anybody_signs_in_by_a_name_nobody_is_given_a_key_that_outlives_it() {
    let world = World::new();
    let form = "name=B.+Plant&role=administrator&site=";
    let (status, page) = world.ask(Some(World::account(Role::Administrator, None)), "POST", "/people", form).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    assert_eq!(world.desk.people.members().unwrap(), Vec::new());
    // Where people were added meanwhile, nobody is let in by a name any more.
    let sign_in = "name=A&agency=DOC&role=oversight";
    assert_eq!(world.ask(None, "POST", "/sign-in", sign_in).await.0, StatusCode::SEE_OTHER);
    signed_in(&world, 0, 0);
    assert_eq!(world.ask(None, "POST", "/sign-in", sign_in).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn under_another_of_our_names_a_page_leads_to_the_name_that_passkeys_are_for() {
    let world = World::with_passkeys();
    let at = async |host: &str, path: &str| {
        let request = Request::get(path).header(header::HOST, host).body(Sent::empty()).unwrap();
        let response = world.router.clone().oneshot(request).await.unwrap();
        (response.status(), response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned()))
    };
    let to = |to: &str| (StatusCode::SEE_OTHER, Some(to.to_owned()));
    assert_eq!(at("127.0.0.1:8123", "/sign-in").await, to("http://localhost:8123/sign-in"));
    assert_eq!(
        at("127.0.0.1:8123", "/sign-in?told=unsent").await,
        to("http://localhost:8123/sign-in?told=unsent"),
        "what became of a form is said there too"
    );
    assert_eq!(at("127.0.0.1:8123", "/sign-in?told=x").await, to("http://localhost:8123/sign-in"));
    assert_eq!(at("[::1]:8123", "/enrol").await, to("http://localhost:8123/enrol"));
    assert_eq!(at("localhost:8123", "/sign-in").await, (StatusCode::OK, None));
    assert_eq!(at("127.0.0.1", "/healthz").await.0, StatusCode::OK);
    assert_eq!(at("elsewhere.example", "/sign-in").await.0, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn whoever_was_signed_out_while_typing_is_told_that_nothing_was_recorded() {
    let told = "You were signed out, and what you sent just now was not recorded. Sign in and send it again. If you had sent it before, look first whether it is on the list.";
    for world in [World::new(), World::with_passkeys()] {
        let before = world.store.count().unwrap();
        let (_, to) = world.ask(None, "POST", "/requests", "act=hold&note=marigold").await;
        let (status, page) = world.ask(None, "GET", &to, "").await;
        assert!(status == StatusCode::OK && page.contains(told) && !page.contains("marigold"), "{page}");
        assert_eq!(world.store.count().unwrap(), before);
        // Whoever only came, or came by another word, is told nothing.
        for path in ["/sign-in", "/sign-in?told=unsent&x=1", "/sign-in?told=%3Cb%3E"] {
            let (status, page) = world.ask(None, "GET", path, "").await;
            assert!(status == StatusCode::OK && !page.contains(told), "{path}: {page}");
        }
    }
}

#[tokio::test]
async fn the_log_has_the_navigation_for_whoever_is_signed_in_and_says_where_it_is_served() {
    let world = World::new();
    let (status, page) = world.ask(Some(World::account(Role::Desk, None)), "GET", "/log", "").await;
    assert!(status == StatusCode::OK && page.contains("<nav ") && page.contains("href=\"/duties\""), "{page}");
    assert!(page.contains("vouchsafe verify http://127.0.0.1/log --key log.vkey"), "{page}");
    let (status, page) = world.ask(None, "GET", "/log", "").await;
    assert!(status == StatusCode::OK && !page.contains("<nav "), "{page}");
    // Where the desk has a name of its own, the log is served under it, whatever name it was asked under.
    let origin = "https://desk.city.example".parse().unwrap();
    let limits = passkeys::Limits { idle_seconds: 1800, longest_seconds: 3600 };
    let world = World::with(Some(passkeys::Passkeys::new(&origin, limits).unwrap()));
    let (_, page) = world.ask(None, "GET", "/log", "").await;
    assert!(page.contains("vouchsafe verify https://desk.city.example/log --key log.vkey"), "{page}");
}

#[tokio::test]
async fn with_passkeys_nobody_signs_in_by_a_name() {
    let world = World::with_passkeys();
    let (status, _) = world.ask(None, "POST", "/sign-in", "name=A&agency=DOC&role=oversight").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, page) = world.ask(None, "GET", "/sign-in", "").await;
    assert!(
        status == StatusCode::OK && !page.contains("name=\"role\"") && !page.contains("Development account"),
        "{page}"
    );
}
