//! Test: a disclosure from its proposal to its deed, told by role; and the hard stop, which no role opens.

use law::{Facts, Outcome, Question, Value};
use record::{Body, Deed, Entry, Verdict, disclosure::Standing};

use super::*;

fn someone(name: &str, role: Role) -> Option<Account> {
    Some(Account::development(name, &AgencyId::new("DOC"), role))
}

fn clerk() -> Option<Account> {
    someone("C. Clerk", Role::Desk)
}

fn officer() -> Option<Account> {
    someone("P. Officer", Role::PrivacyOfficer)
}

fn nonce(number: u8) -> String {
    format!("nonce={}", hex::encode([number; 16]))
}

const ASKED: &str = "information=custody&form=copy&sealed=no&ground=mission&routine=no&why=a+hearing";

impl World {
    /// The gate's answer on whether DOC may tell of custody: as the law answers these facts, with this outcome.
    fn answered(&self, outcome: Outcome, sealed: bool) {
        let question = Question {
            agency: "DOC".into(),
            act: "disclose_custody_information".into(),
            requester: "ice_ero".into(),
            statute_enforced: "unknown".into(),
            document: Vec::new(),
        };
        let mut facts = Facts::new();
        if sealed {
            facts.insert("sealed_record", Value::Bool(true), "the desk");
        }
        let mut decision = law::decide(&self.desk.pack, &question, &facts, "2026-06-15".parse().unwrap());
        (decision.outcome, decision.fault) = (outcome, None);
        let decided = record::Decided { request: self.ours, question, facts, decision };
        let account = clerk().unwrap();
        let drafts = self.desk.drafts(&account, vec![Body::Decided(Box::new(decided))]).unwrap();
        self.store.commit("test", drafts).unwrap();
    }

    async fn proposes(&self, number: u8) -> (StatusCode, String) {
        let path = format!("/requests/{}/disclose", self.ours);
        self.ask(clerk(), "POST", &path, &format!("{}&{ASKED}", nonce(number))).await
    }

    async fn rules(&self, who: Option<Account>, what: &str, proposal: EntryId, reason: &str) -> (StatusCode, String) {
        let path = format!("/requests/{}/disclosures", self.ours);
        let form = format!("{}&what={what}&proposal={proposal}&reason={reason}", nonce(99));
        self.ask(who, "POST", &path, &form).await
    }

    /// Everything about DOC's request.
    fn said(&self) -> Vec<Entry> {
        let all = self.store.by_request(&self.ours).unwrap();
        all.iter().filter_map(|stored| stored.entry()).cloned().collect()
    }

    fn last(&self, kind: &str) -> EntryId {
        self.said().iter().rev().find(|entry| entry.body.kind() == kind).unwrap().id
    }

    fn stands(&self, proposal: EntryId) -> Standing {
        let said = self.said();
        record::disclosure::standing(&said.iter().collect::<Vec<_>>(), proposal).unwrap()
    }

    fn count(&self, kind: &str) -> usize {
        self.said().iter().filter(|entry| entry.body.kind() == kind).count()
    }

    async fn page(&self, who: Option<Account>) -> String {
        self.ask(who, "GET", &format!("/requests/{}", self.ours), "").await.1
    }
}

