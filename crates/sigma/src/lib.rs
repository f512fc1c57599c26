//! Sigma rules for Windows event logs: rules as text and events in, matches out.
//!
//! A [`Loader`] takes the files of a rule pack and makes [`SigmaRules`] of them. Those say which
//! events they want to see ([`SigmaRules::requests`]) and which of them an event meets
//! ([`SigmaRules::matches`]).
//!
//! A rule sees the events of its own log source and no others: what is mostly negation would
//! otherwise hold on everything. The evaluation itself is done by `rsigma-eval`; where its answers
//! would be false alarms on Windows logs the rule is rewritten or left out, see [`Loader`].
//!
//! ```
//! use hvtriage_sigma::{Loader, WindowsEvent};
//!
//! let mut loader = Loader::default();
//! loader.add("log-cleared.yml", "
//! title: Security log was cleared
//! logsource: {product: windows, service: security}
//! detection: {cleared: {EventID: 1102}, condition: cleared}
//! level: high
//! ");
//! let rules = loader.finish();
//! let event = |channel| WindowsEvent { channel, id: 1102, ..WindowsEvent::default() };
//! assert_eq!(rules.matches(&event("Security")).unwrap().len(), 1);
//! assert_eq!(rules.matches(&event("System")).unwrap().len(), 0);
//! ```
#![forbid(unsafe_code)]

mod conditions;
mod event;
mod load;
mod log_source;
mod problems;
mod rewrite;
mod rule;
mod rule_set;
mod taxonomy;

pub use event::WindowsEvent;
pub use load::Loader;
pub use problems::RuleProblem;
pub use rule::{Level, Maturity, Rule};
pub use rule_set::{Match, Request, SigmaRules, Unjudged};
