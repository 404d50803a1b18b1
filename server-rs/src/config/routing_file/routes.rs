//! Judges the routes of a routing file, one after another.

use super::settings::{Group, Reader};
use super::{Fault, StoreConfig, child};
use crate::generated::contract::{SETTINGS, faults, objects};
use crate::json::Value;
use crate::routing::{Durability, Mode, OnCacheDown, Route, covers};

/// All routes of the file.
pub fn routes(reader: &Reader, root: &Group, stores: &[StoreConfig]) -> Result<Vec<Route>, Fault> {
    let mut routes: Vec<Route> = Vec::new();
    for (index, item) in root.array("routes")?.iter().enumerate() {
        let pointer = child(&root.pointer("routes"), &index.to_string());
        let Value::Object(members) = item else {
            return Err(Fault::new(faults::WRONG_TYPE, &pointer, &[("expected", objects::ROUTE)]));
        };
        let route = route(&reader.group("route", &pointer, members)?, &routes, stores)?;
        routes.push(route);
    }
    Ok(routes)
}

fn route(group: &Group, earlier: &[Route], stores: &[StoreConfig]) -> Result<Route, Fault> {
    let pattern = group.text("match")?;
    refuse_unreachable(group, &pattern, earlier)?;
    let store = group.text("store")?;
    if !stores.iter().any(|known| known.name == store) {
        let names: Vec<&str> = stores.iter().map(|known| known.name.as_str()).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(Fault::new(faults::UNKNOWN_STORE, &group.pointer("store"), &[("known", &known)]));
    }
    let mode = match group.text("cache")?.as_str() {
        "off" => Mode::Off,
        "write-through" => Mode::WriteThrough,
        _ => Mode::WriteBehind,
    };
    refuse_meaningless(group, mode, "ttl_ms")?;
    let ttl_ms = group.integer("ttl_ms")?;
    refuse_meaningless(group, mode, "negative_ttl_ms")?;
    let negative_ttl_ms = group.integer("negative_ttl_ms")?;
    refuse_meaningless(group, mode, "on_cache_down")?;
    let on_cache_down = if group.text("on_cache_down")? == "bypass" { OnCacheDown::Bypass } else { OnCacheDown::Refuse };
    refuse_meaningless(group, mode, "delay_ms")?;
    let delay_ms = group.integer("delay_ms")?;
    refuse_meaningless(group, mode, "max_pending")?;
    let max_pending = group.integer("max_pending")?;
    refuse_meaningless(group, mode, "durability")?;
    let durability = if group.text("durability")? == "relaxed" { Durability::Relaxed } else { Durability::Aof };
    let require_match = group.boolean("require_match")?;
    Ok(Route { pattern, store, mode, ttl_ms, negative_ttl_ms, on_cache_down, delay_ms, max_pending, durability, require_match })
}

/// An equal match counts before one that covers it.
fn refuse_unreachable(group: &Group, pattern: &str, earlier: &[Route]) -> Result<(), Fault> {
    let pointer = group.pointer("match");
    if let Some(index) = earlier.iter().position(|route| route.pattern == pattern) {
        return Err(Fault::new(faults::DUPLICATE_MATCH, &pointer, &[("index", &index.to_string())]));
    }
    match earlier.iter().position(|route| covers(&route.pattern, pattern)) {
        Some(index) => Err(Fault::new(faults::SHADOWED_MATCH, &pointer, &[("index", &index.to_string())])),
        None => Ok(()),
    }
}

fn refuse_meaningless(group: &Group, mode: Mode, key: &str) -> Result<(), Fault> {
    let modes = SETTINGS.iter().find(|fact| fact.group == "route" && fact.key == key).map_or(&[][..], |fact| fact.modes);
    if group.has(key) && !modes.contains(&mode.word()) {
        return Err(Fault::new(faults::NO_MEANING_HERE, &group.pointer(key), &[("mode", mode.word())]));
    }
    Ok(())
}
