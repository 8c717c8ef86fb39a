//! Just enough of zlib (RFC 1950, 1951) to read the colour profile of a PNG, and to write one again, uncompressed.
//!
//! The output is bounded by the caller, so that a small file cannot become a large one here.

/// The lengths of the codes 257 to 285, and how many more bits follow (RFC 1951, 3.2.5).
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// The distances of the codes 0 to 29, and how many more bits follow.
const DISTANCES: [(u16, u8); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12289, 12),
    (16385, 13),
    (24577, 13),
];

/// In which order the lengths of the code of code lengths are written (3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const MAX_BITS: usize = 15;

struct Bits<'b> {
    bytes: &'b [u8],
    held: u32,
    count: u8,
}

impl Bits<'_> {
    fn take(&mut self, count: u8) -> Option<u16> {
        while self.count < count {
            let (byte, rest) = self.bytes.split_first()?;
            self.held |= u32::from(*byte) << self.count;
            self.count += 8;
            self.bytes = rest;
        }
        let taken = self.held & ((1 << count) - 1);
        self.held >>= count;
        self.count -= count;
        u16::try_from(taken).ok()
    }
}

/// A canonical Huffman code: how many codes each length has, and the symbols in order.
struct Code {
    counts: [u16; MAX_BITS + 1],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Option<Self> {
        let mut counts = [0_u16; MAX_BITS + 1];
        let mut ordered: Vec<(u8, u16)> = Vec::new();
        for (symbol, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            *counts.get_mut(usize::from(*length))? += 1;
            ordered.push((*length, u16::try_from(symbol).ok()?));
        }
        ordered.sort_unstable();
        // More codes than the lengths leave room for.
        let mut left = 1_i32;
        for count in counts.iter().skip(1) {
            left = left * 2 - i32::from(*count);
            if left < 0 {
                return None;
            }
        }
        Some(Self { counts, symbols: ordered.into_iter().map(|(_, symbol)| symbol).collect() })
    }

    fn read(&self, bits: &mut Bits<'_>) -> Option<u16> {
        let (mut code, mut first, mut index) = (0_u32, 0_u32, 0_u32);
        for count in self.counts.iter().skip(1) {
            let count = u32::from(*count);
            code |= u32::from(bits.take(1)?);
            if code < first + count {
                return self.symbols.get(usize::try_from(index + code - first).ok()?).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

/// What a zlib stream holds, when it is not longer than `limit`. Its checksum is not asked: viewers differ there.
pub(crate) fn inflate(zlib: &[u8], limit: usize) -> Option<Vec<u8>> {
    let (header, bytes) = zlib.split_first_chunk::<2>()?;
    let [method, flags] = *header;
    if method & 15 != 8 || flags & 0x20 != 0 || u16::from_be_bytes(*header) % 31 != 0 {
        return None;
    }
    let mut bits = Bits { bytes, held: 0, count: 0 };
    let mut out = Vec::new();
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => {
                bits.take(bits.count % 8)?;
                let len = bits.take(16)?;
                if bits.take(16)? != !len {
                    return None;
                }
                for _ in 0..len {
                    out.push(u8::try_from(bits.take(8)?).ok()?);
                }
                if out.len() > limit {
                    return None;
                }
            }
            1 => {
                let fixed: Vec<u8> = [(8, 144), (9, 112), (7, 24), (8, 8)]
                    .into_iter()
                    .flat_map(|(length, count)| std::iter::repeat_n(length, count))
                    .collect();
                block(&mut bits, &Code::new(&fixed)?, &Code::new(&[5; 30])?, &mut out, limit)?;
            }
            2 => {
                let (literals, distances) = codes(&mut bits)?;
                block(&mut bits, &literals, &distances, &mut out, limit)?;
            }
            _ => return None,
        }
        if last {
            return Some(out);
        }
    }
}

fn codes(bits: &mut Bits<'_>) -> Option<(Code, Code)> {
    let literals = usize::from(bits.take(5)?) + 257;
    let distances = usize::from(bits.take(5)?) + 1;
    let count = usize::from(bits.take(4)?) + 4;
    let mut lengths = [0_u8; 19];
    for place in ORDER.iter().take(count) {
        *lengths.get_mut(*place)? = u8::try_from(bits.take(3)?).ok()?;
    }
    let code = Code::new(&lengths)?;
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals + distances {
        let (length, count) = match code.read(bits)? {
            16 => (*lengths.last()?, bits.take(2)? + 3),
            17 => (0, bits.take(3)? + 3),
            18 => (0, bits.take(7)? + 11),
            length => (u8::try_from(length).ok()?, 1),
        };
        lengths.extend(std::iter::repeat_n(length, usize::from(count)));
    }
    if lengths.len() > literals + distances {
        return None;
    }
    let (first, second) = lengths.split_at_checked(literals)?;
    Some((Code::new(first)?, Code::new(second)?))
}

fn block(bits: &mut Bits<'_>, literals: &Code, distances: &Code, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    loop {
        match literals.read(bits)? {
            256 => return Some(()),
            symbol if symbol < 256 => out.push(u8::try_from(symbol).ok()?),
            symbol => {
                let (base, more) = LENGTHS.get(usize::from(symbol) - 257)?;
                let len = usize::from(base + bits.take(*more)?);
                let (base, more) = DISTANCES.get(usize::from(distances.read(bits)?))?;
                let distance = usize::from(base + bits.take(*more)?);
                let from = out.len().checked_sub(distance)?;
                for place in from..from + len {
                    out.push(*out.get(place)?);
                }
            }
        }
        if out.len() > limit {
            return None;
        }
    }
}

/// A zlib stream of the bytes as they are.
pub(crate) fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(0xffff).peekable();
    if bytes.is_empty() {
        out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        let len = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65521;
        high = (high + low) % 65521;
    }
    out.extend_from_slice(&(high << 16 | low).to_be_bytes());
    out
}

