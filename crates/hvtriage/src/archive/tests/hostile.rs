//! Archives that are made to do harm: each ends soon, with a problem that says what it is.

use std::time::{Duration, Instant};

use super::by_hand::{SevenZip, ZipByHand};
use super::*;

/// As [`super::read`], in a time that a debug build has left on a busy machine; a release build takes
/// less than a second on a quiet one.
fn read_soon(name: &str, bytes: &[u8]) -> Read {
    let started = Instant::now();
    let found = read(name, bytes);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(15), "{name} took {took:?}");
    assert!(!found.problems.is_empty(), "{name} is told");
    found
}

/// Evidence that is mostly zeros.
fn hollow(size: usize) -> Vec<u8> {
    let mut bytes = MARK.to_vec();
    bytes.resize(size, 0);
    bytes
}

#[test]
fn what_expands_out_of_proportion_ends_with_a_problem() {
    let bomb = hollow(80 << 20);
    let found =
        read_soon("bomb.zip", &zipped(&[("zeros.dmp", &bomb), ("next.evtx", &evidence(10))]));
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
    let found = read_soon("bomb.zip", &layer(&layer(&half)));
    assert!(found.names.len() <= 3, "{}", found.names.len());
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
}

/// What nobody wants has to be unpacked as well where it stands before something else.
#[test]
fn what_stands_before_evidence_and_expands_without_end_is_not_passed() {
    let (zeros, small) = (vec![0; 80 << 20], evidence(10));
    let bomb = ("zeros.bin", zeros.as_slice());
    let log = ("a.evtx", small.as_slice());
    for (members, expected) in [([bomb, log], vec![]), ([log, bomb], vec!["bomb.cab!a.evtx"])] {
        let found = read_soon("bomb.cab", &cabinet(&members));
        assert_eq!(found.names, expected);
        assert!(found.problems[0].message.contains("64 MiB"), "{:?}", found.problems);
    }
    // Two blocks, the second of which is not begun.
    let zeros = include_bytes!("two-mebibytes-of-zeros.lzma2").repeat(40);
    let bytes =
        SevenZip::default().lzma2("zeros.bin", &zeros, 80 << 20).stored("a.evtx", &small).finish();
    let found = read_soon("bomb.7z", &bytes);
    assert_eq!(found.names, [""; 0]);
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert!(found.problems[0].message.contains("64 MiB"), "{:?}", found.problems);
}

#[test]
fn single_files_that_expand_without_end_are_cut() {
    let level = flate2::Compression::best();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(&hollow(80 << 20)).unwrap();
    let found = read_soon("MEMORY.DMP.gz", &encoder.finish().unwrap());
    assert_eq!(found.sizes, [64 << 20]);
    // RFC 8878: a window of 128 KiB, a raw block, and blocks of 128 KiB of one byte.
    let mut bytes = vec![0x28, 0xB5, 0x2F, 0xFD, 0, 0x38];
    bytes.extend([8 << 3, 0, 0]);
    bytes.extend(MARK);
    (0..800).for_each(|_| bytes.extend([0x02, 0x00, 0x10, 0]));
    bytes.extend([1, 0, 0]);
    let found = read_soon("MEMORY.DMP.zst", &bytes);
    assert_eq!(found.sizes, [64 << 20]);
    assert!(found.problems[0].message.contains("64 MiB"), "{:?}", found.problems);
}

/// A file of a terabyte in a tape archive of two kilobytes.
#[test]
fn a_sparse_file_is_read_as_far_as_the_archive_may_expand() {
    let size = 1_u64 << 40;
    let mut header = tar::Header::new_gnu();
    header.set_path("MEMORY.DMP").unwrap();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_size(MARK.len() as u64);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.set_real_size(size);
    gnu.sparse[0].set_offset(0);
    gnu.sparse[0].set_length(MARK.len() as u64);
    gnu.sparse[1].set_offset(size);
    gnu.sparse[1].set_length(0);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(MARK);
    bytes.resize(2048, 0);
    let found = read_soon("sparse.tar", &bytes);
    assert_eq!(found.names, ["sparse.tar!MEMORY.DMP"]);
    assert_eq!(found.sizes, [64 << 20]);
}

