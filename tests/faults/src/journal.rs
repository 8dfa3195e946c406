//! What was done to the files, in order, and what may be left of it when the power is cut.
//!
//! A sector of 512 bytes is written whole or not at all; which of its contents since the last sync is on the disk nobody knows, and each
//! sector, each file's size and each name has its own luck. Bytes of a sector that were not written are never harmed by its being written.

use std::collections::BTreeMap;

use crate::Dice;

/// The smallest piece that is written whole.
const SECTOR: usize = 512;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A place in the journal: everything before it was done.
pub type Moment = usize;

/// One thing done.
#[derive(Debug, Clone)]
pub(crate) enum Done {
    Created {
        name: String,
        file: usize,
    },
    Deleted {
        name: String,
    },
    Wrote {
        file: usize,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: usize,
        size: usize,
    },
    Synced {
        file: usize,
    },
    /// A sync that failed: what it should have made durable is thought clean from then on, and never written again, as Linux does.
    NotSynced {
        file: usize,
    },
    SyncedFolder,
    Said(u64),
}

/// A file while the journal is read again.
#[derive(Debug, Default, Clone)]
struct Replayed {
    content: Vec<u8>,
    /// What each sector held since it was last durable, the durable content first.
    sectors: BTreeMap<usize, Vec<Sector>>,
    /// Sectors that a failed sync gave up, with what may be on the disk.
    given_up: BTreeMap<usize, Vec<Sector>>,
    sizes: Vec<usize>,
}

type Sector = [u8; SECTOR];

impl Replayed {
    fn durable(content: Vec<u8>) -> Self {
        Self { sizes: vec![content.len()], content, ..Self::default() }
    }

    fn sector(&self, number: usize) -> Sector {
        let mut sector = [0; SECTOR];
        let from = (number * SECTOR).min(self.content.len());
        let to = (from + SECTOR).min(self.content.len());
        sector[..to - from].copy_from_slice(&self.content[from..to]);
        sector
    }

    /// Runs `change` over the content, and notes what becomes of the sectors from byte `from` to `to`.
    fn change(&mut self, from: usize, to: usize, change: impl FnOnce(&mut Vec<u8>)) {
        let touched = from / SECTOR..to.div_ceil(SECTOR);
        for number in touched.clone() {
            let before = self.sector(number);
            let known = self.given_up.remove(&number);
            self.sectors.entry(number).or_insert_with(|| known.unwrap_or_else(|| vec![before]));
        }
        change(&mut self.content);
        for number in touched {
            let after = self.sector(number);
            if let Some(versions) = self.sectors.get_mut(&number) {
                versions.push(after);
            }
        }
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        self.change(at, end, |content| {
            if content.len() < end {
                content.resize(end, 0);
            }
            content[at..end].copy_from_slice(bytes);
        });
        self.sizes.push(self.content.len());
    }

    fn cut(&mut self, size: usize) {
        let (from, to) = (size.min(self.content.len()), self.content.len());
        self.change(from, to, |content| content.resize(size, 0));
        self.sizes.push(size);
    }

    fn synced(&mut self) {
        self.sectors.clear();
        self.sizes = vec![self.content.len()];
    }

    fn not_synced(&mut self) {
        let lost = std::mem::take(&mut self.sectors);
        self.given_up.extend(lost);
    }

    /// What is on the disk after the power came back.
    fn after_cut(&self, dice: &mut Dice) -> Vec<u8> {
        // Losing everything and losing nothing are the ends of what may happen, and meet the most.
        let mood = dice.below(4);
        let mut luck = |count: usize| match mood {
            0 => 0,
            1 => count - 1,
            _ => dice.below(count),
        };
        let size = self.sizes[luck(self.sizes.len())];
        let mut left = self.content.clone();
        for (number, versions) in self.given_up.iter().chain(&self.sectors) {
            let from = number * SECTOR;
            if left.len() < from + SECTOR {
                left.resize(from + SECTOR, 0);
            }
            left[from..from + SECTOR].copy_from_slice(&versions[luck(versions.len())]);
        }
        left.resize(size, 0);
        left
    }
}

/// Everything that was done since the disk was taken into use.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) done: Vec<Done>,
    before: Vec<(String, Vec<u8>)>,
    files: usize,
    /// Which file a name leads to now.
    pub(crate) names: BTreeMap<String, usize>,
}

impl Journal {
    /// Of a folder with these files, all durable.
    pub(crate) fn of(files: Files) -> Self {
        let before: Vec<_> = files.into_iter().collect();
        let names = before.iter().enumerate().map(|(file, (name, _))| (name.clone(), file)).collect();
        Self { done: Vec::new(), files: before.len(), before, names }
    }

    /// The file `name` leads to, which is created where there is none.
    pub(crate) fn open(&mut self, name: &str) -> usize {
        if let Some(file) = self.names.get(name) {
            return *file;
        }
        let file = self.files;
        self.files += 1;
        self.names.insert(name.to_owned(), file);
        self.done.push(Done::Created { name: name.to_owned(), file });
        file
    }

