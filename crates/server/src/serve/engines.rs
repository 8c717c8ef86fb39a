//! Test: an answer of the desk on which the engines differ is barred, counted, and recorded with the fault beside it.

use std::sync::Arc;

use law::Outcome;
use metrics_exporter_prometheus::PrometheusBuilder;
use record::{Body, FaultKind, RequestId, Role};

use super::{Asked, Desk, Particulars, follow::Follower, photographs::Keep, session::Account};
use crate::{
    photograph::PhotographKey,
    report::overdue::Overdue,
    store::{
        Group, Lane, Sqlite, Store, hooks::Hooks, people::People, systems::Systems, unrecorded::UnrecordedContacts,
    },
    words::Words,
};

#[test]
fn where_the_engines_differ_the_desk_records_the_fault_beside_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap());
    let (lane, people) = (Arc::clone(&store) as Arc<dyn Lane>, Arc::clone(&store) as Arc<dyn People>);
    let (systems, hooks) = (Arc::clone(&store) as Arc<dyn Systems>, Arc::clone(&store) as Arc<dyn Hooks>);
    let photographs = Keep::new(Arc::clone(&store) as _, Some(PhotographKey::from_bytes([5; 32])));
    let unrecorded = Arc::clone(&store) as Arc<dyn UnrecordedContacts>;
    let store: Arc<dyn Store> = Arc::new(Group::new(store).unwrap());
    let log = Follower::start(Arc::clone(&store), folder.path(), None).unwrap();
    let recorder = PrometheusBuilder::new().build_recorder();
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
        passkeys: None,
        provider: None,
        photographs,
        unrecorded,
    };
    let pack = Arc::new(crate::pack::falsified());
    let desk = Desk::new(Words::new("en"), pack, Arc::clone(&store), log, recorder.handle(), particulars).unwrap();
    let account = Account::development("A. Clerk", &"DOC".into(), Role::Desk);
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let typed = [field("act", "hold"), field("requester", "ice_ero"), field("document", "i247a")];
    let mut asked = Asked::parse(&typed, desk.pack.vocabulary()).unwrap();
    asked.agency = Some(account.agency.clone());

    let mut answers = metrics::with_local_recorder(&recorder, || desk.answers(&asked, "2026-06-15".parse().unwrap()));
    let (question, facts, decision) = answers.pop().unwrap();
    assert_eq!((decision.outcome, decision.engines_differ()), (Outcome::Barred, true));
    let counted = desk.metrics.render();
    assert!(counted.lines().any(|line| line == "vouchsafe_engine_faults_total 1"), "{counted}");

    let request = RequestId::from_bytes([7; 16]);
    let said = decision.fault.clone().unwrap();
    let answer = Body::Decided(Box::new(record::Decided { request, question, facts, decision }));
    let drafts = desk.drafts(&account, vec![answer]).unwrap();
    store.commit("record a request at the desk", drafts).unwrap();
    let kept = store.by_request(&request).unwrap();
    let bodies: Vec<&Body> = kept.iter().map(|stored| &stored.entry().unwrap().body).collect();
    let [Body::Decided(_), Body::Fault(fault)] = bodies.as_slice() else { panic!("{bodies:?}") };
    assert_eq!((fault.kind, fault.request, fault.entry), (FaultKind::Engine, Some(request), Some(kept[0].id)));
    assert_eq!(fault.detail.reveal(), said.as_str());
}
