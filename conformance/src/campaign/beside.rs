//! Writes down what every target did, step by step, beside each other, with what the model says.

use super::curl::Script;
use super::stage::Watch;
use crate::checker::verdict::MODEL;
use crate::driver::answer::readable;
use crate::runner::compare;
use crate::runner::round::{Round, Side};
use crate::state::Rows;
use crate::transcript::short;
use std::collections::BTreeSet;

/// Characters of a column, and lines of a cell.
const WIDTH: usize = 40;
const LINES: usize = 12;

/// Collects the text of one play.
#[derive(Debug, Default)]
pub struct Beside {
    pub text: String,
    pub script: Script,
    /// Whether there was an answer that the model did not know.
    pub unsure: bool,
}

/// One field with what each column has there.
struct Field {
    name: String,
    cells: Vec<Option<String>>,
}

impl Watch for Beside {
    fn step(&mut self, round: &Round, index: usize, failed: bool) {
        self.unsure |= round.unsure > 0;
        let action = &round.sequence.steps[index].action;
        let mut columns: Vec<String> = round.sides.iter().map(|side| side.name().to_owned()).collect();
        let known = round.terms.model && round.last.foreseen.answer(0).is_some();
        let stored = round.last.right(0).is_some();
        if known || stored {
            columns.push(MODEL.to_owned());
        }
        self.text.push_str(&format!("--- {index} {}{}\n", heading(round, index), if failed { "   <-- here" } else { "" }));
        for line in round.last.played.first().map(|played| played.sent.iter().flat_map(request).collect::<Vec<_>>()).unwrap_or_default() {
            self.text.push_str(&format!("> {}\n", short(&line)));
        }
        let mut fields = answers(round, index, known);
        fields.iter_mut().for_each(|field| field.cells.resize(columns.len(), if known { None } else { field.cells.last().cloned().flatten() }));
        self.table(&columns, &fields, "");
        let mut rows = changes(round, failed);
        rows.iter_mut().for_each(|field| field.cells.truncate(columns.len()));
        self.table(&columns, &rows, "stored ");
        self.text.push('\n');
        self.script.add(action, round.sides.first(), round.last.played.first());
    }
}

fn heading(round: &Round, index: usize) -> String {
    let action = &round.sequence.steps[index].action;
    let value = serde_json::to_value(action).unwrap_or_default();
    let operands = if action.is_request() { String::new() } else { format!(" {}", short(&value[action.kind()].to_string())) };
    format!("{}{operands}", action.kind())
}

fn request(sent: &crate::driver::fill::Outgoing) -> Vec<String> {
    if let Some(raw) = &sent.raw {
        return String::from_utf8_lossy(raw).split('\n').map(|line| line.trim_end_matches('\r').escape_debug().to_string()).collect();
    }
    let mut lines = vec![format!("{} {}", sent.method, sent.target)];
    lines.extend(sent.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend(sent.body.as_deref().map(readable));
    lines
}

/// The compared fields of the answers.
fn answers(round: &Round, index: usize, known: bool) -> Vec<Field> {
    let compare = compare(&round.sequence.steps[index].action);
    let mut faces: Vec<Vec<(String, String)>> = round.last.played.iter().map(|played| crate::checker::face(&played.answers, compare, false)).collect();
    if known {
        faces.extend(round.last.foreseen.answer(0).map(|answer| answer.face(compare)));
    }
    let mut names: Vec<String> = Vec::new();
    for (name, _) in faces.iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let cells = |name: &String| faces.iter().map(|face| face.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())).collect();
    names.into_iter().map(|name| Field { cells: cells(&name), name }).collect()
}

/// Rows that changed on some side, and after a failure those that are not as they must be.
fn changes(round: &Round, failed: bool) -> Vec<Field> {
    let mut names: BTreeSet<&String> = BTreeSet::new();
    for side in &round.sides {
        let differs = |name: &&String| side.before.rows.get(*name) != side.now.rows.get(*name);
        names.extend(side.before.rows.keys().chain(side.now.rows.keys()).filter(differs));
    }
    let right: Option<&Rows> = round.last.right(0).map(|stored| &stored.rows);
    if failed && let Some(right) = right {
        for side in &round.sides {
            names.extend(right.keys().chain(side.now.rows.keys()).filter(|name| right.get(*name) != side.now.rows.get(*name)));
        }
    }
    let cell = |side: &Side, name: &String| match (side.before.rows.get(name), side.now.rows.get(name)) {
        (None, Some(now)) => Some(now.clone()),
        (Some(before), None) => Some(format!("gone; before: {before}")),
        (Some(before), Some(now)) if failed && before != now => Some(format!("{now}; before: {before}")),
        (_, now) => now.cloned(),
    };
    names
        .into_iter()
        .map(|name| {
            let mut cells: Vec<Option<String>> = round.sides.iter().map(|side| cell(side, name)).collect();
            if let Some(right) = right {
                // Only what it has now; a cell of a target that says more agrees with it none the less.
                let now = right.get(name);
                let agree = round.sides.iter().find(|side| side.now.rows.get(name) == now);
                cells.push(agree.map_or_else(|| now.cloned(), |side| cell(side, name)));
            }
            Field { name: name.clone(), cells }
        })
        .collect()
}

impl Beside {
    /// Fields that are the same everywhere in one line, others in columns.
    fn table(&mut self, columns: &[String], fields: &[Field], lead: &str) {
        for field in fields {
            let name = &field.name;
            if field.cells.windows(2).all(|pair| pair[0] == pair[1]) {
                let value = field.cells.first().cloned().flatten();
                self.text.push_str(&format!("  {lead}{name}: {}\n", value.map_or("-".to_owned(), |value| short(&value))));
                continue;
            }
            self.text.push_str(&format!("! {lead}{name}\n"));
            self.row(columns);
            let cells: Vec<String> = field.cells.iter().map(|cell| cell.as_deref().map_or("(nothing)".to_owned(), short)).collect();
            self.row(&cells);
        }
    }

    fn row(&mut self, cells: &[String]) {
        let wrapped: Vec<Vec<String>> = cells.iter().map(|cell| wrap(cell)).collect();
        for line in 0..wrapped.iter().map(Vec::len).max().unwrap_or_default() {
            let parts: Vec<String> = wrapped.iter().map(|cell| format!("{:WIDTH$}", cell.get(line).map_or("", String::as_str))).collect();
            self.text.push_str(&format!("    | {}\n", parts.join(" | ").trim_end()));
        }
    }
}

fn wrap(cell: &str) -> Vec<String> {
    let visible: Vec<char> = cell.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect();
    let mut lines: Vec<String> = visible.chunks(WIDTH).map(|line| line.iter().collect()).collect();
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines.push("…".to_owned());
    }
    lines
}
