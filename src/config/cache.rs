//! Configuration of the cache.

use std::path::PathBuf;

/// The largest size of a cache file, unless another one is given. An entry takes
/// 69 bytes.
pub(crate) const DEFAULT_CACHE_SIZE: u64 = 1 << 30;

/// One of so many hits is read again.
const SAMPLED: u64 = 1000;

/// A cache to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CacheConfig {
    /// Its file.
    pub file: PathBuf,
    /// The largest size of the file.
    pub max_size: u64,
    /// One of so many hits is read again; 1 reads all of them.
    pub sampled: u64,
    /// Rules that a test leaves out, to see that they are needed.
    pub without: Without,
}

#[cfg(test)]
pub(crate) type Without = &'static [CacheRule];
#[cfg(not(test))]
pub(crate) type Without = ();

/// Rules that make the cache believable.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CacheRule {
    /// The change time is compared.
    Changed,
    /// The generation of the inode is compared.
    Generation,
    /// Only settled files are stored.
    Settled,
    /// File systems are told apart.
    Volume,
    /// Of file systems with the same UUID at the same time, one is cached.
    OneDevice,
    /// Algorithms are told apart.
    Algorithm,
    /// Entries from the future of a clock that was set back are dropped.
    Clock,
    /// Checksums are compared.
    Checksum,
}

impl CacheConfig {
    /// A cache in this file.
    pub(crate) fn new(file: PathBuf) -> Self {
        Self {
            file,
            max_size: DEFAULT_CACHE_SIZE,
            sampled: SAMPLED,
            without: Without::default(),
        }
    }

    /// Returns true if every hit is read again, so that the cache saves nothing.
    pub(crate) fn reads_all(&self) -> bool {
        self.sampled <= 1
    }
}

/// Evaluates to true if a test left this rule out.
macro_rules! is_without {
    ($config:expr, $rule:ident) => {{
        #[cfg(test)]
        let is_without = $config.without.contains(&$crate::config::CacheRule::$rule);
        #[cfg(not(test))]
        let is_without = {
            let _ = &$config;
            false
        };
        is_without
    }};
}
pub(crate) use is_without;
