//! One decision, printed for a person at a terminal: outcome, layers, why, what to do and say, what to ask, duties, lines.
//!
//! Sentences are the pack's and those of `answer.ftl`; nothing is made up here. Provisions that are not engaged are named
//! and not explained.

use std::io::{self, Write};

use law::{
    Decision, Facts, Known, Outcome, Pack, Question, Value,
    decision::{ProvisionResult, WhyKind, WhyNode},
};

use crate::{door, words::Words};

/// Columns of the printed page.
const WIDTH: usize = 100;

/// Prints one answer.
///
/// # Errors
/// If `out` cannot be written.
pub fn print(
    out: &mut impl Write,
    words: &Words,
    pack: &Pack,
    question: &Question,
    facts: &Facts,
    decision: &Decision,
) -> io::Result<()> {
    head(out, words, pack, question, decision)?;
    what_to_do(out, words, question, facts, decision.outcome)?;
    layers(out, words, decision)?;
    why(out, words, decision)?;
    questions(out, words, decision)?;
    duties(out, words, decision)?;
    foot(out, words, decision)
}

fn head(out: &mut impl Write, words: &Words, pack: &Pack, question: &Question, decision: &Decision) -> io::Result<()> {
    let vocabulary = pack.vocabulary();
    let agency = vocabulary.agencies.get(&question.agency).map_or(question.agency.as_str(), |it| it.title.as_str());
    let act = vocabulary.acts.get(&question.act).map_or(question.act.as_str(), |it| it.title.as_str());
    let requester =
        vocabulary.requesters.get(&question.requester).map_or(question.requester.as_str(), |it| it.title.as_str());
    let statute = vocabulary
        .statutes
        .get(&question.statute_enforced)
        .map_or(question.statute_enforced.as_str(), |it| it.title.as_str());
    let papers: Vec<&str> = question
        .document
        .iter()
        .map(|paper| vocabulary.documents.get(paper).map_or(paper.as_str(), |it| it.title.as_str()))
        .collect();
    wrapped(out, "", &words.say("decide-question", &[("agency", agency), ("act", act)]))?;
    wrapped(out, "  ", &words.say("decide-asked-by", &[("requester", requester), ("statute", statute)]))?;
    let papers = if papers.is_empty() { words.say("decide-no-papers", &[]) } else { papers.join("; ") };
    wrapped(out, "  ", &words.say("decide-papers", &[("papers", &papers)]))?;
    writeln!(out, "  {}\n", words.say("decide-on", &[("day", &decision.on.to_string())]))?;
    let id = decision.outcome.word();
    writeln!(out, "{}", words.say(&format!("answer-{id}"), &[]))?;
    wrapped(out, "", &words.say(&format!("answer-{id}-means"), &[]))?;
    if let Some(fault) = &decision.fault {
        wrapped(out, "", &words.say("decide-fault", &[("fault", fault.as_str())]))?;
    }
    writeln!(out)
}

fn layers(out: &mut impl Write, words: &Words, decision: &Decision) -> io::Result<()> {
    writeln!(out, "{}", words.say("decide-layers", &[]))?;
    for (layer, outcome) in &decision.layers {
        writeln!(out, "  {:<8} {}", layer.to_string(), outcome.word())?;
    }
    writeln!(out)
}

