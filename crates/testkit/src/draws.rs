//! Random values that are the same for every run.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// One value after another, the same ones every time for one seed. Ends where the strategy refuses.
pub fn draws<S: Strategy>(of: S, seed: u8) -> impl Iterator<Item = S::Value> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    std::iter::from_fn(move || Some(of.new_tree(&mut runner).ok()?.current()))
}
