//! The recovery kit: one page that a person prints or keeps apart, and that alone brings a new
//! machine back to everything.

use std::fmt::Write as _;
use strongroom_crypto::{Rng, Secret16, sha256};
use strongroom_format::codes::{CodeKind, read_code, write_code};
use strongroom_format::{context, names};
use strongroom_types::{Digest, TenantId};
use zeroize::Zeroizing;

const HEADER: &str = "Strongroom recovery kit";
const SERVER: &str = "Server";
const FINGERPRINT: &str = "CA fingerprint";
const ORGANISATION: &str = "Organisation";
const NAME: &str = "Name";
const RECOVERY: &str = "Recovery code";
const DEVICE: &str = "Device secret";
const DIRECTORY: &str = "Directory recovery key";
/// Kits are about one page; more is no kit.
const KIT_MAX_BYTES: usize = 16 << 10;

/// Why a text is not a recovery kit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// Not the text of a kit at all.
    #[error("this is not a Strongroom recovery kit: it does not begin with {HEADER:?}")]
    NotAKit,
    /// A line is not there.
    #[error("the recovery kit lacks the line {0:?}")]
    Missing(&'static str),
    /// A line is there twice.
    #[error("the recovery kit has the line {0:?} twice")]
    Twice(&'static str),
    /// A line that cannot be read.
    #[error("the line {line:?} of the recovery kit cannot be read: {reason}")]
    Line {
        /// Its label.
        line: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// What stands on the page. The two or three secrets are wiped on drop.
pub struct RecoveryKit {
    /// Where the server is.
    pub server_url: String,
    /// SHA-256 of the authority's certificate (DER).
    pub ca_fingerprint: Digest,
    /// The tenant.
    pub tenant: TenantId,
    /// The person's name in the directory.
    pub name: String,
    /// The recovery code.
    pub recovery: Secret16,
    /// The device secret, which a login on a new machine needs besides the passphrase.
    pub device_secret: Secret16,
    /// The founder's kit only: what appoints an administrator when none is left.
    pub directory_recovery: Option<Secret16>,
    /// A later kit of the founder's: that key is on an earlier page alone, and this page says to
    /// keep it. Not read back from a page.
    pub keep_earlier_page: bool,
}

/// What logs in for recovery: `derive16(recovery code, recover-auth/1)`.
pub fn recover_auth(recovery: &Secret16) -> Digest {
    Digest::from_bytes(*recovery.derive(&context::recover_auth()).danger_bytes())
}

/// What the server keeps of it.
pub fn recover_auth_hash(recovery: &Secret16) -> Digest {
    sha256(recover_auth(recovery).as_bytes())
}

impl RecoveryKit {
    /// What logs in for recovery.
    pub fn recover_auth(&self) -> Digest {
        recover_auth(&self.recovery)
    }

    /// The kit that follows this one: another recovery code, the rest as it was. A founder's
    /// directory recovery key stays where it stands.
    pub fn next(
        &self,
        server_url: String,
        ca_fingerprint: Digest,
        is_founder: bool,
        rng: &mut dyn Rng,
    ) -> Self {
        let copy = |secret: &Secret16| Secret16::from_bytes(*secret.danger_bytes());
        Self {
            server_url,
            ca_fingerprint,
            tenant: self.tenant,
            name: self.name.clone(),
            recovery: Secret16::make(rng),
            device_secret: copy(&self.device_secret),
            directory_recovery: self.directory_recovery.as_ref().map(copy),
            keep_earlier_page: self.directory_recovery.is_none() && is_founder,
        }
    }

    /// The page. It is the secret: write it with mode 0600 or print it.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2_048));
        let recovery = Zeroizing::new(write_code(CodeKind::Recover, &self.recovery));
        let device = Zeroizing::new(write_code(CodeKind::Device, &self.device_secret));
        // Writing to memory can't fail.
        let _ = write!(
            text,
            "{HEADER}\n\n\
             Print this page, or keep it where neither the server nor a thief of your machine\n\
             finds it. With it you come back when your passphrase is forgotten or your machine\n\
             is gone. Whoever holds it can read everything you can read.\n\n\
             {SERVER}: {}\n{FINGERPRINT}: {}\n{ORGANISATION}: {}\n{NAME}: {}\n\
             {RECOVERY}: {}\n{DEVICE}: {}\n",
            self.server_url,
            self.ca_fingerprint,
            self.tenant,
            self.name,
            recovery.as_str(),
            device.as_str(),
        );
        if let Some(key) = &self.directory_recovery {
            let code = Zeroizing::new(key.to_code());
            let _ = writeln!(text, "{DIRECTORY}: {}", code.as_str());
        }
        text.push_str(
            "\nNew machine, passphrase known: log in and give the device secret.\n\
             Passphrase forgotten: run `strongroom recover` with this page.\n",
        );
        if self.directory_recovery.is_some() {
            text.push_str(
                "The directory recovery key appoints an administrator when none is left.\n",
            );
        } else if self.keep_earlier_page {
            text.push_str(
                "The directory recovery key is not on this page: keep the earlier page that has it.\n\
                 It appoints an administrator when none is left. The other codes on that page open\n\
                 nothing any more.\n",
            );
        }
        text
    }

    /// Reads a page. Spaces, line ends and text around the labelled lines do not matter; the
    /// codes are checked to the last character.
    ///
    /// # Errors
    /// [`KitError`], with a sentence for people.
    pub fn from_text(text: &str) -> Result<Self, KitError> {
        let mut lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty());
        let first = lines.next();
        if text.len() > KIT_MAX_BYTES || first.is_none_or(|line| !line.eq_ignore_ascii_case(HEADER))
        {
            return Err(KitError::NotAKit);
        }
        let lines: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
        let optional = |label: &'static str| {
            let mut found = lines
                .iter()
                .filter(|(key, _)| key.trim().eq_ignore_ascii_case(label));
            match (found.next(), found.next()) {
                (first, None) => Ok(first.map(|(_, value)| value.trim())),
                _ => Err(KitError::Twice(label)),
            }
        };
        let value = |label| optional(label)?.ok_or(KitError::Missing(label));
        let wrong = |line, reason: &dyn std::fmt::Display| KitError::Line {
            line,
            reason: reason.to_string(),
        };
        let server_url = value(SERVER)?.to_owned();
        let safe = server_url.starts_with("https://") || is_own_machine(&server_url);
        if !safe || server_url.chars().any(char::is_whitespace) {
            return Err(wrong(SERVER, &"it begins with https:// and has no spaces"));
        }
        let code =
            |label, kind| read_code(kind, value(label)?).map_err(|error| wrong(label, &error));
        Ok(Self {
            server_url,
            ca_fingerprint: hex(value(FINGERPRINT)?)
                .parse()
                .map_err(|error| wrong(FINGERPRINT, &error))?,
            tenant: hex(value(ORGANISATION)?)
                .parse()
                .map_err(|error| wrong(ORGANISATION, &error))?,
            name: names::normalise(value(NAME)?).map_err(|error| wrong(NAME, &error))?,
            recovery: code(RECOVERY, CodeKind::Recover)?,
            device_secret: code(DEVICE, CodeKind::Device)?,
            directory_recovery: optional(DIRECTORY)?
                .map(|text| Secret16::from_code(text).map_err(|error| wrong(DIRECTORY, &error)))
                .transpose()?,
            keep_earlier_page: false,
        })
    }
}

