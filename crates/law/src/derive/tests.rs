//! What follows from the question, by day, and what happens when a fact is stated as well.

use jiff::civil::{date, datetime};

use super::*;
use crate::{
    days::Days,
    facts::{Conviction, Grade, Law},
    ids::{ActId, AgencyId, DocumentId, RequesterId, StatuteId},
    vocabulary::{
        Act, ActKind, AuthorityReach, Document, FactSpec, FactType, FederalImmigrationAuthority, Holidays,
        ImmigrationEnforcement, Limb, PaperShows, Parameter, Proxy, Requester, RequesterKind, Statute, StatuteClass,
    },
};

const BEFORE: Date = date(2026, 1, 28);
const AFTER: Date = date(2026, 1, 29);

fn days(from: Date, until: Option<Date>) -> Days {
    Days { from: Some(from), until }
}

fn statute(id: &str, class: StatuteClass, ina: bool, limb: Option<Limb>) -> (StatuteId, Statute) {
    let statute = Statute { id: id.into(), title: id.into(), citation: id.into(), class, ina, limb, note: None };
    (id.into(), statute)
}

fn requester(id: &str, kind: RequesterKind, dhs: bool, duties: Option<Vec<StatuteClass>>) -> (RequesterId, Requester) {
    let requester = Requester {
        id: id.into(),
        title: id.into(),
        kind,
        dhs,
        for_federal: (kind == RequesterKind::ContractorOrTaskForce).then_some(true),
        enforces_law: (kind != RequesterKind::Unknown).then_some(true),
        duties,
        duty_statutes: vec![],
        note: None,
    };
    (id.into(), requester)
}

fn fact(name: &str, kind: FactType, derived: &str) -> (FactName, FactSpec) {
    let spec = FactSpec {
        name: name.into(),
        kind,
        question: "?".into(),
        yes: None,
        no: None,
        unknown: None,
        values: ["civil_ina", "other_federal", "not_stated", "unknown", "federal", "city"].map(String::from).to_vec(),
        says: [].into(),
        unit: None,
        noun: None,
        ask_of: "the desk".into(),
        cost: 1,
        derived: (!derived.is_empty()).then(|| Derivation::parse(derived).unwrap()),
        note: None,
    };
    (name.into(), spec)
}

