//! The pack of New York City: it loads, its cases hold, its theorems are proved.

use law::{Pack, cases, prove};

use crate::support::{files, root};

#[test]
fn its_cases_hold_and_its_theorems_are_proved() {
    let pack = Pack::load(&files(&root().join("packs/nyc"))).unwrap_or_else(|error| panic!("{error}"));
    for case in cases::run(&pack) {
        assert!(case.differs.is_empty(), "{} {}: {:?}", case.place, case.id, case.differs);
    }
    for proof in prove::prove(&pack) {
        assert!(proof.broken.is_none(), "{}: {:?}", proof.id, proof.broken);
    }
}
