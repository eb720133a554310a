//! What a commit writes: new intents, and new states of those that are there.

use redb::{ReadableTable, WriteTransaction};

use super::{ENTRIES, Entry, EntryId, PENDING, RunId, STATES, State, encode, run_range};
use crate::types::Timestamp;

/// A change of an entry's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StateChange {
    /// The entry.
    pub entry: EntryId,
    /// Its new state.
    pub state: State,
    /// Bytes that the operation freed.
    pub freed: u64,
}

/// Adds entries to a run.
pub(super) fn insert_intents(
    write: &WriteTransaction,
    run: RunId,
    entries: &[Entry],
) -> Result<Vec<EntryId>, redb::Error> {
    let mut table = write.open_table(ENTRIES)?;
    let mut states = write.open_table(STATES)?;
    let mut pending = write.open_table(PENDING)?;
    let last = table.range(run_range(run))?.next_back().transpose()?;
    let first = last.map_or(0, |(key, _)| key.value().1 + 1);
    let mut ids = Vec::with_capacity(entries.len());
    for (number, entry) in (first..).zip(entries) {
        let key = (run.0, number);
        table.insert(key, encode(entry)?.as_slice())?;
        let state = State::Intent.to_byte();
        states.insert(key, (state, entry.time.as_nanos(), 0))?;
        pending.insert(key, ())?;
        ids.push(EntryId { run, number });
    }
    Ok(ids)
}

/// Gives entries their new states.
pub(super) fn change_states(
    write: &WriteTransaction,
    changes: &[StateChange],
    now: Timestamp,
) -> Result<(), redb::Error> {
    let mut states = write.open_table(STATES)?;
    let mut pending = write.open_table(PENDING)?;
    for change in changes {
        let key = (change.entry.run.0, change.entry.number);
        states.insert(key, (change.state.to_byte(), now.as_nanos(), change.freed))?;
        if change.state == State::Intent {
            pending.insert(key, ())?;
        } else {
            pending.remove(key)?;
        }
    }
    Ok(())
}
