//! What a command prints for its caller.
//!
//! Whoever stops reading (`| head -1`) does not stop the command: what it does, it does to the end, with its own exit
//! status. Any other failure to write, e.g. a full disk, is an error of the command.

use std::{
    fmt::Arguments,
    io::{self, StdoutLock, Write},
};

/// Standard output.
pub struct Output(StdoutLock<'static>);

/// Standard output, for more than one line.
#[must_use]
pub fn output() -> Output {
    Output(io::stdout().lock())
}

/// Prints one line.
///
/// # Errors
/// It cannot be written.
pub fn line(text: Arguments<'_>) -> io::Result<()> {
    writeln!(output(), "{text}")
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        read_or_not(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        read_or_not(self.0.flush(), ())
    }
}

fn read_or_not<T>(written: io::Result<T>, all: T) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(all),
        written => written,
    }
}

/// Text in which nothing is left that a terminal obeys or that turns the order of letters round.
#[must_use]
pub fn visible(text: &str) -> String {
    let obeyed = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
            || matches!(letter, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{061c}')
    };
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if obeyed(letter) { out.extend(letter.escape_unicode()) } else { out.push(letter) }
    }
    out
}

/// Prints a line as `println!` does, and returns from the function where it cannot.
macro_rules! say {
    ($($what:tt)*) => {
        $crate::commands::out::line(format_args!($($what)*))?
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_left_is_no_fault_and_a_full_disk_is_one() {
        let fails = |kind: io::ErrorKind| read_or_not(Err(kind.into()), 7).map_err(|error| error.kind());
        assert_eq!(fails(io::ErrorKind::BrokenPipe), Ok(7));
        assert_eq!(fails(io::ErrorKind::StorageFull), Err(io::ErrorKind::StorageFull));
        assert_eq!(read_or_not(Ok(3), 7).unwrap(), 3);
    }
}
