//! The calls as a page makes them: what goes in, what comes out, and that nothing but what was meant passes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use seal::{
    ContentId, Identity, Recipient, Report,
    leaf::{Blind, ContentRoot, leaf},
    receipt::WordList,
    reply::{OfficialKey, Reply},
};
use tlog::{Checkpoint, Hash, KeyName, SecretKey, SignedCheckpoint, signature::SignatureKind, tree};
use zeroize::Zeroizing;

use crate::{
    fault::Fault,
    fields::{Answer, Fields},
};

mod asked;
use asked::{State, call};

const ORIGIN: &str = "example.org/log";
const RECEIPT: [u8; 16] = [7; 16];

fn fields(values: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    values.iter().fold(Answer::new(), |answer, value| answer.field(value)).finish()
}

fn ask(number: u32, values: &[&[u8]]) -> Result<Vec<Vec<u8>>, Fault> {
    let out = call(&mut State::default(), number, &fields(values))?;
    let (mut read, mut found) = (Fields::new(&out), Vec::new());
    while !read.is_empty() {
        found.push(read.bytes()?.to_vec());
    }
    Ok(found)
}

fn identity(seed: u8) -> Identity {
    Identity::from_seed(Zeroizing::new([seed; 32]))
}

fn keys(seeds: &[u8]) -> Vec<u8> {
    seeds.iter().flat_map(|seed| identity(*seed).recipient().unwrap().to_bytes()).collect()
}

