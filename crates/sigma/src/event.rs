//! An event as rules see it: fields by name.

use std::borrow::Cow;

use rsigma_eval::{Event, EventValue};
use serde_json::{Map, Value};

/// An event of a Windows log, borrowed from whoever read it.
#[derive(Clone, Debug, Default)]
pub struct WindowsEvent<'a> {
    /// The log that it was written to.
    pub channel: &'a str,
    /// Name of the provider.
    pub provider: &'a str,
    /// EventID.
    pub id: u32,
    /// Version of the event's layout.
    pub version: u8,
    /// Level, 0 to 5.
    pub level: u8,
    /// Task.
    pub task: u16,
    /// Opcode.
    pub opcode: u8,
    /// Keywords, as the bits that they are.
    pub keywords: u64,
    /// EventRecordID.
    pub record_id: u64,
    /// The computer that wrote it.
    pub computer: &'a str,
    /// The process that wrote it.
    pub process_id: Option<u32>,
    /// The thread that wrote it.
    pub thread_id: Option<u32>,
    /// The values of `EventData` or `UserData`, by name where they have one.
    pub values: Vec<(Option<&'a str>, &'a str)>,
    /// The `Binary` element of a classic event.
    pub binary: Option<&'a [u8]>,
    /// The text that came with it.
    pub message: Option<&'a str>,
}

/// Fields that are no values of the payload, most of them of the `System` element, as rules call
/// them.
pub(crate) const SYSTEM_FIELDS: &[&str] = &[
    "Binary",
    "Channel",
    "Computer",
    "EventID",
    "EventRecordID",
    "Keywords",
    "Level",
    "Message",
    "Opcode",
    "ProcessID",
    "Provider_Name",
    "Task",
    "ThreadID",
    "Version",
];
/// What values without a name are called together.
const UNNAMED: &str = "Data";

/// An event whose fields have the names that the rules of one log source use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NamedEvent<'e, 'a> {
    pub(crate) event: &'e WindowsEvent<'a>,
    /// Name in rules, name in the log.
    pub(crate) fields: &'static [(&'static str, &'static str)],
}