fn why(out: &mut impl Write, words: &Words, decision: &Decision) -> io::Result<()> {
    let mut provisions: Vec<&ProvisionResult> = decision.provisions.iter().collect();
    provisions.sort_by_key(|provision| provision.result);
    let (engaged, outside): (Vec<&ProvisionResult>, Vec<&ProvisionResult>) =
        provisions.into_iter().partition(|provision| provision.result != Outcome::Outside);
    writeln!(out, "{}", words.say("decide-why", &[]))?;
    for provision in engaged {
        writeln!(out, "  {} ({}): {}", provision.citation, provision.layer, provision.result.word())?;
        wrapped(out, "    ", provision.plain.as_str())?;
        if provision.read_in_part {
            wrapped(out, "    ", &words.say("decide-read-in-part", &[]))?;
        }
        for rule in &provision.why.parts {
            rule_line(out, words, rule)?;
        }
        if provision.result != Outcome::Permitted {
            unmet(out, words, decision, provision)?;
        }
    }
    if !outside.is_empty() {
        let citations: Vec<&str> = outside.iter().map(|provision| provision.citation.as_str()).collect();
        wrapped(out, "  ", &words.say("decide-not-engaged", &[("citations", &citations.join("; "))]))?;
    }
    for derived in &decision.derived {
        // What follows from the papers and the requester's name alone is in the reasons above.
        let tells = match &derived.value {
            Some(Value::Bool(yes)) => *yes && derived.because.len() > 1,
            Some(Value::Text(_)) | None => false,
            Some(_) => true,
        };
        if tells {
            let value = derived.value.as_ref().map(Value::to_string).unwrap_or_default();
            let (name, because) = (derived.name.as_str(), derived.because.join("; "));
            let said = words.say("decide-computed", &[("name", name), ("value", &value), ("because", &because)]);
            wrapped(out, "  ", &said)?;
        }
    }
    writeln!(out)
}

/// A rule that holds or may still hold; of one that holds, the facts that it rests on.
fn rule_line(out: &mut impl Write, words: &Words, rule: &WhyNode) -> io::Result<()> {
    if rule.holds == Known::No || matches!(rule.kind, WhyKind::Duty | WhyKind::Counts) {
        return Ok(());
    }
    wrapped(out, &format!("    {} ", mark(rule.holds)), rule.text.as_str())?;
    if rule.holds == Known::Yes {
        let mut facts: Vec<String> = Vec::new();
        for part in &rule.parts {
            leaves(words, part, &mut facts);
        }
        for fact in facts {
            wrapped(out, "           ", &words.say("decide-because", &[("fact", &fact)]))?;
        }
    }
    Ok(())
}

/// The sentences of the facts that make a node true, each once, in the order of the rule.
fn leaves(words: &Words, node: &WhyNode, facts: &mut Vec<String>) {
    if node.holds != Known::Yes {
        return;
    }
    let fact = match node.kind {
        WhyKind::Fact => node.text.to_string(),
        // The sentence is the term's own, and it is the term's absence that holds.
        WhyKind::NotTerm => words.say("decide-not-so", &[("term", node.text.as_str())]),
        WhyKind::Constant => return,
        _ => return node.parts.iter().for_each(|part| leaves(words, part, facts)),
    };
    if !facts.contains(&fact) {
        facts.push(fact);
    }
}

/// What would permit the act under this provision, and what is missing for it.
fn unmet(out: &mut impl Write, words: &Words, decision: &Decision, provision: &ProvisionResult) -> io::Result<()> {
    for way in decision.unmet.iter().filter(|way| way.provision == provision.id) {
        wrapped(out, "    ", &words.say("decide-open", &[("way", way.plain.as_str())]))?;
        for missing in way.conditions.iter().filter(|condition| condition.holds != Known::Yes) {
            wrapped(out, &format!("          {} ", mark(missing.holds)), missing.needs.as_str())?;
        }
    }
    Ok(())
}

fn mark(known: Known) -> &'static str {
    match known {
        Known::Yes => "[yes]",
        Known::No => "[no] ",
        Known::Unknown => "[ ? ]",
    }
}

/// What to do and say, in the words of the desk.
fn what_to_do(
    out: &mut impl Write,
    words: &Words,
    question: &Question,
    facts: &Facts,
    outcome: Outcome,
) -> io::Result<()> {
    let family = door::family_of(question.act.as_str());
    let pick = |part: &str| door::sentence(words, part, family, (question, facts, outcome));
    for (title, part) in [("do-title", "do"), ("do-not-title", "do-not"), ("say-title", "say")] {
        writeln!(out, "{}", words.say(title, &[]))?;
        for line in pick(part).lines() {
            wrapped(out, "  - ", line)?;
        }
    }
    writeln!(out)
}

