//! The known errors of servers: the first word of each, and whether the same command may be sent again.
//! `tools/generate-server-errors.mjs` generates `lib/server-errors.generated.ts` and a table in `docs/errors.md` from
//! the rows below.

/// What has to happen before the same command can succeed, after a server has refused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It cannot succeed: the command, the data or the permissions must change first, or the server needs attention.
    Never,
    /// It can succeed on the same server after a delay.
    Delay,
    /// It must be sent to the server that the error names.
    Redirect,
    /// It must be sent over a new connection, because the address now leads to another server.
    Reconnect,
    /// The slot map must be read from the cluster again.
    Refresh,
}

/// Generates the enum and its lookups from a list of rows: a comment and `Variant "WORD" Verdict;`.
macro_rules! server_errors {
    ($($(#[$comment:meta])* $kind:ident $word:literal $retry:ident;)*) => {
        /// The kind of a server's error, known by its first word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ServerErrorKind { $($(#[$comment])* $kind,)* }

        impl ServerErrorKind {
            /// All kinds, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            fn of_word(word: &[u8]) -> Option<Self> {
                $(if word == $word.as_bytes() { return Some(Self::$kind) })*
                None
            }

            /// The first word of such errors.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// Whether the same command may be sent again.
            pub const fn retry(self) -> Retry {
                match self { $(Self::$kind => Retry::$retry,)* }
            }
        }
    };
}

server_errors! {
    /// Errors without a word of their own: an unknown command, wrong arguments, a wrong state.
    Err "ERR" Never;
    /// The key holds a value of another type.
    WrongType "WRONGTYPE" Never;
    /// The server does not have the script; send its text with `EVAL`.
    NoScript "NOSCRIPT" Never;
    /// EXEC ran nothing, because the server had refused a command of the transaction.
    ExecAbort "EXECABORT" Never;
    /// The keys of the command are in several hash slots.
    CrossSlot "CROSSSLOT" Never;
    /// The consumer group exists already.
    BusyGroup "BUSYGROUP" Never;
    /// There is no such consumer group, or no such key.
    NoGroup "NOGROUP" Never;
    /// The key of RESTORE or MIGRATE exists already.
    BusyKey "BUSYKEY" Never;
    /// The connection must authenticate first.
    NoAuth "NOAUTH" Never;
    /// User name or password are wrong, or the user is disabled.
    WrongPass "WRONGPASS" Never;
    /// The ACL of the user forbids the command, the key or the channel.
    NoPerm "NOPERM" Never;
    /// The server is in protected mode and refuses connections from other machines.
    Denied "DENIED" Never;
    /// The server does not support the wanted RESP version.
    NoProto "NOPROTO" Never;
    /// The server has reached `maxmemory`.
    Oom "OOM" Never;
    /// The server refuses writes because it cannot save to disk.
    Misconf "MISCONF" Never;
    /// A blocking command was ended by CLIENT UNBLOCK, or because the server became a replica.
    Unblocked "UNBLOCKED" Never;
    /// The running script has already written and cannot be killed.
    Unkillable "UNKILLABLE" Never;
    /// No script or function is running that could be killed.
    NotBusy "NOTBUSY" Never;
    /// MIGRATE lost its connection to the other server; the key may have arrived there.
    IoErr "IOERR" Never;
    /// The server is loading its data from disk.
    Loading "LOADING" Delay;
    /// A script or function has been running for longer than the server's limit.
    Busy "BUSY" Delay;
    /// The keys of the command are being moved to another node, and only some have arrived.
    TryAgain "TRYAGAIN" Delay;
    /// The replica has lost its master and is configured not to answer with old data.
    MasterDown "MASTERDOWN" Delay;
    /// The replica has lost its master.
    NoMasterLink "NOMASTERLINK" Delay;
    /// Fewer replicas are connected than `min-replicas-to-write` demands.
    NoReplicas "NOREPLICAS" Delay;
    /// A failover is in progress.
    InProgress "INPROG" Delay;
    /// The sentinel knows no replica that could be promoted.
    NoGoodReplica "NOGOODSLAVE" Delay;
    /// Not enough sentinels are reachable to agree on a failover.
    NoQuorum "NOQUORUM" Delay;
    /// The hash slot belongs to another node.
    Moved "MOVED" Redirect;
    /// The hash slot is being moved, and the key is already on the other node.
    Ask "ASK" Redirect;
    /// The replica sends its clients to the primary (Valkey).
    Redirect "REDIRECT" Redirect;
    /// The server is a replica. The master may have been replaced, and the address may now lead to the new one.
    ReadOnly "READONLY" Reconnect;
    /// The cluster is down, or no node serves the hash slot.
    ClusterDown "CLUSTERDOWN" Refresh;
}

impl ServerErrorKind {
    /// Returns the kind of an error with this text; `None` if its first word is not in the list.
    pub fn of(text: &[u8]) -> Option<Self> {
        Self::of_word(text.split(|byte| *byte == b' ').next().unwrap_or(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_their_first_word() {
        for kind in ServerErrorKind::ALL {
            assert_eq!(ServerErrorKind::of(kind.word().as_bytes()), Some(*kind));
            assert_eq!(ServerErrorKind::of(format!("{} more words", kind.word()).as_bytes()), Some(*kind));
        }
        for text in ["", " ERR", "ERR: no", "Err no", "WRONGTYPES", "UNHEARD of", "OK MOVED 1"] {
            assert_eq!(ServerErrorKind::of(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn verdicts_follow_from_kinds() {
        let verdict = |text: &str| ServerErrorKind::of(text.as_bytes()).map(ServerErrorKind::retry);
        assert_eq!(verdict("WRONGTYPE Operation against a key"), Some(Retry::Never));
        assert_eq!(verdict("LOADING Redis is loading the dataset in memory"), Some(Retry::Delay));
        assert_eq!(verdict("MOVED 3999 127.0.0.1:6381"), Some(Retry::Redirect));
        assert_eq!(verdict("READONLY You can't write against a read only replica."), Some(Retry::Reconnect));
        assert_eq!(verdict("CLUSTERDOWN Hash slot not served"), Some(Retry::Refresh));
    }
}
