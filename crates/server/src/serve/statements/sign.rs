//! `/statements/{quarter}/sign`: an official reads what their agency states of a quarter, whole, and signs it with their passkey.
//!
//! What is signed is the SHA-256 of the statement's bytes that the page showed, in a challenge of its own ([`record::signed::challenge`]).
//! The library of passkeys draws its challenges itself; ours takes the place of that one in the state that it gives us to keep, so that
//! everything else of the ceremony stays the library's (ADR 35). The record is read again before the challenge and again before the
//! signature is kept: where the statement would be another one by then, nothing is signed, and the page shows it anew.
//!
//! Without script the page shows the statement all the same, and says that signing needs it. Whoever signed in with the city's own
//! sign-in signs with a passkey too, or is told how to make one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use maud::{Markup, html};
use record::{
    Body, Entry, EntryId, Filed, FilingId, HexBytes, Nonce, PasskeyAnswer, Post, Private, Sha256Hex, SignedStatement,
    Source, StaffId,
    filing::{Filing, Options, Period, Section, Stated, statement},
    first_16,
    signed::challenge,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use webauthn_rs::prelude::{PasskeyAuthentication, PublicKeyCredential, WebauthnError};

use super::named;
use crate::{
    access::{Action, Resource},
    filing::{
        Bound, Standing, Written,
        make::{Kept, around},
        names, sections,
        signed::{SignedBy, holds, passkey_key, sentence, signed_by},
    },
    serve::{
        Desk, page,
        passkeys::{self, Ceremony, ENDED, Fault, SCRIPT_PATH, SCRIPT_POLICY, UNKNOWN},
        requests,
        session::Account,
    },
    store::{
        Draft, StoreError,
        people::{ChangeError, Member, MemberChange},
    },
};

/// The files of statements are written by one at a time: two who sign at once would leave each other out of them. Where several
/// processes share the folder the record has both, and `vouchsafe statement` makes the files anew.
static WRITING: Mutex<()> = Mutex::new(());

/// What the statement would say now is not what was shown.
const CHANGED: Fault = Fault::Refused("changed");
/// The quarter runs still.
const RUNS: Fault = Fault::Refused("runs");
/// Whoever is signed in has no passkey here.
const KEYLESS: Fault = Fault::Refused("keyless");
/// Their role does not sign.
const NOT_YOURS: &str = "not-yours";

/// The sentences that the script may have to say.
const TOLD: [&str; 9] = ["ended", "unknown", "runs", "keyless", "not-yours", "failed", "unable", "cancelled", "cloned"];

/// What the address of the page says beside the quarter.
#[derive(Default, Deserialize)]
pub struct Shown {
    /// How many contacts a comparison left unrecorded, as it was typed.
    unrecorded: Option<String>,
    /// The statement is shown anew, since the record changed.
    changed: Option<String>,
}

/// A statement as it stands now, in its recorded form.
struct Now {
    filing: Filing,
    written: Written,
    standing: Standing,
    content: Sha256Hex,
    /// Who signed any version of it.
    signed: Vec<SignedBy>,
    /// The entry that this version was made, if it was.
    filed: Option<(FilingId, EntryId)>,
}

impl Now {
    /// What an agency states of a quarter, as `vouchsafe statement` would write it.
    fn read(desk: &Desk, account: &Account, period: &Period, unrecorded: Option<u64>) -> Result<Self> {
        let (agency, names) = (&account.agency, names(desk.pack.vocabulary()));
        let options = Options {
            include: desk.invented.then_some(Source::Demo).into_iter().collect(),
            draft: runs(desk, period),
            not_of_the_city: names.not_of_the_city.clone(),
        };
        let stated = Stated { agency, zone: &desk.zone, unrecorded };
        let (filing, signed, made) = desk.counted.with(&*desk.store, |entries| {
            let filing = statement(&stated, entries, period, &options);
            (filing, signed_by(entries, agency, period, &desk.zone), made(entries))
        })?;
        let mut leaves = BTreeMap::new();
        for id in filing.counted() {
            leaves.extend(desk.store.find(&id)?.map(|stored| (id, stored.leaf)));
        }
        // As `vouchsafe statement` on the city's own record: what waits for the log follows with the statement.
        let standing = Standing { bound: Bound::Log, waiting: 0 };
        let written = Written::of(&filing, &desk.words, &names, &leaves, standing)?;
        let content = Sha256Hex::of(Sha256::digest(&written.json).into());
        let filed = made.get(&content).copied();
        Ok(Self { filing, written, standing, content, signed, filed })
    }

    fn signed_by(&self, staff: &StaffId) -> Option<&SignedBy> {
        self.signed.iter().find(|one| one.staff == *staff && one.content == self.content)
    }
}

/// The statements that were made, by the hash of what they say.
fn made(entries: &[Entry]) -> BTreeMap<Sha256Hex, (FilingId, EntryId)> {
    let of = |entry: &Entry| match &entry.body {
        Body::Filed(filed) if filed.section == Section::Statement.subdivision() => {
            Some((filed.content.clone(), (filed.filing, entry.id)))
        }
        _ => None,
    };
    // The first of each stands.
    entries.iter().rev().filter_map(of).collect()
}

fn runs(desk: &Desk, period: &Period) -> bool {
    period.to >= desk.now().date()
}

/// The member whom an account is, as the store has them now.
fn oneself(desk: &Desk, account: &Account) -> Result<Option<Member>> {
    let Ok(id) = account.staff.parse::<StaffId>() else { return Ok(None) };
    Ok(desk.people.member(&id)?)
}

/// The number that was typed; none where nothing was. Something else is no number.
fn number(typed: Option<&str>) -> Result<Option<u64>, ()> {
    match typed.map(str::trim).filter(|typed| !typed.is_empty()) {
        None => Ok(None),
        Some(typed) if typed.len() <= 9 => typed.parse().map(Some).map_err(drop),
        Some(_) => Err(()),
    }
}

/// `GET /statements/{quarter}/sign`: the statement, whole, and the button that signs it.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(quarter): Path<String>,
    Query(shown): Query<Shown>,
) -> Response {
    let signs = Resource::Agency(account.agency.clone());
    if let Err(refused) = desk.must(&account, Action::SignStatement, &signs) {
        return *refused;
    }
    let period = match named(&desk, &account, &quarter) {
        Ok(period) => period,
        Err(refused) => return *refused,
    };
    let Ok(unrecorded) = number(shown.unrecorded.as_deref()) else {
        let sentence = desk.words.say("statement-sign-number", &[]);
        return page::refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &sentence);
    };
    let read = {
        let (account, period) = (account.clone(), period.clone());
        desk.blocking(move |desk| Ok((Now::read(desk, &account, &period, unrecorded)?, oneself(desk, &account)?))).await
    };
    let (now, member) = match read {
        Ok(read) => read,
        Err(error) => return desk.failed(Some(&account), &error),
    };
    let say = |id: &str| desk.words.say(id, &[]);
    let back = format!("/statements/{}", period.name);
    let body = html! {
        p { a href=(back) { (say("statement-sign-back")) } }
        @if shown.changed.is_some() { p.error role="alert" { (say("statement-sign-changed")) } }
        p.banner role="note" { (say("statement-sign-read")) }
        (compared(&desk, &period, unrecorded))
        div.filing {
            (sections(&now.written.paper, &|_, _, _| None))
            h2 { (now.written.paper.check_title) }
            @for text in &now.written.paper.check { p { (text) } }
        }
        h2 { (say("statement-sign-title")) }
        (button(&desk, &account, &period, &now, member.as_ref(), unrecorded))
        (so_far(&desk, &now.signed, Some(&now.content)))
    };
    let title = desk.words.say("statement-sign-page", &[("quarter", &period.name)]);
    let mut response = page::page(&desk, Some(&account), &title, &body).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SCRIPT_POLICY));
    response
}

