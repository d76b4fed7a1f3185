//! Where received bytes of a connection lie while they are parsed.
//!
//! All links share one receive area. What is left of an incomplete reply after a read moves to the link's own tail; a
//! big one gets a block of its own and is received straight into it.

use crate::boundary::sizes;

/// Which memory a tape's offsets refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// The shared receive area.
    Shared,
    /// The block of a connection, by its serial.
    Block(u32),
}

impl Area {
    /// The number that JS knows it by: 0, or the connection's serial, which is not 0.
    pub fn number(self) -> i32 {
        match self {
            Self::Shared => 0,
            Self::Block(serial) => serial as i32,
        }
    }
}

/// Memory for one big reply, made by JS. Once it is dropped JS may keep it, write to it, move it to another thread or
/// free it, so that it has to be dropped before a batch says so (`Input::let_go`).
pub trait Block {
    /// The bytes.
    fn bytes(&self) -> &[u8];
    /// The bytes, to receive into.
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

/// Bytes asked from the kernel at once; one such read per readiness keeps the event loop responsive.
pub const READ_SIZE: usize = 64 * 1024;
/// An incomplete reply up to this size waits in the tail; beyond it gets a block.
pub const MOST_TAIL: usize = 64 * 1024;
/// Size of the shared receive area: a tail and a read.
pub const AREA_SIZE: usize = sizes::AREA_SIZE;
const _: () = assert!(AREA_SIZE == MOST_TAIL + READ_SIZE);
/// An incomplete reply that lacks no more than this may be a line, whose length is not announced.
const LINE_END: usize = 2;
/// First size of a block whose final size is not known.
const FIRST_BLOCK: usize = 256 * 1024;

/// Received and not yet dispatched bytes of one connection.
#[derive(Default)]
pub struct Input {
    /// Kept between reads while no block is used.
    tail: Vec<u8>,
    /// For a big reply.
    block: Option<Box<dyn Block>>,
    /// Bytes filled in the current area.
    filled: usize,
    /// True while the shared area holds this link's bytes (between `load` and `store`).
    loaded: bool,
    /// `store` asked for a block.
    wants_block: bool,
    /// What comes next.
    pub progress: Progress,
}

/// What the next step of reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Receive.
    #[default]
    Read,
    /// Parse what was received.
    Parse,
    /// Keep the rest; the replies before it were dispatched.
    Store {
        /// Another read may find more at once.
        more: bool,
    },
}

/// What to do after the complete replies were taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nothing.
    Done,
    /// The rest needs a block of this size: `Input::adopt` it.
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

    /// Brings the kept bytes into the area that will be read into.
    pub fn load(&mut self, shared: &mut [u8]) {
        if self.block.is_none() && !self.loaded {
            shared[..self.tail.len()].copy_from_slice(&self.tail);
            self.filled = self.tail.len();
            self.tail.clear();
            self.loaded = true;
        }
    }

    /// The free part of the area. A block that was made for one reply takes no byte of the next.
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

    /// Tells that `n` bytes were received.
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

    /// Keeps the bytes from `start` on and frees the area. They are an incomplete reply that takes at least `needed`
    /// bytes in all (`exact`: no more, unless it is a line, whose end is not known).
    pub fn store(&mut self, shared: &[u8], start: usize, needed: usize, exact: bool) -> Stored {
        if self.block.is_none() && !self.loaded {
            // All of it is in the tail already.
            return Stored::Done;
        }
        let rest = self.filled - start;
        if start == 0 && self.block.as_ref().is_some_and(|block| self.filled < block.bytes().len()) {
            // A block that is still being filled stays as it is.
            return Stored::Done;
        }
        if needed > MOST_TAIL || rest > MOST_TAIL {
            self.wants_block = true;
            // An exact block when the reply's size is known: it is handed over with the reply. Else room to grow.
            let known = exact && needed > rest + LINE_END;
            return Stored::NeedsBlock(if known { needed } else { needed.max(rest * 2).max(FIRST_BLOCK) });
        }
        self.move_to_tail(shared, start);
        Stored::Done
    }

    /// Frees the shared area: the bytes from `start` on, complete replies or not, wait in the tail. False when they lie
    /// in a block, where they can stay.
    pub fn set_aside(&mut self, shared: &[u8], start: usize) -> bool {
        let moves = self.block.is_none();
        if moves {
            self.move_to_tail(shared, start);
        }
        moves
    }

    /// Drops the block when the bytes from `start` on, an incomplete reply, fit the tail. Nothing reads the block from
    /// then on. False when there is no block, or it is still needed.
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

    /// Whether `store` asked for a block, and the connection is still the same.
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
