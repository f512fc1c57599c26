//! Everything in an archive to facts, each content once.

use rayon::prelude::*;

use super::{Examined, Reader};
use crate::archive::ArchiveKind;
use crate::collection;
use crate::copies::{Content, Contents};
use crate::opened::Evidence;

/// What the members of an archive are compared with, and the number of the archive.
#[derive(Clone, Copy)]
pub(crate) struct Compare<'a> {
    pub(crate) contents: &'a Contents<'a>,
    pub(crate) number: usize,
}

impl Reader<'_> {
    pub(super) fn archive(
        self,
        name: &str,
        kind: ArchiveKind,
        bytes: &[u8],
        compare: Compare<'_>,
    ) -> Vec<Examined> {
        let mut examined = Vec::new();
        let mut first = 0_u64;
        let read = |members: &[Evidence]| {
            if !self.progress.is_broken_off() {
                let numbered = members.par_iter().enumerate();
                let one = |(place, it): (usize, &Evidence)| {
                    self.member(it, compare, first.saturating_add(place as u64))
                };
                examined.extend(numbered.map(one).collect::<Vec<_>>());
            }
            first = first.saturating_add(members.len() as u64);
        };
        let folder = self.options.temporary.clone();
        let problems = collection::each_window(name, kind, bytes, folder, self.progress, read);
        examined.push(Examined { problems, ..Examined::default() });
        examined
    }

    fn member(self, member: &Evidence, compare: Compare<'_>, number: u64) -> Examined {
        match compare.contents.of_member(&member.bytes, (compare.number, number)) {
            Ok(digest) => {
                let examined = self.examine(&member.name, &member.kind, &member.bytes);
                Examined { content: Content::Member(digest), ..examined }
            }
            Err(original) => {
                self.progress.done(member.bytes.len() as u64);
                let content = Content::Copy(original, vec![member.name.clone()]);
                Examined { content, ..Examined::default() }
            }
        }
    }
}
