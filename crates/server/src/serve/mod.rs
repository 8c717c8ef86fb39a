//! The served desk: axum, server-rendered pages, the log over HTTP, health and metrics.
//!
//! Handlers read a form, ask the pure crates, and commit through the store; no handler decides anything itself. Blocking work
//! (the store, the log's files) runs off the async threads. What goes wrong is logged once, here, with a number that the
//! page shows; a page never shows a cause, a trace never shows a case.

mod account;
mod answered;
pub mod api;
pub mod asked;
mod bill;
mod call;
mod contacts;
mod deeds;
mod disclosures;
pub mod duties;
#[cfg(test)]
mod engines;
mod figures;
mod filed;
mod filings;
mod findings;
pub mod follow;
pub mod forms;
mod funding;
pub mod gate;
mod grounds;
mod guard;
pub mod guide;
mod hand_overs;
mod health;
mod intake;
mod listing;
mod lists;
mod log;
mod page;
mod papers;
pub mod passkeys;
mod people;
pub mod photographs;
pub mod provider;
mod qr;
mod readings;
mod replay;
mod requests;
mod session;
mod sites;
mod statements;
mod surveillance;
mod systems;
mod unasked;
#[cfg(test)]
mod walk;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use law::{ActId, AgencyId, Decision, Facts, Pack, Question, RequesterId, vocabulary::Agency};
use metrics_exporter_prometheus::PrometheusHandle;
use record::{Actor, Body, Entry, EntryId, PersonKey, RequestId, Source};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::{
    access::{Access, Action, Resource},
    city_file::CityFile,
    listen::{Stop, listen},
    on_call::OnCall,
    provider::Provider,
    report::overdue::Overdue,
    store::{
        Committed, Draft, Store, StoreError, Stored, Told, hooks::Hooks, people::People, prepare, systems::Systems,
        unrecorded::UnrecordedContacts,
    },
    words::Words,
};

use self::{asked::Asked, forms::Nonce, session::Account};

/// The largest form that is read, in bytes.
const FORM_MAX_BYTES: usize = 64 * 1024;

/// Everything that the pages stand on.
pub struct Desk {
    /// The sentences.
    pub words: Words,
    /// The law.
    pub pack: Arc<Pack>,
    /// Packs that are not the law in force, under which answers can be asked again.
    overlays: Vec<Arc<Pack>>,
    /// What they would have answered.
    bills: bill::Bills,
    /// The record.
    pub store: Arc<dyn Store>,
    /// The log's files and keys.
    pub log: Arc<follow::Follower>,
    /// Who may do what.
    access: Access,
    /// Sign-in with passkeys; none: sign-in is the development account, and every page says so.
    passkeys: Option<passkeys::Passkeys>,
    /// The city's own sign-in, beside passkeys.
    provider: Option<Provider>,
    /// Who signs in.
    people: Arc<dyn People>,
    /// Which programs call the interface.
    systems: Arc<dyn Systems>,
    /// Photographs of papers.
    photographs: photographs::Keep,
    /// The lists of contacts that nobody recorded.
    unrecorded: Arc<dyn UnrecordedContacts>,
    /// Where messages to them go.
    hooks: Arc<dyn Hooks>,
    /// The folder with the keys that sign messages to them.
    hook_keys: PathBuf,
    /// The city is invented; every page says so.
    pub invented: bool,
    /// Whom to call, by agency or site; `*` for any. For agencies that no file of the city names.
    pub contacts: BTreeMap<String, OnCall>,
    /// The city's file, if there is one.
    pub city: Option<CityFile>,
    /// What operators count.
    pub metrics: PrometheusHandle,
    /// The city's wall-clock.
    pub zone: TimeZone,
    /// The secret under which persons are counted without a name.
    persons: Zeroizing<[u8; 32]>,
    /// Where published filings lie.
    filings: PathBuf,
    /// What filings are counted from.
    counted: filings::Counted,
    /// What in it does not fit together.
    noticed: findings::Noticed,
    /// What charts count of it.
    charted: figures::Rows,
    /// Which residents' reports wait to be opened.
    overdue: Arc<Overdue>,
    /// The guide that answers without network, if it is served.
    guide: Option<guide::Guide>,
    /// What the agencies themselves must do.
    pub owed: duties::kept::Kept,
}

