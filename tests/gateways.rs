//! What stands between: pages of gateways, proxies that refuse, caches, redirects to https.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::Duration;

use panda_simulator::{Endpoint, Fault, FaultRule, Options, RawAnswer, Simulator, TlsHandshake};
use panda_water::{Client, Config, Error, Kind, PageQuery};
use serde_json::{Value, json};
use support::*;

const NGINX: &str = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n\
                     <center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n\
                     </body>\r\n</html>\r\n";
const SQUID: &str = "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><html><head>\n\
                     <style type=\"text/css\"><!-- %l --></style>\n\
                     <title>ERROR: The requested URL could not be retrieved</title></head></html>";
const HAPROXY: &str = "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative \
                       rules.\n</body></html>\n";

fn page(text: &str) -> RawAnswer {
    RawAnswer::new(text)
        .status(403)
        .header("Content-Type", "text/html")
}

fn on(endpoint: Endpoint, answer: RawAnswer) -> FaultRule {
    FaultRule::on(endpoint, Fault::Answer(answer))
}

fn logins(simulator: &Simulator) -> u64 {
    simulator.counters().generate_token.requests
}

fn assert_is_page(error: &Error, name: &str) {
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (Kind::Http, true),
        "{error}"
    );
    assert!(error.message().contains(name), "{name}: {error}");
}

#[test]
fn a_gateways_page_is_no_refused_login_and_cools_nothing_down() {
    let gbk = encoding("<title>上网行为管理</title>");
    let basic = page("<title>401 Authorization Required</title>")
        .status(401)
        .header("WWW-Authenticate", "Basic realm=\"x\"");
    let echo = page("<title>Blocked: username=xiaomi&amp;password=AbcDefg</title>");
    for (answer, name) in [
        (page(NGINX), "\"403 Forbidden\""),
        (page(SQUID), "The requested URL could not be retrieved"),
        (page(HAPROXY), "Request forbidden by administrative rules."),
        (RawAnswer::new(gbk).status(403), "上网行为管理"),
        (basic, "401 Authorization Required"),
        (echo, "password=***"),
        // Compressed, and cut.
        (
            page("").header("Content-Encoding", "gzip"),
            "with the page \"\"",
        ),
    ] {
        let simulator = simulator();
        let mut answer = answer;
        if answer.headers.contains_key("Content-Encoding") {
            answer.body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab];
        }
        let status = answer.status;
        simulator.add_fault(on(Endpoint::GenerateToken, answer));
        let store = own_file();
        let settings = json!({"retries": 0, "tokenStore": format!("file:{}", store.display())});
        let node = client_with(&simulator, settings.clone());
        for _ in 0..3 {
            let error = node.get_token().unwrap_err();
            assert_is_page(&error, name);
            assert_eq!(error.http_status(), Some(status));
            assert!(
                !error.message().to_lowercase().contains("abcdefg"),
                "{error}"
            );
        }
        assert_eq!(logins(&simulator), 3);
        let other = client_with(&simulator, settings);
        assert_is_page(&other.get_token().unwrap_err(), name);
        simulator.clear_faults();
        node.get_token().unwrap();
        other.get_token().unwrap();
    }
}

/// Tinyproxy answers so to a wrong password, and other gateways with a login of their own: tried
/// again, it would lock the account.
#[test]
fn a_gateway_that_wants_another_account_is_not_asked_again_within_a_call() {
    let simulator = simulator();
    let basic = page("<title>401 Unauthorized</title>")
        .status(401)
        .header("WWW-Authenticate", "Basic realm=\"proxy\"");
    simulator.add_fault(on(Endpoint::GenerateToken, basic));
    let node = client_with(&simulator, json!({}));
    for asked in 1..=2 {
        let error = node.get_token().unwrap_err();
        assert_is_page(&error, "name the account in `proxy`");
        assert_eq!(logins(&simulator), asked, "{error}");
    }
    simulator.clear_faults();
    node.get_token().unwrap();
}

/// A text in GBK.
fn encoding(text: &str) -> Vec<u8> {
    encoding_rs::GBK.encode(text).0.into_owned()
}

