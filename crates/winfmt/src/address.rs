//! One type for each kind of address: a file offset is not a virtual address.

use std::fmt;

macro_rules! address {
    ($(#[$doc:meta])* $name:ident, $int:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            /// The address `count` bytes further on, or `None` past the end of the address space.
            #[must_use]
            pub fn checked_add(self, count: $int) -> Option<Self> {
                self.0.checked_add(count).map(Self)
            }

            /// The number of bytes from `base` to this address, or `None` when it lies below.
            #[must_use]
            pub fn checked_sub(self, base: Self) -> Option<$int> {
                self.0.checked_sub(base.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{:#x}", self.0)
            }
        }
    };
}

address!(
    /// A byte offset from the start of a file.
    FileOffset,
    u64
);
address!(
    /// A virtual address of the machine that a dump was taken from.
    VirtAddr,
    u64
);
address!(
    /// A physical address of the machine that a dump was taken from.
    PhysAddr,
    u64
);
address!(
    /// An address relative to the base of a PE image.
    Rva,
    u32
);