fn chance() -> Vec<u8> {
    (0..16_384_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn attachment() -> Zeroizing<Vec<u8>> {
    fields(&[
        &[1; 16],
        &[2; 32],
        &[3; 32],
        "../a photo.jpg".as_bytes(),
        b"",
        &9_u64.to_be_bytes(),
        &[4; 32],
        &[5; 32],
        &[1],
    ])
}

/// Contact details as the page hands them in, sealed as WebCrypto seals them.
fn contact(details: &str) -> Zeroizing<Vec<u8>> {
    let (id, key) = ([9; 16], seal::chunked::FileKey::new(Zeroizing::new([8; 32])));
    let plaintext = seal::shares::contact_plaintext(details).unwrap();
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let sealed = seal::chunked::seal(&key, &seal::shares::context(&id), &plaintext, &mut rng).unwrap();
    fields(&[&id, key.expose().as_slice(), &sealed])
}

/// A report as the page sends it: body and name of the envelope.
fn report(details: &str) -> (Vec<u8>, [u8; 32]) {
    let sealed = contact(details);
    let answers = fields(&[b"what-happened", "A raid 🙂".as_bytes(), b"when", b""]);
    let attachments = fields(&[&attachment()]);
    let out = ask(
        6,
        &[
            &chance(),
            &RECEIPT,
            &keys(&[1, 2]),
            &keys(&[3, 4, 5, 6, 7]),
            b"operation-seen",
            b"zh-Hans",
            &answers,
            if details.is_empty() { &[] } else { &sealed },
            &attachments,
        ],
    )
    .unwrap();
    (out[0].clone(), out[1].clone().try_into().unwrap())
}

fn envelope(body: &[u8]) -> &[u8] {
    &body[101 + 48 * usize::from(body[100]) + 4..]
}

#[test]
fn a_form_becomes_a_report_that_every_recipient_opens() {
    let (body, name) = report("Maria");
    assert_eq!(&body[..4], b"VSR1");
    let derived = ask(1, &[&RECEIPT]).unwrap();
    assert_eq!(body[4..100], [derived[0].as_slice(), &derived[1], &derived[2]].concat());
    assert_eq!((body[100], &body[101..117], &body[117..149]), (1, &[1; 16][..], &[2; 32][..]));
    assert_eq!(ContentId::of(envelope(&body)).as_bytes(), &name);
    for seed in [1, 2] {
        let opened = Report::open(&identity(seed), envelope(&body)).unwrap();
        assert_eq!(opened.kind.as_str(), "operation-seen");
        assert_eq!(opened.language.as_str(), "zh-Hans");
        let answers: BTreeMap<_, _> =
            opened.answers.iter().map(|(question, answer)| (question.as_str(), answer.as_str())).collect();
        assert_eq!(answers, BTreeMap::from([("what-happened", "A raid 🙂"), ("when", "")]));
        let one = &opened.attachments[0];
        assert_eq!((one.name.as_str(), one.bytes, one.cleaned), ("a photo.jpg", 9, true));
        assert_eq!(one.media_type.as_str(), "application/octet-stream");
        let sealed = opened.contact.unwrap();
        let share = |seed| sealed.open_share(&identity(seed)).unwrap();
        let (city, one, two) = (share(4), share(5), share(7));
        assert_eq!(&*sealed.open(&[&city, &one, &two]).unwrap(), "Maria");
        assert!(sealed.open(&[&city, &one]).is_err() && sealed.open(&[&one, &two]).is_err());
        let own = seal::Receipt::new(Zeroizing::new(RECEIPT)).reply_identity().recipient().unwrap();
        assert!(opened.reply_to == own);
    }
    assert!(Report::open(&identity(3), envelope(&body)).is_err());
}

#[test]
fn too_little_chance_seals_nothing() {
    let seal = |chance: &[u8], keys: &[u8], kind: &[u8], language: &[u8]| {
        ask(6, &[chance, &RECEIPT, keys, b"", kind, language, b"", b"", b""]).map(|_| ())
    };
    let two = keys(&[1, 2]);
    assert_eq!(seal(&chance(), &two, b"other", b"en"), Ok(()));
    // The file key, 64 bytes of chance a recipient, the payload's nonce: exactly that much.
    assert_eq!(seal(&chance()[..160], &two, b"other", b"en"), Ok(()));
    for few in [0, 16, 100, 159] {
        assert_eq!(seal(&chance()[..few], &two, b"other", b"en"), Err(Fault::Chance), "{few}");
    }
    assert_eq!(seal(&chance(), &keys(&[1]), b"other", b"en"), Err(Fault::Keys), "one recipient");
    assert_eq!(seal(&chance(), &keys(&[1, 1]), b"other", b"en"), Err(Fault::Keys), "the same twice");
    assert_eq!(seal(&chance(), &two[1..], b"other", b"en"), Err(Fault::Input));
    assert_eq!(seal(&chance(), &two, b"anything", b"en"), Err(Fault::Report));
    assert_eq!(seal(&chance(), &two, b"other", b"e n"), Err(Fault::Report));
}

#[test]
fn a_question_that_nobody_is_asked_is_not_sealed() {
    // tidy: names what is refused
    for question in ["immigration-status", "visa", "What"] {
        let answers = fields(&[question.as_bytes(), b"x"]);
        let out = ask(6, &[&chance(), &RECEIPT, &keys(&[1, 2]), b"", b"other", b"en", &answers, b"", b""]);
        assert_eq!(out, Err(Fault::Report), "{question}");
    }
    let twice = fields(&[b"when", b"x", b"when", b"y"]);
    let out = ask(6, &[&chance(), &RECEIPT, &keys(&[1, 2]), b"", b"other", b"en", &twice, b"", b""]);
    assert_eq!(out, Err(Fault::Report));
    // Contact details of another length than all have, and some that no keys are there for.
    let five = keys(&[3, 4, 5, 6, 7]);
    let with = |five: &[u8], sealed: &[u8]| {
        ask(6, &[&chance(), &RECEIPT, &keys(&[1, 2]), five, b"other", b"en", b"", sealed, b""])
    };
    assert!(with(&five, &contact("Maria")).is_ok());
    assert_eq!(with(&five, &fields(&[&[9; 16], &[8; 32], &[0; 99]])), Err(Fault::Contact));
    assert_eq!(with(b"", &contact("Maria")), Err(Fault::Keys));
    assert_eq!(with(&five, b"Maria"), Err(Fault::Input));
}

#[test]
fn a_receipt_is_written_and_read_again() {
    for tag in ["en", "es", "fr", "ko", "zh-Hans", "zh-Hant"] {
        let known = WordList::of_language(tag).unwrap();
        let list: String = known.beginning_with("").flat_map(|word| [word, "\n"]).collect();
        let words = ask(2, &[&RECEIPT, list.as_bytes()]).unwrap();
        assert_eq!(words.len(), 12);
        let typed = words.iter().map(|word| String::from_utf8(word.clone()).unwrap()).collect::<Vec<_>>().join(" ");
        let expected = seal::Receipt::new(Zeroizing::new(RECEIPT)).to_words(&known).replace('\u{3000}', " ");
        assert_eq!(typed, expected, "{tag}");
        assert_eq!(ask(3, &[typed.as_bytes(), list.as_bytes()]).unwrap(), [RECEIPT.to_vec()]);
        let wrong = typed.replacen(' ', " zzz9 ", 1);
        assert_eq!(ask(3, &[wrong.as_bytes(), list.as_bytes()]), Err(Fault::WordsCount), "{tag}");
    }
    let digits = ask(1, &[&RECEIPT]).unwrap().remove(3);
    assert_eq!(ask(4, &[&digits]).unwrap(), [RECEIPT.to_vec()]);
    let mut wrong = digits.clone();
    wrong[20] = if wrong[20] == b'1' { b'2' } else { b'1' };
    assert_eq!(ask(4, &[&wrong]), Err(Fault::DigitsRow(2)));
    assert_eq!(ask(4, &[b"12345"]), Err(Fault::DigitsCount));
    assert_eq!(ask(3, &[b"one", b"no list"]), Err(Fault::WordsList));
}

#[test]
fn a_proof_of_return_is_the_receipt_s_own() {
    let proof = ask(5, &[&RECEIPT, &[9; 32]]).unwrap().remove(0);
    let receipt = seal::Receipt::new(Zeroizing::new(RECEIPT));
    assert_eq!(proof.len(), 128);
    assert_eq!(&proof[..32], receipt.mailbox().as_bytes());
    let signature = proof[64..].try_into().unwrap();
    let public = receipt.return_key().public();
    assert!(seal::receipt::verify_return(&public, &receipt.mailbox(), &[9; 32], signature).is_ok());
    assert!(seal::receipt::verify_return(&public, &receipt.mailbox(), &[8; 32], signature).is_err());
}

#[test]
fn only_answers_of_officials_are_given_each_with_its_number() {
    let receipt = seal::Receipt::new(Zeroizing::new(RECEIPT));
    let to = receipt.reply_identity().recipient().unwrap();
    let official = OfficialKey::from_seed(&Zeroizing::new([1; 32]));
    let nobody = OfficialKey::from_seed(&Zeroizing::new([2; 32]));
    let mut rng = ChaCha20Rng::from_seed([0; 32]);
    let mut sealed = |key: &OfficialKey, to: &Recipient, mailbox, sequence, text: &str| {
        Reply { mailbox, sequence, text: Zeroizing::new(text.to_owned()) }.seal(key, to, &mut rng).unwrap()
    };
    let mailbox = receipt.mailbox();
    let other = seal::Receipt::new(Zeroizing::new([8; 16]));
    let first = sealed(&official, &to, mailbox, 1, "first");
    let second = sealed(&official, &to, mailbox, 2, "second");
    let forged = sealed(&nobody, &to, mailbox, 1, "forged");
    let foreign = sealed(&official, &to, other.mailbox(), 1, "foreign");
    let not_ours = sealed(&official, &other.reply_identity().recipient().unwrap(), mailbox, 1, "not ours");
    let random = vec![0xa5; first.len()];
    let key = *official.public().as_bytes();
    let open = |slots: &[&[u8]]| {
        let mut input: Vec<&[u8]> = vec![&RECEIPT, &key];
        input.extend(slots);
        let mut out = ask(8, &input).unwrap();
        let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
        let refused = number(&out.remove(0));
        let texts = out.chunks(2).map(|one| (number(&one[0]), String::from_utf8(one[1].clone()).unwrap()));
        (refused, texts.collect::<Vec<_>>())
    };
    let (one, two) = ((1, "first".to_owned()), (2, "second".to_owned()));
    assert_eq!(open(&[&second, &first, &random, &random]), (0, vec![two.clone(), one.clone()]), "the newest first");
    assert_eq!(open(&[&first, &second]), (0, vec![one.clone(), two.clone()]), "in whatever order");
    assert_eq!(open(&[&second]), (0, vec![two]), "what is missing is the page's to tell, by the numbers");
    assert_eq!(open(&[&forged, &foreign, &not_ours, &first]), (2, vec![one]));
    assert_eq!(open(&[]), (0, vec![]));
}

fn log_key(seed: u8, name: &str) -> SecretKey {
    let name: KeyName = name.parse().unwrap();
    SecretKey::from_seed(name, SignatureKind::Ed25519, &[seed; 32]).unwrap()
}

/// The key as it stands in a bundle.
fn bundled(key: &SecretKey) -> Zeroizing<Vec<u8>> {
    use ed25519_next::SigningKey;
    let text = key.to_text();
    let seed: [u8; 32] = {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.rsplit('+').next().unwrap()).unwrap();
        bytes[1..].try_into().unwrap()
    };
    let public = SigningKey::from_bytes(&seed).verifying_key();
    fields(&[key.public().name().as_str().as_bytes(), &key.public().id().0, public.as_bytes()])
}

/// A head as `tlog` signs it. The note of a promise is signed the same way.
fn signed(key: &SecretKey, size: u64, root: Hash) -> String {
    let head = Checkpoint::new(ORIGIN, size, root).unwrap();
    let signature = key.sign(&head, 0).unwrap();
    SignedCheckpoint::new(head, vec![signature]).unwrap().to_string()
}

fn leaves(count: u8) -> Vec<[u8; 32]> {
    (0..count).map(|index| *ContentId::of(&[index]).as_bytes()).collect()
}

fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [one] => *one,
        many => {
            let (left, right) = many.split_at(1 << (many.len() - 1).ilog2());
            tree::node_hash(root(left), root(right))
        }
    }
}

