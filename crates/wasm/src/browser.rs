//! The core in a browser's worker: fetch, the page's storage, the system's clock and randomness.
//! The only place that knows JavaScript.

mod fetch;
mod page_storage;
mod transfers;

use crate::CoreError;
use crate::core::Core;
use crate::platform::{HttpFailure, Platform};
use fetch::Fetch;
use futures::lock::Mutex;
use js_sys::{Error, Function, JSON, Promise};
use page_storage::{JsStorage, PageStorage};
use std::rc::Rc;
use strongroom_crypto::SystemRng;
use strongroom_types::{Clock, TimestampMs};
use strongroom_wire::EventLines;
use transfers::{BrowserTransfers, TransferPort};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use zeroize::Zeroizing;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);
}

/// The browser's clock.
struct PageClock;

impl Clock for PageClock {
    fn now_ms(&self) -> TimestampMs {
        // Milliseconds of this age fit a double exactly.
        js_sys::Date::now() as u64
    }
}

/// What the worker holds. Calls may overlap; they are done one after the other.
#[wasm_bindgen(js_name = Core)]
pub struct BrowserCore {
    core: Rc<Mutex<Core<Fetch, PageStorage>>>,
    fetch: Fetch,
    on_event: Function,
}

#[wasm_bindgen(js_class = Core)]
impl BrowserCore {
    /// A core for the server at `origin` over a storage with `get`, `put`, `delete` and `clear`.
    /// `on_event` is called with `{ event: "changed", vault }`: the id of a vault that has grown,
    /// or null for the directory.
    #[wasm_bindgen(constructor)]
    pub fn new(
        origin: &str,
        storage: JsStorage,
        on_event: Function,
        device_name: &str,
    ) -> BrowserCore {
        // A fault of the core names its place: without this, a browser only says "unreachable".
        std::panic::set_hook(Box::new(|fault| console_error(&fault.to_string())));
        let fetch = Fetch::new(origin);
        let platform = Platform::new(
            fetch.clone(),
            PageStorage::new(storage),
            origin,
            device_name,
            Box::new(PageClock),
            Box::new(SystemRng),
        );
        BrowserCore {
            core: Rc::new(Mutex::new(Core::new(platform))),
            fetch,
            on_event,
        }
    }

    /// Does one call; the promise gives an object, or throws `{ code, message, hint?, exit }`.
    pub fn call(&self, method: String, arguments: JsValue) -> Promise {
        let core = Rc::clone(&self.core);
        let arguments = JSON::stringify(&arguments).map(|text| Zeroizing::new(text.into()));
        future_to_promise(async move {
            let arguments: Zeroizing<String> = arguments?;
            let answer = core.lock().await.call(&method, &arguments).await;
            JSON::parse(&answer.map_err(thrown)?)
        })
    }

    /// The transfers of this core, over `port` for bulk bytes. Before the first call.
    pub fn transfers(&self, port: TransferPort) -> Result<BrowserTransfers, JsValue> {
        let core = Rc::clone(&self.core);
        BrowserTransfers::new(core, port, self.on_event.clone())
    }

    /// Tells of logs that grow, until the connection ends.
    pub fn watch(&self) -> Promise {
        let (core, fetch) = (Rc::clone(&self.core), self.fetch.clone());
        let on_event = self.on_event.clone();
        future_to_promise(async move {
            let session = core.lock().await.session();
            let (tenant, token) = session.ok_or_else(|| thrown(crate::store::signed_out()))?;
            let tenant = tenant.to_string();
            let mut lines = EventLines::default();
            let mut on_chunk = |chunk: &[u8]| {
                let Some(events) = lines.take(chunk) else {
                    return false;
                };
                for event in events {
                    let vault = (event.log != tenant).then_some(event.log);
                    let told = serde_json::json!({ "event": "changed", "vault": vault });
                    if let Ok(told) = JSON::parse(&told.to_string()) {
                        let _ = on_event.call1(&JsValue::NULL, &told);
                    }
                }
                true
            };
            fetch
                .stream("/v1/events", &token, &mut on_chunk)
                .await
                .map(|()| JsValue::UNDEFINED)
                .map_err(thrown)
        })
    }
}

impl From<HttpFailure> for JsValue {
    fn from(failure: HttpFailure) -> Self {
        thrown(CoreError::from(failure))
    }
}

/// The error as the page gets it.
fn thrown(error: CoreError) -> JsValue {
    serde_json::to_string(&error)
        .ok()
        .and_then(|text| JSON::parse(&text).ok())
        .unwrap_or_else(|| Error::new(error.message()).into())
}
