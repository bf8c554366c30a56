//! `caFile` in the forms in which people have it, the client's own certificate, what is said of those
//! that do not do, and connections that end without a word.

mod support;

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use panda_water::{Client, Config, Error, Kind};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use serde_json::{Value, json};
use support::*;

/// A file of this test with that content.
fn file(content: impl AsRef<[u8]>) -> PathBuf {
    let path = own_file();
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
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{USER}",
        USER.len()
    );
    serve(config, answer, true)
}

const USER: &str = r#"{"code":0,"msg":"OK","data":{"id":7,"userName":"陈涛"}}"#;

/// A server that answers every request with this and closes, after a TLS notice of it or without.
fn serve(config: ServerConfig, answer: String, with_notice: bool) -> SocketAddr {
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
                let _ = stream.get_mut().write_all(answer.as_bytes());
                if with_notice {
                    stream.get_mut().conn.send_close_notify();
                }
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

fn showing(certificate: &Certificate, key: &KeyPair) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap()
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
    client.get_user_by_ticket("0f9c").map(|user| user.id)
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

#[test]
fn an_answer_that_is_whole_is_taken_though_the_connection_ends_without_notice() {
    let start = |answer: String| {
        let key = KeyPair::generate().unwrap();
        let certificate = params(&["127.0.0.1"]).self_signed(&key).unwrap();
        let config = showing(&certificate, &key);
        (serve(config, answer, false), file(certificate.pem()))
    };
    let length = USER.len();
    for (head, body) in [
        (format!("Content-Length: {length}\r\n"), USER.to_owned()),
        (String::new(), USER.to_owned()),
        (
            "Transfer-Encoding: chunked\r\n".to_owned(),
            format!("{length:x}\r\n{USER}\r\n0\r\n\r\n"),
        ),
    ] {
        let (address, authority) = start(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}"));
        assert_eq!(look_up(address, &authority).unwrap(), 7, "{head}");
    }
    for (head, body) in [
        (format!("Content-Length: {}\r\n", length + 1), USER),
        (String::new(), &USER[..length - 1]),
        (String::new(), &USER[..length - 6]),
        (String::new(), ""),
        (
            "Transfer-Encoding: chunked\r\n".to_owned(),
            "5\r\n{\"cod\r\n",
        ),
    ] {
        let (address, authority) = start(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}"));
        let error = look_up(address, &authority).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (Kind::Response, true),
            "{head}{body}: {error}"
        );
    }
}

#[test]
fn a_kept_connection_that_ends_without_notice_is_never_the_callers_error() {
    let key = KeyPair::generate().unwrap();
    let certificate = params(&["127.0.0.1"]).self_signed(&key).unwrap();
    let config = Arc::new(showing(&certificate, &key));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, socket);
            let length = USER.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{USER}");
            if stream.read(&mut [0; 4096]).is_ok() {
                stream.write_all(answer.as_bytes()).unwrap();
                // Closed when the next request has come.
                let _ = stream.read(&mut [0; 4096]);
            }
        }
    });
    let config = json!({
        "baseUrl": format!("https://{address}"), "retries": 0, "caFile": file(certificate.pem()),
    });
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    for _ in 0..5 {
        assert_eq!(client.get_user_by_ticket("0f9c").unwrap().id, 7);
    }
}

/// A server that wants a certificate of the first authority, speaking this version of TLS; the
/// authority, and its certificate's file.
fn demanding(
    version: &'static SupportedProtocolVersion,
) -> (SocketAddr, CertifiedIssuer<'static, KeyPair>, PathBuf) {
    let issuer =
        CertifiedIssuer::self_signed(authority(params(&[])), KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params(&["127.0.0.1"]).signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        );
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{USER}",
        USER.len()
    );
    let address = serve(config.unwrap(), answer, true);
    let pem = file(issuer.pem());
    (address, issuer, pem)
}

fn look_up_as(address: SocketAddr, settings: Value) -> Result<u64, Error> {
    let mut config = json!({"baseUrl": format!("https://{address}"), "retries": 0});
    for (key, value) in settings.as_object().unwrap() {
        config[key] = value.clone();
    }
    let client = Client::new(Config::from_json(&config.to_string())?)?;
    client.get_user_by_ticket("0f9c").map(|user| user.id)
}

