//! How uploads share what there is.

use jiff::civil::date;

use super::{super::clock::Fixed, *};

/// Uploads in a folder of their own, on a disk with so many bytes.
fn uploads(limits: Limits, disk: u64) -> (tempfile::TempDir, Uploads) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(&folder.path().join("blobs")).unwrap();
    let vault = Arc::new(vault.sparing(Arc::new(move |_| Ok(disk)), limits.reserve_bytes));
    let uploads = Uploads::new(vault, Arc::new(Fixed::new(date(2026, 11, 26))), limits);
    (folder, uploads)
}

fn add(uploads: &Uploads, id: &UploadId, bytes: usize) {
    let upload = uploads.find(id).unwrap();
    let mut upload = upload.try_lock().unwrap();
    let mut file = upload.open().unwrap();
    upload.append(&mut file, &vec![7; bytes]).unwrap();
}

const MIB: u64 = 1 << 20;

#[test]
fn the_name_of_an_upload_leads_to_no_other() {
    let (_folder, uploads) = uploads(Limits::default(), u64::MAX);
    let ids: Vec<[u8; 16]> = (0..64).map(|_| uploads.begin(1).unwrap().0).collect();
    assert!(!ids.is_sorted());
    for bit in 0..128 {
        let ones = ids.iter().filter(|id| id[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!((8..=56).contains(&ones), "bit {bit}: {ones} of 64");
    }
}

#[test]
fn what_is_announced_has_its_place_on_the_disk() {
    let limits = Limits { reserve_bytes: 10 * MIB, ..Limits::default() };
    let (_folder, uploads) = uploads(limits, 30 * MIB);
    let first = uploads.begin(12 * MIB).unwrap();
    assert!(matches!(uploads.begin(9 * MIB), Err(UploadError::Full)), "8 MiB are nobody's");
    uploads.begin(8 * MIB).unwrap();
    assert!(matches!(uploads.begin(1), Err(UploadError::Full)));
    // What has come lies on the disk already, and is not counted twice.
    add(&uploads, &first, MIB as usize);
    uploads.begin(MIB).unwrap();
    assert!(matches!(uploads.begin(1), Err(UploadError::Full)));
    assert!(uploads.may_go_on());
}

#[test]
fn long_uploads_leave_a_part_to_short_ones() {
    let (_folder, uploads) = uploads(Limits::default(), u64::MAX);
    let begun = (0..16).take_while(|_| uploads.begin(MAX_UPLOAD_BYTES).is_ok()).count();
    assert_eq!(begun, 11, "of 64 GiB they may have 48");
    uploads.begin(MIB).unwrap();
    uploads.begin(SHORT_BYTES).unwrap();
    assert!(matches!(uploads.begin(SHORT_BYTES + 1 + (2 << 30)), Err(UploadError::Full)));
}

#[test]
fn the_one_that_stands_still_and_has_come_least_far_makes_place() {
    let (_folder, uploads) = uploads(Limits { count: 3, ..Limits::default() }, u64::MAX);
    let ids = [uploads.begin(100).unwrap(), uploads.begin(100).unwrap(), uploads.begin(100).unwrap()];
    add(&uploads, &ids[0], 50);
    add(&uploads, &ids[1], 10);
    add(&uploads, &ids[2], 20);
    let now = Instant::now();
    assert!(matches!(uploads.begin_at(1, now), Err(UploadError::Full)), "each of them goes on");
    let later = now + STILL;
    let writing = uploads.find(&ids[2]).unwrap();
    let part = writing.try_lock().unwrap();
    let new = uploads.begin_at(1, later).unwrap();
    let there = |uploads: &Uploads| ids.each_ref().map(|id| uploads.find(id).is_some());
    assert_eq!(there(&uploads), [true, false, true]);
    // Neither one that a part comes for, nor the one that has just begun.
    uploads.begin_at(1, later).unwrap();
    assert_eq!(there(&uploads), [false, false, true]);
    assert!(uploads.find(&new).is_some());
    assert!(matches!(uploads.begin_at(1, later), Err(UploadError::Full)));
    drop(part);
    assert_eq!(std::fs::read_dir(uploads.vault.uploads()).unwrap().count(), 3);
}

#[test]
fn what_nothing_comes_of_is_forgotten_in_minutes_and_what_was_begun_in_a_day() {
    let (_folder, uploads) = uploads(Limits::default(), u64::MAX);
    let (empty, begun) = (uploads.begin(100).unwrap(), uploads.begin(100).unwrap());
    add(&uploads, &begun, 1);
    let now = Instant::now();
    uploads.forget_old(now);
    assert!(uploads.find(&empty).is_some());
    uploads.forget_old(now + EMPTY);
    assert!(uploads.find(&empty).is_none() && uploads.find(&begun).is_some());
    uploads.forget_old(now + KEPT);
    assert!(uploads.find(&begun).is_none());
    assert_eq!(std::fs::read_dir(uploads.vault.uploads()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_upload_to_which_somebody_still_writes_holds_no_report_up() {
    let (_folder, uploads) = uploads(Limits::default(), u64::MAX);
    let id = uploads.begin(1).unwrap();
    let upload = uploads.find(&id).unwrap();
    let written_to = upload.lock().await;
    let (name, report) = (ContentId::from_hash([1; 32]), ReportId::from_bytes([1; 16]));
    let claimed = tokio::time::timeout(Duration::from_secs(60), uploads.claim(&id, &name, &report)).await;
    assert!(matches!(claimed, Ok(Err(UploadError::Unfinished))));
    drop(written_to);
}
