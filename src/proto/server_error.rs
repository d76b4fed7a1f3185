//! The errors that servers are known to send: the word that each begins with, and whether the same command may be sent
//! again. `lib/server-errors.generated.ts` and a table of `docs/errors.md` are made of the rows below
//! (`tools/generate-server-errors.mjs`).

/// What can make the same command succeed, after a server has refused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Nothing: the command, the data or the rights must change first, or somebody must look at the server.
    Never,
    /// Time: the same server, after a delay.
    Delay,
    /// The server that the error names.
    Redirect,
    /// A new connection: the address leads to another server now.
    Reconnect,
    /// What the nodes of the cluster say now of their slots.
    Refresh,
}

/// Makes the enum, the words and the verdicts of one list of rows: a comment, `Variant "WORD" Verdict;`.
macro_rules! server_errors {
    ($($(#[$comment:meta])* $kind:ident $word:literal $retry:ident;)*) => {
        /// What an error of a server is, by its first word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ServerErrorKind { $($(#[$comment])* $kind,)* }

        impl ServerErrorKind {
            /// All of them, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            fn of_word(word: &[u8]) -> Option<Self> {
                $(if word == $word.as_bytes() { return Some(Self::$kind) })*
                None
            }

            /// The word that such errors begin with.
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
    /// Everything that has no word of its own: an unknown command, wrong arguments, a wrong state.
    Err "ERR" Never;
    /// The key holds a value of another type.
    WrongType "WRONGTYPE" Never;
    /// The server does not have the script: `EVAL` sends its text.
    NoScript "NOSCRIPT" Never;
    /// EXEC did nothing, since the server had refused a command of the transaction.
    ExecAbort "EXECABORT" Never;
    /// The keys of the command lie in several hash slots.
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
    /// The server is in protected mode, and takes no connections from other machines.
    Denied "DENIED" Never;
    /// The server does not speak the wanted version of RESP.
    NoProto "NOPROTO" Never;
    /// The server has reached `maxmemory`.
    Oom "OOM" Never;
    /// The server takes no writes while it cannot save.
    Misconf "MISCONF" Never;
    /// A blocking command was ended by CLIENT UNBLOCK, or since the server became a replica.
    Unblocked "UNBLOCKED" Never;
    /// The script that runs has written already and cannot be killed.
    Unkillable "UNKILLABLE" Never;
    /// No script or function runs that could be killed.
    NotBusy "NOTBUSY" Never;
    /// MIGRATE lost its connection to the other server; the key may have arrived.
    IoErr "IOERR" Never;
    /// The server reads its data from disk.
    Loading "LOADING" Delay;
    /// A script or function runs for longer than it should.
    Busy "BUSY" Delay;
    /// The keys of the command are being moved to another node, and only some have arrived.
    TryAgain "TRYAGAIN" Delay;
    /// The replica has lost its master, and may not answer with old data.
    MasterDown "MASTERDOWN" Delay;
    /// The replica has lost its master.
    NoMasterLink "NOMASTERLINK" Delay;
    /// There are fewer replicas than writes want.
    NoReplicas "NOREPLICAS" Delay;
    /// A failover is in progress.
    InProgress "INPROG" Delay;
    /// The sentinel knows no replica that could take over.
    NoGoodReplica "NOGOODSLAVE" Delay;
    /// Not enough sentinels are there to agree on a failover.
    NoQuorum "NOQUORUM" Delay;
    /// The hash slot belongs to another node.
    Moved "MOVED" Redirect;
    /// The hash slot is being moved, and the key is on the other node already.
    Ask "ASK" Redirect;
    /// The replica sends its clients to the primary (Valkey).
    Redirect "REDIRECT" Redirect;
    /// The server is a replica: perhaps the master was replaced, and the address leads to the new one.
    ReadOnly "READONLY" Reconnect;
    /// The cluster is down, or no node serves the hash slot.
    ClusterDown "CLUSTERDOWN" Refresh;
}

impl ServerErrorKind {
    /// The kind of an error with this text; none when its first word is not in the list.
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
