//! Where the samples of a track lie: its chunks, by the four tables that say so together (ISO/IEC 14496-12, 8.7).
//!
//! The tables are read side by side, a window each, and never held: their time is that of their length.

use super::{Data, Part};
use crate::{clean::CleanError, edit::Pieces, source::Reader};

/// The tables of a track that say where its samples lie.
#[derive(Default, Clone, Copy)]
pub(super) struct Samples {
    pub(super) sizes: Option<Part>,
    pub(super) chunks: Option<Part>,
    pub(super) offsets: Option<Part>,
    /// How many bytes a moment of plain sound has, where a table may say fewer.
    pub(super) frame: u64,
}

/// A table of numbers, read in order through a window of its own.
struct Table {
    at: u64,
    left: u64,
    size: usize,
    window: Vec<u8>,
    used: usize,
}

impl Table {
    fn new(at: u64, count: u64, size: usize) -> Self {
        Self { at, left: count, size, window: Vec::new(), used: 0 }
    }

    /// The bytes of the next entry, as many as `N`, or nothing when there is none.
    fn next<const N: usize>(&mut self, reader: &mut Reader<'_>) -> Result<Option<[u8; N]>, CleanError> {
        const WINDOW: u64 = 4096;
        if self.left == 0 {
            return Ok(None);
        }
        if self.used >= self.window.len() {
            let size = self.size as u64;
            let len = size * self.left.min(WINDOW / size);
            self.window = reader.bytes(self.at, len)?;
            self.at += len;
            self.used = 0;
        }
        let entry = self.window.get(self.used..).and_then(|rest| rest.first_chunk::<N>()).copied();
        self.used += self.size;
        self.left -= 1;
        reader.part()?;
        Ok(entry)
    }

    fn number(&mut self, reader: &mut Reader<'_>) -> Result<Option<u64>, CleanError> {
        Ok(match self.size {
            1 => self.next::<1>(reader)?.map(|[byte]| u64::from(byte)),
            2 => self.next(reader)?.map(|bytes| u64::from(u16::from_be_bytes(bytes))),
            4 => self.next(reader)?.map(|bytes| u64::from(u32::from_be_bytes(bytes))),
            _ => self.next(reader)?.map(u64::from_be_bytes),
        })
    }
}

/// How long samples are: all alike, or each by the table.
enum Sizes {
    Alike(u64),
    Each(Table),
}

impl Samples {
    /// Keeps all samples of the track.
    pub(super) fn keep(self, reader: &mut Reader<'_>, pieces: &mut Pieces, data: &Data) -> Result<(), CleanError> {
        let (Some(sizes), Some(chunks), Some(offsets)) = (self.sizes, self.chunks, self.offsets) else {
            return Ok(());
        };
        let mut left;
        let mut each = match &sizes.name {
            b"stsz" => {
                let size = u64::from(reader.be32(sizes.body() + 4)?);
                left = u64::from(reader.be32(sizes.body() + 8)?);
                if size == 0 {
                    Sizes::Each(Table::new(sizes.body() + 12, left, 4))
                } else {
                    Sizes::Alike(size.max(self.frame))
                }
            }
            _ => {
                let bits = reader.u8(sizes.body() + 7)?;
                left = u64::from(reader.be32(sizes.body() + 8)?);
                if !matches!(bits, 8 | 16) {
                    return Err(sizes.bad("sizes in half bytes"));
                }
                Sizes::Each(Table::new(sizes.body() + 12, left, usize::from(bits / 8)))
            }
        };
        let width = if offsets.name == *b"co64" { 8 } else { 4 };
        let mut places = Table::new(offsets.body() + 8, u64::from(reader.be32(offsets.body() + 4)?), width);
        let mut runs = Table::new(chunks.body() + 8, u64::from(reader.be32(chunks.body() + 4)?), 12);
        let mut run = runs.next::<12>(reader)?.map(run_of);
        let mut next = runs.next::<12>(reader)?.map(run_of);
        let mut chunk = 0_u64;
        while let Some(at) = places.number(reader)? {
            chunk += 1;
            while let Some((first, _)) = next
                && first <= chunk
            {
                run = next;
                next = runs.next::<12>(reader)?.map(run_of);
            }
            let Some((first, count)) = run else { break };
            if first > chunk {
                return Err(chunks.bad("the first chunk has no samples"));
            }
            let count = count.min(left);
            left -= count;
            let len = match &mut each {
                Sizes::Alike(size) => size.saturating_mul(count),
                Sizes::Each(table) => {
                    let mut len = 0_u64;
                    for _ in 0..count {
                        len = len.saturating_add(table.number(reader)?.unwrap_or(0));
                    }
                    len
                }
            };
            if len > 0 {
                data.keep(pieces, at, len)?;
            }
        }
        if left > 0 {
            return Err(offsets.bad("more samples than chunks have room for"));
        }
        Ok(())
    }
}

/// The first chunk of a run, and how many samples each of its chunks has.
fn run_of(entry: [u8; 12]) -> (u64, u64) {
    let [a, b, c, d, e, f, g, h, ..] = entry;
    (u64::from(u32::from_be_bytes([a, b, c, d])), u64::from(u32::from_be_bytes([e, f, g, h])))
}
