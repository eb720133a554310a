//! Scans with a cache, next to scans without one: each rule that makes the cache
//! believable, and what goes wrong without it.

use std::fs::{self, File, FileTimes};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Scan;
use crate::cache::{self, Cache};
use crate::config::{CacheConfig, CacheRule, Goal, HashAlgorithm, ScanConfig, SortKey};
use crate::platform::{self, NativeDir};
use crate::types::{CacheSummary, Timestamp};

/// A tree to scan and a cache.
pub(super) struct Bench {
    dir: tempfile::TempDir,
    pub(super) config: CacheConfig,
    pub(super) settle_time: Option<Duration>,
    pub(super) hash: HashAlgorithm,
}

/// Groups of names, with their digests.
pub(super) type Groups = Vec<(Vec<String>, String)>;

impl Bench {
    /// `None` if nothing is cached on the file system of temporary files.
    pub(super) fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("tree")).unwrap();
        let open = NativeDir::open(platform::bytes_of(dir.path().as_os_str())).unwrap();
        if platform::volume_of(&open).is_none() {
            eprintln!("skipped: nothing is cached on the file system of temporary files");
            return None;
        }
        Some(Self {
            config: CacheConfig {
                // Chance is for tests of its own.
                sampled: u64::MAX,
                ..CacheConfig::new(dir.path().join("cache"))
            },
            dir,
            settle_time: Some(Duration::ZERO),
            hash: HashAlgorithm::Blake3,
        })
    }

    pub(super) fn without(mut self, rules: &'static [CacheRule]) -> Self {
        self.config.without = rules;
        self
    }

    pub(super) fn tree(&self) -> PathBuf {
        self.dir.path().join("tree")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.tree().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Makes two files of the same content, and scans them.
    fn begin(&self, content: &[u8]) {
        self.write("a", content);
        self.write("b", content);
        let (groups, summary) = self.scan();
        assert_eq!(names(&groups), [["a", "b"]]);
        assert_eq!((summary.files, summary.stored), (0, 2), "{summary:?}");
    }

    pub(super) fn scan(&self) -> (Groups, CacheSummary) {
        self.scan_of(&self.tree())
    }

    pub(super) fn scan_of(&self, tree: &Path) -> (Groups, CacheSummary) {
        let (groups, summary) = self.run(tree, Some(self.config.clone()));
        (groups, summary.unwrap())
    }

    fn run(&self, tree: &Path, cache: Option<CacheConfig>) -> (Groups, Option<CacheSummary>) {
        let mut config = ScanConfig::new([tree]);
        config.cache = cache;
        config.hash = self.hash;
        config.execution.settle_time = self.settle_time;
        run(config, tree)
    }

    /// The groups that a scan without the cache finds.
    pub(super) fn truth(&self) -> Groups {
        self.run(&self.tree(), None).0
    }
}

fn run(config: ScanConfig, tree: &Path) -> (Groups, Option<CacheSummary>) {
    let result = Scan::new(config).run().unwrap();
    assert_eq!(result.errors(), []);
    let groups = result.groups(SortKey::Path).map(|group| {
        let mut names: Vec<String> = group
            .files
            .iter()
            .flat_map(|file| std::iter::once(&file.path).chain(&file.hard_links))
            .map(|path| path.strip_prefix(tree).unwrap().display().to_string())
            .collect();
        names.sort();
        let digest = group.digest.map(|digest| digest.to_string());
        (names, digest.unwrap_or_default())
    });
    let mut groups: Groups = groups.collect();
    groups.sort();
    (groups, result.summary().cache.clone())
}

pub(super) fn names(groups: &Groups) -> Vec<Vec<&str>> {
    let names = groups.iter().map(|(names, _)| names);
    names
        .map(|names| names.iter().map(String::as_str).collect())
        .collect()
}

/// Sets the modification time of a file to that of another moment.
fn restore(path: &Path, modified: SystemTime) {
    let times = FileTimes::new().set_modified(modified);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_times(times)
        .unwrap();
}

