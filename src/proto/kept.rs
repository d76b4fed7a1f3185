//! The bytes of written and unanswered commands, on connections that keep them: the server may redirect a command, and
//! then it has to be sent on another connection.

use super::ring::Ring;
use super::segments::Segments;

/// The most bytes that a connection keeps, large arguments included. Commands beyond that are not kept and cannot be
/// redirected.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// One command, or a placeholder for a request that is not kept.
#[derive(Debug)]
struct KeptEntry {
    slot: u16,
    timeout: u32,
    length: u32,
    segments: Option<Box<Segments>>,
}

impl KeptEntry {
    fn bytes(&self) -> usize {
        self.length as usize + self.segments.as_ref().map_or(0, |segments| segments.length())
    }
}

/// A command that can be sent again.
#[derive(Debug)]
pub struct KeptCommand {
    /// Its hash slot, or [`NO_SLOT`](super::command::NO_SLOT).
    pub slot: u16,
    /// Milliseconds that it may wait to be written; 0: no limit.
    pub timeout: u32,
    /// Its encoded bytes, without large arguments.
    pub bytes: Vec<u8>,
    /// Its large arguments.
    pub segments: Option<Box<Segments>>,
}

/// One entry for each of the user's requests in flight, in the same order.
#[derive(Debug, Default)]
pub(super) struct KeptCommands {
    ring: Ring<KeptEntry>,
    /// The number of bytes kept, large arguments included.
    bytes: usize,
    /// How many bytes at the front of the ring belong to no entry any more. They are dropped together, not one by one.
    stale: usize,
    /// Whether the front entry was just answered; it is removed at the next answer.
    is_front_answered: bool,
}

impl KeptCommands {
    /// Adds a command that is being written, with its bytes.
    pub(super) fn push(&mut self, slot: u16, timeout: u32, own: &[u8], segments: Option<&Segments>) {
        let bytes = own.len() + segments.map_or(0, Segments::length);
        if self.bytes + bytes > MOST_BYTES {
            return self.push_nothing();
        }
        self.bytes += bytes;
        let segments = segments.map(|segments| Box::new(segments.clone()));
        // Fits in 32 bits: no more than `MOST_BYTES` are kept.
        self.ring.push(KeptEntry { slot, timeout, length: own.len() as u32, segments }, own);
    }

    /// Adds commands that are written together: the slot, timeout and number of bytes of each, and the bytes of all.
    /// Returns false, and changes nothing, if they are too many to be kept.
    pub(super) fn push_all(&mut self, commands: impl Iterator<Item = (u16, u32, u32)>, own: &[u8]) -> bool {
        if self.bytes + own.len() > MOST_BYTES {
            return false;
        }
        self.bytes += own.len();
        self.ring.bytes.extend(own);
        self.ring.entries.extend(commands.map(|(slot, timeout, length)| KeptEntry {
            slot,
            timeout,
            length,
            segments: None,
        }));
        true
    }

    /// Adds a placeholder for a request that is not kept.
    pub(super) fn push_nothing(&mut self) {
        self.ring.push(KeptEntry { slot: super::command::NO_SLOT, timeout: 0, length: 0, segments: None }, &[]);
    }

    /// Marks the oldest request as answered. Its bytes stay available until the next answer.
    #[inline]
    pub(super) fn answered(&mut self) {
        self.drop_answered();
        self.is_front_answered = true;
    }

    /// The slot of the command that was answered last, if it was kept and has one.
    pub(super) fn answered_slot(&self) -> Option<u16> {
        let slot = self.ring.entries.front().filter(|_| self.is_front_answered)?.slot;
        (slot != super::command::NO_SLOT).then_some(slot)
    }

    /// Removes and returns the command that was answered last; `None` if it was not kept.
    pub(super) fn take_answered(&mut self) -> Option<KeptCommand> {
        if !std::mem::take(&mut self.is_front_answered) {
            return None;
        }
        self.take_front()
    }

    /// Removes and returns all unanswered commands, oldest first; `None` for those that were not kept.
    pub(super) fn take_all(&mut self) -> Vec<Option<KeptCommand>> {
        self.drop_answered();
        (0..self.ring.entries.len()).map(|_| self.take_front()).collect()
    }

    fn take_front(&mut self) -> Option<KeptCommand> {
        let KeptEntry { slot, timeout, length, segments } = self.ring.entries.pop_front()?;
        self.bytes -= length as usize + segments.as_ref().map_or(0, |segments| segments.length());
        let bytes: Vec<u8> = self.ring.bytes.range(self.stale..self.stale + length as usize).copied().collect();
        self.stale += length as usize;
        (!bytes.is_empty()).then_some(KeptCommand { slot, timeout, bytes, segments })
    }

    /// Frees unused memory.
    pub(super) fn trim(&mut self) {
        self.drop_answered();
        self.ring.discard(std::mem::take(&mut self.stale));
        self.ring.trim();
    }

    /// Removes all entries.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn drop_answered(&mut self) {
        if std::mem::take(&mut self.is_front_answered)
            && let Some(entry) = self.ring.entries.pop_front()
        {
            self.bytes -= entry.bytes();
            self.stale += entry.length as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_last_can_be_taken_and_nothing_else() {
        let mut kept = KeptCommands::default();
        kept.push(7, 5, b"first", None);
        kept.push_nothing();
        kept.push(9, 0, b"third", None);
        assert!(kept.take_answered().is_none());
        kept.answered();
        let first = kept.take_answered().expect("kept");
        assert_eq!((first.slot, first.timeout, first.bytes), (7, 5, b"first".to_vec()));
        assert!(kept.take_answered().is_none());
        kept.answered();
        assert!(kept.take_answered().is_none(), "it was not kept");
        kept.answered();
        kept.trim();
        assert!(kept.take_answered().is_none());
        assert_eq!((kept.bytes, kept.ring.bytes.len(), kept.ring.entries.len()), (0, 0, 0));
    }

    #[test]
    fn commands_that_are_written_together_are_kept_one_by_one() {
        let mut kept = KeptCommands::default();
        assert!(kept.push_all([(1, 0, 5), (2, 9, 6)].into_iter(), b"firstsecond"));
        kept.answered();
        kept.answered();
        let second = kept.take_answered().expect("kept");
        assert_eq!((second.slot, second.timeout, second.bytes), (2, 9, b"second".to_vec()));
        assert!(!kept.push_all([(1, 0, 5)].into_iter(), &vec![b'#'; MOST_BYTES + 1]));
        kept.trim();
        assert_eq!((kept.bytes, kept.ring.bytes.len(), kept.ring.entries.len()), (0, 0, 0));
    }

    #[test]
    fn all_that_is_unanswered_can_be_taken() {
        let mut kept = KeptCommands::default();
        kept.push(1, 0, b"answered", None);
        kept.push(2, 0, b"second", None);
        kept.push_nothing();
        kept.answered();
        let rest: Vec<_> = kept.take_all().into_iter().map(|command| command.map(|command| command.bytes)).collect();
        assert_eq!(rest, [Some(b"second".to_vec()), None]);
        kept.trim();
        assert_eq!((kept.bytes, kept.ring.bytes.len(), kept.take_all().len()), (0, 0, 0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut kept = KeptCommands::default();
        let large = vec![b'#'; MOST_BYTES / 4];
        (0..10).for_each(|_| kept.push(0, 0, &large, None));
        assert_eq!((kept.bytes, kept.ring.entries.len()), (MOST_BYTES, 10));
        for index in 0..10 {
            kept.answered();
            assert_eq!(kept.take_answered().is_some(), index < 4);
        }
        assert_eq!(kept.bytes, 0);
    }
}
