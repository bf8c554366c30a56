//! `Content-Encoding`: what servers compress, within the limit of an answer's size.

use std::io::{ErrorKind, Read};

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use super::body::append;
use super::failure::Failure;

/// Encodings on top of each other; one is usual.
const MAX_ENCODINGS: usize = 5;
const PART: usize = 4096;

/// The body as it was before the encodings that the headers name; the last of them was applied last.
pub(super) fn decode(body: Bytes, headers: &HeaderMap, max: usize) -> Result<Bytes, Failure> {
    if !headers.contains_key(CONTENT_ENCODING) || body.is_empty() {
        return Ok(body);
    }
    let mut names = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        let value = value.to_str().unwrap_or("not readable");
        names.extend(
            value
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase()),
        );
    }
    names.retain(|name| !matches!(&**name, "" | "identity"));
    if names.len() > MAX_ENCODINGS {
        return Err(Failure::Encoding("more than five at once".to_owned()));
    }
    names
        .into_iter()
        .rev()
        .try_fold(body, |body, name| match &*name {
            "gzip" | "x-gzip" => gunzip(&body, max),
            "deflate" => inflate(&body, max),
            _ => Err(Failure::Encoding(name)),
        })
}

/// All members. What follows the last of them is padding.
fn gunzip(mut compressed: &[u8], max: usize) -> Result<Bytes, Failure> {
    let (mut body, mut part) = (Vec::new(), [0; PART]);
    loop {
        let mut decoder = GzDecoder::new(compressed);
        loop {
            match decoder.read(&mut part) {
                Ok(0) => break,
                Ok(length) => append(&mut body, &part[..length], max)?,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(Failure::Cut),
                Err(_) => return Err(Failure::Compression),
            }
        }
        compressed = decoder.into_inner();
        if !compressed.starts_with(&[0x1f, 0x8b]) {
            return Ok(body.into());
        }
    }
}

/// With the header of zlib, as it should be, or without, as some servers send it.
fn inflate(compressed: &[u8], max: usize) -> Result<Bytes, Failure> {
    let has_header = matches!(compressed, [first, second, ..]
        if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0);
    let mut decoder = Decompress::new(has_header);
    let (mut body, mut part) = (Vec::new(), [0; PART]);
    loop {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let rest = &compressed[read as usize..];
        let status = decoder
            .decompress(rest, &mut part, FlushDecompress::None)
            .map_err(|_| Failure::Compression)?;
        let length = (decoder.total_out() - written) as usize;
        append(&mut body, &part[..length], max)?;
        match status {
            Status::StreamEnd => return Ok(body.into()),
            _ if length == 0 && decoder.total_in() == read => return Err(Failure::Cut),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use reqwest::header::HeaderValue;

    use super::*;

    const TEXT: &[u8] = br#"{"code":0,"msg":"OK","data":{"id":1}}"#;

    fn all(mut reader: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        all(GzEncoder::new(text, Compression::fast()))
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        all(ZlibEncoder::new(text, Compression::fast()))
    }

    fn raw(text: &[u8]) -> Vec<u8> {
        all(DeflateEncoder::new(text, Compression::fast()))
    }

    fn decoded(names: &[&str], body: Vec<u8>, max: usize) -> Result<Bytes, Failure> {
        let mut headers = HeaderMap::new();
        for name in names {
            headers.append(CONTENT_ENCODING, HeaderValue::from_str(name).unwrap());
        }
        decode(body.into(), &headers, max)
    }

    #[test]
    fn every_common_encoding_is_read() {
        let members = [gzip(&TEXT[..9]), gzip(b""), gzip(&TEXT[9..])].concat();
        for (names, body) in [
            (&["gzip"][..], gzip(TEXT)),
            (&["GZIP"], gzip(TEXT)),
            (&[" x-gzip "], gzip(TEXT)),
            (&["gzip"], members),
            (&["gzip"], [&gzip(TEXT)[..], &[0; 9]].concat()),
            (&["deflate"], zlib(TEXT)),
            (&["Deflate"], raw(TEXT)),
            (&["gzip, identity"], gzip(TEXT)),
            (&["identity"], TEXT.to_vec()),
            (&[""], TEXT.to_vec()),
            (&["deflate, gzip"], gzip(&zlib(TEXT))),
            (&["deflate", "gzip"], gzip(&zlib(TEXT))),
            (&[], TEXT.to_vec()),
        ] {
            assert_eq!(decoded(names, body, 1024).unwrap(), TEXT, "{names:?}");
        }
        assert_eq!(decoded(&["gzip"], Vec::new(), 1024).unwrap(), "");
    }

    #[test]
    fn what_is_cut_is_told_from_what_is_damaged() {
        for (name, body) in [
            ("gzip", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("deflate", raw(TEXT)),
        ] {
            for end in 1..body.len() {
                let cut = decoded(&[name], body[..end].to_vec(), 1024);
                assert!(matches!(cut, Err(Failure::Cut)), "{name} {end}: {cut:?}");
            }
        }
        for (name, body) in [("gzip", TEXT), ("deflate", b"\xff\xff")] {
            let other = decoded(&[name], body.to_vec(), 1024);
            assert!(
                matches!(other, Err(Failure::Compression)),
                "{name}: {other:?}"
            );
        }
        let unknown = decoded(&["br, gzip"], gzip(TEXT), 1024);
        assert!(matches!(&unknown, Err(Failure::Encoding(name)) if name == "br"));
        assert!(matches!(
            decoded(&["gzip,gzip,gzip,gzip,gzip,gzip"], gzip(TEXT), 1024),
            Err(Failure::Encoding(_))
        ));
    }

    #[test]
    fn the_limit_holds_for_all_that_is_decompressed() {
        let text = [b' '; 3000];
        for (name, body) in [
            ("gzip", gzip(&text)),
            ("gzip", [gzip(&text[..1500]), gzip(&text[1500..])].concat()),
            ("deflate", zlib(&text)),
            ("deflate", raw(&text)),
        ] {
            assert!(matches!(
                decoded(&[name], body.clone(), 2999),
                Err(Failure::TooLarge)
            ));
            assert_eq!(decoded(&[name], body, 3000).unwrap().len(), 3000);
        }
    }
}
