//! Rewriting the text of a rule before Cedar reads it: terms, parameters and the names of acts.
//!
//! Twice, for two readers. For the kernel, `term.x` becomes the attribute `context["term.x"]`, so that the tree keeps the
//! statute's own words. For Cedar, it becomes the term's expression in brackets and `param.x` the number of the day: Cedar
//! so checks our expansion as well. `Act::"x"` becomes `Action::"x"`, the only type that Cedar lets an action have.

/// A name of a rule that stands for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name<'a> {
    /// `term.x`
    Term(&'a str),
    /// `param.x`
    Parameter(&'a str),
}

/// The text with every name replaced; line breaks stay where they were.
pub(crate) fn rewrite(text: &str, mut replace: impl FnMut(Name<'_>) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            string_length(rest)
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if is_name(first) && !is_name(before) {
            let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let stands_alone = before != '.';
            if stands_alone && word == "Act" && after.starts_with("::") {
                out.push_str("Action");
                rest = after;
                before = 't';
                continue;
            }
            let found = if stands_alone { prefixed(word, after) } else { None };
            if let Some((name, used)) = found {
                out.push_str(&replace(name));
                rest = after.get(used..).unwrap_or_default();
                before = ')';
                continue;
            }
            end
        } else {
            first.len_utf8()
        };
        let (taken, after) = rest.split_at(length);
        out.push_str(taken);
        before = taken.chars().last().unwrap_or(before);
        rest = after;
    }
    out
}

fn prefixed<'a>(word: &str, after: &'a str) -> Option<(Name<'a>, usize)> {
    let name = after.strip_prefix('.')?;
    let end = name.find(|c: char| !is_name(c)).unwrap_or(name.len());
    let name = name.get(..end).filter(|name| !name.is_empty())?;
    match word {
        "term" => Some((Name::Term(name), end + 1)),
        "param" => Some((Name::Parameter(name), end + 1)),
        _ => None,
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the string that the text begins with, quotation marks included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The rules of a fence: each text up to and with its semicolon, and the byte at which it begins.
pub(crate) fn split_rules(text: &str) -> Vec<(usize, &str)> {
    let (mut rules, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        if first == '"' {
            at += string_length(rest);
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else {
            at += first.len_utf8();
            if first == ';' {
                rules.extend(begin(text, start, at));
                start = at;
            }
        }
    }
    rules.extend(begin(text, start, text.len()));
    rules
}

/// The rule without the blanks and remarks before it; none if nothing else is there.
fn begin(text: &str, mut start: usize, end: usize) -> Option<(usize, &str)> {
    loop {
        let rest = text.get(start..end)?;
        let trimmed = rest.trim_start();
        start += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            return None;
        }
        if !trimmed.starts_with("//") {
            return Some((start, trimmed));
        }
        start += trimmed.find('\n').unwrap_or(trimmed.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        rewrite(text, |name| match name {
            Name::Term(name) => format!("<{name}>"),
            Name::Parameter(name) => format!("#{name}"),
        })
    }

    #[test]
    fn names_are_replaced_and_nothing_else() {
        assert_eq!(shown("term.a_1 && context.x <= param.n"), "<a_1> && context.x <= #n");
        assert_eq!(shown("!term.a||(term.b)"), "!<a>||(<b>)");
        assert_eq!(shown(r#"@plain("term.a; Act::x") // term.b"#), r#"@plain("term.a; Act::x") // term.b"#);
        assert_eq!(shown("context.term.a && midterm.a"), "context.term.a && midterm.a");
        assert_eq!(shown(r#"action == Act::"hold""#), r#"action == Action::"hold""#);
    }

    #[test]
    fn rules_end_at_their_semicolon() {
        let text =
            "// first\n@plain(\"a; b\")\npermit (principal, action, resource);\n\n// end;\nforbid ();\n// nothing\n";
        let rules = split_rules(text);
        assert_eq!(rules.len(), 2);
        assert!(rules[0].1.starts_with("@plain") && rules[0].1.ends_with("resource);"));
        assert_eq!(&text[rules[1].0..rules[1].0 + 6], "forbid");
        assert_eq!(split_rules("permit (principal) // no end").len(), 1);
    }
}