fn vocabulary() -> Vocabulary {
    use StatuteClass::{
        CivilIna, EntryPresence, Named, NotStated, OtherFederal, RegistrationDocumentsSupervision, Unknown,
    };
    let parameter = |name: &str, value| Parameter {
        name: name.into(),
        unit: "unit".into(),
        value,
        days: days(date(2014, 12, 14), None),
        citation: "test".into(),
    };
    Vocabulary {
        statutes: [
            statute("civil_ina", CivilIna, true, None),
            statute("usc_8_1326", EntryPresence, true, Some(Limb::Reentry)),
            statute("usc_8_1253", EntryPresence, true, Some(Limb::FailureToDepart)),
            statute("not_ina_entry", EntryPresence, false, Some(Limb::Entry)),
            statute("usc_8_1304", RegistrationDocumentsSupervision, true, None),
            statute("usc_19_1459", Named, false, None),
            statute("tax", OtherFederal, false, None),
            statute("usc_8_1324", Unknown, true, None),
            statute("not_stated", NotStated, false, None),
            statute("unknown", Unknown, false, None),
        ]
        .into(),
        requesters: [
            requester("ice", RequesterKind::Federal, true, Some(vec![CivilIna, EntryPresence])),
            requester("fbi", RequesterKind::Federal, false, None),
            requester("park_rangers", RequesterKind::Federal, false, Some(vec![])),
            requester("marshals", RequesterKind::Federal, false, Some(vec![EntryPresence])),
            requester("task_force", RequesterKind::ContractorOrTaskForce, false, Some(vec![CivilIna])),
            requester("sheriff", RequesterKind::OtherLocal, false, Some(vec![])),
            requester("nypd", RequesterKind::City, false, Some(vec![])),
            requester("unknown", RequesterKind::Unknown, false, None),
        ]
        .into(),
        facts: [
            fact("immigration_enforcement", FactType::Bool, "immigration_enforcement"),
            fact("civil_immigration_enforcement", FactType::Bool, "civil_immigration_enforcement"),
            fact("statute_not_named", FactType::Bool, "statute_not_named"),
            fact("statute_class", FactType::Enum, "statute_class"),
            fact("requester_kind", FactType::Enum, "requester_kind"),
            fact("federal_immigration_authority", FactType::Bool, "federal_immigration_authority:9-131"),
            fact("non_local_law_enforcement", FactType::Bool, "non_local_law_enforcement"),
            fact("ice_or_fbi", FactType::Bool, "requester_among:ice,fbi"),
            fact("i200_shown", FactType::Bool, "document_shown:i200"),
            fact("i200_lodged", FactType::Bool, "document_surely_shown:i200"),
            fact("vs_conviction_in_window", FactType::Bool, "vs_conviction_in_window"),
            fact("vs_conviction_in_window_disputed", FactType::Bool, "vs_conviction_in_window_disputed"),
            fact("vs_conviction_ever", FactType::Bool, "vs_conviction_ever"),
            fact("vs_conviction_ever_disputed", FactType::Bool, "vs_conviction_ever_disputed"),
            fact("immigration_enforcement_for_counsel", FactType::Bool, "immigration_enforcement_for_counsel"),
            fact("hold_deadline", FactType::Datetime, "hold_deadline:NYPD"),
            fact("hours_past_release_excluding", FactType::Number, "hours_past_release_excluding"),
        ]
        .into(),
        immigration_enforcement: vec![
            ImmigrationEnforcement {
                days: days(date(2018, 1, 30), Some(AFTER)),
                citation: "10-178(a), 2017".into(),
                classes: vec![CivilIna],
                limbs: vec![Limb::Entry, Limb::Reentry, Limb::Presence],
                ina_only: true,
                proxies: false,
            },
            ImmigrationEnforcement {
                days: days(AFTER, None),
                citation: "10-178(a), 2026".into(),
                classes: vec![CivilIna, RegistrationDocumentsSupervision, Named],
                limbs: vec![Limb::Entry, Limb::Reentry, Limb::Presence, Limb::FoundIn, Limb::FailureToDepart],
                ina_only: false,
                proxies: true,
            },
        ],
        federal_immigration_authority: vec![
            FederalImmigrationAuthority {
                sections: vec!["9-131".into()],
                days: days(date(2014, 12, 14), Some(AFTER)),
                citation: "9-131(a)(4), 2014".into(),
                who: AuthorityReach::Dhs,
                duties: vec![CivilIna],
                proxies: false,
            },
            FederalImmigrationAuthority {
                sections: vec!["9-131".into()],
                days: days(AFTER, None),
                citation: "9-131(a)(4), 2026".into(),
                who: AuthorityReach::Federal,
                duties: vec![CivilIna, EntryPresence, RegistrationDocumentsSupervision, Named],
                proxies: true,
            },
        ],
        parameters: vec![
            parameter("years_vs_window", 5),
            Parameter { days: days(date(2014, 12, 14), Some(date(2018, 11, 14))), ..parameter("hold_clock_hours", 48) },
        ],
        holidays: Holidays {
            covers_from: Some(date(2014, 1, 1)),
            covers_until: Some(date(2030, 1, 1)),
            citation: "test".into(),
            days: vec![crate::vocabulary::Holiday { date: date(2026, 9, 7), name: "Labor Day".into() }],
        },
        violent_or_serious: crate::vocabulary::ViolentOrSerious {
            days: days(date(2014, 12, 14), None),
            penal_law: vec!["160.10".into(), "265.02(2)-(8)".into()],
            ..Default::default()
        },
        ..Vocabulary::default()
    }
}

