//! Every kind of entry has one spelling: it comes back from it, and no other spelling is read.

mod steps;

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use law::{
    Decision, Facts, Known, Layer, Outcome, PackRef, Question, Said, Stale, Value,
    decision::{Condition, Derived, Duty, FilingLine, NextQuestion, ProvisionResult, Unmet, WhyKind, WhyNode},
};
use proptest::{option, prelude::*, sample::select};
use record::{
    Actor, Body, Channel, Claim, Closing, ContactId, ContactKeys, Correction, Decided, Deed, Detainer, DetainerReason,
    DisclosureForm, Dismissal, Document, Done, DoorKeys, DoorPages, DutyKind, Entry, EntryId, Erasure, ErasureKind,
    ErasureOrder, Fault, FaultKind, Filed, FilingId, Fulfilled, Funding, FundingStep, HandOver, Handling, HoldEnd,
    HoldOrder, Information, KeySet, Leaf, NoticeBar, Omission, OmissionGround, OutsideRequest, PersonKey, Private,
    PublicKey, Receiver, ReportId, RequestId, Requester, RequesterKind, Resolution, Role, Search, Sha256Hex, Signature,
    Source, Stamp, Step, Told, When, WrittenBasis, canonical, parse,
};

/// Free text with everything that JSON must escape and UTF-16 counts twice.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", "\\PC{0,12}", Just("\"\\\u{0}\n\u{1f}/\u{7f}\u{2028}\u{fb33}\u{1f600}".to_owned())]
}

fn private() -> impl Strategy<Value = Private> {
    text().prop_map(Private::from)
}

fn day() -> impl Strategy<Value = Date> {
    (1900..2200_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

fn when() -> impl Strategy<Value = When> {
    let time = (day(), 0..24_i8, 0..60_i8, 0..60_i8);
    prop_oneof![
        day().prop_map(When::Day),
        time.prop_map(|(day, hour, minute, second)| When::Time(day.at(hour, minute, second, 0))),
    ]
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_i64, 0..1_000_000_000_i32).prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap())
}

fn name<T: From<String> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    text().prop_map(T::from)
}

fn names<T: From<String> + std::fmt::Debug>() -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(name(), 0..3)
}

fn known() -> impl Strategy<Value = Known> {
    select(vec![Known::Yes, Known::No, Known::Unknown])
}

fn information() -> impl Strategy<Value = Vec<Information>> {
    prop::collection::vec(select(Information::ALL.to_vec()), 0..4)
}

fn told() -> BoxedStrategy<Told> {
    let any = {
        prop_oneof![
            (when(), option::of(private())).prop_map(|(at, who)| Told::At { at, who }),
            Just(Told::NotYet),
            Just(Told::Unknown),
        ]
    };
    any.boxed()
}

fn requester() -> BoxedStrategy<Requester> {
    let any = {
        use RequesterKind::{ContractorOrTaskForce, Federal, OtherLocal, State, Unknown};
        let kind = select(vec![Federal, State, OtherLocal, ContractorOrTaskForce, Unknown]);
        (kind, name(), text(), option::of(text()), option::of(private()))
            .prop_map(|(kind, id, agency, unit, officer)| Requester { kind, id, agency, unit, officer })
    };
    any.boxed()
}

fn document() -> BoxedStrategy<Document> {
    let any = {
        let copy = option::of(any::<[u8; 32]>().prop_map(Sha256Hex::of));
        (name(), option::of(day()), copy).prop_map(|(kind, dated, copy)| Document { kind, dated, copy })
    };
    any.boxed()
}

fn detainer() -> BoxedStrategy<Detainer> {
    let any = {
        let reasons = prop::collection::vec(select(DetainerReason::ALL.to_vec()), 0..3);
        (day(), reasons, any::<Option<bool>>(), any::<Option<bool>>()).prop_map(
            |(lodged, reasons, asserts_ground_a, warrant_with_it)| Detainer {
                lodged,
                reasons,
                asserts_ground_a,
                warrant_with_it,
            },
        )
    };
    any.boxed()
}

