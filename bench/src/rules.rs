//! The pack's rules written down for the peers, from the conditions that the pack was parsed to.
//!
//! A rule's condition is put with its defined terms and dated numbers as they stand on the day, so that every engine decides
//! the same thing. Cedar has the conditions as they are; Rego has no `or` inside a rule, so that each gets a rule of its own.

use std::fmt::Write as _;

use jiff::civil::Date;
use law::{
    ActId, AgencyId, Pack, Provision, Rule,
    kernel::condition::{Atom, Comparison, Condition, Number},
};

/// The rules in force on a day, with their provisions.
pub fn in_force(pack: &Pack, on: Date) -> impl Iterator<Item = (&Provision, &Rule)> {
    pack.provisions()
        .iter()
        .filter(move |provision| provision.days.contains(on))
        .flat_map(|provision| provision.rules.iter().map(move |rule| (provision, rule)))
}

fn agencies<'a>(provision: &'a Provision, rule: &'a Rule) -> Vec<&'a AgencyId> {
    provision.agencies.iter().filter(|agency| rule.agency.as_ref().is_none_or(|only| only == *agency)).collect()
}

fn acts<'a>(provision: &'a Provision, rule: &'a Rule) -> Vec<&'a ActId> {
    provision.acts.iter().filter(|act| rule.acts.as_ref().is_none_or(|acts| acts.contains(*act))).collect()
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a str>, make: impl Fn(&str) -> String) -> String {
    names.into_iter().map(make).collect::<Vec<_>>().join(", ")
}

/// A rule in Cedar: act in the head, agency in the first condition.
pub fn cedar(pack: &Pack, provision: &Provision, rule: &Rule, on: Date) -> String {
    let word = if rule.effect.forbids() { "forbid" } else { "permit" };
    let acts = quoted(acts(provision, rule).into_iter().map(ActId::as_str), |act| format!("Action::{act:?}"));
    let agencies = agencies(provision, rule);
    let head = match agencies.as_slice() {
        [only] => format!("principal == Agency::{:?}", only.as_str()),
        _ => "principal".to_owned(),
    };
    let among = quoted(agencies.iter().map(|it| it.as_str()), |agency| format!("Agency::{agency:?}"));
    let when = cedar_condition(pack, &rule.when, on);
    format!("{word} ({head}, action in [{acts}], resource) when {{ [{among}].contains(principal) }} when {{ {when} }};")
}

fn cedar_condition(pack: &Pack, condition: &Condition, on: Date) -> String {
    let joined = |parts: &[Condition], sign: &str| {
        parts.iter().map(|part| format!("({})", cedar_condition(pack, part, on))).collect::<Vec<_>>().join(sign)
    };
    match condition {
        Condition::Constant(holds) => holds.to_string(),
        Condition::All(parts) => joined(parts, " && "),
        Condition::Any(parts) => joined(parts, " || "),
        Condition::Not(part) => format!("!({})", cedar_condition(pack, part, on)),
        Condition::Term(_) => cedar_condition(pack, term(pack, condition, on), on),
        Condition::Atom(Atom::True(fact)) => format!("context[{:?}]", fact.as_str()),
        Condition::Atom(Atom::Equals(fact, value)) => format!("context[{:?}] == {value:?}", fact.as_str()),
        Condition::Atom(Atom::Compares(fact, comparison, number)) => {
            format!("context[{:?}] {} {}", fact.as_str(), comparison.sign(), value(pack, number, on))
        }
    }
}

/// What a defined term means on a day; never, where it means nothing then.
fn term<'a>(pack: &'a Pack, condition: &Condition, on: Date) -> &'a Condition {
    let Condition::Term(name) = condition else { return &Condition::Constant(false) };
    let found = pack.terms().iter().find(|term| &term.name == name && term.days.contains(on));
    found.map_or(&Condition::Constant(false), |term| &term.is)
}

fn value(pack: &Pack, number: &Number, on: Date) -> i64 {
    match number {
        Number::Literal(number) => *number,
        // The loader refuses a rule in force whose number has no value on a day.
        Number::Parameter(name) => pack.vocabulary().parameter(name, on).unwrap_or(i64::MIN),
    }
}

/// The rules in force on a day as one Rego module: `data.vouchsafe.holds` is the set of the rules that hold.
pub fn rego(pack: &Pack, on: Date, admit: impl Fn(&Provision, &Rule) -> bool) -> String {
    let mut module = Rego { pack, on, helpers: String::new(), count: 0 };
    let mut rules = String::new();
    for (provision, rule) in in_force(pack, on).filter(|(provision, rule)| admit(provision, rule)) {
        let acts = quoted(acts(provision, rule).into_iter().map(ActId::as_str), |act| format!("{act:?}"));
        let agencies = quoted(agencies(provision, rule).into_iter().map(AgencyId::as_str), |it| format!("{it:?}"));
        let _ = writeln!(rules, "holds contains {:?} if {{", rule.id.as_str());
        let _ = writeln!(rules, "    input.act in {{{acts}}}\n    input.agency in {{{agencies}}}");
        for line in module.lines(&rule.when) {
            let _ = writeln!(rules, "    {line}");
        }
        let _ = writeln!(rules, "}}");
    }
    format!("package vouchsafe\n\nimport rego.v1\n\n{rules}\n{}", module.helpers)
}

struct Rego<'a> {
    pack: &'a Pack,
    on: Date,
    helpers: String,
    count: usize,
}

impl Rego<'_> {
    /// The lines of a body that hold together if and only if the condition holds.
    fn lines(&mut self, condition: &Condition) -> Vec<String> {
        match condition {
            Condition::All(parts) => parts.iter().flat_map(|part| self.lines(part)).collect(),
            other => vec![self.line(other)],
        }
    }

    fn line(&mut self, condition: &Condition) -> String {
        let (pack, on) = (self.pack, self.on);
        match condition {
            Condition::Constant(holds) => format!("1 == {}", if *holds { 1 } else { 2 }),
            Condition::Term(_) => self.helper(&[term(pack, condition, on)]),
            Condition::All(_) => self.helper(&[condition]),
            Condition::Any(parts) => self.helper(&parts.iter().collect::<Vec<_>>()),
            Condition::Not(part) => match part.as_ref() {
                Condition::Atom(Atom::True(fact)) => format!("input.facts[{:?}] == false", fact.as_str()),
                Condition::Atom(Atom::Equals(fact, value)) => format!("input.facts[{:?}] != {value:?}", fact.as_str()),
                part => {
                    let name = self.helper(&[part]);
                    format!("not {name}")
                }
            },
            Condition::Atom(Atom::True(fact)) => format!("input.facts[{:?}] == true", fact.as_str()),
            Condition::Atom(Atom::Equals(fact, value)) => format!("input.facts[{:?}] == {value:?}", fact.as_str()),
            Condition::Atom(Atom::Compares(fact, comparison, number)) => {
                let sign = if *comparison == Comparison::Equal { "==" } else { comparison.sign() };
                format!("input.facts[{:?}] {sign} {}", fact.as_str(), value(pack, number, on))
            }
        }
    }

    /// A rule of its own that holds if any of these does; its name.
    fn helper(&mut self, any: &[&Condition]) -> String {
        self.count += 1;
        let name = format!("c{}", self.count);
        for part in any {
            let lines = self.lines(part).join("\n    ");
            let _ = writeln!(self.helpers, "{name} if {{\n    {lines}\n}}");
        }
        name
    }
}
