//! What judging takes beside decoding: `judge FOLDER` reads the facts of a folder on one thread, then
//! puts them in order, judges them with the whole catalogue and makes the tables, and prints the time
//! of each. `write-hosts 1000000 FOLDER` of the samples writes such a folder.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fmt};

use hvtriage::{AnalyzeError, Evidence, Options, RuleSet, Tables, judge, read_facts};

fn main() -> ExitCode {
    let folders: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    match run(&folders) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command tells its user")]
fn tell(message: &dyn fmt::Display) {
    eprintln!("{message}");
}

fn run(folders: &[PathBuf]) -> Result<(), AnalyzeError> {
    let options = Options::default().jobs(NonZeroUsize::MIN.get());
    let (facts, decoding) = timed(|| read_facts(folders, &options));
    let (facts, _) = facts?;
    let count = facts.len();
    let rules = RuleSet::catalogue()?;
    let (evidence, ordering) = timed(|| Evidence::gather(facts));
    let (judgement, judging) = timed(|| judge(&evidence, &rules));
    let (_, tables) = timed(|| Tables::of(&evidence));
    let findings = judgement.findings.len();
    let seconds = |time: Duration| time.as_secs_f64();
    tell(&format!(
        "{count} facts decoded in {:.2} s, put in order in {:.2} s, judged in {:.2} s ({findings} \
         findings), tables in {:.2} s",
        seconds(decoding),
        seconds(ordering),
        seconds(judging),
        seconds(tables),
    ));
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}