/// Runs a scenario with all rules, and with some left out. It returns the number
/// of groups after content that was equal became different.
fn shows(rules: &'static [CacheRule], scenario: impl Fn(&Bench) -> usize) {
    if let Some(bench) = Bench::new() {
        assert_eq!(scenario(&bench), 0);
        let without = Bench::new().unwrap().without(rules);
        assert_eq!(scenario(&without), 1, "the rules {rules:?} do nothing");
    }
}

#[test]
fn a_second_scan_reads_nothing_and_finds_the_same() {
    let Some(bench) = Bench::new() else { return };
    let large = vec![7_u8; 100_000];
    bench.write("a", b"small");
    bench.write("b", b"small");
    bench.write("c", b"other");
    bench.write("d", &large);
    bench.write("e", &large);
    bench.write("f", b"the only one of its size");
    let first = bench.scan();
    assert_eq!((first.1.files, first.1.stored), (0, 5));
    let second = bench.scan();
    assert_eq!(second.0, first.0);
    assert_eq!(second.0, bench.truth());
    assert_eq!((second.1.files, second.1.stored), (5, 0));
    assert_eq!(
        second.1.bytes,
        3 * 5 + 2 * (100_000 + 8192),
        "{:?}",
        second.1
    );
    // A file that is new is compared with those.
    bench.write("g", &large);
    bench.write("h", b"small");
    let third = bench.scan();
    assert_eq!(names(&third.0), [vec!["a", "b", "h"], vec!["d", "e", "g"]]);
    assert_eq!((third.1.files, third.1.stored), (5, 2));
    // What is to be verified is read.
    let mut config = ScanConfig::new([bench.tree()]);
    config.cache = Some(bench.config.clone());
    config.verify = true;
    let (groups, summary) = run(config, &bench.tree());
    assert_eq!((groups, summary.unwrap().files), (third.0, 0));
}

#[test]
fn files_that_are_read_in_windows_are_known_by_their_whole_digests() {
    let Some(bench) = Bench::new() else { return };
    let mut content = vec![7; 9 << 20];
    bench.write("a", &content);
    bench.write("b", &content);
    content[5 << 20] = 8;
    bench.write("other", &content);
    let first = bench.scan();
    assert_eq!(names(&first.0), [["a", "b"]]);
    // What was read of the other one is not all of it.
    let info = cache::info(&bench.config.file).unwrap().unwrap();
    assert_eq!(info.entries, 5);
    // Beside two that are known it is read to its end.
    let (groups, summary) = bench.scan();
    assert_eq!((&groups, summary.files, summary.stored), (&first.0, 3, 1));
    assert_eq!(summary.bytes, 3 * 8192 + 2 * (9 << 20));
    // One that is new is compared with those that are known.
    bench.write("same", &content);
    let (groups, summary) = bench.scan();
    assert_eq!(names(&groups), [["a", "b"], ["other", "same"]]);
    assert_eq!((groups, summary.stored), (bench.truth(), 1));
    assert_eq!(bench.scan().1.bytes, 4 * 8192 + 4 * (9 << 20));
}

#[test]
fn everything_can_be_hashed_from_the_cache() {
    let Some(bench) = Bench::new() else { return };
    bench.write("a", b"small");
    bench.write("b", &vec![7; 100_000]);
    bench.write("c", &[vec![8; 100_000], vec![9]].concat());
    let digests = || {
        let mut config = ScanConfig::new([bench.tree()]);
        config.cache = Some(bench.config.clone());
        config.goal = Goal::HashEverything;
        config.execution.settle_time = Some(Duration::ZERO);
        let result = Scan::new(config).run().unwrap();
        let files = result
            .files()
            .map(|(file, digest)| (file.path, digest.unwrap()));
        let mut files: Vec<_> = files.collect();
        files.sort();
        (files, result.summary().cache.clone().unwrap().files)
    };
    let first = digests();
    assert_eq!((first.0.len(), first.1), (3, 0));
    assert_eq!(digests(), (first.0, 3));
}

