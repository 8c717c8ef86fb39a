//! A door that is pressed by few: by sockets that drip, by uploads that never come, by days that everybody asks for.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Condvar, Mutex, atomic::AtomicUsize},
    time::Duration,
};

use server::{
    report::{MAX_UPLOAD_BYTES, room::Pace},
    store,
};

use super::*;

/// A report that is announced with honest work, and of which one byte comes.
fn drip(phone: &Phone, announced: usize) -> TcpStream {
    let mut stream = TcpStream::connect(phone.url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "POST /in/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.vouchsafe.report\r\n\
         content-length: {announced}\r\nvouchsafe-work: {}\r\n\r\nV",
        phone.work_for(announced)
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[test]
fn three_hundred_sockets_that_drip_keep_no_report_out() {
    let city = City::new(Base::Sqlite);
    let idler = Phone::new(&city);
    let drips: Vec<TcpStream> = (0..300).map(|_| drip(&idler, 1 << 20)).collect();
    Phone::gets_its_promise(&city);
    drop(drips);
}

/// Where all room is taken by those who send nothing, they leave for whoever sends.
#[test]
fn where_the_room_is_full_the_slowest_leaves() {
    let pace = Pace { grace: Duration::from_secs(2), ..Pace::default() };
    let few = 8 * (16 << 10);
    let limits = Limits {
        reserve_bytes: 0,
        small_bodies_bytes: few,
        large_bodies_bytes: few,
        parts_bytes: few,
        pace,
        ..Limits::default()
    };
    let city = City::with(Base::Sqlite, limits);
    let idler = Phone::new(&city);
    let mut drips: Vec<TcpStream> = (0..40).map(|_| drip(&idler, 60_000)).collect();
    // The same with parts of uploads.
    for _ in 0..40 {
        let begun = idler.begin_upload(1 << 20);
        let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
        let head = format!(
            "PATCH {} HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
             content-type: application/offset+octet-stream\r\ncontent-length: 1048576\r\n\r\n0",
            begun.headers["location"].to_str().unwrap()
        );
        stream.write_all(head.as_bytes()).unwrap();
        drips.push(stream);
    }
    Phone::gets_its_promise(&city);
    let phone = Phone::new(&city);
    let (sealed, attachment) = phone.seal_file(&[7; 50_000], "a.jpg");
    let ready = phone.seal("with a photo", vec![(phone.upload(&sealed), attachment)]);
    phone.check(&city.promise_key(), &ready, &phone.send(&ready));
    drop(drips);
}

/// The disk that reports need is theirs, whatever another program takes while a part comes.
#[test]
fn a_part_stops_where_the_disk_is_needed_for_reports() {
    let (left, reserve) = (Arc::new(AtomicU64::new(u64::MAX)), 1 << 30);
    let tells = Arc::clone(&left);
    let limits = Limits { reserve_bytes: reserve, ..Limits::default() };
    let city = City::through(Base::Sqlite, limits, |parts| Parts {
        free: Arc::new(move |_| Ok(tells.load(Ordering::SeqCst))),
        ..parts
    });
    let phone = Phone::new(&city);
    let bytes = vec![7; 12 << 20];
    let place = phone.begin_upload(bytes.len()).headers["location"].to_str().unwrap().to_owned();
    let mut stream = TcpStream::connect(city.url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "PATCH {place} HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
         content-type: application/offset+octet-stream\r\ncontent-length: {}\r\n\r\n",
        bytes.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&bytes[..1 << 20]).unwrap();
    // One byte less than the reports' own; the part has begun.
    let file = city.path().join("blobs/uploads").join(place.rsplit('/').next().unwrap());
    while std::fs::metadata(&file).unwrap().len() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    left.store(reserve - 1, Ordering::SeqCst);
    // It may break off before all is written.
    let _ = stream.write_all(&bytes[1 << 20..]);
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 503");
    Phone::gets_its_promise(&city);
    let asked = phone.call("HEAD", &place, &[("tus-resumable", "1.0.0")], b"");
    let offset: usize = asked.headers["upload-offset"].to_str().unwrap().parse().unwrap();
    assert!((4 << 20..8 << 20).contains(&offset), "{offset}");
    assert_eq!(phone.patch(&place, offset, b"x").code(), "503 full");
    // It goes on from there when there is room again.
    left.store(u64::MAX, Ordering::SeqCst);
    assert_eq!(phone.patch(&place, offset, b"x").status, 204);
}

#[test]
fn uploads_that_are_announced_and_never_come_keep_no_attachment_out() {
    let city = City::new(Base::Sqlite);
    let idler = Phone::new(&city);
    // Fifteen as long as any may be, and one for what is left of all that uploads may announce together.
    let last = Limits::default().total_bytes - 15 * MAX_UPLOAD_BYTES;
    let lengths = std::iter::repeat_n(MAX_UPLOAD_BYTES, 15).chain([last]);
    let begun: Vec<u16> = lengths.map(|length| idler.begin_upload(length as usize).status).collect();
    assert!(begun.contains(&201), "{begun:?}");
    let phone = Phone::new(&city);
    let (sealed, attachment) = phone.seal_file(&vec![7; 1 << 20], "a.jpg");
    let ready = phone.seal("with a photo", vec![(phone.upload(&sealed), attachment)]);
    phone.check(&city.promise_key(), &ready, &phone.send(&ready));
}

/// A store whose leaves are not given out before the gate opens; it counts who asked.
struct Gated {
    inner: Arc<dyn Store>,
    asked: AtomicUsize,
    open: Mutex<bool>,
    changed: Condvar,
}

impl Gated {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

impl Store for Gated {
    fn log_leaves(&self, from_index: u64, limit: usize) -> Result<Vec<record::Leaf>, store::StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let open = self.open.lock().unwrap();
        drop(self.changed.wait_while(open, |open| !*open).unwrap());
        self.inner.log_leaves(from_index, limit)
    }

    fn commit_all(&self, acts: Vec<store::Prepared>) -> Vec<Result<Vec<store::Committed>, store::StoreError>> {
        self.inner.commit_all(acts)
    }

    fn erase(&self, draft: store::Draft) -> Result<store::Erased, store::StoreError> {
        self.inner.erase(draft)
    }

    fn entries(&self, from_seq: u64, limit: usize) -> Result<Vec<store::Stored>, store::StoreError> {
        self.inner.entries(from_seq, limit)
    }

    fn find(&self, id: &record::EntryId) -> Result<Option<store::Stored>, store::StoreError> {
        self.inner.find(id)
    }

    fn keyed(&self, key: &str) -> Result<Option<store::Stored>, store::StoreError> {
        self.inner.keyed(key)
    }

    fn by_request(&self, id: &record::RequestId) -> Result<Vec<store::Stored>, store::StoreError> {
        self.inner.by_request(id)
    }

    fn readings(
        &self,
        id: &record::RequestId,
        before_seq: u64,
        limit: usize,
    ) -> Result<Vec<store::Stored>, store::StoreError> {
        self.inner.readings(id, before_seq, limit)
    }

    fn received_by(
        &self,
        agency: &law::AgencyId,
        before_seq: u64,
        limit: usize,
    ) -> Result<Vec<store::Stored>, store::StoreError> {
        self.inner.received_by(agency, before_seq, limit)
    }

    fn search(
        &self,
        search: &store::search::Search,
        limit: usize,
    ) -> Result<Vec<store::search::Listed>, store::StoreError> {
        self.inner.search(search, limit)
    }

    fn undone(&self, through: jiff::civil::Date) -> Result<store::search::Undone, store::StoreError> {
        self.inner.undone(through)
    }

    fn leaves(&self, from_seq: u64, limit: usize) -> Result<Vec<record::Leaf>, store::StoreError> {
        self.inner.leaves(from_seq, limit)
    }

    fn count(&self) -> Result<u64, store::StoreError> {
        self.inner.count()
    }

    fn sequence(&self, limit: usize) -> Result<u64, store::StoreError> {
        self.inner.sequence(limit)
    }

    fn checkpoint(&self) -> Result<Option<store::SignedCheckpoint>, store::StoreError> {
        self.inner.checkpoint()
    }

    fn swap_checkpoint(
        &self,
        old: Option<&store::SignedCheckpoint>,
        new: &store::SignedCheckpoint,
    ) -> Result<(), store::SwapError> {
        self.inner.swap_checkpoint(old, new)
    }

    fn lease_sequencer(&self) -> Result<bool, store::StoreError> {
        self.inner.lease_sequencer()
    }
}

/// Asks in a connection of its own; none if nothing is answered in time.
fn asked(url: &str, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(18))).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    String::from_utf8_lossy(&head[9..]).parse().ok()
}

