use crate::Domain;
use strongroom_wire::Readiness;

impl Domain {
    /// Whether writes work, by trying: one durable write to the database and one to the blobs.
    /// Anybody may ask, so it is tried at most twice a second.
    pub async fn readiness(&self) -> Readiness {
        let now_ms = self.now_ms();
        if let Some(readiness) = self.readiness.get(&(), now_ms) {
            return readiness;
        }
        let ticket = self.readiness.ticket();
        let readiness = self.try_writing().await;
        self.readiness.put(ticket, (), readiness.clone(), now_ms);
        readiness
    }

    async fn try_writing(&self) -> Readiness {
        let not_ready = |reason: &str| Readiness {
            ready: false,
            write_latency_us: 0,
            reason: Some(reason.to_owned()),
            certificate: None,
        };
        let latency = match self.store.probe().await {
            Ok(latency) => latency,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "database probe failed"
                );
                return not_ready("the database cannot write now");
            }
        };
        if let Err(error) = self.blobs.probe().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "blob probe failed"
            );
            return not_ready("the file store cannot write now");
        }
        Readiness {
            ready: true,
            write_latency_us: u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
            reason: None,
            certificate: None,
        }
    }
}
