//! What is evidence among the members of an archive, and where it is kept while it is read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use hvtriage_diagnosis::{Problem, ProblemKind};

use super::limits::{Exceeded, MAX_DEPTH};
use super::told::Told;
use super::{
    ArchiveKind, Content, Entry, Limits, LzxFolders, Member, Unreadable, UntilDamage, cut,
    each_member, identify, shown,
};
use crate::map::FileBytes;
use crate::reason_of;

/// What is looked at to tell what a member is. A log without its beginning is known by its first
/// whole chunk.
const PREFIX_BYTES: u64 = 256 << 10;
/// Members up to this size are held in memory.
const MEMORY_BYTES: u64 = 16 << 20;

/// Takes the evidence out of an archive.
pub(crate) struct Intake<'i> {
    /// Whether a file with this name and beginning is evidence, or ought to be.
    pub(crate) is_wanted: &'i dyn Fn(&str, &[u8]) -> bool,
    /// Where members that do not fit into memory are kept.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) limits: Limits,
    /// Gets each member.
    pub(crate) found: &'i mut dyn FnMut(Member),
}

impl Intake<'_> {
    /// Hands over the evidence in the archive called `name`. Returns what could not be read.
    pub(crate) fn read(self, kind: ArchiveKind, name: &str, bytes: &[u8]) -> Vec<Problem> {
        let mut opening =
            Opening { intake: self, told: Told::default(), lzx_folders: LzxFolders::default() };
        // What goes beyond the limits ends here, with all archives around it.
        let _ = opening.archive(kind, name, bytes, 0);
        opening.told.finish(name)
    }
}

/// An archive that is being read, with those inside it.
struct Opening<'i> {
    intake: Intake<'i>,
    told: Told,
    lzx_folders: LzxFolders,
}

