//! JSON (RFC 8259) read into a tree in which every part knows where it stood, so that an error names its line and column.
//!
//! Stricter than the format asks: a key twice in one object, numbers that are not whole, more than [`MOST_DEPTH`] levels and texts
//! longer than [`MOST_TEXT_BYTES`] are refused. Used for facts only; other JSON goes through `serde`.

/// How deep arrays and objects may lie in one another.
pub(super) const MOST_DEPTH: usize = 12;
/// The longest text, in bytes of UTF-8: a source, a docket number, a name.
pub(super) const MOST_TEXT_BYTES: usize = 2_000;
/// The longest file, in bytes.
pub(super) const MOST_FILE_BYTES: usize = 1_000_000;

/// A value and where it begins, in bytes from the start of the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// A key with its value, and where the key begins.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub key: String,
    pub at: usize,
    pub value: Node,
}

impl Node {
    /// What kind of value this is, for a message.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Null => "`null`".into(),
            Kind::Bool(value) => format!("`{value}`"),
            Kind::Number(number) => format!("the number `{number}`"),
            Kind::Text(text) => format!("the text `{}`", crate::question::shorten(text)),
            Kind::Array(items) => format!("a list of {}", items.len()),
            Kind::Object(_) => "an object".into(),
        }
    }
}

/// What is wrong with the text as JSON, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub at: usize,
    pub what: FlawKind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum FlawKind {
    Ends,
    Unexpected(char),
    BadEscape,
    BadNumber(String),
    ControlCharacter,
    DuplicateKey(String),
    TooDeep,
    TooLong,
    After,
}

