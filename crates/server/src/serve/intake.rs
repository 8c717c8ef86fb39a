//! Recording what was asked: the form under the answer, and the act that commits request and answers together.
//!
//! Recording is one act of the record: the request and the answer to each of its questions are kept together or not at all.
//! Who asked is asked here if it was not before, since § 10-178(d) sums requests by the agency that asks; which information
//! was asked for is filled in from the situation, since §§ 9-131(f), 14-154(f) and 9-205(f) count requests by it. A contact of
//! an earlier day is decided under the law of that day.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use guide::form;
use jiff::civil::{Date, DateTime};
use law::{AgencyId, Decision, Facts, Question, vocabulary::RequesterKind as Kind};
use maud::{Markup, html};
use record::{
    Body, Channel, Claim, Detainer, DetainerReason, Document, Information, OutsideRequest, PersonKey, Private,
    Receiver, RequestId, Requester, RequesterKind, Told, When,
};

use crate::access::{Action, Resource};

use super::{
    Desk,
    asked::{Asked, hidden},
    forms::{self, Fault, Fields, LINE_MAX_CHARS, Nonce, TEXT_MAX_CHARS},
    gate,
    page::refusal,
    requests::what,
    session::Account,
    sites,
};

/// By what way somebody asked, in the form's words (`channel-WORD`). The first is what a form that nobody touched says: nothing.
pub(super) const CHANNELS: [(&str, Channel); 9] = [
    ("unknown", Channel::Unknown),
    ("in-person", Channel::InPerson),
    ("telephone", Channel::Telephone),
    ("email", Channel::Email),
    ("message", Channel::Message),
    ("paper", Channel::Paper),
    ("system", Channel::System),
    ("task-force", Channel::TaskForce),
    ("other", Channel::Other),
];

pub(super) const CLAIMS: [(&str, Claim); 4] =
    [("not-said", Claim::NotSaid), ("civil", Claim::Civil), ("criminal", Claim::Criminal), ("both", Claim::Both)];

/// The types of information, in the forms' words (`information-WORD`).
pub const INFORMATION: [(&str, Information); 5] = [
    ("custody", Information::IncarcerationStatus),
    ("release-date", Information::ReleaseDate),
    ("court-date", Information::CourtDate),
    ("appointment", Information::Appointment),
    ("other", Information::Other),
];

/// The reasons that a detainer's boxes give (`reason-WORD`).
pub const REASONS: [(&str, DetainerReason); 5] = [
    ("belief", DetainerReason::ReasonToBelieve),
    ("proceedings", DetainerReason::ChargingDocument),
    ("warrant", DetainerReason::ArrestWarrant),
    ("order", DetainerReason::RemovalOrder),
    ("other", DetainerReason::Other),
];

/// The fields of this form, beside those of the question. `requester` is the question's own.
const FIELDS: [&str; 18] = [
    "nonce",
    "shown",
    "channel",
    "claim",
    "information",
    "reason",
    "ground-a",
    "lodged",
    "received",
    "received-time",
    "person",
    "unit",
    "officer",
    "stated",
    "site",
    "supervisor",
    "counsel",
    "note",
];

/// What the form begins with: what the situation or the act already says.
fn begun(asked: &Asked) -> Fields {
    Fields(form::information(asked).iter().map(|word| ("information".to_owned(), (*word).to_owned())).collect())
}

/// The answer as the form carries it, to notice when what is recorded differs from what was shown.
fn shown(answers: &[(Question, Facts, Decision)]) -> String {
    answers.iter().map(|(_, _, decision)| decision.outcome.word()).collect::<Vec<_>>().join(" ")
}

