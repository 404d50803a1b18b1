//! Installs Debian's packages without starting the services that come with some of them.

use crate::process;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const INSTALLING: Duration = Duration::from_secs(1200);

/// policy-rc.d is how Debian lets an administrator forbid service starts; 101 means "not allowed". The trap takes ours away
/// again however the script ends, and one that was there before stays.
const INSTALL: &str = r#"set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" || {
    apt-get update
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
}
"#;

/// Whether this system has apt at all.
pub fn is_here() -> bool {
    process::find("apt-get").is_some()
}

/// Installs packages; the lists are fetched anew only where the present ones do not do.
pub fn install(packages: &[&str], logs: &Path) -> anyhow::Result<()> {
    script(INSTALL, packages, &logs.join("apt-install.log"))
}

/// Lets sudo ask for a password now, while nothing else uses the terminal. Root needs none.
pub fn ask_for_permission() -> anyhow::Result<()> {
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let status = Command::new("sudo").arg("-v").status();
    anyhow::ensure!(status.is_ok_and(|status| status.success()), "installing packages needs root: run as root, or with a sudo that lets you");
    Ok(())
}

/// Runs a shell script with arguments as root.
pub fn script(text: &str, arguments: &[&str], log: &Path) -> anyhow::Result<()> {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new("sh")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    };
    process::run(command.args(["-c", text, "setup"]).args(arguments), log, INSTALLING)
}
