//! A bar on stderr while members are simulated.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar; nothing at all unless `shown`. It disappears when dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// Starts a bar.
    pub fn new(shown: bool) -> Self {
        Self::counting(shown, "simulating {bar:30} {pos}/{len} members, {eta} left")
    }

    /// Starts a bar that counts other things.
    pub fn counting(shown: bool, template: &str) -> Self {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template(template).expect("the template is well formed");
        bar.set_style(style);
        Self(bar)
    }

    /// Moves the bar; from any thread.
    pub fn update(&self, done: usize, all: usize) {
        self.0.set_length(all as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
