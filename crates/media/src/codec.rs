//! What a decoder must know before the first frame: parameter sets and settings, built anew out of what is needed.
//!
//! Sources: ISO/IEC 14496-15 (`avcC`, `hvcC`), the AV1 and VP bindings of AOM, ISO/IEC 14496-1 (`esds`), the Opus, FLAC
//! and Vorbis mappings of Xiph, Apple's ALAC cookie. Encoders write their name and command line beside these: messages
//! in `hvcC` and `av1C`, comments in FLAC and Vorbis. Nothing means: not built as it must be.

use crate::bytes::{Cursor, put_be};

/// H.264: parameter sets.
pub(crate) fn avc(config: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Cursor(config);
    let head = rest.take(5)?;
    let [version, profile, ..] = head else { return None };
    if *version != 1 {
        return None;
    }
    let mut out = head.to_vec();
    let count = rest.u8()?;
    out.push(count);
    units(&mut rest, &mut out, count & 0x1f, 7)?;
    let count = rest.u8()?;
    out.push(count);
    units(&mut rest, &mut out, count, 8)?;
    // Said only for the profiles above main, and by some encoders not at all.
    if matches!(profile, 100 | 110 | 122 | 144)
        && let Some([chroma, luma_bits, chroma_bits, count]) = rest.array()
    {
        let mut more = vec![chroma, luma_bits, chroma_bits, count];
        if chroma & 0xfc == 0xfc && units(&mut rest, &mut more, count, 13).is_some() {
            out.extend_from_slice(&more);
        }
    }
    Some(out)
}

fn units(rest: &mut Cursor<'_>, out: &mut Vec<u8>, count: u8, kind: u8) -> Option<()> {
    for _ in 0..count {
        let len = rest.be16()?;
        let unit = rest.take(usize::from(len))?;
        if unit.first()? & 0x1f != kind {
            return None;
        }
        put_be(out, u64::from(len), 2);
        out.extend_from_slice(unit);
    }
    Some(())
}

/// H.265: parameter sets, without messages.
pub(crate) fn hevc(config: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Cursor(config);
    let mut out = rest.take(22)?.to_vec();
    let arrays = rest.u8()?;
    let mut kept = 0;
    let mut body = Vec::new();
    for _ in 0..arrays {
        let head = rest.u8()?;
        let count = rest.be16()?;
        let mut array = vec![head];
        put_be(&mut array, u64::from(count), 2);
        for _ in 0..count {
            let len = rest.be16()?;
            put_be(&mut array, u64::from(len), 2);
            array.extend_from_slice(rest.take(usize::from(len))?);
        }
        if matches!(head & 0x3f, 32..=34) {
            kept += 1;
            body.extend_from_slice(&array);
        }
    }
    out.push(kept);
    out.extend_from_slice(&body);
    Some(out)
}

/// AV1: the header of the sequence.
pub(crate) fn av1(config: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Cursor(config);
    let mut out = rest.take(4)?.to_vec();
    while let Some(unit) = open_unit(&mut rest) {
        out.extend_from_slice(unit);
    }
    Some(out)
}

/// The next unit of the sequence's header that says its own length; others are passed over.
fn open_unit<'b>(rest: &mut Cursor<'b>) -> Option<&'b [u8]> {
    loop {
        let whole = *rest;
        let head = rest.u8()?;
        if head & 2 == 0 {
            return None;
        }
        if head & 4 != 0 {
            rest.u8()?;
        }
        let mut len = 0_usize;
        for step in 0..4 {
            let byte = rest.u8()?;
            len |= usize::from(byte & 0x7f) << (7 * step);
            if byte & 0x80 == 0 {
                break;
            }
        }
        rest.take(len)?;
        if head >> 3 & 15 == 1 {
            let mut unit = whole;
            return unit.take(whole.0.len() - rest.0.len());
        }
    }
}

/// VP8, VP9: profile, level, depth, colours.
pub(crate) fn vp(config: &[u8]) -> Option<Vec<u8>> {
    let mut out = config.get(..10)?.to_vec();
    out.extend_from_slice(&[0, 0]);
    Some(out)
}

/// MPEG-4: the decoder's settings, without names, languages, places and rights.
pub(crate) fn esds(config: &[u8]) -> Option<Vec<u8>> {
    /// The longest settings: those of pictures, which hold a header of the sequence.
    const MAX_SETTINGS: usize = 512;
    let mut rest = Cursor(config.get(4..)?);
    let mut stream = Cursor(descriptor(&mut rest, 3)?);
    let id = stream.take(2)?;
    let flags = stream.u8()?;
    if flags & 0xe0 != 0 {
        // It depends on another stream, or lies elsewhere.
        return None;
    }
    let mut decoder = Cursor(descriptor(&mut stream, 4)?);
    let settings_of = decoder.take(13)?;
    let mut written = settings_of.to_vec();
    if !decoder.0.is_empty() {
        let settings = descriptor(&mut decoder, 5).filter(|settings| settings.len() <= MAX_SETTINGS)?;
        put_descriptor(&mut written, 5, settings);
    }
    let mut body = [id, &[flags & 0x1f]].concat();
    put_descriptor(&mut body, 4, &written);
    put_descriptor(&mut body, 6, &[2]);
    let mut out = config.get(..4)?.to_vec();
    put_descriptor(&mut out, 3, &body);
    Some(out)
}

