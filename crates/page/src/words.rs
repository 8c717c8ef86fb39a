//! The sentences of the page in its twelve languages (Local Law 30, and English), from Fluent files, filled in at build time.

use std::str::FromStr as _;

use fluent_bundle::{FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

/// A language of the page.
pub struct Language {
    /// Its tag (BCP 47).
    pub tag: &'static str,
    /// Its own name for itself.
    pub name: &'static str,
    /// How it is written: `ltr` or `rtl`.
    pub dir: &'static str,
    text: &'static str,
}

macro_rules! languages {
    ($($tag:literal, $name:literal, $dir:literal;)+) => {
        /// The languages in the order in which they are offered.
        pub const LANGUAGES: [Language; 12] =
            [$(Language { tag: $tag, name: $name, dir: $dir, text: include_str!(concat!("../locales/", $tag, ".ftl")) }),+];
    };
}

languages! {
    "en", "English", "ltr";
    "es", "Español", "ltr";
    "zh-Hans", "简体中文", "ltr";
    "zh-Hant", "繁體中文", "ltr";
    "ru", "Русский", "ltr";
    "bn", "বাংলা", "ltr";
    "ht", "Kreyòl ayisyen", "ltr";
    "ko", "한국어", "ltr";
    "ar", "العربية", "rtl";
    "ur", "اردو", "rtl";
    "fr", "Français", "ltr";
    "pl", "Polski", "ltr";
}

impl Language {
    /// The path of a page in this language; the first page has no name.
    pub fn path(&self, page: &str) -> String {
        if page.is_empty() { format!("/{}.html", self.tag) } else { format!("/{}-{page}.html", self.tag) }
    }
}

/// Why a language has no sentences.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// The file has a faulty line.
    #[error("`{0}.ftl` has a line that cannot be read")]
    File(&'static str),
    /// A sentence is missing or needs what it is not given.
    #[error("`{0}.ftl` has no sentence `{1}`")]
    Missing(&'static str, String),
}

/// The sentences of one language.
pub struct Words {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
    missing: std::cell::RefCell<Option<String>>,
}

impl Words {
    /// Reads the sentences of a language.
    ///
    /// # Errors
    /// The file has a faulty line.
    pub fn new(language: &Language) -> Result<Self, WordsError> {
        let id = LanguageIdentifier::from_str(language.tag).unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![id]);
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(language.text.to_owned()).map_err(|_| WordsError::File(language.tag))?;
        bundle.add_resource(resource).map_err(|_| WordsError::File(language.tag))?;
        Ok(Self { tag: language.tag, bundle, missing: std::cell::RefCell::default() })
    }

    /// The sentence with this id. One that is not there is remembered for `finish`.
    pub fn say(&self, id: &str) -> String {
        let mut errors = Vec::new();
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let text = pattern.map(|pattern| self.bundle.format_pattern(pattern, None, &mut errors).into_owned());
        match text {
            Some(text) if errors.is_empty() => text,
            _ => {
                self.missing.borrow_mut().get_or_insert_with(|| id.to_owned());
                String::new()
            }
        }
    }

    /// Ends the saying.
    ///
    /// # Errors
    /// A sentence was not there: a page with a hole in it is not made.
    pub fn finish(self) -> Result<(), WordsError> {
        self.missing.into_inner().map_or(Ok(()), |id| Err(WordsError::Missing(self.tag, id)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(language: &Language) -> BTreeSet<&'static str> {
        let lines = language.text.lines().filter(|line| !line.starts_with([' ', '#']));
        lines.filter_map(|line| Some(line.split_once(" =")?.0)).collect()
    }

    #[test]
    fn every_language_has_every_sentence() {
        let [english, others @ ..] = &LANGUAGES;
        assert!(keys(english).len() > 100);
        for language in others {
            let missing: Vec<_> = keys(english).symmetric_difference(&keys(language)).copied().collect();
            assert!(missing.is_empty(), "{}: {missing:?}", language.tag);
            let words = Words::new(language).unwrap();
            for key in keys(language) {
                assert!(!words.say(key).trim().is_empty(), "{}: {key}", language.tag);
            }
            words.finish().unwrap();
        }
    }

    #[test]
    fn every_translation_says_that_nobody_has_reviewed_it() {
        let [english, others @ ..] = &LANGUAGES;
        let same = Words::new(english).unwrap();
        for language in others {
            let words = Words::new(language).unwrap();
            assert!(words.say("unreviewed").chars().count() > 8, "{}", language.tag);
            // "No" is the same word in Spanish.
            for key in keys(language).into_iter().filter(|key| *key != "no") {
                let translated = words.say(key) != same.say(key);
                assert!(translated, "{}: `{key}` is as in English", language.tag);
            }
        }
    }
}
