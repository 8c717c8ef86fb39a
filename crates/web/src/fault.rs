//! Why a call gave nothing: a number for the page, which has the sentences. The numbers are part of the interface.

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// What the page handed in is not in the form that the call reads.
    #[error("the input is not in the form of this call")]
    Input,
    /// There is no such call.
    #[error("there is no call {0}")]
    NoCall(u32),
    /// Too little chance was handed in; what was made with it is thrown away.
    #[error("the call was given too little chance")]
    Chance,
    /// The words are too few or too many.
    #[error("the receipt has another number of words")]
    WordsCount,
    /// Words at these places, from 1, are not in the list.
    #[error("words are not in the list")]
    WordsUnknown(Vec<usize>),
    /// Each word is known; together they do not pass their check.
    #[error("the words do not pass their check")]
    WordsCheck,
    /// The list of words is none, or the words are receipts in two of them.
    #[error("the list of words cannot be used")]
    WordsList,
    /// A character, from 1, is no digit.
    #[error("a character is no digit")]
    DigitsCharacter(usize),
    /// The digits are too few or too many.
    #[error("the receipt has another number of digits")]
    DigitsCount,
    /// A row, from 1, was mistyped.
    #[error("a row of digits was mistyped")]
    DigitsRow(usize),
    /// No receipt has this number.
    #[error("no receipt has this number")]
    DigitsNumber,
    /// A key of the bundle is none.
    #[error("a key of the bundle cannot be used")]
    Keys,
    /// The report has something that no report has, or too much of it.
    #[error("the report cannot be written")]
    Report,
    /// The contact details are too long or cannot be sealed.
    #[error("the contact details cannot be sealed")]
    Contact,
    /// The report could not be sealed.
    #[error("the report cannot be sealed")]
    Seal,
    /// The file is longer than any that is sent.
    #[error("the file is longer than any that is sent")]
    TooLong,
    /// The promise is no signed note.
    #[error("the promise is no signed note")]
    PromiseForm,
    /// The promise is not signed by the key of the bundle.
    #[error("the promise is not signed by its key")]
    PromiseSignature,
    /// The promise is signed, but for something that this phone did not send.
    #[error("the promise is for another report")]
    PromiseOther,
    /// The answer about the keys is not in its form.
    #[error("the proof of the keys cannot be read")]
    KeysForm,
    /// The head of the log that holds the keys is not signed by the key of the bundle.
    #[error("the log's head that goes with the keys is not signed by its key")]
    KeysSignature,
    /// The log does not hold the set of keys that was shown.
    #[error("the keys that were shown are not in the log")]
    KeysProof,
    /// The log holds other keys than the bundle.
    #[error("the keys in the log are not those of the bundle")]
    KeysOther,
    /// The answer about a day is not in its form.
    #[error("the answer about the day cannot be read")]
    DayForm,
    /// The log's head is not signed by the key of the bundle.
    #[error("the log's head is not signed by its key")]
    DaySignature,
    /// The leaves do not lead to the root that was signed.
    #[error("the leaves are not those of the log")]
    DayProof,
    /// The report's own leaf is not among those of the day.
    #[error("the leaf is not among those of the day")]
    DayLeaf,
    /// What was handed in as a pack is none.
    #[error("this is no compiled pack")]
    Pack,
    /// A question was asked before a pack was handed in.
    #[error("a pack is handed in first")]
    NoPack,
    /// A field is not one of the pack's words.
    #[error("a field is not one of the pack's words")]
    Asked,
    /// The file is of no known kind.
    #[error("the file is of no known kind")]
    CleanUnknown,
    /// The file is broken.
    #[error("the file is broken")]
    CleanBroken,
    /// The file asks for more work than any real one.
    #[error("the file is hostile")]
    CleanHostile,
    /// What identifies cannot be told there from what is shown.
    #[error("the file cannot be cleaned")]
    CleanCannot,
    /// Bytes of the file have to be read first: from where and how many.
    #[error("bytes of the file have to be read first")]
    CleanUnread {
        /// Where they begin.
        offset: u64,
        /// How many there are.
        len: u64,
    },
}

impl Fault {
    /// The number by which the page knows it.
    #[must_use]
    pub fn number(&self) -> u32 {
        match self {
            Self::Input => 1,
            Self::NoCall(_) => 2,
            Self::Chance => 3,
            Self::WordsCount => 10,
            Self::WordsUnknown(_) => 11,
            Self::WordsCheck => 12,
            Self::WordsList => 13,
            Self::DigitsCharacter(_) => 20,
            Self::DigitsCount => 21,
            Self::DigitsRow(_) => 22,
            Self::DigitsNumber => 23,
            Self::Keys => 30,
            Self::Report => 31,
            Self::Contact => 32,
            Self::Seal => 33,
            Self::TooLong => 34,
            Self::PromiseForm => 40,
            Self::PromiseSignature => 41,
            Self::PromiseOther => 42,
            Self::DayForm => 50,
            Self::DaySignature => 51,
            Self::DayProof => 52,
            Self::DayLeaf => 53,
            Self::CleanUnknown => 60,
            Self::CleanBroken => 61,
            Self::CleanHostile => 62,
            Self::CleanCannot => 63,
            Self::CleanUnread { .. } => 64,
            Self::KeysForm => 70,
            Self::KeysSignature => 71,
            Self::KeysProof => 72,
            Self::KeysOther => 73,
            Self::Pack => 80,
            Self::NoPack => 81,
            Self::Asked => 82,
        }
    }

    /// What goes with the number: places from 1, one byte each, or a range as two numbers of eight bytes. Never a word
    /// of what was typed.
    #[must_use]
    pub fn detail(&self) -> Vec<u8> {
        let byte = |place: usize| u8::try_from(place).unwrap_or(u8::MAX);
        match self {
            Self::WordsUnknown(places) => places.iter().copied().map(byte).collect(),
            Self::DigitsCharacter(place) | Self::DigitsRow(place) => vec![byte(*place)],
            Self::CleanUnread { offset, len } => [offset.to_be_bytes(), len.to_be_bytes()].concat(),
            _ => Vec::new(),
        }
    }
}
