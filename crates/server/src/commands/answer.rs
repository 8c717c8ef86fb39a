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
    layers(out, decision)?;
    why(out, decision)?;
    questions(out, decision)?;
    duties(out, decision)?;
    foot(out, decision)
}

/// The outcome's word, as in JSON and in the ids of sentences.
fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Barred => "barred",
        Outcome::Escalate => "escalate",
        Outcome::NotYetKnown => "not_yet_known",
        Outcome::Required => "required",
        Outcome::Permitted => "permitted",
        Outcome::Outside => "outside",
    }
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
    wrapped(out, "", &format!("{agency}: may we {act}?"))?;
    wrapped(out, "  ", &format!("asked by: {requester}; enforcing: {statute}"))?;
    wrapped(out, "  ", &format!("papers: {}", if papers.is_empty() { "none".to_owned() } else { papers.join("; ") }))?;
    writeln!(out, "  under the law of {}\n", decision.on)?;
    let id = word(decision.outcome);
    writeln!(out, "{}", words.say(&format!("answer-{id}"), &[]))?;
    wrapped(out, "", &words.say(&format!("answer-{id}-means"), &[]))?;
    if let Some(fault) = &decision.fault {
        wrapped(out, "", &format!("A fault kept this from being decided, so it is barred: {fault}"))?;
    }
    writeln!(out)
}

fn layers(out: &mut impl Write, decision: &Decision) -> io::Result<()> {
    writeln!(out, "By layer of law")?;
    for (layer, outcome) in &decision.layers {
        writeln!(out, "  {:<8} {}", layer.to_string(), word(*outcome))?;
    }
    writeln!(out)
}

fn why(out: &mut impl Write, decision: &Decision) -> io::Result<()> {
    let mut provisions: Vec<&ProvisionResult> = decision.provisions.iter().collect();
    provisions.sort_by_key(|provision| provision.result);
    let (engaged, outside): (Vec<&ProvisionResult>, Vec<&ProvisionResult>) =
        provisions.into_iter().partition(|provision| provision.result != Outcome::Outside);
    writeln!(out, "Why")?;
    for provision in engaged {
        writeln!(out, "  {} ({}): {}", provision.citation, provision.layer, word(provision.result))?;
        wrapped(out, "    ", provision.plain.as_str())?;
        if provision.read_in_part {
            wrapped(out, "    ", "This text was read only in part.")?;
        }
        for rule in &provision.why.parts {
            rule_line(out, rule)?;
        }
        if provision.result != Outcome::Permitted {
            unmet(out, decision, provision)?;
        }
    }
    if !outside.is_empty() {
        let citations: Vec<&str> = outside.iter().map(|provision| provision.citation.as_str()).collect();
        wrapped(out, "  ", &format!("Not engaged: {}", citations.join("; ")))?;
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
            wrapped(out, "  ", &format!("Computed: {} = {value}: {}", derived.name, derived.because.join("; ")))?;
        }
    }
    writeln!(out)
}

/// A rule that holds or may still hold; of one that holds, the facts that it rests on.
fn rule_line(out: &mut impl Write, rule: &WhyNode) -> io::Result<()> {
    if rule.holds == Known::No || matches!(rule.kind, WhyKind::Duty | WhyKind::Counts) {
        return Ok(());
    }
    wrapped(out, &format!("    {} ", mark(rule.holds)), rule.text.as_str())?;
    if rule.holds == Known::Yes {
        let mut facts: Vec<String> = Vec::new();
        for part in &rule.parts {
            leaves(part, &mut facts);
        }
        facts.dedup();
        for fact in facts {
            wrapped(out, "           ", &format!("because: {fact}"))?;
        }
    }
    Ok(())
}

