//! The pages of the door: files of a built bundle, and no file that its manifest does not name.
//!
//! The bundle is what the log and monitors know by its hash, so a server that cannot show exactly that shows nothing: each
//! file is read once, compared with the manifest, and served from memory. A packed copy (`FILE.br`) is compared by its own
//! hash, which stands in the manifest as `br_sha256`; nothing is unpacked here.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use record::Sha256Hex;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::onion::Onion;

/// Tells a browser that has Tor where else this page is.
const ONION_LOCATION: HeaderName = HeaderName::from_static("onion-location");

/// The file that names the others.
pub(super) const MANIFEST: &str = "manifest.json";

/// What a bundle says of itself.
#[derive(Deserialize)]
pub(super) struct Manifest {
    version: u32,
    pub(super) files: BTreeMap<String, Entry>,
    #[serde(default)]
    headers: BTreeMap<String, BTreeMap<String, String>>,
}

impl Manifest {
    /// The headers of a file: those of the longest prefix that fits.
    pub(super) fn headers_of(&self, name: &str) -> Option<(&String, &BTreeMap<String, String>)> {
        let fits = self.headers.iter().filter(|(prefix, _)| name.starts_with(prefix.as_str()));
        fits.max_by_key(|(prefix, _)| prefix.len())
    }
}

/// What a manifest says of a file.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) sha256: String,
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) br: bool,
    #[serde(default)]
    pub(super) br_sha256: Option<String>,
}

/// Why the pages are not served.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// A file cannot be read.
    #[error("`{path}` cannot be read: build the pages, or name their folder with `--report-pages`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// The manifest is none.
    #[error("`{path}` is no manifest of pages")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// Its version is not known.
    #[error("`{path}` is of version {found}, and 1 is known")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: u32,
    },
    /// A name that is no plain path.
    #[error("the manifest names `{0}`, which is no plain path below the folder")]
    Name(String),
    /// A file is not the one that the manifest names.
    #[error("`{path}` is not the file that the manifest names: its SHA-256 is {found}; build the pages again")]
    Differs {
        /// The file.
        path: PathBuf,
        /// Its hash.
        found: String,
    },
    /// A packed file without a hash of its own.
    #[error("the manifest has no `br_sha256` for `{0}`, which it says to be packed")]
    Packed(String),
    /// A header that is none.
    #[error("the manifest's header `{name}` for `{prefix}` cannot be sent")]
    Header {
        /// The prefix.
        prefix: String,
        /// The header.
        name: String,
    },
}

struct File {
    media: HeaderValue,
    bytes: Vec<u8>,
    packed: Option<Vec<u8>>,
    headers: HeaderMap,
}

/// A bundle in memory.
#[derive(Default)]
pub struct Pages {
    files: BTreeMap<String, File>,
    /// SHA-256 of the manifest, which is the bundle's; none where no pages are served.
    hash: Option<Sha256Hex>,
    onion: Option<Onion>,
}

/// A path such as `/assets/site.js`: plain names with a slash before each, none of them hidden.
pub(super) fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    path.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|name| !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain))
    })
}

