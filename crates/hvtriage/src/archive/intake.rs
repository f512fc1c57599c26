//! What is evidence among the members of an archive, and where it is kept while it is read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use hvtriage_diagnosis::Problem;

use super::limits::{Exceeded, MAX_DEPTH};
use super::{
    ArchiveKind, Content, Entry, Limits, Member, Unreadable, UntilDamage, each_member, identify,
    shown,
};
use crate::map::FileBytes;

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
    pub(crate) problems: &'i mut Vec<Problem>,
    pub(crate) limits: Limits,
    /// Gets each member; says whether to go on.
    pub(crate) found: &'i mut dyn FnMut(Member),
}

impl Intake<'_> {
    /// Hands over the evidence in the archive called `name`.
    pub(crate) fn read(&mut self, kind: ArchiveKind, name: &str, bytes: &[u8]) {
        // What goes beyond the limits ends here, with all archives around it.
        let _ = self.archive(kind, name, bytes, 0);
    }

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
        let ended = each_member(kind, name, bytes, &mut |entry| {
            flow = self.member(name, entry, depth);
            flow
        });
        if let Err(unreadable) = ended
            && flow.is_continue()
        {
            self.problems.push(unreadable.into_problem(name.to_owned()));
        }
        flow
    }

    fn member(&mut self, archive: &str, entry: Entry<'_>, depth: u32) -> ControlFlow<()> {
        let name = format!("{archive}!{}", shown(&entry.name));
        if let Err(exceeded) = self.limits.add_member() {
            return self.exceeded(archive, exceeded);
        }
        let data = match entry.content {
            Content::Data(data) => data,
            Content::Closed(unreadable) => {
                self.problems.push(unreadable.into_problem(name));
                return ControlFlow::Continue(());
            }
        };
        let mut data = UntilDamage { inner: data, damage: None };
        let taken = self.take(&name, &mut data);
        let damage = data.damage;
        match taken {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some((bytes, exceeded))) => {
                if let Some(error) = damage {
                    let what = "is damaged in its archive, and read as far as it goes";
                    self.problems
                        .push(Unreadable::damaged(what, &error).into_problem(name.clone()));
                }
                let flow = self.hand_over(&name, bytes, depth);
                exceeded.map_or(flow, |exceeded| self.exceeded(&name, exceeded))
            }
            Err(error) => {
                let what = "cannot be unpacked to the folder for temporary files";
                let mut problem = Unreadable::damaged(what, &error).into_problem(name);
                problem.hint = Some("name a folder with more room with --temp-dir".into());
                self.problems.push(problem);
                ControlFlow::Continue(())
            }
        }
    }

    fn hand_over(&mut self, name: &str, bytes: FileBytes, depth: u32) -> ControlFlow<()> {
        match identify(&bytes) {
            Some(kind) => self.archive(kind, name, &bytes, depth.saturating_add(1)),
            None => {
                (self.found)(Member { name: name.to_owned(), bytes });
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
        data.by_ref().take(PREFIX_BYTES.min(self.limits.left())).read_to_end(&mut bytes)?;
        let mut exceeded = self.limits.add_bytes(bytes.len() as u64).err();
        if identify(&bytes).is_none() && !(self.is_wanted)(name, &bytes) {
            return Ok(None);
        }
        let prefix = bytes.len() as u64;
        let room = MEMORY_BYTES.saturating_sub(prefix).min(self.limits.left());
        data.by_ref().take(room).read_to_end(&mut bytes)?;
        let read = (bytes.len() as u64).saturating_sub(prefix);
        exceeded = exceeded.or(self.limits.add_bytes(read).err());
        if read < room {
            return Ok(Some((FileBytes::of(bytes), exceeded)));
        }
        // It goes on, or the limit is reached: one byte more tells.
        let mut more = Vec::new();
        data.by_ref().take(1).read_to_end(&mut more)?;
        if more.is_empty() {
            return Ok(Some((FileBytes::of(bytes), exceeded)));
        }
        if let Err(over) = self.limits.add_bytes(1) {
            return Ok(Some((FileBytes::of(bytes), Some(over))));
        }
        let mut file = self.unnamed_file()?;
        file.write_all(&bytes)?;
        file.write_all(&more)?;
        let left = self.limits.left();
        let copied = io::copy(&mut data.by_ref().take(left), &mut file)?;
        exceeded = exceeded.or(self.limits.add_bytes(copied).err());
        if copied == left && data.read(&mut [0])? > 0 {
            exceeded = exceeded.or(self.limits.add_bytes(1).err());
        }
        FileBytes::of_file(&file).map(|bytes| Some((bytes, exceeded)))
    }

    /// A file that is gone when it is closed, however this process ends.
    fn unnamed_file(&self) -> io::Result<File> {
        match &self.folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        }
    }

    fn exceeded(&mut self, name: &str, exceeded: Exceeded) -> ControlFlow<()> {
        let message = exceeded.message(&self.limits);
        let hint = Some("unpack it yourself if it is not hostile, and analyze the folder".into());
        self.problems.push(Problem { source: name.to_owned(), at: None, message, hint });
        ControlFlow::Break(())
    }
}
