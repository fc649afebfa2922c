use crate::{ClientError, Result};
use reqwest::Response;
use std::error::Error;
use strongroom_wire::Problem;

const PROBLEM_MAX_BYTES: usize = 64 << 10;

/// Reads a body of at most `limit_bytes`.
pub(crate) async fn read_body(mut response: Response, limit_bytes: usize) -> Result<Vec<u8>> {
    let too_large = || {
        ClientError::failed(
            "unexpected_answer",
            "the server's answer is larger than any that is expected",
        )
    };
    if response
        .content_length()
        .is_some_and(|length| length > limit_bytes as u64)
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(error).0)? {
        if body.len() + chunk.len() > limit_bytes {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The error that a refusing answer carries.
pub(crate) async fn problem_of(response: Response) -> ClientError {
    let status = response.status();
    let retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse().ok());
    let body = read_body(response, PROBLEM_MAX_BYTES)
        .await
        .unwrap_or_default();
    match serde_json::from_slice::<Problem>(&body) {
        Ok(mut problem) => {
            problem.retry_after_seconds = problem.retry_after_seconds.or(retry_after);
            ClientError::from_problem(&problem)
        }
        Err(_) => ClientError::failed(
            "unexpected_answer",
            format!("the server answered with HTTP status {}", status.as_u16()),
        )
        .with_hint("check that the address is that of a Strongroom server"),
    }
}

/// Tells a failed request apart: wrong certificate (trying again is hopeless), no server, or
/// a connection that broke.
pub(crate) fn explain(error: reqwest::Error) -> (ClientError, bool) {
    if certificate_problem(&error) {
        let error = ClientError::failed(
            "wrong_ca",
            "the server's certificate was not issued by the CA of this profile",
        )
        .with_hint("check the address, and pass the server's CA file with --ca")
        .with_source(error);
        return (error, true);
    }
    let message = if error.is_timeout() {
        "the server does not answer in time"
    } else if error.is_connect() {
        "the server cannot be reached"
    } else {
        "the connection to the server broke"
    };
    (ClientError::offline(message).with_source(error), false)
}

fn certificate_problem(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return matches!(tls, rustls::Error::InvalidCertificate(_));
        }
        // An I/O error hides what it wraps from `source`.
        if let Some(inner) = current
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
        {
            cause = Some(inner);
            continue;
        }
        cause = current.source();
    }
    false
}
