//! The closed list of problems as this language's error type.

pub use crate::generated::contract::Problem;

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.fact().slug)
    }
}

impl std::error::Error for Problem {}
