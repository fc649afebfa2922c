//! Administrators: people, limits, sessions, the log; and nothing of it for others.

use crate::scene::Browser;
use serde_json::{Value, json};
use strongroom_testkit::world::World;

async fn two(world: &World) -> (Browser, Browser) {
    let mut ada = Browser::new(world);
    ada.found(world, "ada").await;
    let made = json!({ "account_role": "member", "valid_ms": 3_600_000 });
    let made = ada.call("invite_colleague", made).await;
    let mut ben = Browser::new(world);
    ben.sign_up("ben", made["code"].as_str().unwrap()).await;
    (ada, ben)
}

async fn person(of: &mut Browser, name: &str) -> Value {
    let people = of.call("people", json!({})).await;
    let people = people["people"].as_array().unwrap().clone();
    people
        .into_iter()
        .find(|person| person["name"] == name)
        .expect("the person")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sets_roles_and_limits_and_signs_people_out() {
    let world = World::start().await.unwrap();
    let (mut ada, mut ben) = two(&world).await;
    let mine = ada.call("administration", json!({})).await;
    assert_eq!(mine["administrator"], true);
    let known = person(&mut ada, "ben").await;
    assert_eq!(known["account_role"], "member");
    assert_eq!(
        (&known["you"], &known["retired"]),
        (&json!(false), &json!(false))
    );
    let identity = known["identity"].clone();

    let quota =
        json!({ "file_max_bytes": 1_000, "total_max_bytes": null, "parts_in_flight_max": null });
    let arguments = json!({ "identity": identity, "quota": quota });
    ada.call("set_quota", arguments).await;
    assert_eq!(person(&mut ada, "ben").await["quota"], quota);
    let limits = json!({ "account_role": "member", "quota": quota });
    ada.call("set_role_quota", limits).await;
    let member = json!({ "account_role": "member" });
    let now = ada.call("role_quota", member).await;
    assert_eq!(now["quota"], quota);
    assert_eq!(now["in_force"]["file_max_bytes"], 1_000);
    let admins = ada.call("role_quota", json!({ "account_role": "admin" }));
    assert_eq!(admins.await["quota"]["file_max_bytes"], Value::Null);

    let admin = json!({ "identity": identity, "account_role": "admin" });
    ada.call("set_account_role", admin).await;
    ben.call("vaults", json!({})).await;
    let his = ben.call("administration", json!({})).await;
    assert_eq!(his["administrator"], true);
    let member = json!({ "identity": identity, "account_role": "member" });
    ada.call("set_account_role", member).await;

    let policy = json!({ "image_max_pixels": 2_560, "offline_max_days": 30 });
    ada.call("set_policy", policy.clone()).await;
    assert_eq!(ben.call("policy", json!({})).await, policy);

    let health = ada.call("health", json!({})).await;
    assert_eq!(
        (&health["ready"], &health["people"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(health["administrators"], 1);
    let disks = health["disks"].as_array().unwrap();
    assert!(!disks.is_empty());
    for disk in disks {
        assert!(disk["free_bytes"].as_u64() <= disk["total_bytes"].as_u64());
        assert!(disk["short"].is_boolean());
    }

    ada.call("sign_out_person", json!({ "identity": identity }))
        .await;
    assert_eq!(ben.fails("vaults", json!({})).await.1, "unauthenticated");
    ben.log_in("ben", None).await;
    ada.call("retire", json!({ "identity": identity })).await;
    assert_eq!(person(&mut ada, "ben").await["retired"], true);
    assert!(ben.try_call("vaults", json!({})).await.is_err());

    let log = ada.call("audit_log", json!({})).await;
    let lines = log["lines"].as_array().unwrap();
    assert_eq!(log["total"].as_u64().unwrap(), lines.len() as u64);
    let events: Vec<&str> = lines
        .iter()
        .rev()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        events,
        [
            "genesis",
            "invite",
            "join",
            "account_role",
            "account_role",
            "policy",
            "retire"
        ]
    );
    assert_eq!(lines[0]["author"], "ada");
    assert_eq!(lines[0]["subject"], "ben");
    let joined = &lines[lines.len() - 3];
    assert_eq!(
        (&joined["author"], &joined["subject"]),
        (&json!("ben"), &json!("ada"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_refused_and_the_last_administrator_stays() {
    let world = World::start().await.unwrap();
    let (mut ada, mut ben) = two(&world).await;
    let his = ben.call("administration", json!({})).await;
    assert_eq!(his["administrator"], false);
    let ada_id = person(&mut ada, "ada").await["identity"].clone();
    let ben_id = person(&mut ada, "ben").await["identity"].clone();
    let role = json!({ "identity": ben_id, "account_role": "admin" });
    let person = json!({ "identity": ada_id });
    let policy = json!({ "image_max_pixels": 1, "offline_max_days": 1 });
    for (method, arguments) in [
        ("people", json!({})),
        ("health", json!({})),
        ("role_quota", json!({ "account_role": "member" })),
        ("audit_log", json!({})),
        ("set_account_role", role),
        ("retire", person.clone()),
        ("sign_out_person", person.clone()),
        ("set_policy", policy),
    ] {
        assert_eq!(
            ben.fails(method, arguments).await,
            (4, "forbidden".into()),
            "{method}"
        );
    }
    assert!(ada.try_call("retire", person).await.is_err());
    let step_down = json!({ "identity": ada_id, "account_role": "member" });
    assert!(ada.try_call("set_account_role", step_down).await.is_err());
    let still = ada.call("administration", json!({})).await;
    assert_eq!(still["administrator"], true);
}
