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
