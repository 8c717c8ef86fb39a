//! How a browser asks, so that a door cannot tell who watches by the headers of one call.
//!
//! Taken from what Chromium 156 sent to a server of ours for pages as `xtask web` builds them (scripts and styles with their hashes,
//! workers, what workers fetch), over a connection that it trusts, in its order; with the name of Chrome on Android. What a browser
//! sends beside headers (its TLS and HTTP, its pace) is not played.

use super::super::pages::is_plain;

/// What a browser takes.
pub(super) const ENCODINGS: &str = "gzip, deflate, br, zstd";

const NAME: (&str, &str) = (
    "user-agent",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
);
const BRANDS: (&str, &str) = ("sec-ch-ua", r#""Not:A-Brand";v="8", "Chromium";v="156", "Google Chrome";v="156""#);
const MOBILE: (&str, &str) = ("sec-ch-ua-mobile", "?1");
const PLATFORM: (&str, &str) = ("sec-ch-ua-platform", "\"Android\"");
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,*/*;q=0.8,\
                    application/signed-exchange;v=b3;q=0.7";
const IMAGE: &str = "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";

/// What a browser asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first page, by its address.
    First,
    /// Another page, by a link.
    Page,
    /// A page's style sheet.
    Style,
    /// A page's script.
    Script,
    /// A page's picture.
    Image,
    /// The script of a worker.
    Worker,
    /// What a worker fetches.
    Fetched,
}

impl Kind {
    /// Of a path; `script`: a page names it, so it is no worker's.
    pub(super) fn of(path: &str, script: bool) -> Self {
        match path.rsplit_once('.').map(|(_, end)| end) {
            None => Self::First,
            Some("html" | "txt") => Self::Page,
            Some("css") => Self::Style,
            Some("js") if script => Self::Script,
            Some("js") => Self::Worker,
            Some("svg" | "png") => Self::Image,
            Some(_) => Self::Fetched,
        }
    }

    /// Whether it may name what else is asked for.
    pub(super) fn is_read(self) -> bool {
        !matches!(self, Self::Style | Self::Image | Self::Fetched)
    }

    /// The headers, but for what is taken; `origin` is the door's.
    pub(super) fn headers(self, origin: &str) -> Vec<(&'static str, &str)> {
        let fetch = |site, mode, to| [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", to)];
        let asked = |accept, of: [(&'static str, &'static str); 3]| {
            [&[PLATFORM, NAME, BRANDS, MOBILE, ("accept", accept)][..], &of].concat()
        };
        let mut headers = match self {
            Self::First | Self::Page => {
                let site = if self == Self::First { "none" } else { "same-origin" };
                let [site, mode, to] = fetch(site, "navigate", "document");
                let anew = ("upgrade-insecure-requests", "1");
                let by_hand = ("sec-fetch-user", "?1");
                vec![BRANDS, MOBILE, PLATFORM, anew, NAME, ("accept", PAGE), site, mode, by_hand, to]
            }
            Self::Style => asked("text/css,*/*;q=0.1", fetch("same-origin", "cors", "style")),
            Self::Script => asked("*/*", fetch("same-origin", "cors", "script")),
            Self::Image => asked(IMAGE, fetch("same-origin", "no-cors", "image")),
            Self::Worker => [&[NAME, ("accept", "*/*")][..], &fetch("same-origin", "same-origin", "worker")].concat(),
            Self::Fetched => {
                let anew = [("pragma", "no-cache"), ("cache-control", "no-cache"), NAME, ("accept", "*/*")];
                [&anew[..], &fetch("same-origin", "cors", "empty")].concat()
            }
        };
        if matches!(self, Self::Style | Self::Script) {
            headers.insert(0, ("origin", origin));
        }
        headers.push(("accept-language", "en-US,en;q=0.9"));
        headers
    }
}

/// The files of a bundle that a page or a script names, in its order.
pub(super) fn named(text: &str) -> impl Iterator<Item = &str> {
    let known = |end: &str| matches!(end, "html" | "txt" | "css" | "js" | "svg" | "png" | "wasm" | "bin");
    text.split('"').filter(move |name| is_plain(name) && name.rsplit_once('.').is_some_and(|(_, end)| known(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_what_is_asked_for_and_nothing_else() {
        let page = r#"<link rel="icon" href="/icon.svg"><script src="/x.js"></script><a href="https://elsewhere.example/a.html">
            <a href="/es.html">"/in/nonce" "/../y.js" "//elsewhere.example/z.js" "/.hidden.js" "/manifest.json" "x.js""#;
        assert_eq!(named(page).collect::<Vec<_>>(), ["/icon.svg", "/x.js", "/es.html"]);
    }

    #[test]
    fn every_kind_is_asked_for_as_a_browser_does() {
        let sent = |path: &str, script| {
            let headers = Kind::of(path, script).headers("https://door.example");
            let of = |name: &str| headers.iter().find(|(known, _)| *known == name).map_or("-", |(_, value)| *value);
            ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "origin", "sec-ch-ua-mobile"].map(of).join(" ")
        };
        assert_eq!(sent("/", false), "none navigate document - ?1");
        assert_eq!(sent("/en.html", false), "same-origin navigate document - ?1");
        assert_eq!(sent("/page.css", false), "same-origin cors style https://door.example ?1");
        assert_eq!(sent("/report.js", true), "same-origin cors script https://door.example ?1");
        assert_eq!(sent("/crypt.js", false), "same-origin same-origin worker - -");
        assert_eq!(sent("/icon.svg", false), "same-origin no-cors image - ?1");
        assert_eq!(sent("/report.wasm", false), "same-origin cors empty - -");
    }
}
