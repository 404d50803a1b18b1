//! The programs that come with the system: the servers that `stores/stores.toml` names, and Ruby.

use super::apt;
use crate::{process, stores};
use anyhow::bail;
use std::path::Path;

/// Which of Debian's packages has a program. MariaDB's core packages have no service that could be started.
const PACKAGES: [(&str, &str); 6] = [
    ("redis-server", "redis-server"),
    ("mariadbd", "mariadb-server-core"),
    ("mariadb-install-db", "mariadb-server-core"),
    ("mariadb", "mariadb-client-core"),
    ("ruby", "ruby"),
    ("bundle", "ruby-bundler"),
];

/// The programs that are needed and not found.
pub fn missing() -> anyhow::Result<Vec<String>> {
    let mut needed = vec!["ruby".to_owned(), "bundle".to_owned()];
    for kind in ["redis", "mysql"] {
        needed.extend(stores::recipe(kind)?.programs());
    }
    needed.retain(|program| process::find(program).is_none());
    needed.dedup();
    Ok(needed)
}

/// Installs their packages.
pub fn install(programs: &[String], logs: &Path) -> anyhow::Result<()> {
    if !apt::is_here() {
        bail!("{} missing, and there is no apt-get here: install them by this system's package manager", programs.join(", "));
    }
    let mut packages = Vec::new();
    for program in programs {
        match PACKAGES.iter().find(|(name, _)| name == program) {
            Some((_, package)) if !packages.contains(package) => packages.push(*package),
            Some(_) => {}
            None => bail!("no package is known for {program}: install it, or set the override that stores/stores.toml names"),
        }
    }
    apt::install(&packages, logs)
}
