//! GIF (version 89a of 31 July 1990), and the loop count of Netscape.
//!
//! Kept: screen, colour tables, pictures, how long each is shown. The loop count is written anew. Comments, text, XMP,
//! profiles (which no viewer uses) and every other extension go, and all behind the end.

use crate::{
    clean::{CleanError, broken},
    edit::{EditList, Gap, Pieces},
    kind::Kind,
    source::Reader,
};

pub(crate) fn clean(reader: &mut Reader<'_>) -> Result<EditList, CleanError> {
    let mut pieces = Pieces::new(Gap::Drop);
    let [.., flags, _, _] = reader.array::<13>(0)?;
    let mut at = 13 + colours(flags);
    pieces.keep(0, at)?;
    let mut pictures = 0_u32;
    // How the next picture is shown: said by an extension before it, and of no use without it.
    let mut shown: Option<u64> = None;
    let mut looped = false;
    loop {
        reader.part()?;
        match reader.u8(at)? {
            b',' => {
                if let Some(control) = shown.take() {
                    pieces.keep(control, 8)?;
                }
                let [.., flags] = reader.array::<10>(at)?;
                // Descriptor, colours, and the least bits of a code.
                let data = at + 10 + colours(flags) + 1;
                let end = end_of_blocks(reader, data)?;
                pieces.keep(at, end - at)?;
                at = end;
                pictures += 1;
            }
            b'!' => {
                let label = reader.u8(at + 1)?;
                let end = end_of_blocks(reader, at + 2)?;
                if label == 0xf9 && end - at == 8 {
                    shown = Some(at);
                } else if label == 0xff && !looped && end - at >= 19 {
                    let head: [u8; 16] = reader.array(at + 2)?;
                    if [b"\x0bNETSCAPE2.0\x03\x01", b"\x0bANIMEXTS1.0\x03\x01"]
                        .iter()
                        .any(|name| head.starts_with(*name))
                    {
                        let [.., low, high] = head;
                        let written = [&b"!\xff\x0bNETSCAPE2.0\x03\x01"[..], &[low, high, 0]].concat();
                        pieces.replace(at, end - at, written)?;
                        looped = true;
                    }
                }
                at = end;
            }
            b';' => {
                pieces.keep(at, 1)?;
                at += 1;
                break;
            }
            _ => return Err(broken(at, "no block of a GIF")),
        }
    }
    if pictures == 0 {
        return Err(broken(at, "a GIF without a picture"));
    }
    pieces.finish(Kind::Gif, at, reader.len())
}

/// How many bytes the colour table has that the flags speak of.
fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Where the blocks that begin at `at` end, behind the empty one.
fn end_of_blocks(reader: &mut Reader<'_>, mut at: u64) -> Result<u64, CleanError> {
    loop {
        reader.part()?;
        let len = u64::from(reader.u8(at)?);
        at += 1 + len;
        if len == 0 {
            return Ok(at);
        }
    }
}