/// Whether an address without TLS leads to the machine itself and nowhere else: the first run on
/// one's own machine is at such an address.
fn is_own_machine(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let known = ["localhost", "127.0.0.1", "::1"].contains(&host);
    let bracketed = rest.starts_with('[') == (host == "::1");
    let whole = match port {
        Some(port) => port.parse::<u16>().is_ok_and(|number| number > 0),
        None => rest.len() == host.len() || rest == "[::1]",
    };
    known && bracketed && whole
}

/// Hexadecimal digits as people copy them: any case, spaces and colons between.
fn hex(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != ':')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;

    fn kit(founder: bool) -> RecoveryKit {
        let mut rng = DangerSeededRng::new(1);
        RecoveryKit {
            server_url: "https://vault.example:8443".into(),
            ca_fingerprint: Digest::from_bytes([0xab; 32]),
            tenant: TenantId::from_bytes([0xcd; 32]),
            name: "Änne: Müller".into(),
            recovery: Secret16::make(&mut rng),
            device_secret: Secret16::make(&mut rng),
            directory_recovery: founder.then(|| Secret16::make(&mut rng)),
            keep_earlier_page: !founder,
        }
    }

    #[test]
    fn page_and_back() {
        for founder in [false, true] {
            let kit = kit(founder);
            let text = kit.to_text();
            let sloppy = format!(
                "\u{feff}\r\n  {}  ",
                text.replace('\n', "  \r\n\r\n")
                    .to_lowercase()
                    .replace("änne: müller", "Änne: Müller")
            );
            for text in [text.as_str(), &sloppy] {
                let read = RecoveryKit::from_text(text).unwrap();
                assert_eq!(read.server_url, kit.server_url);
                assert_eq!(read.ca_fingerprint, kit.ca_fingerprint);
                assert_eq!(read.tenant, kit.tenant);
                assert_eq!(read.name, kit.name);
                assert_eq!(read.recover_auth(), kit.recover_auth());
                assert_eq!(
                    read.device_secret.danger_bytes(),
                    kit.device_secret.danger_bytes()
                );
                assert_eq!(read.directory_recovery.is_some(), founder);
            }
            assert_eq!(text.contains("keep the earlier page that has it"), !founder);
        }
    }

    #[test]
    fn without_tls_only_at_the_own_machine() {
        let text = kit(true).to_text();
        let at = |url: &str| {
            let text = text.replace("https://vault.example:8443", url);
            RecoveryKit::from_text(&text).map(|kit| kit.server_url)
        };
        for url in [
            "http://localhost",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]",
            "http://[::1]:8080",
        ] {
            assert_eq!(at(url).as_deref(), Ok(url));
        }
        for url in [
            "http://vault.example",
            "http://localhost.example",
            "http://localhost@evil.example",
            "http://localhost:",
            "http://localhost:0",
            "http://localhost:8080@evil.example",
            "http://localhost/page",
            "http://127.0.0.2",
            "http://::1",
            "http://[::1]x",
            "http://[localhost]",
            "HTTP://localhost",
            "ftp://localhost",
        ] {
            assert!(at(url).is_err(), "{url}");
        }
    }

    #[test]
    fn pages_that_are_none() {
        let text = kit(true).to_text().to_string();
        assert_eq!(RecoveryKit::from_text("").err(), Some(KitError::NotAKit));
        let beginning = text.replace(HEADER, "Shopping list");
        assert_eq!(
            RecoveryKit::from_text(&beginning).err(),
            Some(KitError::NotAKit)
        );
        for label in [SERVER, FINGERPRINT, ORGANISATION, NAME, RECOVERY, DEVICE] {
            let without: String = text
                .lines()
                .filter(|line| !line.starts_with(label))
                .map(|line| format!("{line}\n"))
                .collect();
            assert_eq!(
                RecoveryKit::from_text(&without).err(),
                Some(KitError::Missing(label))
            );
            let line = text.lines().find(|line| line.starts_with(label)).unwrap();
            assert_eq!(
                RecoveryKit::from_text(&format!("{text}{line}\n")).err(),
                Some(KitError::Twice(label))
            );
        }
        // the two secrets exchanged, and one mistyped
        let swapped = text
            .replace("SR-RECOVER-", "SR-X-")
            .replace("SR-DEVICE-", "SR-RECOVER-")
            .replace("SR-X-", "SR-DEVICE-");
        assert!(RecoveryKit::from_text(&swapped.replace("SR-DEVICE-", "")).is_err());
        let at = text.find("SR-RECOVER-").unwrap() + 11;
        let mut typed = text.clone();
        let wrong = if &text[at..=at] == "Z" { "Y" } else { "Z" };
        typed.replace_range(at..=at, wrong);
        assert!(matches!(
            RecoveryKit::from_text(&typed).err(),
            Some(KitError::Line { line: RECOVERY, .. })
        ));
    }
}