#[test]
fn a_renamed_file_is_no_other_file() {
    let Some(bench) = Bench::new() else { return };
    bench.begin(b"one");
    bench.write("c", b"two");
    bench.scan();
    // The names go round.
    for (from, to) in [("a", "x"), ("c", "a"), ("b", "c"), ("x", "b")] {
        fs::rename(bench.path(from), bench.path(to)).unwrap();
    }
    let (groups, _) = bench.scan();
    assert_eq!(names(&groups), [["b", "c"]]);
}

#[test]
fn a_file_with_other_content_and_its_old_modification_time_is_read() {
    shows(&[CacheRule::Changed], |bench| {
        bench.begin(b"one");
        let path = bench.path("b");
        let modified = path.metadata().unwrap().modified().unwrap();
        bench.write("b", b"two");
        restore(&path, modified);
        bench.scan().0.len()
    });
}

#[test]
fn another_file_with_the_same_inode_number_is_read() {
    let replace = |bench: &Bench| {
        bench.begin(b"one");
        let path = bench.path("b");
        let before = path.metadata().unwrap();
        for attempt in 0..1000 {
            fs::remove_file(&path).unwrap();
            bench.write("b", b"two");
            if path.metadata().unwrap().ino() == before.ino() {
                restore(&path, before.modified().unwrap());
                return bench.scan().0.len();
            }
            // Another file gets the number.
            fs::rename(&path, bench.path(&attempt.to_string())).unwrap();
            fs::remove_file(bench.path(&attempt.to_string())).unwrap();
            bench.write("b", b"two");
        }
        eprintln!("skipped: the file system does not use inode numbers again");
        usize::MAX
    };
    let Some(bench) = Bench::new() else { return };
    // The change time differs as well, but a clock may have been set.
    let found = replace(&bench.without(&[CacheRule::Changed]));
    if found == usize::MAX {
        return;
    }
    assert_eq!(found, 0);
    let without = &[CacheRule::Changed, CacheRule::Generation];
    let bench = Bench::new().unwrap().without(without);
    assert_eq!(replace(&bench), 1, "the rule does nothing");
}

#[test]
#[allow(unsafe_code, reason = "a store through a mapping is what is tested")]
fn a_file_that_may_still_be_written_to_through_a_mapping_is_not_stored() {
    let scenario = |settle_time| {
        let mut bench = Bench::new()?;
        bench.settle_time = settle_time;
        bench.write("a", &[b'1'; 5000]);
        let path = bench.path("b");
        bench.write("b", &[b'0'; 5000]);
        let file = File::options().read(true).write(true).open(&path).unwrap();
        // SAFETY: nobody truncates the file.
        let mut map = unsafe { memmap2::MmapMut::map_mut(&file).unwrap() };
        map.fill(b'1');
        drop(file);
        let mut config = ScanConfig::new([bench.tree()]);
        config.cache = Some(bench.config.clone());
        config.execution.settle_time = settle_time;
        let result = Scan::new(config.clone()).run().unwrap();
        let stored = result.summary().cache.as_ref().unwrap().stored;
        // The page is dirty already: no time of the file changes.
        let before = path.metadata().unwrap();
        map[77] = b'2';
        let after = path.metadata().unwrap();
        if (before.ctime(), before.ctime_nsec()) != (after.ctime(), after.ctime_nsec()) {
            eprintln!("skipped: the page was written back meanwhile");
            return None;
        }
        let groups = Scan::new(config)
            .run()
            .unwrap()
            .groups(SortKey::Path)
            .count();
        Some((stored, groups))
    };
    if let Some(found) = scenario(None) {
        assert_eq!(found, (0, 0));
    }
    // If nothing waits for the write-back, it is believed.
    if let Some(found) = scenario(Some(Duration::ZERO)) {
        assert_eq!(found, (2, 1), "the rule does nothing");
    }
}

