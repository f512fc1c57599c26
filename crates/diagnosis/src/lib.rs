//! Facts, rules, findings and incidents of Hyper-V failures.
#![forbid(unsafe_code)]

mod evidence;
pub mod fact;
mod finding;
mod judge;
mod machine;
mod rule;

pub use evidence::Evidence;
pub use finding::{
    Citation, Confidence, Finding, GuestAttention, Harmless, Incident, Judgement, Severity,
};
pub use judge::judge;
pub use machine::Machine;
pub use rule::{Rule, RuleError, RuleSet};
