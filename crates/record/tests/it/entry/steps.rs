//! The steps of a disclosure and the lines of surveillance data, any of them; and the known bytes of the former.

use record::{Agreement, Ground, Passage, Proposal, Ruling, SealedStop, Tracked, Verdict};

use super::*;

pub fn tracked() -> BoxedStrategy<Body> {
    let any = {
        let provided = (day(), known(), known()).prop_map(|(on, task_force, sole_control)| Passage::Provided {
            on,
            task_force,
            sole_control,
        });
        let access = (text(), day(), option::of(day())).prop_map(|(extent, from, until)| Passage::DirectAccess {
            extent,
            from,
            until,
        });
        let what = prop_oneof![provided, access];
        (name(), any::<Option<[u8; 16]>>(), text(), option::of(name()), what, private()).prop_map(
            |(agency, request, name, to, what, said_by)| {
                let request = request.map(RequestId::from_bytes);
                Body::Tracked(Box::new(Tracked { agency, request, name, to, what, said_by }))
            },
        )
    };
    any.boxed()
}

/// One step about a disclosure.
pub fn disclosing() -> BoxedStrategy<Body> {
    let any = {
        let ids = any::<([u8; 16], [u8; 16], Option<[u8; 16]>)>();
        let of = || (ids.clone(), name(), private(), private());
        let proposed = (of(), name(), information(), form(), (known(), known()), 0..3_u8).prop_map(
            |(((request, decision, person), agency, why, maker), to, information, form, (routine, sealed), ground)| {
                Body::Proposed(Box::new(Proposal {
                    request: RequestId::from_bytes(request),
                    agency,
                    person: person.map(PersonKey::from_bytes),
                    to,
                    information,
                    form,
                    decisions: vec![EntryId::from_bytes(decision)],
                    ground: [Ground::Authorised, Ground::Mission, Ground::Required][usize::from(ground)],
                    routine,
                    sealed,
                    why,
                    maker,
                }))
            },
        );
        let agreed = of().prop_map(|((request, proposal, _), agency, opinion, maker)| {
            let (request, proposal) = (RequestId::from_bytes(request), EntryId::from_bytes(proposal));
            Body::Agreed(Box::new(Agreement { proposal, request, agency, opinion, maker }))
        });
        let verdict = select(vec![Verdict::Approved, Verdict::Refused, Verdict::Withdrawn]);
        let ruled = (of(), verdict, any::<bool>()).prop_map(
            |(((request, proposal, agreement), agency, reason, maker), verdict, reasoned)| {
                Body::Ruled(Box::new(Ruling {
                    proposal: EntryId::from_bytes(proposal),
                    request: RequestId::from_bytes(request),
                    agency,
                    verdict,
                    agreement: agreement.map(EntryId::from_bytes),
                    reason: reasoned.then_some(reason),
                    maker,
                }))
            },
        );
        let stopped =
            (any::<[u8; 16]>(), name(), information(), form()).prop_map(|(request, agency, information, form)| {
                let request = RequestId::from_bytes(request);
                Body::Stopped(Box::new(SealedStop { request, agency, information, form }))
            });
        prop_oneof![proposed, agreed, ruled, stopped]
    };
    any.boxed()
}

#[test]
fn known_bytes_of_a_disclosure_from_its_proposal_to_its_deed() {
    let (request, person) = (RequestId::from_bytes([3; 16]), None);
    let id = |byte: u8| EntryId::from_bytes([byte; 16]);
    let (form, information) = (DisclosureForm::Copy, vec![Information::CourtDate]);
    let bodies = [
        Body::Proposed(Box::new(Proposal {
            request,
            agency: "DOC".into(),
            person,
            to: "fbi".into(),
            information: information.clone(),
            form,
            decisions: vec![id(4)],
            ground: Ground::Mission,
            routine: Known::No,
            sealed: Known::No,
            why: "a hearing".into(),
            maker: "st-1".into(),
        })),
        Body::Agreed(Box::new(Agreement {
            proposal: id(5),
            request,
            agency: "DOC".into(),
            opinion: "agreed".into(),
            maker: "st-2".into(),
        })),
        Body::Ruled(Box::new(Ruling {
            proposal: id(5),
            request,
            agency: "DOC".into(),
            verdict: Verdict::Approved,
            agreement: Some(id(6)),
            reason: None,
            maker: "st-3".into(),
        })),
        Body::Stopped(Box::new(SealedStop { request, agency: "DOC".into(), information, form })),
    ];
    let lines = bodies.map(|body| String::from_utf8(canonical(&Entry { body, ..sample() }).unwrap()).unwrap());
    expect![[r#"
        {"at":"2026-06-15T14:05:00.25Z","body":{"proposed":{"agency":"DOC","decisions":["en-040g2081040g2081040g2081041"],"form":"copy","ground":"mission","information":["court_date"],"maker":"st-1","request":"rq-030c1g60r30c1g60r30c1g60r3m","routine":"no","sealed":"no","to":"fbi","why":"a hearing"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}
        {"at":"2026-06-15T14:05:00.25Z","body":{"agreed":{"agency":"DOC","maker":"st-2","opinion":"agreed","proposal":"en-050m2ga1850m2ga1850m2ga185k","request":"rq-030c1g60r30c1g60r30c1g60r3m"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}
        {"at":"2026-06-15T14:05:00.25Z","body":{"ruled":{"agency":"DOC","agreement":"en-060r30c1g60r30c1g60r30c1g67","maker":"st-3","proposal":"en-050m2ga1850m2ga1850m2ga185k","request":"rq-030c1g60r30c1g60r30c1g60r3m","verdict":"approved"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}
        {"at":"2026-06-15T14:05:00.25Z","body":{"stopped":{"agency":"DOC","form":"copy","information":["court_date"],"request":"rq-030c1g60r30c1g60r30c1g60r3m"}},"by":{"agency":"DOC","kind":"staff","name":"desk 4","role":"desk"},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}"#]].assert_eq(&lines.join("\n"));
}