#[test]
fn the_platforms_own_denial_refuses_a_login() {
    for answer in [
        answer("").status(401),
        answer("").status(403),
        answer(r#"{"code":401,"msg":"密码错误"}"#).status(401),
        answer(r#"{"code":403,"msg":"密码错误"}"#).status(403),
        // As IIS shows it in the platform's place.
        page("<title>401 - Unauthorized</title>").status(401),
    ] {
        let simulator = simulator();
        simulator.add_fault(on(Endpoint::GenerateToken, answer.clone()));
        let client = client(&simulator);
        for _ in 0..3 {
            let error = client.get_token().unwrap_err();
            assert_eq!(
                (error.kind(), error.is_retryable()),
                (Kind::Auth, false),
                "{answer:?}"
            );
        }
        assert_eq!(logins(&simulator), 1);
    }
}

#[test]
fn a_denial_whose_body_does_not_come_refuses_nobody() {
    let head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n";
    let server = Server::start(|_, socket| {
        socket.write_all(head).unwrap();
        thread::sleep(Duration::from_secs(3));
    });
    let config = json!({
        "baseUrl": format!("http://{}", server.address), "username": "u", "password": "p", "retries": 0,
    });
    let client = Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap();
    assert_is_page(&client.get_token().unwrap_err(), "");
}

#[test]
fn a_page_for_a_moment_costs_no_sign_in_and_no_token() {
    for times in [1, 2] {
        let simulator = simulator();
        let client = client_with(&simulator, json!({}));
        client.get_token().unwrap();
        simulator.add_fault(on(Endpoint::GetUserByTicket, page(NGINX)).times(times));
        let ticket = simulator.issue_ticket(5);
        assert_eq!(client.get_user_by_ticket(&ticket).unwrap().id, 5);
        assert_eq!(logins(&simulator), 1);
        // Of everything: the login meets it as well.
        simulator.add_fault(FaultRule::everywhere(Fault::Answer(page(NGINX))).times(times));
        assert_eq!(client.get_user_by_ticket(&ticket).unwrap().id, 5);
        client.get_users(&PageQuery::default()).unwrap();
    }
}

#[test]
fn a_page_that_stays_is_told_and_the_first_call_after_it_succeeds() {
    for endpoints in [
        &[Endpoint::GetUsers][..],
        &[Endpoint::GetUserByTicket],
        &[
            Endpoint::GenerateToken,
            Endpoint::GetUsers,
            Endpoint::GetUserByTicket,
        ],
    ] {
        let simulator = simulator();
        let client = client_with(&simulator, json!({"retries": 1}));
        let ticket = simulator.issue_ticket(5);
        client.get_user_by_ticket(&ticket).unwrap();
        for endpoint in endpoints {
            simulator.add_fault(on(*endpoint, page(SQUID)));
        }
        for _ in 0..10 {
            let error = match endpoints {
                [Endpoint::GetUsers] => client.get_users(&PageQuery::default()).map(drop),
                _ => client.get_user_by_ticket(&ticket).map(drop),
            };
            assert_is_page(&error.unwrap_err(), "could not be retrieved");
        }
        if !endpoints.contains(&Endpoint::GenerateToken) {
            assert!(logins(&simulator) < 9, "{} logins", logins(&simulator));
        }
        simulator.clear_faults();
        assert_eq!(client.get_user_by_ticket(&ticket).unwrap().id, 5);
    }
}

#[test]
fn a_page_in_the_place_of_an_answer_is_named() {
    let simulator = simulator();
    simulator.add_fault(on(
        Endpoint::GetUserByTicket,
        page("<title>Login to t%2Bsecret</title>").status(200),
    ));
    let error = client(&simulator)
        .get_user_by_ticket("t+secret")
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Response);
    assert!(error.message().contains("(\"Login to ***\")"), "{error}");
    simulator.clear_faults();
    simulator.add_fault(on(
        Endpoint::GetUserByTicket,
        page("<title>404 for t%2Bsecret</title>").status(404),
    ));
    let error = client(&simulator)
        .get_user_by_ticket("t+secret")
        .unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (Kind::Http, false));
    assert!(error.message().contains("\"404 for ***\""), "{error}");
}

