//! A city for tests and demonstrations: its keys, which everybody can make, and what its server and officials do with them.
//!
//!     city intake                     an intake.toml with these keys
//!     city open < BODY                opens the body of a report, as the first investigator does: JSON
//!     city contact < BODY             the contact details in it, opened by one role of the city and two people of the trustee
//!     city attachment KEY < SEALED    the content of an attachment, KEY from the report
//!     city promise DAY BY ROOT LEAF   the signed promise
//!     city reply RECIPIENT MAILBOX SEQUENCE [forged] < TEXT     a sealed answer, RECIPIENT and MAILBOX in hexadecimal
//!     city head SIZE ROOT             the log's signed head, ROOT in hexadecimal
//!     city keys [swapped]             the door's answer about these keys: the proof that the log has them, or others
//!     city root BODY-FILES…           content root and leaf of a report: DAY < BODY
#![allow(clippy::unwrap_used, clippy::panic, reason = "a program for tests")]

use std::io::{Read as _, Write as _};

use ed25519_next::{Signer as _, SigningKey};
use seal::{
    ContentId, Identity, Recipient, Report, chunked,
    leaf::{Blind, ContentRoot, leaf},
    pad,
    receipt::Mailbox,
    reply::{OfficialKey, Reply},
    report::ATTACHMENT_CONTEXT,
};
use tlog::{Checkpoint, Hash, InclusionReceipt, KeyId, KeyName, Note, NoteSignature, SignedCheckpoint, tree};
use zeroize::Zeroizing;

const ORIGIN: &str = "example.org/vouchsafe-example";

/// A secret that everybody knows.
fn secret(name: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(*ContentId::of(format!("vouchsafe example, not secret: {name}").as_bytes()).as_bytes())
}

fn identity(name: &str) -> Identity {
    Identity::from_seed(secret(name))
}

fn recipient(name: &str) -> String {
    identity(name).recipient().unwrap().to_string()
}

fn log_key() -> (KeyName, SigningKey) {
    (ORIGIN.parse().unwrap(), SigningKey::from_bytes(&secret("log")))
}

fn promise_key() -> (KeyName, SigningKey) {
    (format!("{ORIGIN}/report-promise").parse().unwrap(), SigningKey::from_bytes(&secret("promise")))
}

fn id((name, key): &(KeyName, SigningKey)) -> KeyId {
    KeyId::derive(name, 1, key.verifying_key().as_bytes())
}

