//! What holds for every executor: each batch is answered once, and with the
//! same findings wherever the worker loop ran.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Executor, InlineExecutor, ThreadExecutor};
use crate::config::HashAlgorithm;
use crate::io::Pread;
use crate::model::{Batch, CancelToken, Evidence, Finding, Job};
use crate::sys;
use crate::worker::Worker;

const FILES: u32 = 60;

/// Batches of one file each. Every tenth file is another one than expected.
fn batches(dir: &std::path::Path) -> Vec<Batch> {
    (0..FILES)
        .map(|file| {
            let name = file.to_string();
            let path = dir.join(&name);
            std::fs::write(&path, format!("content {}", file / 2)).unwrap();
            let mut expected = sys::stat_path(&path, false).unwrap();
            expected.size += u64::from(file % 10 == 0);
            let mut batch = Batch::new(Job::Full);
            batch.enter(sys::bytes_of(dir.as_os_str()));
            batch.push(file, name.as_bytes(), false, expected);
            batch
        })
        .collect()
}

fn worker() -> Worker {
    Worker::new(
        Box::new(Pread::new()),
        HashAlgorithm::Blake3,
        CancelToken::default(),
        Arc::default(),
    )
}

/// Hands out as many batches as the executor takes at once until all are
/// done, and answers with what was found, by token.
fn run(executor: &mut dyn Executor, batches: &[Batch]) -> BTreeMap<u32, Finding> {
    let mut findings = BTreeMap::new();
    let mut waiting = batches.iter();
    let mut under_way = 0;
    loop {
        while under_way < executor.capacity()
            && let Some(batch) = waiting.next()
        {
            executor.submit(batch.clone());
            under_way += 1;
        }
        if under_way == 0 {
            return findings;
        }
        for file in executor.outcomes().recv().unwrap().files {
            let twice = findings.insert(file.token, file.finding);
            assert_eq!(twice, None, "{} was answered twice", file.token);
        }
        under_way -= 1;
    }
}

#[test]
fn every_executor_finds_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let batches = batches(dir.path());
    let expected = run(&mut InlineExecutor::new(worker()), &batches);
    assert_eq!(expected.len(), FILES as usize);
    for (file, finding) in &expected {
        match finding {
            Finding::Proved(Evidence::Whole(_)) => assert_ne!(file % 10, 0),
            Finding::Failed(..) => assert_eq!(file % 10, 0),
            other => panic!("{file}: {other:?}"),
        }
    }
    for workers in [1, 4] {
        let mut threads = ThreadExecutor::start(workers, workers, worker).unwrap();
        assert_eq!(run(&mut threads, &batches), expected, "{workers} threads");
    }
}

#[test]
fn a_pool_grows_to_its_bound_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let batches = batches(dir.path());
    let mut threads = ThreadExecutor::start(1, 3, worker).unwrap();
    let before = run(&mut threads, &batches);
    assert_eq!(threads.workers(), 1);
    threads.grow(2);
    assert_eq!(threads.workers(), 2);
    threads.grow(9);
    assert_eq!(threads.workers(), 3);
    assert_eq!(run(&mut threads, &batches), before);
}
