//! Full runs in the background: a queue, a few workers, progress, and calling off.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::store::{RunKind, RunRecord, RunState, Store};
use crate::output::OutputError;
use crate::scenario::Loaded;

/// Most runs that wait.
pub const LONGEST_QUEUE: usize = 20;

/// What a worker is to make.
pub struct Assignment<'a> {
    /// What is made.
    pub kind: RunKind,
    /// The scenario as chosen.
    pub chosen: &'a Loaded,
    /// The scenario as it stands, for a comparison.
    pub baseline: Option<&'a Loaded>,
    /// The arguments that the record of the run names: scenario file, files laid over it, overrides.
    pub arguments: &'a Arguments,
    /// The folder to write.
    pub target: &'a std::path::Path,
    /// Worker threads of the simulation.
    pub threads: usize,
    /// Told how many members are done of how many.
    pub watch: &'a (dyn Fn(usize, usize) + Sync),
    /// Set to stop.
    pub cancel: &'a AtomicBool,
}

/// What a run was made from, as its manifest names it.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Scenario file, or the name of a text that was sent.
    pub scenario: String,
    /// Files laid over it.
    pub with: Vec<String>,
    /// Overrides.
    pub set: Vec<String>,
}

/// How a run ends that gives no results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was stopped.
    Stopped,
    /// It failed, in words.
    Failed(String),
}

/// Makes the folder of a run, whole or not at all, as the command line does.
pub type Runner = Box<dyn Fn(&Assignment<'_>) -> Result<(), Ending> + Send + Sync>;

/// A run that waits or works.
struct Job {
    record: Mutex<RunRecord>,
    chosen: Loaded,
    baseline: Option<Loaded>,
    arguments: Arguments,
    cancel: AtomicBool,
    news: watch::Sender<RunRecord>,
}

impl Job {
    /// Changes the record and tells who listens.
    fn change(&self, change: impl FnOnce(&mut RunRecord)) -> RunRecord {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut record);
        self.news.send_replace(record.clone());
        record.clone()
    }
}

/// The queue and what is being worked on.
#[derive(Default)]
struct Board {
    waiting: VecDeque<Arc<Job>>,
    /// Waiting or working, by id.
    active: BTreeMap<String, Arc<Job>>,
    closed: bool,
}

/// Background runs of one server.
pub struct Jobs {
    store: Arc<Store>,
    board: Mutex<Board>,
    work: Condvar,
    runner: Runner,
    threads: usize,
}

/// Why a run is not taken.
#[derive(Debug)]
pub enum Refused {
    /// Too many wait.
    Full,
    /// The server is ending.
    Closed,
    /// The record cannot be written.
    Store(OutputError),
}

impl Jobs {
    /// Starts `workers` workers, each with `threads` threads for a simulation.
    pub fn start(
        store: Arc<Store>,
        runner: Runner,
        workers: usize,
        threads: usize,
    ) -> std::io::Result<(Arc<Self>, Vec<JoinHandle<()>>)> {
        let jobs = Arc::new(Self { store, board: Mutex::default(), work: Condvar::new(), runner, threads });
        let worker = |number: usize| {
            let jobs = Arc::clone(&jobs);
            std::thread::Builder::new().name(format!("run-{number}")).spawn(move || jobs.work())
        };
        let handles = (0..workers.max(1)).map(worker).collect::<Result<_, _>>()?;
        Ok((jobs, handles))
    }

    /// Puts a run at the end of the queue.
    ///
    /// # Errors
    /// When the queue is full or closed, or the record cannot be written.
    pub fn add(
        &self,
        record: RunRecord,
        chosen: Loaded,
        baseline: Option<Loaded>,
        arguments: Arguments,
    ) -> Result<RunRecord, Refused> {
        let mut board = self.board();
        if board.closed {
            return Err(Refused::Closed);
        }
        if board.waiting.len() >= LONGEST_QUEUE {
            return Err(Refused::Full);
        }
        self.store.write(&record).map_err(Refused::Store)?;
        let job = Arc::new(Job {
            news: watch::Sender::new(record.clone()),
            record: Mutex::new(record.clone()),
            chosen,
            baseline,
            arguments,
            cancel: AtomicBool::new(false),
        });
        board.active.insert(record.id.clone(), Arc::clone(&job));
        board.waiting.push_back(job);
        drop(board);
        self.work.notify_one();
        Ok(record)
    }

