//! Builds the embedded Mongo: FerretDB out of Go's module cache, mended, with our main around it.

use crate::{digest, process, stores};
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const MODULE: &str = "github.com/FerretDB/FerretDB";
const TAGS: &str = "ferretdb_no_postgresql";
const BUILDING: Duration = Duration::from_secs(1200);

/// One text that stands in a file exactly `places` times, and what takes its place.
struct Mend {
    file: String,
    places: usize,
    old: String,
    new: String,
}

const MUTEX: &str = "package handler\n\nimport \"sync\"\n\n// oneWriter lets one command at a time find and then write.\nvar oneWriter sync.Mutex\n";

/// As published FerretDB 1.24.2 scans the whole collection for an `_id`, because its queries spell the column otherwise
/// than its own index and push `_id` down only when nothing else is asked for; and two updates may both find the old
/// document before either writes. Both make compare-and-put useless.
fn mends() -> Vec<Mend> {
    let backend =
        |file: &str, places, old: &str, new: &str| Mend { file: format!("internal/backends/sqlite/{file}"), places, old: old.to_owned(), new: new.to_owned() };
    let one_at_a_time = |verb: &str| {
        let head = format!("Msg{verb}(connCtx context.Context, msg *wire.OpMsg) (*wire.OpMsg, error) {{\n");
        let new = format!("{head}\toneWriter.Lock()\n\tdefer oneWriter.Unlock()\n\n");
        Mend { file: format!("internal/handler/msg_{}.go", verb.to_lowercase()), places: 1, old: head, new }
    };
    let index = [
        backend("metadata/metadata.go", 1, r#""->'$._id'""#, r#"`->"_id"`"#),
        backend("collection.go", 2, "params.Filter.Len() == 1", "params.Filter.Len() != 0"),
    ];
    index.into_iter().chain(["Insert", "Update", "Delete", "FindAndModify"].map(one_at_a_time)).collect()
}

/// Where the program lies.
pub fn program() -> PathBuf {
    crate::root().join(".local/bin/embedded-mongo")
}

fn sources() -> PathBuf {
    crate::root().join("stores/embedded-mongo")
}

fn stamp() -> PathBuf {
    program().with_extension("stamp")
}

/// Whether the program has to be built (again): one made of just these sources and mends is not there.
pub fn is_missing() -> anyhow::Result<bool> {
    // Somebody who brings a program of their own needs no build.
    if stores::recipe("mongodb")?.is_overridden() {
        return Ok(false);
    }
    Ok(!program().is_file() || std::fs::read_to_string(stamp()).ok() != Some(fingerprint()?))
}

fn fingerprint() -> anyhow::Result<String> {
    let mut made_of = include_bytes!("mongo.rs").to_vec();
    for name in ["main.go", "go.mod", "go.sum"] {
        let path = sources().join(name);
        made_of.extend(std::fs::read(&path).with_context(|| path.display().to_string())?);
    }
    Ok(digest::sha256(made_of))
}

/// Copies, mends and builds.
pub fn build(logs: &Path) -> anyhow::Result<()> {
    let fingerprint = fingerprint()?;
    let log = logs.join("embedded-mongo.log");
    process::run(go().args(["mod", "download"]), &log, BUILDING)?;
    let published = process::output(go().args(["list", "-m", "-f", "{{.Dir}}", MODULE]));
    let published = published.context("go does not say where it keeps FerretDB")?;
    let mended = crate::root().join(".local/ferretdb");
    if mended.exists() {
        std::fs::remove_dir_all(&mended)?;
    }
    copy(Path::new(published.trim()), &mended)?;
    mend(&mended)?;
    let modfile = modfile(&mended)?;
    let new = program().with_extension("new");
    let args = ["build", "-trimpath", "-ldflags=-s -w", "-tags", TAGS, "-modfile"];
    process::run(go().args(args).arg(&modfile).arg("-o").arg(&new).arg("."), &log, BUILDING)?;
    // In one step, and not into the file of one that runs.
    std::fs::rename(new, program())?;
    std::fs::write(stamp(), fingerprint)?;
    Ok(())
}

/// The Go tests that show what the mended program does; they build with the mended module, which is in the build cache.
pub fn test() -> Command {
    let mut command = go();
    command.args(["test", "-v", "-count=1", "-trimpath", "-tags", TAGS]);
    // Not there for somebody who brings a program of their own.
    if mended_modfile().is_file() {
        command.arg("-modfile").arg(mended_modfile());
    }
    command.arg("./...");
    command
}

/// A `go` command in the sources' folder; flags from outside could change what is built.
pub fn go() -> Command {
    let mut go = Command::new("go");
    go.current_dir(sources()).env("GOFLAGS", "-buildvcs=false").env("GOWORK", "off");
    go
}

fn mended_modfile() -> PathBuf {
    crate::root().join(".local/embedded-mongo.mod")
}

/// A copy of go.mod that takes the mended module; the one in the repository stays as published.
fn modfile(mended: &Path) -> anyhow::Result<PathBuf> {
    let file = mended_modfile();
    std::fs::create_dir_all(program().parent().expect("the program lies in a folder"))?;
    let published = std::fs::read_to_string(sources().join("go.mod"))?;
    std::fs::write(&file, format!("{published}\nreplace {MODULE} => {mended:?}\n"))?;
    std::fs::copy(sources().join("go.sum"), file.with_extension("sum"))?;
    Ok(file)
}

/// The module cache is read-only; the copy is not.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::write(&target, std::fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn mend(folder: &Path) -> anyhow::Result<()> {
    for Mend { file, places, old, new } in mends() {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let mended = replace(&text, places, &old, &new).with_context(|| path.display().to_string())?;
        std::fs::write(&path, mended)?;
    }
    std::fs::write(folder.join("internal/handler/one_writer.go"), MUTEX)?;
    Ok(())
}

/// Replaces a text that must stand there exactly `places` times.
pub fn replace(text: &str, places: usize, old: &str, new: &str) -> anyhow::Result<String> {
    let found = text.matches(old).count();
    ensure!(found == places, "expected {places} places to mend, found {found}: {old}");
    Ok(text.replace(old, new))
}
