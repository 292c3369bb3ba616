//! The handlers of the interface. Each checks what it was sent, calls the library as the command line does, and answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use super::error::ApiError;
use super::exchange::{Asked, Id, Json, Text, download, json, of_type};
use super::jobs::{Arguments, Jobs, Refused};
use super::library::{Choice, Library, Offer};
use super::live::{Draws, Live, Question, Waiting};
use super::messages::{
    FigureFormat, FigureRequest, FileQuery, Health, LiveRequest, MOST_MEMBERS, OfferDetail, OfferSummary, ReportQuery,
    RunRequest,
};
use super::store::{RunKind, RunRecord, RunState, SentText, Store, is_id};
use crate::ensemble;
use crate::output::summary::latest_vintage;
use crate::plot::{self, Footer};
use crate::report;
use crate::scenario::{EngineKind, Verdict};

/// Most answers that wait for a processor.
const MOST_WAITING: usize = 256;
/// Most memory of a run in the background, bytes.
const MOST_MEMORY: u64 = 3 << 30;

/// What every handler sees.
pub struct App {
    /// Scenarios on offer.
    pub library: Library,
    /// Answers while levers move.
    pub live: Live,
    /// Runs in the background.
    pub jobs: Arc<Jobs>,
    /// Runs on disk.
    pub store: Arc<Store>,
    /// One for each answer that may be worked out at a time.
    pub permits: Semaphore,
    /// One for each answer of many draws that may be worked out at a time.
    pub patient: Semaphore,
    /// Answers that wait or are worked out.
    pub waiting: AtomicUsize,
    /// True when the server is ending.
    pub ending: watch::Receiver<bool>,
    /// The moment, as records give it.
    pub moment: Box<dyn Fn() -> String + Send + Sync>,
    /// Runs asked for so far.
    pub asked: AtomicU64,
}

type Shared = State<Arc<App>>;

/// Whether the server answers.
pub async fn health(State(app): Shared) -> Response {
    let waiting = app.waiting.load(Ordering::Relaxed);
    json(StatusCode::OK, &Health { version: env!("CARGO_PKG_VERSION").to_owned(), waiting })
}

/// Scenarios on offer.
pub async fn scenarios(State(app): Shared) -> Response {
    let offers: Vec<OfferSummary> = app.library.offers().iter().map(|offer| OfferSummary::from(&**offer)).collect();
    json(StatusCode::OK, &offers)
}

/// One scenario with all that can be moved.
pub async fn scenario(State(app): Shared, Id(id): Id) -> Result<Response, ApiError> {
    let offer = app.library.find(&id)?;
    Ok(json(StatusCode::OK, &OfferDetail::from(&*offer)))
}

/// Its text.
pub async fn text(State(app): Shared, Id(id): Id) -> Result<Response, ApiError> {
    let offer = app.library.find(&id)?;
    Ok(of_type(StatusCode::OK, "text/plain; charset=utf-8", offer.text.clone()))
}

/// Checks a text.
pub async fn check(State(app): Shared, Id(id): Id, Text(text): Text) -> Result<Response, ApiError> {
    let offer = app.library.find(&id)?;
    working(&app, move |app| {
        let verdict = match app.library.check(&offer, &text) {
            Ok(loaded) => Verdict::of_loaded("sent.toml", &loaded),
            Err(errors) => Verdict::of_faults("sent.toml", &errors),
        };
        Ok(json(StatusCode::OK, &verdict))
    })
    .await
}

/// Takes a text on offer.
pub async fn send(State(app): Shared, Id(id): Id, Text(text): Text) -> Result<Response, ApiError> {
    let base = app.library.find(&id)?;
    working(&app, move |app| {
        let offer = app.library.add(&base, &text)?;
        app.store.keep_text(&offer.id, &SentText { base: base.id.clone(), text })?;
        Ok(json(StatusCode::CREATED, &OfferSummary::from(&*offer)))
    })
    .await
}