    /// The record of a run as it stands now, of this server's or from the store.
    pub fn record(&self, id: &str) -> Option<RunRecord> {
        let active = self.board().active.get(id).cloned();
        match active {
            Some(job) => Some(job.news.borrow().clone()),
            None => self.store.read(id),
        }
    }

    /// Every record, the newest first.
    pub fn records(&self) -> Vec<RunRecord> {
        let mut records = self.store.records();
        let board = self.board();
        for record in &mut records {
            if let Some(job) = board.active.get(&record.id) {
                *record = job.news.borrow().clone();
            }
        }
        records
    }

    /// News of a run that this server works on.
    pub fn news(&self, id: &str) -> Option<watch::Receiver<RunRecord>> {
        self.board().active.get(id).map(|job| job.news.subscribe())
    }

    /// Calls off a run that waits or works; whether there was one.
    pub fn cancel(&self, id: &str) -> bool {
        let mut board = self.board();
        let Some(job) = board.active.get(id).cloned() else { return false };
        job.cancel.store(true, Ordering::SeqCst);
        if let Some(at) = board.waiting.iter().position(|waiting| Arc::ptr_eq(waiting, &job)) {
            board.waiting.remove(at);
            board.active.remove(id);
            drop(board);
            self.finish(&job, RunState::Cancelled, "called off before it began");
        }
        true
    }

    /// Takes no more runs; those that wait are left for interrupted, those at work go on. Workers end when theirs is
    /// done.
    pub fn close(&self) {
        let mut board = self.board();
        board.closed = true;
        let waiting: Vec<Arc<Job>> = board.waiting.drain(..).collect();
        for job in &waiting {
            let id = job.news.borrow().id.clone();
            board.active.remove(&id);
        }
        drop(board);
        for job in waiting {
            self.finish(&job, RunState::Interrupted, "the server ended before it began");
        }
        self.work.notify_all();
    }

