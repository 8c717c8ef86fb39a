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
        assert!(
            line(
                "Law that it is about, as they named it or as what came in says",
                &vocabulary.statutes["civil_ina"].title
            ),
            "{page}"
        );
        assert!(line("Papers that they showed", &vocabulary.documents["i200"].title), "{page}");
    }
}

/// A day alone is a day, the time of day is kept where it is said, and what is no time is refused with its field.
#[tokio::test]
async fn the_time_at_which_they_asked_is_kept_where_somebody_says_it() {
    let world = world();
    let says = async |number: u8, when: &str| {
        let nonce = hex::encode([number; 16]);
        let form = format!("{ASKED}&information=release-date&received=2026-06-15{when}&nonce={nonce}");
        world.ask(clerk(), "POST", "/requests", &form).await
    };
    for (number, when, kept) in [
        (1, "", When::Day("2026-06-15".parse().unwrap())),
        (2, "&received-time=09:05", When::Time("2026-06-15T09:05".parse().unwrap())),
    ] {
        let (status, to) = says(number, when).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let id = to.split('/').nth(2).unwrap().split('?').next().unwrap().parse().unwrap();
        let about = world.store.by_request(&id).unwrap();
        let Body::Requested(request) = &about[0].entry().unwrap().body else { panic!("{about:?}") };
        assert_eq!(request.received, kept);
    }
    let (status, page) = says(3, "&received-time=noon").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("write a time of day, such as 14:05") && page.contains("value=\"noon\""), "{page}");
}

/// What cannot be so is refused, at the gate and where it would be recorded.
#[tokio::test]
async fn a_paper_and_no_paper_are_not_taken_together() {
    let world = world();
    let both = format!("{ASKED}&document=none&information=release-date&nonce={}", hex::encode([1; 16]));
    let before = world.store.count().unwrap();
    for (path, form, asks) in [("/gate", format!("{ASKED}&document=none"), true), ("/requests", both, false)] {
        let (status, page) = world.ask(clerk(), "POST", path, &form).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("It cannot be both"), "{path}: {page}");
        // At the gate the papers are asked again, and what else was answered is still there.
        let again = page.contains("type=\"checkbox\" name=\"document\"") && page.contains("value=\"civil_ina\"");
        assert_eq!(again, asks, "{page}");
        assert!(!page.contains("name=\"document\" value=\"i200\" checked"), "{page}");
    }
    assert_eq!(world.store.count().unwrap(), before);
}
