//! The solver cvc5 inside the process, through the C interface of the shared libraries that the PyPI wheel carries.
//!
//! No child process, no headers, nothing to build: `python3 -m pip install cvc5==1.3.1` brings the libraries, and they are opened when they are needed,
//! and stay open. One query is answered at a time in a process: with two at once the library has crashed. Each has a solver of its own, since symcc
//! begins each with `(reset)`. No time limit is set: with one, cvc5 has answered wrongly (cvc5 issue 12246). This is the only file of the workspace that
//! may call C.
#![expect(
    unsafe_code,
    reason = "calling a C library; every call is in `Session` or `Cvc5::open`, with what it relies on"
)]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use cedar_policy_symcc::solver::{Decision, DecisionWithModel, Solver, SolverError};
use libloading::Library;

/// The version that the symbolic compiler names.
pub const VERSION: &str = "1.3.1";
/// The environment variable that names the folder of the shared libraries.
pub const DIR_VARIABLE: &str = "VOUCHSAFE_CVC5_DIR";

type Pointer = *mut c_void;
type Status = std::result::Result<String, SolverError>;

/// The solver cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// It is not installed, or not where it was said to be.
    #[error(
        "the solver cvc5 {VERSION} is not found ({0}); install it with `python3 -m pip install cvc5=={VERSION}`, \
         or name the folder of its shared libraries in {DIR_VARIABLE}"
    )]
    NotFound(String),
    /// Its libraries cannot be opened.
    #[error("the solver's library `{path}` cannot be opened")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: libloading::Error,
    },
    /// A library lacks a function.
    #[error("the solver's library lacks `{0}`; cvc5 {VERSION} is needed")]
    Lacks(&'static str),
}

/// The functions of the C interface that are used, with the types of `cvc5/c/cvc5.h` and `cvc5/c/cvc5_parser.h`.
struct Functions {
    term_manager_new: extern "C" fn() -> Pointer,
    term_manager_delete: extern "C" fn(Pointer),
    new: extern "C" fn(Pointer) -> Pointer,
    delete: extern "C" fn(Pointer),
    symbol_manager_new: extern "C" fn(Pointer) -> Pointer,
    symbol_manager_delete: extern "C" fn(Pointer),
    parser_new: extern "C" fn(Pointer, Pointer) -> Pointer,
    parser_delete: extern "C" fn(Pointer),
    parser_set_str_input: extern "C" fn(Pointer, c_int, *const c_char, *const c_char),
    parser_next_command: extern "C" fn(Pointer, *mut *const c_char) -> Pointer,
    cmd_invoke: extern "C" fn(Pointer, Pointer, Pointer) -> *const c_char,
}

/// Held by whoever calls into the library: parts of its C interface keep what they answer in one place for all threads.
static CALLS: Mutex<()> = Mutex::new(());

/// The solver, ready for queries.
pub struct Cvc5 {
    functions: Functions,
    input: Vec<u8>,
    // Never closed: threads that have called into a C++ library run its code once more when they end.
    _libraries: ManuallyDrop<[Library; 2]>,
}

/// The value of `CVC5_INPUT_LANGUAGE_SMT_LIB_2_6`.
const SMT_LIB_2_6: c_int = 0;

impl Cvc5 {
    /// Finds the libraries: in the folder that the environment names, else beside the Python package `cvc5`.
    ///
    /// # Errors
    /// When they are not there or cannot be opened, with the command that installs them.
    pub fn find() -> Result<Self, FindError> {
        if let Some(folder) = std::env::var_os(DIR_VARIABLE) {
            return Self::open(Path::new(&folder));
        }
        let script = "import importlib.util as u; s = u.find_spec('cvc5'); print(s.origin if s else '')";
        let output = Command::new("python3").args(["-c", script]).output();
        let origin = output.map_err(|error| FindError::NotFound(format!("`python3` cannot be run: {error}")))?;
        let origin = String::from_utf8_lossy(&origin.stdout).trim().to_owned();
        // `.../cvc5/__init__.py` lies beside `.../cvc5.libs/`.
        match Path::new(&origin).parent().and_then(Path::parent) {
            Some(packages) if !origin.is_empty() => Self::open(&packages.join("cvc5.libs")),
            _ => Err(FindError::NotFound("python3 has no package `cvc5`".into())),
        }
    }

