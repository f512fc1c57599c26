//! Archives as different tools write them, and as they arrive: encrypted, of any names, cut off.

use super::by_hand::{SevenZip, ZipByHand};
use super::*;

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
fn what_is_encrypted_in_a_7z_archive_is_named_and_the_rest_is_read() {
    let contents = evidence(100);
    let bytes = SevenZip::default()
        .encrypted("secret.evtx", &contents)
        .stored("Node_A\\open.evtx", &contents)
        .finish();
    let found = read("a.7z", &bytes);
    assert_eq!(found.names, ["a.7z!Node_A/open.evtx"]);
    assert_eq!(found.sizes, [contents.len()]);
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert_eq!(found.problems[0].source, "a.7z!secret.evtx");
    assert!(found.problems[0].message.contains("encrypted"), "{:?}", found.problems);
    // With encrypted names, nothing is known of what it holds.
    let found = read("a.7z", &SevenZip::default().stored("a.evtx", &contents).finish_encrypted());
    assert!(found.names.is_empty() && found.problems.len() == 1, "{:?}", found.problems);
    assert!(found.problems[0].message.contains("encrypted"), "{:?}", found.problems);
}

/// Names in UTF-8 and in the code page of an old Windows, and `\` for which the format wants `/`.
#[test]
fn names_are_shown_as_they_were_given() {
    let contents = evidence(10);
    let mut zip = ZipByHand::default();
    zip.stored("K\u{f6}ln\\System.evtx", &contents);
    let at = zip.stored("Kln", &contents);
    zip.rename_raw(at, b"K\x94ln");
    let found = read("a.zip", &zip.finish());
    // 0x94 is an o with two dots in code page 437, which the format names for names without a flag.
    assert_eq!(found.names, ["a.zip!K\u{f6}ln/System.evtx", "a.zip!K\u{f6}ln"]);
    let found = read("a.cab", &cabinet(&[("K\u{f6}ln\\a.evtx", &contents)]));
    assert_eq!(found.names, ["a.cab!K\u{f6}ln/a.evtx"]);
    let found = read("a.7z", &SevenZip::default().stored("K\u{f6}ln/a.evtx", &contents).finish());
    assert_eq!(found.names, ["a.7z!K\u{f6}ln/a.evtx"]);
    let found = read("a.tar", &tarred(&[("K\u{f6}ln/a.evtx", &contents)]));
    assert_eq!(found.names, ["a.tar!K\u{f6}ln/a.evtx"]);
}

/// The method that Windows Explorer uses for big files; what fits into both is the same in deflate.
#[test]
fn deflate64_and_sizes_of_eight_bytes_are_read_with_a_directory_and_without() {
    let contents = evidence(5000);
    let mut zip = ZipByHand::default();
    zip.deflated64("a.evtx", &contents);
    let bytes = zip.finish();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["a.evtx", "b.evtx"] {
        writer.start_file(name, SimpleFileOptions::default().large_file(true)).unwrap();
        writer.write_all(&contents).unwrap();
    }
    let large = writer.finish().unwrap().into_inner();
    for (bytes, count) in [(bytes, 1), (large, 2)] {
        let found = read("a.zip", &bytes);
        assert_eq!(found.sizes, vec![contents.len(); count]);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let directory = bytes.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
        let found = read("a.zip", &bytes[..directory]);
        assert_eq!(found.sizes, vec![contents.len(); count], "{:?}", found.problems);
        assert!(found.problems[0].message.contains("directory"), "{:?}", found.problems);
    }
}

/// Writers that cannot go back put the size of a member behind it.
#[test]
fn members_whose_size_stands_behind_them_are_found_without_a_directory() {
    let (first, second) = (evidence(3000), evidence(70_000));
    let inner = zipped(&[("in it.evtx", &first)]);
    let mut zip = ZipByHand::default();
    zip.streamed("1.evtx", &first, true);
    zip.streamed("stored.zip", &inner, false);
    zip.streamed("2.evtx", &second, true);
    let bytes = zip.finish();
    let directory = bytes.windows(4).rposition(|it| it == b"PK\x01\x02").unwrap() - 108;
    let expected = ["a.zip!1.evtx", "a.zip!stored.zip!in it.evtx", "a.zip!2.evtx"];
    for bytes in [&bytes[..], &bytes[..directory]] {
        let found = read("a.zip", bytes);
        assert_eq!(found.names, expected, "{:?}", found.problems);
        assert_eq!(found.sizes, [first.len(), first.len(), second.len()]);
    }
    // The last one is cut off, too.
    let found = read("a.zip", &bytes[..bytes.len() / 2]);
    assert_eq!(found.names, expected);
    assert!(found.sizes[2] < second.len() && found.sizes[2] > 1000, "{:?}", found.sizes);
    assert!(found.problems.iter().any(|it| it.message.contains("damaged")), "{:?}", found.problems);
}

