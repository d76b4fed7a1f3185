//! Numbers that are one of a few: kinds, phases, events.

/// Declares an enum whose variants have numbers.
macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant = $value,)* }

        impl $name {
            /// All of them by their names in TypeScript.
            pub const NUMBERS: &[(&str, i32)] =
                &[$((concat!(stringify!($name), ".", stringify!($variant)), Self::$variant as i32)),*];
        }
    };
}

codes! {
    /// Why the engine settles a request without a reply.
    Failure {
        /// The connection was lost; the error is the one of the last `Disconnected` event.
        ConnectionLost = 1,
        /// The command's `timeout` passed before it was written.
        Timeout = 2,
        /// `destroy()`.
        Destroyed = 3,
        /// `close()` while there was no connection to drain.
        Closed = 4,
        /// The reconnect strategy gave up; JS holds the error.
        GaveUp = 5,
        /// The memory of a large argument was transferred or resized before all of it was written.
        ArgumentGone = 6,
        /// The engine failed inside when the request was handed over.
        Fault = 7,
        /// The command was not written within the relaxed timeout, while the server was under maintenance.
        TimeoutDuringMaintenance = 8,
    }
}

codes! {
    /// How far a request had got when it failed.
    RequestPhase {
        /// No byte of it was written.
        Queued = 0,
        /// It was written, wholly or in part: the server may have run it.
        Written = 1,
    }
}

codes! {
    /// The three name spaces of pub/sub.
    SubscriptionKind {
        /// `SUBSCRIBE`.
        Channels = 0,
        /// `PSUBSCRIBE`.
        Patterns = 1,
        /// `SSUBSCRIBE` (Redis 7).
        Sharded = 2,
    }
}

codes! {
    /// What the server pushes, by the word that a push begins with.
    PushKind {
        /// Any other word.
        Other = 0,
        /// `message`: to a channel.
        Message = 1,
        /// `pmessage`: to a pattern.
        PatternMessage = 2,
        /// `smessage`: to a sharded channel.
        ShardedMessage = 3,
        /// `subscribe`, `psubscribe` or `ssubscribe`.
        Subscribed = 4,
        /// `unsubscribe`, `punsubscribe` or `sunsubscribe`.
        Unsubscribed = 5,
        /// `invalidate`: keys that were read have changed.
        Invalidate = 6,
        /// `MOVING`: the endpoint is about to be replaced by another one.
        Moving = 7,
        /// `MIGRATING`: slots are about to be moved to another node.
        Migrating = 8,
        /// `MIGRATED`: slots were moved to another node.
        Migrated = 9,
        /// `FAILING_OVER`: a replica is about to take the place of its primary.
        FailingOver = 10,
        /// `FAILED_OVER`: a replica has taken the place of its primary.
        FailedOver = 11,
        /// `SMIGRATING`: slots of a cluster are about to be moved to another node.
        ShardMigrating = 12,
        /// `SMIGRATED`: slots of a cluster were moved to another node.
        ShardMigrated = 13,
    }
}

codes! {
    /// The kind of an engine error; JS chooses the class by it.
    ErrorKind {
        /// An operating system error while dialling, reading or writing; `code` is the errno name (`ECONNREFUSED`).
        Io = 0,
        /// Name resolution failed; `code` is `ENOTFOUND` or `EAI_AGAIN`.
        Dns = 1,
        /// `connectTimeout` passed before the connection was ready.
        ConnectTimeout = 2,
        /// `socketTimeout` passed without traffic.
        SocketTimeout = 3,
        /// The peer closed the socket.
        SocketClosed = 4,
        /// The TLS handshake failed; `code` is Node's name of it where there is one (`DEPTH_ZERO_SELF_SIGNED_CERT`).
        Tls = 5,
        /// The peer does not speak RESP, or sent more than the limits allow.
        Protocol = 6,
        /// The server answered the handshake with an error; `message` is its text.
        Server = 7,
        /// The memory of a large argument was taken away when the command was half written.
        ArgumentGone = 8,
        /// A fault of the engine itself.
        Internal = 9,
        /// A setting that cannot be used.
        Config = 10,
        /// The relaxed `socketTimeout` passed without traffic, while the server was under maintenance.
        SocketTimeoutDuringMaintenance = 11,
    }
}

codes! {
    /// What the engine asks JS.
    QuestionKind {
        /// Where to connect to. The answer has `path`, or `host` and `port`, and maybe `servername`.
        Endpoint = 0,
        /// The addresses of a host; the detail is the host, or empty for the configured one. The answer has `addresses`.
        Lookup = 1,
        /// Whether the peer is who it should be; the detail is its certificate, and after a space its host, unless that is the
        /// configured one. An answer accepts it.
        Identity = 2,
        /// The answer may have `username` and `password`.
        Credentials = 3,
        /// Whether and when to try again. The detail is the number of failed attempts so far, and the error. The answer has
        /// `delay`; `giveUp()` is the other one.
        Retry = 4,
    }
}

