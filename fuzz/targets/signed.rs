//! Statements that officials signed: a key is written back to the same bytes, and nothing holds without a verified owner and a signature.
#![no_main]

use record::{PasskeyKey, SignedFault, SignedStatement};
use server::filing::signed::holds;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(key) = PasskeyKey::parse(bytes) {
        assert_eq!(key.to_bytes(), bytes);
    }
    let Ok(signed) = serde_json::from_slice::<SignedStatement>(bytes) else { return };
    let holds = holds(&signed);
    match signed.message() {
        // The key alone can say no to what all else says yes to.
        Ok(message) => {
            assert!(matches!(holds, Ok(()) | Err(SignedFault::Signature)));
            let device = signed.answer.device.as_bytes();
            assert!(device[32] & 0b101 == 0b101 && message.starts_with(device));
            assert_eq!(message.len(), device.len() + 32);
        }
        Err(fault) => assert_eq!(holds, Err(fault)),
    }
});
