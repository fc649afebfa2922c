use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use strongroom_client::Progress;

/// Bars on standard error with bytes, rate and time left; silent where that is no terminal.
pub struct Bars {
    shown: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bars {
    /// Shows bars if `wanted` and standard error is a terminal.
    pub fn new(wanted: bool) -> Self {
        Self {
            shown: wanted && std::io::stderr().is_terminal(),
            bar: Mutex::new(None),
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the bar from the screen.
    pub fn clear(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn start(&self, name: &str, total_bytes: Option<u64>) {
        if !self.shown {
            return;
        }
        self.clear();
        let template = match total_bytes {
            Some(_) => "{msg}  {bar:24} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left",
            None => "{msg}  {spinner} {bytes}  {bytes_per_sec}",
        };
        let bar = match total_bytes {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::new_spinner(),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(crate::output::clean(name));
        bar.enable_steady_tick(Duration::from_millis(200));
        *self.bar() = Some(bar);
    }

    fn advance(&self, bytes_done: u64) {
        if let Some(bar) = &*self.bar() {
            bar.set_position(bytes_done);
        }
    }

    fn finish(&self) {
        self.clear();
    }
}
