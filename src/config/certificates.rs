//! `caFile`: certificates to trust besides the system's and the built-in ones; `clientCertFile` and
//! `clientKeyFile`: what the client shows of itself.
//!
//! Read as people have them: PEM with whatever stands around it, DER, PKCS#7. What else the file may
//! be is said in words; nothing of its content is, since it may be a private key.

use std::fs::File;
use std::io::Read;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use encoding_rs::Encoding;
use memchr::memmem;
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer};
use rustls::sign::CertifiedKey;

use crate::arguments::Arguments;
use crate::error::Result;

/// All authorities of a system are a fraction of it.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// What a file was found to be instead.
type Reading<T> = std::result::Result<T, String>;

pub(super) fn read(arguments: &Arguments<'_>) -> Result<Vec<CertificateDer<'static>>> {
    let mut certificates = Vec::new();
    read_file(arguments, "caFile", &mut |content| {
        certificates = read_content(content)?;
        Ok(())
    })?;
    Ok(certificates)
}

/// What the client shows to a server that asks for its certificate.
pub(super) fn read_identity(arguments: &Arguments<'_>) -> Result<Option<Arc<CertifiedKey>>> {
    const CERTIFICATE: &str = "clientCertFile";
    const KEY: &str = "clientKeyFile";
    match (arguments.json(CERTIFICATE), arguments.json(KEY)) {
        (None, None) => return Ok(None),
        (None, Some(_)) => {
            return Err(arguments.error(CERTIFICATE, "is missing beside `clientKeyFile`"));
        }
        (Some(_), None) => {
            return Err(arguments.error(KEY, "is missing beside `clientCertFile`"));
        }
        (Some(_), Some(_)) => {}
    }
    let (mut chain, mut identity) = (Vec::new(), None);
    read_file(arguments, CERTIFICATE, &mut |content| {
        chain = read_content(content)?;
        Ok(())
    })?;
    read_file(arguments, KEY, &mut |content| {
        let key = (ring::default_provider().key_provider).load_private_key(read_key(content)?);
        let key = key.map_err(|_| {
            "holds a key that cannot be used; it must be RSA of 2048 bits or more, ECDSA P-256 or \
             P-384, or Ed25519"
        })?;
        let is_in =
            |public: SubjectPublicKeyInfoDer<'_>| memmem::find(&chain[0], &public).is_some();
        if !key.public_key().is_none_or(is_in) {
            return Err("is not that of the (first) certificate in `clientCertFile`".to_owned());
        }
        identity = Some(Arc::new(CertifiedKey::new(mem::take(&mut chain), key)));
        Ok(())
    })?;
    Ok(identity)
}

/// Reads the file that a key names. A problem is told with both, and nothing of the content.
fn read_file(
    arguments: &Arguments<'_>,
    key: &str,
    read: &mut dyn FnMut(&[u8]) -> Reading<()>,
) -> Result<()> {
    let Some(path) = arguments.string(key)? else {
        return Ok(());
    };
    if path.contains(BEGIN) || path.contains(char::is_control) {
        return Err(arguments.error(key, "must be a file's path, not its content"));
    }
    let path = Path::new(&path);
    let is_read = load(path).and_then(|content| {
        // Windows' tools save text with a mark, and in UTF-16.
        let decoded = Encoding::for_bom(&content).map(|(encoding, _)| encoding.decode(&content).0);
        let content = decoded.as_ref().map_or(&*content, |text| text.as_bytes());
        match content.trim_ascii() {
            [] => Err("is empty".to_owned()),
            _ => read(content),
        }
    });
    is_read.map_err(|problem| arguments.error(key, &format!("{problem}: {}", path.display())))
}

fn load(path: &Path) -> Reading<Vec<u8>> {
    if path.is_dir() {
        return Err("is a folder; name a file in it".to_owned());
    }
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut content))
        .map_err(|error| format!("cannot be read ({error})"))?;
    if content.len() as u64 > MAX_FILE {
        return Err("is too large for a file of certificates".to_owned());
    }
    Ok(content)
}

fn read_content(content: &[u8]) -> Reading<Vec<CertificateDer<'static>>> {
    let text = String::from_utf8_lossy(content);
    let certificates = if text.contains(BEGIN) {
        read_pem(&text)?
    } else if let Ok(der) = decode_base64(&text) {
        read_der(&der)?
    } else {
        read_der(content)?
    };
    if !certificates.iter().any(|der| is_certificate(der)) {
        return Err("holds damaged certificates only".to_owned());
    }
    Ok(certificates)
}

fn is_certificate(der: &[u8]) -> bool {
    RootCertStore::empty().add(der.into()).is_ok()
}

const BEGIN: &str = "-----BEGIN ";

/// The first private key in a PEM text: PKCS#8, PKCS#1 or SEC1.
fn read_key(content: &[u8]) -> Reading<PrivateKeyDer<'static>> {
    let text = String::from_utf8_lossy(content);
    for block in text.split(BEGIN).skip(1) {
        let (label, rest) = block.split_once("-----").unwrap_or((block, ""));
        if !label.ends_with("PRIVATE KEY") {
            continue;
        }
        let body = rest.split_once("-----END ").map_or("", |(body, _)| body);
        if label.starts_with("ENCRYPTED") || body.contains("Proc-Type") {
            return Err(
                "holds an encrypted key, and there is nobody to ask for its password; decrypt it \
                 with openssl pkey, into a file that nobody else can read"
                    .to_owned(),
            );
        }
        let der = decode_base64(body).unwrap_or_default();
        return match label {
            _ if der.is_empty() => {
                Err("holds a damaged key: its text is cut or altered".to_owned())
            }
            "PRIVATE KEY" => Ok(PrivateKeyDer::Pkcs8(der.into())),
            "RSA PRIVATE KEY" => Ok(PrivateKeyDer::Pkcs1(der.into())),
            "EC PRIVATE KEY" => Ok(PrivateKeyDer::Sec1(der.into())),
            _ => Err("holds a key of a kind that cannot be used".to_owned()),
        };
    }
    Err("holds no private key in PEM".to_owned())
}

