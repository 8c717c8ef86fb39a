//! Who is at the desk. Whoever handles a page asks for an [`Account`], and what that may do ([`Desk::may`]).
//!
//! People sign in with passkeys (`serve::passkeys`). For the invented city and for development alone there is an account that anybody
//! can have, clearly marked on every page; it meets the same policies. A session is a random token in a cookie that scripts cannot read
//! and other sites cannot send. The store keeps its hash, so that every process that serves the store knows who is signed in; that of a
//! development account belongs to no member, and where people sign in with passkeys such a one is nobody's.

use std::sync::Arc;

use axum::{
    Form,
    extract::{FromRequestParts, RawQuery, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use law::AgencyId;
use maud::html;
use record::{Actor, Private, Role};

use super::{Desk, page, passkeys};
use crate::{
    access::Acting,
    store::people::{Ticket, TicketKind},
};

/// How many seconds a development account's session lasts: one long shift.
const SESSION_SECONDS: u32 = 12 * 60 * 60;

pub(super) const COOKIE: &str = "vouchsafe_session";

/// The query by which the sign-in page says that a form came without a session, so that nothing of it was recorded.
const UNSENT_QUERY: &str = "told=unsent";

/// Where a form without a session leads to. Nothing of the form is in it, and nothing of it is kept.
pub(super) const UNSENT: &str = "/sign-in?told=unsent";

/// The query of a way to the sign-in page, where it is that word of ours.
#[must_use]
pub fn unsent(query: Option<&str>) -> Option<&'static str> {
    (query == Some(UNSENT_QUERY)).then_some(UNSENT_QUERY)
}

/// The longest name that is taken down.
pub(super) const NAME_MAX_CHARS: usize = 80;

/// Somebody who is signed in. What they may do is [`Desk::may`]'s to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who, by an id that is nobody else's.
    pub staff: String,
    /// Their name.
    pub name: String,
    /// Of which agency.
    pub agency: AgencyId,
    /// In what role.
    pub role: Role,
    /// At which site alone; none: at all.
    pub site: Option<String>,
}

impl Account {
    /// The development account of whoever types this name.
    #[must_use]
    pub fn development(name: &str, agency: &AgencyId, role: Role) -> Self {
        let staff = format!("development/{agency}/{name}");
        Self { staff, name: name.to_owned(), agency: agency.clone(), role, site: None }
    }

    /// The account as the access policies know whoever acts.
    #[must_use]
    pub fn acting(&self) -> Acting {
        let Self { staff, role, agency, site, .. } = self;
        Acting { staff: staff.clone(), role: *role, agency: agency.clone(), site: site.clone() }
    }

    /// The account as the record names whoever acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Staff { name: Private::from(self.name.as_str()), role: self.role, agency: self.agency.clone() }
    }
}

/// What a session of a development account keeps of it.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Invented {
    name: String,
    agency: AgencyId,
    role: Role,
    site: Option<String>,
}

/// The value of the cookie of this name.
#[must_use]
pub fn token<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(cookie)?.strip_prefix('='))
}

/// A session's cookie, for so many seconds or until the browser is closed.
#[must_use]
pub fn cookie(name: &str, value: &str, age_seconds: Option<u64>, secure: bool) -> HeaderValue {
    let age = age_seconds.map_or_else(String::new, |age| format!("; Max-Age={age}"));
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}{secure}");
    // Names and values are ours: letters and digits.
    HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""))
}

impl Desk {
    /// Whoever is signed in with the cookie of these headers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn account(self: &Arc<Self>, headers: &HeaderMap) -> anyhow::Result<Option<Account>> {
        let own = if self.passkeys.is_some() { passkeys::session_token(headers) } else { token(headers, COOKIE) };
        let Some(token) = own.map(str::to_owned) else { return Ok(None) };
        self.blocking(move |desk| match &desk.passkeys {
            Some(passkeys) => desk.of_session(passkeys, &token),
            None => desk.of_development(&token),
        })
        .await
    }

    /// Opens a session of a development account; gives the token of its cookie.
    pub(super) fn open_development(&self, account: &Account) -> anyhow::Result<String> {
        let (token, hash) = passkeys::token()?;
        let now = passkeys::now();
        let Account { name, agency, role, site, .. } = account.clone();
        let data = serde_json::to_string(&Invented { name, agency, role, site })?;
        let until = now + i64::from(SESSION_SECONDS);
        self.people.issue(&Ticket { hash, kind: TicketKind::Session, member: None, data, seen: now, until }, now)?;
        Ok(token)
    }

    fn of_development(&self, token: &str) -> anyhow::Result<Option<Account>> {
        let found = self.session(&passkeys::hash(token), passkeys::now())?;
        // A member's session is opened by a passkey alone.
        let Some(ticket) = found.filter(|ticket| ticket.member.is_none()) else { return Ok(None) };
        let Invented { name, agency, role, site } = serde_json::from_str(&ticket.data)?;
        Ok(Some(Account { site, ..Account::development(&name, &agency, role) }))
    }
}

