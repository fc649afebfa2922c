//! A browser whose bytes are moved without one: chunks by the crypto crate, HTTP by reqwest.

use crate::scene::{Browser, Disk, Line, Net};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use strongroom_crypto::sealed_box::BulkKey;
use strongroom_testkit::world::World;
use strongroom_types::ErrorClass;
use strongroom_types::limits::{CHUNK_PLAIN_BYTES, CHUNK_SEALED_BYTES};
use strongroom_wasm::{
    Bulk, Core, CoreError, Fetched, Headers, HttpFailure, Response, Started, Transfers,
};
use tokio::sync::Notify;

type Lock = futures::lock::Mutex<Core<Net, Disk>>;

/// What a person chose.
#[derive(Clone)]
pub struct Source(Rc<Vec<u8>>);

impl Source {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Rc::new(bytes.to_vec()))
    }
}

/// So many parts, then this transfer of these is paused.
type PauseAfter = (usize, String, Rc<Transfers<Net, Disk, Mover>>);

/// What is known of the parts that a page sent.
pub struct Moved {
    client: reqwest::Client,
    origin: String,
    disk: Disk,
    line: Rc<Cell<Line>>,
    authorization: RefCell<String>,
    /// Parts that have left, answered or not.
    pub parts_sent: Cell<usize>,
    /// After so many parts the server is away.
    pub cut_after_parts: Cell<Option<usize>>,
    /// After so many parts this transfer is paused.
    pub pause_after_parts: RefCell<Option<PauseAfter>>,
    under_way: Cell<usize>,
    changed: Notify,
    /// Revisions whose parts were sent.
    pub revisions: RefCell<BTreeSet<String>>,
    waits: Cell<usize>,
}

impl Moved {
    /// Ends when no part is under way after `parts` have left.
    pub async fn stands_still(&self, parts: usize) {
        while self.parts_sent.get() < parts || self.under_way.get() > 0 {
            self.changed.notified().await;
        }
    }

    /// Ends when something waits for the server to come back.
    pub async fn waits(&self) {
        while self.waits.get() == 0 {
            self.changed.notified().await;
        }
    }

    /// The bytes that the server has under a path.
    pub async fn fetch_raw(&self, path: &str) -> Vec<u8> {
        let request = self.client.get(format!("{}{path}", self.origin));
        let authorization = self.authorization.borrow().clone();
        let answer = request.header("authorization", authorization).send().await;
        answer.unwrap().bytes().await.unwrap().to_vec()
    }
}

pub struct Mover(Rc<Moved>);

fn shorter() -> CoreError {
    CoreError::new(ErrorClass::Failed, "source_gone", "the file is shorter")
}

impl Bulk for Mover {
    type Key = BulkKey;
    type Bytes = Vec<u8>;
    type Source = Source;
    type Parcel = Vec<u8>;
    /// What has not been taken, and what was taken last.
    type Flow = (Vec<u8>, Vec<u8>);

    async fn import(&self, key: BulkKey, _: bool) -> Result<BulkKey, CoreError> {
        Ok(key)
    }

    async fn read(
        &self,
        source: &Source,
        offset: u64,
        plain_bytes: usize,
        padded_bytes: usize,
    ) -> Result<Vec<u8>, CoreError> {
        let from = offset as usize;
        let mut bytes = match plain_bytes {
            0 => Vec::new(),
            _ => source
                .0
                .get(from..from + plain_bytes)
                .ok_or_else(shorter)?
                .to_vec(),
        };
        bytes.resize(padded_bytes, 0);
        Ok(bytes)
    }

    async fn seal(
        &self,
        key: &BulkKey,
        first_chunk: u64,
        plain: Vec<u8>,
        chunks: usize,
    ) -> Result<Vec<u8>, CoreError> {
        let mut sealed = Vec::new();
        for chunk in 0..chunks {
            let from = chunk * CHUNK_PLAIN_BYTES;
            let piece = &plain[from..plain.len().min(from + CHUNK_PLAIN_BYTES)];
            sealed.extend(key.seal_chunk(first_chunk + chunk as u64, piece).unwrap());
        }
        Ok(sealed)
    }

    async fn open(
        &self,
        key: &BulkKey,
        first_chunk: u64,
        mut sealed: Vec<u8>,
        place: Range<usize>,
    ) -> Result<Vec<u8>, CoreError> {
        let opener = key.opener();
        let mut plain = Vec::new();
        for (index, chunk) in (first_chunk..).zip(sealed[place].chunks_mut(CHUNK_SEALED_BYTES)) {
            let last = chunk.len() < CHUNK_SEALED_BYTES;
            plain.extend_from_slice(opener.open_chunk(index, last, chunk).unwrap());
        }
        Ok(plain)
    }

