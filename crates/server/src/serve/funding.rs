//! Federal money for the cost of custody (SCAAP), which 9-131(f)(6) makes the Department of Correction publish.
//!
//! A short form on `/filings` for whoever keeps the agency's filings. A sum stated again for the same day corrects the one
//! before it.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use record::filing::Section;
use record::{Body, Funding, FundingStep};

use crate::access::{Action, Resource};

use super::{
    Desk,
    filings::listed,
    forms::{self, Fault, Fields, Nonce},
    page::refusal,
    session::Account,
};

const STEPS: [(&str, FundingStep); 2] = [("requested", FundingStep::Requested), ("received", FundingStep::Received)];

/// What the form says after it was sent.
#[derive(Default)]
pub struct Shown<'a> {
    /// It was recorded.
    pub recorded: bool,
    /// Why it was not taken, and what was typed.
    pub fault: Option<(&'a Fault, &'a Fields)>,
}

/// Whether the account's agency states such money at all: the one that files about it. Who of it may, the access policies say.
fn files(account: &Account) -> bool {
    Section::Correction.agency() == Some(account.agency.as_str())
}

fn its_money(account: &Account) -> Resource {
    Resource::Agency(account.agency.clone())
}

/// The form, or nothing.
pub fn form(desk: &Desk, account: &Account, shown: &Shown<'_>) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let none = Fields::default();
    let typed = shown.fault.map_or(&none, |(_, typed)| typed);
    html! {
        @if files(account) && desk.would(account, Action::StateFunding, &its_money(account)) {
            h2 id="funding" { (say("funding-title")) }
            p { (say("funding-why")) }
            @if shown.recorded { p.banner role="status" { (say("funding-recorded")) } }
            @if let Some((fault, _)) = shown.fault { p.error role="alert" { (fault.say(&desk.words)) } }
            form method="post" action="/filings/funding" {
                (Nonce::field(desk))
                label for="step" { (say("funding-step")) }
                (forms::select(desk, "step", "funding", &STEPS, typed))
                (forms::day(desk, "on", "funding-on", typed))
                label for="dollars" { (say("funding-dollars")) }
                input id="dollars" name="dollars" required inputmode="decimal" autocomplete="off" maxlength="20"
                    value=(typed.one("dollars").unwrap_or_default());
                p { button.main type="submit" { (say("funding-button")) } }
            }
        }
    }
}

/// `POST /filings/funding`: one statement, committed as an entry.
pub async fn state(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let allowed = desk.may(&account, Action::StateFunding, &its_money(&account));
    if !(files(&account) && allowed) {
        return refusal(&desk, Some(&account), StatusCode::FORBIDDEN, &desk.words.say("funding-not-yours", &[]));
    }
    let typed = Fields(fields);
    let read = || -> Result<(Nonce, Funding), Fault> {
        let nonce = Nonce::read(&typed)?;
        let step = typed.choice("step", "funding-step", &STEPS)?.ok_or_else(|| Fault::new("funding-dollars-fault"))?;
        let today = desk.now().date();
        let on = typed.day("on", "funding-on", today)?.unwrap_or(today);
        let cents = typed.one("dollars").and_then(cents).ok_or_else(|| Fault::new("funding-dollars-fault"))?;
        Ok((nonce, Funding { agency: account.agency.clone(), step, on, cents }))
    };
    match read() {
        Ok((nonce, funding)) => {
            match desk.record("state federal money", &account, &nonce, vec![Body::Funding(funding)]).await {
                Ok(_) => Redirect::to("/filings?told=recorded#funding").into_response(),
                Err(error) => desk.failed(Some(&account), &error),
            }
        }
        Err(fault) => {
            listed(
                &desk,
                &account,
                StatusCode::UNPROCESSABLE_ENTITY,
                &Shown { recorded: false, fault: Some((&fault, &typed)) },
            )
            .await
        }
    }
}

/// `1,234.50` as cents, below what a filing can hold exactly.
fn cents(text: &str) -> Option<u64> {
    let plain: String = text.trim().trim_start_matches('$').chars().filter(|c| *c != ',').collect();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, "00"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() > 12 || part.len() != 2 {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn dollars_are_whole_cents() {
        let cents = super::cents;
        assert_eq!(cents("1,234.50"), Some(123_450));
        assert_eq!(cents("$7"), Some(700));
        assert_eq!(cents("0"), Some(0));
        for bad in ["", "-1", "1.5", "1.505", "ten", "1e9", ".50", "9999999999999"] {
            assert_eq!(cents(bad), None, "{bad}");
        }
    }
}