/// A hole in the middle, and no directory: what stands behind it is found by its header.
#[test]
fn members_behind_damage_are_found_without_a_directory() {
    let contents = evidence(5000);
    let bytes = zipped(&[("1.evtx", &contents), ("2.evtx", &contents), ("3.evtx", &contents)]);
    let second = bytes.windows(6).position(|it| it == b"2.evtx").unwrap();
    let directory = bytes.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    let mut damaged = bytes[..directory].to_vec();
    damaged[second - 30..second].fill(0);
    let found = read("a.zip", &damaged);
    assert_eq!(found.names, ["a.zip!1.evtx", "a.zip!3.evtx"]);
    assert!(!found.problems.is_empty());
}

#[test]
fn encrypted_members_are_named_without_a_directory() {
    let contents = evidence(100);
    let mut bytes = zipped(&[("secret.evtx", &contents), ("open.evtx", &contents)]);
    bytes[6] |= 1;
    let directory = bytes.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    let found = read("a.zip", &bytes[..directory]);
    assert_eq!(found.names, ["a.zip!open.evtx"]);
    assert_eq!(found.problems[0].source, "a.zip!secret.evtx");
    assert!(found.problems[0].message.contains("encrypted"), "{:?}", found.problems);
}

#[test]
fn members_of_one_name_are_told() {
    let mut zip = ZipByHand::default();
    zip.stored("a.evtx", &evidence(10));
    zip.stored("a.evtx", &evidence(20));
    let found = read("a.zip", &zip.finish());
    assert_eq!(found.names.len(), 1);
    assert!(found.problems[0].message.contains("same name"), "{:?}", found.problems);
}

/// Names of archives say nothing: their content does.
#[test]
fn an_archive_with_a_wrong_ending_is_what_its_content_says() {
    let contents = evidence(10);
    let members: [(&str, &[u8]); 1] = [("a.evtx", &contents)];
    for bytes in [zipped(&members), cabinet(&members), tarred(&members)] {
        for ending in ["zip", "cab", "7z", "tar.gz", "evtx", "docx"] {
            let found = read(&format!("case.{ending}"), &bytes);
            assert_eq!(found.names, [format!("case.{ending}!a.evtx")]);
            let outer = zipped(&[(&format!("case.{ending}"), &bytes)]);
            assert_eq!(read("o.zip", &outer).names, [format!("o.zip!case.{ending}!a.evtx")]);
        }
    }
}

/// 718 bytes of evidence, packed by 7-Zip and, by LZMA into a zip, by Python's zipfile.
#[test]
fn every_method_that_7_zip_offers_is_read() {
    for (name, bytes) in [
        ("bzip2.7z", &include_bytes!("bzip2.7z")[..]),
        ("deflate.7z", include_bytes!("deflate.7z")),
        ("ppmd.7z", include_bytes!("ppmd.7z")),
        ("ppmd.zip", include_bytes!("ppmd.zip")),
        ("lzma.zip", include_bytes!("lzma.zip")),
    ] {
        let found = read(name, bytes);
        assert_eq!(found.names, [format!("{name}!a.evtx")], "{:?}", found.problems);
        assert_eq!(found.sizes, [718]);
        assert!(found.problems.is_empty(), "{name}: {:?}", found.problems);
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let method = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Bzip2);
    writer.start_file("a.evtx", method).unwrap();
    writer.write_all(&evidence(5000)).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(read("bzip2.zip", &bytes).sizes, [5008]);
}

/// What is whole but packed in another way is no damage, and asking for it again would not help.
#[test]
fn what_is_packed_in_a_way_that_is_not_read_is_named() {
    let contents = evidence(100);
    let mut bytes = zipped(&[("a.evtx", &contents), ("b.evtx", &contents)]);
    let central = bytes.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    // APPNOTE 4.4.5: Zstandard.
    for at in [8, central + 10] {
        bytes[at..at + 2].copy_from_slice(&93_u16.to_le_bytes());
    }
    // With the directory and without.
    for bytes in [&bytes[..], &bytes[..central]] {
        let found = read("a.zip", bytes);
        assert_eq!(found.names, ["a.zip!b.evtx"]);
        assert_eq!(
            found.problems[0].message,
            "is packed by the method Zstandard, which is not read"
        );
        assert_eq!(found.problems[0].hint.as_deref(), Some("unpack it and analyze the folder"));
    }
    // A dictionary of 4 GiB less one byte, whatever it unpacks to.
    let mut hungry = include_bytes!("lzma.zip").to_vec();
    let data = 30 + "a.evtx".len();
    hungry[data + 5..data + 9].fill(0xFF);
    let found = read("a.zip", &hungry);
    assert!(
        found.problems[0].message.contains("dictionary of more than 1024 MiB"),
        "{:?}",
        found.problems
    );
    // RFC 8878 3.1.1.1.2: an exponent of 21 is a window of 2 GiB.
    let frame = [0x28, 0xB5, 0x2F, 0xFD, 0, 21 << 3, 1, 0, 0];
    let found = read("a.evtx.zst", &frame);
    assert!(found.problems[0].message.contains("a window of 2048 MiB"), "{:?}", found.problems);
    assert_eq!(found.problems[0].hint.as_deref(), Some("unpack it and analyze the folder"));
}