/// Every part of the tree that lies beside the run, from left to right.
fn beside(hashes: &[Hash], from: usize, run: &std::ops::Range<usize>, sides: &mut [Vec<u8>; 2]) {
    let to = from + hashes.len();
    if to <= run.start {
        sides[0].extend_from_slice(&root(hashes).0);
    } else if from >= run.end {
        sides[1].extend_from_slice(&root(hashes).0);
    } else if hashes.len() > 1 {
        let (left, right) = hashes.split_at(1 << (hashes.len() - 1).ilog2());
        beside(left, from, run, sides);
        beside(right, from + left.len(), run, sides);
    }
}

#[test]
fn a_day_s_leaves_are_those_of_the_log_or_nothing() {
    let key = log_key(1, ORIGIN);
    let all = leaves(13);
    let hashes: Vec<Hash> = all.iter().map(|leaf| tree::leaf_hash(leaf)).collect();
    let note = signed(&key, 13, root(&hashes));
    for first in 0..13 {
        for end in first + 1..=13 {
            let mut sides = [Vec::new(), Vec::new()];
            beside(&hashes, 0, &(first..end), &mut sides);
            let run = all[first..end].concat();
            let find = |first: usize, run: &[u8], sides: &[Vec<u8>; 2], note: &str, key: &SecretKey, own: &[u8]| {
                let first = (first as u64).to_be_bytes();
                ask(10, &[&first, run, &sides[0], &sides[1], note.as_bytes(), &bundled(key), own])
            };
            let place = (end - 1) as u64;
            let found = find(first, &run, &sides, &note, &key, &all[end - 1][..8]).unwrap();
            assert_eq!(found, [place.to_be_bytes().to_vec()], "{first}..{end}");
            let own = &all[end - 1];
            assert_eq!(find(first, &run, &sides, &note, &key, &[9; 32]), Err(Fault::DayLeaf));
            assert_eq!(find(first + 1, &run, &sides, &note, &key, own), Err(Fault::DayProof));
            assert_eq!(find(first, &run, &sides, &note, &log_key(2, ORIGIN), own), Err(Fault::DaySignature));
            assert_eq!(
                find(first, &run, &sides, &note, &log_key(1, "example.org/other"), own),
                Err(Fault::DaySignature)
            );
            let other = signed(&key, 13, Hash([1; 32]));
            assert_eq!(find(first, &run, &sides, &other, &key, own), Err(Fault::DayProof));
            let mut more = sides.clone();
            more[1].extend_from_slice(&[0; 32]);
            assert_eq!(find(first, &run, &more, &note, &key, own), Err(Fault::DayProof));
        }
    }
    let short = ask(10, &[&[0; 8], &all.concat(), b"", b"", note.as_bytes(), &bundled(&key), &all[0][..7]]);
    assert_eq!(short, Err(Fault::Input), "fewer than eight bytes name no leaf");
}

