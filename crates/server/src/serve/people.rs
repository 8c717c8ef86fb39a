//! `/people`: who signs in and in what roles, for administrators, who change it, and for oversight, who see every change.
//!
//! Every change is an entry of the record, made with it in one transaction (`store::people`). A link to enrol is shown once, to whoever
//! made it, and kept as a hash.

use std::sync::Arc;

use anyhow::Result;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use record::{Actor, Body, Change, Post, Role, StaffId};

use super::{
    Desk,
    forms::{Fault, Fields, LINE_MAX_CHARS},
    page::{page, refusal, scrolled},
    passkeys,
    session::{self, Account, NAME_MAX_CHARS},
    sites, systems,
};
use crate::{
    access::{Action, Resource, reaches_all},
    provider::{SUBJECT_MAX_CHARS, is_subject},
    store::people::{Bound, ChangeError, Member, MemberChange},
};

/// The newest changes that the page of a member lists.
const CHANGES: usize = 200;

/// Somebody's keys and sessions.
pub(super) fn of(member: &Member) -> Resource {
    Resource::Member {
        agency: member.agency.clone(),
        agencies: member.posts.iter().map(|post| post.agency.clone()).collect(),
        reaches_all: member.posts.iter().any(|post| reaches_all(post.role)),
        staff: member.id.to_string(),
    }
}

/// A role that a member has or is to have.
fn post_of(member: &Member, post: &Post) -> Resource {
    Resource::Post { role: post.role, agency: post.agency.clone(), holder: member.id.to_string() }
}

fn role(desk: &Desk, role: Role) -> String {
    desk.words.say(&format!("role-{}", session::word(role)), &[])
}

pub(super) fn in_words(desk: &Desk, post: &Post) -> String {
    let role = role(desk, post.role);
    match &post.site {
        Some(site) => format!("{role}, {}, {}", post.agency, desk.site_name(&post.agency, site)),
        None => format!("{role}, {}", post.agency),
    }
}

/// The sentence for what is refused to an administrator because it reaches further than they do: who does it instead.
fn beyond(account: &Account, refused: &Resource) -> Option<&'static str> {
    let administrator = account.role == Role::Administrator;
    match refused {
        _ if !administrator => None,
        _ if account.site.is_some() => Some("people-beyond-site"),
        Resource::Post { role, .. } if reaches_all(*role) => Some("people-beyond-role"),
        // Somebody of another agency has an administrator of their own.
        Resource::Member { agency, agencies, reaches_all, .. } if *agency == account.agency => {
            (*reaches_all || agencies.iter().any(|one| one != agency)).then_some("people-beyond-keys")
        }
        _ => None,
    }
}

/// The same where a page would have a form.
fn instead(desk: &Desk, account: &Account, action: Action, resource: &Resource) -> Option<&'static str> {
    beyond(account, resource).filter(|_| !desk.would(account, action, resource))
}

/// Nothing if somebody may change this; else the page that refuses it and says who does it instead.
fn must(desk: &Desk, account: &Account, action: Action, resource: &Resource) -> Result<(), Box<Response>> {
    match beyond(account, resource) {
        Some(sentence) if !desk.may(account, action, resource) => {
            Err(Box::new(refusal(desk, Some(account), StatusCode::FORBIDDEN, &desk.words.say(sentence, &[]))))
        }
        _ => desk.must(account, action, resource),
    }
}

/// `GET /people`: everybody who signs in.
pub async fn list(State(desk): State<Arc<Desk>>, account: Account) -> Response {
    if let Err(refused) = desk.must(&account, Action::ReadPeople, &Resource::City) {
        return *refused;
    }
    listed(&desk, &account, StatusCode::OK, None).await
}