#[test]
fn what_changed_a_moment_ago_is_not_stored() {
    let stored = |mut bench: Bench| {
        bench.settle_time = None;
        bench.write("a", b"one");
        bench.write("b", b"one");
        bench.scan().1.stored
    };
    if let Some(bench) = Bench::new() {
        assert_eq!(stored(bench), 0);
        let without = Bench::new().unwrap().without(&[CacheRule::Settled]);
        assert_eq!(stored(without), 2, "the rule does nothing");
    }
}

#[test]
fn another_algorithm_has_other_entries() {
    let scan = |mut bench: Bench| {
        bench.hash = HashAlgorithm::Xxh3;
        bench.begin(b"one");
        bench.hash = HashAlgorithm::Md5;
        let (groups, _) = bench.scan();
        groups == bench.truth()
    };
    if let Some(bench) = Bench::new() {
        assert!(scan(bench));
        let without = Bench::new().unwrap().without(&[CacheRule::Algorithm]);
        assert!(!scan(without), "the rule does nothing");
    }
}

#[test]
fn nothing_is_believed_after_the_clock_was_set_back() {
    let is_used = |bench: &Bench| {
        bench.begin(b"one");
        let hour = Duration::from_secs(3600);
        let now = Timestamp::from(SystemTime::now());
        let used = |now| {
            Cache::open(bench.config.clone(), now)
                .lookup(bench.hash, now, false)
                .is_some_and(|lookup| lookup.has_entries())
        };
        assert!(used(now));
        (used(now.before(hour)), used(now))
    };
    if let Some(bench) = Bench::new() {
        assert_eq!(is_used(&bench), (false, false));
        let without = Bench::new().unwrap().without(&[CacheRule::Clock]);
        assert_eq!(is_used(&without), (true, true), "the rule does nothing");
    }
}

#[test]
fn a_digest_that_is_wrong_is_found_by_chance_and_ends_the_belief() {
    let Some(mut bench) = Bench::new() else {
        return;
    };
    for file in 0..100 {
        bench.write(&format!("{file:02}"), &[file; 500]);
    }
    bench.scan();
    // The change time is left out of the comparison: so the cache lies.
    bench.config.without = &[CacheRule::Changed];
    for file in 0..100 {
        let path = bench.path(&format!("{file:02}"));
        let modified = path.metadata().unwrap().modified().unwrap();
        fs::write(&path, [file / 2; 500]).unwrap();
        restore(&path, modified);
    }
    let truth = bench.truth();
    let (groups, summary) = bench.scan();
    assert_eq!((summary.files, summary.wrong), (100, 0));
    assert_ne!(groups, truth, "the cache does not lie");
    bench.config.sampled = 4;
    let (groups, summary) = bench.scan();
    assert_eq!(groups, truth);
    assert!(summary.wrong > 0 && summary.files == 0, "{summary:?}");
    assert!(summary.notes[0].contains("another digest"), "{summary:?}");
    // It was filled anew.
    assert_eq!(summary.stored, 100);
    bench.config.sampled = u64::MAX;
    let (groups, summary) = bench.scan();
    assert_eq!((groups, summary.files), (truth, 100));
}

#[test]
fn a_file_that_is_no_cache_is_left_alone() {
    let Some(bench) = Bench::new() else { return };
    let mut newer = Vec::new();
    bench.begin(b"one");
    newer.extend_from_slice(&fs::read(&bench.config.file).unwrap());
    newer[12] = 2;
    let sum = xxhash_rust::xxh3::xxh3_64(&newer[..16]);
    newer[16..24].copy_from_slice(&sum.to_le_bytes());
    for (content, note) in [
        (&b"a letter"[..], "is not a cache"),
        (b"nodupe", "damaged"),
        (&newer, "newer"),
    ] {
        fs::write(&bench.config.file, content).unwrap();
        let (groups, summary) = bench.scan();
        assert_eq!(groups, bench.truth());
        assert!(summary.notes[0].contains(note), "{summary:?}");
        if note == "damaged" {
            let mut aside = bench.config.file.clone().into_os_string();
            aside.push(".damaged");
            assert_eq!(fs::read(aside).unwrap(), content);
            assert_eq!(bench.scan().1.files, 2);
        } else {
            assert_eq!(fs::read(&bench.config.file).unwrap(), content);
            assert_eq!((summary.files, summary.stored), (0, 0));
        }
    }
}

