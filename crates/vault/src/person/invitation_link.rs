//! An invitation as one line to pass on: the server's address, and behind `#` what no browser
//! sends to a server.

use super::Invitation;
use strongroom_format::FormatError;
use strongroom_types::Digest;

const PATH: &str = "/join#";
const AUTHORITY: &str = "&ca=";

/// `ADDRESS/join#SR-INVITE-…&ca=FINGERPRINT`. A browser opens it; the command line takes the
/// address and knows by the fingerprint whom to trust there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationLink {
    /// Where the server is, without a slash at the end.
    pub server_url: String,
    /// `SR-INVITE-…`: the secret.
    pub code: String,
    /// SHA-256 of the authority's certificate (DER).
    pub ca_fingerprint: Digest,
}

impl InvitationLink {
    /// The line.
    pub fn to_text(&self) -> String {
        let Self {
            server_url,
            code,
            ca_fingerprint,
        } = self;
        format!("{server_url}{PATH}{code}{AUTHORITY}{ca_fingerprint}")
    }

    /// Reads the line. `None` where it is not a link at all, but a plain address for example.
    ///
    /// # Errors
    /// `Invalid` for a link whose code or fingerprint cannot be read.
    pub fn from_text(text: &str) -> Option<Result<Self, FormatError>> {
        let (server_url, rest) = text.trim().split_once(PATH)?;
        let (code, fingerprint) = rest.split_once(AUTHORITY).unwrap_or((rest, ""));
        let read = || {
            // What was cut in the mail is told now, not when the server refuses it.
            let code = Invitation::from_code(code)?.code();
            let ca_fingerprint = fingerprint.parse().map_err(|_| {
                FormatError::Invalid("the invitation link lacks the fingerprint at its end")
            })?;
            Ok(Self {
                server_url: server_url.to_owned(),
                code,
                ca_fingerprint,
            })
        };
        Some(read())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;

    #[test]
    fn a_link_is_read_as_it_was_written_and_a_cut_one_is_told() {
        let link = InvitationLink {
            server_url: "https://vault.example:8443".into(),
            code: Invitation::make(&mut DangerSeededRng::new(3)).code(),
            ca_fingerprint: Digest::from_bytes([0xab; 32]),
        };
        let text = link.to_text();
        assert_eq!(
            InvitationLink::from_text(&format!(" {text}\n")),
            Some(Ok(link))
        );
        for cut in [1, 20, 70] {
            let cut = &text[..text.len() - cut];
            assert!(
                matches!(InvitationLink::from_text(cut), Some(Err(_))),
                "{cut}"
            );
        }
        assert_eq!(
            InvitationLink::from_text("https://vault.example:8443"),
            None
        );
    }
}
