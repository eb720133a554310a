use super::*;

/// An index of version 4, whose paths repeat so much of the one before and then
/// go on like this.
fn index(paths: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut text = b"DIRC\0\0\0\x04".to_vec();
    text.extend((paths.len() as u32).to_be_bytes());
    for (dropped, rest) in paths {
        text.extend([0; 24]);
        text.extend(0o100_644_u32.to_be_bytes());
        text.extend([0; 12 + 20 + 2]);
        assert!(*dropped < 0x80);
        text.push(*dropped as u8);
        text.extend(rest);
        text.push(0);
    }
    // No checksum.
    text.extend([0; 20]);
    text
}

#[test]
fn a_small_index_takes_no_more_room_than_paths_may_have() {
    let long = |count: usize| -> Vec<(usize, Vec<u8>)> {
        (0..count).map(|_| (0, vec![b'a'; 1000])).collect()
    };
    let parsed = Index::parse(&index(&long(60)), Algorithm::Sha1).unwrap();
    assert_eq!(parsed.entries.len(), 60);
    let error = Index::parse(&index(&long(70)), Algorithm::Sha1).unwrap_err();
    assert_eq!(error, IndexError::Broken("its paths are too long"));
}

#[test]
fn case_matters_only_where_it_is_said_to() {
    let paths = [
        (0, b"D/A".to_vec()),
        (1, b"b".to_vec()),
        (3, b"e-f".to_vec()),
    ];
    let mut index = Index::parse(&index(&paths), Algorithm::Sha1).unwrap();
    let table = [
        ("D/A", false, true, true),
        ("d/a", false, false, true),
        ("D", false, false, false),
        ("D", true, true, true),
        ("d", true, false, true),
        ("E-F", false, false, true),
        ("E", true, false, false),
        ("D/B", true, false, true),
        ("D/Bc", true, false, false),
    ];
    for (path, is_dir, expected, _) in table {
        assert_eq!(index.tracks(path.as_bytes(), is_dir), expected, "{path}");
    }
    index.fold();
    for (path, is_dir, _, expected) in table {
        assert_eq!(index.tracks(path.as_bytes(), is_dir), expected, "{path}");
    }
}
