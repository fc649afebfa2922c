//! Transfers in a browser: WebCrypto for chunks, fetch for bytes, a `File` as source. The bytes
//! stay in JavaScript's memory.

use super::fetch::Fetch;
use super::page_storage::PageStorage;
use super::thrown;
use crate::core::Core;
use crate::platform::{HttpFailure, Response};
use crate::transfer::{Bulk, Download, Fetched, Headers, Started, Told, Transfers};
use crate::{CoreError, Result};
use futures::lock::Mutex;
use js_sys::{Array, Function, JSON, Promise, Reflect, Uint8Array};
use std::ops::Range;
use std::rc::Rc;
use strongroom_crypto::sealed_box::BulkKey;
use strongroom_vault::IntegrityError;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

#[wasm_bindgen]
extern "C" {
    /// What the worker gives. It moves bytes and knows no format.
    pub type TransferPort;

    #[wasm_bindgen(method, js_name = importKey)]
    fn import_key(this: &TransferPort, raw: Uint8Array, sealing: bool) -> Promise;
    #[wasm_bindgen(method)]
    fn read(this: &TransferPort, source: &JsValue, offset: f64, plain: f64, padded: f64)
    -> Promise;
    #[wasm_bindgen(method)]
    fn seal(
        this: &TransferPort,
        key: &JsValue,
        nonce: Uint8Array,
        first: f64,
        plain: Uint8Array,
        chunks: f64,
    ) -> Promise;
    #[wasm_bindgen(method)]
    fn open(
        this: &TransferPort,
        key: &JsValue,
        nonce: Uint8Array,
        first: f64,
        sealed: Uint8Array,
    ) -> Promise;
    #[wasm_bindgen(method)]
    fn pack(this: &TransferPort, bytes: &Uint8Array) -> JsValue;
    #[wasm_bindgen(method)]
    fn put(this: &TransferPort, path: &str, headers: Array, body: &JsValue) -> Promise;
    #[wasm_bindgen(method)]
    fn get(this: &TransferPort, path: &str, headers: Array, start: f64, end: f64) -> Promise;
    #[wasm_bindgen(method)]
    fn flow(this: &TransferPort, path: &str, headers: Array, start: f64, end: f64) -> Promise;
    #[wasm_bindgen(method)]
    fn take(this: &TransferPort, flow: &JsValue, again: f64, fresh: f64) -> Promise;
    #[wasm_bindgen(method)]
    fn free(this: &TransferPort, bytes: &Uint8Array);
    #[wasm_bindgen(method)]
    fn stop(this: &TransferPort, flow: &JsValue);
    #[wasm_bindgen(method)]
    fn pause(this: &TransferPort, milliseconds: f64) -> Promise;
}

/// An AES key that no script can read, and the nonce of chunk 0.
struct PageKey {
    key: JsValue,
    nonce: [u8; 12],
}

struct PageBulk(Rc<TransferPort>);

/// An answer that is being read.
struct PageFlow {
    port: Rc<TransferPort>,
    flow: JsValue,
}

impl Drop for PageFlow {
    fn drop(&mut self) {
        self.port.stop(&self.flow);
    }
}

fn internal() -> CoreError {
    CoreError::failed("internal", "the browser's cryptography did not work")
}

/// Numbers of a file are far below 2^53, which a double holds exactly.
fn number(value: u64) -> f64 {
    value as f64
}

fn property(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &JsValue::from_str(name)).ok()
}

fn headers_out(headers: &Headers) -> Array {
    headers
        .iter()
        .map(|(name, value)| Array::of2(&JsValue::from_str(name), &JsValue::from_str(value)))
        .collect()
}

async fn answer(promise: Promise) -> Result<Fetched<Uint8Array>, HttpFailure> {
    let came = answer_of(promise).await?;
    let body = came.body.dyn_into().map_err(|_| HttpFailure::Offline)?;
    Ok(Fetched {
        status: came.status,
        retry_after_seconds: came.retry_after_seconds,
        body,
    })
}

