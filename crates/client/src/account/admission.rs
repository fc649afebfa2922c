use super::read_ca_file;
use crate::http::{Http, parse_url, tls};
use crate::{ClientError, Environment, Result};
use std::path::Path;
use strongroom_crypto::sha256;
use strongroom_types::Digest;
use strongroom_vault::Invitation;
use strongroom_vault::person::InvitationLink;

/// Where somebody signs up, with which code, and whom to trust there.
pub struct Admission {
    url: String,
    code: String,
    authority: Authority,
}

/// How the server's certificate authority is known.
enum Authority {
    /// Its certificate (PEM).
    Certificate(Vec<u8>),
    /// What the invitation link says of it.
    Fingerprint(Digest),
}

impl Admission {
    /// Reads what somebody was given: an invitation link says all; an address
    /// (`https://HOST:PORT`) needs `SR-SETUP-…` or `SR-INVITE-…` and the file with the
    /// server's CA certificate (PEM) beside it.
    ///
    /// # Errors
    /// Usage: something is missing, cut off, or the parts contradict each other.
    pub fn read(address: &str, code: Option<&str>, ca_file: Option<&Path>) -> Result<Self> {
        let link = InvitationLink::from_text(address)
            .transpose()
            .map_err(|error| {
                ClientError::from(error).with_hint(
                    "copy the whole link, and put it between '…': a shell ends it at the & otherwise",
                )
            })?;
        let ca_pem = ca_file.map(read_ca_file).transpose()?;
        let admission = match link {
            Some(link) => Self::by_link(link, code, ca_pem)?,
            None => Self {
                url: address.to_owned(),
                code: code.ok_or_else(no_code)?.to_owned(),
                authority: Authority::Certificate(ca_pem.ok_or_else(no_authority)?),
            },
        };
        parse_url(&admission.url)?;
        Ok(admission)
    }

    fn by_link(link: InvitationLink, code: Option<&str>, ca_pem: Option<Vec<u8>>) -> Result<Self> {
        if let Some(code) = code
            && Invitation::from_code(code)?.code() != link.code
        {
            return Err(ClientError::usage(
                "the invitation link has another code than the one beside it",
            )
            .with_hint("leave out --code: the link has it"));
        }
        let authority =
            match ca_pem {
                None => Authority::Fingerprint(link.ca_fingerprint),
                Some(pem) if sha256(&tls::read_ca(&pem)?) == link.ca_fingerprint => {
                    Authority::Certificate(pem)
                }
                Some(_) => {
                    return Err(ClientError::usage(
                    "the CA file is of another server than the one that the invitation link names",
                )
                .with_hint("leave out --ca if you trust whoever gave you the link; ask otherwise"));
                }
            };
        if link.server_url.starts_with("http:") {
            return Err(ClientError::usage(
                "the invitation link has an address for browsers on the server's own machine",
            )
            .with_hint("write the server's https address in place of what stands before /join"));
        }
        Ok(Self {
            url: link.server_url,
            code: link.code,
            authority,
        })
    }

    /// The set-up code or invitation. A secret.
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// Connections to the server, and the certificate (PEM) of the authority that they trust.
    ///
    /// # Errors
    /// Integrity when the server is not the one that the link names.
    pub(super) async fn connect(&self, environment: &Environment) -> Result<(Http, Vec<u8>)> {
        match &self.authority {
            Authority::Certificate(pem) => {
                let http = Http::new(&self.url, pem, environment.clone())?;
                Ok((http, pem.clone()))
            }
            Authority::Fingerprint(fingerprint) => {
                Http::by_fingerprint(&self.url, *fingerprint, environment).await
            }
        }
    }
}

fn no_code() -> ClientError {
    ClientError::usage("a sign-up needs a code beside the address").with_hint(
        "give the set-up code or invitation with --code, or an invitation link in place of the address",
    )
}

fn no_authority() -> ClientError {
    ClientError::usage("a sign-up needs to know the server's certificate authority").with_hint(
        "give its file with --ca (ca.pem in the server's data folder), or an invitation link in place of the address",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_crypto::DangerSeededRng;
    use strongroom_testkit::world::World;

    fn usage(tried: Result<Admission>) -> String {
        let error = tried.err().unwrap();
        assert_eq!(error.exit_code(), 2, "{error}");
        error.to_string()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_link_says_all_and_contradictions_are_told() {
        let world = World::start().await.unwrap();
        let other = World::start().await.unwrap();
        let (url, ca) = (&world.server.url, world.server.ca_file.as_path());
        let ca_pem = read_ca_file(ca).unwrap();
        let code = |seed| Invitation::make(&mut DangerSeededRng::new(seed)).code();
        let mine = InvitationLink {
            server_url: url.clone(),
            code: code(1),
            ca_fingerprint: sha256(&tls::read_ca(&ca_pem).unwrap()),
        };
        let link = mine.to_text();

        let read = Admission::read(&link, None, None).unwrap();
        assert_eq!((&read.url, read.code()), (url, mine.code.as_str()));
        assert!(
            matches!(read.authority, Authority::Fingerprint(print) if print == mine.ca_fingerprint)
        );
        // said twice is as good, and the file spares the question
        let small = mine.code.to_lowercase();
        let read = Admission::read(&link, Some(&small), Some(ca)).unwrap();
        assert!(matches!(read.authority, Authority::Certificate(pem) if pem == ca_pem));

        let told = usage(Admission::read(&link, Some(&code(2)), None));
        assert!(told.contains("another code"), "{told}");
        let told = usage(Admission::read(&link, None, Some(&other.server.ca_file)));
        assert!(told.contains("another server"), "{told}");
        // as a shell leaves it that nobody told not to
        let (cut, _) = link.split_once('&').unwrap();
        assert!(usage(Admission::read(cut, None, None)).contains("fingerprint"));
        let local = link.replace("https:", "http:");
        assert!(usage(Admission::read(&local, None, None)).contains("own machine"));

        assert!(usage(Admission::read(url, None, Some(ca))).contains("code"));
        assert!(usage(Admission::read(url, Some(&mine.code), None)).contains("authority"));
        assert!(Admission::read(url, Some(&mine.code), Some(ca)).is_ok());
    }
}
