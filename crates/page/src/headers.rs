//! The headers of every answer of the door, as the manifest has them: what the page may do is written here and nowhere else.

use std::collections::BTreeMap;

/// No inline script or style, nothing from elsewhere, no form that a browser sends by itself. The policy's one Trusted Type
/// is the address of a worker or of the script for covers. `wasm-unsafe-eval` allows WebAssembly and nothing else; `blob:` shows
/// the reporter's own photo.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; img-src 'self' blob:; worker-src 'self'; child-src 'none'; frame-src 'none'; object-src 'none'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types vouchsafe";

/// Name and value of each. `no-store`: nothing of a visit stays on the phone, and no page comes back by the back button
/// after the quick exit.
const HEADERS: [(&str, &str); 10] = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Integrity-Policy", "blocked-destinations=(script)"),
    (
        "Permissions-Policy",
        "accelerometer=(), ambient-light-sensor=(), bluetooth=(), browsing-topics=(), camera=(), display-capture=(), \
         geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), \
         payment=(), serial=(), usb=()",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-DNS-Prefetch-Control", "off"),
];

/// The headers by the beginning of the path that they are for.
pub fn headers() -> BTreeMap<&'static str, BTreeMap<&'static str, &'static str>> {
    BTreeMap::from([("/", HEADERS.into_iter().collect())])
}
