//! Saved views: choices of the list that somebody keeps under a name, for themself. They are nothing of the record, show whoever opens one
//! what they may see then, and hold no words that were looked for.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{Fault, Fields, Filters, SavedView, scope, shown};
use crate::{
    serve::{Desk, session::Account},
    store::people::VIEWS_MAX,
};

/// The longest name of a view, in characters.
const NAME_MAX_CHARS: usize = 60;

/// `POST /requests/views`: keeps the choices under a name.
pub async fn keep(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(pairs.into_iter().filter(|(name, _)| name != "words").collect());
    if let Err(refused) = scope(&desk, &account, None) {
        return *refused;
    }
    let read = || {
        let filters = Filters::read(&desk, &fields)?;
        let name = fields.text("name", "views-name", NAME_MAX_CHARS)?.ok_or_else(|| Fault::new("views-no-name"))?;
        Ok((filters, name.replace('\n', " ")))
    };
    let (filters, name) = match read() {
        Ok(read) => read,
        Err(fault) => return shown(&desk, &account, &fields, Some(fault)).await,
    };
    let (owner, query) = (account.staff.clone(), filters.address());
    let view = SavedView { name, query };
    match desk.blocking(move |desk| Ok(desk.people.keep_view(&owner, &view)?)).await {
        Ok(true) => Redirect::to(&filters.address()).into_response(),
        Ok(false) => {
            let fault = Fault::new("views-too-many").with("most", VIEWS_MAX.to_string());
            shown(&desk, &account, &fields, Some(fault)).await
        }
        Err(error) => desk.failed(Some(&account), &error),
    }
}

/// `POST /requests/views/forget`: forgets one of one's own.
pub async fn forget(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refused) = scope(&desk, &account, None) {
        return *refused;
    }
    let (owner, name) = (account.staff.clone(), Fields(pairs).one("name").unwrap_or_default().to_owned());
    match desk.blocking(move |desk| Ok(desk.people.forget_view(&owner, &name)?)).await {
        Ok(()) => Redirect::to("/requests").into_response(),
        Err(error) => desk.failed(Some(&account), &error),
    }
}

/// Those that somebody has.
pub fn of(desk: &Desk, views: &[SavedView]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        @if !views.is_empty() {
            nav.views aria-label=(say("views-title")) {
                ul { @for view in views { li { a href=(view.query) { (view.name) } } } }
            }
        }
    }
}

/// Keeps the choices of this page, and forgets what was kept.
pub fn form(desk: &Desk, filters: &Filters, views: &[SavedView]) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        details {
            summary { (say("views-title")) }
            @if filters.pairs().is_empty() { p { (say("views-why")) } }
            @else {
                form method="post" action="/requests/views" {
                    @for (name, value) in filters.pairs() { input type="hidden" name=(name) value=(value); }
                    label for="view-name" { (say("views-name")) }
                    input id="view-name" name="name" maxlength=(NAME_MAX_CHARS) autocomplete="off" required aria-describedby="view-hint";
                    p.quiet id="view-hint" { (say("views-hint")) }
                    p { button type="submit" { (say("views-keep")) } }
                }
            }
            @for view in views {
                form method="post" action="/requests/views/forget" {
                    input type="hidden" name="name" value=(view.name);
                    p { button type="submit" { (desk.words.say("views-forget", &[("name", &view.name)])) } }
                }
            }
        }
    }
}
