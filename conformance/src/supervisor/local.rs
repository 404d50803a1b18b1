//! Stores as local processes, with their data in a folder that goes with the suite.

use super::server::Server;
use crate::routes::Urls;
use anyhow::Context;
use mysql_async::prelude::Queryable;
use std::path::{Path, PathBuf};

/// Every store that the suite has started.
#[derive(Debug)]
pub struct LocalStores {
    folder: PathBuf,
    mysql: Server,
    mongodb: Server,
}

impl LocalStores {
    /// Starts one MySQL and one MongoDB for all targets.
    pub async fn start(folder: &Path) -> anyhow::Result<LocalStores> {
        let started = tokio::try_join!(Server::start("mysql", folder), Server::start("mongodb", folder));
        let (mysql, mongodb) = started.with_context(|| format!("the logs are in {}", folder.display()))?;
        Ok(LocalStores { folder: folder.to_owned(), mysql, mongodb })
    }

    /// A Redis and a database in each store, for the target (or fleet) of this name.
    pub async fn provide(&self, name: &str) -> anyhow::Result<(Urls, Server)> {
        let server = Server::start("redis", &self.folder.join(format!("redis-{name}"))).await?;
        let anywhere = mysql_async::Pool::new(self.mysql.url("").as_str());
        let mut connection = anywhere.get_conn().await?;
        connection.query_drop(format!("CREATE DATABASE IF NOT EXISTS `{name}`")).await?;
        drop(connection);
        anywhere.disconnect().await?;
        Ok((Urls { redis: server.url(""), mongodb: self.mongodb.url(name), mysql: self.mysql.url(name) }, server))
    }
}
