//! Things that belong together, joined pair by pair.

/// A partition of `0..size` (disjoint sets).
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    /// Each thing by itself.
    pub(crate) fn new(size: usize) -> Self {
        Self { parents: (0..size).collect() }
    }

    /// The smallest member of the group of `member`, so that the result does not depend on the
    /// order of joins.
    pub(crate) fn root(&mut self, member: usize) -> usize {
        let mut current = member;
        while let Some(parent) = self.parent(current).filter(|parent| *parent != current) {
            // Halving the path keeps later walks short.
            let grandparent = self.parent(parent).unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(current) {
                *slot = grandparent;
            }
            current = parent;
        }
        current
    }

    /// Makes two groups one; `false` when they were.
    pub(crate) fn join(&mut self, left: usize, right: usize) -> bool {
        let (left, right) = (self.root(left), self.root(right));
        if let Some(slot) = self.parents.get_mut(left.max(right)) {
            *slot = left.min(right);
        }
        left != right
    }

    fn parent(&self, member: usize) -> Option<usize> {
        self.parents.get(member).copied()
    }
}