#[tokio::test]
async fn a_proposal_is_approved_by_a_second_person_and_told_as_it_was_approved() {
    let world = World::new();
    world.answered(Outcome::Permitted, false);
    let to = format!("/requests/{}", world.ours);
    assert_eq!(world.proposes(1).await, (StatusCode::SEE_OTHER, format!("{to}?told=to-officer")));
    // Sent twice it is one.
    assert_eq!(world.proposes(1).await, (StatusCode::SEE_OTHER, format!("{to}?told=before")));
    let proposal = world.last("proposed");
    assert_eq!((world.count("proposed"), world.stands(proposal)), (1, Standing::WaitsForOfficer(None)));
    // Whoever proposed it, also as privacy officer; every other role; another agency's privacy officer.
    let (status, _) = world.rules(someone("C. Clerk", Role::PrivacyOfficer), "approve", proposal, "").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    for role in Role::ALL.into_iter().filter(|role| *role != Role::PrivacyOfficer) {
        let (status, _) = world.rules(someone("S. Other", role), "approve", proposal, "").await;
        assert!(matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND), "{}: {status}", role.word());
    }
    let other = Account::development("O. Other", &AgencyId::new("NYPD"), Role::PrivacyOfficer);
    assert_eq!(world.rules(Some(other), "approve", proposal, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.count("ruled"), 0);
    // It waits on the list of the one whose word is missing, and on nobody else's.
    let waiting = async |who| world.ask(who, "GET", "/disclosures", "").await.1.contains("Nothing waits for you");
    assert_eq!((waiting(officer()).await, waiting(clerk()).await), (false, true));
    let approved = world.rules(officer(), "approve", proposal, "the+hearing+needs+it").await;
    assert_eq!(approved, (StatusCode::SEE_OTHER, format!("{to}?told=ruled")));
    let approval = world.last("ruled");
    assert_eq!(world.stands(proposal), Standing::Approved(approval));
    // A second word changes nothing: the same again, and another of somebody else.
    let again = world.rules(officer(), "approve", proposal, "the+hearing+needs+it").await;
    assert_eq!(again, (StatusCode::SEE_OTHER, format!("{to}?told=before")));
    let second = world.rules(someone("Q. Second", Role::PrivacyOfficer), "refuse", proposal, "no").await;
    assert_eq!(second, (StatusCode::SEE_OTHER, format!("{to}?told=first")));
    assert_eq!((world.count("ruled"), world.stands(proposal)), (1, Standing::Approved(approval)));
    let told = world.ask(officer(), "GET", &format!("{to}?told=first"), "").await.1;
    assert!(told.contains("word came first and stands") && told.contains("the hearing needs it"), "{told}");
    // The deed names it; told otherwise it is recorded all the same, and shows.
    let page = world.page(clerk()).await;
    assert!(page.contains(&format!("value=\"{approval}\" selected")), "{page}");
    let done = |form: &str| {
        format!("{}&deed=disclosed&decided=B&information=custody&form={form}", nonce(u8::try_from(form.len()).unwrap()))
    };
    let path = format!("{to}/done");
    let (status, at) = world.ask(clerk(), "POST", &path, &format!("{}&approval={approval}", done("copy"))).await;
    assert_eq!((status, at), (StatusCode::SEE_OTHER, format!("{to}?told=kept")));
    let page = world.page(clerk()).await;
    assert!(page.contains("Made") && !page.contains("Possible violation:"), "{page}");
    // Used once: the list has it no more, and a form that names it is refused.
    let again = world.ask(clerk(), "POST", &path, &format!("{}&approval={approval}", done("spoken"))).await;
    assert_eq!(again.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _) = world.ask(clerk(), "POST", &path, &done("location")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let page = world.page(clerk()).await;
    assert!(page.contains("no approval of the privacy officer that holds is named"), "{page}");
    let deeds = world.said().into_iter().filter_map(|entry| match entry.body {
        Body::Done(done) => Some(done.deed),
        _ => None,
    });
    let named: Vec<_> = deeds
        .map(|deed| match deed {
            Deed::Disclosed { approval, .. } => approval,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(named, [Some(approval), None]);
}

/// What a browser sends of the form of a deed as the page shows it: hidden fields, what is ticked, what is chosen of a list.
fn shown_form(page: &str) -> Vec<(String, String)> {
    let form = page.split("<form id=\"done\"").nth(1).unwrap().split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned)
    };
    let mut sent: Vec<(String, String)> = Vec::new();
    let mut list: Option<(String, bool)> = None;
    for tag in form.split('<').skip(1).map(|part| part.split('>').next().unwrap()) {
        let value = attribute(tag, "value").unwrap_or_default();
        let box_of = ["checkbox", "radio"].contains(&attribute(tag, "type").unwrap_or_default().as_str());
        if tag.starts_with("select ") {
            list = Some((attribute(tag, "name").unwrap(), false));
        } else if tag.starts_with("option") {
            let Some((name, filled)) = &mut list else { panic!("{tag}") };
            if tag.ends_with(" selected") && *filled {
                sent.pop();
            }
            if tag.ends_with(" selected") || !*filled {
                sent.push((name.clone(), value));
                *filled = true;
            }
        } else if tag.starts_with("input ") && (!box_of || tag.ends_with(" checked")) {
            sent.push((attribute(tag, "name").unwrap(), value));
        }
    }
    sent
}

/// The form as shown, with one deed chosen and who decided.
fn with_deed(page: &str) -> String {
    let mut sent = shown_form(page);
    sent.retain(|(name, _)| name != "deed" && name != "decided");
    let pairs: Vec<String> = sent.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}&deed=disclosed&decided=B.+Captain", pairs.join("&"))
}

