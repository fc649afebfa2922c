//! Why there is no certificate, in words that anybody may read; what the ACME server said
//! goes to the log alone.

use instant_acme::{Error, Problem};
use serde::{Deserialize, Serialize};

/// Why an order came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// No connection, or no TLS, to the ACME server.
    #[error("the ACME server cannot be reached")]
    Unreachable,
    /// The system has no roots to check the ACME server against.
    #[error("this machine has no list of public certificate authorities (ca-certificates)")]
    NoRoots,
    /// The name does not lead anywhere.
    #[error("the ACME server finds no address for the name")]
    NoAddress,
    /// The challenge was not answered where the name leads.
    #[error("the ACME server did not find this server under the name, on port 443")]
    NotFound,
    /// The name, by its own DNS or by the ACME server's rules.
    #[error("the ACME server may not issue for the name")]
    NameRefused,
    /// Limits of the ACME server.
    #[error("the ACME server asks for a pause, as there were too many orders")]
    TooMany,
    /// The account, its address of contact, or a binding that the ACME server wants.
    #[error("the ACME server refuses the account")]
    AccountRefused,
    /// The ACME server has lost the account; the next try makes another.
    #[error("the ACME server no longer knows the account")]
    AccountUnknown,
    /// Everything else that it says.
    #[error("the ACME server refused the order")]
    Refused,
    /// Nothing in time.
    #[error("the ACME server did not answer in time")]
    TooSlow,
    /// An answer against the protocol, or a certificate that does not fit.
    #[error("the answer of the ACME server cannot be used")]
    Unusable,
    /// A certificate that is due again as it comes: ordering more would only cost.
    #[error("the new certificate is old by this server's clock, which seems to be ahead")]
    ClockAhead,
    /// The data folder.
    #[error("the data folder cannot keep the certificate")]
    NotKept,
}

/// A trouble with what the log says about it.
#[derive(Debug, thiserror::Error)]
#[error("{trouble}: {detail}")]
pub struct OrderError {
    /// For everybody.
    pub trouble: Trouble,
    /// For the log.
    pub detail: String,
}

impl OrderError {
    /// A trouble with its cause.
    pub fn new(trouble: Trouble, detail: impl ToString) -> Self {
        Self {
            trouble,
            detail: detail.to_string(),
        }
    }
}

impl From<Error> for OrderError {
    fn from(error: Error) -> Self {
        let trouble = match &error {
            Error::Api(problem) => of_problem(problem),
            Error::Hyper(_) | Error::Http(_) | Error::InvalidUri(_) | Error::Other(_) => {
                Trouble::Unreachable
            }
            Error::Timeout(_) => Trouble::TooSlow,
            _ => Trouble::Unusable,
        };
        Self::new(trouble, causes(&error))
    }
}

impl From<&Problem> for OrderError {
    fn from(problem: &Problem) -> Self {
        Self::new(of_problem(problem), problem)
    }
}

/// RFC 8555 6.7. An order's own problem can be a list, of which the first names the cause.
fn of_problem(problem: &Problem) -> Trouble {
    let kind = problem.r#type.as_deref().unwrap_or_default();
    match kind.strip_prefix("urn:ietf:params:acme:error:") {
        Some("dns") => Trouble::NoAddress,
        Some("connection" | "tls" | "unauthorized" | "incorrectResponse") => Trouble::NotFound,
        Some("caa" | "rejectedIdentifier" | "unsupportedIdentifier") => Trouble::NameRefused,
        Some("rateLimited") => Trouble::TooMany,
        Some("accountDoesNotExist") => Trouble::AccountUnknown,
        Some(
            "externalAccountRequired"
            | "invalidContact"
            | "unsupportedContact"
            | "userActionRequired",
        ) => Trouble::AccountRefused,
        _ => Trouble::Refused,
    }
}

/// An error with those below it: a failed connection says why only at the bottom.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
