//! Which events an analysis reads: those that are understood, those that its rules ask for, and those
//! that are worth a line beside a crash.

use hvtriage_diagnosis::{
    EventDictionary, EventRequest, FactKind, LoggedEvent, RegistryRequest, RuleSet,
};
use hvtriage_eventlog::{Event, EventFilter};

use super::interpret;
use super::provider::{Providers, name_of};

/// The events that an analysis wants. What is not wanted is not read out of a log, so an event that
/// nobody asks for costs nothing, and memory holds no more events than the rules ask for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    filter: EventFilter,
    /// Events that rules ask for as they stand.
    logged: Option<EventFilter>,
    /// Events that are worth a line in a timeline.
    timeline: Option<EventFilter>,
    /// Registry values that rules ask for.
    values: Vec<RegistryRequest>,
}

impl Wanted {
    /// What is understood, what is worth a line in a timeline, and what the rules ask for.
    pub(crate) fn by(rules: &RuleSet) -> Self {
        let values = rules.registry_requests().cloned().collect();
        Self { values, ..Self::of(rules.event_requests()) }
    }

    fn of<'a>(requests: impl Iterator<Item = &'a EventRequest>) -> Self {
        let mut all = Providers::understood();
        let mut logged = Providers::default();
        let mut timeline = Providers::default();
        for (name, guid, ids) in EventDictionary::get().timeline_events() {
            all.add(name.to_owned(), guid, &ids);
            timeline.add(name.to_owned(), guid, &ids);
        }
        for request in requests {
            all.request(request);
            logged.request(request);
        }
        Self {
            filter: all.filter().unwrap_or_default(),
            logged: logged.filter(),
            timeline: timeline.filter(),
            values: Vec::new(),
        }
    }

    /// The same, and what `add` wants beside it.
    pub(crate) fn with(self, add: impl FnOnce(EventFilter) -> EventFilter) -> Self {
        Self { filter: add(self.filter), ..self }
    }

    /// All together, for a scan.
    pub(crate) fn filter(&self) -> &EventFilter {
        &self.filter
    }

    /// Whether some rule asks for a value of the registry; its data is looked at where that matters.
    pub(crate) fn wants_value(
        &self,
        key: &str,
        name: &str,
        data: impl Fn() -> Option<String>,
    ) -> bool {
        let mut fitting = self.values.iter().filter(|request| request.fits(key, name)).peekable();
        if fitting.peek().is_none() {
            return false;
        }
        data().is_some_and(|data| fitting.any(|request| request.fits_data(&data)))
    }

    /// What an event says: what is understood of it, and the event itself where a rule wants it, or
    /// where it is worth a line and nothing else says what it does.
    pub(crate) fn facts_of(&self, event: &Event) -> impl Iterator<Item = FactKind> {
        let understood = interpret(event);
        let wants =
            |filter: &Option<EventFilter>| filter.as_ref().is_some_and(|it| it.wants(event));
        let is_said = !matches!(understood, None | Some(FactKind::HyperVHost {}));
        let is_logged = wants(&self.logged) || (!is_said && wants(&self.timeline));
        let logged = is_logged.then(|| FactKind::Event(Box::new(logged(event))));
        understood.into_iter().chain(logged)
    }
}

