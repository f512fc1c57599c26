//! Addresses of hosts: a destination logs the address that a migration came from, and the source is
//! known where it logged the end of the same one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Machine;
use super::lookup::Lookup;
use super::reason::{Reason, ReasonKind, Strength};
use crate::fact::{Fact, FactKind};
use crate::migration_ends::Seen;

/// An address that fewer migrations show may be of another, whose log is not at hand.
const ENOUGH_TO_BE_STRONG: u64 = 2;

/// Adds to each machine the addresses that no other can have.
pub(super) fn find(
    machines: &mut [Machine],
    lookup: &mut Lookup,
    facts: &[Fact],
    migrations: &[(Seen, Seen)],
) {
    let mut shown: BTreeMap<IpAddr, BTreeMap<usize, (u64, Seen, Seen)>> = BTreeMap::new();
    for (source, destination) in migrations {
        let Some(fact) = facts.get(destination.fact) else { continue };
        let FactKind::LiveMigration { other_host: Some(host), .. } = &fact.kind else { continue };
        let Ok(address) = host.trim().parse::<IpAddr>() else { continue };
        let of_machine = shown.entry(address).or_default();
        let seen = of_machine.entry(source.machine).or_insert((0, *source, *destination));
        seen.0 = seen.0.saturating_add(1);
    }
    for (address, by_machine) in shown {
        // Hosts of two networks may have the same one.
        let mut by_machine = by_machine.into_iter();
        let (Some((machine, (count, source, destination))), None) =
            (by_machine.next(), by_machine.next())
        else {
            continue;
        };
        let places = [destination, source].map(|seen| facts.get(seen.fact));
        let Some(machine_of) = machines.get_mut(machine) else { continue };
        let is_strong = count >= ENOUGH_TO_BE_STRONG;
        let migrations = if count == 1 { "a migration" } else { "migrations" };
        machine_of.addresses.push(address.to_string());
        machine_of.reasons.push(Reason {
            strength: if is_strong { Strength::Strong } else { Strength::Likely },
            kind: ReasonKind::Address,
            words: format!("{migrations} from {address} ended on it as the source"),
            locators: places.into_iter().flatten().map(|fact| fact.locator.clone()).collect(),
        });
        lookup.add_address(&address.to_string(), machine);
    }
}
