//! The web client as this program delivers it: files embedded when it was compiled, their
//! hashes, and the headers under which a browser runs them.

mod answer;
mod embedded;
mod plain;

use embedded::Embedded;
use std::{borrow::Cow, collections::BTreeMap};
use strongroom_crypto::sha256;
use strongroom_types::Digest;

/// The page itself; also what every address of the page is answered with.
const INDEX: &str = "index.html";

/// What a browser may do in the page. Everything comes from this server and nothing is written
/// into the page by hand; the core is WebAssembly, which needs a word of its own. The one policy
/// of Trusted Types makes the address of the worker. Sound and film, and files that are saved as a
/// stream in a frame without a page, come from the page's own service worker.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
    img-src 'self' blob:; media-src 'self'; frame-src 'self'; connect-src 'self'; \
    manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types strongroom";

/// A file of the web client, to compare with what a server delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFile {
    /// Where it is: `/` for the page itself, else `/assets/…`.
    pub path: String,
    /// SHA-256 of its content, uncompressed.
    pub sha256: Digest,
    /// Length of its content, uncompressed.
    pub length: u64,
    /// The type that it is delivered as.
    pub media_type: &'static str,
}

/// The web client, or none.
#[derive(Clone, Default)]
pub struct WebClient {
    files: BTreeMap<String, File>,
}

/// One file as it lies in memory, with its compressed copies.
#[derive(Clone)]
struct File {
    plain: Content,
    gzip: Option<Content>,
    brotli: Option<Content>,
    sha256: Digest,
}

type Content = Cow<'static, [u8]>;

impl WebClient {
    /// The one that was there when this program was compiled.
    pub fn embedded() -> Self {
        Self::new(Embedded::iter().filter_map(|name| {
            let file = Embedded::get(&name)?;
            Some((name.into_owned(), file.data))
        }))
    }

    /// From names and contents. `a.js.br` and `a.js.gz` are compressed copies of `a.js`.
    pub fn new(files: impl IntoIterator<Item = (String, Content)>) -> Self {
        let mut all: BTreeMap<String, Content> = files.into_iter().collect();
        let names: Vec<String> = all
            .keys()
            .filter(|name| !name.ends_with(".br") && !name.ends_with(".gz"))
            .cloned()
            .collect();
        let files = names.into_iter().filter_map(|name| {
            let plain = all.remove(&name)?;
            let file = File {
                sha256: sha256(&plain),
                plain,
                gzip: all.remove(&format!("{name}.gz")),
                brotli: all.remove(&format!("{name}.br")),
            };
            Some((name, file))
        });
        Self {
            files: files.collect(),
        }
    }

    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        self.files.contains_key(INDEX)
    }

    /// Every file with its hash, the page itself first.
    pub fn manifest(&self) -> Vec<ClientFile> {
        let mut files: Vec<_> = self
            .files
            .iter()
            .map(|(name, file)| ClientFile {
                path: match name.as_str() {
                    INDEX => "/".to_owned(),
                    other => format!("/{other}"),
                },
                sha256: file.sha256,
                length: u64::try_from(file.plain.len()).unwrap_or(u64::MAX),
                media_type: answer::media_type(name),
            })
            .collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }
}

#[cfg(test)]
mod tests;