fn request() -> BoxedStrategy<OutsideRequest> {
    let any = {
        let channel = select(vec![
            Channel::InPerson,
            Channel::Telephone,
            Channel::Email,
            Channel::Message,
            Channel::Paper,
            Channel::System,
            Channel::TaskForce,
            Channel::Other,
            Channel::Unknown,
        ]);
        let receiver = (name(), option::of(text()), option::of(private()))
            .prop_map(|(agency, site, employee)| Receiver { agency, site, employee });
        let claim = select(vec![Claim::Civil, Claim::Criminal, Claim::Both, Claim::NotSaid]);
        let head = (any::<[u8; 16]>(), when(), requester(), channel, receiver, names()).boxed();
        let papers =
            (name(), option::of(private()), claim, prop::collection::vec(document(), 0..3), option::of(detainer()))
                .boxed();
        let rest = (information(), any::<Option<[u8; 16]>>(), told(), told(), option::of(private())).boxed();
        (head, papers, rest).prop_map(|(head, papers, rest)| {
            let (id, received, requester, channel, receiver, acts) = head;
            let (statute, statute_as_stated, claim, documents, detainer) = papers;
            let (information, person, supervisor, counsel, note) = rest;
            OutsideRequest {
                id: RequestId::from_bytes(id),
                received,
                requester,
                channel,
                receiver,
                acts,
                information,
                statute,
                statute_as_stated,
                claim,
                documents,
                detainer,
                person: person.map(PersonKey::from_bytes),
                supervisor,
                counsel,
                note,
            }
        })
    };
    any.boxed()
}

fn hand_over() -> BoxedStrategy<HandOver> {
    let basis = (name(), option::of(private()), option::of(private()), option::of(day()))
        .prop_map(|(kind, number, issuer, dated)| WrittenBasis { kind, number, issuer, dated });
    (option::of(basis), option::of(private()), option::of(text()))
        .prop_map(|(basis, second, site)| HandOver { basis, second, site })
        .boxed()
}

fn fulfilled() -> BoxedStrategy<Fulfilled> {
    let which = (select(DutyKind::ALL.to_vec()), name(), option::of(any::<[u8; 16]>()), option::of(text()));
    (which, when(), private(), option::of(private()))
        .prop_map(|((duty, agency, request, site), when, done_by, note)| Fulfilled {
            duty,
            agency,
            request: request.map(RequestId::from_bytes),
            site,
            when,
            done_by,
            note,
        })
        .boxed()
}

fn form() -> impl Strategy<Value = DisclosureForm> {
    select(vec![
        DisclosureForm::Spoken,
        DisclosureForm::Written,
        DisclosureForm::Copy,
        DisclosureForm::Alert,
        DisclosureForm::Location,
        DisclosureForm::SystemAccess,
        DisclosureForm::Unknown,
    ])
}

fn deed() -> BoxedStrategy<Deed> {
    let any = {
        let end = select(vec![HoldEnd::Transferred, HoldEnd::HoursRanOut, HoldEnd::Disavowed, HoldEnd::Released]);
        let how = select(vec![Resolution::Honored, Resolution::NotHonored, Resolution::Withdrawn]);
        prop_oneof![
            (when(), option::of(when()), option::of(end)).prop_map(|(from, until, ended)| Deed::Held {
                from,
                until,
                ended
            }),
            name().prop_map(|to| Deed::Notified { to }),
            (name(), any::<bool>(), option::of(hand_over())).prop_map(|(to, on_detainer, hand_over)| {
                Deed::Transferred { to, on_detainer, hand_over: hand_over.map(Box::new) }
            }),
            (name(), information(), form(), known(), any::<Option<[u8; 16]>>()).prop_map(
                |(to, information, form, facilitated_transfer, approval)| {
                    let approval = approval.map(EntryId::from_bytes);
                    Deed::Disclosed { to, information, form, facilitated_transfer, approval }
                }
            ),
            (name(), name()).prop_map(|(act, to)| Deed::Assisted { act, to }),
            names().prop_map(|acts| Deed::Refused { acts }),
            option::of(when()).prop_map(|due| Deed::Released { due }),
            how.prop_map(|how| Deed::Resolved { how }),
            (any::<[u8; 16]>(), known())
                .prop_map(|(id, charge_filed)| Deed::FollowedUp { transfer: EntryId::from_bytes(id), charge_filed }),
            any::<bool>().prop_map(|legal_help| Deed::NoticeGiven { legal_help }),
            select(vec![NoticeBar::Law, NoticeBar::Order, NoticeBar::Subpoena])
                .prop_map(|by| Deed::NoticeBarred { by }),
        ]
    };
    any.boxed()
}