fn asks(requester: &str, statute: &str) -> Question {
    Question {
        agency: AgencyId::new("DOC"),
        act: ActId::new("hold"),
        requester: requester.into(),
        statute_enforced: statute.into(),
        document: vec![DocumentId::new("i247a")],
    }
}

fn derive_one(vocabulary: &Vocabulary, question: &Question, facts: &Facts, on: Date, name: &str) -> Option<Value> {
    let (extended, all) = derive_all(vocabulary, question, facts, on).unwrap();
    let derived = all.into_iter().find(|derived| derived.name.as_str() == name).unwrap();
    assert!(!derived.because.is_empty() && derived.because.iter().all(|sentence| !sentence.is_empty()));
    assert_eq!(extended.value(name), derived.value.as_ref());
    derived.value
}

fn purposes(wide: Option<bool>, civil: Option<bool>) -> Facts {
    let mut facts = Facts::new();
    for (name, value) in [("purpose_immigration_enforcement", wide), ("purpose_civil_immigration", civil)] {
        if let Some(value) = value {
            facts.insert(name, Value::Bool(value), "the e-mail");
        }
    }
    facts
}

#[test]
fn what_immigration_enforcement_is_changed_in_2026() {
    let vocabulary = vocabulary();
    let no_purpose = purposes(Some(false), None);
    let enforcement = |statute: &str, on: Date| {
        derive_one(&vocabulary, &asks("fbi", statute), &no_purpose, on, "immigration_enforcement")
    };
    for (statute, before, after) in [
        ("civil_ina", Some(true), Some(true)),
        ("usc_8_1326", Some(true), Some(true)),
        ("usc_8_1253", Some(false), Some(true)),
        ("not_ina_entry", Some(false), Some(true)),
        ("usc_8_1304", Some(false), Some(true)),
        ("usc_19_1459", Some(false), Some(true)),
        ("tax", Some(false), Some(false)),
        ("usc_8_1324", None, None),
        ("not_stated", None, None),
        ("unknown", None, None),
    ] {
        assert_eq!(enforcement(statute, BEFORE), before.map(Value::Bool), "{statute} before");
        assert_eq!(enforcement(statute, AFTER), after.map(Value::Bool), "{statute} after");
    }
    assert_eq!(enforcement("civil_ina", date(2016, 1, 1)), None, "no definition yet");
}

#[test]
fn the_mayor_may_determine_a_proxy() {
    let mut vocabulary = vocabulary();
    vocabulary.proxies.push(Proxy {
        statute: "tax".into(),
        days: days(date(2026, 3, 1), None),
        citation: "determination".into(),
    });
    let facts = purposes(Some(false), None);
    let on = |day| derive_one(&vocabulary, &asks("fbi", "tax"), &facts, day, "immigration_enforcement");
    assert_eq!(on(date(2026, 2, 28)), Some(Value::Bool(false)));
    assert_eq!(on(date(2026, 3, 1)), Some(Value::Bool(true)));
}

#[test]
fn the_purpose_decides_whatever_the_label() {
    let vocabulary = vocabulary();
    let confirmed = |facts: &Facts| {
        let mut facts = facts.clone();
        facts.insert("counsel_confirmed_purpose", Value::Bool(true), "memo");
        facts
    };
    let read = |statute: &str, facts: &Facts, name: &str| {
        derive_one(&vocabulary, &asks("ice", statute), &confirmed(facts), AFTER, name)
    };
    for facts in [purposes(Some(true), None), purposes(None, Some(true)), purposes(Some(false), Some(true))] {
        assert_eq!(read("tax", &facts, "immigration_enforcement"), Some(Value::Bool(true)));
    }
    assert_eq!(read("tax", &purposes(None, None), "immigration_enforcement"), None, "not asked for what");
    assert_eq!(
        read("tax", &purposes(None, Some(false)), "immigration_enforcement"),
        None,
        "not civil is not yet not at all"
    );
    assert_eq!(
        read("civil_ina", &purposes(Some(false), Some(false)), "immigration_enforcement"),
        Some(Value::Bool(true))
    );
    // 9-131(h)(1)(ii) still has the words of 2014: civil law only.
    let civil = "civil_immigration_enforcement";
    assert_eq!(read("civil_ina", &purposes(None, None), civil), Some(Value::Bool(true)));
    assert_eq!(read("usc_8_1326", &purposes(None, None), civil), None);
    assert_eq!(read("usc_8_1326", &purposes(Some(true), Some(false)), civil), Some(Value::Bool(false)));
    assert_eq!(read("usc_8_1326", &purposes(None, Some(true)), civil), Some(Value::Bool(true)));
    assert_eq!(read("tax", &purposes(Some(false), None), civil), Some(Value::Bool(false)));
    assert_eq!(read("not_stated", &purposes(Some(false), Some(false)), civil), None);
}

