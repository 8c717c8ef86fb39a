//! `cargo xtask demo`: the README's first command. Builds the server and starts the demo city on this machine.

use anyhow::Result;

use crate::run;

/// Builds `vouchsafe` with optimisation (profile `demo`) and runs `vouchsafe serve --demo` until it is stopped.
///
/// # Errors
/// When the build or the server fails.
pub fn demo(arguments: &[String]) -> Result<()> {
    run::cargo(&["build", "--profile", "demo", "--package", "server", "--bin", "vouchsafe", "--locked"])?;
    let mut serve = std::process::Command::new(run::target().join("demo/vouchsafe"));
    serve.args(["serve", "--demo"]).args(arguments);
    if !arguments.iter().any(|word| word == "--data" || word.starts_with("--data=")) {
        serve.arg("--data").arg(run::target().join("demo-city"));
    }
    run::status(&mut serve)
}
