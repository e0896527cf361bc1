//! What scores can tell: noise of seeds and of test sentences, tests of differences, intervals. Numbers in, numbers out;
//! it knows no files, settings or words of tables.

mod best;
mod both;
mod collapsed;
mod components;
mod detectable;
mod distributions;
mod folds;
mod holm;
mod logit;
mod overall;
mod quadrature;
mod runs;
mod seed_test;
mod select;
mod sentence_test;
mod t_test;

pub use best::{AgainstBest, Best, best};
pub use both::{Both, both};
pub use collapsed::{Collapsed, collapsed};
pub use components::{Components, SeedSummary, summarize};
pub use detectable::{detectable, threshold};
pub use distributions::{normal_quantile, normal_two_sided, normal_upper, power, student_quantile, student_two_sided};
pub use folds::summarize_folds;
pub use holm::holm;
pub use logit::logit_interval;
pub use overall::{Overall, overall};
pub use runs::{LEVEL, Run, SeedPair};
pub use seed_test::{SeedComparison, SeedSpread, SeedTest, compare};
pub use select::{Optimism, expected_maximum, optimism};
pub use sentence_test::{Parts, Residuals, SentenceComparison, score_interval, sentence_test};
