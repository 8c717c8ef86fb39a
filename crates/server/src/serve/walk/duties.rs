//! Duties and hand-overs as each role meets them: seen, said to be done, looked after.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use axum::http::StatusCode;
use jiff::{Timestamp, ToSpan as _, civil::Date};
use law::{AgencyId, Decision, Facts, Layer, Outcome, PackRef, Question, decision::Duty as Named};
use record::{
    Actor, Body, CityInForce, Correction, Decided, Deed, Done, DutyKind, Entry, EntryId, Erasure, ErasureKind,
    ErasureOrder, Fulfilled, Leaf, RequestId, Role, Sha256Hex, Source, When,
    duty::{Duty, State},
    finding::{self, Finding, findings},
};

use super::World;
use crate::{
    serve::{duties::kept::Kept, findings as shown_findings, session::Account},
    store::{
        Committed, Draft, Erased, Prepared, SignedCheckpoint, Store, StoreError, Stored, SwapError,
        search::{Listed, Search, Undone},
    },
};

fn names(id: &str) -> Named {
    Named {
        id: id.into(),
        what: format!("do {id}").into(),
        citation: "§ 10-178(d)".into(),
        due: Some("at_once".into()),
        certain: true,
        hangs_on: Vec::new(),
    }
}

fn decided(request: RequestId, duties: &[&str]) -> Body {
    let decision = Decision {
        outcome: Outcome::Barred,
        layers: BTreeMap::from([(Layer::City, Outcome::Barred)]),
        provisions: [].into(),
        unmet: [].into(),
        next_questions: [].into(),
        ways_to_yes: [].into(),
        duties: duties.iter().map(|id| names(id)).collect(),
        filing_lines: [].into(),
        derived: Vec::new(),
        pack: PackRef {
            id: "nyc".into(),
            version: "1".into(),
            sha256: "".into(),
            read_until: "2026-08-21".parse().unwrap(),
        },
        on: "2026-06-15".parse().unwrap(),
        not_yet_read: [].into(),
        after_read_until: false,
        fault: None,
    };
    let question = Question {
        agency: "DOC".into(),
        act: "hold".into(),
        requester: "ice_ero".into(),
        statute_enforced: "civil_ina".into(),
        document: Vec::new(),
    };
    Body::Decided(Box::new(Decided { request, question, facts: Facts::new(), decision }))
}

impl World {
    /// Something that the record says, of now.
    pub(super) fn says(&self, body: Body) -> EntryId {
        let id = EntryId::from_bytes(self.desk.random().unwrap());
        let by = Actor::Program { name: "test".to_owned() };
        let entry = Entry { id, at: Timestamp::now(), by, source: Source::Desk, body };
        self.store.commit("test", vec![entry.into()]).unwrap();
        id
    }

    pub(super) fn erases(&self, entry: EntryId) {
        let leaf = self.store.find(&entry).unwrap().unwrap().leaf;
        let order = ErasureOrder {
            kind: ErasureKind::Sealing,
            reference: "CPL 160.50".to_owned(),
            dated: "2026-06-20".parse().unwrap(),
            asked_by: "A".into(),
            approved_by: "B".into(),
        };
        let by = Actor::Program { name: "test".to_owned() };
        let body = Body::Erased(Box::new(Erasure { entry, leaf, order }));
        let id = EntryId::from_bytes(self.desk.random().unwrap());
        let draft = Entry { id, at: Timestamp::now(), by, source: Source::Desk, body };
        self.store.erase(draft.into()).unwrap();
    }

    /// What is owed of one's own kind, read on.
    fn owed(&self, kind: DutyKind) -> Vec<Duty> {
        self.desk.owed.read_on(&*self.store, self.desk.now().date()).unwrap();
        self.desk.owed.owed(self.desk.now(), |duty| duty.kind == kind)
    }

    fn transferred(&self, days_ago: i64) -> Body {
        let day = self.desk.now().date().saturating_add((-days_ago).days());
        Body::Done(Box::new(Done {
            request: Some(self.ours),
            decision: None,
            agency: "DOC".into(),
            person: None,
            deed: Deed::Transferred { to: "fbi".into(), on_detainer: false, hand_over: None },
            when: When::Day(day),
            decided_by: "Captain B".into(),
            basis: None,
            search: None,
        }))
    }
}

fn nonce(number: u8) -> String {
    format!("nonce={}", hex::encode([number; 16]))
}

