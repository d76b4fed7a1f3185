//! The memory that holds received bytes of a connection while they are parsed.
//!
//! All links receive into one shared area. The bytes of an incomplete reply move to the connection's own tail after
//! each read. A large reply gets a block of its own and is received directly into it.

use crate::boundary::sizes;

/// The memory that the offsets of a tape refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// The shared receive area.
    Shared,
    /// The block of a connection, by its serial.
    Block(u32),
}

impl Area {
    /// The number that identifies the area for JS: 0 for the shared area, else the connection's serial (never 0).
    pub fn number(self) -> i32 {
        match self {
            Self::Shared => 0,
            Self::Block(serial) => serial as i32,
        }
    }
}

/// Memory for one large reply, allocated by JS. After the drop, JS may keep it, write to it, transfer it to another
/// thread or free it. So it must be dropped before a batch announces that (`Input::let_go`).
pub trait Block {
    /// The bytes.
    fn bytes(&self) -> &[u8];
    /// The bytes, writable to receive into.
    fn bytes_mut(&mut self) -> &mut [u8];
}

impl Block for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

/// Maximum number of bytes of one read. One read per readiness event keeps the event loop responsive.
pub const READ_SIZE: usize = 64 * 1024;
/// Maximum size in bytes of an incomplete reply in the tail. A larger one gets a block.
pub const MOST_TAIL: usize = 64 * 1024;
/// Size in bytes of the shared receive area: room for a tail and a read.
pub const AREA_SIZE: usize = sizes::AREA_SIZE;
const _: () = assert!(AREA_SIZE == MOST_TAIL + READ_SIZE);
/// An incomplete reply that lacks at most this number of bytes may be a line, whose length RESP does not announce.
const LINE_END: usize = 2;
/// Initial size in bytes of a block whose final size is not known.
const FIRST_BLOCK: usize = 256 * 1024;

/// Received and not yet dispatched bytes of one connection.
#[derive(Default)]
pub struct Input {
    /// The incomplete reply between two reads, unless it is in a block.
    tail: Vec<u8>,
    /// The memory of a large reply.
    block: Option<Box<dyn Block>>,
    /// Number of received bytes in the current area.
    filled: usize,
    /// True while the shared area holds this link's bytes (between `load` and `store`).
    loaded: bool,
    /// `store` asked for a block.
    wants_block: bool,
    /// The next step of reading.
    pub progress: Progress,
}

/// The next step of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Receive.
    #[default]
    Read,
    /// Parse what was received.
    Parse,
    /// Store the incomplete rest. The replies before it were dispatched.
    Store {
        /// Another read may find more at once.
        more: bool,
    },
}

/// Result of [`Input::store`].
#[derive(Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nothing.
    Done,
    /// The rest needs a block of this size in bytes; pass it to `Input::adopt`.
    NeedsBlock(usize),
}

impl Input {
    /// The area in use.
    pub fn area(&self, serial: u32) -> Area {
        if self.block.is_some() { Area::Block(serial) } else { Area::Shared }
    }

    /// Whether a block is in use.
    pub fn has_block(&self) -> bool {
        self.block.is_some()
    }

    /// Copies the tail to the start of the shared area, so that the next read continues the reply.
    pub fn load(&mut self, shared: &mut [u8]) {
        if self.block.is_none() && !self.loaded {
            shared[..self.tail.len()].copy_from_slice(&self.tail);
            self.filled = self.tail.len();
            self.tail.clear();
            self.loaded = true;
        }
    }

    /// The free part of the area. A block of exactly one reply has no room for bytes of the next.
    pub fn free<'a>(&'a mut self, shared: &'a mut [u8]) -> &'a mut [u8] {
        let filled = self.filled;
        match &mut self.block {
            Some(block) => {
                let bytes = block.bytes_mut();
                let end = bytes.len().min(filled + 4 * READ_SIZE);
                &mut bytes[filled..end]
            }
            None => &mut shared[filled..(filled + READ_SIZE).min(AREA_SIZE)],
        }
    }

    /// Notes that `n` bytes were received into the free part.
    pub fn received(&mut self, n: usize) {
        self.filled += n;
    }

    /// The filled part of the area.
    pub fn filled<'a>(&'a self, shared: &'a [u8]) -> &'a [u8] {
        match &self.block {
            Some(block) => &block.bytes()[..self.filled],
            None => &shared[..self.filled],
        }
    }

    /// Stores the bytes from `start` on, an incomplete reply, and frees the shared area. The whole reply needs at least
    /// `needed` bytes (with `exact`, exactly that, unless it is a line, whose length is not known).
    pub fn store(&mut self, shared: &[u8], start: usize, needed: usize, exact: bool) -> Stored {
        if self.block.is_none() && !self.loaded {
            // All bytes are in the tail already.
            return Stored::Done;
        }
        let rest = self.filled - start;
        if start == 0 && self.block.as_ref().is_some_and(|block| self.filled < block.bytes().len()) {
            // The block has room left: keep receiving into it.
            return Stored::Done;
        }
        if needed > MOST_TAIL || rest > MOST_TAIL {
            self.wants_block = true;
            // If the reply's size is known, the block has exactly that size, as JS keeps it with the reply. Else it has
            // room to grow.
            let known = exact && needed > rest + LINE_END;
            return Stored::NeedsBlock(if known { needed } else { needed.max(rest * 2).max(FIRST_BLOCK) });
        }
        self.move_to_tail(shared, start);
        Stored::Done
    }

    /// Frees the shared area: moves the bytes from `start` on, complete replies or not, to the tail. Returns false if
    /// they are in a block, where they can stay.
    pub fn set_aside(&mut self, shared: &[u8], start: usize) -> bool {
        // Without `loaded` they are there already.
        let moves = self.block.is_none() && self.loaded;
        if moves {
            self.move_to_tail(shared, start);
        }
        moves
    }

    /// Drops the block if the bytes from `start` on, an incomplete reply, fit into the tail. The engine does not access
    /// the block afterwards. Returns false if there is no block or it is still needed.
    pub fn let_go(&mut self, start: usize) -> bool {
        let goes = self.block.is_some() && self.filled - start <= MOST_TAIL;
        if goes {
            self.move_to_tail(&[], start);
        }
        goes
    }

    fn move_to_tail(&mut self, shared: &[u8], start: usize) {
        let mut tail = std::mem::take(&mut self.tail);
        tail.clear();
        let rest = &self.filled(shared)[start..];
        if !rest.is_empty() {
            tail.extend_from_slice(rest);
        }
        if !rest.is_empty() || tail.capacity() <= READ_SIZE / 4 {
            self.tail = tail;
        }
        self.block = None;
        self.filled = 0;
        self.loaded = false;
    }

    /// Whether `store` asked for a block that was not yet adopted.
    pub fn wants_block(&self) -> bool {
        self.wants_block
    }

    /// Moves the bytes from `start` on into a new block.
    pub fn adopt(&mut self, shared: &[u8], start: usize, mut block: Box<dyn Block>) {
        let rest = self.filled - start;
        block.bytes_mut()[..rest].copy_from_slice(&self.filled(shared)[start..]);
        self.filled = rest;
        self.loaded = false;
        self.wants_block = false;
        self.block = Some(block);
    }
}
