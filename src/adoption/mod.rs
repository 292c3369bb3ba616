//! The behavioural law: who adopts, who leaves, who can. Pure formulas, one concept a file.
//!
//! Every engine calls these and none has a formula of its own. They are generic over [`crate::number::Number`], so that
//! calibration can differentiate the same code. Left out: memory of past use (a person who left adopts like anyone
//! else) and influence between layers beyond `requires`.

pub mod access;
pub mod bass;
pub mod exposure;
pub mod hazard;
pub mod victimisation;
