//! Photographs of papers as the store keeps them: sealed, each beside the entry that names it.
//!
//! **Invariants.** A photograph is kept in the transaction of its entry ([`record::Body::Photographed`]), or neither is: such an entry
//! comes by no other way. It goes in the transaction that erases its entry, or its request. All photographs of a store are sealed under
//! keys that are sealed under one and the same key of the server's, whose name the store keeps: a process with another one attaches none.
//!
//! The store has no key and opens nothing (`photograph::seal`).

use record::{Body, EntryId, RequestId};

use super::{
    Committed, Draft, StoreError, Stored,
    prepare::{Prepared, row},
};

/// The most photographs that one request has: the pages of a few papers, and no archive.
pub const MOST_OF_A_REQUEST: u64 = 20;

/// The length of a sealed key, in bytes: a nonce of 24, the key, a tag of 16.
pub const SEALED_KEY_BYTES: usize = 72;

/// The name of the act that attaches photographs.
pub(super) const ACT: &str = "attach photographs";

/// A photograph as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedPhotograph {
    /// Its own key, sealed under the server's: [`SEALED_KEY_BYTES`] long.
    pub key: Vec<u8>,
    /// The picture, sealed under its own key.
    pub bytes: Vec<u8>,
}

/// How long it is, never what it is.
impl std::fmt::Debug for SealedPhotograph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedPhotograph({} bytes)", self.bytes.len())
    }
}

/// A photograph that is not attached yet: the draft of its entry, and what is kept beside it.
#[derive(Clone, Debug)]
pub struct NewPhotograph {
    /// The entry, a [`Body::Photographed`].
    pub draft: Draft,
    /// The photograph, sealed for this entry.
    pub sealed: SealedPhotograph,
}

/// Why photographs were not attached. Nothing of the act was kept, but after [`StoreError::Backend`] ([`super::Store::commit`]).
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The request has, or would have, more than [`MOST_OF_A_REQUEST`].
    #[error("the request `{request}` has {has} photographs and can have {MOST_OF_A_REQUEST}: leave some out")]
    TooMany {
        /// The request.
        request: RequestId,
        /// How many it has.
        has: u64,
    },
    /// There is no such request in the record, or none any more.
    #[error("there is no request `{request}` in the record: it may have been erased")]
    NoRequest {
        /// The request.
        request: RequestId,
    },
    /// The store's photographs are sealed under another key.
    #[error(
        "the photographs of this store are sealed under another key than this process has: every process needs the same file \
         `keys/photographs.key`"
    )]
    OtherKey,
    /// What was to be attached is no photograph's entry.
    #[error("entry `{id}` is not that of a photograph")]
    NotAPhotograph {
        /// The draft's id.
        id: EntryId,
    },
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Photographs in a store. All calls block.
pub trait Photographs: Send + Sync {
    /// Attaches photographs to their requests: all of them, each with its entry, in one durable transaction, or none. A draft whose key
    /// is known is answered with the entry that was kept then, and its photograph is the one that was kept with it.
    /// `key_name` is the name of the key under which the caller sealed.
    ///
    /// # Errors
    /// See [`AttachError`].
    fn attach(&self, key_name: &[u8; 32], photographs: Vec<NewPhotograph>) -> Result<Vec<Committed>, AttachError>;

    /// The photograph of this entry, sealed; nothing where there is none, or none any more.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn photograph(&self, entry: &EntryId) -> Result<Option<SealedPhotograph>, StoreError>;

    /// How many photographs are kept.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn photographs(&self) -> Result<u64, StoreError>;

    /// Says that this process seals under the key of this name. True where the store's photographs are, too, or where there are none:
    /// then the store keeps the name.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    fn claim_key(&self, name: &[u8; 32]) -> Result<bool, StoreError>;
}

/// What is written, and to which requests.
pub(super) struct Attaching {
    pub(super) prepared: Prepared,
    /// The requests that are to get some, each once.
    pub(super) requests: Vec<RequestId>,
    pub(super) sealed: Vec<(EntryId, SealedPhotograph)>,
}

/// Makes the rows, on the caller's own thread.
pub(super) fn attaching(photographs: Vec<NewPhotograph>) -> Result<Attaching, AttachError> {
    let (mut rows, mut requests, mut sealed) = (Vec::new(), Vec::new(), Vec::new());
    for NewPhotograph { draft, sealed: one } in photographs {
        let id = draft.entry.id;
        let Body::Photographed(photograph) = &draft.entry.body else { return Err(AttachError::NotAPhotograph { id }) };
        if !requests.contains(&photograph.request) {
            requests.push(photograph.request);
        }
        sealed.push((id, one));
        rows.push(row(draft)?);
    }
    Ok(Attaching { prepared: Prepared { act: ACT, rows }, requests, sealed })
}

/// The request whose photographs go when this entry is erased: the one that it took down.
pub(super) fn request_taken_down(erased: &Stored) -> Option<RequestId> {
    match erased.entry().map(|entry| &entry.body) {
        Some(Body::Requested(request)) => Some(request.id),
        _ => None,
    }
}
