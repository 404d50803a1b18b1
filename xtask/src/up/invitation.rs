//! What `up` prints once everything runs: where it is, and lines to try.

use super::stack::Stack;
use crate::digest::etag;

/// The document of the lines to try, in canonical form, so that its entity tag is known before it is sent.
const ADA: &str = r#"{"born":1815,"name":"Ada"}"#;

/// The whole text.
pub fn text(stack: &Stack) -> String {
    let proxies = stack.proxies();
    let mut out = String::from("\ndocproxy is up: several languages, one service.\n");
    for proxy in proxies {
        let moved = proxy.instead_of.map_or(String::new(), |port| format!("  (port {port} is taken)"));
        out += &format!("  {:8} {}{moved}\n", proxy.name, proxy.url());
    }
    for (name, url) in stack.store_urls() {
        out += &format!("  {name:8} {url}\n");
    }
    let url = |at: usize| proxies[at % proxies.len()].url();
    out += "\nWrite through one, read through another:\n";
    for line in lines(&url(0), &url(1), &url(2)) {
        out += &format!("  {line}\n");
    }
    out += &format!("\nLogs: {}\nCtrl-C stops everything and throws the data away.", stack.logs().display());
    out
}

/// Five lines for a shell: create, read, replace under a condition, query, list.
fn lines(first: &str, second: &str, third: &str) -> [String; 5] {
    let json = "-H 'Content-Type: application/json'";
    let etag = etag(ADA);
    [
        format!("curl -i -X PUT {json} -d '{ADA}' {first}/v1/people/ada"),
        format!("curl -i {second}/v1/people/ada"),
        format!(r#"curl -i -X PUT {json} -H 'If-Match: "{etag}"' -d '{{"born":1815,"died":1852,"name":"Ada"}}' {third}/v1/people/ada"#),
        format!(r#"curl -G {second}/v1/countries --data-urlencode 'where={{"region":"Europe","landlocked":true}}'"#),
        format!("curl '{third}/v1/emojis?limit=3'"),
    ]
}
