//! The state machine against the simplest program that could be right, which knows
//! every byte: whatever is found, whoever answers first, whatever fails.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::ClassIdx;
use super::state::DedupState;
use super::testing::{Asked, Made, asked, made};
use crate::types::{
    Batch, BatchOutcome, DirId, Evidence, FileId, FileKind, FileOutcome, FileStat, FoundDir,
    FoundFile, Job, TaskResult, Timestamp, WalkBatch,
};

/// A scan under way, with batches that were handed out and not answered.
struct Scan<'a> {
    files: &'a [Made],
    asked: Asked,
    state: DedupState,
    under_way: Vec<Batch>,
    failed: BTreeSet<usize>,
    /// How often each file was compared.
    compared: Vec<u8>,
    /// What was read of each file, by its number here.
    read: Vec<(usize, String)>,
    /// Whether nothing more is handed out.
    cancelled: bool,
}

impl<'a> Scan<'a> {
    fn new(files: &'a [Made], asked: Asked) -> Self {
        let mut state = DedupState::new(asked.config());
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
            asked,
            state,
            under_way: Vec::new(),
            failed: BTreeSet::new(),
            compared: vec![0; files.len()],
            read: Vec::new(),
            cancelled: false,
        }
    }

    fn find(&mut self, number: usize, name: u8) {
        let mut batch = WalkBatch::default();
        let name = batch.push_name(format!("{number}-{name}").as_bytes());
        let made = &self.files[number];
        batch.files.push(FoundFile {
            dir: DirId(0),
            name,
            stat: FileStat {
                id: FileId {
                    dev: 1,
                    ino: number as u64,
                },
                kind: FileKind::Regular,
                size: made.size(),
                links: 1 + u64::from(made.names),
                modified: Timestamp::new(0, 0),
                changed: Timestamp::new(0, 0),
            },
            through_link: false,
        });
        let known = made.known_by_walk(self.asked);
        batch.contents.extend(known.map(|digest| (0, digest)));
        self.state.found(batch).unwrap();
    }

    fn hand_out(&mut self) {
        self.under_way.extend(self.state.next_batch());
    }

    fn answer(&mut self, which: usize) {
        if self.under_way.is_empty() {
            return;
        }
        let count = self.under_way.len();
        let batch = self.under_way.swap_remove(which % count);
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
                self.files[number].answer(batch.job, self.asked, compared)
            })
            .collect();
        if batch.job == Job::Compare {
            for &number in &numbers {
                self.compared[number] = self.compared[number].saturating_add(1);
            }
        }
        let first_failed = matches!(catalog[0], TaskResult::Failed(..));
        for (finding, &number) in catalog.iter_mut().zip(&numbers).skip(1) {
            let other = &self.files[number];
            let good = matches!(finding, TaskResult::Proved(_));
            match batch.job {
                Job::Compare if good && first_failed => *finding = TaskResult::Undone,
                Job::Compare if good && other.bytes() != first.bytes() => {
                    *finding = TaskResult::Proved(Evidence::DiffersFromFirst);
                }
                Job::Extents if good => {
                    let same = other.clone.is_some() && other.clone == first.clone;
                    if first_failed || !same {
                        *finding = TaskResult::Proved(Evidence::StoredElsewhere);
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
            .map(|(task, finding)| FileOutcome {
                token: task.token,
                finding,
            })
            .collect();
        for (at, file) in files.iter().enumerate() {
            self.read.push((numbers[at], format!("{:?}", batch.job)));
            // One whose content is known already loses nothing by a look.
            let is_look = batch.job == Job::Extents && at == 0;
            if matches!(file.finding, TaskResult::Failed(..)) && !is_look {
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

    /// Does everything, in an order that `choices` make, or is cancelled after
    /// so many steps.
    fn run(&mut self, choices: &[u16], most: u32) {
        let mut choices = choices.iter().cycle().map(|&choice| usize::from(choice));
        let mut names: Vec<(usize, u8)> = Vec::new();
        for (number, made) in self.files.iter().enumerate() {
            names.extend((0..=made.names).map(|name| (number, name)));
        }
        let mut walking = true;
        for steps in 0.. {
            assert!(steps < 100_000, "there is no end to it");
            if steps == most {
                self.cancelled = true;
                if walking {
                    self.state.walk_done();
                }
                while !self.under_way.is_empty() {
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
                _ => self.hand_out(),
            }
            let done = !walking && self.under_way.is_empty() && self.state.is_idle();
            if done && !self.state.last_work() {
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

    /// Whether all that is told of is true.
    fn check_what_is_told(&mut self) -> Result<(), TestCaseError> {
        let catalog = self.state.catalog();
        let mut classes: Vec<ClassIdx> = catalog.shared_classes().collect();
        while let Some((_, settled)) = self.state.next_settled() {
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
        for (number, made) in self.files.iter().enumerate() {
            if !self.failed.contains(&number) {
                let content = (made.size(), made.bytes());
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
        // All others are alone, and told once.
        let single: Vec<usize> = catalog
            .single_classes()
            .flat_map(|c| self.members(c))
            .collect();
        let apart = catalog
            .set_apart()
            .map(|file| catalog.id(file).ino as usize);
        let mut others: Vec<usize> = apart.chain(single.iter().copied()).collect();
        others.sort_unstable();
        let mut expected = alone.clone();
        expected.sort_unstable();
        prop_assert_eq!(others, expected);
        if self.asked.hard_links {
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
        if self.asked.verify {
            prop_assert_eq!(verified.files_out, in_groups as u64);
        }
        // Sizes settle from the largest down, each with all its groups.
        let mut told = BTreeSet::new();
        let mut last = None;
        while let Some((size, classes)) = self.state.next_settled() {
            prop_assert!(last.is_none_or(|last| size < last));
            last = Some(size);
            for class in classes {
                prop_assert_eq!(self.state.catalog().class(class).size, size);
                prop_assert!(told.insert(self.members(class)));
            }
        }
        prop_assert_eq!(told, shared);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Some take several files in one class that fail at the right time.
        cases: 4 * ProptestConfig::default().cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_books_end_with_what_is_true(
        files in vec(made(), 0..20),
        asked in asked(),
        choices in vec(any::<u16>(), 1..200),
    ) {
        let mut choices = choices;
        // Each of the three goes on at some time.
        choices.extend([0, 1, 2]);
        let mut scan = Scan::new(&files, asked);
        scan.run(&choices, u32::MAX);
        scan.check()?;
    }

    #[test]
    fn what_a_cancelled_scan_confirms_is_true(
        files in vec(made(), 0..20),
        asked in asked(),
        choices in vec(any::<u16>(), 1..200),
        most in 0..150_u32,
    ) {
        let mut choices = choices;
        choices.extend([0, 1, 2]);
        let mut scan = Scan::new(&files, asked);
        scan.run(&choices, most);
        scan.check_what_is_told()?;
    }

    #[test]
    fn what_is_read_depends_on_the_files_alone(
        files in vec(made(), 0..20),
        asked in asked(),
        choices in [vec(any::<u16>(), 1..100), vec(any::<u16>(), 1..100)],
    ) {
        let mut files = files;
        for file in &mut files {
            (file.clone, file.odd_hint) = (None, false);
        }
        let asked = Asked { failing: false, weak: false, verify: false, ..asked };
        let read = choices.map(|mut choices| {
            choices.extend([0, 1, 2]);
            let mut scan = Scan::new(&files, asked);
            scan.run(&choices, u32::MAX);
            scan.read.sort_unstable();
            scan.read
        });
        prop_assert_eq!(&read[0], &read[1]);
    }
}
