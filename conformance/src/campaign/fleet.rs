//! All targets as one fleet over one set of stores, for sequences whose steps go to another target each.

use crate::routes::routing_file;
use crate::subject::{PATIENCE, Subject};
use crate::supervisor::proxy::{self, Proxy};
use crate::supervisor::server::Server;
use crate::supervisor::until;
use crate::targets::Target;
use crate::world::{World, relays};
use anyhow::Context;
use futures_util::future::try_join_all;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// A running fleet; it ends with this.
#[derive(Debug)]
pub struct Fleet {
    /// One for each target, all of the same stores.
    pub subjects: Vec<Subject>,
    proxies: Mutex<HashMap<String, Proxy>>,
    targets: Vec<Target>,
    routing: Value,
    folder: PathBuf,
    _redis: Server,
}

impl Fleet {
    /// Starts every target that has a command on stores of the fleet's own.
    ///
    /// # Errors
    /// When the stores are not local processes, or a target has no command or does not start.
    pub async fn start(world: &World) -> anyhow::Result<Fleet> {
        let (urls, redis) = world.provide("fleet").await?;
        let (targets, folder) = (world.commands()?.to_vec(), world.folder.clone());
        let mut fleet = Fleet { subjects: Vec::new(), proxies: Mutex::default(), targets, routing: routing_file(&urls), folder, _redis: redis };
        for target in &fleet.targets {
            let proxy = fleet.launch(target, "127.0.0.1:0").await?;
            // Nobody uses these relays: all of a fleet have the same routing file, and so the same URLs.
            let (unused, _) = relays(&urls).await?;
            fleet.subjects.push(Subject::connect(&target.name, proxy.address.clone(), &urls, unused, None).await?);
            fleet.running().insert(target.name.clone(), proxy);
        }
        try_join_all(fleet.subjects.iter().map(ready)).await?;
        Ok(fleet)
    }

    async fn launch(&self, target: &Target, listen: &str) -> anyhow::Result<Proxy> {
        let (target, routing, folder, listen) = (target.clone(), self.routing.clone(), self.folder.clone(), listen.to_owned());
        let launch = move || {
            let quiet: Vec<&str> = target.quiet.iter().map(String::as_str).collect();
            proxy::launch_at(&target, &routing, &folder, &format!("fleet-{}", target.name), &listen, &quiet)
        };
        tokio::task::spawn_blocking(launch).await?.context("the fleet")
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<String, Proxy>> {
        self.proxies.lock().expect("no holder panics")
    }

    /// How a target's process ended, if it has.
    pub fn ended(&self, name: &str) -> Option<String> {
        self.running().get_mut(name)?.process.still_runs().err().map(|error| error.to_string())
    }

    /// Starts a target anew at its address; whatever is left of it is killed.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn revive(&self, name: &str) -> anyhow::Result<()> {
        let of = |known: &&Target| known.name == name;
        let target = self.targets.iter().find(of).with_context(|| format!("there is no target {name}"))?;
        let old = self.running().remove(name).with_context(|| format!("target {name} does not run"))?;
        let address = old.address.clone();
        drop(old);
        let proxy = self.launch(target, &address).await?;
        self.running().insert(name.to_owned(), proxy);
        match self.subjects.iter().find(|subject| subject.name == name) {
            Some(subject) => ready(subject).await,
            None => Ok(()),
        }
    }
}

async fn ready(subject: &Subject) -> anyhow::Result<()> {
    let ready = async || subject.status("/_health/ready").await.is_ok_and(|(status, _)| status == 200);
    until(&format!("{} is ready in the fleet", subject.name), PATIENCE, ready).await
}
