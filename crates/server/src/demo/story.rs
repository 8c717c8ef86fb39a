//! One invented request: what was asked, what the law of the day answered, what was done.

use anyhow::{Context, Result};
use fastrand::Rng;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use law::{AgencyId, Facts, Known, Pack, Question, Value};
use record::{
    Actor, Body, Channel, Claim, Decided, Deed, Detainer, DetainerReason, DisclosureForm, Document, Done, Entry,
    EntryId, Fulfilled, HoldEnd, Information, OutsideRequest, PersonKey, Private, Receiver, RequestId, Requester,
    RequesterKind, Resolution, Search, Source, Told, When,
};

use super::figures::{Figure, Kind};

/// Agencies that the 10-178 requests are spread over; what each is asked for.
const ASKED: [(&str, &str); 6] = [
    ("NYPD", "assist_operation"),
    ("NYPD", "place_alert"),
    ("DOC", "give_access"),
    ("DSS", "give_access"),
    ("DOT", "use_property"),
    ("DOE", "release_student_record"),
];

/// Who asks, and how it names itself.
const ASKING: [(&str, &str); 4] = [
    ("ice_ero", "Immigration and Customs Enforcement"),
    ("ice_hsi", "Homeland Security Investigations"),
    ("cbp", "Customs and Border Protection"),
    ("fbi", "Federal Bureau of Investigation"),
];

/// The entries' bodies of one request, each with the moment at which it is said to have been made.
///
/// # Errors
/// When the pack does not know a word that the demo city uses.
pub fn request(pack: &Pack, figure: &Figure, random: &mut Rng) -> Result<Vec<(Timestamp, Body)>> {
    let days = (figure.through - figure.from).get_days();
    let on = figure.from.saturating_add(i64::from(random.i32(0..=days)).days());
    let draw = Draw { pack, figure, on, id: RequestId::from_bytes(random.u128(..).to_be_bytes()) };
    let mut bodies = match figure.kind {
        Kind::DetainerNotHonored | Kind::DetainerHonored | Kind::DetainerHandedOver | Kind::ReleaseNotified => {
            draw.detainer(random)?
        }
        Kind::InformationGiven => draw.information(random)?,
        Kind::HelpRefused | Kind::HelpGiven => draw.help(random)?,
    };
    bodies.extend(draw.fulfilled(&bodies));
    Ok(bodies)
}

struct Draw<'a> {
    pack: &'a Pack,
    figure: &'a Figure,
    on: Date,
    id: RequestId,
}

