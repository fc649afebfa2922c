use super::prelude::*;
use crate::error::{causes, exit};
use std::net::SocketAddr;
use strongroom_server::{
    AcmeDirectory, AcmeName, AcmeOptions, ConnectionLimits, OtlpEndpoint, RateLimits, ServeOptions,
    StartError, print_ready, serve,
};

/// Run a server on one data folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom serve --data ./strongroom-data --listen 127.0.0.1:8443 --local-http 8080
  strongroom serve --data /srv/strongroom --listen 0.0.0.0:8443 --host rooms.example.org
  strongroom serve --data /srv/strongroom --listen 0.0.0.0:443 --acme-name rooms.example.org --acme-agree-tos
  strongroom serve --data ./strongroom-data --listen 127.0.0.1:0 --json

With --json one line is printed when the server is ready: url, public_urls, local_url, ca_file, ca_fingerprint, setup_code.")]
pub struct Serve {
    /// The data folder; made when it is not there
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address and port to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Serve the browsers of this machine at http://localhost:PORT too: without TLS, on loopback alone
    #[arg(long, value_name = "PORT")]
    local_http: Option<u16>,
    /// Further host name or address for the certificate; may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Send traces of requests to this OTLP collector; they hold no names, ids or addresses
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<OtlpEndpoint>,
    #[command(flatten)]
    acme: Acme,
    #[command(flatten)]
    limits: Limits,
}

/// A certificate that browsers take without a warning, asked for and renewed by the server
#[derive(Debug, Args)]
#[command(next_help_heading = "Certificate of a public authority (ACME)")]
struct Acme {
    /// Public name that leads to this server on port 443; may be repeated
    #[arg(long = "acme-name", value_name = "NAME", requires = "agree_tos")]
    names: Vec<AcmeName>,
    /// You agree to the terms of the ACME server; no certificate is asked for without it
    #[arg(long = "acme-agree-tos", requires = "names")]
    agree_tos: bool,
    /// Where the ACME server may write to when something is wrong
    #[arg(long = "acme-contact", value_name = "MAIL", requires = "names", value_parser = mail)]
    contact: Option<String>,
    /// Another ACME server than Let's Encrypt
    #[arg(long = "acme-directory", value_name = "URL", requires = "names")]
    directory: Option<AcmeDirectory>,
    /// Check the ACME server against this certificate (PEM) and no other
    #[arg(long = "acme-root", value_name = "FILE", requires = "names")]
    root: Option<PathBuf>,
}

impl Acme {
    fn options(self) -> Option<AcmeOptions> {
        if !self.agree_tos || self.names.is_empty() {
            return None;
        }
        let mut options = AcmeOptions::terms_agreed(self.names);
        options.contact = self.contact;
        options.directory = self.directory.unwrap_or_default();
        options.root = self.root;
        Some(options)
    }
}

fn mail(text: &str) -> Result<String, String> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"?,:".contains(&byte));
    match text.split_once('@') {
        Some((name, host)) if plain && !name.is_empty() && !host.is_empty() => Ok(text.to_owned()),
        _ => Err("an e-mail address is needed, such as it@example.org".to_owned()),
    }
}

/// How much one account, and one address, may ask for; who asks for more waits
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits (0 sets none)")]
struct Limits {
    /// Requests that one account may make each second; ten times as many at once after a pause
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().account_per_second)]
    account_requests: u32,
    /// Requests that one address may make each second; many people can share one
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().address_per_second)]
    address_requests: u32,
    /// Requests for /livez, /readyz and /metrics that one address may make each second
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().health_per_second)]
    health_requests: u32,
    /// Event streams that one account may hold open
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().event_streams)]
    event_streams: u32,
    /// Connections that all may hold open; more wait
    #[arg(long, value_name = "N", default_value_t = ConnectionLimits::default().connections,
        value_parser = at_least_one)]
    connections: usize,
    /// Connections that one address may hold open
    #[arg(long, value_name = "N", default_value_t = ConnectionLimits::default().per_address)]
    address_connections: usize,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number from 1 up is needed".to_owned()),
        Ok(number) => Ok(number),
    }
}

impl Serve {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let json = context.style.json;
        let mut options = ServeOptions::new(self.data, self.listen);
        options.local_http_port = self.local_http;
        options.names = self.host;
        options.acme = self.acme.options();
        options.json = json;
        options.otlp_endpoint = self.otlp_endpoint;
        options.rates = RateLimits {
            account_per_second: self.limits.account_requests,
            address_per_second: self.limits.address_requests,
            health_per_second: self.limits.health_requests,
            event_streams: self.limits.event_streams,
        };
        options.limits.connections = self.limits.connections;
        options.limits.per_address = self.limits.address_connections;
        serve(options, |ready| print_ready(&ready, json))
            .await
            .map_err(|error| explain(&error))?;
        Ok(Reply::silent())
    }
}

fn explain(error: &StartError) -> CliError {
    let exit = match error.is_usage() {
        true => exit::USAGE,
        false => exit::FAILED,
    };
    CliError {
        exit,
        code: error.code().to_owned(),
        message: error.to_string(),
        hint: error.hint().map(str::to_owned),
        causes: causes(error),
    }
}
