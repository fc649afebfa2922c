use crate::shape;

/// What anybody may know of a server. A client asks for it before it knows what it talks to: it
/// reads what it knows of this, and leaves what servers of later releases add.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// The address for everybody, without a path: `https://rooms.example.org`. Links that are
    /// made on the server's own machine name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

shape! {
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

    /// `GET /v1/storage` (administrators): the disks that the server writes to.
    pub struct StorageView {
        /// Each once. Where nothing is known, as of a store of files elsewhere, none is named.
        pub disks: Vec<DiskRow>,
    }

    /// A disk of the server.
    pub struct DiskRow {
        /// Whether the database lies there.
        pub database: bool,
        /// Whether the sealed parts of files lie there.
        pub files: bool,
        /// What the server can still write.
        pub free_bytes: u64,
        pub total_bytes: u64,
        /// Whether it is time to make room, by the server's judgement.
        pub short: bool,
    }
}

#[cfg(test)]
mod tests {
    use super::ServerInfo;

    #[test]
    fn servers_of_other_releases_are_understood() {
        let told = |more: &str| -> ServerInfo {
            let text = format!(
                r#"{{"product":"strongroom","version":"9","suite":1,"setup_open":false,"now_ms":7{more}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let earlier = told("");
        assert_eq!(earlier.public_url, None);
        assert!(!serde_json::to_string(&earlier).unwrap().contains("public"));
        assert_eq!(told(r#","of_the_future":[1]"#), earlier);
        let now = told(r#","public_url":"https://rooms.example.org""#);
        assert_eq!(now.public_url.as_deref(), Some("https://rooms.example.org"));
    }
}
