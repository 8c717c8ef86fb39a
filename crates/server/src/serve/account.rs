//! `/account`: one's own role, passkeys and sessions. A development account has none of them.
//!
//! What is changed here is changed as on `/people`, with an entry; going on in another of one's own posts is a new session.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;
use record::Post;

use super::{
    Desk,
    forms::Fields,
    page::{page, refusal},
    passkeys,
    people::{Wanted, changing, found, in_words, new_link, of, passkeys_of, post_fields},
    session::{self, Account, cookie},
};
use crate::{
    access::Action,
    store::people::{Member, TicketKind},
};

/// The member whom an account is; none for a development account.
async fn oneself(desk: &Arc<Desk>, account: &Account) -> Result<Member, Box<Response>> {
    found(desk, account, &account.staff).await
}

/// `GET /account`: one's own role, passkeys and sessions.
pub async fn own(State(desk): State<Arc<Desk>>, account: Account) -> Response {
    let member = match oneself(&desk, &account).await {
        Ok(member) => member,
        Err(refused) => return *refused,
    };
    if let Err(refused) = desk.must(&account, Action::EndSessions, &of(&member)) {
        return *refused;
    }
    own_page(&desk, &account, &member, None)
}

fn own_page(desk: &Desk, account: &Account, member: &Member, link: Option<&str>) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("account-title");
    let now = Post { role: account.role, agency: account.agency.clone(), site: account.site.clone() };
    let body = html! {
        h1 { (title) }
        p { (member.name) }
        @if let Some(link) = link { (new_link(desk, link)) }
        h2 { (say("account-role")) }
        p { (in_words(desk, &now)) }
        @for post in member.posts.iter().filter(|post| **post != now) {
            form method="post" action="/account" {
                input type="hidden" name="what" value="act";
                (post_fields(post))
                p { button type="submit" { (desk.words.say("account-act", &[("role", &in_words(desk, post))])) } }
            }
        }
        h2 { (say("people-passkeys")) }
        (passkeys_of(desk, member, Some("/account")))
        p { (say("account-add-why")) }
        form method="post" action="/account" {
            input type="hidden" name="what" value="invite";
            p { button type="submit" { (say("account-add")) } }
        }
        h2 { (say("account-sessions")) }
        form method="post" action="/account" {
            input type="hidden" name="what" value="end";
            p { button type="submit" { (say("account-end")) } }
        }
    };
    page(desk, Some(account), &title, &body).into_response()
}

/// `POST /account`: one change of one's own.
pub async fn change_own(
    State(desk): State<Arc<Desk>>,
    account: Account,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let member = match oneself(&desk, &account).await {
        Ok(member) => member,
        Err(refused) => return *refused,
    };
    if let Err(refused) = desk.must(&account, Action::EndSessions, &of(&member)) {
        return *refused;
    }
    let typed = Fields(fields);
    if typed.one("what") == Some("act") {
        return act_as(&desk, &account, &headers, member, &typed).await;
    }
    let wanted = match Wanted::read(&desk, &typed) {
        // One's own roles are no form of this page.
        Ok(wanted @ (Wanted::Invite | Wanted::End | Wanted::Revoke(_))) => wanted,
        _ => return forged(&desk, &account),
    };
    match changing(&desk, &account, member, wanted).await {
        Ok((member, Some(link))) => own_page(&desk, &account, &member, Some(&link)),
        // The session has ended with the others, or a passkey was revoked and ended it.
        Ok((_, None)) => Redirect::to("/sign-in").into_response(),
        Err(refused) => *refused,
    }
}

fn forged(desk: &Desk, account: &Account) -> Response {
    refusal(desk, Some(account), StatusCode::FORBIDDEN, &desk.words.say("account-not-yours", &[]))
}

/// Goes on in another of one's own posts: a new session that ends when the old one would have, and the old one is no more.
async fn act_as(desk: &Arc<Desk>, account: &Account, headers: &HeaderMap, member: Member, typed: &Fields) -> Response {
    let chosen = member.posts.iter().find(|post| {
        typed.one("role").and_then(session::role_of) == Some(post.role)
            && typed.one("agency") == Some(post.agency.as_str())
            && typed.one("site") == post.site.as_deref()
    });
    let Some(chosen) = chosen.cloned() else { return forged(desk, account) };
    let old = passkeys::session_token(headers).map(passkeys::hash);
    let opened = desk.blocking(move |desk| {
        let old = old.map(|old| desk.taken(TicketKind::Session, &old)).transpose()?.flatten();
        // Ended meanwhile, by whoever revoked it: then there is nothing to go on with.
        let Some(old) = old else { return Ok(None) };
        desk.open_session(&member, &chosen, old.until)
    });
    match opened.await {
        Ok(None) => Redirect::to("/sign-in").into_response(),
        Ok(Some(token)) => {
            let cookie = cookie(passkeys::COOKIE, &token, None, true);
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(error) => desk.failed(Some(account), &error),
    }
}