impl Pages {
    /// Reads the bundle of a folder and compares every file with its manifest.
    ///
    /// # Errors
    /// See [`PagesError`]; a bundle with one wrong file is not served at all.
    pub fn read(folder: &Path) -> Result<Self, PagesError> {
        let read = |path: PathBuf| fs::read(&path).map_err(|source| PagesError::Read { path, source });
        let path = folder.join(MANIFEST);
        let bytes = read(path.clone())?;
        let manifest: Manifest =
            serde_json::from_slice(&bytes).map_err(|source| PagesError::Manifest { path: path.clone(), source })?;
        if manifest.version != 1 {
            return Err(PagesError::Version { path, found: manifest.version });
        }
        let hashed = |path: PathBuf, wanted: &str| {
            let bytes = read(path.clone())?;
            let found = hex::encode(Sha256::digest(&bytes));
            if found == wanted { Ok(bytes) } else { Err(PagesError::Differs { path, found }) }
        };
        let mut files = BTreeMap::new();
        for (name, entry) in &manifest.files {
            if !is_plain(name) {
                return Err(PagesError::Name(name.clone()));
            }
            let below = folder.join(name.trim_start_matches('/'));
            let bytes = hashed(below.clone(), &entry.sha256)?;
            let packed = match (&entry.br_sha256, entry.br) {
                (Some(wanted), true) => Some(hashed(below.with_added_extension("br"), wanted)?),
                (None, true) => return Err(PagesError::Packed(name.clone())),
                (_, false) => None,
            };
            let bad =
                |prefix: &str, name: &str| PagesError::Header { prefix: prefix.to_owned(), name: name.to_owned() };
            let media = HeaderValue::from_str(&entry.r#type).map_err(|_| bad(name, "Content-Type"))?;
            let mut headers = HeaderMap::new();
            if let Some((prefix, wanted)) = manifest.headers_of(name) {
                for (key, value) in wanted {
                    let key = HeaderName::from_bytes(key.as_bytes());
                    let value = HeaderValue::from_str(value);
                    let (Ok(key), Ok(value)) = (key, value) else { return Err(bad(prefix, "a name or value")) };
                    headers.insert(key, value);
                }
            }
            files.insert(name.clone(), File { media, bytes, packed, headers });
        }
        let hash = Sha256Hex::of(Sha256::digest(&bytes).into());
        // Whoever watches the pages begins with it. It names itself as little as a file of that name could be compared.
        let media = HeaderValue::from_static("application/json");
        files.insert(format!("/{MANIFEST}"), File { media, bytes, packed: None, headers: HeaderMap::new() });
        Ok(Self { files, hash: Some(hash), onion: None })
    }

    /// The same pages, which tell that they are at this address too.
    #[must_use]
    pub fn beside(self, onion: Option<Onion>) -> Self {
        Self { onion, ..self }
    }

    /// The bundle's hash: SHA-256 of its manifest. None where no pages are served.
    #[must_use]
    pub fn hash(&self) -> Option<&Sha256Hex> {
        self.hash.as_ref()
    }

    /// The bytes of a file.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|file| file.bytes.as_slice())
    }

