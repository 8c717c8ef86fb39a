//! The primitives that others wrote, at the versions that we use, against published vectors: X-Wing, HPKE, Wycheproof
//! and CCTV.

use aes_gcm::{AeadInOut as _, Aes256Gcm};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use ed25519_next::{Signature, VerifyingKey};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use hpke::{Deserializable as _, OpModeR, aead, kdf, kem};
use serde_json::Value;
use sha2_next::Sha256;
use x_wing::{Decapsulator as _, KeyExport as _, kem::Decapsulate as _};

use crate::shared::{hex, json};

/// All tests of a file of Wycheproof, each with its group.
fn tests(file: &Value) -> Vec<(&Value, &Value)> {
    let groups = file["testGroups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["tests"].as_array().unwrap().iter().map(move |test| (group, test))).collect()
}

fn valid(test: &Value) -> bool {
    test["result"] == "valid"
}

#[test]
fn x_wing_gives_the_drafts_keys_and_secrets() {
    let Some(vectors) = json("xwing/test-vectors.json") else { return };
    for vector in vectors.as_array().unwrap() {
        let seed: [u8; 32] = hex(vector, "seed").try_into().unwrap();
        let key = x_wing::DecapsulationKey::from(seed);
        let public = key.encapsulation_key();
        assert_eq!(public.to_bytes().as_slice(), hex(vector, "pk"));
        let identity = seal::Identity::from_seed(seed.into());
        assert_eq!(identity.recipient().unwrap().to_bytes(), hex(vector, "pk"));
        let eseed: [u8; 64] = hex(vector, "eseed").try_into().unwrap();
        let (ct, ss) = public.encapsulate_deterministic((&eseed).into());
        assert_eq!((ct.as_slice(), ss.as_slice()), (hex(vector, "ct").as_slice(), hex(vector, "ss").as_slice()));
        assert_eq!(key.decapsulate(&ct).as_slice(), hex(vector, "ss"));
    }
}

/// Opens what the encryptions at the head of a vector's sequence seal; `setup` holds its keys.
fn hpke_opens<Kem: hpke::Kem>(setup: &Value, encryptions: &Value) {
    let key = Kem::PrivateKey::from_bytes(&hex(setup, "skRm")).unwrap();
    let enc = Kem::EncappedKey::from_bytes(&hex(setup, "enc")).unwrap();
    let info = hex(setup, "info");
    let mut context =
        hpke::setup_receiver::<aead::ChaCha20Poly1305, kdf::HkdfSha256, Kem>(&OpModeR::Base, &key, &enc, &info)
            .unwrap();
    // The RFC prints some of a longer sequence; those at its head follow each other.
    for encryption in encryptions.as_array().unwrap().iter().take(3) {
        let opened = context.open(&hex(encryption, "ct"), &hex(encryption, "aad")).unwrap();
        assert_eq!(opened, hex(encryption, "pt"));
    }
}

#[test]
fn hpke_opens_the_drafts_and_the_rfcs_messages() {
    let Some(vectors) = json("hpke/hpke-pq-test-vectors.json.zst") else { return };
    let ours = |vector: &&Value| {
        ["mode", "kem_id", "kdf_id", "aead_id"].map(|field| vector[field].as_u64()) == [0, 0x647a, 1, 3].map(Some)
    };
    let found: Vec<&Value> = vectors.as_array().unwrap().iter().filter(ours).collect();
    found.iter().for_each(|vector| hpke_opens::<kem::XWing>(vector, &vector["encryptions"]));
    assert_eq!(found.len(), 1, "X-Wing, HKDF-SHA-256, ChaCha20-Poly1305");
    let Some(vectors) = json("hpke/rfc9180-appendix-vectors.json.zst") else { return };
    let ours = |vector: &&Value| {
        let suite = vector["suite"].as_str().unwrap();
        let named = ["X25519", "HKDF-SHA256", "ChaCha20Poly1305"].iter().all(|part| suite.contains(part));
        vector["mode"] == "Base" && named
    };
    let found: Vec<&Value> = vectors.as_array().unwrap().iter().filter(ours).collect();
    found.iter().for_each(|vector| hpke_opens::<kem::X25519HkdfSha256>(&vector["setup"], &vector["encryptions"]));
    assert_eq!(found.len(), 1, "appendix A.2.1");
}

#[test]
fn chacha20_poly1305_is_wycheproofs() {
    let Some(file) = json("wycheproof/chacha20_poly1305_test.json.zst") else { return };
    for (_, test) in tests(&file) {
        let (Ok(key), Ok(nonce)) = (<[u8; 32]>::try_from(hex(test, "key")), <[u8; 12]>::try_from(hex(test, "iv")))
        else {
            continue;
        };
        let (mut text, aad) = (hex(test, "ct"), hex(test, "aad"));
        let Ok(tag) = <[u8; 16]>::try_from(hex(test, "tag")) else { continue };
        let opened = ChaCha20Poly1305::new(&key.into()).decrypt_inout_detached(
            &nonce.into(),
            &aad,
            text.as_mut_slice().into(),
            &tag.into(),
        );
        assert_eq!(opened.is_ok(), valid(test), "{test}");
        assert!(opened.is_err() || text == hex(test, "msg"), "{test}");
    }
}

#[test]
fn aes_256_gcm_is_wycheproofs() {
    let Some(file) = json("wycheproof/aes_gcm_test.json.zst") else { return };
    let mut walked = 0;
    for (_, test) in tests(&file) {
        let (Ok(key), Ok(nonce)) = (<[u8; 32]>::try_from(hex(test, "key")), <[u8; 12]>::try_from(hex(test, "iv")))
        else {
            continue;
        };
        let Ok(tag) = <[u8; 16]>::try_from(hex(test, "tag")) else { continue };
        let (mut text, aad) = (hex(test, "ct"), hex(test, "aad"));
        let opened = Aes256Gcm::new(&key.into()).decrypt_inout_detached(
            &nonce.into(),
            &aad,
            text.as_mut_slice().into(),
            &tag.into(),
        );
        assert_eq!(opened.is_ok(), valid(test), "{test}");
        assert!(opened.is_err() || text == hex(test, "msg"), "{test}");
        walked += 1;
    }
    assert!(walked > 50);
}

#[test]
fn hkdf_and_hmac_are_wycheproofs() {
    let Some(file) = json("wycheproof/hkdf_sha256_test.json.zst") else { return };
    for (_, test) in tests(&file) {
        let mut out = vec![0; usize::try_from(test["size"].as_u64().unwrap()).unwrap()];
        let expanded =
            Hkdf::<Sha256>::new(Some(&hex(test, "salt")), &hex(test, "ikm")).expand(&hex(test, "info"), &mut out);
        assert_eq!(expanded.is_ok(), valid(test), "{test}");
        assert!(expanded.is_err() || out == hex(test, "okm"), "{test}");
    }
    let Some(file) = json("wycheproof/hmac_sha256_test.json.zst") else { return };
    for (group, test) in tests(&file) {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&hex(test, "key")).unwrap();
        mac.update(&hex(test, "msg"));
        let tag_bytes = usize::try_from(group["tagSize"].as_u64().unwrap() / 8).unwrap();
        let right = mac.finalize().into_bytes()[..tag_bytes] == hex(test, "tag");
        assert_eq!(right, valid(test), "{test}");
    }
}

