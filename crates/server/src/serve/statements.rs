//! `/statements/{quarter}`: what one's own agency would state of a quarter, as the record stands, beside the filings.
//!
//! The product's own practice and no law's, which the page says first. An official states it by signing it with a passkey ([`sign`]), or
//! unsigned with `vouchsafe statement`; here every figure leads to what it counts. How many contacts nobody recorded is in no record, so that the page
//! says "not compared" until the official who states it says otherwise.

pub mod sign;

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use maud::{Markup, html};
use record::{
    Source,
    filing::{Filing, Options, Period, Section, Stated, statement},
};

use crate::{
    access::{Action, Resource},
    filing::signed::{SignedBy, signed_by},
};

use super::{
    Desk, filed,
    filings::{self, Owned},
    page::refusal,
    session::Account,
};

/// The quarter of a path, or the page that says that there is none, or that the account may not look behind the agency's figures:
/// a statement lists its requests by their ids.
fn named(desk: &Desk, account: &Account, quarter: &str) -> Result<Period, Box<Response>> {
    desk.must(account, Action::ReadFigure, &Resource::Agency(account.agency.clone()))?;
    let period = Period::parse(Section::Statement, quarter).ok().filter(|period| period.from <= desk.now().date());
    period.ok_or_else(|| {
        let sentence = desk.words.say("filings-no-period", &[]);
        Box::new(refusal(desk, Some(account), StatusCode::NOT_FOUND, &sentence))
    })
}

async fn compute(
    desk: &Arc<Desk>,
    account: &Account,
    period: Period,
) -> anyhow::Result<(Filing, Owned, Vec<SignedBy>)> {
    let (agency, agencies) = (account.agency.clone(), filings::readable(desk, account));
    desk.blocking(move |desk| {
        let options = Options {
            include: desk.invented.then_some(Source::Demo).into_iter().collect(),
            draft: period.to >= desk.now().date(),
            not_of_the_city: crate::filing::names(desk.pack.vocabulary()).not_of_the_city,
        };
        let stated = Stated { agency: &agency, zone: &desk.zone, unrecorded: None };
        let computed = desk.counted.with(&*desk.store, |entries| {
            let signed = signed_by(entries, &agency, &period, &desk.zone);
            (statement(&stated, entries, &period, &options), filings::owned(entries, &agencies), signed)
        })?;
        Ok(computed)
    })
    .await
}

/// Who signed a statement of the quarter, and the way to the page that signs it.
fn signing(desk: &Desk, account: &Account, filing: &Filing, signed: &[SignedBy]) -> Markup {
    let signs = desk.would(account, Action::SignStatement, &Resource::Agency(account.agency.clone()));
    html! {
        (sign::so_far(desk, signed, None))
        @if signs && filing.period.to < desk.now().date() {
            p { a.target href=(sign::path(&filing.period)) { (desk.words.say("statement-sign-link", &[])) } }
        }
    }
}

/// `GET /statements/{quarter}`: the draft.
pub async fn draft(State(desk): State<Arc<Desk>>, account: Account, Path(quarter): Path<String>) -> Response {
    let period = match named(&desk, &account, &quarter) {
        Ok(period) => period,
        Err(refused) => return *refused,
    };
    match compute(&desk, &account, period).await {
        Ok((filing, owned, signed)) => {
            let more = signing(&desk, &account, &filing, &signed);
            filings::drafted(&desk, &account, &filing, &owned, "statement-preview", &more)
        }
        Err(error) => desk.failed(Some(&account), &error),
    }
}

/// `GET /statements/{quarter}/{table}/{row}/{column}`: what is behind one figure.
pub async fn figure(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path((quarter, table, row, column)): Path<(String, String, String, String)>,
) -> Response {
    let period = match named(&desk, &account, &quarter) {
        Ok(period) => period,
        Err(refused) => return *refused,
    };
    match compute(&desk, &account, period).await {
        Ok((filing, owned, _)) => filings::figured(&desk, &account, &filing, &owned, [&table, &row, &column]),
        Err(error) => desk.failed(Some(&account), &error),
    }
}

/// `GET /statements/{quarter}/{form}`: a file as it was made.
pub async fn form(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Path((quarter, form)): Path<(String, String)>,
) -> Response {
    match named(&desk, &account, &quarter) {
        Ok(period) => filed::served(&desk, &account, Section::Statement, period, &form).await,
        Err(refused) => *refused,
    }
}