#[test]
fn a_promise_is_for_what_this_phone_sent_or_is_none() {
    use ed25519_next::{Signer as _, SigningKey};
    let (_, envelope) = report("");
    let names = [[2; 32]];
    let content_root = ContentRoot::of(&ContentId::from_hash(envelope), &names.map(ContentId::from_hash)).unwrap();
    let blind: [u8; 32] = ask(1, &[&RECEIPT]).unwrap()[2].clone().try_into().unwrap();
    let own = leaf("2026-11-26".parse().unwrap(), &content_root, &Blind::new(blind));
    let signing = SigningKey::from_bytes(&[5; 32]);
    let name: KeyName = format!("{ORIGIN}/report-promise").parse().unwrap();
    let id = tlog::KeyId::derive(&name, 1, signing.verifying_key().as_bytes());
    let note = |text: String| {
        let bytes = signing.sign(text.as_bytes()).to_bytes().to_vec();
        tlog::Note::new(text, vec![tlog::NoteSignature { name: name.clone(), id, bytes }]).unwrap().to_string()
    };
    let key = fields(&[name.as_str().as_bytes(), &id.0, signing.verifying_key().as_bytes()]);
    let check = |note: &str, receipt: [u8; 16], envelope: &[u8; 32]| {
        ask(9, &[note.as_bytes(), &key, ORIGIN.as_bytes(), &receipt, envelope, &names.concat()])
    };
    let hex_root = hex::encode(content_root.as_bytes());
    let text = |day: &str, by: &str| {
        format!("{ORIGIN}/report-promise\n{day}\n{hex_root}\n{}\nin the log by {by}\n", hex::encode(own))
    };
    let good = note(text("2026-11-26", "2026-11-27"));
    let held = check(&good, RECEIPT, &envelope).unwrap();
    assert_eq!(held, [b"2026-11-26".to_vec(), own.to_vec(), b"2026-11-27".to_vec()]);
    assert_eq!(check(&good, [8; 16], &envelope), Err(Fault::PromiseOther));
    assert_eq!(check(&good, RECEIPT, &[0; 32]), Err(Fault::PromiseOther));
    assert_eq!(check(&note(text("2026-11-25", "2026-11-27")), RECEIPT, &envelope), Err(Fault::PromiseOther));
    for by in ["2026-11-25", "2026-11-26", "2026-11-28", "9999-12-31"] {
        assert_eq!(check(&note(text("2026-11-26", by)), RECEIPT, &envelope), Err(Fault::PromiseOther), "{by}");
    }
    assert_eq!(check(&good.replace("11-27", "11-28"), RECEIPT, &envelope), Err(Fault::PromiseSignature));
    for (from, to) in [("in the log by ", "soon "), (ORIGIN, "example.org/another"), ("2026-11-26", "yesterday")] {
        let changed = note(text("2026-11-26", "2026-11-27").replace(from, to));
        assert_eq!(check(&changed, RECEIPT, &envelope), Err(Fault::PromiseForm), "{to}");
    }
    assert_eq!(check("thank you", RECEIPT, &envelope), Err(Fault::PromiseForm));
    // On return, of the same promise, when nobody knows any longer what was sent.
    let slot =
        |note: &str| [&u16::try_from(note.len()).unwrap().to_be_bytes(), note.as_bytes(), &[3], &[0xa5; 99]].concat();
    let recalled = |slot: &[u8], receipt: [u8; 16]| ask(15, &[slot, &key, ORIGIN.as_bytes(), &receipt]);
    let recall = |note: &str, receipt: [u8; 16]| recalled(&slot(note), receipt);
    assert_eq!(recall(&good, RECEIPT).unwrap(), [b"2026-11-26".to_vec(), own.to_vec(), vec![3]]);
    for cut in [0, 1, 2, good.len(), good.len() + 2] {
        assert_eq!(recalled(&slot(&good)[..cut], RECEIPT), Err(Fault::PromiseForm), "{cut}");
    }
    assert_eq!(recalled(&[0; 1024], RECEIPT), Err(Fault::PromiseForm), "no promise");
    assert_eq!(recall(&good, [8; 16]), Err(Fault::PromiseOther), "another receipt's");
    assert_eq!(recall(&good.replace("11-27", "11-28"), RECEIPT), Err(Fault::PromiseSignature));
    for (from, to) in [("2026-11-26", "2026-11-25"), ("11-27", "11-28"), (&*hex_root, &*hex::encode([3; 32]))] {
        let changed = note(text("2026-11-26", "2026-11-27").replace(from, to));
        assert_eq!(recall(&changed, RECEIPT), Err(Fault::PromiseOther), "{to}");
    }
    for (from, to) in [("in the log by ", "soon "), (&*hex_root, "00"), (ORIGIN, "example.org/another")] {
        let changed = note(text("2026-11-26", "2026-11-27").replace(from, to));
        assert_eq!(recall(&changed, RECEIPT), Err(Fault::PromiseForm), "{to}");
    }
}

