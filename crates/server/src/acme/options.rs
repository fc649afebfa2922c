//! What the operator says about ACME, checked before the server starts.

use std::{collections::BTreeSet, fmt, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

/// Let's Encrypt, whose roots all browsers have.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// How often it is looked whether something is due; that asks nobody.
const CHECK_EVERY: Duration = Duration::from_secs(60);

/// A public certificate, and from whom.
#[derive(Clone, Debug)]
pub struct AcmeOptions {
    /// The names that the certificate is for. They must lead to this server, on port 443.
    pub names: BTreeSet<AcmeName>,
    /// Where the ACME server may write to when something is wrong; it learns the address.
    pub contact: Option<String>,
    /// The ACME server.
    pub directory: AcmeDirectory,
    /// A certificate (PEM) to check the ACME server against, and nothing else; without it
    /// the system's roots.
    pub root: Option<PathBuf>,
    /// How often it is looked whether something is due.
    pub check_every: Duration,
}

impl AcmeOptions {
    /// Certificates for `names`, from Let's Encrypt. Who calls this has the operator's
    /// agreement to the terms of the ACME server.
    pub fn terms_agreed(names: impl IntoIterator<Item = AcmeName>) -> Self {
        Self {
            names: names.into_iter().collect(),
            contact: None,
            directory: AcmeDirectory::default(),
            root: None,
            check_every: CHECK_EVERY,
        }
    }

    /// The names as text.
    pub fn host_names(&self) -> BTreeSet<String> {
        self.names.iter().map(ToString::to_string).collect()
    }
}

/// A full host name in lower case, as a public certificate can have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcmeName(String);

impl FromStr for AcmeName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let whole = text.contains('.') && text.len() <= 253 && text.split('.').all(label);
        if !whole || text.parse::<IpAddr>().is_ok() {
            return Err("a full host name is needed, such as rooms.example.org; \
                 other scripts in their xn-- form, no addresses, no *");
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for AcmeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an ACME server lists what it offers: an `https` address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcmeDirectory(String);

impl Default for AcmeDirectory {
    fn default() -> Self {
        Self(LETS_ENCRYPT.to_owned())
    }
}

impl FromStr for AcmeDirectory {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.parse::<hyper::Uri>().ok();
        let usable = address.is_some_and(|address| {
            address.scheme_str() == Some("https")
                && address.host().is_some_and(|host| !host.is_empty())
        });
        if !usable {
            return Err("the directory of an ACME server is needed: https://HOST/PATH");
        }
        Ok(Self(text.to_owned()))
    }
}

impl AsRef<str> for AcmeDirectory {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AcmeDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_full_host_names() {
        let long = format!("{}.org", "a".repeat(64));
        for wrong in [
            "",
            "rooms",
            "192.0.2.7",
            "::1",
            "*.example.org",
            "a..org",
            ".org",
            "a.org.",
            "-a.org",
            "a-.org",
            "büro.example",
            "a b.org",
            "https://a.org",
            &long,
        ] {
            assert!(wrong.parse::<AcmeName>().is_err(), "{wrong}");
        }
        let name: AcmeName = "Rooms.xn--bro-hoa.example".parse().unwrap();
        assert_eq!(name.to_string(), "rooms.xn--bro-hoa.example");
    }

    #[test]
    fn a_directory_is_reached_over_tls_alone() {
        for wrong in [
            "",
            "http://acme.example/dir",
            "acme.example",
            "https://",
            "file:///x",
        ] {
            assert!(wrong.parse::<AcmeDirectory>().is_err(), "{wrong}");
        }
        let own: AcmeDirectory = "https://localhost:14000/dir".parse().unwrap();
        assert_eq!(own.to_string(), "https://localhost:14000/dir");
    }
}
