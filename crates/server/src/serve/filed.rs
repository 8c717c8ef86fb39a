//! What was filed: the published files of a filing, as they lie in the data folder, each borne out by the record.
//!
//! `vouchsafe file … --out DATA/filings` puts them there. One is shown only if its entry opens its leaf, stands in the record
//! with that leaf, speaks of this section and period, and holds the hash of the JSON that lies there. The file of entries is
//! never served: it is for the privacy officer and for inspectors (decisions 24).

use std::{fs, io, path::Path as FilePath, sync::Arc};

use anyhow::{Context as _, Result};
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use law::AgencyId;
use maud::{Markup, html};
use record::{
    Body, Filed,
    filing::{Period, Section},
};
use sha2::{Digest as _, Sha256};

use super::{Desk, filings, page::refusal, session::Account};
use crate::{
    access::{Action, Resource},
    filing::{
        signed::{SignedBy, sentence, signed_by},
        stem,
    },
    log::export::Line,
};

/// The forms that are published, each with its type and its name.
const FORMS: [(&str, &str, &str); 4] = [
    ("html", "text/html; charset=utf-8", "HTML"),
    ("pdf", "application/pdf", "PDF"),
    ("csv", "text/csv; charset=utf-8", "CSV"),
    ("json", "application/json", "JSON"),
];

/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// A filing whose files are there and are what was recorded.
pub struct Published {
    filed: Filed,
    /// The place of its entry in the log.
    log_index: Option<u64>,
    /// Of a statement: who signed it with a passkey.
    signed: Vec<SignedBy>,
}

/// Looks for what was filed for a period, or stated by this agency; nothing where the files are not there or are not what the record says.
///
/// # Errors
/// When a file that is there, or the record, cannot be read.
pub fn published(desk: &Desk, section: Section, agency: &AgencyId, period: &Period) -> Result<Option<Published>> {
    let stem = stem(section, Some(agency.as_str()), period);
    let Some(opening) = read(&desk.filings, &format!("{stem}-filed.json"))? else { return Ok(None) };
    let Ok(line) = Line::parse(opening.strip_suffix(b"\n").unwrap_or(&opening), 1) else { return Ok(None) };
    let stored = desk.store.find(&line.id)?.filter(|stored| stored.leaf == line.leaf && line.leads_to_its_leaf());
    let Some(stored) = stored else { return Ok(None) };
    let Some(Body::Filed(filed)) = stored.entry().map(|entry| &entry.body) else { return Ok(None) };
    let about = (filed.section.as_str(), filed.from, filed.through) == (section.subdivision(), period.from, period.to)
        && (section != Section::Statement || filed.agency.as_ref() == Some(agency));
    let Some(json) = read(&desk.filings, &format!("{stem}.json"))?.filter(|_| about) else { return Ok(None) };
    let same = filed.content.as_str() == hex::encode(Sha256::digest(&json));
    if !same {
        return Ok(None);
    }
    let mut signed = Vec::new();
    if section == Section::Statement {
        signed = desk.counted.with(&*desk.store, |entries| signed_by(entries, agency, period, &desk.zone))?;
        signed.retain(|one| one.content == filed.content);
    }
    Ok(Some(Published { filed: Filed::clone(filed), log_index: stored.log_index, signed }))
}

/// A file of the folder; nothing if it is not there.
fn read(folder: &FilePath, name: &str) -> Result<Option<Vec<u8>>> {
    use io::Read as _;
    let path = folder.join(name);
    let mut bytes = Vec::new();
    match fs::File::open(&path) {
        Ok(file) => file.take(MAX_BYTES).read_to_end(&mut bytes).with_context(|| path.display().to_string())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    Ok(Some(bytes))
}

/// What stands in the list beside a period that has ended, or `runs` still.
pub fn cell(desk: &Desk, section: Section, period: &Period, published: Option<&Published>, runs: bool) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let Some(Published { filed, log_index, signed }) = published else {
        return html! { (say(if runs { "filed-later" } else { "filed-none" })) };
    };
    let label = |form: &str| {
        let section = filings::name(desk, section);
        let of = [("form", form), ("section", section.as_str()), ("period", period.name.as_str())];
        desk.words.say("filed-form", &of)
    };
    html! {
        @if section == Section::Statement {
            (desk.words.say("statement-stated-by", &[("who", filed.signed_by.reveal())])) " "
            @if signed.is_empty() { (say("statement-unsigned")) }
            @for one in signed { (sentence(&desk.words, one)) ". " }
        } @else { (desk.words.say("filed-by", &[("who", filed.signed_by.reveal())])) }
        @if filed.nil { " " (say("filed-nil")) }
        br;
        @for (form, _, name) in FORMS {
            a.target href=(format!("{}/{form}", filings::path(section, period))) download aria-label=(label(name)) { (name) } " "
        }
        @if let Some(index) = log_index { a.target href=(format!("/log/proof/{index}")) { (say("filed-proof")) } }
    }
}

/// `GET /filings/{section}/{period}/{form}`: a file as it was published.
pub async fn form(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path((section, period, form)): Path<(String, String, String)>,
) -> Response {
    if let Err(refused) = desk.must(&account, Action::ReadFilings, &Resource::City) {
        return *refused;
    }
    let (section, period) = match filings::named(&desk, &account, &section, &period) {
        Ok(named) => named,
        Err(refused) => return *refused,
    };
    served(&desk, &account, section, period, &form).await
}

/// A file of a filing, or of the statement of the account's own agency, or the page that says that there is none.
pub async fn served(desk: &Arc<Desk>, account: &Account, section: Section, period: Period, form: &str) -> Response {
    let none = || refusal(desk, Some(account), StatusCode::NOT_FOUND, &desk.words.say("filed-not-there", &[]));
    let Some((form, kind, _)) = FORMS.into_iter().find(|(known, ..)| *known == form) else { return none() };
    let name = format!("{}.{form}", stem(section, Some(account.agency.as_str()), &period));
    let found = {
        let (name, agency) = (name.clone(), account.agency.clone());
        desk.blocking(move |desk| match published(desk, section, &agency, &period)? {
            Some(_) => read(&desk.filings, &name),
            None => Ok(None),
        })
        .await
    };
    match found {
        Ok(Some(bytes)) => {
            let attached = format!("attachment; filename=\"{name}\"");
            ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, attached)], bytes).into_response()
        }
        Ok(None) => none(),
        Err(error) => desk.failed(Some(account), &error),
    }
}
