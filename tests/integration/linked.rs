//! What nobody reaches is not in the program.

use super::support::program;
use crate::built::built;

#[tokio::test]
async fn a_default_that_nobody_takes_is_not_linked() {
    let program = std::fs::read(built("test-program")).expect("the programs are built");
    let contains = |text: &str| {
        program
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(contains("the stock of shop-node, which something takes"));
    assert!(!contains("the catalogue of shop-node, which nothing takes"));
}

#[tokio::test]
async fn a_library_a_plugin_and_a_module_of_three_crates_are_one_backend() {
    let mut program = program::start("crates", "backend:\n  listen: 127.0.0.1:0\n");
    let line = program.line("umbrella costs").await;
    assert_eq!(
        line["message"],
        "umbrella costs 50, from the stock of shop-node, which something takes"
    );
    assert_eq!(line["plugin"], "shop");
}
