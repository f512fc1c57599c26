//! Events as Windows writes them: one function for each, with the values that differ.
//!
//! Names and order of values follow real records where there are some, else message tables, which
//! give the order alone; Hyper-V's own `Parameter0` to `ParameterN` stand for names that are not
//! known.

pub mod cluster;
pub mod everyday;
pub mod hyper_v;
pub mod network;
pub mod system;

use crate::event::{EventSpec, Payload, Value};

/// A version of Windows Server, as far as events tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// Windows Server 2008 R2 with Service Pack 1, build 7601.
    Server2008R2,
    /// Windows Server 2012 R2, build 9600.
    Server2012R2,
    /// Windows Server 2016, build 14393.
    Server2016,
}

/// A machine that writes events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Full computer name.
    pub computer: &'static str,
    /// What runs on it.
    pub windows: Windows,
}

/// A virtual machine as hosts name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Its name on the host.
    pub name: &'static str,
    /// Its id, upper case, without braces.
    pub id: &'static str,
}

/// A provider with a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub name: &'static str,
    /// Its GUID in braces.
    pub guid: &'static str,
}

/// The account of the system itself.
pub const LOCAL_SYSTEM: &str = "S-1-5-18";

/// Keywords that manifest providers of an admin channel carry.
const CHANNEL_KEYWORD: u64 = 0x8000_0000_0000_0000;
/// Keywords of classic sources.
const CLASSIC_KEYWORD: u64 = 0x0080_0000_0000_0000;

impl Machine {
    /// An event of a provider with a manifest.
    pub(crate) fn manifest_event(
        self,
        provider: Provider,
        channel: &'static str,
        (id, version, level): (u16, u8, u8),
        time: u64,
        payload: Payload,
    ) -> EventSpec {
        EventSpec {
            provider: provider.name,
            guid: Some(provider.guid),
            event_source: None,
            id,
            qualifiers: None,
            version,
            level,
            task: 0,
            keywords: CHANNEL_KEYWORD,
            process: 4,
            thread: 64,
            channel,
            computer: self.computer,
            time,
            user: Some(LOCAL_SYSTEM.to_owned()),
            payload,
        }
    }

    /// An event of a classic source in the System channel.
    pub(crate) fn classic_event(
        self,
        source: &'static str,
        (id, qualifiers, level): (u16, u16, u8),
        time: u64,
        strings: &[&str],
        binary: Vec<u8>,
    ) -> EventSpec {
        let strings = strings.iter().map(|&text| text.to_owned()).collect();
        EventSpec {
            provider: source,
            guid: None,
            event_source: None,
            id,
            qualifiers: Some(qualifiers),
            version: 0,
            level,
            task: 0,
            keywords: CLASSIC_KEYWORD,
            process: 0,
            thread: 0,
            channel: "System",
            computer: self.computer,
            time,
            user: None,
            payload: Payload::Classic { strings, binary },
        }
    }
}

/// The number of characters of a text and the text itself, as kernel providers write names.
pub(crate) fn counted(
    length_name: &'static str,
    name: &'static str,
    text: &str,
) -> [(&'static str, Value); 2] {
    [(length_name, Value::U32(text.encode_utf16().count() as u32)), (name, Value::text(text))]
}
