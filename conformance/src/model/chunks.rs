//! The chunked transfer coding, in its plainest form (RFC 9112 §7.1).

/// The body that chunks make up; none for anything but plain sizes, whole chunks and an empty end.
pub fn decoded(coded: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut rest = coded;
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let digits = std::str::from_utf8(&rest[..end]).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let size = usize::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 8)?;
        rest = &rest[end + 2..];
        body.extend(rest.get(..size)?);
        rest = rest[size..].strip_prefix(b"\r\n")?;
        if size == 0 {
            return rest.is_empty().then_some(body);
        }
    }
}
