//! One request for the platform, from its arrival to the last byte of its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{DATE, HOST, LOCATION, SERVER};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Response, StatusCode};
use bytes::Bytes;
use tokio::time::sleep;

use crate::behaviour::Behaviour;
use crate::clock;
use crate::connection::Connection;
use crate::delivery::{compressed, deliver};
use crate::endpoint::Endpoint;
use crate::faults::{Fault, Stage};
use crate::platform::{self, Answer, error_page};
use crate::simulation::Simulation;

/// Marks a response that is never sent: the connection ends instead.
#[derive(Clone)]
pub(crate) struct BreakOff;

/// No form of a client is longer.
const LONGEST_FORM: usize = 64 * 1024;

/// Counts a request as under way for as long as it lives.
struct UnderWay {
    simulation: Arc<Simulation>,
    connection: Arc<Connection>,
    endpoint: Endpoint,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.simulation.state().counters.end(self.endpoint);
        self.connection.end_body();
    }
}

/// Serves a request for the platform, faults included.
pub(crate) async fn exchange(
    State(simulation): State<Arc<Simulation>>,
    Extension(connection): Extension<Arc<Connection>>,
    request: Request,
) -> Response<Body> {
    let (request, body) = request.into_parts();
    let reused_connection = connection.begin_request() > 0;
    let endpoint = Endpoint::of(request.uri.path(), &simulation.options.base_path());
    let plain_beside_https = simulation.https_port.is_some() && connection.scheme == "http";

    let strike = {
        let mut state = simulation.state();
        state.counters.begin(endpoint);
        let token = state.token_state(platform::token(&request));
        state
            .requests
            .record(endpoint, &connection, token, &request);
        if plain_beside_https {
            Default::default()
        } else {
            state.strike(endpoint, reused_connection)
        }
    };
    let under_way = UnderWay {
        simulation: Arc::clone(&simulation),
        connection: Arc::clone(&connection),
        endpoint,
    };
    // Read in any case: a connection closed with bytes unread is reset by the system, whatever was intended.
    let body = to_bytes(body, LONGEST_FORM).await;
    if plain_beside_https {
        return deliver(
            https_only(&simulation, &request),
            None,
            &connection,
            under_way,
        );
    }
    if strike.latency_ms > 0 {
        sleep(Duration::from_millis(strike.latency_ms)).await;
    }
    match &strike.fault {
        Some(Fault::Drop) => return break_off(),
        Some(Fault::Reset) => {
            connection.reset_at_end();
            return break_off();
        }
        Some(Fault::Stall(Stage::BeforeHead)) => sleep(Duration::MAX).await,
        _ => {}
    }
    let fault = strike.fault.as_ref();
    let answer = answer(&simulation, endpoint, fault, &request, body.ok());
    deliver(answer, fault, &connection, under_way)
}

/// The answer as it leaves the platform; the body is `None` if it was too long to be read.
fn answer(
    simulation: &Simulation,
    endpoint: Endpoint,
    fault: Option<&Fault>,
    request: &Parts,
    body: Option<Bytes>,
) -> Answer {
    let mut state = simulation.state();
    let answer = match (fault.and_then(Fault::answer_instead), body) {
        (Some(answer), _) => answer,
        (None, None) => error_page(StatusCode::PAYLOAD_TOO_LARGE),
        (None, Some(body)) => {
            let options = &simulation.options;
            let answer = platform::answer(&mut state, options, endpoint, request, &body);
            match fault {
                // Padding needs the JSON itself.
                Some(Fault::Huge { .. } | Fault::GzipBomb { .. }) => answer,
                _ => compressed(answer, state.behaviour().gzip, request),
            }
        }
    };
    with_server_headers(answer, state.behaviour())
}

fn break_off() -> Response<Body> {
    let mut response = Response::default();
    response.extensions_mut().insert(BreakOff);
    response
}

fn with_server_headers(mut answer: Answer, behaviour: &Behaviour) -> Answer {
    let headers = answer.headers_mut();
    headers
        .entry(SERVER)
        .or_insert(HeaderValue::from_static("Microsoft-IIS/10.0"));
    if behaviour.date_header
        && let Ok(date) = HeaderValue::from_str(&clock::date_header(behaviour))
    {
        headers.entry(DATE).or_insert(date);
    }
    answer
}

/// What the plain port beside https answers.
fn https_only(simulation: &Simulation, request: &Parts) -> Answer {
    let (Some(status), Some(port)) = (simulation.options.redirect_to_https, simulation.https_port)
    else {
        return error_page(StatusCode::FORBIDDEN);
    };
    simulation.state().counters.redirects += 1;
    let given = request
        .headers
        .get(HOST)
        .and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let host = given.as_ref().map_or("127.0.0.1", Authority::host);
    let path = request
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let mut answer =
        error_page(StatusCode::from_u16(status).unwrap_or(StatusCode::TEMPORARY_REDIRECT));
    let location = HeaderValue::from_str(&format!("https://{host}:{port}{path}"));
    answer
        .headers_mut()
        .extend(location.ok().map(|location| (LOCATION, location)));
    answer
}
