//! A text that does not stand where FerretDB is to be mended stops the build.

use xtask::mongo::replace;

#[test]
fn a_text_found_as_often_as_expected_is_replaced_everywhere() {
    assert_eq!(replace("a == 1; b == 1;", 2, "== 1", "!= 0").unwrap(), "a != 0; b != 0;");
}

#[test]
fn a_text_found_less_or_more_often_is_an_error_that_shows_it() {
    for text in ["a == 1", "a == 1; b == 1; c == 1"] {
        let error = replace(text, 2, "== 1", "!= 0").unwrap_err().to_string();
        assert!(error.contains("expected 2 places") && error.contains("== 1"), "{error}");
    }
}
