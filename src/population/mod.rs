//! Who lives when and where: published tables, cells, and monthly flows of whole people between cells.
//!
//! [`PopulationTables`] is what a scenario holds; [`Demography`] is what engines step through. Left out: households and
//! villages (a place is region x residence), moves that cancel out within a month, and any effect of adoption on where
//! people live. The rules, their sources and the errors they achieve are told in `docs/population.md`.

pub mod demography;
pub mod grid;
pub mod tables;

mod ageing;
mod files;
mod mortality;
mod places;
mod sheet;

pub use demography::Demography;
pub use grid::{AgeBand, Grid};
pub use tables::{PopulationFiles, PopulationTables, TableFault};