impl<'a> NamedEvent<'_, 'a> {
    /// Text of a value of the payload. Defender's names have blanks, which rules leave out.
    fn value(&self, name: &str) -> Option<&'a str> {
        let logged = self.fields.iter().find(|(rule, _)| *rule == name).map(|(_, logged)| *logged);
        let name = logged.unwrap_or(name);
        let values = &self.event.values;
        let named = |fits: &dyn Fn(&str) -> bool| {
            values.iter().find(|(key, _)| key.is_some_and(fits)).map(|(_, text)| *text)
        };
        named(&|key| key == name)
            .or_else(|| named(&|key| key.contains(' ') && key.replace(' ', "") == name))
    }

    /// A field of the `System` element.
    fn system(&self, name: &str) -> Option<EventValue<'a>> {
        let event = self.event;
        let text = |text: &'a str| EventValue::Str(Cow::Borrowed(text));
        let number = |number: u32| EventValue::Int(i64::from(number));
        Some(match name {
            "Binary" => EventValue::Str(hexadecimal(event.binary?).into()),
            "Channel" => text(event.channel),
            "Computer" => text(event.computer),
            "EventID" => number(event.id),
            "EventRecordID" => EventValue::Str(event.record_id.to_string().into()),
            "Keywords" => EventValue::Str(format!("{:#x}", event.keywords).into()),
            "Level" => number(event.level.into()),
            "Message" => text(event.message?),
            "Opcode" => number(event.opcode.into()),
            "ProcessID" => number(event.process_id?),
            "Provider_Name" => text(event.provider),
            "Task" => number(event.task.into()),
            "ThreadID" => number(event.thread_id?),
            "Version" => number(event.version.into()),
            _ => return None,
        })
    }

    fn unnamed(&self) -> Option<EventValue<'a>> {
        let unnamed = self.event.values.iter().filter(|(name, _)| name.is_none());
        let texts: Vec<EventValue<'a>> =
            unnamed.map(|(_, text)| EventValue::Str(Cow::Borrowed(*text))).collect();
        (!texts.is_empty()).then_some(EventValue::Array(texts))
    }

    /// What a keyword may be found in.
    fn texts(&self) -> impl Iterator<Item = &'a str> {
        let event = self.event;
        let values = event.values.iter().map(|(_, text)| *text);
        [event.provider, event.channel, event.computer]
            .into_iter()
            .chain(values)
            .chain(event.message)
    }

    /// A field as text, for people.
    pub(crate) fn shown(&self, name: &str) -> Option<String> {
        match self.get_field(name)? {
            EventValue::Array(values) => {
                let texts = values.iter().filter_map(|value| value.as_str());
                Some(texts.collect::<Vec<_>>().join("; "))
            }
            value => Some(value.as_str()?.into_owned()),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

impl Event for NamedEvent<'_, '_> {
    /// What an event is, is said by its `System` element alone; any other field is looked for in the
    /// payload first. `Channel` of event 104 is the log that was cleared, and rules mean that.
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        if matches!(path, "EventID" | "Provider_Name" | "Computer") {
            return self.system(path);
        }
        let value = self.value(path).map(|text| EventValue::Str(Cow::Borrowed(text)));
        let value = value.or_else(|| self.system(path));
        value.or_else(|| if path == UNNAMED { self.unnamed() } else { None })
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        self.texts().any(pred)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        self.texts().map(Cow::Borrowed).collect()
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        self.texts().for_each(visit);
    }

    fn to_json(&self) -> Value {
        let values = self.event.values.iter();
        let named = values.filter_map(|(name, text)| Some(((*name)?, *text)));
        let system = SYSTEM_FIELDS.iter().filter_map(|name| {
            let value = self.system(name)?;
            Some(((*name).to_owned(), value.to_json()))
        });
        let data = named.map(|(name, text)| (name.to_owned(), Value::String(text.to_owned())));
        Value::Object(system.chain(data).collect::<Map<_, _>>())
    }

    /// Only rules that ask for one of these fields need be looked at.
    fn visit_top_level_keys(&self, visit: &mut dyn FnMut(&str)) -> bool {
        for name in SYSTEM_FIELDS.iter().chain(&[UNNAMED]) {
            visit(name);
        }
        for (rule, _) in self.fields {
            visit(rule);
        }
        for name in self.event.values.iter().filter_map(|(name, _)| *name) {
            visit(name);
            // A rule's name with a dot is filed under what stands before the dot.
            if let Some((first, _)) = name.split_once('.') {
                visit(first);
            }
            if name.contains(' ') {
                visit(&name.replace(' ', ""));
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(event: &WindowsEvent<'_>, name: &str) -> Option<String> {
        NamedEvent { event, fields: &[("Image", "NewProcessName")] }.shown(name)
    }

    #[test]
    fn fields_are_those_of_the_payload_then_those_of_the_system_element() {
        let event = WindowsEvent {
            channel: "System",
            provider: "Microsoft-Windows-Eventlog",
            id: 104,
            keywords: 0x8020_0000_0000_0000,
            binary: Some(&[0x4d, 0, 0xab]),
            values: vec![
                (Some("Channel"), "Security"),
                (Some("EventID"), "4711"),
                (Some("Threat Name"), "EICAR"),
                (Some("NewProcessName"), "C:\\a.exe"),
                (None, "one"),
                (None, "two"),
            ],
            ..WindowsEvent::default()
        };
        assert_eq!(text(&event, "Channel").as_deref(), Some("Security"));
        // A payload must not say what event it is.
        assert_eq!(text(&event, "EventID").as_deref(), Some("104"));
        assert_eq!(text(&event, "ThreatName").as_deref(), Some("EICAR"));
        assert_eq!(text(&event, "Threat Name").as_deref(), Some("EICAR"));
        assert_eq!(text(&event, "Image").as_deref(), Some("C:\\a.exe"));
        assert_eq!(text(&event, "Keywords").as_deref(), Some("0x8020000000000000"));
        assert_eq!(text(&event, "Binary").as_deref(), Some("4D00AB"));
        assert_eq!(text(&event, "Data").as_deref(), Some("one; two"));
        assert_eq!(text(&event, "Message"), None);
        assert_eq!(text(&event, "image"), None);
    }
}
