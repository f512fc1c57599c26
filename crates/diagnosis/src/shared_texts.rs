//! Texts that many facts have in common, kept once.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use crate::fact::{FactKind, Vm};
use crate::logged_values::ValueNames;

/// Texts that the facts of one source have in common: names of its virtual machines, services,
/// providers and channels, and of the values of its events. A log of a host has millions of facts about
/// a few hundred virtual machines.
///
/// ```
/// use hvtriage_diagnosis::{FactKind, SharedTexts, Vm};
///
/// let mut texts = SharedTexts::default();
/// let told = || FactKind::VmFiles {
///     vm: Vm { id: None, name: Some("SQL01".into()) },
///     path: r"C:\ClusterStorage\Volume1\SQL01.vhdx".into(),
/// };
/// let (mut first, mut second) = (told(), told());
/// texts.share(&mut first);
/// texts.share(&mut second);
/// assert_eq!(first, second);
/// ```
#[derive(Debug, Default)]
pub struct SharedTexts {
    texts: HashSet<Arc<str>>,
    layouts: HashSet<ValueNames>,
}

impl SharedTexts {
    /// Puts the shared text into the place of each text of `kind` that was there before.
    pub fn share(&mut self, kind: &mut FactKind) {
        if let Some(Vm { name: Some(name), .. }) = kind.vm_mut() {
            one_of(&mut self.texts, name);
        }
        match kind {
            FactKind::Event(event) => {
                one_of(&mut self.texts, &mut event.provider);
                one_of(&mut self.texts, &mut event.channel);
                if let Some(names) = &mut event.values.names {
                    one_of(&mut self.layouts, names);
                }
            }
            FactKind::Integration { service, .. } => one_of(&mut self.texts, service),
            _ => {}
        }
    }
}

/// Makes `item` the one of `known` that is equal to it, or adds it.
fn one_of<T: ?Sized + Eq + Hash>(known: &mut HashSet<Arc<T>>, item: &mut Arc<T>) {
    match known.get(&**item) {
        Some(same) => *item = Arc::clone(same),
        None => {
            known.insert(Arc::clone(item));
        }
    }
}

#[cfg(test)]
#[allow(clippy::panic, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::logged_event::LoggedEvent;

    #[test]
    fn facts_of_one_layout_share_names_and_keep_their_texts() {
        let told = |text: &str| {
            FactKind::Event(Box::new(LoggedEvent {
                provider: "Microsoft-Windows-Hyper-V-VMMS".into(),
                channel: "Microsoft-Windows-Hyper-V-VMMS-Admin".into(),
                values: [(Some("VmName"), text)].into_iter().collect(),
                ..LoggedEvent::default()
            }))
        };
        let (mut first, mut second) = (told("SQL01"), told("WEB1"));
        let mut texts = SharedTexts::default();
        texts.share(&mut first);
        texts.share(&mut second);
        assert_eq!((&first, &second), (&told("SQL01"), &told("WEB1")));
        let (FactKind::Event(first), FactKind::Event(second)) = (first, second) else { panic!() };
        assert!(Arc::ptr_eq(&first.provider, &second.provider));
        assert!(Arc::ptr_eq(&first.channel, &second.channel));
        let names = (first.values.names.as_ref(), second.values.names.as_ref());
        assert!(names.0.zip(names.1).is_some_and(|(first, second)| Arc::ptr_eq(first, second)));
    }
}
