//! The gems that `ruby-proxy/Gemfile` asks for: from Debian where it has them, else from RubyGems, else from Debian's next release.

use super::apt;
use crate::process;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const INSTALLING: Duration = Duration::from_secs(300);

/// A dependency that no installed gem satisfies.
pub struct Gem {
    pub name: String,
    pub requirement: String,
}

/// Prints what is missing, one `name requirement` a line. Bundler reads the Gemfile, so its versions stand nowhere else;
/// `bundle check` would do the same but writes a lock file.
const MISSING: &str = r#"
dsl = Bundler::Dsl.new
dsl.eval_gemfile(ARGV[0])
dsl.dependencies.each do |wanted|
  wanted.to_spec
rescue Gem::MissingSpecError
  puts [wanted.name, wanted.requirement].join(" ")
end
"#;

/// The dependencies that are not satisfied.
pub fn missing() -> anyhow::Result<Vec<Gem>> {
    let Some(gemfile) = gemfile() else { return Ok(Vec::new()) };
    // Without the variable Bundler would look for a Gemfile in the current folder and above.
    let mut ruby = Command::new("ruby");
    ruby.args(["-rbundler", "-e", MISSING]).arg(&gemfile).env("BUNDLE_GEMFILE", &gemfile);
    let text = process::output(&mut ruby);
    let text = text.context("ruby cannot read ruby-proxy/Gemfile")?;
    let gem = |line: &str| {
        let (name, requirement) = line.split_once(' ')?;
        Some(Gem { name: name.to_owned(), requirement: requirement.to_owned() })
    };
    Ok(text.lines().filter_map(gem).collect())
}

fn gemfile() -> Option<PathBuf> {
    Some(crate::root().join("ruby-proxy/Gemfile")).filter(|path| path.is_file())
}

/// Installs them by the first way that works; whatever is left after the last is told by the caller's second look.
pub fn install(mut gems: Vec<Gem>, logs: &Path) -> anyhow::Result<()> {
    if apt::is_here() {
        // Compiled ready for use, which mysql2 and bson are not on RubyGems.
        let packages: Vec<String> = gems.iter().filter(|gem| gem.name != "mongo").map(|gem| package(&gem.name)).collect();
        if !packages.is_empty() {
            // A package that is missing or too old is no fault yet.
            let _ = apt::install(&packages.iter().map(String::as_str).collect::<Vec<_>>(), logs);
        }
        gems = missing()?;
    }
    for gem in gems {
        let log = logs.join(format!("gem-{}.log", gem.name));
        let failed = process::run(&mut gem_install(&gem), &log, INSTALLING).err();
        match failed {
            Some(_) if gem.name == "mongo" && apt::is_here() => mongo_from_the_next_release(logs)?,
            Some(error) => return Err(error),
            None => {}
        }
    }
    Ok(())
}

/// Debian's name for a gem.
fn package(gem: &str) -> String {
    match gem {
        "puma" | "rake" => gem.to_owned(),
        _ => format!("ruby-{}", gem.replace('_', "-")),
    }
}

fn gem_install(gem: &Gem) -> Command {
    let mut command = Command::new("gem");
    command.args(["install", "--conservative", "--no-document", &gem.name, "--version", &gem.requirement]);
    let writable = process::output(Command::new("ruby").args(["-e", "print File.writable?(Gem.default_dir)"]));
    if writable.as_deref() != Some("true") {
        command.arg("--user-install");
    }
    command
}

/// Debian 12's mongo is too old for the wire protocol of today; the development suite's is pure Ruby and runs on Debian 12.
/// The mirror is the one that the system uses already, and the pins keep everything else of that suite away.
const NEXT_RELEASE: &str = r#"set -eu
set -- /etc/apt/sources.list.d/*.sources
uri=$(sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\/debian\)\/\{0,1\}\([[:space:]].*\)\{0,1\}$/\1/p' "$@" 2>/dev/null | head -n 1)
if [ -z "$uri" ]; then
    set -- /etc/apt/sources.list /etc/apt/sources.list.d/*.list
    uri=$(cat "$@" 2>/dev/null | sed -n 's/^deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]\{1,\}\)\{0,1\}\([^[:space:]]*\/debian\)\/\{0,1\}[[:space:]].*$/\2/p' | head -n 1)
fi
[ -n "$uri" ] || { echo "no mirror of Debian in the sources of apt" >&2; exit 1; }
cat >/etc/apt/sources.list.d/docproxy-ruby-mongo.sources <<END
Types: deb
URIs: $uri
Suites: sid
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
cat >/etc/apt/preferences.d/docproxy-ruby-mongo <<END
Package: *
Pin: release n=sid
Pin-Priority: -10

Package: ruby-mongo
Pin: release n=sid
Pin-Priority: 990
END
apt-get update -o Dir::Etc::SourceList=/etc/apt/sources.list.d/docproxy-ruby-mongo.sources -o Dir::Etc::SourceParts=/dev/null -o APT::Get::List-Cleanup=0
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 ruby-mongo
"#;

fn mongo_from_the_next_release(logs: &Path) -> anyhow::Result<()> {
    apt::script(NEXT_RELEASE, &[], &logs.join("apt-ruby-mongo.log"))
}
