//! An attachment in any parts, with any interruptions, is on the disk as it was on the phone, byte for byte.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use rand_chacha::rand_core::Rng as _;

use super::*;

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");

/// A number below `bound`.
fn below(rng: &mut ChaCha20Rng, bound: usize) -> usize {
    rng.next_u32() as usize % bound
}

/// Where an upload stands, asked until no part is being written any more.
fn stands_at(phone: &Phone, place: &str) -> usize {
    loop {
        let asked = phone.call("HEAD", place, &[TUS], b"");
        if asked.status == 200 {
            return asked.headers["upload-offset"].to_str().unwrap().parse().unwrap();
        }
        assert_eq!(asked.status, 423, "{}", asked.code());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Begins a part and breaks it off after some bytes, in one of the ways in which lines break, once the door has begun to take it:
/// else it could come after what is asked next, and this test would not know any more what is in flight.
fn broken_off(city: &City, phone: &Phone, place: &str, at: usize, announced: usize, sent: &[u8], rudely: bool) {
    let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "PATCH {place} HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-offset: {at}\r\n\
         content-type: application/offset+octet-stream\r\ncontent-length: {announced}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(sent).unwrap();
    stream.set_nonblocking(true).unwrap();
    let refused = || stream.peek(&mut [0]).is_ok();
    while !refused() && phone.call("HEAD", place, &[TUS], b"").status != 423 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    stream.set_nonblocking(false).unwrap();
    if !rudely {
        stream.shutdown(Shutdown::Write).unwrap();
        // Whether an answer still comes is the server's own affair.
        let _ = stream.read(&mut [0; 64]);
    }
}

/// Uploads bytes as the worst line would, by chance from a seed.
fn upload_badly(city: &City, phone: &Phone, bytes: &[u8], seed: u64) -> [u8; 16] {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let begun = phone.begin_upload(bytes.len());
    let place = begun.headers["location"].to_str().unwrap().to_owned();
    let (mut at, mut tried) = (0, 0);
    while at < bytes.len() {
        tried += 1;
        let left = bytes.len() - at;
        let most = [1, 100, 20_000, 400_000][below(&mut rng, 4)];
        let part = &bytes[at..at + 1 + below(&mut rng, left.min(most))];
        match if tried > 60 { 0 } else { below(&mut rng, 6) } {
            0 | 1 => {
                phone.try_patch(&place, at, part, &[]);
            }
            2 => {
                // The same part again, as where an answer was lost: it does not count twice.
                phone.try_patch(&place, at, part, &[]);
                let again = phone.try_patch(&place, at, part, &[]);
                assert!(again.is_none_or(|again| [409, 423].contains(&again.status)), "seed {seed}");
            }
            3 => {
                let sent = below(&mut rng, part.len() + 1).min(part.len() - 1);
                broken_off(city, phone, &place, at, part.len(), &part[..sent], below(&mut rng, 2) == 0);
            }
            4 => {
                // Changed on its way: the part does not count.
                let checksum = format!("sha256 {}", STANDARD.encode(Sha256::digest(part)));
                let mut changed = part.to_vec();
                changed[below(&mut rng, part.len())] ^= 1;
                let refused = phone.try_patch(&place, at, &changed, &[("upload-checksum", &checksum)]);
                assert!(refused.is_none_or(|refused| [460, 423].contains(&refused.status)), "seed {seed}");
            }
            _ => {
                let other = (at + 1 + below(&mut rng, bytes.len())) % (bytes.len() + 1);
                if other != at {
                    let refused = phone.try_patch(&place, other, &part[..part.len().min(bytes.len() - other)], &[]);
                    assert!(refused.is_none_or(|refused| [400, 409, 423].contains(&refused.status)), "seed {seed}");
                }
            }
        }
        let now = stands_at(phone, &place);
        assert!(now >= at && now <= bytes.len(), "seed {seed}: from {at} to {now}");
        at = now;
    }
    let mut id = [0; 16];
    hex::decode_to_slice(place.rsplit('/').next().unwrap(), &mut id).unwrap();
    id
}

#[test]
fn an_attachment_in_any_parts_is_on_the_disk_as_it_was_on_the_phone() {
    let city = City::new(Base::Sqlite);
    let send = |seed: u64| {
        let phone = Phone::new(&city);
        let mut plain = vec![0; 1 + below(&mut ChaCha20Rng::seed_from_u64(seed ^ 0xff), 700_000)];
        ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut plain);
        let (sealed, attachment) = phone.seal_file(&plain, "film.mp4");
        let id = upload_badly(&city, &phone, &sealed, seed);
        let ready = phone.seal("a film", vec![(id, attachment)]);
        phone.check(&city.promise_key(), &ready, &phone.send(&ready));
        sealed
    };
    let sent: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12).map(|seed| scope.spawn(move || send(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let kept = |day| {
        let folder = city.path().join("blobs/attachments").join(day);
        move |sealed: &Vec<u8>| fs::read(folder.join(ContentId::of(sealed).to_string())).unwrap() == *sealed
    };
    assert!(sent.iter().all(kept(DAY.to_string())), "as they came");
    city.end_day();
    assert!(sent.iter().all(kept(DAY.to_string())), "and after their day has ended");
    assert_eq!(city.verify().faults.named, []);
}