async fn answer_of(promise: Promise) -> Result<Fetched<JsValue>, HttpFailure> {
    let answer = JsFuture::from(promise)
        .await
        .map_err(|_| HttpFailure::Offline)?;
    let status = property(&answer, "status").and_then(|value| value.as_f64());
    let body = property(&answer, "body");
    let (Some(status), Some(body)) = (status, body) else {
        return Err(HttpFailure::Offline);
    };
    let retry_after = property(&answer, "retryAfter").and_then(|value| value.as_f64());
    Ok(Fetched {
        status: status as u16,
        retry_after_seconds: retry_after.map(|seconds| seconds as u64),
        body,
    })
}

fn bytes_of(value: JsValue) -> Result<Uint8Array> {
    value.dyn_into().map_err(|_| internal())
}

impl Bulk for PageBulk {
    type Key = PageKey;
    type Bytes = Uint8Array;
    type Source = JsValue;
    type Parcel = JsValue;
    type Flow = PageFlow;

    async fn import(&self, key: BulkKey, sealing: bool) -> Result<PageKey> {
        // The copy in JavaScript's memory is wiped by the port, this one by its drop.
        let raw = Uint8Array::from(key.danger_key().as_slice());
        let imported = JsFuture::from(self.0.import_key(raw, sealing)).await;
        Ok(PageKey {
            key: imported.map_err(|_| internal())?,
            nonce: *key.base_nonce(),
        })
    }

    async fn read(
        &self,
        source: &JsValue,
        offset: u64,
        plain_bytes: usize,
        padded_bytes: usize,
    ) -> Result<Uint8Array> {
        let (plain, padded) = (plain_bytes as f64, padded_bytes as f64);
        let read = self.0.read(source, number(offset), plain, padded);
        let gone = |_| {
            CoreError::failed("source_gone", "the file cannot be read any more")
                .with_hint("choose it again")
        };
        bytes_of(JsFuture::from(read).await.map_err(gone)?)
    }

    async fn seal(
        &self,
        key: &PageKey,
        first_chunk: u64,
        plain: Uint8Array,
        chunks: usize,
    ) -> Result<Uint8Array> {
        let nonce = Uint8Array::from(key.nonce.as_slice());
        let first = number(first_chunk);
        let sealed = self.0.seal(&key.key, nonce, first, plain, chunks as f64);
        bytes_of(JsFuture::from(sealed).await.map_err(|_| internal())?)
    }

    async fn open(
        &self,
        key: &PageKey,
        first_chunk: u64,
        sealed: Uint8Array,
        place: Range<usize>,
    ) -> Result<Uint8Array> {
        let nonce = Uint8Array::from(key.nonce.as_slice());
        let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let chunks = sealed.subarray(at(place.start), at(place.end));
        let opened = self.0.open(&key.key, nonce, number(first_chunk), chunks);
        let opened = JsFuture::from(opened).await;
        bytes_of(opened.map_err(|_| IntegrityError::TamperedContent)?)
    }

    fn length(&self, bytes: &Uint8Array) -> usize {
        bytes.length() as usize
    }

    fn copy(&self, bytes: &Uint8Array, offset: usize, to: &mut [u8]) {
        let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        bytes
            .subarray(at(offset), at(offset + to.len()))
            .copy_to(to);
    }

    fn cut(&self, bytes: Uint8Array, from: usize, length: usize) -> Uint8Array {
        let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        bytes.subarray(at(from), at(from + length))
    }

    fn free(&self, bytes: Uint8Array) {
        self.0.free(&bytes);
    }

    fn pack(&self, bytes: Uint8Array) -> JsValue {
        self.0.pack(&bytes)
    }

    async fn put(
        &self,
        path: &str,
        headers: Headers,
        body: &JsValue,
    ) -> Result<Response, HttpFailure> {
        let fetched = answer(self.0.put(path, headers_out(&headers), body)).await?;
        Ok(Response {
            status: fetched.status,
            retry_after_seconds: fetched.retry_after_seconds,
            body: fetched.body.to_vec(),
        })
    }

    async fn get(
        &self,
        path: &str,
        headers: Headers,
        range: Range<u64>,
    ) -> Result<Fetched<Uint8Array>, HttpFailure> {
        let (start, end) = (number(range.start), number(range.end));
        answer(self.0.get(path, headers_out(&headers), start, end)).await
    }