/// The checksum of a PNG's chunk, over its type and data (CRC-32 of ISO 3309).
pub(crate) fn crc(parts: &[&[u8]]) -> u32 {
    let mut crc = u32::MAX;
    for byte in parts.iter().flat_map(|part| part.iter()) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    const DYNAMIC: &str = "\
        78da558c411280300803dfaab640f5ff7713021da5daec06c7e31cd3cc3d300b736b9e9e19d949466c2631bd52618abcc189\
        fc78132f9ab7e09de554ad2f19c8b5ee6764837ed1ac32ddeb82b25b8a0f1029cebffc0fbac0e13e0b6f0841c67c5ecb807b\
        f8";

    #[test]
    fn what_is_stored_is_read_again() {
        for len in [0, 1, 0xffff, 0x10000, 200_000] {
            let bytes: Vec<u8> = (0..len).map(|at: u32| at.to_le_bytes()[at as usize % 3]).collect();
            assert_eq!(inflate(&stored(&bytes), bytes.len()), Some(bytes.clone()));
            if len > 0 {
                assert_eq!(inflate(&stored(&bytes), bytes.len() - 1), None);
            }
        }
    }

    #[test]
    fn fixed_and_dynamic_codes_are_read() {
        // What zlib 1.2.13 makes of these texts at level 9.
        let fixed = b"\x78\xda\x4b\x4c\x4a\x4e\x84\x21\x00\x1d\xe0\x04\x99";
        assert_eq!(inflate(fixed, 100).as_deref(), Some(&b"abcabcabcabc"[..]));
        let dynamic: Vec<u8> = DYNAMIC
            .as_bytes()
            .chunks(2)
            .map(|hex| u8::from_str_radix(str::from_utf8(hex).unwrap(), 16).unwrap())
            .collect();
        let length = |at: u32| 32 - (at * at % 1009).leading_zeros();
        let expect: Vec<u8> = (0..300).map(|at| u8::try_from(97 + length(at)).unwrap()).collect();
        assert_eq!(inflate(&dynamic, 300), Some(expect));
        assert_eq!(inflate(&dynamic, 299), None);
        for cut in 0..dynamic.len() - 4 {
            assert_eq!(inflate(&dynamic[..cut], 300), None);
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_empty_end_of_a_png() {
        assert_eq!(crc(&[b"IEND", b""]), 0xae42_6082);
    }
}
