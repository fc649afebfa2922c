use super::prelude::*;
use std::net::SocketAddr;
use strongroom_server::{ServeOptions, print_ready, serve};

/// Run a server on one data folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom serve --data ./strongroom-data --listen 127.0.0.1:8443
  strongroom serve --data /srv/strongroom --listen 0.0.0.0:8443 --host rooms.example.org
  strongroom serve --data ./strongroom-data --listen 127.0.0.1:0 --json

With --json one line is printed when the server is ready: url, ca_file, ca_fingerprint, setup_code.")]
pub struct Serve {
    /// The data folder; made when it is not there
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address and port to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Further host name or address for the certificate; may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
}

impl Serve {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let json = context.style.json;
        let mut options = ServeOptions::new(self.data, self.listen);
        options.names = self.host;
        options.json = json;
        serve(options, |ready| print_ready(&ready, json))
            .await
            .map_err(|error| CliError::new(1, "server", format!("{error:#}")))?;
        Ok(Reply::silent())
    }
}
