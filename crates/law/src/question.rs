//! The question that is put to a pack: may this agency do this act, asked by this unit, for this statute, on this paper?
//!
//! A question is parsed against the pack's vocabulary, so that a name the pack does not know never reaches a rule. One question
//! is one act; a request that wants several acts is several questions.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ActId, AgencyId, DocumentId, RequesterId, StatuteId},
    vocabulary::Vocabulary,
};

/// May `agency` do `act`, asked by `requester`, who enforces `statute_enforced` and shows the papers of `document`?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Who is asked.
    pub agency: AgencyId,
    /// What it is asked to do.
    pub act: ActId,
    /// Who asks, by unit.
    pub requester: RequesterId,
    /// What the requester says it enforces.
    pub statute_enforced: StatuteId,
    /// The papers that were shown, in the order given; none = nothing is said about papers (a request by word of mouth says so: `none`).
    #[serde(default)]
    pub document: Vec<DocumentId>,
}

/// A question names something that the pack's vocabulary does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {kind} of this pack{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
pub struct UnknownName {
    /// Which field of the question: `agency`, `act`, `requester`, `statute_enforced` or `document`.
    pub kind: &'static str,
    /// The name given.
    pub given: String,
    /// The name of the vocabulary that is nearest in spelling, if one is near.
    pub nearest: Option<String>,
}

impl Question {
    /// Checks every name against the vocabulary.
    ///
    /// # Errors
    /// The first name that the vocabulary does not have, with the nearest that it has.
    pub fn check(&self, vocabulary: &Vocabulary) -> Result<(), UnknownName> {
        known("agency", self.agency.as_str(), vocabulary.agencies.keys().map(AgencyId::as_str))?;
        known("act", self.act.as_str(), vocabulary.acts.keys().map(ActId::as_str))?;
        known("requester", self.requester.as_str(), vocabulary.requesters.keys().map(RequesterId::as_str))?;
        known("statute_enforced", self.statute_enforced.as_str(), vocabulary.statutes.keys().map(StatuteId::as_str))?;
        for document in &self.document {
            known("document", document.as_str(), vocabulary.documents.keys().map(DocumentId::as_str))?;
        }
        Ok(())
    }
}

/// Whether `given` is one of `names`; else the nearest of them.
pub(crate) fn known<'a>(
    kind: &'static str,
    given: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), UnknownName> {
    if names.clone().any(|name| name == given) {
        return Ok(());
    }
    Err(UnknownName { kind, given: shorten(given), nearest: nearest(given, names).map(str::to_owned) })
}

/// The name nearest in spelling, if it is near enough to be a slip: at most a third of the letters differ.
pub(crate) fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if given.len() > 100 {
        return None;
    }
    let lower = given.to_lowercase();
    let best = names.map(|name| (edits(&lower, &name.to_lowercase()), name)).min()?;
    (best.0 * 3 <= lower.chars().count().max(3)).then_some(best.1)
}

/// How many letters must be put in, taken out or replaced to turn one text into the other (Levenshtein).
fn edits(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (pair, b) in row.windows(2).zip(&two) {
            if let [diagonal, above] = pair {
                left = (left + 1).min(above + 1).min(diagonal + usize::from(a != *b));
                next.push(left);
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// What was given, cut to a length that fits a message.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain("…".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_named() {
        let names = ["hold", "notify_release", "share_information"];
        assert_eq!(nearest("notify_relase", names.into_iter()), Some("notify_release"));
        assert_eq!(nearest("Hold", names.into_iter()), Some("hold"));
        assert_eq!(nearest("parade", names.into_iter()), None);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }

    #[test]
    fn a_question_reads_back() {
        let text = r#"{"agency":"DOC","act":"hold","requester":"ice_ero","statute_enforced":"civil_ina","document":["i247a"]}"#;
        let question: Question = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&question).unwrap(), text);
        let error = question.check(&Vocabulary::default()).unwrap_err();
        assert_eq!(error.to_string(), "`DOC` is no agency of this pack");
    }
}
