//! What a user minidump says of its process, beside modules and exception.

use hvtriage_winfmt::{FileTime, VirtAddr};

/// A process that crashed, or was dumped while it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserProcess {
    /// Its number.
    pub process_id: Option<u32>,
    /// When it began, UTC, to the second.
    pub created: Option<FileTime>,
    /// Processor time in user mode, in seconds.
    pub user_seconds: Option<u32>,
    /// Processor time in kernel mode, in seconds.
    pub kernel_seconds: Option<u32>,
    /// The processor's own name, such as `GenuineIntel family 6 model 13 stepping 8`.
    pub processor: Option<String>,
    /// The thread that crashed, or that asked for the dump.
    pub crashed_thread: Option<u32>,
    /// The thread that wrote the dump, where it says so: of no interest to the crash.
    pub writing_thread: Option<u32>,
    /// Its threads, in the order of the dump.
    pub threads: Vec<UserThread>,
    /// Its memory, as far as the dump has any.
    pub memory: Option<UserMemory>,
    /// Its open handles; on Linux its files.
    pub handles: Vec<UserHandle>,
    /// What failed, where an assertion of the C runtime wrote the dump.
    pub assertion: Option<UserAssertion>,
    /// What the process, its modules or its system left word of.
    pub annotations: Vec<UserAnnotation>,
}

/// A thread of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserThread {
    /// Its number.
    pub id: u32,
    /// Its name, where it was given one.
    pub name: Option<String>,
    /// How often it was suspended and not resumed.
    pub suspend_count: u32,
    /// Its priority within that of the process.
    pub priority: u32,
    /// Where it would run on.
    pub instruction: Option<VirtAddr>,
    /// Its stack pointer.
    pub stack_pointer: Option<VirtAddr>,
    /// The lowest address of its stack that was kept.
    pub stack_start: VirtAddr,
    /// Bytes of its stack that were kept.
    pub stack_bytes: u64,
    /// The last error that a call of Windows left, in words.
    pub last_error: Option<String>,
}

/// How much of a process's memory there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserMemory {
    /// Ranges of addresses.
    pub ranges: u64,
    /// Bytes that the dump promises.
    pub bytes_promised: u64,
    /// Bytes that are in the file.
    pub bytes_present: u64,
}

/// An open handle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserHandle {
    /// Its value.
    pub value: u64,
    /// What it stands for, such as `File` or `Event`.
    pub type_name: Option<String>,
    /// The name of that object; on Linux its path.
    pub object_name: Option<String>,
    /// The rights it was opened with, as bits.
    pub granted_access: u32,
}

/// An assertion that did not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserAssertion {
    /// What should have been true.
    pub expression: Option<String>,
    /// The function that said so.
    pub function: Option<String>,
    /// Its source file.
    pub file: Option<String>,
    /// The line in that file.
    pub line: u32,
}

/// A value under a name that a program left for whoever reads its dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserAnnotation {
    /// Who left it: `process`, `system`, or a module by its base name.
    pub origin: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// Its value.
    pub value: String,
}