fn descriptor<'b>(rest: &mut Cursor<'b>, tag: u8) -> Option<&'b [u8]> {
    if rest.u8()? != tag {
        return None;
    }
    let mut len = 0_usize;
    for _ in 0..4 {
        let byte = rest.u8()?;
        len = len << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    rest.take(len)
}

fn put_descriptor(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(tag);
    let len = u16::try_from(body.len()).unwrap_or(u16::MAX);
    if len > 0x7f {
        out.push(0x80 | u8::try_from(len >> 7 & 0x7f).unwrap_or(0));
    }
    out.push(u8::try_from(len & 0x7f).unwrap_or(0));
    out.extend_from_slice(body);
}

/// Opus: channels and how they lie, in either byte order; `head` is what stands before the number of channels.
pub(crate) fn opus(config: &[u8], head: usize) -> Option<Vec<u8>> {
    let channels = usize::from(*config.get(head)?);
    let family = *config.get(head + 9)?;
    let len = head + 10 + if family == 0 { 0 } else { 2 + channels };
    Some(config.get(..len)?.to_vec())
}

/// FLAC: `head` bytes, then the one block that a decoder needs.
pub(crate) fn flac(config: &[u8], head: usize) -> Option<Vec<u8>> {
    let mut rest = Cursor(config);
    let mut out = rest.take(head)?.to_vec();
    let [kind, a, b, c] = rest.array()?;
    if kind & 0x7f != 0 || [a, b, c] != [0, 0, 34] {
        return None;
    }
    out.extend_from_slice(&[0x80, 0, 0, 34]);
    out.extend_from_slice(rest.take(34)?);
    Some(out)
}

/// ALAC: the cookie, and how channels lie when that is said.
pub(crate) fn alac(config: &[u8]) -> Option<Vec<u8>> {
    let with_layout = config.get(28..36) == Some(b"\0\0\0\x18chan");
    Some(config.get(..if with_layout { 52 } else { 28 })?.to_vec())
}

/// Vorbis in Matroska: identification and codes, with comments that say nothing.
pub(crate) fn vorbis(config: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Cursor(config);
    if rest.u8()? != 2 {
        return None;
    }
    let mut laced = || {
        let mut len = 0_usize;
        loop {
            let byte = rest.u8()?;
            len += usize::from(byte);
            if byte != 255 {
                return Some(len);
            }
        }
    };
    let (first, second) = (laced()?, laced()?);
    let identification = rest.take(first)?;
    let comments = rest.take(second)?;
    let codes = rest.0;
    if !identification.starts_with(b"\x01vorbis") || !comments.starts_with(b"\x03vorbis") || first > 254 {
        return None;
    }
    let silent = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
    let head = [2, u8::try_from(first).ok()?, u8::try_from(silent.len()).ok()?];
    Some([&head, identification, silent, codes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_sets_stay_and_messages_go() {
        let avc_config = b"\x01\x64\0\x1f\xff\xe1\0\x02\x67a\x01\0\x02\x68b\xfd\xf8\xf8\0";
        assert_eq!(avc(&[&avc_config[..], b"more"].concat()).unwrap(), avc_config);
        assert_eq!(avc(b"\x01\x64\0\x1f\xff\xe1\0\x02\x06a\x01\0\x02\x68b"), None);
        let head = [1; 22];
        let dirty = [&head[..], b"\x02\x20\0\x01\0\x02vp\x27\0\x01\0\x06x265 -"].concat();
        let clean = [&head[..], b"\x01\x20\0\x01\0\x02vp"].concat();
        assert_eq!(hevc(&dirty).unwrap(), clean);
        assert_eq!(hevc(&clean).unwrap(), clean);
        let dirty = b"\x81\0\0\0\x2a\x03who\x0a\x02sh\x12\0";
        assert_eq!(av1(dirty).unwrap(), b"\x81\0\0\0\x0a\x02sh");
    }

    #[test]
    fn settings_of_mpeg_4_lose_what_is_beside_them() {
        let dirty = b"\0\0\0\0\x03\x80\x80\x80\x24\0\x01\0\x04\x80\x80\x80\x12\x40\x15\0\0\0\0\0\0\0\0\0\0\0\x05\x80\x02\x11\x90\x06\x01\x02\x43\x05engme";
        let clean = b"\0\0\0\0\x03\x19\0\x01\0\x04\x11\x40\x15\0\0\0\0\0\0\0\0\0\0\0\x05\x02\x11\x90\x06\x01\x02";
        assert_eq!(esds(dirty).unwrap(), clean);
        assert_eq!(esds(clean).unwrap(), clean);
    }

    #[test]
    fn comments_of_sound_go() {
        let info = [7; 34];
        let dirty = [&b"fLaC\0\0\0\x22"[..], &info, b"\x84\0\0\x02Jo"].concat();
        let clean = [&b"fLaC\x80\0\0\x22"[..], &info].concat();
        assert_eq!(flac(&dirty, 4).unwrap(), clean);
        let dirty = b"\x02\x09\x14\x01vorbis..\x03vorbis\x02\0\0\0Jo\0\0\0\0\0\0\x01codes";
        assert_eq!(vorbis(dirty).unwrap(), b"\x02\x09\x10\x01vorbis..\x03vorbis\0\0\0\0\0\0\0\0\x01codes");
        assert_eq!(opus(b"OpusHead\x01\x02\0\0\0\0\0\0\0\0\0Jo", 9).unwrap(), b"OpusHead\x01\x02\0\0\0\0\0\0\0\0\0");
    }
}
