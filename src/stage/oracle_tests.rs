//! Compares the state machine with the simplest possible correct program, which
//! knows every byte, for any order of files and answers and any failure.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::ClassIdx;
use super::state::DedupState;
use super::testing::{TestFile, TestOptions, options, test_file};
use crate::types::{
    Batch, BatchOutcome, DirId, Evidence, FileId, FileKind, FileOutcome, FileStat, FoundDir,
    FoundFile, Job, TaskResult, Timestamp, WalkBatch,
};

/// A running scan, with batches that were dispatched and not answered.
struct Scan<'a> {
    files: &'a [TestFile],
    options: TestOptions,
    state: DedupState,
    in_flight: Vec<Batch>,
    failed: BTreeSet<usize>,
    /// Number of comparisons of each file.
    compared: Vec<u8>,
    /// Reads of each file, by its number here.
    read: Vec<(usize, String)>,
    /// True once nothing more is dispatched.
    cancelled: bool,
}

impl<'a> Scan<'a> {
    fn new(files: &'a [TestFile], options: TestOptions) -> Self {
        let mut state = DedupState::new(options.config());
        let mut batch = WalkBatch::default();
        let name = batch.push_name(b"root");
        batch.dirs.push(FoundDir {
            dir: DirId(0),
            parent: None,
            name,
            id: FileId { dev: 1, ino: 1 },
            root: 0,
        });
        state.found(batch).unwrap();
        Self {
            files,
            options,
            state,
            in_flight: Vec::new(),
            failed: BTreeSet::new(),
            compared: vec![0; files.len()],
            read: Vec::new(),
            cancelled: false,
        }
    }

    fn find(&mut self, number: usize, name: u8) {
        let mut batch = WalkBatch::default();
        let name = batch.push_name(format!("{number}-{name}").as_bytes());
        let test_file = &self.files[number];
        batch.files.push(FoundFile {
            dir: DirId(0),
            name,
            stat: FileStat {
                id: FileId {
                    dev: 1,
                    ino: number as u64,
                },
                kind: FileKind::Regular,
                size: test_file.size(),
                links: 1 + u64::from(test_file.names),
                modified: Timestamp::new(0, 0),
                changed: Timestamp::new(0, 0),
            },
            through_link: false,
        });
        let known = test_file.known_by_walk(self.options);
        batch.contents.extend(known.map(|digest| (0, digest)));
        let cached = test_file.known_by_cache(self.options);
        batch.known.extend(cached.map(|cached| (0, cached)));
        self.state.found(batch).unwrap();
    }

    fn dispatch(&mut self) {
        self.in_flight.extend(self.state.next_batch());
    }

    fn answer(&mut self, which: usize) {
        if self.in_flight.is_empty() {
            return;
        }
        let count = self.in_flight.len();
        let batch = self.in_flight.swap_remove(which % count);
        let numbers: Vec<usize> = batch
            .tasks
            .iter()
            .map(|task| task.expected.id.ino as usize)
            .collect();
        let first = &self.files[numbers[0]];
        let mut catalog: Vec<TaskResult> = numbers
            .iter()
            .map(|&number| {
                let compared = self.compared[number];
                self.files[number].answer(batch.job, self.options, compared)
            })
            .collect();
        if batch.job == Job::Compare {
            for &number in &numbers {
                self.compared[number] = self.compared[number].saturating_add(1);
            }
        }
        let first_failed = matches!(catalog[0], TaskResult::Failed(..));
        for (result, &number) in catalog.iter_mut().zip(&numbers).skip(1) {
            let other = &self.files[number];
            let good = matches!(result, TaskResult::Proved(_));
            match batch.job {
                Job::Compare if good && first_failed => *result = TaskResult::Undone,
                Job::Compare if good && other.bytes() != first.bytes() => {
                    *result = TaskResult::Proved(Evidence::DiffersFromFirst);
                }
                Job::Extents if good => {
                    let same = other.clone.is_some() && other.clone == first.clone;
                    if first_failed || !same {
                        *result = TaskResult::Proved(Evidence::StoredElsewhere);
                    }
                }
                _ => {}
            }
        }
        if self.cancelled {
            let done = which / count % (numbers.len() + 1);
            let done = if batch.job.has_pivot() { 0 } else { done };
            catalog[done..].fill(TaskResult::Undone);
        }
        let files: Vec<FileOutcome> = batch
            .tasks
            .iter()
            .zip(catalog)
            .map(|(task, result)| FileOutcome {
                token: task.token,
                result,
                generation: None,
            })
            .collect();
        for (at, file) in files.iter().enumerate() {
            self.read.push((numbers[at], format!("{:?}", batch.job)));
            // A file whose content is known already is not affected by a failed
            // extents check.
            let is_look = batch.job == Job::Extents && at == 0;
            if matches!(file.result, TaskResult::Failed(..)) && !is_look {
                self.failed.insert(numbers[at]);
            }
        }
        let outcome = BatchOutcome {
            job: batch.job,
            files,
            bytes_read: 0,
        };
        assert!(outcome.answers(&batch), "{outcome:?}");
        self.state.done(outcome);
    }

