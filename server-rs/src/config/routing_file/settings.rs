//! Checks the members of one object of the routing file against the table of settings.

use super::{Environment, Fault, child};
use crate::config::address::{fits, is_address, is_url};
use crate::generated::contract::{FaultFact, SETTINGS, SettingFact, faults};
use crate::json::{Members, Name, Value};

/// Reads objects of the routing file.
pub struct Reader<'a> {
    pub environment: Environment<'a>,
}

/// An object of the file whose keys are all known; values are judged when they are asked for, in table order.
pub struct Group<'a> {
    name: &'static str,
    pointer: String,
    members: &'a Members,
}

impl Reader<'_> {
    /// An object of a group, its unknown keys refused first.
    pub fn group<'a>(&self, name: &'static str, pointer: &str, members: &'a Members) -> Result<Group<'a>, Fault> {
        let known: Vec<&str> = SETTINGS.iter().filter(|fact| fact.group == name).map(|fact| fact.key).collect();
        match members.keys().find(|key| !known.contains(&key.0.as_str())) {
            Some(key) => Err(Fault::new(faults::UNKNOWN_KEY, &child(pointer, &key.0), &[("known", &known.join(", "))])),
            None => Ok(Group { name, pointer: pointer.to_owned(), members }),
        }
    }

    /// The key `url` with its variables filled in, in the form that is wanted.
    pub fn url(&self, group: &Group, form: &str) -> Result<String, Fault> {
        let pointer = group.pointer("url");
        let url = self.filled(&group.text("url")?).map_err(|name| Fault::new(faults::UNSET_VARIABLE, &pointer, &[("name", &name)]))?;
        if is_url(form, &url) { Ok(url) } else { Err(Fault::new(faults::BAD_URL, &pointer, &[("expected", fact(group.name, "url").expected)])) }
    }

    /// The text with each `${NAME}` taken from the environment, else the name that is not set.
    fn filled(&self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            filled.push_str(before);
            match after[2..].split_once('}') {
                Some((name, tail)) if is_variable(name) => {
                    filled.push_str(&(self.environment)(name).ok_or(name)?);
                    rest = tail;
                }
                _ => {
                    filled.push_str("${");
                    rest = &after[2..];
                }
            }
        }
        Ok(filled + rest)
    }
}

impl<'a> Group<'a> {
    /// The pointer of a key.
    pub fn pointer(&self, key: &str) -> String {
        child(&self.pointer, key)
    }

    /// Whether the file has the key.
    pub fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    /// A text of the kind, the words and the form of the table, or its default.
    pub fn text(&self, key: &str) -> Result<String, Fault> {
        let fact = fact(self.name, key);
        let text = match self.required(fact)? {
            Some(Value::String(text)) => text.clone(),
            Some(_) => return Err(self.fault(faults::WRONG_TYPE, fact)),
            None => fact.default.unwrap_or_default().to_owned(),
        };
        let word = fact.allowed.is_empty() || fact.allowed.contains(&text.as_str());
        let form = fact.pattern.is_none_or(|form| fits(form, &text)) && (key != "listen" || is_address(&text));
        match (word && form, key) {
            (true, _) => Ok(text),
            (false, "match") => Err(self.fault(faults::BAD_MATCH, fact)),
            (false, _) => Err(self.fault(faults::NOT_ALLOWED_VALUE, fact)),
        }
    }

    /// An integer in its range, or the default.
    pub fn integer(&self, key: &str) -> Result<u64, Fault> {
        let fact = fact(self.name, key);
        match self.required(fact)? {
            Some(Value::Number(number)) if number.fract() == 0.0 => {
                let least = fact.minimum.unwrap_or(0) as f64;
                let most = fact.maximum.unwrap_or(i64::MAX) as f64;
                if (least..=most).contains(number) { Ok(*number as u64) } else { Err(self.fault(faults::OUT_OF_RANGE, fact)) }
            }
            Some(_) => Err(self.fault(faults::WRONG_TYPE, fact)),
            None => Ok(Group::default_of(self.name, key)),
        }
    }

    /// A boolean, or the default.
    pub fn boolean(&self, key: &str) -> Result<bool, Fault> {
        let fact = fact(self.name, key);
        match self.required(fact)? {
            Some(Value::Boolean(value)) => Ok(*value),
            Some(_) => Err(self.fault(faults::WRONG_TYPE, fact)),
            None => Ok(fact.default == Some("true")),
        }
    }

    /// An object with its pointer.
    pub fn object(&self, key: &str) -> Result<Option<(String, &'a Members)>, Fault> {
        let fact = fact(self.name, key);
        match self.required(fact)? {
            Some(Value::Object(members)) => Ok(Some((self.pointer(key), members))),
            Some(_) => Err(self.fault(faults::WRONG_TYPE, fact)),
            None => Ok(None),
        }
    }

    /// An array that is not empty.
    pub fn array(&self, key: &str) -> Result<&'a [Value], Fault> {
        let fact = fact(self.name, key);
        match self.required(fact)? {
            Some(Value::Array(items)) if items.is_empty() => Err(self.fault(faults::EMPTY, fact)),
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.fault(faults::WRONG_TYPE, fact)),
        }
    }

    /// The default of an integer.
    pub fn default_of(group: &str, key: &str) -> u64 {
        fact(group, key).default.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// What is expected of a key.
    pub fn expected_of(group: &str, key: &str) -> &'static str {
        fact(group, key).expected
    }

    fn member(&self, key: &str) -> Option<&'a Value> {
        self.members.get(&Name(key.to_owned()))
    }

    fn required(&self, fact: &SettingFact) -> Result<Option<&'a Value>, Fault> {
        match self.member(fact.key) {
            None if fact.required => Err(self.fault(faults::MISSING, fact)),
            found => Ok(found),
        }
    }

    fn fault(&self, kind: &FaultFact, fact: &SettingFact) -> Fault {
        Fault::new(kind, &self.pointer(fact.key), &[("expected", fact.expected)])
    }
}

fn fact(group: &str, key: &str) -> &'static SettingFact {
    let found = SETTINGS.iter().find(|fact| fact.group == group && fact.key == key);
    found.expect("every key that is asked for is in the table of settings")
}

fn is_variable(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit()) && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
