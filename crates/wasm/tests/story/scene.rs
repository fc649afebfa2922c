//! A server, and browsers: each with a storage of its own that outlives a reload.

use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use strongroom_client::Client;
use strongroom_crypto::SystemRng;
use strongroom_testkit::world::{PASSPHRASE, World};
use strongroom_types::{Clock, ManualClock};
use strongroom_wasm::{
    Core, CoreError, Http, HttpFailure, Platform, Request, Response, Storage, StorageFailure,
};

/// How the network is.
#[derive(Clone, Copy, PartialEq)]
pub enum Line {
    Whole,
    /// Nothing arrives.
    Cut,
    /// Writes below `/v1/vaults/` arrive, their answers do not.
    AnswersLost,
    /// Entries arrive, their answers do not.
    AppendsLost,
}

/// The network of one browser.
pub struct Net {
    client: reqwest::Client,
    origin: String,
    line: Rc<Cell<Line>>,
}

impl Http for Net {
    async fn send(&self, request: Request) -> Result<Response, HttpFailure> {
        if self.line.get() == Line::Cut {
            return Err(HttpFailure::Offline);
        }
        let lost = self.line.get() == Line::AnswersLost
            && request.method == "POST"
            && request.path.starts_with("/v1/vaults/")
            || self.line.get() == Line::AppendsLost
                && request.method == "POST"
                && request.path.ends_with("/entries");
        let response = carry(&self.client, &self.origin, request).await?;
        match lost {
            true => Err(HttpFailure::Offline),
            false => Ok(response),
        }
    }
}

/// Carries a request to the server and its answer back, as a browser does.
pub async fn carry(
    client: &reqwest::Client,
    origin: &str,
    request: Request,
) -> Result<Response, HttpFailure> {
    let url = format!("{origin}{}", request.path);
    let mut builder = client
        .request(request.method.parse().unwrap(), url)
        .body(request.body);
    for (name, value) in &request.headers {
        builder = builder.header(*name, value.as_str());
    }
    let response = builder.send().await.map_err(|_| HttpFailure::Offline)?;
    let retry_after_seconds = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(|_| HttpFailure::Offline)?;
    if body.len() > request.answer_max_bytes {
        return Err(HttpFailure::TooLarge);
    }
    Ok(Response {
        status,
        retry_after_seconds,
        body: body.to_vec(),
    })
}

/// What a browser stores, and what one page at a time holds it by; a clone is the same one.
#[derive(Clone, Default)]
pub struct Disk(
    pub Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    Arc<tokio::sync::Mutex<()>>,
);

impl Disk {
    /// Another browser's, with these values.
    pub fn of(values: BTreeMap<String, Vec<u8>>) -> Self {
        Self(Rc::new(RefCell::new(values)), Arc::default())
    }
}

/// Holds a disk for one page.
pub type Alone = tokio::sync::OwnedMutexGuard<()>;

impl Storage for Disk {
    type Alone = Alone;

    async fn alone(&self) -> Alone {
        Arc::clone(&self.1).lock_owned().await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StorageFailure> {
        let found = self.0.borrow().get(key).cloned();
        // Another page may have its turn before the answer is here.
        tokio::task::yield_now().await;
        Ok(found)
    }
    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StorageFailure> {
        self.0.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }
    async fn delete(&self, key: &str) -> Result<(), StorageFailure> {
        self.0.borrow_mut().remove(key);
        Ok(())
    }
    async fn clear(&self) -> Result<(), StorageFailure> {
        self.0.borrow_mut().clear();
        Ok(())
    }
}

struct Held(Arc<dyn Clock>);

impl Clock for Held {
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }
}

/// A browser with the page open.
pub struct Browser {
    pub core: Core<Net, Disk>,
    pub disk: Disk,
    pub line: Rc<Cell<Line>>,
}

impl Browser {
    /// A browser that was never here.
    pub fn new(world: &World) -> Self {
        Self::with_disk(world, Disk::default())
    }

    /// The page in a browser with this storage.
    pub fn with_disk(world: &World, disk: Disk) -> Self {
        Self::at(world, &world.server.url, disk)
    }

    /// The same, opened at another address of the server.
    pub fn at(world: &World, origin: &str, disk: Disk) -> Self {
        let ca = std::fs::read(&world.server.ca_file).unwrap();
        let ca = reqwest::Certificate::from_pem(&ca).unwrap();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .tls_certs_only([ca])
            .https_only(true)
            .no_proxy()
            .build()
            .unwrap();
        let line = Rc::new(Cell::new(Line::Whole));
        let net = Net {
            client,
            origin: world.server.url.clone(),
            line: line.clone(),
        };
        let platform = Platform::new(
            net,
            disk.clone(),
            origin,
            "Browser",
            Box::new(Held(world.clock.clone())),
            Box::new(SystemRng),
        );
        Self {
            core: Core::new(platform),
            disk,
            line,
        }
    }

