//! Files made to hang, to fill memory, or to overflow: each has its class, at once.

use std::time::{Duration, Instant};

use media::{
    CleanError, Source, Unread,
    limit::{MAX_EXIF_BYTES, MAX_HELD_BYTES, MAX_ITEMS, MAX_PARTS, MAX_TRACKS},
};

use crate::{
    cleaned,
    twins::{boxed, join},
};

/// A limit is reached within seconds even where tests are not optimised.
fn quickly<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());
    done
}

fn hostile(limit: &'static str) -> Result<Vec<u8>, CleanError> {
    Err(CleanError::Hostile { limit })
}

#[test]
fn boxes_in_boxes_are_not_followed() {
    let mut film = Vec::new();
    for _ in 0..5000 {
        film = boxed(b"moov", &film);
    }
    let file = join(&[&boxed(b"ftyp", b"mp42\0\0\0\0mp42"), &film]);
    assert!(matches!(quickly(|| cleaned(&file)), Err(CleanError::Broken { .. })));
}

#[test]
fn a_part_is_not_longer_than_the_file() {
    let huge = join(&[&boxed(b"ftyp", b"mp42\0\0\0\0mp42"), b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff"]);
    let png = b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR";
    let riff = b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff";
    let webm = b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xfe";
    for file in [&huge[..], png, riff, webm] {
        assert!(matches!(cleaned(file), Err(CleanError::Broken { .. })), "{file:?}");
    }
}

#[test]
fn no_more_parts_than_the_limit() {
    // A comment is one part and each of its blocks is one, the last of them empty.
    let blocks = MAX_PARTS as usize - 6;
    let gif = |blocks: usize| {
        join(&[
            b"GIF89a\x01\0\x01\0\0\0\0!\xfe",
            &b"\x01."[..].repeat(blocks),
            b"\0,\0\0\0\0\x01\0\x01\0\0\x02\x01.\0;",
        ])
    };
    assert!(quickly(|| cleaned(&gif(blocks))).is_ok());
    assert_eq!(quickly(|| cleaned(&gif(blocks + 1))), hostile("MAX_PARTS"));
}

#[test]
fn no_more_tracks_than_the_limit() {
    let head = boxed(b"tkhd", &[0; 84]);
    let media = boxed(b"mdia", &boxed(b"hdlr", b"\0\0\0\0\0\0\0\0meta\0\0\0\0"));
    let film = |count: usize| boxed(b"moov", &boxed(b"trak", &join(&[&head, &media])).repeat(count));
    assert!(matches!(cleaned(&film(MAX_TRACKS)), Err(CleanError::Broken { .. })));
    assert_eq!(cleaned(&film(MAX_TRACKS + 1)), hostile("MAX_TRACKS"));
}

#[test]
fn no_more_items_than_the_limit() {
    let file = |count: usize| {
        let items: Vec<u8> = (0..u16::try_from(count).unwrap())
            .flat_map(|id| boxed(b"infe", &join(&[b"\x02\0\0\0", &id.to_be_bytes(), b"\0\0mime\0"])))
            .collect();
        let index = join(&[
            &[0; 4],
            &boxed(b"hdlr", b"\0\0\0\0\0\0\0\0pict\0"),
            &boxed(b"pitm", &[0; 6]),
            &boxed(b"iloc", &[0; 8]),
            &boxed(b"iinf", &join(&[&[0; 6], &items])),
            &boxed(b"iprp", &boxed(b"ipco", b"")),
        ]);
        join(&[&boxed(b"ftyp", b"heic\0\0\0\0heic"), &boxed(b"meta", &index)])
    };
    assert!(matches!(cleaned(&file(MAX_ITEMS)), Err(CleanError::CannotBeCleaned { .. })));
    assert_eq!(cleaned(&file(MAX_ITEMS + 1)), hostile("MAX_ITEMS"));
}

#[test]
fn tiles_that_are_made_of_each_other_end() {
    let item = |id: u8| boxed(b"infe", &[2, 0, 0, 0, 0, id, 0, 0, b'g', b'r', b'i', b'd', 0]);
    let index = join(&[
        &[0; 4],
        &boxed(b"hdlr", b"\0\0\0\0\0\0\0\0pict\0"),
        &boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
        &boxed(b"iloc", &[0; 8]),
        &boxed(b"iinf", &join(&[&[0; 6], &item(1), &item(2)])),
        &boxed(b"iref", &join(&[&[0; 4], &boxed(b"dimg", &[0, 1, 0, 1, 0, 2]), &boxed(b"dimg", &[0, 2, 0, 1, 0, 1])])),
        &boxed(b"iprp", &boxed(b"ipco", b"")),
    ]);
    let file = join(&[&boxed(b"ftyp", b"heic\0\0\0\0heic"), &boxed(b"meta", &index)]);
    assert!(matches!(quickly(|| cleaned(&file)), Err(CleanError::Broken { .. })));
}

#[test]
fn items_that_take_no_bytes_are_not_counted_out() {
    // A table of locations whose numbers have no width says 65,535 extents of each item in six bytes.
    let places = join(&[&[0, 0, 0, 0, 0, 0, 0xff, 0xff], &b"\0\x01\0\0\xff\xff"[..].repeat(0xffff)]);
    let index = join(&[
        &[0; 4],
        &boxed(b"hdlr", b"\0\0\0\0\0\0\0\0pict\0"),
        &boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
        &boxed(b"iloc", &places),
        &boxed(b"iinf", &[0; 6]),
        &boxed(b"iprp", &boxed(b"ipco", b"")),
    ]);
    let file = join(&[&boxed(b"ftyp", b"heic\0\0\0\0heic"), &boxed(b"meta", &index)]);
    assert!(matches!(quickly(|| cleaned(&file)), Err(CleanError::Broken { .. })));
}

#[test]
fn many_transparencies_of_many_items_end() {
    // Each reference of each item would be looked up among all.
    let count = u16::try_from(MAX_ITEMS).unwrap();
    let items: Vec<u8> =
        (0..count).flat_map(|id| boxed(b"infe", &join(&[b"\x02\0\0\0", &id.to_be_bytes(), b"\0\0grid\0"]))).collect();
    let refer: Vec<u8> =
        (0..count).flat_map(|id| boxed(b"auxl", &join(&[&id.to_be_bytes(), &[0, 1], &[0, 0]]))).collect();
    let shown: Vec<u8> = (0..count).flat_map(|id| join(&[&id.to_be_bytes(), &[1, 1]])).collect();
    let name = boxed(b"auxC", b"\0\0\0\0urn:mpeg:hevc:2015:auxid:1\0");
    let many = u32::from(count).to_be_bytes();
    let index = join(&[
        &[0; 4],
        &boxed(b"hdlr", b"\0\0\0\0\0\0\0\0pict\0"),
        &boxed(b"pitm", &[0; 6]),
        &boxed(b"iloc", &[0; 8]),
        &boxed(b"iinf", &join(&[&[0; 6], &items])),
        &boxed(b"iref", &join(&[&[0; 4], &refer])),
        &boxed(b"iprp", &join(&[&boxed(b"ipco", &name), &boxed(b"ipma", &join(&[&[0; 4], &many, &shown]))])),
    ]);
    let file = join(&[&boxed(b"ftyp", b"heic\0\0\0\0heic"), &boxed(b"meta", &index)]);
    assert!(matches!(quickly(|| cleaned(&file)), Err(CleanError::Broken { .. })));
}

/// As many bytes as are said, all zeros, without the memory for them.
struct Zeros {
    head: Vec<u8>,
    len: u64,
    asked: u64,
}

impl Source for Zeros {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Unread> {
        self.asked += buf.len() as u64;
        for (at, byte) in (offset..).zip(buf) {
            *byte = usize::try_from(at).ok().and_then(|at| self.head.get(at)).copied().unwrap_or(0);
        }
        Ok(())
    }
}

#[test]
fn a_film_of_4_gb_is_not_read_for_its_tables() {
    let film = crate::twins::film(b"mp42", false);
    // The data become as long as that; what was behind them is gone.
    let data = film.windows(4).position(|name| name == b"mdat").unwrap();
    let mut head = film[..data + 4 + 3 * crate::twins::SHOWN.len()].to_vec();
    head[data - 4..data].fill(0);
    let mut source = Zeros { head, len: 4 << 30, asked: 0 };
    let list = media::clean(&mut source).unwrap();
    assert_eq!(list.cleaned_len(), 4 << 30);
    assert!(source.asked < 1 << 20, "{} bytes were read", source.asked);
}

#[test]
fn an_index_that_would_fill_memory_is_hostile() {
    let head = join(&[&boxed(b"ftyp", b"heic\0\0\0\0heic"), b"\x7f\xff\xff\xffmeta"]);
    let mut source = Zeros { head, len: 1 << 32, asked: 0 };
    assert_eq!(media::clean(&mut source), Err(CleanError::Hostile { limit: "MAX_HELD_BYTES" }));
    let profile = u32::try_from(MAX_HELD_BYTES + 1).unwrap().to_be_bytes();
    let head = join(&[b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", &[0; 17], &profile, b"iCCP"]);
    let mut source = Zeros { head, len: 1 << 32, asked: 0 };
    assert_eq!(media::clean(&mut source), Err(CleanError::Hostile { limit: "MAX_HELD_BYTES" }));
}

#[test]
fn exif_is_not_searched_beyond_the_limit() {
    let far = usize::try_from(MAX_EXIF_BYTES).unwrap();
    let chunk = |at: usize| {
        let first = u32::try_from(at).unwrap().to_be_bytes();
        let mut exif = join(&[b"MM\0*", &first]);
        exif.resize(at, 0);
        exif.extend_from_slice(b"\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
        exif
    };
    let png = |at: usize| {
        let exif = chunk(at);
        join(&[
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
            &[0; 17],
            &u32::try_from(exif.len()).unwrap().to_be_bytes(),
            b"eXIf",
            &exif,
            b"crc?\0\0\0\0IDATcrc?\0\0\0\0IENDcrc?",
        ])
    };
    assert!(crate::has(&cleaned(&png(far - 14)).unwrap(), b"eXIf"));
    assert!(!crate::has(&cleaned(&png(far - 13)).unwrap(), b"eXIf"));
}

#[test]
fn tables_that_say_more_than_they_hold_are_broken() {
    for name in [b"stts", b"stsc", b"stsz", b"stco"] {
        let mut film = crate::twins::film(b"mp42", false);
        let at = film.windows(4).position(|found| found == name).unwrap();
        let count = at + if name == b"stsz" { 12 } else { 8 };
        film[count..count + 4].fill(0xff);
        assert!(matches!(quickly(|| cleaned(&film)), Err(CleanError::Broken { .. })), "{name:?}");
    }
    // Four thousand million samples of one size need no table, and lie outside the data.
    let mut film = crate::twins::film(b"mp42", false);
    let at = film.windows(4).position(|found| found == b"stsz").unwrap() + 8;
    film[at..at + 8].fill(0xff);
    assert!(matches!(quickly(|| cleaned(&film)), Err(CleanError::Broken { .. })));
}
