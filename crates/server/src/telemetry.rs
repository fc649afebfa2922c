//! Logs to standard error, metrics in Prometheus' text format. Neither holds secrets,
//! names or contents.

use crate::traces::Traces;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{io::IsTerminal, sync::OnceLock};
use tracing::Level;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    EnvFilter, Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Seconds; from a cached look-up to a slow disk.
const LATENCY_BUCKETS: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Starts logging as `RUST_LOG` says, `info` without it, and gives the spans of requests to
/// `traces`. A second call changes nothing.
pub fn start_logging(traces: Option<&Traces>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_filter(filter);
    // Nothing but these spans: log lines may name things.
    let requests = Targets::new().with_target(strongroom_api::REQUEST_SPANS, Level::DEBUG);
    let spans = traces.map(|traces| {
        OpenTelemetryLayer::new(traces.tracer())
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_filter(requests)
    });
    let started = tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// The process' recorder of metrics: made once, shared by all servers in the process.
/// `None` when something else in the process records already.
pub fn recorder() -> Option<PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let builder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), LATENCY_BUCKETS)
                .ok()?;
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            Some(handle)
        })
        .clone()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_counted_is_shown() {
        let recorder = super::recorder().unwrap();
        metrics::counter!("test_total").increment(2);
        metrics::histogram!("test_seconds").record(0.004);
        let text = super::recorder().unwrap().render();
        assert!(text.contains("test_total 2"), "{text}");
        assert!(
            text.contains("test_seconds_bucket{le=\"0.005\"} 1"),
            "{text}"
        );
        recorder.run_upkeep();
    }
}