/// The keys of `testdata/record/door-keys.txt`, an entry that `record` writes; its salt and its leaf.
struct Known {
    entry: String,
    salt: Vec<u8>,
    leaf: [u8; 32],
}

fn known() -> Known {
    let text = include_str!("../../../testdata/record/door-keys.txt");
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let leaf = hex::decode(line("leaf:")).unwrap().try_into().unwrap();
    Known { entry: line("entry:"), salt: hex::decode(line("salt:")).unwrap(), leaf }
}

fn entry_leaf(salt: &[u8], entry: &str) -> [u8; 32] {
    let length = (entry.len() as u64).to_be_bytes();
    *ContentId::of(&[b"vouchsafe entry leaf v1\0", salt, &length, entry.as_bytes()].concat()).as_bytes()
}

/// A door's answer about this entry, at a place of a log of so many leaves, signed by this key.
fn shown(salt: &[u8], entry: &str, index: u64, size: u8, key: &SecretKey) -> String {
    let mut all = leaves(size);
    let place = usize::try_from(index).unwrap();
    all[place] = entry_leaf(salt, entry);
    let hashes: Vec<Hash> = all.iter().map(|leaf| tree::leaf_hash(leaf)).collect();
    let mut path = Vec::new();
    let (mut from, mut to) = (0, hashes.len());
    while to - from > 1 {
        let middle = from + (1 << (to - from - 1).ilog2());
        if place < middle {
            path.push(root(&hashes[middle..to]));
            to = middle;
        } else {
            path.push(root(&hashes[from..middle]));
            from = middle;
        }
    }
    path.reverse();
    let checkpoint = SignedCheckpoint::parse(signed(key, u64::from(size), root(&hashes)).as_bytes()).unwrap();
    tlog::InclusionReceipt { extra: Some([salt, entry.as_bytes()].concat()), index, path, checkpoint }.to_string()
}