    async fn flow(
        &self,
        path: &str,
        headers: Headers,
        range: Range<u64>,
    ) -> Result<Fetched<PageFlow>, HttpFailure> {
        let (start, end) = (number(range.start), number(range.end));
        let came = answer_of(self.0.flow(path, headers_out(&headers), start, end)).await?;
        let port = Rc::clone(&self.0);
        Ok(Fetched {
            status: came.status,
            retry_after_seconds: came.retry_after_seconds,
            body: PageFlow {
                port,
                flow: came.body,
            },
        })
    }

    async fn take(
        &self,
        flow: &mut PageFlow,
        again: usize,
        fresh: usize,
    ) -> Result<Uint8Array, HttpFailure> {
        let taken = self.0.take(&flow.flow, again as f64, fresh as f64);
        let taken = JsFuture::from(taken).await;
        let bytes = taken.ok().and_then(|bytes| bytes.dyn_into().ok());
        bytes.ok_or(HttpFailure::Offline)
    }

    async fn pause(&self, milliseconds: u64) {
        let _ = JsFuture::from(self.0.pause(number(milliseconds))).await;
    }
}

type PageTransfers = Transfers<Fetch, PageStorage, PageBulk>;

/// Transfers as the worker holds them.
#[wasm_bindgen(js_name = Transfers)]
pub struct BrowserTransfers(Rc<PageTransfers>);

impl BrowserTransfers {
    pub(super) fn new(
        core: Rc<Mutex<Core<Fetch, PageStorage>>>,
        port: TransferPort,
        on_event: Function,
    ) -> Result<Self, JsValue> {
        let tell = move |told: Told| {
            let text = serde_json::to_string(&told).ok();
            if let Some(told) = text.and_then(|text| JSON::parse(&text).ok()) {
                let _ = on_event.call1(&JsValue::NULL, &told);
            }
        };
        let transfers = Transfers::new(core, PageBulk(Rc::new(port)), tell).map_err(thrown)?;
        Ok(Self(Rc::new(transfers)))
    }
}

fn text_of(arguments: &JsValue) -> Result<String, JsValue> {
    Ok(JSON::stringify(arguments)?.into())
}

fn run(transfers: Rc<PageTransfers>, started: Started<PageBulk>) {
    spawn_local(async move { transfers.run(started).await });
}

