//! How requests are found again: what the list shows of one, and the words by which it is searched.
//!
//! A row of the list is a function of the entries about one request and of nothing else ([`part`], [`Listed`]): both stores write it in
//! the transaction of the entry, so that it cannot disagree, and make it anew from all entries when they migrate. Words are folded here,
//! for both databases alike: compatibility forms made one, marks taken off, in lower case, parted at whatever is neither letter nor digit
//! (a day stays one word). So no text that somebody types reaches a query language, and both databases find the same.
//!
//! Searched: agency, site, who asked (as named, unit, officer as stated), acts, statute or case as stated, papers' kinds, day, the note, the
//! written basis of a deed, answers, and the request's id. Deliberately not: the key of a person, who recorded or read, and what
//! corrections and faults say. What an entry adds is bounded; beyond, its words are not found.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::civil::Date;
use law::{ActId, AgencyId, Outcome, RequesterId};
use record::{Body, Deed, Entry, EntryId, OutsideRequest, RequestId, RequesterKind, Source, correction_holds};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::Stored;

/// The longest word, in characters; a longer one is cut, in the index and in what is looked for.
const WORD_MAX_CHARS: usize = 40;

/// How many different words a request is found by.
const WORDS_MAX: usize = 3000;

/// How many words can be looked for at once.
pub const TERMS_MAX: usize = 12;

/// A word that is looked for and has so many characters finds all that begin so; a shorter one itself alone.
const PREFIX_FROM_CHARS: usize = 3;

/// What is neither letter nor digit, so that no word of anybody's is one of ours, and a letter to SQLite's `ascii` tokenizer.
const MARK: char = '·';

/// A request as the list shows it: nobody whom it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where its entry stands in the record.
    pub seq: u64,
    /// The request.
    pub request: RequestId,
    /// Who was asked.
    pub agency: AgencyId,
    /// At which site.
    pub site: Option<String>,
    /// The day of the contact.
    pub day: Date,
    /// Who asked, in the pack's vocabulary.
    pub requester: RequesterId,
    /// What sort of authority.
    pub kind: RequesterKind,
    /// The agency as it named itself.
    pub named: String,
    /// The acts asked for.
    pub acts: Vec<ActId>,
    /// By what way its entry came into the record.
    pub source: Source,
    /// What was answered about each act, the newest answer of each.
    pub answers: Vec<(ActId, Outcome)>,
    /// The entries that say what was done, but for those that are said to be mistakes, each with the way by which it came. None: nobody
    /// has said yet what was done.
    pub deeds: Vec<(EntryId, Source)>,
}

/// Where a page of the list ends: it goes on with what is older, whatever is recorded meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// The day of the last contact that was shown.
    pub day: Date,
    /// Where its entry stands in the record.
    pub seq: u64,
}

/// Which requests are looked for: those for which everything that is said here holds.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Of which agencies; none: nothing is found.
    pub agencies: Vec<AgencyId>,
    /// At which site alone.
    pub site: Option<String>,
    /// The first day of contact.
    pub from: Option<Date>,
    /// The last day of contact.
    pub through: Option<Date>,
    /// Who asked.
    pub kind: Option<RequesterKind>,
    /// One of the acts asked for.
    pub act: Option<ActId>,
    /// One of the answers.
    pub outcome: Option<Outcome>,
    /// By what way it came into the record.
    pub source: Option<Source>,
    /// Whether somebody has said what was done.
    pub done: Option<bool>,
    /// The words that it has.
    pub terms: Terms,
    /// One of these.
    pub among: Option<Vec<RequestId>>,
    /// Older than this.
    pub before: Option<Before>,
}

/// About how many requests nobody has said what was done: of whom, and by what way they came into the record.
pub type Undone = Vec<(AgencyId, Source, u64)>;

/// Words that are looked for, folded. Not printed: a word may name a person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Terms(Vec<String>);

/// Why a text cannot be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// It has neither letter nor digit.
    #[error("there is no word in it: give a letter or a digit to look for")]
    NoWord,
    /// It has too many words.
    #[error("it has {found} words, and at most {TERMS_MAX} can be looked for at once")]
    TooMany {
        /// How many different words it has.
        found: usize,
    },
}

