//! Fills the symbolic operands of a case in from what the model answered.

use conformance::canonical;
use conformance::driver::Yield;
use conformance::driver::fill::Outgoing;
use conformance::generated::contract::{media, names};
use conformance::sequence::{Action, After, Body, Etags, Key, List, Sequence, StepRef};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the made-up target is.
pub const ADDRESS: &str = "127.0.0.1:65535";

/// The bytes that a text operand of the vectors stands for.
pub fn bytes_of(operand: &Value) -> Vec<u8> {
    serde_json::from_value(operand.clone()).map(|body: Body| plain(&body)).unwrap_or_default()
}

fn plain(body: &Body) -> Vec<u8> {
    match body {
        Body::Json(value) => canonical::text(value).into_bytes(),
        Body::Text(text) => text.clone().into_bytes(),
        Body::Hex(digits) => {
            let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
            digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
        }
        Body::Parts(parts) => parts.iter().flat_map(plain).collect(),
        Body::Repeat(repeat) => plain(&repeat.part).repeat(repeat.times),
    }
}

/// What the steps of one case have yielded so far.
pub struct Filling<'a> {
    pub sequence: &'a Sequence,
    pub collection: String,
    /// None: not played yet, or the model did not know the answer.
    pub yields: Vec<Option<Yield>>,
    /// Whether a reference led to such a step since this was last looked at.
    pub guessed: AtomicBool,
}