#[test]
fn a_file_that_was_cut_or_damaged_anywhere_is_never_believed() {
    let Some(mut bench) = Bench::new() else {
        return;
    };
    for file in 0..120 {
        bench.write(&format!("{file:03}"), &[file / 2; 500]);
    }
    bench.scan();
    for file in 120..150 {
        bench.write(&format!("{file:03}"), &[file / 2; 500]);
    }
    bench.scan();
    let truth = bench.truth();
    let whole = fs::read(&bench.config.file).unwrap();
    // What a write that was interrupted leaves: it only ever appends.
    for cut in (0..whole.len())
        .step_by(509)
        .chain([1, 23, 24, 25, 87, 88, 89])
    {
        fs::write(&bench.config.file, &whole[..cut]).unwrap();
        let (groups, _) = bench.scan();
        assert_eq!(groups, truth, "cut at {cut}");
    }
    let lies = |bench: &Bench| {
        let at = (24..whole.len()).step_by(331);
        let mut lies = 0;
        for at in at {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            fs::write(&bench.config.file, damaged).unwrap();
            lies += usize::from(bench.scan().0 != truth);
            assert!(bench.scan().0 == truth || !bench.config.without.is_empty());
        }
        lies
    };
    assert_eq!(lies(&bench), 0);
    bench.config.without = &[CacheRule::Checksum];
    assert!(lies(&bench) > 0, "checksums do nothing");
}

#[test]
fn two_runs_at_once_store_what_both_prove() {
    let Some(bench) = Bench::new() else { return };
    for tree in ["x", "y"] {
        fs::create_dir(bench.path(tree)).unwrap();
        for file in 0..50 {
            bench.write(&format!("{tree}/{file}"), &[file / 2; 500]);
        }
    }
    std::thread::scope(|scope| {
        for tree in ["x", "y"] {
            let bench = &bench;
            scope.spawn(move || {
                for _ in 0..5 {
                    let (groups, summary) = bench.scan_of(&bench.path(tree));
                    assert_eq!((groups.len(), summary.notes.len()), (25, 0), "{summary:?}");
                }
            });
        }
    });
    let (groups, summary) = bench.scan();
    assert_eq!((groups, summary.files), (bench.truth(), 100));
}

#[test]
fn another_scan_goes_on_where_one_was_interrupted() {
    let Some(bench) = Bench::new() else { return };
    for size in 1..40_usize {
        bench.write(&format!("{size}a"), &vec![7; size * 1000]);
        bench.write(&format!("{size}b"), &vec![7; size * 1000]);
    }
    let mut config = ScanConfig::new([bench.tree()]);
    config.cache = Some(bench.config.clone());
    config.execution.settle_time = Some(Duration::ZERO);
    let scan = Scan::new(config);
    let cancel = scan.cancel_token();
    let result = scan.on_group(move |_| cancel.cancel()).run().unwrap();
    assert!(result.summary().interrupted);
    let stored = result.summary().cache.as_ref().unwrap().stored;
    assert!(stored > 0);
    let (groups, summary) = bench.scan();
    assert_eq!((groups, summary.files), (bench.truth(), stored));
}