#[test]
fn whoever_asks_for_a_day_again_and_again_keeps_nobody_from_the_keys() {
    let mut gate = None;
    let limits = Limits { reserve_bytes: 0, ..Limits::default() };
    let city = City::through(Base::Sqlite, limits, |parts| {
        let inner = Arc::clone(&parts.store);
        let gated = Gated { inner, asked: AtomicUsize::new(0), open: Mutex::new(false), changed: Condvar::new() };
        let gated = Arc::new(gated);
        gate = Some(Arc::clone(&gated));
        Parts { store: gated, ..parts }
    });
    let gate = gate.unwrap();
    let phone = Phone::new(&city);
    let ready = phone.seal("x", Vec::new());
    let promised = phone.check(&city.promise_key(), &ready, &phone.send(&ready));
    city.end_day();
    let path = format!("/in/days/{DAY}");
    std::thread::scope(|scope| {
        let crowd: Vec<_> =
            (0..12).map(|_| scope.spawn(|| Phone::new(&city).call("GET", &path, &[], b"").status)).collect();
        while gate.asked.load(Ordering::SeqCst) == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let keys = asked(&city.url, "/in/keys");
        gate.open();
        assert_eq!(keys, Some(404), "the keys are answered: none were published");
        for one in crowd {
            assert_eq!(one.join().unwrap(), 200);
        }
    });
    // What was read once for this head of the log is not read again.
    let before = gate.asked.load(Ordering::SeqCst);
    assert!(before <= 4, "{before}");
    phone.find(&city, &promised);
    assert_eq!(gate.asked.load(Ordering::SeqCst), before);
    // A log that has gone on is shown with its new head.
    city.store.commit("say", vec![crate::store::draft("afterwards")]).unwrap();
    city.follow();
    phone.find(&city, &promised);
    assert_eq!(gate.asked.load(Ordering::SeqCst), before + 1);
}
