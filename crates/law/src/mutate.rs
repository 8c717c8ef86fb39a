//! Mutation of a pack: every small slip that an author could make must be caught by a case or a theorem.
//!
//! The parsed law is changed in one place, the cases and the theorems are run without Cedar, and the law is put back. A
//! change that no set of facts can tell from the original is no mutant. What is changed: rules are deleted; each part of a
//! condition is dropped or turned round; what follows when a rule holds is another outcome; comparisons, their numbers and
//! named values are changed; the first and last days of provisions, terms, numbers and dated definitions are moved by a day,
//! and what a definition says is turned round; an agency, an act or an entry of a statute's list is left out.
//! Left alone: tables of persons, places and days (requesters, facilities, holidays), whose entries are facts, not law.

use std::{collections::BTreeSet, sync::Arc, thread};

use jiff::{ToSpan as _, civil::Date};

use crate::{
    cases::differs,
    days::Days,
    decision::PackRef,
    ids::{ActId, AgencyId, TermName, Text},
    kernel::condition::{Atom, Comparison, Condition, Number},
    pack::{Case, CaseBody, Effect, Law, Pack, Place, Provision, Read, Theorem, outcome_of},
    prove::{self, Group},
    slot::{Slot, Slots},
    vocabulary::Vocabulary,
};

mod vocabulary;

/// What came of all mutants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mutation {
    /// How many mutants were judged.
    pub mutants: usize,
    /// How many a case caught.
    pub by_case: usize,
    /// How many a theorem caught.
    pub by_theorem: usize,
    /// How many the reader refuses: versions that no longer meet.
    pub by_reader: usize,
    /// How many changes no set of facts can tell from the original; they are no mutants.
    pub same: usize,
    /// Those that nothing caught, by file and line.
    pub survivors: Vec<Survivor>,
    /// Cases and theorems that fail already, and so judged nothing.
    pub not_judging: Vec<String>,
}

/// A mutant that nothing caught.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Survivor {
    /// Where the original is written.
    pub place: Place,
    /// The rule, term, provision or parameter.
    pub name: String,
    /// What was changed.
    pub change: String,
    /// Whether some answer changes; if not, only a reason, a duty or a line does.
    pub changes_an_answer: bool,
}

/// One change.
#[derive(Clone, Debug)]
enum Change {
    DeleteRule {
        provision: usize,
        rule: usize,
    },
    When {
        provision: usize,
        rule: usize,
        when: Condition,
    },
    Effect {
        provision: usize,
        rule: usize,
        effect: Effect,
    },
    Term {
        term: usize,
        is: Condition,
    },
    ProvisionDays {
        provision: usize,
        days: Days,
    },
    TermDays {
        term: usize,
        days: Days,
    },
    DropAgency {
        provision: usize,
        agency: AgencyId,
    },
    DropAct {
        provision: usize,
        act: ActId,
    },
    /// A dated number.
    Number(Arc<Vocabulary>),
    /// A list that derivations read.
    List(Arc<Vocabulary>),
}

struct Mutant {
    place: Place,
    name: String,
    what: String,
    change: Change,
    /// The reader refuses it, since a hash in the file no longer fits.
    refused: bool,
}