/// The certificates in a PEM text. Line breaks do not matter: files lose them on their way.
fn read_pem(text: &str) -> Reading<Vec<CertificateDer<'static>>> {
    let mut certificates = Vec::new();
    let mut other = None;
    for block in text.split(BEGIN).skip(1) {
        let (label, rest) = block.split_once("-----").unwrap_or((block, ""));
        let body = rest
            .split_once("-----END ")
            .map(|(body, _)| decode_base64(body));
        let certificate = label.ends_with("CERTIFICATE");
        if !certificate && !matches!(label, "PKCS7" | "CMS") {
            other.get_or_insert(label);
            continue;
        }
        let Some(Ok(der)) = body else {
            return Err("holds a damaged certificate: its text is cut or altered".to_owned());
        };
        if certificate {
            // OpenSSL's TRUSTED CERTIFICATE has more behind it.
            certificates.extend(Element::read(&der).map(|first| owned(first.whole)));
        } else {
            certificates.extend(read_pkcs7(&der).unwrap_or_default());
        }
    }
    match other {
        Some(label) if certificates.is_empty() => Err(holds(match label {
            _ if label.ends_with("PRIVATE KEY") => "a private key",
            _ if label.ends_with("PUBLIC KEY") => "a public key",
            _ if label.ends_with("CERTIFICATE REQUEST") => "a certificate request",
            _ if label.ends_with("CRL") => "a revocation list",
            _ => "something else",
        })),
        _ if certificates.is_empty() => Err("holds no certificate".to_owned()),
        _ => Ok(certificates),
    }
}

fn holds(what: &str) -> String {
    format!("holds {what} and no certificate; name the file of the certificate")
}

fn decode_base64(text: &str) -> std::result::Result<Vec<u8>, base64::DecodeError> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    BASE64_STANDARD.decode(text)
}

/// The certificates in DER, one after the other, or in a PKCS#7 file.
fn read_der(der: &[u8]) -> Reading<Vec<CertificateDer<'static>>> {
    let Some(first) = Element::read(der) else {
        return Err(match der {
            [0xfe, 0xed, 0xfe, 0xed, ..] => {
                "is a Java key store; export the certificate from it with keytool -exportcert -rfc"
            }
            _ => "is no file of certificates (PEM, DER or PKCS#7)",
        }
        .to_owned());
    };
    if is_certificate(first.whole) {
        return Ok(Element::all(der)
            .map(|element| owned(element.whole))
            .collect());
    }
    if let Some(certificates) = read_pkcs7(der) {
        return Ok(certificates);
    }
    let tags: Vec<u8> = Element::all(first.content).map(|child| child.tag).collect();
    Err(match tags[..] {
        [INTEGER, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE] => {
            "is a PKCS#12 file (.pfx, .p12), which holds a private key; export the certificates \
             with openssl pkcs12 -nokeys"
                .to_owned()
        }
        [INTEGER, INTEGER | SEQUENCE | OCTET_STRING, ..] | [SEQUENCE, OCTET_STRING] => {
            holds("a private key")
        }
        [SEQUENCE, BIT_STRING] => holds("a public key"),
        [SEQUENCE, SEQUENCE, BIT_STRING] => {
            holds("a certificate request, a revocation list or a damaged certificate")
        }
        _ => "is no file of certificates (PEM, DER or PKCS#7)".to_owned(),
    })
}

/// The certificates of a PKCS#7 file (RFC 2315: `ContentInfo` with `SignedData`).
fn read_pkcs7(der: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let content_info = Element::read(der)?;
    let mut parts = Element::all(content_info.content);
    (parts.next()?.content == SIGNED_DATA).then_some(())?;
    let signed_data = Element::read(parts.next()?.content)?;
    let certificates = Element::all(signed_data.content).find(|part| part.tag == CONTEXT_0)?;
    Some(
        Element::all(certificates.content)
            .map(|element| owned(element.whole))
            .collect(),
    )
}

fn owned(der: &[u8]) -> CertificateDer<'static> {
    CertificateDer::from(der.to_vec())
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;

/// A value in DER.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// With tag and length.
    whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The value that the bytes begin with; of the tags only the short ones, which certificates have.
    fn read(der: &'a [u8]) -> Option<Element<'a>> {
        let (&[tag, first], rest) = der.split_first_chunk()?;
        let length_bytes = if first < 0x80 {
            0
        } else {
            usize::from(first & 0x7f)
        };
        let long = (1..=4)
            .contains(&length_bytes)
            .then(|| rest.get(..length_bytes));
        let length = match long {
            None if first < 0x80 => usize::from(first),
            None => return None,
            Some(bytes) => bytes?
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte)),
        };
        let start = 2 + length_bytes;
        let whole = der.get(..start.checked_add(length)?)?;
        let content = &whole[start..];
        Some(Element {
            tag,
            content,
            whole,
        })
    }

    /// All values that stand one after the other.
    fn all(mut der: &'a [u8]) -> impl Iterator<Item = Element<'a>> {
        std::iter::from_fn(move || {
            let element = Element::read(der)?;
            der = &der[element.whole.len()..];
            Some(element)
        })
    }
}
