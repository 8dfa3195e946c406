//! The file place: `secrets/<slug>`, readable by the owner alone, replaced as a whole. Also the data folder's own random name.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use centrepoint::Secret;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::{FORMER, MAX_SECRET_BYTES};

/// The folder's name within the data folder.
const FOLDER: &str = "secrets";

/// The file with the data folder's random name. A slug has no dot, so no webhook can be called that.
const ID: &str = ".folder-id";

/// The file with what the running receiver proves itself by in a self test. Not a slug, either.
const PROBE_KEY: &str = ".probe-key";

/// What only the owner may do with a folder and with a file in it.
const OWNER_FOLDER: u32 = 0o700;
const OWNER_FILE: u32 = 0o600;

/// The folder of secrets of one data folder. Made when something is first put into it.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(data: &Path) -> Self {
        Self(data.join(FOLDER))
    }

    /// Whether this may be kept under that name at all.
    #[expect(clippy::unused_self, reason = "it is the folder's rule, also where the keychain keeps it")]
    pub(crate) fn check(&self, slug: &str, secret: &Secret) -> io::Result<()> {
        file_name(slug)?;
        if secret.expose().len() > MAX_SECRET_BYTES {
            return Err(invalid("the secret is too long"));
        }
        Ok(())
    }

    /// Writes it: first whole and on disk under another name, then in its place.
    pub(crate) fn put(&self, slug: &str, secret: &Secret) -> io::Result<()> {
        self.check(slug, secret)?;
        self.make()?;
        self.written(secret.expose())?.persist(self.0.join(file_name(slug)?))?;
        sync(&self.0)
    }

    /// Reads it; `None` when there is none. A file that others could read is put right, and said.
    pub(crate) fn get(&self, slug: &str) -> io::Result<Option<Secret>> {
        let path = self.0.join(file_name(slug)?);
        let Some(file) = opened(&path)? else { return Ok(None) };
        narrow(&self.0, OWNER_FOLDER)?;
        narrow(&path, OWNER_FILE)?;
        let mut secret = Zeroizing::new(Vec::new());
        file.take(MAX_SECRET_BYTES as u64 + 1).read_to_end(&mut secret)?;
        if secret.len() > MAX_SECRET_BYTES {
            return Err(invalid("the file is too long to be a secret"));
        }
        Ok(Some(Secret::new(std::mem::take(&mut *secret))))
    }

    /// Removes it. Not there is fine.
    pub(crate) fn forget(&self, slug: &str) -> io::Result<()> {
        match fs::remove_file(self.0.join(file_name(slug)?)) {
            Ok(()) => sync(&self.0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Keeps what self tests are signed with, in place of what was there.
    pub(crate) fn put_probe_key(&self, key: &Secret) -> io::Result<()> {
        self.make()?;
        self.written(key.expose())?.persist(self.0.join(PROBE_KEY))?;
        Ok(())
    }

    /// What self tests are signed with; `None` where no receiver ran yet.
    pub(crate) fn probe_key(&self) -> io::Result<Option<Secret>> {
        let Some(file) = opened(&self.0.join(PROBE_KEY))? else { return Ok(None) };
        let mut key = Zeroizing::new(Vec::new());
        file.take(64).read_to_end(&mut key)?;
        Ok(Some(Secret::new(std::mem::take(&mut *key))))
    }

    /// The data folder's random name: 32 hexadecimal digits, made once.
    pub(crate) fn id(&self) -> io::Result<String> {
        let path = self.0.join(ID);
        if let Some(id) = read_id(&path)? {
            return Ok(id);
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let id: String = random.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit).collect();
        self.make()?;
        match self.written(id.as_bytes())?.persist_noclobber(&path) {
            Ok(_) => {
                sync(&self.0)?;
                Ok(id)
            }
            // Another process was faster: its name counts.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => read_id(&path)?
                .ok_or_else(|| invalid("secrets/.folder-id is damaged: remove it, then set the secrets again")),
            Err(error) => Err(error.error),
        }
    }

    /// A temporary file (0600 where the system knows modes) with these bytes, on disk.
    fn written(&self, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let mut file = NamedTempFile::new_in(&self.0)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, OWNER_FOLDER);
        builder.create(&self.0)?;
        narrow(&self.0, OWNER_FOLDER)
    }
}

/// The file of `name`, a slug or what [`crate::former`] makes of one; slugs are checked elsewhere, but a path must not depend on that.
fn file_name(name: &str) -> io::Result<&str> {
    if crate::ESCALATION.contains(&name) {
        return Ok(name);
    }
    let slug = name.strip_suffix(FORMER).unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = (1..=64).contains(&slug.len()) && slug.bytes().all(plain);
    fits.then_some(name).ok_or_else(|| invalid("that is not a webhook's slug"))
}

fn invalid(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

fn hex_digit(half: u8) -> char {
    char::from_digit(u32::from(half), 16).unwrap_or('0')
}

fn opened(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_id(path: &Path) -> io::Result<Option<String>> {
    let Some(file) = opened(path)? else { return Ok(None) };
    let mut id = String::new();
    file.take(64).read_to_string(&mut id)?;
    let whole = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if whole {
        Ok(Some(id))
    } else {
        Err(invalid("secrets/.folder-id is damaged: remove it, then set the secrets again"))
    }
}

/// Takes from `path` what others than the owner may do with it.
#[cfg(unix)]
fn narrow(path: &Path, owner: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode | owner == owner {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), mode = format!("{mode:o}"), "others could read this; now only the owner can");
    fs::set_permissions(path, fs::Permissions::from_mode(owner))
}

/// Elsewhere the data folder is in the person's profile, which others cannot read.
#[cfg(not(unix))]
fn narrow(_path: &Path, _owner: u32) -> io::Result<()> {
    Ok(())
}

/// Makes a rename or removal durable, where the system can.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn it_survives_a_new_start_and_is_replaced_and_forgotten() {
        let data = tempfile::tempdir().unwrap();
        let odd = Secret::new(b"line\r\n\0 \xff ".to_vec());
        assert_eq!(Folder::new(data.path()).get("north").unwrap(), None);
        Folder::new(data.path()).put("north", &odd).unwrap();
        assert_eq!(Folder::new(data.path()).get("north").unwrap(), Some(odd));
        Folder::new(data.path()).put("north", &secret("second")).unwrap();
        assert_eq!(Folder::new(data.path()).get("north").unwrap(), Some(secret("second")));
        Folder::new(data.path()).forget("north").unwrap();
        assert_eq!(Folder::new(data.path()).get("north").unwrap(), None);
        Folder::new(data.path()).forget("north").unwrap();
    }

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::new(data.path());
        for name in [
            "",
            ".",
            "..",
            "../north",
            "a/b",
            ".folder-id",
            "A",
            "a\0",
            &"a".repeat(65),
            ".old",
            "a.old.old",
            "a.new",
            "../a.old",
        ] {
            assert!(folder.put(name, &secret("x")).is_err(), "{name}");
            assert!(folder.get(name).is_err(), "{name}");
            assert!(folder.forget(name).is_err(), "{name}");
        }
        assert!(folder.put("north", &Secret::new(vec![b'x'; MAX_SECRET_BYTES + 1])).is_err());
    }

    #[test]
    fn a_former_secret_has_a_file_of_its_own() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::new(data.path());
        let former = crate::former("north");
        folder.put("north", &secret("new")).unwrap();
        folder.put(&former, &secret("old")).unwrap();
        assert_eq!(folder.get("north").unwrap(), Some(secret("new")));
        assert_eq!(folder.get(&former).unwrap(), Some(secret("old")));
        folder.forget(&former).unwrap();
        assert_eq!((folder.get(&former).unwrap(), folder.get("north").unwrap()), (None, Some(secret("new"))));
    }

    #[test]
    fn the_folders_name_is_made_once_and_differs() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let id = Folder::new(one.path()).id().unwrap();
        assert_eq!(id.len(), 32);
        assert_eq!(Folder::new(one.path()).id().unwrap(), id);
        assert_ne!(Folder::new(other.path()).id().unwrap(), id);
        fs::write(one.path().join("secrets/.folder-id"), "cut").unwrap();
        assert!(Folder::new(one.path()).id().is_err(), "a new name would lose every secret: it is said instead");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_and_wider_modes_are_put_right() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::new(data.path());
        folder.put("north", &secret("x")).unwrap();
        let (secrets, file) = (data.path().join("secrets"), data.path().join("secrets/north"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&secrets), mode(&file)), (0o700, 0o600));

        fs::set_permissions(&secrets, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(folder.get("north").unwrap(), Some(secret("x")));
        assert_eq!((mode(&secrets), mode(&file)), (0o700, 0o600));
    }
}