/// An event as the event dictionary and rules see it.
pub(crate) fn logged(event: &Event) -> LoggedEvent {
    let values = event.payload.values.iter();
    let account = event.user_id.as_ref().and_then(|sid| sid.vm_id());
    let logged = LoggedEvent {
        provider: name_of(event).into(),
        id: event.id,
        version: event.version,
        level: event.level,
        channel: event.channel.as_str().into(),
        values: values.map(|value| (value.name.as_deref(), value.text.as_str())).collect(),
        vm: None,
    };
    logged.with_its_vm(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule that asks for `event`, given as two lines of YAML.
    fn wanted(provider: &str, ids: &str) -> Wanted {
        let rule = format!(
            "{{id: X, title: X, severity: low, confidence: low, theme: storage, message: X, \
             explain: X, remedy: X, \
             when: {{it: {{kind: event, event.provider: '{provider}', event.id: {ids}}}}}}}"
        );
        let mut rules = RuleSet::default();
        rules.load("x.yaml", &rule).unwrap();
        Wanted::of(rules.event_requests())
    }

    fn event(provider: &str, guid: &str, id: u32) -> Event {
        let mut event = Event { id, ..Event::default() };
        event.provider.name = provider.to_owned();
        event.provider.guid = guid.parse().ok();
        event
    }

    fn logged_of(wanted: &Wanted, event: &Event) -> Option<LoggedEvent> {
        assert!(wanted.filter().wants(event) || wanted.facts_of(event).next().is_none());
        wanted.facts_of(event).find_map(|fact| match fact {
            FactKind::Event(event) => Some(*event),
            _ => None,
        })
    }

    const VMMS: &str = "6066f867-7ca1-4418-85fd-36e3f9c0600c";

    #[test]
    fn a_provider_is_found_by_name_and_by_guid() {
        let wanted = wanted("Hyper-V-VMMS", "[16060, 16050]");
        let named = event("Microsoft-Windows-HYPER-V-VMMS", "", 16060);
        assert!(logged_of(&wanted, &named).is_some());
        // By the GUID of the provider, whatever the log calls it; a rule sees the name it asked for.
        let renamed = event("Some other name", VMMS, 16050);
        let found = logged_of(&wanted, &renamed).unwrap();
        assert_eq!(&*found.provider, "Microsoft-Windows-Hyper-V-VMMS");
    }

    #[test]
    fn what_no_rule_asks_for_is_not_kept() {
        let none = Wanted::of([].into_iter());
        let asked = wanted("Hyper-V-VMMS", "32315");
        let other_id = event("Microsoft-Windows-Hyper-V-VMMS", VMMS, 16061);
        let other_provider = event("Microsoft-Windows-Hyper-V-Worker", "", 32315);
        assert_eq!(logged_of(&asked, &other_id), None);
        assert_eq!(logged_of(&asked, &other_provider), None);
        assert!(!asked.filter().wants(&other_id) && !asked.filter().wants(&other_provider));
        // The event dictionary has this one for noise.
        let event = event("Microsoft-Windows-Hyper-V-VMMS", VMMS, 32315);
        assert!(logged_of(&none, &event).is_none() && !none.filter().wants(&event));
        assert!(asked.filter().wants(&event));
    }

    /// What is worth a line is kept without a rule, unless a fact says it already.
    #[test]
    fn what_is_worth_a_line_is_kept_once() {
        const VM_ID: &str = "e0d09432-a320-44cc-8a12-e1300549b99d";
        let none = Wanted::of([].into_iter());
        let of = |id, texts: [&str; 3]| {
            let mut event = event("Microsoft-Windows-Hyper-V-VMMS", VMMS, id);
            event.payload.values = texts
                .map(|text| hvtriage_eventlog::PayloadValue { name: None, text: text.into() })
                .into();
            assert!(none.filter().wants(&event));
            none.facts_of(&event).collect::<Vec<_>>()
        };
        let [FactKind::Event(full)] = &of(16060, ["SQL01", VM_ID, "E:\\VMs"])[..] else {
            panic!("16060 is one event");
        };
        let vm = full.vm.as_ref().unwrap();
        assert_eq!((vm.name.as_deref(), vm.id), (Some("SQL01"), VM_ID.parse().ok()));
        let [FactKind::LiveMigration { .. }] = &of(20415, ["SQL01", VM_ID, "0.5"])[..] else {
            panic!("20415 is a migration and nothing else");
        };
    }

    /// A worker process runs under an account of its virtual machine.
    #[test]
    fn an_account_names_a_virtual_machine_where_the_values_do_not() {
        let mut event = event("Microsoft-Windows-Hyper-V-Worker", "", 22042);
        event.user_id = "S-1-5-83-1-3655396106-1351506743-3915871121-3476744365".parse().ok();
        let facts: Vec<FactKind> = Wanted::of([].into_iter()).facts_of(&event).collect();
        let id = "D9E0EB0A-5B37-508E-9173-67E9ADE83ACF".parse().ok();
        assert_eq!(facts[0].vm().unwrap().id, id);
    }

    /// An event may be understood and asked for: it gives both facts.
    #[test]
    fn an_understood_event_may_be_asked_for_too() {
        let mut event = event("disk", "", 153);
        event.payload.values.push(hvtriage_eventlog::PayloadValue {
            name: None,
            text: "\\Device\\Harddisk1\\DR1".into(),
        });
        assert_eq!(wanted("disk", "153").facts_of(&event).count(), 2);
        assert_eq!(wanted("disk", "157").facts_of(&event).count(), 1);
    }
}
