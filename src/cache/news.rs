//! What the listeners of a cache want to know.

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The reply of this command in this database was stored.
    Cached(Box<[u8]>, u32),
    /// The reply of this command in this database was dropped since its time had come.
    Expired(Box<[u8]>, u32),
    /// The server invalidated this key, or everything.
    Invalidated(Option<Box<[u8]>>),
}