/// The form that records what was asked. `typed` is what was sent before, if it was refused.
#[must_use]
pub fn record_form(
    desk: &Desk,
    account: &Account,
    asked: &Asked,
    answers: &[(Question, Facts, Decision)],
    typed: Option<&Fields>,
) -> Markup {
    let first = begun(asked);
    // The requester has a field of its own below.
    let carried = Asked { requester: None, ..asked.clone() };
    let asks = Asks {
        requester: typed.map_or(asked.requester.as_ref().map(law::RequesterId::as_str), |typed| typed.one("requester")),
        informs: form::asks_for_information(asked),
        detainer: asked.lodges_detainer(),
        given: typed.unwrap_or(&first),
        today: Some(desk.now().date()),
        open: typed.is_some(),
    };
    html! {
        form method="post" action="/requests" {
            (hidden(&carried))
            (Nonce::field(desk))
            input type="hidden" name="shown" value=(shown(answers));
            (asks.fields(desk, Some(account)))
            p { button.main type="submit" { (desk.words.say("record-button", &[])) } }
        }
    }
}

/// What the form asks beside the question.
pub(super) struct Asks<'a> {
    /// Who asked, if that is known.
    pub(super) requester: Option<&'a str>,
    /// Whether the type of information comes first.
    pub(super) informs: bool,
    /// Whether a detainer was lodged.
    pub(super) detainer: bool,
    /// What the form begins with.
    pub(super) given: &'a Fields,
    /// The last day that can be chosen; none in a form that is filled in on a later day.
    pub(super) today: Option<Date>,
    /// Whether what comes second is open.
    pub(super) open: bool,
}

/// A form's list of the kinds of information, those that were given ticked; `id` where something leads to it.
pub(super) fn information(desk: &Desk, legend: &str, id: Option<&str>, given: &Fields) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    html! {
        fieldset id=[id] {
            legend { (say(legend)) }
            @for (word, _) in INFORMATION {
                label.check {
                    input type="checkbox" name="information" value=(word) checked[given.has("information", word)];
                    span { (say(&format!("information-{word}"))) }
                }
            }
        }
    }
}

impl Asks<'_> {
    /// The fields with their labels; sites for who is signed in, if that is known.
    pub(super) fn fields(&self, desk: &Desk, account: Option<&Account>) -> Markup {
        let say = |id: &str| desk.words.say(id, &[]);
        let Self { requester, informs, detainer, given, today, open } = *self;
        let information = information(desk, "record-information", Some("information"), given);
        html! {
            label for="requester" { (say("record-requester")) }
            select id="requester" name="requester" required {
                option value="" selected[requester.is_none()] { (say("record-choose")) }
                @for one in guide::order::requesters(desk.pack.vocabulary()) {
                    @let unknown = one.kind == Kind::Unknown;
                    option value=(one.id) selected[requester == Some(one.id.as_str())] {
                        @if unknown { (say("record-requester-unknown")) } @else { (one.title) }
                    }
                }
            }
            @if informs { (information) }
            details open[open] {
                summary { (say("record-more")) }
                label for="channel" { (say("record-channel")) }
                (forms::select(desk, "channel", "channel", &CHANNELS, given))
                label for="claim" { (say("record-claim")) }
                (forms::select(desk, "claim", "claim", &CLAIMS, given))
                @if !informs { (information) }
                @if detainer {
                    fieldset #detainer {
                        legend { (say("record-reasons")) }
                        p.quiet { (say("record-reasons-hint")) }
                        @for (word, _) in REASONS {
                            label.check {
                                input type="checkbox" name="reason" value=(word) checked[given.has("reason", word)];
                                span { (say(&format!("reason-{word}"))) }
                            }
                        }
                        label.check {
                            input type="checkbox" name="ground-a" value="asserted" checked[given.has("ground-a", "asserted")];
                            span { (say("reason-ground-a")) }
                        }
                        label for="lodged" { (say("record-lodged")) }
                        input id="lodged" name="lodged" type="date" max=[today] value=(given.one("lodged").unwrap_or_default());
                    }
                }
                label for="person" { (say("record-person")) }
                input id="person" name="person" maxlength=(NUMBER_MAX_CHARS) autocomplete="off" aria-describedby="person-hint"
                    value=(given.one("person").unwrap_or_default());
                p.quiet id="person-hint" { (say("record-person-hint")) }
                (forms::day_until(desk, "received", "record-received", given, today))
                (forms::time(desk, "received", "received", given))
                (forms::line(desk, "unit", "record-unit", given))
                (forms::line(desk, "officer", "record-officer", given))
                (forms::line(desk, "stated", "record-statute", given))
                @if let Some(account) = account {
                    (sites::field(desk, &account.agency, ("record-site", "site-none"), account.site.as_deref(), given))
                }
                label.check { input type="checkbox" name="supervisor" value="told" checked[given.has("supervisor", "told")]; span { (say("record-supervisor")) } }
                label.check { input type="checkbox" name="counsel" value="told" checked[given.has("counsel", "told")]; span { (say("record-counsel")) } }
                label for="note" { (say("record-note")) }
                textarea id="note" name="note" rows="3" aria-describedby="note-hint" { (given.one("note").unwrap_or_default()) }
                p.quiet id="note-hint" { (say("record-note-never")) }
            }
        }
    }
}

