//! Small files of each kind, with a secret in every place for metadata that we know of: after cleaning, the secret is
//! nowhere, the picture is there, and what shows it is as it was.

use media::CleanError;

use crate::{cleaned, has};

/// What must not be left, anywhere.
pub const SECRET: &[u8] = b"Jane Roe, 40.71274 N";

/// What must be left.
pub const SHOWN: &[u8] = b"<what is shown or heard>";

fn be16(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_be_bytes()
}

fn be32(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_be_bytes()
}

fn le32(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// EXIF with a secret description, turned by a quarter.
pub fn exif() -> Vec<u8> {
    let text = be32(38);
    let len = be32(SECRET.len());
    join(&[b"MM\0*\0\0\0\x08\0\x02\x01\x0e\0\x02", &len, &text, b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0", SECRET])
}

/// A colour profile with a secret name.
pub fn profile() -> Vec<u8> {
    let mut out = vec![0; 128];
    out[8] = 2;
    out[12..24].copy_from_slice(b"mntrRGB XYZ ");
    out[36..40].copy_from_slice(b"acsp");
    out[48..56].copy_from_slice(&SECRET[..8]);
    let name = join(&[b"desc\0\0\0\0\0\0\0\x15", SECRET, &[0; 100]]);
    out.extend_from_slice(&be32(2));
    out.extend_from_slice(&join(&[b"desc", &be32(156), &be32(name.len())]));
    out.extend_from_slice(&join(&[b"rXYZ", &be32(156 + name.len()), &be32(20)]));
    out.extend_from_slice(&name);
    out.extend_from_slice(b"XYZ \0\0\0\0\0\0\x6f\xa2\0\0\x38\xf5\0\0\x03\x90");
    let len = be32(out.len());
    out[..4].copy_from_slice(&len);
    out
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    join(&[&[0xff, marker], &be16(data.len() + 2), data])
}

pub fn jpeg() -> Vec<u8> {
    join(&[
        b"\xff\xd8",
        &segment(0xe0, &join(&[b"JFIF\0\x01\x02\x01\0\x48\0\x48\x02\x02", SECRET])),
        &segment(0xe1, &join(&[b"Exif\0\0", &exif()])),
        &segment(0xe1, &join(&[b"http://ns.adobe.com/xap/1.0/\0", SECRET])),
        &segment(0xe2, &join(&[b"ICC_PROFILE\0\x01\x01", &profile()])),
        &segment(0xe2, &join(&[b"MPF\0", SECRET])),
        &segment(0xeb, &join(&[b"JP\x02\x11jumb", SECRET])),
        &segment(0xed, &join(&[b"Photoshop 3.0\0", SECRET])),
        &segment(0xee, &join(&[b"Adobe\0\x65\0\0\0\0\x01", SECRET])),
        &segment(0xf0, SECRET),
        &segment(0xfe, SECRET),
        &segment(0xdb, &[1; 65]),
        &segment(0xc0, b"\x08\0\x08\0\x08\x01\x01\x11\0"),
        &segment(0xc4, &join(&[&[0], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0]])),
        &segment(0xda, b"\x01\x01\0\0\x3f\0"),
        SHOWN,
        b"\xff\0\xff\xd0\xff\xff\xd9",
        b"\xff\xd8 film",
        SECRET,
    ])
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    // Chunks that are kept keep their checksum, which is not asked.
    join(&[&be32(data.len()), name, data, b"crc?"])
}

/// A zlib stream of the bytes as they are.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap();
    join(&[b"\x78\x01\x01", &len.to_le_bytes(), &(!len).to_le_bytes(), bytes, b"sum?"])
}

pub fn png() -> Vec<u8> {
    join(&[
        b"\x89PNG\r\n\x1a\n",
        &chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"),
        &chunk(b"iCCP", &join(&[SECRET, b"\0\0", &zlib(&profile())])),
        &chunk(b"pHYs", b"\0\0\0\x01\0\0\0\x02\x01"),
        &chunk(b"tIME", &SECRET[..7]),
        &chunk(b"tEXt", SECRET),
        &chunk(b"vpAg", SECRET),
        &chunk(b"gAMA", SECRET),
        &chunk(b"acTL", b"\0\0\0\x01\0\0\0\0"),
        &chunk(b"IDAT", SHOWN),
        &chunk(b"eXIf", &exif()),
        &chunk(b"caBX", SECRET),
        &chunk(b"IEND", b""),
        SECRET,
    ])
}

fn blocks(data: &[u8]) -> Vec<u8> {
    join(&[&[u8::try_from(data.len()).unwrap()], data, &[0]])
}

pub fn gif() -> Vec<u8> {
    join(&[
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff",
        b"!\xff\x0bNETSCAPE2.0\x03\x01\x05\0",
        &blocks(SECRET),
        b"!\xff\x0bXMP DataXMP",
        &blocks(SECRET),
        b"!\xfe",
        &blocks(SECRET),
        b"!\xf9\x04\0\x0a\0\0\0",
        b"!\x01",
        &blocks(SECRET),
        b",\0\0\0\0\x01\0\x01\0\0\x02",
        &blocks(SHOWN),
        b";",
        SECRET,
    ])
}

fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let pad: &[u8] = if data.len() % 2 == 1 { b"!" } else { b"" };
    join(&[name, &le32(data.len()), data, pad])
}

