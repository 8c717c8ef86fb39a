//! How much of a file is walked and held before it is called hostile. Real files stay far below; each limit has a test
//! at it and one beyond it.

/// The most parts (segments, chunks, boxes, elements, blocks, entries of tables that are walked) of one file: a video of
/// ten hours has about two million blocks.
pub const MAX_PARTS: u32 = 1 << 23;

/// The most pieces of an edit list. Neighbours that are kept count as one.
pub const MAX_EDITS: usize = 1 << 20;

/// The most bytes of one structure that is held in memory: a colour profile, the index of an HEIF, a codec's settings.
/// The largest in real files are printers' colour profiles of about 3 MB.
pub const MAX_HELD_BYTES: u64 = 8 << 20;

/// The most items of an HEIF, tiles and all: a picture of 200 megapixels in tiles of 512 by 512 has about 800.
pub const MAX_ITEMS: usize = 1 << 14;

/// The most tracks of one film.
pub const MAX_TRACKS: usize = 256;

/// The most bytes of EXIF that are searched for which way is up.
pub const MAX_EXIF_BYTES: u64 = 1 << 16;
