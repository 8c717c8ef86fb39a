//! In what order the pack's lists stand where people read through them: by what they are called, not by ids that nobody sees.

use law::{
    Vocabulary,
    vocabulary::{Document, Requester, Statute},
};

/// What is chosen when nothing more particular fits stands last, in this order, after all that is called "another …". The pack says of
/// `court_order` that it is none of those above it.
const LAST: [&str; 5] = ["court_order", "not_stated", "other", "none", "unknown"];

/// What such titles begin with.
const ANOTHER: &str = "another ";

/// What a title begins with and is not looked for by.
const ARTICLES: [&str; 3] = ["a ", "an ", "the "];

/// Who may ask, by name.
#[must_use]
pub fn requesters(vocabulary: &Vocabulary) -> Vec<&Requester> {
    by_title(vocabulary.requesters.values(), |one| (one.id.as_str(), &one.title))
}

/// What they may say that they enforce, by name.
#[must_use]
pub fn statutes(vocabulary: &Vocabulary) -> Vec<&Statute> {
    by_title(vocabulary.statutes.values(), |one| (one.id.as_str(), &one.title))
}

/// The papers that may be shown, by name.
#[must_use]
pub fn documents(vocabulary: &Vocabulary) -> Vec<&Document> {
    by_title(vocabulary.documents.values(), |one| (one.id.as_str(), &one.title))
}

fn by_title<'a, T>(all: impl Iterator<Item = &'a T>, named: impl Fn(&'a T) -> (&'a str, &'a str)) -> Vec<&'a T> {
    let mut all: Vec<&T> = all.collect();
    all.sort_by_cached_key(|&one| {
        let (id, title) = named(one);
        let title = title.to_ascii_lowercase();
        let sought = ARTICLES.iter().find_map(|article| title.strip_prefix(article)).unwrap_or(&title).to_owned();
        let last = LAST.iter().position(|last| *last == id).map(|place| place + 2);
        (last.unwrap_or(usize::from(sought.starts_with(ANOTHER))), sought)
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_by_what_is_looked_for_and_what_names_nothing_stands_last() {
        let all = [
            ("x", "the Zoo"),
            ("unknown", "all unknown"),
            ("w", "Another bureau"),
            ("y", "Bureau"),
            ("court_order", "an order"),
            ("z", "a court"),
            ("none", "a none"),
            ("other", "an other"),
        ];
        let sorted = by_title(all.iter(), |(id, title)| (id, title));
        let ids: Vec<&str> = sorted.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, ["y", "z", "x", "w", "court_order", "other", "none", "unknown"]);
    }
}
