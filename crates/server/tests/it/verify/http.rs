//! A log that is read over HTTP, from a server that is honest and from one that is not.

use super::*;

/// Serves what a log has, by its own paths below `/log`, until the process ends; gives the address.
pub fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let disk = Folder::to_read(&folder);
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut request).unwrap();
            loop {
                let mut header = String::new();
                if reader.read_line(&mut header).unwrap() <= 2 {
                    break;
                }
            }
            let path = request.split(' ').nth(1).unwrap().to_owned();
            let found = path.strip_prefix("/log/").and_then(|path| log::resource(&disk, path).ok());
            let (status, body) = found.map_or(("404 Not Found", Vec::new()), |found| ("200 OK", found.bytes));
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            // A client that has gone away is none of this test's business.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    address
}

#[test]
fn a_log_is_checked_over_http() {
    let folder = tempfile::tempdir().unwrap();
    city(folder.path());
    let address = serve(folder.path().join("log"));
    let keys = fs::read_to_string(folder.path().join("log/log.vkey")).unwrap();
    let keys: Vec<String> = keys.lines().map(str::to_owned).collect();
    for url in [address.clone(), format!("{address}/log"), format!("{address}/log/")] {
        let report = verify(&url, &keys).unwrap();
        assert_eq!(report.faults.named, []);
        assert_eq!((report.size, report.leaves, report.key_from_subject), (LOGGED, LOGGED, false));
    }
    assert!(verify(&address, &[]).unwrap().key_from_subject);

    let entries = folder.path().join("log/entries");
    let mut bytes = fs::read(&entries).unwrap();
    bytes[34 * 400 + 9] ^= 4;
    fs::write(&entries, bytes).unwrap();
    let report = verify(&address, &keys).unwrap();
    assert!(!report.sound);
    assert!(report.faults.named.iter().any(|fault| fault.what.contains("leaf 400 ")), "{:?}", report.faults);
    assert!(matches!(verify("http://127.0.0.1:1", &keys), Err(InputError::Source(_))));
}

/// A server that has an answer for every path, the same bytes for each kind of file; counts what it is asked.
fn hostile(checkpoint: Vec<u8>, keys: Vec<u8>) -> (String, Arc<std::sync::atomic::AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut request, mut header) = (String::new(), String::new());
            reader.read_line(&mut request).unwrap();
            while reader.read_line(&mut header).unwrap() > 2 {
                header.clear();
            }
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let body = match request.split(' ').nth(1).unwrap() {
                path if path.ends_with("checkpoint") => checkpoint.clone(),
                path if path.ends_with("vkey") => keys.clone(),
                path if path.contains("entries") => vec![0; 512],
                _ => vec![1; 8192],
            };
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            // A client that has gone away is none of this test's business.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    (address, asked)
}

#[test]
fn a_hostile_server_gets_no_endless_work_out_of_a_reader() {
    let kind = tlog::signature::SignatureKind::Ed25519;
    let key = tlog::SecretKey::from_seed("log.example/2026".parse().unwrap(), kind, &[8; 32]).unwrap();
    let vkeys = format!("{}\n", key.public()).into_bytes();
    let head = |size: u64| {
        let head = tlog::Checkpoint::new("log.example/2026", size, tlog::Hash([3; 32])).unwrap();
        let signature = key.sign(&head, 1_790_000_000).unwrap();
        tlog::SignedCheckpoint::new(head, vec![signature]).unwrap().to_string()
    };
    // A size that was written over a signature: not one leaf is asked for.
    let forged = head(300).replacen("\n300\n", &format!("\n{}\n", 1_u64 << 62), 1);
    let (address, asked) = hostile(forged.into_bytes(), vkeys.clone());
    let report = verify(&address, &[]).unwrap();
    assert!(!report.sound && report.leaves == 0, "{report:?}");
    assert!(asked.load(std::sync::atomic::Ordering::Relaxed) < 10);
    // A size that is signed and that nobody has.
    let (address, asked) = hostile(head(1 << 62).into_bytes(), vkeys.clone());
    let report = verify(&address, &[]).unwrap();
    assert!(report.faults.named.iter().any(|fault| fault.what.contains("is walked through")), "{report:?}");
    assert!(asked.load(std::sync::atomic::Ordering::Relaxed) < 10);
    // A size that might be, with a fault in every tile.
    let (address, asked) = hostile(head(1 << 33).into_bytes(), vkeys);
    let report = verify(&address, &[]).unwrap();
    assert!(report.faults.count <= STOP_AFTER + 10 && report.leaves < 1_000_000, "{report:?}");
    assert!(asked.load(std::sync::atomic::Ordering::Relaxed) < 4 * STOP_AFTER);
}
