//! Judges addresses: where to listen, the URLs of dependencies, whatever else has a form.

use regex::Regex;

use crate::generated::contract::SETTINGS;

/// Whether the whole text has the form of an anchored pattern; the contract's own patterns always compile.
pub fn fits(pattern: &str, text: &str) -> bool {
    // `$` of the crate means the very end, as in ECMAScript.
    Regex::new(pattern).is_ok_and(|form| form.is_match(text))
}

/// Whether a text is HOST:PORT as the setting `listen` wants it.
pub fn is_address(text: &str) -> bool {
    let form = SETTINGS.iter().find(|fact| fact.group == "root" && fact.key == "listen").and_then(|fact| fact.pattern);
    form.is_some_and(|form| fits(form, text)) && text.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

/// Whether a URL has the form of its kind, and ports that exist.
pub fn is_url(form: &str, url: &str) -> bool {
    if !fits(form, url) {
        return false;
    }
    let authority = url.split_once("//").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    hosts.split(',').all(|host| match host.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port.parse::<u16>().is_ok(),
        _ => true,
    })
}
