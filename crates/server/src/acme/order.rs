//! One order at the ACME server, from the account to the certificate. The name is proven by
//! TLS-ALPN-01 (RFC 8737) on the server's own port: no port 80, and no DNS to write to.

use super::{
    AcmeOptions,
    choice::Public,
    kept::{self, Purpose, Validity},
    trouble::{OrderError, Trouble},
};
use crate::{folder::DataFolder, tls};
use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, Order,
    OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivateKeyDer;
use std::{sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// How the state of an order is asked for.
const POLLING: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(250))
    .backoff(1.5)
    .timeout(Duration::from_secs(120));

/// Challenges are answered only while an order runs.
struct Answering<'a>(&'a Public);

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.0.end_challenges();
    }
}

/// Orders a certificate and keeps it in the folder.
pub async fn order(
    options: &AcmeOptions,
    folder: &Arc<DataFolder>,
    public: &Public,
) -> Result<(Arc<CertifiedKey>, Validity), OrderError> {
    let account = account(options, folder).await?;
    let names: Vec<_> = options.host_names().into_iter().collect();
    let identifiers: Vec<_> = names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;

    let answering = Answering(public);
    answer_challenges(&mut order, public).await?;
    match order.poll_ready(&POLLING).await {
        Ok(OrderStatus::Ready) => {}
        Ok(_) => return Err(why_invalid(&mut order, None).await),
        Err(error) => return Err(why_invalid(&mut order, Some(error)).await),
    }
    drop(answering);

    let key = KeyPair::generate().map_err(failed)?;
    let mut request = CertificateParams::new(names).map_err(failed)?;
    request.distinguished_name = DistinguishedName::new();
    let request = request.serialize_request(&key).map_err(failed)?;
    order.finalize_csr(request.der()).await?;
    let chain = order.poll_certificate(&POLLING).await?;
    let key = Zeroizing::new(key.serialize_pem());

    let purpose = Purpose::of(options);
    let (leaf, validity) = kept::read(chain.as_bytes(), key.as_bytes(), &purpose)?;
    let certified = tls::certified(leaf).map_err(failed)?;
    let folder = Arc::clone(folder);
    blocking(move || kept::put_certificate(&folder, &purpose, &chain, &key)).await??;
    Ok((certified, validity))
}

/// The account of the folder, or a new one.
async fn account(options: &AcmeOptions, folder: &Arc<DataFolder>) -> Result<Account, OrderError> {
    let builder = match &options.root {
        Some(file) => Account::builder_with_root(file),
        None => Account::builder(),
    };
    let builder = builder.map_err(|error| OrderError::new(Trouble::NoRoots, error))?;
    let contact = options
        .contact
        .as_ref()
        .map(|mail| format!("mailto:{mail}"));
    let contact: Vec<_> = contact.iter().map(String::as_str).collect();
    let keeping = |credentials| {
        let (folder, options) = (Arc::clone(folder), options.clone());
        blocking(move || kept::put_account(&folder, &options, credentials))
    };
    let kept = {
        let (folder, options) = (Arc::clone(folder), options.clone());
        blocking(move || kept::account(&folder, &options)).await?
    };
    if let Some(kept) = kept.map_err(kept::not_kept)? {
        let moved = kept.contact != options.contact;
        if !moved {
            return Ok(builder.from_credentials(kept.credentials).await?);
        }
        // to be kept once the ACME server has the new contact
        let text = serde_json::to_vec(&kept.credentials).map(Zeroizing::new);
        let text = text.map_err(failed)?;
        let account = builder.from_credentials(kept.credentials).await?;
        account.update_contacts(&contact).await?;
        keeping(serde_json::from_slice(&text).map_err(failed)?).await??;
        return Ok(account);
    }
    let new = NewAccount {
        contact: &contact,
        // options cannot be made without it
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let directory = options.directory.to_string();
    let (account, credentials) = builder.create(&new, directory, None).await?;
    keeping(credentials).await??;
    Ok(account)
}

/// Puts an answer to each challenge where connections find it, and says so.
async fn answer_challenges(order: &mut Order, public: &Public) -> Result<(), OrderError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            status => {
                let detail = format!("authorization is {status:?}");
                return Err(OrderError::new(Trouble::Refused, detail));
            }
        }
        let mut challenge = authorization
            .challenge(ChallengeType::TlsAlpn01)
            .ok_or_else(|| OrderError::new(Trouble::Refused, "tls-alpn-01 is not offered"))?;
        let name = match challenge.identifier().identifier {
            Identifier::Dns(name) => name.to_ascii_lowercase(),
            other => return Err(OrderError::new(Trouble::Unusable, format!("{other:?}"))),
        };
        let digest = challenge.key_authorization().digest();
        let answer = challenge_certificate(&name, digest.as_ref())?;
        public.answer_challenge(name, answer);
        challenge.set_ready().await?;
    }
    Ok(())
}

/// RFC 8737, section 3: signed by itself, for the one name, with the digest inside.
fn challenge_certificate(name: &str, digest: &[u8]) -> Result<Arc<CertifiedKey>, OrderError> {
    let key = KeyPair::generate().map_err(failed)?;
    let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(failed)?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key).map_err(failed)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(failed)?;
    // not `tls::certified`: it parses, and knows no certificate with this critical extension
    let provider = tls::provider();
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(failed)?;
    let chain = vec![certificate.der().clone()];
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

/// The ACME server says why at the challenge, not always at the order.
async fn why_invalid(order: &mut Order, error: Option<instant_acme::Error>) -> OrderError {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else {
            continue;
        };
        let mut problems = state.challenges.iter();
        if let Some(problem) = problems.find_map(|challenge| challenge.error.as_ref()) {
            return problem.into();
        }
    }
    match error {
        Some(error) => error.into(),
        None => OrderError::new(Trouble::Refused, "the order is invalid"),
    }
}

fn failed(error: impl ToString) -> OrderError {
    OrderError::new(Trouble::Unusable, error)
}

/// Work on files, away from the threads of connections.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, OrderError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| OrderError::new(Trouble::NotKept, error))
}
