//! The official's commands as a person calls them, on a data folder and on an exported one; and what erasure does.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use seal::{
    reply::{Expecting, OfficialPublicKey, SEALED_REPLY_BYTES},
    report::MediaType,
    shares::{ContactRecipients, seal_contact},
};
use server::report::close;

use super::*;
use crate::{commands::Place, store::erasure};

pub struct Office {
    pub place: Place,
    pub recipient: Recipient,
    pub signing: OfficialPublicKey,
}

pub fn office() -> Office {
    let place = Place::new();
    let made = place.run(&["--json", "inbox", "keys", "--key", "official.key"]);
    assert_eq!(made.status, 0, "{}", made.err);
    let mode = fs::metadata(place.path().join("official.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let again = place.run(&["inbox", "keys", "--key", "official.key"]);
    assert_eq!(again.status, 2, "a key is never replaced");
    let made = made.json();
    let mut signing = [0; 32];
    hex::decode_to_slice(made["signing_key"].as_str().unwrap(), &mut signing).unwrap();
    let recipient = made["recipient"].as_str().unwrap().parse().unwrap();
    Office { place, recipient, signing: OfficialPublicKey::new(signing) }
}

#[test]
fn an_official_lists_opens_and_answers() {
    let city = City::new(Base::Sqlite);
    let office = office();
    let phone = Phone::with(&city.url, office.recipient.clone());
    let photo = b"a photograph".repeat(40_000);
    let (sealed, mut attachment) = phone.seal_file(&photo, "IMG 1.jpg");
    attachment.media_type = "text/html".parse::<MediaType>().unwrap();
    let ready = phone.seal("He said:\n\u{1b}[31mmove\u{202e}", vec![(phone.upload(&sealed), attachment)]);
    phone.send(&ready).text();
    let data = city.path().to_str().unwrap();
    city.end_day();
    let exported = office.place.run(&["export", "carried", "--data", data]);
    assert_eq!(exported.status, 0, "{}", exported.err);
    let verified = office.place.run(&["--json", "verify", "carried"]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    assert_eq!(verified.json()["record"]["reports"], 1);

    for (number, where_) in [["--data", data], ["--from", "carried"]].into_iter().enumerate() {
        let run = |arguments: &[&str]| office.place.run(&[arguments, &where_].concat());
        let listed = run(&["--json", "inbox", "list"]).json();
        let id = listed[0]["id"].as_str().unwrap().to_owned();
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["opened"]), (1, &serde_json::json!(false)));
        assert!(run(&["inbox", "list"]).out.contains("not opened, 1 attachment"));
        let out = format!("opened-{number}");
        let opened = run(&["inbox", "open", &id, "--key", "official.key", "--out", &out]);
        assert_eq!(opened.status, 0, "{}", opened.err);
        let hash = hex::encode(Sha256::digest(&photo));
        assert!(opened.out.contains(&format!("{hash} as sent; {hash} of the original")), "{}", opened.out);
        assert!(opened.out.contains(r"\u{1b}[31mmove\u{202e}") && !opened.out.contains('\u{1b}'), "{}", opened.out);
        let folder = office.place.path().join(&out);
        let mut names: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["attachment-01.bin", "report.txt"], "a page is not opened as one");
        assert_eq!(fs::read(folder.join("attachment-01.bin")).unwrap(), photo);
        assert_eq!(fs::metadata(folder.join("report.txt")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            run(&["inbox", "open", &id, "--key", "official.key", "--out", &out]).status,
            2,
            "nothing is replaced"
        );
        assert!(run(&["inbox", "list"]).out.contains("  opened, 1"));
        office.place.file("answer.txt", "We have read it.");
        let answered = run(&["inbox", "reply", &id, "--key", "official.key", "--text", "answer.txt"]);
        assert_eq!(answered.status, 0, "{}", answered.err);
    }
    let identity = phone.receipt.reply_identity();
    let officials = [office.signing];
    let expecting = Expecting { identity: &identity, mailbox: phone.receipt.mailbox(), last: 0, officials: &officials };
    let page = phone.look(0);
    assert_eq!(expecting.open(&page[..SEALED_REPLY_BYTES]).unwrap().text.as_str(), "We have read it.");
    assert!(office.place.path().join("carried/answers").is_dir());

    // Two have answered under one number; nothing is replaced, and whoever carries a newer export numbers on.
    let at_data = |arguments: &[&str]| office.place.run(&[arguments, &["--data", data]].concat());
    let brought = at_data(&["inbox", "bring", "carried"]);
    assert!(brought.status == 1 && brought.err.contains("another has this number"), "{}{}", brought.out, brought.err);
    assert_eq!(phone.look(0)[..SEALED_REPLY_BYTES], page[..SEALED_REPLY_BYTES], "the first answer stays");
    assert_eq!(at_data(&["export", "again"]).status, 0);
    let id = at_data(&["--json", "inbox", "list"]).json()[0]["id"].as_str().unwrap().to_owned();
    let words = ["inbox", "reply", &id, "--key", "official.key", "--text", "answer.txt", "--from", "again"];
    let answered = office.place.run(&words);
    assert!(answered.out.starts_with("Answer 2 "), "{}{}", answered.out, answered.err);
    for taken in [1, 0] {
        let brought = at_data(&["inbox", "bring", "again"]);
        assert_eq!(brought.status, 0, "{}", brought.err);
        assert!(brought.out.starts_with(&format!("{taken} answers")), "{}", brought.out);
    }
    let newest = Expecting { identity: &identity, mailbox: phone.receipt.mailbox(), last: 1, officials: &officials };
    assert_eq!(newest.open(&phone.look(0)[..SEALED_REPLY_BYTES]).unwrap().text.as_str(), "We have read it.");

    // A secret key in the place of a public one is not told to whoever reads the error.
    let secret = fs::read_to_string(office.place.path().join("official.key")).unwrap();
    let secret = secret.lines().last().unwrap();
    for key in ["official.key", secret] {
        let refused = office.place.run(&["verify", data, "--key", key]);
        assert!(
            refused.status == 2 && !refused.err.contains(secret) && !refused.err.contains("AGE-"),
            "{}",
            refused.err
        );
    }

    // Another official's key opens nothing, and says so.
    office.place.run(&["inbox", "keys", "--key", "other.key"]);
    let id =
        office.place.run(&["--json", "inbox", "list", "--data", data]).json()[0]["id"].as_str().unwrap().to_owned();
    let stranger = office.place.run(&["inbox", "open", &id, "--key", "other.key", "--out", "x", "--data", data]);
    assert!(stranger.status == 2 && stranger.err.contains("not for this identity"), "{}", stranger.err);
    assert!(!office.place.path().join("x").exists());
    // Changed bytes are named, and what is not whole does not stay.
    let carried = office.place.path().join("carried/reports/sealed").join(ContentId::of(&sealed).to_string());
    let mut bytes = fs::read(&carried).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&carried, bytes).unwrap();
    let opened = office.place.run(&["inbox", "open", &id, "--key", "official.key", "--out", "y", "--from", "carried"]);
    assert!(opened.status == 1 && opened.err.contains("attachment-01.bin"), "{}", opened.err);
    assert!(!office.place.path().join("y/attachment-01.bin").exists());
    let verified = office.place.run(&["verify", "carried"]);
    assert!(verified.status == 1 && verified.out.contains("were changed"), "{}", verified.out);
}

