//! Contact details, which the city can never read alone.
//!
//! They are sealed under the XOR of two parts. The city's part is for two roles, either of which can open it. The
//! trustee's part is for three people of one independent organisation, any two of whom can: it is itself the XOR of
//! three pieces, and each person holds all but one. XOR of random parts is perfect secrecy: whoever lacks one piece has
//! learned nothing, whatever they can compute, and there is no arithmetic in it to get wrong.
//!
//! Each share is an age file of its own, so a trustee needs none of our programs to keep or open theirs. A share names
//! the contact that it belongs to; the key is committed to (`chunked`), so shares of different reports do not mix. The
//! length of the details is hidden. Nothing here records who asked the trustee, and why: that is for the trustee to keep.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    cbor::{FormError, Reader, Writer},
    chunked::{self, FileKey},
    envelope::{self, Identity, Recipient},
    secret::redacted,
};

/// The longest contact details, in bytes.
pub const MAX_CONTACT_BYTES: usize = 1000;

/// The roles of the city, either of which opens its part.
pub const CITY_ROLES: usize = 2;

/// The people of the trustee, any two of whom open its part.
pub const TRUSTEE_MEMBERS: usize = 3;

/// How many of them it takes.
pub const TRUSTEE_NEEDED: usize = 2;

/// The longest share, in bytes; one for both roles has 3.3 kB.
const MAX_SHARE_BYTES: usize = 8 * 1024;
/// What the details are filled up to, with two bytes of their length before.
const PLAINTEXT_BYTES: usize = 1024;
const SEALED_BYTES: usize = chunked::PREFIX_BYTES + PLAINTEXT_BYTES + chunked::TAG_BYTES;
const ID_BYTES: usize = 16;
const CONTEXT: &[u8] = b"vouchsafe/contact/v1";
const SHARE_LABEL: &[u8; 26] = b"vouchsafe/contact-share/v1";

type Piece = Zeroizing<[u8; 32]>;

/// Whose shares are made.
#[derive(Debug, Clone)]
pub struct ContactRecipients {
    /// The two roles of the city.
    pub city: [Recipient; CITY_ROLES],
    /// The three people of the trustee.
    pub trustee: [Recipient; TRUSTEE_MEMBERS],
}

/// Contact details as they are in a report.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedContact {
    id: [u8; ID_BYTES],
    city: Vec<u8>,
    sealed: Vec<u8>,
    trustee: [Vec<u8>; TRUSTEE_MEMBERS],
}

/// A share that its holder opened.
pub struct ContactShare {
    id: [u8; ID_BYTES],
    part: Part,
}

enum Part {
    City(Piece),
    /// The pieces of a member, in the order of their numbers; the one with the member's own number is missing.
    Trustee(usize, [Piece; TRUSTEE_MEMBERS - 1]),
}

redacted!(SealedContact => "SealedContact", ContactShare => "ContactShare");

/// Why contact details were not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealContactError {
    /// They are too long.
    #[error("contact details of {0} bytes are longer than {MAX_CONTACT_BYTES}")]
    TooLong(usize),
    /// One key is for two of the roles and people: whoever has it would hold two shares.
    #[error("one key is named for two of the roles and people")]
    SameRecipient,
    /// A share could not be sealed.
    #[error("a share cannot be sealed")]
    Share(#[source] envelope::SealError),
    /// The details could not be sealed.
    #[error("the details cannot be sealed")]
    Details(#[source] chunked::SealError),
    /// What was sealed elsewhere has another length than details have.
    #[error("sealed details have {SEALED_BYTES} bytes, not {0}")]
    Length(usize),
}

/// Why a share was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenShareError {
    /// It is not for this identity, or was changed.
    #[error("the share stays closed")]
    Open(#[source] envelope::OpenError),
    /// What is inside is no share, or a share of another place.
    #[error("what is inside is not the share that belongs there")]
    NoShare,
}

/// Why contact details were not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenContactError {
    /// A share is of another contact.
    #[error("a share belongs to another contact")]
    OtherContact,
    /// No share of the city is there.
    #[error("no share of the city is there")]
    NoCity,
    /// Too few people of the trustee gave their shares.
    #[error("{0} people of the trustee gave their shares; it takes {TRUSTEE_NEEDED}")]
    TrusteeShort(usize),
    /// Two shares say different things of what both hold.
    #[error("two shares contradict each other")]
    Contradiction,
    /// The shares do not open the details.
    #[error("the shares do not open the details")]
    Sealed(#[source] chunked::OpenError),
    /// What is inside are no contact details.
    #[error("what is inside are no contact details")]
    Details,
}

fn random(rng: &mut impl CryptoRng) -> Piece {
    let mut piece = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *piece);
    piece
}

