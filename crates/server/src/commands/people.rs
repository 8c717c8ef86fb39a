//! `vouchsafe people`: who signs in at the desk. The first administrator of a city is made here; after that administrators do it in the
//! desk's pages, but for roles that reach every agency, which are given here alone.
//!
//! Whoever can run this has the record's files: the access policies do not stand before it. Each change is an entry that names who had
//! it done (`--by`).

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use record::{Actor, Body, Change, Entry, EntryId, Post, Private, Role, Source, StaffChange, StaffId};
use serde_json::json;

use super::{
    decide::{catch_up, open_with_log, random},
    open::{Access, City, DataFolder, open},
    out::say,
    systems,
};
use crate::{
    access::reaches_all,
    city_file::CityFile,
    config::Global,
    demo,
    log::Sequencer,
    pack,
    provider::{SUBJECT_MAX_CHARS, is_subject},
    serve::passkeys,
    store::{
        Draft,
        people::{Bound, Member, MemberChange},
    },
    words::Words,
};

/// Who signs in at the desk.
#[derive(Debug, Subcommand)]
pub enum People {
    /// Add somebody with a role, and make the one-time link with which they enrol a passkey
    ///
    /// The link is good once, for a day, and shown here alone: hand it over yourself. With the embedded store the desk must not run
    /// meanwhile.
    ///
    /// Exit status: 0 they were added, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe people add 'A. Admin' --agency DOC --role administrator --by 'B. Operator' --data city
    Add(Add),
    /// List who signs in, with their roles and how many passkeys they have
    ///
    /// Exit status: 0 listed, 2 bad input.
    ///
    /// Example: vouchsafe people list --data city
    List,
    /// Give somebody one more role
    ///
    /// A role that reaches further than their agency ends their sessions, voids the link that was made before, and takes an account at
    /// the city's own sign-in that was bound before.
    ///
    /// Exit status: 0 given, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe people give st-… --agency DOI --role oversight --by 'B. Operator' --data city
    Give(Give),
    /// Make a new one-time link for somebody; the one before is void
    ///
    /// Exit status: 0 made, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe people invite st-… --by 'B. Operator' --data city
    Invite(Whom),
    /// Say which account at the city's own sign-in is somebody's: whoever has it signs in as them
    ///
    /// The account's name is what the sign-in page shows to whoever comes with an account that is nobody's. Needs `[oidc]` in the
    /// configuration, since an account is one of that provider.
    ///
    /// Exit status: 0 bound, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe people bind st-… --oidc-subject 248289761001 --by 'B. Operator' --config desk.toml
    Bind(Bind),
    /// Take the account at the city's own sign-in from somebody and end their sessions, at once
    ///
    /// Exit status: 0 taken, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe people unbind st-… --by 'B. Operator' --data city
    Unbind(Whom),
    /// Take every role, passkey and account from somebody and end their sessions, at once
    ///
    /// Exit status: 0 done, 2 bad input: nothing was.
    ///
    /// Example: vouchsafe people revoke st-… --by 'B. Operator' --data city
    Revoke(Whom),
}

/// In what role.
#[derive(Debug, Args)]
pub struct Held {
    /// The agency, as in the law pack
    #[arg(long, value_name = "AGENCY")]
    agency: String,
    /// desk, supervisor, counsel, privacy_officer, records, law_department, oversight or administrator
    #[arg(long, value_name = "ROLE")]
    role: String,
    /// At this site alone
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
}

