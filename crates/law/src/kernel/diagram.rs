//! Reduced ordered decision diagrams with many values a variable and several terminals.
//!
//! A node asks one variable and has a child for each of its values; equal nodes are one node, and a node whose children are
//! all the same is that child. So two diagrams over one store are the same function exactly when they are the same number.
//! The terminal [`IMPOSSIBLE`] stands for facts that cannot be: it is no answer, and where every other child agrees it
//! gives way to them (the "restrict" of O. Coudert and J. Madre, 1990, on one side only).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::outcome::Outcome;

/// A diagram in a [`Store`]: a terminal if below [`TERMINALS`], else a node.
pub type Ref = u32;

/// No.
pub const NO: Ref = 0;
/// Yes.
pub const YES: Ref = 1;
/// Facts that cannot be.
pub const IMPOSSIBLE: Ref = 8;
/// How many numbers are kept for terminals.
pub const TERMINALS: Ref = 16;

/// The terminal of an outcome.
#[must_use]
pub fn terminal(outcome: Outcome) -> Ref {
    match outcome {
        Outcome::Barred => 2,
        Outcome::Escalate => 3,
        Outcome::NotYetKnown => 4,
        Outcome::Required => 5,
        Outcome::Permitted => 6,
        Outcome::Outside => 7,
    }
}

/// The outcome of a terminal; none if it is another terminal or a node.
#[must_use]
pub fn outcome(terminal: Ref) -> Option<Outcome> {
    match terminal {
        2 => Some(Outcome::Barred),
        3 => Some(Outcome::Escalate),
        4 => Some(Outcome::NotYetKnown),
        5 => Some(Outcome::Required),
        6 => Some(Outcome::Permitted),
        7 => Some(Outcome::Outside),
        _ => None,
    }
}

/// Which values of one variable are possible: bit `i` for value `i`.
pub type Mask = u64;

/// The most values that a variable may have.
pub const MOST_VALUES: usize = 64;

/// The terminals that a diagram can still reach: bit `t` for terminal `t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach(u16);

impl Reach {
    /// Whether it can reach the terminal.
    #[must_use]
    pub fn has(self, terminal: Ref) -> bool {
        terminal < TERMINALS && self.0 & (1 << terminal) != 0
    }

    /// Whether nothing can be reached but facts that cannot be.
    #[must_use]
    pub fn is_impossible(self) -> bool {
        self.possible() == 0
    }

    /// The only terminal that it can reach, facts that cannot be left aside.
    #[must_use]
    pub fn only(self) -> Option<Ref> {
        let possible = self.possible();
        possible.is_power_of_two().then(|| possible.trailing_zeros())
    }

    /// Every outcome that it can reach, strictest first.
    pub fn outcomes(self) -> impl Iterator<Item = Outcome> {
        Outcome::ALL.into_iter().filter(move |outcome| self.has(terminal(*outcome)))
    }

