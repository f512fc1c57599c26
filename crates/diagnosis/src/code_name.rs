//! Names of error codes, as people look them up.
//!
//! NTSTATUS and Win32 codes are those of the Windows SDK's headers, which the package `minidump-common`
//! keeps as enumerations. What stands below are HRESULTs of the services that Hyper-V calls, and
//! Winsock's codes, which are not in those headers.

use minidump_common::errors::{NtStatusWindows, WinErrorWindows};
use num_traits::FromPrimitive;

use crate::logged_event::number_in;

/// HRESULTs of COM, of volume shadow copies (`vss.h`, `vswriter.h`), of security and certificates
/// (`winerror.h`).
pub(crate) const HRESULTS: [(u32, &str); 58] = [
    (0x8000_4001, "E_NOTIMPL"),
    (0x8000_4002, "E_NOINTERFACE"),
    (0x8000_4003, "E_POINTER"),
    (0x8000_4004, "E_ABORT"),
    (0x8000_4005, "E_FAIL"),
    (0x8000_FFFF, "E_UNEXPECTED"),
    (0x8001_0108, "RPC_E_DISCONNECTED"),
    (0x8001_010A, "RPC_E_SERVERCALL_RETRYLATER"),
    (0x8004_0154, "REGDB_E_CLASSNOTREG"),
    (0x8004_2301, "VSS_E_BAD_STATE"),
    (0x8004_2302, "VSS_E_UNEXPECTED"),
    (0x8004_2304, "VSS_E_PROVIDER_NOT_REGISTERED"),
    (0x8004_2306, "VSS_E_PROVIDER_VETO"),
    (0x8004_2307, "VSS_E_PROVIDER_IN_USE"),
    (0x8004_2308, "VSS_E_OBJECT_NOT_FOUND"),
    (0x8004_230C, "VSS_E_VOLUME_NOT_SUPPORTED"),
    (0x8004_230E, "VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER"),
    (0x8004_230D, "VSS_E_OBJECT_ALREADY_EXISTS"),
    (0x8004_230F, "VSS_E_UNEXPECTED_PROVIDER_ERROR"),
    (0x8004_2312, "VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED"),
    (0x8004_2313, "VSS_E_FLUSH_WRITES_TIMEOUT"),
    (0x8004_2314, "VSS_E_HOLD_WRITES_TIMEOUT"),
    (0x8004_2315, "VSS_E_UNEXPECTED_WRITER_ERROR"),
    (0x8004_2316, "VSS_E_SNAPSHOT_SET_IN_PROGRESS"),
    (0x8004_2317, "VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED"),
    (0x8004_2318, "VSS_E_WRITER_INFRASTRUCTURE"),
    (0x8004_2319, "VSS_E_WRITER_NOT_RESPONDING"),
    (0x8004_231A, "VSS_E_WRITER_ALREADY_SUBSCRIBED"),
    (0x8004_231F, "VSS_E_INSUFFICIENT_STORAGE"),
    (0x8004_23F0, "VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT"),
    (0x8004_23F1, "VSS_E_WRITERERROR_OUTOFRESOURCES"),
    (0x8004_23F2, "VSS_E_WRITERERROR_TIMEOUT"),
    (0x8004_23F3, "VSS_E_WRITERERROR_RETRYABLE"),
    (0x8004_23F4, "VSS_E_WRITERERROR_NONRETRYABLE"),
    (0x8004_23F5, "VSS_E_WRITERERROR_RECOVERY_FAILED"),
    (0x8009_0302, "SEC_E_UNSUPPORTED_FUNCTION"),
    (0x8009_0303, "SEC_E_TARGET_UNKNOWN"),
    (0x8009_0304, "SEC_E_INTERNAL_ERROR"),
    (0x8009_0305, "SEC_E_SECPKG_NOT_FOUND"),
    (0x8009_0308, "SEC_E_INVALID_TOKEN"),
    (0x8009_030C, "SEC_E_LOGON_DENIED"),
    (0x8009_030D, "SEC_E_UNKNOWN_CREDENTIALS"),
    (0x8009_030E, "SEC_E_NO_CREDENTIALS"),
    (0x8009_0311, "SEC_E_NO_AUTHENTICATING_AUTHORITY"),
    (0x8009_0322, "SEC_E_WRONG_PRINCIPAL"),
    (0x8009_0324, "SEC_E_TIME_SKEW"),
    (0x8009_0325, "SEC_E_UNTRUSTED_ROOT"),
    (0x8009_0326, "SEC_E_ILLEGAL_MESSAGE"),
    (0x8009_0327, "SEC_E_CERT_UNKNOWN"),
    (0x8009_0328, "SEC_E_CERT_EXPIRED"),
    (0x8009_2004, "CRYPT_E_NOT_FOUND"),
    (0x8009_2010, "CRYPT_E_REVOKED"),
    (0x8009_2012, "CRYPT_E_NO_REVOCATION_CHECK"),
    (0x8009_2013, "CRYPT_E_REVOCATION_OFFLINE"),
    (0x800B_0101, "CERT_E_EXPIRED"),
    (0x800B_0109, "CERT_E_UNTRUSTEDROOT"),
    (0x800B_010A, "CERT_E_CHAINING"),
    (0x800B_010F, "CERT_E_CN_NO_MATCH"),
];

