//! A page in Markdown: a title, a sentence, and tables.

use crate::codegen::COMMAND;

/// A page under docs/reference/.
pub struct Page {
    /// The file's name without its ending.
    pub name: &'static str,
    pub title: &'static str,
    /// What the page lists, in a sentence or two.
    pub text: String,
    body: String,
}

impl Page {
    /// A page without any table yet.
    pub fn new(name: &'static str, title: &'static str, text: &str) -> Page {
        Page { name, title, text: text.to_owned(), body: String::new() }
    }

    /// Adds a heading.
    pub fn heading(&mut self, text: &str) {
        self.body += &format!("\n## {text}\n");
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.body += &format!("\n{text}\n");
    }

    /// Adds a text that is shown as it is.
    pub fn verbatim(&mut self, language: &str, text: &str) {
        self.body += &format!("\n```{language}\n{}\n```\n", text.trim_matches('\n'));
    }

    /// Adds a table; cells are Markdown, on one line each.
    pub fn table(&mut self, columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        self.body += &format!("\n{}{}", line(columns.iter().map(|column| (*column).to_owned()).collect()), line(vec!["---".to_owned(); columns.len()]));
        for row in rows {
            self.body += &line(row.iter().map(|text| cell(text)).collect());
        }
    }

    /// The file's whole text.
    pub fn written(&self) -> String {
        format!("<!-- Generated from contract/ by `{COMMAND}`; do not edit. -->\n\n# {}\n\n{}\n{}", self.title, self.text, self.body)
    }
}

/// A cell's text on one line, without what Markdown would take for a column or a tag.
fn cell(text: &str) -> String {
    let line = text.replace('|', "\\|").replace('\n', " ");
    let outside = |(at, part): (usize, &str)| if at % 2 == 0 { part.replace('<', "&lt;") } else { part.to_owned() };
    // Every second part stands between backticks, where < is only itself.
    line.split('`').enumerate().map(outside).collect::<Vec<_>>().join("`")
}

/// A text in code font.
pub fn code(text: impl AsRef<str>) -> String {
    format!("`{}`", text.as_ref())
}

/// A value of the contract in code font; several of them after one another.
pub fn value(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => code(text),
        toml::Value::Array(items) => items.iter().map(self::value).collect::<Vec<_>>().join(" "),
        other => code(other.to_string()),
    }
}

/// The named values of a section, a row each.
pub fn named(section: &toml::Value) -> impl Iterator<Item = Vec<String>> {
    section.as_table().into_iter().flatten().map(|(name, each)| vec![code(name), value(each)])
}