/// Many members that are one and the same piece of the archive (D. Fifield, "A better zip bomb", 2019).
#[test]
fn members_that_lie_over_each_other_are_read_once() {
    let mut zip = ZipByHand::default();
    let at = zip.deflated("0.dmp", &hollow(8 << 20));
    for number in 1..1000 {
        zip.list_again(at, &format!("{number}.dmp"));
    }
    let bytes = zip.finish();
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let found = read_soon("overlap.zip", &bytes);
    // As many as could stand in the archive beside each other.
    assert!(found.names.len() <= 8, "{}", found.names.len());
    assert!(found.problems[0].message.contains("lies over other members"), "{:?}", found.problems);
    let rest = format!("{} more members", 1000 - found.names.len() - 20);
    assert!(found.problems[20].message.starts_with(&rest), "{:?}", found.problems[20]);
}

#[test]
fn an_archive_of_more_files_than_any_collection_ends() {
    let mut zip = ZipByHand::default();
    let at = zip.stored("empty", b"");
    for number in 0..limits::MAX_MEMBERS {
        zip.list_again(at, &format!("{number:x}"));
    }
    let found = read_soon("many.zip", &zip.finish());
    assert_eq!(found.problems.len(), 1);
    assert!(found.problems[0].message.contains("200,000 files"), "{:?}", found.problems);
}

#[test]
fn archives_in_archives_without_end_are_not_followed() {
    let mut bytes = zipped(&[("deep.evtx", &evidence(10))]);
    for _ in 0..20 {
        bytes = zipped(&[("inner.zip", &bytes), ("beside.evtx", &evidence(10))]);
    }
    let found = read_soon("matryoshka.zip", &bytes);
    assert_eq!(found.names.len(), limits::MAX_DEPTH as usize);
    assert!(found.problems[0].message.contains("inside each other"), "{:?}", found.problems);
}

/// A zip file whose only member is itself, bytes and checksum, made as R. Cox describes it ("Zip files all
/// the way down", 2010).
#[test]
fn a_zip_that_holds_itself_ends() {
    let quine = include_bytes!("quine.zip");
    let mut itself = Vec::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(quine)).unwrap();
    io::Read::read_to_end(&mut archive.by_index(0).unwrap(), &mut itself).unwrap();
    assert_eq!(itself, quine);
    let found = read_soon("quine.zip", quine);
    assert_eq!(found.names, [""; 0]);
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert!(found.problems[0].message.contains("inside each other"), "{:?}", found.problems);
    // Beside evidence it costs nothing.
    let found = read_soon("a.zip", &zipped(&[("r.zip", quine), ("a.evtx", &evidence(10))]));
    assert_eq!(found.names, ["a.zip!a.evtx"]);
}

/// A cabinet of folders that all have the same data, which is packed by `method` and expands to as many
/// bytes as `MARK` has.
fn of_many_folders(count: u16, method: u16, data: &[u8]) -> Vec<u8> {
    let names: Vec<String> = (0..count).map(|number| format!("{number}.evtx")).collect();
    let listed: usize = names.iter().map(|name| 16 + name.len() + 1).sum();
    let files_at = 36 + 8 * u32::from(count);
    let data_at = files_at + u32::try_from(listed).unwrap();
    let size = u16::try_from(MARK.len()).unwrap();
    let packed = u16::try_from(data.len()).unwrap();
    let mut bytes = b"MSCF\0\0\0\0".to_vec();
    let end = data_at + 8 + u32::from(packed);
    bytes.extend([end, 0, files_at, 0].map(u32::to_le_bytes).concat());
    bytes.extend([3, 1]);
    bytes.extend([count, count, 0, 0, 0].map(u16::to_le_bytes).concat());
    for _ in 0..count {
        bytes.extend(data_at.to_le_bytes());
        bytes.extend([1_u16, method].map(u16::to_le_bytes).concat());
    }
    for (folder, name) in (0..count).zip(&names) {
        bytes.extend([u32::from(size), 0].map(u32::to_le_bytes).concat());
        bytes.extend([folder, 0x21, 0, 0].map(u16::to_le_bytes).concat());
        bytes.extend(name.bytes().chain([0]));
    }
    bytes.extend([0, 0, 0, 0]);
    bytes.extend([packed, size].map(u16::to_le_bytes).concat());
    bytes.extend(data);
    bytes
}