fn riff(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    join(&[b"RIFF", &le32(body.len() + 4), kind, body, SECRET])
}

pub fn webp() -> Vec<u8> {
    let frame =
        join(&[&[0; 16], &riff_chunk(b"ALPH", b"odd"), &riff_chunk(b"VP8 ", SHOWN), &riff_chunk(b"note", SECRET)]);
    riff(
        b"WEBP",
        &join(&[
            &riff_chunk(b"VP8X", b"\x2e\0\0\0\0\0\0\0\0\0"),
            &riff_chunk(b"ICCP", &profile()),
            &riff_chunk(b"ANIM", b"\0\0\0\0\0\0"),
            &riff_chunk(b"ANMF", &frame),
            &riff_chunk(b"EXIF", &exif()),
            &riff_chunk(b"XMP ", SECRET),
            &riff_chunk(b"INAM", SECRET),
        ]),
    )
}

pub fn wave() -> Vec<u8> {
    riff(
        b"WAVE",
        &join(&[
            &riff_chunk(b"bext", SECRET),
            &riff_chunk(b"fmt ", b"\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0"),
            &riff_chunk(b"LIST", SECRET),
            &riff_chunk(b"data", SHOWN),
            &riff_chunk(b"id3 ", SECRET),
        ]),
    )
}

pub fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    join(&[&be32(content.len() + 8), name, content])
}

fn avcc() -> Vec<u8> {
    boxed(b"avcC", &join(&[b"\x01\x42\0\x1f\xff\xe1\0\x02\x67a\x01\0\x02\x68b", SECRET]))
}

/// A track; its one chunk lies at `at`.
fn track(id: usize, handler: &[u8; 4], stsd: &[u8], at: usize) -> Vec<u8> {
    let times = &SECRET[..8];
    let tables = join(&[
        &boxed(b"stsd", &join(&[&[0; 4], &be32(1), stsd])),
        &boxed(b"stts", &join(&[&[0; 4], &be32(1), &be32(1), &be32(1)])),
        &boxed(b"stsc", &join(&[&[0; 4], &be32(1), &be32(1), &be32(1), &be32(1)])),
        &boxed(b"stsz", &join(&[&[0; 4], &be32(0), &be32(1), &be32(SHOWN.len()), SECRET])),
        &boxed(b"stco", &join(&[&[0; 4], &be32(1), &be32(at)])),
        &boxed(b"uuid", SECRET),
    ]);
    let named = boxed(b"hdlr", &join(&[&[0; 8], handler, &SECRET[..12], SECRET]));
    let media = join(&[
        &boxed(b"mdhd", &join(&[&[0; 4], times, &[0, 0, 0, 1, 0, 0, 0, 1], b"\x15\xc7\0\0"])),
        &named,
        &boxed(b"elng", SECRET),
        &boxed(
            b"minf",
            &join(&[
                &boxed(b"vmhd", &[0; 12]),
                &named,
                &boxed(
                    b"dinf",
                    &boxed(b"dref", &join(&[&[0; 4], &be32(1), &boxed(b"url ", &join(&[b"\0\0\0\x01", SECRET]))])),
                ),
                &boxed(b"stbl", &tables),
                &boxed(b"udta", SECRET),
            ]),
        ),
    ]);
    boxed(
        b"trak",
        &join(&[
            &boxed(b"tkhd", &join(&[&[0, 0, 0, 7], times, &be32(id), &[0; 68]])),
            &boxed(b"edts", &boxed(b"elst", &join(&[&[0; 4], &be32(0), SECRET]))),
            &boxed(b"tref", &boxed(b"cdsc", &be32(1))),
            &boxed(b"mdia", &media),
            &boxed(b"udta", &boxed(b"\xa9nam", SECRET)),
            &boxed(b"meta", SECRET),
        ]),
    )
}