/// Winsock (`winsock2.h`).
pub(crate) const WINSOCK: [(u32, &str); 18] = [
    (10_004, "WSAEINTR"),
    (10_013, "WSAEACCES"),
    (10_022, "WSAEINVAL"),
    (10_035, "WSAEWOULDBLOCK"),
    (10_048, "WSAEADDRINUSE"),
    (10_049, "WSAEADDRNOTAVAIL"),
    (10_050, "WSAENETDOWN"),
    (10_051, "WSAENETUNREACH"),
    (10_052, "WSAENETRESET"),
    (10_053, "WSAECONNABORTED"),
    (10_054, "WSAECONNRESET"),
    (10_055, "WSAENOBUFS"),
    (10_057, "WSAENOTCONN"),
    (10_060, "WSAETIMEDOUT"),
    (10_061, "WSAECONNREFUSED"),
    (10_064, "WSAEHOSTDOWN"),
    (10_065, "WSAEHOSTUNREACH"),
    (11_001, "WSAHOST_NOT_FOUND"),
];

/// The upper half of an HRESULT that wraps a Win32 code.
const WIN32_HRESULT: u32 = 0x8007_0000;
/// The bit by which an HRESULT wraps an NTSTATUS.
const WRAPPED_STATUS: u32 = 0x1000_0000;

/// The name of an HRESULT or NTSTATUS of a failure.
///
/// ```
/// use hvtriage_diagnosis::code_name;
///
/// assert_eq!(code_name(0x8007_0569).as_deref(), Some("ERROR_LOGON_TYPE_NOT_GRANTED"));
/// assert_eq!(code_name(0xC000_020C).as_deref(), Some("STATUS_CONNECTION_DISCONNECTED"));
/// assert_eq!(code_name(0), None);
/// ```
#[must_use]
pub fn code_name(code: u32) -> Option<String> {
    const FIRST_WARNING: u32 = 0x8000_0000;
    if code < FIRST_WARNING {
        return None;
    }
    if let Some((_, name)) = HRESULTS.iter().find(|(known, _)| *known == code) {
        return Some((*name).to_owned());
    }
    if code & 0xFFFF_0000 == WIN32_HRESULT {
        return win32_name(code & 0xFFFF);
    }
    let status = NtStatusWindows::from_u32(code)
        .or_else(|| NtStatusWindows::from_u32(code & !WRAPPED_STATUS))?;
    Some(format!("{status:?}"))
}

/// The name of a Win32 code, `ERROR_ACCESS_DENIED` of 5.
#[must_use]
pub fn win32_name(code: u32) -> Option<String> {
    if let Some((_, name)) = WINSOCK.iter().find(|(known, _)| *known == code) {
        return Some((*name).to_owned());
    }
    // No failure.
    let code = WinErrorWindows::from_u32(code).filter(|_| code != 0)?;
    Some(format!("{code:?}"))
}

/// A code as people write it, with its name where it has one.
pub(crate) fn with_name(code: u32) -> String {
    match code_name(code) {
        Some(name) => format!("0x{code:08X} ({name})"),
        None => format!("0x{code:08X}"),
    }
}

/// A text as an event holds it, with the names of the codes in it: `%%2147942432` is a reference to the
/// text of an HRESULT, `(1460)` is how the cluster service writes a Win32 code, and a code that stands
/// in a sentence has its name behind the sentence.
///
/// ```
/// use hvtriage_diagnosis::with_named_code;
///
/// assert_eq!(with_named_code("(1460)"), "ERROR_TIMEOUT (1460)");
/// assert_eq!(with_named_code("%%2147942432"), "0x80070020 (ERROR_SHARING_VIOLATION)");
/// ```
#[must_use]
pub fn with_named_code(text: &str) -> String {
    if let Some(code) = cluster_code(text) {
        return win32_name(code).map_or_else(|| text.to_owned(), |name| format!("{name} ({code})"));
    }
    let failure = failure_in(text);
    if let Some(code) = failure.filter(|code| text.contains(&reference(*code))) {
        return text.replace(&reference(code), &with_name(code));
    }
    match failure.and_then(code_name) {
        Some(name) if !text.contains(&name) => format!("{text} ({name})"),
        _ => text.to_owned(),
    }
}

/// The Win32 code of a text that is nothing but this.
fn cluster_code(text: &str) -> Option<u32> {
    let digits = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let is_plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| is_plain)
}

/// How Hyper-V writes a reference to the text of a code.
fn reference(code: u32) -> String {
    format!("%%{code}")
}

