//! Two programs that others wrote: ExifTool, which finds metadata, and ffmpeg, which decodes. Both are Debian packages
//! that `cargo xtask test` installs; without them these tests print that they were skipped.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Map, Value};

pub const EXIFTOOL: &str = "/usr/bin/exiftool";
pub const FFMPEG: &str = "/usr/bin/ffmpeg";
pub const HEIF_ENC: &str = "/usr/bin/heif-enc";
pub const HEIF_CONVERT: &str = "/usr/bin/heif-convert";

/// Whether the programs are there; says so when not.
pub fn have(programs: &[&str]) -> bool {
    let missing: Vec<&&str> = programs.iter().filter(|program| !Path::new(program).exists()).collect();
    if !missing.is_empty() {
        println!("skipped: {missing:?} are not installed");
    }
    missing.is_empty()
}

/// What the program writes, if it ends well.
pub fn run(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let out = Command::new(program).args(arguments).output().expect("the program starts");
    if !out.status.success() {
        println!("{program}: {}", String::from_utf8_lossy(&out.stderr));
    }
    out.status.success().then_some(out.stdout)
}

/// Tags that tell how a file is built and nothing of who built it.
const BUILT: &[&str] = &[
    // Pictures.
    "ImageWidth",
    "ImageHeight",
    "ImageSize",
    "Megapixels",
    "BitDepth",
    "ColorType",
    "Compression",
    "Filter",
    "Interlace",
    "Palette",
    "Transparency",
    "BackgroundColor",
    "TransparentColor",
    "Gamma",
    "SRGBRendering",
    "Orientation",
    "PixelsPerUnitX",
    "PixelsPerUnitY",
    "PixelUnits",
    "JFIFVersion",
    "DCTEncodeVersion",
    "APP14Flags0",
    "APP14Flags1",
    "ColorTransform",
    "GIFVersion",
    "HasColorMap",
    "ColorResolutionDepth",
    "BitsPerPixel",
    "PixelAspectRatio",
    "AnimationIterations",
    "AnimationFrames",
    "AnimationPlays",
    "AnimationLoopCount",
    "FrameCount",
    "Duration",
    "VP8Version",
    "HorizontalScale",
    "VerticalScale",
    "WebP_Flags",
    "AlphaPreprocessing",
    "AlphaFiltering",
    "AlphaCompression",
    "AlphaIsUsed",
    // Sound.
    "Encoding",
    "NumChannels",
    "SampleRate",
    "AvgBytesPerSec",
    "BitsPerSample",
    "NumberOfSamples",
    // Colour.
    "ProfileVersion",
    "ProfileClass",
    "ColorSpaceData",
    "ProfileConnectionSpace",
    "ProfileFileSignature",
    "CMMFlags",
    "DeviceAttributes",
    "RenderingIntent",
    "ConnectionSpaceIlluminant",
    "MediaWhitePoint",
    "MediaBlackPoint",
    "RedMatrixColumn",
    "GreenMatrixColumn",
    "BlueMatrixColumn",
    "RedTRC",
    "GreenTRC",
    "BlueTRC",
    "ChromaticAdaptation",
    "ColorPrimaries",
    "ColorProfiles",
    "ColorRepresentation",
    "TransferCharacteristics",
    "MatrixCoefficients",
    "VideoFullRangeFlag",
    "WhitePointX",
    "WhitePointY",
    "RedX",
    "RedY",
    "GreenX",
    "GreenY",
    "BlueX",
    "BlueY",
    // Films.
    "MajorBrand",
    "CompatibleBrands",
    "HandlerType",
    "HandlerClass",
    "MovieHeaderVersion",
    "TimeScale",
    "PreferredRate",
    "PreferredVolume",
    "MatrixStructure",
    "NextTrackID",
    "TrackHeaderVersion",
    "TrackID",
    "TrackDuration",
    "TrackLayer",
    "TrackVolume",
    "MediaHeaderVersion",
    "MediaTimeScale",
    "MediaDuration",
    "GraphicsMode",
    "OpColor",
    "Balance",
    "CompressorID",
    "SourceImageWidth",
    "SourceImageHeight",
    "XResolution",
    "YResolution",
    "ResolutionUnit",
    "VideoFrameRate",
    "VideoFieldOrder",
    "AudioFormat",
    "AudioChannels",
    "AudioBitsPerSample",
    "AudioSampleRate",
    "AVCConfiguration",
    "HEVCConfiguration",
    "AV1Configuration",
    "VP9Configuration",
    "SampleToChunk",
    "SampleSizes",
    "ChunkOffset",
    "ChunkOffset64",
    "SyncSampleTable",
    "TimeToSampleTable",
    "CompositionTimeToSample",
    "IdependentAndDisposableSamples",
    "SampleGroupDescription",
    "SampleToGroup",
    "PurchaseFileFormat",
    "MediaData",
    "MediaDataSize",
    "MediaDataOffset",
    "MovieDataSize",
    "MovieDataOffset",
    "Rotation",
    "AvgBitrate",
    "MovieFragmentSequence",
    "TrackProperty",
    "CleanApertureDimensions",
    "ProductionApertureDimensions",
    "EncodedPixelsDimensions",
    "BufferSize",
    "MaxBitrate",
    "AverageBitrate",
    // Boxes of zeros, and boxes of numbers that ExifTool knows no name for.
    "Free",
    "Wide",
    "Unknown_free",
    "Unknown_edts",
    "Unknown_mvex",
    "Unknown_esds",
    "Unknown_dOps",
    "Unknown_dfLa",
    "Unknown_alac",
    "Unknown_sgpd",
    "Unknown_sbgp",
    "Unknown_btrt",
    "Unknown_fiel",
    "Unknown_sidx",
    "Unknown_moof",
    "Unknown_ccst",
    "Unknown_av1C",
    "Unknown_hvcC",
    "Unknown_vpcC",
    "Unknown_pixi",
    "Unknown_a1op",
    "Unknown_d263",
    "Unknown_chan",
    "Unknown_smhd",
    "Unknown_wave",
    "Unknown_mp4a",
    "LayoutFlags",
    "Unknown_mehd",
    "Unknown_tfdt",
    "Unknown_tfhd",
    "Unknown_trun",
    // HEIF.
    "PrimaryItemReference",
    "ImageSpatialExtent",
    "ImagePixelDepth",
    "ItemPropertyContainer",
    "AuxiliaryImageType",
    "HEVCConfigurationVersion",
    "GeneralProfileSpace",
    "GeneralTierFlag",
    "GeneralProfileIDC",
    "GenProfileCompatibilityFlags",
    "ConstraintIndicatorFlags",
    "GeneralLevelIDC",
    "MinSpatialSegmentationIDC",
    "ParallelismType",
    "ChromaFormat",
    "ChromaSamplePosition",
    "BitDepthLuma",
    "BitDepthChroma",
    "AverageFrameRate",
    "ConstantFrameRate",
    "NumTemporalLayers",
    "TemporalIDNested",
    "AV1ConfigurationVersion",
    "HighBitDepth",
    "InitialDelaySamples",
    "SeqLevelIdx0",
    "SeqProfile",
    "SeqTier0",
    "TwelveBit",
    // Matroska.
    "EBMLVersion",
    "EBMLReadVersion",
    "EBMLMaxIDLength",
    "EBMLMaxSizeLength",
    "DocType",
    "DocTypeVersion",
    "DocTypeReadVersion",
    "TimecodeScale",
    "TrackNumber",
    "TrackType",
    "TrackDefault",
    "TrackUsed",
    "TrackForced",
    "CodecID",
    "VideoCodecID",
    "AudioCodecID",
    "CodecPrivate",
    "CodecDelay",
    "SeekPreRoll",
    "DefaultDuration",
    "VideoScanType",
    "DisplayWidth",
    "DisplayHeight",
    "DisplayUnit",
    "Void",
    "SeekID",
    "SeekPosition",
    "MaxBlockAdditionID",
    "TrackLacing",
    "TrackTimecodeScale",
    "StereoMode",
    "AlphaMode",
    "SimpleBlock",
    "Timecode",
    "CueTime",
    "CueTrack",
    "CueClusterPosition",
    // CueRelativePosition, Colour, CodecDelay, SeekPreRoll.
    "Matroska_0x0070",
    "Matroska_0x15b0",
    "Matroska_0x16aa",
    "Matroska_0x16bb",
    "ChromaSitingHorizontal",
    "ChromaSitingVertical",
    "Range",
    "MinCache",
    "MaxCache",
];