    /// Opens the libraries of a folder.
    ///
    /// # Errors
    /// When they are not there, cannot be opened, or lack a function.
    pub fn open(folder: &Path) -> Result<Self, FindError> {
        let _alone = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
        let core = library(folder, "libcvc5")?;
        let parser = library(folder, "libcvc5parser")?;
        macro_rules! function {
            ($library:ident, $name:literal) => {{
                // SAFETY: the type is that of the field it is stored in, copied from the headers of cvc5 1.3.1, and the library
                // outlives the pointer, since `Cvc5` holds both.
                let symbol = unsafe { $library.get(concat!($name, "\0").as_bytes()) };
                *symbol.map_err(|_| FindError::Lacks($name))?
            }};
        }
        let functions = Functions {
            term_manager_new: function!(core, "cvc5_term_manager_new"),
            term_manager_delete: function!(core, "cvc5_term_manager_delete"),
            new: function!(core, "cvc5_new"),
            delete: function!(core, "cvc5_delete"),
            symbol_manager_new: function!(parser, "cvc5_symbol_manager_new"),
            symbol_manager_delete: function!(parser, "cvc5_symbol_manager_delete"),
            parser_new: function!(parser, "cvc5_parser_new"),
            parser_delete: function!(parser, "cvc5_parser_delete"),
            parser_set_str_input: function!(parser, "cvc5_parser_set_str_input"),
            parser_next_command: function!(parser, "cvc5_parser_next_command"),
            cmd_invoke: function!(parser, "cvc5_cmd_invoke"),
        };
        Ok(Self { functions, input: Vec::new(), _libraries: ManuallyDrop::new([parser, core]) })
    }

    /// Answers what was written since the last `(reset)`: the verdict, and the model if it is wanted and there is one.
    fn ask(&mut self, model: bool) -> Result<(String, String), SolverError> {
        let written = String::from_utf8_lossy(&self.input).into_owned();
        self.input.clear();
        let query = written.rfind("(reset)").and_then(|at| written.get(at + "(reset)".len()..)).unwrap_or(&written);
        let _alone = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
        let session = Session::new(&self.functions);
        let verdict = session.run(&format!("{query}\n(check-sat)\n"))?.trim().to_owned();
        let model = if model && verdict == "sat" { session.run("(get-model)\n")? } else { String::new() };
        Ok((verdict, model))
    }
}

fn library(folder: &Path, name: &str) -> Result<Library, FindError> {
    let there = std::fs::read_dir(folder)
        .map_err(|error| FindError::NotFound(format!("`{}`: {error}", folder.display())))?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    // The wheel writes `libcvc5-<hash>.so.1`; a plain installation `libcvc5.so.1` or `libcvc5.dylib`.
    let is_it = |path: &PathBuf| {
        let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
        file.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '.']))
    };
    let missing = || FindError::NotFound(format!("there is no `{name}` in `{}`", folder.display()));
    let path = there.filter(is_it).min().ok_or_else(missing)?;
    // SAFETY: opening a library runs its initialisers; those of cvc5 set up tables and touch nothing of ours.
    unsafe { Library::new(&path) }.map_err(|source| FindError::Open { path, source })
}

/// One solver with its parser; freed when dropped, in the order that the headers ask for.
struct Session<'a> {
    functions: &'a Functions,
    term_manager: Pointer,
    solver: Pointer,
    symbols: Pointer,
    parser: Pointer,
}