    fn length(&self, bytes: &Vec<u8>) -> usize {
        bytes.len()
    }

    fn copy(&self, bytes: &Vec<u8>, offset: usize, to: &mut [u8]) {
        to.copy_from_slice(&bytes[offset..offset + to.len()]);
    }

    fn cut(&self, bytes: Vec<u8>, from: usize, length: usize) -> Vec<u8> {
        bytes[from..from + length].to_vec()
    }

    fn free(&self, _: Vec<u8>) {}

    fn pack(&self, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    async fn put(
        &self,
        path: &str,
        headers: Headers,
        body: &Vec<u8>,
    ) -> Result<Response, HttpFailure> {
        let moved = &self.0;
        let mut names = path.rsplit('/');
        let number: u64 = names.next().unwrap().parse().unwrap();
        let revision = names.nth(1).unwrap().to_owned();
        // The order that keeps a nonce from being used twice.
        let journal = format!("kept/upload/{revision}/{}", number / 64);
        assert!(moved.disk.0.borrow().contains_key(&journal));
        moved.revisions.borrow_mut().insert(revision);
        let sent = moved.parts_sent.get();
        if moved.cut_after_parts.get().is_some_and(|most| sent >= most) {
            return Err(HttpFailure::Offline);
        }
        moved.parts_sent.set(sent + 1);
        if let Some((after, id, transfers)) = &*moved.pause_after_parts.borrow()
            && sent + 1 == *after
        {
            transfers.pause(id);
        }
        moved.under_way.set(moved.under_way.get() + 1);
        let mut request = moved.client.put(format!("{}{path}", moved.origin));
        for (name, value) in &headers {
            request = request.header(*name, value.as_str());
        }
        let answer = request.body(body.clone()).send().await;
        moved.under_way.set(moved.under_way.get() - 1);
        moved.changed.notify_waiters();
        let answer = answer.map_err(|_| HttpFailure::Offline)?;
        Ok(Response {
            status: answer.status().as_u16(),
            retry_after_seconds: None,
            body: answer.bytes().await.unwrap().to_vec(),
        })
    }

    async fn get(
        &self,
        path: &str,
        headers: Headers,
        range: Range<u64>,
    ) -> Result<Fetched<Vec<u8>>, HttpFailure> {
        let moved = &self.0;
        if moved.line.get() == Line::Cut {
            return Err(HttpFailure::Offline);
        }
        let mut request = moved.client.get(format!("{}{path}", moved.origin));
        for (name, value) in &headers {
            if *name == "authorization" {
                *moved.authorization.borrow_mut() = value.to_string();
            }
            request = request.header(*name, value.as_str());
        }
        let wanted = format!("bytes={}-{}", range.start, range.end - 1);
        let answer = request.header("range", wanted).send().await;
        let answer = answer.map_err(|_| HttpFailure::Offline)?;
        Ok(Fetched {
            status: answer.status().as_u16(),
            retry_after_seconds: None,
            body: answer.bytes().await.unwrap().to_vec(),
        })
    }

    async fn flow(
        &self,
        path: &str,
        headers: Headers,
        range: Range<u64>,
    ) -> Result<Fetched<Self::Flow>, HttpFailure> {
        let came = self.get(path, headers, range).await?;
        Ok(Fetched {
            status: came.status,
            retry_after_seconds: came.retry_after_seconds,
            body: (came.body, Vec::new()),
        })
    }

    async fn take(
        &self,
        (rest, last): &mut Self::Flow,
        again: usize,
        fresh: usize,
    ) -> Result<Vec<u8>, HttpFailure> {
        if self.0.line.get() == Line::Cut {
            return Err(HttpFailure::Offline);
        }
        let mut bytes = last.split_off(last.len() - again);
        bytes.extend(rest.drain(..fresh.min(rest.len())));
        last.clone_from(&bytes);
        Ok(bytes)
    }

    async fn pause(&self, _: u64) {
        self.0.waits.set(self.0.waits.get() + 1);
        self.0.changed.notify_waiters();
        // What is on its way arrives before the next try.
        self.0.stands_still(0).await;
        tokio::task::yield_now().await;
    }
}

/// A browser with its transfers.
pub struct Page {
    core: Rc<Lock>,
    pub transfers: Rc<Transfers<Net, Disk, Mover>>,
    pub net: Rc<Moved>,
    pub line: Rc<Cell<Line>>,
    disk: Disk,
    told: Rc<RefCell<Vec<Value>>>,
}

impl Page {
    pub fn of(world: &World, browser: Browser) -> Self {
        let ca = std::fs::read(&world.server.ca_file).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy();
        let net = Rc::new(Moved {
            client: client.build().unwrap(),
            origin: world.server.url.clone(),
            disk: browser.disk.clone(),
            line: browser.line.clone(),
            authorization: RefCell::default(),
            parts_sent: Cell::new(0),
            cut_after_parts: Cell::new(None),
            pause_after_parts: RefCell::default(),
            under_way: Cell::new(0),
            changed: Notify::new(),
            revisions: RefCell::default(),
            waits: Cell::new(0),
        });
        let core = Rc::new(Lock::new(browser.core));
        let told: Rc<RefCell<Vec<Value>>> = Rc::default();
        let hears = Rc::clone(&told);
        let tell = move |event| {
            hears
                .borrow_mut()
                .push(serde_json::to_value(&event).unwrap())
        };
        let transfers = Transfers::new(Rc::clone(&core), Mover(Rc::clone(&net)), tell);
        Self {
            core,
            transfers: Rc::new(transfers.unwrap()),
            net,
            line: browser.line,
            disk: browser.disk,
            told,
        }
    }

