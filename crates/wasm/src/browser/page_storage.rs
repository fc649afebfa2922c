//! The worker's key-value store (over IndexedDB) as the core's storage.

use crate::platform::{Storage, StorageFailure};
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// What the worker gives.
    pub type JsStorage;

    #[wasm_bindgen(method, catch)]
    fn alone(this: &JsStorage) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn get(this: &JsStorage, key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn put(this: &JsStorage, key: &str, value: Uint8Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn delete(this: &JsStorage, key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn clear(this: &JsStorage) -> Result<Promise, JsValue>;
}

/// Gives the storage back to other pages.
pub(super) struct PageAlone(Option<Function>);

impl Drop for PageAlone {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

/// See the module.
pub(super) struct PageStorage(JsStorage);

impl PageStorage {
    pub fn new(storage: JsStorage) -> Self {
        Self(storage)
    }
}

async fn done(promise: Result<Promise, JsValue>) -> Result<JsValue, StorageFailure> {
    let result = match promise {
        Ok(promise) => JsFuture::from(promise).await,
        Err(error) => Err(error),
    };
    result.map_err(|error| {
        let property = |name| {
            let value = Reflect::get(&error, &JsValue::from_str(name)).ok()?;
            value.as_string()
        };
        StorageFailure {
            full: property("code").as_deref() == Some("storage_full"),
            text: property("message").unwrap_or_default(),
        }
    })
}

impl Storage for PageStorage {
    type Alone = PageAlone;

    async fn alone(&self) -> PageAlone {
        let held = done(self.0.alone()).await;
        PageAlone(held.ok().and_then(|release| release.dyn_into().ok()))
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StorageFailure> {
        let found = done(self.0.get(key)).await?;
        if found.is_undefined() || found.is_null() {
            return Ok(None);
        }
        match found.dyn_into::<Uint8Array>() {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(_) => Err(StorageFailure {
                full: false,
                text: "a stored value is not bytes".to_owned(),
            }),
        }
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StorageFailure> {
        done(self.0.put(key, Uint8Array::from(value)))
            .await
            .map(drop)
    }

    async fn delete(&self, key: &str) -> Result<(), StorageFailure> {
        done(self.0.delete(key)).await.map(drop)
    }

    async fn clear(&self) -> Result<(), StorageFailure> {
        done(self.0.clear()).await.map(drop)
    }
}
