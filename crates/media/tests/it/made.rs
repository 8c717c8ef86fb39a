//! Files that ffmpeg, libheif and ExifTool make here, as phones and recorders make them, with a secret in them: after
//! cleaning it is gone, ExifTool finds nothing else, and every frame is as it was.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    cleaned, has,
    tools::{EXIFTOOL, FFMPEG, HEIF_CONVERT, HEIF_ENC, frames, have, identifying, run},
};

const SECRET: &str = "Jane-Roe-of-Elm-Street";

/// What ffmpeg makes of a second of test picture and sound: a name for the file, and how it is coded.
const CODED: &[(&str, &str)] = &[
    ("avc.mp4", "-c:v libx264 -preset ultrafast -c:a aac"),
    ("first.mp4", "-c:v libx264 -preset ultrafast -c:a aac -movflags +faststart+use_metadata_tags"),
    ("turned.mp4", "-c:v libx264 -preset ultrafast -metadata:s:v rotate=90 -an"),
    ("hevc.mp4", "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none -c:a aac"),
    ("fragments.mp4", "-c:v libx264 -preset ultrafast -g 5 -c:a aac -movflags frag_keyframe+empty_moov"),
    (
        "dash.mp4",
        "-c:v libx264 -preset ultrafast -g 5 -c:a aac -movflags frag_keyframe+default_base_moof+dash+global_sidx",
    ),
    ("opus.mp4", "-c:v mpeg4 -c:a libopus"),
    ("flac.mp4", "-vn -c:a flac -strict -2"),
    ("av1.mp4", "-c:v libaom-av1 -cpu-used 8 -an"),
    ("vp9.mp4", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -an"),
    ("timecode.mov", "-c:v libx264 -preset ultrafast -timecode 01:02:03:04 -c:a pcm_s16le"),
    ("prores.mov", "-c:v prores -c:a aac"),
    ("voice.m4a", "-vn -c:a aac"),
    ("alac.m4a", "-vn -c:a alac"),
    ("phone.3gp", "-s 176x144 -c:v h263 -an"),
    ("vp8.webm", "-c:v libvpx -deadline realtime -c:a libvorbis"),
    ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"),
    ("live.webm", "-c:v libvpx -deadline realtime -c:a libopus -live 1"),
    ("avc.mkv", "-c:v libx264 -preset ultrafast -c:a aac"),
    ("hevc.mkv", "-c:v libx265 -preset ultrafast -x265-params log-level=none -c:a flac"),
    ("av1.mkv", "-c:v libaom-av1 -cpu-used 8 -an"),
    ("pcm.mkv", "-vn -c:a pcm_s16le"),
    ("note.wav", "-vn -c:a pcm_s16le"),
    ("still.jpg", "-frames:v 1 -an"),
    ("still.png", "-frames:v 1 -an"),
    ("moving.gif", "-an"),
    ("moving.apng", "-an -plays 0"),
    ("still.webp", "-frames:v 1 -an -c:v libwebp -lossless 1"),
    ("moving.webp", "-an -c:v libwebp_anim -loop 0"),
    ("still.avif", "-frames:v 1 -an -c:v libaom-av1 -cpu-used 8 -still-picture 1"),
];

/// Makes one file.
fn make(folder: &Path, name: &str, coded: &str) -> bool {
    let path = folder.join(name);
    let words = [
        format!("title={SECRET}"),
        format!("comment={SECRET}"),
        format!("artist={SECRET}"),
        "location=+40.7127-074.0059/".to_owned(),
        "creation_time=2026-03-02T01:02:03Z".to_owned(),
        "language=yid".to_owned(),
        format!("handler_name={SECRET}"),
    ];
    let mut arguments =
        vec!["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10:duration=1", "-f", "lavfi"];
    arguments.extend(["-i", "sine=duration=1", "-pix_fmt"]);
    arguments.push(match name {
        "still.png" | "moving.apng" => "rgb24",
        "moving.gif" => "rgb8",
        "prores.mov" => "yuv422p10le",
        "still.jpg" => "yuvj420p",
        _ => "yuv420p",
    });
    for word in &words[..5] {
        arguments.extend(["-metadata", word]);
    }
    for word in &words[5..] {
        arguments.extend(["-metadata:s", word]);
    }
    arguments.extend(coded.split(' '));
    arguments.push(path.to_str().unwrap());
    run(FFMPEG, &arguments).is_some()
}

/// Has ExifTool write the secret wherever the kinds have a place for it.
fn mark(paths: &[PathBuf]) {
    let tags = ["Artist", "XMP:Creator", "XMP:Location", "Comment", "IPTC:By-line", "UserData:Author", "Keys:Author"];
    let mut arguments: Vec<String> = tags.iter().map(|tag| format!("-{tag}={SECRET}")).collect();
    arguments.extend(
        ["-GPSLatitude=40.7127", "-GPSLatitudeRef=N", "-q", "-q", "-m", "-overwrite_original"].map(str::to_owned),
    );
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap().to_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // It cannot write all kinds; those have what ffmpeg wrote.
    let _ = run(EXIFTOOL, &arguments);
}

/// Checks files, shown by one of two programs.
fn check(paths: &[PathBuf], shown: impl Fn(&Path) -> Option<String>) {
    let mut all = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = fs::read(path).unwrap();
        let clean = cleaned(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        for gone in [SECRET.as_bytes(), b"Jane-", b"40.7127", b"Lavf", b"libheif"] {
            assert!(!has(&clean, gone), "{name}: {}", String::from_utf8_lossy(gone));
        }
        assert_eq!(cleaned(&clean).as_deref(), Ok(clean.as_slice()), "{name}");
        let to = path.with_file_name(format!("clean-{name}"));
        fs::write(&to, clean).unwrap();
        let before = shown(path);
        // ffmpeg 5 does not decode a moving WebP.
        let frames = before.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with('#')).count();
        assert!(frames > 0 || name == "moving.webp", "{name} has frames");
        assert_eq!(shown(&to), before, "{name}");
        all.push(to);
    }
    assert_eq!(identifying(&all), Vec::<String>::new());
}

