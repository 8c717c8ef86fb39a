//! Test: what was answered at the gate is listed in its order, and taken back one by one.

use super::*;

fn clerk() -> Option<Account> {
    Some(Account::development("C. Clerk", &AgencyId::new("DOC"), Role::Desk))
}

/// A desk under the law that ships.
fn world() -> World {
    World::on(law::Pack::load(&crate::pack::built_in()).unwrap())
}

/// The fields of the form whose button this is.
fn form_of(page: &str, button: &str) -> String {
    let form = page.split("<form ").find(|form| form.contains(button)).unwrap_or_else(|| panic!("{button}: {page}"));
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once('"').unwrap();
        format!("{name}={}", rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap())
    });
    hidden.collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn the_answer_before_is_taken_back_one_by_one_and_what_was_answered_is_listed() {
    let world = world();
    let gate = async |form: &str| world.ask(clerk(), "POST", "/gate", form).await.1;
    let heading = |page: &str| page.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap().to_owned();
    let back = "name=\"back\"";
    let mut page = gate("start=release-date").await;
    assert!(!page.contains(back), "nothing was answered: {page}");
    let mut asked = Vec::new();
    while !page.contains("class=\"outcome ") && asked.len() < 9 {
        let question = page.split("<form ").find(|form| form.contains("action=\"/gate\"")).unwrap();
        let answer = if question.contains("<button type=\"submit\" name=\"requester\"") {
            "requester=ice_ero"
        } else if question.contains("<button type=\"submit\" name=\"statute\"") {
            "statute=civil_ina"
        } else if question.contains("<button type=\"submit\" name=\"search\"") {
            "search=neither"
        } else {
            panic!("{question}")
        };
        asked.push(heading(&page));
        page = gate(&format!("{}&{answer}", form_of(&page, "name=\"agency\""))).await;
        assert!(page.contains(back), "{page}");
    }
    assert_eq!(asked.len(), 3, "{asked:?}");
    // Each is listed in its order, before the form that records it.
    let listed = page.split("What you answered").nth(1).unwrap().split("id=\"record\"").next().unwrap();
    let places: Vec<_> = asked.iter().map(|one| listed.find(&format!("<dt>{one}</dt>")).expect(one)).collect();
    assert!(places.is_sorted(), "{listed}");
    let vocabulary = world.desk.pack.vocabulary();
    for answer in [&vocabulary.requesters["ice_ero"].title, &vocabulary.statutes["civil_ina"].title] {
        assert!(listed.contains(&format!("<dd>{answer}</dd>")), "{listed}");
    }
    assert!(listed.contains("<dd>Neither of these</dd>"), "{listed}");
    for question in asked.iter().rev() {
        page = gate(&format!("{}&back=yes", form_of(&page, back))).await;
        assert_eq!(heading(&page), *question);
    }
    assert!(!page.contains(back), "the first question again: {page}");
    // Nothing of it was kept.
    assert_eq!(world.store.count().unwrap(), 2);
}

/// Papers, and what is asked after counsel was to read one first: each step back leads to a question that asks again, and the answers given
/// again lead to the same outcome.
#[tokio::test]
async fn a_step_back_from_papers_and_further_questions_loses_no_stricter_answer() {
    let world = world();
    let gate = async |form: &str| world.ask(clerk(), "POST", "/gate", form).await.1;
    let outcomes = |page: &str| -> Vec<String> {
        page.split("class=\"outcome ").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let back = "name=\"back\"";
    let door = "situation=door&agency=DOC&act=give_access&fact.city_property=yes&fact.non_public_area=yes\
        &fact.staff_under_duress=no&fact.exigent_circumstances=no&documents=answered";
    for papers in
        ["document=judicial_search_warrant", "document=i200&statute=civil_ina", "document=none&statute=civil_ina"]
    {
        let page = gate(&format!("{door}&{papers}")).await;
        let before = outcomes(&page);
        assert!(!before.is_empty() && !before.iter().any(|one| one == "permitted"), "{papers}: {page}");
        let stepped = gate(&format!("{}&back=yes", form_of(&page, back))).await;
        // No answer stands on the page of a question, and none that a step back gives is more lenient.
        assert!(outcomes(&stepped).iter().all(|one| before.contains(one)), "{papers}: {stepped}");
        let again = gate(&format!("{door}&{papers}")).await;
        assert_eq!(outcomes(&again), before, "{papers}");
    }
    let further = gate(&format!("{door}&document=judicial_search_warrant&further=yes")).await;
    let stepped = gate(&format!("{}&back=yes", form_of(&further, back))).await;
    assert!(stepped.contains("Counsel reads the paper first") || outcomes(&stepped).is_empty(), "{stepped}");
    assert!(!outcomes(&stepped).iter().any(|one| one == "permitted"), "{stepped}");
}

/// Of a term that must not hold the tree says that it is not so; worded as the term alone, a mark that it is met would say the opposite.
#[tokio::test]
async fn the_reasons_say_of_a_term_that_must_not_hold_that_it_is_not_so() {
    let form = "situation=detainer&act=hold&requester=ice_ero&statute=civil_ina&document=i247a&document=i200\
                &documents=answered&answer=now";
    let (status, page) = world().ask(clerk(), "POST", "/gate", form).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let met = "<span class=\"mark\" role=\"img\" aria-label=\"Met:\">✓</span> ";
    let warrant = "A warrant of a federal judge, a federal magistrate judge or a court";
    assert!(page.contains(&format!("{met}It is not so: {warrant}")), "{page}");
    assert!(!page.contains(&format!("{met}{warrant}")), "{page}");
}