    /// Stops what is still at work.
    pub fn stop(&self) {
        for job in self.board().active.values() {
            job.cancel.store(true, Ordering::SeqCst);
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        loop {
            let job = {
                let mut board = self.board();
                loop {
                    if let Some(job) = board.waiting.pop_front() {
                        break job;
                    }
                    if board.closed {
                        return;
                    }
                    board = self.work.wait(board).unwrap_or_else(PoisonError::into_inner);
                }
            };
            self.make(&job);
        }
    }

    fn make(&self, job: &Arc<Job>) {
        let record = job.change(|record| record.state = RunState::Running);
        // A record that says "queued" while it runs would still be read as interrupted when the server dies.
        let _ = self.store.write(&record);
        let watch = |done: usize, all: usize| {
            job.change(|record| (record.done, record.all) = (record.done.max(done), all));
        };
        let target = self.store.folder(&record.id);
        let assignment = Assignment {
            kind: record.kind,
            chosen: &job.chosen,
            baseline: job.baseline.as_ref(),
            arguments: &job.arguments,
            target: &target,
            threads: self.threads,
            watch: &watch,
            cancel: &job.cancel,
        };
        // A defect of ours in one run must not take the worker with it.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.runner)(&assignment)))
            .unwrap_or_else(|_| Err(Ending::Failed("the run ended by a defect of the program".to_owned())));
        let closed = self.board().closed;
        let (state, message) = match outcome {
            Ok(()) => (RunState::Done, String::new()),
            Err(Ending::Stopped) if closed => (RunState::Interrupted, "the server ended first".to_owned()),
            Err(Ending::Stopped) => (RunState::Cancelled, "called off".to_owned()),
            Err(Ending::Failed(message)) => (RunState::Failed, message),
        };
        self.finish(job, state, &message);
        self.board().active.remove(&record.id);
    }

    /// Settles a record, on disk first, so that whoever is told finds it there.
    fn finish(&self, job: &Job, state: RunState, message: &str) {
        let mut record = job.news.borrow().clone();
        record.state = state;
        message.clone_into(&mut record.message);
        let written = self.store.write(&record);
        job.change(|known| {
            known.state = state;
            message.clone_into(&mut known.message);
            if let Err(error) = written {
                known.message.push_str(&format!(" (its record could not be written: {error})"));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::store::tests::record;
    use std::time::Duration;

    fn loaded() -> Loaded {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/minimal.toml");
        crate::scenario::load(std::path::Path::new(path), &[]).expect("valid")
    }

    fn settled(jobs: &Jobs, id: &str) -> RunRecord {
        for _ in 0..500 {
            let record = jobs.record(id).expect("known");
            if record.state.is_final() {
                return record;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{id} does not end");
    }

    fn started(runner: Runner) -> (tempfile::TempDir, Arc<Jobs>, Vec<JoinHandle<()>>) {
        let place = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(place.path(), "server01").expect("opens"));
        let (jobs, handles) = Jobs::start(store, runner, 1, 1).expect("starts");
        (place, jobs, handles)
    }

    fn add(jobs: &Jobs, id: &str) {
        jobs.add(record(id, "server01", RunState::Queued), loaded(), None, Arguments::default()).expect("taken");
    }

    #[test]
    fn a_run_works_waits_and_is_called_off() {
        // Works until it is stopped.
        let runner: Runner = Box::new(|assignment| {
            (assignment.watch)(1, 2);
            while !assignment.cancel.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(Ending::Stopped)
        });
        let (_place, jobs, handles) = started(runner);
        add(&jobs, "run00001");
        while jobs.record("run00001").expect("known").done == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        add(&jobs, "run00002");
        assert_eq!(jobs.record("run00002").expect("known").state, RunState::Queued);
        assert!(jobs.cancel("run00002") && jobs.cancel("run00001") && !jobs.cancel("run00003"));
        for id in ["run00001", "run00002"] {
            assert_eq!(settled(&jobs, id).state, RunState::Cancelled, "{id}");
        }
        jobs.close();
        assert!(matches!(
            jobs.add(record("run00004", "server01", RunState::Queued), loaded(), None, Arguments::default()),
            Err(Refused::Closed)
        ));
        for handle in handles {
            handle.join().expect("ends");
        }
    }

    #[test]
    fn a_failure_or_a_defect_ends_the_run_and_not_the_worker() {
        let runner: Runner = Box::new(|assignment| match assignment.arguments.scenario.as_str() {
            "defect" => panic!("as the test wants"),
            "failure" => Err(Ending::Failed("no room".to_owned())),
            _ => Ok(()),
        });
        let (_place, jobs, _handles) = started(runner);
        for (id, scenario) in [("run00001", "defect"), ("run00002", "failure"), ("run00003", "fine")] {
            let arguments = Arguments { scenario: scenario.to_owned(), ..Arguments::default() };
            jobs.add(record(id, "server01", RunState::Queued), loaded(), None, arguments).expect("taken");
        }
        assert_eq!(settled(&jobs, "run00001").state, RunState::Failed);
        assert_eq!(settled(&jobs, "run00002").message, "no room");
        assert_eq!(settled(&jobs, "run00003").state, RunState::Done);
    }

    #[test]
    fn a_long_queue_is_refused() {
        let runner: Runner = Box::new(|assignment| {
            while !assignment.cancel.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(Ending::Stopped)
        });
        let (_place, jobs, _handles) = started(runner);
        let loaded = loaded();
        let mut refused = 0;
        for number in 0..LONGEST_QUEUE + 3 {
            let record = record(&format!("run{number:05}"), "server01", RunState::Queued);
            let taken = jobs.add(record, loaded.clone(), None, Arguments::default());
            refused += usize::from(matches!(taken, Err(Refused::Full)));
        }
        // One is at work, or about to be.
        assert!((2..=3).contains(&refused), "{refused}");
        jobs.close();
        jobs.stop();
    }
}
