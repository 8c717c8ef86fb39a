//! How many reports a second become durable, from the queue behind the door's calls to the answer: bytes synced, row committed.
//!
//! `cargo run --release -p server --example durable_reports [-- postgres-address]`. Envelopes of 100 kB. The data folder lies in
//! a temporary folder of the working directory's disk. Not measured: HTTP and the phones' work.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement stops at the first trouble")]

use std::{sync::Arc, time::Instant};

use jiff::civil::date;
use seal::{ContentId, leaf::Blind, receipt::Mailbox};
use server::{
    report::{
        accept::{Job, Writer},
        clock::Fixed,
        vault::Vault,
    },
    store::{Lane, Postgres, Sent, Sqlite},
};

const REPORTS: usize = 6_000;
const ENVELOPE_BYTES: usize = 100_000;

fn main() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let lane: Arc<dyn Lane> = match std::env::args().nth(1) {
        Some(address) => Arc::new(Postgres::open(&address).unwrap()),
        None => Arc::new(Sqlite::open(&folder.path().join("record.sqlite3")).unwrap()),
    };
    let vault = Arc::new(Vault::open(&folder.path().join("blobs")).unwrap());
    let writer = Writer::start(lane, vault, Arc::new(Fixed::new(date(2026, 11, 26)))).unwrap();
    for phones in [1, 4, 64, 256] {
        let start = Instant::now();
        let mut waits: Vec<f64> = std::thread::scope(|scope| {
            let send = || {
                let reports = REPORTS.min(phones * 500) / phones;
                let mut waits = Vec::with_capacity(reports);
                for _ in 0..reports {
                    let mut chance = [[0; 32]; 3];
                    chance.iter_mut().for_each(|bytes| getrandom::fill(bytes).unwrap());
                    let [mailbox, return_key, blind] = chance;
                    let mut envelope = vec![0x5a; ENVELOPE_BYTES];
                    envelope[..32].copy_from_slice(&mailbox);
                    let sent = Sent {
                        mailbox: Mailbox::new(mailbox),
                        return_key,
                        blind: Blind::new(blind),
                        envelope: ContentId::of(&envelope),
                        attachments: Vec::new(),
                    };
                    let begun = Instant::now();
                    let job = Job { sent, envelope, uploads: Vec::new(), proven: false };
                    writer.send(job).expect("a place in the queue").blocking_recv().unwrap().unwrap();
                    waits.push(begun.elapsed().as_secs_f64() * 1000.0);
                }
                waits
            };
            let threads: Vec<_> = (0..phones).map(|_| scope.spawn(send)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let rate = waits.len() as f64 / start.elapsed().as_secs_f64();
        waits.sort_by(f64::total_cmp);
        let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
        println!("{phones:>4} phones  {rate:>8.0} reports/s  p50 {:>7.2} ms  p99 {:>7.2} ms", at(0.5), at(0.99));
    }
}