/// A server on loopback that reads a head from each connection and does as it is told. It counts
/// heads, and those with a proxy's account.
struct Server {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(usize, &mut TcpStream) + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        thread::spawn(move || {
            for mut socket in listener.incoming().flatten() {
                let mut head = String::new();
                let mut lines = BufReader::new(&socket);
                while !head.ends_with("\r\n\r\n") && lines.read_line(&mut head).unwrap_or(0) > 0 {}
                let mut seen = seen.lock().unwrap();
                seen.push(head);
                let number = seen.len();
                drop(seen);
                answer(number, &mut socket);
            }
        });
        Server { address, heads }
    }

    fn requests(&self) -> usize {
        self.heads.lock().unwrap().len()
    }

    /// How often a proxy's account came.
    fn accounts(&self) -> usize {
        let heads = self.heads.lock().unwrap();
        let has_account = |head: &&String| head.to_lowercase().contains("proxy-authorization:");
        heads.iter().filter(has_account).count()
    }
}

fn status_line(status: u16) -> String {
    format!("HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn through(proxy: &Server, base_url: &str) -> Client {
    let config = json!({
        "baseUrl": base_url, "username": "u", "password": "p", "retries": 3,
        "proxy": format!("http://domain%5Cuser:wrong@{}", proxy.address),
    });
    Client::new(Config::from_json(&config.to_string()).unwrap()).unwrap()
}

#[test]
fn a_wrong_account_of_the_proxy_goes_out_once_in_a_call() {
    for base_url in ["https://10.0.0.8:8443", "http://10.0.0.8:8080"] {
        let proxy = Server::start(|_, socket| {
            let _ = socket.write_all(status_line(407).as_bytes());
        });
        let client = through(&proxy, base_url);
        for calls in 1..=2 {
            let error = match calls {
                1 => client.get_user_by_ticket("t").map(drop),
                _ => client.get_users(&PageQuery::default()).map(drop),
            };
            let error = error.unwrap_err();
            assert!(!error.is_retryable(), "{error}");
            assert!(error.message().contains("407"), "{error}");
            assert!(error.message().contains("`proxy`"), "{error}");
            assert!(!error.message().contains("wrong"), "{error}");
            assert_eq!((proxy.requests(), proxy.accounts()), (calls, calls));
        }
    }
}

#[test]
fn a_proxy_that_forbids_a_tunnel_is_asked_for_its_status_once() {
    let proxy = Server::start(|_, socket| {
        let _ = socket.write_all(status_line(403).as_bytes());
    });
    let error = through(&proxy, "https://10.0.0.8:8443")
        .get_user_by_ticket("t")
        .unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (Kind::Connect, false));
    let named = format!("the proxy {} refused a tunnel", proxy.address);
    assert!(error.message().contains(&named), "{error}");
    assert!(error.message().contains("403"), "{error}");
    assert_eq!(proxy.requests(), 2);
}

#[test]
fn a_tunnel_that_the_proxy_cannot_make_now_is_tried_again() {
    let (simulator, authority) = secure(Options::default());
    let server = simulator.base_url().to_owned();
    let target = server["https://".len()..]
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    // 503 and its status, and 503 and then 200 for the status: the platform is back.
    let proxy = Server::start(move |number, socket| match number {
        1..=3 => drop(socket.write_all(status_line(503).as_bytes())),
        _ => {
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let mut platform = TcpStream::connect(&target).unwrap();
            let mut back = (platform.try_clone().unwrap(), socket.try_clone().unwrap());
            let mut there = socket.try_clone().unwrap();
            thread::spawn(move || std::io::copy(&mut back.0, &mut back.1));
            thread::spawn(move || std::io::copy(&mut there, &mut platform));
        }
    });
    let settings = json!({
        "caFile": authority, "retries": 3, "proxy": format!("http://u:p@{}", proxy.address),
    });
    let client = client_with(&simulator, settings);
    assert_eq!(
        client.get_users(&PageQuery::default()).unwrap().count(),
        Some(3661)
    );
    assert_eq!(proxy.requests(), 5);
}