#[test]
fn who_states_that_it_is_civil_states_that_it_is_immigration_enforcement() {
    let vocabulary = vocabulary();
    let mut civil = Facts::new();
    civil.insert("civil_immigration_enforcement", Value::Bool(true), "the desk");
    for (who, statute) in [("fbi", "usc_8_1324"), ("ice", "tax")] {
        let question = asks(who, statute);
        let came = |facts: &Facts, name: &str| derive_one(&vocabulary, &question, facts, AFTER, name);
        assert_eq!(came(&civil, "immigration_enforcement"), Some(Value::Bool(true)), "{who} {statute}");
        assert_eq!(came(&civil, "immigration_enforcement_for_counsel"), Some(Value::Bool(false)), "{who} {statute}");
        // A no about the purpose beside it does not make it anything else.
        civil.insert("purpose_immigration_enforcement", Value::Bool(false), "the desk");
        assert_eq!(came(&civil, "immigration_enforcement"), Some(Value::Bool(true)), "{who} {statute}");
        civil.remove("purpose_immigration_enforcement");
    }
}

#[test]
fn an_authority_that_says_no_is_believed_on_a_paper_of_a_criminal_court_or_by_counsel() {
    let mut vocabulary = vocabulary();
    for (id, shows) in [
        ("i200", PaperShows::CivilImmigration),
        ("grand_jury_subpoena", PaperShows::CriminalCourt),
        ("judicial_arrest_warrant", PaperShows::CriminalCourtIfSigned),
    ] {
        let paper = Document { id: id.into(), title: id.into(), plain: id.into(), shows: Some(shows), note: None };
        vocabulary.documents.insert(id.into(), paper);
    }
    let arrest = Act {
        id: "civil_arrest".into(),
        title: "arrest".into(),
        question: "?".into(),
        kind: ActKind::Cooperation,
        civil_immigration: true,
        note: None,
    };
    vocabulary.acts.insert("civil_arrest".into(), arrest);
    let question = |requester: &str, paper: &str| Question { document: vec![paper.into()], ..asks(requester, "tax") };
    let no = purposes(Some(false), Some(false));
    let with = |name: &str, value: Value| {
        let mut facts = no.clone();
        facts.insert(name, value, "desk");
        facts
    };
    let read = |question: &Question, facts: &Facts| {
        ["immigration_enforcement", "civil_immigration_enforcement", "immigration_enforcement_for_counsel"].map(
            |name| match derive_one(&vocabulary, question, facts, AFTER, name) {
                Some(Value::Bool(true)) => Known::Yes,
                Some(Value::Bool(false)) => Known::No,
                _ => Known::Unknown,
            },
        )
    };
    let (yes, no_, open) = ([Known::Yes, Known::Yes, Known::No], [Known::No; 3], Known::Unknown);
    let counsel = [open, open, Known::Yes];
    let signed = |by: &str| with("warrant_issuer", Value::Text(by.into()));
    let nothing = Facts::new();
    assert_eq!(read(&question("ice", "none"), &nothing), [open; 3], "a no of it would be for counsel");
    assert_eq!(read(&question("fbi", "none"), &nothing), [open, open, Known::No], "a no of it would count");
    assert_eq!(read(&question("ice", "none"), &no), counsel);
    assert_eq!(read(&question("unknown", "none"), &no), counsel);
    assert_eq!(read(&question("fbi", "none"), &no), no_);
    assert_eq!(read(&question("ice", "none"), &with("counsel_confirmed_purpose", Value::Bool(true))), no_);
    assert_eq!(read(&question("ice", "none"), &with("detainer_lodged", Value::Bool(true))), yes);
    assert_eq!(read(&question("fbi", "i200"), &no), yes);
    assert_eq!(read(&question("ice", "grand_jury_subpoena"), &no), no_);
    assert_eq!(read(&question("ice", "judicial_arrest_warrant"), &no), [open; 3]);
    assert_eq!(read(&question("ice", "judicial_arrest_warrant"), &signed("federal_judge_or_magistrate")), no_);
    assert_eq!(read(&question("ice", "judicial_arrest_warrant"), &signed("nobody")), counsel);
    assert_eq!(read(&question("ice", "judicial_arrest_warrant"), &signed("immigration_judge")), yes);
    for (paper, accepted) in
        [("i200", false), ("judicial_arrest_warrant", true), ("unknown", true), ("of_no_list", true)]
    {
        let signed = signed("federal_judge_or_magistrate");
        assert_eq!(derive_all(&vocabulary, &question("fbi", paper), &signed, AFTER).is_ok(), accepted, "{paper}");
    }
    let arrest = Question { act: "civil_arrest".into(), ..question("fbi", "none") };
    assert_eq!(read(&arrest, &no), yes);

    // A statement frees no more than the purpose does.
    let mut stated = Facts::new();
    stated.insert("immigration_enforcement", Value::Bool(false), "desk");
    assert_eq!(read(&question("ice", "none"), &stated)[0], open);
    let (extended, _) = derive_all(&vocabulary, &question("ice", "none"), &stated, AFTER).unwrap();
    assert_eq!(extended.value("immigration_enforcement"), None, "what is for counsel is not stated");
    let unasked = Question { statute_enforced: "unknown".into(), ..question("ice", "none") };
    assert!(derive_all(&vocabulary, &unasked, &stated, AFTER).is_err(), "barred until a statute is named");
    stated.insert("immigration_enforcement", Value::Bool(true), "desk");
    assert_eq!(read(&unasked, &stated)[0], Known::Yes);
}