impl Terms {
    /// The words of what somebody typed.
    ///
    /// # Errors
    /// [`TermsError`] says why there is nothing to look for.
    pub fn parse(typed: &str) -> Result<Self, TermsError> {
        let words: BTreeSet<String> = words(typed).collect();
        match words.len() {
            0 => Err(TermsError::NoWord),
            found if found > TERMS_MAX => Err(TermsError::TooMany { found }),
            _ => Ok(Self(words.into_iter().collect())),
        }
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Terms({})", self.0.len())
    }
}

/// A word of a query, and whether it finds all that begin so.
pub(super) struct Wanted {
    pub(super) word: String,
    pub(super) begins: bool,
}

impl Search {
    /// What the index of words is asked: what was typed, and what is chosen from lists.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let typed = self
            .terms
            .0
            .iter()
            .map(|word| Wanted { word: word.clone(), begins: word.chars().count() >= PREFIX_FROM_CHARS });
        let chosen = [
            self.kind.map(|kind| marked("kind", kind_word(kind))),
            self.source.as_ref().map(|source| marked("source", &source.to_string())),
            self.act.as_ref().map(|act| marked("act", act.as_str())),
            self.outcome.map(|outcome| marked("outcome", outcome.word())),
        ];
        typed.chain(chosen.into_iter().flatten().map(|word| Wanted { word, begins: false })).collect()
    }
}

/// A page that stands among so many times its rows is found by looking at them, the newest first, and not by the index, which would
/// gather and sort all that have a common word.
pub(super) const NEAR: usize = 10;

/// Whether a row's words, as they are kept, are all that is wanted.
pub(super) fn fits(words: &str, wanted: &[Wanted]) -> bool {
    wanted
        .iter()
        .all(|one| words.split(' ').any(|word| if one.begins { word.starts_with(&one.word) } else { word == one.word }))
}

/// The words of a text, folded, in its order.
fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text
        .split_whitespace()
        .map(|piece| dated(piece).unwrap_or_else(|| piece.to_owned()))
        .collect::<Vec<_>>()
        .join(" ")
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        // Lower case may come with marks of its own.
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .collect();
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(WORD_MAX_CHARS).collect())
        .collect();
    words.into_iter()
}

/// A day, or a month, as one word: else each of its numbers would find half of the record.
fn dated(piece: &str) -> Option<String> {
    let piece = piece.trim_matches(|c: char| !c.is_ascii_digit());
    let lengths: Vec<usize> = piece.split('-').map(str::len).collect();
    let digits = piece.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let is_day = digits && matches!(lengths.as_slice(), [4, 2] | [4, 2, 2]);
    is_day.then(|| piece.replace('-', ""))
}

/// A choice of a list as a word that nobody can type, not even the beginning of it.
fn marked(list: &str, choice: &str) -> String {
    let choice: String = choice.chars().map(|c| if c.is_alphanumeric() { c } else { MARK }).collect();
    format!("{MARK}{list}{MARK}{choice}")
}

/// What one entry says for the list.
#[derive(Clone)]
pub(super) enum Part {
    /// A request, and its words.
    Request(Box<Listed>, BTreeSet<String>),
    /// An answer about an act, and its words.
    Answer(ActId, Outcome, BTreeSet<String>),
    /// What was done, and its words; whether it tells what became of the request.
    Deed { entry: EntryId, source: Source, tells: bool, words: BTreeSet<String> },
    /// That an entry was a mistake.
    Correction { of: EntryId, source: Source },
}

/// What this entry says for the list; nothing: most kinds.
pub(super) fn part(entry: &Entry) -> Option<Part> {
    match &entry.body {
        Body::Requested(request) => {
            let acts = request.acts.iter().map(|act| marked("act", act.as_str()));
            let kind = marked("kind", kind_word(request.requester.kind));
            let source = marked("source", &entry.source.to_string());
            let said = words_of(request).chain(acts).chain([kind, source]);
            Some(Part::Request(Box::new(listed(request, &entry.source)), said.collect()))
        }
        Body::Decided(decided) => {
            let (act, outcome) = (&decided.question.act, decided.decision.outcome);
            let said = words(outcome.word()).chain([marked("outcome", outcome.word())]);
            Some(Part::Answer(act.clone(), outcome, said.collect()))
        }
        Body::Done(done) => {
            let words = done.basis.iter().flat_map(|basis| words(basis.reveal())).collect();
            let (entry, source) = (entry.id, entry.source.clone());
            Some(Part::Deed { entry, source, tells: tells(&done.deed), words })
        }
        Body::Corrected(correction) => Some(Part::Correction { of: correction.entry, source: entry.source.clone() }),
        _ => None,
    }
}