fn questions(out: &mut impl Write, words: &Words, decision: &Decision) -> io::Result<()> {
    if decision.next_questions.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", words.say("decide-questions", &[]))?;
    for (at, next) in decision.next_questions.iter().enumerate() {
        let (question, whom, fact) = (next.question.as_str(), next.ask_of.as_str(), next.fact.as_str());
        let asked = words.say("decide-ask", &[("question", question), ("whom", whom), ("fact", fact)]);
        wrapped(out, &format!("  {}. ", at + 1), &asked)?;
    }
    writeln!(out)
}

fn duties(out: &mut impl Write, words: &Words, decision: &Decision) -> io::Result<()> {
    for (title, certain) in [("decide-duties", true), ("decide-duties-unsure", false)] {
        let duties: Vec<_> = decision.duties.iter().filter(|duty| duty.certain == certain).collect();
        if duties.is_empty() {
            continue;
        }
        writeln!(out, "{}", words.say(title, &[]))?;
        for duty in duties {
            let due = duty.due.as_ref().map(|due| due.as_str().replace('_', " "));
            let due = due.map_or_else(String::new, |due| words.say("decide-due", &[("due", &due)]));
            wrapped(out, "  - ", &format!("{} [{}{due}]", duty.what, duty.citation))?;
            for condition in &duty.hangs_on {
                wrapped(out, &format!("      {} ", words.say("decide-due-if", &[])), condition.needs.as_str())?;
            }
        }
        writeln!(out)?;
    }
    if !decision.filing_lines.is_empty() {
        writeln!(out, "{}", words.say("decide-counted", &[]))?;
        for line in decision.filing_lines.iter() {
            wrapped(out, "  - ", &format!("{} [{}]", line.line, line.citation))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn foot(out: &mut impl Write, words: &Words, decision: &Decision) -> io::Result<()> {
    let mut told: Vec<&str> = Vec::new();
    for sentence in decision.not_yet_read.iter() {
        // Several provisions may leave the same text unread.
        if !told.contains(&sentence.as_str()) {
            told.push(sentence.as_str());
            wrapped(out, &format!("{} ", words.say("decide-not-read", &[])), sentence.as_str())?;
        }
    }
    if decision.after_read_until {
        wrapped(out, "", &words.say("decide-after", &[("day", &decision.pack.read_until.to_string())]))?;
    }
    let pack = &decision.pack;
    let short = pack.sha256.as_str().get(..16).unwrap_or(pack.sha256.as_str());
    writeln!(out, "pack {} {} sha256 {short}…\n", pack.id, pack.version)
}

/// Writes words after a prefix, wrapped at [`WIDTH`], later lines indented to the prefix.
fn wrapped(out: &mut impl Write, prefix: &str, text: &str) -> io::Result<()> {
    let indent = " ".repeat(prefix.chars().count());
    let (mut line, mut width) = (prefix.to_owned(), prefix.chars().count());
    let mut fresh = true;
    for word in text.split_whitespace() {
        let long = word.chars().count();
        if !fresh && width + 1 + long > WIDTH {
            writeln!(out, "{line}")?;
            (line, width, fresh) = (indent.clone(), indent.len(), true);
        }
        if !fresh {
            line.push(' ');
            width += 1;
        }
        line.push_str(word);
        width += long;
        fresh = false;
    }
    writeln!(out, "{}", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_wrap_under_their_beginning() {
        let mut out = Vec::new();
        wrapped(&mut out, "  - ", &"word ".repeat(30)).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("  - word") && lines[1].starts_with("    word"));
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn every_outcome_has_its_sentences() {
        let words = Words::new("en");
        for outcome in Outcome::ALL {
            for id in [
                format!("answer-{}", outcome.word()),
                format!("answer-{}-means", outcome.word()),
                format!("do-{}", outcome.word()),
                format!("say-{}", outcome.word()),
            ] {
                assert!(words.has(&id), "{id}");
            }
        }
    }
}
