//! What damage costs: as little as the format allows, and nothing without a word.

use super::by_hand::ZipByHand;
use super::*;

fn messages(found: &Read) -> Vec<(&str, &str)> {
    found.problems.iter().map(|it| (it.source.as_str(), it.message.as_str())).collect()
}

/// Damage in the first bytes hides what a member is; its name says nothing.
#[test]
fn a_member_that_is_damaged_before_it_shows_what_it_is_is_told() {
    let mut zip = ZipByHand::default();
    zip.deflated("cluster.log", &evidence(500));
    zip.deflated("whole.log", &evidence(500));
    let mut bytes = zip.finish();
    let data = 30 + "cluster.log".len();
    // Deflate: a block of the reserved type.
    bytes[data] = 0xFF;
    let found = read("a.zip", &bytes);
    assert_eq!(found.names, ["a.zip!whole.log"]);
    let [problem] = found.problems.as_slice() else { panic!("{:?}", found.problems) };
    assert_eq!(problem.source, "a.zip!cluster.log");
    assert!(problem.message.starts_with("is damaged in its archive before"), "{problem:?}");
    assert_eq!(problem.at, Some(FileOffset(0)), "the header of the member");

    let mut alone = gzipped(&evidence(500));
    alone[10..20].fill(0xFF);
    let found = read("x.log.gz", &alone);
    assert_eq!(messages(&found)[0].0, "x.log.gz!x.log");
    assert_eq!(found.problems[0].at, Some(FileOffset(0)));
}

/// What is known not to be evidence is nobody's loss, though it be damaged further on.
#[test]
fn damage_behind_what_shows_that_nobody_wants_it_is_not_told() {
    let mut zip = ZipByHand::default();
    let long = vec![b'x'; 300_000];
    zip.stored("long.txt", &long);
    let mut bytes = zip.finish();
    bytes[200_000] = b'y';
    assert!(read("a.zip", &bytes).problems.is_empty(), "its checksum is never reached");
}

/// Three folders: the first one damaged, the others whole.
#[test]
fn a_damaged_folder_of_a_cabinet_costs_its_own_files_alone() {
    let contents = evidence(40_000);
    let mut builder = cab::CabinetBuilder::new();
    for folder in 0..3 {
        let entry = builder.add_folder(cab::CompressionType::MsZip);
        for file in 0..3 {
            entry.add_file(format!("{folder}{file}.evtx"));
        }
    }
    let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
    while let Some(mut file) = writer.next_file().unwrap() {
        file.write_all(&contents).unwrap();
    }
    let mut bytes = writer.finish().unwrap().into_inner();
    assert_eq!(read("a.cab", &bytes).names.len(), 9);
    // The first folder says where its data begin (MS-CAB 2.2); each block is a checksum, its size packed and
    // unpacked, and its data (2.6).
    let first = u32::from_le_bytes(bytes[36..40].try_into().unwrap()) as usize;
    let packed = u16::from_le_bytes(bytes[first + 4..first + 6].try_into().unwrap());
    let second = first + 8 + usize::from(packed);
    bytes[second + 20] ^= 0xFF;
    let found = read("a.cab", &bytes);
    let whole = ["10", "11", "12", "20", "21", "22"].map(|name| format!("a.cab!{name}.evtx"));
    assert_eq!(found.names[0], "a.cab!00.evtx", "as far as it goes");
    assert_eq!(found.sizes[0], 32_768);
    assert_eq!(found.names[1..], whole);
    let told: Vec<&str> = messages(&found).iter().map(|(source, _)| *source).collect();
    assert_eq!(told, ["a.cab!00.evtx", "a.cab!01.evtx", "a.cab!02.evtx"]);
    assert!(found.problems[1].message.contains("lost in the damage"), "{:?}", found.problems);
    let data_at = Some(FileOffset(first as u64));
    assert!(found.problems.iter().all(|it| it.at == data_at), "{:?}", found.problems);
}

/// Sizes of members that lead behind the end of the archive, or into another member.
#[test]
fn a_damaged_size_hides_no_member_behind_it() {
    let contents = evidence(3000);
    let mut zip = ZipByHand::default();
    let names = ["1.evtx", "2.evtx", "3.evtx", "4.evtx"];
    for name in names {
        zip.deflated(name, &contents);
    }
    let bytes = zip.finish();
    let directory = bytes.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    let second = bytes.windows(6).position(|it| it == b"2.evtx").unwrap() - 30;
    let expected = names.map(|name| format!("a.zip!{name}"));
    // The size with all bits set announces one of eight bytes (APPNOTE 4.4.8), which is not there.
    for size in [0x7F00_0000_u32, u32::MAX, 4000, 10] {
        let mut damaged = bytes[..directory].to_vec();
        damaged[second + 18..second + 22].copy_from_slice(&size.to_le_bytes());
        let found = read("a.zip", &damaged);
        assert_eq!(found.names, expected, "{size:#x} {:?}", found.problems);
        assert_eq!(found.sizes[2..], [contents.len(); 2], "{size:#x}");
    }
}

/// RFC 8878 3.1: frames stand one behind the other, and those of the magic numbers 0x184D2A50 to 0x184D2A5F
/// hold no data.
#[test]
fn every_frame_of_a_zstandard_file_is_read() {
    let contents = evidence(9000);
    let skipped = |magic: u8| [&[magic, 0x2A, 0x4D, 0x18, 4, 0, 0, 0][..], b"size"].concat();
    let (head, tail) = contents.split_at(4000);
    let bytes =
        [skipped(0x50), zstandard(head), skipped(0x5F), zstandard(tail), skipped(0x51)].concat();
    let found = read("a.evtx.zst", &bytes);
    assert_eq!(found.names, ["a.evtx.zst!a.evtx"]);
    assert_eq!(found.contents, [&contents[..]]);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    // A frame that is cut off, one that claims more than there is, and something else behind the last.
    let short = [zstandard(head), zstandard(tail)[..200].to_vec()].concat();
    let skipped_too_far = [zstandard(head), vec![0x50, 0x2A, 0x4D, 0x18, 255, 0, 0, 0]].concat();
    let foreign = [zstandard(head), b"something else".to_vec()].concat();
    for bytes in [short, skipped_too_far, foreign] {
        let found = read("a.evtx.zst", &bytes);
        assert!(found.sizes[0] >= head.len(), "{:?}", found.sizes);
        assert!(found.problems[0].message.contains("damaged"), "{:?}", found.problems);
    }
    // As `zstd -dc` does: the blocks before the cut, of 128 KiB each (RFC 8878 3.1.1.2.4).
    let large = evidence(400_000);
    let found = read("a.evtx.zst", &zstandard(&large)[..300_000]);
    assert_eq!(found.contents, [&large[..256 << 10]]);
    assert!(found.problems[0].message.contains("read as far as it goes"), "{:?}", found.problems);
    let two = [gzipped(head), gzipped(tail), vec![0; 512]].concat();
    assert_eq!(read("a.evtx.gz", &two).problems.len(), 0);
    assert_eq!(read("a.evtx.gz", &two).contents, [contents]);
}
