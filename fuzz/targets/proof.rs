//! Proofs that stand alone and a witness's requests: written again byte for byte; a proof leads to one root at most.
#![no_main]

use tlog::{
    InclusionReceipt,
    tree::{empty_root, leaf_hash, root_from_inclusion, verify_inclusion},
    witness::AddCheckpoint,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(receipt) = InclusionReceipt::parse(bytes) {
        assert_eq!(receipt.to_string().as_bytes(), bytes);
        let size = receipt.checkpoint.checkpoint().size();
        let root = receipt.checkpoint.checkpoint().root();
        let leads_to = |leaf: &[u8]| root_from_inclusion(&receipt.path, receipt.index, size, leaf_hash(leaf)).ok();
        assert_eq!(
            receipt.verify(leaf_hash(b"a"), &[]).is_ok(),
            leads_to(b"a") == Some(root),
            "a receipt holds if and only if its path leads to its root"
        );
        if let (Some(one), Some(other)) = (leads_to(b"a"), leads_to(b"b")) {
            assert_ne!(one, other, "two leaves at one place");
            assert_eq!(verify_inclusion(&receipt.path, receipt.index, size, leaf_hash(b"a"), one), Ok(()));
        }
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
        // The proof is a stranger's: whatever it says, it only must not panic.
        drop(request.verify(empty_root()));
    }
});