#[test]
fn no_cache_may_answer_for_the_platform() {
    let simulator = simulator();
    let ticket = simulator.issue_ticket(1);
    client(&simulator).get_user_by_ticket(&ticket).unwrap();
    let own = json!({"headers": {"cache-control": "no-store"}});
    client_with(&simulator, own).get_token().unwrap();
    let sent: Vec<String> = (simulator.requests().iter())
        .map(|request| request.headers["cache-control"].clone())
        .collect();
    assert_eq!(sent, ["no-cache", "no-cache", "no-store"]);
}

static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Warnings;

impl log::Log for Warnings {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() == log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            WARNINGS.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

fn keep_warnings() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Warnings).unwrap();
        log::set_max_level(log::LevelFilter::Warn);
    });
}

fn warnings_with(text: &str) -> Vec<String> {
    let warnings = WARNINGS.lock().unwrap();
    (warnings.iter().filter(|line| line.contains(text)))
        .cloned()
        .collect()
}

fn in_clear(simulator: &Simulator) -> usize {
    let requests = simulator.requests();
    requests
        .iter()
        .filter(|request| request.scheme == "http")
        .count()
}

#[test]
fn after_a_redirect_to_https_nothing_more_goes_out_in_clear() {
    let (simulator, authority) = secure(Options {
        redirect_to_https: Some(308),
        ..Options::default()
    });
    let base_url = simulator.plain_base_url().unwrap();
    keep_warnings();
    let settings: Value = json!({"baseUrl": base_url, "caFile": authority});
    let client = client_with(&simulator, settings);
    let ticket = simulator.issue_ticket(4);
    for _ in 0..3 {
        assert_eq!(client.get_user_by_ticket(&ticket).unwrap().id, 4);
        simulator.revoke_tokens();
    }
    assert_eq!(simulator.counters().redirects, 1);
    assert_eq!(in_clear(&simulator), 1);
    let warned = warnings_with(base_url.trim_end_matches("/panda"));
    assert_eq!(warned.len(), 1, "{warned:?}");
    let secure = simulator.base_url().trim_end_matches("/panda");
    assert!(warned[0].contains("`baseUrl`"), "{warned:?}");
    assert!(warned[0].contains(secure), "{warned:?}");
}

#[test]
fn a_redirect_to_an_https_that_does_not_answer_is_forgotten() {
    let (simulator, _) = secure(Options {
        redirect_to_https: Some(307),
        ..Options::default()
    });
    let base_url = simulator.plain_base_url().unwrap();
    keep_warnings();
    let untrusting = client_with(&simulator, json!({"baseUrl": base_url}));
    for redirects in 1..=2 {
        let error = untrusting.get_token().unwrap_err();
        assert_eq!(error.kind(), Kind::Tls, "{error}");
        assert_eq!(simulator.counters().redirects, redirects);
    }
    let warned = warnings_with(base_url.trim_end_matches("/panda"));
    assert_eq!(warned.len(), 1, "{warned:?}");
}

#[test]
fn an_https_that_gives_no_good_answer_or_no_connection_is_not_gone_to_directly() {
    let (simulator, authority) = secure(Options {
        redirect_to_https: Some(307),
        ..Options::default()
    });
    let base_url = simulator.plain_base_url().unwrap();
    let settings = json!({"baseUrl": base_url, "caFile": authority, "retries": 0});
    let client = client_with(&simulator, settings);
    let fault = Fault::Status {
        status: 500,
        retry_after: None,
    };
    simulator.add_fault(FaultRule::on(Endpoint::GenerateToken, fault));
    for redirects in 1..=2 {
        assert_eq!(client.get_token().unwrap_err().kind(), Kind::Http);
        assert_eq!(simulator.counters().redirects, redirects);
    }
    simulator.clear_faults();
    let query = PageQuery::default();
    client.get_users(&query).unwrap();
    assert_eq!(simulator.counters().redirects, 3);

    simulator.change_behaviour(|behaviour| behaviour.tls_handshake = TlsHandshake::Reset);
    client.trim();
    assert_eq!(client.get_users(&query).unwrap_err().kind(), Kind::Connect);
    simulator.change_behaviour(|behaviour| behaviour.tls_handshake = TlsHandshake::Normal);
    client.get_users(&query).unwrap();
    assert_eq!(simulator.counters().redirects, 4);
}