/// How a report lies about a file that came with it.
type Lie = fn(&mut Attachment);

/// Whatever a report says of its files, what is not so is named, does not stay, and keeps no other file from being opened.
#[test]
fn every_lie_about_an_attachment_is_named_and_the_other_files_are_opened() {
    let city = City::new(Base::Sqlite);
    let office = office();
    let lies: [(&str, Lie, &str); 7] = [
        ("a byte more", |file| file.bytes += 1, "the report says 13"),
        ("a byte less", |file| file.bytes -= 1, "the report says 11"),
        ("without end", |file| file.bytes = 1 << 30, "the report says 1073741824"),
        ("another file", |file| file.sent[0] ^= 1, "not the file that the report says was sent"),
        ("another key", |file| file.key = chunked::FileKey::make(&mut rng()), "attachment-0"),
        (
            "changed, and not said",
            |file| file.original[0] ^= 1,
            "its hashes say that it was changed on the phone, and the report that it was not",
        ),
        ("another type", |file| file.media_type = "text/html".parse().unwrap(), ""),
    ];
    for (what, lie, says) in lies {
        let phone = Phone::with(&city.url, office.recipient.clone());
        let (honest, mut one) = phone.seal_file(b"an honest one", "a.jpg");
        let (sealed, mut file) = phone.seal_file(b"a photograph", "../../etc/passwd");
        one.media_type = "image/png".parse().unwrap();
        lie(&mut file);
        let files = vec![(phone.upload(&honest), one), (phone.upload(&sealed), file)];
        phone.send(&phone.seal(what, files)).text();
        let (status, folder, err) = opened(&office, &city, what);
        assert_eq!(status, i32::from(!says.is_empty()), "{what}: {err}");
        assert!(err.contains(says), "{what}: {err}");
        let stays: Vec<Vec<u8>> = attachments(&folder);
        assert!(stays.contains(&b"an honest one".to_vec()), "{what}");
        let kept = stays.contains(&b"a photograph".to_vec());
        assert_eq!(kept, says.is_empty() || what == "changed, and not said", "{what}: {stays:?}");
        assert_eq!(stays.len(), if kept { 2 } else { 1 }, "{what}: nothing else is there");
    }

    // Of two files each has the other's key and hashes.
    let phone = Phone::with(&city.url, office.recipient.clone());
    let [(one, mut first), (two, mut second)] = [b"one", b"two"].map(|plain| phone.seal_file(plain, "x"));
    std::mem::swap(&mut first.content, &mut second.content);
    let ids = [phone.upload(&two), phone.upload(&one)];
    phone.send(&phone.seal("exchanged", vec![(ids[0], first), (ids[1], second)])).text();
    let (status, folder, err) = opened(&office, &city, "exchanged");
    assert_eq!((status, attachments(&folder).len()), (1, 0), "{err}");

    // It names a file that did not come, and not the one that did.
    let phone = Phone::with(&city.url, office.recipient.clone());
    let (sealed, mut file) = phone.seal_file(b"a photograph", "x");
    let id = phone.upload(&sealed);
    file.content = ContentId::of(b"elsewhere");
    let envelope = phone.seal("unnamed", vec![(id, file)]).envelope;
    phone.send(&phone.ready(envelope, vec![(id, ContentId::of(&sealed))])).text();
    let (status, folder, err) = opened(&office, &city, "unnamed");
    assert_eq!((status, attachments(&folder).len()), (1, 0), "{err}");
    assert!(err.contains("lists other attachments than came with it") && err.contains("are not here"), "{err}");

    // Sealed without the padding that every file has.
    let phone = Phone::with(&city.url, office.recipient.clone());
    let (_, mut file) = phone.seal_file(b"a photograph", "x");
    let sealed = chunked::seal(&file.key, ATTACHMENT_CONTEXT, b"a photograph", &mut rng()).unwrap();
    file.content = ContentId::of(&sealed);
    phone.send(&phone.seal("unpadded", vec![(phone.upload(&sealed), file)])).text();
    let (status, folder, err) = opened(&office, &city, "unpadded");
    assert_eq!((status, attachments(&folder).len()), (1, 0), "{err}");
}

