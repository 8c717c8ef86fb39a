//! Receipts as they are typed: no panic, and what is read is written and read again to the same receipt.
#![no_main]

use std::sync::LazyLock;

use seal::{Receipt, receipt::WordList};

static LISTS: LazyLock<Vec<WordList>> = LazyLock::new(|| {
    ["en", "es", "fr", "ko", "zh-Hans", "zh-Hant"].into_iter().filter_map(WordList::of_language).collect()
});

fn again(receipt: &Receipt) {
    let digits = Receipt::from_digits(&receipt.to_digits()).expect("what is written is read");
    assert_eq!(digits.mailbox(), receipt.mailbox());
    for list in LISTS.iter() {
        let words = Receipt::from_words(&receipt.to_words(list), &[list]).expect("what is written is read");
        assert_eq!(words.mailbox(), receipt.mailbox());
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for list in LISTS.iter() {
        if let Ok(receipt) = Receipt::from_words(&text, &[list]) {
            again(&receipt);
        }
    }
    let all: Vec<&WordList> = LISTS.iter().collect();
    let _ = Receipt::from_words(&text, &all);
    if let Ok(receipt) = Receipt::from_digits(&text) {
        again(&receipt);
    }
    let _ = WordList::parse(&text);
});
