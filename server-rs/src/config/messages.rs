//! Fills the placeholders of the contract's texts.

/// The text with each `{name}` replaced once by its value, in the order given.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = text.to_owned();
    for (name, value) in values {
        filled = filled.replacen(&format!("{{{name}}}"), value, 1);
    }
    filled
}