/// What is particular to the city that is served.
pub struct Particulars {
    /// Whom to call, by agency or site; `*` for any. For agencies that no file of the city names.
    pub contacts: BTreeMap<String, OnCall>,
    /// The city's file, if there is one.
    pub city: Option<CityFile>,
    /// The city is invented.
    pub invented: bool,
    /// The secret under which persons are counted.
    pub persons: [u8; 32],
    /// Where published filings lie; the folder need not be there.
    pub filings: PathBuf,
    /// Which residents' reports wait to be opened.
    pub overdue: Arc<Overdue>,
    /// Who signs in.
    pub people: Arc<dyn People>,
    /// Which programs call the interface.
    pub systems: Arc<dyn Systems>,
    /// Where messages to them go.
    pub hooks: Arc<dyn Hooks>,
    /// The folder with the keys that sign messages to them.
    pub hook_keys: PathBuf,
    /// Sign-in with passkeys; none: with the development account, which anybody can have.
    pub passkeys: Option<passkeys::Passkeys>,
    /// The city's own sign-in, beside passkeys.
    pub provider: Option<Provider>,
    /// Photographs of papers, and the key under which they are sealed.
    pub photographs: photographs::Keep,
    /// The lists of contacts that nobody recorded.
    pub unrecorded: Arc<dyn UnrecordedContacts>,
}

/// What became of a form that records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was recorded now.
    New,
    /// The same form was recorded before; nothing was added.
    Before,
}

/// Entries that are prepared where they are asked for: a request and its answers take less than a millisecond.
const AT_ONCE: usize = 4;

impl Desk {
    /// A desk with nobody signed in yet.
    ///
    /// # Errors
    /// When the pack's time zone is not in the zone database.
    pub fn new(
        words: Words,
        pack: Arc<Pack>,
        store: Arc<dyn Store>,
        log: Arc<follow::Follower>,
        metrics: PrometheusHandle,
        particular: Particulars,
    ) -> Result<Self> {
        let zone = TimeZone::get(pack.time_zone()).context("the pack's time zone")?;
        let access = Access::load()?;
        let Particulars {
            contacts,
            city,
            invented,
            persons,
            filings,
            overdue,
            people,
            systems,
            hooks,
            hook_keys,
            passkeys,
            provider,
            photographs,
            unrecorded,
        } = particular;
        let persons = Zeroizing::new(persons);
        let (counted, noticed) = (filings::Counted::default(), findings::Noticed::default());
        let owed = duties::kept::Kept::new(zone.clone(), invented);
        Ok(Self {
            words,
            pack,
            overlays: Vec::new(),
            bills: bill::Bills::default(),
            store,
            log,
            access,
            passkeys,
            provider,
            people,
            systems,
            photographs,
            unrecorded,
            hooks,
            hook_keys,
            invented,
            contacts,
            city,
            metrics,
            zone,
            persons,
            filings,
            counted,
            noticed,
            charted: figures::Rows::default(),
            overdue,
            guide: None,
            owed,
        })
    }

    /// The desk with the guide that answers without network, of which this is the module.
    ///
    /// # Errors
    /// When the desk's pack cannot be compiled.
    pub fn with_guide(self, module: Vec<u8>) -> Result<Self> {
        let guide = guide::Guide::new(&self, module)?;
        Ok(Self { guide: Some(guide), ..self })
    }

    /// The guide that answers without network, if it is served.
    #[must_use]
    pub fn guide(&self) -> Option<&guide::Guide> {
        self.guide.as_ref()
    }

    /// Whether sign-in is the development account.
    #[must_use]
    pub fn development(&self) -> bool {
        self.passkeys.is_none()
    }

    /// Whether somebody may do this: the one question that every page of the desk asks before it reads or records anything.
    /// [`guard::asked`] shows no page that did not ask it.
    #[must_use]
    pub fn may(&self, account: &Account, action: Action, resource: &Resource) -> bool {
        guard::note_that_it_was_asked();
        self.would(account, action, resource)
    }

