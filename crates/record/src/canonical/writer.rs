//! Writes canonical JSON straight from what serde hands over, without a tree in between.
//!
//! An object's members are written as they come and put in order when the object closes; structures whose fields come in
//! order already cost nothing more. Those of a decision, of which an entry has hundreds, do.

use std::{borrow::Cow, cmp::Ordering, io::Write as _};

use serde::ser::{self, Serialize, Serializer};

use super::CanonicalError;

/// The largest integer that a double carries with all its neighbours (RFC 7493, I-JSON).
const LARGEST: u64 = (1 << 53) - 1;

pub(super) struct Writer {
    out: Vec<u8>,
    /// Where members are put in order; kept from one object to the next. Objects close one at a time.
    scratch: Vec<u8>,
    /// The members of every object that is still open, those of the innermost last.
    members: Vec<Member>,
    /// The order of the members of an object that closes; kept as `scratch` is.
    order: Vec<usize>,
}

/// Key, and where its member (`"key":value`, behind a comma from the second on) begins.
type Member = (Cow<'static, str>, usize);

impl Writer {
    /// Writes behind what is there.
    pub(super) fn new(out: Vec<u8>) -> Self {
        Self { out, scratch: Vec::new(), members: Vec::new(), order: Vec::new() }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.out.reserve(bytes.len() + 2);
        self.out.push(b'"');
        // Nearly every text is plain.
        if is_plain(bytes) {
            self.out.extend_from_slice(bytes);
        } else {
            self.text_escaped(bytes);
        }
        self.out.push(b'"');
    }

    fn text_escaped(&mut self, bytes: &[u8]) {
        let mut plain = 0;
        for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| escaped(**byte)) {
            self.out.extend_from_slice(bytes.get(plain..at).unwrap_or_default());
            plain = at + 1;
            let short: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                8 => b"\\b",
                9 => b"\\t",
                10 => b"\\n",
                12 => b"\\f",
                13 => b"\\r",
                _ => {
                    // Writing to a vector cannot fail.
                    let _ = write!(self.out, "\\u{byte:04x}");
                    continue;
                }
            };
            self.out.extend_from_slice(short);
        }
        self.out.extend_from_slice(bytes.get(plain..).unwrap_or_default());
    }

    fn integer(&mut self, number: impl std::fmt::Display, magnitude: u128) -> Result<(), CanonicalError> {
        if magnitude > u128::from(LARGEST) {
            return Err(CanonicalError::TooLarge { number: number.to_string() });
        }
        let _ = write!(self.out, "{number}");
        Ok(())
    }

    fn open_object(&mut self) -> Object<'_> {
        self.out.push(b'{');
        let (from, first) = (self.out.len(), self.members.len());
        Object { writer: self, from, first, in_order: true, closing: b"}" }
    }

    fn open_list(&mut self, closing: &'static [u8]) -> List<'_> {
        self.out.push(b'[');
        List { writer: self, first: true, closing }
    }

    /// Puts the members of the innermost object in order, with commas between them.
    fn reorder(&mut self, from: usize, first: usize) -> Result<(), CanonicalError> {
        let members = self.members.get(first..).unwrap_or_default();
        let order = &mut self.order;
        order.clear();
        order.extend(0..members.len());
        let key = |at: &usize| members.get(*at).map_or("", |(key, _)| key.as_ref());
        order.sort_by(|one, two| by_utf_16(key(one), key(two)));
        for pair in order.windows(2) {
            if let [one, two] = pair
                && key(one) == key(two)
            {
                return Err(CanonicalError::Key { key: key(one).to_owned() });
            }
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(self.out.get(from..).unwrap_or_default());
        self.out.truncate(from);
        for (place, member) in order.iter().enumerate() {
            let start = members.get(*member).map_or(from, |(_, start)| *start) - from;
            // The members' starts bound one another, with a comma between; the last ends where the output did.
            let end = members.get(member + 1).map_or(self.scratch.len(), |(_, next)| next - from - 1);
            if place > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(self.scratch.get(start..end).unwrap_or_default());
        }
        Ok(())
    }

    /// `{"name":`, for a variant with a value.
    fn open_variant(&mut self, name: &str) {
        self.out.push(b'{');
        self.text(name);
        self.out.push(b':');
    }
}

impl ser::Error for CanonicalError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }
}

/// Whether RFC 8785 (section 3.2.2.2) writes this byte of a text otherwise than it is.
fn escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether no byte is escaped. Eight at a time, and without a way out of the loop, so that a long text is looked at in great steps.
fn is_plain(bytes: &[u8]) -> bool {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut last = [b' '; 8];
    last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
    eights.iter().chain([&last]).fold(0, |found, eight| found | any_escaped(u64::from_le_bytes(*eight))) == 0
}

/// Not zero where one of eight bytes is escaped (S. E. Anderson, *Bit Twiddling Hacks*, "Determine if a word has a byte less than n"): a
/// byte is less than n if subtracting n borrows from its highest bit and the bit was not set.
fn any_escaped(eight: u64) -> u64 {
    const EACH: u64 = u64::MAX / 255;
    let less = |word: u64, than: u64| word.wrapping_sub(EACH * than) & !word & (EACH * 0x80);
    let equal = |byte: u8| less(eight ^ (EACH * u64::from(byte)), 1);
    less(eight, 0x20) | equal(b'"') | equal(b'\\')
}