/// The form for the one number that is in no entry.
fn compared(desk: &Desk, period: &Period, unrecorded: Option<u64>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        form method="get" action=(path(period)) {
            p {
                label for="unrecorded" { (say("statement-sign-unrecorded")) }
                span.quiet #unrecorded-why { (say("statement-sign-unrecorded-why")) }
                input #unrecorded name="unrecorded" inputmode="numeric" pattern="[0-9]*" maxlength="9" autocomplete="off"
                    aria-describedby="unrecorded-why" value=[unrecorded];
            }
            p { button type="submit" { (say("statement-sign-show")) } }
        }
    }
}

/// The button, or why there is none.
fn button(
    desk: &Desk,
    account: &Account,
    period: &Period,
    now: &Now,
    member: Option<&Member>,
    unrecorded: Option<u64>,
) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let said = |id: &str| html! { p { (say(id)) } };
    if desk.development() {
        return said("statement-sign-development");
    }
    if runs(desk, period) {
        return said("statement-sign-runs");
    }
    let Some(member) = member else { return said("statement-sign-development") };
    if now.signed_by(&member.id).is_some() {
        return said("statement-sign-done");
    }
    if member.passkeys.is_empty() {
        return html! { p { (say("statement-sign-keyless")) " " a.target href="/account" { (say("statement-sign-account")) } } };
    }
    let role = say(&format!("role-{}", crate::serve::session::word(account.role)));
    let who = [("name", account.name.as_str()), ("role", &role), ("agency", account.agency.as_str())];
    let sentence = |name: &str| TOLD.contains(&name).then(|| say(&format!("statement-sign-{name}")));
    html! {
        p { (desk.words.say("statement-sign-as", &who)) }
        p.quiet { (say("statement-sign-hash")) " " code { (now.content.as_str()) } }
        noscript { p.error { (say("statement-sign-no-script")) } }
        form #passkey hidden method="post" action=(path(period)) data-what="sign" data-path=(path(period))
            data-statement=(now.content.as_str()) data-unrecorded=[unrecorded] data-ended=[sentence("ended")]
            data-unknown=[sentence("unknown")] data-runs=[sentence("runs")] data-keyless=[sentence("keyless")]
            data-not-yours=[sentence("not-yours")] data-failed=[sentence("failed")] data-unable=[sentence("unable")]
            data-cancelled=[sentence("cancelled")] data-cloned=[sentence("cloned")] {
            p { button.main type="submit" { (say("statement-sign-button")) } }
        }
        p #told .error role="alert" hidden {}
        script src=(SCRIPT_PATH) defer {}
    }
}

