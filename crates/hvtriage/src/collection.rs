//! The evidence in an archive, a window at a time.

use std::path::PathBuf;

use hvtriage_diagnosis::Problem;

use crate::Progress;
use crate::archive::told::Told;
use crate::archive::{self, ArchiveKind, Intake, Limits, Member};
use crate::opened::{Evidence, kind_of, not_what_its_name_says};

/// Members that are held at the same time: so many bytes, or so many files.
const WINDOW_BYTES: usize = 64 << 20;
const WINDOW_MEMBERS: usize = 256;

/// Hands over the evidence in the archive called `name`, in its order, in windows that can be read
/// in parallel. Returns what could not be read.
pub(crate) fn each_window(
    name: &str,
    kind: ArchiveKind,
    bytes: &[u8],
    temporary: Option<PathBuf>,
    progress: &Progress,
    mut read: impl FnMut(&[Evidence]),
) -> Vec<Problem> {
    let mut window: Vec<Evidence> = Vec::new();
    let (mut held, mut found_any) = (0_usize, false);
    // An archive may have a million of them.
    let mut misnamed = Told::default();
    let mut found = |Member { name, bytes }: Member| {
        let Some(kind) = kind_of(&bytes) else {
            if let Some(problem) = not_what_its_name_says(&name, &bytes) {
                misnamed.add(problem);
            }
            return;
        };
        found_any = true;
        progress.found(bytes.len() as u64);
        held = held.saturating_add(bytes.len());
        window.push(Evidence { name, kind, bytes });
        if held >= WINDOW_BYTES || window.len() >= WINDOW_MEMBERS {
            read(&window);
            window.clear();
            held = 0;
        }
    };
    let is_wanted = |name: &str, bytes: &[u8]| {
        kind_of(bytes).is_some() || not_what_its_name_says(name, bytes).is_some()
    };
    let intake = Intake {
        is_wanted: &is_wanted,
        folder: temporary,
        limits: Limits::of(bytes.len() as u64),
        found: &mut found,
    };
    let mut problems = intake.read(kind, name, bytes);
    if !window.is_empty() {
        read(&window);
    }
    progress.done(bytes.len() as u64);
    problems.extend(misnamed.finish(name));
    if !found_any && is_named_like_document(name) {
        problems.clear();
    }
    problems
}

/// Documents and packages of programs are zip files, too; that one is damaged concerns nobody here.
fn is_named_like_document(name: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        "docx", "docm", "dotx", "xlsx", "xlsm", "pptx", "odt", "ods", "vsdx", "xps", "jar",
        "nupkg", "appx", "msix", "apk", "svgz",
    ];
    archive::has_ending(name, &ENDINGS)
}

/// Hands over, in order, the members of an archive that `is_wanted` says are wanted by their name and
/// beginning, and those of archives in it: each by its name as reports show it, and whole as far as it
/// can be had. Returns what is wrong with the archive, or `None` when `bytes` are none.
///
/// What comes out is bounded by the size of the archive, whatever it says of itself. Members that are too
/// big for memory are held in the system's folder for temporary files.
pub fn read_archive(
    name: &str,
    bytes: &[u8],
    is_wanted: &dyn Fn(&str, &[u8]) -> bool,
    mut found: impl FnMut(&str, &[u8]),
) -> Option<Vec<Problem>> {
    let kind = archive::identify(bytes)?;
    let mut found = |member: Member| found(&member.name, &member.bytes);
    let limits = Limits::of(bytes.len() as u64);
    let intake = Intake { is_wanted, folder: None, limits, found: &mut found };
    Some(intake.read(kind, name, bytes))
}
