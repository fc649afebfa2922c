//! Two tenants, people of every standing, and a vault with something of everything; and for
//! each operation the request that its owner would send.

use crate::{
    files::Upload,
    people::{PASSPHRASE, Person},
    wire::Request,
    world::World,
};
use strongroom_crypto::opaque::{ClientRegistration, Identifiers};
use strongroom_format::transport::Append;
use strongroom_types::*;
use strongroom_vault::{Invitation, link, person};
use strongroom_wire::*;

pub struct Scene {
    pub world: World,
    /// Founder, owner of the vault.
    pub ada: Person,
    /// Writer.
    pub bob: Person,
    /// Of the same tenant, in no vault.
    pub carol: Person,
    /// Reader.
    pub rex: Person,
    /// Retired; her last token.
    pub rita: Person,
    /// Founder of the other tenant.
    pub olga: Person,
    pub guest: Invitation,
    pub vault: VaultId,
    pub file: Upload,
    pub open_upload: Upload,
    pub link: LinkId,
    pub recovery_token: String,
    pub operations: Vec<Operation>,
}

/// A request as it would be sent by who may.
#[derive(Clone)]
pub struct Operation {
    pub method: &'static str,
    pub pattern: &'static str,
    pub request: Request,
    /// Whether it can be sent again and again without harm to the scene.
    pub harmless: bool,
}

impl Scene {
    pub async fn new() -> Self {
        let mut world = World::new().await;
        let code = world.setup_code();
        let ada = world.founder("Ada", code).await;
        let code = world.another_setup_code().await;
        let olga = world.founder("Olga", code).await;
        assert_ne!(ada.session.tenant, olga.session.tenant);
        let bob = world.colleague(&ada, "Bob").await;
        let carol = world.colleague(&ada, "Carol").await;
        let rex = world.colleague(&ada, "Rex").await;
        let rita = world.colleague(&ada, "Rita").await;
        let (guest, invite_post) = world.invite(&ada).await;
        let retire = person::retire(
            &world.directory(&ada).await,
            ada.new.device(),
            rita.identity(),
        )
        .unwrap();
        let body = Append::of(vec![retire]).to_bytes();
        let retire = world.cbor("/v1/directory/entries", ada.token(), body);
        world.ask(&retire).await.ok();

        let (vault, create_vault) = world.create_vault(&ada).await;
        world.add_member(&ada, vault, &bob, Role::Writer).await;
        world.add_member(&ada, vault, &rex, Role::Reader).await;
        let append = world.append_record(&ada, vault).await;
        world.append_record(&bob, vault).await;
        let file = world.put_file(&ada, vault, &vec![7; 40_000]).await;
        let made = link::make(
            file.sealed.key(),
            file.sealed.manifest(),
            link::LinkLimits::default(),
            None,
            &mut world.rng(),
        );
        let seat = world.seat(&ada, vault).await;
        let entry = seat.author(&ada).append(&made.payload);
        let with_box = Append {
            entries: vec![entry],
            wraps: Vec::new(),
            link_boxes: vec![made.link_box.clone()],
        };
        world.append(&ada, vault, &with_box).await.ok();

        let open_upload = world.seal_file(&ada, vault, &vec![8; 20_000]);
        let start_upload = world.start_upload(&ada, vault, &open_upload);
        world.ask(&start_upload).await.ok();
        let put_part = world.put_part(&ada, vault, &open_upload, 0);
        world.ask(&put_part).await.ok();
        let put_tree = world.put_tree(&ada, vault, &open_upload);
        world.ask(&put_tree).await.ok();

        let recovery_token = world.recovery_session(&ada).await.session_token;
        let mut scene = Self {
            link: made.link,
            world,
            ada,
            bob,
            carol,
            rex,
            rita,
            olga,
            guest,
            vault,
            file,
            open_upload,
            recovery_token,
            operations: Vec::new(),
        };
        let mut all = scene.reads();
        all.extend(scene.way_in().await);
        all.extend(scene.own_account().await);
        let token = link::token(made.link, &made.fragment);
        all.extend(scene.links(token).await);
        let harmless = |method, pattern, request| Operation {
            method,
            pattern,
            request,
            harmless: true,
        };
        let upload = "/v1/vaults/{vault}/uploads/{revision}";
        all.extend([
            harmless("POST", "/v1/invites", invite_post),
            harmless("POST", "/v1/directory/entries", retire),
            harmless("POST", "/v1/vaults", create_vault),
            harmless("POST", "/v1/vaults/{vault}/entries", append),
            harmless("POST", "/v1/vaults/{vault}/uploads", start_upload),
            harmless(
                "PUT",
                "/v1/vaults/{vault}/uploads/{revision}/parts/{n}",
                put_part,
            ),
            harmless(
                "PUT",
                "/v1/vaults/{vault}/uploads/{revision}/tree/{n}",
                put_tree,
            ),
            Operation {
                method: "DELETE",
                pattern: upload,
                request: scene.world.write(
                    "DELETE",
                    &scene.open_upload.path(scene.vault),
                    scene.ada.token(),
                ),
                harmless: false,
            },
        ]);
        scene.operations = all;
        scene
    }

