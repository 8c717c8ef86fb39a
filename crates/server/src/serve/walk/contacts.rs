//! Contacts that nobody recorded, as each role meets them: what stands, for whom, and who dismisses one.

use axum::http::StatusCode;
use jiff::{Timestamp, ToSpan as _};
use metrics_exporter_prometheus::PrometheusBuilder;
use record::{
    Actor, Body, Comparison, ContactId, Dismissal, Entry, EntryId, RequestId, Role, Source,
    comparison::{LeftOn, LogFiles, Stretch},
};

use super::World;
use crate::{
    reconcile,
    serve::{contacts::gauges, session::Account},
    store::unrecorded::Unrecorded,
};

impl World {
    /// The logs of an agency were compared: from so many days ago through so many.
    fn compared(&self, agency: &str, days_ago: (i64, i64), unrecorded: u64) -> EntryId {
        let day = |ago: i64| self.desk.now().date().saturating_sub(ago.days());
        let on = LeftOn { day: day(days_ago.1), unrecorded, nobodys: 0 };
        self.says(Body::Compared(Box::new(Comparison {
            agency: agency.into(),
            days: Stretch::new(day(days_ago.0), day(days_ago.1)).unwrap(),
            files: LogFiles { mbox: 1, system: 2, ..LogFiles::default() },
            recorded: 40,
            rostered: 30,
            dismissed: 20,
            unrecorded,
            nobodys: 0,
            unread: 0,
            headless: 0,
            window_days: 5,
            left: Some(on).filter(|on| on.unrecorded > 0).into_iter().collect(),
            said_by: "A. Privacy".into(),
        })))
    }

    /// A contact that nobody recorded stands in an agency's list: with a clerk of a number, yesterday.
    fn lists(&self, agency: &str, number: u8, requester: &str) -> ContactId {
        let id = ContactId::derive(&[1; 32], &[number; 32]);
        let one = Unrecorded {
            id,
            agency: agency.into(),
            day: self.desk.now().date().saturating_sub(1.days()),
            way: contacts::Way::In,
            staff: vec![format!("clerk{number}@doc.example.org")],
            authorities: vec!["ICE".to_owned()],
            requesters: vec![requester.into()],
            addresses: vec!["a@ice.dhs.gov".to_owned()],
            more: false,
            near: 2,
            window_days: 5,
            requests: 0,
            place: "mail.log:7".to_owned(),
        };
        self.desk.unrecorded.keep_lists("test", vec![], &[], &[one]).unwrap();
        id
    }

    fn dismissals(&self) -> Vec<(Dismissal, Actor)> {
        let all = self.store.entries(0, 1000).unwrap();
        let dismissal = |entry: &Entry| match &entry.body {
            Body::Dismissed(it) => Some(((**it).clone(), entry.by.clone())),
            _ => None,
        };
        all.iter().filter_map(|stored| stored.entry()).filter_map(dismissal).collect()
    }
}

fn doc(role: Role) -> Option<Account> {
    Some(World::account(role, None))
}

#[tokio::test]
async fn an_agency_sees_its_own_and_the_law_department_and_oversight_see_all() {
    let world = World::new();
    world.compared("DOC", (30, 1), 2);
    for role in [Role::Desk, Role::Supervisor, Role::Counsel, Role::PrivacyOfficer, Role::Records] {
        let (status, page) = world.ask(doc(role), "GET", "/contacts", "").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page.contains("To do") && page.contains("2 contacts are left that nobody recorded."), "{page}");
        assert!(page.contains("one day ago") && page.contains("A. Privacy") && page.contains("<td>92</td>"), "{page}");
        assert!(page.contains("No law that was read asks for this") && !page.contains("Police"), "{page}");
    }
    for role in [Role::LawDepartment, Role::Oversight] {
        let (status, page) = world.ask(doc(role), "GET", "/contacts", "").await;
        assert!(status == StatusCode::OK && page.contains("2 contacts are left that nobody recorded."), "{page}");
        assert!(page.contains("Never compared: ") && page.contains("Police"), "{page}");
        assert!(!page.contains("Account for the contacts"), "they look and change nothing");
        let (_, duties) = world.ask(doc(role), "GET", "/duties", "").await;
        assert!(duties.contains("Logs are not compared through yesterday") && duties.contains("Police"), "{duties}");
    }
    assert_eq!(world.ask(doc(Role::Administrator), "GET", "/contacts", "").await.0, StatusCode::FORBIDDEN);
    let at_one_site = Some(World::account(Role::Desk, Some("Rikers")));
    assert_eq!(world.ask(at_one_site.clone(), "GET", "/contacts", "").await.0, StatusCode::FORBIDDEN);
    let (_, duties) = world.ask(at_one_site, "GET", "/duties", "").await;
    assert!(duties.contains("Duties") && !duties.contains("/contacts"), "{duties}");
}