#[test]
fn a_statement_about_the_requester_frees_nobody_whom_the_requester_binds() {
    let mut vocabulary = vocabulary();
    vocabulary.facts.extend([
        fact("enforcer_not_of_the_city", FactType::Bool, "enforcer_not_of_the_city"),
        fact("requester_is_city_personnel", FactType::Bool, "requester_is_city_personnel"),
        fact("primarily", FactType::Bool, "requester_surely_among:ice"),
    ]);
    let derived =
        |requester: &str, name: &str| derive_one(&vocabulary, &asks(requester, "tax"), &Facts::new(), AFTER, name);
    let stated = |requester: &str, name: &str, value: bool| {
        let facts = Facts::from_iter([(name.into(), Fact { value: Value::Bool(value), source: "desk".into() })]);
        derive_all(&vocabulary, &asks(requester, "tax"), &facts, AFTER).is_ok()
    };
    let (yes, no) = (Some(Value::Bool(true)), Some(Value::Bool(false)));
    for (requester, enforcer, city, primarily) in [
        ("ice", yes.clone(), no.clone(), yes.clone()),
        ("fbi", yes.clone(), no.clone(), None),
        ("nypd", no.clone(), yes.clone(), no.clone()),
        ("task_force", None, None, None),
        ("unknown", None, None, None),
        ("of_no_list", None, None, None),
    ] {
        assert_eq!(derived(requester, "enforcer_not_of_the_city"), enforcer, "{requester}");
        assert_eq!(derived(requester, "requester_is_city_personnel"), city, "{requester}");
        assert_eq!(derived(requester, "primarily"), primarily, "{requester}");
    }
    assert!(!stated("ice", "enforcer_not_of_the_city", false));
    assert!(!stated("ice", "requester_is_city_personnel", true));
    assert!(!stated("ice", "primarily", false) && stated("fbi", "primarily", false));
    assert!(stated("task_force", "requester_is_city_personnel", true));
    for name in ["enforcer_not_of_the_city", "primarily", "federal_immigration_authority", "non_local_law_enforcement"]
    {
        assert!(stated("unknown", name, true) && !stated("unknown", name, false), "{name}");
    }
    assert!(stated("unknown", "requester_is_city_personnel", false));
    assert!(!stated("unknown", "requester_is_city_personnel", true));
    assert_eq!(derive_one(&vocabulary, &asks("task_force", "tax"), &Facts::new(), AFTER, "ice_or_fbi"), None);
}

