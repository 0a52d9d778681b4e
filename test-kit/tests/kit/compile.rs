//! What must not compile, in the words of `backend!`.

#[test]
fn what_is_wrong_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
