//! Work that nobody waits for. Each piece is logged when it fails and tried again later.

use crate::{
    acme::Acme, certificates::Authority, folder::DataFolder, start_error::StartError,
    tls::CurrentLeaf,
};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{collections::BTreeSet, future::Future, sync::Arc, time::Duration};
use strongroom_domain::Domain;
use strongroom_types::Clock;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const CLEAR_OUT_EVERY: Duration = Duration::from_secs(10 * 60);
const CERTIFICATE_EVERY: Duration = Duration::from_secs(6 * 60 * 60);
const METRICS_EVERY: Duration = Duration::from_secs(10);

/// What the certificate's renewal needs.
pub struct Renewal {
    pub folder: Arc<DataFolder>,
    pub authority: Authority,
    pub names: BTreeSet<String>,
    pub current: Arc<CurrentLeaf>,
    pub clock: Arc<dyn Clock>,
}

impl Renewal {
    fn renew_when_due(&self) -> Result<(), StartError> {
        let now_ms = self.clock.now_ms();
        if self
            .authority
            .leaf_is_due(&self.folder, &self.names, now_ms)
        {
            let leaf = self.authority.leaf(&self.folder, &self.names, now_ms)?;
            self.current.change(leaf)?;
        }
        Ok(())
    }
}

/// Starts all background work; it ends with `stopping`.
pub fn start(
    domain: Arc<Domain>,
    renewal: Renewal,
    acme: Option<Acme>,
    recorder: Option<PrometheusHandle>,
    stopping: &CancellationToken,
    tracker: &TaskTracker,
) {
    tracker.spawn(every(CLEAR_OUT_EVERY, stopping.clone(), move || {
        let domain = Arc::clone(&domain);
        async move {
            if let Err(error) = domain.clear_out().await {
                tracing::warn!(%error, "clearing out failed; trying again later");
            }
        }
    }));
    let renewal = Arc::new(renewal);
    tracker.spawn(every(CERTIFICATE_EVERY, stopping.clone(), move || {
        let renewal = Arc::clone(&renewal);
        async move {
            let renewed = tokio::task::spawn_blocking(move || renewal.renew_when_due()).await;
            if let Ok(Err(error)) = renewed {
                tracing::warn!(%error, "renewing the certificate failed; trying again later");
            }
        }
    }));
    if let Some(acme) = acme {
        let stopping = stopping.clone();
        tracker.spawn(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = acme.keep() => {}
            }
        });
    }
    if let Some(recorder) = recorder {
        tracker.spawn(every(METRICS_EVERY, stopping.clone(), move || {
            recorder.run_upkeep();
            std::future::ready(())
        }));
    }
}

/// Does `work` each `period`, first after one period, until `stopping`. Work that has begun
/// is ended at its next wait.
async fn every<F>(period: Duration, stopping: CancellationToken, mut work: impl FnMut() -> F)
where
    F: Future<Output = ()>,
{
    loop {
        let once = async {
            tokio::time::sleep(period).await;
            work().await;
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = once => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn work_repeats_and_ends() {
        let stopping = CancellationToken::new();
        let done = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&done);
        let task = tokio::spawn(every(
            Duration::from_millis(5),
            stopping.clone(),
            move || {
                count.fetch_add(1, Ordering::Relaxed);
                std::future::ready(())
            },
        ));
        while done.load(Ordering::Relaxed) < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stopping.cancel();
        task.await.unwrap();
    }
}