#[tokio::test]
async fn what_was_approved_fills_in_the_form_that_says_that_it_was_told() {
    let world = World::new();
    world.answered(Outcome::Permitted, false);
    let disclose = format!("/requests/{}/disclose", world.ours);
    let mut approvals = Vec::new();
    for (number, asked) in
        [(1, ASKED.replace("custody", "release-date").replace("copy", "spoken")), (2, ASKED.to_owned())]
    {
        let (status, _) = world.ask(clerk(), "POST", &disclose, &format!("{}&{asked}", nonce(number))).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(world.rules(officer(), "approve", world.last("proposed"), "").await.0, StatusCode::SEE_OTHER);
        approvals.push(world.last("ruled"));
    }
    // The newest fills it in, where it is seen: no fold stands between the deeds and what would be recorded of one.
    let page = world.page(clerk()).await;
    let form = page.split("<form id=\"done\"").nth(1).unwrap();
    assert!(form.find("class=\"told\"").unwrap() < form.find("<details").unwrap(), "{form}");
    let shown = shown_form(&page);
    let has = |name: &str, value: &str| shown.contains(&(name.to_owned(), value.to_owned()));
    assert!(
        has("approval", &approvals[1].to_string()) && has("form", "copy") && has("information", "custody"),
        "{shown:?}"
    );
    // The other is led to, and fills it in too.
    let other = format!("/requests/{}?approval={}", world.ours, approvals[0]);
    assert!(page.contains(&format!("href=\"{other}#done\"")), "{page}");
    for (path, line) in [
        (other, "Information was given: A release date · Spoken, also “just confirming” · B. Captain"),
        (
            format!("/requests/{}", world.ours),
            "Information was given: Whether a person is in custody · A copy, or a picture of a screen · B. Captain",
        ),
    ] {
        let (_, page) = world.ask(clerk(), "GET", &path, "").await;
        let (status, to) =
            world.ask(clerk(), "POST", &format!("/requests/{}/done", world.ours), &with_deed(&page)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let page = world.page(clerk()).await;
        assert!(page.contains(line) && !page.contains("Possible violation:"), "{page}");
    }
    // Both were used: the form begins with nothing that nobody said.
    let shown = shown_form(&world.page(clerk()).await);
    assert!(shown.contains(&("form".to_owned(), "unknown".to_owned())), "{shown:?}");
    assert!(!shown.iter().any(|(name, _)| name == "approval" || name == "information"), "{shown:?}");
}

#[tokio::test]
async fn what_is_barred_is_not_proposed_and_what_is_for_counsel_waits_for_counsel() {
    let world = World::new();
    let form = format!("/requests/{}/disclose", world.ours);
    // Nobody asked; then the answer was no.
    let (status, page) = world.ask(clerk(), "GET", &form, "").await;
    assert!(status == StatusCode::OK && page.contains("was not asked") && !page.contains("name=\"why\""), "{page}");
    world.answered(Outcome::Barred, false);
    let (status, page) = world.ask(clerk(), "GET", &form, "").await;
    assert!(status == StatusCode::OK && page.contains("answer is no") && !page.contains("name=\"why\""), "{page}");
    // What would lead to that is not offered; why stands in its place.
    let page = world.page(clerk()).await;
    assert!(!page.contains("Propose a disclosure") && page.contains("What is barred cannot be proposed."), "{page}");
    assert_eq!(world.proposes(1).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count("proposed"), 0);
    world.answered(Outcome::Escalate, false);
    assert!(world.page(clerk()).await.contains("Propose a disclosure"));
    // What is half said is not kept, and what was typed comes back.
    for half in ["information=custody", "form=copy", "sealed=no", "ground=mission", "routine=no", "why=a+hearing"] {
        let sent = format!("{}&{}", nonce(2), ASKED.replace(half, ""));
        let (status, page) = world.ask(clerk(), "POST", &form, &sent).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "without {half}");
        assert_eq!(page.contains(">a hearing</textarea>"), half != "why=a+hearing", "{page}");
    }
    assert_eq!(world.count("stopped"), 0);
    let sent = format!("{}&{}", nonce(2), ASKED.replace("sealed=no", "sealed=unknown"));
    let (status, page) = world.ask(clerk(), "POST", &form, &sent).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("Find out first"), "{page}");
    for role in [Role::Counsel, Role::LawDepartment, Role::Oversight] {
        let sent = format!("{}&{ASKED}", nonce(2));
        assert_eq!(world.ask(someone("X", role), "POST", &form, &sent).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(world.count("proposed"), 0);
    // Whoever sent it is told whom it waits for.
    let (status, to) = world.proposes(3).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, &*format!("/requests/{}?told=to-counsel", world.ours)));
    assert!(world.ask(clerk(), "GET", &to, "").await.1.contains("It waits for your agency’s counsel, and then"));
    let proposal = world.last("proposed");
    assert_eq!(world.stands(proposal), Standing::WaitsForCounsel);
    let counsel = || someone("L. Counsel", Role::Counsel);
    // The officer cannot come first, nobody agrees for counsel, and counsel says something.
    assert_eq!(world.rules(officer(), "approve", proposal, "").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.rules(officer(), "agree", proposal, "fine").await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.rules(counsel(), "agree", proposal, "").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.rules(counsel(), "refuse", proposal, "").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.rules(counsel(), "agree", proposal, "an+order+requires+it").await.0, StatusCode::SEE_OTHER);
    let agreement = world.last("agreed");
    assert_eq!(world.stands(proposal), Standing::WaitsForOfficer(Some(agreement)));
    assert_eq!(world.rules(counsel(), "agree", proposal, "again").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(world.page(officer()).await.contains("an order requires it"));
    // The same form sent twice is what was said, not somebody else's word, and adds nothing.
    let before = (StatusCode::SEE_OTHER, format!("/requests/{}?told=before", world.ours));
    assert_eq!(world.rules(counsel(), "agree", proposal, "an+order+requires+it").await, before);
    assert_eq!(world.rules(officer(), "approve", proposal, "").await.0, StatusCode::SEE_OTHER);
    assert_eq!(world.rules(officer(), "approve", proposal, "").await, before);
    let first = format!("/requests/{}?told=first", world.ours);
    assert_eq!(world.rules(officer(), "approve", proposal, "with+another+reason").await.1, first);
    assert_eq!(world.rules(someone("Q. Officer", Role::PrivacyOfficer), "approve", proposal, "").await.1, first);
    assert_eq!((world.count("agreed"), world.count("ruled")), (1, 1));
    let said = world.said();
    let Some(Body::Ruled(ruling)) = said.iter().rev().find(|one| one.body.kind() == "ruled").map(|one| &one.body)
    else {
        panic!("no ruling");
    };
    assert_eq!((ruling.verdict, ruling.agreement), (Verdict::Approved, Some(agreement)));
    let page = world.page(clerk()).await;
    assert!(
        page.contains("Approved by P. Officer, Privacy officer, DOC.") && !page.contains("gave no reason"),
        "{page}"
    );
    // Another is taken back, by whoever proposed it alone.
    assert_eq!(world.proposes(4).await.0, StatusCode::SEE_OTHER);
    let proposal = world.last("proposed");
    assert_eq!(world.rules(officer(), "withdraw", proposal, "").await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.rules(clerk(), "withdraw", proposal, "").await.0, StatusCode::SEE_OTHER);
    assert_eq!(world.stands(proposal), Standing::Withdrawn(world.last("ruled")));
    // What names no proposal, or nothing that can be said, changes nothing.
    let before = world.count("ruled");
    let none = EntryId::from_bytes([0x55; 16]);
    assert_eq!(world.rules(officer(), "approve", none, "").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.rules(officer(), "burn", proposal, "").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count("ruled"), before);
    // The list counts each where it stands, and shows of one state what stands in it.
    let (_, list) = world.ask(someone("O. Sees", Role::Oversight), "GET", "/disclosures?state=withdrawn", "").await;
    assert_eq!(list.matches("#disclosures").count(), 1, "{list}");
    let (_, list) = world.ask(clerk(), "GET", "/disclosures", "").await;
    assert_eq!(list.matches("#disclosures").count(), 2, "{list}");
    assert!(!list.contains("a hearing") && !list.contains("a note about someone"), "{list}");
    assert_eq!(world.ask(clerk(), "GET", "/disclosures?agency=NYPD", "").await.0, StatusCode::FORBIDDEN);
}