/// Opens the report that says this into a folder of its own, and gives the exit status, the folder and what was said of it.
fn opened(office: &Office, city: &City, says: &str) -> (i32, PathBuf, String) {
    let data = city.path().to_str().unwrap();
    let listed = office.place.run(&["--json", "inbox", "list", "--data", data]).json();
    let new = listed.as_array().unwrap().iter().find(|report| report["opened"] == false).unwrap();
    let folder = office.place.path().join(says);
    let (id, out) = (new["id"].as_str().unwrap(), folder.to_str().unwrap());
    let done = office.place.run(&["inbox", "open", id, "--key", "official.key", "--out", out, "--data", data]);
    assert!(done.out.contains(says), "{}", done.out);
    (done.status, folder, done.err)
}

/// The files of an opened report beside its text.
fn attachments(folder: &Path) -> Vec<Vec<u8>> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| !path.ends_with("report.txt")).map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn contact_details_open_only_with_the_shares_that_their_holders_give() {
    let city = City::new(Base::Sqlite);
    let office = office();
    let holders = ["city-1", "city-2", "trustee-1", "trustee-2", "trustee-3"];
    let recipients = holders.map(|name| {
        let made = office.place.run(&["--json", "inbox", "keys", "--key", &format!("{name}.key")]);
        made.json()["recipient"].as_str().unwrap().parse::<Recipient>().unwrap()
    });
    let [one, two, three, four, five] = recipients;
    let recipients = ContactRecipients { city: [one, two], trustee: [three, four, five] };
    let contact = seal_contact("Rosa, evenings\u{1b}[31m, 718 555 0100", &recipients, &mut rng()).unwrap();
    let phone = Phone::with(&city.url, office.recipient.clone());
    phone.send(&phone.seal_with("what happened", Vec::new(), Some(contact))).text();
    city.end_day();
    let data = city.path().to_str().unwrap();
    let run = |arguments: &[&str]| office.place.run(arguments);
    let id = run(&["--json", "inbox", "list", "--data", data]).json()[0]["id"].as_str().unwrap().to_owned();
    let opened = run(&["inbox", "open", &id, "--key", "official.key", "--out", "r", "--data", data]);
    assert!(opened.status == 0 && opened.out.contains("vouchsafe inbox contact"), "{}{}", opened.out, opened.err);
    assert!(!opened.out.contains("Rosa"));
    let found = |name: &str| office.place.path().join("r/contact").join(name);
    assert_eq!(fs::metadata(found("city.age")).unwrap().permissions().mode() & 0o777, 0o600);

    // The investigator's own key opens no share, and no holder's key opens another's.
    let recipient = office.recipient.to_string();
    let give = |share: &str, key: &str, out: &str| {
        let share = format!("r/contact/{share}.age");
        run(&["inbox", "share", &share, "--key", &format!("{key}.key"), "--to", &recipient, "--out", out])
    };
    for (share, key) in
        [("city", "official"), ("trustee-1", "official"), ("trustee-1", "trustee-2"), ("city", "trustee-1")]
    {
        let refused = give(share, key, "none");
        assert!(refused.status == 2 && refused.err.contains("is not opened"), "{share} {key}: {}", refused.err);
        assert!(!office.place.path().join("none").exists());
    }
    for (share, key, out) in
        [("city", "city-2", "c"), ("trustee-1", "trustee-1", "t1"), ("trustee-3", "trustee-3", "t3")]
    {
        let given = give(share, key, out);
        assert_eq!(given.status, 0, "{}", given.err);
        assert_eq!(give(share, key, out).status, 2, "nothing is replaced");
    }
    let contact = |shares: &[&str]| {
        let shares = shares.iter().flat_map(|share| ["--share", share]);
        let command: Vec<&str> =
            ["inbox", "contact", "r/contact", "--key", "official.key"].into_iter().chain(shares).collect();
        run(&command)
    };
    for (shares, says) in [
        (&["c"][..], "0 people of the trustee"),
        (&["c", "t1"], "1 people of the trustee"),
        (&["c", "t1", "t1"], "1 people of the trustee"),
        (&["t1", "t3"], "no share of the city"),
        (&["c", "t1", "r/contact/trustee-2.age"], "`r/contact/trustee-2.age` is not opened"),
    ] {
        let refused = contact(shares);
        assert_eq!((refused.status, refused.out.as_str()), (2, ""), "{shares:?}");
        assert!(refused.err.contains(says), "`{says}` is not in {}", refused.err);
    }
    let details = contact(&["c", "t1", "t3"]);
    assert_eq!(
        (details.status, details.out.as_str()),
        (0, "Rosa, evenings\\u{1b}[31m, 718 555 0100\n"),
        "{}",
        details.err
    );
    let cut = fs::read(found("contact.sealed")).unwrap();
    fs::write(found("contact.sealed"), &cut[..cut.len() - 1]).unwrap();
    let refused = contact(&["c", "t1", "t3"]);
    assert!(refused.status == 2 && refused.err.contains("holds no contact details"), "{}", refused.err);
}

