//! Test: the canonical bytes of every kind of entry stay what they were: leaves that were logged must be found again.

use super::*;

/// The bytes of this entry never change: leaves in logs commit to them.
#[test]
fn known_bytes() {
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"done":{"agency":"DOC","decided_by":"Captain B","deed":{"acts":["hold","notify_release"],"what":"refused"},"person":"pk-030c1g60r30c1g60r30c1g60r3m","request":"rq-02081040g2081040g2081040g26","when":"2026-06-15T14:00:00"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&sample()).unwrap()).unwrap());
}

/// The keys of the residents' door as phones read them (`web::keys`, whose tests have the same file): entry, salt, leaf.
#[test]
fn known_bytes_of_the_keys_of_the_door() {
    let hash = |number: &u8| Sha256Hex::of(<sha2::Sha256 as sha2::Digest>::digest([*number; 1216]).into());
    let hashes = |numbers: &[u8]| numbers.iter().map(hash).collect();
    let contact = ContactKeys { city: hashes(&[3, 4]), trustee: hashes(&[5, 6, 7]) };
    let officials = [PublicKey::from_bytes([9; 32]), PublicKey::from_bytes([8; 32])].into();
    let promise =
        "example.org/vouchsafe-example/report-promise+3a09c360+AWD7UHUoKu09y6cWMy2S3OHPJyYWaNbEGl/xQUkRlBvm".to_owned();
    let set = KeySet::new(hashes(&[2, 1]), Some(contact), officials, promise).unwrap();
    let keys = DoorKeys {
        from: Date::constant(2026, 11, 30),
        set,
        asked_by: "A. \"Quote\" \\".to_owned(),
        approved_by: "Żółć".to_owned(),
    };
    let entry = Entry { by: Actor::Program { name: "keys".to_owned() }, body: Body::Keys(Box::new(keys)), ..sample() };
    let known = include_str!("../../../../../testdata/record/door-keys.txt");
    let line = |name: &str| known.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
    let bytes = canonical(&entry).unwrap();
    assert_eq!(std::str::from_utf8(&bytes).unwrap(), line("entry:"));
    let leaf = record::commitment(&record::Salt::from_bytes([7; 32]), &bytes);
    assert_eq!((hex::encode([7; 32]).as_str(), leaf.to_string().as_str()), (line("salt:"), line("leaf:")));
}

