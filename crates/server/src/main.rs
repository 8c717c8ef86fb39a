//! The executable `vouchsafe`: one program, many commands.

fn main() -> std::process::ExitCode {
    server::commands::run()
}
