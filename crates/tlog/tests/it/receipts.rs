//! Receipts in the form of `tlog-proof`: made, written, read, checked, tampered with.

use proptest::prelude::*;
use tlog::{
    Checkpoint, InclusionReceipt, SecretKey, SignedCheckpoint, VerifierKey,
    signature::SignatureKind,
    tree::{leaf_hash, prove_inclusion},
};

use crate::forest::{Forest, leaf};

fn keys() -> [SecretKey; 2] {
    [SignatureKind::Ed25519, SignatureKind::CosignatureMlDsa44]
        .map(|kind| SecretKey::from_seed("log.example/2026".parse().unwrap(), kind, &[7; 32]).unwrap())
}

fn receipt(index: u64, size: u64, extra: Option<Vec<u8>>) -> (InclusionReceipt, Vec<VerifierKey>) {
    let forest = Forest::grown(size);
    let checkpoint = Checkpoint::new("log.example/2026", size, forest.roots[usize::try_from(size).unwrap()]).unwrap();
    let signatures = keys().iter().map(|key| key.sign(&checkpoint, 1_790_000_000).unwrap()).collect();
    let checkpoint = SignedCheckpoint::new(checkpoint, signatures).unwrap();
    let path = prove_inclusion(&forest, index, size).unwrap();
    (InclusionReceipt { extra, index, path, checkpoint }, keys().map(|key| key.public().clone()).to_vec())
}

#[test]
fn a_receipt_survives_its_text_and_holds() {
    for (index, size, extra) in [(0, 1, None), (3, 7, Some(b"hint".to_vec())), (100, 300, Some(Vec::new()))] {
        let (receipt, keys) = receipt(index, size, extra);
        let read = InclusionReceipt::parse(receipt.to_string().as_bytes()).unwrap();
        assert_eq!(read, receipt);
        read.verify(leaf_hash(&leaf(index)), &keys).unwrap();
        assert!(read.verify(leaf_hash(&leaf(index + 1)), &keys).is_err());
    }
}

#[test]
fn a_receipt_with_any_bit_changed_outside_its_extra_data_is_refused() {
    let (receipt, keys) = receipt(4, 7, None);
    let (text, hash) = (receipt.to_string(), leaf_hash(&leaf(4)));
    let mut accepted = Vec::new();
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            if InclusionReceipt::parse(&bytes).is_ok_and(|read| read.verify(hash, &keys).is_ok()) {
                accepted.push((at, bit));
            }
        }
    }
    assert_eq!(accepted, []);
}

#[test]
fn what_is_no_receipt_is_refused_with_its_line() {
    let check = |text: &str, want: &str| {
        assert_eq!(InclusionReceipt::parse(text.as_bytes()).unwrap_err().to_string(), want);
    };
    check("", "line 1 is not `c2sp.org/tlog-proof@v1`");
    let index = |line| format!("line {line} is not `index` and a decimal number without leading zeroes");
    check("c2sp.org/tlog-proof@v1\n", &index(2));
    check("c2sp.org/tlog-proof@v1\nindex 01\n", &index(2));
    check("c2sp.org/tlog-proof@v1\nextra AA=\nindex 1\n", "the extra data in line 2 is not base64");
    check("c2sp.org/tlog-proof@v1\nextra AA==\n", &index(3));
    check("c2sp.org/tlog-proof@v1\nindex 1\n", "no empty line and checkpoint follow the hashes, in line 3");
    check("c2sp.org/tlog-proof@v1\nindex 1\nAA\n\n", "the hash in line 3 cannot be read");
    check("c2sp.org/tlog-proof@v1\nindex 1\n\nnote\n", "the checkpoint that begins in line 4 cannot be read");
    let many = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(65);
    check(&format!("c2sp.org/tlog-proof@v1\nindex 1\n{many}\n"), "a proof has at most 64 hashes");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let with_header = [b"c2sp.org/tlog-proof@v1\nindex 1\n".as_slice(), &bytes].concat();
        for bytes in [bytes, with_header] {
            if let Ok(receipt) = InclusionReceipt::parse(&bytes) {
                prop_assert_eq!(receipt.to_string().into_bytes(), bytes);
            }
        }
    }
}