fn xor(parts: &[&Piece]) -> Piece {
    let mut sum = Zeroizing::new([0; 32]);
    for part in parts {
        sum.iter_mut().zip(part.iter()).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

/// What contact details of this id are sealed for (`chunked`).
#[must_use]
pub fn context(id: &[u8; ID_BYTES]) -> Vec<u8> {
    [CONTEXT, id].concat()
}

/// Seals contact details, so that a role of the city and two people of the trustee are needed to open them.
///
/// # Errors
/// The details are too long, or one key is named twice.
pub fn seal_contact(
    details: &str,
    recipients: &ContactRecipients,
    rng: &mut impl CryptoRng,
) -> Result<SealedContact, SealContactError> {
    let mut id = [0; ID_BYTES];
    rng.fill_bytes(&mut id);
    let city_part = random(rng);
    let pieces: [Piece; TRUSTEE_MEMBERS] = std::array::from_fn(|_| random(rng));
    let key = FileKey::new(xor(&[&city_part, &xor(&pieces.each_ref())]));
    let plaintext = contact_plaintext(details)?;
    let sealed = chunked::seal(&key, &context(&id), &plaintext, rng).map_err(SealContactError::Details)?;
    shares(id, sealed, city_part, &pieces, recipients, rng)
}

/// What is sealed of contact details: their length (u16), they themselves, zeros.
///
/// # Errors
/// They are too long.
pub fn contact_plaintext(details: &str) -> Result<Zeroizing<Vec<u8>>, SealContactError> {
    let length = u16::try_from(details.len()).ok().filter(|length| usize::from(*length) <= MAX_CONTACT_BYTES);
    let length = length.ok_or(SealContactError::TooLong(details.len()))?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(PLAINTEXT_BYTES));
    plaintext.extend_from_slice(&length.to_be_bytes());
    plaintext.extend_from_slice(details.as_bytes());
    plaintext.resize(PLAINTEXT_BYTES, 0);
    Ok(plaintext)
}

/// Makes the shares of details that were sealed elsewhere: `contact_plaintext`, `chunked`, with this key for `context` of this
/// id. A browser has AES of its own, so its module has none.
///
/// # Errors
/// The sealed details have another length, or one key is named twice.
pub fn share_contact(
    id: [u8; ID_BYTES],
    key: &Zeroizing<[u8; 32]>,
    sealed: Vec<u8>,
    recipients: &ContactRecipients,
    rng: &mut impl CryptoRng,
) -> Result<SealedContact, SealContactError> {
    if sealed.len() != SEALED_BYTES {
        return Err(SealContactError::Length(sealed.len()));
    }
    let pieces: [Piece; TRUSTEE_MEMBERS] = std::array::from_fn(|_| random(rng));
    shares(id, sealed, xor(&[key, &xor(&pieces.each_ref())]), &pieces, recipients, rng)
}

fn shares(
    id: [u8; ID_BYTES],
    sealed: Vec<u8>,
    city_part: Piece,
    pieces: &[Piece; TRUSTEE_MEMBERS],
    recipients: &ContactRecipients,
    rng: &mut impl CryptoRng,
) -> Result<SealedContact, SealContactError> {
    let all: Vec<&Recipient> = recipients.city.iter().chain(&recipients.trustee).collect();
    if all.iter().enumerate().any(|(index, one)| all.iter().take(index).any(|before| before == one)) {
        return Err(SealContactError::SameRecipient);
    }
    let city = ContactShare { id, part: Part::City(city_part) };
    let city = city.seal_for(&recipients.city.each_ref(), rng).map_err(SealContactError::Share)?;
    let mut trustee = [const { Vec::new() }; TRUSTEE_MEMBERS];
    for (member, (share, recipient)) in trustee.iter_mut().zip(&recipients.trustee).enumerate() {
        let mut held =
            pieces.iter().enumerate().filter(|(number, _)| *number != member).map(|(_, piece)| piece.clone());
        let held = std::array::from_fn(|_| held.next().unwrap_or_default());
        let opened = ContactShare { id, part: Part::Trustee(member, held) };
        *share = opened.seal_for(&[recipient], rng).map_err(SealContactError::Share)?;
    }
    Ok(SealedContact { id, city, sealed, trustee })
}

impl ContactShare {
    /// Seals the share anew, as a trustee does who gives theirs to an investigator.
    ///
    /// # Errors
    /// The recipients cannot be sealed for.
    pub fn seal_for(
        &self,
        recipients: &[&Recipient],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, envelope::SealError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(SHARE_LABEL.len() + 1 + ID_BYTES + 64));
        bytes.extend_from_slice(SHARE_LABEL);
        bytes.extend_from_slice(&self.id);
        match &self.part {
            Part::City(part) => {
                bytes.push(b'c');
                bytes.extend_from_slice(&**part);
            }
            Part::Trustee(member, pieces) => {
                bytes.push(b'0'.saturating_add(u8::try_from(*member).unwrap_or(u8::MAX)));
                pieces.iter().for_each(|piece| bytes.extend_from_slice(&**piece));
            }
        }
        envelope::seal(recipients, &bytes, rng)
    }

    /// Opens a share.
    ///
    /// # Errors
    /// It is not for this identity, was changed, or is no share.
    pub fn open(identity: &Identity, sealed: &[u8]) -> Result<Self, OpenShareError> {
        let bytes = envelope::open(identity, sealed).map_err(OpenShareError::Open)?;
        Self::parse(&bytes).ok_or(OpenShareError::NoShare)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(SHARE_LABEL.as_slice())?;
        let (id, rest) = rest.split_first_chunk()?;
        let piece = |bytes: &[u8]| bytes.try_into().ok().map(Zeroizing::new);
        let part = match rest.split_first()? {
            (b'c', part) => Part::City(piece(part)?),
            (number, pieces) => {
                let member = usize::from(number.checked_sub(b'0')?);
                let (first, second) = pieces.split_at_checked(32)?;
                if member >= TRUSTEE_MEMBERS {
                    return None;
                }
                Part::Trustee(member, [piece(first)?, piece(second)?])
            }
        };
        Some(Self { id: *id, part })
    }

    /// Whether it is the city's.
    #[must_use]
    pub fn is_of_city(&self) -> bool {
        matches!(self.part, Part::City(_))
    }
}

