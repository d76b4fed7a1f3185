//! Large arguments of commands, which stay in the caller's memory instead of being copied.

use std::fmt;
use std::rc::Rc;

/// An argument that is written directly from its owner's memory. The owner may detach or resize that memory between two
/// calls of the engine. Dropping the argument releases the memory.
pub trait LargeArgument {
    /// Its length in bytes, as announced to the server.
    fn length(&self) -> usize;
    /// The memory as it is now; `None` if it no longer has that many bytes.
    fn bytes(&self) -> Option<&[u8]>;
}

/// A large argument and its place in a command.
#[derive(Clone)]
pub struct Segment {
    /// The number of the command's own bytes before it.
    pub at: usize,
    /// The argument.
    pub argument: Rc<dyn LargeArgument>,
}

impl fmt::Debug for Segment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Segment({} bytes at {})", self.argument.length(), self.at)
    }
}

/// The large arguments of one command, in order.
#[derive(Debug, Clone, Default)]
pub struct Segments(pub Vec<Segment>);

impl Segments {
    /// The sum of their lengths in bytes.
    pub fn length(&self) -> usize {
        self.0.iter().map(|segment| segment.argument.length()).sum()
    }

    /// Returns the whole command in one piece, given its own bytes; `None` if an argument's memory is gone.
    pub fn joined(&self, own: &[u8]) -> Option<Vec<u8>> {
        let mut joined = Vec::with_capacity(own.len() + self.length());
        let mut from = 0;
        for Segment { at, argument } in &self.0 {
            joined.extend_from_slice(&own[from..*at]);
            joined.extend_from_slice(argument.bytes()?);
            from = *at;
        }
        joined.extend_from_slice(&own[from..]);
        Some(joined)
    }

    /// Returns the same arguments for a command that begins with this many more bytes.
    pub fn moved_on(&self, bytes: usize) -> Self {
        Self(
            self.0
                .iter()
                .map(|Segment { at, argument }| Segment { at: at + bytes, argument: Rc::clone(argument) })
                .collect(),
        )
    }

    /// Returns the same arguments for a command without this many bytes at its beginning.
    pub fn moved_back(&self, bytes: usize) -> Self {
        let at = |at: &usize| at.saturating_sub(bytes);
        Self(self.0.iter().map(|segment| Segment { at: at(&segment.at), ..segment.clone() }).collect())
    }

    /// Whether the memory of all arguments is still available.
    pub fn is_intact(&self) -> bool {
        self.0.iter().all(|segment| segment.argument.bytes().is_some())
    }
}