    /// Runs to the end, in an order determined by `choices`, or is cancelled
    /// after `most` steps.
    fn run(&mut self, choices: &[u16], most: u32) {
        let mut choices = choices.iter().cycle().map(|&choice| usize::from(choice));
        let mut names: Vec<(usize, u8)> = Vec::new();
        for (number, test_file) in self.files.iter().enumerate() {
            names.extend((0..=test_file.names).map(|name| (number, name)));
        }
        let mut walking = true;
        for steps in 0.. {
            assert!(steps < 100_000, "there is no end to it");
            if steps == most {
                self.cancelled = true;
                if walking {
                    self.state.walk_done();
                }
                while !self.in_flight.is_empty() {
                    self.answer(choices.next().unwrap_or(0));
                }
                return;
            }
            let choice = choices.next().unwrap_or(0);
            match choice % 3 {
                0 if !names.is_empty() => {
                    let (number, name) = names.swap_remove(choice / 3 % names.len());
                    self.find(number, name);
                }
                0 if walking => {
                    walking = false;
                    self.state.walk_done();
                }
                1 => self.answer(choice / 3),
                _ => self.dispatch(),
            }
            let done = !walking && self.in_flight.is_empty() && self.state.is_idle();
            if done && !self.state.queue_remaining() {
                break;
            }
        }
    }

    /// The numbers of the files in a class.
    fn members(&self, class: ClassIdx) -> Vec<usize> {
        let catalog = self.state.catalog();
        let members = catalog.members(class);
        let mut members: Vec<usize> = members.map(|f| catalog.id(f).ino as usize).collect();
        members.sort_unstable();
        members
    }

    /// Checks that all that is reported is true.
    fn check_reported(&mut self) -> Result<(), TestCaseError> {
        let catalog = self.state.catalog();
        let mut classes: Vec<ClassIdx> = catalog.shared_classes().collect();
        while let Some((_, settled)) = self.state.next_final() {
            classes.extend(settled);
        }
        for class in classes {
            let members = self.members(class);
            let count = self.state.catalog().class(class).count as usize;
            prop_assert_eq!((members.len(), count >= 2), (count, true));
            let first = &self.files[members[0]];
            for number in members {
                let file = &self.files[number];
                prop_assert!(!self.failed.contains(&number));
                let content = (file.size(), file.bytes());
                prop_assert_eq!(content, (first.size(), first.bytes()));
            }
        }
        Ok(())
    }