fn picture_entry() -> Vec<u8> {
    let mut fixed = vec![0; 78];
    fixed[8..24].copy_from_slice(&SECRET[..16]);
    fixed[42..62].copy_from_slice(SECRET);
    fixed[76..78].copy_from_slice(b"\xff\xff");
    let colour = boxed(b"colr", &join(&[b"prof", &profile()]));
    boxed(
        b"avc1",
        &join(&[&fixed, &avcc(), &colour, &boxed(b"pasp", &[0; 8]), &boxed(b"uuid", SECRET), &boxed(b"strf", SECRET)]),
    )
}

fn sound_entry() -> Vec<u8> {
    let mut fixed = vec![0; 28];
    fixed[12..16].copy_from_slice(&SECRET[..4]);
    let settings = join(&[
        b"\0\0\0\0\x03\x31\0\x01\0\x04\x11\x40\x15\0\0\0\0\0\0\0\0\0\0\0\x05\x02\x11\x90\x06\x01\x02\x43\x16eng",
        &SECRET[..19],
    ]);
    boxed(b"mp4a", &join(&[&fixed, &boxed(b"esds", &settings), &boxed(b"SA3D", SECRET)]))
}

fn mvhd() -> Vec<u8> {
    boxed(b"mvhd", &join(&[&[0; 4], &SECRET[..8], &[0; 88]]))
}

/// A film: picture, sound, and a track of places; the data stand before or behind the tables.
pub fn film(brand: &[u8; 4], data_first: bool) -> Vec<u8> {
    let head = boxed(b"ftyp", &join(&[brand, &SECRET[..4], b"isomCAEP", brand]));
    let data = boxed(b"mdat", &join(&[SHOWN, SHOWN, SECRET, b"....", SECRET]));
    let film = |start: usize| {
        boxed(
            b"moov",
            &join(&[
                &mvhd(),
                &track(1, b"vide", &picture_entry(), start),
                &track(2, b"soun", &sound_entry(), start + SHOWN.len()),
                &track(3, b"meta", &boxed(b"mebx", SECRET), start + 2 * SHOWN.len()),
                &boxed(b"udta", &boxed(b"\xa9xyz", SECRET)),
                &boxed(b"meta", SECRET),
                &boxed(b"iods", SECRET),
            ]),
        )
    };
    let tail = join(&[&boxed(b"uuid", SECRET), &boxed(b"free", SECRET), &boxed(b"XMP_", SECRET)]);
    let early = boxed(b"uuid", SECRET);
    if data_first {
        let start = head.len() + early.len() + 8;
        join(&[&head, &early, &data, &film(start), &tail])
    } else {
        let start = head.len() + early.len() + film(0).len() + 8;
        join(&[&head, &early, &film(start), &data, &tail])
    }
}

