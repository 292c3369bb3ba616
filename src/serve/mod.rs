//! The web interface: a page where levers are moved, and the interface under `/api/v1` that it uses.
//!
//! [`serve`] answers until it is told to end. `library` holds what is on offer, `live` answers while a lever moves,
//! `jobs` and `store` keep full runs in the background and on disk, `api` holds the handlers, `exchange` and `messages`
//! what they take and give, `routes` is the table of endpoints with their `OpenAPI` description, `guard` what every
//! request passes, `page/` the page itself. Nothing here models anything: answers come from [`crate::ensemble`], results
//! from the same function that the command line calls, handed in as [`Runner`]. Left out: users, passwords, encryption; a server that is reached from elsewhere stands behind one that
//! has them.

mod api;
mod assets;
mod error;
mod exchange;
mod guard;
mod jobs;
mod levers;
mod library;
mod live;
mod messages;
mod routes;
mod store;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

pub use error::{ApiError, Problem};
pub use jobs::{Arguments, Assignment, Ending, Runner};
pub use levers::{Basis, Kind, Lever, LeverError, Place, levers};
pub use library::{Choice, Library, LibraryError};
pub use routes::openapi;
pub use store::{RunKind, RunRecord, RunState};

use crate::output::OutputError;

/// Longest body of a request, bytes.
const LONGEST_BODY: usize = 600 << 10;
/// How long what is at work may go on after the server was told to end.
const GRACE: Duration = Duration::from_secs(10);
/// How often it is looked whether the server was told to end.
const LOOK: Duration = Duration::from_millis(100);

/// How to serve.
pub struct Settings {
    /// What is on offer.
    pub library: Library,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Names under which the server may be asked for, beside addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Folder of the runs.
    pub store: PathBuf,
    /// Runs worked on at a time.
    pub workers: usize,
    /// Processors.
    pub processors: usize,
    /// A name that no other server has: small letters and digits, 8 to 40 of them.
    pub server: String,
    /// The moment, as records give it.
    pub moment: Box<dyn Fn() -> String + Send + Sync>,
    /// How a run is made.
    pub runner: Runner,
}

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] OutputError),
    /// Threads cannot be started.
    #[error("could not start the server's threads")]
    Threads(#[source] io::Error),
}

/// Serves until `ended` is set; `ready` is called with the address once it answers. Requests under way are finished,
/// runs that wait are left for interrupted, and those at work have ten seconds to finish before they are stopped.
///
/// # Errors
/// When the store, the address or the threads cannot be had.
pub fn serve(settings: Settings, ended: &'static AtomicBool, ready: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let store = Arc::new(store::Store::open(&settings.store, &settings.server)?);
    let processors = settings.processors.max(1);
    // A run in the background leaves a processor to the page where there are two.
    let threads = processors.saturating_sub(1).max(1);
    let (jobs, workers) = jobs::Jobs::start(Arc::clone(&store), settings.runner, settings.workers, threads)
        .map_err(ServeError::Threads)?;
    let live = live::Live::new(processors).map_err(|error| ServeError::Threads(io::Error::other(error)))?;
    let (end, ending) = watch::channel(false);
    let app = Arc::new(api::App {
        library: settings.library,
        live,
        jobs: Arc::clone(&jobs),
        store,
        permits: Semaphore::new(processors),
        patient: Semaphore::new(1),
        waiting: AtomicUsize::new(0),
        ending,
        moment: settings.moment,
        asked: AtomicU64::new(0),
    });
    offer_again(&app);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors.min(4))
        .max_blocking_threads(processors + 8)
        .enable_all()
        .build()
        .map_err(ServeError::Threads)?;
    let address = settings.listen;
    let outcome = runtime.block_on(async {
        let listen = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        ready(listener.local_addr().map_err(listen)?);
        let router = router(Arc::clone(&app), settings.hosts);
        let warming = Arc::clone(&app);
        tokio::task::spawn_blocking(move || {
            if let Some(first) = warming.library.offers().first() {
                let _ = warming.live.warm(first);
            }
        });
        let told = async {
            while !ended.load(Ordering::SeqCst) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let serving = axum::serve(listener, router).with_graceful_shutdown({
            let mut ending = app.ending.clone();
            async move {
                let _ = ending.wait_for(|ending| *ending).await;
            }
        });
        let serving = tokio::spawn(serving.into_future());
        told.await;
        jobs.close();
        end.send_replace(true);
        // Whoever does not hang up is hung up on.
        let _ = tokio::time::timeout(GRACE, serving).await;
        Ok(())
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    if outcome.is_err() {
        jobs.close();
        jobs.stop();
    }
    finish(&jobs, workers);
    outcome
}

/// Takes the texts of the store on offer again. One whose base is no longer on offer, or that is no longer valid, is not.
fn offer_again(app: &api::App) {
    let mut texts = app.store.texts();
    // A text may stand beside another that was sent, which may come later in the folder.
    loop {
        let before = texts.len();
        texts.retain(|sent| match app.library.find(&sent.base) {
            Ok(base) => {
                let _ = app.library.add(&base, &sent.text);
                false
            }
            Err(_) => true,
        });
        if texts.is_empty() || texts.len() == before {
            return;
        }
    }
}

/// Waits for the workers, and stops what takes too long.
fn finish(jobs: &jobs::Jobs, workers: Vec<std::thread::JoinHandle<()>>) {
    let steps = GRACE.as_millis() / LOOK.as_millis();
    for _ in 0..steps {
        if workers.iter().all(std::thread::JoinHandle::is_finished) {
            break;
        }
        std::thread::sleep(LOOK);
    }
    jobs.stop();
    for worker in workers {
        // A worker that ended by a defect has nothing left to save.
        let _ = worker.join();
    }
}

/// Page and interface behind the guard.
fn router(app: Arc<api::App>, hosts: Vec<String>) -> Router {
    let hosts = Arc::new(guard::Hosts(hosts));
    routes::router()
        .merge(assets::router())
        .fallback(async || ApiError::new(StatusCode::NOT_FOUND, "there is nothing at this path"))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(axum::middleware::from_fn_with_state(hosts, guard::guard))
        .with_state(app)
}