/// Answers while a lever moves.
pub async fn live(State(app): Shared, Id(id): Id, Json(asked): Json<LiveRequest>) -> Result<Response, ApiError> {
    let offer = app.library.find(&id)?;
    let waiting = Waiting::default();
    let given_up = Arc::clone(&waiting.0);
    // Answers of many draws are worked out one after the other, beside those that are in a hurry, to which they give way.
    let (permits, _hurry) = match asked.draws {
        Draws::Few => (&app.permits, Some(app.live.hurry())),
        Draws::Many => (&app.patient, None),
    };
    let answer = working_with(&app, permits, move |app| {
        let chosen = app.library.chosen(&offer, &asked.choice, &[])?;
        let at = |name: &String| {
            let found = chosen.scenario.layers.iter().position(|layer| layer.name == *name);
            found.ok_or_else(|| ApiError::unprocessable("the scenario has no layer of that name"))
        };
        let layer = asked.layer.as_ref().map(at).transpose()?;
        let question = Question { layer, breakdown: asked.breakdown, draws: asked.draws };
        let answer = app.live.answer(&offer, &chosen.scenario, question, &given_up)?;
        Ok(json(StatusCode::OK, &answer))
    })
    .await;
    drop(waiting);
    answer
}

/// The scenario as chosen, as one file.
pub async fn resolved(State(app): Shared, Id(id): Id, Json(choice): Json<Choice>) -> Result<Response, ApiError> {
    let offer = app.library.find(&id)?;
    working(&app, move |app| {
        let chosen = app.library.chosen(&offer, &choice, &[])?;
        // Data files are named from the folder of the scenario that it was made from, where it is meant to be saved.
        let folder = std::path::absolute(offer.path.parent().unwrap_or(std::path::Path::new("."))).unwrap_or_default();
        let name = format!("{}.toml", chosen.scenario.name);
        Ok(download("text/plain; charset=utf-8", &name, chosen.resolved_for(&folder)))
    })
    .await
}

/// A figure of what is chosen, from the members of a live answer.
pub async fn figure(State(app): Shared, Id(id): Id, Json(asked): Json<FigureRequest>) -> Result<Response, ApiError> {
    let offer = app.library.find(&id)?;
    working(&app, move |app| {
        let chosen = app.library.chosen(&offer, &asked.choice, &[])?;
        let (projection, observations) = Live::projection(chosen.scenario)?;
        let footer = Footer { data_vintage: latest_vintage(&observations) };
        let figures = plot::figures(&projection, &observations, &footer)?;
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        let found = names.iter().position(|name| *name == asked.figure);
        let at = found.ok_or_else(|| {
            ApiError::unprocessable("there is no such figure").advise(format!("choose one of {}", names.join(", ")))
        })?;
        let figure = &figures[at];
        let name = format!("{}-{}", projection.scenario, figure.name);
        Ok(match asked.format {
            FigureFormat::Svg => download("image/svg+xml", &format!("{name}.svg"), figure.svg.clone()),
            FigureFormat::Csv => download("text/csv; charset=utf-8", &format!("{name}.csv"), figure.csv.clone()),
            FigureFormat::Png => download("image/png", &format!("{name}.png"), plot::png(&figure.svg, 2.0)?),
        })
    })
    .await
}

/// Runs of the store.
pub async fn runs(State(app): Shared) -> Response {
    let records = tokio::task::spawn_blocking(move || app.jobs.records()).await.unwrap_or_default();
    json(StatusCode::OK, &records)
}

/// Asks for a run.
pub async fn start(State(app): Shared, Json(asked): Json<RunRequest>) -> Result<Response, ApiError> {
    let offer = app.library.find(&asked.scenario).map_err(|error| {
        let mut error = error;
        error.status = StatusCode::UNPROCESSABLE_ENTITY;
        error
    })?;
    working(&app, move |app| queue(app, &offer, asked)).await
}

