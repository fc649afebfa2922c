//! Requests made worse, at random but the same for the same seed.

use crate::{scene::Scene, wire::Request};
use serde_json::Value;
use strongroom_crypto::{DangerSeededRng, Rng};

pub struct Dice(DangerSeededRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(DangerSeededRng::new(seed))
    }

    pub fn below(&mut self, limit: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill_bytes(&mut bytes);
        (u64::from_le_bytes(bytes) % limit.max(1) as u64) as usize
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e3",
    "0x10",
    "007",
    "NaN",
    "",
];

const SEGMENTS: [&str; 20] = [
    "..",
    ".",
    "%2e%2e",
    "%2E%2e%2f%2e%2e",
    "..%2f..%2fkeys",
    "%00",
    "%ff%fe",
    "%C0%AF",
    "%",
    "%zz",
    "%25252e",
    "~",
    ";a=b",
    "'%20OR%201=1--",
    "$(id)",
    "%0d%0aset-cookie:%20a=b",
    "null",
    "entries",
    "00112233445566778899aabbccddeeff",
    "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
];

const METHODS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get",
];

const MEDIA: [&[u8]; 9] = [
    b"text/plain",
    b"application/cbor",
    b"application/json",
    b"application/json; charset=utf-16",
    b"APPLICATION/JSON",
    b"application/json, application/cbor",
    b"multipart/form-data; boundary=x",
    b"\xff\xff",
    b"",
];

const RANGES: [&str; 8] = [
    "bytes=0-0",
    "bytes=-1",
    "bytes=18446744073709551615-",
    "bytes=0-18446744073709551615",
    "bytes=5-1",
    "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0",
    "lines=1-2",
    "bytes=é",
];

const HEADERS: [(&str, &[u8]); 16] = [
    ("x-forwarded-for", b"203.0.113.5"),
    ("x-http-method-override", b"DELETE"),
    ("x-original-url", b"/v1/accounts"),
    ("cookie", b"__Host-session=00"),
    ("origin", b"https://elsewhere.example"),
    ("expect", b"100-continue"),
    ("expect", b"200-ok"),
    ("accept-encoding", b"gzip, br, zstd, deflate"),
    ("content-encoding", b"gzip"),
    ("if-match", b"\"x\""),
    ("if-none-match", b"*"),
    ("if-range", b"\"\xff\""),
    ("te", b"trailers"),
    ("upgrade", b"websocket"),
    ("x", b"\x80\x81\xff"),
    ("strongroom-link-token", b"00"),
];

/// Values that no field was made for.
fn hostile_value(dice: &mut Dice) -> Value {
    match dice.below(14) {
        0 => Value::Null,
        1 => Value::from(u64::MAX),
        2 => Value::from(i64::MIN),
        3 => Value::from(1e308),
        4 => Value::from(-0.5),
        5 => Value::from(true),
        6 => Value::from("\0\u{7f}\u{202e}\u{feff}"),
        7 => Value::from("A".repeat(1 << dice.below(15))),
        8 => Value::from("ａｄａ\u{301}\u{200d}"),
        9 => Value::from("=not/base64+url="),
        10 => Value::from(Vec::<Value>::new()),
        11 => serde_json::json!({}),
        12 => serde_json::json!({ "kind": "setup", "code": "SR-SETUP-AAAA" }),
        _ => serde_json::json!({ "kind": "invite", "invite": "zz", "auth": 3 }),
    }
}

fn hostile_json(dice: &mut Dice, body: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let object = value.as_object_mut()?;
    let names: Vec<String> = object.keys().cloned().collect();
    let name = names.get(dice.below(names.len()))?.clone();
    match dice.below(4) {
        0 => {
            object.remove(&name);
        }
        1 => {
            object.insert("more".to_owned(), hostile_value(dice));
        }
        2 => {
            // The same name twice, which no map of ours can say.
            let inner = serde_json::to_string(&object).ok()?;
            let again = serde_json::to_string(&hostile_value(dice)).ok()?;
            let open = inner.strip_suffix('}')?;
            return Some(format!("{open},\"{name}\":{again}}}").into_bytes());
        }
        _ => {
            object.insert(name, hostile_value(dice));
        }
    }
    serde_json::to_vec(&value).ok()
}

