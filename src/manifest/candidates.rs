//! Files that are to be read in the next round: by size, or by size and ends.

use std::io::{self, Write};
use std::path::Path;

use parquet::data_type::{ByteArrayType, FixedLenByteArrayType, Int64Type};

use super::reader::{ParquetFile, digest, guarded};
use super::row::{IndexError, algorithm_named};
use super::writer::{Optional, ParquetWriter, column, fixed};
use crate::config::{Candidates, HashAlgorithm};
use crate::types::Digest;

/// Rows of a group.
const GROUP_ROWS: usize = 256 * 1024;

/// Reads candidates for digests of this algorithm.
pub(crate) fn read_candidates(
    path: &Path,
    algorithm: HashAlgorithm,
) -> Result<Candidates, IndexError> {
    guarded(path, || read(path, algorithm))
}

fn read(path: &Path, algorithm: HashAlgorithm) -> Result<Candidates, IndexError> {
    let file = ParquetFile::open(path)?;
    let mut candidates = Candidates::default();
    let mut number = 0;
    while let Some(group) = file.group(number)? {
        number += 1;
        let rows = group.rows();
        let sizes = group.required("size")?.integers(rows)?;
        let of = group.required("algorithm")?.bytes(rows)?;
        // Candidates by size alone need no column for ends.
        let partials = match group.column("partial")? {
            Some(mut column) => column.bytes(rows)?,
            None => vec![None; rows],
        };
        for ((size, partial), of) in sizes.into_iter().zip(partials).zip(of) {
            let size = u64::try_from(size).map_err(|_| group.wrong("a size is negative"))?;
            let of = of.as_ref().and_then(|name| algorithm_named(name.data()));
            if of != Some(algorithm) {
                let name = of.map_or("unknown digests", HashAlgorithm::as_str);
                return Err(group.wrong(&format!(
                    "its candidates are for {name}, not for {}",
                    algorithm.as_str()
                )));
            }
            let partial = digest(partial.as_ref(), algorithm);
            candidates.insert(size, partial.map_err(|reason| group.wrong(&reason))?);
        }
        // Every size of an index would be one.
        if group.column("path")?.is_some() {
            return Err(group.wrong("it is an index: nodupe merge --candidates makes candidates"));
        }
    }
    Ok(candidates)
}

/// Writes candidates to a stream.
pub(super) struct CandidateWriter {
    file: ParquetWriter,
    algorithm: HashAlgorithm,
    sizes: Vec<i64>,
    partials: Optional<parquet::data_type::FixedLenByteArray>,
}

impl CandidateWriter {
    pub(super) fn new(algorithm: HashAlgorithm) -> io::Result<Self> {
        let digest_len = algorithm.digest_len();
        let schema = format!(
            "message candidate {{
                REQUIRED INT64 size;
                OPTIONAL FIXED_LEN_BYTE_ARRAY ({digest_len}) partial;
                REQUIRED BYTE_ARRAY algorithm (STRING);
            }}"
        );
        Ok(Self {
            file: ParquetWriter::new(&schema, &[])?,
            algorithm,
            sizes: Vec::new(),
            partials: Optional::default(),
        })
    }

    /// Adds files of this size with these ends; without ends, all files of the size.
    pub(super) fn push(
        &mut self,
        size: u64,
        partial: Option<Digest>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.sizes.push(size as i64);
        self.partials.push(partial.map(fixed));
        if self.sizes.len() >= GROUP_ROWS {
            self.write_group(out)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.write_group(out)?;
        self.file.finish(out)
    }

    fn write_group(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let sizes = std::mem::take(&mut self.sizes);
        let partials = std::mem::take(&mut self.partials);
        if sizes.is_empty() {
            return Ok(());
        }
        let name = self.algorithm.as_str().as_bytes().to_vec().into();
        let names = vec![name; sizes.len()];
        self.file.group(out, |group| {
            column::<Int64Type>(group, &sizes, None)?;
            column::<FixedLenByteArrayType>(group, &partials.values, Some(&partials.levels))?;
            column::<ByteArrayType>(group, &names, None)
        })
    }
}