impl<'a> Session<'a> {
    fn new(functions: &'a Functions) -> Self {
        let term_manager = (functions.term_manager_new)();
        let solver = (functions.new)(term_manager);
        let symbols = (functions.symbol_manager_new)(term_manager);
        let parser = (functions.parser_new)(solver, symbols);
        Self { functions, term_manager, solver, symbols, parser }
    }

    /// Runs commands in SMT-LIB, and returns what they print.
    fn run(&self, commands: &str) -> Status {
        let text = CString::new(commands).map_err(|_| SolverError::Solver("a query has a zero byte".into()))?;
        (self.functions.parser_set_str_input)(self.parser, SMT_LIB_2_6, text.as_ptr(), c"pack".as_ptr());
        let mut printed = String::new();
        loop {
            let mut error: *const c_char = std::ptr::null();
            let command = (self.functions.parser_next_command)(self.parser, &raw mut error);
            if let Some(error) = text_at(error) {
                return Err(SolverError::Solver(error));
            }
            if command.is_null() {
                return Ok(printed);
            }
            let said = (self.functions.cmd_invoke)(command, self.solver, self.symbols);
            printed.push_str(&text_at(said).unwrap_or_default());
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        (self.functions.parser_delete)(self.parser);
        (self.functions.symbol_manager_delete)(self.symbols);
        (self.functions.delete)(self.solver);
        (self.functions.term_manager_delete)(self.term_manager);
    }
}

/// A copy of what the solver points to; none for a null pointer.
fn text_at(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, and the headers promise a text that ends in zero and lives until the next call on the same object; it is copied
    // here before any.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

impl Solver for Cvc5 {
    fn smtlib_input(&mut self) -> &mut (dyn tokio::io::AsyncWrite + Unpin + Send) {
        &mut self.input
    }

    async fn enable_models(&mut self) -> Result<(), SolverError> {
        self.input.extend_from_slice(b"(set-option :produce-models true)\n");
        Ok(())
    }

    async fn check_sat(&mut self) -> Result<Decision, SolverError> {
        let (verdict, _) = self.ask(false)?;
        match verdict.as_str() {
            "sat" => Ok(Decision::Sat),
            "unsat" => Ok(Decision::Unsat),
            "unknown" => Ok(Decision::Unknown),
            _ => Err(SolverError::UnrecognizedSolverOutput(verdict)),
        }
    }

    async fn check_sat_with_model(&mut self) -> Result<DecisionWithModel, SolverError> {
        let (verdict, model) = self.ask(true)?;
        match verdict.as_str() {
            "sat" => Ok(DecisionWithModel::Sat { model }),
            "unsat" => Ok(DecisionWithModel::Unsat),
            "unknown" => Ok(DecisionWithModel::Unknown),
            _ => Err(SolverError::UnrecognizedSolverOutput(verdict)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_solver_says_how_to_get_it() {
        let error = Cvc5::open(Path::new("/nowhere")).err().unwrap().to_string();
        assert!(
            error.contains("`python3 -m pip install cvc5==1.3.1`") && error.contains("VOUCHSAFE_CVC5_DIR"),
            "{error}"
        );
    }

    #[test]
    fn it_solves() {
        let Ok(mut solver) = Cvc5::find() else {
            println!("skipped: cvc5 not found");
            return;
        };
        let mut ask = |query: &str| {
            solver.input.extend_from_slice(query.as_bytes());
            solver.ask(true).unwrap()
        };
        assert_eq!(ask("(set-logic ALL)(declare-const a Bool)(assert (and a (not a)))").0, "unsat");
        let (verdict, model) =
            ask("(nonsense)(reset)(set-logic ALL)(set-option :produce-models true)(declare-const a Bool)(assert a)");
        assert_eq!(verdict, "sat");
        assert!(model.contains("define-fun a () Bool true"), "{model}");
        solver.input.extend_from_slice(b"(this is no command)");
        assert!(solver.ask(false).is_err());
    }
}
