use std::fs;

use super::*;
use crate::types::FileKind;

fn name(path: &Path) -> NamePath {
    NamePath {
        path: path.to_owned(),
        follow: false,
    }
}

#[test]
fn names_of_one_file_are_the_same_and_others_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("a"), "x").unwrap();
    fs::write(at("b"), "x").unwrap();
    fs::hard_link(at("a"), at("link")).unwrap();
    fs::create_dir_all(at("d/e")).unwrap();
    let mut check = IdentityCheck::default();
    let mut compare = |one: &str, other: &str| check.compare(&name(&at(one)), &name(&at(other)));
    assert_eq!(compare("a", "a"), Sameness::Same);
    assert_eq!(compare("a", "d/../a"), Sameness::Same);
    assert_eq!(compare("a", "link"), Sameness::Same);
    assert_eq!(compare("a", "b"), Sameness::Different);
    assert_eq!(compare("d", "d/e"), Sameness::Different);
    assert_eq!(compare("d", "d/e/.."), Sameness::Same);
    assert_eq!(compare("a", "none"), Sameness::Unknown(Doubt::Gone));
}

#[test]
fn a_handle_is_had_without_any_right_and_says_which_inode_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("a"), "x").unwrap();
    fs::write(at("b"), "x").unwrap();
    fs::hard_link(at("a"), at("link")).unwrap();
    if !has_exact_inode_numbers(dir.path()) {
        return;
    }
    let handles = ["a", "b", "link"].map(|name| handle_of(&open(&at(name), false).unwrap()));
    // The kernel may be too old for handles on this file system.
    let [Ok(Some(a)), Ok(Some(b)), Ok(Some(link))] = handles else {
        return;
    };
    assert!(a == link && a != b && a.len() > 4);
}

#[test]
fn a_name_is_listed_if_it_is_spelled_like_that_all_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().canonicalize().unwrap();
    fs::create_dir_all(path.join("d/e")).unwrap();
    fs::write(path.join("d/e/f"), "").unwrap();
    let mount = PinnedName::at(&name(&path)).unwrap().mount.unwrap();
    let mut check = IdentityCheck::default();
    assert!(check.is_listed(&path.join("d/e/f"), mount));
    assert!(!check.is_listed(&path.join("d/e/F"), mount));
    assert!(!check.is_listed(&path.join("d/E/f"), mount));
    assert!(check.is_listed(Path::new("/"), mount));
    // A new name is listed too, although the directory is cached.
    fs::write(path.join("d/e/g"), "").unwrap();
    assert!(check.is_listed(&path.join("d/e/g"), mount));
}

#[test]
fn a_path_counts_from_the_root_of_its_file_system() {
    let table = b"36 35 8:1 / /m rw - fuse.x x rw\n\
                  37 35 8:1 /sub /b rw - fuse.x x rw\n\
                  38 35 0:9 / /n rw - nfs4 server:/ rw\n";
    let table = mounts(table);
    let below = |path: &str, id| path_in_file_system(&table, Path::new(path), id);
    assert_eq!(below("/m/sub/f", 36), Some("/sub/f".into()));
    assert_eq!(below("/b/f", 37), Some("/sub/f".into()));
    assert_eq!(below("/b", 37), Some("/sub".into()));
    assert_eq!(below("/n/f", 38), None);
    assert_eq!(below("/m/f", 37), None);
    assert_eq!(below("/m/f", 99), None);
}

#[test]
fn what_the_kernel_makes_up_has_no_exact_numbers() {
    assert!(!has_exact_inode_numbers(Path::new("/proc")));
    assert!(!has_exact_inode_numbers(Path::new("/no such file")));
    assert_eq!(
        mount_point(Path::new("/proc/self/status")),
        Some("/proc".into())
    );
    let looked = PinnedName::at(&name(Path::new("/proc"))).unwrap();
    assert_eq!(looked.stat.kind, FileKind::Directory);
    assert!(!has_unstable_metadata(&name(Path::new("/"))));
}