    /// The page is loaded again, and the person logs in.
    pub async fn reload(&self, world: &World) -> Self {
        let mut browser = Browser::with_disk(world, self.disk.clone());
        browser.log_in("ada", None).await;
        Self::of(world, browser)
    }

    pub async fn call(&self, method: &str, arguments: Value) -> Result<Value, CoreError> {
        let mut core = self.core.lock().await;
        let answer = core.call(method, &arguments.to_string()).await?;
        Ok(serde_json::from_str(&answer).unwrap())
    }

    /// Whether something lies in the storage under a name that begins so.
    pub fn keeps(&self, start: &str) -> bool {
        self.disk
            .0
            .borrow()
            .keys()
            .any(|key| key.starts_with(start))
    }

    /// The states that were told, in order.
    pub fn states(&self) -> Vec<String> {
        let told = self.told.borrow();
        let states = told
            .iter()
            .map(|event| event["state"].as_str().unwrap().to_owned());
        states.collect()
    }

    /// What was told last.
    pub fn last_told(&self) -> Value {
        self.told.borrow().last().cloned().unwrap()
    }

    pub async fn begin(
        &self,
        arguments: Value,
        source: &Source,
    ) -> Result<Started<Mover>, CoreError> {
        let facts = (source.0.len() as u64, 7);
        let arguments = arguments.to_string();
        self.transfers
            .start_upload(&arguments, source.clone(), facts, None)
            .await
    }

    /// What the upload has become; the problem of its beginning, or what was told at its end.
    pub async fn try_put(&self, arguments: Value, source: &Source) -> Result<String, Value> {
        let begun = self.begin(arguments, source).await;
        self.finish(begun).await
    }

    async fn finish(&self, begun: Result<Started<Mover>, CoreError>) -> Result<String, Value> {
        let started = begun.map_err(|error| serde_json::to_value(&error).unwrap())?;
        self.transfers.run(started).await;
        let last = self.last_told();
        match last["state"].as_str() {
            Some("done") => {
                assert_eq!(last["done_bytes"], last["total_bytes"]);
                Ok(last["file"].as_str().unwrap().to_owned())
            }
            _ => Err(last),
        }
    }

    pub async fn put(&self, arguments: Value, source: &Source) -> String {
        self.try_put(arguments, source).await.unwrap()
    }

    /// Goes on with an upload with a file that was chosen again.
    pub async fn resume(&self, transfer: &str, source: &Source) -> Result<String, Value> {
        let facts = ("", source.0.len() as u64, 7);
        let begun = self
            .transfers
            .resume_upload(transfer, source.clone(), facts);
        self.finish(begun.await).await
    }

    /// A whole file.
    pub async fn get(&self, mut arguments: Value) -> Result<Vec<u8>, CoreError> {
        arguments["transfer"] = json!("download");
        let mut download = self
            .transfers
            .start_download(&arguments.to_string())
            .await?;
        let mut whole = Vec::new();
        while let Some(bytes) = download.next().await? {
            whole.extend_from_slice(&bytes);
        }
        assert_eq!(whole.len() as u64, download.size_bytes());
        Ok(whole)
    }

    /// A range of a file.
    pub async fn read(&self, arguments: Value) -> Result<Vec<u8>, CoreError> {
        let bytes = self.transfers.read(&arguments.to_string()).await?;
        Ok(bytes.unwrap_or_default())
    }
}
