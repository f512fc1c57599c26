//! Machines without their domains, where that names them as well.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use hvtriage_diagnosis::{Diagnosis, first_label};

/// Which machines there are. Of nothing else a name is cut: a dot in the name of a virtual machine is a part
/// of it.
pub(crate) struct ShortNames<'a> {
    machines: HashSet<&'a str>,
    /// How many machines begin so.
    labels: HashMap<&'a str, usize>,
}

impl<'a> ShortNames<'a> {
    pub(crate) fn of(diagnosis: &'a Diagnosis) -> Self {
        let named = diagnosis.machines.iter().filter(|machine| machine.is_named);
        let machines: HashSet<&str> = named.map(|machine| machine.name.as_str()).collect();
        let mut labels = HashMap::new();
        for machine in &machines {
            let of_label = labels.entry(first_label(machine)).or_insert(0_usize);
            *of_label = of_label.saturating_add(1);
        }
        Self { machines, labels }
    }

    /// A machine without its domain, unless another one would have the same name; anything else as it is.
    pub(crate) fn short<'n>(&self, name: &'n str) -> &'n str {
        let label = first_label(name);
        let is_one = self.labels.get(label) == Some(&1) && name.parse::<IpAddr>().is_err();
        if is_one && self.machines.contains(name) { label } else { name }
    }

    /// The same of `HV1.contoso.example and 2 more`.
    pub(crate) fn short_of_several(&self, names: &str) -> String {
        let (first, rest) = first_of_several(names);
        format!("{}{rest}", self.short(first))
    }
}

/// The machine that stands for several, and what is said of the others: `HV1` and ` and 2 more`.
pub(crate) fn first_of_several(names: &str) -> (&str, &str) {
    let is_count = |rest: &str| {
        let count = rest.strip_prefix(" and ").and_then(|rest| rest.strip_suffix(" more"));
        count.is_some_and(|count| !count.is_empty() && count.bytes().all(|it| it.is_ascii_digit()))
    };
    names
        .rfind(" and ")
        .map(|at| names.split_at(at))
        .filter(|(_, rest)| is_count(rest))
        .unwrap_or((names, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hvtriage_diagnosis::Machine;

    #[test]
    fn only_machines_are_shortened_and_no_two_to_one_name() {
        let machines = ["HV1.a.example", "HV2.a.example", "HV2.b.example", "10.0.0.7"];
        let machines = machines.iter().map(|name| Machine::named(name)).collect();
        let diagnosis = Diagnosis { machines, ..Diagnosis::default() };
        let names = ShortNames::of(&diagnosis);
        let short = ["HV1.a.example", "HV2.a.example", "db.prod", "10.0.0.7", "a/b.dmp"];
        assert_eq!(
            short.map(|name| names.short(name)),
            ["HV1", "HV2.a.example", "db.prod", "10.0.0.7", "a/b.dmp"]
        );
        assert_eq!(names.short_of_several("HV1.a.example and 12 more"), "HV1 and 12 more");
        assert_eq!(names.short_of_several("SQL and 7"), "SQL and 7");
        assert_eq!(first_of_several("SQL 07"), ("SQL 07", ""));
    }
}