/// `POST /requests`: commits the request and its answers, then shows them.
pub async fn record(
    State(desk): State<Arc<Desk>>,
    account: Account,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    // Before anything is answered; below, once more for the site that the form names.
    let at_own_site = Resource::Request { agency: account.agency.clone(), site: account.site.clone() };
    if let Err(refused) = desk.must(&account, Action::RecordRequest, &at_own_site) {
        return *refused;
    }
    let (about, question) = split(fields);
    let mut typed = Fields(about);
    let vocabulary = desk.pack.vocabulary();
    let mut asked = match Asked::parse(&question, vocabulary) {
        Ok(asked) => asked,
        Err(fault) => {
            return refusal(
                &desk,
                Some(&account),
                StatusCode::UNPROCESSABLE_ENTITY,
                &Fault::from(fault).say(&desk.words),
            );
        }
    };
    asked.agency = Some(account.agency.clone());
    if let Some(requester) = &asked.requester {
        typed.0.push(("requester".to_owned(), requester.to_string()));
    }
    let now = desk.now();
    let place = (&account.agency, account.site.as_deref());
    let parts = Nonce::read(&typed).and_then(|nonce| Ok((nonce, Parts::read(&desk, place, &asked, &typed, now)?)));
    let on = parts.as_ref().map_or(now.date(), |(_, parts)| parts.received());
    let answers = desk.answers(&asked, on);
    if answers.is_empty() {
        let sentence = desk.words.say("gate-start-again", &[]);
        return refusal(&desk, Some(&account), StatusCode::UNPROCESSABLE_ENTITY, &sentence);
    }
    let (nonce, parts) = match parts {
        Ok(read) => read,
        Err(fault) => return gate::answer(&desk, &account, &asked, &answers, Some((&typed, &fault))),
    };
    let changed = typed.one("shown").is_some_and(|before| before != shown(&answers));
    let id = RequestId::from_bytes(nonce.id(&account));
    let taker = Taker { agency: &account.agency, site: account.site.as_deref(), employee: Some(&account.name) };
    let request = request(&desk, &taker, &asked, parts, id);
    if let Err(refused) = desk.must(&account, Action::RecordRequest, &what(&request)) {
        return *refused;
    }
    let mut bodies = vec![Body::Requested(Box::new(request))];
    for (question, facts, decision) in answers {
        bodies.push(Body::Decided(Box::new(record::Decided { request: id, question, facts, decision })));
    }
    match desk.record("record a request at the desk", &account, &nonce, bodies).await {
        Ok(super::Kept::New) if changed => Redirect::to(&format!("/requests/{id}?told=changed")).into_response(),
        Ok(super::Kept::New) => Redirect::to(&format!("/requests/{id}")).into_response(),
        Ok(super::Kept::Before) => Redirect::to(&format!("/requests/{id}?told=before")).into_response(),
        Err(error) => desk.failed(Some(&account), &error),
    }
}