#[test]
fn what_ffmpeg_made_is_clean_and_looks_and_sounds_as_before() {
    if !have(&[FFMPEG, EXIFTOOL]) {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = CODED.iter().map(|(name, _)| work.path().join(name)).collect();
    for (name, coded) in CODED {
        assert!(make(work.path(), name, coded), "{name} is made");
    }
    // ffmpeg no longer reads a moving PNG that ExifTool wrote to.
    mark(&paths.iter().filter(|path| !path.ends_with("moving.apng")).cloned().collect::<Vec<_>>());
    let marked = paths.iter().filter(|path| has(&fs::read(path).unwrap(), SECRET.as_bytes())).count();
    assert!(marked >= 25, "{marked} files had the secret in them");
    check(&paths, frames);
}

#[test]
fn subtitles_attachments_chapters_and_a_second_language_go() {
    if !have(&[FFMPEG, EXIFTOOL]) {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let words = work.path().join("words.srt");
    fs::write(&words, format!("1\n00:00:00,000 --> 00:00:01,000\n{SECRET}\n")).unwrap();
    let chapters = work.path().join("chapters.txt");
    fs::write(&chapters, format!(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle={SECRET}\n"))
        .unwrap();
    assert!(make(work.path(), "plain.mkv", "-c:v libx264 -preset ultrafast -c:a aac"));
    let plain = work.path().join("plain.mkv");
    let [plain, words, chapters] = [&plain, &words, &chapters].map(|path| path.to_str().unwrap());
    let mut paths = Vec::new();
    for (name, words_in) in [("all.mkv", "srt"), ("all.mp4", "mov_text"), ("all.mov", "mov_text")] {
        let path = work.path().join(name);
        let mut arguments = vec!["-v", "error", "-y", "-i", plain, "-i", words, "-i", chapters, "-map_metadata", "2"];
        arguments.extend(["-map", "0", "-map", "1", "-c", "copy", "-c:s", words_in]);
        if name == "all.mkv" {
            arguments.extend(["-attach", words, "-metadata:s:t", "mimetype=text/plain"]);
        }
        arguments.push(path.to_str().unwrap());
        assert!(run(FFMPEG, &arguments).is_some(), "{name} is made");
        assert!(has(&fs::read(&path).unwrap(), SECRET.as_bytes()), "{name}");
        paths.push(path);
    }
    check(&paths, frames);
}

#[test]
fn what_libheif_made_is_clean_and_looks_as_before() {
    if !have(&[FFMPEG, EXIFTOOL, HEIF_ENC, HEIF_CONVERT]) {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    assert!(make(work.path(), "from.png", "-frames:v 1 -an"));
    let from = work.path().join("from.png");
    let mut paths = Vec::new();
    for (name, more) in [("still.heic", &[][..]), ("thumb.heic", &["-t", "32"]), ("still.avif", &["-A"])] {
        let path = work.path().join(name);
        let mut arguments = more.to_vec();
        arguments.extend(["-o", path.to_str().unwrap(), from.to_str().unwrap()]);
        if run(HEIF_ENC, &arguments).is_none() {
            println!("skipped: {name} cannot be made here");
            continue;
        }
        paths.push(path);
    }
    mark(&paths);
    for path in &paths {
        assert!(has(&fs::read(path).unwrap(), SECRET.as_bytes()), "{}", path.display());
    }
    check(&paths, |path| {
        let png = work.path().join("shown.png");
        run(HEIF_CONVERT, &[path.to_str().unwrap(), png.to_str().unwrap()])?;
        frames(&png)
    });
}
