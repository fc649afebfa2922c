use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use strongroom_domain::DomainError;
use strongroom_wire::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode};

/// What every handler may fail with; becomes problem details (RFC 9457).
#[derive(Debug)]
pub(crate) struct ApiError {
    code: ProblemCode,
    status: u16,
    detail: Option<String>,
    retry_after_seconds: Option<u64>,
}

pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            status: code.status(),
            detail: None,
            retry_after_seconds: None,
        }
    }

    pub fn with_detail(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::new(code)
        }
    }

    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::with_detail(ProblemCode::Malformed, detail)
    }

    /// One that coming back later helps with.
    pub fn wait(detail: &'static str, seconds: u64) -> Self {
        Self {
            retry_after_seconds: Some(seconds),
            ..Self::with_detail(ProblemCode::TooManyRequests, detail)
        }
    }

    /// The same problem under a status that HTTP itself asks for (405, 408, 415).
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self
    }

    pub fn problem(&self) -> Problem {
        Problem {
            kind: format!("urn:strongroom:problem:{}", self.code),
            title: title(self.code).to_owned(),
            status: self.status,
            code: self.code,
            detail: self.detail.clone(),
            retry_after_seconds: self.retry_after_seconds,
        }
    }
}

/// One sentence for each code.
fn title(code: ProblemCode) -> &'static str {
    use ProblemCode::*;
    match code {
        Malformed => "The request does not have the right form.",
        Unauthenticated => "Sign in first.",
        WrongCredentials => "The name, passphrase, code or token is wrong.",
        Forbidden => "You may not do this.",
        QuotaExceeded => "A quota or limit refuses this.",
        NotFound => "There is no such thing, or it is not yours to see.",
        Conflict => "The state moved on; read it again and repeat.",
        InvalidEntry => "The entry is not valid at the place it would take.",
        StaleControl => "The entry does not know the newest control entry.",
        RekeyRequired => "The vault waits for new keys.",
        Locked => "The file is locked.",
        NameTaken => "The name is taken, or looks like one that is.",
        IdempotencyMismatch => "The idempotency key was used for another request.",
        Gone => "It has expired, was used up or revoked.",
        Incomplete => "A part is missing or has another length.",
        TooLarge => "Larger than the limit of this operation.",
        RangeNotSatisfiable => "The byte range lies outside.",
        ChecksumMismatch => "The checksum does not match the bytes that arrived.",
        TooManyRequests => "Too many attempts; come back later.",
        Internal => "The server failed; nothing was changed.",
        Unavailable => "The server cannot do this now.",
    }
}

impl From<DomainError> for ApiError {
    fn from(error: DomainError) -> Self {
        let code = error.code();
        if matches!(code, ProblemCode::Internal | ProblemCode::Unavailable) {
            // The inside goes to the log only.
            tracing::error!(%code, error = &error as &dyn std::error::Error, "operation failed");
        }
        Self {
            code,
            status: code.status(),
            detail: error.detail(),
            retry_after_seconds: error.retry_after_seconds(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(PROBLEM_MEDIA_TYPE),
        );
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn problems_have_type_and_retry_after() {
        let mut error = ApiError::new(ProblemCode::TooManyRequests);
        error.retry_after_seconds = Some(7);
        let response = error.into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "7");
        assert_eq!(response.headers()["content-type"], PROBLEM_MEDIA_TYPE);
        let body = axum::body::to_bytes(response.into_body(), 10_000)
            .await
            .unwrap();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.kind, "urn:strongroom:problem:too_many_requests");
    }
}
