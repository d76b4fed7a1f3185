//! Which entries depend on a key. Both are identified by hashes. If two keys have the same hash, an entry too many is
//! dropped, but no reply is wrong.

use std::collections::{HashMap, HashSet};

use super::hash::BuildHashed;

/// The entries of one key.
#[derive(Debug)]
pub(super) enum Dependents {
    One(u64),
    // Boxed, since nearly all keys have one entry, and an inline set would double the size of each.
    #[expect(clippy::box_collection)]
    Many(Box<HashSet<u64, BuildHashed>>),
}

/// Maps keys to entries. A key is removed with its last entry.
#[derive(Debug, Default)]
pub(super) struct Index {
    dependents: HashMap<u64, Dependents, BuildHashed>,
}

impl Index {
    /// Records that an entry depends on keys.
    pub(super) fn add(&mut self, keys: &[u64], entry: u64) {
        for key in keys {
            match self.dependents.get_mut(key) {
                None => {
                    self.dependents.insert(*key, Dependents::One(entry));
                }
                Some(Dependents::One(other)) if *other == entry => {}
                Some(dependents) => match dependents {
                    Dependents::One(other) => {
                        let both = HashSet::from_iter([*other, entry]);
                        *dependents = Dependents::Many(Box::new(both));
                    }
                    Dependents::Many(entries) => {
                        entries.insert(entry);
                    }
                },
            }
        }
    }

    /// Removes the record that an entry depends on keys.
    pub(super) fn remove(&mut self, keys: &[u64], entry: u64) {
        for key in keys {
            let is_last = match self.dependents.get_mut(key) {
                Some(Dependents::One(other)) => *other == entry,
                Some(Dependents::Many(entries)) => {
                    entries.remove(&entry);
                    entries.is_empty()
                }
                None => false,
            };
            if is_last {
                self.dependents.remove(key);
            }
        }
    }

    /// The entries that depend on a key.
    pub(super) fn of(&self, key: u64) -> Vec<u64> {
        match self.dependents.get(&key) {
            None => Vec::new(),
            Some(Dependents::One(entry)) => vec![*entry],
            Some(Dependents::Many(entries)) => entries.iter().copied().collect(),
        }
    }

    /// Number of keys.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.dependents.len()
    }
}
