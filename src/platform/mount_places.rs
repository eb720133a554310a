//! Places of directories in their file systems, whatever mount they are reached
//! through.

use std::fs;
use std::path::{Path, PathBuf};

use super::identity_check::mount_id;
use super::mounts::{Mount, mounts};

/// A directory by its file system and its path in that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MountedPlace {
    device: (u32, u32),
    path: PathBuf,
}

impl MountedPlace {
    /// Returns true if this directory is the other one or lies below it.
    pub(crate) fn is_in(&self, other: &Self) -> bool {
        self.device == other.device && self.path.starts_with(&other.path)
    }
}

/// The mounts of this machine at one moment.
#[derive(Debug, Default)]
pub(crate) struct MountTable(Vec<Mount>);

impl MountTable {
    /// Reads it; empty if that is not possible.
    pub(crate) fn read() -> Self {
        let table = fs::read("/proc/self/mountinfo").unwrap_or_default();
        Self(mounts(&table))
    }

    /// The place of a directory, by its path without symbolic links.
    pub(crate) fn place_of(&self, dir: &Path) -> Option<MountedPlace> {
        place(&self.0, mount_id(dir)?, dir)
    }

    /// The place of a directory, and those of what is mounted below it.
    pub(crate) fn places_of(&self, dir: &Path) -> Vec<MountedPlace> {
        let below = self.0.iter().filter(|mount| mount.point.starts_with(dir));
        let below = below.map(|mount| MountedPlace {
            device: mount.device,
            path: mount.root.clone(),
        });
        self.place_of(dir).into_iter().chain(below).collect()
    }
}

fn place(table: &[Mount], id: u64, dir: &Path) -> Option<MountedPlace> {
    let mount = table.iter().find(|mount| mount.id == id)?;
    let below = dir.strip_prefix(&mount.point).ok()?;
    let mut path = mount.root.clone();
    path.extend(below);
    Some(MountedPlace {
        device: mount.device,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_recognised_through_every_mount() {
        let table = mounts(
            b"1 0 8:1 / / rw - ext4 /dev/a rw\n\
              2 1 8:1 /data/x/deep /b rw - ext4 /dev/a rw\n\
              3 1 8:2 / /data/disk rw - xfs /dev/b rw\n\
              4 1 8:2 /y /c rw - xfs /dev/b rw\n",
        );
        let table = MountTable(table);
        let at = |id, dir| place(&table.0, id, Path::new(dir)).unwrap();
        let rows = [
            // Its path, through a mount of a directory in it, and another one.
            (1, "/data/x", 1, "/data/x/deep/er", true),
            (1, "/data/x", 2, "/b", true),
            (1, "/data/x", 2, "/b/er", true),
            (2, "/b", 1, "/data/x/deep", true),
            (2, "/b", 1, "/data/x", false),
            (1, "/data/x", 1, "/data/xy", false),
            (1, "/data", 4, "/c", false),
        ];
        for (id, dir, of_other, other, expected) in rows {
            let found = at(of_other, other).is_in(&at(id, dir));
            assert_eq!(found, expected, "{other} in {dir}");
        }
        // What is mounted in a directory belongs to it.
        let places = table.places_of(Path::new("/data"));
        assert!(places.iter().any(|above| at(4, "/c").is_in(above)));
        assert_eq!(place(&table.0, 5, Path::new("/")), None);
    }
}
