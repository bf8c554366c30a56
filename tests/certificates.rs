//! `caFile` in the forms in which people have it, and what is said of certificates that do not do.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use panda_water::{Client, Config, Error, Kind};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

/// A file of this test with that content.
fn file(content: impl AsRef<[u8]>) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("certificates-{}-{number}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}

/// A server that answers every request with a user, and shows these certificates.
fn server(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> SocketAddr {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, socket));
            let mut head = [0; 4096];
            if stream
                .get_mut()
                .read(&mut head)
                .is_ok_and(|length| length > 0)
            {
                let body = r#"{"code":0,"msg":"OK","data":{"id":7,"userName":"陈涛"}}"#;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.get_mut().write_all(answer.as_bytes());
                stream.get_mut().conn.send_close_notify();
                let _ = stream.get_mut().flush();
            }
        }
    });
    address
}

fn params(names: &[&str]) -> CertificateParams {
    CertificateParams::new(
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>(),
    )
    .unwrap()
}

fn authority(mut params: CertificateParams) -> CertificateParams {
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// A server with a certificate that it signed itself; the certificate as PEM.
fn self_signed(params: CertificateParams) -> (SocketAddr, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let address = server(
        vec![certificate.der().clone()],
        PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    );
    (address, certificate.pem())
}

/// A server with a certificate of an authority, whose certificate comes with it.
fn signed(params: CertificateParams) -> (SocketAddr, String) {
    let issuer =
        CertifiedIssuer::self_signed(authority(self::params(&[])), KeyPair::generate().unwrap())
            .unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let address = server(
        vec![certificate.der().clone()],
        PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    );
    (address, issuer.pem())
}

fn config(ca_file: &Path) -> Result<Config, Error> {
    let config = json!({"baseUrl": "https://127.0.0.1", "caFile": ca_file});
    Config::from_json(&config.to_string())
}

fn look_up(address: SocketAddr, ca_file: &Path) -> Result<u64, Error> {
    let config = json!({"baseUrl": format!("https://{address}"), "caFile": ca_file, "retries": 0});
    let client = Client::new(Config::from_json(&config.to_string())?)?;
    client.get_user_by_ticket("t").map(|user| user.id)
}

/// The message of a TLS error, which holds no bytes.
fn tls_message(address: SocketAddr, ca_file: &Path) -> String {
    let error = look_up(address, ca_file).unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (Kind::Tls, false),
        "{error}"
    );
    let message = error.message();
    assert!(message.contains(&address.to_string()), "{message}");
    assert!(
        !message.contains(['[', '{', '(']) || !message.contains("Context"),
        "{message}"
    );
    assert!(message.len() < 400, "{message}");
    message.to_owned()
}

