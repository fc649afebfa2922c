use crate::{
    config::Api,
    error::ApiResult,
    extract::{InPath, Session},
    range::{self, Wanted},
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use strongroom_domain::{Content, PartOf};
use strongroom_types::{FileId, RevisionId, VaultId};

/// The sealed bytes of a revision without their header; one range at most.
#[utoipa::path(get, path = "/v1/vaults/{vault}/files/{file}/revisions/{revision}/content", tag = "files",
    params(("vault" = String, Path, description = "Vault id."),
        ("file" = String, Path, description = "File id."),
        ("revision" = String, Path, description = "Revision id."),
        ("Range" = Option<String>, Header, description = "`bytes=first-last`.")),
    responses((status = 200, description = "All bytes.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "A range.", body = Vec<u8>, content_type = "application/octet-stream")),
    security(("session" = [])))]
pub(crate) async fn content(
    State(api): State<Api>,
    Session(caller): Session,
    InPath((vault, file, revision)): InPath<(VaultId, FileId, RevisionId)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let content = api
        .domain
        .content(&caller, vault, file, revision, PartOf::Content)
        .await?;
    answer(content, &headers)
}

/// The tree leaves of a revision; one range at most.
#[utoipa::path(get, path = "/v1/vaults/{vault}/files/{file}/revisions/{revision}/tree", tag = "files",
    params(("vault" = String, Path, description = "Vault id."),
        ("file" = String, Path, description = "File id."),
        ("revision" = String, Path, description = "Revision id."),
        ("Range" = Option<String>, Header, description = "`bytes=first-last`.")),
    responses((status = 200, description = "All bytes.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "A range.", body = Vec<u8>, content_type = "application/octet-stream")),
    security(("session" = [])))]
pub(crate) async fn tree(
    State(api): State<Api>,
    Session(caller): Session,
    InPath((vault, file, revision)): InPath<(VaultId, FileId, RevisionId)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let content = api
        .domain
        .content(&caller, vault, file, revision, PartOf::Tree)
        .await?;
    answer(content, &headers)
}

/// Streams what is wanted of a revision. Its entity tag is its id: revisions never change.
pub(crate) fn answer(content: Content, headers: &HeaderMap) -> ApiResult<Response> {
    let (total, etag) = (content.total_bytes(), format!("\"{}\"", content.revision()));
    let same = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == etag.as_bytes() || value.as_bytes() == b"*");
    let tag = HeaderValue::from_str(&etag).ok();
    let wanted = if same {
        Ok(Wanted::All)
    } else {
        range::wanted(headers, total, &etag)
    };
    let mut response = match wanted {
        Err(error) => {
            let mut response = error.into_response();
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{total}")) {
                response.headers_mut().insert(header::CONTENT_RANGE, value);
            }
            return Ok(response);
        }
        Ok(_) if same => StatusCode::NOT_MODIFIED.into_response(),
        Ok(Wanted::All) => body(content, 0, total),
        Ok(Wanted::Range { start, end }) => {
            let mut response = body(content, start, end);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let text = format!("bytes {start}-{}/{total}", end.saturating_sub(1));
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().insert(header::CONTENT_RANGE, value);
            }
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(tag) = tag {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

fn body(content: Content, start: u64, end: u64) -> Response {
    let stream = content.read(start, end).inspect(|piece| {
        if let Ok(bytes) = piece {
            metrics::counter!("strongroom_content_bytes_out_total").increment(bytes.len() as u64);
        }
    });
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(end.saturating_sub(start)),
    );
    response
}
