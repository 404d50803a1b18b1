//! Takes apart the text of a play, so that a page can show each step with a table of what differs.

/// One step of a play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayedStep {
    /// `0 put`.
    pub heading: String,
    /// Whether the difference was found here.
    pub here: bool,
    pub parts: Vec<Part>,
}

/// A part of a step, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was sent.
    Sent(Vec<String>),
    /// What is the same everywhere.
    Same(Vec<String>),
    /// A field that differs: the names of those who have it, with what each has there.
    Table { name: String, columns: Vec<String>, cells: Vec<String> },
}

/// The mark of the step at which the difference was found.
const HERE: &str = "<-- here";
/// What a row of cells begins with, and the characters of a cell with the bar behind it.
const ROW: &str = "    | ";
const CELL: usize = 40;
const BAR: usize = 3;

/// The steps of a play as `campaign::beside` writes it: a heading `--- 0 put`, requests behind `>`, the name of a field that
/// differs behind `!`, and under it rows of cells of a fixed width: the names, then the values, cut into lines.
pub fn steps(text: &str) -> Vec<PlayedStep> {
    let mut steps: Vec<PlayedStep> = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("--- ") {
            let (heading, here) = heading.strip_suffix(HERE).map_or((heading, false), |heading| (heading, true));
            steps.push(PlayedStep { heading: heading.trim().to_owned(), here, parts: Vec::new() });
        } else if let Some(step) = steps.last_mut().filter(|_| !line.trim().is_empty()) {
            step.add(line);
        }
    }
    steps.iter_mut().flat_map(|step| &mut step.parts).for_each(Part::trim);
    steps
}

impl PlayedStep {
    fn add(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("! ") {
            self.parts.push(Part::Table { name: name.to_owned(), columns: Vec::new(), cells: Vec::new() });
            return;
        }
        let (is_sent, text) = line.strip_prefix("> ").map_or((false, line.trim_start()), |sent| (true, sent));
        match self.parts.last_mut() {
            Some(Part::Table { columns, cells, .. }) if line.starts_with(ROW) => add_row(columns, cells, &line[ROW.len()..]),
            Some(Part::Sent(lines)) if is_sent => lines.push(text.to_owned()),
            Some(Part::Same(lines)) if !is_sent => lines.push(text.to_owned()),
            _ if is_sent => self.parts.push(Part::Sent(vec![text.to_owned()])),
            _ => self.parts.push(Part::Same(vec![text.to_owned()])),
        }
    }
}

/// The first row has the names; what follows is joined again to what it was before it was cut.
fn add_row(columns: &mut Vec<String>, cells: &mut Vec<String>, row: &str) {
    let characters: Vec<char> = row.chars().collect();
    let parts: Vec<String> = characters.chunks(CELL + BAR).map(|part| format!("{:CELL$}", part.iter().take(CELL).collect::<String>())).collect();
    if columns.is_empty() {
        *columns = parts;
        *cells = vec![String::new(); columns.len()];
    } else {
        cells.iter_mut().zip(parts).for_each(|(cell, part)| cell.push_str(&part));
    }
}

impl Part {
    fn trim(&mut self) {
        if let Part::Table { columns, cells, .. } = self {
            columns.iter_mut().chain(cells).for_each(|text| text.truncate(text.trim_end().len()));
        }
    }
}