    pub(crate) fn delete(&mut self, name: &str) {
        if self.names.remove(name).is_some() {
            self.done.push(Done::Deleted { name: name.to_owned() });
        }
    }

    /// What was said before `moment`.
    pub(crate) fn said_before(&self, moment: Moment) -> Vec<u64> {
        let said = |done: &Done| if let Done::Said(what) = done { Some(*what) } else { None };
        self.done[..moment].iter().filter_map(said).collect()
    }

    /// What may be left when the power is cut at `moment`.
    pub(crate) fn cut(&self, moment: Moment, dice: &mut Dice) -> Files {
        let mut files: Vec<Replayed> =
            self.before.iter().map(|(_, content)| Replayed::durable(content.clone())).collect();
        files.resize_with(self.files, || Replayed::durable(Vec::new()));
        // What a name led to since the folder was last synced.
        let mut names: BTreeMap<&str, Vec<Option<usize>>> = BTreeMap::new();
        for (file, (name, _)) in self.before.iter().enumerate() {
            names.insert(name, vec![Some(file)]);
        }
        for done in &self.done[..moment] {
            match done {
                Done::Created { name, file } => names.entry(name).or_insert_with(|| vec![None]).push(Some(*file)),
                Done::Deleted { name } => names.entry(name).or_insert_with(|| vec![None]).push(None),
                Done::Wrote { file, at, bytes } => files[*file].write(*at, bytes),
                Done::Cut { file, size } => files[*file].cut(*size),
                Done::Synced { file } => files[*file].synced(),
                Done::NotSynced { file } => files[*file].not_synced(),
                Done::SyncedFolder => {
                    for led_to in names.values_mut() {
                        led_to.drain(..led_to.len() - 1);
                    }
                }
                Done::Said(_) => {}
            }
        }
        let mut left = Files::new();
        for (name, led_to) in names {
            if let Some(file) = led_to[dice.below(led_to.len())] {
                left.insert(name.to_owned(), files[file].after_cut(dice));
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrote(file: usize, at: usize, byte: u8, count: usize) -> Done {
        Done::Wrote { file, at, bytes: vec![byte; count] }
    }

    fn all_ends(journal: &Journal) -> Vec<Files> {
        let moment = journal.done.len();
        (0..200).map(|seed| journal.cut(moment, &mut Dice::new(seed))).collect()
    }

    #[test]
    fn what_was_synced_stays_and_what_was_not_may_go_sector_by_sector() {
        let mut journal = Journal::of(Files::new());
        let file = journal.open("a");
        journal.done.extend([wrote(file, 0, 1, 2048), Done::Synced { file }, Done::SyncedFolder]);
        journal.done.push(wrote(file, 512, 2, 1024));
        let ends = all_ends(&journal);
        for end in &ends {
            let a = &end["a"];
            assert_eq!(a.len(), 2048);
            assert!(a[..512].iter().chain(&a[1536..]).all(|byte| *byte == 1), "the rest is as it was");
            for sector in [&a[512..1024], &a[1024..1536]] {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is whole");
            }
        }
        let kinds: std::collections::BTreeSet<(u8, u8)> =
            ends.iter().map(|end| (end["a"][512], end["a"][1024])).collect();
        assert_eq!(kinds.len(), 4, "none, both, and either alone: {kinds:?}");
    }

    #[test]
    fn a_name_is_durable_once_its_folder_is_synced() {
        let mut journal = Journal::of(Files::from([("old".to_owned(), vec![7])]));
        let file = journal.open("new");
        journal.done.extend([wrote(file, 0, 1, 1), Done::Synced { file }]);
        journal.delete("old");
        let ends = all_ends(&journal);
        assert!(ends.iter().any(|end| end.contains_key("new")) && ends.iter().any(|end| !end.contains_key("new")));
        assert!(ends.iter().any(|end| end.contains_key("old")) && ends.iter().any(|end| !end.contains_key("old")));
        journal.done.push(Done::SyncedFolder);
        for end in all_ends(&journal) {
            assert_eq!(end, Files::from([("new".to_owned(), vec![1])]));
        }
    }

    #[test]
    fn what_a_failed_sync_gave_up_stays_lost_however_often_it_is_synced() {
        let mut journal = Journal::of(Files::from([("a".to_owned(), vec![0; 512])]));
        journal.done.extend([wrote(0, 0, 1, 512), Done::NotSynced { file: 0 }, Done::Synced { file: 0 }]);
        assert!(all_ends(&journal).iter().any(|end| end["a"][0] == 0), "it was never written");
        journal.done.extend([wrote(0, 0, 2, 512), Done::Synced { file: 0 }]);
        assert!(all_ends(&journal).iter().all(|end| end["a"][0] == 2), "written again, it is");
    }
}
