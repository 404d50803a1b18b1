//! Digests in hex.

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// SHA-256 of some bytes.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-1 of some bytes, as Redis names scripts.
pub fn sha1(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha1::digest(bytes))
}

/// The entity tag of a document's canonical form: the first 16 bytes of its SHA-256 (contract: ETag).
pub fn etag(canonical: &str) -> String {
    sha256(canonical)[..32].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
