//! Test: what a desk takes down is what stands there, and nothing that nobody said.

use super::*;

fn clerk() -> Option<Account> {
    Some(Account::development("C. Clerk", &AgencyId::new("DOC"), Role::Desk))
}

/// A desk under the law that ships.
fn world() -> World {
    World::on(law::Pack::load(&crate::pack::built_in()).unwrap())
}

const ASKED: &str = "situation=release-date&act=disclose_custody_information&requester=ice_ero&statute=civil_ina\
                     &document=i200&documents=answered";

#[tokio::test]
async fn how_they_asked_is_not_known_until_somebody_says_so() {
    let world = world();
    let (status, page) = world.ask(clerk(), "POST", "/gate", &format!("{ASKED}&answer=now")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let list = page.split("<select id=\"channel\"").nth(1).unwrap().split("</select>").next().unwrap();
    assert!(
        list.split("<option").nth(1).unwrap().contains("value=\"unknown\"") && !list.contains("selected"),
        "{list}"
    );
    for (number, channel, says) in [(1, "unknown", "Not said, or not known"), (2, "telephone", "By telephone or radio")]
    {
        let form = format!("{ASKED}&information=release-date&channel={channel}&nonce={}", hex::encode([number; 16]));
        let (status, to) = world.ask(clerk(), "POST", "/requests", &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (_, page) = world.ask(clerk(), "GET", &to, "").await;
        let line =
            |name: &str, value: &str| page.contains(&format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>"));
        let vocabulary = world.desk.pack.vocabulary();
        assert!(line("How they asked", says), "{page}");
        assert!(line("Law that they named", &vocabulary.statutes["civil_ina"].title), "{page}");
        assert!(line("Papers that they showed", &vocabulary.documents["i200"].title), "{page}");
    }
}