#[tokio::test]
async fn an_overdue_duty_is_seen_by_its_agency_and_said_to_be_done_once() {
    let world = World::new();
    world.says(decided(world.ours, &["tell_supervisor"]));
    let as_role = |role| Some(World::account(role, None));
    let ours = format!("/requests/{}", world.ours);
    let (status, list) = world.ask(as_role(Role::Desk), "GET", "/duties", "").await;
    assert_eq!(status, StatusCode::OK, "{list}");
    assert!(
        list.contains("Tell the supervisor") && list.contains("do tell_supervisor") && list.contains("§ 10-178(d)")
    );
    assert!(list.contains("8 are this product’s own practice") && list.contains(&ours), "{list}");
    // With the signs and filings that every agency owes since its record began.
    let overdue = world.desk.overdue_duties(&World::account(Role::Desk, None));
    assert!(overdue > 0 && list.contains(&format!("({overdue} overdue)")), "{list}");
    let (_, page) = world.ask(as_role(Role::Desk), "GET", &ours, "").await;
    assert!(
        page.contains("Duties about this request") && page.contains(&format!("action=\"{ours}/duties\"")),
        "{page}"
    );

    let form = format!("{}&kind=supervisor_told&by=Captain+B&from=duties", nonce(1));
    let done = format!("{ours}/duties");
    for (role, status) in [
        (Role::Oversight, StatusCode::FORBIDDEN),
        (Role::Counsel, StatusCode::FORBIDDEN),
        (Role::Administrator, StatusCode::NOT_FOUND),
    ] {
        assert_eq!(world.ask(as_role(role), "POST", &done, &form).await.0, status, "{role:?}");
    }
    for (bad, sentence) in [
        (format!("{}&kind=supervisor_told&by=", nonce(2)), "Say who did it."),
        (format!("{}&kind=parent_told&by=B", nonce(2)), "This duty is not owed here."),
        (format!("{}&kind=filed&by=B", nonce(2)), "choose from the list"),
        (format!("{}&kind=supervisor_told&by=B&on=2026-06-14", nonce(2)), "2026-06-15"),
    ] {
        let (status, page) = world.ask(as_role(Role::Desk), "POST", &done, &bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(page.contains(sentence), "{bad}: {page}");
    }
    let (status, to) = world.ask(as_role(Role::Desk), "POST", &done, &form).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/duties?told=done"));
    assert_eq!(world.owed(DutyKind::SupervisorTold), []);
    // The same form again, and another's: what was said first stands.
    for again in [form, format!("{}&kind=supervisor_told&by=Somebody+else", nonce(3))] {
        let (status, to) = world.ask(as_role(Role::Supervisor), "POST", &done, &again).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(to.ends_with("told=before"), "{to}");
    }
    let said: Vec<Fulfilled> = world
        .store
        .by_request(&world.ours)
        .unwrap()
        .into_iter()
        .filter_map(|stored| match stored.held?.entry.body {
            Body::Fulfilled(said) => Some(*said),
            _ => None,
        })
        .collect();
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].duty, said[0].done_by.reveal()), (DutyKind::SupervisorTold, "Captain B"));
    // It was said by mistake: put right as a deed is, and owed again.
    let (_, page) = world.ask(as_role(Role::Desk), "GET", &ours, "").await;
    assert!(page.contains("Recorded: Tell the supervisor") && page.contains("by Captain B"), "{page}");
    let entry = page.split("name=\"entry\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let correction = format!("{}&entry={entry}&reason=typing&by=Captain+B", nonce(4));
    let (status, _) = world.ask(as_role(Role::Desk), "POST", &format!("{ours}/corrections"), &correction).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(world.owed(DutyKind::SupervisorTold).len(), 1);
}