/// Judges every mutant of a pack, on so many threads.
#[must_use]
pub fn mutate(pack: &Pack, threads: usize) -> Mutation {
    let mut not_judging = Vec::new();
    let cases: Vec<&Case> = pack
        .cases
        .iter()
        .filter(|case| {
            let fine = differs(pack, case).is_empty();
            if !fine {
                not_judging.push(format!("case `{}` ({})", case.id, case.place));
            }
            fine
        })
        .collect();
    let proofs = prove::prove(pack);
    let mut theorems = Vec::new();
    let mut held = BTreeSet::new();
    for (number, proof) in proofs.iter().enumerate() {
        match pack.theorems.get(number) {
            _ if proof.broken.is_some() => not_judging.push(format!("theorem `{}`", proof.id)),
            Some(theorem) => theorems.push(theorem.clone()),
            None => {
                held.insert(proof.id.clone());
            }
        }
    }
    let bench = Bench { pack, cases, groups: prove::groups(&pack.law, &theorems, |_, _| true), theorems, held };
    let mutants = mutants(&pack.law);
    let threads = threads.max(1);
    let share = mutants.len().div_ceil(threads).max(1);
    let parts: Vec<Mutation> = thread::scope(|scope| {
        let running: Vec<_> = mutants.chunks(share).map(|part| scope.spawn(|| bench.judge(part))).collect();
        // A thread that died judged nothing: what it held is told as not judged rather than passed over.
        running
            .into_iter()
            .map(|thread| {
                thread.join().unwrap_or_else(|_| Mutation {
                    not_judging: vec!["a thread that judged mutants died".into()],
                    ..Mutation::default()
                })
            })
            .collect()
    });
    let mut all = Mutation { not_judging, ..Mutation::default() };
    for part in parts {
        all.mutants += part.mutants;
        all.by_case += part.by_case;
        all.by_theorem += part.by_theorem;
        all.by_reader += part.by_reader;
        all.same += part.same;
        all.survivors.extend(part.survivors);
        all.not_judging.extend(part.not_judging);
    }
    all.survivors.sort();
    all
}

/// What judges mutants.
struct Bench<'a> {
    pack: &'a Pack,
    cases: Vec<&'a Case>,
    theorems: Vec<Theorem>,
    groups: Vec<Group>,
    /// The built-in theorems that hold of the original.
    held: BTreeSet<String>,
}

