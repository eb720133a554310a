//! The texts of the subcommands for more than one machine.

pub(in crate::cli) const DIGEST_ABOUT: &str = "\
Print a digest for each path of a list, one line per path, in the order of the list.

For programs that distribute work themselves: an engine pipes paths in and reads \
lines. Files are read by the same workers as in a scan, and a file that changes \
meanwhile, or that somebody writes to, has no digest. Only regular files are read; \
everything else, also a symbolic link, gets a line with an error. The list may have \
any length: paths are read as answers are written.";

macro_rules! digest_examples {
    () => {
        "\
Examples:
  find . -type f -print0 | nodupe digest --files-from - -0
  nodupe digest --files-from list -f tsv   Lines of four fields
  nodupe digest --files-from list --ends   Only the ends are read"
    };
}

pub(in crate::cli) const DIGEST_EXAMPLES: &str = digest_examples!();

pub(in crate::cli) const DIGEST_LONG_END: &str = concat!(
    digest_examples!(),
    "

Lines:
  jsonl  path, and either size, algorithm and digest (or partial,
         if only the ends were read), or error and message; path_bytes
         has the path in base64 if it is not UTF-8

Exit status:
  0    each path has a digest
  2    wrong arguments, or the run could not be carried out
  3    some paths have an error in place of a digest
  130  interrupted; the last paths of the list have no line"
);

pub(in crate::cli) const INDEX_ABOUT: &str = "\
Write what this host knows of its files to a Parquet file: one row for each name of a \
file, for nodupe merge, DuckDB, Spark and other engines.

Without further options no file is read: the index has paths, sizes and times. \
--hash-everything reads all files. In between are rounds for many hosts: nodupe merge \
--candidates FILE says which files may have a copy anywhere, and nodupe index \
--candidates FILE reads those, their ends first. Each round indexes everything again, \
and --cache keeps it from reading twice. A file that could not be read, or \
changed meanwhile, has a row without a digest.";

macro_rules! index_examples {
    () => {
        "\
Examples:
  nodupe index / -x -o $(hostname).parquet       Sizes: reads nothing
  nodupe index / -x -o b.parquet --hash-everything --cache
  nodupe index /media/old --host old-disk -o old.parquet
  nodupe index / -x -o new.parquet --diff last.parquet

Rounds, on each host, with nodupe merge on one of them in between:
  nodupe index /data -o a.parquet
  nodupe merge *.parquet --candidates next.parquet
  nodupe index /data -o a.parquet --cache --candidates next.parquet
  nodupe merge *.parquet --candidates next.parquet
  nodupe index /data -o a.parquet --cache --candidates next.parquet
  nodupe merge *.parquet"
    };
}

pub(in crate::cli) const INDEX_EXAMPLES: &str = index_examples!();

pub(in crate::cli) const INDEX_LONG_END: &str = concat!(
    index_examples!(),
    "

Columns:
  host, root, path    host, PATH and absolute path (bytes)
  fs_uuid             UUID or --volume of the file system, or null
  handle              the same for all names of one file: inode,
                      generation, subvolume; with --volume inode;
                      without fs_uuid device and inode, which mean
                      nothing elsewhere
  size, mtime_ns, ctime_ns, links
  partial             digest of the ends, or null
  digest              digest of every byte, or null
  algorithm           of the digests
  indexed_at          start of the run

Exit status:
  0    the index is complete
  2    wrong arguments, or the run could not be carried out
  3    the index is written, but some paths could not be read
  130  interrupted; no index is written"
);

pub(in crate::cli) const MERGE_ABOUT: &str = "\
Find identical files over the indexes of several hosts and drives, which need not be \
reachable. Paths in the report are HOST:PATH.

Files are identical if their full digests are. Files without one are in no group: \
those that may equal others are counted as not proved (status 3), and --candidates \
writes what is to be read to prove them. If several indexes have a path of a host, \
the latest counts; two whole indexes of one path are refused, since the older one would \
tell of files that are gone. Rows are sorted in bounded memory and temporary files; those \
of one digest are held together. No file is read, and nothing is changed but --output and --candidates.

A file with the same file system, number and times on two hosts is one file that both \
reach, and no copy of itself: see --cloned.";

macro_rules! merge_examples {
    () => {
        "\
Examples:
  nodupe merge *.parquet                        Groups over all hosts
  nodupe merge *.parquet --across-hosts -f json -o report.json
  nodupe merge *.parquet --unique-to old-disk   What is only there?
  nodupe merge *.parquet --plan-for nas -f json -o nas.json
  nodupe remove --report nas.json               On the host nas"
    };
}

pub(in crate::cli) const MERGE_EXAMPLES: &str = merge_examples!();

pub(in crate::cli) const MERGE_LONG_END: &str = concat!(
    merge_examples!(),
    "

Exit status:
  0    all files that may be equal have digests
  2    wrong arguments, or the run could not be carried out
  3    some files are not proved: they have no digest yet
  130  interrupted; there is no report"
);
