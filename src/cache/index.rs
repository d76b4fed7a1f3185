//! Which entries depend on a key. Both are known by their hashes: that two keys share one costs an entry too many, no
//! wrong reply.

use std::collections::{HashMap, HashSet};

use super::hash::BuildHashed;

/// Entries of one key.
#[derive(Debug)]
pub(super) enum Dependents {
    One(u64),
    // Nearly all keys have one entry: a set in place would double what each of them takes.
    #[expect(clippy::box_collection)]
    Many(Box<HashSet<u64, BuildHashed>>),
}

/// Key → entries. A key stays in it only as long as it has entries.
#[derive(Debug, Default)]
pub(super) struct Index {
    dependents: HashMap<u64, Dependents, BuildHashed>,
}

impl Index {
    /// Notes that an entry depends on keys.
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

    /// Forgets that an entry depends on keys.
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
