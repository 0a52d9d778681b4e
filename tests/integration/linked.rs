//! What nobody reaches is not in the program.

use super::support::program;
use crate::built::built;

#[tokio::test]
async fn a_default_that_nobody_takes_is_not_linked() {
    let program = std::fs::read(built("test-program")).expect("the programs are built");
    // A text, since the standard library looks for one fast, even in a build without optimisation.
    let program = String::from_utf8_lossy(&program);
    let contains = |text: &str| program.contains(text);
    assert!(contains("the stock of shop-node, which something takes"));
    assert!(!contains("the catalogue of shop-node, which nothing takes"));
    // Nobody there takes the cache, and the limits count in memory: no client of Redis.
    assert!(!contains("redis.call("));
    assert!(!contains("Redis URL did not parse"), "what the client says");
}

#[tokio::test]
async fn without_a_plugin_that_takes_the_database_there_is_no_engine_in_the_program() {
    let contains = |program: &str, text: &str| {
        let program = std::fs::read(built(program)).expect("the programs are built");
        // A text, since the standard library looks for one fast, even in a build without optimisation.
        String::from_utf8_lossy(&program).contains(text)
    };
    // What SQLite writes at the beginning of a file, and what sqlx tells a PostgreSQL server. No name of anything, for all
    // names are in what is there for debuggers.
    for text in ["SQLite format 3", "ISO, MDY"] {
        assert!(contains("stateful-program", text), "{text}");
        assert!(!contains("quickstart", text), "{text}");
    }
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
