//! Ports: when they are free, and which of them speak TLS.

use std::net::TcpStream;
use std::sync::Arc;

use panda_simulator::{Options, Simulator, TlsHandshake};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::http::{Answer, Connection, request};
use crate::platform::start;

#[test]
fn a_dropped_simulator_frees_its_port_and_connections() {
    let first = start(1);
    let url = first.base_url().to_owned();
    let port = url
        .split([':', '/'])
        .nth(4)
        .and_then(|port| port.parse().ok())
        .expect("a port");
    let mut kept_open = Connection::open(&url);
    kept_open.request("GET", &url, &[], "").expect("an answer");
    drop(first);
    kept_open
        .request("GET", &url, &[], "")
        .expect_err("nobody answers");
    let second = Simulator::start(Options {
        port,
        ..Options::default()
    })
    .expect("a free port");
    assert_eq!(second.base_url(), url);
}

fn secure(options: Options) -> Simulator {
    Simulator::start(Options {
        tls: true,
        ..options
    })
    .expect("free ports")
}

/// Asks over TLS, trusting this simulator's authority only.
fn ask_securely(simulator: &Simulator, name: &'static str) -> Result<Answer, std::io::Error> {
    let mut roots = RootCertStore::empty();
    let pem = simulator.ca_pem().expect("an authority");
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate"))
        .expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = ServerName::try_from(name).expect("a name");
    let client = ClientConnection::new(Arc::new(config), server).expect("a client");
    let url = format!("{}/PandaOMS/OMS/GetUsers", simulator.base_url());
    let address = url
        .trim_start_matches("https://")
        .split('/')
        .next()
        .expect("an address");
    let stream = StreamOwned::new(
        client,
        TcpStream::connect(address).expect("the simulator listens"),
    );
    Connection::over(stream).request("GET", &url, &[], "")
}

#[test]
fn https_is_served_with_a_certificate_of_a_private_authority() {
    let simulator = secure(Options::default());
    for name in ["127.0.0.1", "localhost"] {
        assert_eq!(
            ask_securely(&simulator, name).expect("an answer").status,
            401
        );
    }
    ask_securely(&simulator, "elsewhere.example").expect_err("another name");
    ask_securely(
        &secure(Options {
            tls_expired: true,
            ..Options::default()
        }),
        "localhost",
    )
    .expect_err("expired");
    ask_securely(
        &secure(Options {
            tls_name: vec!["a.example".into()],
            ..Options::default()
        }),
        "a.example",
    )
    .expect("an answer");

    simulator.change_behaviour(|behaviour| behaviour.tls_handshake = TlsHandshake::Drop);
    ask_securely(&simulator, "localhost").expect_err("no handshake");
}

#[test]
fn the_plain_port_beside_https_redirects_or_refuses() {
    let simulator = secure(Options {
        redirect_to_https: Some(308),
        ..Options::default()
    });
    let plain = format!(
        "{}/PandaOMS/OMS/GetUsers?pageSize=2",
        simulator.plain_base_url().expect("a plain port")
    );
    let redirect = request("GET", &plain, &[], "").expect("an answer");
    let expected = format!("{}/PandaOMS/OMS/GetUsers?pageSize=2", simulator.base_url());
    assert_eq!(
        (redirect.status, &redirect.headers["location"]),
        (308, &expected)
    );
    assert_eq!(simulator.counters().redirects, 1);
    let control = format!("{}/counters", simulator.control_url());
    assert_eq!(
        request("GET", &control, &[], "").expect("an answer").status,
        200
    );

    let strict = secure(Options::default());
    let plain = format!(
        "{}/GenerateToken",
        strict.plain_base_url().expect("a plain port")
    );
    assert_eq!(
        request("POST", &plain, &[], "").expect("an answer").status,
        403
    );
}
