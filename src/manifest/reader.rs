//! Reading rows from a file, whoever wrote it: engines write the same columns in
//! other types.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;

use super::row::{IndexError, Row, VERSION, algorithm_named, key};
use crate::config::HashAlgorithm;
use crate::error::describe;
use crate::types::{Digest, Timestamp};

/// Rows that are read at once.
const BATCH: usize = 8 * 1024;

/// Reads a part of a file. A damaged one can make the Parquet library panic.
pub(super) fn guarded<T>(
    path: &Path,
    read: impl FnOnce() -> Result<T, IndexError>,
) -> Result<T, IndexError> {
    // Nothing that a panic may have left half done is used again.
    let result = catch_unwind(AssertUnwindSafe(read));
    result.unwrap_or_else(|_| Err(IndexError::file(path, "it is damaged")))
}

/// Opens an index.
pub(crate) fn open(path: &Path) -> Result<IndexReader, IndexError> {
    Ok(IndexReader {
        file: ParquetFile::open(path)?,
        group: 0,
    })
}

/// Reads an index.
pub(crate) struct IndexReader {
    file: ParquetFile,
    group: usize,
}

impl IndexReader {
    /// True if the scan missed something.
    pub(super) fn is_incomplete(&self) -> bool {
        self.file.metadata(key::COMPLETE).as_deref() == Some("false")
    }

    /// The host, the time and the partition of all rows, if the file tells.
    pub(super) fn origin(&self) -> Option<(String, i64, String)> {
        Some((
            self.file.metadata(key::HOST)?,
            self.file.metadata(key::INDEXED_AT)?.parse().ok()?,
            self.file.metadata(key::PARTITION)?,
        ))
    }

    /// True if the rows are all that was found, and not only what changed.
    pub(super) fn is_whole(&self) -> bool {
        self.file.metadata(key::KIND).as_deref() == Some(key::WHOLE)
    }

    /// Calls `each` with every row, in order.
    pub(crate) fn each(
        mut self,
        mut each: impl FnMut(&Row<'_>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let path = self.file.path.clone();
        while let Some(group) = guarded(&path, || self.file.group(self.group))? {
            self.group += 1;
            let mut columns = guarded(&path, || Columns::of(&group))?;
            let mut at = 0;
            let rows = group.rows();
            while at < rows {
                let count = BATCH.min(rows - at);
                let batch = guarded(&path, || columns.read(count))?;
                for row in 0..count {
                    let row = batch.row(row).map_err(|reason| {
                        group.wrong(&format!("row {} of a group: {reason}", at + row + 1))
                    })?;
                    each(&row)?;
                }
                at += count;
            }
        }
        Ok(())
    }
}

/// An open Parquet file.
pub(super) struct ParquetFile {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

impl ParquetFile {
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let failed = |error: io::Error| IndexError::file(path, &describe(&error));
        // Opening a FIFO would wait for a writer.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(IndexError::file(path, "it is no regular file"));
        }
        let file = File::open(path).map_err(failed)?;
        let reader = guarded(path, || Ok(SerializedFileReader::new(file)))?
            .map_err(|error| IndexError::file(path, &format!("it is not Parquet: {error}")))?;
        let file = Self {
            path: path.to_owned(),
            reader,
        };
        match file.metadata(key::VERSION) {
            Some(version) if version != VERSION => Err(IndexError::file(
                path,
                &format!("its format has version {version}, and this nodupe reads {VERSION}"),
            )),
            _ => Ok(file),
        }
    }

    fn metadata(&self, key: &str) -> Option<String> {
        let metadata = self.reader.metadata().file_metadata().key_value_metadata();
        let mut metadata = metadata.into_iter().flatten();
        metadata.find(|pair| pair.key == key)?.value.clone()
    }

    /// The group of rows with this number, if there is one.
    pub(super) fn group(&self, number: usize) -> Result<Option<Group<'_>>, IndexError> {
        if number >= self.reader.num_row_groups() {
            return Ok(None);
        }
        let reader = self.reader.get_row_group(number);
        let reader = reader.map_err(|error| IndexError::file(&self.path, &error))?;
        Ok(Some(Group {
            path: &self.path,
            reader,
        }))
    }
}

/// A group of rows.
pub(super) struct Group<'a> {
    path: &'a Path,
    reader: Box<dyn RowGroupReader + 'a>,
}

