use super::prelude::*;
use crate::error::exit;
use std::{io::Read, path::Path};
use strongroom_client::{Delivered, Visitor};
use strongroom_crypto::sha256;
use strongroom_server::{CONTENT_SECURITY_POLICY, ClientFile, WebClient};

/// Compare the web client that a server delivers with the one in this program
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom verify-client https://localhost:8443 --ca ca.pem
  strongroom verify-client https://localhost:8443 --json
  strongroom verify-client --list

Every file of the page must have the bytes that this program was built with, in every compression, and come under the same policy. Use the program of the release that the server says it runs. Exit code 5 when something differs.
A server that lies can tell this program from a browser: run it also from where browsers are, and compare with --list what a browser has saved.")]
pub struct VerifyClient {
    /// Address of the server
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    url: Option<String>,
    /// The server's certificate authority [default: the one of this profile]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Only show the files in this program, with their SHA-256
    #[arg(long)]
    list: bool,
}

/// As what a browser may ask for a file.
const ENCODINGS: [&str; 3] = ["br", "gzip", "identity"];

/// Addresses of the page besides `/`: all must give the same.
const PAGES: [&str; 2] = ["/vaults", "/settings"];

/// Something that is not as in this program.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
struct Difference {
    path: String,
    /// What differs: `status`, `content`, `type`, `policy` or `encoding`.
    what: &'static str,
    expected: String,
    delivered: String,
    /// For whoever takes this compression.
    accept_encoding: &'static str,
}

impl VerifyClient {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let manifest = WebClient::embedded().manifest();
        if manifest.is_empty() {
            return Err(CliError::new(
                exit::FAILED,
                "no_web_client",
                "this program was built without the web client",
            )
            .hint("take a released program, or run `cargo xtask web` and build again"));
        }
        match self.url {
            Some(url) => {
                let ca = self.ca.unwrap_or_else(|| context.home.join("ca.pem"));
                verify(&manifest, &url, &ca).await
            }
            None => Ok(list(&manifest)),
        }
    }
}

fn list(manifest: &[ClientFile]) -> Reply {
    let files: Vec<_> = manifest
        .iter()
        .map(|file| json!({"path": file.path, "sha256": file.sha256, "length": file.length}))
        .collect();
    let lines: String = manifest
        .iter()
        .map(|file| format!("{}  {}\n", file.sha256, file.path))
        .collect();
    let answer = json!({"version": env!("CARGO_PKG_VERSION"), "files": files});
    Reply::new(answer, lines.clone()).quiet(lines)
}

async fn verify(manifest: &[ClientFile], url: &str, ca: &Path) -> CliResult<Reply> {
    let visitor = Visitor::new(url, ca)?;
    let version = visitor.version().await?;
    let differences = differences(manifest, &visitor).await?;
    let own = env!("CARGO_PKG_VERSION");
    let answer = json!({
        "url": url,
        "version": own,
        "server_version": version,
        "files": manifest.len(),
        "same": differences.is_empty(),
        "differences": document(&differences),
    });
    if differences.is_empty() {
        let human = format!(
            "The server delivers the web client of release {own}: {}, each as in this program.",
            count(manifest.len(), "file")
        );
        return Ok(Reply::new(answer, human));
    }
    let mut table = Table::new(&["PATH", "DIFFERS IN", "EXPECTED", "DELIVERED", "AS"]);
    for one in &differences {
        table.row([
            &one.path,
            one.what,
            &one.expected,
            &one.delivered,
            one.accept_encoding,
        ]);
    }
    let hint = match version == own {
        true => "do not sign in there with a browser; tell whoever runs the server".to_owned(),
        false => format!(
            "the server says that it runs release {}, this program is {own}: compare with the \
             program of that release",
            clean(&version)
        ),
    };
    let problem = CliError::new(
        exit::INTEGRITY,
        "other_client",
        format!(
            "the server delivers another web client: {}",
            count(differences.len(), "difference")
        ),
    );
    let human = table.render(crate::output::Style::plain());
    Ok(Reply::new(answer, human).problem(Some(problem.hint(hint))))
}

async fn differences(manifest: &[ClientFile], visitor: &Visitor) -> CliResult<Vec<Difference>> {
    let mut found = Vec::new();
    for file in manifest {
        let pages: &[&str] = if file.path == "/" { &PAGES } else { &[] };
        for path in pages.iter().copied().chain([file.path.as_str()]) {
            for accepted in ENCODINGS {
                let delivered = visitor.get(path, accepted).await?;
                found.extend(
                    compare(file, &delivered).map(|(what, expected, got)| Difference {
                        path: path.to_owned(),
                        what,
                        expected,
                        delivered: got,
                        accept_encoding: accepted,
                    }),
                );
            }
        }
    }
    Ok(found)
}

/// The first thing that differs, what it should be, and what it is.
fn compare(file: &ClientFile, delivered: &Delivered) -> Option<(&'static str, String, String)> {
    if delivered.status != 200 {
        return Some(("status", "200".to_owned(), delivered.status.to_string()));
    }
    let Some(content) = decode(delivered, file.length) else {
        let expected = "br, gzip or none, of the right length".to_owned();
        return Some(("encoding", expected, delivered.encoding.clone()));
    };
    let digest = sha256(&content);
    if digest != file.sha256 {
        return Some(("content", file.sha256.to_string(), digest.to_string()));
    }
    [
        ("type", file.media_type, &delivered.media_type),
        ("policy", CONTENT_SECURITY_POLICY, &delivered.policy),
    ]
    .into_iter()
    .find(|(_, expected, got)| expected != got)
    .map(|(what, expected, got)| (what, expected.to_owned(), got.clone()))
}

