//! Test: what of a signed statement holds without its key, and that every change of it is told by its part.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ORIGIN: &str = "https://desk.example.gov";

fn statement(agency: &str) -> String {
    json!({
        "agency": agency,
        "format": "vouchsafe filing 1",
        "period": { "due": null, "from": "2026-07-01", "name": "2026Q3", "to": "2026-09-30" },
        "section": "statement",
        "tables": [],
    })
    .to_string()
}

fn browser(challenge: &[u8; 32]) -> Value {
    json!({
        "type": "webauthn.get",
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "origin": ORIGIN,
        "crossOrigin": false,
        "other_keys_can_be_added_here": "as a browser does",
    })
}

fn device(host: &str, flags: u8) -> Vec<u8> {
    [&Sha256::digest(host.as_bytes())[..], &[flags, 0, 0, 0, 9]].concat()
}

/// A statement whose answer holds, but for the key, which nobody asks here.
fn signed() -> SignedStatement {
    let (text, nonce) = (statement("DOC"), Nonce::from_bytes([4; 32]));
    let challenge = challenge(&Sha256::digest(text.as_bytes()).into(), &nonce);
    SignedStatement {
        agency: "DOC".into(),
        from: Date::constant(2026, 7, 1),
        through: Date::constant(2026, 9, 30),
        statement: text.into(),
        staff: StaffId::from_bytes([3; 16]),
        answer: PasskeyAnswer {
            origin: ORIGIN.to_owned(),
            nonce,
            key: PasskeyKey::Es256 { x: [1; 32], y: [2; 32] },
            device: HexBytes::of(&device("desk.example.gov", PRESENT | VERIFIED)),
            browser: browser(&challenge).to_string(),
            signature: HexBytes::of(&[5; 70]),
        },
    }
}

#[test]
fn what_the_key_signed_is_what_the_device_said_and_the_hash_of_what_the_browser_said() {
    let signed = signed();
    let expected = [signed.answer.device.as_bytes(), &Sha256::digest(signed.answer.browser.as_bytes())[..]].concat();
    assert_eq!(signed.message(), Ok(expected));
}

/// A known answer, so that whoever writes a reader of their own has one to compare with.
#[test]
fn the_challenge_is_a_hash_in_a_domain_of_its_own() {
    let by_hand: [u8; 32] = Sha256::digest([&b"vouchsafe statement v1\0"[..], &[1; 32], &[2; 32]].concat()).into();
    assert_eq!(challenge(&[1; 32], &Nonce::from_bytes([2; 32])), by_hand);
    let known = "78b07019777e";
    assert_eq!(hex::encode(&by_hand[..6]), known);
    for other in [challenge(&[1; 32], &Nonce::from_bytes([3; 32])), challenge(&[2; 32], &Nonce::from_bytes([2; 32]))] {
        assert_ne!(other, by_hand);
    }
}

fn with_browser(change: impl FnOnce(&mut Value)) -> SignedStatement {
    let mut signed = signed();
    let mut said: Value = serde_json::from_str(&signed.answer.browser).unwrap();
    change(&mut said);
    signed.answer.browser = said.to_string();
    signed
}

fn with_device(bytes: &[u8]) -> SignedStatement {
    let mut signed = signed();
    signed.answer.device = HexBytes::of(bytes);
    signed
}

fn with(change: impl FnOnce(&mut SignedStatement)) -> SignedStatement {
    let mut signed = signed();
    change(&mut signed);
    signed
}

