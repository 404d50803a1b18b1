//! Holds the suite itself to being honest: whatever keeps it from a verdict has a message and an exit code, and is never a pass.

use conformance::report::read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard};

/// Each starts stores and a target; several at once are only slower.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A folder with a file of targets: one, which plays a trick.
struct Place {
    folder: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Place {
    fn new(trick: &str) -> Place {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let place = Place { folder: tempfile::tempdir().expect("a folder"), _alone: alone };
        let front = conformance::targets::root().join("conformance/tests/honesty/front.mjs");
        let words =
            ["node", &front.display().to_string(), "{config}", "{listen}", trick, &place.path("flag").display().to_string()].map(|word| format!("{word:?}"));
        place.write("targets.toml", &format!("[[target]]\nname = \"tricky\"\ncommand = [{}]\n", words.join(", ")));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).expect("written");
        self.path(name)
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
        command.args(words.split(' ')).arg("--targets-file").arg(self.path("targets.toml")).arg("--report").arg(self.path("report.ndjson"));
        command.current_dir(self.folder.path());
        command
    }

    fn run(&self, words: &str) -> Told {
        Told::of(self.command(words).output().expect("it starts"))
    }

    /// A campaign in the middle of which there is a request for every trick.
    fn campaign(&self) -> Told {
        self.run(&format!("run --seed 1 --sequences 40 --mode off --store mysql --lanes 4 --failures {}", self.path("failures").display()))
    }

    fn outcome(&self) -> String {
        let report = read::file(&self.path("report.ndjson")).expect("a whole report");
        format!("{:?}", report.footer.outcome).to_lowercase()
    }
}

/// What a command said, and how it ended.
struct Told {
    text: String,
    code: Option<i32>,
}

impl Told {
    fn of(output: Output) -> Told {
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Told { text, code: output.status.code() }
    }

    #[track_caller]
    fn is(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.text);
        for part in parts {
            assert!(self.text.contains(part), "{part:?} is not in:\n{}", self.text);
        }
        assert!(code == 0 || !self.text.contains("all targets agree"), "{}", self.text);
    }
}

const DELETE: &str =
    r#"{"why": "A delete.", "modes": ["off"], "stores": ["mysql"], "steps": [{"put": {"key": 0, "body": {"json": {}}}}, {"delete": {"key": 0}}]}"#;

fn entry(example: &Path, path: &str, expires: &str) -> String {
    let class = format!("oracle = \"model\"\nkind = \"delete\"\npath = \"{path}\"\n");
    format!(
        "[[divergence]]\ntarget = \"tricky\"\nwhere = \"sequences\"\nexample = {:?}\n{class}reason = \"a test\"\nowner = \"us\"\nexpires = {expires}\n",
        example.display()
    )
}

#[test]
fn an_unknown_kind_of_step_is_no_case() {
    let place = Place::new("none");
    place.write("odd.json", r#"{"why": "Nobody knows.", "steps": [{"get": {"key": 0}}, {"teleport": 3}]}"#);
    place.run("replay odd.json").is(2, &["the suite could not begin: odd.json: step 1: teleport: unknown variant `teleport`"]);
}

#[test]
fn a_report_that_was_cut_off_has_no_verdict() {
    let place = Place::new("none");
    place.write("cut.ndjson", include_str!("report/passing.ndjson").split_inclusive('\n').take(3).collect::<String>().as_str());
    let told = Told::of(
        Command::new(env!("CARGO_BIN_EXE_conformance"))
            .args(["report", "cut.ndjson", "--out", "site"])
            .current_dir(place.folder.path())
            .output()
            .expect("it starts"),
    );
    told.is(2, &["conformance: no report: cut.ndjson: no footer after line 3: the run was cut off, and has no verdict"]);
    assert!(!place.path("site").exists());
}

#[test]
fn nothing_to_play_is_not_passing() {
    let place = Place::new("none");
    place.run("run --sequences 0").is(66, &["nothing is to be played, and running nothing is not passing"]);
    place.run("run --seconds 0").is(66, &["nothing is to be played"]);
    place.write("delete.json", DELETE);
    place.run("replay delete.json --times 0").is(66, &["nothing is to be played"]);
    place.run("run --targets none").is(64, &["--targets names \"none\", and there is no such target; there are tricky"]);
    place.write("targets.toml", "target = []\n");
    place.run("run").is(2, &["the suite could not begin", "names no target"]);
}

#[test]
fn a_filter_that_selects_nothing_is_not_passing() {
    // It lies beside this one; other programs of that name know no such filter, and select nothing either, but say so in no way.
    let own = std::env::current_exe().expect("the system knows the path of this program");
    let folder = std::fs::read_dir(own.parent().expect("it lies in a folder")).expect("a folder");
    let mut beside: Vec<PathBuf> = folder.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.extension().is_none()).collect();
    beside.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("conformance-")));
    let told = |path: &PathBuf| Told::of(Command::new(path).arg("conformance::no-such-test").output().expect("it starts"));
    let found = beside.iter().map(told).find(|told| told.code == Some(66)).expect("the tests of `cargo test conformance` are built");
    found.is(66, &["nothing is selected, and running nothing is not passing"]);
}