/// The content without compression, read no further than one byte too many; none where it
/// cannot be read.
fn decode(delivered: &Delivered, length: u64) -> Option<Vec<u8>> {
    let limit = length.saturating_add(1);
    let mut content = Vec::new();
    let body = delivered.body.as_slice();
    let read = match delivered.encoding.as_str() {
        "" | "identity" => body.take(limit).read_to_end(&mut content),
        "gzip" => flate2::read::GzDecoder::new(body)
            .take(limit)
            .read_to_end(&mut content),
        "br" => brotli::Decompressor::new(body, 4096)
            .take(limit)
            .read_to_end(&mut content),
        _ => return None,
    };
    read.ok().map(|_| content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use strongroom_server::{RunningServer, ServeOptions, start};

    type Files = Vec<(String, std::borrow::Cow<'static, [u8]>)>;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(text: &str) -> Vec<u8> {
        let mut packed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut text.as_bytes(), &mut packed, &parameters).unwrap();
        packed
    }

    fn files(script: &str, packed: &str) -> Files {
        let own = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes.into());
        vec![
            own("index.html", b"<!doctype html>".to_vec()),
            own("assets/app.js", script.as_bytes().to_vec()),
            own("assets/app.js.gz", gzip(packed)),
            own("assets/app.js.br", brotli(packed)),
            own("icon.svg", b"<svg/>".to_vec()),
        ]
    }

    async fn serve(data: &Path, files: Files) -> RunningServer {
        let mut options = ServeOptions::new(data, "127.0.0.1:0".parse().unwrap());
        options.web_client = WebClient::new(files);
        start(options).await.unwrap()
    }

    /// What a check of a server with these files finds.
    async fn found(files: Files) -> Reply {
        let manifest = WebClient::new(self::files("let a = 1;", "let a = 1;")).manifest();
        let folder = tempfile::tempdir().unwrap();
        let server = serve(folder.path(), files).await;
        let reply = verify(&manifest, &server.url, &server.ca_file)
            .await
            .unwrap();
        server.stop().await;
        reply
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_same_files_pass() {
        let reply = found(files("let a = 1;", "let a = 1;")).await;
        assert_eq!(reply.problem, None);
        assert_eq!(reply.json["same"], true);
        assert_eq!(reply.json["files"], 3);
        assert!(reply.human.contains("3 files"), "{}", reply.human);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_changed_file_is_named() {
        let reply = found(files("let a = 2;", "let a = 2;")).await;
        let problem = reply.problem.unwrap();
        assert_eq!((problem.exit, problem.code.as_str()), (5, "other_client"));
        assert_eq!(reply.json["differences"].as_array().unwrap().len(), 3);
        let first = &reply.json["differences"][0];
        assert_eq!(first["path"], "/assets/app.js");
        assert_eq!(first["what"], "content");
        assert_eq!(first["expected"], sha256(b"let a = 1;").to_string());
        assert_eq!(first["delivered"], sha256(b"let a = 2;").to_string());
        assert!(reply.human.contains("/assets/app.js"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_lie_in_the_compressed_copies_alone_is_found() {
        let reply = found(files("let a = 1;", "let a = 3;")).await;
        let differences = reply.json["differences"].as_array().unwrap();
        let encodings: Vec<_> = differences
            .iter()
            .map(|one| one["accept_encoding"].as_str().unwrap())
            .collect();
        assert_eq!(encodings, ["br", "gzip"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_missing_file_is_named() {
        let mut less = files("let a = 1;", "let a = 1;");
        less.retain(|(name, _)| name != "icon.svg");
        let reply = found(less).await;
        let first = &reply.json["differences"][0];
        assert_eq!(
            (&first["path"], &first["what"]),
            (&json!("/icon.svg"), &json!("status"))
        );
        assert_eq!(first["delivered"], "404");
    }

    #[test]
    fn other_headers_and_endless_content_are_differences() {
        let file = WebClient::new(files("let a = 1;", "")).manifest().remove(1);
        let good = Delivered {
            status: 200,
            media_type: file.media_type.to_owned(),
            encoding: String::new(),
            policy: CONTENT_SECURITY_POLICY.to_owned(),
            body: b"let a = 1;".to_vec(),
        };
        assert_eq!(compare(&file, &good), None);
        let what = |change: fn(&mut Delivered)| {
            let mut bad = good.clone();
            change(&mut bad);
            compare(&file, &bad).unwrap().0
        };
        assert_eq!(what(|bad| bad.policy.clear()), "policy");
        assert_eq!(what(|bad| bad.media_type = "text/html".to_owned()), "type");
        assert_eq!(what(|bad| bad.encoding = "zstd".to_owned()), "encoding");
        assert_eq!(what(|bad| bad.encoding = "br".to_owned()), "encoding");
        assert_eq!(what(|bad| bad.body.push(b' ')), "content");
        let bomb = Delivered {
            encoding: "gzip".to_owned(),
            body: gzip(&" ".repeat(1 << 20)),
            ..good.clone()
        };
        assert_eq!(decode(&bomb, file.length).unwrap().len(), 11);
    }
}