impl Filling<'_> {
    fn yielded(&self, reference: &StepRef) -> Yield {
        let yielded = self.sequence.resolve(reference).and_then(|index| self.yields[index].clone());
        self.guessed.fetch_or(yielded.is_none(), Ordering::Relaxed);
        yielded.unwrap_or_default()
    }

    pub fn id(&self, key: &Key) -> String {
        match key {
            Key::Pool(index) => Key::pooled(*index),
            Key::Id(id) => id.clone(),
            Key::Of(of) => self.yielded(&of.id_of).id.unwrap_or_else(|| "none".to_owned()),
        }
    }

    pub fn body(&self, body: &Body) -> Vec<u8> {
        match body {
            Body::Text(text) => self.text(text).into_bytes(),
            Body::Parts(parts) => parts.iter().flat_map(|part| self.body(part)).collect(),
            Body::Repeat(repeat) => self.body(&repeat.part).repeat(repeat.times),
            other => plain(other),
        }
    }

    pub fn text(&self, text: &str) -> String {
        let Some((before, after)) = text.split_once("${") else { return text.to_owned() };
        let (hole, tail) = after.split_once('}').expect("${ has its }");
        let (kind, operand) = hole.split_once(':').unwrap_or((hole, ""));
        let step = || self.yielded(&operand.parse().map_or_else(|_| StepRef::Name(operand.to_owned()), StepRef::Index));
        let none = || "none".to_owned();
        let filled = match kind {
            "coll" => self.collection.clone(),
            "host" => ADDRESS.to_owned(),
            "key" => Key::pooled(operand.parse().expect("a number")),
            "etag" => step().etag.unwrap_or_else(|| "0".repeat(32)),
            "id" => step().id.unwrap_or_else(none),
            "cursor" => step().cursor.unwrap_or_else(none),
            "repeat" => operand.rsplit_once(':').map(|(part, times)| part.repeat(times.parse().expect("a number"))).expect("${repeat:TEXT:TIMES}"),
            _ => panic!("${{{hole}}} is not known"),
        };
        format!("{before}{filled}{}", self.text(tail))
    }

    fn etags(&self, etags: &Etags) -> String {
        match etags {
            Etags::Text(text) => self.text(text),
            Etags::Of(of) => format!("{}\"{}\"", if of.weak { "W/" } else { "" }, self.yielded(&of.etag_of).etag.unwrap_or_else(|| "0".repeat(32))),
            Etags::List(list) => list.iter().map(|etags| self.etags(etags)).collect::<Vec<_>>().join(", "),
        }
    }

    fn list_target(&self, list: &List) -> String {
        let collection = format!("/v1/{}", self.collection);
        if let Some(step) = &list.next_of {
            return self.yielded(step).next.unwrap_or_else(|| format!("{collection}?after=none"));
        }
        let mut parameters = Vec::new();
        parameters.extend(list.limit.map(|limit| format!("limit={limit}")));
        parameters.extend(list.after.as_ref().map(|after| match after {
            After::Pool(index) => format!("after={}", Key::pooled(*index)),
            After::Text(text) => format!("after={}", self.text(text)),
            After::Of(of) => format!("after={}", self.yielded(&of.cursor_of).cursor.unwrap_or_else(|| "none".to_owned())),
        }));
        parameters.extend(list.r#where.as_ref().map(|filter| format!("where={}", utf8_percent_encode(&filter.to_string(), NON_ALPHANUMERIC))));
        let query = list.query.as_ref().map_or_else(|| parameters.join("&"), |query| self.text(query));
        if query.is_empty() && list.query.is_none() { collection } else { format!("{collection}?{query}") }
    }

    /// The request that an action stands for; none if it is none.
    pub fn outgoing(&self, action: &Action) -> Option<Outgoing> {
        let mut out = Outgoing { method: action.kind().to_uppercase(), ..Outgoing::default() };
        let mut fields: Vec<(&str, String)> = Vec::new();
        let mut extra: &[(String, String)] = &[];
        let document = |key: &Key| format!("/v1/{}/{}", self.collection, self.id(key));
        match action {
            Action::Put(write) | Action::Patch(write) => {
                out.target = document(&write.key);
                let usual = if out.method == "PUT" { media::JSON } else { media::MERGE_PATCH };
                fields.push((names::CONTENT_TYPE, write.content_type.clone().unwrap_or_else(|| usual.to_owned())));
                fields.extend(write.if_match.as_ref().map(|etags| (names::IF_MATCH, self.etags(etags))));
                fields.extend(write.if_none_match.as_ref().map(|etags| (names::IF_NONE_MATCH, self.etags(etags))));
                extra = &write.headers;
                out.body = Some(self.body(&write.body));
            }
            Action::Delete(remove) => {
                out.target = document(&remove.key);
                fields.extend(remove.if_match.as_ref().map(|etags| (names::IF_MATCH, self.etags(etags))));
                fields.extend(remove.if_none_match.as_ref().map(|etags| (names::IF_NONE_MATCH, self.etags(etags))));
                extra = &remove.headers;
            }
            Action::Get(read) | Action::Head(read) => {
                out.target = document(&read.key);
                fields.extend(read.if_match.as_ref().map(|etags| (names::IF_MATCH, self.etags(etags))));
                fields.extend(read.if_none_match.as_ref().map(|etags| (names::IF_NONE_MATCH, self.etags(etags))));
                fields.extend(read.no_cache.then(|| (names::CACHE_CONTROL, "no-cache".to_owned())));
                extra = &read.headers;
            }
            Action::Post(create) => {
                out.target = format!("/v1/{}", self.collection);
                fields.push((names::CONTENT_TYPE, create.content_type.clone().unwrap_or_else(|| media::JSON.to_owned())));
                fields.extend(create.idempotency_key.as_ref().map(|key| (names::IDEMPOTENCY_KEY, self.text(key))));
                extra = &create.headers;
                out.body = Some(self.body(&create.body));
            }
            Action::List(list) => {
                out.method = if list.head { "HEAD" } else { "GET" }.to_owned();
                out.target = self.list_target(list);
                extra = &list.headers;
            }
            Action::Options(options) => out.target = options.key.as_ref().map_or_else(|| format!("/v1/{}", self.collection), document),
            Action::Request(request) => {
                out.method.clone_from(&request.method);
                out.target = self.text(&request.target);
                extra = &request.headers;
                out.body = request.body.as_ref().map(|body| self.body(body));
            }
            Action::Raw(raw) => return Some(self.raw(raw)),
            _ => return None,
        }
        fields.retain(|(name, value)| !(*name == names::CONTENT_TYPE && value.is_empty()));
        out.headers = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        out.headers.extend(extra.iter().map(|(name, value)| (self.text(name), self.text(value))));
        Some(out)
    }

    fn raw(&self, raw: &conformance::sequence::Raw) -> Outgoing {
        let lines = raw.lines.iter().map(|line| format!("{}\r\n", self.text(line))).collect::<String>() + "\r\n";
        let bytes = match &raw.bytes {
            Some(bytes) => self.body(bytes),
            None => [lines.into_bytes(), raw.body.as_ref().map(|body| self.body(body)).unwrap_or_default()].concat(),
        };
        Outgoing::from_bytes(bytes)
    }
}
