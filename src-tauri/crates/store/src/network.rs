//! Whether a folder lies on a network drive. SQLite's locks and its shared memory cannot be relied on there: two computers would write over
//! each other, and what was called durable might not be. <https://sqlite.org/wal.html>, <https://sqlite.org/useovernet.html>

use std::path::{Component, Path, PathBuf, Prefix};

/// File systems that are another computer's, as Linux names them. Those of `fuse.` are programs: sshfs, rclone and their like.
const KINDS: [&str; 13] =
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "glusterfs", "lustre", "ncpfs", "davfs"];

/// What kind of network drive `path` is on, `None` where it is on this computer's own disk, or that cannot be told.
#[must_use]
pub fn kind_of(path: &Path) -> Option<String> {
    let path = existing(path);
    if is_share(&path) {
        return Some("a Windows share".to_owned());
    }
    let mounts = std::fs::read("/proc/self/mountinfo").ok()?;
    kind_in(&String::from_utf8_lossy(&mounts), &path)
}

/// The nearest folder above that is there, without links: the rest will be made in it. Where a drive letter stands for a share, this says which.
fn existing(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.ancestors().find_map(|folder| folder.canonicalize().ok()).unwrap_or(absolute)
}

/// `\\server\share`
fn is_share(path: &Path) -> bool {
    let Some(Component::Prefix(prefix)) = path.components().next() else { return false };
    matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..))
}

/// The same from Linux' list of mounts: the last of those whose point is the longest above `path` counts, since it lies over the others.
fn kind_in(mounts: &str, path: &Path) -> Option<String> {
    let mut nearest: Option<(PathBuf, &str)> = None;
    for line in mounts.lines() {
        let Some((point, kind)) = mount(line) else { continue };
        let longer = nearest.as_ref().is_none_or(|(known, _)| point.components().count() >= known.components().count());
        if path.starts_with(&point) && longer {
            nearest = Some((point, kind));
        }
    }
    let (_, kind) = nearest?;
    (KINDS.contains(&kind) || kind.starts_with("fuse.")).then(|| kind.to_owned())
}

/// Point and kind of a line: `36 35 98:0 /root /point options - kind source options`. See `proc_pid_mountinfo(5)`.
fn mount(line: &str) -> Option<(PathBuf, &str)> {
    let (before, after) = line.split_once(" - ")?;
    Some((PathBuf::from(unescaped(before.split(' ').nth(4)?)), after.split(' ').next()?))
}

/// `\040` is a space, and so on.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| first == b'\\');
        let octal = octal
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(octal.unwrap_or(first));
        rest = if octal.is_some() { &after[3..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:26 / /dev/shm rw - tmpfs tmpfs rw
40 22 0:50 / /srv/clinic rw,relatime shared:7 - nfs4 server:/export rw,vers=4.2
41 22 0:51 / /srv/My\\040Share rw - cifs //server/share rw
42 22 0:52 / /home/ann/remote rw - fuse.sshfs ann@host:/ rw
43 22 0:53 / /mnt/c rw - 9p C:\\134 rw
44 22 0:54 / /media/stick rw - fuseblk /dev/sdb1 rw
45 40 0:55 / /srv/clinic/local rw - xfs /dev/sdc rw
46 22 0:56 / /over rw - nfs server:/a rw
47 46 0:57 / /over rw - ext4 /dev/sdd rw
";

    #[test]
    fn the_mount_a_folder_is_on_decides() {
        let kind = |path: &str| kind_in(MOUNTS, Path::new(path));
        for local in
            ["/", "/home/ann/data", "/dev/shm/x", "/media/stick/data", "/srv/clinic/local/data", "/srv/clinical"]
        {
            assert_eq!(kind(local), None, "{local}");
        }
        assert_eq!(kind("/over/data"), None, "what is mounted last lies on top");
        for (path, expected) in [
            ("/srv/clinic", "nfs4"),
            ("/srv/clinic/a/b", "nfs4"),
            ("/srv/My Share/data", "cifs"),
            ("/home/ann/remote/x", "fuse.sshfs"),
            ("/mnt/c/Users", "9p"),
        ] {
            assert_eq!(kind(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn a_folder_here_is_local_though_it_is_not_there_yet() {
        let temp = tempfile::tempdir().unwrap();
        assert_eq!(kind_of(&temp.path().join("not/there/yet")), None);
    }

    proptest! {
        #[test]
        fn no_list_of_mounts_is_too_odd(mounts in ".{0,200}", path in "(/[a-z \\\\]{0,8}){0,4}") {
            let _ = kind_in(&mounts, Path::new(&path));
        }

        #[test]
        fn every_point_is_found_however_it_is_written(name in "[ -~]{1,12}") {
            let name = name.replace('/', "_");
            let written: String = name.bytes().map(|byte| if byte == b' ' || byte == b'\\' { format!("\\{byte:03o}") } else { char::from(byte).to_string() }).collect();
            let mounts = format!("22 1 254:0 / / rw - ext4 /dev/vda rw\n40 22 0:50 / /srv/_{written} rw - nfs server:/ rw\n");
            let path = PathBuf::from(format!("/srv/_{name}/data"));
            prop_assert_eq!(kind_in(&mounts, &path), Some("nfs".to_owned()));
        }
    }
}