/// Reads one JSON value that fills the text.
pub(super) fn read(text: &str) -> Result<Node, Flaw> {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    let node = reader.value(0)?;
    reader.space();
    if reader.at < text.len() { Err(reader.flaw(FlawKind::After)) } else { Ok(node) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn flaw(&self, what: FlawKind) -> Flaw {
        Flaw { at: self.at, what }
    }

    fn unexpected(&self) -> Flaw {
        self.flaw(self.peek().map_or(FlawKind::Ends, FlawKind::Unexpected))
    }

    fn space(&mut self) {
        self.at += self.rest().bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    /// Takes the character and the space after it, if it is there.
    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += wanted.len_utf8();
            self.space();
        }
        there
    }

    fn expect(&mut self, wanted: char) -> Result<(), Flaw> {
        if self.take(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Flaw> {
        let at = self.at;
        if depth > MOST_DEPTH {
            return Err(self.flaw(FlawKind::TooDeep));
        }
        let kind = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            Some('"') => Kind::Text(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            Some('t' | 'f' | 'n') => self.word()?,
            _ => return Err(self.unexpected()),
        };
        self.space();
        Ok(Node { at, kind })
    }

    fn object(&mut self, depth: usize) -> Result<Kind, Flaw> {
        let mut members: Vec<Member> = Vec::new();
        self.expect('{')?;
        if self.take('}') {
            return Ok(Kind::Object(members));
        }
        loop {
            let at = self.at;
            let key = self.string()?;
            if members.iter().any(|member| member.key == key) {
                return Err(Flaw { at, what: FlawKind::DuplicateKey(key) });
            }
            self.space();
            self.expect(':')?;
            members.push(Member { key, at, value: self.value(depth + 1)? });
            if self.take('}') {
                return Ok(Kind::Object(members));
            }
            self.expect(',')?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Kind, Flaw> {
        let mut items = Vec::new();
        self.expect('[')?;
        if self.take(']') {
            return Ok(Kind::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(']') {
                return Ok(Kind::Array(items));
            }
            self.expect(',')?;
        }
    }

    fn word(&mut self) -> Result<Kind, Flaw> {
        for (word, kind) in [("true", Kind::Bool(true)), ("false", Kind::Bool(false)), ("null", Kind::Null)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(kind);
            }
            if word.starts_with(self.rest()) {
                self.at = self.text.len();
                return Err(self.flaw(FlawKind::Ends));
            }
        }
        Err(self.unexpected())
    }

    fn number(&mut self) -> Result<Kind, Flaw> {
        let len =
            self.rest().bytes().take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')).count();
        let written = self.rest().get(..len).unwrap_or_default();
        let number = written.parse::<i64>().ok().filter(|number| number.to_string() == written);
        let Some(number) = number else {
            let written = crate::question::shorten(written);
            return Err(self.flaw(FlawKind::BadNumber(written)));
        };
        self.at += len;
        Ok(Kind::Number(number))
    }

    fn string(&mut self) -> Result<String, Flaw> {
        let start = self.at;
        if self.peek() != Some('"') {
            return Err(self.unexpected());
        }
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else { return Err(self.flaw(FlawKind::Ends)) };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(text);
                }
                '\\' => text.push(self.escape()?),
                c if c < ' ' => return Err(self.flaw(FlawKind::ControlCharacter)),
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
            if text.len() > MOST_TEXT_BYTES {
                return Err(Flaw { at: start, what: FlawKind::TooLong });
            }
        }
    }

    fn escape(&mut self) -> Result<char, Flaw> {
        let bad = self.flaw(FlawKind::BadEscape);
        self.at += 1;
        let Some(c) = self.peek() else { return Err(self.flaw(FlawKind::Ends)) };
        self.at += c.len_utf8();
        Ok(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&first) {
                    if !self.rest().starts_with("\\u") {
                        return Err(bad);
                    }
                    self.at += 2;
                    let second = self.hex()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err(bad);
                    }
                    0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    first
                };
                char::from_u32(code).ok_or(bad)?
            }
            _ => return Err(bad),
        })
    }

    fn hex(&mut self) -> Result<u32, Flaw> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(code) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            return Err(self.flaw(if self.rest().len() < 4 { FlawKind::Ends } else { FlawKind::BadEscape }));
        };
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tree without its places.
    fn plain(node: &Node) -> serde_json::Value {
        match &node.kind {
            Kind::Null => serde_json::Value::Null,
            Kind::Bool(value) => (*value).into(),
            Kind::Number(number) => (*number).into(),
            Kind::Text(text) => text.clone().into(),
            Kind::Array(items) => items.iter().map(plain).collect(),
            Kind::Object(members) => members.iter().map(|member| (member.key.clone(), plain(&member.value))).collect(),
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::hash_map(any::<String>(), inner, 0..6).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_another_writer_writes(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert_eq!(plain(&read(&text).unwrap()), value);
        }

        #[test]
        fn it_accepts_nothing_that_another_reader_refuses(text in "[\\[\\]{}:,\"\\\\ a-fntrulse0-9.+-]{0,24}") {
            if let Ok(node) = read(&text) {
                prop_assert_eq!(plain(&node), serde_json::from_str::<serde_json::Value>(&text).unwrap());
            }
        }

        #[test]
        fn a_file_cut_short_is_refused(value in any_json(), cut in any::<prop::sample::Index>()) {
            let text = serde_json::to_string(&serde_json::json!({ "a": value })).unwrap();
            let mut end = cut.index(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            prop_assert!(read(&text[..end]).is_err());
        }
    }

    #[test]
    fn what_is_refused() {
        let flaw = |text: &str| read(text).unwrap_err();
        assert_eq!(flaw(r#"{"a": 1, "a": 2}"#), Flaw { at: 9, what: FlawKind::DuplicateKey("a".into()) });
        assert_eq!(flaw("1.5"), Flaw { at: 0, what: FlawKind::BadNumber("1.5".into()) });
        assert_eq!(flaw("99999999999999999999").what, FlawKind::BadNumber("99999999999999999999".into()));
        assert_eq!(flaw("{} x"), Flaw { at: 3, what: FlawKind::After });
        assert_eq!(flaw("[1,]"), Flaw { at: 3, what: FlawKind::Unexpected(']') });
        assert_eq!(flaw("tru").what, FlawKind::Ends);
        assert_eq!(flaw("").what, FlawKind::Ends);
        assert_eq!(flaw("\"a\nb\"").what, FlawKind::ControlCharacter);
        assert_eq!(flaw(r#""\ud800x""#).what, FlawKind::BadEscape);
        assert_eq!(flaw(&"[".repeat(100_000)).what, FlawKind::TooDeep);
        assert_eq!(flaw(&format!("\"{}\"", "x".repeat(MOST_TEXT_BYTES + 1))), Flaw { at: 0, what: FlawKind::TooLong });
    }
}
