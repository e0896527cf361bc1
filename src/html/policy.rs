//! What a page may load and run: nothing from outside, and of its own only the style and the script that it was made with.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// The content of the page's `Content-Security-Policy`.
pub(super) fn policy(style: &str, script: &str) -> String {
    let (style, script) = (hash(style), hash(script));
    let from_nowhere = "base-uri 'none'; form-action 'none'";
    format!("default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; {from_nowhere}")
}

fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())))
}
