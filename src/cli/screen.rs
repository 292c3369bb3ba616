//! The two streams a command writes to, and how they look.

use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

use super::Surroundings;
use super::args::Cli;

/// A stream whose reader may leave: from then on, what is written is dropped.
pub struct Closable<'a> {
    inner: &'a mut dyn Write,
    closed: bool,
}

impl<'a> Closable<'a> {
    /// Wraps a stream.
    pub fn new(inner: &'a mut dyn Write) -> Self {
        Self { inner, closed: false }
    }

    fn forgive<T>(&mut self, result: io::Result<T>, otherwise: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl Write for Closable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.forgive(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.forgive(result, ())
    }
}

/// What a command sees of the world.
pub struct Screen<'a> {
    /// Data.
    pub out: &'a mut dyn Write,
    /// Diagnostics.
    pub err: &'a mut dyn Write,
    /// Whether diagnostics are coloured.
    pub err_color: bool,
    /// Whether a moving progress bar is welcome.
    pub progress: bool,
    /// Whether warnings and remarks are unwelcome.
    pub quiet: bool,
    /// Columns.
    pub width: usize,
    interrupts: &'a dyn Fn() -> &'static AtomicBool,
}

impl<'a> Screen<'a> {
    /// Settles streams, colour and verbosity.
    pub fn new(cli: &Cli, surroundings: &Surroundings<'a>, out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self {
            out,
            err,
            err_color: cli.color.applies(surroundings.stderr_is_terminal, surroundings.plain),
            progress: surroundings.stderr_is_terminal && !cli.quiet,
            quiet: cli.quiet,
            width: surroundings.width.clamp(40, 140),
            interrupts: surroundings.interrupts,
        }
    }

    /// Starts watching for Ctrl-C and requests to terminate.
    pub fn watch_interrupts(&self) -> &'static AtomicBool {
        (self.interrupts)()
    }

    /// A label for a diagnostic, such as `warning:`.
    pub fn label(&self, text: &str, ansi: &str) -> String {
        if self.err_color { format!("\u{1b}[{ansi}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A remark for people, on stderr; dropped by `--quiet`.
    pub fn remark(&mut self, label: &str, text: &str) {
        if !self.quiet {
            let label = self.label(label, "1;33");
            // A remark that cannot be shown is no reason to fail.
            let _ = writeln!(self.err, "{label} {text}");
        }
    }
}

/// A table with no lines but one under its header, at most `width` columns wide.
pub fn plain_table(width: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(100));
    table
}