#[wasm_bindgen(js_class = Transfers)]
impl BrowserTransfers {
    /// Begins an upload of a `File` or `Blob`, and goes on with it after the promise.
    #[wasm_bindgen(js_name = startUpload)]
    pub fn start_upload(
        &self,
        arguments: JsValue,
        source: JsValue,
        size_bytes: f64,
        last_modified_ms: f64,
        thumbnail: Option<Vec<u8>>,
    ) -> Promise {
        let transfers = Rc::clone(&self.0);
        let facts = (size_bytes as u64, last_modified_ms as u64);
        future_to_promise(async move {
            let arguments = text_of(&arguments)?;
            let started = transfers
                .start_upload(&arguments, source, facts, thumbnail)
                .await
                .map_err(thrown)?;
            run(transfers, started);
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Goes on with an upload after a reload.
    #[wasm_bindgen(js_name = resumeUpload)]
    pub fn resume_upload(
        &self,
        transfer: String,
        source: JsValue,
        name: String,
        size_bytes: f64,
        last_modified_ms: f64,
    ) -> Promise {
        let transfers = Rc::clone(&self.0);
        let facts = (size_bytes as u64, last_modified_ms as u64);
        future_to_promise(async move {
            let facts = (name.as_str(), facts.0, facts.1);
            let started = transfers
                .resume_upload(&transfer, source, facts)
                .await
                .map_err(thrown)?;
            run(transfers, started);
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Pauses a transfer.
    pub fn pause(&self, transfer: &str) {
        self.0.pause(transfer);
    }

    /// Goes on with a transfer that was paused or has failed.
    pub fn resume(&self, transfer: String) -> Promise {
        let transfers = Rc::clone(&self.0);
        future_to_promise(async move {
            let started = transfers.resume(&transfer).await.map_err(thrown)?;
            if let Some(started) = started {
                run(transfers, started);
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Ends a transfer and forgets it.
    pub fn cancel(&self, transfer: String) -> Promise {
        let transfers = Rc::clone(&self.0);
        future_to_promise(async move {
            transfers.cancel(&transfer).await.map_err(thrown)?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Ends everything, as a lock does.
    #[wasm_bindgen(js_name = stopAll)]
    pub fn stop_all(&self) {
        self.0.stop_all();
    }

    /// Begins to read a whole file.
    #[wasm_bindgen(js_name = startDownload)]
    pub fn start_download(&self, arguments: JsValue) -> Promise {
        let transfers = Rc::clone(&self.0);
        future_to_promise(async move {
            let arguments = text_of(&arguments)?;
            let download = transfers.start_download(&arguments).await;
            let download = download.map_err(thrown)?;
            Ok(BrowserDownload {
                name: download.name().to_owned(),
                media_type: download.media_type().to_owned(),
                size_bytes: number(download.size_bytes()),
                download: Rc::new(Mutex::new(download)),
            }
            .into())
        })
    }

    /// Reads a range of at most 8 MiB; undefined behind the file's end.
    pub fn read(&self, arguments: JsValue) -> Promise {
        let transfers = Rc::clone(&self.0);
        future_to_promise(async move {
            let arguments = text_of(&arguments)?;
            let bytes = transfers.read(&arguments).await.map_err(thrown)?;
            Ok(bytes.map_or(JsValue::UNDEFINED, JsValue::from))
        })
    }

    /// The small picture of a file; undefined where there is none.
    pub fn thumbnail(&self, arguments: JsValue) -> Promise {
        let transfers = Rc::clone(&self.0);
        future_to_promise(async move {
            let arguments = text_of(&arguments)?;
            let bytes = transfers.thumbnail(&arguments).await.map_err(thrown)?;
            Ok(bytes.map_or(JsValue::UNDEFINED, |bytes| {
                Uint8Array::from(bytes.as_slice()).into()
            }))
        })
    }

    /// Moves or copies a file. What has to be encrypted anew goes on after the answer, where the
    /// page has named it.
    pub fn relocate(&self, arguments: JsValue, moving: bool) -> Promise {
        let transfers = Rc::clone(&self.0);
        future_to_promise(async move {
            let arguments = text_of(&arguments)?;
            let begun = transfers.relocate(&arguments, moving).await;
            if let Some(started) = begun.map_err(thrown)? {
                run(transfers, started);
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Opens a link.
    #[wasm_bindgen(js_name = openLink)]
    pub fn open_link(&self, arguments: JsValue) -> Promise {
        let transfers = Rc::clone(&self.0);
        future_to_promise(async move {
            let arguments = text_of(&arguments)?;
            let opened = transfers.open_link(&arguments).await.map_err(thrown)?;
            JSON::parse(&opened)
        })
    }
}

/// A file that is being read.
#[wasm_bindgen(js_name = FileDownload)]
pub struct BrowserDownload {
    download: Rc<Mutex<Download<Fetch, PageStorage, PageBulk>>>,
    name: String,
    media_type: String,
    size_bytes: f64,
}

#[wasm_bindgen(js_class = FileDownload)]
impl BrowserDownload {
    /// What it is called.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// Its media type, as its author said.
    #[wasm_bindgen(getter, js_name = mediaType)]
    pub fn media_type(&self) -> String {
        self.media_type.clone()
    }

    /// Its length.
    #[wasm_bindgen(getter, js_name = sizeBytes)]
    pub fn size_bytes(&self) -> f64 {
        self.size_bytes
    }

    /// The next verified bytes; undefined at the end.
    pub fn next(&self) -> Promise {
        let download = Rc::clone(&self.download);
        future_to_promise(async move {
            let bytes = download.lock().await.next().await.map_err(thrown)?;
            Ok(bytes.map_or(JsValue::UNDEFINED, JsValue::from))
        })
    }
}
