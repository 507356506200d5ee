//! Undoes the content codings of a body, within the cap for bodies.

use std::io::{self, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::exchange::{Cut, Response, bounds};

/// Undoes the codings of a response ([RFC 9110 §8.4.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1), Brotli by RFC 7932,
/// Zstandard by RFC 8878), the last one applied first. A body whose coding is not known, or that is no such body, stays as it came.
pub(super) fn decode(response: &mut Response, cap: usize) {
    let Some(codings) = response.content_coding() else { return };
    let codings: Vec<_> = codings.split(", ").collect();
    if codings.len() > bounds::CONTENT_CODINGS {
        return;
    }
    let mut body = response.body.to_vec();
    let mut cut = response.cut;
    for coding in codings.into_iter().rev() {
        let Ok((decoded, whole)) = undo(coding, &body, cap, response.cut.is_some()) else { return };
        body = decoded;
        if !whole {
            cut = Some(Cut::Cap);
        }
    }
    response.body = body.into();
    response.cut = cut;
}

/// One coding undone, and whether it is all of it. Of a body that was not read to its end, what there is.
fn undo(coding: &str, body: &[u8], cap: usize, is_cut: bool) -> io::Result<(Vec<u8>, bool)> {
    match coding {
        "gzip" | "x-gzip" => read(MultiGzDecoder::new(body), cap, is_cut),
        // Some send it without the zlib frame that RFC 9110 §8.4.1.2 asks for.
        "deflate" => read(ZlibDecoder::new(body), cap, is_cut)
            .or_else(|_| read(DeflateDecoder::new(body), cap, is_cut)),
        "br" => read(brotli_decompressor::Decompressor::new(body, 4096), cap, is_cut),
        "zstd" => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(body).map_err(io::Error::other)?;
            read(decoder, cap, is_cut)
        }
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

fn read(decoder: impl Read, cap: usize, is_cut: bool) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    match decoder.take(limit).read_to_end(&mut bytes) {
        Err(error) if !is_cut || bytes.is_empty() => return Err(error),
        _ => {}
    }
    let whole = bytes.len() <= cap;
    bytes.truncate(cap);
    Ok((bytes, whole))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;
    use crate::exchange::Headers;

    const TEXT: &str = "{\"access_token\":\"opaque\",\"token_type\":\"Bearer\"}";

    fn decoded(coding: &str, body: Vec<u8>, cap: usize) -> Response {
        let mut response = Response {
            status: 200,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers: Headers::new().with("content-encoding", coding),
            body: body.into(),
            cut: None,
        };
        decode(&mut response, cap);
        response
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_coding_is_undone() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(TEXT.as_bytes()).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(TEXT.as_bytes()).unwrap();
        let zstd =
            ruzstd::encoding::compress_to_vec(TEXT.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
        for (coding, body) in [
            ("gzip", gzip(TEXT.as_bytes())),
            ("X-GZIP", gzip(TEXT.as_bytes())),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("zstd", zstd),
            ("gzip, identity, gzip", gzip(&gzip(TEXT.as_bytes()))),
        ] {
            let response = decoded(coding, body, 1000);
            assert_eq!((response.text().as_ref(), response.cut), (TEXT, None), "{coding}");
        }
    }

    #[test]
    fn brotli_is_undone() {
        let body = BASE64_STANDARD.decode("GxcA+I2Ubt5EVYbWCiBsb0oReeKArhY=").unwrap();
        assert_eq!(decoded("br", body, 1000).text(), "hello hello hello hello\n");
    }

    #[test]
    fn a_small_body_does_not_grow_beyond_the_cap() {
        let response = decoded("gzip", gzip(&vec![b'a'; 1_000_000]), 1000);
        assert_eq!((response.body.len(), response.cut), (1000, Some(Cut::Cap)));
    }

    #[test]
    fn what_cannot_be_undone_stays_as_it_came() {
        for (coding, body) in [("gzip", b"plain".to_vec()), ("aes128gcm", vec![0xff, 1]), ("zstd", vec![1])] {
            assert_eq!(decoded(coding, body.clone(), 1000).body[..], body[..], "{coding}");
        }
        let nested = (0..=bounds::CONTENT_CODINGS).fold(TEXT.as_bytes().to_vec(), |body, _| gzip(&body));
        let codings = ["gzip"; bounds::CONTENT_CODINGS + 1].join(", ");
        assert_eq!(decoded(&codings, nested.clone(), 1000).body[..], nested[..], "too many of them");
    }
}
