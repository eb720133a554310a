//! Writing rows to a file.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use super::row::{Row, VERSION, index_schema, key, write_error};
use crate::config::HashAlgorithm;
use crate::types::Digest;

/// Rows of a group: enough for engines to work in parallel, and some 50 MB while
/// they are collected.
const GROUP_ROWS: usize = 128 * 1024;

/// A whole group is closed earlier if its names take this many bytes.
const GROUP_BYTES: usize = 32 << 20;

/// Whose rows a file holds, for readers that need not look at all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// The host of all rows.
    pub(crate) host: &'a str,
    /// Their time.
    pub(crate) indexed_at: i64,
    /// The algorithm of their digests.
    pub(crate) algorithm: HashAlgorithm,
    /// The number of the partition and that of all.
    pub(crate) partition: (u32, u32),
    /// False if only what changed since an earlier index is in it.
    pub(crate) is_whole: bool,
    /// False if the scan missed something.
    pub(crate) is_complete: bool,
}

/// Writes an index.
pub(crate) struct IndexWriter {
    file: ParquetWriter,
    columns: Columns,
    rows: u64,
}

impl IndexWriter {
    /// Starts a file of rows of one host and one run.
    pub(crate) fn new(origin: &Origin<'_>) -> io::Result<Self> {
        let metadata = [
            (key::HOST, origin.host.to_owned()),
            (key::INDEXED_AT, origin.indexed_at.to_string()),
            (key::COMPLETE, origin.is_complete.to_string()),
            (
                key::KIND,
                if origin.is_whole {
                    key::WHOLE
                } else {
                    key::CHANGES
                }
                .to_owned(),
            ),
            (
                key::PARTITION,
                format!("{}/{}", origin.partition.0, origin.partition.1),
            ),
        ];
        Ok(Self {
            file: ParquetWriter::new(&index_schema(origin.algorithm), &metadata)?,
            columns: Columns::default(),
            rows: 0,
        })
    }

    /// Adds a row. Full groups of rows are written to `out`.
    pub(crate) fn push(&mut self, row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.columns.push(row);
        self.rows += 1;
        let columns = &self.columns;
        if columns.size.len() >= GROUP_ROWS || columns.bytes >= GROUP_BYTES {
            self.write_group(out)?;
        }
        Ok(())
    }

    /// Writes the rest and the end of the file. Returns the number of rows.
    pub(crate) fn finish(mut self, out: &mut dyn Write) -> io::Result<u64> {
        self.write_group(out)?;
        self.file.finish(out)?;
        Ok(self.rows)
    }

    fn write_group(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let columns = std::mem::take(&mut self.columns);
        if columns.size.is_empty() {
            return Ok(());
        }
        self.file.group(out, |group| columns.write(group))
    }
}

/// A Parquet file that is written to a stream, a group of rows at a time.
pub(super) struct ParquetWriter(SerializedFileWriter<Vec<u8>>);

