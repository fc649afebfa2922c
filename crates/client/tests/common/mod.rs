//! A server in this process, and people with profiles of their own.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use strongroom_client::*;
use strongroom_server::{RunningServer, ServeOptions, start};
use tempfile::TempDir;

pub const PASSPHRASE: &str = "correct horse battery";

pub struct World {
    pub folder: TempDir,
    pub server: Option<RunningServer>,
    pub url: String,
    pub ca: PathBuf,
    pub setup_code: String,
    port: u16,
}

pub fn pass(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

pub fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(a, b)| ((*a).into(), (*b).into()))
        .collect()
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = ServeOptions::new(folder.path().join("data"), "127.0.0.1:0".parse().unwrap());
        let server = start(options).await.unwrap();
        Self {
            url: server.url.clone(),
            ca: server.ca_file.clone(),
            setup_code: server.setup_code.clone().unwrap(),
            port: server.addr.port(),
            server: Some(server),
            folder,
        }
    }

    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        let address = format!("127.0.0.1:{}", self.port).parse().unwrap();
        let options = ServeOptions::new(self.folder.path().join("data"), address);
        self.server = Some(start(options).await.unwrap());
    }

    pub fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join("homes").join(name)
    }

    pub fn kit(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.kit"))
    }

    pub fn kit_text(&self, name: &str) -> String {
        std::fs::read_to_string(self.kit(name)).unwrap()
    }

    pub fn environment(&self) -> Environment {
        Environment::default().with_retries(2, 10)
    }

    pub async fn signup(&self, name: &str, code: &str) -> Client {
        let request = SignupRequest {
            home: self.home(name),
            url: self.url.clone(),
            code: code.to_owned(),
            name: name.to_owned(),
            ca_file: self.ca.clone(),
            passphrase: pass(PASSPHRASE),
            device_name: "laptop".into(),
            kit_out: Some(self.kit(name)),
        };
        let (client, _) = Client::signup_with(request, self.environment())
            .await
            .unwrap();
        client
    }

    pub async fn founder(&self, name: &str) -> Client {
        self.signup(name, &self.setup_code).await
    }

    pub async fn join(&self, admin: &Client, name: &str) -> Client {
        let code = admin
            .account_invite(AccountRole::Member, 3_600_000)
            .await
            .unwrap();
        self.signup(name, &code.code).await
    }

    pub fn login_request(
        &self,
        home: &str,
        name: &str,
        passphrase: &str,
        kit: bool,
    ) -> LoginRequest {
        LoginRequest {
            home: self.home(home),
            url: self.url.clone(),
            name: name.into(),
            ca_file: self.ca.clone(),
            passphrase: pass(passphrase),
            kit_text: kit.then(|| self.kit_text(name)),
            device_name: home.into(),
        }
    }

    pub async fn login(
        &self,
        home: &str,
        name: &str,
        passphrase: &str,
        kit: bool,
    ) -> Result<Client> {
        let request = self.login_request(home, name, passphrase, kit);
        Client::login_with(request, self.environment()).await
    }
}