/// What has lost what it rested on does not stand because somebody sends their word again.
#[tokio::test]
async fn an_approval_that_lost_its_ground_is_not_said_to_stand() {
    let world = World::new();
    world.answered(Outcome::Permitted, false);
    assert_eq!(world.proposes(1).await.0, StatusCode::SEE_OTHER);
    let proposal = world.last("proposed");
    assert_eq!(world.rules(officer(), "approve", proposal, "").await.0, StatusCode::SEE_OTHER);
    world.answered(Outcome::Barred, false);
    assert!(matches!(world.stands(proposal), Standing::Void(_)));
    let (status, page) = world.rules(officer(), "approve", proposal, "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
}

/// Whoever says that the record is sealed stops everything; from then on no role proposes, agrees or approves, also what waited.
#[tokio::test]
async fn of_a_sealed_record_nothing_is_proposed_or_approved_by_anybody() {
    for at_the_gate in [false, true] {
        let world = World::new();
        world.answered(Outcome::Permitted, false);
        assert_eq!(world.proposes(1).await.0, StatusCode::SEE_OTHER);
        let proposal = world.last("proposed");
        let form = format!("/requests/{}/disclose", world.ours);
        if at_the_gate {
            world.answered(Outcome::Permitted, true);
        } else {
            let sent = format!("{}&information=custody&form=&sealed=yes", nonce(2));
            let (status, to) = world.ask(clerk(), "POST", &form, &sent).await;
            assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("/requests/{}?told=stopped", world.ours)));
        }
        let before = world.said().len();
        for role in Role::ALL {
            for (method, path, sent) in [
                ("GET", form.clone(), String::new()),
                ("POST", form.clone(), format!("{}&{ASKED}", nonce(3))),
                ("POST", format!("/requests/{}/disclosures", world.ours), format!("what=approve&proposal={proposal}")),
                (
                    "POST",
                    format!("/requests/{}/disclosures", world.ours),
                    format!("what=agree&proposal={proposal}&reason=x"),
                ),
            ] {
                let (status, page) = world.ask(someone("S. Other", role), method, &path, &sent).await;
                let refused = status == StatusCode::FORBIDDEN || role == Role::Administrator;
                assert!(refused && status.is_client_error(), "{method} {path} as {}: {status}", role.word());
                let says = page.contains("CPL § 160.50") && page.contains("Call counsel") && page.contains("Privacy");
                assert!(says || role == Role::Administrator, "{page}");
            }
        }
        assert_eq!(world.said().len(), before, "nothing was recorded");
        let page = world.page(officer()).await;
        assert!(page.contains("CPL § 160.50") && !page.contains("name=\"what\" value=\"approve\""), "{page}");
        // What is told all the same is recorded, and shows.
        let done = format!("{}&deed=disclosed&decided=B&information=custody&form=copy", nonce(4));
        let (status, _) = world.ask(clerk(), "POST", &format!("/requests/{}/done", world.ours), &done).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(world.page(officer()).await.contains("stands in a sealed record."));
    }
}

/// Whoever works at one site takes part in the disclosures of that site alone.
#[tokio::test]
async fn another_sites_disclosures_are_not_found() {
    let world = World::new();
    world.answered(Outcome::Permitted, false);
    assert_eq!(world.proposes(1).await.0, StatusCode::SEE_OTHER);
    let proposal = world.last("proposed");
    let at = |site: &str| officer().map(|account| Account { site: Some(site.to_owned()), ..account });
    assert_eq!(world.rules(at("Brooklyn"), "approve", proposal, "").await.0, StatusCode::NOT_FOUND);
    let (_, list) = world.ask(at("Brooklyn"), "GET", "/disclosures", "").await;
    assert!(!list.contains("#disclosures"), "{list}");
    assert_eq!(world.rules(at("Rikers"), "approve", proposal, "").await.0, StatusCode::SEE_OTHER);
}
