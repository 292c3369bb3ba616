//! Who lives when and where: published tables, cells, and monthly flows of whole people between cells.
//!
//! [`PopulationTables`] is what a scenario holds; [`Demography`] is what engines step through.

pub mod demography;
pub mod grid;
pub mod tables;

pub use demography::Demography;
pub use grid::Grid;
pub use tables::PopulationTables;