/// The keys of a page.
#[derive(Clone)]
struct Page {
    log: Zeroizing<Vec<u8>>,
    promise: Zeroizing<Vec<u8>>,
    intake: Vec<u8>,
    contact: Vec<u8>,
    fetched: Vec<u8>,
    officials: Vec<u8>,
}

fn page(log: &SecretKey) -> Page {
    use base64::Engine as _;
    let key = base64::engine::general_purpose::STANDARD.decode("AWD7UHUoKu09y6cWMy2S3OHPJyYWaNbEGl/xQUkRlBvm").unwrap();
    let name = "example.org/vouchsafe-example/report-promise";
    let recipients = |numbers: &[u8]| numbers.iter().flat_map(|number| [*number; 1216]).collect::<Vec<u8>>();
    let fetched = recipients(&[4, 3, 7, 5, 6]);
    Page {
        log: bundled(log),
        promise: fields(&[name.as_bytes(), &[0x3a, 0x09, 0xc3, 0x60], &key[1..]]),
        // In another order than the entry has them: a set has none.
        intake: recipients(&[2, 1]),
        contact: fetched.chunks(1216).flat_map(|key| *ContentId::of(key).as_bytes()).collect(),
        fetched,
        officials: [[9; 32], [8; 32]].concat(),
    }
}