impl Bench<'_> {
    fn judge(&self, mutants: &[Mutant]) -> Mutation {
        let original = &self.pack.law;
        let mut result = Mutation::default();
        let mut changed = Pack {
            reference: PackRef { version: Text::new("mutant"), ..self.pack.reference.clone() },
            title: self.pack.title.clone(),
            time_zone: self.pack.time_zone.clone(),
            law: original.clone(),
            cases: Vec::new(),
            theorems: Vec::new(),
            slots: Slots::new(original),
            #[cfg(feature = "load")]
            referee: None,
        };
        for mutant in mutants {
            if no_longer_meets(original, &mutant.change) || mutant.refused {
                result.mutants += 1;
                result.by_reader += 1;
                continue;
            }
            apply(&mut changed.law, &mutant.change);
            changed.slots = Slots::new(&changed.law);
            let touched = self.touched(&mutant.change, &changed.law);
            match self.effect(&mutant.change, &changed.law, &touched) {
                Observable::Nothing => result.same += 1,
                seen => {
                    result.mutants += 1;
                    if self.caught_by_case(&mutant.change, &changed) {
                        result.by_case += 1;
                    } else if self.caught_by_theorem(&changed.law, &touched) {
                        result.by_theorem += 1;
                    } else {
                        result.survivors.push(Survivor {
                            place: mutant.place.clone(),
                            name: mutant.name.clone(),
                            change: mutant.what.clone(),
                            changes_an_answer: seen == Observable::Answer,
                        });
                    }
                }
            }
            restore(&mut changed.law, original, &mutant.change);
        }
        result
    }

    /// The groups that a change touches. Changed days make new stretches, so all are looked at anew.
    fn touched(&self, change: &Change, changed: &Law) -> Vec<Group> {
        let of = |wanted: &dyn Fn(&Group) -> bool| self.groups.iter().filter(|group| wanted(group)).cloned().collect();
        match change {
            Change::DeleteRule { provision, .. }
            | Change::When { provision, .. }
            | Change::Effect { provision, .. } => of(&|group| group.provisions.contains(provision)),
            Change::Term { term, .. } => of(&|group| group.terms.contains(term)),
            // What is no longer governed, or is governed on other days, is looked at anew.
            Change::DropAgency { provision, .. }
            | Change::DropAct { provision, .. }
            | Change::ProvisionDays { provision, .. } => {
                let Some(was) = self.pack.law.provisions.get(*provision) else { return Vec::new() };
                let wanted = |agency: &_, act: &_| was.agencies.contains(agency) && was.acts.contains(act);
                prove::groups(changed, &self.theorems, wanted)
            }
            Change::TermDays { term, .. } => {
                let users = self.users(*term);
                let wanted = |agency: &_, act: &_| bears_on(&users, agency, act);
                prove::groups(changed, &self.theorems, wanted)
            }
            Change::Number(_) => prove::groups(changed, &self.theorems, |_, _| true),
            // Theorems speak of what is derived, so a list that derivations read changes none.
            Change::List(_) => Vec::new(),
        }
    }

    /// The provisions whose rules use a term, themselves or through another term.
    fn users(&self, term: usize) -> Vec<&Provision> {
        let law = &self.pack.law;
        let mut names: BTreeSet<&TermName> = law.terms.get(term).map(|term| &term.name).into_iter().collect();
        loop {
            let more: Vec<&TermName> = law
                .terms
                .iter()
                .filter(|it| !names.contains(&it.name) && it.is.terms().iter().any(|name| names.contains(name)))
                .map(|it| &it.name)
                .collect();
            if more.is_empty() {
                break;
            }
            names.extend(more);
        }
        let uses = |provision: &&Provision| {
            provision.rules.iter().any(|rule| rule.when.terms().iter().any(|name| names.contains(name)))
        };
        law.provisions.iter().filter(uses).collect()
    }

    /// What a change of a condition can change; other changes are always mutants.
    fn effect(&self, change: &Change, changed: &Law, touched: &[Group]) -> Observable {
        let original = &self.pack.law;
        match change {
            Change::When { .. } | Change::DeleteRule { .. } | Change::Effect { .. } | Change::Term { .. } => {}
            Change::TermDays { term, days } => {
                // More days change nothing where no rule uses the term on them.
                let Some(was) = original.terms.get(*term).map(|it| it.days) else { return Observable::Nothing };
                let more =
                    days.from.filter(|from| !was.contains(*from)).or(was.until.filter(|day| days.contains(*day)));
                let used = more.is_none_or(|day| self.users(*term).iter().any(|it| it.days.contains(day)));
                return if used { Observable::Answer } else { Observable::Nothing };
            }
            _ => return Observable::Answer,
        }
        let mut seen = Observable::Nothing;
        for group in touched {
            let extra: Vec<&Condition> = match change {
                Change::When { provision, rule, when } => {
                    match original.provisions.get(*provision).and_then(|it| it.rules.get(*rule)) {
                        Some(rule) if rule.admits(&group.agency, &group.act) => vec![&rule.when, when],
                        _ => continue,
                    }
                }
                // Where the rule holds, what follows is another outcome.
                Change::DeleteRule { provision, rule } | Change::Effect { provision, rule, .. } => {
                    match original.provisions.get(*provision).and_then(|it| it.rules.get(*rule)) {
                        Some(rule) if rule.admits(&group.agency, &group.act) => {
                            vec![&rule.when, &Condition::Constant(false)]
                        }
                        _ => continue,
                    }
                }
                Change::Term { term, is } => match original.terms.get(*term) {
                    Some(term) => vec![&term.is, is],
                    None => continue,
                },
                _ => continue,
            };
            let mut slot = Slot::build(original, &group.agency, &group.act, group.stretch, &extra, 0);
            let differ = match slot.extra.as_slice() {
                [one, two] => {
                    let (one, two) = (*one, *two);
                    let store = &mut slot.store;
                    let other = store.not(two);
                    let differ = store.choose(one, other, two);
                    store.choose(slot.possible, differ, crate::kernel::diagram::NO)
                }
                _ => continue,
            };
            if slot.store.example(differ, crate::kernel::diagram::YES).is_none() {
                continue;
            }
            seen = seen.max(Observable::Reason);
            if answers_differ(original, changed, group) {
                return Observable::Answer;
            }
        }
        seen
    }

    fn caught_by_case(&self, change: &Change, changed: &Pack) -> bool {
        let touched: Option<Vec<&Provision>> = match change {
            Change::DeleteRule { provision, .. }
            | Change::When { provision, .. }
            | Change::Effect { provision, .. }
            | Change::ProvisionDays { provision, .. }
            | Change::DropAgency { provision, .. }
            | Change::DropAct { provision, .. } => Some(self.pack.law.provisions.get(*provision).into_iter().collect()),
            Change::Term { term, .. } | Change::TermDays { term, .. } => Some(self.users(*term)),
            Change::Number(_) | Change::List(_) => None,
        };
        let bears = |case: &&&Case| match (&case.body, &touched) {
            (CaseBody::Decide { question, .. }, Some(touched)) => bears_on(touched, &question.agency, &question.act),
            (CaseBody::Decide { .. }, None) => true,
            (CaseBody::Governs(case), Some(touched)) => touched.iter().any(|it| it.id == case.provision),
            (CaseBody::Governs(_), None) => false,
            (_, touched) => touched.is_none(),
        };
        // The cases beside the provision are the likeliest to catch it, and those of derivations are the cheapest.
        let near = |case: &&&Case| match &touched {
            Some(touched) => touched.iter().any(|it| Some(&it.id) == case.provision.as_ref()),
            None => !matches!(case.body, CaseBody::Decide { .. }),
        };
        let (first, then): (Vec<&&Case>, Vec<&&Case>) = self.cases.iter().filter(bears).partition(near);
        first.into_iter().chain(then).any(|case| !differs(changed, case).is_empty())
    }

    fn caught_by_theorem(&self, changed: &Law, touched: &[Group]) -> bool {
        prove::any_falls(changed, &self.theorems, touched, &self.held).is_some()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Observable {
    Nothing,
    Reason,
    Answer,
}

/// Whether one of the provisions bears on an act of an agency, on any day.
fn bears_on(provisions: &[&Provision], agency: &AgencyId, act: &ActId) -> bool {
    provisions.iter().any(|it| it.agencies.contains(agency) && it.acts.contains(act))
}

/// Whether some provision's answer differs between two laws in a group.
fn answers_differ(one: &Law, two: &Law, group: &Group) -> bool {
    let build = |law: &Law| Slot::build(law, &group.agency, &group.act, group.stretch, &[], 0);
    let (one, two) = (build(one), build(two));
    // Both are brought into one store over the facts of both, and there equal answers are equal numbers.
    let mut names: Vec<(crate::ids::FactName, crate::kernel::domain::Domain)> = Vec::new();
    for variable in one.variables.iter().chain(&two.variables) {
        match names.iter_mut().find(|(name, _)| name == &variable.name) {
            None => names.push((variable.name.clone(), variable.domain.clone())),
            Some((_, domain)) if *domain == variable.domain => {}
            // Different thresholds: the diagrams cannot be laid side by side, and a shifted threshold is seen by answers.
            Some(_) => return true,
        }
    }
    let all = |slot: &Slot| slot.provisions.iter().map(|it| it.answer).collect::<Vec<_>>();
    let (answers_one, answers_two) = (all(&one), all(&two));
    if answers_one.len() != answers_two.len() {
        return true;
    }
    answers_one.iter().zip(&answers_two).any(|(a, b)| {
        crate::kernel::diagram::differ(
            &one.store,
            *a,
            &places(&one, &names),
            &two.store,
            *b,
            &places(&two, &names),
            &sizes(&names),
        )
    })
}

fn places(slot: &Slot, names: &[(crate::ids::FactName, crate::kernel::domain::Domain)]) -> Vec<usize> {
    let place = |name: &crate::ids::FactName| names.iter().position(|it| &it.0 == name).unwrap_or(0);
    slot.variables.iter().map(|variable| place(&variable.name)).collect()
}

fn sizes(names: &[(crate::ids::FactName, crate::kernel::domain::Domain)]) -> Vec<u8> {
    names.iter().map(|(_, domain)| u8::try_from(domain.size()).unwrap_or(u8::MAX)).collect()
}

fn apply(law: &mut Law, change: &Change) {
    match change {
        Change::DeleteRule { provision, rule } => {
            if let Some(rule) = law.provisions.get_mut(*provision).and_then(|it| it.rules.get_mut(*rule)) {
                rule.when = Condition::Constant(false);
            }
        }
        Change::When { provision, rule, when } => {
            if let Some(rule) = law.provisions.get_mut(*provision).and_then(|it| it.rules.get_mut(*rule)) {
                rule.when = when.clone();
            }
        }
        Change::Effect { provision, rule, effect } => {
            if let Some(rule) = law.provisions.get_mut(*provision).and_then(|it| it.rules.get_mut(*rule)) {
                rule.effect = effect.clone();
            }
        }
        Change::Term { term, is } => {
            if let Some(term) = law.terms.get_mut(*term) {
                term.is = is.clone();
            }
        }
        Change::ProvisionDays { provision, days } => {
            if let Some(provision) = law.provisions.get_mut(*provision) {
                provision.days = *days;
            }
        }
        Change::TermDays { term, days } => {
            if let Some(term) = law.terms.get_mut(*term) {
                term.days = *days;
            }
        }
        Change::DropAgency { provision, agency } => {
            if let Some(provision) = law.provisions.get_mut(*provision) {
                provision.agencies.remove(agency);
            }
        }
        Change::DropAct { provision, act } => {
            if let Some(provision) = law.provisions.get_mut(*provision) {
                provision.acts.remove(act);
            }
        }
        Change::Number(vocabulary) | Change::List(vocabulary) => law.vocabulary = Arc::clone(vocabulary),
    }
    law.stretches = stretches(law);
}

fn restore(law: &mut Law, original: &Law, change: &Change) {
    match change {
        Change::DeleteRule { provision, .. }
        | Change::When { provision, .. }
        | Change::Effect { provision, .. }
        | Change::ProvisionDays { provision, .. }
        | Change::DropAgency { provision, .. }
        | Change::DropAct { provision, .. } => {
            if let (Some(changed), Some(was)) =
                (law.provisions.get_mut(*provision), original.provisions.get(*provision))
            {
                changed.clone_from(was);
            }
        }
        Change::Term { term, .. } | Change::TermDays { term, .. } => {
            if let (Some(changed), Some(was)) = (law.terms.get_mut(*term), original.terms.get(*term)) {
                changed.clone_from(was);
            }
        }
        Change::Number(_) | Change::List(_) => law.vocabulary = Arc::clone(&original.vocabulary),
    }
    law.stretches.clone_from(&original.stretches);
}

/// The first days of the stretches, as the reader finds them.
fn stretches(law: &Law) -> Vec<Date> {
    let all = law
        .provisions
        .iter()
        .map(|it| it.days)
        .chain(law.terms.iter().map(|it| it.days))
        .chain(law.vocabulary.parameters.iter().map(|it| it.days));
    let mut starts = BTreeSet::from([law.covers_from]);
    starts.extend(all.flat_map(|days| [days.from, days.until]).flatten().filter(|day| *day > law.covers_from));
    starts.into_iter().collect()
}

/// Whether moved days leave a gap or an overlap with another version, which the reader refuses.
fn no_longer_meets(law: &Law, change: &Change) -> bool {
    let meets = |days: &Days, was: &Days, others: &[Days]| {
        let (moved_start, moved_end) = (days.from != was.from, days.until != was.until);
        others.iter().any(|other| (moved_start && other.until == was.from) || (moved_end && other.from == was.until))
    };
    match change {
        Change::ProvisionDays { provision, days } => {
            let Some(was) = law.provisions.get(*provision) else { return false };
            let others: Vec<Days> = law
                .provisions
                .iter()
                .enumerate()
                .filter(|(number, it)| number != provision && it.id == was.id)
                .map(|(_, it)| it.days)
                .collect();
            days.is_inverted() || meets(days, &was.days, &others)
        }
        Change::TermDays { term, days } => {
            let Some(was) = law.terms.get(*term) else { return false };
            let others: Vec<Days> = law
                .terms
                .iter()
                .enumerate()
                .filter(|(number, it)| number != term && it.name == was.name)
                .map(|(_, it)| it.days)
                .collect();
            // A term that begins later or ends earlier than a rule that uses it is refused as well.
            days.is_inverted() || meets(days, &was.days, &others) || leaves_a_rule(law, *term, days)
        }
        _ => false,
    }
}

/// Whether a term with these days has no meaning on a day on which a rule uses it.
fn leaves_a_rule(law: &Law, term: usize, days: &Days) -> bool {
    let Some(was) = law.terms.get(term) else { return false };
    law.provisions.iter().filter(|it| it.rules.iter().any(|rule| rule.when.terms().contains(&was.name))).any(|it| {
        let from = it.days.from.unwrap_or(law.covers_from).max(law.covers_from);
        let begins_late = was.days.contains(from) && !days.contains(from);
        let shrinks = days.until.is_some_and(|until| it.days.until.is_none_or(|end| until < end));
        begins_late || (shrinks && was.days.until != days.until)
    })
}

/// Every mutant of a law.
fn mutants(law: &Law) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (p, provision) in law.provisions.iter().enumerate() {
        let mut add = |name: &str, place: &Place, what: String, change: Change| {
            mutants.push(Mutant { place: place.clone(), name: name.to_owned(), what, change, refused: false });
        };
        for (what, days) in moved(provision.days, law.covers_from) {
            add(provision.id.as_str(), &provision.place, what, Change::ProvisionDays { provision: p, days });
        }
        // Where every agency, or every agency of the city, is bound, no name was written that could be left out.
        let all = |city_only: bool| {
            let bound = law.vocabulary.agencies.values().filter(|it| it.city || !city_only).map(|it| &it.id);
            provision.agencies.iter().eq(bound)
        };
        let named = provision.agencies.iter().filter(|_| !all(true) && !all(false));
        for agency in named {
            let what = format!("agency `{agency}` left out");
            let change = Change::DropAgency { provision: p, agency: agency.clone() };
            add(provision.id.as_str(), &provision.place, what, change);
        }
        for act in &provision.acts {
            let what = format!("act `{act}` left out");
            add(provision.id.as_str(), &provision.place, what, Change::DropAct { provision: p, act: act.clone() });
        }
        for (r, rule) in provision.rules.iter().enumerate() {
            let change = Change::DeleteRule { provision: p, rule: r };
            add(rule.id.as_str(), &rule.place, "rule deleted".into(), change);
            for effect in others(&rule.effect, provision.read) {
                let what = format!("`{}` made `{}`", rule.effect.word(), effect.word());
                add(rule.id.as_str(), &rule.place, what, Change::Effect { provision: p, rule: r, effect });
            }
            for (what, when) in changes(&rule.when, &law.vocabulary) {
                add(rule.id.as_str(), &rule.place, what, Change::When { provision: p, rule: r, when });
            }
        }
    }
    for (t, term) in law.terms.iter().enumerate() {
        let mut add = |what: String, change: Change| {
            let name = format!("term.{}", term.name);
            mutants.push(Mutant { place: term.place.clone(), name, what, change, refused: false });
        };
        for (what, days) in moved(term.days, law.covers_from) {
            add(what, Change::TermDays { term: t, days });
        }
        for (what, is) in changes(&term.is, &law.vocabulary) {
            add(what, Change::Term { term: t, is });
        }
    }
    vocabulary::mutants(law, &mut mutants);
    mutants
}

