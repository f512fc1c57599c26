//! Names as people write them, without decoration and arguments.

use std::panic::{AssertUnwindSafe, catch_unwind};

use msvc_demangler::DemangleFlags;

/// The longest name with templates that is taken apart, in bytes.
const TEMPLATE_LIMIT: usize = 512;

/// The name of a function of C++: `?foo@X@@QEAAXH@Z` is `X::foo`. Any other name is as it was, and so is
/// one that cannot be taken apart.
pub(super) fn undecorated(name: &str) -> String {
    let is_in_pieces = name.starts_with('?');
    let demangled = || {
        let short = without_type(name)?;
        // The package is not ours.
        catch_unwind(AssertUnwindSafe(|| {
            msvc_demangler::demangle(&short, DemangleFlags::NAME_ONLY).ok()
        }))
        .ok()
        .flatten()
    };
    is_in_pieces.then(demangled).flatten().unwrap_or_else(|| name.to_owned())
}

/// The name without the type of its function, where it is safe to take apart.
///
/// The package follows types as deep as they go and copies them each time that they are referred to: 120
/// bytes of pointers to functions whose arguments are each other took more than 4 GB, 4000 bytes of
/// templates in templates more than the stack. The name alone ends at the first `@@`, unless there are
/// templates or names of local things in it. Those are left as they are when they are long or hold a
/// type of a function.
fn without_type(name: &str) -> Option<String> {
    let inner = name.strip_prefix('?')?;
    // An operator, constructor or the like has a code in place of a name: `2`, `_G`, `__E`.
    let code = inner
        .strip_prefix('?')
        .map_or(0, |code| code.bytes().take_while(|byte| *byte == b'_').count().saturating_add(2));
    let path = inner.get(code..)?;
    let length =
        if code > 0 && path.starts_with('@') { 0 } else { path.find("@@")?.checked_add(1)? };
    let (head, path) = (inner.get(..code)?, path.get(..length)?);
    // `??$f@` is a template, `??B` an operator that is called by its type. A `?` further on begins a
    // template, or a name of something local with all of its function, but `?A0x12345678@` is a namespace
    // without a name, as plain as others.
    let is_plain = path.split('?').skip(1).all(|part| part.starts_with("A0x"));
    if matches!(head, "?$" | "?B") || !is_plain {
        return is_tame(name).then(|| name.to_owned());
    }
    // `9`: a name without a type.
    Some(format!("?{head}{path}@9"))
}

fn is_tame(name: &str) -> bool {
    let has_function_type = name
        .as_bytes()
        .windows(2)
        .any(|pair| matches!(pair, [b'P' | b'Q' | b'R' | b'S' | b'A' | b'$', b'6' | b'8'] | b"$1"));
    name.len() <= TEMPLATE_LIMIT && !has_function_type
}

/// The name of a C function of x86, as its source has it: `_name` (cdecl), `_name@8` (stdcall),
/// `@name@8` (fastcall), `name@@8` (vectorcall).
pub(super) fn without_calling_convention(name: &str) -> &str {
    let (rest, has_bytes) = match name.rsplit_once('@') {
        Some((rest, bytes)) if bytes.parse::<u16>().is_ok() => (rest, true),
        _ => (name, false),
    };
    if has_bytes {
        if let Some(vectorcall) = rest.strip_suffix('@') {
            return vectorcall;
        }
        if let Some(fastcall) = rest.strip_prefix('@') {
            return fastcall;
        }
    }
    rest.strip_prefix('_').unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names are those that `llvm-undname` gives, without their types; it writes `dtor` in short.
    #[test]
    fn names_of_cpp_lose_their_decoration() {
        for (decorated, name) in [
            ("StorChannelVmbusCallback", "StorChannelVmbusCallback"),
            ("?foo@X@@QEAAXH@Z", "X::foo"),
            ("?foo@X@inner@@QEAAXP6AXH@Z@Z", "inner::X::foo"),
            ("??1bad_alloc@std@@UEAA@XZ", "std::bad_alloc::~bad_alloc"),
            ("??0C@google_breakpad@@QAE@XZ", "google_breakpad::C::C"),
            ("??4X@@QEAAAEAV0@AEBV0@@Z", "X::operator="),
            ("??2@YAPEAX_K@Z", "operator new"),
            ("??_Gtype_info@@UEAAPEAXI@Z", "type_info::`scalar deleting destructor'"),
            ("??Bstring@@QEAAPEBDXZ", "string::operator char const *"),
            ("?f@?A0x1234abcd@n@@YAXXZ", "n::`anonymous namespace'::f"),
            ("??$find@H@list@@QEAAHH@Z", "list::find<int>"),
            ("?size@?$list@H@@QEAAHXZ", "list<int>::size"),
        ] {
            assert_eq!(undecorated(decorated), name, "{decorated}");
        }
    }

    /// Each of these ended the process before names were looked at first.
    #[test]
    fn names_that_unfold_without_end_stay_as_they_are() {
        let mut arguments = String::from("PAH");
        for number in 0..9 {
            arguments += &format!("P6AX{}@Z", number.to_string().repeat(10));
        }
        let unfolding = [
            format!("??$f@H@@YAX{arguments}@Z"),
            format!("?f@?$t@{arguments}@@YAXXZ"),
            format!("?f@?1??g@@YAX{arguments}@Z@4HA"),
            format!("??$f@H@@YAX{}H@Z", "V?$a@".repeat(1300)),
            format!("?a@?$t@{}H@@3HA", "$$BY01".repeat(1300)),
        ];
        for name in unfolding {
            let taken_apart = std::thread::Builder::new()
                .stack_size(256 << 10)
                .spawn(move || (undecorated(&name) == name, name.len()));
            let (is_same, length) = taken_apart.unwrap().join().unwrap();
            assert!(is_same, "{length}");
        }
        // The arguments of a function that is no template are not looked at.
        assert_eq!(undecorated(&format!("?f@x@@YAX{arguments}@Z")), "x::f");
    }

    /// At the limit of its length the package needs less than a small thread's stack.
    #[test]
    fn the_longest_names_fit_on_a_stack() {
        let long = format!("??$f@{}H@@YAXXZ", "V?$a@".repeat(95));
        assert!(long.len() <= TEMPLATE_LIMIT);
        let pointers = format!("??$f@{}H@@YAXXZ", "PEA".repeat(160));
        let arrays = format!("??$f@{}H@@YAXXZ", "$$BY01".repeat(80));
        for name in [long, pointers, arrays] {
            let run = std::thread::Builder::new()
                .stack_size(1 << 20)
                .spawn(move || undecorated(&name).len());
            assert!(run.unwrap().join().unwrap() > 0);
        }
    }

    #[test]
    fn names_of_c_on_x86_lose_their_calling_convention() {
        for (decorated, name) in [
            ("_main", "main"),
            ("__chkstk", "_chkstk"),
            ("_KeBugCheckEx@20", "KeBugCheckEx"),
            ("@IofCompleteRequest@8", "IofCompleteRequest"),
            ("vector@@16", "vector"),
            ("_a@b", "a@b"),
            ("", ""),
        ] {
            assert_eq!(without_calling_convention(decorated), name, "{decorated}");
        }
    }
}
