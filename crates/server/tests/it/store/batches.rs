//! Group commit changes nothing but speed: acts committed together are answered and kept as if one after the other.

use proptest::prelude::*;
use record::EntryId;
use server::store::{Committed, Draft, Sqlite, Store, StoreError, prepare};

use super::said;

/// A draft by small numbers, so that keys, contents and ids meet often.
type Small = (Option<u8>, u8, u8);

fn make((key, content, id): Small) -> Draft {
    let mut entry = said(&content.to_string(), None);
    entry.id = EntryId::from_bytes([id; 16]);
    Draft { key: key.map(|key| key.to_string()), entry }
}

fn acts() -> impl Strategy<Value = Vec<Vec<Small>>> {
    let draft = (prop::option::of(0..4_u8), 0..3_u8, 0..12_u8);
    prop::collection::vec(prop::collection::vec(draft, 0..4), 1..8)
}

fn in_words(answer: &Result<Vec<Committed>, StoreError>) -> String {
    match answer {
        Ok(committed) => format!("{committed:?}"),
        Err(error) => error.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn together_as_one_after_the_other(before in acts(), acts in acts()) {
        let folder = tempfile::tempdir().unwrap();
        let (one, all) = (folder.path().join("one"), folder.path().join("all"));
        let (one, all) = (Sqlite::open(&one).unwrap(), Sqlite::open(&all).unwrap());
        let drafts = |act: &Vec<Small>| act.iter().copied().map(make).collect::<Vec<_>>();
        for store in [&one, &all] {
            for act in &before {
                let _ = store.commit("before", drafts(act));
            }
        }
        let singly: Vec<_> = acts.iter().map(|act| in_words(&one.commit("act", drafts(act)))).collect();
        let together = all.commit_all(acts.iter().map(|act| prepare("act", drafts(act)).unwrap()).collect());
        prop_assert_eq!(together.iter().map(in_words).collect::<Vec<_>>(), singly);
        let kept = |store: &Sqlite| {
            let entries = store.entries(0, usize::MAX).unwrap();
            let seen = entries.into_iter().map(|stored| (stored.seq, stored.id, stored.held.unwrap().entry.body));
            seen.collect::<Vec<_>>()
        };
        let entries = kept(&all);
        prop_assert_eq!(&entries, &kept(&one));
        prop_assert!(entries.iter().map(|(seq, ..)| *seq).eq(0..entries.len() as u64));
    }
}