    /// The answer for a path; `/` is `/index.html`, else `/en.html`.
    #[must_use]
    pub fn answer(&self, path: &str, headers: &HeaderMap) -> Response {
        if self.files.is_empty() {
            let text = "The pages of this door are not built here. Reports are taken by its calls only.\n";
            return (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
                .into_response();
        }
        let file = match path {
            "/" => self.files.get("/index.html").or_else(|| self.files.get("/en.html")),
            path => self.files.get(path),
        };
        let Some(file) = file else { return StatusCode::NOT_FOUND.into_response() };
        let mut answer = file.headers.clone();
        answer.insert(header::CONTENT_TYPE, file.media.clone());
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // The bundle's own headers say how long a file may be kept; where they do not, it is asked for again.
        answer.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
        answer.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
        answer.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
        // Not in the manifest: it depends on where the bundle is served and not on what it is. Read of pages only.
        let elsewhere = self.onion.as_ref().filter(|_| file.media.as_bytes().starts_with(b"text/html"));
        if let Some(onion) = elsewhere.and_then(|onion| HeaderValue::from_str(&format!("{onion}{path}")).ok()) {
            answer.insert(ONION_LOCATION, onion);
        }
        match &file.packed {
            Some(packed) if takes_brotli(headers) => {
                answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
                (answer, packed.clone()).into_response()
            }
            _ => (answer, file.bytes.clone()).into_response(),
        }
    }
}

/// Whether the client takes brotli, and has not given it the weight nought.
pub(crate) fn takes_brotli(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|one| {
            let mut parts = one.split(';').map(str::trim);
            let nought = |weight: &str| weight.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
            parts.next() == Some("br") && !parts.any(nought)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(folder: &Path, change: impl FnOnce(&mut serde_json::Value)) -> Result<Pages, PagesError> {
        let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        fs::write(folder.join("en.html"), b"page").unwrap();
        fs::write(folder.join("en.html.br"), b"packed").unwrap();
        fs::create_dir_all(folder.join("a")).unwrap();
        fs::write(folder.join("a/x.js"), b"script").unwrap();
        fs::write(folder.join("secret"), b"secret").unwrap();
        let mut manifest = serde_json::json!({
            "version": 1,
            "files": {
                "/en.html": { "sha256": hash(b"page"), "type": "text/html; charset=utf-8", "br": true, "br_sha256": hash(b"packed") },
                "/a/x.js": { "sha256": hash(b"script"), "type": "text/javascript" },
            },
            "headers": { "/": { "Content-Security-Policy": "default-src 'none'" }, "/a/": { "Cache-Control": "immutable" } },
        });
        change(&mut manifest);
        fs::write(folder.join(MANIFEST), manifest.to_string()).unwrap();
        Pages::read(folder)
    }

    #[test]
    fn only_what_the_manifest_names_is_served_and_only_as_it_names_it() {
        let body = |answer: Response| {
            let whole = axum::body::to_bytes(answer.into_body(), 1 << 10);
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(whole).unwrap()
        };
        let folder = tempfile::tempdir().unwrap();
        let pages = bundle(folder.path(), |_| {}).unwrap();
        let with = |encoding: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding))])
        };
        let plain = pages.answer("/", &HeaderMap::new());
        assert_eq!(plain.headers()["content-security-policy"], "default-src 'none'");
        assert_eq!(plain.headers()["content-type"], "text/html; charset=utf-8");
        for (encoding, packed) in
            [("gzip, br", true), ("br;q=0.5", true), ("br;q=0", false), ("gzip", false), ("brotli", false)]
        {
            let answer = pages.answer("/en.html", &with(encoding));
            assert_eq!(answer.headers().contains_key("content-encoding"), packed, "{encoding}");
            assert_eq!(body(answer), if packed { "packed" } else { "page" }, "{encoding}");
        }
        let script = pages.answer("/a/x.js", &with("br"));
        assert_eq!(script.headers()["cache-control"], "immutable");
        assert!(!script.headers().contains_key("content-security-policy"), "the longest prefix alone counts");
        assert_eq!(body(script), "script");
        assert_eq!(body(plain), "page");
        for path in ["/secret", "/en.html.br", "/../secret", "/a/../en.html", "//en.html", "/a", ""] {
            assert_eq!(pages.answer(path, &HeaderMap::new()).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn pages_and_nothing_else_tell_the_onion_service() {
        let folder = tempfile::tempdir().unwrap();
        let told = |pages: &Pages, path: &str| {
            let answer = pages.answer(path, &HeaderMap::new());
            answer.headers().get("onion-location").map(|value| value.to_str().unwrap().to_owned())
        };
        let pages = bundle(folder.path(), |_| {}).unwrap();
        assert_eq!(told(&pages, "/en.html"), None);
        let address = "http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion";
        let pages = pages.beside(Some(address.parse().unwrap()));
        for path in ["/", "/en.html"] {
            assert_eq!(told(&pages, path), Some(format!("{address}{path}")));
        }
        assert_eq!(told(&pages, "/a/x.js"), None);
        assert_eq!(told(&pages, "/gone.html"), None);
    }

    #[test]
    fn a_bundle_with_a_wrong_file_is_not_served() {
        let folder = tempfile::tempdir().unwrap();
        let fails = |change: fn(&mut serde_json::Value)| bundle(folder.path(), change).err().unwrap().to_string();
        assert!(fails(|it| it["files"]["/en.html"]["sha256"] = "00".into()).contains("en.html` is not the file"));
        assert!(fails(|it| it["files"]["/en.html"]["br_sha256"] = "00".into()).contains("en.html.br` is not the file"));
        assert!(fails(|it| it["files"]["/en.html"]["br_sha256"] = serde_json::Value::Null).contains("no `br_sha256`"));
        assert!(fails(|it| it["files"]["/../secret"] = it["files"]["/en.html"].clone()).contains("no plain path"));
        assert!(fails(|it| it["files"]["/gone.js"] = it["files"]["/a/x.js"].clone()).contains("cannot be read"));
        assert!(fails(|it| it["version"] = 2.into()).contains("version 2"));
        assert!(fails(|it| it["files"] = 2.into()).contains("no manifest"));
        assert!(fails(|it| it["headers"]["/"]["A"] = "\n".into()).contains("cannot be sent"));
        let missing = Pages::default().answer("/", &HeaderMap::new());
        assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    }
}
