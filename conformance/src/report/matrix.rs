//! The matrices of a report: what was shown of each clause by each target, with the outcomes that were seen.

use super::Report;
use super::contract::{Clause, Contract};
use crate::campaign::record::{Case, Verdict};

/// The operation whose outcomes any request may have.
const ANY: &str = "any";

/// A clause with what each target showed of it, in the header's order.
#[derive(Clone, Debug)]
pub struct ClauseRow {
    pub clause: Clause,
    pub cells: Vec<Shown>,
}

/// How many cases showed it; a clause without cases is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub passed: usize,
    pub failed: usize,
    pub known: usize,
    pub skipped: usize,
}

impl Shown {
    /// One failed case is enough to fail, one that is known to differ is no pass, and a skipped one never is; none: nothing showed it.
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            Shown { failed: 1.., .. } => Some(Verdict::Failed),
            Shown { known: 1.., .. } => Some(Verdict::Known),
            Shown { passed: 1.., .. } => Some(Verdict::Passed),
            Shown { skipped: 1.., .. } => Some(Verdict::Skipped),
            _ => None,
        }
    }

    fn add(&mut self, verdict: Option<&Verdict>) {
        match verdict {
            Some(Verdict::Passed) => self.passed += 1,
            Some(Verdict::Failed) => self.failed += 1,
            Some(Verdict::Known) => self.known += 1,
            // A target that a case says nothing of did not play it.
            Some(Verdict::Skipped) | None => self.skipped += 1,
        }
    }
}

/// The clauses of the contract in its order, then those that only the file knows; empty if no case names any.
pub fn clauses(report: &Report, contract: &Contract) -> Vec<ClauseRow> {
    let named = |case: &Case, id: &str| case.clauses.iter().any(|clause| clause == id);
    if report.cases.iter().all(|case| case.clauses.is_empty()) {
        return Vec::new();
    }
    let mut clauses = contract.clauses.clone();
    for id in report.cases.iter().flat_map(|case| &case.clauses) {
        if !clauses.iter().any(|clause| clause.id == *id) {
            clauses.push(Clause { id: id.clone(), level: "?".to_owned(), text: "The contract has no such clause.".to_owned() });
        }
    }
    let row = |clause: Clause| {
        let mut cells = vec![Shown::default(); report.header.targets.len()];
        for case in report.cases.iter().filter(|case| named(case, &clause.id)) {
            for (cell, target) in cells.iter_mut().zip(&report.header.targets) {
                cell.add(case.targets.get(&target.name));
            }
        }
        ClauseRow { clause, cells }
    };
    clauses.into_iter().map(row).collect()
}

/// An operation with its outcomes.
#[derive(Clone, Debug)]
pub struct OperationRow {
    pub operation: String,
    pub outcomes: Vec<Seen>,
}

/// How often an outcome was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub outcome: String,
    pub times: u64,
    pub needs: Option<String>,
}

/// The contract's outcomes by operation, with how often each was seen; what it does not have comes last. An outcome that
/// any request may have is counted there, unless the operation has it itself.
pub fn outcomes(report: &Report, contract: &Contract) -> Vec<OperationRow> {
    let mut rows: Vec<OperationRow> = Vec::new();
    for possible in &contract.outcomes {
        let seen = Seen { outcome: possible.outcome.clone(), times: 0, needs: possible.needs.clone() };
        row(&mut rows, &possible.operation).outcomes.push(seen);
    }
    for (name, times) in &report.footer.outcomes {
        let (operation, outcome) = name.split_once(' ').unwrap_or((name, ""));
        let has = |operation: &str| rows.iter().any(|row| row.operation == operation && row.outcomes.iter().any(|seen| seen.outcome == outcome));
        let owner = if !has(operation) && has(ANY) { ANY } else { operation };
        let outcomes = &mut row(&mut rows, owner).outcomes;
        match outcomes.iter_mut().find(|seen| seen.outcome == outcome) {
            Some(seen) => seen.times += times,
            None => outcomes.push(Seen { outcome: outcome.to_owned(), times: *times, needs: None }),
        }
    }
    rows
}

fn row<'a>(rows: &'a mut Vec<OperationRow>, operation: &str) -> &'a mut OperationRow {
    let at = rows.iter().position(|row| row.operation == operation).unwrap_or_else(|| {
        rows.push(OperationRow { operation: operation.to_owned(), outcomes: Vec::new() });
        rows.len() - 1
    });
    &mut rows[at]
}
