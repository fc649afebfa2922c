use crate::{
    commands::Globals,
    error::{CliError, CliResult},
    output::Style,
    progress::Bars,
};
use std::{path::PathBuf, sync::Arc};
use strongroom_client::Client;
use strongroom_server::SystemClock;
use strongroom_types::{Clock, TimestampMs};

/// What every command has: the profile's folder, how to write, the time.
pub struct Context {
    /// The client's profile folder.
    pub home: PathBuf,
    /// How to write.
    pub style: Style,
    clock: Arc<dyn Clock>,
    bars: Arc<Bars>,
}

impl Context {
    /// Looks at options, environment and terminal.
    pub fn new(globals: &Globals) -> CliResult<Self> {
        let home = match &globals.home {
            Some(home) if !home.as_os_str().is_empty() => home.clone(),
            _ => default_home()?,
        };
        let style = Style::detect(globals.json, globals.quiet);
        Ok(Self {
            home,
            style,
            clock: Arc::new(SystemClock),
            bars: Arc::new(Bars::new(!globals.quiet)),
        })
    }

    /// Opens the profile.
    pub fn client(&self) -> CliResult<Client> {
        Ok(Client::open(&self.home)?)
    }

    /// Now.
    pub fn now_ms(&self) -> TimestampMs {
        self.clock.now_ms()
    }

    /// Progress on standard error, if that is a terminal.
    pub fn progress(&self) -> &Bars {
        &self.bars
    }

    /// Takes a bar that was cut off from the screen.
    pub fn clear_progress(&self) {
        self.bars.clear();
    }
}

/// `$XDG_DATA_HOME/strongroom`, else `~/.local/share/strongroom`.
fn default_home() -> CliResult<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    folder("XDG_DATA_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".local/share")))
        .map(|data| data.join("strongroom"))
        .ok_or_else(|| {
            CliError::usage("there is no home directory").hint("say where with --home DIR")
        })
}

/// What this machine is called, as the name of a new device.
pub fn device_name(given: Option<String>) -> String {
    given.unwrap_or_else(|| {
        let system = rustix::system::uname();
        let name = system.nodename().to_string_lossy().into_owned();
        if name.is_empty() {
            "device".to_owned()
        } else {
            name
        }
    })
}