#[test]
fn what_is_missing_or_changed_is_a_fault_and_an_erasure_excuses_it() {
    for base in BOTH {
        let city = City::new(base);
        let mut sent = Vec::new();
        for number in 0..3 {
            let phone = Phone::new(&city);
            let (sealed, attachment) = phone.seal_file(format!("file {number}").as_bytes(), "a.jpg");
            let ready = phone.seal("x", vec![(phone.upload(&sealed), attachment)]);
            sent.push(phone.check(&city.promise_key(), &ready, &phone.send(&ready)));
        }
        city.end_day();
        let mut reports = city.lane.reports(None).unwrap();
        let (gone, other) = (reports.remove(0), reports.remove(0));
        let vault = server::report::vault::Vault::to_read(&city.path().join("blobs"));

        let file = vault.attachment(other.day, &other.attachments[0]);
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let what = city.verify().faults.named.remove(0).what;
        assert!(what.contains("cannot be read"), "{what}");
        fs::write(&file, &bytes[1..]).unwrap();
        let what = city.verify().faults.named.remove(0).what;
        assert!(what.contains("were changed"), "{what}");
        fs::write(&file, &bytes).unwrap();
        assert!(city.verify().sound);
        let envelopes = city.path().join("blobs/envelopes/2026-11-26/closed");
        let whole = fs::read(&envelopes).unwrap();
        let mut changed = whole.clone();
        changed[other.place.unwrap().at as usize] ^= 1;
        fs::write(&envelopes, &changed).unwrap();
        let what = city.verify().faults.named.remove(0).what;
        assert!(what.contains("were changed"), "{base:?}: {what}");
        fs::write(&envelopes, &whole).unwrap();
        // Bytes that go without an erasure are not excused by saying so in the lane.
        assert_eq!(close::clean(&*city.lane, &vault, city.clock.today()).all().unwrap(), 0);

        let entry = city.store.find(&record::EntryId::from_bytes(*gone.id.as_bytes())).unwrap().unwrap();
        city.store.erase(erasure(entry.id, entry.leaf)).unwrap();
        let marked = city.lane.report(&gone.id).unwrap().unwrap();
        assert!(marked.blind.is_none() && marked.place.is_some());
        close::clean(&*city.lane, &vault, city.clock.today()).all().unwrap();
        close::clean(&*city.lane, &vault, city.clock.today()).all().unwrap();
        let marked = city.lane.report(&gone.id).unwrap().unwrap();
        assert!(marked.place.is_none() && marked.attachments.is_empty());
        let closed = fs::read(city.path().join("blobs/envelopes/2026-11-26/closed")).unwrap();
        let place = gone.place.unwrap();
        assert!(closed[place.at as usize..(place.at + place.bytes) as usize].iter().all(|byte| *byte == 0));
        assert!(!vault.attachment(gone.day, &gone.attachments[0]).exists());
        city.follow();
        let report = city.verify();
        assert_eq!(report.faults.named, [], "{base:?}");
        let record = report.record.unwrap();
        assert_eq!((record.erased, record.reports), (1, 2));
        // The leaf stays, and its sender still finds it.
        let phone = Phone::new(&city);
        for promised in &sent {
            phone.find(&city, promised);
        }
    }
}