fn hostile_bytes(dice: &mut Dice, body: &mut Vec<u8>) {
    match dice.below(9) {
        0 | 1 => {
            for _ in 0..=dice.below(6) {
                let at = dice.below(body.len());
                if let Some(byte) = body.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
        2 => {
            let length = dice.below(body.len());
            body.truncate(length);
        }
        3 => {
            let (at, length) = (dice.below(body.len() + 1), 1 << dice.below(12));
            let more = dice.bytes(length);
            body.splice(at..at, more);
        }
        4 => {
            // A CBOR length that fits nothing.
            let at = dice.below(body.len() + 1);
            let major = [0x1b, 0x5b, 0x7b, 0x9b, 0xbb, 0xdb][dice.below(6)];
            let mut head = vec![major];
            head.extend(match dice.below(3) {
                0 => u64::MAX.to_be_bytes(),
                1 => (1_u64 << 63).to_be_bytes(),
                _ => 0x0001_0000_0000_u64.to_be_bytes(),
            });
            let end = (at + dice.below(10)).min(body.len());
            body.splice(at..end, head);
        }
        5 => {
            let byte = [0x81, 0x9f, 0xa1, 0xbf, 0xc1, 0x5f, b'[', b'{', b'"'][dice.below(9)];
            *body = vec![byte; 1 << dice.below(17)];
        }
        6 => *body = br#"{"a":"#.repeat(1 << dice.below(13)),
        7 => {
            let from = dice.below(body.len());
            let to = (from + dice.below(64)).min(body.len());
            let piece = body[from..to].to_vec();
            body.splice(from..from, piece);
        }
        _ => body.extend_from_slice(&[0xc3, 0x28, 0, 0xff]),
    }
}

fn hostile_target(dice: &mut Dice, target: &mut String, ids: &[String]) {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (target.clone(), None),
    };
    let mut segments: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
    let at = dice.below(segments.len());
    match dice.below(9) {
        0 => segments[at] = dice.pick(&SEGMENTS).to_owned(),
        1 => segments[at] = dice.pick(&NUMBERS).to_owned(),
        2 | 3 => {
            // An id that exists, where another one belongs.
            let places: Vec<usize> = (0..segments.len())
                .filter(|place| segments[*place].len() >= 32)
                .collect();
            if let Some(place) = places.get(dice.below(places.len())) {
                segments[*place].clone_from(&ids[dice.below(ids.len())]);
            }
        }
        4 => segments.insert(at, dice.pick(&SEGMENTS).to_owned()),
        5 => {
            segments.remove(at);
        }
        6 => segments.push(String::new()),
        7 => segments[at] = segments[at].to_uppercase(),
        _ => segments[at] = "a".repeat(1 << dice.below(15)),
    }
    *target = format!("/{}", segments.join("/"));
    if let Some(query) = query {
        target.push('?');
        target.push_str(&query);
    }
}

fn hostile_query(dice: &mut Dice, target: &mut String) {
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let number = dice.pick(&NUMBERS);
    let query = match dice.below(10) {
        0 => format!("after={number}"),
        1 => format!("limit={number}"),
        2 => format!("after={number}&limit={}", dice.pick(&NUMBERS)),
        3 => format!("control_only={number}"),
        4 => "after=1&after=2".to_owned(),
        5 => format!("grant={}", dice.pick(&SEGMENTS)),
        6 => format!("grant={}", "0".repeat(1 << dice.below(14))),
        7 => "&&&=&=&".to_owned(),
        8 => format!("%61fter={number}"),
        _ => format!("{}=1", "x".repeat(1 << dice.below(14))),
    };
    *target = format!("{path}?{query}");
}

fn hostile_header(dice: &mut Dice, request: &mut Request, tokens: &[String]) {
    let mut set = |name: &str, value: Vec<u8>, beside: bool| {
        if !beside {
            request.headers.retain(|(found, _)| found != name);
        }
        request.headers.push((name.to_owned(), value));
    };
    match dice.below(10) {
        0 => set("content-type", dice.pick(&MEDIA).to_vec(), false),
        1 => set("content-type", dice.pick(&MEDIA).to_vec(), true),
        2 => {
            let key = ["", "0", "zz", "00112233445566778899AABBCCDDEEFF"];
            set(
                "idempotency-key",
                dice.pick(&key).as_bytes().to_vec(),
                false,
            );
        }
        3 => set(
            "idempotency-key",
            b"00112233445566778899aabbccddeeff".to_vec(),
            true,
        ),
        4 => {
            let token = &tokens[dice.below(tokens.len())];
            set(
                "authorization",
                format!("Bearer {token}").into_bytes(),
                false,
            );
        }
        5 => {
            let scheme = [
                "",
                "Bearer",
                "Bearer ",
                "bearer x",
                "Invite .",
                "Invite a.b",
                "Basic =",
            ];
            set(
                "authorization",
                dice.pick(&scheme).as_bytes().to_vec(),
                false,
            );
        }
        6 => set("range", dice.pick(&RANGES).as_bytes().to_vec(), false),
        7 => {
            let length = 1 << dice.below(15);
            set("strongroom-crc32c", vec![b'0'; length], false);
        }
        8 => {
            let at = dice.below(request.headers.len());
            if at < request.headers.len() {
                request.headers.remove(at);
            }
        }
        _ => {
            let (name, value) = HEADERS[dice.below(HEADERS.len())];
            set(name, value.to_vec(), true);
        }
    }
}

/// One to three changes for the worse.
pub fn mutate(dice: &mut Dice, scene: &Scene, request: &Request, ids: &[String]) -> Request {
    let tokens = [
        scene.ada.token().to_owned(),
        scene.bob.token().to_owned(),
        scene.rex.token().to_owned(),
        scene.carol.token().to_owned(),
        scene.rita.token().to_owned(),
        scene.olga.token().to_owned(),
        scene.recovery_token.clone(),
    ];
    let mut request = request.clone();
    for _ in 0..=dice.below(3) {
        match dice.below(16) {
            0..=3 if !request.body.is_empty() => hostile_bytes(dice, &mut request.body),
            4..=6 => match hostile_json(dice, &request.body) {
                Some(body) => request.body = body,
                None => hostile_bytes(dice, &mut request.body),
            },
            7..=8 => hostile_target(dice, &mut request.target, ids),
            9 => hostile_query(dice, &mut request.target),
            10 => request.method = dice.pick(&METHODS).to_owned(),
            11 => request.chunked = !request.body.is_empty(),
            12 if dice.below(20) == 0 => {
                let byte = [0, b' ', 0x81, b'['][dice.below(4)];
                request.body = vec![byte; (9 << 20) + dice.below(9)];
            }
            _ => hostile_header(dice, &mut request, &tokens),
        }
    }
    request
}

/// The bytes of a request, broken as bytes.
pub fn mangle(dice: &mut Dice, request: &Request) -> Vec<u8> {
    let mut bytes = request.bytes();
    let head = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or(bytes.len());
    for _ in 0..=dice.below(3) {
        let at = dice.below(head);
        match dice.below(8) {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            2 => {
                let length = dice.below(bytes.len());
                bytes.truncate(length);
            }
            3 => {
                let junk: &[&[u8]] = &[
                    b"\r\n",
                    b"\0",
                    b"\r",
                    b"\n\n",
                    b" ",
                    b"\xff\xff",
                    b"\r\ncontent-length: 3",
                    b"\r\ntransfer-encoding: chunked",
                    b"\r\nconnection: close, upgrade",
                    b"\r\nhost: other",
                ];
                let junk = dice.pick(junk);
                bytes.splice(
                    at.min(bytes.len())..at.min(bytes.len()),
                    junk.iter().copied(),
                );
            }
            4 => {
                let more: String = (0..dice.below(120))
                    .map(|n| format!("\r\nh{n}: v"))
                    .collect();
                bytes.splice(head.min(bytes.len())..head.min(bytes.len()), more.bytes());
            }
            5 => {
                let end = (at + dice.below(20)).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
            6 => {
                let length = 1 << dice.below(18);
                let more = vec![b'a'; length];
                bytes.splice(at.min(bytes.len())..at.min(bytes.len()), more);
            }
            _ => {
                let more = bytes.clone();
                bytes.extend(more);
            }
        }
    }
    bytes
}
