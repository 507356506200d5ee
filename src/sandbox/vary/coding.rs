//! Content codings ([RFC 9110 §8.4.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1)).

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, VARY};
use hyper::body::Bytes;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::sandbox::wire::{Reply, Request};
use crate::sandbox::{Site, Variation};

/// Codes a body, if the client takes the coding.
pub(super) fn coded(site: &Site, request: &Request, reply: Reply, body: Bytes) -> (Reply, Bytes) {
    let codings = [
        (Variation::Gzip, "gzip", gzip as fn(&[u8]) -> Option<Vec<u8>>),
        (Variation::Deflate, "deflate", deflate),
        (Variation::Brotli, "br", |body| Some(brotli(body))),
        (Variation::Zstandard, "zstd", |body| Some(compress_to_vec(body, CompressionLevel::Fastest))),
    ];
    let Some((_, name, code)) = codings.into_iter().find(|(variation, ..)| site.varies(*variation)) else {
        return (reply, body);
    };
    // Who says nothing takes any coding (RFC 9110 §12.5.3).
    let taken = request.header(ACCEPT_ENCODING).is_none_or(|accepted| {
        accepted.split(',').any(|word| word.split(';').next().unwrap_or_default().trim() == name)
    });
    match code(&body).filter(|_| taken && !body.is_empty()) {
        Some(coded) => {
            let reply = reply.with(CONTENT_ENCODING, HeaderValue::from_static(name));
            (reply.and(VARY.as_str(), ACCEPT_ENCODING.as_str()), coded.into())
        }
        None => (reply, body),
    }
}

fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

fn deflate(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

/// Brotli without compression: blocks that are stored ([RFC 7932 §9.2](https://www.rfc-editor.org/rfc/rfc7932#section-9.2)).
fn brotli(body: &[u8]) -> Vec<u8> {
    // The first bit is the size of the window, which comes once.
    let (mut coded, mut window) = (Vec::new(), 1);
    for block in body.chunks(1 << 16) {
        // Not the last one, four nibbles of length less one, stored.
        let length = u32::try_from(block.len() - 1).unwrap_or_default();
        let head = (length << 3 | 1 << 19) << window;
        coded.extend(head.to_le_bytes().into_iter().take(3));
        coded.extend(block);
        window = 0;
    }
    // The last one, empty.
    coded.push(0b11 << window);
    coded
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn stored_brotli_is_brotli() {
        for length in [1, 100, 65_536, 65_537, 200_000] {
            let body: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
            let mut read = Vec::new();
            brotli_decompressor::Decompressor::new(&brotli(&body)[..], 4096).read_to_end(&mut read).unwrap();
            assert!(read == body, "{length}");
        }
    }
}
