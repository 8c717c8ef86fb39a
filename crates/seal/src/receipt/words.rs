//! Sixteen bytes as twelve words (BIP 39): 128 bits and four of their SHA-256, eleven bits a word.
//!
//! The check of BIP 39 notices fifteen of sixteen mistakes that lead to another word of the list; a wrong receipt that
//! passes leads to a mailbox that is not there, and never to another person's (a chance of 2^-128).

use std::collections::HashMap;

use sha2_next::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// How many words a receipt has.
pub const WORDS: usize = 12;

const LIST_WORDS: usize = 2048;
const WORD_BITS: usize = 11;

/// A list of 2048 words.
pub struct WordList {
    words: Vec<String>,
    numbers: HashMap<String, u16>,
    /// Whether each word is one character, so that no space need be between.
    characters: bool,
}

/// Why text is no list of words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordListError {
    /// It has too few or too many words.
    #[error("a list has {LIST_WORDS} words, not {0}")]
    Count(usize),
    /// A word is empty or there twice.
    #[error("word {0} of the list is empty or there twice")]
    Word(usize),
}

/// Why words are no receipt. It tells their places and never repeats them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// There are too few or too many.
    #[error("there are {found} words where {WORDS} have to be")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// Words that are not in the list which knows most of them.
    #[error("not in the list of words: {}", places(positions))]
    Unknown {
        /// The places, from 1.
        positions: Vec<usize>,
    },
    /// All are in the list, but together they do not pass their check: one is wrong or two changed places.
    #[error("each word is known, but together they are no receipt: one is wrong, or two changed places")]
    Check,
    /// The words are a receipt in two lists, and not the same one.
    #[error("the words are receipts in two languages; choose the language in which the receipt was written")]
    Ambiguous,
    /// No list was given.
    #[error("there is no list of words to read with")]
    NoList,
}

fn places(positions: &[usize]) -> String {
    positions.iter().map(|position| format!("word {position}")).collect::<Vec<_>>().join(", ")
}

crate::secret::redacted!(WordList => "WordList");

impl WordList {
    /// A list of 2048 words, one a line, in the order that gives them their numbers. The words have to be in Unicode's
    /// normal form NFKD, as BIP 39 publishes them.
    ///
    /// # Errors
    /// There are too few or too many words, or one is there twice.
    pub fn parse(text: &str) -> Result<Self, WordListError> {
        Self::of(text.lines())
    }

    fn of<'a>(list: impl Iterator<Item = &'a str>) -> Result<Self, WordListError> {
        let words: Vec<String> = list.map(str::to_owned).collect();
        if words.len() != LIST_WORDS {
            return Err(WordListError::Count(words.len()));
        }
        let mut numbers = HashMap::with_capacity(LIST_WORDS);
        for (number, word) in (0..).zip(&words) {
            if word.trim().is_empty() || numbers.insert(word.clone(), number).is_some() {
                return Err(WordListError::Word(usize::from(number) + 1));
            }
        }
        let characters = words.iter().all(|word| word.chars().count() == 1);
        Ok(Self { words, numbers, characters })
    }

    /// The words for a language tag, if its script has a list: English, Spanish, French, Korean, and Chinese in either
    /// script.
    #[cfg(feature = "words")]
    #[must_use]
    pub fn of_language(tag: &str) -> Option<Self> {
        use bip39::Language;
        let language = match tag {
            "en" => Language::English,
            "es" => Language::Spanish,
            "fr" => Language::French,
            "ko" => Language::Korean,
            "zh-Hans" => Language::SimplifiedChinese,
            "zh" | "zh-Hant" => Language::TraditionalChinese,
            _ => return None,
        };
        Self::of(language.word_list().iter().copied()).ok()
    }

    /// Words that begin so, for a page that completes them.
    pub fn beginning_with<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a str> {
        let text = normal(text);
        self.words.iter().map(String::as_str).filter(move |word| word.starts_with(text.as_str()))
    }

    /// The numbers of the words, or the places of those that are unknown.
    fn look_up(&self, text: &str) -> Result<Zeroizing<Vec<u16>>, WordsError> {
        let words: Vec<&str> = if self.characters {
            text.char_indices()
                .filter(|(_, c)| !c.is_whitespace())
                .map(|(at, c)| text.get(at..at + c.len_utf8()).unwrap_or_default())
                .collect()
        } else {
            text.split_whitespace().collect()
        };
        let mut numbers = Zeroizing::new(Vec::with_capacity(WORDS));
        let mut positions = Vec::new();
        for (index, word) in words.iter().enumerate().take(4 * WORDS) {
            match self.numbers.get(*word) {
                Some(number) => numbers.push(*number),
                None => positions.push(index + 1),
            }
        }
        if words.len() != WORDS {
            return Err(WordsError::Count { found: words.len() });
        }
        if positions.is_empty() { Ok(numbers) } else { Err(WordsError::Unknown { positions }) }
    }

    fn read(&self, text: &str) -> Result<Zeroizing<[u8; 16]>, WordsError> {
        let numbers = self.look_up(text)?;
        // 132 bits: 128 of the receipt, four of its check. The last word's number holds seven bits of the former.
        let (last, first) = numbers.split_last().ok_or(WordsError::Count { found: 0 })?;
        let bits = first.iter().fold(0_u128, |bits, number| (bits << WORD_BITS) | u128::from(*number));
        let bytes = Zeroizing::new(((bits << 7) | u128::from(last >> 4)).to_be_bytes());
        if check(&bytes) == last & 0xf { Ok(bytes) } else { Err(WordsError::Check) }
    }
}

