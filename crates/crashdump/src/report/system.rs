//! The machine that crashed and what ran on it.

use std::fmt;

use hvtriage_winfmt::{FileOffset, Guid};

/// What a dump says of the machine that crashed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemFacts {
    /// Product and suites in words, such as `server, Datacenter`.
    pub edition: Option<Stated<String>>,
    /// What the firmware says of the machine.
    pub firmware: Option<Firmware>,
    /// Why it counts as host or guest; none where that is not known.
    pub role_reason: Option<String>,
    /// Id of the process that was running.
    pub process_id: Option<Stated<u32>>,
    /// Id of the thread that was running.
    pub thread_id: Option<Stated<u32>>,
    /// Image name of the process that a parameter of the STOP code points to, where its memory is in
    /// the dump; Windows keeps at most 15 characters.
    pub named_process: Option<Stated<String>>,
    /// The interrupt request level (IRQL) at which the failing access was made.
    pub irql: Option<Stated<u8>>,
}

/// A value, and where in the dump it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated<T> {
    /// The value.
    pub value: T,
    /// Where it was found, in words.
    pub basis: String,
}

/// What the SMBIOS tables say of a machine. Makers that have nothing to say often write something
/// like `To Be Filled By O.E.M.`, which is kept; texts are cut at 256 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firmware {
    /// Where in the file the tables start.
    pub at: FileOffset,
    /// Who made the machine.
    pub manufacturer: Option<String>,
    /// Its product name.
    pub product: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its serial number; for a virtual machine of Hyper-V the one that its settings hold.
    pub serial: Option<String>,
    /// Its id, read as Windows shows it: the first three fields are little-endian. The writer of a
    /// dump may have blanked it; then there is none.
    pub uuid: Option<Guid>,
    /// Who made the board.
    pub board_manufacturer: Option<String>,
    /// Product name of the board.
    pub board_product: Option<String>,
    /// Who wrote the BIOS.
    pub bios_vendor: Option<String>,
    /// Version of the BIOS.
    pub bios_version: Option<String>,
    /// Release date of the BIOS, mostly as month/day/year.
    pub bios_date: Option<String>,
}

impl Firmware {
    /// Whether it is that of a virtual machine of Hyper-V.
    #[must_use]
    pub fn is_hyper_v_guest(&self) -> bool {
        self.manufacturer.as_deref() == Some("Microsoft Corporation")
            && self.product.as_deref() == Some("Virtual Machine")
    }
}

/// Such as `Microsoft Corporation Virtual Machine, board ..., BIOS American Megatrends Inc. 090006`.
impl fmt::Display for Firmware {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |parts: &[&Option<String>]| {
            let parts: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
            parts.join(" ")
        };
        let parts = [
            ("", words(&[&self.manufacturer, &self.product, &self.version])),
            ("board ", words(&[&self.board_manufacturer, &self.board_product])),
            ("BIOS ", words(&[&self.bios_vendor, &self.bios_version, &self.bios_date])),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(title, text)| format!("{title}{text}"))
            .collect();
        formatter.write_str(&parts.join(", "))
    }
}