/// What a client shows: a certificate that the authority signed, and its key, each as PEM.
fn client_of(issuer: &CertifiedIssuer<'static, KeyPair>, key: &KeyPair) -> String {
    let mut params = params(&[]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    // By its usual name OpenSSL takes it for its own issuer.
    params
        .distinguished_name
        .push(DnType::CommonName, "a client");
    params.signed_by(key, issuer).unwrap().pem()
}

#[test]
fn a_server_that_asks_for_a_certificate_is_shown_the_clients_or_told() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (address, issuer, ca_file) = demanding(version);
        let key = KeyPair::generate().unwrap();
        let certificate = file(client_of(&issuer, &key));
        let key_file = file(key.serialize_pem());
        let own = json!({
            "caFile": ca_file, "clientCertFile": certificate, "clientKeyFile": key_file,
        });
        assert_eq!(look_up_as(address, own).unwrap(), 7);
        let (_, stranger, _) = demanding(version);
        let foreign = json!({
            "caFile": ca_file, "clientCertFile": file(client_of(&stranger, &key)),
            "clientKeyFile": key_file,
        });
        for settings in [json!({"caFile": ca_file}), foreign] {
            let error = look_up_as(address, settings).unwrap_err();
            assert_eq!(
                (error.kind(), error.is_retryable()),
                (Kind::Tls, false),
                "{error}"
            );
            assert!(error.message().contains("`clientCertFile`"), "{error}");
        }
    }
}

#[test]
fn a_servers_page_that_asks_for_a_certificate_is_told_as_such() {
    // As nginx does, after the handshake.
    for title in [
        "No required SSL certificate was sent",
        "The SSL certificate error",
    ] {
        let page = format!("<html><head><title>400 {title}</title></head></html>");
        let key = KeyPair::generate().unwrap();
        let certificate = params(&["127.0.0.1"]).self_signed(&key).unwrap();
        let config = showing(&certificate, &key);
        let answer = format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
            page.len()
        );
        let address = serve(config, answer, true);
        let error = look_up(address, &file(certificate.pem())).unwrap_err();
        assert_eq!(error.http_status(), Some(400), "{error}");
        assert!(error.message().contains(title), "{error}");
        assert!(error.message().contains("`clientCertFile`"), "{error}");
    }
}

/// What openssl writes, or nothing where it is not there.
fn openssl(arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").args(arguments).output().ok()?;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    Some(output.stdout)
}

#[test]
fn a_clients_key_is_read_as_openssl_writes_it() {
    let (address, issuer, ca_file) = demanding(&rustls::version::TLS13);
    let issuer_certificate = file(issuer.pem());
    let issuer_key = file(issuer.key().serialize_pem());
    let written = |path: &Path| path.to_str().unwrap().to_owned();
    let rsa = ["genrsa", "-traditional", "2048"];
    let pkcs8 = [
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
    ];
    let sec1 = ["ecparam", "-name", "prime256v1", "-genkey"];
    let edwards = ["genpkey", "-algorithm", "ED25519"];
    for (arguments, label) in [
        (&rsa[..], "RSA PRIVATE KEY"),
        (&pkcs8, "BEGIN PRIVATE KEY"),
        (&sec1, "EC PRIVATE KEY"),
        (&edwards, "BEGIN PRIVATE KEY"),
    ] {
        let Some(key) = openssl(arguments) else {
            return;
        };
        assert!(String::from_utf8_lossy(&key).contains(label), "{label}");
        let key_file = file(&key);
        let (key_path, certificate_path) = (written(&key_file), written(&issuer_certificate));
        let request = openssl(&["req", "-new", "-key", &key_path, "-subj", "/CN=client"]).unwrap();
        let request = file(request);
        let sign = |further: &[&str]| {
            let arguments = ["x509", "-req", "-days", "2", "-set_serial", "5", "-in"];
            let (request, key) = (written(&request), written(&issuer_key));
            let signing = [&request, "-CA", &certificate_path, "-CAkey", &key];
            openssl(&[&arguments[..], &signing, further].concat()).unwrap()
        };
        let version_3 = written(&file("basicConstraints=CA:FALSE"));
        let certificate = sign(&["-extfile", &version_3]);
        let own = json!({
            "caFile": ca_file, "clientCertFile": file(&certificate), "clientKeyFile": key_file,
        });
        assert_eq!(look_up_as(address, own).unwrap(), 7, "{label}");
        // Without extensions it is of version 1, which other servers take.
        let old = json!({
            "baseUrl": "https://h", "clientCertFile": file(sign(&[])), "clientKeyFile": key_file,
        });
        Config::from_json(&old.to_string()).unwrap();
        // One file may hold both.
        let both = file([&certificate[..], &key].concat());
        let config = json!({
            "baseUrl": "https://h", "clientCertFile": both, "clientKeyFile": both,
        });
        Config::from_json(&config.to_string()).unwrap();

        let encrypt = ["pkey", "-in", &key_path, "-aes256", "-passout", "pass:hush"];
        let encrypted = openssl(&encrypt);
        // An Edwards key has no older form.
        let traditional = (arguments != edwards)
            .then(|| openssl(&[&encrypt[..], &["-traditional"]].concat()).unwrap());
        for encrypted in [encrypted, traditional].into_iter().flatten() {
            assert!(String::from_utf8_lossy(&encrypted).contains("ENCRYPTED"));
            let message = refused_key(&file(&certificate), &file(encrypted));
            assert!(message.contains("encrypted key"), "{message}");
        }
    }
}