#[test]
fn what_is_claimed_is_unconfirmed_until_it_is_confirmed() {
    let read = |claim: Option<bool>, confirmed: Option<bool>| {
        let mut facts = Facts::new();
        for (name, value) in [("claim", claim), ("confirmed", confirmed)] {
            if let Some(value) = value {
                facts.insert(name, Value::Bool(value), "desk");
            }
        }
        unconfirmed(&facts, &"claim".into(), &"confirmed".into()).value
    };
    assert_eq!(read(Some(true), None), Some(Value::Bool(true)));
    assert_eq!(read(Some(true), Some(false)), Some(Value::Bool(true)));
    assert_eq!(read(Some(true), Some(true)), Some(Value::Bool(false)));
    assert_eq!(read(Some(false), None), Some(Value::Bool(false)));
    assert_eq!(read(None, None), None);
}

#[test]
fn a_statute_not_named_is_a_fact_of_its_own() {
    let vocabulary = vocabulary();
    let read = |statute: &str, name: &str| derive_one(&vocabulary, &asks("ice", statute), &Facts::new(), AFTER, name);
    assert_eq!(read("not_stated", "statute_not_named"), Some(Value::Bool(true)));
    assert_eq!(read("usc_8_1324", "statute_not_named"), Some(Value::Bool(false)));
    assert_eq!(read("unknown", "statute_not_named"), None);
    assert_eq!(read("of_no_list", "statute_not_named"), None);
    assert_eq!(read("tax", "statute_class"), Some(Value::Text("other_federal".into())));
    assert_eq!(read("usc_8_1324", "statute_class"), Some(Value::Text("unknown".into())));
    assert_eq!(read("unknown", "statute_class"), None);
}

#[test]
fn who_is_a_federal_immigration_authority_goes_by_unit_and_day() {
    let vocabulary = vocabulary();
    let read = |requester: &str, statute: &str, facts: &Facts, on| {
        derive_one(&vocabulary, &asks(requester, statute), facts, on, "federal_immigration_authority")
    };
    let nothing = Facts::new();
    for (requester, before, after) in [
        ("ice", Some(true), Some(true)),
        ("fbi", Some(false), None),
        ("park_rangers", Some(false), Some(false)),
        ("marshals", Some(false), Some(true)),
        ("sheriff", Some(false), Some(false)),
        ("nypd", Some(false), Some(false)),
        ("unknown", None, None),
        ("of_no_list", None, None),
    ] {
        assert_eq!(read(requester, "tax", &nothing, BEFORE), before.map(Value::Bool), "{requester} before");
        assert_eq!(read(requester, "tax", &nothing, AFTER), after.map(Value::Bool), "{requester} after");
    }
    assert_eq!(read("fbi", "civil_ina", &nothing, AFTER), Some(Value::Bool(true)), "it says what it enforces");
    let city = |is| {
        Facts::from_iter([(
            "requester_is_city_personnel".into(),
            Fact { value: Value::Bool(is), source: "badge".into() },
        )])
    };
    assert_eq!(read("task_force", "tax", &nothing, AFTER), None);
    assert_eq!(read("task_force", "tax", &city(true), AFTER), Some(Value::Bool(false)));
    assert_eq!(read("task_force", "tax", &city(false), AFTER), Some(Value::Bool(true)));
}

