//! The hosts and guests: sixteen and four hundred, in two clusters of two generations.

use std::sync::LazyLock;

use crate::chance::Chance;
use crate::instant::{MINUTE, SECOND};
use crate::known::{Guest, Machine, Windows};

/// Number of a host: 0 to 11 are HVA01 to HVA12 (2012 R2), 12 to 15 are HVB01 to HVB04 (2008 R2).
pub(super) type HostNumber = usize;
/// Number of a guest.
pub(super) type GuestNumber = usize;

/// The nodes of the cluster of 2012 R2.
pub(super) const A: std::ops::Range<HostNumber> = 0..12;
/// The nodes of the cluster of 2008 R2.
pub(super) const B: std::ops::Range<HostNumber> = 12..16;

const GUESTS_OF_A: usize = 300;
const GUESTS_OF_B: usize = 100;
const DOMAIN: &str = "litware.example";

/// What runs in a guest, as far as its integration services tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    /// Windows whose services are those of its host.
    Windows,
    /// Windows Server 2012, which offers one version less of two services than 2012 R2 expects.
    OlderWindows,
    /// Windows on a host of 2008 R2 with the services of this version.
    Outdated(&'static str),
    /// Linux with all its daemons.
    Linux,
    /// Linux without the daemon for backups.
    LinuxWithoutBackup,
}

/// A host.
#[derive(Debug)]
pub(super) struct HostInfo {
    pub(super) name: String,
    computer: String,
    windows: Windows,
    /// By how many ticks its clock is ahead.
    pub(super) clock_ahead: i64,
}

/// A guest.
#[derive(Debug)]
pub(super) struct GuestInfo {
    pub(super) name: String,
    id: String,
    computer: String,
    pub(super) system: System,
    pub(super) home: HostNumber,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Estate {
    pub(super) hosts: Vec<HostInfo>,
    pub(super) guests: Vec<GuestInfo>,
}

/// The estate, made once: events hold its names by reference.
pub(super) fn estate() -> &'static Estate {
    static ESTATE: LazyLock<Estate> = LazyLock::new(Estate::new);
    &ESTATE
}

/// Roles of guests, how many there are in a hundred, and whether they run Linux.
const ROLES: [(&str, usize, bool); 14] = [
    ("WEB", 16, false),
    ("APP", 18, false),
    ("SQL", 10, false),
    ("FILE", 5, false),
    ("DC", 2, false),
    ("CTX", 8, false),
    ("EXCH", 2, false),
    ("PRINT", 2, false),
    ("lnx-web", 12, true),
    ("lnx-app", 9, true),
    ("lnx-db", 6, true),
    ("lnx-proxy", 4, true),
    ("lnx-build", 4, true),
    ("lnx-mon", 2, true),
];

/// Hosts whose clocks are wrong, by this much.
const CLOCKS: [(HostNumber, i64); 5] = [
    (3, 95 * SECOND as i64),
    (5, -38 * SECOND as i64),
    (8, (4 * MINUTE + 10 * SECOND) as i64),
    (10, -((2 * MINUTE + 5 * SECOND) as i64)),
    (14, 21 * SECOND as i64),
];

/// Guests of 2008 R2 that nobody brought up to date, and the services that they have: those of 2008 R2
/// without service pack, two of them with the update of May 2010.
pub(super) const OUTDATED: [(&str, &str); 6] = [
    ("WEB-B003", "6.1.7600.16385"),
    ("APP-B004", "6.1.7600.16385"),
    ("APP-B011", "6.1.7600.20683"),
    ("FILE-B002", "6.1.7600.16385"),
    ("SQL-B005", "6.1.7600.20683"),
    ("CTX-B006", "6.1.7600.16385"),
];

/// Guests of 2012 R2 that run Windows Server 2012.
pub(super) const OLDER: [&str; 5] = ["APP-A009", "APP-A031", "WEB-A022", "SQL-A014", "FILE-A007"];

impl Estate {
    fn new() -> Self {
        let mut chance = Chance::new(0x16_0400);
        let hosts = A.chain(B).map(HostInfo::new).collect();
        let mut guests = Vec::new();
        add_guests(&mut guests, &mut chance, 'A', GUESTS_OF_A, A);
        add_guests(&mut guests, &mut chance, 'B', GUESTS_OF_B, B);
        Self { hosts, guests }
    }

    pub(super) fn machine(&'static self, host: HostNumber) -> Machine {
        self.hosts.get(host).map_or(
            Machine { computer: "", windows: Windows::Server2012R2 },
            |host| Machine { computer: &host.computer, windows: host.windows },
        )
    }

    pub(super) fn guest(&'static self, guest: GuestNumber) -> Guest {
        self.guests
            .get(guest)
            .map_or(Guest { name: "", id: "" }, |guest| Guest { name: &guest.name, id: &guest.id })
    }

    /// The machine that runs in a guest.
    pub(super) fn machine_in(&'static self, guest: GuestNumber, windows: Windows) -> Machine {
        let computer = self.guests.get(guest).map_or("", |guest| guest.computer.as_str());
        Machine { computer, windows }
    }

    /// The guest of that name; the story names only guests that there are.
    pub(super) fn named(&self, name: &str) -> GuestNumber {
        self.guests.iter().position(|guest| guest.name == name).unwrap_or(usize::MAX)
    }
}

impl HostInfo {
    fn new(number: HostNumber) -> Self {
        let (name, windows) = if A.contains(&number) {
            (format!("HVA{:02}", number + 1), Windows::Server2012R2)
        } else {
            (format!("HVB{:02}", number + 1 - B.start), Windows::Server2008R2)
        };
        let clock = CLOCKS.iter().find(|(host, _)| *host == number);
        Self {
            computer: format!("{name}.{DOMAIN}"),
            name,
            windows,
            clock_ahead: clock.map_or(0, |(_, ahead)| *ahead),
        }
    }
}

fn add_guests(
    guests: &mut Vec<GuestInfo>,
    chance: &mut Chance,
    cluster: char,
    count: usize,
    hosts: std::ops::Range<HostNumber>,
) {
    let last = guests.len() + count;
    for (role, share, is_linux) in ROLES {
        for number in 1..=share * count / 100 {
            let name = format!("{role}-{}{number:03}", in_case_of(role, cluster));
            let home = hosts.start + guests.len() % hosts.len();
            let system = system_of(&name, is_linux, chance);
            let computer = format!("{name}.{DOMAIN}");
            guests.push(GuestInfo { id: chance.guid(), computer, system, home, name });
        }
    }
    assert_eq!(guests.len(), last, "the shares of the roles are parts of a hundred");
}

fn in_case_of(role: &str, letter: char) -> char {
    let is_lower = role.starts_with(|letter: char| letter.is_ascii_lowercase());
    if is_lower { letter.to_ascii_lowercase() } else { letter }
}

fn system_of(name: &str, is_linux: bool, chance: &mut Chance) -> System {
    if is_linux {
        let has_backup = chance.below(4) > 0;
        return if has_backup { System::Linux } else { System::LinuxWithoutBackup };
    }
    let outdated = OUTDATED.iter().find(|(outdated, _)| *outdated == name);
    match outdated {
        Some((_, version)) => System::Outdated(version),
        None if OLDER.contains(&name) => System::OlderWindows,
        None => System::Windows,
    }
}
