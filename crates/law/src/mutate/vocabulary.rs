//! Slips in what the vocabulary says of the law: dated numbers, definitions and lists of statutes.

use std::sync::Arc;

use jiff::civil::Date;

use super::{Change, Mutant, moved};
use crate::{
    ids::ParameterName,
    kernel::condition::Condition,
    pack::{Law, Place},
    vocabulary::{AuthorityReach, FederalImmigrationAuthority, ImmigrationEnforcement, Vocabulary},
};

/// Changed numbers and definitions, and lists of the statutes with an entry left out.
pub(super) fn mutants(law: &Law, mutants: &mut Vec<Mutant>) {
    let original = &law.vocabulary;
    let mut add = |file: &str, name: &str, what: String, change: &mut dyn FnMut(&mut Vocabulary)| {
        let mut changed = Vocabulary::clone(original);
        change(&mut changed);
        let refused = changed.violent_or_serious.hash_differs()
            || changed.defined_twice().is_some()
            || numbers_clash(law, &changed);
        mutants.push(Mutant {
            refused,
            place: Place { file: format!("vocabulary/{file}.toml"), line: 0 },
            name: name.to_owned(),
            what,
            change: if file == "parameters" {
                Change::Number(Arc::new(changed))
            } else {
                Change::List(Arc::new(changed))
            },
        });
    };
    for (number, parameter) in original.parameters.iter().enumerate() {
        for by in [-1, 1] {
            let value = parameter.value.saturating_add(by);
            add("parameters", parameter.name.as_str(), format!("{} made {value}", parameter.value), &mut |changed| {
                if let Some(it) = changed.parameters.get_mut(number) {
                    it.value = value;
                }
            });
        }
        for (what, days) in moved(parameter.days, law.covers_from) {
            add("parameters", parameter.name.as_str(), what, &mut |changed| {
                if let Some(it) = changed.parameters.get_mut(number) {
                    it.days = days;
                }
            });
        }
    }
    let list = "violent_or_serious_crimes";
    for section in &original.violent_or_serious.penal_law {
        add(list, section, "left out".into(), &mut |changed| {
            changed.violent_or_serious.penal_law.retain(|it| it != section);
        });
    }
    for section in &original.violent_or_serious.vehicle_and_traffic_law {
        add(list, section, "left out".into(), &mut |changed| {
            changed.violent_or_serious.vehicle_and_traffic_law.retain(|it| it != section);
        });
    }
    for (what, days) in moved(original.violent_or_serious.days, law.covers_from) {
        add(list, &original.violent_or_serious.citation, what, &mut |changed| changed.violent_or_serious.days = days);
    }
    // A pack without the list says nothing of hate crimes either.
    if !original.violent_or_serious.penal_law.is_empty() {
        add(list, &original.violent_or_serious.citation, "hate crimes turned round".into(), &mut |changed| {
            changed.violent_or_serious.hate_crime_felonies = !original.violent_or_serious.hate_crime_felonies;
        });
    }
    for (number, entry) in original.violent_or_serious.successor.iter().enumerate() {
        add(list, &entry.section, "left out of the table of successors".into(), &mut |changed| {
            changed.violent_or_serious.successor.remove(number);
        });
        for (what, days) in moved(entry.days, law.covers_from) {
            add(list, &entry.section, what, &mut |changed| {
                if let Some(it) = changed.violent_or_serious.successor.get_mut(number) {
                    it.days = days;
                }
            });
        }
    }
    for form in original.violent_or_serious.inchoate.keys() {
        add(list, form, "left out".into(), &mut |changed| {
            changed.violent_or_serious.inchoate.remove(form);
        });
    }
    // Where the Mayor has made no determination there is nothing that a definition could say of it.
    let determined = !original.proxies.is_empty();
    for (number, definition) in original.immigration_enforcement.iter().enumerate() {
        let mut definition_made = |name: &str, what: String, change: &dyn Fn(&mut ImmigrationEnforcement)| {
            add("statutes", name, what, &mut |changed| {
                changed.immigration_enforcement.get_mut(number).into_iter().for_each(change);
            });
        };
        for (what, days) in moved(definition.days, law.covers_from) {
            definition_made(&definition.citation, what, &|it| it.days = days);
        }
        definition_made(&definition.citation, "`ina_only` turned round".into(), &|it| it.ina_only = !it.ina_only);
        if determined {
            definition_made(&definition.citation, "`proxies` turned round".into(), &|it| it.proxies = !it.proxies);
        }
        for class in &definition.classes {
            definition_made(class.word(), "left out of immigration enforcement".into(), &|it| {
                it.classes.retain(|it| it != class)
            });
        }
        for limb in &definition.limbs {
            let what = format!("{limb:?} left out of immigration enforcement");
            definition_made(&definition.citation, what, &|it| it.limbs.retain(|it| it != limb));
        }
    }
    for (number, definition) in original.federal_immigration_authority.iter().enumerate() {
        let mut definition_made = |name: &str, what: String, change: &dyn Fn(&mut FederalImmigrationAuthority)| {
            add("requesters", name, what, &mut |changed| {
                changed.federal_immigration_authority.get_mut(number).into_iter().for_each(change);
            });
        };
        for (what, days) in moved(definition.days, law.covers_from) {
            definition_made(&definition.citation, what, &|it| it.days = days);
        }
        definition_made(&definition.citation, "made to speak of others".into(), &|it| {
            it.who = match it.who {
                AuthorityReach::Dhs => AuthorityReach::Federal,
                AuthorityReach::Federal => AuthorityReach::Dhs,
            };
        });
        if determined {
            definition_made(&definition.citation, "`proxies` turned round".into(), &|it| it.proxies = !it.proxies);
        }
        for class in &definition.duties {
            definition_made(class.word(), "left out of federal immigration authority".into(), &|it| {
                it.duties.retain(|it| it != class)
            });
        }
        for section in &definition.sections {
            definition_made(section, "left out of federal immigration authority".into(), &|it| {
                it.sections.retain(|it| it != section)
            });
        }
    }
}

/// Whether a number has two values on a day, or none on a day on which a rule uses it; the reader refuses both.
fn numbers_clash(law: &Law, changed: &Vocabulary) -> bool {
    let all = &changed.parameters;
    let twice = all.iter().enumerate().any(|(number, one)| {
        all.iter().skip(number + 1).any(|two| one.name == two.name && one.days.overlaps(&two.days))
    });
    let lost = law.vocabulary.parameters.iter().zip(all).filter_map(|(was, is)| {
        let ends = [was.days.from, is.days.until].into_iter().flatten();
        let gone = |day: &Date| was.days.contains(*day) && changed.parameter(&is.name, *day).is_none();
        Some((&is.name, ends.into_iter().find(gone)?))
    });
    let uses = |condition: &Condition, name: &ParameterName| condition.parameters().contains(name);
    let used = |name: &ParameterName, day: Date| {
        let rules = law.provisions.iter().filter(|it| it.days.contains(day)).flat_map(|it| &it.rules);
        let terms = law.terms.iter().filter(|it| it.days.contains(day));
        rules.map(|it| &it.when).chain(terms.map(|it| &it.is)).any(|condition| uses(condition, name))
    };
    twice || lost.into_iter().any(|(name, day)| used(name, day))
}
