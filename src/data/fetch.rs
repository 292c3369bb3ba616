//! Asking the World Bank's API for an indicator: page by page, with a time limit, and again where it does not answer.

use std::path::PathBuf;
use std::time::Duration;

use super::DataError;
use super::read::Page;

/// Figures on one page.
const PER_PAGE: u32 = 10_000;
/// Most pages that are asked for: an indicator has some 17,000 figures.
const MOST_PAGES: u64 = 200;
/// Most bytes of one answer.
const MOST_BYTES: u64 = 64 << 20;
/// Before the first repetition; doubled each time.
const PAUSE: Duration = Duration::from_millis(250);

/// What is asked, and how patiently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Address of the service, without the path of the indicator.
    pub address: String,
    /// Code of the indicator, such as `IT.NET.USER.ZS`.
    pub indicator: String,
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// Times to try again.
    pub retries: u32,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The texts of the pages as received.
    pub texts: Vec<String>,
    /// The same, read.
    pub pages: Vec<Page>,
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// A code that cannot be one.
    #[error(
        "`{indicator}` is not a code of an indicator, expected letters, digits, `.` and `_`, such as IT.NET.USER.ZS"
    )]
    Indicator {
        /// Code asked for.
        indicator: String,
    },
    /// Nobody answered.
    #[error("no answer from {address} after {attempts} attempts")]
    Unreachable {
        /// Address asked.
        address: String,
        /// Attempts made.
        attempts: u32,
        /// What went wrong last.
        source: Box<ureq::Error>,
    },
    /// An answer that says no.
    #[error("{address} answered with status {status}")]
    Status {
        /// Address asked.
        address: String,
        /// HTTP status.
        status: u16,
    },
    /// An answer that cannot be understood.
    #[error(transparent)]
    Answer(#[from] DataError),
    /// Pages that do not fit together.
    #[error("{address} gave page {found} of {pages} when asked for page {asked}")]
    Page {
        /// Address asked.
        address: String,
        /// Page asked for.
        asked: u64,
        /// Page given.
        found: u64,
        /// Number of pages it says there are.
        pages: u64,
    },
}

/// Asks for every page. `told` hears of each page: its number, and how many there are.
///
/// # Errors
/// When nobody answers in time however often asked, or the answer is not what it should be.
pub fn fetch(request: &Request, told: &mut dyn FnMut(u64, u64)) -> Result<Fetched, FetchError> {
    let indicator = &request.indicator;
    if indicator.is_empty()
        || !indicator.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'))
    {
        return Err(FetchError::Indicator { indicator: indicator.clone() });
    }
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(request.timeout))
        .http_status_as_error(true)
        .user_agent(concat!("uptake/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut fetched = Fetched { texts: Vec::new(), pages: Vec::new() };
    let mut asked = 1;
    loop {
        let address = format!(
            "{}/country/all/indicator/{indicator}?format=json&per_page={PER_PAGE}&page={asked}",
            request.address.trim_end_matches('/')
        );
        let text = ask(&agent, &address, request.retries)?;
        let page = Page::parse(&PathBuf::from(&address), &text)?;
        let (found, pages) = (page.page, page.pages);
        if pages > 0 && (found != asked || pages > MOST_PAGES) {
            return Err(FetchError::Page { address, asked, found, pages });
        }
        fetched.texts.push(text);
        fetched.pages.push(page);
        told(asked, pages);
        if asked >= pages {
            return Ok(fetched);
        }
        asked += 1;
    }
}

fn ask(agent: &ureq::Agent, address: &str, retries: u32) -> Result<String, FetchError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let answer = agent
            .get(address)
            .call()
            .and_then(|mut answer| answer.body_mut().with_config().limit(MOST_BYTES).read_to_string());
        let error = match answer {
            Ok(text) => return Ok(text),
            Err(error) => error,
        };
        // The service is at fault, or too busy: it may answer another time.
        let passing = match &error {
            ureq::Error::StatusCode(status) => *status == 429 || *status >= 500,
            ureq::Error::BadUri(_) => false,
            _ => true,
        };
        if !passing || attempts > retries {
            return Err(match error {
                ureq::Error::StatusCode(status) => FetchError::Status { address: address.to_owned(), status },
                source => FetchError::Unreachable { address: address.to_owned(), attempts, source: Box::new(source) },
            });
        }
        std::thread::sleep(PAUSE * 2_u32.pow(attempts.min(6) - 1));
    }
}
