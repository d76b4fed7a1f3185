//! Every number that native code and JS both know. A leaf: it uses nothing, and everything may use it.
//!
//! `tools/generate-boundary.mjs` writes `lib/wire/boundary.generated.ts` from this file and `boundary/codes.rs`: a group
//! of numbers becomes constants whose names begin with the group's prefix (`flags::ASAP` is `FLAG_ASAP`), codes become an
//! enum of the same name. The addon exports all of them under these names, and a test compares the two sides. [`VERSION`]
//! is compared when the addon is loaded. `docs/architecture.md`, "The boundary", says what the memory holds.

mod codes;

pub use codes::{
    ErrorKind, Failure, NativeEvent, PushKind, QuestionKind, ReadFrom, RequestPhase, SubscriptionKind, TraceReason,
};

/// Declares a group of constants. The text is the prefix of their names in TypeScript.
macro_rules! numbers {
    ($(#[$about:meta])* $group:ident, $prefix:literal: $type:ty { $($(#[$doc:meta])* $name:ident = $value:literal;)* }) => {
        $(#[$about])*
        pub mod $group {
            $($(#[$doc])* pub const $name: $type = $value;)*
            /// All of them by their names in TypeScript.
            pub const NUMBERS: &[(&str, i32)] = &[$((concat!($prefix, stringify!($name)), $name as i32)),*];
        }
    };
}

numbers! {
    /// Bytes of shared memory.
    sizes, "": usize {
        /// Size of `area`, which sockets are read into.
        AREA_SIZE = 131_072;
        /// Size of `out`, which commands are encoded into.
        OUT_SIZE = 65_536;
    }
}

numbers! {
    /// A command in `meta`, word by word.
    meta, "META_": usize {
        /// The link that it is for.
        LINK = 0;
        /// The ticket of its request.
        TICKET = 1;
        /// Its own bytes in `out`.
        LENGTH = 2;
        /// The flags of the command.
        FLAGS = 3;
        /// Milliseconds that it may stay unwritten; 0 is no limit.
        TIMEOUT = 4;
        /// The hash slot of the keys, or -1.
        SLOT = 5;
        /// Words of one command.
        WORDS = 6;
        /// Commands of a batch at most.
        COMMANDS = 2048;
    }
}

numbers! {
    /// Flags of a command.
    flags, "FLAG_": u32 {
        /// It goes to the head of the backlog.
        ASAP = 1;
        /// The next command belongs to the same chain.
        CHAIN = 2;
        /// The reply is wanted as bytes: no string arguments.
        BYTES = 4;
        /// The reply is for the cache of the link, too.
        CACHE = 8;
        /// It was aborted before the flush.
        CANCELLED = 16;
        /// A write that the cache of the link was told of.
        WRITE = 32;
        /// JS may want to take the command back while it is unwritten.
        CANCELLABLE = 64;
        /// The command has arguments that are written from the caller's memory.
        LARGE = 128;
        /// A command of the SUBSCRIBE family: acknowledgements answer it.
        PUB_SUB = 256;
        /// One command of several that travel together; no server may send it elsewhere alone.
        CHAINED = 512;
        /// The command changes nothing.
        READ = 1024;
        /// The server may answer much later, when something has happened.
        BLOCKING = 2048;
        /// The engine may send the command to another server, if the one that got it says so.
        MOVABLE = 4096;
        /// ASKING goes ahead of the command: its slot is on its way to the server. Set by the engine alone.
        ASKING = 8192;
        /// The command was submitted to a cluster, which chose the link. Set by the engine alone.
        ROUTED = 131_072;
    }
}

numbers! {
    /// The bits of a command's flags that say where it may be read: 0 is what its cluster says, else a `ReadFrom` and one.
    read_from, "READ_FROM_": u32 {
        /// Where they begin.
        SHIFT = 14;
        /// Which they are, once shifted.
        MASK = 7;
    }
}

numbers! {
    /// Flags of an argument that is lent.
    lent, "LENT_": u32 {
        /// The first large argument of its command.
        FIRST = 1;
        /// The memory is for nobody else: once it is written, `takeSpare` may give it out.
        ONCE = 2;
    }
}

numbers! {
    /// Words of the control memory.
    control, "CONTROL_": usize {
        /// Commands in the batch.
        COUNT = 0;
        /// Bytes of these commands in `out`.
        BYTES = 1;
        /// Not 0 while native code will take the batch when JS returns.
        DISPATCHING = 2;
        /// All words. The questions to caches and their answers are among them.
        WORDS = 16;
    }
}

numbers! {
    /// Words of the control memory that hold a question to a cache.
    question, "QUESTION_": usize {
        /// The number of the cache.
        CACHE = 3;
        /// Offset of the command in `out`.
        START = 4;
        /// Length of the command.
        LENGTH = 5;
        /// Offset of the first key's `$` in the command.
        KEY_AT = 6;
        /// How many adjacent keys there are.
        KEY_COUNT = 7;
        /// The database of the command.
        DATABASE = 8;
        /// The ticket of the request: of a read, if it is sent when nothing is known of it; of a write, if its reply counts. -1: none.
        TICKET = 9;
        /// Milliseconds that the reply is kept; -1 is what the cache says.
        TTL = 10;
        /// Not 0 if a short string may be the result of the call.
        AS_TEXT = 11;
    }
}

numbers! {
    /// Words of the control memory that hold the answer of a cache.
    answer_words, "ANSWER_": usize {
        /// Which of the answers it is.
        KIND = 12;
        /// A ticket or a number of bytes.
        FIRST = 13;
        /// A number of words.
        SECOND = 14;
    }
}

numbers! {
    /// Answers of a cache.
    answers, "ANSWER_": i32 {
        /// The read is not for the cache.
        FOREIGN = 0;
        /// Nothing is known of the reply: the read is sent with the ticket of the question.
        MISS = 1;
        /// The reply lies in the memory of replies.
        REPLY = 3;
        /// An equal read is on its way: the first word is its ticket.
        LOADING = 4;
        /// The memory of replies must hold so many bytes (the first word) and words (the second one).
        NEEDS_MEMORY = 5;
    }
}

numbers! {
    /// What happened in a cache.
    news, "NEWS_": u32 {
        /// A reply was stored.
        CACHED = 0;
        /// A reply was dropped since its time had come.
        EXPIRED = 1;
        /// The server invalidated a key.
        INVALIDATED = 2;
        /// The server invalidated everything.
        INVALIDATED_ALL = 3;
    }
}

numbers! {
    /// The beginning of the inbox, word by word.
    inbox, "INBOX_": usize {
        /// Number of items.
        COUNT = 0;
        /// The block that offsets refer to; 0 is `area`.
        BLOCK = 1;
        /// 1 when this batch ends the block.
        LAST = 2;
        /// Words before the first item.
        HEADER = 4;
    }
}

numbers! {
    /// What stands in place of a ticket. The id of the link follows, and for a push its `PushKind`.
    tickets, "TICKET_": i32 {
        /// Something that the server pushed.
        PUSH = -1;
        /// A line of MONITOR.
        MONITOR_LINE = -2;
        /// What became of a command of a cluster whose error is the next item: the cluster, the ticket, the link of the node
        /// that answered last or -1, how often it was sent, a `TraceReason`, the link of the last redirection or -1, the
        /// hash slot or -1.
        TRACE = -3;
    }
}

numbers! {
    /// RESP types: the low bits of an op word.
    tape_types, "": u8 {
        /// `_`, and what `$-1` and `*-1` become.
        NULL = b'_';
        /// `#`.
        BOOLEAN = b'#';
        /// `:`.
        NUMBER = b':';
        /// `,`.
        DOUBLE = b',';
        /// `(`.
        BIG_NUMBER = b'(';
        /// `+`.
        SIMPLE_STRING = b'+';
        /// `$`.
        BLOB_STRING = b'$';
        /// `=`; its text begins with the three letters of the format and a colon.
        VERBATIM_STRING = b'=';
        /// `-`.
        SIMPLE_ERROR = b'-';
        /// `!`.
        BLOB_ERROR = b'!';
        /// `*`.
        ARRAY = b'*';
        /// `~`.
        SET = b'~';
        /// `%`.
        MAP = b'%';
        /// `>`.
        PUSH = b'>';
    }
}

numbers! {
    /// Bits of an op word.
    tape_bits, "": i32 {
        /// The RESP type byte, or one of the ops that occur only at the top of an item.
        TYPE_MASK = 0xff;
        /// Every byte of the text is below 0x80.
        ASCII = 0x100;
        /// A number kept as text, because it is no canonical 32-bit integer.
        WIDE = 0x200;
        /// Of `STRING_ARGUMENT` and `TEXT`: it was a simple string, no blob.
        SIMPLE = 0x400;
        /// Of a blob that is ASCII and within an aggregate: it is also a part of a window, one of the strings that came with
        /// the call.
        PART = 0x800;
    }
}

numbers! {
    /// Where further numbers begin in an op word.
    tape_shifts, "": u32 {
        /// Where a part starts in its window, 8 bits.
        PART_START = 12;
        /// The number of the string that came with the call, 12 bits.
        ARGUMENT = 20;
    }
}

numbers! {
    /// Ops that occur only at the top of an item.
    ops, "": i32 {
        /// The value is one of the strings that came with the call: see `ARGUMENT`.
        STRING_ARGUMENT = 0x41;
        /// A part of the text that came with the call.
        TEXT = 0x54;
        /// The engine settles a request without a reply.
        FAILURE = 0x45;
        /// The engine settles a request with `undefined`.
        DONE = 0x44;
    }
}

numbers! {
    /// Places of native code that can be made to fail, for tests.
    place, "FAULT_IN_": u32 {
        /// A call of JS.
        CALL = 1;
        /// The next batch.
        BATCH = 2;
        /// Reading from a connection.
        READ = 3;
        /// A report of the I/O thread.
        REPORT = 4;
        /// The timer.
        TIMER = 5;
        /// A look-up in a cache.
        LOOK_UP = 6;
    }
}

/// Every number by its name in TypeScript.
pub const GROUPS: &[&[(&str, i32)]] = &[
    sizes::NUMBERS,
    meta::NUMBERS,
    flags::NUMBERS,
    read_from::NUMBERS,
    lent::NUMBERS,
    control::NUMBERS,
    question::NUMBERS,
    answer_words::NUMBERS,
    answers::NUMBERS,
    news::NUMBERS,
    inbox::NUMBERS,
    tickets::NUMBERS,
    tape_types::NUMBERS,
    tape_bits::NUMBERS,
    tape_shifts::NUMBERS,
    ops::NUMBERS,
    place::NUMBERS,
    Failure::NUMBERS,
    RequestPhase::NUMBERS,
    SubscriptionKind::NUMBERS,
    PushKind::NUMBERS,
    ErrorKind::NUMBERS,
    QuestionKind::NUMBERS,
    NativeEvent::NUMBERS,
    ReadFrom::NUMBERS,
    TraceReason::NUMBERS,
];

/// A number that stands for all names and numbers (FNV-1a): two builds that agree have the same one.
pub const VERSION: u32 = {
    let mut hash = 0x811c_9dc5;
    let mut group = 0;
    while group < GROUPS.len() {
        let mut index = 0;
        while index < GROUPS[group].len() {
            let (name, number) = GROUPS[group][index];
            hash = mixed(mixed(hash, name.as_bytes()), &number.to_le_bytes());
            index += 1;
        }
        group += 1;
    }
    hash
};

const fn mixed(mut hash: u32, bytes: &[u8]) -> u32 {
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_given_once() {
        let names: Vec<_> = GROUPS.iter().flat_map(|group| group.iter().map(|(name, _)| *name)).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }
}