#[tokio::test]
async fn other_agencies_and_other_sites_do_not_see_a_duty_and_those_who_look_across_agencies_do() {
    let world = World::new();
    world.says(decided(world.ours, &["tell_supervisor"]));
    let seen = async |account: Account, path: &str| {
        let (status, page) = world.ask(Some(account), "GET", path, "").await;
        (status, page.contains(&format!("/requests/{}", world.ours)), page.contains("action=\"/requests/"))
    };
    let doc = |role, site| World::account(role, site);
    let nypd = Account::development("B. Other", &"NYPD".into(), Role::Supervisor);
    assert_eq!(seen(doc(Role::Desk, Some("Rikers")), "/duties").await, (StatusCode::OK, true, true));
    assert_eq!(seen(doc(Role::Desk, Some("Brooklyn")), "/duties").await, (StatusCode::OK, false, false));
    assert_eq!(seen(nypd.clone(), "/duties").await, (StatusCode::OK, false, false));
    assert_eq!(seen(nypd, "/duties?agency=DOC").await.0, StatusCode::FORBIDDEN);
    for role in [Role::LawDepartment, Role::Oversight] {
        let other = Account::development("C. Across", &"NYPD".into(), role);
        assert_eq!(seen(other.clone(), "/duties").await, (StatusCode::OK, true, false), "{role:?}");
        assert_eq!(seen(other.clone(), "/duties?agency=DOC&kind=supervisor_told").await, (StatusCode::OK, true, false));
        assert_eq!(seen(other.clone(), "/duties?agency=DOC&kind=parent_told").await, (StatusCode::OK, false, false));
        assert!(world.desk.overdue_duties(&other) > 0);
    }
    let at = |site| world.desk.overdue_duties(&doc(Role::Desk, Some(site)));
    assert_eq!(at("Rikers"), at("Brooklyn") + 1);
    assert_eq!(seen(doc(Role::Administrator, None), "/duties").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_agency_says_that_its_signs_are_up_and_nobody_says_it_for_another() {
    let world = World::new();
    assert_eq!(world.owed(DutyKind::SignsPosted).len(), 2, "of DOC at Rikers, and of the NYPD");
    let form = format!("{}&kind=signs_posted&site=Rikers&by=Captain+B", nonce(1));
    let say = async |role, site, form: &str| world.ask(Some(World::account(role, site)), "POST", "/duties", form).await;
    assert_eq!(say(Role::Desk, None, &form).await.0, StatusCode::FORBIDDEN);
    assert_eq!(say(Role::Supervisor, Some("Rikers"), &form).await.0, StatusCode::FORBIDDEN);
    let (status, page) = say(Role::Supervisor, None, &form.replace("Rikers", "Elsewhere")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("This duty is not owed here."), "{page}");
    let about = form.replace("signs_posted", "supervisor_told");
    assert_eq!(say(Role::Supervisor, None, &about).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let early = format!("{}&on=2013-01-05&on-time=09:05&note=In+the+lobby", form.replace(&nonce(1), &nonce(4)));
    let (status, page) = say(Role::Supervisor, None, &early).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("This duty began on 2026-07-11"), "{page}");
    // What was typed comes back, in the form of that duty alone, which stands open.
    for typed in ["2013-01-05", "09:05", "In the lobby", "Captain B"] {
        assert_eq!(page.matches(&format!("value=\"{typed}\"")).count(), 1, "{typed}: {page}");
    }
    assert_eq!(page.matches("<details open>").count(), 1, "{page}");
    let (status, to) = say(Role::Supervisor, None, &format!("{form}&note=Seen+by+B")).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/duties?told=done"));
    let whose = |owed: Vec<Duty>| owed.iter().map(|duty| duty.agency.as_ref().unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(whose(world.owed(DutyKind::SignsPosted)), ["NYPD"]);

    // It was said by mistake: whoever may say it may take it back, and it is owed again.
    let said = world.desk.owed.said(&"DOC".into())[0].entry;
    let mistake = format!("{}&entry={said}&by=Captain+B&reason=Another+site", nonce(2));
    let ask = async |account, method, path, form: &str| world.ask(Some(account), method, path, form).await;
    let doc = |role| World::account(role, None);
    let (_, page) = ask(doc(Role::Desk), "GET", "/duties", "").await;
    assert!(page.contains("Said to be done") && !page.contains("This entry was a mistake"), "{page}");
    let (_, page) = ask(doc(Role::Supervisor), "GET", "/duties", "").await;
    assert!(
        page.contains("Captain B") && page.contains("Seen by B") && page.contains(&format!("value=\"{said}\"")),
        "{page}"
    );
    let there = "/duties/corrections";
    assert_eq!(ask(doc(Role::Desk), "POST", there, &mistake).await.0, StatusCode::FORBIDDEN);
    let nypd = Account::development("N. Other", &AgencyId::new("NYPD"), Role::Supervisor);
    for (account, form, sentence) in [
        (nypd, mistake.clone(), "There is no such entry here"),
        (doc(Role::Supervisor), mistake.replace("Another+site", ""), "Say"),
        (
            doc(Role::Supervisor),
            mistake.replace(&said.to_string(), &world.ours.to_string()),
            "There is no such entry here",
        ),
    ] {
        let (status, page) = ask(account, "POST", there, &form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(page.contains(sentence), "{form}: {page}");
    }
    let (status, to) = ask(doc(Role::Supervisor), "POST", there, &mistake).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/duties?told=owed"));
    assert_eq!(whose(world.owed(DutyKind::SignsPosted)), ["NYPD", "DOC"]);
    let (_, page) = ask(doc(Role::Supervisor), "GET", &to, "").await;
    assert!(page.contains("is owed again") && !page.contains("This entry was a mistake"), "{page}");
    // That it was said, and why that was wrong, stays to be read, by oversight too.
    for (account, path) in [(doc(Role::Supervisor), "/duties"), (doc(Role::Oversight), "/duties?agency=DOC")] {
        let (_, page) = ask(account, "GET", path, "").await;
        assert!(page.contains("<s>") && page.contains("A mistake, says Captain B: Another site"), "{page}");
    }
    // Whoever had the page open from before, or sends the form again, adds nothing.
    let count = world.store.count().unwrap();
    for form in [mistake.clone(), format!("{}&entry={said}&by=B&reason=Again", nonce(3))] {
        let (status, to) = ask(doc(Role::Supervisor), "POST", there, &form).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/duties?told=back"));
    }
    assert_eq!(world.store.count().unwrap(), count);
}

#[tokio::test]
async fn a_hand_over_is_recorded_with_its_papers_or_shows_as_a_possible_violation_and_is_looked_after() {
    let world = World::new();
    let ours = format!("/requests/{}", world.ours);
    let desk = || Some(World::account(Role::Desk, None));
    let done = format!("{ours}/done");
    let stated = format!("{}&deed=transferred&decided=Captain+B&ground=other", nonce(1));
    for (more, sentence) in [
        ("&hand-over-second=captain++b", "The second official is the one who decided."),
        ("&hand-over-number=26-MJ-1", "Say which paper they are of."),
        ("&hand-over-basis=a-letter", "choose from the list"),
    ] {
        let (status, page) = world.ask(desk(), "POST", &done, &format!("{stated}{more}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{more}");
        assert!(page.contains(sentence), "{more}: {page}");
    }
    let papers = "&hand-over-basis=judicial_arrest_warrant&hand-over-number=26-MJ-1&hand-over-issuer=a+magistrate\
                  &hand-over-dated=2026-06-14&hand-over-second=Captain+C&hand-over-site=Central+Booking";
    let (status, page) = world.ask(desk(), "POST", &done, &format!("{stated}{papers}")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let (_, page) = world.ask(desk(), "GET", &ours, "").await;
    for part in ["26-MJ-1", "a magistrate", "2026-06-14", "Captain C", "Central Booking", "To be looked after by"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("no written basis is recorded") && !page.contains("one official is named"), "{page}");

    let bare = world.says(world.transferred(40));
    let (_, page) = world.ask(desk(), "GET", &ours, "").await;
    assert!(page.contains("no written basis is recorded") && page.contains("one official is named instead of two"));
    let duty = &world.owed(DutyKind::FollowedUp)[0];
    assert_eq!((duty.from, duty.state(world.desk.now())), (Some(bare), State::Overdue));
    let listed = async |filter: &str| {
        let (status, page) = world.ask(desk(), "GET", &format!("/hand-overs?state={filter}"), "").await;
        assert_eq!(status, StatusCode::OK);
        // Nobody is named in a list.
        assert!(!page.contains("Captain") && !page.contains("26-MJ-1"), "{page}");
        page.matches(&format!("href=\"{ours}\"")).count()
    };
    let all = ["all", "overdue", "open", "looked", "incomplete"];
    let mut counts = Vec::new();
    for filter in all {
        counts.push(listed(filter).await);
    }
    assert_eq!(counts, [2, 1, 1, 0, 1]);

    let look = format!("{ours}/follow-ups");
    let form = format!("{}&transfer={bare}&charge=no&source=the+docket&by=Captain+C", nonce(5));
    assert_eq!(
        world.ask(Some(World::account(Role::Oversight, None)), "POST", &look, &form).await.0,
        StatusCode::FORBIDDEN
    );
    for (bad, sentence) in [
        (form.replace(&bare.to_string(), "en-0"), "There is no such hand-over here."),
        (form.replace("&source=the+docket", ""), "Say what you found, where you looked, and who looked."),
        (form.clone() + "&on=2026-06-01", "That day lies before the hand-over"),
    ] {
        let (status, page) = world.ask(desk(), "POST", &look, &bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(page.contains(sentence), "{bad}: {page}");
        assert!(page.contains("Nothing was recorded.") && !page.contains("The record and the log keep it."), "{page}");
    }
    // A look before the thirty days are over says what it found, and that it must be done again.
    let early = world.desk.now().date().saturating_add((-35).days());
    let (_, to) =
        world.ask(desk(), "POST", &look, &format!("{}&on={early}", form.replace(&nonce(5), &nonce(17)))).await;
    let (_, page) = world.ask(desk(), "GET", &to, "").await;
    assert!(page.contains("It was looked too early to say no, and nobody has looked again"), "{page}");
    let (status, to) = world.ask(desk(), "POST", &look, &form).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, &*format!("{ours}?told=kept")));
    let (_, page) = world.ask(desk(), "GET", &to, "").await;
    assert!(page.contains("It is recorded, and stands on this page."), "{page}");
    assert!(page.contains("Looked after: no federal charge was filed."), "{page}");
    assert!(
        page.contains("We looked whether a federal charge was filed: No")
            && page.contains("Where they looked: the docket"),
        "{page}"
    );
    assert_eq!((listed("looked").await, listed("overdue").await), (1, 0));
    assert_eq!(world.owed(DutyKind::FollowedUp).len(), 1, "the other's thirty days run");
}

/// However many there are, each can be come by.
#[tokio::test]
async fn a_list_of_hand_overs_is_read_to_its_end() {
    let world = World::new();
    for days_ago in 1..=201 {
        world.says(world.transferred(days_ago));
    }
    let desk = || Some(World::account(Role::Desk, None));
    let listed = async |path: &str| {
        let (status, page) = world.ask(desk(), "GET", path, "").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        (page.matches("class=\"days\"").count(), page)
    };
    let (count, first) = listed("/hand-overs").await;
    assert!(count == 200 && first.contains("Listed here: 1 to 200") && !first.contains("Newer hand-overs"), "{count}");
    let link = first.split("href=\"/hand-overs?").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let (count, last) = listed(&format!("/hand-overs?{link}")).await;
    assert!(count == 1 && last.contains("Listed here: 201 to 201") && last.contains("Newer hand-overs"), "{last}");
    assert!(!last.contains("Older hand-overs"), "{last}");
    // What is no place in the list is none, and a choice that fits nothing says so of what there is.
    assert_eq!(listed("/hand-overs?after=x").await.0, 200);
    assert_eq!(listed("/hand-overs?after=99999").await.0, 0);
    assert!(
        listed("/hand-overs?state=looked").await.1.contains("None of the hand-overs on record here is one of these.")
    );
}

/// A store that cannot be read on once, after what it gave.
struct Stumbles<'a>(&'a dyn Store, AtomicBool);

impl Store for Stumbles<'_> {
    fn commit_all(&self, acts: Vec<Prepared>) -> Vec<Result<Vec<Committed>, StoreError>> {
        self.0.commit_all(acts)
    }
    fn erase(&self, draft: Draft) -> Result<Erased, StoreError> {
        self.0.erase(draft)
    }
    fn entries(&self, from_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let found = self.0.entries(from_seq, limit)?;
        if found.is_empty() && self.1.swap(false, Ordering::SeqCst) { Err(StoreError::Stopped) } else { Ok(found) }
    }
    fn find(&self, id: &EntryId) -> Result<Option<Stored>, StoreError> {
        self.0.find(id)
    }
    fn keyed(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.0.keyed(key)
    }
    fn by_request(&self, id: &RequestId) -> Result<Vec<Stored>, StoreError> {
        self.0.by_request(id)
    }
    fn readings(&self, id: &RequestId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.0.readings(id, before_seq, limit)
    }
    fn received_by(&self, agency: &AgencyId, before_seq: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.0.received_by(agency, before_seq, limit)
    }
    fn search(&self, search: &Search, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.0.search(search, limit)
    }
    fn undone(&self, through: Date) -> Result<Undone, StoreError> {
        self.0.undone(through)
    }
    fn leaves(&self, from_seq: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.0.leaves(from_seq, limit)
    }
    fn count(&self) -> Result<u64, StoreError> {
        self.0.count()
    }
    fn sequence(&self, limit: usize) -> Result<u64, StoreError> {
        self.0.sequence(limit)
    }
    fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<Leaf>, StoreError> {
        self.0.log_leaves(from_index, limit)
    }
    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.0.checkpoint()
    }
    fn swap_checkpoint(&self, old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> Result<(), SwapError> {
        self.0.swap_checkpoint(old, new)
    }
}

/// What a reading took before it failed is not taken again on top of it: nobody is told of two hand-overs where there was one.
#[test]
fn a_reading_that_failed_half_way_doubles_nothing() {
    let world = World::new();
    let today = world.desk.now().date();
    let alone = |body| match body {
        Body::Done(mut done) => {
            done.request = None;
            Body::Done(done)
        }
        other => other,
    };
    world.says(alone(world.transferred(31)));
    world.says(decided(world.ours, &["tell_supervisor"]));
    let store = Stumbles(&*world.store, AtomicBool::new(true));
    let kept = Kept::new(world.desk.zone.clone(), false);
    assert!(kept.read_on(&store, today).is_err());
    kept.read_on(&store, today).unwrap();
    assert_eq!(kept.handed_over(|_| true).len(), 1);
    assert_eq!(kept.owed(world.desk.now(), |duty| duty.kind == DutyKind::FollowedUp).len(), 1);
    // Nor does a second failure, later on, lose or double anything.
    world.says(alone(world.transferred(32)));
    world.says(decided(world.theirs, &["release_now"]));
    store.1.store(true, Ordering::SeqCst);
    assert!(kept.read_on(&store, today).is_err());
    assert_eq!(kept.handed_over(|_| true).len(), 1, "what was known stays");
    kept.read_on(&store, today).unwrap();
    let fresh = Kept::new(world.desk.zone.clone(), false);
    fresh.read_on(&*world.store, today).unwrap();
    assert_eq!(kept.handed_over(|_| true), fresh.handed_over(|_| true));
    assert_eq!(kept.owed(world.desk.now(), |_| true), fresh.owed(world.desk.now(), |_| true));
}

/// A gauge that an erasure has brought to nought is told as nought.
#[test]
fn what_an_erasure_ended_is_counted_as_nought() {
    let world = World::new();
    let answer = world.says(decided(world.ours, &["tell_supervisor"]));
    assert_eq!(world.owed(DutyKind::SupervisorTold).len(), 1);
    world.erases(answer);
    assert_eq!(world.owed(DutyKind::SupervisorTold), []);
    let counted = world.desk.owed.count(world.desk.now());
    let of = counted.get(&(Some("DOC".into()), DutyKind::SupervisorTold)).map(|count| count.open);
    assert_eq!(of, Some(0));
}

/// Whatever was read before, what is known is what a fresh reading of the whole record knows.
#[test]
fn what_is_kept_up_is_what_a_fresh_reading_gives() {
    let world = World::new();
    let possible = Cell::new(0);
    let check = |what: &str| {
        let today = world.desk.now().date();
        world.desk.owed.read_on(&*world.store, today).unwrap();
        let fresh = Kept::new(world.desk.zone.clone(), false);
        fresh.read_on(&*world.store, today).unwrap();
        let now = world.desk.now();
        assert_eq!(world.desk.owed.owed(now, |_| true), fresh.owed(now, |_| true), "{what}");
        assert_eq!(world.desk.owed.handed_over(|_| true), fresh.handed_over(|_| true), "{what}");
        for agency in ["DOC", "NYPD"] {
            assert_eq!(world.desk.owed.said(&agency.into()), fresh.said(&agency.into()), "{what}");
        }
        let overdue = fresh.owed(now, |duty| duty.state(now) == State::Overdue).len();
        assert_eq!(world.desk.owed.overdue(now, |_| true), overdue, "{what}");
        let open =
            |kept: &Kept| -> Vec<_> { kept.count(now).into_iter().filter(|(_, count)| count.open > 0).collect() };
        assert_eq!(open(&world.desk.owed), open(&fresh), "{what}");
        // Possible violations are those that all entries show when they are read at once, and so are their counts.
        let stored = world.store.entries(0, 10_000).unwrap();
        let all: Vec<&Entry> = stored.iter().filter_map(Stored::entry).collect();
        let shown = findings(all, [], &world.desk.zone, &finding::Limits::default());
        let order = |mut found: Vec<Finding>| {
            found.sort_by_key(|finding| (finding.entry, finding.kind));
            found
        };
        let shown = order(shown);
        assert_eq!(order(world.desk.owed.possible().1), shown, "{what}");
        assert_eq!(order(fresh.possible().1), shown, "{what}");
        assert_eq!(shown_findings::noticed(&world.desk).unwrap().len(), shown.len(), "{what}");
        for agency in ["DOC", "NYPD"] {
            let of = shown.iter().filter(|finding| finding.agency.as_str() == agency).count();
            assert_eq!(world.desk.owed.count_possible(|one| one.as_str() == agency), of, "{what}");
        }
        possible.set(shown.len());
        (fresh.owed(now, |duty| duty.request.is_some()).len(), fresh.handed_over(|_| true).len())
    };
    assert_eq!(check("two requests"), (0, 0));
    world.says(decided(world.ours, &["tell_supervisor", "refer_to_privacy_officer"]));
    assert_eq!(check("an answer"), (2, 0));
    let transfer = world.says(world.transferred(31));
    assert_eq!(check("a hand-over"), (3, 1));
    let told = world.says(Body::Fulfilled(Box::new(Fulfilled {
        duty: DutyKind::SupervisorTold,
        agency: "DOC".into(),
        request: Some(world.ours),
        site: None,
        when: When::Day(world.desk.now().date()),
        done_by: "Captain B".into(),
        note: None,
    })));
    assert_eq!(check("told"), (2, 1));
    let count = world.desk.owed.count(world.desk.now());
    assert_eq!(count[&(Some("DOC".into()), DutyKind::SupervisorTold)].open, 0, "a gauge that fell is told as nought");
    let correction =
        Correction { entry: transfer, request: Some(world.ours), reason: "typing".into(), said_by: "A".into() };
    world.says(Body::Corrected(correction));
    assert_eq!(check("a correction"), (1, 0));
    // The entry that said it is gone, and names no request: what it said is not known any more.
    world.erases(told);
    assert_eq!(check("an erasure"), (2, 0));
    world.says(decided(world.theirs, &["release_now"]));
    assert_eq!(check("after it"), (3, 0));
    world.says(in_force("[[agency]]\nid = \"DSS\"\n[[agency.site]]\nid = \"center\"\n"));
    assert_eq!(check("a file of the city"), (3, 0));
    // What is said of a duty about no request, taken back, and erased.
    let posted = || {
        world.says(Body::Fulfilled(Box::new(Fulfilled {
            duty: DutyKind::SignsPosted,
            agency: "DOC".into(),
            request: None,
            site: None,
            when: When::Day(world.desk.now().date()),
            done_by: "Captain B".into(),
            note: None,
        })))
    };
    let said = || -> Vec<EntryId> {
        world.desk.owed.said(&"DOC".into()).iter().filter(|one| !one.ends.is_empty()).map(|one| one.entry).collect()
    };
    let first = posted();
    check("signs");
    assert_eq!(said(), [first]);
    let correction = Correction { entry: first, request: None, reason: "typing".into(), said_by: "A".into() };
    world.says(Body::Corrected(correction));
    check("a correction about no request");
    assert_eq!(said(), []);
    let second = posted();
    check("signs again");
    assert_eq!(said(), [second]);
    world.erases(second);
    check("an erasure of what was said about no request");
    assert_eq!(said(), []);
    // A deed about no request is judged by itself, and what says that it was a mistake with it.
    let alone = |body| match body {
        Body::Done(mut done) => {
            done.request = None;
            Body::Done(done)
        }
        other => other,
    };
    let before = possible.get();
    let deed = world.says(alone(world.transferred(31)));
    check("a hand-over that nobody had asked for");
    assert!(possible.get() > before, "it shows a possible violation");
    let told = possible.get();
    let correction = Correction { entry: deed, request: None, reason: "typing".into(), said_by: "A".into() };
    world.says(Body::Corrected(correction));
    check("its correction");
    assert!(possible.get() < told, "it shows less");
    // What is erased later may be what is missing in what was read before: the request of a deed.
    world.was_done("NYPD", world.theirs, Deed::Notified { to: "ice_ero".into() });
    check("a deed");
    let asked = world.store.by_request(&world.theirs).unwrap()[0].id;
    let before = possible.get();
    world.erases(asked);
    check("an erasure of what was asked");
    assert!(possible.get() <= before && possible.get() > 0);
    world.erases(deed);
    check("an erasure of a deed about no request");
}

/// What somebody was not told in time stands in the statement that the desk shows, which keeps less of each answer than the record.
#[tokio::test]
async fn a_statement_at_the_desk_lists_a_duty_whose_time_ran_out() {
    let world = World::new();
    let quarter = |day: Date| format!("/statements/{}Q{}", day.year(), (day.month() + 2) / 3);
    let today = world.desk.now().date();
    let page =
        async |day: Date| world.ask(Some(World::account(Role::PrivacyOfficer, None)), "GET", &quarter(day), "").await;
    let (status, before) = page(today).await;
    assert!(status == StatusCode::OK && !before.contains("Answers with a duty whose time ran out"), "{before}");
    world.says(decided(world.ours, &["tell_supervisor"]));
    let (_, after) = page(today).await;
    assert!(after.contains("Answers with a duty whose time ran out"), "{after}");
}

/// That a file of the city is in force.
fn in_force(text: &str) -> Body {
    Body::City(Box::new(CityInForce { file: Sha256Hex::of([0; 32]), text: text.into() }))
}

/// What the file of the city names owes its signs and its statement, though it never recorded a thing.
#[tokio::test]
async fn an_agency_that_never_recorded_anything_is_owed_its_duties() {
    let world = World::new();
    let of_dss = |world: &World| -> Vec<(DutyKind, Option<String>)> {
        world.desk.owed.read_on(&*world.store, world.desk.now().date()).unwrap();
        let owed = world.desk.owed.owed(world.desk.now(), |duty| duty.agency == Some("DSS".into()));
        owed.into_iter().map(|duty| (duty.kind, duty.site)).collect()
    };
    assert_eq!(of_dss(&world), []);
    world.says(in_force(crate::city_file::shipped("nyc").unwrap()));
    let all = of_dss(&world);
    assert!(all.contains(&(DutyKind::SitesReported, None)), "{all:?}");
    let sites: Vec<_> = all.iter().filter(|(kind, _)| *kind == DutyKind::SignsPosted).collect();
    let named = crate::city_file::named_in(crate::city_file::shipped("nyc").unwrap());
    assert!(sites.len() == named[&AgencyId::new("DSS")].len() && sites.len() > 1, "{sites:?}");
    let (status, page) = world.ask(Some(World::account(Role::Oversight, None)), "GET", "/duties?agency=DSS", "").await;
    assert!(status == StatusCode::OK && page.contains("L.L. 114/2026"), "{page}");
    // A file that is none of ours any more names nobody.
    world.says(in_force("no file"));
    assert_eq!(of_dss(&world), []);
}

#[tokio::test]
async fn the_charts_say_what_the_list_of_duties_says_and_to_no_one_else() {
    let world = World::new();
    world.says(decided(world.ours, &["tell_supervisor"]));
    world.says(decided(world.theirs, &["tell_supervisor"]));
    let as_role = |role| Some(World::account(role, None));
    // The row of a duty: its link, and what stands in its two columns.
    let row = |page: &str, link: &str| -> Option<(u64, u64)> {
        let row = page.split_once(&format!("<a href=\"{link}\">"))?.1.split_once("</tr>")?.0;
        let mut figures = row.split("<td class=\"number\">").skip(1).map(|cell| cell.split('<').next().unwrap());
        Some((figures.next()?.parse().unwrap(), figures.next()?.parse().unwrap()))
    };
    let counts = |page: &str| -> (u64, u64) {
        let told = page.split_once("<p role=\"status\">").unwrap().1.split_once("</p>").unwrap().0;
        let told = told.replace("One duty is", "1 duties are").replace("Nothing is owed.", "0 0");
        let digits: String = told.chars().map(|c| if c.is_ascii_digit() { c } else { ' ' }).collect();
        let numbers: Vec<u64> = digits.split_whitespace().map(|number| number.parse().unwrap()).collect();
        (numbers[1], numbers[0] - numbers[1])
    };
    for (role, query, expected) in [
        (Role::Desk, "", (1, 0)),
        (Role::Desk, "agency=DOC&", (1, 0)),
        (Role::Oversight, "", (2, 0)),
        (Role::Oversight, "agency=NYPD&", (1, 0)),
    ] {
        let (status, page) = world.ask(as_role(role), "GET", &format!("/figures?{query}"), "").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page.contains("aria-labelledby=\"overdue-title overdue-shows\""), "{page}");
        let query = query.replace('&', "&amp;");
        let link = format!("/duties?{query}kind=supervisor_told");
        assert_eq!(row(&page, &link), Some(expected), "{query}: {page}");
        // Each row says what the list behind it says, of every duty and every agency.
        let mut looked = 0;
        for link in page.split("<a href=\"/duties?").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let link = format!("/duties?{link}");
            let (_, list) = world.ask(as_role(role), "GET", &link.replace("&amp;", "&"), "").await;
            assert_eq!(row(&page, &link), Some(counts(&list)), "{link}");
            looked += 1;
        }
        assert!(looked > 3, "{looked}");
        assert_eq!(page.contains("id=\"overdue-agencies-title\""), role == Role::Oversight && query.is_empty());
    }
    // Once it is done it is no longer counted; and a year without a request shows what is owed all the same.
    let done = Fulfilled {
        duty: DutyKind::SupervisorTold,
        agency: "DOC".into(),
        request: Some(world.ours),
        site: None,
        when: When::Day(world.desk.now().date()),
        done_by: "Captain B".into(),
        note: None,
    };
    world.says(Body::Fulfilled(Box::new(done)));
    let (_, page) = world.ask(as_role(Role::Desk), "GET", "/figures?year=2001", "").await;
    assert!(page.contains("id=\"overdue-title\"") && row(&page, "/duties?kind=supervisor_told").is_none(), "{page}");
    // Files of another authority carry no duty of the city's.
    let (_, page) = world.ask(as_role(Role::Desk), "GET", "/figures?source=import", "").await;
    assert!(!page.contains("overdue-title"), "{page}");
    // Whoever sees no duties of an agency sees no chart of them.
    for role in [Role::Desk, Role::Administrator] {
        let (status, page) = world.ask(as_role(role), "GET", "/figures?agency=NYPD", "").await;
        assert!(status == StatusCode::FORBIDDEN && !page.contains("overdue-title"), "{page}");
    }
}