/// The same of pages, which whoever watches them reads.
#[test]
fn known_bytes_of_pages() {
    let pages = DoorPages {
        from: Date::constant(2026, 11, 30),
        manifest: Sha256Hex::of([9; 32]),
        asked_by: "A. Privacy".to_owned(),
        approved_by: "B. Counsel".to_owned(),
    };
    let by = Actor::Program { name: "keys".to_owned() };
    let entry = Entry { by, body: Body::Pages(Box::new(pages)), ..sample() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"pages":{"approved_by":"B. Counsel","asked_by":"A. Privacy","from":"2026-11-30","manifest":"0909090909090909090909090909090909090909090909090909090909090909"}},"by":{"kind":"program","name":"keys"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

/// The same of a contact that was dismissed: neither addresses nor a day.
#[test]
fn known_bytes_of_a_dismissal() {
    let dismissal = Dismissal {
        contact: ContactId::derive(&[1; 32], &[2; 32]),
        request: None,
        reason: "a newsletter".into(),
        dismissed_by: "A. Privacy".into(),
    };
    assert_ne!(dismissal.contact, ContactId::derive(&[3; 32], &[2; 32]), "each city has its own names");
    let by = Actor::Program { name: "reconcile".to_owned() };
    let of_request = Dismissal { request: Some(RequestId::from_bytes([7; 16])), ..dismissal.clone() };
    let entry = Entry { by, body: Body::Dismissed(Box::new(dismissal)), ..sample() };
    assert!(!format!("{entry:?}").contains("newsletter"));
    let other = Entry { body: Body::Dismissed(Box::new(of_request)), ..entry.clone() };
    let written = String::from_utf8(canonical(&other).unwrap()).unwrap();
    assert!(written.contains(r#""reason":"a newsletter","request":"rq-"#), "{written}");
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"dismissed":{"contact":"co-45xnp345ysqeejp84y3ff4wme90","dismissed_by":"A. Privacy","reason":"a newsletter"}},"by":{"kind":"program","name":"reconcile"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

/// The same of a comparison: numbers and days, and who says so.
#[test]
fn known_bytes_of_a_comparison() {
    use record::comparison::{LeftOn, LogFiles};
    let comparison = record::Comparison {
        agency: "DOC".into(),
        days: "2026-06-01..2026-06-30".parse().unwrap(),
        files: LogFiles { mbox: 1, postfix: 30, ..LogFiles::default() },
        recorded: 4,
        rostered: 3,
        dismissed: 2,
        unrecorded: 1,
        nobodys: 5,
        unread: 6,
        headless: 7,
        window_days: 5,
        left: vec![LeftOn { day: "2026-06-07".parse().unwrap(), unrecorded: 1, nobodys: 5 }],
        said_by: "A. Privacy".into(),
    };
    let by = Actor::Program { name: "reconcile".to_owned() };
    let entry = Entry { by, body: Body::Compared(Box::new(comparison)), ..sample() };
    assert_eq!((entry.body.kind(), entry.body.request()), ("compared", None));
    assert!(!format!("{entry:?}").contains("A. Privacy"));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"compared":{"agency":"DOC","contacts":10,"dismissed":2,"files":{"mbox":1,"postfix":30,"system":0,"trace":0},"from":"2026-06-01","headless":7,"left":[{"day":"2026-06-07","nobodys":5,"unrecorded":1}],"nobodys":5,"recorded":4,"rostered":3,"said_by":"A. Privacy","through":"2026-06-30","unread":6,"unrecorded":1,"window_days":5}},"by":{"kind":"program","name":"reconcile"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

/// The same of what the guide said offline, which is found with its request.
#[test]
fn known_bytes_of_what_the_guide_said() {
    let request = RequestId::from_bytes([2; 16]);
    let guided = record::Guided {
        request,
        at: "2026-06-15T14:05".parse().unwrap(),
        pack: "0f".repeat(32).into(),
        same_pack: false,
        stale: Some(Stale::OtherPack),
        said: vec![record::OfAct { act: "hold".into(), said: Said::Escalate }],
    };
    let by = Actor::Program { name: "guide".to_owned() };
    let entry = Entry { by, body: Body::Guided(Box::new(guided)), ..sample() };
    assert_eq!((entry.body.request(), entry.body.kind()), (Some(request), "guided"));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"guided":{"at":"2026-06-15T14:05:00","pack":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","request":"rq-02081040g2081040g2081040g26","said":[{"act":"hold","said":"escalate"}],"same_pack":false,"stale":"other_pack"}},"by":{"kind":"program","name":"guide"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

/// The same of a hand-over with its papers, and of a duty that was done; a hand-over of before has neither and reads as it did.
#[test]
fn known_bytes_of_a_hand_over_and_of_a_duty_done() {
    let Body::Done(done) = sample().body else { panic!("a deed") };
    let handed = |hand_over| {
        let deed = Deed::Transferred { to: "fbi".into(), on_detainer: false, hand_over };
        Entry { body: Body::Done(Box::new(Done { deed, ..(*done).clone() })), ..sample() }
    };
    let text = |entry: &Entry| String::from_utf8(canonical(entry).unwrap()).unwrap();
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"done":{"agency":"DOC","decided_by":"Captain B","deed":{"on_detainer":false,"to":"fbi","what":"transferred"},"person":"pk-030c1g60r30c1g60r30c1g60r3m","request":"rq-02081040g2081040g2081040g26","when":"2026-06-15T14:00:00"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&text(&handed(None)));
    let basis = WrittenBasis {
        kind: "judicial_arrest_warrant".into(),
        number: Some("26-MJ-101".into()),
        issuer: Some("a magistrate".into()),
        dated: Some(Date::constant(2026, 6, 14)),
    };
    let papers =
        HandOver { basis: Some(basis), second: Some("Captain C".into()), site: Some("Central Booking".into()) };
    let whole = handed(Some(Box::new(papers)));
    assert!(!format!("{whole:?}").contains("26-MJ-101") && !format!("{whole:?}").contains("Captain C"));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"done":{"agency":"DOC","decided_by":"Captain B","deed":{"hand_over":{"basis":{"dated":"2026-06-14","issuer":"a magistrate","kind":"judicial_arrest_warrant","number":"26-MJ-101"},"second":"Captain C","site":"Central Booking"},"on_detainer":false,"to":"fbi","what":"transferred"},"person":"pk-030c1g60r30c1g60r30c1g60r3m","request":"rq-02081040g2081040g2081040g26","when":"2026-06-15T14:00:00"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&text(&whole));
    let fulfilled = Fulfilled {
        duty: DutyKind::PrivacyOfficerTold,
        agency: "DOC".into(),
        request: Some(RequestId::from_bytes([2; 16])),
        site: None,
        when: "2026-06-15T15:00:00".parse().unwrap(),
        done_by: "Captain B".into(),
        note: Some("by telephone".into()),
    };
    let entry = Entry { body: Body::Fulfilled(Box::new(fulfilled)), ..sample() };
    assert_eq!(entry.body.request(), Some(RequestId::from_bytes([2; 16])), "found with its request");
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"fulfilled":{"agency":"DOC","done_by":"Captain B","duty":"privacy_officer_told","note":"by telephone","request":"rq-02081040g2081040g2081040g26","when":"2026-06-15T15:00:00"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&text(&entry));
    for kind in DutyKind::ALL {
        assert_eq!(DutyKind::of_word(kind.word()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
    }
}

/// The same of a reading and of a role that was given, by an administrator.
#[test]
fn known_bytes_of_a_reading_and_of_a_role_given() {
    let by = Actor::Staff { name: "A. Admin".into(), role: Role::Administrator, agency: "DOC".into() };
    let read = Body::Read(record::Reading::of(RequestId::from_bytes([2; 16])));
    let entry = Entry { by: by.clone(), body: read, ..sample() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"read":{"request":"rq-02081040g2081040g2081040g26"}},"by":{"agency":"DOC","kind":"staff","name":"A. Admin","role":"administrator"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
    let deed = Body::Read(record::Reading::of_deed(EntryId::from_bytes([3; 16])));
    assert_eq!(deed.request(), None, "a deed about no request is no request's");
    let entry = Entry { by: by.clone(), body: deed, ..sample() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"read":{"deed":"en-030c1g60r30c1g60r30c1g60r3m"}},"by":{"agency":"DOC","kind":"staff","name":"A. Admin","role":"administrator"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
    let post = record::Post { role: Role::PrivacyOfficer, agency: "DOC".into(), site: Some("Rikers".to_owned()) };
    let change = record::Change::RoleGiven(post);
    let (staff, name) = (record::StaffId::from_bytes([3; 16]), "B. Privacy".into());
    let given = record::StaffChange { staff, name, change, said_by: None };
    let entry = Entry { by, body: Body::Staff(Box::new(given)), ..sample() };
    assert!(!format!("{entry:?}").contains("B. Privacy"));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"staff":{"change":{"agency":"DOC","role":"privacy_officer","site":"Rikers","what":"role_given"},"name":"B. Privacy","staff":"st-030c1g60r30c1g60r30c1g60r3m"}},"by":{"agency":"DOC","kind":"staff","name":"A. Admin","role":"administrator"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

/// The same of a system that was added, and of what it records: neither its token nor a hash of it.
#[test]
fn known_bytes_of_a_system_added_and_of_what_it_reads() {
    let (system, name) = (record::SystemId::from_bytes([4; 16]), record::Private::from("Jail system"));
    let added = record::SystemStep::Added {
        agency: "DOC".into(),
        uses: vec![record::Use::Ask, record::Use::Record],
        until: "2026-09-01T00:00:00Z".parse().unwrap(),
    };
    let change =
        record::SystemChange { system, name: name.clone(), change: added, said_by: Some("B. Operator".into()) };
    let by = Actor::Program { name: "systems".to_owned() };
    let entry = Entry { by, body: Body::System(Box::new(change)), ..sample() };
    assert!(!format!("{entry:?}").contains("B. Operator"));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"system":{"change":{"agency":"DOC","until":"2026-09-01T00:00:00Z","uses":["ask","record"],"what":"added"},"name":"Jail system","said_by":"B. Operator","system":"sy-040g2081040g2081040g2081041"}},"by":{"kind":"program","name":"systems"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
    let read = Body::Read(record::Reading::of(RequestId::from_bytes([2; 16])));
    let by = Actor::System { system, name, agency: "DOC".into() };
    let entry = Entry { by, source: Source::Api, body: read, ..sample() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"read":{"request":"rq-02081040g2081040g2081040g26"}},"by":{"agency":"DOC","kind":"system","name":"Jail system","system":"sy-040g2081040g2081040g2081041"},"id":"en-01040g2081040g2081040g2081j","source":"api","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

/// The same of where messages go, of a suspension that nobody had done, and of the keys that sign them.
#[test]
fn known_bytes_of_a_hook_and_of_its_keys() {
    let (system, name) = (record::SystemId::from_bytes([4; 16]), record::Private::from("Jail system"));
    let by = Actor::Program { name: "systems".to_owned() };
    let hooked = record::SystemStep::Hooked {
        to: "https://jail.example.gov".into(),
        events: vec![record::Event::Request, record::Event::Deed],
    };
    let written = |body: Body| {
        let entry = Entry { by: by.clone(), body, ..sample() };
        let printed = format!("{entry:?}");
        assert!(!printed.contains("B. Operator") && !printed.contains("jail.example"), "{printed}");
        let bytes = canonical(&entry).unwrap();
        assert_eq!(serde_json::from_slice::<Entry>(&bytes).unwrap(), entry);
        String::from_utf8(bytes).unwrap()
    };
    let change =
        |change, said_by| Body::System(Box::new(record::SystemChange { system, name: name.clone(), change, said_by }));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"system":{"change":{"events":["request","deed"],"to":"https://jail.example.gov","what":"hooked"},"name":"Jail system","said_by":"B. Operator","system":"sy-040g2081040g2081040g2081041"}},"by":{"kind":"program","name":"systems"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&written(change(hooked, Some("B. Operator".into()))));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"system":{"change":{"what":"hook_suspended"},"name":"Jail system","system":"sy-040g2081040g2081040g2081041"}},"by":{"kind":"program","name":"systems"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&written(change(record::SystemStep::HookSuspended, None)));
    let keys = record::HookKeys { keys: vec!["whpk_one".to_owned()], said_by: "B. Operator".into() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"hook_keys":{"keys":["whpk_one"],"said_by":"B. Operator"}},"by":{"kind":"program","name":"systems"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&written(Body::HookKeys(Box::new(keys))));
}

#[test]
fn an_event_is_written_by_its_word() {
    for one in record::Event::ALL {
        assert_eq!(serde_json::to_value(one).unwrap(), one.word());
        assert_eq!(record::Event::of_word(one.word()), Some(one));
    }
    assert_eq!(record::Event::of_word("read"), None);
}

#[test]
fn a_use_is_written_by_its_word() {
    for one in record::Use::ALL {
        assert_eq!(serde_json::to_value(one).unwrap(), one.word());
        assert_eq!(record::Use::of_word(one.word()), Some(one));
    }
    assert_eq!(record::Use::of_word("approve"), None);
}

/// The same of the city's file, and of an account at the city's own sign-in: the entry does not say which.
#[test]
fn known_bytes_of_the_citys_file_and_of_a_bound_account() {
    let by = Actor::Program { name: "serve".to_owned() };
    let city = record::CityInForce { file: record::Sha256Hex::of([9; 32]), text: "[city]\n".into() };
    let entry = Entry { by, body: Body::City(Box::new(city)), ..sample() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"city":{"file":"0909090909090909090909090909090909090909090909090909090909090909","text":"[city]\n"}},"by":{"kind":"program","name":"serve"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
    let by = Actor::Staff { name: "A. Admin".into(), role: Role::Administrator, agency: "DOC".into() };
    let (staff, name) = (record::StaffId::from_bytes([3; 16]), "B. Privacy".into());
    let bound = record::StaffChange { staff, name, change: record::Change::Bound, said_by: None };
    let entry = Entry { by, body: Body::Staff(Box::new(bound)), ..sample() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"staff":{"change":{"what":"bound"},"name":"B. Privacy","staff":"st-030c1g60r30c1g60r30c1g60r3m"}},"by":{"agency":"DOC","kind":"staff","name":"A. Admin","role":"administrator"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

/// The same of a photograph of a paper, and of a reading of it: no file's name, and nothing of the picture but its hash and length.
#[test]
fn known_bytes_of_a_photograph_and_of_its_reading() {
    let by = Actor::Staff { name: "desk 4".into(), role: Role::Desk, agency: "DOC".into() };
    let photograph = record::Photograph {
        request: RequestId::from_bytes([2; 16]),
        shows: Some("i200".into()),
        content: record::Sha256Hex::of([9; 32]),
        form: record::PictureForm::Jpeg,
        bytes: 2_345_678,
    };
    let entry = Entry { by: by.clone(), body: Body::Photographed(Box::new(photograph)), ..sample() };
    assert_eq!(entry.body.request(), Some(RequestId::from_bytes([2; 16])), "found with its request");
    assert_eq!(entry.body.kind(), "photographed");
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"photographed":{"bytes":2345678,"content":"0909090909090909090909090909090909090909090909090909090909090909","form":"jpeg","request":"rq-02081040g2081040g2081040g26","shows":"i200"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
    let reading = record::Reading::of_photograph(RequestId::from_bytes([2; 16]), EntryId::from_bytes([3; 16]));
    let entry = Entry { by, body: Body::Read(reading), ..sample() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"read":{"photograph":"en-030c1g60r30c1g60r30c1g60r3m","request":"rq-02081040g2081040g2081040g26"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
    for form in record::PictureForm::ALL {
        assert_eq!(serde_json::to_value(form).unwrap(), form.word());
        assert_eq!(form.media_type(), format!("image/{}", form.word()));
    }
}

/// The same of a list that was taken as a file.
#[test]
fn known_bytes_of_a_list_taken() {
    let by = Actor::Staff { name: "A. Counsel".into(), role: Role::Counsel, agency: "DOC".into() };
    let (from, agencies) = (Some(Date::constant(2026, 1, 1)), vec!["DOC".into()]);
    let taken = record::ListTaken { agencies, from, through: None, narrowed: true };
    let entry = Entry { by, body: Body::Taken(Box::new(taken)), ..sample() };
    assert_eq!((entry.body.kind(), entry.body.request()), ("taken", None));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"taken":{"agencies":["DOC"],"from":"2026-01-01","narrowed":true}},"by":{"agency":"DOC","kind":"staff","name":"A. Counsel","role":"counsel"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

#[test]
fn a_role_is_written_by_its_word() {
    for role in Role::ALL {
        assert_eq!(serde_json::to_value(role).unwrap(), role.word());
        assert_eq!(Role::of_word(role.word()), Some(role));
    }
    assert_eq!(Role::of_word("boss"), None);
}

/// The same of a step that an official signed: the signature is over another text, the entry keeps it.
#[test]
fn known_bytes_of_a_stamp() {
    let stamp = Stamp {
        by: PublicKey::from_bytes([9; 32]),
        day: Date::constant(2026, 11, 26),
        signature: Signature::from_bytes([7; 64]),
    };
    let handling = Handling {
        report: ReportId::from_bytes([2; 16]),
        on: Date::constant(2026, 11, 27),
        step: Step::Closed { closing: Closing::NothingToDo, stamp },
    };
    let (by, source) = handling.maker();
    let entry = Entry { by, source, body: Body::Handled(Box::new(handling)), ..sample() };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"handled":{"on":"2026-11-27","report":"rp-02081040g2081040g2081040g26","step":{"closed":{"closing":"nothing_to_do","stamp":{"by":"0909090909090909090909090909090909090909090909090909090909090909","day":"2026-11-26","signature":"07070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707"}}}}},"by":{"kind":"program","name":"report"},"id":"en-01040g2081040g2081040g2081j","source":"report","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}

/// The same of a statement that was signed, and of the passkey that signed it: an enrolment of before names none, and reads as before.
#[test]
fn known_bytes_of_a_signed_statement_and_of_a_passkey() {
    use record::{Change, HexBytes, Nonce, PasskeyAnswer, PasskeyKey, SignedStatement, StaffChange, StaffId};
    let by = || Actor::Staff { name: "B. Privacy".into(), role: Role::PrivacyOfficer, agency: "DOC".into() };
    let (staff, key) = (StaffId::from_bytes([3; 16]), PasskeyKey::Es256 { x: [1; 32], y: [2; 32] });
    let said = |change| {
        let body = Body::Staff(Box::new(StaffChange { staff, name: "B. Privacy".into(), change, said_by: None }));
        String::from_utf8(canonical(&Entry { by: by(), body, ..sample() }).unwrap()).unwrap()
    };
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"staff":{"change":{"what":"enrolled"},"name":"B. Privacy","staff":"st-030c1g60r30c1g60r30c1g60r3m"}},"by":{"agency":"DOC","kind":"staff","name":"B. Privacy","role":"privacy_officer"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&said(Change::Enrolled { key: None }));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"staff":{"change":{"key":"f27d9f2a7791b49d98405dbcba02d1d1a359051fb8770db7a6fd8501a148efd3","what":"enrolled"},"name":"B. Privacy","staff":"st-030c1g60r30c1g60r30c1g60r3m"}},"by":{"agency":"DOC","kind":"staff","name":"B. Privacy","role":"privacy_officer"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&said(Change::Enrolled { key: Some(key.hash()) }));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"staff":{"change":{"what":"revoked"},"name":"B. Privacy","staff":"st-030c1g60r30c1g60r30c1g60r3m"}},"by":{"agency":"DOC","kind":"staff","name":"B. Privacy","role":"privacy_officer"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&said(Change::Revoked { key: None }));
    let answer = PasskeyAnswer {
        origin: "https://desk.example.gov".to_owned(),
        nonce: Nonce::from_bytes([4; 32]),
        key,
        device: HexBytes::of(&[5; 37]),
        browser: "{\"type\":\"webauthn.get\"}".to_owned(),
        signature: HexBytes::of(&[6; 8]),
    };
    let (from, through) = (Date::constant(2026, 7, 1), Date::constant(2026, 9, 30));
    let statement = "{\"agency\":\"DOC\"}".into();
    let signed = SignedStatement { agency: "DOC".into(), from, through, statement, staff, answer };
    let entry = Entry { by: by(), body: Body::Signed(Box::new(signed)), ..sample() };
    assert_eq!((entry.body.kind(), entry.body.request()), ("signed", None));
    expect![[r#"{"at":"2026-06-15T14:05:00.25Z","body":{"signed":{"agency":"DOC","answer":{"browser":"{\"type\":\"webauthn.get\"}","device":"05050505050505050505050505050505050505050505050505050505050505050505050505","key":"a501020326200121582001010101010101010101010101010101010101010101010101010101010101012258200202020202020202020202020202020202020202020202020202020202020202","nonce":"0404040404040404040404040404040404040404040404040404040404040404","origin":"https://desk.example.gov","signature":"0606060606060606"},"from":"2026-07-01","staff":"st-030c1g60r30c1g60r30c1g60r3m","statement":"{\"agency\":\"DOC\"}","through":"2026-09-30"}},"by":{"agency":"DOC","kind":"staff","name":"B. Privacy","role":"privacy_officer"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(std::str::from_utf8(&canonical(&entry).unwrap()).unwrap());
}