    fn possible(self) -> u16 {
        self.0 & !(1 << IMPOSSIBLE)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node {
    variable: u16,
    children: Box<[Ref]>,
}

/// Nodes of any number of diagrams over the same variables in the same order.
#[derive(Clone, Debug, Default)]
pub struct Store {
    sizes: Vec<u8>,
    nodes: Vec<Node>,
    unique: HashMap<Node, Ref>,
    choices: HashMap<(Ref, Ref, Ref), Ref>,
}

impl Store {
    /// An empty store; `sizes[v]` is how many values variable `v` has, at most [`MOST_VALUES`].
    #[must_use]
    pub fn new(sizes: Vec<u8>) -> Self {
        Self { sizes, ..Self::default() }
    }

    /// How many values each variable has.
    #[must_use]
    pub fn sizes(&self) -> &[u8] {
        &self.sizes
    }

    /// How many nodes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it holds no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Forgets what only building needs, once everything is built.
    pub fn settle(&mut self) {
        self.choices = HashMap::new();
        self.unique = HashMap::new();
        self.nodes.shrink_to_fit();
    }

    /// All values of a variable.
    #[must_use]
    pub fn every(&self, variable: usize) -> Mask {
        match self.sizes.get(variable).copied().unwrap_or(0) {
            0 => 0,
            64.. => Mask::MAX,
            size => (1 << size) - 1,
        }
    }

    /// Yes where the variable has one of the values, else no.
    pub fn literal(&mut self, variable: usize, values: Mask) -> Ref {
        let size = self.sizes.get(variable).copied().unwrap_or(0);
        let children = (0..size).map(|value| if values >> value & 1 == 1 { YES } else { NO }).collect();
        self.node(variable, children)
    }

    /// `then` where `condition` is yes, `otherwise` where it is no; impossible facts stay impossible.
    pub fn choose(&mut self, condition: Ref, then: Ref, otherwise: Ref) -> Ref {
        match condition {
            YES => return then,
            NO => return otherwise,
            IMPOSSIBLE => return IMPOSSIBLE,
            _ => {}
        }
        if then == otherwise {
            return then;
        }
        if let Some(done) = self.choices.get(&(condition, then, otherwise)) {
            return *done;
        }
        let parts = [condition, then, otherwise];
        let top = parts.iter().filter_map(|part| self.variable(*part)).min().unwrap_or(0);
        let size = self.sizes.get(top).copied().unwrap_or(0);
        let children = (0..usize::from(size))
            .map(|value| {
                let [condition, then, otherwise] = parts.map(|part| self.child(part, top, value));
                self.choose(condition, then, otherwise)
            })
            .collect();
        let made = self.node(top, children);
        self.choices.insert((condition, then, otherwise), made);
        made
    }

    /// Both.
    pub fn and(&mut self, one: Ref, two: Ref) -> Ref {
        self.choose(one, two, NO)
    }

    /// Either.
    pub fn or(&mut self, one: Ref, two: Ref) -> Ref {
        self.choose(one, YES, two)
    }

    /// The opposite.
    pub fn not(&mut self, one: Ref) -> Ref {
        self.choose(one, NO, YES)
    }

    /// Yes where the diagram gives one of the terminals, no where it gives another; impossible stays.
    pub fn gives(&mut self, root: Ref, terminals: &[Ref]) -> Ref {
        let mut done = HashMap::new();
        self.gives_below(root, terminals, &mut done)
    }

    fn gives_below(&mut self, at: Ref, terminals: &[Ref], done: &mut HashMap<Ref, Ref>) -> Ref {
        if at == IMPOSSIBLE {
            return IMPOSSIBLE;
        }
        if at < TERMINALS {
            return if terminals.contains(&at) { YES } else { NO };
        }
        if let Some(made) = done.get(&at) {
            return *made;
        }
        let Some(node) = self.at(at).cloned() else { return NO };
        let children = node.children.iter().map(|child| self.gives_below(*child, terminals, done)).collect();
        let made = self.node(usize::from(node.variable), children);
        done.insert(at, made);
        made
    }

    /// What is left of a diagram of `from` when only the possible values stay, made anew in this store.
    ///
    /// Nodes that no longer matter go; where impossible facts stand beside one answer only, that answer stays.
    pub fn restrict(&mut self, from: &Self, root: Ref, possible: &[Mask]) -> Ref {
        let mut done = HashMap::new();
        self.restrict_below(from, root, possible, &mut done)
    }

    fn restrict_below(&mut self, from: &Self, at: Ref, possible: &[Mask], done: &mut HashMap<Ref, Ref>) -> Ref {
        if at < TERMINALS {
            return at;
        }
        if let Some(made) = done.get(&at) {
            return *made;
        }
        let Some(node) = from.at(at) else { return at };
        let variable = usize::from(node.variable);
        let mask = possible.get(variable).copied().unwrap_or(Mask::MAX);
        let mut children: Box<[Ref]> =
            node.children
                .iter()
                .enumerate()
                .map(|(value, child)| {
                    if mask >> value & 1 == 1 { self.restrict_below(from, *child, possible, done) } else { IMPOSSIBLE }
                })
                .collect();
        let mut others = children.iter().filter(|child| **child != IMPOSSIBLE);
        if let Some(first) = others.next().copied()
            && others.all(|child| *child == first)
        {
            children.fill(first);
        }
        let made = self.node(variable, children);
        done.insert(at, made);
        made
    }

    /// What a diagram can still give when only the possible values stay (`possible[v]` for variable `v`).
    #[must_use]
    pub fn reach(&self, root: Ref, possible: &[Mask]) -> Reach {
        // Most questions have every fact, and then there is one path.
        let mut at = root;
        loop {
            if at < TERMINALS {
                return Reach(1 << at);
            }
            let Some(node) = self.at(at) else { return Reach::default() };
            let mask = possible.get(usize::from(node.variable)).copied().unwrap_or(Mask::MAX);
            if !mask.is_power_of_two() {
                break;
            }
            at = node.children.get(mask.trailing_zeros() as usize).copied().unwrap_or(IMPOSSIBLE);
        }
        let (mut reach, mut seen, mut open) = (0, vec![false; self.nodes.len()], vec![at]);
        while let Some(at) = open.pop() {
            if at < TERMINALS {
                reach |= 1 << at;
                continue;
            }
            if let Some(seen) = seen.get_mut((at - TERMINALS) as usize)
                && std::mem::replace(seen, true)
            {
                continue;
            }
            let Some(node) = self.at(at) else { continue };
            let mask = possible.get(usize::from(node.variable)).copied().unwrap_or(Mask::MAX);
            open.extend(node.children.iter().enumerate().filter(|(value, _)| mask >> value & 1 == 1).map(|it| *it.1));
        }
        Reach(reach)
    }

    /// The variables that a diagram asks.
    #[must_use]
    pub fn support(&self, root: Ref) -> BTreeSet<usize> {
        let (mut asked, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![root]);
        while let Some(at) = open.pop() {
            let Some(node) = self.at(at) else { continue };
            if seen.insert(at) {
                asked.insert(usize::from(node.variable));
                open.extend(node.children.iter());
            }
        }
        asked
    }

    /// The share of all assignments, each as likely as the other, that do not end in impossible facts.
    #[must_use]
    pub fn share_possible(&self, root: Ref) -> f64 {
        self.share_below(root, &mut HashMap::new())
    }

    fn share_below(&self, at: Ref, done: &mut HashMap<Ref, f64>) -> f64 {
        if at < TERMINALS {
            return if at == IMPOSSIBLE { 0.0 } else { 1.0 };
        }
        if let Some(share) = done.get(&at) {
            return *share;
        }
        let Some(node) = self.at(at) else { return 0.0 };
        let sum: f64 = node.children.iter().map(|child| self.share_below(*child, done)).sum();
        let share = sum / f64::from(u16::try_from(node.children.len()).unwrap_or(u16::MAX).max(1));
        done.insert(at, share);
        share
    }

    /// One assignment of single values that ends in the terminal, variables that do not matter left out.
    #[must_use]
    pub fn example(&self, root: Ref, terminal: Ref) -> Option<BTreeMap<usize, usize>> {
        self.ways(root, &[terminal], 1)
            .into_iter()
            .next()
            .map(|way| way.into_iter().map(|(variable, mask)| (variable, mask.trailing_zeros() as usize)).collect())
    }

    /// At most `most` paths to one of the terminals, each as the values that every variable on it may have.
    #[must_use]
    pub fn ways(&self, root: Ref, terminals: &[Ref], most: usize) -> Vec<BTreeMap<usize, Mask>> {
        let mut found = Vec::new();
        let mut dead = BTreeSet::new();
        self.ways_below(root, terminals, most, &mut BTreeMap::new(), &mut dead, &mut found);
        found
    }

    fn ways_below(
        &self,
        at: Ref,
        terminals: &[Ref],
        most: usize,
        path: &mut BTreeMap<usize, Mask>,
        dead: &mut BTreeSet<Ref>,
        found: &mut Vec<BTreeMap<usize, Mask>>,
    ) {
        if found.len() >= most || dead.contains(&at) {
            return;
        }
        let Some(node) = self.at(at) else {
            if terminals.contains(&at) {
                found.push(path.clone());
            }
            return;
        };
        let before = found.len();
        let mut tried: Vec<Ref> = Vec::new();
        for child in &node.children {
            if tried.contains(child) {
                continue;
            }
            tried.push(*child);
            let mask = node.children.iter().enumerate().filter(|it| it.1 == child).fold(0, |mask, it| mask | 1 << it.0);
            path.insert(usize::from(node.variable), mask);
            self.ways_below(*child, terminals, most, path, dead, found);
            path.remove(&usize::from(node.variable));
        }
        if found.len() == before {
            dead.insert(at);
        }
    }

    /// The fewest conditions that lead to one of the terminals whatever else is possible: at most `most`, shortest first.
    ///
    /// Each way is a prime implicant: leave one condition out, and another answer becomes possible.
    #[must_use]
    pub fn prime_ways(&self, root: Ref, terminals: &[Ref], most: usize) -> Vec<BTreeMap<usize, Mask>> {
        let mut primes: BTreeSet<BTreeMap<usize, Mask>> = BTreeSet::new();
        for mut way in self.ways(root, terminals, most.saturating_mul(8)) {
            let mut possible: Vec<Mask> = (0..self.sizes.len()).map(|variable| self.every(variable)).collect();
            for (variable, mask) in &way {
                if let Some(slot) = possible.get_mut(*variable) {
                    *slot = *mask;
                }
            }
            let asked: Vec<usize> = way.keys().rev().copied().collect();
            for variable in asked {
                let every = self.every(variable);
                let Some(slot) = possible.get_mut(variable) else { continue };
                let kept = std::mem::replace(slot, every);
                let reach = self.reach(root, &possible);
                let only = (0..TERMINALS).all(|t| t == IMPOSSIBLE || !reach.has(t) || terminals.contains(&t));
                if only {
                    way.remove(&variable);
                } else if let Some(slot) = possible.get_mut(variable) {
                    *slot = kept;
                }
            }
            primes.insert(way);
        }
        let mut primes: Vec<_> = primes.into_iter().collect();
        primes.sort_by_key(BTreeMap::len);
        primes.truncate(most);
        primes
    }

    fn at(&self, at: Ref) -> Option<&Node> {
        self.nodes.get(at.checked_sub(TERMINALS)? as usize)
    }

    fn variable(&self, at: Ref) -> Option<usize> {
        self.at(at).map(|node| usize::from(node.variable))
    }

    fn child(&self, at: Ref, variable: usize, value: usize) -> Ref {
        match self.at(at) {
            Some(node) if usize::from(node.variable) == variable => {
                node.children.get(value).copied().unwrap_or(IMPOSSIBLE)
            }
            _ => at,
        }
    }

    fn node(&mut self, variable: usize, children: Box<[Ref]>) -> Ref {
        match children.first() {
            None => return NO,
            Some(first) if children.iter().all(|child| child == first) => return *first,
            Some(_) => {}
        }
        let node = Node { variable: u16::try_from(variable).unwrap_or(u16::MAX), children };
        if let Some(made) = self.unique.get(&node) {
            return *made;
        }
        let made = TERMINALS + Ref::try_from(self.nodes.len()).unwrap_or(Ref::MAX - TERMINALS);
        self.nodes.push(node.clone());
        self.unique.insert(node, made);
        made
    }
}

/// Whether two diagrams of different stores differ for some values that are possible in both.
///
/// `places` says for each variable of a store which variable of the common order (with `sizes`) it is; a variable that one
/// of them does not ask changes nothing there.
#[must_use]
pub fn differ(
    one: &Store,
    root_one: Ref,
    places_one: &[usize],
    two: &Store,
    root_two: Ref,
    places_two: &[usize],
    sizes: &[u8],
) -> bool {
    let mut common = Store::new(sizes.to_vec());
    let a = common.adopt(one, root_one, places_one, &mut HashMap::new());
    let b = common.adopt(two, root_two, places_two, &mut HashMap::new());
    (0..TERMINALS).filter(|t| *t != IMPOSSIBLE).any(|t| {
        let (in_a, in_b) = (common.gives(a, &[t]), common.gives(b, &[t]));
        let not_b = common.not(in_b);
        let only_a = common.and(in_a, not_b);
        common.example(only_a, YES).is_some()
    })
}

impl Store {
    /// A diagram of another store made anew here, its variables renamed; their order may change.
    fn adopt(&mut self, from: &Self, at: Ref, places: &[usize], done: &mut HashMap<Ref, Ref>) -> Ref {
        if at < TERMINALS {
            return at;
        }
        if let Some(made) = done.get(&at) {
            return *made;
        }
        let Some(node) = from.at(at) else { return at };
        let place = places.get(usize::from(node.variable)).copied().unwrap_or_default();
        let mut made = IMPOSSIBLE;
        for (value, child) in node.children.iter().enumerate().rev() {
            let child = self.adopt(from, *child, places, done);
            let here = self.literal(place, 1 << value);
            made = if value + 1 == node.children.len() { child } else { self.choose(here, child, made) };
        }
        done.insert(at, made);
        made
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZES: [u8; 4] = [2, 3, 2, 2];

    /// A formula, to compare a diagram with.
    #[derive(Clone, Debug)]
    enum Formula {
        Is(usize, Mask),
        And(Box<Formula>, Box<Formula>),
        Or(Box<Formula>, Box<Formula>),
        Not(Box<Formula>),
    }

    fn formula() -> impl Strategy<Value = Formula> {
        let leaf = (0..SIZES.len(), 0..8u64).prop_map(|(variable, mask)| Formula::Is(variable, mask));
        leaf.prop_recursive(5, 24, 2, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| Formula::And(a.into(), b.into())),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| Formula::Or(a.into(), b.into())),
                inner.prop_map(|a| Formula::Not(a.into())),
            ]
        })
    }

    fn build(store: &mut Store, formula: &Formula) -> Ref {
        match formula {
            Formula::Is(variable, mask) => store.literal(*variable, *mask),
            Formula::And(a, b) => {
                let (a, b) = (build(store, a), build(store, b));
                store.and(a, b)
            }
            Formula::Or(a, b) => {
                let (a, b) = (build(store, a), build(store, b));
                store.or(a, b)
            }
            Formula::Not(a) => {
                let a = build(store, a);
                store.not(a)
            }
        }
    }

    fn holds(formula: &Formula, values: &[usize]) -> bool {
        match formula {
            Formula::Is(variable, mask) => mask >> values[*variable] & 1 == 1,
            Formula::And(a, b) => holds(a, values) && holds(b, values),
            Formula::Or(a, b) => holds(a, values) || holds(b, values),
            Formula::Not(a) => !holds(a, values),
        }
    }

    fn assignments() -> Vec<Vec<usize>> {
        SIZES.iter().fold(vec![vec![]], |all, size| {
            all.iter().flat_map(|one| (0..usize::from(*size)).map(move |v| [one.clone(), vec![v]].concat())).collect()
        })
    }

    fn masks(known: &[Option<usize>]) -> Vec<Mask> {
        known.iter().zip(SIZES).map(|(known, size)| known.map_or((1 << size) - 1, |value| 1 << value)).collect()
    }

    proptest! {
        #[test]
        fn a_diagram_is_its_formula(formula in formula()) {
            let mut store = Store::new(SIZES.to_vec());
            let root = build(&mut store, &formula);
            for values in assignments() {
                let known: Vec<_> = values.iter().copied().map(Some).collect();
                prop_assert_eq!(store.reach(root, &masks(&known)).has(YES), holds(&formula, &values));
            }
            let negated = Formula::Not(Formula::Not(formula.into()).into());
            prop_assert_eq!(build(&mut store, &negated), root, "one function is one diagram");
        }

        #[test]
        fn reach_and_support_are_exact(formula in formula(), never in formula(), known in proptest::array::uniform4(proptest::option::of(0..2usize))) {
            let mut store = Store::new(SIZES.to_vec());
            let (formula_root, never_root) = (build(&mut store, &formula), build(&mut store, &never));
            let root = store.choose(never_root, IMPOSSIBLE, formula_root);
            let fits = |values: &[usize]| values.iter().zip(known).all(|(value, known)| known.is_none_or(|known| known == *value));
            let answers: BTreeSet<bool> =
                assignments().iter().filter(|v| fits(v) && !holds(&never, v)).map(|v| holds(&formula, v)).collect();
            let reach = store.reach(root, &masks(&known));
            prop_assert_eq!((reach.has(NO), reach.has(YES)), (answers.contains(&false), answers.contains(&true)));
            prop_assert_eq!(reach.is_impossible(), answers.is_empty());
            let mut small = Store::new(SIZES.to_vec());
            let rest = small.restrict(&store, root, &masks(&known));
            for values in assignments().iter().filter(|v| fits(v) && !holds(&never, v)) {
                let all: Vec<_> = values.iter().copied().map(Some).collect();
                prop_assert_eq!(small.reach(rest, &masks(&all)).has(YES), holds(&formula, values));
            }
            let asked = small.support(rest);
            prop_assert!(asked.iter().all(|variable| known[*variable].is_none()), "what is known is not asked");
            prop_assert_eq!(answers.len() > 1, !asked.is_empty() && small.reach(rest, &[]).only().is_none());
        }

        #[test]
        fn ways_are_prime(formula in formula()) {
            let mut store = Store::new(SIZES.to_vec());
            let root = build(&mut store, &formula);
            for way in store.prime_ways(root, &[YES], 16) {
                let fits = |way: &BTreeMap<usize, Mask>, values: &[usize]| way.iter().all(|(v, mask)| mask >> values[*v] & 1 == 1);
                prop_assert!(assignments().iter().filter(|v| fits(&way, v)).all(|v| holds(&formula, v)));
                for variable in way.keys() {
                    let mut shorter = way.clone();
                    shorter.remove(variable);
                    prop_assert!(assignments().iter().any(|v| fits(&shorter, v) && !holds(&formula, v)));
                }
            }
        }
    }
}