/// Where a quarter's statement is signed.
pub fn path(period: &Period) -> String {
    format!("/statements/{}/sign", period.name)
}

/// Who signed a statement of this quarter. Where a version is given, whether it was this one.
pub fn so_far(desk: &Desk, signed: &[SignedBy], version: Option<&Sha256Hex>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        h2 { (say("statement-signed-title")) }
        @if signed.is_empty() { p { (say("statement-signed-none")) } } @else {
            ul {
                @for one in signed {
                    li {
                        (sentence(&desk.words, one)) ". "
                        @match version {
                            Some(version) if *version == one.content => { (say("statement-signed-this")) }
                            Some(_) => { (say("statement-signed-earlier")) }
                            None => {}
                        }
                        " " span.quiet { (desk.words.say("statement-signed-hash", &[("hash", one.content.as_str().get(..16).unwrap_or_default())])) }
                    }
                }
            }
        }
    }
}

/// What the script sends first: which statement was read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    statement: String,
    #[serde(default)]
    unrecorded: Option<u64>,
}

/// What is to be signed, kept with the challenge.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signing {
    agency: law::AgencyId,
    quarter: String,
    content: Sha256Hex,
    unrecorded: Option<u64>,
    nonce: Nonce,
}

/// All that is kept with it. Another ceremony's state does not read as this, nor this as another's.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    signing: Signing,
    /// As the library of passkeys writes it, with our challenge.
    state: Value,
}

