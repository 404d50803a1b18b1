//! Reads Content-Type, Content-Encoding (RFC 9110 §8.3, §8.4).

/// Whether a Content-Type has a comma outside quotes: more than one value, on one line or on several.
pub fn is_list(value: &[u8]) -> bool {
    let mut bytes = value.iter();
    let mut quoted = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => {
                bytes.next();
            }
            b',' if !quoted => return true,
            _ => {}
        }
    }
    false
}

/// Whether a Content-Type is the wanted type in UTF-8; parameters but `charset` are ignored if they are well-formed.
pub fn accepts(value: &[u8], wanted: &str) -> bool {
    let value = value.trim_ascii();
    let end = value.iter().position(|byte| matches!(byte, b';' | b' ' | b'\t')).unwrap_or(value.len());
    let (media_type, mut rest) = value.split_at(end);
    if !media_type.eq_ignore_ascii_case(wanted.as_bytes()) {
        return false;
    }
    loop {
        rest = rest.trim_ascii_start();
        match rest.split_first() {
            None => return true,
            Some((b';', tail)) => rest = tail.trim_ascii_start(),
            Some(_) => return false,
        }
        if rest.is_empty() || rest[0] == b';' {
            continue;
        }
        match parameter(rest) {
            Some((name, text, tail)) if !name.eq_ignore_ascii_case(b"charset") || text.eq_ignore_ascii_case(b"utf-8") => rest = tail,
            _ => return false,
        }
    }
}

/// Whether a Content-Encoding changes nothing.
pub fn is_identity(value: &[u8]) -> bool {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
}

/// `name=value` or `name="value"` at the beginning, with what follows it.
fn parameter(text: &[u8]) -> Option<(&[u8], Vec<u8>, &[u8])> {
    let (name, rest) = token(text)?;
    let rest = rest.strip_prefix(b"=")?;
    match rest.strip_prefix(b"\"") {
        Some(inside) => {
            let (value, tail) = quoted(inside)?;
            Some((name, value, tail))
        }
        None => {
            let (value, tail) = token(rest)?;
            Some((name, value.to_vec(), tail))
        }
    }
}

fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = text.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))).unwrap_or(text.len());
    (length > 0).then(|| text.split_at(length))
}

/// A quoted string after its first quote, its escapes taken out.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    let mut index = 0;
    loop {
        match text.get(index)? {
            b'"' => return Some((value, &text[index + 1..])),
            b'\\' => {
                index += 1;
                value.push(*text.get(index)?);
            }
            byte => value.push(*byte),
        }
        if value.last().is_some_and(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7F) {
            return None;
        }
        index += 1;
    }
}