/// Fields by name and value, in their order.
pub(super) type Sent = Vec<(String, String)>;

/// The fields of this form, and those of the question.
pub(super) fn split(fields: Sent) -> (Sent, Sent) {
    fields
        .into_iter()
        .filter(|(name, value)| name != "requester" || !value.is_empty())
        .partition(|(name, _)| FIELDS.contains(&name.as_str()))
}

/// The longest number of a person, in characters.
pub(super) const NUMBER_MAX_CHARS: usize = 40;

/// Who took a request down.
pub(super) struct Taker<'a> {
    /// For which agency.
    pub(super) agency: &'a law::AgencyId,
    /// At which site, where they work at one.
    pub(super) site: Option<&'a str>,
    /// The employee who was asked; none: it is not known.
    pub(super) employee: Option<&'a str>,
}

/// What the form says beside the question, read whole before anything is recorded.
pub(super) struct Parts {
    pub(super) received: When,
    channel: Channel,
    claim: Claim,
    information: Vec<Information>,
    reasons: Vec<DetainerReason>,
    ground_a: bool,
    lodged: Date,
    person: Option<PersonKey>,
    unit: Option<String>,
    officer: Option<String>,
    stated: Option<String>,
    site: Option<String>,
    supervisor: bool,
    counsel: bool,
    note: Option<String>,
}

impl Parts {
    /// Reads the fields, by the names of the form, for an agency and, where somebody works at one site alone, that site.
    ///
    /// # Errors
    /// The first field that cannot be taken.
    pub(super) fn read(
        desk: &Desk,
        (agency, own_site): (&AgencyId, Option<&str>),
        asked: &Asked,
        typed: &Fields,
        now: DateTime,
    ) -> Result<Self, Fault> {
        if asked.requester.is_none() {
            return Err(Fault::new("record-requester-missing"));
        }
        let information = typed.choices("information", "record-information", &INFORMATION)?;
        if information.is_empty() && form::about_a_person(asked) {
            return Err(Fault::new("record-information-missing").at("information"));
        }
        let received = typed.happened("received", "record-received", now)?;
        let lodged = typed.day("lodged", "record-lodged", received.day())?.unwrap_or(received.day());
        let line = |name, label| typed.text(name, label, LINE_MAX_CHARS);
        let told = [("told", true)];
        Ok(Self {
            received,
            channel: typed.choice("channel", "record-channel", &CHANNELS)?.unwrap_or(Channel::Unknown),
            claim: typed.choice("claim", "record-claim", &CLAIMS)?.unwrap_or(Claim::NotSaid),
            information,
            reasons: typed.choices("reason", "record-reasons", &REASONS)?,
            ground_a: typed.choice("ground-a", "record-reasons", &[("asserted", true)])?.unwrap_or(false),
            lodged,
            person: person(desk, agency, typed)?,
            unit: line("unit", "record-unit")?,
            officer: line("officer", "record-officer")?,
            stated: line("stated", "record-statute")?,
            site: sites::read(desk, agency, "record-site", own_site, typed)?,
            supervisor: typed.choice("supervisor", "record-supervisor", &told)?.unwrap_or(false),
            counsel: typed.choice("counsel", "record-counsel", &told)?.unwrap_or(false),
            note: typed.text("note", "record-note", TEXT_MAX_CHARS)?,
        })
    }

    /// The day of the contact, by whose law it is answered.
    pub(super) fn received(&self) -> jiff::civil::Date {
        self.received.day()
    }
}

/// The key of the person whom the agency knows under this number. The number itself is forgotten here.
///
/// # Errors
/// When what was typed is no number.
pub(super) fn person(desk: &Desk, agency: &AgencyId, typed: &Fields) -> Result<Option<PersonKey>, Fault> {
    let Some(number) = typed.text("person", "record-person", NUMBER_MAX_CHARS)? else { return Ok(None) };
    let number = plain_number(&number).ok_or_else(|| Fault::new("record-person-fault").at("person"))?;
    Ok(Some(desk.person_key(agency.as_str(), &number)))
}

