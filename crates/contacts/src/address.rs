//! Addresses in header fields (RFC 5322, sections 3.4 and 4.4), and nothing else of what stands there.
//!
//! A field is read as its lines come, so a list of ten thousand recipients needs the room of one. Names, comments, groups and
//! routes are passed over: `"agent@ice.dhs.gov" <x@example.org>` is `x@example.org`. Encoded words (RFC 2047) stand in
//! names only; where one stands instead of an address the field is bad, not silent.
//!
//! An address that a forwarder rewrote for its own domain (SRS) is the forwarder's and the one that it was
//! ([`Address::before_forwarding`]): whoever writes a message chooses its local part.

use std::fmt;

/// The most bytes of an address (RFC 5321, section 4.5.3.1.3, has 256), and of a name that is read to see that it is none.
const ADDRESS_MAX_BYTES: usize = 320;

/// One address: local part, `@`, domain, in small letters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// Reads one address as it stands in a log, without `<` and `>`.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii();
        if bytes.len() > ADDRESS_MAX_BYTES {
            return None;
        }
        let at = bytes.iter().rposition(|byte| *byte == b'@')?;
        let (local, domain) = (bytes.get(..at)?, bytes.get(at + 1..)?);
        let domain = domain.strip_suffix(b".").unwrap_or(domain);
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') || *byte >= 0x80;
        let literal = domain.first() == Some(&b'[') && domain.last() == Some(&b']');
        if local.is_empty() || domain.is_empty() || !(literal || domain.iter().all(plain)) {
            return None;
        }
        if bytes.iter().any(u8::is_ascii_control) {
            return None;
        }
        let local = String::from_utf8_lossy(local).to_ascii_lowercase();
        let at = local.len();
        Some(Self { text: local + "@" + &String::from_utf8_lossy(domain).to_ascii_lowercase(), at })
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address that a forwarder rewrote into this one, if one did.
    #[must_use]
    pub fn before_forwarding(&self) -> Option<Self> {
        let before = before_forwarding(self.text.get(..self.at).unwrap_or_default())?;
        Self::parse(before.as_bytes())
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }
}

/// The address that a forwarder rewrote, out of its local part in small letters: `srs0=hash=stamp=domain=local`, or
/// `user+srs=hash=stamp=domain=local` as Microsoft 365 writes it. What was forwarded twice names its first forwarder, and then this.
fn before_forwarding(local: &str) -> Option<String> {
    let (begin, marked) = [("srs0", 0), ("+srs", 0), ("srs1", 3)].iter().find_map(|(mark, more)| {
        let at = local.find(mark)?;
        let starts = at == 0 || mark.starts_with('+');
        let rest = local.get(at + mark.len()..)?;
        (starts && rest.starts_with(['=', '-', '+'])).then_some((rest.get(1..)?, *more))
    })?;
    let mut parts = begin.splitn(4 + marked, '=').skip(2 + marked);
    let (domain, local) = (parts.next()?, parts.next()?);
    (!domain.is_empty() && !local.is_empty()).then(|| format!("{local}@{domain}"))
}

/// Not its text: addresses are personal data, and traces are no place for them.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address(…@{})", self.domain())
    }
}

/// What a field holds, as it is read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// An address.
    Address(Address),
    /// Something that should be one and is none.
    None,
    /// A quote, comment or bracket that did not close before the field ended.
    Unclosed,
}

/// Reads the addresses of one field, piece by piece.
#[derive(Default)]
pub(crate) struct AddressList {
    /// What stands outside of `<` and `>`: an address, or a name.
    bare: Vec<u8>,
    /// What stands between `<` and `>`.
    angle: Vec<u8>,
    has_angle: bool,
    in_angle: bool,
    in_quote: bool,
    escaped: bool,
    comments: u32,
    too_long: bool,
    angle_too_long: bool,
}