fn done() -> BoxedStrategy<Done> {
    let any = {
        let search = (when(), known(), known()).prop_map(|(at, vs_conviction, tsdb_possible_match)| Search {
            at,
            vs_conviction,
            tsdb_possible_match,
        });
        let ids = any::<(Option<[u8; 16]>, Option<[u8; 16]>, Option<[u8; 16]>)>();
        (ids, name(), deed(), when(), private(), option::of(private()), option::of(search)).prop_map(
            |((request, decision, person), agency, deed, when, decided_by, basis, search)| Done {
                request: request.map(RequestId::from_bytes),
                decision: decision.map(EntryId::from_bytes),
                agency,
                person: person.map(PersonKey::from_bytes),
                deed,
                when,
                decided_by,
                basis,
                search,
            },
        )
    };
    any.boxed()
}

/// A value that reads back as itself: text that looks like a date is a date.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        "[a-z_]{1,8}".prop_map(Value::Text),
        (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::Number),
        day().prop_map(Value::Date),
    ]
}

fn why() -> BoxedStrategy<WhyNode> {
    let any = {
        let leaf = (known(), name(), option::of(name())).prop_map(|(holds, text, name)| WhyNode {
            kind: WhyKind::Fact,
            holds,
            text,
            name,
            parts: Vec::new(),
        });
        leaf.prop_recursive(3, 8, 3, |inner| {
            (known(), name(), prop::collection::vec(inner, 0..3)).prop_map(|(holds, text, parts)| WhyNode {
                kind: WhyKind::All,
                holds,
                text,
                name: None,
                parts,
            })
        })
    };
    any.boxed()
}

fn decided() -> BoxedStrategy<Decided> {
    let any = {
        let question = (name(), name(), name(), name(), names()).prop_map(
            |(agency, act, requester, statute_enforced, document)| Question {
                agency,
                act,
                requester,
                statute_enforced,
                document,
            },
        );
        let facts = prop::collection::vec(("[a-z_]{1,12}", value(), text()), 0..4).prop_map(|facts| {
            let mut all = Facts::new();
            for (name, value, source) in facts {
                all.insert(name, value, &source);
            }
            all
        });
        let provision =
            (text(), text(), select(Layer::ALL.to_vec()), select(Outcome::ALL.to_vec()), why(), any::<bool>())
                .prop_map(|(id, citation, layer, result, why, read_in_part)| ProvisionResult {
                    id: id.clone().into(),
                    citation: citation.into(),
                    layer,
                    result,
                    plain: id.clone().into(),
                    rules_that_hold: vec![id.into()],
                    why: why.into(),
                    read_in_part,
                });
        let condition = (name(), known(), name()).prop_map(|(fact, holds, needs)| Condition { fact, holds, needs });
        let conditions = prop::collection::vec(condition, 0..3);
        let outcome = select(Outcome::ALL.to_vec());
        let reasons = (prop::collection::vec(provision.boxed(), 0..3), conditions, text(), option::of(value())).boxed();
        let head = (outcome, day(), option::of(name()), any::<bool>());
        (any::<[u8; 16]>(), question.boxed(), facts.boxed(), head.boxed(), reasons).prop_map(
            |(request, question, facts, head, reasons)| {
                let (outcome, on, fault, after_read_until) = head;
                let (provisions, conditions, words, value) = reasons;
                let hangs_on = conditions.clone();
                let word = || words.as_str();
                let decision = Decision {
                    outcome,
                    layers: BTreeMap::from([(Layer::State, Outcome::Outside), (Layer::City, outcome)]),
                    provisions: provisions.into(),
                    unmet: vec![Unmet {
                        provision: word().into(),
                        citation: word().into(),
                        rule: word().into(),
                        plain: word().into(),
                        conditions: conditions.clone(),
                    }]
                    .into(),
                    next_questions: vec![NextQuestion {
                        fact: word().into(),
                        question: word().into(),
                        ask_of: word().into(),
                        cost: 3,
                    }]
                    .into(),
                    ways_to_yes: vec![conditions].into(),
                    duties: vec![Duty {
                        id: word().into(),
                        what: word().into(),
                        citation: word().into(),
                        due: None,
                        certain: true,
                        hangs_on,
                    }]
                    .into(),
                    filing_lines: vec![FilingLine { line: word().into(), citation: word().into() }].into(),
                    derived: vec![Derived { name: word().into(), value, because: vec![words.clone()] }],
                    pack: PackRef { id: word().into(), version: word().into(), sha256: word().into(), read_until: on },
                    on,
                    not_yet_read: vec![word().into()].into(),
                    after_read_until,
                    fault,
                };
                Decided { request: RequestId::from_bytes(request), question, facts, decision }
            },
        )
    };
    any.boxed()
}