/// A booking or case number in one spelling: digits and capitals, at least three digits among them. A name is none.
fn plain_number(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '/' | '.')).collect();
    let plain = kept.chars().all(|c| c.is_ascii_alphanumeric());
    let digits = kept.chars().filter(char::is_ascii_digit).count();
    (plain && digits >= 3).then(|| kept.to_ascii_uppercase())
}

/// The request as it is recorded.
pub(super) fn request(desk: &Desk, taker: &Taker<'_>, asked: &Asked, parts: Parts, id: RequestId) -> OutsideRequest {
    let vocabulary = desk.pack.vocabulary();
    let requester = asked.requester.clone().unwrap_or_else(|| "unknown".into());
    let known = vocabulary.requesters.get(requester.as_str());
    let kind = match known.map(|one| one.kind) {
        Some(Kind::Federal) => RequesterKind::Federal,
        Some(Kind::State) => RequesterKind::State,
        Some(Kind::OtherLocal) => RequesterKind::OtherLocal,
        Some(Kind::ContractorOrTaskForce) => RequesterKind::ContractorOrTaskForce,
        Some(Kind::City | Kind::Unknown) | None => RequesterKind::Unknown,
    };
    // A repeated form gives the same entry: the moment of telling is that of the contact, which is all that is known.
    let told = |told: bool| if told { Told::At { at: parts.received, who: None } } else { Told::NotYet };
    OutsideRequest {
        id,
        received: parts.received,
        requester: Requester {
            kind,
            agency: known.map_or_else(|| requester.to_string(), |one| one.title.clone()),
            id: requester,
            unit: parts.unit,
            officer: parts.officer.map(Private::from),
        },
        channel: parts.channel,
        receiver: Receiver {
            agency: taker.agency.clone(),
            site: parts.site.or_else(|| taker.site.map(str::to_owned)),
            employee: taker.employee.map(Private::from),
        },
        acts: asked.acts.clone(),
        information: parts.information,
        statute: asked.statute.clone().unwrap_or_else(|| "unknown".into()),
        statute_as_stated: parts.stated.map(Private::from),
        claim: parts.claim,
        documents: asked
            .documents
            .iter()
            .map(|kind| Document { kind: kind.clone(), dated: None, copy: None })
            .collect(),
        detainer: asked.lodges_detainer().then(|| Detainer {
            lodged: parts.lodged,
            reasons: parts.reasons,
            asserts_ground_a: parts.ground_a.then_some(true),
            warrant_with_it: asked.warrant_with_detainer(),
        }),
        person: parts.person,
        supervisor: told(parts.supervisor),
        counsel: told(parts.counsel),
        note: parts.note.map(Private::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling_and_a_name_is_none() {
        assert_eq!(plain_number("895-23 01234").as_deref(), Some("8952301234"));
        assert_eq!(plain_number("b 12/345.6").as_deref(), Some("B123456"));
        for name in ["Maria Lopez", "José 12345", "M. 2", ""] {
            assert_eq!(plain_number(name), None, "{name}");
        }
    }

    #[test]
    fn the_situation_fills_in_which_information_was_asked_for() {
        let asked = |situation: Option<&str>, act: &str| Asked {
            situation: situation.map(Into::into),
            acts: vec![law::ActId::new(act)],
            ..Asked::default()
        };
        let custody = "disclose_custody_information";
        assert!(begun(&asked(Some("release-date"), custody)).has("information", "release-date"));
        assert!(begun(&asked(Some("screenshot"), custody)).has("information", "custody"));
        assert!(begun(&asked(None, custody)).has("information", "custody"));
        assert!(begun(&asked(None, "disclose_status_only")).has("information", "other"));
        assert!(begun(&asked(Some("door"), "give_access")).0.is_empty());
    }
}
