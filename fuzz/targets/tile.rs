//! Paths of tiles, tiles and bundles: one spelling for each path, and a bundle is its leaves and nothing else.
#![no_main]

use tlog::{
    TilePath,
    tile::{parse_bundle, parse_tile, push_leaf},
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(path) = text.parse::<TilePath>()
    {
        assert_eq!(path.to_string(), text);
        assert_eq!(TilePath::new(path.kind(), path.index(), path.width()), Some(path));
    }
    let Some((width, rest)) = bytes.split_first() else { return };
    let width = u16::from(*width) + 1;
    if let Ok(leaves) = parse_bundle(rest, width) {
        assert_eq!(leaves.len(), usize::from(width));
        let mut written = Vec::new();
        for leaf in leaves {
            push_leaf(&mut written, leaf).expect("a leaf that was read can be written");
        }
        assert_eq!(written, rest);
    }
    if let Ok(hashes) = parse_tile(rest, width) {
        assert_eq!(hashes.len(), usize::from(width));
        assert_eq!(hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>(), rest);
    }
});