/// Tags that may be there when they say nothing.
const SAYS_NOTHING: &[(&str, &[&str])] = &[
    ("ProfileCMMType", &[""]),
    ("ProfileDateTime", &["0000:00:00 00:00:00"]),
    ("PrimaryPlatform", &["Unknown ()"]),
    ("DeviceManufacturer", &[""]),
    ("DeviceModel", &[""]),
    ("ProfileCreator", &[""]),
    ("ProfileID", &["0"]),
    ("ProfileCopyright", &[""]),
    ("ProfileDescription", &[""]),
    ("MinorVersion", &["0.0.0"]),
    ("CreateDate", &["0000:00:00 00:00:00"]),
    ("ModifyDate", &["0000:00:00 00:00:00"]),
    ("TrackCreateDate", &["0000:00:00 00:00:00"]),
    ("TrackModifyDate", &["0000:00:00 00:00:00"]),
    ("MediaCreateDate", &["0000:00:00 00:00:00"]),
    ("MediaModifyDate", &["0000:00:00 00:00:00"]),
    ("MediaLanguageCode", &["und"]),
    ("TrackLanguage", &["und"]),
    ("PreviewTime", &["0 s"]),
    ("PreviewDuration", &["0 s"]),
    ("PosterTime", &["0 s"]),
    ("SelectionTime", &["0 s"]),
    ("SelectionDuration", &["0 s"]),
    ("CurrentTime", &["0 s"]),
    ("MuxingApp", &[""]),
    ("WritingApp", &[""]),
    ("CompressorName", &[""]),
    ("VendorID", &[""]),
    ("HandlerVendorID", &[""]),
    ("HandlerDescription", &[""]),
];

