//! `vouchsafe law prove --solver cvc5`: the pack's theorems by the second prover, which shares no code with the engine.
//!
//! The crate `prover` opens shared libraries of another project, so it is part of the executable only with the feature `prover`
//! (ADR 17); without it this says how to get one. A missing solver is bad input: exit 2, with the command that installs it.

use std::process::ExitCode;

use law::Pack;

use crate::{config::Global, words::Words};

/// Says that this executable has no second prover.
///
/// # Errors
/// Always.
#[cfg(not(feature = "prover"))]
pub(super) fn prove(_pack: &Pack, _global: &Global) -> anyhow::Result<ExitCode> {
    anyhow::bail!(Words::new("en").say("law-solver-missing", &[]))
}

/// Proves every theorem of the pack by cvc5, and prints what came of each.
///
/// Returns 0, or 1 when a theorem falls or a found set of facts is not confirmed.
///
/// # Errors
/// When the solver cannot be found or fails.
#[cfg(feature = "prover")]
pub(super) fn prove(pack: &Pack, global: &Global) -> anyhow::Result<ExitCode> {
    use prover::Result;
    use serde_json::json;

    use super::out::say;

    let proofs = prover::prove(pack, prover::Cvc5::find()?)?;
    let held = proofs.iter().filter(|proof| matches!(proof.result, Result::Proved)).count();
    let fallen = proofs.len() - held;
    if global.json {
        let proofs: Vec<_> = proofs
            .iter()
            .map(|proof| {
                let (word, found) = match &proof.result {
                    Result::Proved => ("proved", None),
                    Result::Refuted(found) => ("refuted", Some(found)),
                    Result::Spurious(found) => ("spurious", Some(found)),
                };
                let broken = found.map(|it| {
                    let replayed = it.replayed.as_ref().map(|(question, outcome)| json!({"question": question, "outcome": outcome}));
                    json!({"agency": it.agency, "act": it.act, "on": it.on, "facts": it.facts, "replayed": replayed})
                });
                json!({"id": proof.id, "plain": proof.plain, "looked_at": proof.looked_at, "queries": proof.queries, "result": word, "broken": broken})
            })
            .collect();
        say!("{}", json!({ "solver": "cvc5", "theorems": proofs, "fallen": fallen }));
        return Ok(code(fallen));
    }
    let words = Words::new("en");
    for proof in &proofs {
        let (id, found) = match &proof.result {
            Result::Proved => ("law-solver-proved", None),
            Result::Refuted(found) => ("law-solver-falls", Some(found)),
            Result::Spurious(found) => ("law-solver-unsure", Some(found)),
        };
        let [looked, queries] = [proof.looked_at.to_string(), proof.queries.to_string()];
        say!("{}", words.say(id, &[("theorem", &proof.id), ("looked", &looked), ("queries", &queries)]));
        let Some(found) = found else { continue };
        say!("    {}", proof.plain);
        let when = [("act", found.act.as_str()), ("agency", found.agency.as_str()), ("day", &found.on.to_string())];
        say!("    {}", words.say("law-solver-when", &when));
        if matches!(proof.result, Result::Spurious(_)) {
            say!("    {}", words.say("law-solver-by-hand", &[]));
        }
        for (name, fact) in found.facts.iter() {
            say!("        {name} = {}", fact.value);
        }
        say!("    {}", super::law::replayed(&words, found.replayed.as_ref(), "law-solver-not-replayed"));
    }
    let counts =
        [("theorems", &*proofs.len().to_string()), ("version", prover::cvc5::VERSION), ("fallen", &fallen.to_string())];
    say!("{}", words.say("law-solver-theorems", &counts));
    Ok(code(fallen))
}

#[cfg(feature = "prover")]
fn code(fallen: usize) -> ExitCode {
    if fallen == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