fn queue(app: &App, offer: &Offer, asked: RunRequest) -> Result<Response, ApiError> {
    let engine = asked.engine.unwrap_or_else(|| offer.loaded.scenario.run.engine.name().to_owned());
    if !EngineKind::EVERY.iter().any(|known| known.name() == engine) {
        let names: Vec<&str> = EngineKind::EVERY.iter().map(|engine| engine.name()).collect();
        return Err(ApiError::unprocessable("there is no such engine").advise(format!("choose {}", names.join(" or "))));
    }
    let members = asked.members.unwrap_or(offer.loaded.scenario.run.members.min(MOST_MEMBERS));
    if !(1..=MOST_MEMBERS).contains(&members) {
        return Err(ApiError::unprocessable(format!("`members` is {members}, expected 1 to {MOST_MEMBERS}")));
    }
    let mut settings = vec![format!("run.engine=\"{engine}\""), format!("run.members={members}")];
    if let Some(seed) = asked.seed {
        if i64::try_from(seed).is_err() {
            return Err(ApiError::unprocessable(format!("`seed` is {seed}, expected 0 to {}", i64::MAX)));
        }
        settings.push(format!("run.seed={seed}"));
    }
    let mut own = settings.clone();
    if asked.kind == RunKind::Compare {
        if asked.choice == Choice::default() {
            return Err(ApiError::unprocessable(
                "nothing is chosen that could be compared with the scenario as it stands",
            )
            .advise("choose a policy, or move a lever"));
        }
        if asked.choice.policies.is_empty() {
            // Two scenarios of a comparison have names of their own.
            own.push(format!("name=\"{}-changed\"", offer.loaded.scenario.name));
            own.push(format!("title={}", serde_json::json!(format!("{}, changed", offer.loaded.scenario.title))));
        }
    }
    let chosen = app.library.chosen(offer, &asked.choice, &own)?;
    let memory = ensemble::plan(&chosen.scenario).memory_bytes;
    if memory > MOST_MEMORY {
        return Err(ApiError::unprocessable(format!("the run would need about {} MB of memory", memory / 1_000_000))
            .advise("ask for fewer members"));
    }
    let baseline = match asked.kind {
        RunKind::Run => None,
        RunKind::Compare => Some(app.library.chosen(offer, &Choice::default(), &settings)?),
    };
    let (with, mut set) = Library::written(offer, &asked.choice)?;
    set.extend(own);
    let arguments = Arguments {
        scenario: offer.path.display().to_string(),
        with: with.iter().map(|path| path.display().to_string()).collect(),
        set,
    };
    let record = RunRecord {
        id: new_id(app),
        kind: asked.kind,
        scenario: offer.id.clone(),
        title: chosen.scenario.title.clone(),
        choice: asked.choice,
        engine,
        members,
        seed: chosen.scenario.run.seed,
        asked: (app.moment)(),
        state: RunState::Queued,
        message: String::new(),
        done: 0,
        all: members as usize,
        server: app.store.server().to_owned(),
    };
    match app.jobs.add(record, chosen, baseline, arguments) {
        Ok(record) => Ok(json(StatusCode::ACCEPTED, &record)),
        Err(Refused::Full) => Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too many runs wait already")
            .advise("call one off, or wait for one to end")),
        Err(Refused::Closed) => Err(ApiError::new(StatusCode::CONFLICT, "the server is ending")),
        Err(Refused::Store(error)) => Err(error.into()),
    }
}

/// An id that no other run has: of the server's name, which no other server has, and a count.
fn new_id(app: &App) -> String {
    let count = app.asked.fetch_add(1, Ordering::SeqCst);
    let hash = Sha256::digest(format!("{} {count} {}", app.store.server(), (app.moment)()).as_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn known(app: &App, id: &str) -> Result<RunRecord, ApiError> {
    let found = if is_id(id) { app.jobs.record(id) } else { None };
    found.ok_or_else(|| ApiError::not_found("there is no such run").advise("GET /api/v1/runs lists them"))
}

fn finished(app: &App, id: &str) -> Result<RunRecord, ApiError> {
    let record = known(app, id)?;
    if record.state == RunState::Done {
        return Ok(record);
    }
    Err(ApiError::new(StatusCode::CONFLICT, "the run has no results (yet)"))
}

/// One run.
pub async fn run(State(app): Shared, Id(id): Id) -> Result<Response, ApiError> {
    Ok(json(StatusCode::OK, &known(&app, &id)?))
}

/// Calls a run off, or takes a finished one away.
pub async fn remove(State(app): Shared, Id(id): Id) -> Result<Response, ApiError> {
    let record = known(&app, &id)?;
    if app.jobs.cancel(&id) {
        return Ok(json(StatusCode::ACCEPTED, &known(&app, &id).unwrap_or(record)));
    }
    if !record.state.is_final() {
        return Err(ApiError::new(StatusCode::CONFLICT, "another server works on this run").advise("call it off there"));
    }
    working(&app, move |app| {
        app.store.remove(&id)?;
        Ok(json(StatusCode::OK, &record))
    })
    .await
}

/// News of a run until it ends.
pub async fn events(State(app): Shared, Id(id): Id) -> Result<Response, ApiError> {
    let record = known(&app, &id)?;
    let mut news = app.jobs.news(&id);
    let mut ending = app.ending.clone();
    let (sender, receiver) = mpsc::channel::<Result<Event, Infallible>>(4);
    tokio::spawn(async move {
        let event = |record: &RunRecord| Event::default().event("run").json_data(record).unwrap_or_default();
        let Some(news) = news.as_mut() else {
            let _ = sender.send(Ok(event(&record))).await;
            return;
        };
        loop {
            let now = news.borrow_and_update().clone();
            if sender.send(Ok(event(&now))).await.is_err() || now.state.is_final() {
                return;
            }
            // Ten a second are enough for a bar.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            let told_to_end = async {
                let _ = ending.wait_for(|ending| *ending).await;
            };
            tokio::select! {
                changed = news.changed() => if changed.is_err() { return },
                () = told_to_end => return,
                () = sender.closed() => return,
            }
        }
    });
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response())
}

