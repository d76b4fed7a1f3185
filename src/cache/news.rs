//! What the listeners of a cache want to know.

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The reply of this command was stored.
    Cached(Box<[u8]>),
    /// The reply of this command was dropped since its time had come.
    Expired(Box<[u8]>),
    /// The server invalidated this key, or everything.
    Invalidated(Option<Box<[u8]>>),
}