impl Group<'_> {
    pub(super) fn rows(&self) -> usize {
        usize::try_from(self.reader.metadata().num_rows()).unwrap_or(0)
    }

    pub(super) fn wrong(&self, reason: &(impl ToString + ?Sized)) -> IndexError {
        IndexError::file(self.path, reason)
    }

    /// The column of this name.
    pub(super) fn column(&self, name: &str) -> Result<Option<Column>, IndexError> {
        let schema = self.reader.metadata().schema_descr();
        let found = schema.columns().iter();
        let Some(at) = found
            .clone()
            .position(|column| column.path().string() == name)
        else {
            return Ok(None);
        };
        let column = schema.column(at);
        if column.max_rep_level() > 0 || column.max_def_level() > 1 {
            return Err(self.wrong(&format!("column {name} is a list")));
        }
        let reader = self.reader.get_column_reader(at);
        Ok(Some(Column {
            path: self.path.to_owned(),
            name: name.to_owned(),
            reader: reader.map_err(|error| self.wrong(&error))?,
            is_optional: column.max_def_level() > 0,
            kind: column.physical_type(),
        }))
    }

    pub(super) fn required(&self, name: &str) -> Result<Column, IndexError> {
        let column = self.column(name)?;
        column.ok_or_else(|| self.wrong(&format!("it has no column {name}: it is no index")))
    }
}

/// A column of a group of rows.
pub(super) struct Column {
    path: PathBuf,
    name: String,
    reader: ColumnReader,
    is_optional: bool,
    kind: Type,
}

impl Column {
    fn wrong(&self, reason: impl std::fmt::Display) -> IndexError {
        IndexError::file(&self.path, &format!("column {}: {reason}", self.name))
    }

    /// Reads byte strings.
    pub(super) fn bytes(&mut self, count: usize) -> Result<Vec<Option<ByteArray>>, IndexError> {
        let is_optional = self.is_optional;
        let read = match &mut self.reader {
            ColumnReader::ByteArrayColumnReader(reader) => read(reader, count, is_optional),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                let read = read(reader, count, is_optional);
                read.map(|values| {
                    values
                        .into_iter()
                        .map(|value| value.map(Into::into))
                        .collect()
                })
            }
            _ => Err(format!("its type is {}, not binary", self.kind)),
        };
        read.map_err(|reason| self.wrong(reason))
    }

    /// Reads integers.
    pub(super) fn integers(&mut self, count: usize) -> Result<Vec<i64>, IndexError> {
        let is_optional = self.is_optional;
        let read: Result<Vec<Option<i64>>, String> = match &mut self.reader {
            ColumnReader::Int64ColumnReader(reader) => read(reader, count, is_optional),
            ColumnReader::Int32ColumnReader(reader) => {
                let read = read(reader, count, is_optional);
                read.map(|values| {
                    values
                        .into_iter()
                        .map(|value| value.map(i64::from))
                        .collect()
                })
            }
            _ => Err(format!("its type is {}, not an integer", self.kind)),
        };
        let read = read.and_then(|values| {
            let all: Option<Vec<i64>> = values.into_iter().collect();
            all.ok_or_else(|| "a value is missing".to_owned())
        });
        read.map_err(|reason| self.wrong(reason))
    }
}

/// Reads `count` values, of which some may be missing.
fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    count: usize,
    is_optional: bool,
) -> Result<Vec<Option<T::T>>, String> {
    let mut all = Vec::with_capacity(count);
    let mut values = Vec::new();
    let mut levels = Vec::new();
    while all.len() < count {
        values.clear();
        levels.clear();
        let defined = is_optional.then_some(&mut levels);
        let (records, _, _) = reader
            .read_records(count - all.len(), defined, None, &mut values)
            .map_err(|error| error.to_string())?;
        if records == 0 {
            return Err("it ends before its last row".to_owned());
        }
        let mut present = values.drain(..);
        if is_optional {
            all.extend(levels.iter().map(|&level| match level {
                0 => None,
                _ => present.next(),
            }));
        } else {
            all.extend(present.map(Some));
        }
    }
    Ok(all)
}

/// The columns of a group of rows.
struct Columns {
    host: Column,
    root: Column,
    path: Column,
    fs_uuid: Column,
    handle: Column,
    size: Column,
    modified: Column,
    changed: Column,
    links: Column,
    partial: Column,
    digest: Column,
    algorithm: Column,
    indexed_at: Column,
}