fn door_keys() -> BoxedStrategy<DoorKeys> {
    let hashes = |count| prop::collection::btree_set(any::<[u8; 32]>().prop_map(Sha256Hex::of), count);
    let signers = prop::collection::btree_set(any::<[u8; 32]>().prop_map(PublicKey::from_bytes), 0..3);
    let contact = option::of((hashes(2..3), hashes(3..4)).prop_map(|(city, trustee)| ContactKeys { city, trustee }));
    let keys = (hashes(2..5), contact, signers, "[a-z./-]{1,12}\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{4}={0,2}");
    (day(), keys, text(), text())
        .prop_map(|(from, (intake, contact, officials, promise), asked_by, approved_by)| {
            let set = KeySet::new(intake, contact, officials, promise).unwrap();
            DoorKeys { from, set, asked_by, approved_by }
        })
        .boxed()
}

fn door_pages() -> impl Strategy<Value = DoorPages> {
    (day(), any::<[u8; 32]>(), text(), text()).prop_map(|(from, manifest, asked_by, approved_by)| DoorPages {
        from,
        manifest: Sha256Hex::of(manifest),
        asked_by,
        approved_by,
    })
}

fn handling() -> BoxedStrategy<Handling> {
    let stamp = (any::<[u8; 32]>(), day(), any::<u8>()).prop_map(|(by, day, byte)| Stamp {
        by: PublicKey::from_bytes(by),
        day,
        signature: Signature::from_bytes([byte; 64]),
    });
    let stamp = stamp.boxed();
    let order = (text(), private(), private())
        .prop_map(|(reference, asked_by, approved_by)| HoldOrder { reference, asked_by, approved_by })
        .boxed();
    let step = prop_oneof![
        stamp.clone().prop_map(Step::Opened),
        (select(Closing::ALL.to_vec()), stamp).prop_map(|(closing, stamp)| Step::Closed { closing, stamp }),
        day().prop_map(|day| Step::Withdrawn { day }),
        order.clone().prop_map(Step::Held),
        order.prop_map(Step::Released),
    ];
    (any::<[u8; 16]>(), day(), step)
        .prop_map(|(report, on, step)| Handling { report: ReportId::from_bytes(report), on, step })
        .boxed()
}