impl Opening<'_> {
    fn archive(
        &mut self,
        kind: ArchiveKind,
        name: &str,
        bytes: &[u8],
        depth: u32,
    ) -> ControlFlow<()> {
        if depth >= MAX_DEPTH {
            // What lies beside it can still be read.
            let _ = self.exceeded(name, Exceeded::Depth);
            return ControlFlow::Continue(());
        }
        let mut flow = ControlFlow::Continue(());
        let lzx_folders = LzxFolders::clone(&self.lzx_folders);
        // The packages are not ours; should one panic on damage, its archive ends there.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            each_member(kind, name, bytes, &lzx_folders, &mut |entry| {
                flow = self.member(name, entry, depth);
                flow
            })
        }));
        let gave_up = |_| Err(Unreadable::damaged("cannot be read on", &"the decoder gave up"));
        let ended = ended.unwrap_or_else(gave_up);
        if let Err(unreadable) = ended
            && flow.is_continue()
        {
            self.told.add(unreadable.into_problem(name.to_owned()));
        }
        flow
    }

    fn member(&mut self, archive: &str, entry: Entry<'_>, depth: u32) -> ControlFlow<()> {
        if let Err(exceeded) = self.intake.limits.add_member() {
            return self.exceeded(archive, exceeded);
        }
        let whole_name = shown(&entry.name);
        let cut_name = cut(&whole_name, self.intake.limits.members());
        let name = format!("{archive}!{}", cut_name.as_deref().unwrap_or(&whole_name));
        let at = entry.at;
        let data = match entry.content {
            Content::Data(data) => data,
            Content::Closed(unreadable) => {
                self.told.add(Unreadable { at, ..unreadable }.into_problem(name));
                return ControlFlow::Continue(());
            }
        };
        let mut data = UntilDamage { inner: data, damage: None };
        let taken = self.take(&name, &mut data);
        if cut_name.is_some() && matches!(taken, Ok(Some(_))) {
            let hint = "unpack it and analyze the folder if its name matters";
            let why = Unreadable::new("has too long a name, which is shown cut", hint);
            let told = Unreadable { at, ..why }.into_problem(name.clone());
            self.told.add(told.kind(ProblemKind::Caution));
        }
        // Damage in what nobody wants costs nothing but what stands behind it.
        let is_damaged = data.damage.is_some();
        let passed = if entry.is_solid { self.pass(&mut data) } else { Ok(()) };
        let damage = data.damage.filter(|_| is_damaged).map(|error| (error, at));
        let flow = self.taken(name, taken, damage, depth);
        match passed {
            Err(exceeded) if flow.is_continue() => self.exceeded(archive, exceeded),
            _ => flow,
        }
    }

    /// Unpacks what is left of a member that nobody wants, since the next one stands behind it.
    fn pass(&mut self, data: &mut impl Read) -> Result<(), Exceeded> {
        // One byte more than may come out tells that there is more.
        let most = self.intake.limits.left().saturating_add(1);
        let passed = io::copy(&mut data.take(most), &mut io::sink()).unwrap_or_default();
        self.intake.limits.add_bytes(passed)
    }

    /// Hands over a member as far as it was taken.
    fn taken(
        &mut self,
        name: String,
        taken: io::Result<Option<(FileBytes, Option<Exceeded>)>>,
        damage: Option<(io::Error, Option<u64>)>,
        depth: u32,
    ) -> ControlFlow<()> {
        if let Some((error, at)) = damage {
            let what = match taken {
                // What it is may stand behind the damage.
                Ok(None) => "is damaged in its archive before it shows what it is",
                _ => "is damaged in its archive, and read as far as it goes",
            };
            let unreadable = Unreadable { at, ..Unreadable::damaged(what, &error) };
            self.told.add(unreadable.into_problem(name.clone()));
        }
        match taken {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some((bytes, exceeded))) => {
                let flow = self.hand_over(&name, bytes, depth);
                exceeded.map_or(flow, |exceeded| self.exceeded(&name, exceeded))
            }
            Err(error) => {
                let what = "cannot be unpacked to the folder for temporary files";
                let reason = io::Error::new(error.kind(), reason_of(&error));
                let mut problem = Unreadable::damaged(what, &reason).into_problem(name);
                problem.hint = Some("name a folder with more room with --temp-dir".into());
                self.told.add(problem.kind(ProblemKind::NoRoom));
                ControlFlow::Continue(())
            }
        }
    }

    fn hand_over(&mut self, name: &str, bytes: FileBytes, depth: u32) -> ControlFlow<()> {
        match identify(&bytes) {
            Some(kind) => self.archive(kind, name, &bytes, depth.saturating_add(1)),
            None => {
                (self.intake.found)(Member { name: name.to_owned(), bytes });
                ControlFlow::Continue(())
            }
        }
    }

    /// The whole member, if it is evidence or an archive; cut where a limit is exceeded.
    fn take(
        &mut self,
        name: &str,
        data: &mut impl Read,
    ) -> io::Result<Option<(FileBytes, Option<Exceeded>)>> {
        let mut bytes = Vec::new();
        data.by_ref().take(PREFIX_BYTES.min(self.intake.limits.left())).read_to_end(&mut bytes)?;
        let mut exceeded = self.intake.limits.add_bytes(bytes.len() as u64).err();
        if identify(&bytes).is_none() && !(self.intake.is_wanted)(name, &bytes) {
            return Ok(None);
        }
        let prefix = bytes.len() as u64;
        let room = MEMORY_BYTES.saturating_sub(prefix).min(self.intake.limits.left());
        data.by_ref().take(room).read_to_end(&mut bytes)?;
        let read = (bytes.len() as u64).saturating_sub(prefix);
        exceeded = exceeded.or(self.intake.limits.add_bytes(read).err());
        if read < room {
            return Ok(Some((FileBytes::of(bytes), exceeded)));
        }
        // It goes on, or the limit is reached: one byte more tells.
        let mut more = Vec::new();
        data.by_ref().take(1).read_to_end(&mut more)?;
        if more.is_empty() {
            return Ok(Some((FileBytes::of(bytes), exceeded)));
        }
        if let Err(over) = self.intake.limits.add_bytes(1) {
            return Ok(Some((FileBytes::of(bytes), Some(over))));
        }
        let mut file = self.unnamed_file()?;
        file.write_all(&bytes)?;
        file.write_all(&more)?;
        let left = self.intake.limits.left();
        let copied = io::copy(&mut data.by_ref().take(left), &mut file)?;
        exceeded = exceeded.or(self.intake.limits.add_bytes(copied).err());
        if copied == left && data.read(&mut [0])? > 0 {
            exceeded = exceeded.or(self.intake.limits.add_bytes(1).err());
        }
        FileBytes::of_file(&file).map(|bytes| Some((bytes, exceeded)))
    }

    /// A file that is gone when it is closed, however this process ends.
    fn unnamed_file(&self) -> io::Result<File> {
        match &self.intake.folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        }
    }

    fn exceeded(&mut self, name: &str, exceeded: Exceeded) -> ControlFlow<()> {
        let message = exceeded.message(&self.intake.limits);
        self.told.add(Problem::new(name, message).hint(Unreadable::IF_NOT_HOSTILE));
        ControlFlow::Break(())
    }
}
