//! What a stopped calibration leaves behind, so that it can go on: a tape for each chain, beside the folder to come.

use std::fs::{self, File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::super::Exit;
use super::super::failure::Failure;
use crate::calibration::{Tape, Task};

/// The file that says what the tapes belong to.
const MARK: &str = "calibration.txt";

/// A folder of tapes.
pub struct Checkpoint {
    folder: PathBuf,
    chains: usize,
    record: usize,
}

impl Checkpoint {
    /// Starts an empty one beside `out`, or finds the one that is there.
    pub fn open(out: &Path, task: &Task, chains: usize, resume: bool) -> Result<Self, Failure> {
        let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = out.with_file_name(format!(".{name}.checkpoint"));
        let checkpoint = Self { folder, chains, record: task.record_bytes() };
        let mark = format!("uptake {}\n{}\n", env!("CARGO_PKG_VERSION"), task.fingerprint());
        let shown = checkpoint.folder.display().to_string();
        if resume {
            let found = fs::read_to_string(checkpoint.folder.join(MARK)).map_err(|_| {
                Failure::new(Exit::Failed, anyhow::anyhow!("there is nothing to go on with: no folder `{shown}`"))
                    .advise("start without --resume")
            })?;
            if found != mark {
                let error = anyhow::anyhow!(
                    "`{shown}` belongs to another calibration: its scenario, statistics, settings or program differ"
                );
                return Err(
                    Failure::new(Exit::Invalid, error).advise("start without --resume, or restore what was changed")
                );
            }
            return Ok(checkpoint);
        }
        let start = || -> std::io::Result<()> {
            if checkpoint.folder.exists() {
                fs::remove_dir_all(&checkpoint.folder)?;
            }
            fs::create_dir_all(&checkpoint.folder)?;
            fs::write(checkpoint.folder.join(MARK), &mark)
        };
        start().map_err(|error| anyhow::Error::from(error).context(format!("could not write `{shown}`")))?;
        Ok(checkpoint)
    }

    /// The tapes of all chains; what is torn at their ends is cut off.
    pub fn tapes(&self) -> Result<Vec<Tape<'static>>, Failure> {
        (1..=self.chains).map(|chain| self.tape(&self.folder.join(format!("chain-{chain}.tape")))).collect()
    }

    fn tape(&self, path: &Path) -> Result<Tape<'static>, Failure> {
        let open = || -> std::io::Result<Tape<'static>> {
            let mut recorded = if path.exists() { fs::read(path)? } else { Vec::new() };
            recorded.truncate(recorded.len() / self.record * self.record);
            let file: File = OpenOptions::new().create(true).append(true).open(path)?;
            file.set_len(recorded.len() as u64)?;
            // Whole records reach the disk a few hundred at a time.
            let sink = BufWriter::with_capacity(self.record * 64, file);
            Ok(Tape { recorded, sink: Some(Box::new(sink)) })
        };
        open()
            .map_err(|error| anyhow::Error::from(error).context(format!("could not keep `{}`", path.display())).into())
    }

    /// Removes it, once the folder is written.
    pub fn remove(self) {
        // What is left behind does no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