/// The other outcomes that a rule could give; none for one that attaches a duty or a line. A permit of what was read only in
/// part is for counsel, so there it is no other outcome than to escalate.
fn others(effect: &Effect, read: Read) -> Vec<Effect> {
    const OUTCOMES: [Effect; 4] = [Effect::Permits, Effect::Outside, Effect::Bars, Effect::Escalates];
    if matches!(effect, Effect::Duty { .. } | Effect::Counts { .. }) {
        return Vec::new();
    }
    let same = |one: &Effect, two: &Effect| outcome_of(read, [one]) == outcome_of(read, [two]);
    OUTCOMES.into_iter().filter(|other| !same(other, effect)).collect()
}

/// The same days with one end moved by a day, where the moved end lies in the days of which the pack speaks.
fn moved(days: Days, covers_from: Date) -> Vec<(String, Days)> {
    let mut all = Vec::new();
    for by in [-1i64, 1] {
        let word = if by < 0 { "a day earlier" } else { "a day later" };
        if let Some(from) = days.from.filter(|from| *from > covers_from).and_then(|it| it.checked_add(by.days()).ok()) {
            all.push((format!("begins {word}"), Days { from: Some(from), ..days }));
        }
        if let Some(until) = days.until.filter(|it| *it > covers_from).and_then(|it| it.checked_add(by.days()).ok()) {
            all.push((format!("ends {word}"), Days { until: Some(until), ..days }));
        }
    }
    all
}

