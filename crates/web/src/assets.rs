//! Style sheets, scripts and icons, inside the binary. Their addresses carry a hash, so browsers keep them for ever; the first
//! time, on a slow network, they are small: each is compressed once, when it is first asked for so.

use crate::params::Path;
use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, read::GzEncoder};
use sha2::{Digest, Sha256};
use std::{
    io::Read,
    sync::{LazyLock, OnceLock},
};

struct Asset {
    name: &'static str,
    /// The name with the hash before its ending.
    hashed: String,
    body: Vec<u8>,
    gzip: OnceLock<Vec<u8>>,
}

/// Every file, importers after what they import: scripts name each other plainly, and are given the hashed names in this order.
const FILES: [(&str, &str); 33] = [
    (
        "tertulia.css",
        concat!(
            include_str!("../assets/tokens.css"),
            include_str!("../assets/shell.css"),
            include_str!("../assets/room.css"),
            include_str!("../assets/composer.css"),
            include_str!("../assets/message.css"),
            include_str!("../assets/replies.css"),
            include_str!("../assets/tools.css"),
            include_str!("../assets/words.css"),
            include_str!("../assets/forms.css"),
            include_str!("../assets/pages.css"),
            include_str!("../assets/admin.css"),
            include_str!("../assets/guest.css"),
            include_str!("../assets/reference.css"),
        ),
    ),
    ("icons.svg", include_str!("../assets/icons.svg")),
    ("favicon.svg", include_str!("../assets/favicon.svg")),
    ("favicon-news.svg", include_str!("../assets/favicon-news.svg")),
    ("manifest.webmanifest", include_str!("../assets/manifest.webmanifest")),
    ("words.js", include_str!("../assets/words.js")),
    ("build.js", include_str!("../assets/build.js")),
    ("threshold.js", include_str!("../assets/threshold.js")),
    ("toast.js", include_str!("../assets/toast.js")),
    ("permission.js", include_str!("../assets/permission.js")),
    ("unread.js", include_str!("../assets/unread.js")),
    ("drawer.js", include_str!("../assets/drawer.js")),
    ("keys.js", include_str!("../assets/keys.js")),
    ("page.js", include_str!("../assets/page.js")),
    ("live.js", include_str!("../assets/live.js")),
    ("code.js", include_str!("../assets/code.js")),
    ("log.js", include_str!("../assets/log.js")),
    ("outbox.js", include_str!("../assets/outbox.js")),
    ("mentions.js", include_str!("../assets/mentions.js")),
    ("picker.js", include_str!("../assets/picker.js")),
    ("composer.js", include_str!("../assets/composer.js")),
    ("acts.js", include_str!("../assets/acts.js")),
    ("people.js", include_str!("../assets/people.js")),
    ("replies.js", include_str!("../assets/replies.js")),
    ("typing.js", include_str!("../assets/typing.js")),
    ("receipts.js", include_str!("../assets/receipts.js")),
    ("reading.js", include_str!("../assets/reading.js")),
    ("notifier.js", include_str!("../assets/notifier.js")),
    ("sidebar.js", include_str!("../assets/sidebar.js")),
    ("days.js", include_str!("../assets/days.js")),
    ("banner.js", include_str!("../assets/banner.js")),
    ("history.js", include_str!("../assets/history.js")),
    ("room.js", include_str!("../assets/room.js")),
];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets: Vec<Asset> = Vec::new();
    for (name, text) in FILES {
        let mut text = text.to_owned();
        for known in &assets {
            text = text.replace(&format!("\"./{}\"", known.name), &format!("\"./{}\"", known.hashed));
        }
        let hash = hex::encode(&Sha256::digest(text.as_bytes())[..6]);
        let hashed = match name.rsplit_once('.') {
            Some((stem, ending)) => format!("{stem}-{hash}.{ending}"),
            None => name.to_owned(),
        };
        assets.push(Asset { name, hashed, body: text.into_bytes(), gzip: OnceLock::new() });
    }
    assets
});

/// The text of every script.
pub(crate) fn scripts() -> impl Iterator<Item = &'static str> {
    FILES.iter().filter(|(name, _)| name.ends_with(".js")).map(|(_, text)| *text)
}

/// The address of an asset, for templates.
pub(crate) fn path(name: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    format!("/assets/{}", asset.map_or(name, |asset| &asset.hashed))
}

/// `GET /assets/<name>-<hash>.<ending>`
pub(crate) async fn show(Path(file): Path<String>, headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.hashed == file) {
        Some(asset) => answer(asset, &headers, "public, max-age=31536000, immutable"),
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

/// `GET /favicon.ico`
pub(crate) async fn favicon(headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.name == "favicon.svg") {
        Some(asset) => answer(asset, &headers, "public, max-age=86400"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(asset: &Asset, headers: &HeaderMap, caching: &'static str) -> Response {
    let kind = match asset.name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    let common =
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching), (header::VARY, "Accept-Encoding")];
    match takes_gzip(headers) {
        true => (common, [(header::CONTENT_ENCODING, "gzip")], asset.packed()).into_response(),
        false => (common, asset.body.clone()).into_response(),
    }
}

impl Asset {
    fn packed(&self) -> Vec<u8> {
        let pack = || {
            let mut packed = Vec::new();
            let read = GzEncoder::new(self.body.as_slice(), Compression::best()).read_to_end(&mut packed);
            read.expect("memory is read and written without fail");
            packed
        };
        self.gzip.get_or_init(pack).clone()
    }
}

/// Whether the client names gzip and does not refuse it (RFC 9110, section 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        name.trim().eq_ignore_ascii_case("gzip")
            && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_goes_to_those_who_take_it() {
        let asked = |encoding: &'static str| {
            let headers = [(header::ACCEPT_ENCODING, encoding.parse().expect("a value"))];
            takes_gzip(&HeaderMap::from_iter(headers))
        };
        assert!(asked("gzip, deflate, br") && asked("br;q=1.0, GZIP;q=0.5"));
        assert!(!asked("br") && !asked("gzip;q=0") && !takes_gzip(&HeaderMap::new()));
    }
}
