//! Holds the guide to the table of what may differ.

use conformance::checker::variation::{HEADERS, TABLE, markdown};

#[test]
fn the_guide_shows_the_table_that_the_checker_has() {
    let path = conformance::targets::root().join("docs/guide/targets.md");
    let guide = std::fs::read_to_string(path).expect("the guide");
    assert!(guide.contains(&markdown()), "put this into docs/guide/targets.md:\n{}", markdown());
}

#[test]
fn headers_that_are_not_compared_are_in_the_table() {
    for header in HEADERS {
        assert!(TABLE[0].name.contains(&format!("`{header}`")), "{header}");
    }
}
