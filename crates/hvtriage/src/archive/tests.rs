//! Archives written by the packages' own writers and by hand, whole and damaged.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

#[allow(clippy::arithmetic_side_effects, reason = "a panic is how a test fails")]
mod by_hand;
mod damaged;
#[allow(clippy::arithmetic_side_effects, reason = "a panic is how a test fails")]
mod hostile;
mod shapes;

/// What stands in for evidence here: any file that begins so.
const MARK: &[u8] = b"EVIDENCE";

fn evidence(size: usize) -> Vec<u8> {
    // Noise, so that it does not shrink (Marsaglia's xorshift).
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let noise = (0..size).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    });
    MARK.iter().copied().chain(noise).collect()
}

struct Read {
    names: Vec<String>,
    sizes: Vec<usize>,
    /// Of members that are small.
    contents: Vec<Vec<u8>>,
    problems: Vec<Problem>,
}

fn read(name: &str, bytes: &[u8]) -> Read {
    const SMALL: usize = 1 << 20;
    let (mut names, mut sizes, mut contents) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = |member: Member| {
        assert!(member.bytes.starts_with(MARK), "{} is whole from its beginning", member.name);
        names.push(member.name);
        sizes.push(member.bytes.len());
        if member.bytes.len() < SMALL {
            contents.push(member.bytes.to_vec());
        }
    };
    let intake = Intake {
        is_wanted: &|_, bytes| bytes.starts_with(MARK),
        folder: None,
        limits: Limits::of(bytes.len() as u64),
        found: &mut found,
    };
    let problems = intake.read(identify(bytes).expect("an archive"), name, bytes);
    Read { names, sizes, contents, problems }
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn cabinet(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = cab::CabinetBuilder::new();
    let folder = builder.add_folder(cab::CompressionType::MsZip);
    for (name, _) in members {
        folder.add_file(*name);
    }
    let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
    let mut contents = members.iter();
    while let Some(mut file) = writer.next_file().unwrap() {
        file.write_all(contents.next().unwrap().1).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tarred(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn members_are_found_in_every_kind_of_archive_and_however_they_are_nested() {
    let (small, large) = (evidence(10), evidence(300_000));
    let members: [(&str, &[u8]); 3] =
        [("Node_A\\System.evtx", &small), ("notes.txt", b"none"), ("Node_B/big.dmp", &large)];
    let inner = zipped(&members);
    let in_cabinet = cabinet(&[("first.txt", b"none"), ("inner.zip", &inner)]);
    let outer = zipped(&[("case/collector.cab", &in_cabinet)]);
    let found = read("drop.zip", &outer);
    let inside = "drop.zip!case/collector.cab!inner.zip!";
    assert_eq!(
        found.names,
        [format!("{inside}Node_A/System.evtx"), format!("{inside}Node_B/big.dmp")]
    );
    assert_eq!(found.sizes, [small.len(), large.len()]);
    assert!(found.problems.is_empty(), "{:?}", found.problems);

    let found = read("logs.tar.gz", &gzipped(&tarred(&members)));
    assert_eq!(found.names.last().unwrap(), "logs.tar.gz!logs.tar!Node_B/big.dmp");
    assert_eq!(found.sizes, [small.len(), large.len()]);
    let found = read("MEMORY.DMP.zst", &zstandard(&large));
    assert_eq!(
        (found.names, found.sizes),
        (vec!["MEMORY.DMP.zst!MEMORY.DMP".into()], vec![large.len()])
    );
}

/// Files of one folder in another order than their data, of which the package reads each from the
/// beginning of its folder.
#[test]
fn a_cabinet_with_many_files_is_read_once() {
    let contents: Vec<Vec<u8>> = (0..300).map(|size| evidence(size * 100)).collect();
    let names: Vec<String> = (0..300).map(|number| format!("{number}.evtx")).collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&contents)
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let bytes = cabinet(&members);
    let found = read("sdp.cab", &bytes);
    assert_eq!(found.sizes, contents.iter().map(Vec::len).collect::<Vec<_>>());
    for cut in [bytes.len() / 2, bytes.len() - 1] {
        let found = read("sdp.cab", &bytes[..cut]);
        assert!(!found.problems.is_empty(), "a cut is told");
        assert!(found.names.len() > 100 || cut < bytes.len() - 1, "{}", found.names.len());
    }
}

/// Every byte of small archives damaged, and every end cut: no panic, and nothing that was not in it.
#[test]
fn damage_ends_nothing_but_the_archive() {
    let contents = evidence(200);
    let members: [(&str, &[u8]); 2] = [("a.evtx", &contents), ("b.evtx", &contents)];
    for bytes in [
        zipped(&members),
        cabinet(&members),
        tarred(&members),
        gzipped(&tarred(&members)),
        zstandard(&contents),
    ] {
        for at in 0..bytes.len().min(3000) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xFF;
            for damaged in [&damaged[..], &bytes[..at]] {
                if let Some(kind) = identify(damaged) {
                    let mut count = 0;
                    let intake = Intake {
                        is_wanted: &|_, _| true,
                        folder: None,
                        limits: Limits::of(damaged.len() as u64),
                        found: &mut |_| count += 1,
                    };
                    intake.read(kind, "damaged", damaged);
                    assert!(count <= 40, "{count} members at {at}");
                }
            }
        }
    }
}
