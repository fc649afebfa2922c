use crate::{
    config::Api,
    error::{ApiError, ApiResult},
    extract::{InPath, Session, WriteKey, single},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
};
use futures::StreamExt;
use std::io;
use strongroom_domain::PartOf;
use strongroom_types::{RevisionId, VaultId};
use strongroom_wire::CHECKSUM_HEADER;
use tokio::time::Instant;

/// Stores a part of an upload's content. The same part again changes nothing.
#[utoipa::path(put, path = "/v1/vaults/{vault}/uploads/{revision}/parts/{n}", tag = "files",
    params(("vault" = String, Path, description = "Vault id."),
        ("revision" = String, Path, description = "Revision id."),
        ("n" = u64, Path, description = "Number of the part."),
        ("Strongroom-Crc32c" = String, Header, description = "CRC-32C, eight hexadecimal digits.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "Stored.")), security(("session" = [])))]
pub(crate) async fn content(
    state: State<Api>,
    session: Session,
    path: InPath<(VaultId, RevisionId, u64)>,
    key: WriteKey,
    request: Request,
) -> ApiResult<StatusCode> {
    put(state, session, path, key, PartOf::Content, request).await
}

/// Stores a part of an upload's tree leaves. The same part again changes nothing.
#[utoipa::path(put, path = "/v1/vaults/{vault}/uploads/{revision}/tree/{n}", tag = "files",
    params(("vault" = String, Path, description = "Vault id."),
        ("revision" = String, Path, description = "Revision id."),
        ("n" = u64, Path, description = "Number of the part."),
        ("Strongroom-Crc32c" = String, Header, description = "CRC-32C, eight hexadecimal digits.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "Stored.")), security(("session" = [])))]
pub(crate) async fn tree(
    state: State<Api>,
    session: Session,
    path: InPath<(VaultId, RevisionId, u64)>,
    key: WriteKey,
    request: Request,
) -> ApiResult<StatusCode> {
    put(state, session, path, key, PartOf::Tree, request).await
}

async fn put(
    State(api): State<Api>,
    Session(caller): Session,
    InPath((vault, revision, number)): InPath<(VaultId, RevisionId, u64)>,
    WriteKey(_): WriteKey,
    part_of: PartOf,
    request: Request,
) -> ApiResult<StatusCode> {
    let checksum = checksum(request.headers())?;
    let declared = declared_length(request.headers())?;
    let idle = api.config.stream_idle_timeout;
    let end = Instant::now() + api.config.part_timeout;
    let body = (request.into_body().into_data_stream(), Counted(0));
    // A client that stops sending must not hold its place for ever, nor one that sends a byte
    // now and then.
    let body = futures::stream::unfold(body, move |(mut body, mut counted)| async move {
        let piece = tokio::time::timeout_at(end.min(Instant::now() + idle), body.next()).await;
        let piece = match piece {
            Ok(Some(Ok(bytes))) => {
                counted.0 += bytes.len() as u64;
                Ok(bytes)
            }
            Ok(Some(Err(_))) => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            Ok(None) => return None,
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
        };
        Some((piece, (body, counted)))
    });
    api.domain
        .put_part(
            &caller,
            vault,
            revision,
            part_of,
            number,
            checksum,
            declared,
            body.boxed(),
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Bytes of a part that came, whether or not it came whole; counted once, at its end.
struct Counted(u64);

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::counter!("strongroom_part_bytes_in_total").increment(self.0);
    }
}

fn checksum(headers: &HeaderMap) -> ApiResult<u32> {
    let text = single(headers, CHECKSUM_HEADER)?
        .ok_or_else(|| ApiError::malformed("Strongroom-Crc32c is missing"))?;
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(ApiError::malformed(
            "Strongroom-Crc32c has to be eight hexadecimal digits",
        ));
    }
    u32::from_str_radix(text, 16).map_err(|_| ApiError::malformed("Strongroom-Crc32c"))
}

fn declared_length(headers: &HeaderMap) -> ApiResult<Option<u64>> {
    single(headers, header::CONTENT_LENGTH.as_str())?
        .map(|text| {
            text.parse()
                .map_err(|_| ApiError::malformed("Content-Length"))
        })
        .transpose()
}
