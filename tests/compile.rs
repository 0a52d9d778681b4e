//! What must not compile, and the words in which it does not; and what must. See `ui/README.md`.

#[test]
fn what_is_wrong_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/wiring/*.rs");
    cases.compile_fail("tests/ui/crates/*.rs");
    cases.compile_fail("tests/ui/plugin/*.rs");
    cases.compile_fail("tests/ui/module/*.rs");
    cases.compile_fail("tests/ui/point/*.rs");
    cases.compile_fail("tests/ui/decorator/*.rs");
    cases.compile_fail("tests/ui/factory/*.rs");
    cases.compile_fail("tests/ui/service/*.rs");
    cases.compile_fail("tests/ui/backend/*.rs");
}

#[test]
fn what_is_right_compiles() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
}
