//! What every process of a watch is given.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::output::is_quiet;
use crate::watch::arguments::GivenToAll;

/// The arguments again, with paths that do not depend on the current folder.
pub(super) fn given_arguments(
    given: &GivenToAll,
    config: Option<&Path>,
    reports: &Path,
) -> io::Result<Vec<OsString>> {
    let mut arguments = vec!["--out".into(), reports.as_os_str().to_owned()];
    match config {
        Some(path) => arguments.extend(["--config".into(), path.as_os_str().to_owned()]),
        None => arguments.push("--no-config".into()),
    }
    if is_quiet() {
        arguments.push("--quiet".into());
    }
    arguments.extend(given.today.today.map(|day| format!("--today={day}").into()));
    let mut add = |name: &str, path: &Path| -> io::Result<()> {
        arguments.push(name.into());
        arguments.push(std::path::absolute(path)?.into_os_string());
        Ok(())
    };
    given.own.rules.iter().try_for_each(|path| add("--rules", path))?;
    #[cfg(feature = "sigma")]
    given.packs.sigma.iter().try_for_each(|path| add("--sigma", path))?;
    given.store.images.iter().try_for_each(|path| add("--images", path))?;
    given.store.symbols.iter().try_for_each(|path| add("--symbols", path))?;
    given.temp_dir.iter().try_for_each(|path| add("--temp-dir", path))?;
    for format in &given.format {
        arguments.push(format.argument().into());
    }
    Ok(arguments)
}