fn check_keys(proof: &str, page: &Page) -> Result<Vec<Vec<u8>>, Fault> {
    let Page { log, promise, intake, contact, fetched, officials } = page;
    ask(14, &[proof.as_bytes(), log, promise, intake, contact, fetched, officials])
}

#[test]
fn keys_that_the_log_holds_are_taken_whatever_the_place_and_the_order() {
    let Known { entry, salt, leaf } = known();
    assert_eq!(entry_leaf(&salt, &entry), leaf, "as `record` computes it");
    let key = log_key(1, ORIGIN);
    let page = page(&key);
    for size in 1..9 {
        for index in 0..u64::from(size) {
            assert_eq!(check_keys(&shown(&salt, &entry, index, size, &key), &page), Ok(vec![]), "{index} of {size}");
        }
    }
    let not_fetched = Page { fetched: Vec::new(), ..page };
    assert_eq!(check_keys(&shown(&salt, &entry, 1, 3, &key), &not_fetched), Ok(vec![]));
}

type Change<'a> = &'a dyn Fn(&mut Page);

#[test]
fn a_page_with_any_other_key_is_told_so() {
    let Known { entry, salt, .. } = known();
    let key = log_key(1, ORIGIN);
    let good = page(&key);
    let proof = shown(&salt, &entry, 1, 3, &key);
    let other = |change: Change<'_>| {
        let mut page = good.clone();
        change(&mut page);
        check_keys(&proof, &page)
    };
    let swapped: [(&str, Change<'_>); 11] = [
        ("a recipient", &|page| page.intake[1300] ^= 1),
        ("one more", &|page| page.intake.extend([3; 1216])),
        ("one less", &|page| page.intake.truncate(1216)),
        ("one twice", &|page| page.intake.extend([1; 1216])),
        ("an official", &|page| page.officials[0] ^= 1),
        ("one official less", &|page| page.officials.truncate(32)),
        ("no contact", &|page| (page.contact, page.fetched) = (Vec::new(), Vec::new())),
        ("who opens contact details", &|page| page.contact[0] ^= 1),
        ("city and trustee", &|page| page.contact.rotate_left(64)),
        ("what was fetched", &|page| page.fetched[0] ^= 1),
        ("the promise key's name", &|page| page.promise[4] = b'E'),
    ];
    for (what, change) in swapped {
        assert_eq!(other(change), Err(Fault::KeysOther), "{what}");
    }
    assert_eq!(other(&|page| page.intake.truncate(1300)), Err(Fault::Input));
    assert_eq!(other(&|page| page.log = bundled(&log_key(2, ORIGIN))), Err(Fault::KeysSignature));
    assert_eq!(other(&|page| page.log = bundled(&log_key(1, "example.org/other"))), Err(Fault::KeysSignature));
}

#[test]
fn what_the_log_does_not_hold_or_is_no_set_of_keys_is_refused() {
    let Known { entry, salt, .. } = known();
    let key = log_key(1, ORIGIN);
    let page = page(&key);
    let proof = shown(&salt, &entry, 1, 3, &key);
    // The entry of other keys, shown with the proof of this one.
    let other = entry.replace("2026-11-30", "2026-11-29");
    let of_other = tlog::InclusionReceipt {
        extra: Some([&salt, other.as_bytes()].concat()),
        ..tlog::InclusionReceipt::parse(proof.as_bytes()).unwrap()
    };
    assert_eq!(check_keys(&of_other.to_string(), &page), Err(Fault::KeysProof));
    assert_eq!(check_keys(&proof.replace("index 1", "index 0"), &page), Err(Fault::KeysProof));
    assert_eq!(check_keys("thank you", &page), Err(Fault::KeysForm));
    let mut bare = tlog::InclusionReceipt::parse(proof.as_bytes()).unwrap();
    bare.extra = None;
    assert_eq!(check_keys(&bare.to_string(), &page), Err(Fault::KeysForm));
    // Entries that the log does hold, and that say something else or say it otherwise.
    for (from, to) in [
        ("\"keys\":{\"approved", "\"filed\":{\"approved"),
        ("\"source\":\"desk\"", "\"source\":\"demo\""),
        ("\"name\":\"keys\"", "\"name\":\"other\""),
        ("\"v\":1}", "\"v\":2}"),
        ("\"v\":1}", "\"v\":1} "),
        ("\"v\":1}", "\"v\":1"),
        ("\"set\":{", "\"set\": {"),
        ("\"asked_by\":", "\"asked\":"),
        ("\\\\\",\"from", "\\\",\"from"),
    ] {
        assert!(entry.contains(from), "{from}");
        let logged = shown(&salt, &entry.replace(from, to), 1, 3, &key);
        assert_eq!(check_keys(&logged, &page), Err(Fault::KeysOther), "{to}");
    }
    // A name in quotes that looks like the rest of the entry is a name.
    let named = entry.replace("Żółć", "x\\\",\\\"set\\\":{");
    assert_eq!(check_keys(&shown(&salt, &named, 1, 3, &key), &page), Ok(vec![]));
}

