use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use super::*;
use crate::platform::{is_link_loop, is_not_regular};

/// Owner, permissions, user, and true if nobody else can write there.
#[test]
fn only_what_this_user_and_root_write_to_is_private() {
    let table = [
        (0, 0o755, 0, true),
        (0, 0o755, 1000, true),
        (1000, 0o700, 1000, true),
        (1000, 0o555, 1000, true),
        // Owned by another user, also where this user is root.
        (1001, 0o700, 1000, false),
        (1000, 0o700, 0, false),
        // The group or everybody can write.
        (0, 0o775, 0, false),
        (1000, 0o2770, 1000, false),
        (1000, 0o707, 1000, false),
        (0, 0o1777, 0, false),
        (0, 0o1775, 0, false),
    ];
    for (owner, mode, user, private) in table {
        let is_private = is_private_to(0o40_000 | mode, owner, || user);
        assert_eq!(is_private, private, "{owner} {mode:o} {user}");
    }
}

fn file_in<'a>(dir: &'a Path, name: &'a str, dir_id: Option<FileId>) -> FileLocation<'a> {
    FileLocation {
        dir: dir.as_os_str().as_encoded_bytes(),
        dir_id,
        name: name.as_bytes(),
        follow: false,
    }
}

fn id_of(path: &Path) -> FileId {
    let metadata = fs::metadata(path).unwrap();
    FileId {
        dev: metadata.dev(),
        ino: metadata.ino(),
    }
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

#[test]
fn the_empty_path_is_the_working_directory() {
    let here = Directory::open(b"").unwrap();
    assert_eq!(here.id(), Some(id_of(Path::new("."))));
    let place = file_in(Path::new(""), "Cargo.toml", None);
    let in_it = File::open("Cargo.toml").unwrap().metadata().unwrap().ino();
    for file in [open_file(&here, place), open_file_alone(place, None)] {
        assert_eq!(file.unwrap().metadata().unwrap().ino(), in_it);
    }
}

/// The names that were opened without `O_PATH`.
#[cfg(target_os = "linux")]
struct Opens(OwnedFd);

#[cfg(target_os = "linux")]
impl Opens {
    fn of(dir: &Path) -> Self {
        use rustix::fs::inotify;
        let flags = inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC;
        let fd = inotify::init(flags).unwrap();
        inotify::add_watch(&fd, dir, inotify::WatchFlags::OPEN).unwrap();
        Self(fd)
    }

    fn names(&self) -> Vec<String> {
        let mut room = [std::mem::MaybeUninit::uninit(); 4096];
        let mut events = rustix::fs::inotify::Reader::new(&self.0, &mut room);
        let mut names = Vec::new();
        loop {
            match events.next() {
                Ok(event) => names.extend(event.file_name().map(|n| n.to_str().unwrap().into())),
                Err(error) => {
                    assert_eq!(error, Errno::AGAIN);
                    return names;
                }
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_but_a_regular_file_is_opened_where_others_may_write() {
    use rustix::fs::{FileType, mknodat};
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mode = Mode::from_raw_mode(0o666);
    mknodat(CWD, dir.join("fifo"), FileType::Fifo, mode, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.join("socket")).unwrap();
    fs::create_dir(dir.join("dir")).unwrap();
    fs::write(dir.join("file"), "words").unwrap();
    symlink("file", dir.join("link")).unwrap();
    symlink("fifo", dir.join("to-fifo")).unwrap();
    let known = Some(id_of(dir));
    // Private, but not the expected directory: it may be `/dev`.
    let other = Some(id_of(Path::new("/")));
    for (mode, id) in [
        (0o777, known),
        (0o1777, known),
        (0o770, known),
        (0o700, other),
    ] {
        fs::set_permissions(dir, Permissions::from_mode(mode)).unwrap();
        let opens = Opens::of(dir);
        let directory = Directory::open(bytes(dir)).unwrap();
        let open = |name, follow| {
            let place = FileLocation {
                follow,
                ..file_in(dir, name, id)
            };
            let alone = open_file_alone(place, None).map(drop);
            let opened = open_file(&directory, place);
            assert_eq!(alone.is_ok(), opened.is_ok(), "{name}");
            opened.map(|file| io::read_to_string(file).unwrap())
        };
        for name in ["fifo", "socket", "dir"] {
            assert!(is_not_regular(&open(name, false).unwrap_err()), "{name}");
        }
        assert!(is_not_regular(&open("to-fifo", true).unwrap_err()));
        assert!(is_link_loop(&open("link", false).unwrap_err()));
        assert_eq!(opens.names(), [""; 0], "{mode:o}");
        assert_eq!(open("file", false).unwrap(), "words");
        assert_eq!(open("link", true).unwrap(), "words");
        // Consecutive equal events are merged into one.
        assert_eq!(opens.names(), ["file"], "{mode:o}");
        // The walk opens files in the same way, in a directory of known
        // identity.
        let listed = crate::platform::NativeDir::open(bytes(dir)).unwrap();
        if id == known {
            opens.names();
            assert!(is_not_regular(&listed.open_file(c"fifo").unwrap_err()));
            assert_eq!(opens.names(), [""; 0], "{mode:o}");
            let (file, is_quiet) = listed.open_file(c"file").unwrap();
            assert!(is_quiet);
            assert_eq!(io::read_to_string(file).unwrap(), "words");
        }
    }
}

#[test]
fn a_file_in_a_directory_that_must_be_another_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "words").unwrap();
    let (here, other) = (id_of(dir.path()), id_of(Path::new("/")));
    let place = file_in(dir.path(), "file", Some(here));
    assert!(open_file_alone(place, Some(here)).is_ok());
    let error = open_file_alone(place, Some(other)).unwrap_err();
    assert!(error.get_ref().unwrap().is::<Replaced>());
}

type Open = fn(BorrowedFd<'_>, &[u8], OFlags) -> Result<OwnedFd, Errno>;

#[test]
fn nothing_beneath_a_directory_is_opened_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    fs::create_dir_all(root.join("a/b/c")).unwrap();
    fs::create_dir_all(dir.path().join("outside/c")).unwrap();
    symlink(dir.path().join("outside"), root.join("out")).unwrap();
    symlink("../outside", root.join("up")).unwrap();
    symlink("a", root.join("in")).unwrap();
    let base = File::open(&root).unwrap();
    // The second is the fallback for kernels before 5.6 and seccomp filters.
    for open in [open_beneath as Open, open_by_component] {
        let open = |path: &str| open(base.as_fd(), path.as_bytes(), TRAVERSE);
        for path in ["a", "a/b/c", "a//b/", "."] {
            let opened = DirInfo::of(open(path).unwrap().as_fd()).unwrap();
            assert_eq!(opened.id, id_of(&root.join(path)), "{path}");
        }
        for path in [
            "out",
            "out/c",
            "up/c",
            "in",
            "in/b",
            "../outside",
            "a/../../outside",
        ] {
            assert!(open(path).is_err(), "{path}");
        }
        assert_eq!(open("a/x").unwrap_err(), Errno::NOENT);
    }
}

#[test]
fn paths_beneath_a_directory_may_be_of_any_length() {
    let dir = tempfile::tempdir().unwrap();
    let base = File::open(dir.path()).unwrap();
    let name = "n".repeat(200);
    let mut path = String::new();
    let mut last: OwnedFd = base.try_clone().unwrap().into();
    for _ in 0..25 {
        rustix::fs::mkdirat(&last, &*name, Mode::from_raw_mode(0o700)).unwrap();
        last = open_once(last.as_fd(), name.as_bytes(), TRAVERSE).unwrap();
        path = format!("{path}{name}/");
    }
    assert!(path.len() > MAX_PATH);
    let opened = open_beneath(base.as_fd(), path.as_bytes(), TRAVERSE).unwrap();
    let id = |fd: &OwnedFd| DirInfo::of(fd.as_fd()).unwrap().id;
    assert_eq!(id(&opened), id(&last));
    // A symbolic link in any piece is an error.
    let first = dir.path().join(&name);
    fs::rename(&first, dir.path().join("moved")).unwrap();
    symlink("moved", &first).unwrap();
    assert!(open_beneath(base.as_fd(), path.as_bytes(), TRAVERSE).is_err());
}