#[test]
fn a_servers_own_certificate_in_the_ca_file_is_trusted() {
    for params in [params(&["127.0.0.1"]), authority(params(&["127.0.0.1"]))] {
        let (address, pem) = self_signed(params);
        assert_eq!(look_up(address, &file(pem)).unwrap(), 7);
    }
    // One that an authority signed, too.
    let issuer =
        CertifiedIssuer::self_signed(authority(params(&[])), KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params(&["127.0.0.1"]).signed_by(&key, &issuer).unwrap();
    let address = server(
        vec![certificate.der().clone()],
        PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    );
    assert_eq!(look_up(address, &file(certificate.pem())).unwrap(), 7);
}

#[test]
fn a_servers_own_certificate_is_trusted_for_its_names_and_days_alone() {
    for make in [|params| params, authority] as [fn(CertificateParams) -> CertificateParams; 2] {
        let (address, pem) = self_signed(make(params(&["other.example"])));
        let message = tls_message(address, &file(pem));
        assert!(
            message.contains("not for 127.0.0.1, but for other.example;"),
            "{message}"
        );

        let mut expired = make(params(&["127.0.0.1"]));
        expired.not_before = date_time_ymd(2020, 1, 1);
        expired.not_after = date_time_ymd(2021, 2, 3);
        let (address, pem) = self_signed(expired);
        let message = tls_message(address, &file(pem));
        assert!(message.contains("expired on 2021-02-03"), "{message}");
    }
    // Another certificate, of the same name.
    let (_, pem) = self_signed(authority(params(&["127.0.0.1"])));
    let (address, _) = self_signed(authority(params(&["127.0.0.1"])));
    let message = tls_message(address, &file(pem));
    assert!(
        message.contains("authority's certificate as its own"),
        "{message}"
    );
}

#[test]
fn a_certificates_fault_is_said_in_words() {
    let mut future = params(&["127.0.0.1"]);
    future.not_before = date_time_ymd(2999, 12, 31);
    future.not_after = date_time_ymd(3000, 1, 1);
    let mut client_only = params(&["127.0.0.1"]);
    client_only.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    for (params, words) in [
        (future, "not valid before 2999-12-31"),
        (client_only, "not made for servers"),
        (
            params(&["10.0.0.8", "a.example", "*.b.example"]),
            "10.0.0.8, a.example, *.b.example;",
        ),
        (
            params(&["a", "b", "c", "d", "e", "f", "g"]),
            "a, b, c, d, e and 2 more;",
        ),
        (params(&[]), "no name"),
    ] {
        let (address, pem) = signed(params);
        let message = tls_message(address, &file(pem));
        assert!(message.contains(words), "{message}");
    }
    let (address, _) = signed(params(&["127.0.0.1"]));
    let (_, other) = signed(params(&["127.0.0.1"]));
    let message = tls_message(address, &file(other));
    assert!(message.contains("`caFile`"), "{message}");
}

#[test]
fn a_signature_by_sha_1_is_named() {
    let pem = include_bytes!("certificates/sha1-server.pem");
    let address = server(
        vec![CertificateDer::from_pem_slice(pem).unwrap()],
        PrivateKeyDer::from_pem_slice(pem).unwrap(),
    );
    let authority = file(include_bytes!("certificates/sha1-authority.pem"));
    let message = tls_message(address, &authority);
    assert!(message.contains("SHA-1"), "{message}");
}

fn pem_of(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    assert!(length < 65536);
    let mut der = vec![tag, 0x82, (length >> 8) as u8, length as u8];
    der.extend(content);
    der
}

/// `ContentInfo` with `SignedData` that holds certificates alone, as `openssl crl2pkcs7` writes it.
fn pkcs7(certificates: &[u8]) -> Vec<u8> {
    const DATA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const SIGNED_DATA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let mut signed = vec![2, 1, 1, 0x31, 0];
    signed.extend(tlv(0x30, &DATA));
    signed.extend(tlv(0xa0, certificates));
    signed.extend([0x31, 0]);
    let mut info = SIGNED_DATA.to_vec();
    info.extend(tlv(0xa0, &tlv(0x30, &signed)));
    tlv(0x30, &info)
}

#[test]
fn certificates_are_read_in_every_common_form() {
    let (address, pem) = signed(params(&["127.0.0.1"]));
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .unwrap()
        .to_vec();
    let (_, other) = self_signed(params(&["x"]));
    let other = CertificateDer::from_pem_slice(other.as_bytes())
        .unwrap()
        .to_vec();
    let both = [other.clone(), der.clone()].concat();
    let key = KeyPair::generate().unwrap().serialize_pem();
    let utf16: Vec<u8> = format!("\u{feff}{pem}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let trusted = [der.clone(), tlv(0x30, &tlv(0x0c, b"an alias"))].concat();
    for (form, content) in [
        ("PEM", pem.clone().into_bytes()),
        ("PEM with CRLF", pem.replace('\n', "\r\n").into_bytes()),
        (
            "PEM without line breaks",
            pem.replace('\n', "").into_bytes(),
        ),
        (
            "PEM with spaces for line breaks",
            pem.replace('\n', " ").into_bytes(),
        ),
        (
            "PEM after text",
            [b"CN=\xb3\xc2\xcc\xce\n", pem.as_bytes()].concat(),
        ),
        ("PEM with a mark", format!("\u{feff}{pem}").into_bytes()),
        ("PEM in UTF-16", utf16),
        ("PEM beside a key", format!("{key}{pem}").into_bytes()),
        (
            "X509",
            pem.replace("CERTIFICATE", "X509 CERTIFICATE").into_bytes(),
        ),
        (
            "TRUSTED",
            pem_of("TRUSTED CERTIFICATE", &trusted).into_bytes(),
        ),
        (
            "base64 alone",
            pem.lines()
                .filter(|line| !line.starts_with('-'))
                .collect::<String>()
                .into(),
        ),
        ("DER", der),
        ("two in DER", both.clone()),
        ("PKCS#7", pkcs7(&both)),
        ("PKCS#7 in PEM", pem_of("PKCS7", &pkcs7(&both)).into_bytes()),
    ] {
        assert_eq!(look_up(address, &file(content)).unwrap(), 7, "{form}");
    }
}

#[test]
fn certificates_are_read_as_openssl_writes_them() {
    let (address, pem) = signed(params(&["127.0.0.1"]));
    let authority = file(pem);
    let authority = authority.to_str().unwrap();
    for arguments in [
        &["x509", "-in", authority, "-trustout", "-setalias", "water"][..],
        &["crl2pkcs7", "-nocrl", "-certfile", authority],
        &[
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            authority,
            "-outform",
            "DER",
        ],
    ] {
        let Ok(output) = Command::new("openssl").args(arguments).output() else {
            return; // The forms are tested without it, too.
        };
        assert_eq!(
            look_up(address, &file(output.stdout)).unwrap(),
            7,
            "{arguments:?}"
        );
    }
}

#[test]
fn a_ca_file_that_is_something_else_is_named_and_never_quoted() {
    let key = KeyPair::generate().unwrap();
    let (pem, der) = (key.serialize_pem(), key.serialize_der());
    let request = params(&["x"]).serialize_request(&key).unwrap();
    let (_, certificate) = self_signed(params(&["x"]));
    let secret = &pem.lines().nth(1).unwrap()[..20];
    for (content, words) in [
        (pem.clone().into_bytes(), "private key"),
        (pem.replace('\n', "").into_bytes(), "private key"),
        (pem.replace('\n', " ").into_bytes(), "private key"),
        (
            pem.replace("-----END PRIVATE KEY-----", "").into_bytes(),
            "private key",
        ),
        (
            pem.replace("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY")
                .into_bytes(),
            "no certificate",
        ),
        (
            pem.lines()
                .filter(|line| !line.starts_with('-'))
                .collect::<String>()
                .into(),
            "private key",
        ),
        (der, "private key"),
        (request.pem().unwrap().into_bytes(), "certificate request"),
        (request.der().to_vec(), "certificate request"),
        (key.public_key_pem().into_bytes(), "public key"),
        (
            tlv(0x30, &[&[2, 1, 3][..], &tlv(0x30, b"")].concat()),
            "PKCS#12",
        ),
        (b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec(), "Java key store"),
        (b"".to_vec(), "empty"),
        (b" \r\n".to_vec(), "empty"),
        (
            b"<html>not found</html>".to_vec(),
            "no file of certificates",
        ),
        (
            certificate
                .replace("-----END CERTIFICATE-----", "")
                .into_bytes(),
            "cut or altered",
        ),
        (pem_of("CERTIFICATE", b"0\x03abc").into_bytes(), "damaged"),
        (vec![b'x'; 17 << 20], "too large"),
    ] {
        let error = config(&file(content)).unwrap_err();
        assert_eq!(error.kind(), Kind::Config, "{error}");
        assert!(
            error.message().contains("`caFile`") && error.message().contains(words),
            "{words}: {error}"
        );
        assert!(!error.message().contains(secret), "{error}");
        assert!(error.message().len() < 400, "{error}");
    }
    let error = config(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap_err();
    assert!(error.message().contains("folder"), "{error}");
    // The content where the path belongs.
    for content in [pem.clone(), pem.replace('\n', "")] {
        let error = config(Path::new(&content)).unwrap_err();
        assert!(error.message().contains("`caFile`"), "{error}");
        assert!(!error.message().contains(secret), "{error}");
    }
}