#[test]
fn each_thing_that_does_not_hold_is_told_by_its_part() {
    let good = device("desk.example.gov", PRESENT | VERIFIED);
    let cases = [
        (with(|one| one.agency = "NYPD".into()), SignedFault::Statement),
        (with(|one| one.from = Date::constant(2026, 4, 1)), SignedFault::Statement),
        (with(|one| one.through = Date::constant(2026, 12, 31)), SignedFault::Statement),
        (with(|one| one.statement = "{}".into()), SignedFault::Statement),
        (
            with(|one| one.statement = statement("DOC").replace("\"statement\"", "\"9-131\"").into()),
            SignedFault::Statement,
        ),
        (with(|one| one.statement = statement("DOC").replace("filing 1", "filing 2").into()), SignedFault::Statement),
        (with(|one| one.statement = statement("DOC").replace("[]", "[1]").into()), SignedFault::Challenge),
        (with(|one| one.answer.nonce = Nonce::from_bytes([5; 32])), SignedFault::Challenge),
        (with_browser(|said| said["challenge"] = json!(URL_SAFE_NO_PAD.encode([7; 32]))), SignedFault::Challenge),
        (with_browser(|said| said["type"] = json!("webauthn.create")), SignedFault::Kind),
        (with_browser(|said| said["type"] = json!("payment.get")), SignedFault::Kind),
        (with_browser(|said| said["origin"] = json!("https://desk.example.gov.attacker.example")), SignedFault::Origin),
        (with_browser(|said| said["origin"] = json!("http://desk.example.gov")), SignedFault::Origin),
        (with_browser(|said| said["crossOrigin"] = json!(true)), SignedFault::Origin),
        (with(|one| one.answer.origin = "https://other.example".to_owned()), SignedFault::Origin),
        (with(|one| one.answer.browser = "{".to_owned()), SignedFault::Browser),
        // The same name twice: two readers could read two things.
        (
            with(|one| one.answer.browser = one.answer.browser.replacen('{', "{\"origin\":\"https://a.example\",", 1)),
            SignedFault::Browser,
        ),
        (with_device(&[]), SignedFault::Device),
        (with_device(&good[..36]), SignedFault::Device),
        (with_device(&[&good[..], &[0]].concat()), SignedFault::Device),
        (with_device(&device("desk.example.gov", PRESENT | VERIFIED | EXTENDED)), SignedFault::Device),
        (with_device(&device("desk.example.gov", PRESENT | VERIFIED | ATTESTED)), SignedFault::Device),
        (with_device(&device("attacker.example", PRESENT | VERIFIED)), SignedFault::Site),
        (with_device(&device("desk.example.gov", VERIFIED)), SignedFault::Absent),
        (with_device(&device("desk.example.gov", PRESENT)), SignedFault::Unverified),
    ];
    for (number, (signed, fault)) in cases.into_iter().enumerate() {
        assert_eq!(signed.message(), Err(fault), "case {number}");
    }
    // What an extension says is signed with the rest.
    let extended = [&device("desk.example.gov", PRESENT | VERIFIED | EXTENDED)[..], &[0xa0]].concat();
    assert!(with_device(&extended).message().is_ok());
}

/// The bits as the standard numbers them (section 6.1), and those of a passkey that is backed up, which change nothing.
#[test]
fn who_was_there_is_read_from_the_standards_bits() {
    for (flags, expected) in [
        (0b0000_0101, None),
        (0b0001_1101, None),
        (0b0000_0100, Some(SignedFault::Absent)),
        (0b0000_0110, Some(SignedFault::Absent)),
        (0b0000_0001, Some(SignedFault::Unverified)),
        (0b0000_1011, Some(SignedFault::Unverified)),
        (0b0100_0101, Some(SignedFault::Device)),
        (0b1000_0101, Some(SignedFault::Device)),
    ] {
        assert_eq!(with_device(&device("desk.example.gov", flags)).message().err(), expected, "{flags:08b}");
    }
}

#[test]
fn an_address_is_one_that_a_browser_gives_passkeys_to() {
    for (origin, name) in [
        ("https://desk.example.gov", Some("desk.example.gov")),
        ("https://desk.example.gov:8443", Some("desk.example.gov")),
        ("http://localhost:8080", Some("localhost")),
        ("http://desk.example.gov", None),
        ("https://desk.example.gov/", None),
        ("https://Desk.example.gov", None),
        ("https://", None),
        ("https://desk.example.gov:port", None),
        ("desk.example.gov", None),
    ] {
        assert_eq!(host(origin), name, "{origin}");
    }
}

#[test]
fn a_key_has_one_text_and_one_hash() {
    let es384 = PasskeyKey::Es384 { x: [3; 48], y: [4; 48] };
    let rs256 = PasskeyKey::Rs256 { n: Box::new([5; 256]), e: [1, 0, 1] };
    for (key, bytes) in [(signed().answer.key, 77), (es384, 110), (rs256, 272)] {
        let written = key.to_bytes();
        assert_eq!((written.len(), PasskeyKey::parse(&written).as_ref()), (bytes, Some(&key)));
        let json = serde_json::to_value(&key).unwrap();
        assert_eq!(serde_json::from_value::<PasskeyKey>(json).unwrap(), key);
        for longer in [&written[..bytes - 1], &[&written[..], &[0]].concat()] {
            assert_eq!(PasskeyKey::parse(longer), None);
        }
    }
    assert!(serde_json::from_value::<PasskeyKey>(json!("a0")).is_err());
    assert!(serde_json::from_value::<HexBytes>(json!("A0")).is_err());
    assert!(serde_json::from_value::<HexBytes>(json!("a")).is_err());
}

proptest! {
    /// Whatever stands in it, reading it neither panics nor says that it holds.
    #[test]
    fn no_other_words_of_device_or_browser_hold(device: Vec<u8>, browser: String, place: prop::sample::Index, byte: u8) {
        prop_assert!(with_device(&device).message().is_err());
        prop_assert!(with(|one| one.answer.browser = browser).message().is_err());
        prop_assert!(PasskeyKey::parse(&device).is_none());
        // One byte changed of what the device said, but for the counter, which the signature alone holds.
        let mut changed = signed().answer.device.as_bytes().to_vec();
        let place = place.index(32);
        prop_assume!(changed[place] != byte);
        changed[place] = byte;
        prop_assert_eq!(with_device(&changed).message(), Err(SignedFault::Site));
    }
}
