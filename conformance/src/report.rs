//! Reports: what a run's report file says, in the forms that people and their tools read.
//!
//! `read` is strict: a file that does not say all of a run is an error, since nobody shall take it for a pass. All else
//! here are pure functions of what was read.

pub mod badge;
pub mod contract;
pub mod groups;
pub mod junit;
pub mod markdown;
pub mod matrix;
pub mod play;
pub mod read;
pub mod site;
pub mod values;
pub mod words;

pub use read::Report;
