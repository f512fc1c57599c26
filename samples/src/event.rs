//! What one event says, before it is written as binary XML or as text.

/// One event with everything that its `System` element and its payload hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSpec {
    /// Provider name, such as `Microsoft-Windows-Hyper-V-Worker`.
    pub provider: &'static str,
    /// Provider GUID in braces; classic sources have none.
    pub guid: Option<&'static str>,
    /// `EventSourceName`, which providers carry that stand in for a classic source.
    pub event_source: Option<&'static str>,
    /// Event id.
    pub id: u16,
    /// `Qualifiers` of the event id, which classic sources write.
    pub qualifiers: Option<u16>,
    /// Version of the event's layout.
    pub version: u8,
    /// 1 critical, 2 error, 3 warning, 4 information.
    pub level: u8,
    /// Task number.
    pub task: u16,
    /// Keyword bits.
    pub keywords: u64,
    /// Id of the process that wrote the event.
    pub process: u32,
    /// Id of the thread that wrote the event.
    pub thread: u32,
    /// Channel, such as `System`.
    pub channel: &'static str,
    /// Full name of the machine that wrote the event.
    pub computer: &'static str,
    /// `TimeCreated` as FILETIME (100 ns ticks since 1601 UTC).
    pub time: u64,
    /// Account under which the event was written, as `S-1-...`.
    pub user: Option<String>,
    /// What the event carries.
    pub payload: Payload,
}

/// What stands beside `System` in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing.
    None,
    /// `EventData` of a classic source: `Data` elements without names, then `Binary`.
    Classic {
        /// Insertion strings in order.
        strings: Vec<String>,
        /// Bytes of the `Binary` element, which is left out when there are none.
        binary: Vec<u8>,
    },
    /// `EventData` of a manifest: `Data` elements with names.
    EventData(Vec<(&'static str, Value)>),
    /// `UserData` with one element of the provider's own.
    UserData {
        /// Name of the element, such as `VmlEventLog`.
        element: &'static str,
        /// Its XML namespace.
        namespace: &'static str,
        /// Whether the element also declares the prefix `auto-ns2`, as hosts up to 2012 R2 do.
        auto_namespace: bool,
        /// The children of the element: name and value.
        values: Vec<(&'static str, Value)>,
    },
}

/// A typed value of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// UTF-16 text.
    Text(String),
    /// Unsigned 8-bit number.
    U8(u8),
    /// Unsigned 16-bit number.
    U16(u16),
    /// Unsigned 32-bit number.
    U32(u32),
    /// Unsigned 64-bit number.
    U64(u64),
    /// 32-bit number shown in hex.
    Hex32(u32),
    /// 64-bit number shown in hex.
    Hex64(u64),
    /// Truth value, stored in four bytes.
    Bool(bool),
    /// FILETIME.
    Time(u64),
    /// GUID as text.
    Guid(&'static str),
    /// SID as text.
    Sid(String),
    /// Raw bytes.
    Binary(Vec<u8>),
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}