    /// The same where nothing hangs on it yet: which links and forms a page shows. What they lead to asks for itself.
    #[must_use]
    pub fn would(&self, account: &Account, action: Action, resource: &Resource) -> bool {
        // Where anybody can sign in under any name, nobody gets a key that would still open when nobody can any more.
        if self.passkeys.is_none() && action.changes_staff() {
            return false;
        }
        self.access.allows(&account.acting(), action, resource)
    }

    /// Nothing if somebody may do this; else the page that refuses it.
    ///
    /// # Errors
    /// That page.
    pub fn must(&self, account: &Account, action: Action, resource: &Resource) -> Result<(), Box<Response>> {
        if self.may(account, action, resource) {
            return Ok(());
        }
        let role = self.words.say(&format!("role-{}", session::word(account.role)), &[]);
        let sentence = self.words.say("access-refused", &[("role", &role)]);
        Err(Box::new(page::refusal(self, Some(account), StatusCode::FORBIDDEN, &sentence)))
    }

    /// The page that somebody begins with: the first that their role has.
    #[must_use]
    pub fn first_page(&self, account: &Account) -> &'static str {
        PLACES
            .into_iter()
            .find(|place| self.would(account, place.asks, &place.of(account)))
            .map_or("/log", |place| place.path)
    }

    /// The city's wall-clock now, to the minute.
    #[must_use]
    pub fn now(&self) -> DateTime {
        let now = Zoned::now().with_time_zone(self.zone.clone()).datetime();
        now.date().at(now.hour(), now.minute(), 0, 0)
    }

    /// Sixteen random bytes for an id.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn random(&self) -> Result<[u8; 16]> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        Ok(bytes)
    }

    /// The key of the person whom an agency knows under a number: the same for the same number, telling nothing without the
    /// secret.
    #[must_use]
    pub fn person_key(&self, agency: &str, number: &str) -> PersonKey {
        PersonKey::derive(&self.persons, &format!("{agency}:{number}"))
    }

    /// Asks the law of a day each question of a form.
    #[must_use]
    pub fn answers(&self, asked: &Asked, on: Date) -> Vec<(Question, Facts, Decision)> {
        let answers = self.decided(asked, on);
        self.counted_decisions(&answers);
        answers
    }

    /// The same, for a page that goes over answers again, which whoever watches does not count.
    fn decided(&self, asked: &Asked, on: Date) -> Vec<(Question, Facts, Decision)> {
        let facts = asked.known(|id| self.words.say(id, &[]));
        asked
            .questions()
            .into_iter()
            .map(|question| {
                let decision = law::decide(&self.pack, &question, &facts, on);
                (question, facts.clone(), decision)
            })
            .collect()
    }

    /// Counts answers for whoever watches, and tells of engines that differ.
    fn counted_decisions(&self, answers: &[(Question, Facts, Decision)]) {
        for (_, _, decision) in answers {
            metrics::counter!("vouchsafe_decisions_total", "outcome" => decision.outcome.word()).increment(1);
            if decision.fault.is_some() {
                metrics::counter!("vouchsafe_decision_faults_total").increment(1);
            }
            if decision.engines_differ() {
                metrics::counter!("vouchsafe_engine_faults_total").increment(1);
                // Never the facts: the rule that the engines differ on, and the pack that holds it.
                tracing::error!(fault = %decision.fault.as_ref().map_or("", law::Text::as_str), pack = %self.pack.reference().sha256, "the engines differ");
            }
        }
    }

    /// Entries of this account, not yet committed; beside an answer on which the engines differ, the fault.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn drafts(&self, account: &Account, bodies: Vec<Body>) -> Result<Vec<Draft>> {
        self.drafts_by(&account.actor(), &requests::source(self), bodies)
    }

    /// The same by whoever else acts.
    fn drafts_by(&self, by: &Actor, source: &Source, bodies: Vec<Body>) -> Result<Vec<Draft>> {
        let at = Timestamp::now();
        let entry = |body| -> Result<Entry> {
            let id = EntryId::from_bytes(self.random()?);
            Ok(Entry { id, at, by: by.clone(), source: source.clone(), body })
        };
        let mut entries = Vec::with_capacity(bodies.len());
        for body in bodies {
            let stated = entry(body)?;
            let fault = stated.engine_fault().map(entry).transpose()?;
            entries.extend([Some(stated), fault].into_iter().flatten());
        }
        Ok(entries.into_iter().map(Draft::from).collect())
    }

    /// Commits one named act; durable when it returns.
    ///
    /// # Errors
    /// When the store refuses: nothing was recorded.
    pub async fn commit(self: &Arc<Self>, act: &'static str, drafts: Vec<Draft>) -> Result<Vec<Committed>> {
        let start = std::time::Instant::now();
        let done = self.submitted(act, drafts).await;
        metrics::histogram!("vouchsafe_commit_seconds").record(start.elapsed().as_secs_f64());
        let result = if done.is_ok() { "ok" } else { "failed" };
        metrics::counter!("vouchsafe_commits_total", "result" => result).increment(1);
        self.log.nudge();
        done
    }

    /// Waits without a thread: as many may wait for the disk at once as come.
    async fn submitted(self: &Arc<Self>, act: &'static str, drafts: Vec<Draft>) -> Result<Vec<Committed>> {
        let (tell, told) = oneshot::channel();
        // Nobody hears it where the call was given up; what was kept is kept.
        let tell: Told = Box::new(move |answer| drop(tell.send(answer)));
        // Few are prepared here: another thread would cost as much as that does.
        let act = if drafts.len() <= AT_ONCE {
            prepare(act, drafts)?
        } else {
            self.blocking(move |_| Ok(prepare(act, drafts)?)).await?
        };
        if let Some((act, tell)) = self.store.offer(act, tell) {
            self.blocking(move |desk| {
                desk.store.submit(act, tell);
                Ok(())
            })
            .await?;
        }
        Ok(told.await.unwrap_or(Err(StoreError::Stopped))?)
    }

    /// Commits what a form says, once, however often the form is sent.
    ///
    /// # Errors
    /// When the store refuses: nothing was recorded.
    pub async fn record(
        self: &Arc<Self>,
        act: &'static str,
        account: &Account,
        nonce: &Nonce,
        bodies: Vec<Body>,
    ) -> Result<Kept> {
        let mut drafts = self.drafts(account, bodies)?;
        for (part, draft) in drafts.iter_mut().enumerate() {
            draft.key = Some(nonce.key(account, part));
        }
        match self.commit(act, drafts).await {
            Ok(committed) if committed.iter().any(|one| one.already) => Ok(Kept::Before),
            Ok(_) => Ok(Kept::New),
            // Sent again in another minute, or with other words: what was recorded first stands.
            Err(error) => match error.downcast_ref::<StoreError>() {
                Some(StoreError::KeyReused { .. }) => Ok(Kept::Before),
                _ => Err(error),
            },
        }
    }

    /// Runs work that waits for a disk or a database off the async threads.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let desk = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&desk)).await.context("the work was cut short")?
    }

    /// The entries of one request, in the order of the record.
    async fn of_request(self: &Arc<Self>, id: RequestId) -> Result<Vec<Stored>> {
        self.blocking(move |desk| Ok(desk.store.by_request(&id)?)).await
    }

    /// Whether the store answers.
    async fn probe(self: &Arc<Self>) -> Result<()> {
        self.blocking(|desk| desk.store.count().map(drop).map_err(Into::into)).await
    }

    /// Who keeps the log up with the record.
    #[must_use]
    pub fn log_follows(&self) -> follow::Following {
        self.log.following()
    }

    /// The page for a failure of ours: a number on the page, the cause in the traces.
    fn failed(&self, account: Option<&Account>, error: &anyhow::Error) -> Response {
        let number = self.fault_number(error, "a page failed");
        let sentence = self.words.say("internal-fault", &[("number", &number)]);
        page::refusal(self, account, StatusCode::INTERNAL_SERVER_ERROR, &sentence)
    }

    /// Writes the cause of a failure into the traces, under the number that is told.
    fn fault_number(&self, error: &anyhow::Error, what: &str) -> String {
        let number = hex::encode(self.random().map_or([0; 4], |bytes| [bytes[0], bytes[1], bytes[2], bytes[3]]));
        tracing::error!(number, error = format!("{error:#}"), "{what}");
        number
    }

    fn city_agencies(&self) -> impl Iterator<Item = &Agency> {
        self.pack.vocabulary().agencies.values().filter(|agency| agency.city)
    }

    fn agency_title<'a>(&'a self, id: &'a AgencyId) -> &'a str {
        self.pack.vocabulary().agencies.get(id).map_or(id.as_str(), |agency| &agency.title)
    }

    fn requester_title<'a>(&'a self, id: &'a RequesterId) -> &'a str {
        self.pack.vocabulary().requesters.get(id).map_or(id.as_str(), |requester| &requester.title)
    }

    fn act_title<'a>(&'a self, id: &'a ActId) -> &'a str {
        self.pack.vocabulary().acts.get(id).map_or(id.as_str(), |act| &act.title)
    }

    fn act_question<'a>(&'a self, id: &'a ActId) -> &'a str {
        self.pack.vocabulary().acts.get(id).map_or(id.as_str(), |act| &act.question)
    }

    fn pack_line(&self) -> String {
        let pack = self.pack.reference();
        let short = pack.sha256.as_str().get(..16).unwrap_or_default();
        format!("{} {} · {short} · {}", pack.id, pack.version, pack.read_until)
    }
}

