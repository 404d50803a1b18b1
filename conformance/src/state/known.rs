//! Reads the stored state of a sequence whose ids are known, at the price of one round trip to Redis and one to the store.

use super::{Rows, Scope, State, documents, keys, queue};
use crate::generated::contract::keys::{ENTRY, LEASE, WRITERS};
use crate::sequence::{Mode, Place, StoreKind};
use crate::subject::Subject;
use mysql_async::Conn;
use redis::cmd;

/// What is worth reading again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    pub cache: bool,
    pub store: bool,
}

/// The names of the keys in Redis of some ids, and of the queue if there is one.
pub fn cache_keys(scope: &Scope, ids: &[String]) -> Vec<String> {
    let (collection, generation) = (&scope.collection, &scope.generation);
    let of = |id: &String| {
        let [entry, lease] = [ENTRY, LEASE].map(|parts| format!("{}{collection}{}{generation}{}{id}", parts[0], parts[1], parts[2]));
        [entry, lease, format!("{}{collection}{}{id}", WRITERS[0], WRITERS[1])]
    };
    let mut names: Vec<String> = ids.iter().flat_map(of).collect();
    if scope.variant.mode == Mode::WriteBehind {
        names.extend(ids.iter().map(|id| queue::key(Place::Dirty, collection, id)));
        names.extend(queue::OF_THE_COLLECTION.map(|place| queue::key(place, collection, "")));
    }
    names
}

/// The state with what is worth reading read again. `connection` is the caller's own to the subject's MySQL; it is opened
/// when it is first needed, since a pool would reset it each time.
pub async fn read(subject: &Subject, scope: &Scope, ids: &[String], worth: Worth, before: &State, connection: &mut Option<Conn>) -> anyhow::Result<State> {
    let cache = async {
        if !worth.cache {
            return Ok(kept(before, &["cache ", "queue "]));
        }
        let names = cache_keys(scope, ids);
        let dump: Vec<keys::Dumped> = subject.redis.ask(cmd("EVAL").arg(keys::DUMP).arg(names.len()).arg(names)).await?;
        anyhow::Ok(keys::rows(scope, &dump))
    };
    let store = async {
        if !worth.store {
            return Ok(kept(before, &["store "]));
        }
        match scope.variant.store {
            StoreKind::Mongodb => documents::mongodb_rows(subject, &scope.collection).await,
            StoreKind::Mysql => {
                let open = match connection.take() {
                    Some(open) => open,
                    None => subject.mysql.get_conn().await?,
                };
                documents::mysql_rows(connection.insert(open), &scope.collection).await
            }
        }
    };
    let (mut rows, cache) = tokio::try_join!(store, cache)?;
    rows.extend(cache);
    Ok(State { rows, raw: Vec::new() })
}

fn kept(state: &State, kinds: &[&str]) -> Rows {
    state.rows.iter().filter(|(name, _)| kinds.iter().any(|kind| name.starts_with(kind))).map(|(name, row)| (name.clone(), row.clone())).collect()
}
