//! Engines advance a validated scenario in time.
//!
//! All engines read one prepared law ([`Law`]) and one [`World`]; none has parameters of its own. The aggregate engines
//! share one schedule (`aggregate`) and differ only in what chance does ([`Chance`]): expected numbers in
//! `mean_field`, whole people and binomial draws in `cohort`.

mod aggregate;
pub mod binomial;
pub mod chance;
mod cohort;
pub mod law;
mod mean_field;
pub mod record;
pub mod values;
mod world;

pub use aggregate::{Simulation, simulate};
pub use chance::Chance;
pub use cohort::WholePeople;
pub use law::Law;
pub use mean_field::Expected;
pub use record::{Recorder, Report};
pub use values::{Track, Values};
pub use world::{People, World};