#[test]
fn a_known_difference_is_neither_passed_nor_failed() {
    let place = Place::new("another-header");
    let example = place.write("delete.json", DELETE);
    place.run("replay delete.json").is(1, &["FAILURE 1: model, header odd of delete", "1 failed"]);
    assert_eq!(place.outcome(), "differ");
    place.write("known-divergences.toml", &entry(&example, "header odd", "2999-12-31"));
    place.run("replay delete.json").is(0, &["KNOWN DIVERGENCE 1", "known of tricky until 2999-12-31, us: a test", "0 passed", "0 failed, 1 known to differ"]);
    assert_eq!(place.outcome(), "agree");
    place.write("known-divergences.toml", &entry(&example, "body", "2999-12-31"));
    place.run("replay delete.json").is(1, &["FAILURE 1: model, header odd of delete", "matches nothing"]);
}

#[test]
fn an_entry_of_the_list_that_does_not_hold_is_not_passing() {
    let place = Place::new("none");
    let example = place.write("delete.json", DELETE);
    place.write("known-divergences.toml", &entry(&example, "status", "2999-12-31"));
    let told = place.run("run --seed 1 --sequences 4 --store mysql");
    told.is(2, &["entry 1 (target tricky, where sequences, model, status of delete) matches nothing: its example", "passes now; remove the entry"]);
    assert_eq!(place.outcome(), "harness");
    place.write("known-divergences.toml", &entry(&example, "status", "2001-01-01"));
    place.run("run --sequences 4").is(2, &["entry 1 (target tricky", "it has expired on 2001-01-01"]);
    place.write("known-divergences.toml", &entry(&place.path("gone.json"), "status", "2999-12-31"));
    place.run("run --sequences 4").is(2, &["entry 1 (target tricky", "its example is not there"]);
}

#[test]
fn a_store_that_does_not_start_is_no_verdict() {
    let place = Place::new("none");
    std::fs::create_dir(place.path("bin")).expect("made");
    let broken = place.write("bin/redis-server", "#!/bin/sh\necho this store is broken >&2\nexit 3\n");
    std::fs::set_permissions(&broken, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("allowed");
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").expect("a PATH"));
    let told = Told::of(place.command("run --sequences 4").env("PATH", path).output().expect("it starts"));
    told.is(2, &["the suite could not begin", "redis.log", "a store does not start: redis ended: exit status: 3"]);
}

#[test]
fn a_target_that_does_not_start_is_no_verdict() {
    let place = Place::new("none");
    place.write("targets.toml", "[[target]]\nname = \"mute\"\ncommand = [\"false\", \"{config}\", \"{listen}\"]\n");
    place.run("run --sequences 4").is(2, &["the suite could not begin", "target mute"]);
}

#[test]
fn a_target_that_hangs_in_the_middle_is_no_verdict() {
    let place = Place::new("hangs-once");
    place.campaign().is(
        2,
        &["tricky does not answer in the middle of the run, and none of the sequences", "does it again alone", "no verdict on any target", "suspect-*.json"],
    );
    assert_eq!(place.outcome(), "harness");
}

#[test]
fn a_target_that_dies_in_the_middle_is_no_verdict() {
    let place = Place::new("dies-once");
    place.campaign().is(2, &["tricky ended: exit status: 70 in the middle of the run, and none of the sequences", "no verdict on any target"]);
    assert_eq!(place.outcome(), "harness");
}

#[test]
fn a_target_that_dies_of_a_request_is_wrong() {
    let place = Place::new("dies-at-each-patch");
    place.campaign().is(1, &["alive, alive of patch", "tricky ended: exit status: 70", "saved as", "replay"]);
    assert_eq!(place.outcome(), "differ");
}
