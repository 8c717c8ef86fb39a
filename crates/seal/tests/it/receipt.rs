//! Receipts: written and read again, mistyped, and what follows from them.

use std::path::Path;

use expect_test::{expect, expect_file};
use proptest::prelude::*;
use seal::{
    Receipt,
    receipt::{DigitsError, Mailbox, ReturnError, WordList, WordListError, WordsError, verify_return},
};
use zeroize::Zeroizing;

use crate::shared::rng;

const LANGUAGES: [(&str, bip39::Language); 6] = [
    ("en", bip39::Language::English),
    ("es", bip39::Language::Spanish),
    ("fr", bip39::Language::French),
    ("ko", bip39::Language::Korean),
    ("zh-Hans", bip39::Language::SimplifiedChinese),
    ("zh-Hant", bip39::Language::TraditionalChinese),
];

fn receipt(bytes: [u8; 16]) -> Receipt {
    Receipt::new(Zeroizing::new(bytes))
}

fn list(tag: &str) -> WordList {
    WordList::of_language(tag).unwrap()
}

#[test]
fn a_receipt_is_written_so() {
    let bytes = *b"0123456789abcdef";
    let mut text = format!("bytes: {}\n", hex::encode(bytes));
    for (tag, _) in LANGUAGES {
        text += &format!("{tag}: {}\n", *receipt(bytes).to_words(&list(tag)));
    }
    text += &format!("digits:\n{}\n", *receipt(bytes).to_digits());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/seal/receipt/spellings");
    expect_file![path].assert_eq(&text);
}

