//! STOP codes: their names, what their parameters mean, and which parameter holds an address.

mod status;
mod table;

pub use status::status_name;

/// Codes of small dumps carry this high nibble (`0x1000007E`); it is no part of the code.
const VARIANT: u32 = 0x1000_0000;
/// Addresses below this are a NULL pointer plus the offset of a field.
const NULL_REACH: u64 = 0x1_0000;

/// The STOP code of a dump and its four parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bugcheck {
    /// The code as stored in the dump.
    pub code: u32,
    /// The four parameters; those of 32-bit systems are zero-extended.
    pub parameters: [u64; 4],
}

/// What is known of one STOP code.
///
/// Parameters are numbered from 1, as Microsoft's reference numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BugcheckInfo {
    /// The code, without the small-dump variant bit.
    pub code: u32,
    /// Its name, such as `DRIVER_IRQL_NOT_LESS_OR_EQUAL`.
    pub name: &'static str,
    /// Whether the code marks a live dump: the machine went on running.
    pub is_live_dump: bool,
    /// Whether the component that stopped the machine is known to be a messenger only, so that
    /// no module may be blamed on this code alone.
    pub is_messenger: bool,
    /// The meaning of each parameter, where it has one of its own.
    pub parameters: [Option<&'static str>; 4],
    /// The parameter that holds the address of the faulting instruction.
    pub instruction_address: Option<u8>,
    /// The parameter that holds the memory address that was touched.
    pub referenced_address: Option<u8>,
    /// The parameter that points to an `EXCEPTION_RECORD`.
    pub exception_record: Option<u8>,
    /// The parameter that points to a `CONTEXT`.
    pub context_record: Option<u8>,
    /// The parameter that points to a `KTRAP_FRAME`.
    pub trap_frame: Option<u8>,
    /// The parameter that points to the `EPROCESS` of the process that the code is about.
    pub process: Option<u8>,
    /// The parameter that holds an exception code.
    pub exception_code: Option<u8>,
    /// The parameters that hold an NTSTATUS.
    pub statuses: &'static [u8],
    /// Known values: parameter, value, meaning.
    pub values: &'static [(u8, u64, &'static str)],
}

/// One parameter of a bugcheck, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterMeaning {
    /// Which parameter, from 1.
    pub number: u8,
    /// Its value.
    pub value: u64,
    /// What the parameter holds.
    pub meaning: &'static str,
    /// What this very value says, where that is known.
    pub detail: Option<&'static str>,
}

/// Every STOP code that is known, in order.
#[must_use]
pub fn known() -> &'static [BugcheckInfo] {
    table::TABLE
}

/// What is known of `code`, with or without the small-dump variant bit.
///
/// ```
/// use hvtriage_crashdump::bugcheck::describe;
///
/// let info = describe(0x1000_007e).unwrap();
/// assert_eq!(info.name, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED");
/// assert_eq!(info.instruction_address, Some(2));
/// ```
#[must_use]
pub fn describe(code: u32) -> Option<&'static BugcheckInfo> {
    let code = base_code(code);
    let index = table::TABLE.binary_search_by_key(&code, |info| info.code).ok()?;
    table::TABLE.get(index)
}

impl Bugcheck {
    /// The code without the small-dump variant bit: 0x1000007E is 0x7E.
    #[must_use]
    pub fn base_code(&self) -> u32 {
        base_code(self.code)
    }

    /// The name of the code, where it is one of the [known ones](describe).
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        describe(self.code).map(|info| info.name)
    }

    /// Parameter `number` (from 1).
    #[must_use]
    pub fn parameter(&self, number: u8) -> Option<u64> {
        self.parameters.get(usize::from(number.checked_sub(1)?)).copied()
    }

    /// The parameters that mean something, explained.
    #[must_use]
    pub fn parameter_meanings(&self) -> Vec<ParameterMeaning> {
        let Some(info) = describe(self.code) else { return Vec::new() };
        let numbered = (1_u8..).zip(info.parameters).zip(self.parameters);
        numbered
            .filter_map(|((number, meaning), value)| {
                let detail = info.detail(number, value);
                Some(ParameterMeaning { number, value, meaning: meaning?, detail })
            })
            .collect()
    }
}

impl BugcheckInfo {
    /// What `value` says as parameter `number`, where that is known.
    #[must_use]
    pub fn detail(&self, number: u8, value: u64) -> Option<&'static str> {
        let known = self.values.iter().find(|known| (known.0, known.1) == (number, value));
        if let Some((_, _, meaning)) = known {
            return Some(meaning);
        }
        if self.statuses.contains(&number) || self.exception_code == Some(number) {
            return status_name(value);
        }
        let is_null = value < NULL_REACH && self.referenced_address == Some(number);
        is_null.then_some("near zero, as a field of a NULL pointer is")
    }
}

fn base_code(code: u32) -> u32 {
    if code & 0xF000_0000 == VARIANT { code & !0xF000_0000 } else { code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert_eq!(table::TABLE.len(), 111);
        assert!(table::TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
        for info in table::TABLE {
            assert_eq!(describe(info.code), Some(info));
            let locators = [
                info.instruction_address,
                info.referenced_address,
                info.exception_record,
                info.context_record,
                info.trap_frame,
                info.process,
                info.exception_code,
            ];
            assert!(locators.iter().flatten().all(|number| (1..=4).contains(number)));
            assert!(!info.is_messenger || info.instruction_address.is_none(), "{}", info.name);
        }
    }

    #[test]
    fn only_the_small_dump_variant_is_masked() {
        for (stored, base) in [
            (0x1000_007e, 0x7e),
            (0x1000_008e, 0x8e),
            (0xd1, 0xd1),
            (0x2_0001, 0x2_0001),
            (0xc000_021a, 0xc000_021a),
            (0xdead_dead, 0xdead_dead),
        ] {
            assert_eq!(Bugcheck { code: stored, parameters: [0; 4] }.base_code(), base);
        }
    }

    #[test]
    fn values_are_explained() {
        let null = Bugcheck { code: 0xd1, parameters: [0x28, 2, 1, 0xffff_f880_0000_12b8] };
        let meanings = null.parameter_meanings();
        assert_eq!(meanings.len(), 4);
        assert_eq!(meanings[0].detail, Some("near zero, as a field of a NULL pointer is"));
        assert_eq!(meanings[2].detail, Some("write"));

        let stop = Bugcheck { code: 0x7a, parameters: [1, 0xffff_ffff_c000_009d, 0, 0x1000] };
        assert_eq!(stop.parameter_meanings()[1].detail, Some("device not connected"));
        let unknown = Bugcheck { code: 0x7777, parameters: [1; 4] };
        assert_eq!((unknown.name(), unknown.parameter_meanings().len()), (None, 0));
    }

    /// Microsoft's reference: parameter 2 of 0x133 is not an address; 0x50 has it in P3, 0xD1 in P4.
    #[test]
    fn instruction_addresses_stand_where_the_reference_says() {
        for (code, number) in [(0xa, 4), (0xd1, 4), (0xc5, 4), (0x50, 3), (0xd5, 3), (0x3b, 2)] {
            assert_eq!(describe(code).unwrap().instruction_address, Some(number));
        }
        assert_eq!(describe(0x133).unwrap().instruction_address, None);
    }
}