/// `POST /statements/{quarter}/sign/begin`: a challenge for the statement that was read, if it is still the one that stands.
pub async fn begin(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(quarter): Path<String>,
    sent: Result<Json<Begin>, JsonRejection>,
) -> Response {
    let sent = match taken(&desk, &account, sent) {
        Ok(sent) => sent,
        Err(refused) => return *refused,
    };
    desk.ceremony("signature", move |desk, passkeys| {
        let (period, member) = whose(desk, &account, &quarter)?;
        let keys: Vec<_> = passkeys::keys(&member)?.into_iter().map(|(_, key)| key).collect();
        if keys.is_empty() {
            return Err(KEYLESS);
        }
        let now = Now::read(desk, &account, &period, sent.unrecorded)?;
        if now.content.as_str() != sent.statement {
            return Err(CHANGED);
        }
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let nonce = Nonce::from_bytes(nonce);
        let ours = json!(URL_SAFE_NO_PAD.encode(challenge(&Sha256::digest(&now.written.json).into(), &nonce)));
        let (options, state) = passkeys.webauthn.start_passkey_authentication(&keys)?;
        let (mut options, mut state) = (serde_json::to_value(&options)?, serde_json::to_value(&state)?);
        let mut public_key = options.get_mut("publicKey").map(Value::take).context("no options of a passkey")?;
        let theirs = public_key.get_mut("challenge").context("no challenge of a passkey")?;
        let kept = state.pointer_mut("/ast/challenge").filter(|kept| *kept == theirs).context("no challenge kept")?;
        (*theirs, *kept) = (ours.clone(), ours);
        // Which passkeys there are is asked again when one has signed.
        *state.pointer_mut("/ast/credentials").context("no passkeys kept")? = json!([]);
        let signing = Signing {
            agency: account.agency.clone(),
            quarter: period.name.clone(),
            content: now.content,
            unrecorded: sent.unrecorded,
            nonce,
        };
        let ceremony = desk.challenge(Some(member.id), &Begun { signing, state })?;
        Ok(Ceremony::Goes(json!({ "ceremony": ceremony, "publicKey": public_key })))
    })
    .await
}

/// What the script sent, once it is known that the account signs its agency's statement at all.
fn taken<T>(desk: &Desk, account: &Account, sent: Result<Json<T>, JsonRejection>) -> Result<T, Box<Response>> {
    if !desk.may(account, Action::SignStatement, &Resource::Agency(account.agency.clone())) {
        return Err(Box::new((StatusCode::FORBIDDEN, Json(json!({ "refused": NOT_YOURS }))).into_response()));
    }
    let Json(sent) = sent.map_err(|refused| Box::new(refused.into_response()))?;
    Ok(sent)
}

/// The quarter, which has ended, and the member who signs for their agency.
pub(in crate::serve) fn whose(desk: &Desk, account: &Account, quarter: &str) -> Result<(Period, Member), Fault> {
    let period = Period::parse(Section::Statement, quarter).map_err(|_| RUNS)?;
    if runs(desk, &period) {
        return Err(RUNS);
    }
    let member = oneself(desk, account)?.ok_or(KEYLESS)?;
    // Of the version that the transaction asks for: a post that was taken since the session was looked at signs nothing.
    let post = Post { role: account.role, agency: account.agency.clone(), site: account.site.clone() };
    if !member.posts.contains(&post) {
        return Err(Fault::Refused(NOT_YOURS));
    }
    Ok((period, member))
}

/// What the script sends when a passkey has signed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    ceremony: String,
    credential: PublicKeyCredential,
}