#[test]
fn x25519_is_wycheproofs() {
    let Some(file) = json("wycheproof/x25519_test.json.zst") else { return };
    for (_, test) in tests(&file) {
        let secret: [u8; 32] = hex(test, "private").try_into().unwrap();
        let public: [u8; 32] = hex(test, "public").try_into().unwrap();
        let shared = x25519_dalek::StaticSecret::from(secret).diffie_hellman(&public.into());
        assert_eq!(shared.as_bytes().as_slice(), hex(test, "shared"), "{test}");
        // The check that `envelope` makes with a fixed scalar finds the same points as the secret's own product.
        let any = x25519_dalek::StaticSecret::from([1; 32]).diffie_hellman(&public.into());
        assert_eq!(any.was_contributory(), shared.was_contributory(), "{test}");
    }
}

#[test]
fn ed25519_is_wycheproofs_and_refuses_what_cctv_flags() {
    let Some(file) = json("wycheproof/ed25519_test.json.zst") else { return };
    let verified = |key: &[u8], message: &[u8], signature: &[u8]| {
        let Ok(key) = VerifyingKey::try_from(key) else { return false };
        Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
    };
    for (group, test) in tests(&file) {
        let key = hex(&group["publicKey"], "pk");
        assert_eq!(verified(&key, &hex(test, "msg"), &hex(test, "sig")), valid(test), "{test}");
    }
    let Some(vectors) = json("cctv/ed25519vectors.json.zst") else { return };
    let mut agreed = 0;
    for vector in vectors.as_array().unwrap() {
        let flags: Vec<&str> = vector["flags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let message = vector["msg"].as_str().unwrap().as_bytes();
        let ours = verified(&hex(vector, "key"), message, &hex(vector, "sig"));
        let doubtful = ["low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue"];
        if flags.iter().any(|flag| doubtful.contains(flag)) {
            assert!(!ours, "{vector}");
        }
        agreed += usize::from(ours);
    }
    assert!(agreed > 0);
}

#[test]
fn ml_kem_768_is_wycheproofs() {
    use ml_kem::{DecapsulationKey, MlKem768, kem::Decapsulate as _};
    let Some(file) = json("wycheproof/mlkem_768_test.json.zst") else { return };
    let mut walked = 0;
    for (_, test) in tests(&file) {
        let Ok(seed) = <[u8; 64]>::try_from(hex(test, "seed")) else {
            assert!(!valid(test), "{test}");
            continue;
        };
        let key = DecapsulationKey::<MlKem768>::from_seed(seed.into());
        let Ok(ct) = ml_kem::Ciphertext::<MlKem768>::try_from(hex(test, "c").as_slice()) else {
            assert!(!valid(test), "{test}");
            continue;
        };
        let shared = key.decapsulate(&ct);
        assert_eq!(shared.as_slice() == hex(test, "K"), valid(test), "{test}");
        walked += 1;
    }
    assert!(walked > 0);
}