/// The first code of a failure in a sentence: `0x80070020`, the message reference `%%2147942432`, or
/// `c00000b5`, as the cluster service writes an NTSTATUS.
pub(crate) fn failure_in(text: &str) -> Option<u32> {
    const FAILURE_BIT: u32 = 0x8000_0000;
    const DIGITS: usize = 8;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '%';
    text.split(|letter: char| !is_part(letter)).find_map(|word| {
        let is_bare = word.len() == DIGITS && word.starts_with(['c', 'C', '8']);
        let code = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None if word.starts_with("%%") => number_in(word)?.try_into().ok(),
            None if is_bare => u32::from_str_radix(word, 16).ok(),
            None => None,
        };
        code.filter(|code| code & FAILURE_BIT != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `known_issues.yaml`: the tables of LM-21502 and CSV-5120, and section 6 of `hyperv_events.md`.
    #[test]
    fn codes_of_this_field() {
        let table = [
            (0x8007_1398, "ERROR_HOST_NODE_NOT_GROUP_OWNER"),
            (0x8007_13AB, "ERROR_NETWORK_NOT_AVAILABLE"),
            (0x8007_271D, "WSAEACCES"),
            (0x8007_274C, "WSAETIMEDOUT"),
            (0x8007_2746, "WSAECONNRESET"),
            (0x8007_274D, "WSAECONNREFUSED"),
            (0xC03A_0014, "STATUS_VIRTDISK_PROVIDER_NOT_FOUND"),
            (0x8009_0322, "SEC_E_WRONG_PRINCIPAL"),
            (0x8007_04C8, "ERROR_USER_MAPPED_FILE"),
            (0x8007_0037, "ERROR_DEV_NOT_EXIST"),
            (0x8007_03E3, "ERROR_OPERATION_ABORTED"),
            (0x8007_0020, "ERROR_SHARING_VIOLATION"),
            (0xC013_0021, "STATUS_CLUSTER_CSV_AUTO_PAUSE_ERROR"),
            (0xC000_00B5, "STATUS_IO_TIMEOUT"),
            (0xC000_0203, "STATUS_USER_SESSION_DELETED"),
            (0xC000_000E, "STATUS_NO_SUCH_DEVICE"),
            (0xC000_009A, "STATUS_INSUFFICIENT_RESOURCES"),
            (0xC000_0467, "STATUS_FILE_NOT_AVAILABLE"),
            (0x8000_0011, "STATUS_DEVICE_BUSY"),
            (0x8004_23F4, "VSS_E_WRITERERROR_NONRETRYABLE"),
            // An NTSTATUS in an HRESULT.
            (0xD000_0022, "STATUS_ACCESS_DENIED"),
        ];
        for (code, name) in table {
            assert_eq!(code_name(code).as_deref(), Some(name), "{code:#X}");
        }
        assert_eq!(with_name(0x8007_0005), "0x80070005 (ERROR_ACCESS_DENIED)");
        assert_eq!(with_name(0x8004_8054), "0x80048054");
        assert_eq!(code_name(0x8007_0000), None);
        assert_eq!(win32_name(5016).as_deref(), Some("ERROR_HOST_NODE_NOT_GROUP_OWNER"));
    }

    #[test]
    fn codes_are_found_in_sentences() {
        let table = [
            ("failed. (0x80070569)", Some(0x8007_0569)),
            ("%%2147942432: no", Some(0x8007_0020)),
            ("STATUS_IO_TIMEOUT(c00000b5)", Some(0xC000_00B5)),
            // A status of success, a date, a name, half a GUID.
            ("0x00000103", None),
            ("on 20240131", None),
            ("consoles", None),
            ("{0f7b8d5e-1111}", None),
        ];
        for (text, code) in table {
            assert_eq!(failure_in(text), code, "{text}");
        }
    }

    /// 1460 and 0x80070020 as `winerror.h` has them.
    #[test]
    fn codes_in_texts_get_their_names() {
        let table = [
            ("(1460)", "ERROR_TIMEOUT (1460)"),
            (" (5) ", "ERROR_ACCESS_DENIED (5)"),
            ("%%2147942432", "0x80070020 (ERROR_SHARING_VIOLATION)"),
            ("no room: %%2147942432.", "no room: 0x80070020 (ERROR_SHARING_VIOLATION)."),
            ("0x80070020", "0x80070020 (ERROR_SHARING_VIOLATION)"),
            ("failed. (0x80070569)", "failed. (0x80070569) (ERROR_LOGON_TYPE_NOT_GRANTED)"),
            // Told already, unknown, success, a count in a sentence, a text of another file.
            ("STATUS_IO_TIMEOUT(c00000b5)", "STATUS_IO_TIMEOUT(c00000b5)"),
            ("%%2147778644", "0x80048054"),
            ("(0)", "(0)"),
            ("(99999999)", "(99999999)"),
            ("(+5)", "(+5)"),
            ("after the second try (2)", "after the second try (2)"),
            ("%%1833", "%%1833"),
        ];
        for (text, told) in table {
            assert_eq!(with_named_code(text), told, "{text}");
        }
    }

    #[test]
    fn no_code_has_two_names() {
        for codes in [HRESULTS.as_slice(), WINSOCK.as_slice()] {
            let known: std::collections::BTreeSet<u32> = codes.iter().map(|it| it.0).collect();
            assert_eq!(known.len(), codes.len());
        }
    }
}