/// What ExifTool finds in these files that is neither how they are built nor nothing: a line for each thing. It is
/// started once, since that is what takes its time.
pub fn identifying(paths: &[PathBuf]) -> Vec<String> {
    let mut arguments = vec!["-j", "-G1", "-a", "-u", "-ee"];
    arguments.extend(paths.iter().map(|path| path.to_str().expect("a path in UTF-8")));
    let found = run(EXIFTOOL, &arguments).expect("ExifTool reads the files");
    let found: Vec<Map<String, Value>> = serde_json::from_slice(&found).expect("ExifTool writes JSON");
    assert_eq!(found.len(), paths.len());
    let mut told = Vec::new();
    for (file, tags) in paths.iter().zip(&found) {
        for (name, value) in tags {
            let (group, tag) = name.split_once(':').unwrap_or(("", name));
            // What the file system and the program itself say; the file's kind and its frame.
            if matches!(group, "System" | "ExifTool" | "") || group == "File" && tag != "Comment" {
                continue;
            }
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // The number of the track, in place of one drawn at random.
            let numbered = tag == "TrackUID" && text.chars().all(|c| c < '\u{4}');
            let nothing = SAYS_NOTHING.iter().any(|(known, values)| *known == tag && values.contains(&text.as_str()));
            if !numbered && !nothing && !BUILT.contains(&tag) {
                told.push(format!("{}: {name} = {text}", file.file_name().expect("a name").display()));
            }
        }
    }
    told
}

/// What is seen and heard: a line for each frame, with its time and its hash.
pub fn frames(path: &Path) -> Option<String> {
    let path = path.to_str().expect("a path in UTF-8");
    let all = ["-v", "error", "-i", path, "-map", "0:v?", "-map", "0:a?", "-f", "framemd5", "-"];
    let out = String::from_utf8(run(FFMPEG, &all)?).expect("ffmpeg writes text");
    // That pixels are squares can be said in many ways (`300/300`), or not at all (`0/1`).
    let square = |line: &str| {
        line.starts_with("#sar")
            && line.split(": ").nth(1).and_then(|ratio| ratio.split_once('/')).is_some_and(|(x, y)| x == y || x == "0")
    };
    Some(out.lines().filter(|line| !square(line)).map(|line| format!("{line}\n")).collect())
}