/// The sentences of the facts that make a node true.
fn leaves(node: &WhyNode, facts: &mut Vec<String>) {
    if node.holds != Known::Yes {
        return;
    }
    match node.kind {
        WhyKind::Fact => facts.push(node.text.to_string()),
        // The sentence is the term's own, and it is the term's absence that holds.
        WhyKind::NotTerm => facts.push(format!("it is not so: {}", node.text)),
        WhyKind::Constant => {}
        _ => node.parts.iter().for_each(|part| leaves(part, facts)),
    }
}

/// What would permit the act under this provision, and what is missing for it.
fn unmet(out: &mut impl Write, decision: &Decision, provision: &ProvisionResult) -> io::Result<()> {
    for way in decision.unmet.iter().filter(|way| way.provision == provision.id) {
        wrapped(out, "    ", &format!("Would leave the act open: {}", way.plain))?;
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

/// What to do and say: by the outcome, and at a door or for somebody in custody in words of its own.
fn what_to_do(
    out: &mut impl Write,
    words: &Words,
    question: &Question,
    facts: &Facts,
    outcome: Outcome,
) -> io::Result<()> {
    let id = word(outcome);
    let door = (question.act.as_str() == "give_access").then(|| door::words_for(question, facts, outcome));
    let custody = matches!(question.act.as_str(), "hold" | "notify_release") && outcome == Outcome::Barred;
    let (does, says) = match door {
        Some(end) => (format!("do-door-{end}"), format!("say-door-{end}")),
        None if custody => (format!("do-{id}"), "say-custody-barred".to_owned()),
        None => (format!("do-{id}"), format!("say-{id}")),
    };
    writeln!(out, "Do")?;
    for line in words.say(&does, &[]).lines() {
        wrapped(out, "  - ", line)?;
    }
    writeln!(out, "Say")?;
    wrapped(out, "  ", &words.say(&says, &[]))?;
    writeln!(out)
}

fn questions(out: &mut impl Write, decision: &Decision) -> io::Result<()> {
    if decision.next_questions.is_empty() {
        return Ok(());
    }
    writeln!(out, "What could still change the answer, most decisive first")?;
    for (at, next) in decision.next_questions.iter().enumerate() {
        wrapped(out, &format!("  {}. ", at + 1), &format!("{} Ask: {}. ({})", next.question, next.ask_of, next.fact))?;
    }
    writeln!(out)
}

fn duties(out: &mut impl Write, decision: &Decision) -> io::Result<()> {
    for (title, certain) in [("Duties", true), ("Duties that are due unless it is known that they are not", false)] {
        let duties: Vec<_> = decision.duties.iter().filter(|duty| duty.certain == certain).collect();
        if duties.is_empty() {
            continue;
        }
        writeln!(out, "{title}")?;
        for duty in duties {
            let due = duty.due.as_ref().map(|due| format!(", due: {}", due.as_str().replace('_', " ")));
            let due = due.unwrap_or_default();
            wrapped(out, "  - ", &format!("{} [{}{due}]", duty.what, duty.citation))?;
            for condition in &duty.hangs_on {
                wrapped(out, "      due if: ", condition.needs.as_str())?;
            }
        }
        writeln!(out)?;
    }
    if !decision.filing_lines.is_empty() {
        writeln!(out, "Counted on")?;
        for line in &decision.filing_lines {
            wrapped(out, "  - ", &format!("{} [{}]", line.line, line.citation))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn foot(out: &mut impl Write, decision: &Decision) -> io::Result<()> {
    for sentence in &decision.not_yet_read {
        wrapped(out, "Not read yet: ", sentence.as_str())?;
    }
    if decision.after_read_until {
        wrapped(
            out,
            "",
            &format!(
                "The law was read up to {}; this answer is for a later day. Ask counsel what has changed.",
                decision.pack.read_until
            ),
        )?;
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
                format!("answer-{}", word(outcome)),
                format!("answer-{}-means", word(outcome)),
                format!("do-{}", word(outcome)),
                format!("say-{}", word(outcome)),
            ] {
                assert!(words.has(&id), "{id}");
            }
        }
        assert!(words.has("say-custody-barred"));
    }
}