codes! {
    /// Events of the engine. `a` and `b` are the two numbers that come with one, the detail is its text.
    NativeEvent {
        /// The socket is open.
        Connected = 1,
        /// The handshake is done. `a` is the protocol.
        Ready = 2,
        /// JS must answer. `a` is the serial of what waits, `b` the kind of question.
        Ask = 3,
        /// A new attempt starts.
        Reconnecting = 4,
        /// `close()` or `destroy()` is complete.
        Ended = 5,
        /// The server withdrew a sharded subscription. The detail is the channel.
        ShardedChannelMoved = 6,
        /// The connection was lost while `close()` waited for it. The detail is the error.
        LostWhileClosing = 7,
        /// `cacheNews()` of the link's cache has something.
        CacheNews = 8,
        /// `a` is the protocol from now on; the detail says why it is not the one that was wanted.
        Protocol = 9,
        /// `a` is the kind of subscription; the detail is the channel and the server's error.
        SubscriptionRefused = 10,
        /// `a` is the place of a command given to `setRestored`; the detail is the server's error.
        CommandRefused = 11,
        /// `a` is the block of a connection that is gone: the engine does not touch it any more.
        BlockDropped = 12,
        /// A new connection has taken the place of the old one, without an outage. `a` is the protocol.
        HandedOver = 13,
        /// The new connection could not be made, and the old one goes on. The detail is the error.
        HandOverFailed = 14,
        /// `a` is the delay in ms until `tick()` is due.
        Timer = 15,
        /// `attend()` is due outside of the current stack.
        Attend = 16,
        /// A node of a cluster has a link, or another one than before. `a` is the link, `b` the number of the node; the detail is
        /// its port, its id and its host, with a space between them.
        NodeAdded = 17,
        /// `b` is the number of a node that is no longer part of the cluster. Its link ends by itself.
        NodeRemoved = 18,
        /// The detail is the layout of the cluster: `primary,replica,…:start-end,start-end;…` in numbers of nodes.
        Topology = 19,
        /// The slot `a` belongs to the node `b` now.
        SlotMoved = 20,
        /// The link `a` has told the layout of the cluster.
        Discovered = 21,
        /// The link `a` has not told the layout of the cluster. The detail is the error.
        NotDiscovered = 22,
        /// No node of the cluster could be asked for the layout: JS has to ask other servers.
        Unreachable = 23,
        /// The request `a` is about to fail in the queue; the detail is the error with which a server has refused it last.
        RefusedBefore = 24,
        /// The server has told of maintenance. `a` is the `PushKind`, `b` the sequence id, or -1 if it is no number; the detail
        /// is JSON with what the notice has of `seconds`, `host` (null: the configured address), `port`, `shards`, `moves` (each
        /// with `source`, `target`, `slots`), and `isRepeated`: such a notice has no effect.
        Maintenance = 25,
        /// A notice of maintenance was ignored, as it is malformed. `a` is the `PushKind`; the detail says why.
        MaintenanceIgnored = 26,
        /// `a` is 1 if the limits of commands and of the socket are relaxed from now on, 0 if they no longer are.
        Relaxed = 27,
    }
}

codes! {
    /// Which nodes of a shard serve reads.
    ReadFrom {
        /// The primary.
        Primary = 0,
        /// The primary and its replicas in turn.
        AnyNode = 1,
        /// Replicas; the primary if there is none.
        PreferReplica = 2,
        /// Replicas in the zone of the client, else the primary if it is there, else any node.
        AzAffinity = 3,
        /// The node that answers fastest.
        LowestLatency = 4,
    }
}

codes! {
    /// Why a command of a cluster was sent again, or its error was given to its caller.
    TraceReason {
        /// It was not sent again.
        None = 0,
        /// MOVED: the slot belongs to another node.
        Moved = 1,
        /// ASK: the slot is on its way to another node.
        Ask = 2,
        /// TRYAGAIN: only some of the keys have arrived.
        TryAgain = 3,
        /// CLUSTERDOWN: no node serves the slot.
        ClusterDown = 4,
        /// LOADING: the node reads its data from disk.
        Loading = 5,
        /// MASTERDOWN: the replica has lost its primary.
        MasterDown = 6,
        /// The connection was lost.
        ConnectionLost = 7,
        /// It waited for a node that is connected and does not answer.
        Silent = 8,
    }
}