/// A film in fragments, of which one track goes.
pub fn fragments() -> Vec<u8> {
    let empty = |id: usize, handler: &[u8; 4], entry: &[u8]| {
        let mut track = track(id, handler, entry, 0);
        // No samples in the tables.
        let at = track.windows(4).position(|name| name == b"stsz").unwrap() + 4 + 8;
        track[at..at + 4].fill(0);
        let at = track.windows(4).position(|name| name == b"stco").unwrap() + 4 + 4;
        track[at..at + 4].fill(0);
        track
    };
    let extends = |id: usize| boxed(b"trex", &join(&[&[0; 4], &be32(id), &be32(1), &[0; 12]]));
    let film = boxed(
        b"moov",
        &join(&[
            &mvhd(),
            &boxed(b"mvex", &join(&[&boxed(b"mehd", &[0; 8]), &extends(1), &extends(2), &boxed(b"trep", SECRET)])),
            &empty(1, b"vide", &picture_entry()),
            &empty(2, b"meta", &boxed(b"mebx", SECRET)),
        ]),
    );
    let fragment = |offset: usize| {
        let part = |id: usize, offset: usize, len: usize| {
            boxed(
                b"traf",
                &join(&[
                    &boxed(b"tfhd", &join(&[b"\0\x02\0\0", &be32(id)])),
                    &boxed(b"tfdt", &[0; 8]),
                    &boxed(b"trun", &join(&[b"\0\0\x02\x01", &be32(1), &be32(offset), &be32(len)])),
                    &boxed(b"uuid", SECRET),
                ]),
            )
        };
        boxed(
            b"moof",
            &join(&[
                &boxed(b"mfhd", &[0; 8]),
                &part(1, offset, SHOWN.len()),
                &part(2, offset + SHOWN.len(), SECRET.len()),
                &boxed(b"uuid", SECRET),
            ]),
        )
    };
    let offset = fragment(0).len() + 8;
    join(&[
        &boxed(b"ftyp", b"iso5\0\0\0\x01dash"),
        &film,
        &boxed(b"sidx", &join(&[&[0; 22], &[0, 1], &[0; 12], SECRET])),
        &boxed(b"emsg", SECRET),
        &fragment(offset),
        &boxed(b"mdat", &join(&[SHOWN, SECRET])),
        &boxed(b"mfra", SECRET),
    ])
}