/// A page that the navigation leads to, and what whoever follows it must be allowed.
#[derive(Clone, Copy)]
struct Placed {
    path: &'static str,
    /// The Fluent id of its name.
    name: &'static str,
    asks: Action,
}

impl Placed {
    fn of(self, account: &Account) -> Resource {
        match self.asks {
            Action::ReadFilings | Action::ReadPeople => Resource::City,
            _ => Resource::Agency(account.agency.clone()),
        }
    }
}

/// The navigation, in its order.
const PLACES: [Placed; 7] = [
    Placed { path: "/gate", name: "nav-gate", asks: Action::Ask },
    Placed { path: "/requests", name: "nav-requests", asks: Action::ListRequests },
    Placed { path: "/duties", name: "nav-duties", asks: Action::ListRequests },
    Placed { path: "/findings", name: "nav-findings", asks: Action::ReadFigure },
    Placed { path: "/disclosures", name: "nav-disclosures", asks: Action::ListRequests },
    Placed { path: "/filings", name: "nav-filings", asks: Action::ReadFilings },
    Placed { path: "/people", name: "nav-people", asks: Action::ReadPeople },
];

/// The pages of whoever is signed in: each asks [`Desk::may`] before it reads or records anything. One list, so that the test that
/// walks them cannot miss one.
fn staffed() -> Vec<(&'static str, MethodRouter<Arc<Desk>>)> {
    vec![
        ("/gate", get(gate::situations).post(gate::ask)),
        ("/gate/papers", get(papers::show)),
        (guide::PATH, get(guide::shown)),
        ("/guide/me", get(guide::me)),
        ("/guide/queue", post(guide::take)),
        ("/requests", get(listing::list).post(intake::record)),
        ("/requests/search", post(listing::search)),
        ("/requests/file", post(listing::file)),
        ("/requests/views", post(listing::keep)),
        ("/requests/views/forget", post(listing::forget)),
        ("/requests/{id}", get(requests::one)),
        ("/requests/{id}/readings", get(readings::list)),
        ("/requests/{id}/replay", get(replay::replay)),
        ("/requests/{id}/done", post(deeds::done)),
        (
            "/requests/{id}/photographs",
            // It has bounds of its own.
            post(photographs::attach).layer(DefaultBodyLimit::disable()),
        ),
        ("/requests/{id}/photographs/{entry}", get(photographs::one)),
        ("/requests/{id}/corrections", post(deeds::correct)),
        ("/requests/{id}/duties", post(duties::state_about)),
        ("/requests/{id}/follow-ups", post(hand_overs::follow_up)),
        ("/duties", get(duties::list).post(duties::state)),
        ("/duties/corrections", post(duties::correct)),
        ("/hand-overs", get(hand_overs::list).post(unasked::hand_over)),
        ("/deeds/{entry}", get(unasked::one)),
        ("/deeds/{entry}/follow-ups", post(unasked::follow_up)),
        ("/deeds/{entry}/corrections", post(unasked::correct)),
        ("/contacts", get(contacts::list).post(contacts::account_for)),
        ("/requests/{id}/disclose", get(disclosures::propose::form).post(disclosures::propose::propose)),
        ("/requests/{id}/disclosures", post(disclosures::rule::rule)),
        ("/disclosures", get(disclosures::list::list).post(unasked::disclose)),
        ("/lists", get(lists::list)),
        ("/surveillance", get(surveillance::list).post(surveillance::track)),
        ("/surveillance/csv", get(surveillance::csv)),
        ("/account", get(account::own).post(account::change_own)),
        ("/people", get(people::list).post(people::add)),
        ("/people/{id}", get(people::one).post(people::change)),
        ("/findings", get(findings::list)),
        ("/figures", get(figures::charts)),
        ("/bill", get(bill::shown)),
        ("/filings", get(filings::list)),
        ("/filings/funding", post(funding::state)),
        ("/filings/{section}/{period}", get(filings::draft)),
        ("/filings/{section}/{period}/{form}", get(filed::form)),
        ("/filings/{section}/{period}/{table}/{row}/{column}", get(filings::figure)),
        ("/statements/{quarter}", get(statements::draft)),
        ("/statements/{quarter}/sign", get(statements::sign::show)),
        ("/statements/{quarter}/sign/begin", post(statements::sign::begin)),
        ("/statements/{quarter}/sign/finish", post(statements::sign::finish)),
        ("/statements/{quarter}/{form}", get(statements::form)),
        ("/statements/{quarter}/{table}/{row}/{column}", get(statements::figure)),
    ]
}

