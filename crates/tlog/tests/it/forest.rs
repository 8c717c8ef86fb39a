//! A tree in memory, grown through `Range`, that keeps every hash it is told of: what the tests prove from.

use std::{collections::HashMap, convert::Infallible};

use tlog::{
    Hash, HashSource, Range, TilePath,
    tile::{TileKind, TileSource},
    tree::{empty_root, leaf_hash, node_hash},
};

#[derive(Default)]
pub struct Forest {
    pub leaves: Vec<Vec<u8>>,
    pub roots: Vec<Hash>,
    range: Range,
    nodes: HashMap<(u8, u64), Hash>,
}

impl Forest {
    /// A tree of the leaves `leaf(0) .. leaf(size - 1)`, with the root at every size up to it.
    pub fn grown(size: u64) -> Self {
        let mut forest = Self { roots: vec![empty_root()], ..Self::default() };
        (0..size).for_each(|index| forest.push(leaf(index)));
        forest
    }

    pub fn push(&mut self, leaf: Vec<u8>) {
        let nodes = &mut self.nodes;
        self.range.append(leaf_hash(&leaf), |level, index, hash| {
            assert_eq!(nodes.insert((level, index), hash), None, "a subtree is complete once");
        });
        self.leaves.push(leaf);
        self.roots.push(self.range.root());
    }
}

/// Leaves of many lengths, none like another.
pub fn leaf(index: u64) -> Vec<u8> {
    let mut bytes = index.to_le_bytes().to_vec();
    bytes.resize(8 + usize::try_from(index % 37).unwrap(), 0xa5);
    bytes
}

impl HashSource for Forest {
    type Error = Infallible;

    fn hash(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        Ok(self.nodes[&(level, index)])
    }
}

impl TileSource for Forest {
    type Error = Infallible;

    fn tile(&self, path: TilePath) -> Result<Vec<Hash>, Infallible> {
        let TileKind::Level(level) = path.kind() else { panic!("no tile of hashes: {path}") };
        Ok((0..u64::from(path.width())).map(|at| self.nodes[&(level * 8, path.first() + at)]).collect())
    }
}

/// The definition of RFC 6962 section 2.1, by recursion: slow and plainly right.
pub fn root_by_definition(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => leaf_hash(leaf),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(root_by_definition(left), root_by_definition(right))
        }
    }
}
