//! The machine that crashed, as far as the header and the STOP code tell.

use crate::bugcheck::Bugcheck;
use crate::header::KernelHeader;
use crate::report::{MachineType, Stated};

/// Suites that make an edition, from the `VER_SUITE_*` constants of the Windows SDK, the telling
/// ones first: a datacenter edition is marked as an enterprise edition, too.
const SUITES: [(u32, &str); 9] = [
    (0x80, "Datacenter"),
    (0x20, "Small Business"),
    (0x400, "Web"),
    (0x2000, "Storage Server"),
    (0x4000, "Compute Cluster"),
    (0x8000, "Home Server"),
    (0x2, "Enterprise"),
    (0x200, "Home"),
    (0x40, "Embedded"),
];

/// What kind of Windows it is, such as `server, Datacenter`.
pub(super) fn edition(header: &KernelHeader) -> Option<Stated<String>> {
    let product = match header.product_type? {
        1 => "workstation",
        2 => "domain controller",
        3 => "server",
        _ => return None,
    };
    let suites = header.suite_mask.unwrap_or(0);
    let suite = SUITES.iter().find(|(bit, _)| suites & bit != 0);
    let value =
        suite.map_or_else(|| product.to_owned(), |(_, suite)| format!("{product}, {suite}"));
    let basis = format!("product type and suites ({suites:#x}) of the header");
    Some(Stated { value, basis })
}

/// The interrupt request level at which memory was touched that may not be touched there.
pub(super) fn irql(bugcheck: &Bugcheck, machine: MachineType) -> Option<Stated<u8>> {
    const IRQL_NOT_LESS_OR_EQUAL: u32 = 0xA;
    const DRIVER_IRQL_NOT_LESS_OR_EQUAL: u32 = 0xD1;
    let highest = if machine == MachineType::X86 { 31 } else { 15 };
    let [_, level, ..] = bugcheck.parameters;
    let tells =
        [IRQL_NOT_LESS_OR_EQUAL, DRIVER_IRQL_NOT_LESS_OR_EQUAL].contains(&bugcheck.base_code());
    // 255 and other values mean something else, such as that interrupts were disabled.
    let value = u8::try_from(level).ok().filter(|level| tells && *level <= highest)?;
    Some(Stated { value, basis: "parameter 2 of the STOP code".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_told_by_two_codes_only() {
        let level = |code, value, machine| {
            let bugcheck = Bugcheck { code, parameters: [1, value, 3, 4] };
            irql(&bugcheck, machine).map(|it| it.value)
        };
        assert_eq!(level(0xD1, 2, MachineType::Amd64), Some(2));
        assert_eq!(level(0x1000_000A, 15, MachineType::Amd64), Some(15));
        assert_eq!(level(0xA, 28, MachineType::X86), Some(28));
        assert_eq!(level(0xA, 28, MachineType::Amd64), None);
        assert_eq!(level(0xA, 0xFF, MachineType::X86), None);
        assert_eq!(level(0xA, 0x1_0000_0002, MachineType::Amd64), None);
        assert_eq!(level(0x50, 2, MachineType::Amd64), None);
    }
}