/// The message about a client's key that cannot be used, which holds none of it.
fn refused_key(certificate: &Path, key: &Path) -> String {
    let config = json!({
        "baseUrl": "https://h", "clientCertFile": certificate, "clientKeyFile": key,
    });
    let error = Config::from_json(&config.to_string()).unwrap_err();
    assert_eq!(error.kind(), Kind::Config, "{error}");
    let message = error.message().to_owned();
    assert!(message.contains("`clientKeyFile`"), "{message}");
    let content = std::fs::read_to_string(key).unwrap_or_default();
    let lines = content
        .lines()
        .filter(|line| line.len() > 10 && !line.starts_with('-'));
    for line in lines {
        assert!(!message.contains(line), "{message}");
    }
    message
}

#[test]
fn a_clients_key_that_cannot_be_used_is_told_and_never_shown() {
    let issuer =
        CertifiedIssuer::self_signed(authority(params(&[])), KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let pem = key.serialize_pem();
    let certificate = file(client_of(&issuer, &key));
    let other = KeyPair::generate().unwrap().serialize_pem();
    for (content, words) in [
        (other, "`clientCertFile`"),
        (String::new(), "is empty"),
        ("hush".to_owned(), "holds no private key"),
        (client_of(&issuer, &key), "holds no private key"),
        (pem.replace("-----END PRIVATE KEY-----", ""), "damaged"),
        (pem.replacen("M", "!", 1), "damaged"),
        (
            pem.replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"),
            "cannot be used",
        ),
        (
            pem.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
            "cannot be used",
        ),
    ] {
        let message = refused_key(&certificate, &file(&content));
        assert!(message.contains(words), "{words}: {message}");
    }
    let message = refused_key(&certificate, Path::new("/no/such.pem"));
    assert!(message.contains("cannot be read"), "{message}");
    let message = refused_key(&certificate, Path::new(&pem));
    assert!(message.contains("not its content"), "{message}");
    let config = json!({
        "baseUrl": "https://h", "clientCertFile": certificate, "clientKeyFile": file(&pem),
    });
    let config = Config::from_json(&config.to_string()).unwrap();
    let shown = format!("{config:?}");
    assert!(pem.lines().all(|line| !shown.contains(line)), "{shown}");
    // Saved by an editor of Windows.
    let marked = file([b"\xef\xbb\xbf", pem.replace('\n', "\r\n").as_bytes()].concat());
    let config = json!({
        "baseUrl": "https://h", "clientCertFile": certificate, "clientKeyFile": marked,
    });
    Config::from_json(&config.to_string()).unwrap();
}

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_redis_server_that_asks_for_a_certificate_is_shown_the_clients() {
    let issuer =
        CertifiedIssuer::self_signed(authority(params(&[])), KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params(&["127.0.0.1"]).signed_by(&key, &issuer).unwrap();
    let ca_file = file(issuer.pem());
    let server = [file(certificate.pem()), file(key.serialize_pem())];
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let process = Command::new("redis-server")
        .args([
            "--port",
            "0",
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ])
        .args(["--tls-port", &port.to_string(), "--tls-auth-clients", "yes"])
        .args(["--tls-cert-file".as_ref(), server[0].as_os_str()])
        .args(["--tls-key-file".as_ref(), server[1].as_os_str()])
        .args(["--tls-ca-cert-file".as_ref(), ca_file.as_os_str()])
        .stdout(Stdio::null())
        .spawn();
    let _process = Process(process.expect("redis-server is installed"));
    wait_until("redis-server", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let simulator = simulator();
    let own_key = KeyPair::generate().unwrap();
    let shared = json!({
        "tokenStore": format!("rediss://127.0.0.1:{port}"), "caFile": ca_file,
        "clientCertFile": file(client_of(&issuer, &own_key)),
        "clientKeyFile": file(own_key.serialize_pem()),
    });
    for _ in 0..3 {
        client_with(&simulator, shared.clone()).get_token().unwrap();
    }
    assert_eq!(simulator.counters().generate_token.requests, 1);
}
