//! Answers: shown once, in order, to one mailbox, and only if an official signed them.

use expect_test::expect;
use proptest::prelude::*;
use seal::{
    Identity, Receipt, envelope, pad,
    receipt::Mailbox,
    reply::{
        Expecting, MAX_REPLY_TEXT_BYTES, OfficialKey, OfficialPublicKey, OpenReplyError, Reply, SEALED_REPLY_BYTES,
        SealReplyError,
    },
};
use zeroize::Zeroizing;

use crate::shared::rng;

fn official(byte: u8) -> OfficialKey {
    OfficialKey::from_seed(&Zeroizing::new([byte; 32]))
}

struct Phone {
    identity: Identity,
    mailbox: Mailbox,
    officials: Vec<OfficialPublicKey>,
}

fn phone(seed: u64) -> Phone {
    let receipt = Receipt::make(&mut rng(seed));
    let officials = vec![official(1).public(), official(2).public()];
    Phone { identity: receipt.reply_identity(), mailbox: receipt.mailbox(), officials }
}

impl Phone {
    fn after(&self, last: u64) -> Expecting<'_> {
        Expecting { identity: &self.identity, mailbox: self.mailbox, last, officials: &self.officials }
    }

    fn answer(&self, sequence: u64, text: &str) -> Vec<u8> {
        self.answer_by(&official(1), sequence, text)
    }

    fn answer_by(&self, key: &OfficialKey, sequence: u64, text: &str) -> Vec<u8> {
        let reply = Reply { mailbox: self.mailbox, sequence, text: Zeroizing::new(text.to_owned()) };
        reply.seal(key, &self.identity.recipient().unwrap(), &mut rng(sequence)).unwrap()
    }
}

#[test]
fn answers_are_shown_in_their_order() {
    let phone = phone(1);
    for sequence in 1..4 {
        let sealed = phone.answer_by(&official(1 + (sequence % 2) as u8), sequence, "We have read it.");
        let reply = phone.after(sequence - 1).open(&sealed).unwrap();
        assert_eq!((reply.sequence, reply.text.as_str()), (sequence, "We have read it."));
    }
}

#[test]
fn every_sealed_answer_has_the_length_that_is_said() {
    let phone = phone(1);
    for length in [0, 1, 1000, MAX_REPLY_TEXT_BYTES] {
        assert_eq!(phone.answer(1, &"x".repeat(length)).len(), SEALED_REPLY_BYTES);
    }
}

#[test]
fn an_official_s_key_follows_from_their_identity() {
    let one = Identity::from_seed(Zeroizing::new([1; 32]));
    assert_eq!(OfficialKey::of(&one).public(), OfficialKey::of(&Identity::from_seed(Zeroizing::new([1; 32]))).public());
    assert_ne!(OfficialKey::of(&one).public(), OfficialKey::of(&Identity::from_seed(Zeroizing::new([2; 32]))).public());
    assert_ne!(OfficialKey::of(&one).public(), official(1).public(), "not the identity's own seed");
}

#[test]
fn a_forged_answer_is_refused() {
    let phone = phone(1);
    let by_stranger = phone.answer_by(&official(9), 1, "Come to this address.");
    let refused = phone.after(0).open(&by_stranger).err();
    assert_eq!(refused, Some(OpenReplyError::UnknownKey(official(9).public())));
    // An official's key is named, and someone else signed.
    let padded = envelope::open(&phone.identity, &phone.answer(1, "Wait for our call.")).unwrap();
    let honest = pad::unpad(&padded).unwrap();
    let stranger = pad::unpad(&envelope::open(&phone.identity, &by_stranger).unwrap()).unwrap();
    // One byte of the array's head, two of the key's, the key, then the signature and what it is over.
    let forged = [&honest[..35], &stranger[35..]].concat();
    let to = phone.identity.recipient().unwrap();
    let again = |bytes: &[u8]| envelope::seal(&[&to], &pad::pad(bytes).unwrap(), &mut rng(5)).unwrap();
    assert_eq!(phone.after(0).open(&again(&forged)).err(), Some(OpenReplyError::Forged));
    assert!(phone.after(0).open(&again(&honest)).is_ok());
    // Each byte of what was signed.
    for at in 0..honest.len() {
        let mut changed = honest.to_vec();
        changed[at] ^= 1;
        assert!(phone.after(0).open(&again(&changed)).is_err(), "byte {at}");
    }
}

