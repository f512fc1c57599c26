//! Evidence that was damaged on its way, with intact parts that still tell something.

use super::dumps::{Moment, of_host_2012r2};
use super::{Evidence, Folder, Sample};
use crate::event::EventSpec;
use crate::evtx::{CHUNK_SIZE, FILE_HEADER_SIZE, write_log};
use crate::instant::{DAY, MINUTE, SECOND, utc};
use crate::known::system::Stop;
use crate::known::{Machine, Windows};

const HV81: Machine = Machine { computer: "HV81.contoso.example", windows: Windows::Server2012R2 };
const HV82: Machine = Machine { computer: "HV82.contoso.example", windows: Windows::Server2012R2 };

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new("damaged");
    let start = utc(2016, 3, 5, 10, 0, 0);

    // Cut in the middle of its second chunk, as a copy that broke off.
    let mut truncated = write_log(&long_log(HV81, start), 70_001);
    truncated.truncate(FILE_HEADER_SIZE + CHUNK_SIZE + CHUNK_SIZE / 2);
    folder.add("HV81/System-truncated.evtx", Evidence::Bytes(truncated));

    // The signature of the second chunk is overwritten; the first and the third are whole.
    let mut overwritten = write_log(&long_log(HV82, start + DAY), 90_001);
    let second = FILE_HEADER_SIZE + CHUNK_SIZE;
    if let Some(signature) = overwritten.get_mut(second..second + 8) {
        signature.copy_from_slice(b"DAMAGED!");
    }
    folder.add("HV82/System-bad-chunk.evtx", Evidence::Bytes(overwritten));

    // A complete dump of which a third arrived: the header is there, most pages are not.
    let stop = Stop { code: 0x101, parameters: [0x31, 0, 0xFFFF_D000_2054_0180, 3] };
    let moment = Moment { crash: start + 2 * DAY, uptime: 2 * DAY };
    let mut cut = of_host_2012r2(stop, moment);
    cut.truncate(cut.len() / 3);
    folder.add("HV82/MEMORY-cut.DMP", Evidence::Bytes(cut));

    let note = "This folder was copied by hand. The real log was too big for the mail.\r\n";
    folder.add("HV82/notes.evtx", Evidence::Bytes(note.as_bytes().to_vec()));
    folder.samples
}

/// An unclean start, then enough of everyday records to fill three chunks.
fn long_log(machine: Machine, start: u64) -> Vec<EventSpec> {
    let mut events = vec![
        machine.version_logged(start),
        machine.log_started(start),
        machine.came_up_uncleanly(start + SECOND, None),
        machine.shutdown_unexpected(start + 2 * SECOND, start - 6 * MINUTE),
    ];
    let services = ["Windows Update", "WMI Performance Adapter", "Windows Modules Installer"];
    let states = ["running", "stopped"];
    let pairs = services.iter().flat_map(|service| states.map(|state| (service, state)));
    for (minute, (service, state)) in (1..470).zip(pairs.cycle()) {
        events.push(machine.service_state(start + minute * MINUTE, service, state));
    }
    events
}
