//! Archives written by the packages' own writers and by hand, whole and damaged.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

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
    problems: Vec<Problem>,
}

fn read(name: &str, bytes: &[u8]) -> Read {
    let (mut problems, mut names, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = |member: Member| {
        assert!(member.bytes.starts_with(MARK), "{} is whole from its beginning", member.name);
        names.push(member.name);
        sizes.push(member.bytes.len());
    };
    let mut intake = Intake {
        is_wanted: &|_, bytes| bytes.starts_with(MARK),
        folder: None,
        problems: &mut problems,
        limits: Limits::of(bytes.len() as u64),
        found: &mut found,
    };
    intake.read(identify(bytes).expect("an archive"), name, bytes);
    Read { names, sizes, problems }
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

/// A member with bit 0 of its flags set, as APPNOTE 4.4.4 has it.
#[test]
fn an_encrypted_member_is_named_as_such_and_costs_no_other() {
    let contents = evidence(100);
    let mut bytes = zipped(&[("secret.evtx", &contents), ("open.evtx", &contents)]);
    let central = bytes.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    let found = read("a.zip", &bytes);
    assert_eq!(found.names, ["a.zip!open.evtx"]);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(found.problems[0].source, "a.zip!secret.evtx");
    assert!(found.problems[0].message.contains("encrypted"), "{:?}", found.problems);
}

#[test]
fn an_archive_without_its_end_still_gives_what_came_before() {
    let contents = evidence(5000);
    let bytes = zipped(&[("1.evtx", &contents), ("2.evtx", &contents), ("3.evtx", &contents)]);
    let third = bytes.windows(6).position(|it| it == b"3.evtx").unwrap();
    let found = read("a.zip", &bytes[..third + 2000]);
    assert_eq!(found.names[..2], ["a.zip!1.evtx", "a.zip!2.evtx"]);
    assert!(!found.problems.is_empty());
    let packed = gzipped(&contents);
    let found = read("1.evtx.gz", &packed[..packed.len() / 2]);
    assert_eq!(found.names, ["1.evtx.gz!1.evtx"]);
    assert!(found.sizes[0] > 1000 && found.sizes[0] < contents.len());
    assert!(found.problems[0].message.contains("damaged"), "{:?}", found.problems);
}

#[test]
fn what_expands_out_of_proportion_ends_with_a_problem() {
    let mut bomb = MARK.to_vec();
    bomb.resize(80 << 20, 0);
    let found = read("bomb.zip", &zipped(&[("zeros.dmp", &bomb), ("next.evtx", &evidence(10))]));
    assert_eq!(found.names, ["bomb.zip!zeros.dmp"], "what came out until then");
    assert_eq!(found.sizes, [64 << 20]);
    assert!(found.problems[0].message.contains("64 MiB"), "{:?}", found.problems);
    // Ten of them in each of ten: the limit is that of the archive that was given.
    let layer = |inner: &[u8]| {
        let names: Vec<String> = (0..10).map(|number| format!("{number}.zip")).collect();
        let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), inner)).collect();
        zipped(&members)
    };
    let half = zipped(&[("zeros.dmp", &bomb[..30 << 20])]);
    let found = read("bomb.zip", &layer(&layer(&half)));
    assert!(found.names.len() <= 3, "{}", found.names.len());
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
}

#[test]
fn archives_in_archives_without_end_are_not_followed() {
    let mut bytes = zipped(&[("deep.evtx", &evidence(10))]);
    for _ in 0..20 {
        bytes = zipped(&[("inner.zip", &bytes), ("beside.evtx", &evidence(10))]);
    }
    let found = read("matryoshka.zip", &bytes);
    assert_eq!(found.names.len(), limits::MAX_DEPTH as usize);
    assert!(found.problems[0].message.contains("inside each other"), "{:?}", found.problems);
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
                    let (mut problems, mut count) = (Vec::new(), 0);
                    let mut intake = Intake {
                        is_wanted: &|_, _| true,
                        folder: None,
                        problems: &mut problems,
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