/// By `lzma.compress(data, preset=9)` and `bz2.compress(data)` of Python; `data` is `EVIDENCE` and forty
/// times ` of a log`. Each twice, as `cat` joins them.
#[test]
fn files_packed_by_xz_and_bzip2_are_read() {
    let contents = [MARK, &b" of a log".repeat(40)].concat();
    let (xz, bzip2) = (&include_bytes!("a.evtx.xz")[..], &include_bytes!("a.evtx.bz2")[..]);
    // Stream Padding (xz-file-format 2.2).
    let padded = [xz, &[0; 8]].concat();
    for (ending, bytes) in [("xz", &padded[..]), ("bz2", bzip2)] {
        let found = read(&format!("c/A.EVTX.{ending}"), &bytes.repeat(2));
        assert_eq!(found.names, [format!("c/A.EVTX.{ending}!A.EVTX")]);
        assert_eq!(found.contents, [contents.repeat(2)], "{:?}", found.problems);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let cut = [bytes, &bytes[..bytes.len() - 24]].concat();
        let found = read(&format!(".{ending}"), &cut);
        assert_eq!(found.names, [format!(".{ending}!.{ending}")]);
        assert!(found.contents[0].starts_with(&contents), "{:?}", found.sizes);
        assert!(found.problems[0].message.contains("damaged"), "{:?}", found.problems);
    }
    // `bzip2 < /dev/null`
    let empty = [0x42, 0x5A, 0x68, 0x39, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0];
    assert!(read("a.bz2", &empty).problems.is_empty());
}

/// LZMA2 with the largest dictionary (xz-file-format 5.3.1: 40 is 4 GiB less one byte): its decoder takes what
/// comes out, and no more.
#[test]
fn a_file_that_asks_for_a_large_dictionary_is_read() {
    let mut hungry = include_bytes!("a.evtx.xz").to_vec();
    let filter = hungry.iter().position(|byte| *byte == 0x21).unwrap();
    hungry[filter + 2] = 40;
    let mut sum = flate2::Crc::new();
    sum.update(&hungry[12..20]);
    hungry[20..24].copy_from_slice(&sum.sum().to_le_bytes());
    let found = read("a.xz", &hungry);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert_eq!(found.sizes, [MARK.len() + 40 * " of a log".len()]);
}

/// RFC 8878 3.1.1.1.3: a frame that needs a dictionary of its own.
#[test]
fn a_frame_with_a_dictionary_is_not_damaged() {
    let frame = [0x28, 0xB5, 0x2F, 0xFD, 0x21, 7, 8, 1, 0, 0];
    let found = read("a.evtx.zst", &frame);
    let told = "is packed with the dictionary 7, which is not read";
    assert_eq!(found.problems[0].message, told);
}

/// As `cat` joins them: the first ends in blocks of zeros.
#[test]
fn tape_archives_behind_each_other_are_read() {
    let contents = evidence(10);
    let both = [tarred(&[("a.evtx", &contents)]), tarred(&[("b.evtx", &contents)])].concat();
    let found = read("a.tar", &both);
    assert_eq!(found.names, ["a.tar!a.evtx", "a.tar!b.evtx"]);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

/// GNU tar's manual, "Storing Sparse Files" in the POSIX formats: its data would be taken for the whole file.
#[test]
fn a_sparse_file_of_the_posix_form_is_told() {
    let mut builder = tar::Builder::new(Vec::new());
    let told = [("GNU.sparse.major", &b"1"[..]), ("GNU.sparse.name", b"HV1/MEMORY.DMP")];
    builder.append_pax_extensions(told).unwrap();
    let contents = evidence(10);
    let mut header = tar::Header::new_ustar();
    header.set_size(contents.len() as u64);
    header.set_cksum();
    builder.append_data(&mut header, "GNUSparseFile.7/MEMORY.DMP", &contents[..]).unwrap();
    let found = read("a.tar", &builder.into_inner().unwrap());
    assert_eq!(found.problems[0].source, "a.tar!HV1/MEMORY.DMP");
    assert!(found.problems[0].message.contains("sparse file"), "{:?}", found.problems);
}

/// The header of Version 7 UNIX: no magic number, and a checksum of six digits.
#[test]
fn a_tape_archive_without_a_magic_number_is_read() {
    let contents = evidence(10);
    let mut header = tar::Header::new_old();
    header.set_path("a.evtx").unwrap();
    header.set_size(contents.len() as u64);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, contents.as_slice()).unwrap();
    let bytes = builder.into_inner().unwrap();
    assert_eq!(&bytes[257..262], [0; 5]);
    assert_eq!(read("a.tar", &bytes).names, ["a.tar!a.evtx"]);
    assert!(identify(&[0; 1024]).is_none() && identify(&[b' '; 1024]).is_none());
}
