//! The filter of a list as data (query.md "Grammar").

pub mod coarse;
pub mod r#match;
pub mod parse;

use crate::json::{Name, Value};

/// A `where` parameter that was understood.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The canonical text, for the link to the next page.
    pub canonical: String,
    pub terms: Terms,
}

/// Terms that must all hold.
pub type Terms = Vec<Term>;

/// One member of a filter object.
#[derive(Clone, Debug)]
pub enum Term {
    /// A field and the tests that its one value must all pass.
    Field {
        path: Vec<Name>,
        tests: Vec<Test>,
    },
    And(Vec<Terms>),
    Or(Vec<Terms>),
    Nor(Vec<Terms>),
}

/// One operator with its operand.
#[derive(Clone, Debug)]
pub enum Test {
    Equal(Value),
    NotEqual(Value),
    In(Vec<Value>),
    NotIn(Vec<Value>),
    /// The operand is a number or a string.
    Order(Comparison, Value),
    BeginsWith(String),
    All(Vec<Value>),
    Exists(bool),
}

/// An operator of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}