/// As many folders as a cabinet can have, each with the same data: five bytes as they are.
#[test]
fn a_cabinet_of_many_folders_ends() {
    let count = 65_000_u16;
    let bytes = of_many_folders(count, 0, MARK);
    let started = Instant::now();
    let found = read("many.cab", &bytes);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert_eq!(found.names.len(), usize::from(count));
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

/// A decoder of LZX with the largest window for each of them took seconds, for each cabinet of a zip.
#[test]
fn cabinets_of_many_folders_with_large_windows_end() {
    const LZX_OF_2_MIB: u16 = 0x1503;
    let bytes = of_many_folders(8000, LZX_OF_2_MIB, &[0; 20]);
    let stored = of_many_folders(1, 0, MARK);
    let names: Vec<String> = (0..20).map(|number| format!("{number}.cab")).collect();
    let mut members: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), &bytes[..])).collect();
    members.push(("stored.cab", &stored));
    let found = read_soon("many.zip", &zipped(&members));
    assert_eq!(found.names, ["many.zip!stored.cab!0.evtx"]);
    let told: Vec<&str> = found.problems.iter().map(|it| it.message.as_str()).collect();
    // 8000 of the first cabinet and 192 of the second are damaged, 20 of which are named.
    assert!(
        told.contains(
            &"8172 more members, each of which is lost in the damage of its cabinet: \
                            block size 0 is invalid"
        ),
        "{told:?}"
    );
    assert!(told.iter().any(|it| it.starts_with("151788 more members")), "{told:?}");
}

/// Thousands of streams that hold nothing took a decoder each: a zip of six kilobytes took half a minute.
#[test]
fn files_of_many_empty_streams_end() {
    // `bzip2 < /dev/null`, `gzip -n`, `xz` and `zstd` of the same.
    let bzip2 = [0x42, 0x5A, 0x68, 0x39, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0];
    let gzip = gzipped(&[]);
    let xz = b"\xFD7zXZ\0\0\x04\xE6\xD6\xB4\x46\0\0\0\0\x1C\xDF\x44\x21\x1F\xB6\xF3\x7D\x01\0\0\0\0\x04YZ";
    let zstandard = zstandard(&[]);
    for (name, empty) in
        [("a.bz2", &bzip2[..]), ("a.gz", &gzip), ("a.xz", xz), ("a.zst", &zstandard)]
    {
        let few = read(name, &empty.repeat(4000));
        assert!(few.problems.is_empty(), "{name} {:?}", few.problems);
        let found = read_soon(name, &empty.repeat(400_000));
        assert!(
            found.problems[0].message.contains("thousands of tiny parts"),
            "{:?}",
            found.problems
        );
    }
}

/// Each folder above a member is looked at, and a name of megabytes shrinks to nothing.
#[test]
fn a_name_that_no_file_system_has_is_cut() {
    let deep = "a/".repeat(60_000) + "HV1.evtx";
    let long = "b".repeat(100_000) + ".evtx";
    let contents = evidence(10);
    let bytes = gzipped(&tarred(&[(&deep, &contents), (&long, &contents), ("c.evtx", &contents)]));
    let found = read_soon("case.tar.gz", &bytes);
    let [deep, long, short] = found.names.as_slice() else { panic!("{:?}", found.names.len()) };
    // A tape archive in a gzip file: that is the first member.
    let start = "case.tar.gz!case.tar!";
    assert_eq!(*deep, format!("{start}{}/(cut name, member 2)/HV1.evtx", ["a"; 32].join("/")));
    assert_eq!(*long, format!("{start}/(cut name, member 3)/{}.evtx", "b".repeat(250)));
    assert_eq!(*short, format!("{start}c.evtx"));
    assert_eq!(found.problems.len(), 2, "{:?}", found.problems);
    assert!(found.problems[0].message.contains("too long a name"), "{:?}", found.problems);
    // As deep as one may be.
    let deepest = "a/".repeat(63) + "a.evtx";
    let found = read("a.tar", &tarred(&[(&deepest, &contents)]));
    assert_eq!((found.names, found.problems.len()), (vec![format!("a.tar!{deepest}")], 0));
}