#[test]
fn an_answer_that_was_shown_is_refused() {
    let phone = phone(1);
    let first = phone.answer(1, "one");
    assert!(phone.after(0).open(&first).is_ok());
    assert_eq!(phone.after(1).open(&first).err(), Some(OpenReplyError::Replayed { last: 1, found: 1 }));
    assert_eq!(phone.after(7).open(&first).err(), Some(OpenReplyError::Replayed { last: 7, found: 1 }));
    let never = Expecting { last: u64::MAX, ..phone.after(0) };
    assert_eq!(never.open(&first).err(), Some(OpenReplyError::Replayed { last: u64::MAX, found: 1 }));
}

#[test]
fn an_answer_out_of_its_order_is_refused() {
    let phone = phone(1);
    let third = phone.answer(3, "three");
    assert_eq!(phone.after(0).open(&third).err(), Some(OpenReplyError::OutOfOrder { expected: 1, found: 3 }));
    assert_eq!(phone.after(1).open(&third).err(), Some(OpenReplyError::OutOfOrder { expected: 2, found: 3 }));
    assert!(phone.after(2).open(&third).is_ok());
}

#[test]
fn an_answer_to_another_mailbox_is_refused() {
    let (one, other) = (phone(1), phone(2));
    let sealed = one.answer(1, "for one");
    let refused = other.after(0).open(&sealed).err();
    assert_eq!(refused, Some(OpenReplyError::Open(envelope::OpenError::NoMatch)));
    // Sealed for the right key, written for another mailbox.
    let reply = Reply { mailbox: other.mailbox, sequence: 1, text: Zeroizing::new("for other".to_owned()) };
    let sealed = reply.seal(&official(1), &one.identity.recipient().unwrap(), &mut rng(1)).unwrap();
    assert_eq!(one.after(0).open(&sealed).err(), Some(OpenReplyError::OtherMailbox));
    // An official who can open it seals the signed answer for someone else.
    let opened = envelope::open(&one.identity, &one.answer(1, "for one")).unwrap();
    let again = envelope::seal(&[&other.identity.recipient().unwrap()], &opened, &mut rng(1)).unwrap();
    let posing = Expecting { mailbox: one.mailbox, ..other.after(0) };
    assert_eq!(posing.open(&again).err(), Some(OpenReplyError::Forged));
}

#[test]
fn all_answers_have_one_length_and_texts_a_limit() {
    let phone = phone(1);
    let lengths = ["", "short", &"x".repeat(MAX_REPLY_TEXT_BYTES)].map(|text| phone.answer(u64::MAX, text).len());
    assert_eq!(lengths, [lengths[0]; 3]);
    assert_eq!(lengths[0], phone.answer(1, "").len());
    let seal = |sequence, bytes: usize| {
        let reply = Reply { mailbox: phone.mailbox, sequence, text: Zeroizing::new("x".repeat(bytes)) };
        reply.seal(&official(1), &phone.identity.recipient().unwrap(), &mut rng(1)).err()
    };
    assert_eq!(seal(1, MAX_REPLY_TEXT_BYTES + 1), Some(SealReplyError::TooLong(MAX_REPLY_TEXT_BYTES + 1)));
    assert_eq!(seal(0, 1), Some(SealReplyError::Sequence));
    let longest = phone.answer(1, &"x".repeat(MAX_REPLY_TEXT_BYTES));
    assert_eq!(phone.after(0).open(&longest).unwrap().text.len(), MAX_REPLY_TEXT_BYTES);
}

#[test]
fn answers_and_officials_keys_do_not_print() {
    let phone = phone(1);
    let reply = phone.after(0).open(&phone.answer(1, "secret")).unwrap();
    expect!["Reply(..) OfficialKey(..)"].assert_eq(&format!("{reply:?} {:?}", official(1)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_comes_back(text in "\\PC{0,2000}", last in 0..u64::MAX) {
        let phone = phone(1);
        let sealed = phone.answer(last + 1, &text);
        let reply = phone.after(last).open(&sealed).unwrap();
        prop_assert_eq!(reply.text.as_str(), text.as_str());
    }
}