impl FromRequestParts<Arc<Desk>> for Account {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Response> {
        match desk.account(&parts.headers).await {
            Ok(account) => account.ok_or_else(|| {
                let to = if parts.method == Method::POST { UNSENT } else { "/sign-in" };
                Redirect::to(to).into_response()
            }),
            Err(error) => Err(desk.failed(None, &error)),
        }
    }
}

/// `GET /`: the first page that one's role has.
pub async fn begin(State(desk): State<Arc<Desk>>, account: Account) -> Redirect {
    Redirect::to(desk.first_page(&account))
}

/// `GET /sign-in`.
pub async fn form(State(desk): State<Arc<Desk>>, RawQuery(query): RawQuery) -> Response {
    let fault = unsent(query.as_deref()).map(|_| "sign-in-unsent");
    if desk.passkeys.is_some() {
        return passkeys::sign_in_page(&desk, fault);
    }
    sign_in_page(&desk, StatusCode::OK, fault)
}

fn sign_in_page(desk: &Desk, status: StatusCode, fault: Option<&str>) -> Response {
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("sign-in-title");
    let body = html! {
        h1 { (title) }
        @if let Some(fault) = fault { p.error role="alert" { (say(fault)) } }
        form method="post" action="/sign-in" {
            label for="name" { (say("sign-in-name")) }
            input id="name" name="name" required maxlength=(NAME_MAX_CHARS) autocomplete="name";
            label for="agency" { (say("sign-in-agency")) }
            select id="agency" name="agency" {
                @for agency in desk.city_agencies() { option value=(agency.id) { (agency.title) } }
            }
            label for="role" { (say("sign-in-role")) }
            select id="role" name="role" {
                @for role in Role::ALL { option value=(word(role)) { (say(&format!("role-{}", word(role)))) } }
            }
            p { button.main type="submit" { (say("sign-in-button")) } }
        }
    };
    (status, page::page(desk, None, &title, &body)).into_response()
}

/// A role's word in forms and Fluent ids.
#[must_use]
pub fn word(role: Role) -> String {
    role.word().replace('_', "-")
}

/// The role of a form's word.
#[must_use]
pub fn role_of(sent: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|role| word(*role) == sent)
}

/// What the sign-in form sends.
#[derive(serde::Deserialize)]
pub struct SignIn {
    name: String,
    agency: String,
    role: String,
}

/// `POST /sign-in`: the development account. Anybody who reaches the page can sign in, which every page says.
pub async fn sign_in(State(desk): State<Arc<Desk>>, Form(form): Form<SignIn>) -> Response {
    if desk.passkeys.is_some() {
        return super::page::refusal(&desk, None, StatusCode::NOT_FOUND, &desk.words.say("page-not-found", &[]));
    }
    let name = form.name.trim();
    let agency = desk.city_agencies().find(|agency| agency.id.as_str() == form.agency);
    let (Some(agency), Some(role)) = (agency, role_of(&form.role)) else {
        return sign_in_page(&desk, StatusCode::UNPROCESSABLE_ENTITY, Some("sign-in-choose"));
    };
    if name.is_empty() || name.chars().count() > NAME_MAX_CHARS || name.chars().any(char::is_control) {
        return sign_in_page(&desk, StatusCode::UNPROCESSABLE_ENTITY, Some("sign-in-name-fault"));
    }
    // People may have been added since this server started; then nobody is let in by a name.
    let nobody = desk.blocking(|desk| Ok(desk.invented || desk.people.members()?.is_empty())).await;
    match nobody {
        Ok(true) => {}
        Ok(false) => {
            let sentence = desk.words.say("sign-in-with-passkeys", &[]);
            return super::page::refusal(&desk, None, StatusCode::FORBIDDEN, &sentence);
        }
        Err(error) => return desk.failed(None, &error),
    }
    let account = Account::development(name, &agency.id, role);
    let first = desk.first_page(&account);
    match desk.blocking(move |desk| desk.open_development(&account)).await {
        Ok(token) => {
            let cookie = cookie(COOKIE, &token, Some(SESSION_SECONDS.into()), false);
            ([(header::SET_COOKIE, cookie)], Redirect::to(first)).into_response()
        }
        Err(error) => desk.failed(None, &error),
    }
}

/// `POST /sign-out`: a link elsewhere must not sign anybody out.
pub async fn sign_out(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    let real = desk.passkeys.is_some();
    let own = if real { passkeys::session_token(&headers) } else { token(&headers, COOKIE) };
    if let Some(hash) = own.map(passkeys::hash) {
        let ended = desk.blocking(move |desk| desk.taken(TicketKind::Session, &hash).map(drop));
        if let Err(error) = ended.await {
            return desk.failed(None, &error);
        }
    }
    let gone = cookie(if real { passkeys::COOKIE } else { COOKIE }, "", Some(0), real);
    ([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response()
}