fn verifier(key: &(KeyName, SigningKey)) -> String {
    let bytes = [&[1][..], key.1.verifying_key().as_bytes()].concat();
    format!("{}+{}+{}", key.0, id(key), base64(&bytes))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn signed(text: String, key: &(KeyName, SigningKey)) -> String {
    let bytes = key.1.sign(text.as_bytes()).to_bytes().to_vec();
    let signature = NoteSignature { name: key.0.clone(), id: id(key), bytes };
    Note::new(text, vec![signature]).unwrap().to_string()
}

fn intake() -> String {
    let list = |names: &[&str]| {
        let lines: String = names.iter().map(|name| format!("    \"{}\", # {name}\n", recipient(name))).collect();
        format!("[\n{lines}]")
    };
    let official = hex::encode(OfficialKey::from_seed(&secret("official 1")).public().as_bytes());
    format!(
        "# NOT FOR REAL REPORTS. Everybody can make the secrets of these keys: `cargo run -p web --example city intake`.\n\
         # For tests and demonstrations only; every page of a bundle with them says so.\n\
         example = true\n\
         exit = \"https://www.weather.gov/\"\noverdue_days = 7\n\n\
         [reach]\nphone = \"311\"\naddress = \"Example Building, 1 Example Street (invented)\"\n\n\
         [intake]\nrecipients = {}\n\n\
         [contact]\ncity = {}\ntrustee = {}\n\n\
         [keys]\npromise = \"{}\"\nlog = \"{}\"\nofficials = [\"{official}\"]\n",
        list(&["investigator 1", "investigator 2"]),
        list(&["contact, city 1", "contact, city 2"]),
        list(&["contact, trustee 1", "contact, trustee 2", "contact, trustee 3"]),
        verifier(&promise_key()),
        verifier(&log_key()),
    )
}

/// The keys as they stand in the log: the entry that `vouchsafe pages publish` makes of a bundle of `intake`.
fn entry(swapped: bool) -> String {
    let list = |mut keys: Vec<String>| {
        keys.sort();
        format!("[\"{}\"]", keys.join("\",\""))
    };
    let hash = |name: &&str| hex::encode(ContentId::of(&identity(name).recipient().unwrap().to_bytes()).as_bytes());
    let hashes = |names: &[&str]| list(names.iter().map(hash).collect());
    let second = if swapped { "nobody" } else { "investigator 2" };
    let official = hex::encode(OfficialKey::from_seed(&secret("official 1")).public().as_bytes());
    format!(
        r#"{{"at":"2026-11-20T12:00:00Z","body":{{"keys":{{"approved_by":"B. Counsel","asked_by":"A. Privacy","from":"2026-11-20","set":{{"contact":{{"city":{},"trustee":{}}},"intake":{},"officials":{},"promise":"{}"}}}}}},"by":{{"kind":"program","name":"keys"}},"id":"en-01040g2081040g2081040g2081j","source":"desk","v":1}}"#,
        hashes(&["contact, city 1", "contact, city 2"]),
        hashes(&["contact, trustee 1", "contact, trustee 2", "contact, trustee 3"]),
        hashes(&["investigator 1", second]),
        list(vec![official]),
        verifier(&promise_key()),
    )
}

/// A log of three leaves of which the second is the keys'.
fn keys(swapped: bool) -> String {
    let (salt, entry) = ([7; 32], entry(swapped));
    let length = (entry.len() as u64).to_be_bytes();
    let leaf = ContentId::of(&[b"vouchsafe entry leaf v1\0", salt.as_slice(), &length, entry.as_bytes()].concat());
    let hash = |leaf: &[u8]| tree::leaf_hash(leaf);
    let path = vec![hash(&[1; 32]), hash(&[3; 32])];
    let root = tree::node_hash(tree::node_hash(path[0], hash(leaf.as_bytes())), path[1]);
    let head = signed(Checkpoint::new(ORIGIN, 3, root).unwrap().to_string(), &log_key());
    let checkpoint = SignedCheckpoint::parse(head.as_bytes()).unwrap();
    let extra = Some([salt.as_slice(), entry.as_bytes()].concat());
    InclusionReceipt { extra, index: 1, path, checkpoint }.to_string()
}

/// The parts of a report's body (docs/report-protocol.md).
struct Body<'a> {
    blind: Blind,
    attachments: Vec<ContentId>,
    envelope: &'a [u8],
}

fn body(bytes: &[u8]) -> Body<'_> {
    assert_eq!(&bytes[..4], b"VSR1");
    let blind = Blind::new(bytes[68..100].try_into().unwrap());
    let count = usize::from(bytes[100]);
    let at = 101 + count * 48;
    let attachments =
        bytes[101..at].chunks(48).map(|one| ContentId::from_hash(one[16..].try_into().unwrap())).collect();
    let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!(bytes.len(), at + 4 + length);
    Body { blind, attachments, envelope: &bytes[at + 4..] }
}

fn text(value: &str) -> String {
    serde_json::to_string(value).unwrap()
}

