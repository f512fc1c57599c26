//! Filter drivers by machine.

use std::collections::BTreeMap;

use hvtriage_winfmt::FileTime;

use super::{FilterOfMachine, machine_name};
use crate::evidence::Evidence;
use crate::fact::{FactKind, Locator};
use crate::filter_driver::FilterDriver;

pub(super) fn filters(evidence: &Evidence) -> Vec<FilterOfMachine> {
    let mut rows: BTreeMap<(usize, String), FilterOfMachine> = BTreeMap::new();
    for (index, fact) in evidence.facts().iter().enumerate() {
        let mut seen = |driver: &str, version: Option<&String>, is_gone: bool| {
            let key = (evidence.machine_index(index), driver.to_owned());
            let row = rows.entry(key).or_insert_with(|| {
                unseen(machine_name(evidence, index), driver, fact.locator.clone())
            });
            row.version = version.cloned().or_else(|| row.version.take());
            row.unloaded = fact.time.filter(|_| is_gone);
            row.saw(fact.time);
            row.citation = fact.locator.clone();
        };
        match &fact.kind {
            FactKind::FilterLoaded { driver, version } => seen(driver, version.as_ref(), false),
            FactKind::FilterUnloaded { driver } => seen(driver, None, true),
            FactKind::CsvState { drivers, .. } => {
                drivers.iter().for_each(|driver| seen(driver, None, false));
            }
            FactKind::Crash { modules, .. } => {
                // Of all modules those that are known as filters of others; the rest of a dump is
                // not told to filter anything.
                let is_filter =
                    |name: &str| FilterDriver::find(name).is_some_and(FilterDriver::is_third_party);
                for module in modules.iter().filter(|module| is_filter(&module.name)) {
                    seen(&module.name, None, false);
                }
            }
            _ => {}
        }
    }
    let mut rows: Vec<FilterOfMachine> = rows.into_values().collect();
    rows.sort_by(|left, right| (&left.machine, &left.driver).cmp(&(&right.machine, &right.driver)));
    rows
}

impl FilterOfMachine {
    fn saw(&mut self, time: Option<FileTime>) {
        self.first = self.first.into_iter().chain(time).min();
        self.last = self.last.max(time);
    }
}

fn unseen(machine: String, driver: &str, citation: Locator) -> FilterOfMachine {
    let known = FilterDriver::find(driver);
    FilterOfMachine {
        machine,
        driver: driver.to_owned(),
        version: None,
        vendor: known.map(|known| known.vendor).filter(|vendor| !vendor.is_empty()),
        category: known.map(|known| known.category),
        altitude_group: known.and_then(FilterDriver::altitude_group),
        is_of_windows: known.map(|known| !known.is_third_party()),
        first: None,
        last: None,
        unloaded: None,
        citation,
    }
}
