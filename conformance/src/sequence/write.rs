//! Writes a sequence as a case file.

use super::{Mode, Profile, Sequence, StoreKind};

/// The text of a case file that reads as this sequence, a step a line; what has its usual value is left out.
///
/// # Errors
/// When a member cannot be written as JSON, which is a fault of the suite.
pub fn text(sequence: &Sequence) -> anyhow::Result<String> {
    let mut members = vec![format!("\"why\": {}", line(&sequence.why)?)];
    if !sequence.clauses.is_empty() {
        members.push(format!("\"clauses\": {}", line(&sequence.clauses)?));
    }
    if sequence.modes != [Mode::Off, Mode::WriteThrough, Mode::WriteBehind] {
        members.push(format!("\"modes\": {}", line(&sequence.modes)?));
    }
    if sequence.stores != [StoreKind::Mongodb, StoreKind::Mysql] {
        members.push(format!("\"stores\": {}", line(&sequence.stores)?));
    }
    if sequence.profile != Profile::Plain {
        members.push(format!("\"profile\": {}", line(&sequence.profile)?));
    }
    let steps = sequence.steps.iter().map(|step| Ok(format!("\n    {}", line(step)?))).collect::<anyhow::Result<Vec<_>>>()?;
    members.push(format!("\"steps\": [{}\n  ]", steps.join(",")));
    Ok(format!("{{\n  {}\n}}\n", members.join(",\n  ")))
}

/// JSON in one line, with a space after each colon and comma.
fn line(value: &impl serde::Serialize) -> anyhow::Result<String> {
    let mut out = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, OneLine))?;
    Ok(String::from_utf8(out)?)
}

/// As the hand-written cases are spaced.
struct OneLine;

impl serde_json::ser::Formatter for OneLine {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}