/// Every condition with one slip in it, and the slip in words.
fn changes(condition: &Condition, vocabulary: &Vocabulary) -> Vec<(String, Condition)> {
    let mut all = Vec::new();
    match condition {
        Condition::Constant(holds) => all.push((format!("`{condition}` turned round"), Condition::Constant(!holds))),
        Condition::Term(_) => all.push((format!("`{condition}` turned round"), condition.clone().negated())),
        Condition::Not(part) => {
            if matches!(part.as_ref(), Condition::All(_) | Condition::Any(_)) {
                all.push((format!("`!` before `{part}` left out"), part.as_ref().clone()));
            } else {
                all.push((format!("`{condition}` turned round"), part.as_ref().clone()));
            }
            for (what, changed) in changes(part, vocabulary) {
                if changed != part.as_ref().clone().negated() {
                    all.push((what, changed.negated()));
                }
            }
        }
        Condition::All(parts) | Condition::Any(parts) => {
            let whole = |parts: Vec<Condition>| match condition {
                Condition::All(_) => Condition::all(parts),
                _ => Condition::any(parts),
            };
            for (number, part) in parts.iter().enumerate() {
                let mut rest = parts.clone();
                rest.remove(number);
                all.push((format!("`{part}` left out"), whole(rest)));
                for (what, changed) in changes(part, vocabulary) {
                    let mut parts = parts.clone();
                    if let Some(slot) = parts.get_mut(number) {
                        *slot = changed;
                    }
                    all.push((what, whole(parts)));
                }
            }
        }
        Condition::Atom(atom) => {
            all.push((format!("`{atom}` turned round"), condition.clone().negated()));
            match atom {
                Atom::True(_) => {}
                Atom::Equals(fact, value) => {
                    let values = vocabulary.facts.get(fact).map(|spec| spec.values.as_slice()).unwrap_or_default();
                    for other in values.iter().filter(|other| *other != value) {
                        let changed = Atom::Equals(fact.clone(), other.clone());
                        all.push((format!("`{atom}` made `{changed}`"), Condition::Atom(changed)));
                    }
                }
                Atom::Compares(fact, comparison, number) => {
                    for other in Comparison::ALL.into_iter().filter(|other| other != comparison) {
                        let changed = Atom::Compares(fact.clone(), other, number.clone());
                        all.push((format!("`{atom}` made `{changed}`"), Condition::Atom(changed)));
                    }
                    if let Number::Literal(number) = number {
                        for by in [-1, 1] {
                            let number = Number::Literal(number.saturating_add(by));
                            let changed = Atom::Compares(fact.clone(), *comparison, number);
                            all.push((format!("`{atom}` made `{changed}`"), Condition::Atom(changed)));
                        }
                    }
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_dropped_and_turned_round() {
        let atom = |name: &str| Condition::Atom(Atom::True(name.into()));
        let condition = Condition::all(vec![atom("a"), Condition::any(vec![atom("b"), atom("c").negated()])]);
        let found: Vec<String> =
            changes(&condition, &Vocabulary::default()).iter().map(|(_, changed)| changed.to_string()).collect();
        let expected = [
            "context.b || !context.c",
            "!context.a && (context.b || !context.c)",
            "context.a",
            "context.a && !context.c",
            "context.a && (!context.b || !context.c)",
            "context.a && context.b",
            "context.a && (context.b || context.c)",
        ];
        assert_eq!(found, expected);
    }
}