fn body() -> BoxedStrategy<Body> {
    let any = {
        let filed = (any::<[u8; 16]>(), text(), option::of(name()), day(), any::<[u8; 32]>(), any::<bool>(), private())
            .prop_map(|(filing, section, agency, from, content, nil, signed_by)| Filed {
                filing: FilingId::from_bytes(filing),
                section,
                agency,
                from,
                through: from,
                content: Sha256Hex::of(content),
                included_sources: if nil { Vec::new() } else { vec!["import:ice-foia".parse().unwrap(), Source::Demo] },
                nil,
                signed_by,
            });
        let erased = (any::<[u8; 16]>(), any::<[u8; 32]>(), text(), day(), private(), private()).prop_map(
            |(entry, leaf, reference, dated, asked_by, approved_by)| Erasure {
                entry: EntryId::from_bytes(entry),
                leaf: Leaf::from_bytes(leaf),
                order: ErasureOrder { kind: ErasureKind::Retention, reference, dated, asked_by, approved_by },
            },
        );
        prop_oneof![
            request().prop_map(|request| Body::Requested(Box::new(request))),
            decided().prop_map(|decided| Body::Decided(Box::new(decided))),
            done().prop_map(|done| Body::Done(Box::new(done))),
            fulfilled().prop_map(|fulfilled| Body::Fulfilled(Box::new(fulfilled))),
            filed.prop_map(|filed| Body::Filed(Box::new(filed))),
            (any::<[u8; 16]>(), private(), private()).prop_map(|(request, reason, chosen_by)| {
                let request = RequestId::from_bytes(request);
                Body::Omitted(Omission { request, ground: OmissionGround::Investigation, reason, chosen_by })
            }),
            (name(), day(), 0..1_u64 << 53).prop_map(|(agency, on, cents)| Body::Funding(Funding {
                agency,
                step: FundingStep::Received,
                on,
                cents
            })),
            (any::<[u8; 16]>(), any::<Option<[u8; 16]>>(), private(), private()).prop_map(
                |(entry, request, reason, said_by)| Body::Corrected(Correction {
                    entry: EntryId::from_bytes(entry),
                    request: request.map(RequestId::from_bytes),
                    reason,
                    said_by
                })
            ),
            (
                day(),
                prop::collection::vec("[0-9a-f]{64}".prop_map(|hash| record::Sha256Hex::try_from(hash).unwrap()), 1..4)
            )
                .prop_map(|(day, mut names)| {
                    let envelope = names.remove(0);
                    Body::Received(Box::new(record::Received { day, envelope, attachments: names }))
                }),
            steps::disclosing(),
            steps::tracked(),
            handling().prop_map(|handling| Body::Handled(Box::new(handling))),
            door_keys().prop_map(|keys| Body::Keys(Box::new(keys))),
            door_pages().prop_map(|pages| Body::Pages(Box::new(pages))),
            (any::<[u8; 16]>(), any::<Option<[u8; 16]>>(), private(), private()).prop_map(
                |(contact, request, reason, dismissed_by)| {
                    let contact = ContactId::from_bytes(contact);
                    let request = request.map(RequestId::from_bytes);
                    Body::Dismissed(Box::new(Dismissal { contact, request, reason, dismissed_by }))
                }
            ),
            comparison().prop_map(|comparison| Body::Compared(Box::new(comparison))),
            (any::<[u8; 16]>(), day(), "[0-9a-f]{64}", any::<(bool, Option<bool>, bool)>()).prop_map(
                |(request, day, pack, (same_pack, stale, barred))| {
                    let request = RequestId::from_bytes(request);
                    let stale = stale.map(|old| if old { Stale::Old } else { Stale::OtherPack });
                    let said = if barred { Said::Barred } else { Said::Escalate };
                    let said = vec![record::OfAct { act: "hold".into(), said }];
                    let at = day.at(14, 5, 0, 0);
                    Body::Guided(Box::new(record::Guided { request, at, pack: pack.into(), same_pack, stale, said }))
                }
            ),
            (any::<[u8; 16]>(), any::<Option<[u8; 16]>>(), any::<bool>()).prop_map(|(id, photograph, deed)| {
                Body::Read(match (photograph, deed) {
                    (_, true) => record::Reading::of_deed(EntryId::from_bytes(id)),
                    (None, false) => record::Reading::of(RequestId::from_bytes(id)),
                    (Some(photograph), false) => {
                        record::Reading::of_photograph(RequestId::from_bytes(id), EntryId::from_bytes(photograph))
                    }
                })
            }),
            (any::<[u8; 16]>(), any::<bool>(), any::<[u8; 32]>(), 0..record::PictureForm::ALL.len(), 0..1_u64 << 53)
                .prop_map(|(request, said, content, form, bytes)| {
                    Body::Photographed(Box::new(record::Photograph {
                        request: RequestId::from_bytes(request),
                        shows: said.then(|| "i200".into()),
                        content: record::Sha256Hex::of(content),
                        form: record::PictureForm::ALL[form],
                        bytes,
                    }))
                }),
            (option::of(Just(Date::constant(2026, 1, 1))), any::<bool>()).prop_map(|(from, narrowed)| {
                let agencies = vec!["DOC".into(), "NYPD".into()];
                Body::Taken(Box::new(record::ListTaken { agencies, from, through: None, narrowed }))
            }),
            (any::<[u8; 16]>(), private(), passkey_answer()).prop_map(|(staff, statement, answer)| {
                let (from, through) = (Date::constant(2026, 7, 1), Date::constant(2026, 9, 30));
                let staff = record::StaffId::from_bytes(staff);
                let agency = "DOC".into();
                Body::Signed(Box::new(record::SignedStatement { agency, from, through, statement, staff, answer }))
            }),
            (any::<[u8; 16]>(), private(), change(), option::of(private())).prop_map(
                |(staff, name, change, said_by)| {
                    let staff = record::StaffId::from_bytes(staff);
                    Body::Staff(Box::new(record::StaffChange { staff, name, change, said_by }))
                }
            ),
            (any::<[u8; 16]>(), private(), system_step(), option::of(private())).prop_map(
                |(system, name, change, said_by)| {
                    let system = record::SystemId::from_bytes(system);
                    Body::System(Box::new(record::SystemChange { system, name, change, said_by }))
                }
            ),
            (prop::collection::vec(text(), 1..3), private())
                .prop_map(|(keys, said_by)| Body::HookKeys(Box::new(record::HookKeys { keys, said_by }))),
            (any::<[u8; 32]>(), private()).prop_map(|(file, text)| {
                let file = record::Sha256Hex::of(file);
                Body::City(Box::new(record::CityInForce { file, text }))
            }),
            erased.prop_map(|erased| Body::Erased(Box::new(erased))),
            (any::<Option<[u8; 16]>>(), private()).prop_map(|(request, detail)| {
                let request = request.map(RequestId::from_bytes);
                Body::Fault(Fault { kind: FaultKind::OfflineDiffers, request, entry: None, detail })
            }),
        ]
    };
    any.boxed()
}