proptest! {
    #[test]
    fn an_entry_with_any_byte_changed_is_another_leaf(at in 0_usize..900, byte: u8) {
        let Known { entry, salt, .. } = known();
        let key = log_key(1, ORIGIN);
        let proof = tlog::InclusionReceipt::parse(shown(&salt, &entry, 1, 3, &key).as_bytes()).unwrap();
        let mut extra = proof.extra.clone().unwrap();
        let at = at % extra.len();
        prop_assume!(extra[at] != byte);
        extra[at] = byte;
        let changed = tlog::InclusionReceipt { extra: Some(extra), ..proof };
        prop_assert_eq!(check_keys(&changed.to_string(), &page(&key)), Err(Fault::KeysProof));
    }
}

#[test]
fn what_comes_in_pieces_has_the_hash_of_the_whole() {
    let mut state = State::default();
    let mut do_it = |number, values: &[&[u8]]| call(&mut state, number, &fields(values));
    let begun = do_it(11, &[]).unwrap();
    let number = Fields::new(&begun).bytes().unwrap().to_vec();
    for piece in [b"con".as_slice(), b"", b"tent"] {
        assert!(do_it(12, &[&number, piece]).unwrap().is_empty());
    }
    let hash = do_it(13, &[&number]).unwrap();
    assert_eq!(Fields::new(&hash).bytes().unwrap(), ContentId::of(b"content").as_bytes());
    assert_eq!(do_it(12, &[&number, b"more"]), Err(Fault::Input), "it is finished");
    for _ in 0..16 {
        assert!(do_it(11, &[]).is_ok());
    }
    assert_eq!(do_it(11, &[]), Err(Fault::Input), "more than are ever begun");
}

#[test]
fn padding_is_that_of_the_seal() {
    for length in [0_u64, 7, 16_375, 16_376, 5_000_000] {
        let out = ask(7, &[&length.to_be_bytes()]).unwrap();
        assert_eq!(out[0], seal::pad::header(length).unwrap());
        let zeros = u64::from_be_bytes(out[1].clone().try_into().unwrap());
        assert_eq!(9 + length + zeros, seal::pad::padded_len(length).unwrap());
    }
    assert_eq!(ask(7, &[&u64::MAX.to_be_bytes()]), Err(Fault::TooLong));
}

#[test]
fn numbers_of_calls_and_faults_are_those_that_the_page_knows() {
    assert_eq!(ask(0, &[]), Err(Fault::NoCall(0)));
    assert_eq!(ask(16, &[]), Err(Fault::NoCall(16)));
    assert_eq!(ask(1, &[&RECEIPT, b"more"]), Err(Fault::Input));
    assert_eq!(
        (Fault::WordsUnknown(vec![3, 300]).number(), Fault::WordsUnknown(vec![3, 300]).detail()),
        (11, vec![3, 255])
    );
    assert_eq!((Fault::DigitsRow(2).number(), Fault::DigitsRow(2).detail()), (22, vec![2]));
}

proptest! {
    #[test]
    fn any_bytes_are_answered_or_refused(number in 0_u32..16, input in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = call(&mut State::default(), number, &input);
    }

    #[test]
    fn any_fields_are_answered_or_refused(number in 0_u32..16, values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..10)) {
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let _ = ask(number, &values);
    }
}
