//! One question, warm: the product beside Cedar and regorus, over every case of the pack.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use law::{Decision, Pack, RuleId, decide};

use crate::{
    figures::{Times, short, thousands},
    peers::{Cedar, Rego},
    questions::{self, Asked},
    table::Table,
};

/// How long each engine is asked.
const SECONDS: f64 = 2.0;

/// Adds the lines about decisions.
pub fn measure(table: &mut Table) -> Result<()> {
    let pack = server::pack::load(None)?;
    let questions = questions::all(&pack)?;
    let (cedar, rego) = (Cedar::new(&pack, &questions)?, Rego::new(&pack, &questions)?);
    let requests = questions.iter().map(Cedar::request).collect::<Result<Vec<_>>>()?;
    let inputs = questions.iter().map(Rego::input).collect::<Result<Vec<_>>>()?;
    let mut machines = rego.machines();

    for ((asked, request), input) in questions.iter().zip(&requests).zip(&inputs) {
        let ours = ours(&pack, asked)?;
        let agree = |name: &str, theirs: BTreeSet<RuleId>| {
            let different: Vec<&RuleId> = ours.symmetric_difference(&theirs).collect();
            ensure!(different.is_empty(), "{name} and the kernel differ on the case `{}`: {different:?}", asked.case);
            Ok(())
        };
        agree("Cedar with all rules", cedar.holding(request, cedar.all(asked))?)?;
        agree("Cedar with the rules of the act", cedar.holding(request, cedar.sliced(asked))?)?;
        let machine = machines.get_mut(&asked.stretch).context("a stretch without a machine")?;
        machine.set_input(input.clone());
        agree("regorus (virtual machine)", Rego::rules(&machine.execute()?)?)?;
        agree("regorus (interpreter)", Rego::rules(&rego.interpreter(asked).eval_with_input(input.clone())?)?)?;
    }
    eprintln!("bench: four engines and the kernel find the same rules to hold on {} questions", questions.len());

    let warm = Times::of(&questions, SECONDS, |asked| decide(&pack, &asked.question, &asked.whole, asked.on));
    let open = Times::of(&questions, SECONDS, |asked| decide(&pack, &asked.question, &asked.as_put, asked.on));
    let whole: Vec<_> = questions.iter().zip(&requests).collect();
    let all = Times::of(&whole, SECONDS, |(asked, request)| cedar.decide(request, cedar.all(asked)));
    let sliced = Times::of(&whole, SECONDS, |(asked, request)| cedar.decide(request, cedar.sliced(asked)));
    let fed: Vec<_> = questions.iter().zip(&inputs).collect();
    let bytecode = Times::of(&fed, SECONDS, |(asked, input)| {
        let machine = machines.get_mut(&asked.stretch)?;
        machine.set_input((*input).clone());
        machine.execute().ok()
    });
    let interpreted =
        Times::of(&fed, SECONDS, |(asked, input)| rego.interpreter(asked).eval_with_input((*input).clone()));

    let count = questions.len();
    let p50 = short(warm.at(0.5));
    let a_second = |times: &Times| format!("{}/s", thousands(times.per_second()));
    let both = |times: &Times| format!("p50 {}, {}", short(times.at(0.5)), a_second(times));
    let mut versus = |peer: &str, times: &Times| {
        table.versus(
            &format!("decide, warm, {count} questions of cases, all facts known; peer: {peer}"),
            format!("p50 {p50}, {} a core", a_second(&warm)),
            both(times),
            warm.per_second() / times.per_second(),
            "p50 < 20 µs, ≥ 50,000/s a core",
        );
    };
    versus("Cedar, all rules of the day", &all);
    versus("Cedar, only the rules on the act of the agency", &sliced);
    versus("regorus, virtual machine", &bytecode);
    versus("regorus, interpreter", &interpreted);
    table.alone(
        "decide, warm, the same questions with the facts that the cases leave open",
        format!("p50 {}, p99 {}, {} a core", short(open.at(0.5)), short(open.at(0.99)), a_second(&open)),
        "p50 < 20 µs, ≥ 50,000/s a core",
    );
    first_time(table, &questions)
}

/// The rules that the kernel finds to hold.
fn ours(pack: &Pack, asked: &Asked) -> Result<BTreeSet<RuleId>> {
    let decision: Decision = decide(pack, &asked.question, &asked.whole, asked.on);
    ensure!(decision.fault.is_none(), "the case `{}`: {:?}", asked.case, decision.fault);
    Ok(decision.rules_that_hold().cloned().collect())
}

/// Each question for the first time in a process: no answer is kept yet, and Cedar is asked as the referee.
fn first_time(table: &mut Table, questions: &[Asked]) -> Result<()> {
    let start = std::time::Instant::now();
    let pack = server::pack::load(None)?;
    let loaded = start.elapsed();
    for asked in questions {
        // Builds the diagrams of the act and the agency; the question itself has other facts.
        std::hint::black_box(decide(&pack, &asked.question, &law::Facts::new(), asked.on));
    }
    let mut times = Vec::new();
    for asked in questions {
        let start = std::time::Instant::now();
        std::hint::black_box(decide(&pack, &asked.question, &asked.whole, asked.on));
        times.push(start.elapsed());
    }
    let times = Times::new(times);
    table.alone(
        "decide, a question asked for the first time: worked out, and put to Cedar as the referee",
        format!("p50 {}, p99 {}", short(times.at(0.5)), short(times.at(0.99))),
        "–",
    );
    table.alone("load the pack", short(loaded), "part of a start < 0.3 s");
    Ok(())
}