fn comparison() -> impl Strategy<Value = record::Comparison> {
    use record::comparison::{LogFiles, Stretch};
    let days = (day(), 0..100_i64).prop_map(|(from, more)| Stretch::new(from, from + more.days()).unwrap());
    let files = any::<[u16; 4]>().prop_map(|[mbox, trace, postfix, system]| LogFiles {
        mbox: mbox.into(),
        trace: trace.into(),
        postfix: postfix.into(),
        system: u64::from(system) + 1,
    });
    (name(), days, files, any::<([u32; 4], [u32; 3], u16)>(), private()).prop_map(
        |(agency, days, files, (found, beside, window_days), said_by)| {
            let ([recorded, rostered, dismissed, unrecorded], [nobodys, unread, headless]) =
                (found.map(u64::from), beside.map(u64::from));
            let on = |day, unrecorded, nobodys| record::comparison::LeftOn { day, unrecorded, nobodys };
            // The agency's on the first day, nobody's on the last.
            let mut left = match days.from() == days.through() {
                true => vec![on(days.from(), unrecorded, nobodys)],
                false => vec![on(days.from(), unrecorded, 0), on(days.through(), 0, nobodys)],
            };
            left.retain(|on| on.unrecorded > 0 || on.nobodys > 0);
            record::Comparison {
                agency,
                days,
                files,
                recorded,
                rostered,
                dismissed,
                unrecorded,
                nobodys,
                unread,
                headless,
                window_days,
                left,
                said_by,
            }
        },
    )
}