impl SealedContact {
    /// The share that is for this identity.
    ///
    /// # Errors
    /// None is for it, or what is inside is not the share that belongs there.
    pub fn open_share(&self, identity: &Identity) -> Result<ContactShare, OpenShareError> {
        let mut result = Err(OpenShareError::NoShare);
        let places = std::iter::once((None, &self.city));
        for (member, sealed) in
            places.chain(self.trustee.iter().enumerate().map(|(member, share)| (Some(member), share)))
        {
            result = ContactShare::open(identity, sealed);
            let Ok(share) = &result else {
                if matches!(result, Err(OpenShareError::Open(envelope::OpenError::NoMatch))) {
                    continue;
                }
                return result;
            };
            let place = match share.part {
                Part::City(_) => None,
                Part::Trustee(member, _) => Some(member),
            };
            return if share.id == self.id && place == member { result } else { Err(OpenShareError::NoShare) };
        }
        result
    }

    /// Opens the details with the shares that their holders gave.
    ///
    /// # Errors
    /// The shares do not suffice, do not belong together, or do not open the details.
    pub fn open(&self, shares: &[&ContactShare]) -> Result<Zeroizing<String>, OpenContactError> {
        let mut city: Option<&Piece> = None;
        let mut pieces: [Option<&Piece>; TRUSTEE_MEMBERS] = [None; TRUSTEE_MEMBERS];
        let mut members = [false; TRUSTEE_MEMBERS];
        let same = |slot: &mut Option<&'_ Piece>, piece| match slot {
            Some(before) if *before != piece => Err(OpenContactError::Contradiction),
            _ => Ok(()),
        };
        for share in shares {
            if share.id != self.id {
                return Err(OpenContactError::OtherContact);
            }
            match &share.part {
                Part::City(part) => {
                    same(&mut city, part)?;
                    city = Some(part);
                }
                Part::Trustee(member, held) => {
                    members.iter_mut().skip(*member).take(1).for_each(|here| *here = true);
                    let slots = pieces.iter_mut().enumerate().filter(|(number, _)| number != member);
                    for ((_, slot), piece) in slots.zip(held) {
                        same(slot, piece)?;
                        *slot = Some(piece);
                    }
                }
            }
        }
        let city = city.ok_or(OpenContactError::NoCity)?;
        let here = members.iter().filter(|here| **here).count();
        let pieces: Vec<&Piece> = pieces.into_iter().flatten().collect();
        if here < TRUSTEE_NEEDED || pieces.len() < TRUSTEE_MEMBERS {
            return Err(OpenContactError::TrusteeShort(here));
        }
        let key = FileKey::new(xor(&[city, &xor(&pieces)]));
        let plaintext = chunked::open(key, &context(&self.id), &self.sealed).map_err(OpenContactError::Sealed)?;
        details(&plaintext).ok_or(OpenContactError::Details)
    }

    /// The sealed details in bytes, as a file keeps them: nothing of it opens without the shares.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(self.len());
        self.write(&mut w);
        w.finish().to_vec()
    }

    /// Reads what [`SealedContact::to_bytes`] wrote.
    ///
    /// # Errors
    /// It is something else, or something follows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormError> {
        let mut r = Reader::new(bytes);
        let contact = Self::read(&mut r)?;
        r.finish()?;
        Ok(contact)
    }

    /// The city's share: an age file for its two roles.
    #[must_use]
    pub fn city_share(&self) -> &[u8] {
        &self.city
    }

    /// The trustee's shares: an age file for each of its people.
    #[must_use]
    pub fn trustee_shares(&self) -> &[Vec<u8>; TRUSTEE_MEMBERS] {
        &self.trustee
    }

    /// About how many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.city.len() + self.sealed.len() + self.trustee.iter().map(Vec::len).sum::<usize>() + 100
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.map(4);
        w.text("id");
        w.bytes(&self.id);
        w.text("city");
        w.bytes(&self.city);
        w.text("sealed");
        w.bytes(&self.sealed);
        w.text("trustee");
        w.array(TRUSTEE_MEMBERS);
        self.trustee.iter().for_each(|share| w.bytes(share));
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, FormError> {
        r.map_of(4, "contact")?;
        r.key("id")?;
        let id = r.array_of("id")?;
        r.key("city")?;
        let city = r.bytes(MAX_SHARE_BYTES, "city")?.to_vec();
        r.key("sealed")?;
        let at = r.at();
        let sealed = r.bytes(SEALED_BYTES, "sealed")?.to_vec();
        if sealed.len() != SEALED_BYTES {
            return Err(Reader::wrong(at, "sealed"));
        }
        r.key("trustee")?;
        let at = r.at();
        if r.array(TRUSTEE_MEMBERS, "trustee")? != TRUSTEE_MEMBERS {
            return Err(Reader::wrong(at, "trustee"));
        }
        let mut trustee = [const { Vec::new() }; TRUSTEE_MEMBERS];
        for share in &mut trustee {
            *share = r.bytes(MAX_SHARE_BYTES, "share")?.to_vec();
        }
        Ok(Self { id, city, sealed, trustee })
    }
}

fn details(plaintext: &[u8]) -> Option<Zeroizing<String>> {
    let (length, rest) = plaintext.split_first_chunk()?;
    let (text, zeros) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let empty = zeros.iter().all(|byte| *byte == 0) && text.len() <= MAX_CONTACT_BYTES;
    std::str::from_utf8(text).ok().filter(|_| empty).map(|text| Zeroizing::new(text.to_owned()))
}
