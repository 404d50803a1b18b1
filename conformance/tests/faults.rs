//! What the page about faults names is there, and every known-bad variant still is one.

use conformance::controls;
use conformance::storm::faults;
use conformance::targets::root;
use std::collections::BTreeSet;
use std::process::Command;

fn page() -> String {
    std::fs::read_to_string(root().join("docs/guide/faults.md")).expect("the page is there")
}

#[test]
fn every_case_and_control_that_the_page_names_is_there() {
    let page = page();
    let links: Vec<&str> = page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link).collect();
    assert!(links.len() > 20, "{links:?}");
    for link in links {
        assert!(root().join("docs/guide").join(link).exists(), "{link}");
    }
}

#[test]
fn every_fault_of_the_storm_is_on_the_page_and_no_other() {
    let page = page();
    let families = ["redis-", "store-", "proxy-", "finish-", "all-"];
    let words: BTreeSet<&str> = page.split('`').skip(1).step_by(2).collect();
    for fact in &faults::ALL {
        assert!(words.contains(fact.name), "{}", fact.name);
    }
    let slugs = ["store-unavailable"];
    let like_a_fault = words.iter().filter(|word| families.iter().any(|family| word.starts_with(family)) && !word.contains(' ') && !slugs.contains(*word));
    for word in like_a_fault {
        assert!(faults::ALL.iter().any(|fact| fact.name == *word), "{word}");
    }
}

#[test]
fn every_control_is_on_the_page() {
    let page = page();
    for control in controls::read().expect("they can be read") {
        assert!(page.contains(&format!("controls/{}.patch", control.name)), "{}", control.name);
    }
}

#[test]
fn every_control_still_applies_and_its_case_is_there() {
    let controls = controls::read().expect("they can be read");
    assert!(controls.len() >= 9);
    for control in controls {
        let patch = Command::new("patch")
            .args(["--strip=1", "--forward", "--dry-run", "--input"])
            .arg(&control.file)
            .current_dir(root())
            .output()
            .expect("patch is there");
        assert!(patch.status.success(), "{}: {}", control.name, String::from_utf8_lossy(&patch.stdout));
        if let controls::Proof::Case(file) = control.proof {
            assert!(file.exists(), "{}", file.display());
        }
    }
}
