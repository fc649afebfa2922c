//! A certificate that browsers take without a warning: asked for by ACME (RFC 8555) under the
//! server's public names, kept in the data folder, renewed by itself. The own authority stays
//! for our clients (docs/adr/0022-public-certificate.md); whatever goes wrong here, the server
//! goes on with its own leaf.

mod choice;
mod kept;
mod options;
mod order;
mod status;
mod trouble;

pub use choice::{CHALLENGE_PROTOCOL, Choice, Public};
pub use options::{AcmeDirectory, AcmeName, AcmeOptions};
pub use status::AcmeStatus;

use crate::{
    folder::{DataFolder, FolderError},
    tls,
};
use kept::{Purpose, Validity, Wait};
use std::{sync::Arc, time::Duration};
use strongroom_types::{Clock, TimestampMs};
use tokio::sync::watch;
use trouble::{OrderError, Trouble};

/// Longest time for one order, with all waiting for the ACME server.
const ORDER_TIME: Duration = Duration::from_secs(10 * 60);

/// Keeps the public certificate.
pub struct Acme {
    options: AcmeOptions,
    purpose: Purpose,
    folder: Arc<DataFolder>,
    clock: Arc<dyn Clock>,
    public: Arc<Public>,
    validity: Option<Validity>,
    wait: Option<Wait>,
    status: watch::Sender<AcmeStatus>,
}

impl Acme {
    /// Begins with what the folder has. Nobody is asked for anything yet.
    pub fn open(
        options: AcmeOptions,
        folder: Arc<DataFolder>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, FolderError> {
        let purpose = Purpose::of(&options);
        let public = Arc::new(Public::default());
        let now_ms = clock.now_ms();
        let mut validity = None;
        if let Some((leaf, kept)) = kept::certificate(&folder, &purpose)?
            && kept.not_after_ms > now_ms
            && let Ok(key) = tls::certified(leaf)
        {
            public.serve(options.host_names(), key);
            validity = Some(kept);
        }
        let wait = kept::wait(&folder, &purpose)?;
        let names: Vec<_> = options.host_names().into_iter().collect();
        let status = watch::Sender::new(AcmeStatus::new(names.join(", ")));
        let acme = Self {
            options,
            purpose,
            folder,
            clock,
            public,
            validity,
            wait,
            status,
        };
        acme.tell();
        Ok(acme)
    }

    /// Where connections find the certificate.
    pub fn public(&self) -> Arc<Public> {
        Arc::clone(&self.public)
    }

    /// How it goes, now and from now on.
    pub fn status(&self) -> watch::Receiver<AcmeStatus> {
        self.status.subscribe()
    }

    /// Looks after the certificate, for ever.
    pub async fn keep(mut self) {
        loop {
            self.step().await;
            tokio::time::sleep(self.options.check_every).await;
        }
    }

    async fn step(&mut self) {
        let now_ms = self.clock.now_ms();
        if self
            .validity
            .is_some_and(|validity| validity.not_after_ms <= now_ms)
        {
            tracing::warn!("the certificate by ACME has ended: serving the own one");
            self.public.withdraw();
            self.validity = None;
            self.tell();
        }
        if !self.is_due(now_ms) {
            return;
        }
        let order = order::order(&self.options, &self.folder, &self.public);
        let ordered = match tokio::time::timeout(ORDER_TIME, order).await {
            Ok(ordered) => ordered,
            Err(late) => Err(OrderError::new(Trouble::TooSlow, late)),
        };
        match ordered {
            Ok((key, validity)) => {
                self.public.serve(self.options.host_names(), key);
                self.validity = Some(validity);
                self.wait = None;
                tracing::info!(names = ?self.options.host_names(), "got a certificate by ACME");
                if self.is_due(self.clock.now_ms()) {
                    let end_ms = validity.not_after_ms;
                    let error =
                        OrderError::new(Trouble::ClockAhead, format!("ends at {end_ms} ms"));
                    self.put_off(&error).await;
                }
            }
            Err(error) => self.put_off(&error).await,
        }
        self.tell();
    }

    fn is_due(&self, now_ms: TimestampMs) -> bool {
        let due = self
            .validity
            .is_none_or(|validity| validity.renew_at_ms() <= now_ms);
        due && self.wait.as_ref().is_none_or(|wait| wait.is_over(now_ms))
    }

    async fn put_off(&mut self, error: &OrderError) {
        let now_ms = self.clock.now_ms();
        let wait = Wait::after(&self.purpose, self.wait.as_ref(), error.trouble, now_ms);
        tracing::warn!(
            names = ?self.options.host_names(),
            trouble = %error.trouble,
            detail = error.detail,
            again_in_minutes = wait.next_try_ms.saturating_sub(now_ms) / 60_000,
            "no certificate by ACME; trying again later"
        );
        let (folder, keeping) = (Arc::clone(&self.folder), wait.clone());
        let forget = error.trouble == Trouble::AccountUnknown;
        let kept = order::blocking(move || {
            if forget {
                kept::forget_account(&folder)?;
            }
            kept::put_wait(&folder, &keeping)
        });
        if let Ok(Err(error)) = kept.await {
            tracing::warn!(%error, "cannot keep when to try again");
        }
        self.wait = Some(wait);
    }

    fn tell(&self) {
        self.status.send_modify(|status| {
            status.not_after_ms = self.validity.map(|validity| validity.not_after_ms);
            status.trouble = self.wait.as_ref().map(|wait| wait.trouble.to_string());
            status.next_try_ms = self.wait.as_ref().map(|wait| wait.next_try_ms);
        });
    }
}
