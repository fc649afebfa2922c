//! Parts of files that are not what they were said to be, and ranges of all kinds.

use crate::{
    scene::Scene,
    wire::Request,
    world::{World, forgiving},
};
use strongroom_format::transport::Append;
use strongroom_types::{limits::PART_PLAIN_BYTES, *};
use strongroom_wire::{ProblemCode::*, *};

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_the_right_bytes_once_or_nothing() {
    let scene = Scene::new().await;
    let (world, ada, vault) = (&scene.world, &scene.ada, scene.vault);
    // Two parts, so that there is a boundary.
    let plain = vec![1; PART_PLAIN_BYTES + 5_000];
    let upload = world.seal_file(ada, vault, &plain);
    assert_eq!(upload.parts.len(), 2);
    world
        .ask(&world.start_upload(ada, vault, &upload))
        .await
        .ok();
    let path = upload.path(vault);
    let small = &upload.parts[1];
    let good = world.put_part(ada, vault, &upload, 1);
    let with_crc = |crc: &str| {
        good.clone()
            .without(CHECKSUM_HEADER)
            .header(CHECKSUM_HEADER, crc)
    };
    world
        .ask(&with_crc("00000000"))
        .await
        .refused(ChecksumMismatch);
    for crc in [
        "",
        "0",
        "000000000",
        "0x000000",
        "+0000000",
        "zzzzzzzz",
        "é000000",
    ] {
        world.ask(&with_crc(crc)).await.refused(Malformed);
    }
    let none = good.clone().without(CHECKSUM_HEADER);
    world.ask(&none).await.refused(Malformed);
    let two = good.clone().header(CHECKSUM_HEADER, "00000000");
    world.ask(&two).await.refused(Malformed);
    // Lengths, told and untold.
    let mut longer = small.clone();
    longer.push(0);
    for bytes in [&small[1..], &longer, &[], &upload.parts[0]] {
        for chunked in [false, true] {
            let mut request = world.put(ada, &format!("{path}/parts/1"), bytes);
            request.chunked = chunked;
            let answer = world.ask(&request).await;
            answer.refused(Incomplete);
        }
    }
    // Numbers that no part has.
    for number in [
        "2",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "1.0",
        "0x1",
        "",
        "1/2",
        "%31%00",
    ] {
        for what in ["parts", "tree"] {
            let answer = world
                .ask(&world.put(ada, &format!("{path}/{what}/{number}"), small))
                .await;
            assert!(
                [400, 404].contains(&answer.status),
                "{number}: {}",
                answer.text()
            );
            answer.problem();
        }
    }
    // Another account's hands, another vault's name.
    for person in [&scene.bob, &scene.carol, &scene.olga] {
        let request = world.put(person, &format!("{path}/parts/1"), small);
        world.ask(&request).await.refused(NotFound);
    }
    let elsewhere = path.replace(&vault.to_string(), &VaultId::ZERO.to_string());
    let request = world.put(ada, &format!("{elsewhere}/parts/1"), small);
    world.ask(&request).await.refused(NotFound);
    let view: UploadView = world.get(&path, ada.token()).await.json();
    assert!(view.parts_stored.is_empty() && view.tree_parts_stored.is_empty());
    world
        .finish_upload(ada, vault, &upload)
        .await
        .refused(Incomplete);

    world.ask(&good).await.ok();
    world.ask(&good).await.ok();
    let mut chunked = good.clone();
    chunked.chunked = true;
    world.ask(&chunked).await.ok();
    let mut other = small.clone();
    other[7] ^= 1;
    let request = world.put(ada, &format!("{path}/parts/1"), &other);
    world.ask(&request).await.refused(Conflict);
    world
        .finish_upload(ada, vault, &upload)
        .await
        .refused(Incomplete);
    world
        .ask(&world.put_part(ada, vault, &upload, 0))
        .await
        .ok();
    world
        .finish_upload(ada, vault, &upload)
        .await
        .refused(Incomplete);
    world.ask(&world.put_tree(ada, vault, &upload)).await.ok();
    // Bob may not end what Ada began.
    world
        .finish_upload(&scene.bob, vault, &upload)
        .await
        .refused(Incomplete);
    world.finish_upload(ada, vault, &upload).await.ok();
    // What is finished is never written to.
    world.ask(&good).await.refused(NotFound);
    world.ask(&request).await.refused(NotFound);
    let delete = world.write("DELETE", &path, ada.token());
    world.ask(&delete).await.refused(NotFound);
    let again = world.start_upload(ada, vault, &upload);
    world.ask(&again).await.refused(Conflict);
    let content = world
        .get(&upload.content_path(vault, "content"), scene.rex.token())
        .await
        .ok();
    assert!(content.body == upload.parts.concat());
    let tree = world
        .get(&upload.content_path(vault, "tree"), scene.rex.token())
        .await
        .ok();
    assert!(tree.body == upload.leaves);
    scene.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_breaks_off_leaves_nothing() {
    use tokio::io::AsyncWriteExt;
    let world = World::new().await;
    let ada = world.founder("Ada", world.setup_code()).await;
    let (vault, _) = world.create_vault(&ada).await;
    let upload = world.seal_file(&ada, vault, &vec![1; 4_000_000]);
    world
        .ask(&world.start_upload(&ada, vault, &upload))
        .await
        .ok();
    let request = world.put_part(&ada, vault, &upload, 0);
    let bytes = request.bytes();
    // More at a time than the account may have under way: none of them may block the rest.
    let broken = (0..24).map(|number| {
        let (world, bytes) = (&world, &bytes);
        async move {
            let mut connection = world.wire.connect().await;
            let length = bytes.len() * (number + 1) / 26;
            connection.stream.write_all(&bytes[..length]).await.unwrap();
            connection.stream.flush().await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
    futures::future::join_all(broken).await;
    let view: UploadView = world.get(&upload.path(vault), ada.token()).await.json();
    assert!(view.parts_stored.is_empty());
    world.ask(&request).await.ok();
    // The same part many times at once.
    let all = futures::future::join_all((0..12).map(|_| world.ask(&request))).await;
    for answer in all {
        answer.ok();
    }
    world.ask(&world.put_tree(&ada, vault, &upload)).await.ok();
    world.finish_upload(&ada, vault, &upload).await.ok();
    let content = world
        .get(&upload.content_path(vault, "content"), ada.token())
        .await
        .ok();
    assert!(content.body == upload.parts[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_judged_before_the_first_byte() {
    let world = World::with(|options| {
        forgiving(options);
        options.domain.default_quota.file_max_bytes = Some(100_000);
        options.domain.default_quota.total_max_bytes = Some(150_000);
    })
    .await;
    let ada = world.founder("Ada", world.setup_code()).await;
    let (vault, _) = world.create_vault(&ada).await;
    let path = format!("/v1/vaults/{vault}/uploads");
    let upload = world.seal_file(&ada, vault, &[1; 70_000]);
    let start = |sealed_length: u64| {
        let start = UploadStart {
            revision: RevisionId::make(&mut world.rng()),
            sealed_length,
            ..upload.start()
        };
        world.json("POST", &path, ada.token(), &start)
    };
    for length in [0, 1, 55, 56, 71, u64::MAX, 1 << 63, (16 << 40) + 1] {
        let answer = world.ask(&start(length)).await;
        assert!(
            [400, 403].contains(&answer.status),
            "{length}: {}",
            answer.text()
        );
        answer.problem();
    }
    let large = world.seal_file(&ada, vault, &[1; 120_000]).start();
    world
        .ask(&start(large.sealed_length))
        .await
        .refused(QuotaExceeded);
    let length = upload.start().sealed_length;
    world.ask(&start(length)).await.ok();
    world.ask(&start(length)).await.ok();
    world.ask(&start(length)).await.refused(QuotaExceeded);
    // Many at once do not slip through either.
    let requests: Vec<_> = (0..10).map(|_| start(length)).collect();
    for answer in futures::future::join_all(requests.iter().map(|one| world.ask(one))).await {
        answer.refused(QuotaExceeded);
    }
    // Records count as well, and are refused whole.
    let seat = world.seat(&ada, vault).await;
    let mut author = seat.author(&ada);
    let entries: Vec<_> = (0..200)
        .map(|_| {
            let record = world.record(&seat, &author);
            author.append(&record)
        })
        .collect();
    let answer = world.append(&ada, vault, &Append::of(entries)).await;
    answer.refused(QuotaExceeded);
    assert_eq!(
        world.seat(&ada, vault).await.entries.len(),
        seat.entries.len()
    );
    let odd = serde_json::json!({
        "file_max_bytes": u64::MAX, "total_max_bytes": u64::MAX, "parts_in_flight_max": u32::MAX
    });
    let quota = format!("/v1/accounts/{}/quota", ada.identity());
    let answer = world
        .ask(&world.json("PUT", &quota, ada.token(), &odd))
        .await;
    assert!(answer.status < 500, "{}", answer.text());
    let zero = serde_json::json!({ "parts_in_flight_max": 0 });
    world
        .ask(&world.json("PUT", &quota, ada.token(), &zero))
        .await
        .ok();
    let view: AccountView = world.get("/v1/account", ada.token()).await.json();
    assert!(view.quota.parts_in_flight_max.unwrap() >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_give_what_they_name() {
    let world = World::new().await;
    let ada = world.founder("Ada", world.setup_code()).await;
    let (vault, _) = world.create_vault(&ada).await;
    let file = world.put_file(&ada, vault, &vec![3; 50_000]).await;
    let whole = file.parts.concat();
    let total = whole.len();
    let path = file.content_path(vault, "content");
    let ask = |range: String| {
        Request::new("GET", &path)
            .bearer(ada.token())
            .header("range", range)
    };
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=0-".to_owned(), 0, total),
        (format!("bytes={}-", total - 1), total - 1, total),
        ("bytes=-1".to_owned(), total - 1, total),
        (format!("bytes=-{}", u64::MAX), 0, total),
        (format!("bytes=16399-16401{}", ""), 16_399, 16_402),
        (format!("bytes=10-{}", u64::MAX), 10, total),
        (format!("bytes= 5 - 9 {}", ""), 5, 10),
    ] {
        let answer = world.ask(&ask(range.clone())).await;
        assert_eq!(answer.status, 206, "{range}");
        assert!(answer.body == whole[from..to], "{range}");
        let expected = format!("bytes {from}-{}/{total}", to - 1);
        assert_eq!(
            answer.header("content-range"),
            Some(expected.as_str()),
            "{range}"
        );
    }
    for range in [
        format!("bytes={total}-"),
        format!("bytes={}-{}", u64::MAX, u64::MAX),
        "bytes=-0".to_owned(),
    ] {
        let answer = world.ask(&ask(range.clone())).await;
        answer.refused(RangeNotSatisfiable);
        let expected = format!("bytes */{total}");
        assert_eq!(
            answer.header("content-range"),
            Some(expected.as_str()),
            "{range}"
        );
    }
    // What is no single range of bytes is not there; many small ones multiply nothing.
    let many = format!("bytes={}", vec!["0-"; 1_000].join(","));
    for range in [
        "bytes=5-4",
        "bytes=a-b",
        "bytes=--1",
        "bytes=0x0-0x1",
        "bytes=99999999999999999999-",
        "bytes=0-1,3-4",
        "items=0-1",
        "bytes",
        "",
        many.as_str(),
    ] {
        let answer = world.ask(&ask(range.to_owned())).await;
        assert_eq!(answer.status, 200, "{range}");
        assert!(answer.body == whole, "{range}");
    }
    let answer = world
        .ask(&ask("bytes=0-1".to_owned()).header("range", "bytes=5-6"))
        .await;
    assert!(answer.status == 206 || answer.status == 200);
    let etag = answer.header("etag").unwrap().to_owned();
    let answer = world
        .ask(&ask("bytes=0-1".to_owned()).header("if-range", "\"other\""))
        .await;
    assert_eq!(answer.status, 200);
    let answer = world
        .ask(&ask("bytes=0-1".to_owned()).header("if-none-match", etag))
        .await;
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    let mut head = ask("bytes=0-1".to_owned());
    head.method = "HEAD".to_owned();
    assert_eq!(world.ask(&head).await.header("content-length"), Some("2"));
    // Ids in another spelling are none.
    for path in [
        path.to_uppercase().replace("/V1", "/v1"),
        format!("{path}/"),
        format!("/{path}"),
    ] {
        let answer = world.get(&path, ada.token()).await;
        assert!([400, 404].contains(&answer.status), "{path}");
        answer.problem();
    }
}
