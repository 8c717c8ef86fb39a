//! Laws of cleaning, for files that are changed and cut off at random.

use media::{CleanError, Source, Unread};
use proptest::prelude::*;

use crate::{cleaned, has, twins};

/// A twin, changed at some places and cut off at some.
fn changed() -> impl Strategy<Value = Vec<u8>> {
    let twins: Vec<Vec<u8>> = twins::all().into_iter().map(|(_, file)| file).collect();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let values = prop::sample::select(vec![0_u8, 1, 8, 0x7f, 0x80, 0xff]);
    let extremes = prop::collection::vec((any::<prop::sample::Index>(), values), 0..3);
    (prop::sample::select(twins), changes, extremes, prop::option::weighted(0.3, any::<prop::sample::Index>()))
        .prop_map(|(mut file, changes, extremes, cut)| {
            for (at, byte) in changes.into_iter().chain(extremes) {
                let at = at.index(file.len());
                file[at] = byte;
            }
            if let Some(cut) = cut {
                file.truncate(cut.index(file.len()));
            }
            file
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_clean_stays_as_it_is(file in changed()) {
        if let Ok(clean) = cleaned(&file) {
            prop_assert_eq!(cleaned(&clean), Ok(clean));
        }
    }

    #[test]
    fn nothing_makes_it_fall(file in prop::collection::vec(any::<u8>(), 0..300), magic in prop::sample::select(twins::all())) {
        let head = magic.1.iter().take(16).copied();
        let file: Vec<u8> = head.chain(file).collect();
        let _ = cleaned(&file);
    }

    #[test]
    fn the_answer_is_the_same_however_the_bytes_come(file in changed()) {
        let whole = media::clean(&mut file.as_slice());
        let mut slow = Slow { file: &file, there: Vec::new() };
        let slowly = loop {
            match media::clean(&mut slow) {
                Err(CleanError::Unread(unread)) => slow.there.push(unread),
                other => break other,
            }
        };
        prop_assert_eq!(whole, slowly);
    }
}

/// The law above for every place of a length in the index of a film or an HEIF, at the lengths at which boxes lose their numbers.
#[test]
fn a_box_that_says_it_is_shorter_leaves_what_is_clean_clean() {
    for (name, twin) in twins::all() {
        let index = twin.get(4..8) == Some(b"ftyp") || twin.get(4..8) == Some(b"moov");
        for at in (0..twin.len()).filter(|_| index) {
            for value in 8..=11 {
                let mut file = twin.clone();
                file[at] = value;
                if let Ok(clean) = cleaned(&file) {
                    assert!(cleaned(&clean).as_ref() == Ok(&clean), "{name}: {value} at {at}");
                }
            }
        }
    }
}

/// A source that has each range only when it is asked a second time.
struct Slow<'f> {
    file: &'f [u8],
    there: Vec<Unread>,
}

impl Source for Slow<'_> {
    fn len(&self) -> u64 {
        self.file.len() as u64
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<(), Unread> {
        let asked = Unread { offset, len: buf.len() as u64 };
        if !self.there.contains(&asked) {
            return Err(asked);
        }
        let mut file = self.file;
        file.read_at(offset, buf)
    }
}

#[test]
fn every_cut_of_every_twin_has_a_class() {
    for (name, file) in twins::all() {
        for cut in 0..file.len() {
            match cleaned(&file[..cut]) {
                Ok(clean) => {
                    let left = twins::SECRET.windows(4).find(|part| has(&clean, part));
                    assert_eq!(left, None, "{name} cut at {cut} is cleaned and still tells");
                }
                Err(CleanError::NotRecognised | CleanError::Broken { .. } | CleanError::CannotBeCleaned { .. }) => {}
                Err(error) => panic!("{name} cut at {cut}: {error}"),
            }
        }
    }
}
