//! What the types keep: code that must not compile, and why it does not.

#[test]
fn what_the_types_keep() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
