//! Fills the symbolic operands of a step in, for one target.

use super::Driver;
use crate::canonical;
use crate::generated::contract::{media, names};
use crate::sequence::{Action, After, Body, Etags, Key, Raw, StepRef, Text};
use anyhow::{Context, bail, ensure};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What a reference becomes that leads to nothing.
const NO_ETAG: &str = "00000000000000000000000000000000";
const NO_NAME: &str = "none";

/// A request that is ready to be sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outgoing {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// Everything, for bytes on a socket; then the rest only describes it.
    pub raw: Option<Vec<u8>>,
}

impl Outgoing {
    /// Method and target as far as they can be read from raw bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Outgoing {
        let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line).into_owned();
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        Outgoing { method: method.to_owned(), target: target.to_owned(), raw: Some(bytes), ..Outgoing::default() }
    }
}

impl Driver<'_> {
    /// The request that an action stands for.
    pub fn outgoing(&self, action: &Action) -> anyhow::Result<Outgoing> {
        let mut out = Outgoing::default();
        match action {
            Action::Put(write) | Action::Patch(write) => {
                let patch = matches!(action, Action::Patch(_));
                out.method = if patch { "PATCH" } else { "PUT" }.to_owned();
                out.target = self.document(&write.key);
                self.content_type(&mut out, write.content_type.as_deref(), if patch { media::MERGE_PATCH } else { media::JSON });
                self.preconditions(&mut out, write.if_match.as_ref(), write.if_none_match.as_ref())?;
                self.headers(&mut out, &write.headers)?;
                out.body = Some(self.body(&write.body)?);
            }
            Action::Delete(remove) => {
                out.method = "DELETE".to_owned();
                out.target = self.document(&remove.key);
                self.preconditions(&mut out, remove.if_match.as_ref(), remove.if_none_match.as_ref())?;
                self.headers(&mut out, &remove.headers)?;
            }
            Action::Get(read) | Action::Head(read) => {
                out.method = if matches!(action, Action::Get(_)) { "GET" } else { "HEAD" }.to_owned();
                out.target = self.document(&read.key);
                self.preconditions(&mut out, read.if_match.as_ref(), read.if_none_match.as_ref())?;
                if read.no_cache {
                    out.headers.push((names::CACHE_CONTROL.to_owned(), "no-cache".to_owned()));
                }
                self.headers(&mut out, &read.headers)?;
            }
            Action::Post(create) => {
                out.method = "POST".to_owned();
                out.target = self.collection();
                self.content_type(&mut out, create.content_type.as_deref(), media::JSON);
                if let Some(key) = &create.idempotency_key {
                    out.headers.push((names::IDEMPOTENCY_KEY.to_owned(), self.text(key)?));
                }
                self.headers(&mut out, &create.headers)?;
                out.body = Some(self.body(&create.body)?);
            }
            Action::List(list) => {
                out.method = if list.head { "HEAD" } else { "GET" }.to_owned();
                out.target = self.list_target(list)?;
                self.headers(&mut out, &list.headers)?;
            }
            Action::Options(options) => {
                out.method = "OPTIONS".to_owned();
                out.target = options.key.as_ref().map_or_else(|| self.collection(), |key| self.document(key));
            }
            Action::Request(request) => {
                out.method.clone_from(&request.method);
                out.target = self.text(&request.target)?;
                self.headers(&mut out, &request.headers)?;
                out.body = request.body.as_ref().map(|body| self.body(body)).transpose()?;
            }
            other => bail!("{} is not a request", other.kind()),
        }
        Ok(out)
    }

    fn collection(&self) -> String {
        format!("/v1/{}", self.scope.collection)
    }

    fn document(&self, key: &Key) -> String {
        format!("/v1/{}/{}", self.scope.collection, self.id(key))
    }

    /// The id that a key stands for.
    pub fn id(&self, key: &Key) -> String {
        match key {
            Key::Pool(index) => Key::pooled(*index),
            Key::Id(id) => id.clone(),
            Key::Of(of) => self.yielded(&of.id_of).id.unwrap_or_else(|| NO_NAME.to_owned()),
        }
    }

    fn content_type(&self, out: &mut Outgoing, given: Option<&str>, usual: &str) {
        let value = given.unwrap_or(usual);
        if !value.is_empty() {
            out.headers.push((names::CONTENT_TYPE.to_owned(), value.to_owned()));
        }
    }

    fn preconditions(&self, out: &mut Outgoing, if_match: Option<&Etags>, if_none_match: Option<&Etags>) -> anyhow::Result<()> {
        for (name, etags) in [(names::IF_MATCH, if_match), (names::IF_NONE_MATCH, if_none_match)] {
            if let Some(etags) = etags {
                out.headers.push((name.to_owned(), self.etags(etags)?));
            }
        }
        Ok(())
    }

    fn etags(&self, etags: &Etags) -> anyhow::Result<String> {
        Ok(match etags {
            Etags::Text(text) => self.text(text)?,
            Etags::Of(of) => {
                let etag = self.yielded(&of.etag_of).etag.unwrap_or_else(|| NO_ETAG.to_owned());
                format!("{}\"{etag}\"", if of.weak { "W/" } else { "" })
            }
            Etags::List(list) => list.iter().map(|etags| self.etags(etags)).collect::<anyhow::Result<Vec<_>>>()?.join(", "),
        })
    }

    fn headers(&self, out: &mut Outgoing, headers: &[(String, Text)]) -> anyhow::Result<()> {
        for (name, value) in headers {
            out.headers.push((self.text(name)?, self.text(value)?));
        }
        Ok(())
    }

    fn list_target(&self, list: &crate::sequence::List) -> anyhow::Result<String> {
        if let Some(step) = &list.next_of {
            return Ok(self.yielded(step).next.unwrap_or_else(|| format!("{}?after={NO_NAME}", self.collection())));
        }
        if let Some(query) = &list.query {
            return Ok(format!("{}?{}", self.collection(), self.text(query)?));
        }
        let mut parameters = Vec::new();
        parameters.extend(list.limit.map(|limit| format!("limit={limit}")));
        if let Some(after) = &list.after {
            let id = match after {
                After::Pool(index) => Key::pooled(*index),
                After::Text(text) => self.text(text)?,
                After::Of(of) => self.yielded(&of.cursor_of).cursor.unwrap_or_else(|| NO_NAME.to_owned()),
            };
            parameters.push(format!("after={id}"));
        }
        parameters.extend(list.r#where.as_ref().map(|filter| format!("where={}", utf8_percent_encode(&filter.to_string(), NON_ALPHANUMERIC))));
        let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
        Ok(format!("{}{query}", self.collection()))
    }

    /// The bytes of a body.
    pub fn body(&self, body: &Body) -> anyhow::Result<Vec<u8>> {
        Ok(match body {
            Body::Json(value) => canonical::text(value).into_bytes(),
            Body::Text(text) => self.text(text)?.into_bytes(),
            Body::Hex(digits) => unhex(digits)?,
            Body::Parts(parts) => parts.iter().map(|part| self.body(part)).collect::<anyhow::Result<Vec<_>>>()?.concat(),
            Body::Repeat(repeat) => self.body(&repeat.part)?.repeat(repeat.times),
        })
    }

    /// What a raw step sends.
    pub fn raw_bytes(&self, raw: &Raw) -> anyhow::Result<Vec<u8>> {
        if let Some(bytes) = &raw.bytes {
            ensure!(raw.lines.is_empty() && raw.body.is_none(), "raw takes either bytes or lines and body");
            return self.body(bytes);
        }
        let mut out = Vec::new();
        for line in &raw.lines {
            out.extend(self.text(line)?.into_bytes());
            out.extend(b"\r\n");
        }
        out.extend(b"\r\n");
        if let Some(body) = &raw.body {
            out.extend(self.body(body)?);
        }
        Ok(out)
    }

    /// A text with its `${…}` filled in.
    pub fn text(&self, text: &str) -> anyhow::Result<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (hole, tail) = after.split_once('}').with_context(|| format!("${{ without }} in {text:?}"))?;
            out.push_str(before);
            out.push_str(&self.hole(hole).with_context(|| format!("in {text:?}"))?);
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn hole(&self, hole: &str) -> anyhow::Result<String> {
        let (kind, operand) = hole.split_once(':').unwrap_or((hole, ""));
        let step = || operand.parse().map_or_else(|_| StepRef::Name(operand.to_owned()), StepRef::Index);
        Ok(match kind {
            "coll" => self.scope.collection.clone(),
            "host" => self.subject.address.clone(),
            "key" => Key::pooled(operand.parse()?),
            "etag" => self.yielded(&step()).etag.unwrap_or_else(|| NO_ETAG.to_owned()),
            "id" => self.yielded(&step()).id.unwrap_or_else(|| NO_NAME.to_owned()),
            "cursor" => self.yielded(&step()).cursor.unwrap_or_else(|| NO_NAME.to_owned()),
            "repeat" => {
                let (text, times) = operand.rsplit_once(':').context("write ${repeat:TEXT:TIMES}")?;
                text.repeat(times.parse()?)
            }
            _ => bail!("${{{hole}}} is not known"),
        })
    }
}

fn unhex(digits: &str) -> anyhow::Result<Vec<u8>> {
    let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    ensure!(digits.len().is_multiple_of(2), "hex has an odd number of digits");
    digits.chunks(2).map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}
