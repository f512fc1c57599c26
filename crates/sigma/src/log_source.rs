//! Which Windows event logs a rule is for.

use rsigma_parser::LogSource;

use crate::taxonomy::{CATEGORIES, Place, SERVICES};

/// Where the events of a log source are; empty for one that is no Windows event log, or that does
/// not say which.
pub(crate) fn places(source: &LogSource) -> Vec<Place> {
    let is = |word: &Option<String>, wanted: &str| {
        word.as_ref().is_some_and(|word| word.trim().eq_ignore_ascii_case(wanted))
    };
    if source.product.is_some() && !is(&source.product, "windows") {
        return Vec::new();
    }
    let channels = SERVICES.iter().find(|row| is(&source.service, row.0)).map(|row| row.1);
    let events = CATEGORIES.iter().find(|row| is(&source.category, row.0)).map(|row| row.1);
    // The events of a category that the service logs. A service needs its product: `security` or
    // `application` without one may be of any system.
    match (&source.service, &source.category) {
        (None, Some(_)) => events.unwrap_or_default().to_vec(),
        (Some(_), None) if source.product.is_some() => {
            channels.map(Place::all_of).into_iter().collect()
        }
        (Some(_), Some(_)) => {
            let is_of = |place: &&Place| channels.is_some_and(|them| them == place.channels);
            events.unwrap_or_default().iter().filter(is_of).copied().collect()
        }
        _ => Vec::new(),
    }
}

/// A log source in words, for those that are told about it.
pub(crate) fn described(source: &LogSource) -> String {
    let parts = [
        ("product", &source.product),
        ("category", &source.category),
        ("service", &source.service),
    ];
    let given =
        parts.iter().filter_map(|(key, word)| Some(format!("{key}: {}", (*word).as_ref()?)));
    let given: Vec<String> = given.collect();
    if given.is_empty() { "none".into() } else { given.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(product: &str, category: &str, service: &str) -> LogSource {
        let some = |word: &str| (!word.is_empty()).then(|| word.to_owned());
        LogSource {
            product: some(product),
            category: some(category),
            service: some(service),
            ..LogSource::default()
        }
    }

    fn channels(product: &str, category: &str, service: &str) -> Vec<(&'static str, Vec<u32>)> {
        let places = places(&source(product, category, service));
        places.iter().map(|place| (place.channels[0], place.ids.to_vec())).collect()
    }

    #[test]
    fn services_are_logs_and_categories_are_events() {
        assert_eq!(channels("windows", "", "security"), [("Security", vec![])]);
        assert_eq!(channels("Windows", "", "System"), [("System", vec![])]);
        let sysmon = "Microsoft-Windows-Sysmon/Operational";
        assert_eq!(channels("windows", "file_event", ""), [(sysmon, vec![11])]);
        let created = [(sysmon, vec![1]), ("Security", vec![4688])];
        assert_eq!(channels("windows", "process_creation", ""), created);
        assert_eq!(channels("windows", "process_creation", "security"), created[1..]);
        assert_eq!(channels("windows", "file_event", "security"), []);
    }

    #[test]
    fn what_is_no_windows_log_has_no_place() {
        for (product, category, service) in [
            ("linux", "process_creation", ""),
            ("linux", "", "security"),
            ("", "", "application"),
            ("", "webserver", ""),
            ("windows", "", "no-such-log"),
            ("windows", "no_such_category", ""),
            // Which of a thousand logs?
            ("windows", "", ""),
        ] {
            assert_eq!(channels(product, category, service), [], "{product} {category} {service}");
        }
    }

    /// The two tables are searched by name, and a name that is there twice would hide a row.
    #[test]
    fn no_name_stands_twice() {
        assert!(SERVICES.is_sorted_by(|one, next| one.0 < next.0));
        assert!(CATEGORIES.is_sorted_by(|one, next| one.0 < next.0));
    }
}