#[tokio::test]
async fn a_city_that_stops_looking_is_seen_the_day_after_tomorrow_on_the_page_of_duties() {
    let world = World::new();
    let duties = async || world.ask(doc(Role::PrivacyOfficer), "GET", "/duties", "").await.1;
    let page = duties().await;
    assert!(page.contains("The logs were never compared") && page.contains("duty-state overdue"), "{page}");
    world.compared("DOC", (30, 2), 0);
    let page = duties().await;
    assert!(page.contains(", 2 days ago.") && page.contains("Compare the days since then."), "{page}");
    let erased = world.compared("DOC", (1, 1), 0);
    let page = duties().await;
    assert!(page.contains("In order") && page.contains("No contact is left") && !page.contains("since then"), "{page}");
    // What a comparison found counts until its days were compared again, and once more when that is erased.
    world.erases(erased);
    assert!(duties().await.contains("Compare the days since then."));
    world.compared("DOC", (30, 1), 3);
    assert!(duties().await.contains("3 contacts are left"));
    let again = world.compared("DOC", (30, 1), 0);
    assert!(duties().await.contains("No contact is left"));
    world.erases(again);
    assert!(duties().await.contains("3 contacts are left"));
    world.compared("DOC", (60, 50), 0);
    let day = |ago: i64| world.desk.now().date().saturating_sub(ago.days());
    let missing = format!("Not compared in between: {} to {}.", day(49), day(31));
    assert!(duties().await.contains(&missing), "{missing}");
}

#[tokio::test]
async fn a_privacy_officer_accounts_for_the_contacts_of_the_own_list_and_nobody_else_does() {
    let world = World::new();
    let [ours, theirs] = [world.lists("DOC", 1, "ice_ero"), world.lists("NYPD", 2, "ice_ero")];
    let form = format!("contact={ours}&reason=a+newsletter");
    for role in Role::ALL.into_iter().filter(|role| *role != Role::PrivacyOfficer) {
        let (status, page) = world.ask(doc(role), "POST", "/contacts", &form).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{}: {page}", role.word());
        assert!(!world.ask(doc(role), "GET", "/contacts", "").await.1.contains("clerk1@"), "{}", role.word());
    }
    let at_one_site = Some(World::account(Role::PrivacyOfficer, Some("Rikers")));
    assert_eq!(world.ask(at_one_site, "POST", "/contacts", &form).await.0, StatusCode::FORBIDDEN);
    let officer = || doc(Role::PrivacyOfficer);
    let (_, page) = world.ask(officer(), "GET", "/contacts", "").await;
    assert!(
        page.contains("One contact is in your agency’s list.")
            && page.contains(
                "\u{2068}clerk1@doc.example.org\u{2069} was written to by ICE (\u{2068}a@ice.dhs.gov\u{2069})"
            ),
        "{page}"
    );
    assert!(
        page.contains("2 requests from there are recorded") && page.contains("mail.log:7") && !page.contains("clerk2@"),
        "{page}"
    );
    for (form, says) in [
        ("contact=co-nonsense&reason=a+newsletter".to_owned(), "“co-nonsense” is no contact’s id."),
        ("reason=a+newsletter".to_owned(), "Tick at least one contact"),
        (format!("contact={ours}&reason=+"), "Say why they need no recorded request"),
        (format!("contact={ours}&reason={}", "x".repeat(3000)), "2000"),
        (format!("contact={theirs}&reason=x"), "is not in your agency’s list"),
        (format!("contact={ours}&contact={theirs}&reason=x"), "is not in your agency’s list"),
        (format!("contact={ours}&reason=x&request=rq-nonsense"), "“rq-nonsense” is no request’s id."),
        (format!("contact={ours}&reason=x&request={}", RequestId::from_bytes([9; 16])), "Your agency has no request"),
        (format!("contact={ours}&reason=x&request={}", world.theirs), "Your agency has no request"),
    ] {
        let (status, page) = world.ask(officer(), "POST", "/contacts", &form).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains(says), "{says}: {page}");
    }
    assert_eq!(world.dismissals(), []);
    let (status, to) = world.ask(officer(), "POST", "/contacts", &form).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/contacts?told=accounted"));
    assert!(world.ask(officer(), "GET", "/contacts", "").await.1.contains("Nothing is in your agency’s list."));
    let again = format!("contact={ours}&reason=another");
    assert_eq!(world.ask(officer(), "POST", "/contacts", &again).await.1, "/contacts?told=before");
    let said =
        Dismissal { contact: ours, request: None, reason: "a newsletter".into(), dismissed_by: "A. Someone".into() };
    let by = Actor::Staff { name: "A. Someone".into(), role: Role::PrivacyOfficer, agency: "DOC".into() };
    assert_eq!(world.dismissals(), [(said.clone(), by.clone())]);
    // The command's is the same act.
    let body = Body::Dismissed(Box::new(said));
    let entry = Entry { id: EntryId::from_bytes([7; 16]), at: Timestamp::now(), by, source: Source::Desk, body };
    assert!(reconcile::dismiss(&*world.store, ours, &entry).unwrap().1);
    assert_eq!(world.dismissals().len(), 1);
}