    /// The page is loaded again: memory is gone, the storage stays.
    pub fn reload(self, world: &World) -> Self {
        Self::with_disk(world, self.disk)
    }

    /// A call that must work.
    pub async fn call(&mut self, method: &str, arguments: Value) -> Value {
        match self.try_call(method, arguments).await {
            Ok(answer) => answer,
            Err(error) => panic!("{method}: {error:?}"),
        }
    }

    pub async fn try_call(&mut self, method: &str, arguments: Value) -> Result<Value, CoreError> {
        let answer = self.core.call(method, &arguments.to_string()).await?;
        Ok(serde_json::from_str(&answer).unwrap())
    }

    /// A call that must fail: exit number and code.
    pub async fn fails(&mut self, method: &str, arguments: Value) -> (u8, String) {
        match self.try_call(method, arguments).await {
            Ok(answer) => panic!("{method} worked: {answer}"),
            Err(error) => (error.exit(), error.code().to_owned()),
        }
    }

    pub async fn log_in(&mut self, name: &str, kit: Option<&str>) {
        let arguments = json!({ "name": name, "passphrase": PASSPHRASE, "kit": kit });
        self.call("log_in", arguments).await;
    }

    /// Signs up with the set-up code and confirms the kit, which it gives.
    pub async fn found(&mut self, world: &World, name: &str) -> String {
        let code = world.server.setup_code.clone().unwrap();
        self.sign_up(name, &code).await
    }

    /// Signs up with any code and confirms the kit, which it gives.
    pub async fn sign_up(&mut self, name: &str, code: &str) -> String {
        let arguments = json!({ "code": code, "name": name, "passphrase": PASSPHRASE });
        let shown = self.call("sign_up", arguments).await;
        let kit = shown["kit"].as_str().unwrap().to_owned();
        self.call("confirm_kit", json!({ "text": kit })).await;
        kit
    }

    pub async fn create_vault(&mut self, name: &str) -> String {
        let made = self.call("create_vault", json!({ "name": name })).await;
        made["vault"].as_str().unwrap().to_owned()
    }

    pub async fn add(&mut self, vault: &str, title: &str) -> String {
        let fields = json!({ "title": title });
        let arguments = json!({ "vault": vault, "table": "case", "fields": fields });
        let added = self.call("add_record", arguments).await;
        added["record"].as_str().unwrap().to_owned()
    }

    pub async fn cases(&mut self, vault: &str) -> Vec<Value> {
        let arguments = json!({ "vault": vault, "table": "case" });
        let listed = self.call("records", arguments).await;
        listed["records"].as_array().unwrap().clone()
    }

    /// Titles of the cases, sorted.
    pub async fn titles(&mut self, vault: &str) -> Vec<String> {
        let mut titles: Vec<String> = self
            .cases(vault)
            .await
            .iter()
            .map(|case| case["fields"]["title"].as_str().unwrap_or("").to_owned())
            .collect();
        titles.sort();
        titles
    }

    /// The one case of this title.
    pub async fn case(&mut self, vault: &str, title: &str) -> Value {
        let cases = self.cases(vault).await;
        let mut found = cases
            .into_iter()
            .filter(|case| case["fields"]["title"] == title);
        let case = found.next().expect("the case");
        assert!(found.next().is_none());
        case
    }
}

/// What names a version in a call.
pub fn version_of(case: &Value) -> Value {
    json!({ "vault": case["vault"], "record": case["record"], "version": case["version"] })
}

/// What edits a version.
pub fn edit_of(case: &Value, fields: Value) -> Value {
    let mut arguments = version_of(case);
    arguments["fields"] = fields;
    arguments
}

/// Ada has founded and has a vault: the world, her browser, her kit and the vault.
pub async fn ada_with_cases() -> (World, Browser, String, String) {
    let world = World::start().await.unwrap();
    let mut browser = Browser::new(&world);
    let kit = browser.found(&world, "ada").await;
    let vault = browser.create_vault("Cases").await;
    (world, browser, kit, vault)
}

/// Ada on the command line, on a machine of its own.
pub async fn laptop_of_ada(world: &World, kit: &str) -> Client {
    world
        .login("ada", "laptop", PASSPHRASE, Some(kit.to_owned()))
        .await
        .unwrap()
}

/// A world whose clock stands still.
pub async fn still_world() -> (World, Arc<ManualClock>) {
    let mut world = World::start().await.unwrap();
    let clock = world.hold_clock();
    (world, clock)
}
