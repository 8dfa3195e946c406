//! Which path leads where. Query strings are ignored; one slash at the end of a webhook's path is tolerated, since people paste.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::Method;

use crate::delivery::{Desk, answered, deliver};
use crate::{Intake, answers};

/// The part of the path before a webhook's slug.
pub(crate) const HOOKS: &str = "/hooks/";

/// What stands behind the slug in the path of an OAuth2 webhook's token endpoint.
pub(crate) const TOKEN: &str = "/token";

/// The receiver's paths.
pub(crate) fn router<I: Intake>(desk: Arc<Desk<I>>) -> Router {
    Router::new()
        .route("/hooks/{slug}", any(deliver::<I>))
        .route("/hooks/{slug}/", any(deliver::<I>))
        .route("/hooks/{slug}/token", any(deliver::<I>))
        .route("/hooks/{slug}/token/", any(deliver::<I>))
        .route("/healthz", any(health::<I>))
        .fallback(unknown::<I>)
        .with_state(desk)
}

/// `/healthz`: whether arrivals can be made durable now. The reason stays inside.
async fn health<I: Intake>(State(desk): State<Arc<Desk<I>>>, request: Request) -> Response {
    match answered(&desk, request).await {
        Ok(answer) => answer,
        Err(request) if [Method::GET, Method::HEAD].contains(request.method()) => {
            answers::health(desk.intake.health().is_ok())
        }
        Err(_) => answers::GET_EXPECTED.answer(),
    }
}

async fn unknown<I: Intake>(State(desk): State<Arc<Desk<I>>>, request: Request) -> Response {
    answered(&desk, request).await.unwrap_or_else(|_| {
        desk.intake.count("not_found");
        answers::NOT_FOUND.answer()
    })
}
