//! `vouchsafe law bill`: the record of a data folder under a pack that is not law in force, for counsel at the command line. The page
//! `/bill` shows the same.

use std::{path::Path, process::ExitCode, sync::Mutex};

use anyhow::bail;
use law::{AgencyId, Outcome};
use serde_json::json;

use super::{
    open::{Access, open},
    out::say,
};
use crate::{
    bill::{self, Weighed},
    config::Global,
    pack,
    words::Words,
};

/// Goes through the record under the pack of this folder, and prints what would have been answered otherwise.
///
/// # Errors
/// The pack is unfit or cannot be read, with every place; there is no record, or it cannot be read; nobody knows the agency.
pub fn run(folder: &Path, agency: Option<&str>, global: &Global) -> anyhow::Result<ExitCode> {
    let words = Words::new("en");
    let pack = pack::load_to_decide(Some(folder), &global.settings()?.data)?;
    let city = open(global, Access::Read)?;
    let weighed = Mutex::new(Weighed::default());
    bill::weigh(&*city.store, &pack, &weighed)?;
    let weighed = bill::read(&weighed);
    let agency = agency.map(AgencyId::new);
    let found = weighed.found(|of| agency.as_ref().is_none_or(|agency| agency == of));
    if let Some(agency) = agency.as_ref()
        && found.kinds.is_empty()
        && !pack.vocabulary().agencies.contains_key(agency)
    {
        bail!(words.say("law-bill-no-agency", &[("agency", agency.as_str())]));
    }
    let reference = pack.reference();
    if global.json {
        let changed = found.changed.iter().map(|one| {
            json!({
                "request": one.request, "agency": one.agency, "act": one.act, "on": one.on,
                "was": one.was.word(), "is": one.is.word(),
            })
        });
        let steps =
            found.steps.iter().map(|((was, is), count)| json!({"was": was.word(), "is": is.word(), "answers": count}));
        let kinds = found.kinds.iter().map(
            |kind| json!({"agency": kind.agency, "act": kind.act, "answers": kind.answers, "changed": kind.changed}),
        );
        say!(
            "{}",
            json!({
                "pack": reference, "answers": found.answers(), "kinds": kinds.collect::<Vec<_>>(),
                "steps": steps.collect::<Vec<_>>(), "changed": changed.collect::<Vec<_>>(),
            })
        );
        return Ok(ExitCode::SUCCESS);
    }
    let answer = |outcome: Outcome| words.say(&format!("list-outcome-{}", outcome.word()), &[]);
    let of_pack = [
        ("pack", reference.id.as_str()),
        ("version", reference.version.as_str()),
        ("day", &reference.read_until.to_string()),
        ("hash", reference.sha256.as_str()),
    ];
    say!("{}", words.say("law-bill", &of_pack));
    say!("{}", words.say("replay-not-law", &[]));
    for one in &found.changed {
        let each = [
            ("day", &*one.on.to_string()),
            ("agency", one.agency.as_str()),
            ("act", one.act.as_str()),
            ("was", &answer(one.was)),
            ("is", &answer(one.is)),
            ("request", &one.request.to_string()),
        ];
        say!("{}", words.say("law-bill-each", &each));
    }
    for ((was, is), count) in &found.steps {
        let step = [("was", &*answer(*was)), ("is", &answer(*is)), ("count", &count.to_string())];
        say!("{}", words.say("law-bill-step", &step));
    }
    for kind in &found.kinds {
        let (answers, changed) = (kind.answers.to_string(), kind.changed.to_string());
        let told = [
            ("agency", kind.agency.as_str()),
            ("act", kind.act.as_str()),
            ("answers", &answers),
            ("changed", &changed),
        ];
        say!("{}", words.say("law-bill-kind", &told));
    }
    let sum = [("changed", &*found.changed.len().to_string()), ("answers", &found.answers().to_string())];
    say!("{}", words.say("bill-sum", &sum));
    Ok(ExitCode::SUCCESS)
}