#[test]
fn law_enforcement_that_is_not_local() {
    let vocabulary = vocabulary();
    let read = |requester: &str| {
        derive_one(&vocabulary, &asks(requester, "tax"), &Facts::new(), AFTER, "non_local_law_enforcement")
    };
    assert_eq!(read("ice"), Some(Value::Bool(true)));
    assert_eq!(read("nypd"), Some(Value::Bool(false)));
    assert_eq!(read("task_force"), None);
    assert_eq!(read("unknown"), None);
}

#[test]
fn the_question_itself_gives_facts() {
    let vocabulary = vocabulary();
    let mut question = asks("ice", "tax");
    let read = |question: &Question, name: &str| derive_one(&vocabulary, question, &Facts::new(), AFTER, name);
    assert_eq!(read(&question, "requester_kind"), Some(Value::Text("federal".into())));
    assert_eq!(read(&question, "ice_or_fbi"), Some(Value::Bool(true)));
    assert_eq!(read(&asks("sheriff", "tax"), "ice_or_fbi"), Some(Value::Bool(false)));
    assert_eq!(read(&asks("unknown", "tax"), "ice_or_fbi"), None);
    assert_eq!(read(&question, "i200_shown"), Some(Value::Bool(false)));
    assert_eq!(read(&question, "i200_lodged"), None, "not shown is not yet not lodged");
    question.document.push("i200".into());
    assert_eq!(read(&question, "i200_shown"), Some(Value::Bool(true)));
    assert_eq!(read(&question, "i200_lodged"), Some(Value::Bool(true)));
    question.document = vec!["unknown".into()];
    assert_eq!(read(&question, "i200_shown"), None);
    question.document = vec![];
    assert_eq!(read(&question, "i200_shown"), None);
}

fn with_list(convictions: Vec<Conviction>) -> Facts {
    let mut facts = Facts::new();
    facts.insert("convictions", Value::Convictions(convictions), "search");
    facts.insert("instant_arrest_date", Value::Date(date(2026, 6, 15)), "docket");
    facts
}

fn robbery() -> Conviction {
    Conviction {
        law: Some(Law::NyPenal),
        section: Some("160.10".into()),
        grade: Some(Grade::Felony),
        judgment_date: Some(date(2024, 5, 1)),
        ..Conviction::named("docket 1")
    }
}

#[test]
fn a_result_may_be_stated_without_the_list_and_must_agree_with_it() {
    let (vocabulary, question, on) = (vocabulary(), asks("ice", "civil_ina"), date(2026, 6, 15));
    let mut stated = Facts::new();
    stated.insert("vs_conviction_in_window", Value::Bool(true), "search of 15 June");
    let (extended, _) = derive_all(&vocabulary, &question, &stated, on).unwrap();
    assert_eq!(extended.get("vs_conviction_in_window").unwrap().source, "search of 15 June");
    assert_eq!(extended.value("vs_conviction_ever"), Some(&Value::Bool(true)));
    assert_eq!(extended.value("vs_conviction_in_window_disputed"), Some(&Value::Bool(false)));

    let mut both = with_list(vec![robbery()]);
    assert_eq!(derive_all(&vocabulary, &question, &both, on).unwrap().0.known("vs_conviction_in_window"), Known::Yes);
    both.insert("vs_conviction_in_window", Value::Bool(true), "desk");
    derive_all(&vocabulary, &question, &both, on).unwrap();
    both.insert("vs_conviction_in_window", Value::Bool(false), "desk");
    let error = derive_all(&vocabulary, &question, &both, on).unwrap_err().to_string();
    assert!(
        error.starts_with("`vs_conviction_in_window` is stated as no, but it follows that it is yes: docket 1"),
        "{error}"
    );

    let mut open = with_list(vec![Conviction { section: Some("265.02".into()), ..robbery() }]);
    open.insert("vs_conviction_in_window", Value::Bool(true), "desk");
    assert!(
        derive_all(&vocabulary, &question, &open, on).is_err(),
        "a list that leaves it open is not settled by a statement"
    );
}

