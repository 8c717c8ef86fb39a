//! `vouchsafe law`: what counsel does with a pack. It reads files and prints; nothing is recorded.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use law::{Outcome, Pack, PackError, Provision, Question, diff::How, pack::CaseBody};
use serde_json::json;

use super::out::say;
use crate::{config::Global, pack, words::Words};

/// Read, check and prove a law pack
///
/// Example: vouchsafe law check
#[derive(Subcommand)]
pub enum Law {
    /// Read the pack and say everything that is wrong with it
    ///
    /// Exit status: 0 it is whole, 1 it is not, 2 it cannot be read.
    ///
    /// Example: vouchsafe law check --pack packs/nyc
    Check,
    /// Run the pack's cases
    ///
    /// Exit status: 0 all hold, 1 some do not, 2 the pack cannot be read.
    ///
    /// Example: vouchsafe law cases --pack packs/nyc
    Cases,
    /// Prove the pack's theorems over every set of facts
    ///
    /// Exit status: 0 all are proved, 1 some fall, 2 the pack or the solver cannot be used.
    ///
    /// Example: vouchsafe law prove
    Prove {
        /// Prove them by this solver instead, over Cedar's own meaning (needs an executable built with `--features prover`)
        #[arg(long, value_name = "NAME")]
        solver: Option<Solver>,
    },
    /// Change the pack in every small way, and list what no case and no theorem catches
    ///
    /// Exit status: 0 everything is caught, 1 something survives, 2 the pack cannot be read. Takes minutes.
    ///
    /// Example: vouchsafe law mutate --pack packs/nyc
    Mutate,
    /// Show a provision: its words, its rules and its days
    ///
    /// Exit status: 0 shown, 2 there is no such provision.
    ///
    /// Example: vouchsafe law explain '9-131(b)(1)' --on 2026-06-15
    Explain {
        /// The provision's id, e.g. 9-131(b)(1)
        provision: String,
        /// The version in force on this day; all versions when it is left out
        #[arg(long, value_name = "DATE")]
        on: Option<jiff::civil::Date>,
    },
    /// Write the pack as the bytes that a guide without network reads, once it is proved
    ///
    /// Exit status: 0 written, 1 a theorem or a case falls, 2 the pack cannot be read or the file not written.
    ///
    /// Example: vouchsafe law compile --out pack.json
    Compile {
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: std::path::PathBuf,
        /// Also write every decided case with its answer, one a line, for whoever checks another reader of these bytes
        #[arg(long, value_name = "FILE")]
        cases: Option<std::path::PathBuf>,
    },
    /// Lay two packs side by side: provisions, theorems that fall, cases answered otherwise
    ///
    /// Exit status: 0 laid side by side, 2 a pack cannot be read.
    ///
    /// Example: vouchsafe law diff packs/nyc bill/packs/nyc
    Diff {
        /// The folder of the old pack
        old: std::path::PathBuf,
        /// The folder of the new pack
        new: std::path::PathBuf,
    },
    /// Put every recorded answer to a pack that is not law in force, and list those that would have been others
    ///
    /// Each question is asked again with what was known then and for the same day; the record stays as it is. It is the record of
    /// the data folder (`--data`), or the one that the configuration names. The pack is proved first, as one that decides.
    ///
    /// Exit status: 0 gone through, 2 the pack is unfit or cannot be read, or there is no record.
    ///
    /// Example: vouchsafe law bill bill/packs/nyc --data city
    Bill {
        /// The folder of the pack that is not law in force
        pack_folder: std::path::PathBuf,
        /// Only what this agency was asked, e.g. DOC
        #[arg(long, value_name = "AGENCY")]
        agency: Option<String>,
    },
}

/// A second prover, independent of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Solver {
    /// The SMT solver cvc5, from its Python package
    Cvc5,
}

/// Runs a command on the pack.
///
/// Returns 0, or 1 when a check fails.
///
/// # Errors
/// When the pack's files cannot be read: bad input.
pub fn run(command: &Law, global: &Global) -> anyhow::Result<ExitCode> {
    let folder = global.settings()?.pack;
    let load = || pack::load(folder.as_deref());
    match command {
        Law::Check => check(folder.as_deref(), global),
        Law::Prove { solver: None } => prove(&load()?, global),
        Law::Prove { solver: Some(Solver::Cvc5) } => super::law_solver::prove(&load()?, global),
        Law::Mutate => mutate(&load()?, global),
        Law::Explain { provision, on } => explain(&load()?, provision, *on, global),
        Law::Bill { pack_folder, agency } => super::law_bill::run(pack_folder, agency.as_deref(), global),
        Law::Diff { old, new } => diff(&pack::load(Some(old))?, &pack::load(Some(new))?, global),
        Law::Cases => cases(&load()?, global),
        Law::Compile { out, cases } => compile(&load()?, out, cases.as_deref(), global),
    }
}