impl ParquetWriter {
    pub(super) fn new(schema: &str, metadata: &[(&str, String)]) -> io::Result<Self> {
        let schema = parse_message_type(schema).map_err(write_error)?;
        let version = [(key::VERSION, VERSION.to_owned())];
        let metadata = version.iter().chain(metadata);
        let metadata = metadata.map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by(concat!("nodupe version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(metadata.collect()));
        // Nearly all values differ from each other.
        for name in [
            "path", "handle", "partial", "digest", "mtime_ns", "ctime_ns",
        ] {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
        }
        // Names in one directory begin alike.
        properties =
            properties.set_column_encoding(ColumnPath::from("path"), Encoding::DELTA_BYTE_ARRAY);
        let properties = Arc::new(properties.build());
        let file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties);
        file.map(Self).map_err(write_error)
    }

    pub(super) fn group(
        &mut self,
        out: &mut dyn Write,
        write: impl FnOnce(&mut SerializedRowGroupWriter<'_, Vec<u8>>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut group = self.0.next_row_group().map_err(write_error)?;
        write(&mut group)?;
        group.close().map_err(write_error)?;
        // What is there so far leaves, and memory holds one group.
        self.0.flush()?;
        out.write_all(self.0.inner())?;
        self.0.inner_mut().clear();
        Ok(())
    }

    pub(super) fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.0.finish().map_err(write_error)?;
        out.write_all(self.0.inner())
    }
}

/// Writes the next column of a group.
pub(super) fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> io::Result<()> {
    let column = group.next_column().map_err(write_error)?;
    let mut column = column.ok_or_else(|| io::Error::other("the schema has fewer columns"))?;
    let typed = column.typed::<T>();
    typed
        .write_batch(values, levels, None)
        .map_err(write_error)?;
    column.close().map_err(write_error)
}

/// Values that may be missing.
#[derive(Default)]
pub(super) struct Optional<T> {
    pub(super) values: Vec<T>,
    pub(super) levels: Vec<i16>,
}

impl<T> Optional<T> {
    pub(super) fn push(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

pub(super) fn fixed(digest: Digest) -> FixedLenByteArray {
    digest.as_bytes().to_vec().into()
}

/// The columns of rows that are not written yet.
#[derive(Default)]
struct Columns {
    host: Repeated,
    root: Repeated,
    path: Vec<ByteArray>,
    fs_uuid: Repeated,
    fs_uuid_levels: Vec<i16>,
    handle: Vec<ByteArray>,
    size: Vec<i64>,
    modified: Vec<i64>,
    changed: Vec<i64>,
    links: Vec<i32>,
    partial: Optional<FixedLenByteArray>,
    digest: Optional<FixedLenByteArray>,
    algorithm: Repeated,
    indexed_at: Vec<i64>,
    /// Bytes of their names.
    bytes: usize,
}

impl Columns {
    fn push(&mut self, row: &Row<'_>) {
        self.host.push(row.host);
        self.root.push(row.root);
        self.path.push(row.path.to_vec().into());
        self.fs_uuid_levels.push(i16::from(row.fs_uuid.is_some()));
        if let Some(uuid) = row.fs_uuid {
            self.fs_uuid.push(uuid);
        }
        self.handle.push(row.handle.to_vec().into());
        self.size.push(row.size as i64);
        self.modified.push(row.modified.as_nanos());
        self.changed.push(row.changed.as_nanos());
        self.links
            .push(i32::try_from(row.links).unwrap_or(i32::MAX));
        self.partial.push(row.partial.map(fixed));
        self.digest.push(row.digest.map(fixed));
        self.algorithm.push(row.algorithm.as_str().as_bytes());
        self.indexed_at.push(row.indexed_at);
        self.bytes += row.path.len();
    }

    fn write(&self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> io::Result<()> {
        column::<ByteArrayType>(group, &self.host.0, None)?;
        column::<ByteArrayType>(group, &self.root.0, None)?;
        column::<ByteArrayType>(group, &self.path, None)?;
        column::<ByteArrayType>(group, &self.fs_uuid.0, Some(&self.fs_uuid_levels))?;
        column::<ByteArrayType>(group, &self.handle, None)?;
        column::<Int64Type>(group, &self.size, None)?;
        column::<Int64Type>(group, &self.modified, None)?;
        column::<Int64Type>(group, &self.changed, None)?;
        column::<Int32Type>(group, &self.links, None)?;
        let Self {
            partial, digest, ..
        } = self;
        column::<FixedLenByteArrayType>(group, &partial.values, Some(&partial.levels))?;
        column::<FixedLenByteArrayType>(group, &digest.values, Some(&digest.levels))?;
        column::<ByteArrayType>(group, &self.algorithm.0, None)?;
        column::<Int64Type>(group, &self.indexed_at, None)
    }
}

/// Values that are mostly those of the row before, and then share their bytes.
#[derive(Default)]
struct Repeated(Vec<ByteArray>);

impl Repeated {
    fn push(&mut self, value: &[u8]) {
        let last = self.0.last().filter(|last| last.data() == value);
        let value = last.cloned().unwrap_or_else(|| value.to_vec().into());
        self.0.push(value);
    }
}