/// Who is added.
#[derive(Debug, Args)]
pub struct Add {
    /// Their name
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    held: Held,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// Who is given what.
#[derive(Debug, Args)]
pub struct Give {
    /// Whom, by the id that `people list` shows
    #[arg(value_name = "ID")]
    staff: StaffId,
    #[command(flatten)]
    held: Held,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// Whom.
#[derive(Debug, Args)]
pub struct Whom {
    /// Whom, by the id that `people list` shows
    #[arg(value_name = "ID")]
    staff: StaffId,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// Whose account.
#[derive(Debug, Args)]
pub struct Bind {
    /// Whose, by the id that `people list` shows
    #[arg(value_name = "ID")]
    staff: StaffId,
    /// How the city's sign-in calls the account
    #[arg(long, value_name = "SUBJECT")]
    oidc_subject: String,
    /// Who has this done
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// The longest name or site, in characters.
const NAME_MAX_CHARS: usize = 80;

/// Runs one of the commands.
///
/// # Errors
/// When a name, an agency, a role or an id is none, or the store refuses.
pub fn run(global: &Global, command: &People) -> Result<ExitCode> {
    match command {
        People::List => list(global)?,
        People::Add(Add { name, held, by }) => {
            let (post, opened) = (held.post(global)?, open_with_log(global, Access::Write)?);
            let id = StaffId::from_bytes(random()?);
            let (name, agency) = (plain(name)?, post.agency.clone());
            let member = Member {
                id,
                name,
                agency: agency.clone(),
                posts: vec![post.clone()],
                passkeys: vec![],
                bound: None,
                changes: vec![],
                version: 0,
            };
            let changes = [Change::Added { agency }, Change::RoleGiven(post), Change::Invited];
            keep(global, opened, "add a member of the staff", member, changes, by, Ends::Nothing)?;
        }
        People::Give(Give { staff, held, by }) => {
            let (post, opened) = (held.post(global)?, open_with_log(global, Access::Write)?);
            let mut member = found(&opened.0, staff)?;
            if member.posts.contains(&post) {
                bail!("`{staff}` has this role already: nothing was changed");
            }
            // A link that an administrator made before must not let them into a post that reaches further than theirs.
            let further = reaches_all(post.role) || post.agency != member.agency;
            let ends = if further { Ends::Everything } else { Ends::Nothing };
            member.posts.push(post.clone());
            // Nor must an account at the city's own sign-in that they bound.
            let unbound = if further { member.bound.take().map(|_| Change::Unbound) } else { None };
            let ended = further.then_some(Change::SessionsEnded);
            let changes = [Some(Change::RoleGiven(post)), unbound, ended].into_iter().flatten();
            keep(global, opened, "give a role", member, changes.collect::<Vec<_>>(), by, ends)?;
        }
        People::Invite(Whom { staff, by }) => {
            let opened = open_with_log(global, Access::Write)?;
            let member = found(&opened.0, staff)?;
            keep(global, opened, "make a link to enrol", member, [Change::Invited], by, Ends::Nothing)?;
        }
        People::Bind(Bind { staff, oidc_subject, by }) => {
            let provider = global.settings()?.oidc.with_context(|| {
                "no city's sign-in is configured, and an account is one of that provider: name the file that has `[oidc]` with --config"
            })?;
            if !is_subject(oidc_subject) {
                bail!(
                    "`{oidc_subject}` names no account: write 1 to {SUBJECT_MAX_CHARS} characters on one line, as the sign-in page shows it"
                );
            }
            let opened = open_with_log(global, Access::Write)?;
            let mut member = found(&opened.0, staff)?;
            if member.bound.is_some() {
                bail!(
                    "`{staff}` has an account already: take it first, with `vouchsafe people unbind {staff}`; nothing was changed"
                );
            }
            member.bound = Some(Bound { issuer: provider.issuer.as_str().to_owned(), subject: oidc_subject.clone() });
            keep(global, opened, "bind an account", member, [Change::Bound], by, Ends::Nothing)?;
        }
        People::Unbind(Whom { staff, by }) => {
            let opened = open_with_log(global, Access::Write)?;
            let mut member = found(&opened.0, staff)?;
            if member.bound.take().is_none() {
                bail!("`{staff}` has no account at the city's sign-in: nothing was changed");
            }
            let changes = [Change::Unbound, Change::SessionsEnded];
            keep(global, opened, "take an account", member, changes, by, Ends::Everything)?;
        }
        People::Revoke(Whom { staff, by }) => {
            let opened = open_with_log(global, Access::Write)?;
            let mut member = found(&opened.0, staff)?;
            let taken = std::mem::take(&mut member.posts).into_iter().map(Change::RoleTaken);
            let revoked =
                std::mem::take(&mut member.passkeys).into_iter().map(|one| Change::Revoked { key: one.key_hash() });
            let unbound = member.bound.take().map(|_| Change::Unbound);
            let changes: Vec<Change> = taken.chain(revoked).chain(unbound).chain([Change::SessionsEnded]).collect();
            keep(global, opened, "revoke a member of the staff", member, changes, by, Ends::Everything)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Held {
    fn post(&self, global: &Global) -> Result<Post> {
        let role = Role::of_word(&self.role.replace('-', "_")).with_context(|| {
            let known: Vec<&str> = Role::ALL.into_iter().map(Role::word).collect();
            format!("`{}` is no role: write one of {}", self.role, known.join(", "))
        })?;
        let settings = global.settings()?;
        let pack = pack::load(settings.pack.as_deref())?;
        let agency = systems::city_agency(&pack, &self.agency)?;
        let site = self.site.as_deref().map(plain).transpose()?;
        let file = DataFolder::at(&settings.data).city_file();
        if let Some(site) = &site
            && file.exists()
        {
            let city = CityFile::read(&file, &pack)?;
            let sites = city.sites(&agency);
            if !sites.is_empty() && city.site(&agency, site).is_none() {
                let known: Vec<&str> = sites.iter().map(|site| site.id.as_str()).collect();
                bail!("`{site}` is no site of {agency} in `{}`: write one of {}", file.display(), known.join(", "));
            }
        }
        Ok(Post { role, agency, site })
    }
}

pub(super) fn plain(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX_CHARS || name.chars().any(char::is_control) {
        bail!("`{name}` is no name: write 1 to {NAME_MAX_CHARS} characters on one line");
    }
    Ok(name.to_owned())
}

fn found(city: &City, staff: &StaffId) -> Result<Member> {
    city.people.member(staff)?.with_context(|| format!("nobody has the id `{staff}`: see `vouchsafe people list`"))
}

/// What ends with a change.
#[derive(PartialEq, Eq)]
enum Ends {
    Nothing,
    /// Sessions and links.
    Everything,
}

/// Keeps a member with the entries of these changes, and prints who they are, with the link that was made.
fn keep(
    global: &Global,
    (city, log): (City, Option<Sequencer>),
    act: &'static str,
    member: Member,
    changes: impl IntoIterator<Item = Change>,
    by: &str,
    ends: Ends,
) -> Result<()> {
    let said_by = Private::from(plain(by)?);
    let source = if demo::Mark::of(city.folder.path()).exists() { Source::Demo } else { Source::Desk };
    let mut entries = Vec::new();
    let mut link = None;
    for change in changes {
        if change == Change::Invited {
            link = Some(passkeys::link(member.id)?);
        }
        let name = Private::from(member.name.as_str());
        let said_by = Some(said_by.clone());
        let body = Body::Staff(Box::new(StaffChange { staff: member.id, name, change, said_by }));
        let by = Actor::Program { name: "people".to_owned() };
        let id = EntryId::from_bytes(random()?);
        entries.push(Draft::from(Entry { id, at: Timestamp::now(), by, source: source.clone(), body }));
    }
    let (token, makes) = link.unzip();
    let (id, name) = (member.id, member.name.clone());
    let ends_sessions = ends == Ends::Everything;
    city.people.change(MemberChange { act, member, entries, uses: None, makes, ends_sessions })?;
    catch_up(log);
    let origin = city.settings.desk.as_ref().map_or_else(|| "http://localhost:8080".to_owned(), ToString::to_string);
    let link = token.map(|token| format!("{origin}/enrol#{token}"));
    if global.json {
        say!("{}", json!({ "staff": id, "link": link }));
        return Ok(());
    }
    let words = Words::new("en");
    say!("{}", words.say("people-kept", &[("name", &name), ("id", &id.to_string())]));
    if let Some(link) = link {
        say!("{}", words.say("people-kept-link", &[("link", &link)]));
    }
    Ok(())
}

fn list(global: &Global) -> Result<()> {
    let city = open(global, Access::Read)?;
    let members = city.people.members()?;
    if members.is_empty() && !global.json {
        say!("{}", Words::new("en").say("people-nobody", &[]));
    }
    for member in members {
        let posts: Vec<String> = member
            .posts
            .iter()
            .map(|post| {
                format!(
                    "{} {}{}",
                    post.role.word(),
                    post.agency,
                    post.site.as_ref().map_or_else(String::new, |site| format!(" {site}"))
                )
            })
            .collect();
        if global.json {
            say!(
                "{}",
                json!({ "staff": member.id, "name": member.name, "agency": member.agency, "posts": member.posts, "passkeys": member.passkeys.len(), "bound": member.bound.is_some() })
            );
        } else {
            say!(
                "{}  {}  {}  {} passkeys{}  {}",
                member.id,
                member.name,
                member.agency,
                member.passkeys.len(),
                if member.bound.is_some() { ", city account" } else { "" },
                posts.join("; ")
            );
        }
    }
    Ok(())
}