/// Writes the compiled pack, and nothing of one that is not proved.
fn compile(pack: &Pack, out: &Path, told: Option<&Path>, global: &Global) -> anyhow::Result<ExitCode> {
    let proved = law::prove::prove(pack).iter().all(|proof| proof.broken.is_none());
    let held = law::cases::run(pack).iter().all(|case| case.differs.is_empty());
    if !proved || !held {
        say!("{}", words().say("law-compile-unproved", &[]));
        return Ok(ExitCode::from(1));
    }
    let bytes = pack.compiled()?;
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))
    };
    write(out, &bytes)?;
    if let Some(path) = told {
        let decided = pack.cases().iter().filter_map(|case| match &case.body {
            CaseBody::Decide { on, question, facts, .. } => {
                let decision = law::decide(pack, question, facts, *on);
                let (outcome, said) = (decision.outcome, law::said(decision.outcome, None));
                Some(json!({ "case": case.id, "question": question, "facts": facts, "on": on, "outcome": outcome, "said": said }))
            }
            _ => None,
        });
        let lines: String = decided.map(|case| format!("{case}\n")).collect();
        write(path, lines.as_bytes())?;
    }
    if global.json {
        say!("{}", json!({ "pack": pack.reference(), "bytes": bytes.len() }));
    } else {
        let (path, count, pack) = (out.display().to_string(), bytes.len().to_string(), pack.reference());
        say!("{}", words().say("law-compiled", &[("path", &path), ("bytes", &count), ("pack", pack.sha256.as_str())]));
    }
    Ok(ExitCode::SUCCESS)
}

fn words() -> Words {
    Words::new("en")
}

