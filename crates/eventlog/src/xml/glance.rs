//! What the XML of an event says at a glance, so that those nobody wants need not be read.

use hvtriage_winfmt::FileTime;
use memchr::memmem;

/// The ids and the time of an event.
pub(super) struct Glance<'a> {
    pub(super) id: u32,
    time: Option<&'a str>,
    system: &'a str,
}

impl<'a> Glance<'a> {
    /// Looks at an event that is written as Windows writes it: whole, without prefixes, comments or
    /// references in its `System` element. `None` for any other.
    pub(super) fn of(event: &'a str) -> Option<Self> {
        const END: &str = "</Event>";
        let body = event.trim_end();
        let body = body.strip_suffix("</Events>").map_or(body, str::trim_end);
        let body = body.strip_suffix(END)?;
        let (start_tag, system) = split(body, "<System>")?;
        // Another `System` could stand in a comment, or in what comes before the event's own.
        let start_tag = start_tag.trim_end().strip_suffix('>')?.strip_prefix('<')?;
        if start_tag.contains(['<', '>']) {
            return None;
        }
        let (system, _) = split(system, "</System>")?;
        if system.contains("<!") || system.contains("<?") || system.contains('&') {
            return None;
        }
        let id = element(system, "EventID")?;
        let time = split(system, "<TimeCreated SystemTime=").and_then(|(_, rest)| {
            let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            rest.get(1..)?.split_once(quote).map(|(time, _)| time)
        });
        Some(Self { id: id.trim().parse().ok()?, time, system })
    }

    /// 0 for an event without one.
    pub(super) fn record_id(&self) -> u64 {
        let id = element(self.system, "EventRecordID");
        id.and_then(|id| id.trim().parse().ok()).unwrap_or_default()
    }

    pub(super) fn time(&self) -> Option<FileTime> {
        FileTime::parse_export(self.time?).ok()
    }
}

/// The text of the one element called so.
fn element<'a>(system: &'a str, name: &str) -> Option<&'a str> {
    let at = system.find(&format!("<{name}"))?;
    let rest = system.get(at.saturating_add(name.len()).saturating_add(1)..)?;
    // `<EventID>` or `<EventID Qualifiers="0">`, and not a longer name or an empty element.
    let (start_tag, rest) = rest.split_once('>')?;
    let is_it = start_tag.is_empty() || start_tag.starts_with(' ');
    let (text, after) = rest.split_once("</")?;
    let is_only = !after.contains(&format!("<{name}"));
    (is_it && is_only && !start_tag.ends_with('/') && after.starts_with(name)).then_some(text)
}

fn split<'a>(text: &'a str, at: &str) -> Option<(&'a str, &'a str)> {
    let found = memmem::find(text.as_bytes(), at.as_bytes())?;
    Some((text.get(..found)?, text.get(found.saturating_add(at.len())..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_writes_is_seen_at_a_glance() {
        let system = r#"<Provider Name="x"/><EventID Qualifiers="0">41</EventID>
            <TimeCreated SystemTime="2012-01-08T21:05:09.2500000Z"/>"#;
        let event = format!("<Event xmlns='x'><System>{system}</System><EventData/></Event>\r\n");
        let glance = Glance::of(&event).unwrap();
        assert_eq!(glance.id, 41);
        assert_eq!(glance.time().unwrap().to_string(), "2012-01-08T21:05:09.2500000Z");
        assert!(Glance::of(&event.replace("</Event>", "</Event></Events>")).is_some());
        for other in [
            event.replace("</Event>", ""),
            event.replace("System>", "e:System>"),
            event.replace("41<", "4&#49;<"),
            event.replace("<EventID", "<!-- <EventID>1</EventID> --><EventID"),
            event.replace("</EventID>", "</EventID><EventID>2</EventID>"),
            event.replace("EventID", "EventIDs"),
            event.replace("</System>", ""),
            event.replace("<System>", "<!--<System><EventID>9</EventID></System>--><System>"),
        ] {
            assert!(Glance::of(&other).is_none(), "{other}");
        }
    }
}