/// Every path, grouped by who asks for it, served at this address.
pub fn router(desk: Arc<Desk>, listens: SocketAddr) -> Router {
    let staffed = staffed().into_iter().fold(Router::new(), |router, (path, page)| router.route(path, page));
    let people = staffed
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), guard::asked))
        .route("/", get(session::begin))
        .route("/sign-in", get(session::form).post(session::sign_in))
        .route("/sign-out", post(session::sign_out))
        .route("/sign-in/begin", post(passkeys::begin_sign_in))
        .route("/sign-in/finish", post(passkeys::finish_sign_in))
        .route(provider::PATH, get(provider::begin))
        .route(provider::RETURN_PATH, get(provider::finish))
        .route("/enrol", get(passkeys::enrol_page))
        .route("/enrol/begin", post(passkeys::begin_enrolment))
        .route("/enrol/finish", post(passkeys::finish_enrolment))
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), guard::own_words))
        .layer(middleware::map_response(|mut response: Response| async {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }));
    let anyone = Router::new()
        .route("/log", get(log::page))
        .route("/guide", get(guide::there))
        .route("/guide/{file}", get(guide::file))
        .route("/log/proof/{entry}", get(log::proof))
        .route("/log/{*path}", get(log::file))
        .route(page::ICON_PATH, get(|| async { ([(header::CONTENT_TYPE, "image/svg+xml")], page::ICON) }))
        .route(
            passkeys::SCRIPT_PATH,
            get(|| async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], passkeys::SCRIPT) }),
        )
        .route(page::CSS_PATH, get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], page::CSS) }));
    let operators = Router::new().route("/healthz", get(health::healthz)).route("/metrics", get(health::metrics));
    people
        .merge(api::router(&desk))
        .merge(anyone)
        .merge(operators)
        .fallback(lost)
        .layer(DefaultBodyLimit::max(FORM_MAX_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), guard::same_site))
        .layer(middleware::from_fn_with_state((Arc::clone(&desk), listens), guard::host))
        .layer(middleware::map_response(|mut response: Response| async {
            for (name, value) in page::headers() {
                // The pages with a script have a policy of their own.
                response.headers_mut().entry(name).or_insert(value);
            }
            response
        }))
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), api::own_words))
        .with_state(desk)
}

async fn lost(State(desk): State<Arc<Desk>>) -> Response {
    page::refusal(&desk, None, StatusCode::NOT_FOUND, &desk.words.say("page-not-found", &[])).into_response()
}

/// Serves the desk until it is told to stop. `listening` is called with the address once it accepts.
///
/// # Errors
/// When the address cannot be had, or the listener fails.
pub async fn serve(desk: Arc<Desk>, address: SocketAddr, stop: Stop, listening: impl FnOnce(SocketAddr)) -> Result<()> {
    let listener = listen(address).await?;
    let listens = listener.local_addr()?;
    listening(listens);
    stop.serve(listener, router(desk, listens)).await.context("the server stopped")
}