#[test]
fn a_carried_index_that_says_otherwise_is_noticed() {
    let city = City::new(Base::Sqlite);
    let office = office();
    for said in ["the first", "the second"] {
        let phone = Phone::with(&city.url, office.recipient.clone());
        phone.send(&phone.seal(said, Vec::new())).text();
    }
    city.end_day();
    let data = city.path().to_str().unwrap();
    assert_eq!(office.place.run(&["export", "carried", "--data", data]).status, 0);
    assert_eq!(office.place.run(&["verify", "carried"]).status, 0);
    let path = office.place.path().join("carried/reports/index.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let write = |lines: &[serde_json::Value]| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&path, text).unwrap();
    };
    for (field, wrong) in [("envelope", "ct-../../../official.key"), ("id", "rp-../x"), ("mailbox", "../x")] {
        let mut line = lines[0].clone();
        line[field] = wrong.into();
        write(&[line]);
        let listed = office.place.run(&["inbox", "list", "--from", "carried"]);
        assert_ne!(listed.status, 0, "{field}");
        assert!(listed.err.contains("names no report"), "{field}: {}", listed.err);
    }
    // Another report's words under this one's id; and one that is left out.
    let mut swapped = lines.clone();
    swapped[0]["envelope"] = lines[1]["envelope"].clone();
    write(&swapped);
    assert_eq!(office.place.run(&["verify", "carried"]).status, 1);
    let id = lines[0]["id"].as_str().unwrap();
    let opened =
        office.place.run(&["inbox", "open", id, "--key", "official.key", "--out", "opened", "--from", "carried"]);
    assert_ne!(opened.status, 0);
    assert!(opened.err.contains("names no report") && !opened.out.contains("the second"), "{}", opened.err);
    // A day of its own does not make it another report, and its entry knows better.
    let mut dated = lines.clone();
    dated[0]["day"] = "2026-11-25".into();
    write(&dated);
    assert_eq!(office.place.run(&["verify", "carried"]).status, 1);
    let opened =
        office.place.run(&["inbox", "open", id, "--key", "official.key", "--out", "opened", "--from", "carried"]);
    assert!(opened.status != 0 && opened.err.contains("says something else"), "{}", opened.err);
    write(&[lines[0].clone(), lines[0].clone(), lines[1].clone()]);
    assert_eq!(office.place.run(&["verify", "carried"]).status, 1, "twice");
    write(&lines[1..]);
    let verified = office.place.run(&["verify", "carried"]);
    assert_eq!(verified.status, 1, "{}", verified.out);
    write(&lines);
    assert_eq!(office.place.run(&["verify", "carried"]).status, 0);
}
