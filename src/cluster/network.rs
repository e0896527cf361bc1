//! Which files lie on a file system of a network, by the system's table of mounts. It opens no file.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

/// Types of file systems that a network is behind.
const TYPES: [&str; 17] = [
    "nfs", "nfs4", "lustre", "gpfs", "beegfs", "ceph", "cephfs", "cifs", "smb3", "smbfs", "afs", "9p", "panfs",
    "pvfs2", "orangefs", "wekafs", "virtiofs",
];

/// The mounts of this process, in the system's order.
#[derive(Debug, Clone, Default)]
pub(super) struct Mounts(Vec<(PathBuf, String)>);

impl Mounts {
    /// As the system says; none where it does not.
    pub(super) fn of_this_process() -> Self {
        Self::parse(&fs::read_to_string("/proc/self/mountinfo").unwrap_or_default())
    }

    /// Reads `mountinfo`, as proc(5) has it: the mount point is the fifth field, the type the first behind a lone dash.
    fn parse(text: &str) -> Self {
        let mount = |line: &str| {
            let (before, after) = line.split_once(" - ")?;
            Some((unescaped(before.split(' ').nth(4)?), after.split(' ').next()?.to_owned()))
        };
        Self(text.lines().filter_map(mount).collect())
    }

    /// Whether a file lies behind a network.
    pub(super) fn is_on_network(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        self.kind_of(&path).is_some_and(|kind| TYPES.contains(&kind) || kind.starts_with("fuse."))
    }

    /// The type of the file system that a whole path lies on: of the longest mount point above it, the last one mounted.
    fn kind_of(&self, path: &Path) -> Option<&str> {
        let above = self.0.iter().filter(|(point, _)| path.starts_with(point));
        above.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind.as_str())
    }
}

/// A path whose spaces and the like are written as a backslash and three octal digits.
fn unescaped(text: &str) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[3..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_above_a_file_counts() {
        let mounts = Mounts::parse(
            "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
             30 22 0:40 / /home rw shared:5 master:2 - nfs4 server:/home rw\n\
             31 30 0:41 / /home/ana/my\\040disk rw - xfs /dev/sdb rw\n\
             32 22 0:42 / /scratch rw - fuse.glusterfs server rw\n\
             33 22 0:43 / /scratch rw - lustre mds:/scratch rw\n\
             odd line\n",
        );
        let kind = |path: &str| mounts.kind_of(Path::new(path));
        assert_eq!(kind("/home/ana/a"), Some("nfs4"));
        assert_eq!(kind("/home/ana/my disk/a"), Some("xfs"));
        assert_eq!(kind("/homes/a"), Some("ext4"));
        assert_eq!(kind("/scratch/a"), Some("lustre"));
        assert!(!mounts.is_on_network(Path::new("builtin:es/train")));
    }
}
