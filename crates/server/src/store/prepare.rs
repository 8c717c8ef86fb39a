//! From drafts to rows, on the caller's own thread: canonical bytes, salt, leaf and the packed form.
//!
//! The writer then only writes. Bodies are packed where that helps (`dictionary`); leaf and length are of the plain bytes, so packing is this
//! store's own affair and changes no hash.

use std::{cell::RefCell, fmt, sync::Arc};

use law::AgencyId;
use record::{Body, Entry, EntryId, Leaf, RequestId, Salt, canonical_into};

use super::{
    Draft, Held, StoreError, dictionary,
    leaf::entry_leaf,
    search::{Part, part},
};

/// The greatest length of an entry's canonical bytes. Documents are files beside the record, named by their hash.
pub const LARGEST_ENTRY_BYTES: usize = 4 << 20;

/// How much of its buffer a thread keeps for the next entry: room for a decision with all its reasons.
const KEPT_BYTES: usize = 128 << 10;

thread_local! {
    /// Where entries are spelt; what is kept of one is its packed form.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One act, ready to be written.
#[derive(Debug)]
pub struct Prepared {
    pub(super) act: &'static str,
    pub(super) rows: Vec<Row>,
}

impl Prepared {
    /// The number of its drafts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no drafts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// One entry as its row will be.
pub(super) struct Row {
    pub(super) key: Option<Key>,
    pub(super) id: EntryId,
    /// What kind of entry it is, in one word.
    pub(super) kind: &'static str,
    pub(super) request: Option<RequestId>,
    /// Of an outside request: the agency that was asked.
    pub(super) receiver: Option<AgencyId>,
    /// Whether it says no more than that the request was opened.
    pub(super) reading: bool,
    /// What it says for the list of requests.
    pub(super) part: Option<Part>,
    pub(super) leaf: Leaf,
    pub(super) salt: Salt,
    pub(super) packed: Packed,
}

/// A draft's key.
pub(super) struct Key {
    pub(super) name: String,
    /// For the rare draft whose key is known and whose content must be compared. Entries without a key are gone by then: the
    /// writer would only take them apart, which costs it more than writing them.
    pub(super) entry: Arc<Entry>,
}

/// Neither key, salt nor body: a trace shows which entry, never what it says.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, id, kind, leaf, packed, request: _, receiver: _, reading: _, part: _, salt: _ } = self;
        let keyed = if key.is_some() { ", keyed" } else { "" };
        write!(f, "Row({id} {kind}{keyed}, leaf {leaf}, {packed:?})")
    }
}

/// An entry's bytes as they lie in the store.
pub(super) struct Packed {
    /// The length of the plain bytes; equal to that of `bytes` when they are plain.
    pub(super) plain_bytes: usize,
    pub(super) bytes: Vec<u8>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({} of {} bytes)", self.bytes.len(), self.plain_bytes)
    }
}

/// Makes an act's rows: canonical bytes, a salt from the operating system, the leaf.
///
/// # Errors
/// [`StoreError::Canonical`], [`StoreError::TooLong`] for an entry that cannot be written; [`StoreError::UseErase`],
/// [`StoreError::UseClose`] and [`StoreError::UseAttach`] for an erasure, a report and a photograph, which have ways of their own.
pub fn prepare(act: &'static str, drafts: Vec<Draft>) -> Result<Prepared, StoreError> {
    let refused = drafts.iter().find(|draft| matches!(draft.entry.body, Body::Erased(_)));
    if let Some(draft) = refused {
        return Err(StoreError::UseErase { id: draft.entry.id });
    }
    let refused = drafts.iter().find(|draft| matches!(draft.entry.body, Body::Received(_)));
    if let Some(draft) = refused {
        return Err(StoreError::UseClose { id: draft.entry.id });
    }
    let refused = drafts.iter().find(|draft| matches!(draft.entry.body, Body::Photographed(_)));
    if let Some(draft) = refused {
        return Err(StoreError::UseAttach { id: draft.entry.id });
    }
    Ok(Prepared { act, rows: drafts.into_iter().map(row).collect::<Result<_, _>>()? })
}

/// Makes one row, of any kind of entry.
pub(super) fn row(draft: Draft) -> Result<Row, StoreError> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt)
        .map_err(|source| StoreError::backend("the operating system's random numbers", source))?;
    row_with(draft, Salt::from_bytes(salt))
}

/// Makes one row with this salt: of a report it is the blind that came with it.
pub(super) fn row_with(draft: Draft, salt: Salt) -> Result<Row, StoreError> {
    let Draft { key, entry } = draft;
    let id = entry.id;
    let (leaf, packed) = BUFFER.with_borrow_mut(|bytes| {
        let spelt = spell(&entry, &salt, bytes);
        bytes.clear();
        bytes.shrink_to(KEPT_BYTES);
        spelt
    })?;
    let receiver = match &entry.body {
        Body::Requested(request) => Some(request.receiver.agency.clone()),
        _ => None,
    };
    let (kind, request, part) = (entry.body.kind(), entry.body.request(), part(&entry));
    let reading = matches!(entry.body, Body::Read(_));
    let key = key.map(|name| Key { name, entry: Arc::new(entry) });
    Ok(Row { key, id, kind, request, receiver, reading, part, leaf, salt, packed })
}

/// Spells an entry into this buffer; its leaf, and what is kept of it.
fn spell(entry: &Entry, salt: &Salt, bytes: &mut Vec<u8>) -> Result<(Leaf, Packed), StoreError> {
    let id = entry.id;
    canonical_into(entry, bytes).map_err(|source| StoreError::Canonical { id, source })?;
    if bytes.len() > LARGEST_ENTRY_BYTES {
        return Err(StoreError::TooLong { id, bytes: bytes.len(), most: LARGEST_ENTRY_BYTES });
    }
    let leaf = entry_leaf(entry, salt, bytes).ok_or(StoreError::UseClose { id })?;
    Ok((leaf, Packed { plain_bytes: bytes.len(), bytes: dictionary::pack(bytes).unwrap_or_else(|| bytes.clone()) }))
}

/// Reads a row's private part back and checks it against its leaf.
pub(super) fn unpack(place: &str, seq: u64, leaf: &Leaf, salt: Salt, packed: Packed) -> Result<Held, StoreError> {
    let damaged = |what: String| StoreError::Damaged { place: place.to_owned(), seq, what };
    let Packed { plain_bytes, bytes } = packed;
    let bytes = dictionary::plain(bytes, plain_bytes).map_err(damaged)?;
    let no_leaf = || damaged("its bytes do not match its leaf".to_owned());
    // Bytes that are no entry are most likely changed ones: only such as have their leaf are said to be none.
    let entry = match record::parse(&bytes) {
        Ok(entry) => entry,
        Err(_) if record::commitment(&salt, &bytes) != *leaf => return Err(no_leaf()),
        Err(error) => return Err(damaged(format!("it holds {error}"))),
    };
    if entry_leaf(&entry, &salt, &bytes) != Some(*leaf) {
        return Err(no_leaf());
    }
    Ok(Held { entry, bytes, salt })
}
