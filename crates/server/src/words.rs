//! Every sentence that a person reads on a page or a filing, from the Fluent files of `locales/`.
//!
//! A sentence is asked for by its id. An id that a language does not have is a fault of ours that the tests find; at run
//! time its id is shown, so that nobody is told something that we did not write.

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// A language of the staff's pages and of the filings: its files by name.
struct Language {
    tag: &'static str,
    dir: &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// The languages that are complete. A page in a language that is not here does not exist.
const LANGUAGES: [Language; 1] = [Language {
    tag: "en",
    dir: "ltr",
    files: &[
        ("city.ftl", include_str!("../locales/en/city.ftl")),
        ("sign-in.ftl", include_str!("../locales/en/sign-in.ftl")),
        ("answer.ftl", include_str!("../locales/en/answer.ftl")),
        ("api.ftl", include_str!("../locales/en/api.ftl")),
        ("command.ftl", include_str!("../locales/en/command.ftl")),
        ("contacts.ftl", include_str!("../locales/en/contacts.ftl")),
        ("desk.ftl", include_str!("../locales/en/desk.ftl")),
        ("duties.ftl", include_str!("../locales/en/duties.ftl")),
        ("disclosure.ftl", include_str!("../locales/en/disclosure.ftl")),
        ("filing.ftl", include_str!("../locales/en/filing.ftl")),
        ("hooks.ftl", include_str!("../locales/en/hooks.ftl")),
        ("guide.ftl", include_str!("../locales/en/guide.ftl")),
        ("law.ftl", include_str!("../locales/en/law.ftl")),
        ("statements.ftl", include_str!("../locales/en/statements.ftl")),
        ("requests.ftl", include_str!("../locales/en/requests.ftl")),
        ("inbox.ftl", include_str!("../locales/en/inbox.ftl")),
        ("papers.ftl", include_str!("../locales/en/papers.ftl")),
        ("photographs.ftl", include_str!("../locales/en/photographs.ftl")),
    ],
}];

/// The sentences of one language.
pub struct Words {
    language: &'static Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// The sentences of the language with this tag (BCP 47), else English.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        let [english] = &LANGUAGES;
        let language = LANGUAGES.iter().find(|language| language.tag == tag).unwrap_or(english);
        let mut bundle =
            FluentBundle::new_concurrent(vec![language.tag.parse::<LanguageIdentifier>().unwrap_or_default()]);
        // Isolation marks are for mixed directions inside a sentence; citations and ids read badly with them in PDF and CSV.
        bundle.set_use_isolating(language.dir == "rtl");
        for (_, text) in language.files {
            // A file with a faulty line gives its good lines; `every_file_parses` keeps such a file from being built.
            let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(good, _)| good);
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// The language's tag (BCP 47), e.g. for `lang=`.
    #[must_use]
    pub fn lang(&self) -> &'static str {
        self.language.tag
    }

    /// `ltr` or `rtl`, e.g. for `dir=`.
    #[must_use]
    pub fn dir(&self) -> &'static str {
        self.language.dir
    }

    /// Whether there is a sentence with this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// The sentence with this id, its arguments filled in; the id itself when there is none.
    #[must_use]
    pub fn say(&self, id: &str, arguments: &[(&str, &str)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            // A page would show the id: no test of a page lets that pass.
            assert!(!cfg!(test) || id == "no-such-sentence", "no file has the sentence `{id}`");
            return id.to_owned();
        };
        let mut filled = FluentArgs::new();
        for (name, value) in arguments {
            // Numbers are handed over as numbers, so that a language can choose its plural form.
            let value = value.parse::<i64>().map_or_else(|_| FluentValue::from(*value), FluentValue::from);
            filled.set(*name, value);
        }
        let mut faults = Vec::new();
        self.bundle.format_pattern(pattern, Some(&filled), &mut faults).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(text: &str) -> BTreeSet<String> {
        text.lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
            .filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()))
            .collect()
    }

    #[test]
    fn every_file_parses() {
        for language in &LANGUAGES {
            for (name, text) in language.files {
                let faults = FluentResource::try_new((*text).to_owned()).err().map(|(_, faults)| faults);
                assert!(faults.is_none(), "{}/{name}: {faults:?}", language.tag);
            }
        }
    }

    #[test]
    fn an_id_stands_in_one_file() {
        for language in &LANGUAGES {
            let mut seen = BTreeSet::new();
            let twice: Vec<String> =
                language.files.iter().flat_map(|(_, text)| ids(text)).filter(|id| !seen.insert(id.clone())).collect();
            assert_eq!(twice, Vec::<String>::new(), "{}", language.tag);
        }
    }

    #[test]
    fn every_language_is_complete() {
        let [english, others @ ..] = &LANGUAGES;
        let wanted: BTreeSet<String> = english.files.iter().flat_map(|(_, text)| ids(text)).collect();
        assert!(!wanted.is_empty());
        for other in others {
            let has: BTreeSet<String> = other.files.iter().flat_map(|(_, text)| ids(text)).collect();
            assert_eq!(wanted, has, "{}", other.tag);
        }
    }

    #[test]
    fn a_sentence_that_nobody_wrote_shows_its_id() {
        assert_eq!(Words::new("en").say("no-such-sentence", &[]), "no-such-sentence");
    }
}