/// A picture in tiles, turned, with transparency, EXIF, XMP, C2PA, a thumbnail, and a film behind it.
pub fn heif() -> Vec<u8> {
    let head = boxed(b"ftyp", b"heic\0\0\0\x07mif1heicSAMS");
    let item = |id: usize, kind: &[u8; 4], name: &[u8]| {
        boxed(b"infe", &join(&[b"\x02\0\0\0", &be16(id), &[0, 0], kind, name, &[0]]))
    };
    let place = |id: usize, method: usize, at: usize, len: usize| {
        join(&[&be16(id), &be16(method), &be16(0), &be16(1), &be32(at), &be32(len)])
    };
    let meta = |start: usize| {
        let refer = |kind: &[u8; 4], from: usize, to: &[usize]| {
            let to: Vec<u8> = to.iter().flat_map(|to| be16(*to)).collect();
            boxed(kind, &join(&[&be16(from), &be16(to.len() / 2), &to]))
        };
        let places = join(&[
            &place(1, 1, SECRET.len(), 8),
            &place(2, 0, start, SHOWN.len()),
            &place(3, 0, start + SHOWN.len(), SHOWN.len()),
            &place(4, 0, start + 2 * SHOWN.len(), SECRET.len()),
            &place(5, 0, start + 2 * SHOWN.len(), SECRET.len()),
            &place(6, 1, 0, SECRET.len()),
            &place(7, 0, start + 2 * SHOWN.len(), SECRET.len()),
        ]);
        let shown = join(&[
            &boxed(
                b"ipco",
                &join(&[
                    &boxed(
                        b"hvcC",
                        &join(&[&[1; 22], b"\x02\x20\0\x01\0\x02vp\x27\0\x01", &be16(SECRET.len()), SECRET]),
                    ),
                    &boxed(b"ispe", &join(&[&[0; 12], SECRET])),
                    &boxed(b"udes", SECRET),
                    &boxed(b"irot", &[1]),
                    &boxed(b"colr", &join(&[b"prof", &profile()])),
                    &boxed(b"auxC", &join(&[&[0; 4], b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", SECRET])),
                    &boxed(b"crtt", &SECRET[..12]),
                ]),
            ),
            &boxed(
                b"ipma",
                &join(&[
                    &[0; 4],
                    &be32(4),
                    &be16(1),
                    b"\x05\x02\x03\x84\x05\x07",
                    &be16(2),
                    b"\x02\x81\x02",
                    &be16(3),
                    b"\x03\x81\x02\x06",
                    &be16(7),
                    b"\x01\x81",
                ]),
            ),
        ]);
        boxed(
            b"meta",
            &join(&[
                &[0; 4],
                &boxed(b"hdlr", &join(&[&[0; 8], b"pict", &[0; 12], SECRET, &[0]])),
                &boxed(b"pitm", &join(&[&[0; 4], &be16(1)])),
                &boxed(b"iloc", &join(&[b"\x01\0\0\0\x44\0", &be16(7), &places])),
                &boxed(
                    b"iinf",
                    &join(&[
                        &[0; 4],
                        &be16(7),
                        &item(1, b"grid", SECRET),
                        &item(2, b"hvc1", b""),
                        &item(3, b"hvc1", b""),
                        &item(4, b"Exif", b""),
                        &item(5, b"mime", b"application/rdf+xml"),
                        &item(6, b"uri ", SECRET),
                        &item(7, b"hvc1", b""),
                    ]),
                ),
                &boxed(
                    b"iref",
                    &join(&[
                        &[0; 4],
                        &refer(b"dimg", 1, &[2]),
                        &refer(b"auxl", 3, &[1, 7]),
                        &refer(b"cdsc", 4, &[1]),
                        &refer(b"thmb", 7, &[1]),
                    ]),
                ),
                &boxed(b"iprp", &shown),
                &boxed(b"idat", &join(&[SECRET, b"\0\0\0\0\0\x01\0\x01", SECRET])),
                &boxed(b"uuid", SECRET),
            ]),
        )
    };
    let start = head.len() + meta(0).len() + 8;
    join(&[&head, &meta(start), &boxed(b"mdat", &join(&[SHOWN, SHOWN, SECRET])), &boxed(b"mpvd", SECRET), SECRET])
}

/// An element of EBML, its length in two bytes.
pub fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    join(&[id, &be16(content.len() | 0x4000), content])
}

/// WebM; of the segment and the clusters, the length is said or not.
pub fn webm(open: bool) -> Vec<u8> {
    let outer = |id: &[u8], content: &[u8]| {
        if open { join(&[id, b"\x01\xff\xff\xff\xff\xff\xff\xff", content]) } else { element(id, content) }
    };
    let words = |id: &[u8]| element(id, SECRET);
    let track = |number: u8, kind: u8, codec: &[u8]| {
        element(
            b"\xae",
            &join(&[
                &element(b"\xd7", &[number]),
                &element(b"\x73\xc5", &SECRET[..8]),
                &element(b"\x83", &[kind]),
                &words(b"\x53\x6e"),
                &element(b"\x22\xb5\x9c", b"yid"),
                &element(b"\x86", codec),
                &words(b"\x25\x86\x88"),
                &element(b"\xe0", &join(&[&element(b"\xb0", &[1]), &element(b"\xba", &[1]), &words(b"\x54\xcf")])),
            ]),
        )
    };
    let opus = element(
        b"\xae",
        &join(&[
            &element(b"\xd7", &[3]),
            &element(b"\x83", &[2]),
            &element(b"\x86", b"A_OPUS"),
            &element(b"\x63\xa2", &join(&[b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0", SECRET])),
            &element(b"\xe1", &join(&[&element(b"\x9f", &[1]), &words(b"\x7d\x7b")])),
        ]),
    );
    let block = |track: u8, data: &[u8]| join(&[&[0x80 | track, 0, 0, 0x80], data]);
    let seek = |id: &[u8]| element(b"\x4d\xbb", &join(&[&element(b"\x53\xab", id), &element(b"\x53\xac", &[9])]));
    let cluster = join(&[
        &element(b"\xe7", &[0]),
        &element(b"\xa3", &block(1, SHOWN)),
        &element(b"\xa3", &block(2, SECRET)),
        &element(
            b"\xa0",
            &join(&[&element(b"\xa1", &block(3, SHOWN)), &element(b"\xa4", SECRET), &element(b"\x75\xa1", SECRET)]),
        ),
        &element(b"\xa0", &element(b"\xa1", &block(2, SECRET))),
        &words(b"\x58\x54"),
    ]);
    let cue = |track: u8| {
        element(
            b"\xbb",
            &join(&[
                &element(b"\xb3", &[0]),
                &element(b"\xb7", &join(&[&element(b"\xf7", &[track]), &element(b"\xf1", &[0])])),
            ]),
        )
    };
    let segment = join(&[
        &element(
            b"\x11\x4d\x9b\x74",
            &join(&[&element(b"\xbf", &SECRET[..4]), &seek(b"\x15\x49\xa9\x66"), &seek(b"\x12\x54\xc3\x67")]),
        ),
        &words(b"\xec"),
        &element(
            b"\x15\x49\xa9\x66",
            &join(&[
                &element(b"\x2a\xd7\xb1", b"\x0f\x42\x40"),
                &words(b"\x4d\x80"),
                &words(b"\x57\x41"),
                &words(b"\x7b\xa9"),
                &element(b"\x44\x61", &SECRET[..8]),
                &element(b"\x73\xa4", &SECRET[..16]),
            ]),
        ),
        &element(b"\x16\x54\xae\x6b", &join(&[&track(1, 1, b"V_VP8"), &track(2, 17, b"S_TEXT/UTF8"), &opus])),
        &outer(b"\x1f\x43\xb6\x75", &cluster),
        &words(b"\x12\x54\xc3\x67"),
        &outer(b"\x1f\x43\xb6\x75", &cluster),
        &element(b"\x1c\x53\xbb\x6b", &join(&[&cue(1), &cue(2)])),
        &words(b"\x10\x43\xa7\x70"),
        &element(b"\x19\x41\xa4\x69", &SECRET.repeat(20)),
    ]);
    join(&[
        &element(b"\x1a\x45\xdf\xa3", &join(&[&element(b"\x42\x82", b"webm"), &words(b"\xec")])),
        &outer(b"\x18\x53\x80\x67", &segment),
    ])
}

/// All twins, by name.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("jpeg", jpeg()),
        ("png", png()),
        ("gif", gif()),
        ("webp", webp()),
        ("wave", wave()),
        ("mp4", film(b"mp42", false)),
        ("mov", film(b"qt  ", true)),
        ("fragments", fragments()),
        ("heif", heif()),
        ("webm", webm(false)),
        ("webm-open", webm(true)),
    ]
}

#[test]
fn no_secret_is_left_and_the_picture_is() {
    for (name, file) in all() {
        assert!(has(&file, SECRET), "{name}");
        let clean = cleaned(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        for part in SECRET.windows(4) {
            assert!(!has(&clean, part), "{name}: `{}` is left", String::from_utf8_lossy(part));
        }
        let shown = |bytes: &[u8]| bytes.windows(SHOWN.len()).filter(|part| *part == SHOWN).count();
        assert_eq!(shown(&clean), shown(&file), "{name}");
        assert_eq!(cleaned(&clean).as_deref(), Ok(clean.as_slice()), "{name}: what is clean stays as it is");
    }
}

#[test]
fn a_jpeg_is_upright_in_its_colours_and_nothing_else() {
    let turned = b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let clean = cleaned(&jpeg()).unwrap();
    assert!(clean.starts_with(b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xe1"));
    assert!(has(&clean, turned));
    assert!(has(&clean, b"Adobe\0\x64\0\0\0\0\x01\xff\xe2"));
    assert!(has(&clean, b"XYZ \0\0\0\0\0\0\x6f\xa2\0\0\x38\xf5\0\0\x03\x90"));
    assert!(clean.ends_with(b"\xff\xd9"));
}

#[test]
fn a_png_keeps_its_turn_and_the_shape_of_its_pixels() {
    let clean = cleaned(&png()).unwrap();
    assert!(has(&clean, b"eXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06"));
    assert!(has(&clean, b"iCCPicc\0\0\x78\x01"));
    assert!(has(&clean, b"pHYs\0\0\0\x01\0\0\0\x02\0"));
    assert!(has(&clean, b"acTL"));
    // What is needed to show the picture and is not known is not cut out.
    let critical = [&png()[..33], &chunk(b"CgBI", b"....")[..], &png()[33..]].concat();
    assert!(matches!(cleaned(&critical), Err(CleanError::CannotBeCleaned { .. })));
}

#[test]
fn a_gif_keeps_its_loops_and_its_times() {
    let clean = cleaned(&gif()).unwrap();
    let expect = join(&[
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xff\x0bNETSCAPE2.0\x03\x01\x05\0\0!\xf9\x04\0\x0a\0\0\0",
        b",\0\0\0\0\x01\0\x01\0\0\x02",
        &blocks(SHOWN),
        b";",
    ]);
    assert_eq!(clean, expect);
}

#[test]
fn a_webp_says_what_it_has() {
    let clean = cleaned(&webp()).unwrap();
    assert_eq!(clean[4..8], le32(clean.len() - 8));
    // Profile, EXIF with the orientation, moving; no alpha was said.
    assert_eq!(clean[12..21], *b"VP8X\x0a\0\0\0\x2a");
    assert!(has(&clean, b"ALPH\x03\0\0\0odd\0VP8 "));
    assert!(has(&clean, b"EXIF\x1a\0\0\0MM\0*"));
}

#[test]
fn nothing_moves_in_a_film() {
    for file in [film(b"mp42", false), film(b"qt  ", true), fragments(), heif(), webm(false)] {
        let clean = cleaned(&file).unwrap();
        let places =
            |bytes: &[u8]| -> Vec<usize> { (0..bytes.len()).filter(|at| bytes[*at..].starts_with(SHOWN)).collect() };
        assert_eq!(places(&clean), places(&file));
    }
}

#[test]
fn a_film_loses_languages_makers_brands_and_other_tracks() {
    let clean = cleaned(&film(b"mp42", true)).unwrap();
    assert!(
        clean.starts_with(b"\0\0\0\x1cftypmp42\0\0\0\0isomisommp42") || has(&clean, b"ftypmp42\0\0\0\0isomisommp42")
    );
    assert_eq!(clean.windows(4).filter(|name| *name == b"trak").count(), 2);
    assert!(has(&clean, b"\x55\xc4"));
    for gone in [b"udta", b"meta", b"uuid", b"XMP_", b"tref", b"elng", b"iods", b"SA3D"] {
        assert!(!has(&clean, gone), "{}", String::from_utf8_lossy(gone));
    }
}

#[test]
fn plain_sound_of_quicktime_is_kept_whole() {
    // Eight moments of two channels of two bytes, in a table that says a byte for each.
    let mut fixed = vec![0; 28];
    fixed[16..20].copy_from_slice(b"\0\x02\0\x10");
    let mut track = track(1, b"soun", &boxed(b"sowt", &fixed), 8);
    let at = track.windows(4).position(|name| name == b"stsz").unwrap() + 8;
    track[at..at + 8].copy_from_slice(b"\0\0\0\x01\0\0\0\x08");
    let at = track.windows(4).position(|name| name == b"stsc").unwrap() + 16;
    track[at..at + 4].copy_from_slice(b"\0\0\0\x08");
    let sound = [7; 32];
    let file = join(&[&boxed(b"mdat", &join(&[&sound, SECRET])), &boxed(b"moov", &join(&[&mvhd(), &track]))]);
    let clean = cleaned(&file).unwrap();
    assert!(clean[8..].starts_with(&sound));
    assert!(!has(&clean, SECRET));
}

#[test]
fn an_heif_keeps_picture_tiles_turn_and_transparency() {
    let clean = cleaned(&heif()).unwrap();
    for stays in [b"grid", b"hvc1", b"irot", b"auxC", b"dimg", b"auxl", b"colr"] {
        assert!(has(&clean, stays), "{}", String::from_utf8_lossy(stays));
    }
    for gone in [b"Exif", b"mime", b"uri ", b"thmb", b"cdsc", b"udes", b"crtt", b"mpvd", b"SAMS"] {
        assert!(!has(&clean, gone), "{}", String::from_utf8_lossy(gone));
    }
    assert_eq!(clean.windows(4).filter(|name| *name == b"infe").count(), 3);
}

#[test]
fn a_film_that_needs_what_is_not_known_is_refused() {
    let with = |entry: &[u8]| {
        let film = boxed(b"moov", &join(&[&mvhd(), &track(1, b"vide", entry, 8)]));
        cleaned(&join(&[&boxed(b"mdat", SHOWN), &film]))
    };
    let mut fixed = vec![0; 78];
    fixed[76..78].copy_from_slice(b"\xff\xff");
    assert!(with(&picture_entry()).is_ok());
    for codec in [b"jpeg", b"encv", b"mjp2", b"\0\0\0\0"] {
        assert!(matches!(with(&boxed(codec, &fixed)), Err(CleanError::CannotBeCleaned { .. })), "{codec:?}");
    }
    fixed[76..78].fill(0);
    assert!(matches!(with(&boxed(b"avc1", &fixed)), Err(CleanError::CannotBeCleaned { .. })));
    let packed = boxed(b"moov", &boxed(b"cmov", SHOWN));
    assert!(matches!(cleaned(&packed), Err(CleanError::CannotBeCleaned { .. })));
}
