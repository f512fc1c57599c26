//! What was planted, where it can be read, and what belongs together: `truth.json`. It knows nothing of
//! rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::estate::{GuestNumber, HostNumber};
use super::journal::Handle;
use super::world::World;
use crate::instant::parts;

/// Where something is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In an event.
    Event(Handle),
    /// In the header of a dump: path of the file.
    Dump(String),
}

/// One thing that a log or a dump tells of a trouble.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    /// What it tells.
    pub(super) role: &'static str,
    /// The machine that tells it, or that stopped.
    pub(super) machine: String,
    /// The guest, node, volume or switch that it is about.
    pub(super) subject: Option<String>,
    pub(super) place: Place,
}

/// One planted trouble: everything in it is one incident.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) id: &'static str,
    pub(super) what: &'static str,
    /// The guests that it befell.
    pub(super) guests: BTreeSet<&'static str>,
    pub(super) proofs: Vec<Proof>,
    /// What looks like it and is none.
    pub(super) decoy: &'static str,
    pub(super) decoys: Vec<Proof>,
}

impl Proof {
    fn new(role: &'static str, machine: &str, subject: Option<&str>, place: Place) -> Self {
        Self { role, machine: machine.to_owned(), subject: subject.map(str::to_owned), place }
    }
}

impl World {
    /// Plants a trouble, and names what looks like it.
    pub(super) fn plant(&mut self, id: &'static str, what: &'static str, decoy: &'static str) {
        self.troubles.push(Trouble {
            id,
            what,
            guests: BTreeSet::new(),
            proofs: Vec::new(),
            decoy,
            decoys: Vec::new(),
        });
    }

    /// A trouble befalls a guest.
    pub(super) fn befall(&mut self, id: &'static str, guest: GuestNumber) {
        let name = self.guest(guest).name;
        if let Some(trouble) = self.trouble(id) {
            trouble.guests.insert(name);
        }
    }

    pub(super) fn prove(
        &mut self,
        id: &'static str,
        role: &'static str,
        machine: &str,
        subject: Option<&str>,
        place: Place,
    ) {
        let proof = Proof::new(role, machine, subject, place);
        if let Some(trouble) = self.trouble(id) {
            trouble.proofs.push(proof);
        }
    }

    /// An event of a host proves something.
    pub(super) fn prove_by(
        &mut self,
        id: &'static str,
        role: &'static str,
        host: HostNumber,
        subject: Option<&str>,
        handle: Handle,
    ) {
        self.prove(id, role, self.host_name(host), subject, Place::Event(handle));
    }

    /// An event of a host that only looks like a trouble.
    pub(super) fn mislead(
        &mut self,
        id: &'static str,
        role: &'static str,
        host: HostNumber,
        subject: Option<&str>,
        handle: Handle,
    ) {
        let proof = Proof::new(role, self.host_name(host), subject, Place::Event(handle));
        if let Some(trouble) = self.trouble(id) {
            trouble.decoys.push(proof);
        }
    }

    /// The same of the Windows in a guest.
    pub(super) fn mislead_in(
        &mut self,
        id: &'static str,
        role: &'static str,
        guest: GuestNumber,
        handle: Handle,
    ) {
        let proof = Proof::new(role, self.guest(guest).name, None, Place::Event(handle));
        if let Some(trouble) = self.trouble(id) {
            trouble.decoys.push(proof);
        }
    }

    fn trouble(&mut self, id: &str) -> Option<&mut Trouble> {
        let found = self.troubles.iter_mut().find(|trouble| trouble.id == id);
        assert!(found.is_some(), "{id} is told before it is planted");
        found
    }
}

/// Places of events by their handles.
pub(super) type Places = BTreeMap<Handle, String>;

impl Proof {
    /// Where it stands; an event of the minutes in which its host did not run stands nowhere.
    pub(super) fn cited(&self, places: &Places) -> Option<String> {
        match &self.place {
            Place::Event(handle) => places.get(handle).cloned(),
            // A dump's STOP code stands at this offset of its header.
            Place::Dump(path) => Some(format!("{path}#offset:0x38")),
        }
    }
}

/// The text of `truth.json`.
pub(super) fn truth(troubles: &[Trouble], places: &Places, from: u64, to: u64) -> String {
    let mut text = String::from("{\n");
    let _ = writeln!(text, "  \"from\": {},", quoted(&instant(from)));
    let _ = writeln!(text, "  \"to\": {},", quoted(&instant(to)));
    let troubles: Vec<String> = troubles.iter().map(|one| of_trouble(one, places)).collect();
    let _ = writeln!(text, "  \"troubles\": [\n{}\n  ]\n}}", troubles.join(",\n"));
    text
}

fn of_trouble(trouble: &Trouble, places: &Places) -> String {
    let machines: BTreeSet<&str> =
        trouble.proofs.iter().map(|proof| proof.machine.as_str()).collect();
    let machines: Vec<String> = machines.into_iter().map(quoted).collect();
    let mut text = String::from("    {\n");
    let _ = writeln!(text, "      \"id\": {},", quoted(trouble.id));
    let _ = writeln!(text, "      \"what\": {},", quoted(trouble.what));
    let _ = writeln!(text, "      \"machines\": [{}],", machines.join(", "));
    let guests: Vec<String> = trouble.guests.iter().map(|name| quoted(name)).collect();
    let _ = writeln!(text, "      \"guests\": [{}],", guests.join(", "));
    let _ = writeln!(text, "      \"proofs\": [\n{}\n      ],", list(&trouble.proofs, places));
    let _ = writeln!(text, "      \"looks_like_it\": {},", quoted(trouble.decoy));
    let _ = writeln!(text, "      \"decoys\": [\n{}\n      ]", list(&trouble.decoys, places));
    text.push_str("    }");
    text
}

fn list(proofs: &[Proof], places: &Places) -> String {
    let lines = proofs.iter().filter_map(|proof| {
        Some(format!(
            "        {{ \"tells\": {}, \"machine\": {}, \"of\": {}, \"place\": {} }}",
            quoted(proof.role),
            quoted(&proof.machine),
            proof.subject.as_deref().map_or("null".to_owned(), quoted),
            quoted(&proof.cited(places)?),
        ))
    });
    lines.collect::<Vec<_>>().join(",\n")
}

/// A JSON string; names and paths of the story hold no control characters.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn instant(time: u64) -> String {
    let [year, month, day, hour, minute, second, _] = parts(time);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