impl AddressList {
    /// Reads on; a continued line is given with the blanks at its beginning.
    pub(crate) fn push(&mut self, bytes: &[u8], found: &mut impl FnMut(Item)) {
        for byte in bytes.iter().copied() {
            if self.escaped {
                self.escaped = false;
                self.keep(byte);
                continue;
            }
            match byte {
                b'\\' if self.in_quote || self.comments > 0 => {
                    self.escaped = true;
                }
                b'"' if self.comments == 0 => {
                    self.in_quote = !self.in_quote;
                    self.keep(byte);
                }
                _ if self.in_quote => self.keep(byte),
                b'(' if !self.in_angle => self.comments = self.comments.saturating_add(1),
                b')' if self.comments > 0 => self.comments -= 1,
                _ if self.comments > 0 => {}
                b'<' => {
                    // `<` within `<…>` begins anew: what is between the last pair counts.
                    (self.in_angle, self.has_angle, self.angle_too_long) = (true, true, false);
                    self.angle.clear();
                }
                b'>' => self.in_angle = false,
                // The end of a route (RFC 5322, 4.4), and the commas in it.
                b':' if self.in_angle => {
                    self.angle.clear();
                    self.angle_too_long = false;
                }
                b',' if self.in_angle && self.angle.first() == Some(&b'@') => self.angle.clear(),
                b',' | b';' => self.end_of_one(found),
                // A group's name: what comes after it are addresses.
                b':' => self.bare.clear(),
                b' ' | b'\t' => {}
                _ => self.keep(byte),
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.comments > 0 {
            return;
        }
        let (piece, too_long) = if self.in_angle {
            (&mut self.angle, &mut self.angle_too_long)
        } else {
            (&mut self.bare, &mut self.too_long)
        };
        if piece.len() < ADDRESS_MAX_BYTES {
            piece.push(byte);
        } else {
            *too_long = true;
        }
    }

    fn end_of_one(&mut self, found: &mut impl FnMut(Item)) {
        let piece = if self.has_angle { &self.angle } else { &self.bare };
        // An empty address is the sender of a bounce, or what a group without members leaves.
        if !piece.is_empty() {
            let too_long = if self.has_angle { self.angle_too_long } else { self.too_long };
            let address = if too_long { None } else { Address::parse(piece) };
            found(address.map_or(Item::None, Item::Address));
        }
        self.bare.clear();
        self.angle.clear();
        (self.has_angle, self.in_angle) = (false, false);
        (self.too_long, self.angle_too_long) = (false, false);
    }

    /// Ends the field.
    pub(crate) fn end(&mut self, found: &mut impl FnMut(Item)) {
        if self.in_quote || self.comments > 0 || self.in_angle {
            found(Item::Unclosed);
        } else {
            self.end_of_one(found);
        }
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn items(field: &[u8], step: usize) -> Vec<String> {
        let (mut list, mut found) = (AddressList::default(), Vec::new());
        let mut say = |item: Item| {
            found.push(match item {
                Item::Address(address) => address.as_str().to_owned(),
                other => format!("{other:?}"),
            });
        };
        for piece in field.chunks(step.max(1)) {
            list.push(piece, &mut say);
        }
        list.end(&mut say);
        found
    }

    fn check(field: &[u8], expect: Expect) {
        let found = items(field, usize::MAX);
        assert_eq!(items(field, 1), found);
        expect.assert_eq(&found.join(" "));
    }

    #[test]
    fn fields_as_they_are_met() {
        check(b"a@example.org, B <B@Example.ORG.>", expect!["a@example.org b@example.org"]);
        check(b"\"Doe, Jane\" <j.doe@doc.example.org>", expect!["j.doe@doc.example.org"]);
        check(b"\"agent@ice.dhs.gov\" <x@example.org>", expect!["x@example.org"]);
        check(b"x@example.org (agent@ice.dhs.gov, (nested)) , y@example.org", expect!["x@example.org y@example.org"]);
        check(b"=?utf-8?Q?Doe=2C_Jane?= <j@example.org>", expect!["j@example.org"]);
        check(b"=?utf-8?B?YWdlbnRAaWNlLmRocy5nb3Y=?=", expect!["None"]);
        check(b"undisclosed-recipients:;", expect![""]);
        check(
            b"Team: a@example.org, b@example.org;, c@example.org",
            expect!["a@example.org b@example.org c@example.org"],
        );
        check(b"<@relay.example.org,@b.example:x@ice.dhs.gov>", expect!["x@ice.dhs.gov"]);
        check(b"\"john doe\"@example.org", expect![[r#""john doe"@example.org"#]]);
        check(b"\"open <x@ice.dhs.gov>", expect!["Unclosed"]);
        check(b"<>", expect![""]);
        check(b"nobody", expect!["None"]);
        check(b"a@b@c.example", expect!["a@b@c.example"]);
        check(b"\xff\xfe <f\xe9@example.org>", expect!["f\u{fffd}@example.org"]);
        check(b"a\0b@example.org", expect!["None"]);
    }

    #[test]
    fn an_address_that_is_cut_is_none_and_not_another() {
        let long = format!("<{}@ice.dhs.gov>, <b@ice.dhs.gov>", "a".repeat(311));
        check(long.as_bytes(), expect!["None b@ice.dhs.gov"]);
    }

    #[test]
    fn what_a_forwarder_rewrote_is_read_as_it_was() {
        let of = |text: &str| Address::parse(text.as_bytes()).unwrap().before_forwarding();
        for text in [
            "SRS0=HHH=TT=ice.dhs.gov=agent@forwarder.example",
            "srs0+HHH=TT=ice.dhs.gov=agent@forwarder.example",
            "desk+SRS=HhH=TT=ice.dhs.gov=agent@city.onmicrosoft.com",
            "SRS1=GGG=first.example==HHH=TT=ice.dhs.gov=agent@second.example",
        ] {
            assert_eq!(of(text).unwrap().as_str(), "agent@ice.dhs.gov", "{text}");
        }
        for text in
            ["srs0@example.org", "srs0=a=b@example.org", "jane+srs@example.org", "a.srs0=h=t=x.example=y@example.org"]
        {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_is_not_printed() {
        let address = Address::parse(b"jane@example.org").unwrap();
        assert_eq!(format!("{address:?}"), "Address(…@example.org)");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_the_same_in_any_pieces(bytes in prop::collection::vec(any::<u8>(), 0..200), step in 1..9_usize) {
            prop_assert_eq!(items(&bytes, step), items(&bytes, usize::MAX));
        }
    }
}