#[test]
fn the_file_is_bounded_and_keeps_what_was_met_last() {
    let Some(mut bench) = Bench::new() else {
        return;
    };
    bench.config.max_size = 20_000;
    for round in 0..6 {
        for file in 0..100 {
            bench.write(&format!("{file}"), &[round, file / 2].repeat(250));
        }
        let (groups, summary) = bench.scan();
        assert_eq!(groups.len(), 50);
        assert!(summary.notes.is_empty(), "{summary:?}");
        let length = bench.config.file.metadata().unwrap().len();
        assert!(length <= bench.config.max_size, "{length}");
    }
    assert!(bench.scan().1.files > 50);
}

#[test]
fn many_runs_are_merged_and_the_newest_entries_stay() {
    let Some(bench) = Bench::new() else { return };
    for round in 0..30_u8 {
        for file in 0..10 {
            bench.write(&format!("{round}-{file}"), &[file, round].repeat(300));
            bench.write("same", &[file, round].repeat(300));
        }
        let (groups, _) = bench.scan();
        assert_eq!(groups, bench.truth());
    }
    let info = cache::info(&bench.config.file).unwrap().unwrap();
    assert_eq!(info.volumes.len(), 1);
    assert!((301..=340).contains(&info.entries), "{info:?}");
    assert_eq!(bench.scan().1.files, 301);
}

#[test]
fn the_file_is_for_its_owner_alone() {
    let Some(bench) = Bench::new() else { return };
    bench.begin(b"one");
    let mode = || bench.config.file.metadata().unwrap().mode() & 0o7777;
    assert_eq!(mode(), 0o600);
    fs::set_permissions(
        &bench.config.file,
        <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o644),
    )
    .unwrap();
    bench.write("c", b"one");
    bench.scan();
    assert_eq!(mode(), 0o600);
    assert!(cache::clear(&bench.config.file).unwrap());
    assert!(!cache::clear(&bench.config.file).unwrap());
}

/// A sequence of numbers that seem random.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn cases() -> u64 {
    let cases = std::env::var("NODUPE_TEST_CASES");
    cases.map_or(60, |cases| cases.parse().unwrap())
}

#[test]
fn after_any_sequence_of_changes_the_cache_makes_no_difference() {
    let Some(mut bench) = Bench::new() else {
        return;
    };
    // Longer than a tick of any clock that stamps files.
    bench.settle_time = Some(Duration::from_millis(20));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut served = 0;
    for case in 0..cases() {
        for _ in 0..=random.below(6) {
            change(&bench, &mut random);
        }
        let (groups, summary) = bench.scan();
        assert_eq!(groups, bench.truth(), "case {case}");
        assert!(summary.notes.is_empty(), "{summary:?}");
        served += summary.files;
    }
    assert!(served > cases(), "only {served}");
}

/// Changes something in the tree.
fn change(bench: &Bench, random: &mut Random) {
    const SIZES: [usize; 4] = [5, 5, 20_000, 5_000_000];
    let name = |random: &mut Random| bench.path(&random.below(14).to_string());
    let path = name(random);
    let modified = path.metadata().and_then(|found| found.modified());
    let kind = random.below(9);
    match kind {
        0..=3 => {
            // Rarely a large one.
            let size = SIZES[(random.below(100) / 33) as usize];
            let mut content = vec![1; size];
            content[random.below(2) as usize * (size - 1)] = random.below(2) as u8;
            content[size / 2] = random.below(2) as u8;
            fs::write(&path, content).unwrap();
        }
        4 => {
            if let Ok(file) = File::options().write(true).open(&path) {
                file.write_at(&[random.below(2) as u8], random.below(5))
                    .unwrap();
            }
        }
        5 => _ = fs::rename(&path, name(random)),
        6 => _ = fs::remove_file(&path),
        7 => _ = fs::hard_link(&path, name(random)),
        _ => {
            if let Ok(mut file) = File::options().append(true).open(&path) {
                file.write_all(b"x").unwrap();
            }
        }
    }
    if random.below(2) == 0
        && let Ok(modified) = modified
        && path.exists()
    {
        restore(&path, modified);
    }
}