/// The first four bits of the SHA-256.
fn check(bytes: &[u8; 16]) -> u16 {
    Sha256::digest(bytes).first().map_or(0, |byte| u16::from(byte >> 4))
}

/// The numbers of the words.
pub(super) fn numbers(bytes: &[u8; 16]) -> [u16; WORDS] {
    let bits = u128::from_be_bytes(*bytes);
    let last = (u16::try_from(bits & 0x7f).unwrap_or_default() << 4) | check(bytes);
    std::array::from_fn(|index| match index {
        11 => last,
        index => u16::try_from((bits >> (7 + WORD_BITS * (10 - index))) & 0x7ff).unwrap_or_default(),
    })
}

pub(super) fn write(bytes: &[u8; 16], list: &WordList) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(256));
    for (index, number) in numbers(bytes).into_iter().enumerate() {
        if index > 0 {
            text.push(if list.characters { '\u{3000}' } else { ' ' });
        }
        text.push_str(list.words.get(usize::from(number)).map(String::as_str).unwrap_or_default());
    }
    text
}

/// The spelling in which words are compared: small letters in NFKD. Without the feature `words` the caller's text has to
/// be so already, as a browser's `toLowerCase` and `normalize` make it: the tables for both weigh more than the words.
fn normal(text: &str) -> Zeroizing<String> {
    #[cfg(feature = "words")]
    {
        use unicode_normalization::UnicodeNormalization as _;
        let small = Zeroizing::new(text.to_lowercase());
        Zeroizing::new(small.nfkd().collect())
    }
    #[cfg(not(feature = "words"))]
    Zeroizing::new(text.to_owned())
}

pub(super) fn read(text: &str, lists: &[&WordList]) -> Result<Zeroizing<[u8; 16]>, WordsError> {
    let text = normal(text);
    let mut found: Option<Zeroizing<[u8; 16]>> = None;
    let mut nearest: Option<WordsError> = None;
    for list in lists {
        match (list.read(&text), &found) {
            (Ok(bytes), Some(other)) if bytes != *other => return Err(WordsError::Ambiguous),
            (Ok(bytes), _) => found = Some(bytes),
            (Err(error), _) => {
                let unknown = |error: &WordsError| match error {
                    WordsError::Check => 0,
                    WordsError::Unknown { positions } => positions.len(),
                    _ => WORDS + 1,
                };
                if nearest.as_ref().is_none_or(|before| unknown(&error) < unknown(before)) {
                    nearest = Some(error);
                }
            }
        }
    }
    found.ok_or(nearest.unwrap_or(WordsError::NoList))
}