/// Whether a deed tells what became of the request. A notice to the person, and the look after a hand-over, do not.
#[must_use]
pub fn tells(deed: &Deed) -> bool {
    match deed {
        Deed::FollowedUp { .. } | Deed::NoticeGiven { .. } | Deed::NoticeBarred { .. } => false,
        Deed::Held { .. }
        | Deed::Notified { .. }
        | Deed::Transferred { .. }
        | Deed::Disclosed { .. }
        | Deed::Assisted { .. }
        | Deed::Refused { .. }
        | Deed::Released { .. }
        | Deed::Resolved { .. } => true,
    }
}

fn listed(request: &OutsideRequest, source: &Source) -> Listed {
    // PostgreSQL has no NUL in a text, and a line of the list is one line.
    let plain = |text: &str| -> String { text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect() };
    Listed {
        // The store gives it its place.
        seq: 0,
        request: request.id,
        agency: request.receiver.agency.clone(),
        site: request.receiver.site.as_deref().map(plain),
        day: request.received.day(),
        requester: request.requester.id.clone(),
        kind: request.requester.kind,
        named: plain(&request.requester.agency),
        acts: request.acts.clone(),
        source: source.clone(),
        answers: Vec::new(),
        deeds: Vec::new(),
    }
}

fn words_of(request: &OutsideRequest) -> impl Iterator<Item = String> {
    let OutsideRequest { requester, receiver, .. } = request;
    let private = [&requester.officer, &request.statute_as_stated, &request.note];
    let texts = [receiver.agency.as_str(), requester.id.as_str(), &requester.agency, request.statute.as_str()]
        .into_iter()
        .chain(receiver.site.as_deref())
        .chain(requester.unit.as_deref())
        .chain(request.acts.iter().map(ActId::as_str))
        .chain(request.documents.iter().map(|document| document.kind.as_str()))
        .chain(private.into_iter().flatten().map(record::Private::reveal));
    let (day, id) = (request.received.day().to_string(), request.id.to_string());
    let mut all: Vec<String> = texts.flat_map(words).collect();
    all.extend(words(&day).chain(words(&id)));
    all.into_iter()
}

/// A row of the list as it is kept: what is shown, and the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Indexed {
    pub(super) listed: Listed,
    /// Different ones, in their order.
    words: BTreeSet<String>,
}

impl Indexed {
    /// The row of a request's entry at this place.
    pub(super) fn new(mut listed: Listed, words: BTreeSet<String>, seq: u64) -> Self {
        listed.seq = seq;
        let mut indexed = Self { listed, words: BTreeSet::new() };
        indexed.say(words);
        indexed
    }

    /// Takes up what a later entry says.
    pub(super) fn add(&mut self, part: Part) {
        let words = match part {
            Part::Answer(act, outcome, words) => {
                let answers = &mut self.listed.answers;
                match answers.iter_mut().find(|(answered, _)| *answered == act) {
                    Some((_, newest)) => *newest = outcome,
                    None => answers.push((act, outcome)),
                }
                words
            }
            Part::Deed { entry, source, tells, words } => {
                let deeds = &mut self.listed.deeds;
                if tells && deeds.iter().all(|(there, _)| *there != entry) {
                    deeds.push((entry, source));
                }
                words
            }
            Part::Correction { of, source } => {
                self.listed.deeds.retain(|(entry, was)| *entry != of || !correction_holds(&source, was));
                return;
            }
            Part::Request(..) => return,
        };
        self.say(words);
    }

    fn say(&mut self, words: BTreeSet<String>) {
        // What is chosen from lists is found however much was written.
        let (chosen, written): (Vec<_>, Vec<_>) = words.into_iter().partition(|word| word.contains(MARK));
        let room = WORDS_MAX.saturating_sub(self.words.len());
        self.words.extend(written.into_iter().take(room));
        self.words.extend(chosen);
    }

