//! The control endpoints, for tests in any language. No fault touches them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::simulation::Simulation;

type Shared = State<Arc<Simulation>>;
type Reply = Result<Response, Refusal>;

/// Raw answers may be long.
const LONGEST_BODY: usize = 256 * 1024 * 1024;

pub(crate) fn router() -> Router<Arc<Simulation>> {
    Router::new()
        .route("/tickets", post(issue_ticket))
        .route("/tokens/revoke", post(revoke_tokens))
        .route(
            "/behaviour",
            get(behaviour).put(change_behaviour).delete(reset_behaviour),
        )
        .route("/faults", post(add_fault).delete(clear_faults))
        .route("/counters", get(counters))
        .route("/counters/reset", post(reset_counters))
        .route("/users", post(add_user))
        .route(
            "/users/{id}",
            get(user).patch(change_user).delete(remove_user),
        )
        .route("/requests", get(requests))
        .fallback(|| async {
            Refusal(StatusCode::NOT_FOUND, "no such control endpoint".to_owned())
        })
        .method_not_allowed_fallback(|| async {
            Refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "this control endpoint has no such method".to_owned(),
            )
        })
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
}

/// Why a control request was not obeyed.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, json_text(&json!({ "error": self.1 }))).into_response()
    }
}

fn json_text(document: &impl Serialize) -> Response {
    match serde_json::to_string(document) {
        Ok(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Reads a document; curl's default `Content-Type` is as good as any.
fn document<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| bad_request(error.to_string()))
}

fn bad_request(error: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, error)
}

fn no_such_user() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "no such user".to_owned())
}

async fn issue_ticket(State(simulation): Shared, body: Bytes) -> Reply {
    let request = document(&body)?;
    let ticket = simulation.state().issue_ticket(request);
    ticket
        .map(|ticket| json_text(&ticket))
        .ok_or_else(no_such_user)
}

async fn revoke_tokens(State(simulation): Shared) -> Reply {
    let revoked = simulation.state().tokens.revoke();
    Ok(json_text(&json!({ "revoked": revoked })))
}

async fn behaviour(State(simulation): Shared) -> Reply {
    Ok(json_text(simulation.state().behaviour()))
}

async fn change_behaviour(shared: Shared, body: Bytes) -> Reply {
    let change = document(&body)?;
    shared
        .state()
        .change_behaviour(&change)
        .map_err(bad_request)?;
    behaviour(shared).await
}

async fn reset_behaviour(shared: Shared) -> Reply {
    shared.state().reset_behaviour();
    behaviour(shared).await
}

async fn add_fault(State(simulation): Shared, body: Bytes) -> Reply {
    simulation
        .state()
        .faults
        .add(document(&body)?)
        .map_err(bad_request)?;
    Ok(json_text(&json!({ "added": true })))
}

async fn clear_faults(State(simulation): Shared) -> Reply {
    simulation.state().faults.clear();
    Ok(json_text(&json!({ "cleared": true })))
}

async fn counters(State(simulation): Shared) -> Reply {
    Ok(json_text(&simulation.state().counters))
}

async fn reset_counters(shared: Shared) -> Reply {
    shared.state().reset_counters();
    counters(shared).await
}

async fn requests(State(simulation): Shared) -> Reply {
    let requests = simulation.state().requests.list();
    Ok(json_text(&json!({ "requests": requests })))
}

async fn add_user(State(simulation): Shared, body: Bytes) -> Reply {
    let user = simulation.state().users.add(document(&body)?);
    let taken = || {
        Refusal(
            StatusCode::CONFLICT,
            "a user with this id exists".to_owned(),
        )
    };
    user.map(|user| json_text(&user)).ok_or_else(taken)
}

async fn user(State(simulation): Shared, Path(id): Path<i64>) -> Reply {
    let user = simulation.state().users.find(id);
    user.map(|user| json_text(&user)).ok_or_else(no_such_user)
}

async fn change_user(State(simulation): Shared, Path(id): Path<i64>, body: Bytes) -> Reply {
    let user = simulation.state().users.change(id, document(&body)?);
    user.map(|user| json_text(&user)).ok_or_else(no_such_user)
}

async fn remove_user(State(simulation): Shared, Path(id): Path<i64>) -> Reply {
    let user = simulation.state().users.remove(id);
    user.map(|user| json_text(&user)).ok_or_else(no_such_user)
}
