//! Contact details against every set of shares.

use expect_test::expect;
use seal::{
    Identity, Recipient,
    envelope::{self, OpenError},
    shares::{
        ContactRecipients, ContactShare, MAX_CONTACT_BYTES, OpenContactError, OpenShareError, SealContactError,
        SealedContact, seal_contact,
    },
};

use crate::shared::rng;

const DETAILS: &str = "Rosa, evenings, 718 555 0100";

/// The two roles of the city, then the three people of the trustee.
pub fn holders() -> ([Identity; 5], ContactRecipients) {
    let holders: [Identity; 5] = std::array::from_fn(|seed| Identity::make(&mut rng(700 + seed as u64)));
    let recipient = |index: usize| holders[index].recipient().unwrap();
    let recipients =
        ContactRecipients { city: [recipient(0), recipient(1)], trustee: [recipient(2), recipient(3), recipient(4)] };
    (holders, recipients)
}

fn sealed(details: &str, seed: u64) -> SealedContact {
    seal_contact(details, &holders().1, &mut rng(seed)).unwrap()
}

fn shares(sealed: &SealedContact) -> [ContactShare; 5] {
    holders().0.map(|holder| sealed.open_share(&holder).unwrap())
}

#[test]
fn every_set_of_shares_opens_exactly_when_it_must() {
    let sealed = sealed(DETAILS, 1);
    let all = shares(&sealed);
    let mut opened = 0;
    for set in 0_u32..1 << all.len() {
        let held = |index: usize| set & (1 << index) != 0;
        let shares: Vec<&ContactShare> = (0..all.len()).filter(|index| held(*index)).map(|index| &all[index]).collect();
        let city = held(0) || held(1);
        let trustee = (2..5).filter(|index| held(*index)).count();
        match sealed.open(&shares) {
            Ok(details) => {
                assert!(city && trustee >= 2, "the set {set:05b} opens");
                assert_eq!(details.as_str(), DETAILS);
                opened += 1;
            }
            Err(error) => {
                let expected = if city { OpenContactError::TrusteeShort(trustee) } else { OpenContactError::NoCity };
                assert_eq!(error, expected, "the set {set:05b}");
            }
        }
        // In the other order it is the same.
        let turned: Vec<&ContactShare> = shares.into_iter().rev().collect();
        assert_eq!(sealed.open(&turned).is_ok(), city && trustee >= 2);
    }
    assert_eq!(opened, 3 * 4);
}

#[test]
fn every_set_of_shares_that_the_city_holds_fails() {
    let sealed = sealed(DETAILS, 1);
    let all = shares(&sealed);
    assert!(all[..2].iter().all(ContactShare::is_of_city) && !all[2..].iter().any(ContactShare::is_of_city));
    // Alone, together, twice; and with the share of one person of the trustee.
    for city in [vec![&all[0]], vec![&all[1]], vec![&all[0], &all[1]], vec![&all[0], &all[0], &all[1]]] {
        assert_eq!(sealed.open(&city), Err(OpenContactError::TrusteeShort(0)));
        for member in &all[2..] {
            let with_one: Vec<&ContactShare> = city.iter().copied().chain([member, member]).collect();
            assert_eq!(sealed.open(&with_one), Err(OpenContactError::TrusteeShort(1)));
        }
    }
}

#[test]
fn a_trustee_hands_a_share_to_an_investigator() {
    let sealed = sealed(DETAILS, 1);
    let all = shares(&sealed);
    let investigator = Identity::make(&mut rng(2));
    let to = investigator.recipient().unwrap();
    let handed: Vec<ContactShare> = all[2..4]
        .iter()
        .map(|share| ContactShare::open(&investigator, &share.seal_for(&[&to], &mut rng(3)).unwrap()).unwrap())
        .collect();
    assert_eq!(sealed.open(&[&all[1], &handed[0], &handed[1]]).unwrap().as_str(), DETAILS);
}

#[test]
fn shares_of_other_contacts_do_not_mix() {
    let (one, other) = (sealed(DETAILS, 1), sealed(DETAILS, 2));
    let (ones, others) = (shares(&one), shares(&other));
    assert_eq!(one.open(&[&ones[0], &ones[2], &others[3]]), Err(OpenContactError::OtherContact));
    assert_eq!(other.open(&[&ones[0], &ones[2], &ones[3]]), Err(OpenContactError::OtherContact));
    let stranger = Identity::make(&mut rng(9));
    let none = one.open_share(&stranger).err();
    assert_eq!(none, Some(OpenShareError::Open(OpenError::NoMatch)));
    let no_share = envelope::seal(&[&stranger.recipient().unwrap()], b"no share", &mut rng(1)).unwrap();
    assert_eq!(ContactShare::open(&stranger, &no_share).err(), Some(OpenShareError::NoShare));
}

#[test]
fn one_key_holds_one_share() {
    let (holders, mut recipients) = holders();
    let city: Recipient = holders[0].recipient().unwrap();
    recipients.trustee[2] = city;
    assert_eq!(seal_contact(DETAILS, &recipients, &mut rng(1)).err(), Some(SealContactError::SameRecipient));
}

#[test]
fn details_have_a_limit_and_any_text_fits_in_it() {
    for details in ["", "ü", &"x".repeat(MAX_CONTACT_BYTES)] {
        let sealed = sealed(details, 5);
        let all = shares(&sealed);
        assert_eq!(sealed.open(&[&all[0], &all[2], &all[4]]).unwrap().as_str(), details);
    }
    let long = "x".repeat(MAX_CONTACT_BYTES + 1);
    let refused = seal_contact(&long, &holders().1, &mut rng(1)).err();
    assert_eq!(refused, Some(SealContactError::TooLong(MAX_CONTACT_BYTES + 1)));
}

#[test]
fn contacts_and_shares_do_not_print() {
    let sealed = sealed(DETAILS, 1);
    let [share, ..] = shares(&sealed);
    expect!["SealedContact(..) ContactShare(..)"].assert_eq(&format!("{sealed:?} {share:?}"));
}