/// `POST /statements/{quarter}/sign/finish`: keeps the signature, with the entry that the statement was made where there is none yet.
pub async fn finish(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path(quarter): Path<String>,
    sent: Result<Json<Finish>, JsonRejection>,
) -> Response {
    let sent = match taken(&desk, &account, sent) {
        Ok(sent) => sent,
        Err(refused) => return *refused,
    };
    desk.ceremony("signature", move |desk, passkeys| {
        let (by, begun): (_, Begun) = desk.answered(&sent.ceremony)?;
        let (period, member) = whose(desk, &account, &quarter)?;
        let Begun { signing, state } = begun;
        let same = signing.agency == account.agency && signing.quarter == period.name && by == Some(member.id);
        if !same {
            return Err(ENDED);
        }
        let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Now::read(desk, &account, &period, signing.unrecorded)?;
        if now.content != signing.content {
            return Err(CHANGED);
        }
        let (changed, answer) = answered(desk, passkeys, &member, &sent.credential, state, signing.nonce)?;
        let signed = SignedStatement {
            agency: account.agency.clone(),
            from: period.from,
            through: period.to,
            statement: String::from_utf8(now.written.json.clone()).context("a statement is text")?.into(),
            staff: member.id,
            answer,
        };
        // What the library took must be what anybody who has the record takes.
        holds(&signed).map_err(|_| UNKNOWN)?;
        keep(desk, &account, now, changed, signed)?;
        let number = signing.unrecorded.map_or_else(String::new, |number| format!("?unrecorded={number}"));
        Ok(Ceremony::Goes(json!({ "to": format!("{}{number}", path(&period)) })))
    })
    .await
}

/// The library's word on what a passkey answered; the member with its counter, and what the record keeps.
fn answered(
    desk: &Desk,
    passkeys: &passkeys::Passkeys,
    member: &Member,
    credential: &PublicKeyCredential,
    mut state: Value,
    nonce: Nonce,
) -> Result<(Member, PasskeyAnswer), Fault> {
    let known = passkeys::keys(member)?.into_iter().find(|(_, key)| key.cred_id().as_slice() == credential.raw_id);
    let (number, mut key) = known.ok_or(UNKNOWN)?;
    // Whoever the device says it is must be who signs.
    if credential.get_user_unique_id().is_some_and(|user| user != member.id.as_bytes()) {
        return Err(UNKNOWN);
    }
    let now = serde_json::to_value(&key)?.get_mut("cred").map(Value::take).context("no public key of a passkey")?;
    *state.pointer_mut("/ast/credentials").context("no passkeys kept")? = json!([now]);
    let state: PasskeyAuthentication = serde_json::from_value(state).context("the state of a ceremony")?;
    let answer = match passkeys.webauthn.finish_passkey_authentication(credential, &state) {
        Ok(answer) if answer.user_verified() => answer,
        Err(WebauthnError::CredentialPossibleCompromise) => {
            desk.revoke_cloned(member, number)?;
            return Err(Fault::Refused("cloned"));
        }
        _ => return Err(UNKNOWN),
    };
    let mut changed = member.clone();
    if key.update_credential(&answer) == Some(true)
        && let Some(one) = changed.passkeys.iter_mut().find(|one| one.number == number)
    {
        one.credential = serde_json::to_value(&key)?;
    }
    let said = &credential.response;
    let browser = String::from_utf8(said.client_data_json.clone()).map_err(|_| UNKNOWN)?;
    let origin: Value = serde_json::from_str(&browser).map_err(|_| UNKNOWN)?;
    let kept = PasskeyAnswer {
        // The library found it to be the desk's own, on this machine at any port.
        origin: origin.get("origin").and_then(Value::as_str).ok_or(UNKNOWN)?.to_owned(),
        nonce,
        key: passkey_key(key.get_public_key()).ok_or(UNKNOWN)?,
        device: HexBytes::of(&said.authenticator_data),
        browser,
        signature: HexBytes::of(&said.signature),
    };
    Ok((changed, kept))
}

