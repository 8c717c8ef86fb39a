//! The Markdown files of a pack, taken apart into headings, paraphrases and fences.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::load::{Lines, PackFiles, Problems};

/// The folders whose Markdown files hold law, in the order of layers.
const FOLDERS: [&str; 4] = ["federal/", "state/", "city/", "orders/"];

/// A fence with the headings above it.
#[derive(Clone, Debug)]
pub(super) struct Fence {
    pub(super) file: String,
    /// The line of the fence's first line of content.
    pub(super) line: usize,
    pub(super) kind: FenceKind,
    pub(super) text: String,
    /// The first word of the `## ` heading above, if there is one.
    pub(super) provision: Option<String>,
    /// The rest of that heading.
    pub(super) heading: String,
    /// What is written under that heading before the first fence.
    pub(super) paraphrase: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FenceKind {
    Provision,
    Cedar,
    Term,
    Case,
    Convictions,
    Clock,
    Due,
    Classify,
    Governs,
    Theorem,
}

fn kind(info: &str) -> Option<Result<FenceKind, String>> {
    let words: Vec<&str> = info.split_whitespace().collect();
    Some(match words.as_slice() {
        ["cedar"] => Ok(FenceKind::Cedar),
        ["toml", "provision"] => Ok(FenceKind::Provision),
        ["toml", "term"] => Ok(FenceKind::Term),
        ["toml", "case"] => Ok(FenceKind::Case),
        ["toml", "convictions"] => Ok(FenceKind::Convictions),
        ["toml", "clock"] => Ok(FenceKind::Clock),
        ["toml", "due"] => Ok(FenceKind::Due),
        ["toml", "classify"] => Ok(FenceKind::Classify),
        ["toml", "governs"] => Ok(FenceKind::Governs),
        ["toml", "theorem"] => Ok(FenceKind::Theorem),
        ["toml" | "cedar", ..] => Err(info.to_owned()),
        _ => return None,
    })
}

/// Every fence of the pack's law, in the order of layers, files and lines.
pub(super) fn read(files: &PackFiles, problems: &mut Problems) -> Vec<Fence> {
    let mut fences = Vec::new();
    for folder in FOLDERS {
        for (file, bytes) in &files.0 {
            if file.starts_with(folder) && file.ends_with(".md") {
                read_file(file, bytes, &mut fences, problems);
            }
        }
    }
    for file in ["coverage.md", "theorems.md"] {
        if let Some(bytes) = files.0.get(file) {
            read_file(file, bytes, &mut fences, problems);
        }
    }
    fences
}

fn read_file(file: &str, bytes: &[u8], fences: &mut Vec<Fence>, problems: &mut Problems) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            problems.add(file, 0, format!("the file is not UTF-8 text after byte {}", error.valid_up_to()));
            return;
        }
    };
    let (mut provision, mut heading, mut paraphrase) = (None, String::new(), String::new());
    let mut in_heading: Option<(HeadingLevel, String)> = None;
    let mut fence: Option<Fence> = None;
    let mut fences_here = 0;
    let mut lines = Lines::of(text);
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => in_heading = Some((level, String::new())),
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, title)) = in_heading.take()
                    && level <= HeadingLevel::H2
                {
                    let mut words = title.trim().splitn(2, char::is_whitespace);
                    provision = words.next().filter(|_| level == HeadingLevel::H2).map(str::to_owned);
                    heading = words.next().unwrap_or_default().trim().to_owned();
                    paraphrase.clear();
                    fences_here = 0;
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                fences_here += 1;
                match kind(&info) {
                    Some(Ok(kind)) => {
                        fence = Some(Fence {
                            file: file.to_owned(),
                            line: lines.line(range.start) + 1,
                            kind,
                            text: String::new(),
                            provision: provision.clone(),
                            heading: heading.clone(),
                            paraphrase: paraphrase.trim().to_owned(),
                        });
                    }
                    Some(Err(info)) => problems.add(
                        file,
                        lines.line(range.start),
                        format!(
                            "a fence `{info}` is not known; use `cedar` or `toml` with provision, term, case, \
                             convictions, clock, due, classify, governs or theorem"
                        ),
                    ),
                    None => {}
                }
            }
            Event::End(TagEnd::CodeBlock) => fences.extend(fence.take()),
            Event::End(TagEnd::Paragraph | TagEnd::Item) if fences_here == 0 && in_heading.is_none() => {
                paraphrase.push('\n');
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some(fence) = &mut fence {
                    fence.text.push_str(&words);
                } else if let Some((_, title)) = &mut in_heading {
                    title.push_str(&words);
                } else if fences_here == 0 {
                    paraphrase.push_str(&words);
                }
            }
            Event::SoftBreak | Event::HardBreak if in_heading.is_none() && fences_here == 0 => paraphrase.push(' '),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_know_their_heading_and_line() {
        let text = "# § 9-131\n\n## 9-131(b)(1) Holding a person\nOnly with a warrant,\nand a ground.\n\n```toml provision\nid = \"x\"\n```\n```cedar\npermit\n```\n```toml nonsense\n```\n";
        let files = PackFiles([("city/9-131.md".to_owned(), text.as_bytes().to_vec())].into());
        let mut problems = Problems::default();
        let fences = read(&files, &mut problems);
        assert_eq!(fences.len(), 2);
        assert_eq!(fences[0].provision.as_deref(), Some("9-131(b)(1)"));
        assert_eq!(fences[0].heading, "Holding a person");
        assert_eq!(fences[0].paraphrase, "Only with a warrant, and a ground.");
        assert_eq!((fences[0].line, fences[0].text.as_str()), (8, "id = \"x\"\n"));
        assert_eq!((fences[1].kind, fences[1].line), (FenceKind::Cedar, 11));
        assert_eq!(problems.0.len(), 1);
        assert_eq!(problems.0[0].line, 13);
    }
}
