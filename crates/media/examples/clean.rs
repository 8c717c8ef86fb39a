//! `clean IN OUT`: the file IN without what tells on the one who made it, as OUT.

use std::{env, fs, process::ExitCode};

fn main() -> ExitCode {
    let paths: Vec<String> = env::args().skip(1).collect();
    let [from, to] = paths.as_slice() else {
        eprintln!("clean IN OUT");
        return ExitCode::from(2);
    };
    let file = match fs::read(from) {
        Ok(file) => file,
        Err(error) => {
            eprintln!("{from}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut source = file.as_slice();
    let list = match media::clean(&mut source) {
        Ok(list) => list,
        Err(error) => {
            eprintln!("{from}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut clean = Vec::new();
    if let Err(error) = list.apply(&mut source, |block| clean.extend_from_slice(block)) {
        eprintln!("{from}: {error}");
        return ExitCode::FAILURE;
    }
    if let Err(error) = fs::write(to, clean) {
        eprintln!("{to}: {error}");
        return ExitCode::FAILURE;
    }
    println!("{:?}, {} pieces, {} bytes of {}", list.kind(), list.edits().len(), list.cleaned_len(), file.len());
    ExitCode::SUCCESS
}