impl Draw<'_> {
    fn detainer(&self, random: &mut Rng) -> Result<Vec<(Timestamp, Body)>> {
        let honored = self.figure.kind != Kind::DetainerNotHonored;
        let notified = self.figure.kind == Kind::ReleaseNotified;
        // Of the releases that were told the figure does not say on what ground: here on the one that the law has.
        let warrant = notified || self.figure.kind == Kind::DetainerHonored;
        let reasons = [
            DetainerReason::ReasonToBelieve,
            DetainerReason::ChargingDocument,
            DetainerReason::ArrestWarrant,
            DetainerReason::RemovalOrder,
        ];
        let reason = reasons.get(random.usize(..reasons.len())).copied().unwrap_or(DetainerReason::Other);
        let paper = match reason {
            DetainerReason::RemovalOrder => "i205",
            _ => "i200",
        };
        let mut papers = vec!["i247a", paper];
        if warrant {
            papers.push("judicial_arrest_warrant");
        }
        let person = PersonKey::from_bytes(random.u128(..).to_be_bytes());
        let convicted = warrant || (!honored && random.u8(..100) < 12);
        let mut facts = Facts::new();
        let mut fact = |name: &str, value: bool| facts.insert(name, Value::Bool(value), "invented");
        fact("detainer_lodged", true);
        fact("release_due", true);
        fact("search_running", false);
        fact("warrant_presented_with_detainer", warrant);
        fact("warrant_on_probable_cause", warrant);
        fact("warrant_for_custody_of_this_person", warrant);
        fact("warrant_for_federal_immigration_authorities", warrant);
        fact("vs_conviction_in_window", convicted);
        fact("vs_conviction_in_window_disputed", false);
        fact("vs_conviction_ever", convicted);
        fact("vs_conviction_ever_disputed", false);
        fact("tsdb_possible_match", false);
        let issuer = if warrant { "federal_judge_or_magistrate" } else { "immigration_officer" };
        facts.insert("warrant_issuer", Value::Text(issuer.to_owned()), "invented");

        let agency = self.figure.agency.unwrap_or("NYPD");
        let mut request =
            self.outside(agency, &["hold", "notify_release"], ("ice_ero", ASKING[0].1), "civil_ina", &papers);
        request.channel = Channel::Paper;
        request.claim = Claim::Civil;
        request.person = Some(person);
        request.detainer = Some(Detainer {
            lodged: self.on,
            reasons: vec![reason],
            asserts_ground_a: None,
            warrant_with_it: Some(warrant),
        });
        let mut bodies = self.decided(request, &facts)?;
        let when = When::Day(self.on.saturating_add(i64::from(random.u8(1..20)).days()));
        let search = Search { at: when, vs_conviction: Known::from(convicted), tsdb_possible_match: Known::No };
        let mut deed = |deed| bodies.push(self.done(agency, Some(person), deed, when, Some(search)));
        if notified {
            deed(Deed::Notified { to: "ice_ero".into() });
            deed(Deed::Transferred { to: "ice_ero".into(), on_detainer: true, hand_over: None });
            deed(Deed::Resolved { how: Resolution::Honored });
        } else if honored {
            deed(Deed::Held { from: when, until: Some(when), ended: Some(HoldEnd::Transferred) });
            deed(Deed::Transferred { to: "ice_ero".into(), on_detainer: true, hand_over: None });
            deed(Deed::Resolved { how: Resolution::Honored });
        } else {
            deed(Deed::Refused { acts: vec!["hold".into(), "notify_release".into()] });
            deed(Deed::Resolved { how: Resolution::NotHonored });
        }
        Ok(self.stamped(bodies))
    }

    fn information(&self, random: &mut Rng) -> Result<Vec<(Timestamp, Body)>> {
        let agency = self.figure.agency.unwrap_or("NYPD");
        let asked = [Information::IncarcerationStatus, Information::ReleaseDate, Information::CourtDate];
        let one = asked.get(random.usize(..asked.len())).copied().unwrap_or(Information::Other);
        let person = PersonKey::from_bytes(random.u128(..).to_be_bytes());
        let mut facts = Facts::new();
        facts.insert("vs_conviction_in_window", Value::Bool(true), "invented");
        facts.insert("vs_conviction_ever", Value::Bool(true), "invented");
        let act = if agency == "DOC" { "disclose_custody_information" } else { "disclose_identifying_information" };
        let mut request = self.outside(agency, &[act], ASKING[0], "civil_ina", &["written_request"]);
        request.channel = Channel::Email;
        request.information = vec![one];
        request.person = Some(person);
        let mut bodies = self.decided(request, &facts)?;
        let when = When::Day(self.on);
        let search = Search { at: when, vs_conviction: Known::Yes, tsdb_possible_match: Known::No };
        let deed = Deed::Disclosed {
            approval: None,
            to: "ice_ero".into(),
            information: vec![one],
            form: DisclosureForm::Written,
            facilitated_transfer: Known::No,
        };
        bodies.push(self.done(agency, Some(person), deed, when, Some(search)));
        Ok(self.stamped(bodies))
    }

    /// Help asked for immigration enforcement, which is what § 10-178(d) counts, and what the agency did: agreed or refused,
    /// as the published figure says. An agreed one is a deed against the law's answer, and shows as a possible violation.
    fn help(&self, random: &mut Rng) -> Result<Vec<(Timestamp, Body)>> {
        let (agency, act) = ASKED.get(random.usize(..ASKED.len())).copied().unwrap_or(("NYPD", "assist_operation"));
        let asking = ASKING.get(random.usize(..ASKING.len())).copied().unwrap_or(("ice_ero", ""));
        let given = self.figure.kind == Kind::HelpGiven;
        let mut request = self.outside(agency, &[act], asking, "civil_ina", &[]);
        request.channel = if random.bool() { Channel::Email } else { Channel::Telephone };
        let mut facts = Facts::new();
        facts.insert("purpose_immigration_enforcement", Value::Bool(true), "invented");
        let mut bodies = self.decided(request, &facts)?;
        let deed = if given {
            Deed::Assisted { act: act.into(), to: asking.0.into() }
        } else {
            Deed::Refused { acts: vec![act.into()] }
        };
        bodies.push(self.done(agency, None, deed, When::Day(self.on), None));
        Ok(self.stamped(bodies))
    }

    /// What the city owed about this request was done on its day, but for one request in 256: so the dashboard of the invented city has
    /// something to show, and not everything.
    fn fulfilled(&self, bodies: &[(Timestamp, Body)]) -> Vec<(Timestamp, Body)> {
        if self.id.as_bytes().first() == Some(&0) {
            return Vec::new();
        }
        let entry = |(number, (at, body)): (usize, &(Timestamp, Body))| Entry {
            id: EntryId::from_bytes((number as u128).to_be_bytes()),
            at: *at,
            by: Actor::Program { name: "demo".to_owned() },
            source: Source::Demo,
            body: body.clone(),
        };
        let entries: Vec<Entry> = bodies.iter().enumerate().map(entry).collect();
        let owed = record::duty::duties(&entries, &TimeZone::UTC, &record::duty::Limits::default());
        let done = owed.into_iter().filter(|duty| duty.ended.is_none() && duty.kind.is_stated()).filter_map(|duty| {
            Some(Body::Fulfilled(Box::new(Fulfilled {
                duty: duty.kind,
                agency: duty.agency?,
                request: Some(self.id),
                site: None,
                when: When::Day(self.on),
                done_by: Private::from("invented official"),
                note: None,
            })))
        });
        self.stamped(done.collect())
    }

    fn outside(
        &self,
        agency: &str,
        acts: &[&str],
        (requester, named): (&str, &str),
        statute: &str,
        papers: &[&str],
    ) -> OutsideRequest {
        OutsideRequest {
            id: self.id,
            received: When::Day(self.on),
            requester: Requester {
                kind: RequesterKind::Federal,
                id: requester.into(),
                agency: named.to_owned(),
                unit: None,
                officer: None,
            },
            channel: Channel::Unknown,
            receiver: Receiver { agency: agency.into(), site: None, employee: None },
            acts: acts.iter().map(|act| (*act).into()).collect(),
            information: Vec::new(),
            statute: statute.into(),
            statute_as_stated: None,
            claim: Claim::NotSaid,
            documents: papers.iter().map(|kind| Document { kind: (*kind).into(), dated: None, copy: None }).collect(),
            detainer: None,
            person: None,
            supervisor: Told::Unknown,
            counsel: Told::Unknown,
            note: Some(Private::from("invented for the demo city")),
        }
    }

    /// The request and the law's answer to each act.
    fn decided(&self, request: OutsideRequest, facts: &Facts) -> Result<Vec<Body>> {
        let mut bodies = Vec::with_capacity(request.acts.len() + 3);
        let questions: Vec<Question> = request
            .acts
            .iter()
            .map(|act| Question {
                agency: request.receiver.agency.clone(),
                act: act.clone(),
                requester: request.requester.id.clone(),
                statute_enforced: request.statute.clone(),
                document: request.documents.iter().map(|paper| paper.kind.clone()).collect(),
            })
            .collect();
        bodies.push(Body::Requested(Box::new(request)));
        for question in questions {
            let facts: Facts = facts
                .iter()
                .filter(|(name, _)| self.pack.vocabulary().facts.contains_key(name.as_str()))
                .map(|(name, fact)| (name.clone(), fact.clone()))
                .collect();
            let decision = law::decide(self.pack, &question, &facts, self.on);
            bodies.push(Body::Decided(Box::new(Decided { request: self.id, question, facts, decision })));
        }
        Ok(bodies)
    }

    fn done(&self, agency: &str, person: Option<PersonKey>, deed: Deed, when: When, search: Option<Search>) -> Body {
        Body::Done(Box::new(Done {
            request: Some(self.id),
            decision: None,
            agency: AgencyId::new(agency),
            person,
            deed,
            when,
            decided_by: Private::from("invented official"),
            basis: None,
            search,
        }))
    }

    /// Entries of the demo city bear the noon of their day: a real entry's moment is the machine's.
    fn stamped(&self, bodies: Vec<Body>) -> Vec<(Timestamp, Body)> {
        let noon = self.on.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
        let noon = noon.unwrap_or(Timestamp::UNIX_EPOCH);
        bodies.into_iter().map(|body| (noon, body)).collect()
    }
}

/// The text of the shipped figures.
///
/// # Errors
/// When the pack carries none.
pub fn shipped(files: &law::PackFiles) -> Result<&[u8]> {
    files.0.get("published_figures.csv").map(Vec::as_slice).context("the pack has no published_figures.csv")
}