fn check(folder: Option<&Path>, global: &Global) -> anyhow::Result<ExitCode> {
    let files = pack::files(folder)?;
    let loaded = Pack::load(&files).and_then(|loaded| match pack::partners(&files, &loaded) {
        Ok(_) => Ok(loaded),
        Err(problem) => Err(PackError { problems: vec![problem] }),
    });
    match loaded {
        Err(error) => {
            if global.json {
                let problems: Vec<_> = error
                    .problems
                    .iter()
                    .map(|it| {
                        json!({"file": it.file, "line": it.line, "provision": it.provision, "rule": it.rule, "message": it.message})
                    })
                    .collect();
                say!("{}", json!({ "problems": problems }));
            } else {
                say!("{error}");
                say!("{}", words().say("law-problems", &[("count", &error.problems.len().to_string())]));
            }
            Ok(ExitCode::from(1))
        }
        Ok(pack) => {
            let reference = pack.reference();
            let rules: usize = pack.provisions().iter().map(|provision| provision.rules.len()).sum();
            if global.json {
                say!(
                    "{}",
                    json!({
                        "problems": [], "pack": reference, "provisions": pack.provisions().len(), "rules": rules,
                        "terms": pack.terms().len(), "cases": pack.cases().len(), "theorems": pack.theorems().len(),
                    })
                );
            } else {
                let counts =
                    [pack.provisions().len(), rules, pack.terms().len(), pack.cases().len(), pack.theorems().len()];
                let [provisions, rules, terms, cases, theorems] = counts.map(|count| count.to_string());
                let whole = [
                    ("id", reference.id.as_str()),
                    ("version", reference.version.as_ref()),
                    ("provisions", &provisions),
                    ("rules", &rules),
                    ("terms", &terms),
                    ("cases", &cases),
                    ("theorems", &theorems),
                    ("day", &reference.read_until.to_string()),
                ];
                say!("{}", words().say("law-whole", &whole));
                say!("sha256 {}", reference.sha256);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn cases(pack: &Pack, global: &Global) -> anyhow::Result<ExitCode> {
    let results = pack::run_cases(pack);
    let failed = results.iter().filter(|it| !it.differs.is_empty());
    let count = failed.clone().count();
    if global.json {
        let failed: Vec<_> = failed
            .map(|it| json!({"id": it.id, "file": it.place.file, "line": it.place.line, "differs": it.differs}))
            .collect();
        say!("{}", json!({ "cases": results.len(), "failed": failed }));
    } else {
        for case in failed {
            let named = [("place", &*case.place.to_string()), ("case", case.id.as_str())];
            say!("{}", words().say("law-case", &named));
            for difference in &case.differs {
                say!("    {difference}");
            }
        }
        let counts = [("cases", &*results.len().to_string()), ("failed", &count.to_string())];
        say!("{}", words().say("law-cases", &counts));
    }
    Ok(if count == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn prove(pack: &Pack, global: &Global) -> anyhow::Result<ExitCode> {
    let proofs = law::prove::prove(pack);
    let fallen = proofs.iter().filter(|proof| proof.broken.is_some()).count();
    if global.json {
        let proofs: Vec<_> = proofs
            .iter()
            .map(|proof| {
                let broken = proof.broken.as_ref().map(|it| {
                    let replayed = it.replayed.as_ref().map(|(question, outcome)| json!({"question": question, "outcome": outcome}));
                    json!({"agency": it.agency, "act": it.act, "on": it.on, "facts": it.facts, "what": it.what, "replayed": replayed})
                });
                json!({"id": proof.id, "plain": proof.plain, "looked_at": proof.looked_at, "broken": broken})
            })
            .collect();
        say!("{}", json!({ "theorems": proofs, "fallen": fallen }));
    } else {
        let words = words();
        for proof in &proofs {
            let id = if proof.broken.is_some() { "law-falls" } else { "law-proved" };
            say!("{}", words.say(id, &[("theorem", &proof.id), ("looked", &proof.looked_at.to_string())]));
            let Some(broken) = &proof.broken else { continue };
            say!("    {}", proof.plain);
            let when = [
                ("act", broken.act.as_str()),
                ("agency", broken.agency.as_str()),
                ("day", &broken.on.to_string()),
                ("what", &broken.what),
            ];
            say!("    {}", words.say("law-falls-when", &when));
            for (name, fact) in broken.facts.iter() {
                say!("        {name} = {}", fact.value);
            }
            say!("    {}", replayed(&words, broken.replayed.as_ref(), "law-not-replayed"));
        }
        let counts = [("theorems", &*proofs.len().to_string()), ("fallen", &fallen.to_string())];
        say!("{}", words.say("law-theorems", &counts));
    }
    Ok(if fallen == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The sentence about a set of facts that was put to the kernel as a question, or about none that could be.
pub(super) fn replayed(words: &Words, replayed: Option<&(Question, Outcome)>, none: &str) -> String {
    let Some((question, outcome)) = replayed else { return words.say(none, &[]) };
    let papers = question.document.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let asked = [
        ("requester", question.requester.as_str()),
        ("statute", question.statute_enforced.as_str()),
        ("papers", &papers),
        ("outcome", outcome.word()),
    ];
    words.say("law-replayed", &asked)
}

fn mutate(pack: &Pack, global: &Global) -> anyhow::Result<ExitCode> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let result = law::mutate::mutate(pack, threads);
    if global.json {
        let survivors: Vec<_> = result
            .survivors
            .iter()
            .map(|it| {
                json!({"file": it.place.file, "line": it.place.line, "name": it.name, "change": it.change, "changes_an_answer": it.changes_an_answer})
            })
            .collect();
        say!(
            "{}",
            json!({
                "mutants": result.mutants, "by_case": result.by_case, "by_theorem": result.by_theorem,
                "by_reader": result.by_reader, "same": result.same, "survivors": survivors, "not_judging": result.not_judging,
            })
        );
    } else {
        let words = words();
        for it in &result.survivors {
            let id = if it.changes_an_answer { "law-survivor" } else { "law-survivor-silent" };
            let survivor = [("place", &*it.place.to_string()), ("name", &it.name), ("change", &it.change)];
            say!("{}", words.say(id, &survivor));
        }
        for name in &result.not_judging {
            say!("{}", words.say("law-judges-nothing", &[("name", name)]));
        }
        let counts =
            [result.mutants, result.by_case, result.by_theorem, result.by_reader, result.survivors.len(), result.same];
        let counts = counts.map(|count| count.to_string());
        let names = ["mutants", "cases", "theorems", "reader", "survivors", "same"];
        let counts: Vec<_> = names.into_iter().zip(counts.iter().map(String::as_str)).collect();
        say!("{}", words.say("law-mutants", &counts));
    }
    let caught = result.survivors.is_empty() && result.not_judging.is_empty();
    Ok(if caught { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn explain(pack: &Pack, id: &str, on: Option<jiff::civil::Date>, global: &Global) -> anyhow::Result<ExitCode> {
    let versions: Vec<&Provision> = pack
        .provisions()
        .iter()
        .filter(|it| it.id.as_str() == id && on.is_none_or(|day| it.days.contains(day)))
        .collect();
    if versions.is_empty() {
        match on {
            Some(day) => {
                let what = [("provision", id), ("day", &*day.to_string())];
                anyhow::bail!(words().say("law-no-provision-on", &what))
            }
            None => anyhow::bail!(words().say("law-no-provision", &[("provision", id)])),
        }
    }
    if global.json {
        let versions: Vec<_> = versions.iter().map(|it| as_json(it)).collect();
        say!("{}", json!({ "provision": id, "versions": versions }));
        return Ok(ExitCode::SUCCESS);
    }
    let words = words();
    for provision in versions {
        let names = |names: &mut dyn Iterator<Item = &str>| names.collect::<Vec<_>>().join(", ");
        say!("{} {}", provision.id, provision.heading);
        say!("{}, {}", provision.citation, provision.days);
        let (agencies, acts) = (
            names(&mut provision.agencies.iter().map(|it| it.as_str())),
            names(&mut provision.acts.iter().map(|it| it.as_str())),
        );
        say!("{}", words.say("law-layer", &[("layer", &provision.layer.to_string())]));
        say!("{}", words.say("law-agencies", &[("agencies", &agencies)]));
        say!("{}", words.say("law-acts", &[("acts", &acts)]));
        say!("\n{}", provision.plain);
        for sentence in &provision.not_read {
            say!("{}", words.say("law-not-read", &[("what", sentence.as_str())]));
        }
        for rule in &provision.rules {
            say!("\n  {} [{}] {}", rule.effect.word(), rule.id, rule.plain);
            say!("      when {}", rule.when);
        }
        let terms: std::collections::BTreeSet<_> = provision.rules.iter().flat_map(|rule| rule.when.terms()).collect();
        for term in pack.terms().iter().filter(|it| terms.contains(&it.name) && it.days.overlaps(&provision.days)) {
            say!("\n  term.{} ({}, {}): {}", term.name, term.citation, term.days, term.plain);
            say!("      is {}", term.is);
        }
        say!("\n{}\n", words.say("law-written", &[("place", &provision.place.to_string())]));
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(provision: &Provision) -> serde_json::Value {
    let rules: Vec<_> = provision
        .rules
        .iter()
        .map(|it| json!({"id": it.id, "effect": it.effect.word(), "plain": it.plain, "when": it.when.to_string()}))
        .collect();
    json!({
        "id": provision.id, "heading": provision.heading, "citation": provision.citation, "days": provision.days,
        "layer": provision.layer, "agencies": provision.agencies, "acts": provision.acts, "plain": provision.plain,
        "paraphrase": provision.paraphrase, "read": provision.read, "not_read": provision.not_read, "rules": rules,
        "file": provision.place.file, "line": provision.place.line,
    })
}

fn diff(old: &Pack, new: &Pack, global: &Global) -> anyhow::Result<ExitCode> {
    let found = law::diff::diff(old, new);
    let word = |how: How| match how {
        How::Added => "added",
        How::Removed => "removed",
        How::Changed => "changed",
    };
    if global.json {
        let provisions: Vec<_> = found
            .provisions
            .iter()
            .map(|it| json!({"id": it.id, "days": it.days, "how": word(it.how), "what": it.what}))
            .collect();
        let fallen: Vec<_> = found.fallen.iter().map(|it| json!({"id": it.id, "plain": it.plain})).collect();
        let cases: Vec<_> = found
            .cases
            .iter()
            .map(|it| json!({"id": it.id, "file": it.place.file, "was": it.was, "is": it.is, "layers": it.layers}))
            .collect();
        say!("{}", json!({"provisions": provisions, "fallen": fallen, "cases": cases}));
        return Ok(ExitCode::SUCCESS);
    }
    let words = words();
    for it in &found.provisions {
        let id = match it.how {
            How::Added => "law-diff-added",
            How::Removed => "law-diff-removed",
            How::Changed => "law-diff-changed",
        };
        let what = [("provision", it.id.as_str()), ("days", &it.days.to_string()), ("what", &it.what.join(", "))];
        say!("{}", words.say(id, &what));
    }
    for it in &found.fallen {
        say!("{}", words.say("law-diff-falls", &[("theorem", &it.id), ("plain", &it.plain)]));
    }
    for it in &found.cases {
        let case =
            [("case", it.id.as_str()), ("place", &it.place.to_string()), ("was", it.was.word()), ("is", it.is.word())];
        say!("{}", words.say("law-diff-case", &case));
    }
    let counts = [found.provisions.len(), found.fallen.len(), found.cases.len()].map(|count| count.to_string());
    let [provisions, theorems, cases] = &counts;
    say!("{}", words.say("law-diff", &[("provisions", provisions), ("theorems", theorems), ("cases", cases)]));
    Ok(ExitCode::SUCCESS)
}
