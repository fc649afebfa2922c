//! The two OPAQUE exchanges.

use crate::http::{Auth, Http, Repeat};
use crate::{ClientError, Environment, Passphrase, Result};
use reqwest::Method;
use strongroom_crypto::opaque::{
    ClientLogin, ClientRegistration, ExportKey, Identifiers, OpaqueError,
};
use strongroom_types::TenantId;
use strongroom_wire::{LoginFinish, LoginStart, LoginStarted, ProblemCode, SessionCreated};

/// What client and server bind a login to (`spec/http.md`).
const OPAQUE_CONTEXT: &[u8] = b"strongroom/opaque/1";

pub(crate) fn wrong_credentials() -> ClientError {
    ClientError::refused(
        ProblemCode::WrongCredentials.to_string(),
        "wrong name or passphrase",
    )
    .with_hint("after several failures the server makes you wait")
}

fn opaque(error: OpaqueError) -> ClientError {
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
    let (login, request) =
        ClientLogin::start(passphrase.danger_bytes(), &mut rng).map_err(opaque)?;
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
    let finish = login
        .finish(
            passphrase.danger_bytes(),
            &started.opaque_response.0,
            OPAQUE_CONTEXT,
            &Identifiers::default(),
            &mut rng,
        )
        .map_err(opaque);
    // The server learns of a wrong passphrase too, so that its lock-out counts.
    let finalization = match &finish {
        Ok(finish) => finish.finalization.clone(),
        Err(_) => vec![0; 64],
    };
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
    let finish = finish?;
    Ok((created?, finish.export_key))
}

/// A registration between its two messages.
pub(crate) struct Registration(ClientRegistration);

impl Registration {
    /// Begins; the bytes go to the server.
    pub fn start(environment: &Environment, passphrase: &Passphrase) -> Result<(Self, Vec<u8>)> {
        let mut rng = environment.rng();
        let (state, request) =
            ClientRegistration::start(passphrase.danger_bytes(), &mut rng).map_err(opaque)?;
        Ok((Self(state), request))
    }

    /// Ends: the upload for the server, and the export key.
    pub fn finish(
        self,
        environment: &Environment,
        passphrase: &Passphrase,
        response: &[u8],
    ) -> Result<(Vec<u8>, ExportKey)> {
        self.0
            .finish(
                passphrase.danger_bytes(),
                response,
                &Identifiers::default(),
                &mut environment.rng(),
            )
            .map_err(opaque)
    }
}