/// An object whose members are still coming.
pub(super) struct Object<'a> {
    writer: &'a mut Writer,
    from: usize,
    /// The place of its first member among those that the writer holds.
    first: usize,
    /// Whether each key came after the one before it.
    in_order: bool,
    closing: &'static [u8],
}

impl Object<'_> {
    fn key(&mut self, key: Cow<'static, str>) {
        let before = self.writer.members.get(self.first..).and_then(<[Member]>::last);
        if let Some((before, _)) = before {
            self.writer.out.push(b',');
            self.in_order &= by_utf_16(before, &key) == Ordering::Less;
        }
        let at = self.writer.out.len();
        self.writer.text(&key);
        self.writer.out.push(b':');
        self.writer.members.push((key, at));
    }

    /// Closes the object, its members put in order if they did not come so.
    fn close(self) -> Result<(), CanonicalError> {
        let Self { writer, from, first, in_order, closing } = self;
        if !in_order {
            writer.reorder(from, first)?;
        }
        writer.members.truncate(first);
        writer.out.extend_from_slice(closing);
        Ok(())
    }
}

/// RFC 8785 orders keys by UTF-16 code units. That is the order of their bytes, but where a character beyond the basic plane, which
/// begins with a byte from F0 on, stands against one that begins with EE or EF.
fn by_utf_16(one: &str, two: &str) -> Ordering {
    match one.bytes().zip(two.bytes()).find(|(one, two)| one != two) {
        None => one.len().cmp(&two.len()),
        Some((first, second)) if first.min(second) < 0xEE => first.cmp(&second),
        Some(_) => one.encode_utf16().cmp(two.encode_utf16()),
    }
}

pub(super) struct List<'a> {
    writer: &'a mut Writer,
    first: bool,
    closing: &'static [u8],
}

impl List<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
        if !self.first {
            self.writer.out.push(b',');
        }
        self.first = false;
        value.serialize(&mut *self.writer)
    }

    fn close(self) {
        self.writer.out.extend_from_slice(self.closing);
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, number: $type) -> Result<(), CanonicalError> {
            #[allow(clippy::cast_lossless, reason = "one line for signed and unsigned numbers of every width")]
            let magnitude = (number as i128).unsigned_abs();
            self.integer(number, magnitude)
        })*
    };
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = CanonicalError;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    integers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);

    fn serialize_u128(self, number: u128) -> Result<(), CanonicalError> {
        self.integer(number, number)
    }

    fn serialize_bool(self, value: bool) -> Result<(), CanonicalError> {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<(), CanonicalError> {
        Err(CanonicalError::NotWhole { number: number.to_string() })
    }

    fn serialize_f64(self, number: f64) -> Result<(), CanonicalError> {
        Err(CanonicalError::NotWhole { number: number.to_string() })
    }

    fn serialize_char(self, value: char) -> Result<(), CanonicalError> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), CanonicalError> {
        self.text(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), CanonicalError> {
        let mut list = self.open_list(b"]");
        for byte in bytes {
            list.item(byte)?;
        }
        list.close();
        Ok(())
    }

    fn serialize_none(self) -> Result<(), CanonicalError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CanonicalError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CanonicalError> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), CanonicalError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), CanonicalError> {
        self.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), CanonicalError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), CanonicalError> {
        self.open_variant(variant);
        value.serialize(&mut *self)?;
        self.out.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, CanonicalError> {
        Ok(self.open_list(b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, CanonicalError> {
        Ok(self.open_list(b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, CanonicalError> {
        Ok(self.open_list(b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, CanonicalError> {
        self.open_variant(variant);
        Ok(self.open_list(b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, CanonicalError> {
        Ok(self.open_object())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, CanonicalError> {
        Ok(self.open_object())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, CanonicalError> {
        self.open_variant(variant);
        let mut object = self.open_object();
        object.closing = b"}}";
        Ok(object)
    }
}

macro_rules! lists {
    ($($trait:ident :: $method:ident),*) => {
        $(impl ser::$trait for List<'_> {
            type Ok = ();
            type Error = CanonicalError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
                self.item(value)
            }

            fn end(self) -> Result<(), CanonicalError> {
                self.close();
                Ok(())
            }
        })*
    };
}

lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! objects {
    ($($trait:ident),*) => {
        $(impl ser::$trait for Object<'_> {
            type Ok = ();
            type Error = CanonicalError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), CanonicalError> {
                self.key(key.into());
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Result<(), CanonicalError> {
                self.close()
            }
        })*
    };
}

objects!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = CanonicalError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CanonicalError> {
        // A key is whatever writes itself as one text: names, and variants without a value.
        match serde_json::to_value(key) {
            Ok(serde_json::Value::String(key)) => {
                self.key(key.into());
                Ok(())
            }
            Ok(other) => Err(CanonicalError::Key { key: other.to_string() }),
            Err(error) => Err(CanonicalError::Other(error.to_string())),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), CanonicalError> {
        self.close()
    }
}
