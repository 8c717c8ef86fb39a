//! `vouchsafe inbox`: an official's own machine opens reports and answers them.
//!
//! The only part of the server's crate that names anything which opens (`cargo xtask tidy` holds that). The key is in a file
//! of the official's, in the form of age; it is read here and goes nowhere. What comes out of a seal is hostile until a
//! person has looked at it: its sizes are bounded by the formats, its names are never names of files here, and its text is
//! printed with everything visible that a terminal would obey.

mod contact;

use std::{
    fmt::Write as _,
    fs::{self, DirBuilder, File},
    io::{self, Read, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Zoned;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use record::{Closing, ReportId};
use seal::{
    ContentId, Identity, Report, chunked,
    pad::Unpadder,
    reply::{MAX_REPLY_TEXT_BYTES, OfficialKey, Reply},
    report::{ATTACHMENT_CONTEXT, Attachment},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    handle,
    out::{output, say, visible},
};
use crate::{
    commands::open::{Access, open},
    config::Global,
    log::keys::{read_private, write_new},
    report::shelf::{Sealed, Shelf, is_export},
    words::Words,
};

/// Bytes of an attachment that are opened at a time.
const PIECE: usize = 256 << 10;

/// What an official does with residents' reports.
#[derive(Debug, clap::Subcommand)]
pub enum Inbox {
    /// Make an official's identity file, and print the two public keys that go into the residents' pages
    ///
    /// Make it on the official's own machine. Any age tool opens reports with it too.
    ///
    /// Exit status: 0 made, 2 it is there already or cannot be made.
    ///
    /// Example: vouchsafe inbox keys --key official.key
    Keys {
        /// The file to make; only its owner may read it
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// List sealed reports, the overdue first, then by day and id, and what became of each; needs no key
    ///
    /// What an official did is in the record when its day is closed; until then their stamp, if it lies here, is believed.
    ///
    /// Exit status: 0 listed, 2 there is no record or export.
    ///
    /// Example: vouchsafe inbox list --data city
    List {
        /// An exported folder instead of the data folder
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Open a report and its attachments into a new folder, and print what it says
    ///
    /// Names of attachments are given here; what the sender called them stands in the text. Hashes are checked. That it was
    /// opened, on which day and with which key, is laid down in `stamps` before anything is shown, and enters the record.
    ///
    /// Exit status: 0 opened and everything checked; 1 something of it was changed, cut short or is missing; 2 it was not opened.
    ///
    /// Example: vouchsafe inbox open rp-01040g2081040g2081040g2081j --key official.key --out report-1 --data city
    Open {
        /// The report's id
        #[arg(value_name = "REPORT")]
        report: ReportId,
        /// The official's identity file
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The folder to make
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// An exported folder instead of the data folder
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Seal and sign an answer, and lay it down for the report's mailbox
    ///
    /// The reporter's phone shows it when they come back with their receipt. The key's public half must stand in the pages, in force
    /// today; in a carried folder nobody can tell.
    ///
    /// Exit status: 0 laid down, 2 it was not.
    ///
    /// Example: vouchsafe inbox reply rp-01040g2081040g2081040g2081j --key official.key --text answer.txt --data city
    Reply {
        /// The report's id
        #[arg(value_name = "REPORT")]
        report: ReportId,
        /// The official's identity file
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The file with the answer: plain text, at most 12,000 bytes
        #[arg(long, value_name = "FILE")]
        text: PathBuf,
        /// An exported folder instead of the data folder
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Open the share of contact details that you hold, and seal it anew for the investigator who asks
    ///
    /// For the city's role and the people of the trustee, on their own machines: whoever gives no share keeps the details closed. A share
    /// is an age file; `age -d -i my.key trustee-1.age | age -r age1pq1... > share` does the same.
    ///
    /// Exit status: 0 sealed, 2 it was not.
    ///
    /// Example: vouchsafe inbox share report-1/contact/trustee-1.age --key trustee.key --to age1pq1... --out share-1.age
    Share {
        /// The share, as `open` wrote it
        #[arg(value_name = "FILE")]
        share: PathBuf,
        /// The identity file of the person whose share it is
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The investigator's recipient
        #[arg(long, value_name = "RECIPIENT")]
        to: seal::Recipient,
        /// The file to make
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Open contact details with a share of the city and two of the trustee, and print them
    ///
    /// Each share is opened with the key: those that were given to you, and your own if you hold one. Fewer open nothing.
    ///
    /// Exit status: 0 opened, 2 they stay closed.
    ///
    /// Example: vouchsafe inbox contact report-1/contact --share city.age --share share-1.age --share share-2.age --key official.key
    Contact {
        /// The folder `contact` of an opened report
        #[arg(value_name = "DIR")]
        contact: PathBuf,
        /// A share; three are needed
        #[arg(long, value_name = "FILE", required = true)]
        share: Vec<PathBuf>,
        /// The official's identity file
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Take the answers and stamps of a folder that was carried away into the data folder
    ///
    /// Nothing that is there is replaced: an answer whose number another has taken meanwhile is named and left; seal it again here.
    /// Whatever else is not taken in is named too, with why: keep the folder until nothing is.
    ///
    /// Exit status: 0 all are there; 1 some were left, each is named; 2 nothing was taken.
    ///
    /// Example: vouchsafe inbox bring carried --data city
    Bring {
        /// The folder that `export` made and that came back
        #[arg(value_name = "DIR")]
        from: PathBuf,
    },
    /// Say that nothing more is to be done about a report that was opened, and what came of it
    ///
    /// It is laid down in `stamps`, signed, and enters the record when the day is closed. No finding: only where it went.
    ///
    /// Exit status: 0 laid down, 2 it was not.
    ///
    /// Example: vouchsafe inbox close rp-01040g2081040g2081040g2081j --as referred --key official.key --data city
    Close {
        /// The report's id
        #[arg(value_name = "REPORT")]
        report: ReportId,
        /// What came of it
        #[arg(long = "as", value_name = "WORD", value_parser = handle::closing)]
        closing: Closing,
        /// The official's identity file
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// An exported folder instead of the data folder
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Lay a legal hold on a report: nothing of it is removed before the hold is released
    ///
    /// Exit status: 0 held, or held before under this order; 2 it was not. Stop the server first where the record is a file.
    ///
    /// Example: vouchsafe inbox hold rp-01040g2081040g2081040g2081j --order "Index No. 1/2026" --by "A. Counsel" --by "B. Records"
    Hold(handle::Order),
    /// End a legal hold
    ///
    /// Exit status: 0 released, 2 it was not. Stop the server first where the record is a file.
    ///
    /// Example: vouchsafe inbox release rp-01040g2081040g2081040g2081j --order "Index No. 1/2026" --by "A. Counsel" --by "B. Records"
    Release(handle::Order),
    /// Destroy the bytes of a closed or withdrawn report under the approved schedule; its leaf and an entry stay
    ///
    /// Needs two people, the days of `[report.schedule]`, and no legal hold. An unopened report that was not withdrawn is
    /// never removed. Copies made earlier, and what officials have opened and kept, are not reached. Stop the server first
    /// where the record is a file.
    ///
    /// Exit status: 0 removed; 1 removed, and what the record kept of it not overwritten yet; 2 nothing was removed.
    ///
    /// Example: vouchsafe inbox remove rp-01040g2081040g2081040g2081j --schedule "DORIS 12" --by "A. Records" --by "B. Counsel"
    Remove(handle::Removal),
}

/// Runs the command.
///
/// # Errors
/// What kept it from being done.
pub fn run(global: &Global, command: &Inbox) -> Result<ExitCode> {
    let words = Words::new("en");
    match command {
        Inbox::Keys { key } => keys(global, &words, key),
        Inbox::List { from } => handle::list(global, &words, from.as_deref()),
        Inbox::Open { report, key, out, from } => {
            let identity = identity(key)?;
            let shelf = shelf(global, from.as_deref())?;
            let sealed = find(&shelf, report)?;
            open_report(global, &words, &shelf, &sealed, &identity, out, from.is_some())
        }
        Inbox::Reply { report, key, text, from } => {
            let identity = identity(key)?;
            let shelf = shelf(global, from.as_deref())?;
            let sealed = find(&shelf, report)?;
            reply(global, &words, &shelf, &sealed, &identity, text, from.is_some())
        }
        Inbox::Close { report, closing, key, from } => {
            let key = OfficialKey::of(&identity(key)?);
            let shelf = shelf(global, from.as_deref())?;
            let sealed = find(&shelf, report)?;
            handle::close(global, &shelf, &sealed, &key, *closing, from.is_some())?;
            say!("{}", words.say("inbox-closed-now", &[("report", &report.to_string())]));
            handle::carry(&words, from.is_some());
            Ok(ExitCode::SUCCESS)
        }
        Inbox::Share { share, key, to, out } => contact::share(&words, share, &identity(key)?, to, out),
        Inbox::Contact { contact, share, key } => contact::open(contact, share, &identity(key)?),
        Inbox::Bring { from } => handle::bring(global, &words, from),
        Inbox::Hold(order) => handle::hold(global, &words, order),
        Inbox::Release(order) => handle::release(global, &words, order),
        Inbox::Remove(removal) => handle::remove(global, removal),
    }
}

fn rng() -> Result<ChaCha20Rng> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

pub(super) fn shelf(global: &Global, from: Option<&Path>) -> Result<Shelf> {
    match from {
        Some(folder) => {
            ensure!(
                is_export(folder),
                "`{}` holds no exported reports: name a folder that `export` made",
                folder.display()
            );
            Ok(Shelf::of_export(folder))
        }
        None => {
            let city = open(global, Access::Read)?;
            Ok(Shelf::of_data(city.folder.path(), city.lane))
        }
    }
}

fn find(shelf: &Shelf, id: &ReportId) -> Result<Sealed> {
    let found = shelf.list()?.into_iter().find(|report| report.id == *id);
    let found = found.with_context(|| format!("there is no sealed report `{id}` here: see `vouchsafe inbox list`"))?;
    shelf.agrees(&found)?;
    Ok(found)
}

/// Reads an identity file as age writes it: the first line that is no comment is the secret.
fn identity(path: &Path) -> Result<Identity> {
    let text = read_private(path)?;
    let secret = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let secret = secret.with_context(|| format!("`{}` holds no identity", path.display()))?;
    secret.parse().with_context(|| format!("`{}` holds no post-quantum identity of age", path.display()))
}

fn keys(global: &Global, words: &Words, path: &Path) -> Result<ExitCode> {
    ensure!(path.symlink_metadata().is_err(), "`{}` is there already: name another file", path.display());
    let identity = Identity::make(&mut rng()?);
    let recipient = identity.recipient().context("the new identity has no recipient")?.to_string();
    let signing = hex::encode(OfficialKey::of(&identity).public().as_bytes());
    let text = Zeroizing::new(format!("# recipient: {recipient}\n# signing key: {signing}\n{}\n", *identity.to_text()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    write_new(&folder.join(path.file_name().context("name a file")?), text.as_bytes(), 0o600)
        .with_context(|| format!("`{}` cannot be made", path.display()))?;
    if global.json {
        say!("{}", serde_json::json!({ "recipient": recipient, "signing_key": signing }));
        return Ok(ExitCode::SUCCESS);
    }
    say!("{}", words.say("inbox-key-made", &[("path", &path.display().to_string())]));
    say!("{}\n{recipient}", words.say("inbox-key-recipient", &[]));
    say!("{}\n{signing}", words.say("inbox-key-signing", &[]));
    Ok(ExitCode::SUCCESS)
}

/// Opens the envelope, after comparing it with its name.
fn unseal(shelf: &Shelf, sealed: &Sealed, identity: &Identity) -> Result<Report> {
    let bytes = shelf.envelope(sealed)?;
    ensure!(ContentId::of(&bytes) == sealed.envelope, "the envelope was changed since it came: nothing was opened");
    Report::open(identity, &bytes).context("the report cannot be opened with this key")
}

fn open_report(
    global: &Global,
    words: &Words,
    shelf: &Shelf,
    sealed: &Sealed,
    identity: &Identity,
    out: &Path,
    carried: bool,
) -> Result<ExitCode> {
    let report = unseal(shelf, sealed, identity)?;
    ensure!(out.symlink_metadata().is_err(), "`{}` is there already: name another folder", out.display());
    DirBuilder::new().mode(0o700).create(out).with_context(|| format!("`{}` cannot be made", out.display()))?;
    let mut made = Made { folder: out, stays: false };
    // Before anything is shown: nobody reads with this command and leaves no trace of it.
    handle::stamp(global, shelf, sealed, &OfficialKey::of(identity), None)?;
    let mut text = tell(words, sealed, &report);
    // Nothing inside says so: a follow-up is what came with the same receipt.
    let others = shelf.list()?.into_iter().filter(|other| other.mailbox == sealed.mailbox && other.id != sealed.id);
    for other in others {
        let said = [("report", &*other.id.to_string()), ("day", &other.day.to_string())];
        let _ = writeln!(text, "{}", words.say("inbox-same-mailbox", &said));
    }
    if let Some(sealed) = &report.contact {
        contact::write(sealed, out)?;
    }
    let mut wrong = Vec::new();
    // What the report lists and what came with it must be the same: neither names files that the other does not have.
    let mut listed: Vec<ContentId> = report.attachments.iter().map(|attachment| attachment.content).collect();
    listed.sort_unstable();
    let mut came = sealed.attachments.clone();
    came.sort_unstable();
    if listed != came {
        wrong.push("the report lists other attachments than came with it".to_owned());
    }
    for (number, attachment) in (1..).zip(report.attachments) {
        let file = format!("attachment-{number:02}.{}", extension(attachment.media_type.as_str()));
        let line = words.say(
            "inbox-file",
            &[
                ("file", &file),
                ("bytes", &attachment.bytes.to_string()),
                ("name", &visible(attachment.name.as_str())),
                ("media", &visible(attachment.media_type.as_str())),
            ],
        );
        let [sent, original] = [attachment.sent, attachment.original].map(hex::encode);
        let hashes = words.say("inbox-file-hashes", &[("sent", &sent), ("original", &original)]);
        let cleaned = if attachment.cleaned { words.say("inbox-file-cleaned", &[]) } else { String::new() };
        // A string takes everything.
        let _ = writeln!(text, "{line}{cleaned}\n    {hashes}");
        if !attachment.cleaned && attachment.sent != attachment.original {
            wrong.push(format!(
                "{file}: its hashes say that it was changed on the phone, and the report that it was not"
            ));
        }
        let from = shelf.attachment(sealed, &attachment.content).context("its sealed bytes are not here");
        if let Err(error) = from.and_then(|from| open_attachment(attachment, from, &out.join(&file))) {
            wrong.push(format!("{file}: {error:#}"));
        }
    }
    private(&out.join("report.txt"))?.write_all(text.as_bytes())?;
    made.stays = true;
    output().write_all(text.as_bytes())?;
    say!("{}", words.say("inbox-written", &[("folder", &out.display().to_string())]));
    handle::carry(words, carried);
    for what in &wrong {
        eprintln!("vouchsafe: {what}");
    }
    Ok(ExitCode::from(u8::from(!wrong.is_empty())))
}

/// The folder that was made for a report. Where the report is not opened after all it goes, so that the next try finds none.
struct Made<'a> {
    folder: &'a Path,
    stays: bool,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        if !self.stays {
            // What kept the report from being opened is told; a second failure would only hide it.
            let _ = fs::remove_dir_all(self.folder);
        }
    }
}

/// The report as text; everything of its sender's is made visible.
fn tell(words: &Words, sealed: &Sealed, report: &Report) -> String {
    let mut text = format!("{}  {}\n", sealed.day, sealed.id);
    let _ = writeln!(text, "{}", words.say("inbox-kind", &[("kind", report.kind.as_str())]));
    let _ = writeln!(text, "{}", words.say("inbox-language", &[("language", &visible(report.language.as_str()))]));
    if report.contact.is_some() {
        let _ = writeln!(text, "{}", words.say("inbox-contact", &[]));
    }
    text.push('\n');
    if report.answers.is_empty() {
        let _ = writeln!(text, "{}", words.say("inbox-no-answers", &[]));
    }
    for (question, answer) in &report.answers {
        let _ = writeln!(text, "{}:", visible(question.as_str()));
        for line in answer.lines() {
            let _ = writeln!(text, "    {}", visible(line));
        }
    }
    text.push('\n');
    text
}

/// The end of a file's name for a type of media that viewers know; everything else is only bytes.
fn extension(media: &str) -> &'static str {
    match media {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/heic" => "heic",
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/webm" => "webm",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/webm" => "weba",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        _ => "bin",
    }
}

fn private(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens one attachment piece by piece; what was not whole to its end, or is not what the report says, does not stay. It has its name
/// only when all of it was compared: whatever ends this process leaves nothing that looks like what was sent.
fn open_attachment(attachment: Attachment, from: Box<dyn Read>, to: &Path) -> Result<()> {
    let part = to.with_added_extension("part");
    let done = unseal_attachment(attachment, from, &part).and_then(|()| Ok(fs::rename(&part, to)?));
    if done.is_err() {
        // It may hold a part that was authentic; a part is not what was sent. The first error is the one to tell.
        let _ = fs::remove_file(&part);
    }
    done
}

fn unseal_attachment(attachment: Attachment, mut sealed: Box<dyn Read>, to: &Path) -> Result<()> {
    let Attachment { content, key, bytes, sent, .. } = attachment;
    let mut file = private(to)?;
    let mut opener = chunked::Opener::begin(key, ATTACHMENT_CONTEXT);
    let mut unpadder = Unpadder::begin();
    let (mut name, mut plain_hash, mut length) = (Sha256::new(), Sha256::new(), 0_u64);
    let mut piece = vec![0; PIECE];
    let mut keep = |padded: &[u8], unpadder: &mut Unpadder| -> Result<()> {
        let mut plain = Zeroizing::new(Vec::with_capacity(padded.len()));
        unpadder.push(padded, &mut plain)?;
        length += plain.len() as u64;
        plain_hash.update(&*plain);
        Ok(file.write_all(&plain)?)
    };
    loop {
        let read = sealed.read(&mut piece)?;
        let sealed = piece.get(..read).unwrap_or_default();
        if sealed.is_empty() {
            break;
        }
        name.update(sealed);
        let mut padded = Zeroizing::new(Vec::with_capacity(PIECE));
        opener.push(sealed, &mut padded)?;
        keep(&padded, &mut unpadder)?;
    }
    let mut padded = Zeroizing::new(Vec::new());
    opener.finish(&mut padded)?;
    keep(&padded, &mut unpadder)?;
    unpadder.finish()?;
    ensure!(ContentId::from_hash(name.finalize().into()) == content, "its sealed bytes are not those that it names");
    ensure!(length == bytes, "it has {length} bytes, and the report says {bytes}");
    let hash: [u8; 32] = plain_hash.finalize().into();
    ensure!(hash == sent, "it is not the file that the report says was sent");
    file.sync_all()?;
    Ok(())
}

fn reply(
    global: &Global,
    words: &Words,
    shelf: &Shelf,
    sealed: &Sealed,
    identity: &Identity,
    text: &Path,
    carried: bool,
) -> Result<ExitCode> {
    let mut said = Zeroizing::new(String::new());
    File::open(text)
        .and_then(|file| file.take(MAX_REPLY_TEXT_BYTES as u64 + 1).read_to_string(&mut said))
        .with_context(|| format!("`{}` cannot be read as text", text.display()))?;
    if said.trim().is_empty() {
        bail!("`{}` is empty: write the answer into it", text.display());
    }
    let report = unseal(shelf, sealed, identity)?;
    let key = OfficialKey::of(identity);
    handle::may_answer(global, &key, carried)?;
    // Who answers has opened it, and leaves that behind as whoever reads does.
    handle::stamp(global, shelf, sealed, &key, None)?;
    let answers = shelf.answers();
    let number = answers.next(&sealed.mailbox)?;
    let answer = Reply { mailbox: sealed.mailbox, sequence: number, text: said };
    let bytes = answer.seal(&key, &report.reply_to, &mut rng()?)?;
    answers.keep(&sealed.mailbox, number, &bytes, Zoned::now().date())?;
    say!("{}", words.say("inbox-answered", &[("number", &number.to_string())]));
    if carried {
        say!("{}", words.say("inbox-carry", &[]));
    }
    handle::carry(words, carried);
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_sender_s_is_obeyed_by_a_terminal() {
        expect_test::expect![[r#"red \u{1b}[31m \u{7}bell \u{202e}gpj.exe \u{200b} ünï 中文 עברית \u{9b}2J"#]]
            .assert_eq(&visible("red \u{1b}[31m \u{7}bell \u{202e}gpj.exe \u{200b} ünï 中文 עברית \u{9b}2J"));
    }

    /// Sealed bytes that are looked at while they are read: what is opened has no name before their end.
    struct Watched(io::Cursor<Vec<u8>>, PathBuf);

    impl Read for Watched {
        fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
            assert!(!self.1.exists(), "it has its name before all of it was compared");
            self.0.read(piece)
        }
    }

    #[test]
    fn an_attachment_has_its_name_only_when_all_of_it_was_compared() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("attachment-01.mp4");
        let plain = b"a film".repeat(100_000);
        for changed in [false, true] {
            let key = chunked::FileKey::make(&mut rng().unwrap());
            let padded = seal::pad::pad(&plain).unwrap();
            let sealed = chunked::seal(&key, ATTACHMENT_CONTEXT, &padded, &mut rng().unwrap()).unwrap();
            let sent: [u8; 32] = Sha256::digest(&plain).into();
            let attachment = Attachment {
                content: ContentId::of(&sealed),
                key,
                name: seal::report::FileName::clean("x"),
                media_type: "video/mp4".parse().unwrap(),
                bytes: plain.len() as u64,
                original: sent,
                sent: if changed { [0; 32] } else { sent },
                cleaned: false,
            };
            let opened = open_attachment(attachment, Box::new(Watched(io::Cursor::new(sealed), to.clone())), &to);
            assert_eq!(opened.is_ok(), !changed);
            let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            if changed {
                assert!(names.is_empty(), "{names:?}");
            } else {
                assert_eq!(names, ["attachment-01.mp4"]);
                assert_eq!(fs::read(&to).unwrap(), plain);
                fs::remove_file(&to).unwrap();
            }
        }
    }

    #[test]
    fn a_type_of_media_never_names_a_file() {
        for media in ["image/jpeg/../../x", "text/html", "application/x-sh", "", "../../etc/passwd"] {
            assert_eq!(extension(media), "bin", "{media}");
        }
    }
}