/// Commits what was signed, in one transaction with the passkey's counter, against the member as they were read: whoever was changed
/// meanwhile, perhaps since this passkey was revoked, signed nothing. Then places the files that say so.
fn keep(desk: &Desk, account: &Account, now: Now, member: Member, signed: SignedStatement) -> Result<(), Fault> {
    if now.signed_by(&member.id).is_some() {
        return Ok(());
    }
    let at = Timestamp::now();
    let content = now.content.clone();
    let entry = |body| -> Result<Entry> {
        let id = EntryId::from_bytes(desk.random()?);
        Ok(Entry { id, at, by: account.actor(), source: requests::source(desk), body })
    };
    // Of one statement there is one entry that it was made, whoever signs it and however often.
    let named = format!("statement/{}", content.as_str());
    let filing = FilingId::from_bytes(first_16(Sha256::digest(named.as_bytes())));
    let filed = Body::Filed(Box::new(Filed {
        filing,
        section: Section::Statement.subdivision().to_owned(),
        agency: Some(account.agency.clone()),
        from: signed.from,
        through: signed.through,
        content: content.clone(),
        included_sources: desk.invented.then_some(Source::Demo).into_iter().collect(),
        nil: now.filing.nil,
        signed_by: Private::from(account.name.as_str()),
    }));
    let ours = entry(Body::Signed(Box::new(signed)))?;
    let by = signed_by(std::slice::from_ref(&ours), &account.agency, &now.filing.period, &desk.zone);
    let key = format!("{named}/signed/{}", member.id);
    let mut drafts = vec![Draft { key: Some(key), entry: ours }];
    let made = if let Some(made) = now.filed {
        made
    } else {
        let entry = entry(filed)?;
        let made = (filing, entry.id);
        drafts.insert(0, Draft { key: Some(named), entry });
        made
    };
    let everybody: Vec<SignedBy> = now.signed.iter().cloned().chain(by).collect();
    let forms =
        now.written.into_forms(&now.filing, &desk.words, now.standing, &everybody).map_err(anyhow::Error::from)?;
    let mut outcome = None;
    let placed = around(&forms, &desk.filings, || {
        let change = MemberChange {
            act: "sign a statement",
            member,
            entries: drafts,
            uses: None,
            makes: None,
            ends_sessions: false,
        };
        let done = desk.people.change(change);
        let kept = done.is_ok();
        outcome = Some(done);
        desk.log.nudge();
        if kept {
            Kept::of(&*desk.store, made.0, made.1, now.filed.is_some()).map(Some)
        } else {
            anyhow::bail!("nothing was signed")
        }
    });
    match (outcome, placed) {
        (Some(Ok(_)), Ok(_)) => Ok(()),
        // It is signed; the files can be made again with `vouchsafe statement`.
        (Some(Ok(_)), Err(error)) => {
            desk.fault_number(&error, "the files of a statement that was signed were not written");
            Ok(())
        }
        // Somebody changed the member meanwhile: perhaps this very passkey was revoked.
        (Some(Err(ChangeError::Moved | ChangeError::Used | ChangeError::Bound)), _) => Err(ENDED),
        // Somebody else signed it in this moment, or oneself, twice: shown anew, it says so.
        (Some(Err(ChangeError::Store(StoreError::KeyReused { .. }))), _) => Err(CHANGED),
        (Some(Err(error)), _) => Err(error.into()),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(_)) => Err(anyhow::anyhow!("a statement was placed that nobody signed").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_were_left_is_a_number_or_nothing() {
        for (typed, read) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some("  "), Ok(None)),
            (Some("0"), Ok(Some(0))),
            (Some(" 12 "), Ok(Some(12))),
            (Some("-1"), Err(())),
            (Some("none"), Err(())),
            (Some("1234567890"), Err(())),
        ] {
            assert_eq!(number(typed), read, "{typed:?}");
        }
    }
}
