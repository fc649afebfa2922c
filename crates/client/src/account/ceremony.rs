//! The OPAQUE login.

use crate::http::{Auth, Http, Repeat};
use crate::{ClientError, Environment, Passphrase, Result};
use reqwest::Method;
use strongroom_crypto::opaque::{ExportKey, OpaqueError};
use strongroom_types::TenantId;
use strongroom_vault::exchange::Login;
use strongroom_wire::{LoginFinish, LoginStart, LoginStarted, ProblemCode, SessionCreated};

pub(crate) fn wrong_credentials() -> ClientError {
    ClientError::refused(
        ProblemCode::WrongCredentials.to_string(),
        "wrong name or passphrase",
    )
    .with_hint("after several failures the server makes you wait")
}

pub(super) fn opaque(error: OpaqueError) -> ClientError {
    match error {
        OpaqueError::WrongPassphrase => wrong_credentials(),
        OpaqueError::Malformed => ClientError::failed(
            "unexpected_answer",
            "the server's answer to the login does not have the expected form",
        )
        .with_source(error),
    }
}

/// Logs in. `pending` asks for the credential of a passphrase change that is not finished.
#[allow(clippy::too_many_arguments)]
pub(crate) async fn opaque_login(
    http: &Http,
    environment: &Environment,
    name: &str,
    tenant: Option<TenantId>,
    passphrase: &Passphrase,
    device_name: &str,
    pending: bool,
) -> Result<(SessionCreated, ExportKey)> {
    let mut rng = environment.rng();
    let (login, request) = Login::start(passphrase, &mut rng).map_err(opaque)?;
    let start = LoginStart {
        name: name.to_owned(),
        tenant,
        opaque_request: request.into(),
        pending,
    };
    let started: LoginStarted = http
        .send_json(
            Method::POST,
            "/v1/login/start",
            Auth::None,
            &start,
            Repeat::Unsent,
        )
        .await?;
    let (finalization, export_key) = login.finish(&started.opaque_response.0, &mut rng);
    let body = LoginFinish {
        login: started.login,
        finalization: finalization.into(),
        device_name: device_name.to_owned(),
    };
    let created: Result<SessionCreated> = http
        .send_json(
            Method::POST,
            "/v1/login/finish",
            Auth::None,
            &body,
            Repeat::Unsent,
        )
        .await;
    let export_key = export_key.map_err(opaque)?;
    Ok((created?, export_key))
}
