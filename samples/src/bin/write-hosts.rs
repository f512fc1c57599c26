//! Writes logs of Hyper-V hosts to measure a judgement with: every event is one that is understood.
//!
//! `write-hosts EVENTS FOLDER` writes one log for each of sixteen hosts of one cluster with four
//! hundred guests. The same arguments give the same bytes. Guests move, services connect, filters are
//! loaded at starts, volumes are redirected by backups and come back, and now and then something
//! fails, so that rules have much to look at and not only much to pass over.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "it writes from numbers of its own"
)]

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use hvtriage_samples::chance::mix;
use hvtriage_samples::event::EventSpec;
use hvtriage_samples::evtx::write_log;
use hvtriage_samples::instant::{SECOND, utc};
use hvtriage_samples::known::hyper_v::KVP_EXCHANGE;
use hvtriage_samples::known::{Guest, Machine, Windows};

const HOSTS: u64 = 16;
const GUESTS: u64 = 400;
/// The logs of the cluster cover this time, however many events they hold.
const DAYS: u64 = 14;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let written = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [count, folder] => count.parse().ok().map(|count| write(count, Path::new(folder))),
        _ => None,
    };
    match written {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => tell(&format!("cannot write: {error}")),
        None => tell("usage: write-hosts EVENTS FOLDER"),
    }
}

#[expect(clippy::print_stderr, reason = "a command tells its user why it failed")]
fn tell(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

fn write(count: u64, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let guests: Vec<Guest> = (0..GUESTS).map(guest).collect();
    let of_host = count / HOSTS;
    let step = DAYS * 24 * 60 * 60 * SECOND / of_host.max(1);
    for number in 0..HOSTS {
        let host = Machine {
            computer: leak(format!("HV{number:02}.contoso.example")),
            windows: Windows::Server2012R2,
        };
        let events: Vec<EventSpec> = (0..of_host)
            .map(|index| {
                let time = utc(2014, 5, 1, 0, 0, 0) + index * step;
                event(host, &guests, time, mix(number << 40 | index))
            })
            .collect();
        fs::write(folder.join(format!("HV{number:02}.evtx")), write_log(&events, 1))?;
    }
    Ok(())
}

fn guest(number: u64) -> Guest {
    let chance = mix(number);
    Guest {
        name: leak(format!("APP{number:03}")),
        id: leak(format!(
            "{:08X}-{number:04X}-4A55-9D00-{:012X}",
            chance & 0xFFFF_FFFF,
            chance >> 16
        )),
    }
}

/// The process ends before these names could become many.
fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Drivers that are loaded at a start, one of them a scanner.
const FILTERS: [&str; 4] = ["fileinfo", "luafv", "npsvctrig", "mfehidk"];

/// What happens, in a thousand.
fn event(host: Machine, guests: &[Guest], time: u64, chance: u64) -> EventSpec {
    let guest = guests[(chance >> 10) as usize % guests.len()];
    let volume = format!("Volume{}", (chance >> 20) % 8);
    match chance % 1000 {
        0..=149 => host.management((20413, 4), time, &[guest.name, guest.id]),
        150..=299 => host.management((20415, 4), time, &[guest.name, guest.id, "0.4"]),
        300..=449 => host.management((20418, 4), time, &[guest.name, guest.id, "10.0.0.7"]),
        450..=549 => host.worker((18500, 4), time, guest, &[]),
        550..=699 => host.integration(
            KVP_EXCHANGE,
            (4010, 3),
            time,
            guest,
            &["Negotiated (3.0) - Expected (3.0)", "Negotiated (4.0) - Expected (5.0)"],
        ),
        700..=799 => host.integration(KVP_EXCHANGE, (4020, 4), time, guest, &[]),
        800..=899 => {
            let driver = FILTERS[(chance >> 30) as usize % FILTERS.len()];
            host.filter_loaded(time, driver, (6, 3), utc(2013, 8, 22, 11, 0, 0))
        }
        900..=947 => host.volume_redirected(time, &volume, &format!("Cluster {volume}")),
        948..=995 => host.volume_normal(time, &volume, &format!("Cluster {volume}")),
        996..=997 => host.management((21024, 2), time, &[guest.name, guest.id]),
        _ => host.worker(
            (18590, 1),
            time,
            guest,
            &[
                ("VmErrorCode0", "0x7E"),
                ("VmErrorCode1", "0xffffffffc0000005"),
                ("VmErrorCode2", &format!("0xfffff8{:010x}", chance >> 24)),
                ("VmErrorCode3", "0x0"),
                ("VmErrorCode4", "0x0"),
            ],
        ),
    }
}