/// Names of a run's files.
pub async fn files(State(app): Shared, Id(id): Id) -> Result<Response, ApiError> {
    finished(&app, &id)?;
    working(&app, move |app| Ok(json(StatusCode::OK, &app.store.files(&id)))).await
}

/// One file of a run.
pub async fn file(State(app): Shared, Id(id): Id, Asked(asked): Asked<FileQuery>) -> Result<Response, ApiError> {
    finished(&app, &id)?;
    working(&app, move |app| {
        let bytes = app.store.file(&id, &asked.name).ok_or_else(|| {
            ApiError::not_found("the run has no such file").advise("GET /api/v1/runs/{id}/files lists them")
        })?;
        let ending = asked.name.rsplit('.').next().unwrap_or_default();
        let media = match ending {
            "json" => "application/json",
            "csv" => "text/csv; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            _ => "text/plain; charset=utf-8",
        };
        let name = asked.name.rsplit('/').next().unwrap_or_default();
        Ok(download(media, name, bytes))
    })
    .await
}

/// A run as one HTML file.
pub async fn report(State(app): Shared, Id(id): Id, Asked(asked): Asked<ReportQuery>) -> Result<Response, ApiError> {
    let record = finished(&app, &id)?;
    let code = asked.lang.unwrap_or_else(|| "en".to_owned());
    let language = code.parse::<report::Language>().map_err(|error| ApiError::unprocessable(error.to_string()))?;
    working(&app, move |app| {
        let source = report::Source::read(&app.store.folder(&id), &record.title)?;
        let options = report::Options { language, layer: None, geometry: None };
        let html = report::render(&[source], &options)?;
        Ok(of_type(StatusCode::OK, "text/html; charset=utf-8", html))
    })
    .await
}

/// Does work that takes a processor away from the event loop, as many at a time as there are processors. Who stops
/// waiting before it begins costs nothing.
async fn working(
    app: &Arc<App>,
    work: impl FnOnce(&App) -> Result<Response, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    working_with(app, &app.permits, work).await
}

/// As [`working`], with permits of its own.
async fn working_with(
    app: &Arc<App>,
    permits: &Semaphore,
    work: impl FnOnce(&App) -> Result<Response, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let busy = || {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too many answers wait already").advise("try again in a second")
    };
    let _counted = Counted::enter(&app.waiting).ok_or_else(busy)?;
    let _permit = permits.acquire().await.map_err(|_| busy())?;
    let shared = Arc::clone(app);
    let done = tokio::task::spawn_blocking(move || work(&shared)).await;
    done.unwrap_or_else(|_| Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "a defect of the program")))
}

/// Counts a request for as long as it lives.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn enter(count: &'a AtomicUsize) -> Option<Self> {
        let entered = Self(count);
        (count.fetch_add(1, Ordering::SeqCst) < MOST_WAITING).then_some(entered)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
