//! What a scan is measured against: `walk headers FOLDER` reads the files and steps over the record
//! headers; `walk six FOLDER` scans them for six event ids of one provider; `walk values FOLDER`
//! reads every named value of every record. Each prints what it counted.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use hvtriage_eventlog::{EventFilter, EvtxLog, Scanner, Value};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [what, folder] = &arguments[..] else {
        return tell("usage: walk headers|six|values FOLDER");
    };
    let each: fn(&[u8]) -> u64 = match what.as_str() {
        "headers" => headers,
        "six" => six,
        "values" => values,
        _ => return tell("usage: walk headers|six|values FOLDER"),
    };
    match run(Path::new(folder), each) {
        Ok(count) => tell(&format!("{count}")),
        Err(error) => tell(&format!("{folder}: {error}")),
    }
}

#[expect(clippy::print_stderr, reason = "a command tells its user")]
fn tell(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::SUCCESS
}

fn run(folder: &Path, each: fn(&[u8]) -> u64) -> io::Result<u64> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    files.sort();
    // Eight chunks at a time, into memory that stays in the processor's cache.
    let mut block = vec![0_u8; 8 * CHUNK];
    let mut count = 0_u64;
    for file in files {
        let mut file = fs::File::open(file)?;
        io::Seek::seek(&mut file, io::SeekFrom::Start(4096))?;
        loop {
            let mut filled = 0_usize;
            while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                match io::Read::read(&mut file, rest)? {
                    0 => break,
                    read => filled = filled.saturating_add(read),
                }
            }
            if filled == 0 {
                break;
            }
            count = count.saturating_add(each(block.get(..filled).unwrap_or_default()));
        }
    }
    Ok(count)
}

const CHUNK: usize = 65_536;

/// Records, by their headers alone.
fn headers(bytes: &[u8]) -> u64 {
    let number = |chunk: &[u8], at: usize| {
        let field = chunk.get(at..).and_then(|rest| rest.first_chunk().copied());
        usize::try_from(u32::from_le_bytes(field.unwrap_or_default())).unwrap_or_default()
    };
    let mut count = 0_u64;
    for chunk in bytes.chunks(CHUNK) {
        let end = number(chunk, 48).min(chunk.len());
        let mut at = 512_usize;
        while at < end && chunk.get(at..).is_some_and(|rest| rest.starts_with(b"**\0\0")) {
            count = count.saturating_add(1);
            at = at.saturating_add(number(chunk, at.saturating_add(4)).max(24));
        }
    }
    count
}

fn six(bytes: &[u8]) -> u64 {
    let name = "Microsoft-Windows-Hyper-V-Netvsc";
    let filter = EventFilter::default().provider(name, None, &[1, 3, 10, 11, 12, 13]);
    let mut scanner = Scanner::default();
    let mut count = 0_u64;
    for chunk in EvtxLog::open(bytes).chunks() {
        chunk.records(&mut scanner, &filter, |_| {
            count = count.saturating_add(1);
            Ok(())
        });
    }
    count
}

fn values(bytes: &[u8]) -> u64 {
    let (mut scanner, filter) = (Scanner::default(), EventFilter::default());
    let log = EvtxLog::open(bytes);
    let mut values = Vec::new();
    let mut sum = 0_u64;
    for chunk in log.chunks() {
        chunk.records(&mut scanner, &filter, |record| {
            record.values_into(&mut values)?;
            for value in &values {
                let worth = match value.value {
                    Value::Unsigned(number) | Value::Hexadecimal(number) => number,
                    Value::Text(text) => u64::from(text.is_empty()),
                    _ => 1,
                };
                sum = sum.wrapping_add(worth);
            }
            Ok(())
        });
    }
    sum
}
