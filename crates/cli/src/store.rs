//! Folders with images and symbols: those that are named, and the local ones of `_NT_SYMBOL_PATH`.

use std::path::{Path, PathBuf};

use hvtriage::LocalStore;

use crate::arguments::StoreArguments;
use crate::output;

/// The variable in which debuggers look for symbols.
pub(crate) const SYMBOL_PATH: &str = "_NT_SYMBOL_PATH";

/// The store that the arguments and the environment name.
///
/// # Errors
/// A folder that was named and does not exist, in words.
pub(crate) fn open(arguments: &StoreArguments) -> Result<LocalStore, String> {
    for folder in arguments.images.iter().chain(&arguments.symbols) {
        if !folder.exists() {
            return Err(format!("{}: no such folder for images or symbols", folder.display()));
        }
    }
    let path = std::env::var(SYMBOL_PATH).unwrap_or_default();
    let (local, remote) = parts(&path);
    let mut symbols = arguments.symbols.clone();
    let (there, missing): (Vec<PathBuf>, Vec<PathBuf>) =
        local.into_iter().partition(|folder| folder.exists());
    symbols.extend(there);
    if !remote.is_empty() {
        tell(&format!("{} is not asked, since nothing is fetched", remote.join(", ")));
    }
    if !missing.is_empty() {
        let names: Vec<String> =
            missing.iter().map(|folder| folder.display().to_string()).collect();
        tell(&format!("no folder {} on this machine", names.join(", ")));
    }
    Ok(LocalStore::new(arguments.images.clone(), symbols))
}

/// The local folders that the environment names and that exist.
pub(crate) fn folders_of_environment() -> Vec<PathBuf> {
    let (local, _) = parts(&std::env::var(SYMBOL_PATH).unwrap_or_default());
    local.into_iter().filter(|folder| folder.exists()).collect()
}

fn tell(what: &str) {
    output::tell(&format!("{SYMBOL_PATH}: {what}"));
}

/// The local folders of a symbol path, and what is somewhere else. Elements stand between `;`; one may
/// be `srv*local*server`, `cache*local` or `symsrv*symsrv.dll*local*server`.
fn parts(path: &str) -> (Vec<PathBuf>, Vec<String>) {
    let (mut local, mut remote) = (Vec::new(), Vec::new());
    for part in path.split(';').flat_map(|element| element.split('*')) {
        let part = part.trim().trim_matches('"');
        let is_word = ["srv", "cache", "symsrv"].iter().any(|word| part.eq_ignore_ascii_case(word))
            || part.to_ascii_lowercase().ends_with(".dll");
        let is_remote = part.contains("://") || part.starts_with("\\\\");
        if part.is_empty() || is_word {
            continue;
        }
        if is_remote {
            remote.push(part.to_owned());
        } else {
            local.push(Path::new(part).to_owned());
        }
    }
    (local, remote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_parts_of_a_symbol_path_are_taken() {
        let path = r"srv*C:\Symbols*https://msdl.microsoft.com/download/symbols;D:\Build;cache*E:\Cache;\\server\share";
        let (local, remote) = parts(path);
        assert_eq!(local, [r"C:\Symbols", r"D:\Build", r"E:\Cache"].map(PathBuf::from));
        assert_eq!(remote, ["https://msdl.microsoft.com/download/symbols", r"\\server\share"]);
        assert_eq!(parts(""), (vec![], vec![]));
        assert_eq!(parts("\"E:\\My Symbols\"").0, [PathBuf::from("E:\\My Symbols")]);
    }
}
