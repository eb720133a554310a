//! Parser of the mount table.

use std::path::PathBuf;

use super::unix::os_str;

/// A line of `/proc/self/mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) id: u64,
    /// The file system's device number: major, minor.
    pub(super) device: (u32, u32),
    /// The mounted directory of the file system.
    pub(super) root: PathBuf,
    /// The mount point.
    pub(super) point: PathBuf,
    pub(super) kind: String,
    pub(super) source: String,
    /// The options of the file system itself.
    pub(super) options: String,
}

/// Parses the mount table. Malformed lines are skipped.
pub(super) fn mounts(table: &[u8]) -> Vec<Mount> {
    table.split(|&b| b == b'\n').filter_map(mount).collect()
}

fn mount(line: &[u8]) -> Option<Mount> {
    let fields: Vec<&[u8]> = line.split(|&b| b == b' ').collect();
    let text = |field: &[u8]| String::from_utf8_lossy(&unescaped(field)).into_owned();
    let path = |field: &[u8]| PathBuf::from(os_str(&unescaped(field)));
    // A dash ends the optional fields, of which there can be any number.
    let dash = fields.iter().skip(6).position(|field| *field == b"-")? + 6;
    let (major, minor) = std::str::from_utf8(fields[2]).ok()?.split_once(':')?;
    Some(Mount {
        id: std::str::from_utf8(fields[0]).ok()?.parse().ok()?,
        device: (major.parse().ok()?, minor.parse().ok()?),
        root: path(fields[3]),
        point: path(fields[4]),
        kind: text(fields.get(dash + 1)?),
        source: text(fields.get(dash + 2)?),
        options: text(fields.get(dash + 3)?),
    })
}

/// Decodes blanks and backslashes, which are written as a backslash and three
/// octal digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) =
            (first, tail)
        {
            bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_mount_table_is_read_with_its_oddities() {
        let table = b"36 35 98:0 /a\\040b /mnt/x\\011\\134y rw shared:1 master:2 - fuse.sshfs me@far:/ rw\n\
                      37 35 0:5 / /z rw -  none\n\
                      no mount\n\
                      38 35 0:6 / /w rw - tmpfs  rw,size=1k\n";
        let mounts = mounts(table);
        let kinds: Vec<&str> = mounts.iter().map(|mount| &*mount.kind).collect();
        assert_eq!(kinds, ["fuse.sshfs", "tmpfs"]);
        assert_eq!(mounts[0].id, 36);
        assert_eq!(mounts[0].device, (98, 0));
        assert_eq!(mounts[0].root, Path::new("/a b"));
        assert_eq!(mounts[0].point, Path::new("/mnt/x\t\\y"));
        assert_eq!(mounts[0].source, "me@far:/");
        // A source may be empty.
        assert_eq!(
            (&*mounts[1].source, &*mounts[1].options),
            ("", "rw,size=1k")
        );
        assert_eq!(unescaped(b"\\04"), b"\\04");
        assert_eq!(unescaped(b"\\777"), b"\\777");
    }
}
