//! Hashes of commands and keys. The seeds are random for each cache.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A read that may be answered from a cache.
#[derive(Debug, Clone, Copy)]
pub struct KeyedCommand<'a> {
    /// The whole encoded command.
    pub bytes: &'a [u8],
    /// The database that the command reads.
    pub database: u32,
    /// The position of the keys.
    pub keys: Keys,
}

/// Adjacent keys among the arguments of a command.
#[derive(Debug, Clone, Copy)]
pub struct Keys {
    /// Offset of the `$` of the first key; 0 stands for the first word of the command.
    pub at: usize,
    /// The most keys there can be.
    pub count: usize,
}

impl<'a> KeyedCommand<'a> {
    /// The keys, in order; fewer than `count` where the command ends before.
    pub fn keys(&self) -> impl Iterator<Item = &'a [u8]> {
        let bytes = self.bytes;
        let mut at = match self.keys.at {
            0 => bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1),
            at => at,
        };
        (0..self.keys.count).map_while(move |_| {
            let digits = bytes.get(at + 1..)?;
            let end = digits.iter().position(|byte| *byte == b'\r')?;
            let length: usize = std::str::from_utf8(&digits[..end]).ok()?.parse().ok()?;
            let start = at + 1 + end + 2;
            let key = bytes.get(start..start.checked_add(length)?)?;
            at = start + length + 2;
            Some(key)
        })
    }
}

/// Hashes commands and keys with separate seeds.
#[derive(Debug)]
pub(super) struct Hashes {
    commands: u64,
    keys: u64,
}

impl Hashes {
    pub(super) fn random() -> Self {
        Self { commands: RandomState::new().hash_one(0_u8), keys: RandomState::new().hash_one(1_u8) }
    }

    pub(super) fn command(&self, command: &KeyedCommand<'_>) -> u64 {
        let database = u64::from(command.database).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        xxh3_64_with_seed(command.bytes, self.commands ^ database)
    }

    pub(super) fn key(&self, key: &[u8]) -> u64 {
        xxh3_64_with_seed(key, self.keys)
    }

    /// The hashes of a command's keys.
    pub(super) fn keys(&self, command: &KeyedCommand<'_>) -> KeyHashes {
        if command.keys.count == 1
            && let Some(key) = command.keys().next()
        {
            return KeyHashes::One(self.key(key));
        }
        KeyHashes::Many(command.keys().map(|key| self.key(key)).collect())
    }
}

/// The hashes of the keys that a reply depends on.
#[derive(Debug, Clone)]
pub(super) enum KeyHashes {
    One(u64),
    Many(Box<[u64]>),
}

impl KeyHashes {
    pub(super) fn as_slice(&self) -> &[u64] {
        match self {
            Self::One(hash) => std::slice::from_ref(hash),
            Self::Many(hashes) => hashes,
        }
    }
}

/// A hasher for tables whose keys are hashes already: it returns them unchanged.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

pub(super) type BuildHashed = BuildHasherDefault<Hashed>;