#[test]
fn a_statement_settles_what_the_question_leaves_open_and_contradicts_nothing() {
    let (vocabulary, on) = (vocabulary(), AFTER);
    let mut stated = Facts::new();
    stated.insert("federal_immigration_authority", Value::Bool(true), "letterhead");
    let (extended, _) = derive_all(&vocabulary, &asks("fbi", "tax"), &stated, on).unwrap();
    assert_eq!(extended.known("federal_immigration_authority"), Known::Yes);
    stated.insert("federal_immigration_authority", Value::Bool(false), "letterhead");
    assert!(derive_all(&vocabulary, &asks("ice", "tax"), &stated, on).is_err());
}

#[test]
fn for_counsel_is_not_known_and_said_so() {
    let mut vocabulary = vocabulary();
    vocabulary.violent_or_serious.penal_law = vec!["265.02(2)-(8)".into()];
    let facts = with_list(vec![Conviction { section: Some("265.02(5-a)".into()), ..robbery() }]);
    let (extended, _) = derive_all(&vocabulary, &asks("ice", "tax"), &facts, date(2026, 6, 15)).unwrap();
    assert_eq!(extended.value("vs_conviction_in_window"), None);
    assert_eq!(extended.value("vs_conviction_in_window_disputed"), Some(&Value::Bool(true)));
    assert_eq!(extended.value("vs_conviction_ever_disputed"), Some(&Value::Bool(true)));
}

#[test]
fn the_48_hours() {
    let vocabulary = vocabulary();
    let mut facts = Facts::new();
    facts.insert("release_due_at", Value::DateTime(datetime(2026, 9, 4, 17, 0, 0, 0)), "docket");
    let read_on = |facts: &Facts, name: &str, agency: &str, on: Date| {
        let question = Question { agency: agency.into(), ..asks("ice", "civil_ina") };
        derive_one(&vocabulary, &question, facts, on, name)
    };
    let read = |facts: &Facts, name: &str| read_on(facts, name, "NYPD", date(2018, 11, 13));
    assert_eq!(read(&facts, "hold_deadline"), Some(Value::DateTime(datetime(2026, 9, 9, 17, 0, 0, 0))));
    assert_eq!(read_on(&facts, "hold_deadline", "DOC", date(2018, 11, 13)), None, "the hours are the police's alone");
    assert_eq!(read_on(&facts, "hold_deadline", "NYPD", date(2018, 11, 14)), None, "since Wells: release now");
    assert_eq!(read(&facts, "hours_past_release_excluding"), None);
    facts.insert("as_of", Value::DateTime(datetime(2026, 9, 9, 17, 0, 0, 0)), "clock");
    assert_eq!(read(&facts, "hours_past_release_excluding"), Some(Value::Number(48)));
    facts.insert("as_of", Value::DateTime(datetime(2026, 9, 9, 17, 1, 0, 0)), "clock");
    assert_eq!(read(&facts, "hours_past_release_excluding"), Some(Value::Number(49)));
}

#[test]
fn a_derivation_is_read_as_it_is_written_and_another_is_refused() {
    for spec in vocabulary().facts.values() {
        let derivation = spec.derived.clone().unwrap();
        assert_eq!(Derivation::parse(&derivation.to_string()), Ok(derivation));
    }
    for bad in ["horoscope", "document_shown", "statute_class:9-131", "unconfirmed:required_by_law", ""] {
        let error = Derivation::parse(bad).unwrap_err().to_string();
        assert!(error.starts_with(&format!("there is no derivation `{bad}`")), "{error}");
    }
}
