//! The generated files in the repository are what contract/ says now.

use std::fs;
use xtask::codegen::{COMMAND, Generated, generate, settle};

fn texts(files: &[Generated]) -> Vec<&str> {
    files.iter().map(|file| file.text.as_str()).collect()
}

#[test]
fn generated_files_are_up_to_date() {
    let root = xtask::root();
    let stale = settle(&root, generate(&root).unwrap(), true).unwrap();
    assert!(stale.is_empty(), "run `{COMMAND}`: {stale:?}");
}

#[test]
fn generating_twice_gives_the_same_text() {
    let root = xtask::root();
    assert_eq!(texts(&generate(&root).unwrap()), texts(&generate(&root).unwrap()));
}

#[test]
fn a_file_changed_by_hand_is_named_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = || vec![Generated { path: "a/contract.js".into(), text: "generated\n".to_owned() }];
    fs::create_dir(folder.path().join("a")).unwrap();
    fs::write(folder.path().join("a/contract.js"), "generated, and changed\n").unwrap();
    assert_eq!(settle(folder.path(), file(), true).unwrap(), [std::path::PathBuf::from("a/contract.js")]);
    assert_eq!(settle(folder.path(), file(), false).unwrap().len(), 1);
    assert!(settle(folder.path(), file(), true).unwrap().is_empty());
}

#[test]
fn no_generated_page_that_is_no_longer_generated_stays_behind() {
    let root = xtask::root();
    let generated = generate(&root).unwrap();
    for entry in fs::read_dir(root.join("docs/reference")).unwrap() {
        let path = entry.unwrap().path();
        assert!(generated.iter().any(|file| root.join(&file.path) == path), "{} is not generated: delete it", path.display());
    }
}
