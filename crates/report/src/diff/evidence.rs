//! What evidence one report rests on and another does not: what is gone may not be mended.

use std::collections::BTreeSet;

use hvtriage_diagnosis::{first_label, some_of};
use serde_json::{Value, json};

use crate::text::layout::count;

/// More names than this are counted and not told.
const NAMED: usize = 3;
const LOGS: [&str; 3] = ["event_log", "event_xml", "event_text"];
/// Kinds of files of which a report tells how many it has, as the report for people calls them.
const KINDS: [(&str, &[&str]); 3] = [
    ("dump", &["kernel_dump", "user_dump"]),
    ("cluster log", &["cluster_log"]),
    ("inventory file", &["vm_inventory", "registry_export", "system_report"]),
];

/// What one report has and another has not.
pub(super) struct Lacking {
    /// Of each kind, how many files fewer there are, and whether none is left.
    fewer: Vec<(&'static str, u64, bool)>,
    /// Logs, as `System of HV1`.
    logs: Vec<String>,
    /// Logs that do not say of what they are.
    unnamed_logs: u64,
    /// Machines.
    machines: Vec<String>,
}

impl Lacking {
    /// What `whole` has and `part` has not.
    pub(super) fn of(whole: &Value, part: &Value) -> Self {
        let fewer = KINDS.iter().filter_map(|(what, kinds)| {
            let (had, left) = (files(whole, kinds), files(part, kinds));
            let fewer = had.checked_sub(left).filter(|fewer| *fewer > 0)?;
            Some((*what, fewer, left == 0))
        });
        let kept: BTreeSet<String> = logs(part).map(|(key, _)| key).collect();
        let logs = logs(whole).filter(|(key, _)| !kept.contains(key)).map(|(_, log)| log);
        let unnamed = |report| {
            let of_logs = list(report, "sources").filter(|it| LOGS.contains(&text(it, "kind")));
            of_logs.filter(|source| text(source, "channel").is_empty()).count() as u64
        };
        Self {
            fewer: fewer.collect(),
            logs: logs.collect(),
            unnamed_logs: unnamed(whole).saturating_sub(unnamed(part)),
            machines: machines(whole, part),
        }
    }

    /// `no dump and 2 logs less (System of HV1, System of HV2)`; `None` where nothing is lacking.
    pub(super) fn words(&self) -> Option<String> {
        let kinds = self.fewer.iter().map(|(what, fewer, is_none)| match is_none {
            true => format!("no {what}"),
            false => format!("{} less", count(*fewer, what)),
        });
        let named = |names: &[String]| some_of(names.iter().map(String::as_str), NAMED, ", ");
        let logs = (!self.logs.is_empty()).then(|| {
            format!("{} less ({})", count(self.logs.len() as u64, "log"), named(&self.logs))
        });
        let unnamed = (self.unnamed_logs > 0).then(|| {
            format!("{} less that names no channel", count(self.unnamed_logs, "log file"))
        });
        let machines =
            (!self.machines.is_empty()).then(|| format!("nothing of {}", named(&self.machines)));
        let mut parts: Vec<String> = kinds.chain(logs).chain(unnamed).chain(machines).collect();
        let last = parts.pop()?;
        Some(if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) })
    }

    /// For programs: the same by number and name.
    pub(super) fn json(&self) -> Value {
        let fewer = |kind: &str| {
            let of_kind = self.fewer.iter().find(|(what, ..)| *what == kind);
            of_kind.map_or(0, |(_, fewer, _)| *fewer)
        };
        json!({
            "dumps": fewer("dump"),
            "cluster_logs": fewer("cluster log"),
            "inventories": fewer("inventory file"),
            "logs": self.logs,
            "unnamed_logs": self.unnamed_logs,
            "machines": self.machines,
        })
    }
}

fn list<'a>(report: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    report.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn files(report: &Value, kinds: &[&str]) -> u64 {
    list(report, "sources").filter(|source| kinds.contains(&text(source, "kind"))).count() as u64
}

/// Each log of a machine by what it is known by, and in words.
fn logs(report: &Value) -> impl Iterator<Item = (String, String)> + use<'_> {
    list(report, "coverage").map(|log| {
        let (machine, channel) = (text(log, "machine"), text(log, "channel"));
        // A machine may be called in full in one report only.
        let key = json!([first_label(machine).to_lowercase(), channel.to_lowercase()]);
        (key.to_string(), format!("{} of {machine}", crate::text::coverage::short(channel)))
    })
}

/// Machines of `whole` that `part` does not name. Those that are called after a file have no name.
fn machines(whole: &Value, part: &Value) -> Vec<String> {
    let names = |machine: &Value| -> Vec<String> {
        let names = list(machine, "names").filter_map(Value::as_str).chain([text(machine, "name")]);
        names.map(|name| first_label(name).to_lowercase()).collect()
    };
    let kept: BTreeSet<String> = list(part, "machines").flat_map(names).collect();
    let files: BTreeSet<&str> = list(whole, "sources").map(|source| text(source, "name")).collect();
    let gone = list(whole, "machines").filter(|machine| {
        let is_kept = names(machine).iter().any(|name| kept.contains(name));
        !is_kept && !files.contains(text(machine, "name"))
    });
    gone.map(|machine| text(machine, "name").to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(sources: &[&str], logs: &[(&str, &str)], machines: &[&str]) -> Value {
        let source = |kind: &&str| json!({ "name": "file", "kind": kind, "channel": null });
        let log =
            |(machine, channel): &(&str, &str)| json!({ "machine": machine, "channel": channel });
        let machine = |name: &&str| json!({ "name": name, "names": [name] });
        json!({
            "sources": sources.iter().map(source).collect::<Vec<_>>(),
            "coverage": logs.iter().map(log).collect::<Vec<_>>(),
            "machines": machines.iter().map(machine).collect::<Vec<_>>(),
        })
    }

    #[test]
    fn what_is_lacking_is_told_by_number_and_name() {
        let worker = "Microsoft-Windows-Hyper-V-Worker-Admin";
        let whole = report(
            &["kernel_dump", "event_xml", "vm_inventory", "vm_inventory"],
            &[("HV1.contoso.example", "System"), ("HV2", worker)],
            &["HV1.contoso.example", "HV2", "file"],
        );
        let part = report(&["vm_inventory"], &[("hv1", "system")], &["HV1"]);
        let lacking = Lacking::of(&whole, &part);
        assert_eq!(
            lacking.words().unwrap(),
            "no dump, 1 inventory file less, 1 log less (Hyper-V-Worker-Admin of HV2), 1 log file less \
             that names no channel and nothing of HV2"
        );
        assert_eq!(lacking.json()["dumps"], 1);
        assert_eq!(lacking.json()["machines"], json!(["HV2"]));
        assert!(Lacking::of(&part, &whole).words().is_none());
        assert!(Lacking::of(&whole, &whole).words().is_none());
        assert!(Lacking::of(&json!({}), &whole).words().is_none());
    }
}
