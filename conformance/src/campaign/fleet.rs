//! All targets as one fleet over one set of stores, for sequences whose steps go to another target each.

use crate::routes::routing_file;
use crate::subject::{PATIENCE, Subject};
use crate::supervisor::local::RedisServer;
use crate::supervisor::proxy::{self, Proxy};
use crate::supervisor::until;
use crate::targets::Target;
use crate::world::{World, relays};
use anyhow::Context;
use futures_util::future::try_join_all;

/// A running fleet; it ends with this.
#[derive(Debug)]
pub struct Fleet {
    /// One for each target, all of the same stores.
    pub subjects: Vec<Subject>,
    _proxies: Vec<Proxy>,
    _redis: RedisServer,
}

impl Fleet {
    /// Starts every target that has a command on stores of the fleet's own.
    ///
    /// # Errors
    /// When the stores are not local processes, or a target has no command or does not start.
    pub async fn start(world: &World) -> anyhow::Result<Fleet> {
        let (urls, redis) = world.provide("fleet").await?;
        let routing = routing_file(&urls);
        let (targets, folder) = (world.commands()?.to_vec(), world.folder.clone());
        let launch = move || {
            let one = |target: &Target| {
                let further: Vec<&str> = target.quiet.iter().map(String::as_str).collect();
                proxy::launch(target, &routing, &folder, &format!("fleet-{}", target.name), &further)
            };
            targets.iter().map(one).collect::<anyhow::Result<Vec<_>>>()
        };
        let proxies = tokio::task::spawn_blocking(launch).await?.context("the fleet")?;
        let subjects = try_join_all(world.targets.iter().zip(&proxies).map(|(target, proxy)| async {
            // Nobody uses these relays: all of a fleet have the same routing file, and so the same URLs.
            let (unused, _) = relays(&urls).await?;
            Subject::connect(&target.name, proxy.address.clone(), &urls, unused, None).await
        }))
        .await?;
        for subject in &subjects {
            until("the fleet is ready", PATIENCE, async || subject.status("/_health/ready").await.is_ok_and(|(status, _)| status == 200)).await?;
        }
        Ok(Fleet { subjects, _proxies: proxies, _redis: redis })
    }
}