    /// The words as both databases keep them.
    pub(super) fn text(&self) -> String {
        self.words.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// The answers as both databases keep them.
    pub(super) fn answers(&self) -> String {
        let one = |(act, outcome): &(ActId, Outcome)| format!("{act}={}", outcome.word());
        self.listed.answers.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    /// The deeds as both databases keep them.
    pub(super) fn deeds(&self) -> String {
        self.listed.deeds.iter().map(|(entry, source)| format!("{entry}={source}")).collect::<Vec<_>>().join(" ")
    }

    /// The acts as both databases keep them.
    pub(super) fn acts(&self) -> String {
        self.listed.acts.iter().map(ActId::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// What some entries say for the list, by the request that they are about; each in the order of the record.
#[derive(Default)]
pub(super) struct Parts(BTreeMap<RequestId, Vec<(u64, Part)>>);

impl Parts {
    /// What these entries say.
    pub(super) fn of(stored: &[Stored]) -> Self {
        let mut parts = Self::default();
        for (seq, entry) in stored.iter().filter_map(|one| Some((one.seq, one.entry()?))) {
            parts.add(seq, entry.body.request(), part(entry));
        }
        parts
    }

    /// What these entries say of deeds alone: what of a row was not kept before it had a place for them.
    pub(super) fn of_deeds(stored: &[Stored]) -> Self {
        let mut parts = Self::of(stored);
        for parts in parts.0.values_mut() {
            parts.retain_mut(|(_, part)| match part {
                Part::Deed { words, .. } => {
                    words.clear();
                    true
                }
                Part::Correction { .. } => true,
                Part::Request(..) | Part::Answer(..) => false,
            });
        }
        parts.0.retain(|_, parts| !parts.is_empty());
        parts
    }

    /// Takes up what one entry says.
    pub(super) fn add(&mut self, seq: u64, request: Option<RequestId>, part: Option<Part>) {
        if let (Some(request), Some(part)) = (request, part) {
            self.0.entry(request).or_default().push((seq, part));
        }
    }

    /// The requests.
    pub(super) fn requests(&self) -> Vec<[u8; 16]> {
        self.0.keys().map(|request| *request.as_bytes()).collect()
    }

    /// The rows to write, given those that these requests have: new ones, and those that change.
    pub(super) fn rows(self, had: Vec<Indexed>) -> (Vec<Indexed>, Vec<Indexed>) {
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        let mut had_by: BTreeMap<RequestId, Vec<Indexed>> = BTreeMap::new();
        for row in had {
            had_by.entry(row.listed.request).or_default().push(row);
        }
        for (request, parts) in self.0 {
            let before = had_by.remove(&request).unwrap_or_default();
            let mut rows = before.clone();
            for (seq, part) in parts {
                match part {
                    Part::Request(listed, words) => {
                        let mut row = Indexed::new(*listed, words, seq);
                        // What was done stands where a request is taken down again.
                        row.listed.deeds = rows.first().map(|row| row.listed.deeds.clone()).unwrap_or_default();
                        rows.push(row);
                    }
                    part => rows.iter_mut().for_each(|row| row.add(part.clone())),
                }
            }
            let added = rows.split_off(before.len());
            changed.extend(rows.into_iter().zip(before).filter(|(row, before)| row != before).map(|(row, _)| row));
            new.extend(added);
        }
        (new, changed)
    }
}

/// A row as a database keeps it: text alone, in the order of the columns.
pub(super) struct Kept {
    pub(super) seq: u64,
    pub(super) request: [u8; 16],
    pub(super) agency: String,
    pub(super) site: Option<String>,
    pub(super) day: String,
    pub(super) requester: String,
    pub(super) kind: String,
    pub(super) named: String,
    pub(super) acts: String,
    pub(super) source: String,
    pub(super) answers: String,
    pub(super) deeds: String,
}

/// The columns of [`Kept`], in its order.
pub(super) const COLUMNS: &str =
    "seq, request, agency, site, day, requester, kind, named, acts, source, answers, deeds";

impl Kept {
    /// What it says; none: no program of ours wrote it.
    pub(super) fn read(self) -> Option<Listed> {
        let answers = self.answers.split_whitespace().map(|one| {
            let (act, outcome) = one.rsplit_once('=')?;
            Some((ActId::new(act), outcome_of(outcome)?))
        });
        let deeds = self.deeds.split_whitespace().map(|one| {
            let (entry, source) = one.split_once('=')?;
            Some((entry.parse().ok()?, source.parse().ok()?))
        });
        Some(Listed {
            seq: self.seq,
            request: RequestId::from_bytes(self.request),
            agency: AgencyId::new(&self.agency),
            site: self.site,
            day: self.day.parse().ok()?,
            requester: RequesterId::new(&self.requester),
            kind: kind_of(&self.kind)?,
            named: self.named,
            acts: self.acts.split_whitespace().map(ActId::new).collect(),
            source: self.source.parse().ok()?,
            answers: answers.collect::<Option<_>>()?,
            deeds: deeds.collect::<Option<_>>()?,
        })
    }

    /// A row and its words, as they were written; as [`Kept::read`].
    pub(super) fn indexed(self, words: &str) -> Option<Indexed> {
        Some(Indexed { listed: self.read()?, words: words.split(' ').map(str::to_owned).collect() })
    }
}

/// The kinds of requesters by their words, in the order of lists.
pub const KINDS: [(&str, RequesterKind); 5] = [
    ("federal", RequesterKind::Federal),
    ("state", RequesterKind::State),
    ("other_local", RequesterKind::OtherLocal),
    ("contractor_or_task_force", RequesterKind::ContractorOrTaskForce),
    ("unknown", RequesterKind::Unknown),
];

/// A kind's word.
#[must_use]
pub fn kind_word(kind: RequesterKind) -> &'static str {
    KINDS.iter().find(|(_, other)| *other == kind).map_or("unknown", |(word, _)| word)
}

fn kind_of(word: &str) -> Option<RequesterKind> {
    KINDS.iter().find(|(other, _)| *other == word).map(|(_, kind)| *kind)
}

fn outcome_of(word: &str) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn a_text_is_folded_to_words_and_a_day_stays_one() {
        assert_eq!(
            folded("Agent  O'Neill, ÉLODIE Müller (ﬁle №5)"),
            ["agent", "o", "neill", "elodie", "muller", "file", "no5"]
        );
        assert_eq!(folded("on 2026-06-15, 1:24-mj-00123"), ["on", "20260615", "1", "24", "mj", "00123"]);
        assert_eq!(folded("2026-06 2026-6-1"), ["202606", "2026", "6", "1"]);
        assert_eq!(folded("İstanbul СУД مَحكمة"), ["istanbul", "суд", "محكمة"]);
        assert_eq!(folded("\"a\" OR NOT (b*) AND \0 c:d -e"), ["a", "or", "not", "b", "and", "c", "d", "e"]);
        assert_eq!(folded(&"x".repeat(60)), ["x".repeat(WORD_MAX_CHARS)]);
    }

    #[test]
    fn what_cannot_be_looked_for_is_said_and_never_printed() {
        assert_eq!(Terms::parse(" «»\" "), Err(TermsError::NoWord));
        let many: String = (0..20).map(|n| format!("w{n} ")).collect();
        assert_eq!(Terms::parse(&many), Err(TermsError::TooMany { found: 20 }));
        let search = Search { terms: Terms::parse("Someone").unwrap(), ..Search::default() };
        assert!(!format!("{search:?}").to_lowercase().contains("someone"), "{search:?}");
    }

    #[test]
    fn nobody_types_a_choice_of_ours() {
        assert_eq!(folded("act·hold outcome·barred"), ["act", "hold", "outcome", "barred"]);
        assert_eq!(marked("act", "share_dmv_records"), "·act·share·dmv·records");
    }

    #[test]
    fn words_beyond_the_bound_are_left_and_choices_are_not() {
        let listed = Listed {
            seq: 0,
            request: RequestId::from_bytes([1; 16]),
            agency: "DOC".into(),
            site: None,
            day: "2026-06-15".parse().unwrap(),
            requester: "ice_ero".into(),
            kind: RequesterKind::Federal,
            named: "ICE".to_owned(),
            acts: vec!["hold".into()],
            source: Source::Desk,
            answers: Vec::new(),
            deeds: Vec::new(),
        };
        let many = (0..WORDS_MAX + 10).map(|n| format!("w{n:06}")).chain([marked("act", "hold")]).collect();
        let mut row = Indexed::new(listed, many, 7);
        row.add(Part::Answer("hold".into(), Outcome::Escalate, [marked("outcome", "escalate")].into()));
        row.add(Part::Answer(
            "hold".into(),
            Outcome::Barred,
            [marked("outcome", "barred"), "barred".to_owned()].into(),
        ));
        assert_eq!(row.words.len(), WORDS_MAX + 3);
        assert_eq!((row.answers(), row.listed.seq), ("hold=barred".to_owned(), 7));
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in ".{0,60}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once.join(" ")), once.clone());
            for word in &once {
                prop_assert!(!word.contains(['\'', '"', ' ', '\0', MARK]));
                // SQLite's tokenizer sees what we see: no ASCII but letters and digits in lower case.
                prop_assert!(word.chars().all(|c| !c.is_ascii() || c.is_ascii_digit() || c.is_ascii_lowercase()));
            }
        }
    }
}
