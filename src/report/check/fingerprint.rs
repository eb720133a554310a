//! Fingerprints that identify a finding to a code host across runs.

use std::path::Path;

use crate::platform::bytes_of;
use crate::types::Digest;

/// The same for the same content at the same path, whatever else changes; and
/// never the same for two findings of a report. A hash over the rule, the path
/// and the content, each with its length before it, in 32 hexadecimal digits:
/// the same length as the examples of code hosts.
pub(super) fn fingerprint(rule: &str, path: &Path, content: &[u8]) -> String {
    let mut hash = blake3::Hasher::new();
    for part in [rule.as_bytes(), bytes_of(path.as_os_str()), content] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Digest::new(&hash.finalize().as_bytes()[..16]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_parts_do_not_run_into_each_other() {
        let path = Path::new;
        let prints = [
            fingerprint("a", path("b"), b"c"),
            fingerprint("ab", path(""), b"c"),
            fingerprint("a", path("bc"), b""),
            fingerprint("a", path("b"), b"d"),
            fingerprint("", path("ab"), b"c"),
        ];
        for (at, print) in prints.iter().enumerate() {
            assert_eq!(print.len(), 32);
            assert!(!prints[..at].contains(print), "{at}");
        }
        // Code hosts keep them: a change would reopen every finding.
        assert_eq!(prints[0], "df5ce928621ab398ef6484761a24aa3d");
    }
}
