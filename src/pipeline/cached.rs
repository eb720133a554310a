//! A scan that may use a cache, and is done again without it if the cache was
//! wrong.

use std::time::{Instant, SystemTime};

use super::coordinator::attempt;
use super::{Scan, ScanResult};
use crate::cache::Cache;
use crate::config::CacheConfig;
use crate::error::Error;
use crate::types::{CacheSummary, Timestamp};

pub(super) fn run(mut scan: Scan<'_>) -> Result<ScanResult, Error> {
    let began = Instant::now();
    let cache = scan.config.cache.take();
    let reads_all = cache.as_ref().is_some_and(CacheConfig::reads_all);
    let cache = cache.map(|config| Cache::open(config, Timestamp::from(SystemTime::now())));
    let cache = cache.as_ref();
    let own_file = cache.and_then(Cache::own_file);
    scan.config.excluded_files.extend(own_file);
    // Only fresh bytes verify.
    let reads_all_now = scan.config.verify;
    let (result, counts) = attempt(&mut scan, began, cache, reads_all_now)?;
    let Some((cache, counts)) = cache.zip(counts) else {
        return Ok(result);
    };
    let (mut result, mut counts) = (result, counts);
    if let Some(wrong) = counts.first_wrong {
        cache.note_wrong(&result.catalog.path_of(wrong));
    }
    if cache.has_repeated_volume() {
        cache.note_repeated();
    }
    if counts.is_void && !reads_all {
        // No group that rests on the cache is to be reported.
        let first = counts.summary;
        let (again, stored) = attempt(&mut scan, began, Some(cache), true)?;
        result = again;
        counts.summary = CacheSummary {
            checked: first.checked,
            wrong: first.wrong,
            ..stored.map(|counts| counts.summary).unwrap_or_default()
        };
    }
    result.summary.cache = Some(cache.summary(counts.summary));
    Ok(result)
}