    fn check(mut self) -> Result<(), TestCaseError> {
        let mut by_content: BTreeMap<(u64, Vec<u8>), Vec<usize>> = BTreeMap::new();
        for (number, test_file) in self.files.iter().enumerate() {
            if !self.failed.contains(&number) {
                let content = (test_file.size(), test_file.bytes());
                by_content.entry(content).or_default().push(number);
            }
        }
        let (shared, alone): (Vec<_>, Vec<_>) =
            by_content.into_values().partition(|files| files.len() > 1);
        let shared: BTreeSet<Vec<usize>> = shared.into_iter().collect();
        let alone: Vec<usize> = alone.into_iter().flatten().collect();
        let catalog = self.state.catalog();
        let classes: Vec<ClassIdx> = catalog.shared_classes().collect();
        let groups: BTreeSet<Vec<usize>> = classes.iter().map(|&c| self.members(c)).collect();
        prop_assert_eq!(groups.len(), classes.len());
        prop_assert_eq!(&groups, &shared);
        for &class in &classes {
            let count = self.state.catalog().class(class).count;
            prop_assert_eq!(count as usize, self.members(class).len());
        }
        // All others are alone, and reported once.
        let single: Vec<usize> = catalog
            .single_classes()
            .flat_map(|c| self.members(c))
            .collect();
        let apart = catalog
            .unique_files()
            .map(|file| catalog.id(file).ino as usize);
        let mut others: Vec<usize> = apart.chain(single.iter().copied()).collect();
        others.sort_unstable();
        let mut expected = alone.clone();
        expected.sort_unstable();
        prop_assert_eq!(others, expected);
        if self.options.hard_links {
            for number in alone {
                prop_assert!(self.files[number].names == 0 || single.contains(&number));
            }
        }
        prop_assert_eq!(catalog.error_count(), self.failed.len());
        prop_assert_eq!(catalog.errors().len(), self.failed.len());
        let verified = catalog.stages(true)[3];
        let in_groups: usize = shared
            .iter()
            .filter(|g| self.files[g[0]].size() > 0)
            .map(Vec::len)
            .sum();
        if self.options.verify {
            prop_assert_eq!(verified.files_out, in_groups as u64);
        }
        // Sizes are final from the largest down, each with all its groups.
        let mut reported = BTreeSet::new();
        let mut last = None;
        while let Some((size, classes)) = self.state.next_final() {
            prop_assert!(last.is_none_or(|last| size < last));
            last = Some(size);
            for class in classes {
                prop_assert_eq!(self.state.catalog().class(class).size, size);
                prop_assert!(reported.insert(self.members(class)));
            }
        }
        prop_assert_eq!(reported, shared);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Some cases need several files in one class that fail at the right
        // time.
        cases: 4 * ProptestConfig::default().cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_complete_scan_gives_the_true_groups(
        files in vec(test_file(), 0..20),
        options in options(),
        choices in vec(any::<u16>(), 1..200),
    ) {
        let mut choices = choices;
        // Each of the three makes progress at some time.
        choices.extend([0, 1, 2]);
        let mut scan = Scan::new(&files, options);
        scan.run(&choices, u32::MAX);
        scan.check()?;
    }

    #[test]
    fn a_cancelled_scan_confirms_only_true_groups(
        files in vec(test_file(), 0..20),
        options in options(),
        choices in vec(any::<u16>(), 1..200),
        most in 0..150_u32,
    ) {
        let mut choices = choices;
        choices.extend([0, 1, 2]);
        let mut scan = Scan::new(&files, options);
        scan.run(&choices, most);
        scan.check_reported()?;
    }

    #[test]
    fn reads_depend_only_on_the_files(
        files in vec(test_file(), 0..20),
        options in options(),
        choices in [vec(any::<u16>(), 1..100), vec(any::<u16>(), 1..100)],
    ) {
        let mut files = files;
        for file in &mut files {
            (file.clone, file.odd_hint) = (None, false);
        }
        let options = TestOptions { failing: false, weak: false, verify: false, ..options };
        let read = choices.map(|mut choices| {
            choices.extend([0, 1, 2]);
            let mut scan = Scan::new(&files, options);
            scan.run(&choices, u32::MAX);
            scan.read.sort_unstable();
            scan.read
        });
        prop_assert_eq!(&read[0], &read[1]);
    }
}
