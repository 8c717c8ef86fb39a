//! The commands, one file each. A command returns its exit status; an error it returns is bad input (2).

mod answer;
pub mod close;
pub mod decide;
pub mod erase;
pub mod export;
pub mod file;
mod handle;
pub mod import;
pub mod inbox;
pub mod init;
pub mod law;
mod law_bill;
mod law_solver;
pub mod open;
mod out;
pub mod pages;
pub mod people;
pub mod reconcile;
pub mod serve;
pub mod statement;
pub mod systems;
pub mod verify;

use std::process::ExitCode;

pub(crate) use self::out::visible;

use clap::{Parser, Subcommand};

use crate::config::Global;

/// The gate, the record and the log of a city that keeps its sanctuary laws.
#[derive(Parser)]
#[command(name = "vouchsafe", version)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    File(file::Args),
    Decide(decide::Args),
    Import(import::Args),
    Reconcile(reconcile::Args),
    Statement(statement::Args),
    /// Read, check and prove a law pack
    ///
    /// Example: vouchsafe law check
    #[command(subcommand)]
    Law(law::Law),
    Serve(serve::Serve),
    Verify(verify::Args),
    Export(export::Args),
    Erase(erase::Args),
    Close(close::Args),
    /// Publish the residents' pages and their keys in the log, list their history, check what a door serves
    ///
    /// Example: vouchsafe pages list --data city
    #[command(subcommand)]
    Pages(pages::Pages),
    /// Say who signs in at the desk and in what roles; makes a city's first administrator
    ///
    /// Example: vouchsafe people list --data city
    #[command(subcommand)]
    People(people::People),
    /// Say which programs of the city may call the interface, and for what; print the interface's description
    ///
    /// Example: vouchsafe systems list --data city
    #[command(subcommand)]
    Systems(systems::Systems),
    /// Open residents' reports and answer them, with an official's own key
    ///
    /// Example: vouchsafe inbox list --data city
    #[command(subcommand)]
    Inbox(inbox::Inbox),
}

/// Runs the command that the process was called with.
///
/// Returns the exit status that the command's documentation gives; bad input is 2.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    let done: anyhow::Result<ExitCode> = match cli.command {
        Command::Init(args) => init::run(&cli.global, &args),
        Command::File(args) => file::run(&cli.global, &args),
        Command::Decide(args) => decide::run(&cli.global, &args),
        Command::Import(args) => import::run(&cli.global, &args),
        Command::Reconcile(args) => reconcile::run(&cli.global, &args),
        Command::Statement(args) => statement::run(&cli.global, &args),
        Command::Law(command) => law::run(&command, &cli.global),
        Command::Serve(command) => command.run(&cli.global),
        Command::Verify(args) => verify::run(&cli.global, &args),
        Command::Export(args) => export::run(&cli.global, &args),
        Command::Erase(args) => erase::run(&cli.global, &args),
        Command::Close(args) => close::run(&cli.global, &args),
        Command::Pages(command) => pages::run(&cli.global, &command),
        Command::People(command) => people::run(&cli.global, &command),
        Command::Systems(command) => systems::run(&cli.global, &command),
        Command::Inbox(command) => inbox::run(&cli.global, &command),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            if json {
                let told = serde_json::json!({ "error": format!("{error:#}") });
                eprintln!("{told}");
            } else {
                eprintln!("vouchsafe: {error:#}");
            }
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    /// Every command says by an example how it is used, and what its exit status means.
    #[test]
    fn every_command_explains_itself_with_an_example() {
        fn walk(command: &mut clap::Command, path: &str, lacking: &mut Vec<String>) {
            for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
                let path = format!("{path} {}", sub.get_name());
                let help = sub.render_long_help().to_string();
                if !help.contains(&format!("Example: {path}")) {
                    lacking.push(format!("{path}: an example"));
                }
                if sub.get_subcommands().next().is_none() && !help.contains("Exit status: 0") {
                    lacking.push(format!("{path}: exit statuses"));
                }
                walk(sub, &path, lacking);
            }
        }
        let mut lacking = Vec::new();
        walk(&mut Cli::command(), "vouchsafe", &mut lacking);
        assert_eq!(lacking, Vec::<String>::new());
    }
}