#[test]
fn what_follows_from_a_receipt_never_changes() {
    let receipt = receipt(*b"0123456789abcdef");
    let reply = receipt.reply_identity().recipient().unwrap().to_string();
    let derived = [
        receipt.mailbox().to_string(),
        reply[..40].to_owned(),
        hex::encode(receipt.return_key().public()),
        hex::encode(receipt.blind().as_bytes()),
    ];
    expect![[r#"
        mb-cb6b5762b16e4601505b2cfe0d3534ddd9900d926c7c0b33a7c8908ed632e314
        age1pq1f4q38nlqgdgrxlkx5xpy3tyn7ufzc2pex
        1bb92e786a330d4dc2050d2837b4b2cf5c8c115089f2cd244de2a0d020f6b640
        538b4ca963e6b6ad1400933f3e2ed99065f04ad5d442eba3018894c0dcff71fa
    "#]]
    .assert_eq(&(derived.join("\n") + "\n"));
}

#[test]
fn receipts_and_what_opens_mailboxes_do_not_print() {
    let receipt = Receipt::make(&mut rng(1));
    expect!["Receipt(..) Identity(..) ReturnKey(..) Blind(..) Mailbox(..)"].assert_eq(&format!(
        "{:?} {:?} {:?} {:?} {:?}",
        receipt,
        receipt.reply_identity(),
        receipt.return_key(),
        receipt.blind(),
        receipt.mailbox()
    ));
}

#[test]
fn a_return_is_proved_for_one_mailbox_and_one_nonce() {
    let (receipt, other) = (Receipt::make(&mut rng(1)), Receipt::make(&mut rng(2)));
    let (mailbox, nonce) = (receipt.mailbox(), [7; 32]);
    let public = receipt.return_key().public();
    let proof = receipt.return_key().prove(&mailbox, &nonce);
    assert_eq!(verify_return(&public, &mailbox, &nonce, &proof), Ok(()));
    assert_eq!(verify_return(&public, &mailbox, &[8; 32], &proof), Err(ReturnError));
    assert_eq!(verify_return(&public, &other.mailbox(), &nonce, &proof), Err(ReturnError));
    assert_eq!(verify_return(&other.return_key().public(), &mailbox, &nonce, &proof), Err(ReturnError));
    let theirs = other.return_key().prove(&mailbox, &nonce);
    assert_eq!(verify_return(&public, &mailbox, &nonce, &theirs), Err(ReturnError));
    // A key of low order, for which anyone can sign.
    let mut anyone = [0; 64];
    anyone[0] = 1;
    let mut low = [0; 32];
    low[0] = 1;
    assert_eq!(verify_return(&low, &Mailbox::new([0; 32]), &nonce, &anyone), Err(ReturnError));
}

#[test]
fn a_wrong_word_is_named_by_its_place() {
    let english = list("en");
    let read = |text: &str| Receipt::from_words(text, &[&english]).err();
    let right = "coral dice harvest holiday chest bracket monkey fossil boss pole crane abandon";
    let unknown = "coral dise harvest holiday chest bracket monkey fossil bos pole crane abandon";
    assert_eq!(read(unknown), Some(WordsError::Unknown { positions: vec![2, 9] }));
    expect!["not in the list of words: word 2, word 9"].assert_eq(&read(unknown).unwrap().to_string());
    assert_eq!(read(&right[..right.len() - 8]), Some(WordsError::Count { found: 11 }));
    assert_eq!(read(""), Some(WordsError::Count { found: 0 }));
    assert_eq!(read(&"zoo ".repeat(100_000)), Some(WordsError::Count { found: 100_000 }));
    assert_eq!(read(&"abandon ".repeat(12)), Some(WordsError::Check));
    assert_eq!(Receipt::from_words(right, &[]).err(), Some(WordsError::NoList));
}

#[test]
fn the_nearest_list_says_what_is_wrong_and_two_lists_may_not_differ() {
    let lists = LANGUAGES.map(|(tag, _)| list(tag));
    let all: Vec<&WordList> = lists.iter().collect();
    for (seed, (tag, _)) in LANGUAGES.iter().enumerate() {
        let receipt = Receipt::make(&mut rng(seed as u64));
        let words = receipt.to_words(&list(tag));
        let read = Receipt::from_words(&words, &all).unwrap();
        assert_eq!(read.mailbox(), receipt.mailbox(), "{tag}");
        let mut parts: Vec<&str> = words.split_whitespace().collect();
        parts[4] = "?";
        let wrong = Receipt::from_words(&parts.join(" "), &all).err();
        assert_eq!(wrong, Some(WordsError::Unknown { positions: vec![5] }), "{tag}");
    }
    // The same words with other numbers: one receipt of 16 passes by chance in the second list too.
    let english = list("en");
    let turned: Vec<&str> = bip39::Language::English.word_list().iter().rev().copied().collect();
    let turned = WordList::parse(&turned.join("\n")).unwrap();
    let ambiguous = (0..200).filter(|seed| {
        let words = Receipt::make(&mut rng(*seed)).to_words(&english);
        Receipt::from_words(&words, &[&english, &turned]).err() == Some(WordsError::Ambiguous)
    });
    assert!((1..60).contains(&ambiguous.count()));
}

#[test]
fn a_list_has_2048_words_once_each() {
    let words: Vec<&str> = bip39::Language::English.word_list().to_vec();
    assert!(WordList::parse(&words.join("\n")).is_ok());
    assert_eq!(WordList::parse(&words[1..].join("\n")).err(), Some(WordListError::Count(2047)));
    let twice = [&words[..2047], &words[..1]].concat().join("\n");
    assert_eq!(WordList::parse(&twice).err(), Some(WordListError::Word(2048)));
    assert!(WordList::of_language("ar").is_none());
    assert_eq!(list("en").beginning_with("Zo").collect::<Vec<_>>(), ["zone", "zoo"]);
}

#[test]
fn a_wrong_digit_is_named_by_its_row() {
    let receipt = receipt([255; 16]);
    let text = receipt.to_digits();
    expect![[r#"
        34028 23669 20973
        38463 46337 46000
        74317 68211 45540
    "#]]
    .assert_eq(&(text.to_string() + "\n"));
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    for place in 0..digits.len() {
        for wrong in '0'..='9' {
            let mut mistyped = digits.clone();
            mistyped[place] = wrong;
            let read = Receipt::from_digits(&mistyped.iter().collect::<String>());
            match wrong == digits[place] {
                true => assert!(read.is_ok()),
                false => assert_eq!(read.err(), Some(DigitsError::Row { row: place / 15 + 1 })),
            }
        }
        let mut swapped = digits.clone();
        swapped.swap(place, (place + 1).min(digits.len() - 1));
        let read = Receipt::from_digits(&swapped.iter().collect::<String>());
        assert_eq!(read.is_ok(), swapped == digits);
    }
    let rows: Vec<&str> = text.lines().collect();
    let turned = [rows[1], rows[0], rows[2]].join("\n");
    assert_eq!(Receipt::from_digits(&turned).err(), Some(DigitsError::Row { row: 1 }));
    assert_eq!(Receipt::from_digits("123").err(), Some(DigitsError::Count { found: 3 }));
    assert_eq!(Receipt::from_digits(&"1".repeat(100_000)).err(), Some(DigitsError::Count { found: 100_000 }));
    assert_eq!(Receipt::from_digits("12 x").err(), Some(DigitsError::Character { position: 4 }));
}

#[test]
fn digits_of_other_scripts_and_marks_between_are_read() {
    let receipt = Receipt::make(&mut rng(3));
    let text = receipt.to_digits();
    for zero in ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{ff10}'] {
        let other: String = text
            .chars()
            .map(|c| c.to_digit(10).map_or('\u{2013}', |digit| char::from_u32(u32::from(zero) + digit).unwrap()))
            .collect();
        let read = Receipt::from_digits(&format!("\u{200f}{other}\u{200e}")).unwrap();
        assert_eq!(read.mailbox(), receipt.mailbox());
    }
}

proptest! {
    #[test]
    fn words_are_those_of_bip39_and_come_back_however_they_are_typed(bytes in any::<[u8; 16]>(), language in 0_usize..6) {
        let (tag, language) = LANGUAGES[language];
        let words = receipt(bytes).to_words(&list(tag));
        let theirs = bip39::Mnemonic::from_entropy_in(language, &bytes).unwrap();
        prop_assert!(words.split_whitespace().eq(theirs.words()));
        let list = list(tag);
        let composed: String = unicode_normalization::UnicodeNormalization::nfc(words.chars()).collect();
        let dense: String = words.split_whitespace().collect();
        let spread = format!("\n {} \t", words.to_uppercase().replace([' ', '\u{3000}'], "\n  "));
        let typed = [words.to_string(), composed, spread];
        let dense = tag.starts_with("zh").then_some(dense);
        for text in typed.iter().chain(&dense) {
            let read = Receipt::from_words(text, &[&list]).unwrap();
            prop_assert_eq!(read.mailbox(), receipt(bytes).mailbox());
        }
    }

    #[test]
    fn digits_come_back(bytes in any::<[u8; 16]>()) {
        let read = Receipt::from_digits(&receipt(bytes).to_digits()).unwrap();
        prop_assert_eq!(read.mailbox(), receipt(bytes).mailbox());
    }

    #[test]
    fn whatever_is_typed_gives_an_answer(text in "\\PC{0,300}") {
        let english = list("en");
        let _ = Receipt::from_words(&text, &[&english]);
        let _ = Receipt::from_digits(&text);
    }
}
