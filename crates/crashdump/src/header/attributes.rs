//! The attribute bits of a dump header.

/// One attribute of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DumpAttribute {
    /// Written while the machine hibernated or resumed.
    HiberCrash,
    /// The dump device was powered off.
    DumpDevicePowerOff,
    /// The file reserved for the dump was too small for it.
    InsufficientDumpFileSize,
    /// The kernel wrote this small dump itself.
    KernelGeneratedTriageDump,
    /// The machine went on running.
    LiveDump,
    /// Made from another dump.
    GeneratedOffline,
    /// A filter had a say in what was written.
    FilterDumpFile,
    /// Crashed early in the boot.
    EarlyBootCrash,
    /// The data is encrypted.
    EncryptedDumpData,
    /// The data was encrypted and has been decrypted.
    DecryptedDump,
}

/// In the order of their bits.
const KNOWN: [(DumpAttribute, &str); 10] = [
    (DumpAttribute::HiberCrash, "crash during hibernation"),
    (DumpAttribute::DumpDevicePowerOff, "dump device powered off"),
    (DumpAttribute::InsufficientDumpFileSize, "dump file too small"),
    (DumpAttribute::KernelGeneratedTriageDump, "small dump written by the kernel"),
    (DumpAttribute::LiveDump, "live dump"),
    (DumpAttribute::GeneratedOffline, "made from another dump"),
    (DumpAttribute::FilterDumpFile, "filtered"),
    (DumpAttribute::EarlyBootCrash, "crash early in the boot"),
    (DumpAttribute::EncryptedDumpData, "encrypted"),
    (DumpAttribute::DecryptedDump, "decrypted"),
];

/// Each set bit of `attributes` in words; bits without a known meaning are shown as they are.
///
/// ```
/// use hvtriage_crashdump::attributes_in_words;
///
/// let words = attributes_in_words(0x1008);
/// assert_eq!(words, ["small dump written by the kernel", "attribute 0x1000"]);
/// ```
#[must_use]
pub fn attributes_in_words(attributes: u32) -> Vec<String> {
    let bits = (0..u32::BITS).filter_map(|place| 1_u32.checked_shl(place));
    bits.filter(|bit| attributes & bit != 0)
        .map(|bit| match KNOWN.iter().find(|(known, _)| known.bit() == bit) {
            Some((_, words)) => (*words).to_string(),
            None => format!("attribute {bit:#x}"),
        })
        .collect()
}

impl DumpAttribute {
    /// The bit of this attribute.
    #[must_use]
    pub fn bit(self) -> u32 {
        1 << match self {
            Self::HiberCrash => 0,
            Self::DumpDevicePowerOff => 1,
            Self::InsufficientDumpFileSize => 2,
            Self::KernelGeneratedTriageDump => 3,
            Self::LiveDump => 4,
            Self::GeneratedOffline => 5,
            Self::FilterDumpFile => 6,
            Self::EarlyBootCrash => 7,
            Self::EncryptedDumpData => 8,
            Self::DecryptedDump => 9,
        }
    }
}
