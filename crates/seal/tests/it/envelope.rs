//! Envelopes of our own: who opens them, what is refused, and what never prints.

use expect_test::expect;
use proptest::prelude::*;
use seal::{
    Identity, Recipient,
    envelope::{HeaderError, MAX_RECIPIENTS, OpenError, Outside, SealError, inspect, open, open_armored, seal},
};

use crate::shared::rng;

fn identities(count: u64) -> (Vec<Identity>, Vec<Recipient>) {
    let identities: Vec<Identity> = (0..count).map(|seed| Identity::make(&mut rng(seed))).collect();
    let recipients = identities.iter().map(|identity| identity.recipient().unwrap()).collect();
    (identities, recipients)
}

fn sealed(recipients: &[Recipient], plaintext: &[u8]) -> Vec<u8> {
    seal(&recipients.iter().collect::<Vec<_>>(), plaintext, &mut rng(99)).unwrap()
}

#[test]
fn each_recipient_opens_and_nobody_else() {
    let (identities, recipients) = identities(4);
    let envelope = sealed(&recipients[..3], b"what was seen");
    for identity in &identities[..3] {
        assert_eq!(open(identity, &envelope).unwrap().as_slice(), b"what was seen");
    }
    assert_eq!(open(&identities[3], &envelope), Err(OpenError::NoMatch));
    assert_eq!(inspect(&envelope), Ok(Outside { recipients: 3, plaintext_bytes: 13 }));
    assert!(!envelope.windows(8).any(|window| window == b"what was"));
}

#[test]
fn whom_to_seal_for_is_checked() {
    let (_, recipients) = identities(1);
    let many = vec![&recipients[0]; MAX_RECIPIENTS + 1];
    let (_, crowd) = self::identities(MAX_RECIPIENTS as u64);
    assert_eq!(seal(&[], b"", &mut rng(1)), Err(SealError::NoRecipient));
    assert_eq!(seal(&many[..2], b"", &mut rng(1)), Err(SealError::Twice(1)));
    assert_eq!(seal(&many, b"", &mut rng(1)), Err(SealError::TooManyRecipients(MAX_RECIPIENTS + 1)));
    let crowd: Vec<&Recipient> = crowd.iter().collect();
    let envelope = seal(&crowd, b"", &mut rng(1)).unwrap();
    assert_eq!(inspect(&envelope).unwrap().recipients, MAX_RECIPIENTS);
}

#[test]
fn an_envelope_cut_short_anywhere_is_refused() {
    let (identities, recipients) = identities(1);
    let envelope = sealed(&recipients, &vec![1; 70_000]);
    let header = envelope.len() - 70_000 - 32 - 16;
    let ends = [header, header + 16, header + 16 + 65_552];
    for length in
        (0..40).chain(ends.iter().flat_map(|end| end - 30..end + 30)).chain(envelope.len() - 30..envelope.len())
    {
        assert!(open(&identities[0], &envelope[..length]).is_err(), "{length} bytes of {}", envelope.len());
    }
}

#[test]
fn armor_is_read_and_only_as_armor() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let (identities, recipients) = identities(1);
    let envelope = sealed(&recipients, b"on paper");
    let base64 = STANDARD.encode(&envelope);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let armor = format!("-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n", lines.join("\n"));
    assert_eq!(open_armored(&identities[0], armor.as_bytes()).unwrap().as_slice(), b"on paper");
    assert_eq!(open(&identities[0], armor.as_bytes()), Err(OpenError::Header(HeaderError::Version)));
    assert!(matches!(open_armored(&identities[0], &envelope), Err(OpenError::Armor(_))));
}

#[test]
fn what_is_taken_in_is_sealed_for_post_quantum_recipients() {
    assert_eq!(inspect(b"plain words"), Err(HeaderError::Version));
    let classic = b"age-encryption.org/v1\n-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc\n\
        hjabGXwSLQ9c3S6Lw2i+S2Tu2fiwQHHslbBN6B41FLE\n--- WyJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcNg\n0123456789abcdef0123456789abcdef";
    assert_eq!(inspect(classic), Err(HeaderError::OtherKind));
}

#[test]
fn keys_are_read_in_one_spelling_and_secrets_do_not_print() {
    let identity = Identity::make(&mut rng(1));
    let recipient = identity.recipient().unwrap();
    let text = identity.to_text();
    assert_eq!(text.parse::<Identity>().unwrap().recipient().unwrap(), recipient);
    assert_eq!(recipient.to_string().parse::<Recipient>().unwrap(), recipient);
    assert_eq!(Recipient::from_bytes(&recipient.to_bytes()).unwrap(), recipient);
    expect!["Identity(..)"].assert_eq(&format!("{identity:?}"));
    expect!["Recipient(age1pq1fwfrpr0eny625…)"].assert_eq(&format!("{recipient:?}"));
    let refused = |text: &str| match text.parse::<Identity>() {
        Err(error) => error.to_string(),
        Ok(_) => "read".to_owned(),
    };
    let mut mistyped = text.to_string();
    mistyped.replace_range(30..31, if &mistyped[30..31] == "Q" { "P" } else { "Q" });
    expect!["the key was mistyped: its letters do not pass their own check"].assert_eq(&refused(&mistyped));
    expect!["this is not a key that begins with `AGE-SECRET-KEY-PQ-1`"].assert_eq(&refused(&recipient.to_string()));
    let mixed = format!("{}{}", &text[..40], text[40..].to_lowercase());
    expect!["the key was mistyped: its letters do not pass their own check"].assert_eq(&refused(&mixed));
    expect!["this is not a key that begins with `age1pq1`"]
        .assert_eq(&text.parse::<Recipient>().unwrap_err().to_string());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sealed_opens_and_its_length_is_that_of_its_content(length in 0_usize..200_000, count in 1_u64..4) {
        let (identities, recipients) = identities(count);
        let plaintext = vec![7; length];
        let envelope = sealed(&recipients, &plaintext);
        for identity in &identities {
            let opened = open(identity, &envelope).unwrap();
            prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
        }
        prop_assert_eq!(envelope.len(), sealed(&recipients, &vec![9; length]).len());
        prop_assert_eq!(inspect(&envelope).unwrap(), Outside { recipients: recipients.len(), plaintext_bytes: length });
    }

    #[test]
    fn a_changed_bit_is_refused(length in 0_usize..2000, at in any::<prop::sample::Index>(), bit in 0_u32..8) {
        let (identities, recipients) = identities(1);
        let mut envelope = sealed(&recipients, &vec![7; length]);
        let at = at.index(envelope.len());
        envelope[at] ^= 1 << bit;
        prop_assert!(open(&identities[0], &envelope).is_err());
    }
}