/// That a contact belongs to a request holds as long as the record has the request, and can be said anew then.
#[tokio::test]
async fn a_contact_belongs_to_a_request_of_its_own_agency_from_its_own_authority() {
    let world = World::new();
    let officer = || doc(Role::PrivacyOfficer);
    let [one, other, foreign] =
        [world.lists("DOC", 1, "ice_ero"), world.lists("DOC", 2, "ice_ero"), world.lists("DOC", 3, "cbp")];
    let form = |contacts: &[ContactId]| {
        let contacts: String = contacts.iter().map(|contact| format!("contact={contact}&")).collect();
        format!("{contacts}request={}&reason=its+answers", world.ours)
    };
    let (status, page) = world.ask(officer(), "POST", "/contacts", &form(&[one, foreign])).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("came from another authority"), "{page}");
    assert!(
        page.contains(&format!("value=\"{one}\" checked")) && page.contains("its answers"),
        "nothing typed is lost: {page}"
    );
    assert_eq!(world.dismissals(), []);
    assert_eq!(world.ask(officer(), "POST", "/contacts", &form(&[one, other])).await.1, "/contacts?told=accounted");
    let told: Vec<_> = world.dismissals().into_iter().map(|(said, _)| (said.contact, said.request)).collect();
    assert_eq!(told, [(one, Some(world.ours)), (other, Some(world.ours))]);
    assert!(matches!(
        reconcile::recorded(&*world.store, &*world.desk.unrecorded).unwrap().said(one),
        Some(contacts::Said::Of(_))
    ));
    let requested = world.store.by_request(&world.ours).unwrap().remove(0).id;
    world.erases(requested);
    assert_eq!(reconcile::recorded(&*world.store, &*world.desk.unrecorded).unwrap().said(one), None);
    world.lists("DOC", 1, "ice_ero");
    assert_eq!(
        reconcile::recorded(&*world.store, &*world.desk.unrecorded).unwrap().said(one),
        Some(contacts::Said::Left(0))
    );
    let (_, to) = world.ask(officer(), "POST", "/contacts", &format!("contact={one}&reason=a+newsletter")).await;
    assert_eq!(to, "/contacts?told=accounted");
    assert_eq!(
        reconcile::recorded(&*world.store, &*world.desk.unrecorded).unwrap().said(one),
        Some(contacts::Said::Dismissed)
    );
}

#[test]
fn operators_see_how_many_are_left_and_that_nothing_was_ever_compared() {
    let world = World::new();
    world.compared("DOC", (30, 3), 2);
    world.desk.owed.read_on(&*world.store, world.desk.now().date()).unwrap();
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || gauges(&world.desk));
    let text = recorder.handle().render();
    for line in [
        "vouchsafe_contacts_unrecorded{agency=\"DOC\"} 2\n",
        "vouchsafe_contacts_compared_days_behind{agency=\"DOC\"} 3\n",
        "vouchsafe_contacts_days_missing{agency=\"DOC\"} 0\n",
        "vouchsafe_contacts_unseen{agency=\"DOC\"} 0\n",
    ] {
        assert!(text.contains(line), "{line} {text}");
    }
    let never =
        text.lines().find_map(|line| line.strip_prefix("vouchsafe_contacts_compared_days_behind{agency=\"NYPD\"} "));
    assert_eq!(never.map(str::to_lowercase).as_deref(), Some("inf"), "{text}");
    assert!(!text.contains("vouchsafe_contacts_unrecorded{agency=\"NYPD\"}"), "what nobody counted is not nought");
}
