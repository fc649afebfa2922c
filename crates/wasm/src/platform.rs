//! What the core takes from the world around it.

use std::sync::{Mutex, PoisonError};
use strongroom_types::{Clock, Rng, TimestampMs};
use zeroize::Zeroizing;

/// A request to the one server that the page came from.
pub struct Request {
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: &'static str,
    /// Path and query, from the first slash.
    pub path: String,
    /// Names in lower case; values may be secret.
    pub headers: Vec<(&'static str, Zeroizing<String>)>,
    /// Empty where there is none.
    pub body: Vec<u8>,
    /// An answer larger than this is not read to its end.
    pub answer_max_bytes: usize,
}

/// An answer, whatever its status.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds, where the server said so.
    pub retry_after_seconds: Option<u64>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpFailure {
    /// The server cannot be reached, or the connection broke: it is not known whether the
    /// request arrived.
    Offline,
    /// The answer is larger than what the request allows.
    TooLarge,
}

/// Requests over the network.
pub trait Http {
    /// Sends one request and reads the whole answer.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, HttpFailure>>;
}

/// The storage refused.
#[derive(Debug, Clone)]
pub struct StorageFailure {
    /// There is no room; otherwise it is broken, or not allowed here.
    pub full: bool,
    /// What the platform says.
    pub text: String,
}

/// A key-value store that survives a reload of the page. All pages of a browser have the same.
pub trait Storage {
    /// Holds the storage for this page alone, until it is dropped.
    type Alone;

    /// Waits until no other page of this browser is at work with the storage. What is read,
    /// changed and written again (what waits for the server, above all) is whole only under it.
    fn alone(&self) -> impl Future<Output = Self::Alone>;
    /// The value under `key`, if there is one.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, StorageFailure>>;
    /// Puts a value in place of what was there.
    fn put(&self, key: &str, value: &[u8]) -> impl Future<Output = Result<(), StorageFailure>>;
    /// Takes a value away; that there is none is no failure.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), StorageFailure>>;
    /// Takes everything away.
    fn clear(&self) -> impl Future<Output = Result<(), StorageFailure>>;
}

/// All of it together.
pub struct Platform<H, S> {
    /// The network.
    pub http: H,
    /// What survives a reload.
    pub storage: S,
    /// The server's address without a path, as the page has it.
    pub origin: String,
    /// What the list of devices shows, for example `Firefox on Linux`.
    pub device_name: String,
    clock: Box<dyn Clock>,
    rng: Mutex<Box<dyn Rng>>,
}

impl<H, S> Platform<H, S> {
    /// A platform of these parts.
    pub fn new(
        http: H,
        storage: S,
        origin: &str,
        device_name: &str,
        clock: Box<dyn Clock>,
        rng: Box<dyn Rng>,
    ) -> Self {
        Self {
            http,
            storage,
            origin: origin.trim_end_matches('/').to_owned(),
            device_name: device_name.to_owned(),
            clock,
            rng: Mutex::new(rng),
        }
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> TimestampMs {
        self.clock.now_ms()
    }

    /// Days since 1970-01-01.
    pub(crate) fn today(&self) -> u64 {
        self.now_ms() / 86_400_000
    }

    /// The randomness.
    pub(crate) fn rng(&self) -> SharedRng<'_> {
        SharedRng(&self.rng)
    }
}

/// The platform's randomness. Taken only while bytes are drawn, so that one expression may draw
/// for several things.
pub(crate) struct SharedRng<'a>(&'a Mutex<Box<dyn Rng>>);

impl Rng for SharedRng<'_> {
    fn fill_bytes(&mut self, destination: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(destination);
    }
}