async fn listed(desk: &Arc<Desk>, account: &Account, status: StatusCode, fault: Option<&Fault>) -> Response {
    let (members, programs) = match desk.blocking(|desk| Ok((desk.people.members()?, systems::read(desk)?))).await {
        Ok((mut members, programs)) => {
            members.sort_by(|one, other| (&one.agency, &one.name).cmp(&(&other.agency, &other.name)));
            (members, programs)
        }
        Err(error) => return desk.failed(Some(account), &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let title = say("people-title");
    let body = html! {
        h1 { (title) }
        p { (say("people-why")) }
        @if let Some(fault) = fault { p.error role="alert" { (fault.say(&desk.words)) } }
        @if members.is_empty() {
            p { (say("people-none")) }
        } @else {
            (scrolled(&title, &html! {
                table {
                    caption.unseen { (title) }
                    thead { tr {
                        th scope="col" { (say("people-name")) }
                        th scope="col" { (say("people-agency")) }
                        th scope="col" { (say("people-roles")) }
                        th scope="col" { (say("people-passkeys")) }
                    } }
                    tbody {
                        @for member in &members {
                            tr {
                                th scope="row" { a.target href=(format!("/people/{}", member.id)) { (member.name) } }
                                td { (member.agency) }
                                td { @for post in &member.posts { (in_words(desk, post)) br; } }
                                td { (member.passkeys.len()) }
                            }
                        }
                    }
                }
            }))
        }
        @let ours = Resource::Agency(account.agency.clone());
        @if let Some(sentence) = instead(desk, account, Action::AddStaff, &ours) { p { (say(sentence)) } }
        @if desk.would(account, Action::AddStaff, &ours) {
            h2 { (say("people-add")) }
            p { (desk.words.say("people-add-why", &[("agency", desk.agency_title(&account.agency))])) }
            form method="post" action="/people" {
                label for="name" { (say("people-name")) }
                input id="name" name="name" required maxlength=(NAME_MAX_CHARS) autocomplete="off";
                p { button.main type="submit" { (say("people-add-button")) } }
            }
        }
        (systems::section(desk, &programs))
    };
    (status, page(desk, Some(account), &title, &body)).into_response()
}

/// `POST /people`: adds somebody of one's own agency, without any role yet.
pub async fn add(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refused) = must(&desk, &account, Action::AddStaff, &Resource::Agency(account.agency.clone())) {
        return *refused;
    }
    let name = match read_name(&Fields(fields)) {
        Ok(name) => name,
        Err(fault) => return listed(&desk, &account, StatusCode::UNPROCESSABLE_ENTITY, Some(&fault)).await,
    };
    let asking = account.clone();
    let added = desk.blocking(move |desk| {
        let id = StaffId::from_bytes(desk.random()?);
        let agency = asking.agency.clone();
        let member = Member {
            id,
            name,
            agency: agency.clone(),
            posts: vec![],
            passkeys: vec![],
            bound: None,
            changes: vec![],
            version: 0,
        };
        let entry = desk.about(asking.actor(), &member, Change::Added { agency })?;
        let act = "add a member of the staff";
        desk.people.change(MemberChange {
            act,
            member,
            entries: vec![entry],
            uses: None,
            makes: None,
            ends_sessions: false,
        })?;
        Ok(id)
    });
    match added.await {
        Ok(id) => {
            desk.log.nudge();
            Redirect::to(&format!("/people/{id}")).into_response()
        }
        Err(error) => desk.failed(Some(&account), &error),
    }
}

fn read_name(typed: &Fields) -> Result<String, Fault> {
    let name = typed.text("name", "people-name", NAME_MAX_CHARS)?;
    name.filter(|name| !name.contains('\n')).ok_or_else(|| Fault::new("sign-in-name-fault"))
}

/// What the page of a member says beside them.
#[derive(Default)]
struct Shown {
    /// Why the last form was not taken.
    fault: Option<String>,
    /// The link that was just made.
    link: Option<String>,
}

/// `GET /people/{id}`: one member, with every change.
pub async fn one(State(desk): State<Arc<Desk>>, account: Account, Path(id): Path<String>) -> Response {
    if let Err(refused) = desk.must(&account, Action::ReadPeople, &Resource::City) {
        return *refused;
    }
    match found(&desk, &account, &id).await {
        Ok(member) => show(&desk, &account, &member, StatusCode::OK, Shown::default()).await,
        Err(refused) => *refused,
    }
}

pub(super) async fn found(desk: &Arc<Desk>, account: &Account, id: &str) -> Result<Member, Box<Response>> {
    let none = || {
        let sentence = desk.words.say("people-not-found", &[]);
        Box::new(refusal(desk, Some(account), StatusCode::NOT_FOUND, &sentence))
    };
    let id: StaffId = id.parse().map_err(|_| none())?;
    let member = desk.blocking(move |desk| Ok(desk.people.member(&id)?)).await;
    member.map_err(|error| Box::new(desk.failed(Some(account), &error)))?.ok_or_else(none)
}

async fn show(desk: &Arc<Desk>, account: &Account, member: &Member, status: StatusCode, shown: Shown) -> Response {
    let ids: Vec<_> = member.changes.iter().rev().take(CHANGES).copied().collect();
    let changes = desk.blocking(move |desk| {
        let found = ids.iter().map(|id| Ok(desk.store.find(id)?)).collect::<Result<Vec<_>>>()?;
        Ok(found.into_iter().flatten().collect::<Vec<_>>())
    });
    let changes = match changes.await {
        Ok(changes) => changes,
        Err(error) => return desk.failed(Some(account), &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let action = format!("/people/{}", member.id);
    let button = |what: &str, name: &str| {
        html! {
            form method="post" action=(action) {
                input type="hidden" name="what" value=(what);
                p { button type="submit" { (say(name)) } }
            }
        }
    };
    // Any post of the agency: which roles it may be, the list below asks one by one.
    let offered: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| {
            let post = Post { role: *role, agency: account.agency.clone(), site: None };
            desk.would(account, Action::GiveRole, &post_of(member, &post))
        })
        .collect();
    let keys = of(member);
    let roles_instead =
        member.posts.iter().find_map(|post| instead(desk, account, Action::TakeRole, &post_of(member, post)));
    let keys_instead = instead(desk, account, Action::Invite, &keys).filter(|one| roles_instead != Some(*one));
    let body = html! {
        p { a href="/people" { (say("people-back")) } }
        h1 { (member.name) }
        p { (desk.agency_title(&member.agency)) }
        @if let Some(fault) = &shown.fault { p.error role="alert" { (fault) } }
        @if let Some(link) = &shown.link { (new_link(desk, link)) }
        h2 { (say("people-roles")) }
        @if member.posts.is_empty() { p { (say("people-no-role")) } }
        ul {
            @for post in &member.posts {
                li {
                    (in_words(desk, post))
                    @if desk.would(account, Action::TakeRole, &post_of(member, post)) {
                        form method="post" action=(action) {
                            input type="hidden" name="what" value="take";
                            (post_fields(post))
                            p { button type="submit" aria-label=(desk.words.say("people-take-this", &[("role", &in_words(desk, post))])) { (say("people-take")) } }
                        }
                    }
                }
            }
        }
        @if let Some(sentence) = roles_instead { p { (say(sentence)) } }
        @if !offered.is_empty() {
            form method="post" action=(action) {
                input type="hidden" name="what" value="give";
                input type="hidden" name="agency" value=(account.agency);
                label for="role" { (say("people-role")) }
                select id="role" name="role" {
                    @for one in offered { option value=(session::word(one)) { (role(desk, one)) } }
                }
                (sites::field(desk, &account.agency, ("people-site", "site-all"), None, &Fields::default()))
                p { button.main type="submit" { (say("people-give")) } }
            }
        }
        h2 { (say("people-passkeys")) }
        @if let Some(sentence) = keys_instead { p { (say(sentence)) } }
        (passkeys_of(desk, member, desk.would(account, Action::RevokePasskey, &keys).then_some(action.as_str())))
        @if desk.would(account, Action::Invite, &keys) {
            p { (say("people-invite-why")) }
            (button("invite", "people-invite"))
        }
        @if desk.would(account, Action::EndSessions, &keys) { (button("end", "people-end")) }
        @if desk.provider.is_some() {
            @let binds = desk.would(account, Action::BindAccount, &keys);
            h2 { (say("people-account")) }
            @if member.bound.is_some() {
                p { (say("people-account-bound")) }
                @if binds { (button("unbind", "people-account-unbind")) }
            } @else {
                p { (say("people-account-none")) }
                @if binds {
                    p { (say("people-account-why")) }
                    form method="post" action=(action) {
                        input type="hidden" name="what" value="bind";
                        label for="subject" { (say("people-account-subject")) }
                        input id="subject" name="subject" required maxlength=(SUBJECT_MAX_CHARS) autocomplete="off" spellcheck="false";
                        p { button type="submit" { (say("people-account-bind")) } }
                    }
                }
            }
        }
        h2 { (say("people-changes")) }
        ul {
            @for stored in &changes {
                @if let Some(entry) = stored.entry() && let Body::Staff(about) = &entry.body {
                    li {
                        (entry.at.to_zoned(desk.zone.clone()).strftime("%Y-%m-%d %H:%M")) ": " (changed(desk, &about.change))
                        " · " (by(desk, &entry.by, about.said_by.as_ref()))
                    }
                }
            }
        }
    };
    (status, page(desk, Some(account), &member.name, &body)).into_response()
}

pub(super) fn post_fields(post: &Post) -> Markup {
    html! {
        input type="hidden" name="role" value=(session::word(post.role));
        input type="hidden" name="agency" value=(post.agency);
        @if let Some(site) = &post.site { input type="hidden" name="site" value=(site); }
    }
}

/// The link that was just made, which is shown once.
pub(super) fn new_link(desk: &Desk, link: &str) -> Markup {
    html! {
        div.banner role="status" {
            p { (desk.words.say("people-link", &[])) }
            p { code #link { (link) } }
        }
    }
}

/// A member's passkeys; with a button for each where `action` says to whom it is sent.
pub(super) fn passkeys_of(desk: &Desk, member: &Member, action: Option<&str>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        @if member.passkeys.is_empty() { p { (say("people-no-passkey")) } }
        ul {
            @for one in &member.passkeys {
                @let name = desk.words.say("people-passkey", &[("number", &one.number.to_string()), ("day", &one.day.to_string())]);
                li {
                    (name)
                    @if let Some(action) = action {
                        form method="post" action=(action) {
                            input type="hidden" name="what" value="revoke";
                            input type="hidden" name="number" value=(one.number);
                            p { button type="submit" aria-label=(desk.words.say("people-revoke-this", &[("passkey", &name)])) { (say("people-revoke")) } }
                        }
                    }
                }
            }
        }
    }
}

fn changed(desk: &Desk, change: &Change) -> String {
    let of = |id: &str, post: &Post| desk.words.say(id, &[("role", &in_words(desk, post))]);
    match change {
        Change::Added { .. } => desk.words.say("change-added", &[]),
        Change::RoleGiven(post) => of("change-role-given", post),
        Change::RoleTaken(post) => of("change-role-taken", post),
        Change::Invited => desk.words.say("change-invited", &[]),
        Change::Enrolled { .. } => desk.words.say("change-enrolled", &[]),
        Change::Revoked { .. } => desk.words.say("change-revoked", &[]),
        Change::Bound => desk.words.say("change-bound", &[]),
        Change::Unbound => desk.words.say("change-unbound", &[]),
        Change::SessionsEnded => desk.words.say("change-sessions-ended", &[]),
        Change::Refused { .. } => desk.words.say("change-cloned", &[]),
    }
}

fn by(desk: &Desk, actor: &Actor, said_by: Option<&record::Private>) -> String {
    match (actor, said_by) {
        (_, Some(name)) => desk.words.say("change-by-command", &[("who", name.reveal())]),
        (Actor::Staff { name, role: one, agency }, None) => {
            format!("{}, {}, {agency}", name.reveal(), role(desk, *one))
        }
        (Actor::Program { name }, None) => name.clone(),
        (Actor::System { name, agency, .. }, None) => format!("{}, {agency}", name.reveal()),
    }
}

/// What a form wants changed about a member.
pub(super) enum Wanted {
    Give(Post),
    Take(Post),
    Invite,
    End,
    Revoke(u32),
    Bind(Bound),
    Unbind,
}

impl Wanted {
    /// Reads a form.
    ///
    /// # Errors
    /// When it wants nothing that there is.
    pub(super) fn read(desk: &Desk, typed: &Fields) -> Result<Self, Fault> {
        let off = || Fault::of("form-not-on-list", "people-role");
        let post = || -> Result<Post, Fault> {
            let role = typed.one("role").and_then(session::role_of).ok_or_else(off)?;
            let agency =
                desk.city_agencies().find(|one| typed.one("agency") == Some(one.id.as_str())).ok_or_else(off)?;
            // A role that is taken may be at a site that the city's file does not list.
            let site = match typed.one("what") {
                Some("give") => sites::read(desk, &agency.id, "people-site", None, typed)?,
                _ => typed.text("site", "people-site", LINE_MAX_CHARS)?,
            };
            Ok(Post { role, agency: agency.id.clone(), site })
        };
        match typed.one("what") {
            Some("give") => Ok(Self::Give(post()?)),
            Some("take") => Ok(Self::Take(post()?)),
            Some("invite") => Ok(Self::Invite),
            Some("end") => Ok(Self::End),
            Some("revoke") => {
                let number = typed.one("number").and_then(|number| number.parse().ok());
                number.map(Self::Revoke).ok_or_else(off)
            }
            Some("bind") => {
                let fault = || Fault::new("people-account-fault");
                // As it was sent: of an account's name nothing is trimmed but what surrounds it.
                let subject = typed.one("subject").map(str::trim).filter(|subject| is_subject(subject));
                let issuer = desk.provider.as_ref().map(|provider| provider.issuer().to_owned());
                let (subject, issuer) = subject.map(str::to_owned).zip(issuer).ok_or_else(fault)?;
                Ok(Self::Bind(Bound { issuer, subject }))
            }
            Some("unbind") => Ok(Self::Unbind),
            _ => Err(off()),
        }
    }

    fn asks(&self, member: &Member) -> (Action, Resource) {
        match self {
            Self::Give(post) => (Action::GiveRole, post_of(member, post)),
            Self::Take(post) => (Action::TakeRole, post_of(member, post)),
            Self::Invite => (Action::Invite, of(member)),
            Self::End => (Action::EndSessions, of(member)),
            Self::Revoke(_) => (Action::RevokePasskey, of(member)),
            Self::Bind(_) | Self::Unbind => (Action::BindAccount, of(member)),
        }
    }
}

/// `POST /people/{id}`: one change.
pub async fn change(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    if let Err(refused) = desk.must(&account, Action::ReadPeople, &Resource::City) {
        return *refused;
    }
    let member = match found(&desk, &account, &id).await {
        Ok(member) => member,
        Err(refused) => return *refused,
    };
    let wanted = match Wanted::read(&desk, &Fields(fields)) {
        Ok(wanted) => wanted,
        Err(fault) => {
            let shown = Shown { fault: Some(fault.say(&desk.words)), ..Shown::default() };
            return show(&desk, &account, &member, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
        }
    };
    match changing(&desk, &account, member, wanted).await {
        Ok((member, Some(link))) => {
            show(&desk, &account, &member, StatusCode::OK, Shown { link: Some(link), ..Shown::default() }).await
        }
        Ok((member, None)) => Redirect::to(&format!("/people/{}", member.id)).into_response(),
        Err(refused) => *refused,
    }
}

/// Changes a member as somebody wants it, if they may; gives the link that it made.
pub(super) async fn changing(
    desk: &Arc<Desk>,
    account: &Account,
    member: Member,
    wanted: Wanted,
) -> Result<(Member, Option<String>), Box<Response>> {
    let (action, resource) = wanted.asks(&member);
    must(desk, account, action, &resource)?;
    let id = member.id;
    let actor = account.actor();
    let done = desk.blocking(move |desk| Ok(desk.changed(actor, member, wanted))).await;
    let failed = |error: &anyhow::Error| Box::new(desk.failed(Some(account), error));
    let conflict =
        |sentence: &str| Box::new(refusal(desk, Some(account), StatusCode::CONFLICT, &desk.words.say(sentence, &[])));
    let link = match done.map_err(|error| failed(&error))? {
        Ok(link) => link,
        Err(Unchanged::Nothing) => return Err(conflict("people-nothing-changed")),
        Err(Unchanged::Store(ChangeError::Moved | ChangeError::Used)) => return Err(conflict("people-moved")),
        Err(Unchanged::Store(ChangeError::Bound)) => return Err(conflict("people-account-anothers")),
        Err(Unchanged::Store(ChangeError::Store(error))) => return Err(failed(&error.into())),
        Err(Unchanged::Ours(error)) => return Err(failed(&error)),
    };
    desk.log.nudge();
    let member = desk.blocking(move |desk| Ok(desk.people.member(&id)?)).await.map_err(|error| failed(&error))?;
    Ok((member.ok_or_else(|| conflict("people-moved"))?, link))
}

/// Why nothing was changed.
enum Unchanged {
    /// It was so before.
    Nothing,
    Store(ChangeError),
    Ours(anyhow::Error),
}

impl Desk {
    fn changed(&self, by: Actor, mut member: Member, wanted: Wanted) -> Result<Option<String>, Unchanged> {
        let mut makes = None;
        let mut link = None;
        let mut unbound = None;
        let (act, what, ends_sessions) = match wanted {
            Wanted::Give(post) => {
                if member.posts.contains(&post) {
                    return Err(Unchanged::Nothing);
                }
                member.posts.push(post.clone());
                // A link that their own agency's administrator made before must not reach this agency.
                let ends = post.agency != member.agency;
                // Nor must an account that they bound.
                unbound = if ends { member.bound.take().map(|_| Change::Unbound) } else { None };
                ("give a role", Change::RoleGiven(post), ends)
            }
            Wanted::Take(post) => {
                let before = member.posts.len();
                member.posts.retain(|one| *one != post);
                if member.posts.len() == before {
                    return Err(Unchanged::Nothing);
                }
                ("take a role", Change::RoleTaken(post), true)
            }
            Wanted::Invite => {
                let (token, ticket) = passkeys::link(member.id).map_err(Unchanged::Ours)?;
                let origin =
                    self.passkeys.as_ref().map_or("", |passkeys| passkeys.origin.as_str().trim_end_matches('/'));
                (makes, link) = (Some(ticket), Some(format!("{origin}/enrol#{token}")));
                ("make a link to enrol", Change::Invited, false)
            }
            Wanted::End => ("end sessions", Change::SessionsEnded, true),
            Wanted::Revoke(number) => {
                let place = member.passkeys.iter().position(|one| one.number == number).ok_or(Unchanged::Nothing)?;
                let key = member.passkeys.remove(place).key_hash();
                ("revoke a passkey", Change::Revoked { key }, true)
            }
            Wanted::Bind(account) => {
                if member.bound.is_some() {
                    return Err(Unchanged::Nothing);
                }
                member.bound = Some(account);
                ("bind an account", Change::Bound, false)
            }
            Wanted::Unbind => {
                if member.bound.take().is_none() {
                    return Err(Unchanged::Nothing);
                }
                ("take an account", Change::Unbound, true)
            }
        };
        let entries = [Some(what), unbound].into_iter().flatten().map(|what| self.about(by.clone(), &member, what));
        let entries = entries.collect::<Result<Vec<_>>>().map_err(Unchanged::Ours)?;
        let change = MemberChange { act, member, entries, uses: None, makes, ends_sessions };
        self.people.change(change).map_err(Unchanged::Store)?;
        Ok(link)
    }
}