fn system_step() -> impl Strategy<Value = record::SystemStep> {
    use record::{Event, SystemStep, Use};
    let until = || (0..4_000_000_000_i64).prop_map(|second| jiff::Timestamp::from_second(second).unwrap());
    let uses = prop::sample::subsequence(Use::ALL.to_vec(), 0..=6);
    prop_oneof![
        (name(), uses, until()).prop_map(|(agency, uses, until)| SystemStep::Added { agency, uses, until }),
        until().prop_map(|until| SystemStep::Renewed { until }),
        Just(SystemStep::Revoked),
        (private(), prop::sample::subsequence(Event::ALL.to_vec(), 0..=6))
            .prop_map(|(to, events)| SystemStep::Hooked { to, events }),
        Just(SystemStep::Unhooked),
        Just(SystemStep::HookSuspended),
        Just(SystemStep::HookResumed),
    ]
}

fn passkey_answer() -> impl Strategy<Value = record::PasskeyAnswer> {
    use record::{HexBytes, Nonce, PasskeyAnswer, PasskeyKey};
    let key = prop_oneof![
        any::<([u8; 32], [u8; 32])>().prop_map(|(x, y)| PasskeyKey::Es256 { x, y }),
        any::<u8>().prop_map(|byte| PasskeyKey::Es384 { x: [byte; 48], y: [!byte; 48] }),
        any::<u8>().prop_map(|byte| PasskeyKey::Rs256 { n: Box::new([byte; 256]), e: [1, 0, 1] }),
    ];
    let said = prop::collection::vec(any::<u8>(), 0..80);
    (key, any::<[u8; 32]>(), said.clone(), text(), said).prop_map(|(key, nonce, device, browser, signature)| {
        let (nonce, origin) = (Nonce::from_bytes(nonce), "https://desk.example.gov".to_owned());
        let (device, signature) = (HexBytes::of(&device), HexBytes::of(&signature));
        PasskeyAnswer { origin, nonce, key, device, browser, signature }
    })
}

fn change() -> BoxedStrategy<record::Change> {
    use record::{Change, Post, Refused};
    let post = || {
        (select(Role::ALL.to_vec()), name(), option::of(text())).prop_map(|(role, agency, site)| Post {
            role,
            agency,
            site,
        })
    };
    prop_oneof![
        name().prop_map(|agency| Change::Added { agency }),
        post().prop_map(Change::RoleGiven),
        post().prop_map(Change::RoleTaken),
        select(vec![
            Change::Invited,
            Change::Enrolled { key: None },
            Change::Enrolled { key: Some(record::Sha256Hex::of([7; 32])) },
            Change::Revoked { key: None },
            Change::Revoked { key: Some(record::Sha256Hex::of([7; 32])) },
            Change::Bound,
            Change::Unbound,
            Change::SessionsEnded,
            Change::Refused { why: Refused::Cloned },
        ]),
    ]
    .boxed()
}

fn entry() -> BoxedStrategy<Entry> {
    let any = {
        let by = prop_oneof![
            (private(), name()).prop_map(|(name, agency)| Actor::Staff { name, role: Role::Desk, agency }),
            (private(), name(), select(Role::ALL.to_vec())).prop_map(|(name, agency, role)| Actor::Staff {
                name,
                role,
                agency
            }),
            text().prop_map(|name| Actor::Program { name }),
            (any::<[u8; 16]>(), private(), name()).prop_map(|(system, name, agency)| Actor::System {
                system: record::SystemId::from_bytes(system),
                name,
                agency,
            }),
        ];
        let source = select(vec![
            Source::Desk,
            Source::Api,
            Source::Demo,
            Source::Report,
            "import:ice-foia".parse::<Source>().unwrap(),
        ]);
        (any::<[u8; 16]>(), moment(), by, source, body()).prop_map(|(id, at, by, source, body)| Entry {
            id: EntryId::from_bytes(id),
            at,
            by,
            source,
            body,
        })
    };
    any.boxed()
}

