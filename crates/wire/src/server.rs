use crate::shape;

shape! {
    /// What anybody may know of a server.
    pub struct ServerInfo {
        /// Always `strongroom`.
        pub product: String,
        /// Version of the server program.
        pub version: String,
        /// The cryptographic suite (a plain fact; clients do not negotiate it).
        pub suite: u64,
        /// Whether a set-up code is waiting for its first administrator.
        pub setup_open: bool,
        /// The server's clock, milliseconds since the Unix epoch.
        pub now_ms: u64,
    }

    /// State of the server for load balancers and people.
    pub struct Readiness {
        /// Whether the server can take writes.
        pub ready: bool,
        /// Time of the last durable write probe, microseconds.
        pub write_latency_us: u64,
        /// Why not, if not.
        pub reason: Option<String>,
        /// How it goes with the certificate of a public authority, where one was asked for.
        /// Without it the server still works.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub certificate: Option<String>,
    }
}