/// Values of some rows.
struct Values {
    host: Vec<Option<ByteArray>>,
    root: Vec<Option<ByteArray>>,
    path: Vec<Option<ByteArray>>,
    fs_uuid: Vec<Option<ByteArray>>,
    handle: Vec<Option<ByteArray>>,
    size: Vec<i64>,
    modified: Vec<i64>,
    changed: Vec<i64>,
    links: Vec<i64>,
    partial: Vec<Option<ByteArray>>,
    digest: Vec<Option<ByteArray>>,
    algorithm: Vec<Option<ByteArray>>,
    indexed_at: Vec<i64>,
}

impl Columns {
    fn of(group: &Group<'_>) -> Result<Self, IndexError> {
        Ok(Self {
            host: group.required("host")?,
            root: group.required("root")?,
            path: group.required("path")?,
            fs_uuid: group.required("fs_uuid")?,
            handle: group.required("handle")?,
            size: group.required("size")?,
            modified: group.required("mtime_ns")?,
            changed: group.required("ctime_ns")?,
            links: group.required("links")?,
            partial: group.required("partial")?,
            digest: group.required("digest")?,
            algorithm: group.required("algorithm")?,
            indexed_at: group.required("indexed_at")?,
        })
    }

    fn read(&mut self, count: usize) -> Result<Values, IndexError> {
        Ok(Values {
            host: self.host.bytes(count)?,
            root: self.root.bytes(count)?,
            path: self.path.bytes(count)?,
            fs_uuid: self.fs_uuid.bytes(count)?,
            handle: self.handle.bytes(count)?,
            size: self.size.integers(count)?,
            modified: self.modified.integers(count)?,
            changed: self.changed.integers(count)?,
            links: self.links.integers(count)?,
            partial: self.partial.bytes(count)?,
            digest: self.digest.bytes(count)?,
            algorithm: self.algorithm.bytes(count)?,
            indexed_at: self.indexed_at.integers(count)?,
        })
    }
}

fn present<'a>(values: &'a [Option<ByteArray>], at: usize, name: &str) -> Result<&'a [u8], String> {
    let value = values[at].as_ref().map(ByteArray::data);
    value.ok_or_else(|| format!("{name} is missing"))
}

impl Values {
    fn row(&self, at: usize) -> Result<Row<'_>, String> {
        let algorithm = present(&self.algorithm, at, "algorithm")?;
        let algorithm = algorithm_named(algorithm).ok_or_else(|| {
            format!(
                "unknown algorithm {:?}",
                algorithm.escape_ascii().to_string()
            )
        })?;
        let (host, path) = (
            present(&self.host, at, "host")?,
            present(&self.path, at, "path")?,
        );
        // No host and no path has one; it separates them when they are sorted.
        if host.is_empty() || path.is_empty() || host.contains(&0) || path.contains(&0) {
            return Err("host or path is empty or contains NUL".to_owned());
        }
        let size = self.size[at];
        let links = self.links[at];
        Ok(Row {
            host,
            root: present(&self.root, at, "root")?,
            path,
            fs_uuid: self.fs_uuid[at].as_ref().map(ByteArray::data),
            handle: present(&self.handle, at, "handle")?,
            size: u64::try_from(size).map_err(|_| format!("size {size} is negative"))?,
            modified: Timestamp::from_nanos(self.modified[at]),
            changed: Timestamp::from_nanos(self.changed[at]),
            links: u32::try_from(links).map_err(|_| format!("links {links} is out of range"))?,
            partial: digest(self.partial[at].as_ref(), algorithm)?,
            digest: digest(self.digest[at].as_ref(), algorithm)?,
            algorithm,
            indexed_at: self.indexed_at[at],
        })
    }
}

/// A digest of this algorithm.
pub(super) fn digest(
    bytes: Option<&ByteArray>,
    algorithm: HashAlgorithm,
) -> Result<Option<Digest>, String> {
    match bytes.map(ByteArray::data) {
        None => Ok(None),
        Some(bytes) if bytes.len() == algorithm.digest_len() => Ok(Some(Digest::new(bytes))),
        Some(bytes) => Err(format!(
            "a digest of {} bytes is not of {}",
            bytes.len(),
            algorithm.as_str()
        )),
    }
}

impl From<io::Error> for IndexError {
    /// The errors of temporary files are the only ones without a name.
    fn from(error: io::Error) -> Self {
        Self::Temporary(error)
    }
}