fn open(bytes: &[u8]) -> String {
    let report = Report::open(&identity("investigator 1"), body(bytes).envelope).unwrap();
    assert!(Report::open(&identity("investigator 2"), body(bytes).envelope).is_ok());
    let answers: Vec<String> = report
        .answers
        .iter()
        .map(|(question, answer)| format!("{}:{}", text(question.as_str()), text(answer)))
        .collect();
    let attachments: Vec<String> = report
        .attachments
        .iter()
        .map(|one| {
            format!(
                r#"{{"content":"{}","key":"{}","name":{},"type":{},"bytes":{},"original":"{}","sent":"{}","cleaned":{}}}"#,
                hex::encode(one.content.as_bytes()),
                hex::encode(one.key.expose()),
                text(one.name.as_str()),
                text(one.media_type.as_str()),
                one.bytes,
                hex::encode(one.original),
                hex::encode(one.sent),
                one.cleaned
            )
        })
        .collect();
    format!(
        r#"{{"kind":"{}","language":"{}","answers":{{{}}},"attachments":[{}],"contact":{},"replyTo":"{}"}}"#,
        report.kind.as_str(),
        report.language.as_str(),
        answers.join(","),
        attachments.join(","),
        report.contact.is_some(),
        hex::encode(report.reply_to.to_bytes())
    )
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut input = Vec::new();
    if !matches!(words.as_slice(), ["intake" | "promise" | "head" | "keys", ..]) {
        std::io::stdin().read_to_end(&mut input).unwrap();
    }
    let bytes = |digits: &str| hex::decode(digits).unwrap();
    let hash = |digits: &str| Hash(bytes(digits).try_into().unwrap());
    let mut rng = rand_chacha::ChaCha20Rng::from_seed(*ContentId::of(&input).as_bytes());
    let out = match words.as_slice() {
        ["intake"] => intake().into_bytes(),
        ["keys", swapped @ ..] => keys(!swapped.is_empty()).into_bytes(),
        ["open"] => open(&input).into_bytes(),
        ["contact"] => {
            let contact = Report::open(&identity("investigator 1"), body(&input).envelope).unwrap().contact.unwrap();
            let share = |name: &str| contact.open_share(&identity(name)).unwrap();
            let shares = ["contact, city 2", "contact, trustee 1", "contact, trustee 3"].map(share);
            contact.open(&shares.each_ref()).unwrap().as_bytes().to_vec()
        }
        ["attachment", key] => {
            let key = chunked::FileKey::new(Zeroizing::new(bytes(key).try_into().unwrap()));
            pad::unpad(&chunked::open(key, ATTACHMENT_CONTEXT, &input).unwrap()).unwrap().to_vec()
        }
        ["root", day] => {
            let body = body(&input);
            let root = ContentRoot::of(&ContentId::of(body.envelope), &body.attachments).unwrap();
            let leaf = leaf(day.parse().unwrap(), &root, &body.blind);
            format!("{} {}", hex::encode(root.as_bytes()), hex::encode(leaf)).into_bytes()
        }
        ["promise", day, by, root, leaf] => {
            signed(format!("{ORIGIN}/report-promise\n{day}\n{root}\n{leaf}\nin the log by {by}\n"), &promise_key())
                .into_bytes()
        }
        ["reply", to, mailbox, sequence, forged @ ..] => {
            let key = OfficialKey::from_seed(&secret(if forged.is_empty() { "official 1" } else { "nobody" }));
            let mailbox = Mailbox::new(bytes(mailbox).try_into().unwrap());
            let text = Zeroizing::new(String::from_utf8(input).unwrap());
            let reply = Reply { mailbox, sequence: sequence.parse().unwrap(), text };
            reply.seal(&key, &Recipient::from_bytes(&bytes(to)).unwrap(), &mut rng).unwrap()
        }
        ["head", size, root] => {
            let head = Checkpoint::new(ORIGIN, size.parse().unwrap(), hash(root)).unwrap();
            signed(head.to_string(), &log_key()).into_bytes()
        }
        _ => panic!("see the head of this file"),
    };
    std::io::stdout().write_all(&out).unwrap();
}

use rand_chacha::rand_core::SeedableRng as _;
