use crate::{config::Api, error::ApiResult, extract::Session};
use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{StreamExt, stream};
use std::convert::Infallible;

/// Tells of every log that grows and that the account may read: first where all of them
/// stand, then each change. The stream ends when the session does.
#[utoipa::path(get, path = "/v1/events", tag = "events",
    responses((status = 200, description = "Server-sent events `head` with a HeadEvent.", body = strongroom_wire::HeadEvent, content_type = "text/event-stream")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
) -> ApiResult<Response> {
    let place = api.rates.stream(caller.account)?;
    let keep_alive = api.config.event_keep_alive;
    let feed = api.domain.subscribe(caller, keep_alive).await?;
    let events = stream::unfold((feed, place), |(mut feed, place)| async move {
        let event = feed.next().await?;
        Some((event, (feed, place)))
    })
    .map(|head| {
        let data = serde_json::to_string(&head).unwrap_or_default();
        Ok::<_, Infallible>(Event::default().event("head").data(data))
    });
    let keep_alive = KeepAlive::new().interval(keep_alive);
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}