proptest! {
    #[test]
    fn comes_back_from_its_canonical_form(entry in entry()) {
        let bytes = canonical(&entry).unwrap();
        prop_assert_eq!(&parse(&bytes).unwrap(), &entry);
        // serde_json writes the same values in another order: as good JSON, but not the accepted form.
        let other = serde_json::to_vec(&entry).unwrap();
        prop_assert!(other == bytes || parse(&other).is_err());
    }

    /// A desk under load spent a tenth of its time on moving them (ADR 36).
    #[test]
    fn what_stands_many_times_in_a_decision_comes_in_canonical_order(decided in decided()) {
        let Decision { provisions, unmet, next_questions, duties, filing_lines, derived, pack, .. } = &decided.decision;
        let many = (provisions, unmet, next_questions, duties, filing_lines, derived, pack);
        prop_assert_eq!(serde_json::to_vec(&many).unwrap(), record::canonical::to_bytes(&many).unwrap());
    }

    #[test]
    fn one_changed_byte_is_another_entry_or_none(entry in entry(), place: prop::sample::Index, byte: u8) {
        let bytes = canonical(&entry).unwrap();
        let mut changed = bytes.clone();
        let place = place.index(bytes.len());
        prop_assume!(changed[place] != byte);
        changed[place] = byte;
        if let Ok(other) = parse(&changed) {
            prop_assert_ne!(&other, &entry);
            prop_assert_eq!(canonical(&other).unwrap(), changed);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        prop_assert!(parse(&bytes).is_err());
    }
}

fn sample() -> Entry {
    Entry {
        id: EntryId::from_bytes([1; 16]),
        at: "2026-06-15T14:05:00.25Z".parse().unwrap(),
        by: Actor::Staff { name: "desk 4".into(), role: Role::Desk, agency: "DOC".into() },
        source: Source::Desk,
        body: Body::Done(Box::new(Done {
            request: Some(RequestId::from_bytes([2; 16])),
            decision: None,
            agency: "DOC".into(),
            person: Some(PersonKey::from_bytes([3; 16])),
            deed: Deed::Refused { acts: vec!["hold".into(), "notify_release".into()] },
            when: "2026-06-15T14:00:00".parse().unwrap(),
            decided_by: "Captain B".into(),
            basis: None,
            search: None,
        })),
    }
}

#[test]
fn debug_shows_nothing_private() {
    let text = format!("{:?}", sample());
    assert!(!text.contains("desk 4") && !text.contains("Captain B"), "{text}");
    assert!(text.contains("(private)"));
}

fn refused(change: impl Fn(String) -> String, expect: Expect) {
    let text = String::from_utf8(canonical(&sample()).unwrap()).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text);
    let error = parse(changed.as_bytes()).unwrap_err();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    expect.assert_eq(&format!("{error}{cause}"));
}

#[test]
fn other_spellings_are_refused() {
    refused(
        |text| text.replace("\"v\":1", "\"v\":2"),
        expect!["not an entry of the record: `2` is a version of the entry format that is not known here"],
    );
    refused(
        |text| text.replace("\"v\":1", "\"v\": 1"),
        expect!["an entry that is not in canonical form: at byte 388 it differs from it"],
    );
    refused(
        |text| format!("{text}\n"),
        expect!["an entry that is not in canonical form: at byte 390 it differs from it"],
    );
    refused(
        |text| text.replace("\"v\":1", "\"v\":1,\"w\":1"),
        expect![
            "not an entry of the record: unknown field `w`, expected one of `v`, `id`, `at`, `by`, `source`, `body` at line 1 column 393"
        ],
    );
    refused(
        |text| text.replace("DOC", "\\u0044OC"),
        expect!["an entry that is not in canonical form: at byte 58 it differs from it"],
    );
    refused(
        |text| text.replace("14:05:00.25Z", "10:05:00.25-04:00"),
        expect!["an entry that is not in canonical form: at byte 19 it differs from it"],
    );
    refused(
        |text| text.replace("\"source\":\"desk\"", "\"source\":\"import:Ice\""),
        expect![
            "not an entry of the record: `import:Ice` is no source: write `desk`, `api`, `demo`, `report` or `import:` with a name such as `ice-foia` at line 1 column 389"
        ],
    );
}

mod known_bytes;