    fn reads(&self) -> Vec<Operation> {
        let (vault, token) = (self.vault, self.ada.token());
        let revision = "/v1/vaults/{vault}/files/{file}/revisions/{revision}";
        let mut all: Vec<Operation> = Vec::new();
        let mut get = |pattern: &'static str, target: String| {
            all.push(Operation {
                method: "GET",
                pattern,
                request: Request::new("GET", &target).bearer(token),
                harmless: true,
            });
        };
        for pattern in [
            "/livez",
            "/readyz",
            "/metrics",
            "/v1/server",
            "/v1/openapi.json",
            "/v1/ca.pem",
            "/v1/account",
            "/v1/sessions",
            "/v1/accounts",
            "/v1/wallet",
            "/v1/vaults",
            "/v1/events",
            "/v1/storage",
        ] {
            get(pattern, pattern.to_owned());
        }
        get("/v1/quotas/{account_role}", "/v1/quotas/member".to_owned());
        get("/l/{link}", format!("/l/{}", self.link));
        get(
            "/v1/directory/entries",
            "/v1/directory/entries?after=0&limit=5".to_owned(),
        );
        get(
            "/v1/vaults/{vault}/entries",
            format!("/v1/vaults/{vault}/entries?after=1&limit=3&control_only=true"),
        );
        get(
            "/v1/vaults/{vault}/wraps/{epoch}",
            format!("/v1/vaults/{vault}/wraps/1"),
        );
        get(
            "/v1/vaults/{vault}/uploads/{revision}",
            self.open_upload.path(vault),
        );
        get(
            "/v1/vaults/{vault}/files/{file}/revisions/{revision}/content",
            self.file.content_path(vault, "content"),
        );
        get(
            "/v1/vaults/{vault}/files/{file}/revisions/{revision}/tree",
            self.file.content_path(vault, "tree"),
        );
        for operation in &mut all {
            if operation.pattern.starts_with(revision) {
                operation.request = operation.request.clone().header("range", "bytes=3-99");
            }
        }
        all
    }

    /// Invitation, sign-up, login.
    async fn way_in(&self) -> Vec<Operation> {
        let world = &self.world;
        let invite = self.guest.invite();
        let auth = format!("Invite {invite}.{}", self.guest.auth());
        let (_, request) = ClientRegistration::start(PASSPHRASE, &mut world.rng()).unwrap();
        let start = SignupStart {
            proof: SignupProof::Invite {
                invite,
                auth: self.guest.auth(),
            },
            name: "Guest".to_owned(),
            opaque_request: request.into(),
        };
        let (_, login) = world.login_start("Ada", PASSPHRASE);
        let login = serde_json::to_vec(&login).unwrap();
        let finish = LoginFinish {
            login: SessionId::make(&mut world.rng()),
            finalization: vec![0; 64].into(),
            device_name: "x".to_owned(),
        };
        let finish = serde_json::to_vec(&finish).unwrap();
        let json = "application/json";
        let post = |pattern: &'static str, request| Operation {
            method: "POST",
            pattern,
            request,
            harmless: true,
        };
        vec![
            Operation {
                method: "GET",
                pattern: "/v1/invites/{invite}",
                request: Request::new("GET", &format!("/v1/invites/{invite}"))
                    .header("authorization", auth),
                harmless: true,
            },
            post(
                "/v1/signup/start",
                world.json("POST", "/v1/signup/start", "", &start),
            ),
            post("/v1/signup/finish", self.bob.finish.clone()),
            post(
                "/v1/login/start",
                Request::new("POST", "/v1/login/start").body(json, login),
            ),
            post(
                "/v1/login/finish",
                Request::new("POST", "/v1/login/finish").body(json, finish),
            ),
            post("/v1/recover", world.recover_request("Ada", Digest::ZERO)),
            Operation {
                method: "POST",
                pattern: "/v1/logout",
                request: Request::new("POST", "/v1/logout").bearer(self.ada.token()),
                harmless: false,
            },
        ]
    }

    async fn own_account(&self) -> Vec<Operation> {
        let (world, token) = (&self.world, self.ada.token());
        let quota = Quota {
            file_max_bytes: None,
            total_max_bytes: None,
            parts_in_flight_max: Some(4),
        };
        let rita = self.rita.identity();
        let (state, request) = ClientRegistration::start(PASSPHRASE, &mut world.rng()).unwrap();
        let start = CredentialStart {
            opaque_request: request.into(),
        };
        let start = world.json("POST", "/v1/credentials/start", token, &start);
        let started: CredentialStarted = world.ask(&start).await.json();
        let (upload, _) = state
            .finish(
                PASSPHRASE,
                &started.opaque_response.0,
                &Identifiers::default(),
                &mut world.rng(),
            )
            .unwrap();
        let finish = CredentialFinish {
            credential: started.credential,
            opaque_upload: upload.into(),
        };
        let finish = world.json("POST", "/v1/credentials/finish", token, &finish);
        world.ask(&finish).await.ok();
        let view: WalletView = world.get("/v1/wallet", token).await.json();
        let put = WalletPut {
            wallet: view.wallet,
            recover_auth_hash: None,
            promote_credential: None,
        };
        let write = |method: &'static str, pattern: &'static str, request| Operation {
            method,
            pattern,
            request,
            harmless: true,
        };
        let delete = |path: String| world.write("DELETE", &path, token);
        let own_session = Operation {
            harmless: false,
            ..write(
                "DELETE",
                "/v1/sessions/{session}",
                delete(format!("/v1/sessions/{}", self.ada.session.session)),
            )
        };
        let own_sessions = Operation {
            harmless: false,
            ..write(
                "DELETE",
                "/v1/accounts/{identity}/sessions",
                delete(format!("/v1/accounts/{}/sessions", self.ada.identity())),
            )
        };
        let own_quota = Operation {
            harmless: false,
            ..write(
                "PUT",
                "/v1/accounts/{identity}/quota",
                world.json(
                    "PUT",
                    &format!("/v1/accounts/{}/quota", self.ada.identity()),
                    token,
                    &quota,
                ),
            )
        };
        let path = "/v1/account/recovery-confirm";
        vec![
            write("POST", path, world.confirm(&self.ada)),
            own_session,
            own_sessions,
            own_quota,
            write(
                "DELETE",
                "/v1/sessions/{session}",
                delete("/v1/sessions/00112233445566778899aabbccddeeff".to_owned()),
            ),
            write(
                "DELETE",
                "/v1/accounts/{identity}/sessions",
                delete(format!("/v1/accounts/{rita}/sessions")),
            ),
            write(
                "PUT",
                "/v1/accounts/{identity}/quota",
                world.json("PUT", &format!("/v1/accounts/{rita}/quota"), token, &quota),
            ),
            write(
                "PUT",
                "/v1/quotas/{account_role}",
                world.json("PUT", "/v1/quotas/member", token, &quota),
            ),
            write(
                "PUT",
                "/v1/wallet",
                world.json("PUT", "/v1/wallet", token, &put),
            ),
            write("POST", "/v1/credentials/start", start),
            write("POST", "/v1/credentials/finish", finish),
        ]
    }

    async fn links(&self, token: Digest) -> Vec<Operation> {
        let link = self.link;
        let with_token =
            |path: String| Request::new("GET", &path).header(LINK_TOKEN_HEADER, token.to_string());
        let open = with_token(format!("/v1/links/{link}"));
        let view: LinkView = self.world.ask(&open).await.json();
        let get = |pattern: &'static str, request| Operation {
            method: "GET",
            pattern,
            request,
            harmless: true,
        };
        let with_grant = |what: &str| {
            Request::new(
                "GET",
                &format!("/v1/links/{link}/{what}?grant={}", view.grant),
            )
        };
        vec![
            get(
                "/v1/links/{link}/info",
                with_token(format!("/v1/links/{link}/info")),
            ),
            get("/v1/links/{link}", open),
            get("/v1/links/{link}/content", with_grant("content")),
            get("/v1/links/{link}/tree", with_grant("tree")),
        ]
    }

    /// Everything that the people here can see. What is refused must not change it.
    pub async fn fingerprint(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        for person in [&self.ada, &self.bob, &self.rex, &self.carol, &self.olga] {
            let mut paths: Vec<String> = [
                "/v1/account",
                "/v1/sessions",
                "/v1/wallet",
                "/v1/vaults",
                "/v1/directory/entries",
                "/v1/accounts",
            ]
            .map(str::to_owned)
            .to_vec();
            let vaults = self.world.get("/v1/vaults", person.token()).await;
            let vaults: VaultList = vaults.json();
            for vault in vaults.vaults.iter().map(|row| row.vault) {
                paths.push(format!("/v1/vaults/{vault}/entries"));
                paths.push(format!("/v1/vaults/{vault}/wraps/1"));
                if vault == self.vault {
                    paths.push(self.open_upload.path(vault));
                    paths.push(self.file.content_path(vault, "content"));
                    paths.push(self.file.content_path(vault, "tree"));
                }
            }
            for path in paths {
                let answer = self.world.get(&path, person.token()).await;
                assert!(answer.status < 500, "{path}: {}", answer.text());
                let name = format!("{} {path} {}", person.new.name(), answer.status);
                all.push((name, without_times(answer.body)));
            }
        }
        all
    }

    /// The logs replay and verify for everybody who may read them.
    pub async fn verify(&self) {
        for person in [&self.ada, &self.bob, &self.rex] {
            let vaults = self.world.get("/v1/vaults", person.token()).await;
            let vaults: VaultList = vaults.json();
            for row in vaults.vaults {
                let seat = self.world.seat(person, row.vault).await;
                assert_eq!(seat.machine.state().head().unwrap().hash, row.head_hash);
            }
        }
        self.world.directory(&self.olga).await;
    }
}

/// To be seen is no change.
fn without_times(body: Vec<u8>) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&body) else {
        return body;
    };
    for list in ["sessions", "accounts"] {
        for row in value[list].as_array_mut().into_iter().flatten() {
            row.as_object_mut().unwrap().remove("last_seen_ms");
        }
    }
    value.to_string().into_bytes()
}

/// What differs between two fingerprints, for people.
pub fn difference(before: &[(String, Vec<u8>)], after: &[(String, Vec<u8>)]) -> Vec<String> {
    let text = |body: &[u8]| String::from_utf8_lossy(&body[..body.len().min(700)]).into_owned();
    let mut found: Vec<String> = before
        .iter()
        .zip(after)
        .filter(|(one, two)| one != two)
        .map(|(one, two)| format!("{}: {}\n{}: {}", one.0, text(&one.1), two.0, text(&two.1)))
        .collect();
    if before.len() != after.len() {
        found.push(format!("{} answers, now {}", before.len(), after.len()));
    }
    found
}
