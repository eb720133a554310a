//! The longer texts of `--help` and the manual.
//!
//! They stand apart from the arguments so that both can be read as what they
//! are: a list of options there, prose here.

pub const ABOUT: &str = "Finds files with identical content";

pub const LONG_ABOUT: &str = "\
Finds files with identical content, fast and without guessing.

Files are compared by size, then by a hash of their ends, then by a hash of \
every byte. nodupe scan only reads and reports: it changes nothing.";

pub const EXAMPLES: &str = "\
Examples:
  nodupe scan                       Duplicates under the current directory
  nodupe scan ~/Pictures /mnt/old   Duplicates under two directories
  nodupe scan -f json -o dups.json  A report for programs

nodupe scan --help lists every option.";

pub const LONG_END: &str = "\
Examples:
  nodupe scan                       Duplicates under the current directory
  nodupe scan ~/Pictures /mnt/old   Duplicates under two directories
  nodupe scan -f json -o dups.json  A report for programs

nodupe scan --help lists every option.

Exit status:
  0    the scan is complete, with or without duplicates
  2    the arguments make no sense, or the run could not be carried out
  3    finished, but some paths could not be read; each is listed
  130  interrupted; what was confirmed by then is reported";

pub const SCAN_ABOUT: &str = "\
Find files with identical content and report them.

Only regular files are read, hidden ones included; empty files only with \
--min-size 0. Symbolic links are not followed unless asked. Nothing is \
changed on disk apart from the --output file.";

pub const SCAN_EXAMPLES: &str = "\
Examples:
  nodupe scan ~/Downloads --min-size 1M       Only files of 1 MiB and more
  nodupe scan . -e jpg,png --newer-than 2w    Pictures of the last two weeks
  nodupe scan new --reference archive         What of new is in archive already
  nodupe scan a b --across-roots              Files that are in both a and b
  nodupe scan . --unique -f paths0            Files without a duplicate
  find . -name '*.iso' -print0 | nodupe scan --files-from - -0";

pub const SCAN_LONG_END: &str = "\
Examples:
  nodupe scan ~/Downloads --min-size 1M       Only files of 1 MiB and more
  nodupe scan . -e jpg,png --newer-than 2w    Pictures of the last two weeks
  nodupe scan new --reference archive         What of new is in archive already
  nodupe scan a b --across-roots              Files that are in both a and b
  nodupe scan . --unique -f paths0            Files without a duplicate
  find . -name '*.iso' -print0 | nodupe scan --files-from - -0

Interrupting:
  Ctrl-C ends the scan and reports what is confirmed by then, marked as \
incomplete. A second Ctrl-C ends at once, without a report.

Exit status:
  0    the scan is complete, with or without duplicates
  2    the arguments make no sense, or the run could not be carried out
  3    finished, but some paths could not be read; each is listed
  130  interrupted; what was confirmed by then is reported

Environment:
  NO_COLOR        if set and not empty, no colors unless --color always
  CLICOLOR_FORCE  if set and not 0, colors even where output is not a terminal
  TERM            if dumb, no colors and no progress
  TZ              the time zone of dates in --newer-than and --older-than";

pub const SCHEMA_ABOUT: &str = "\
Print the JSON Schema that reports in the formats json and jsonl keep to.";

pub const COMPLETIONS_ABOUT: &str = "\
Print a script that teaches a shell to complete nodupe's arguments.";

pub const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  nodupe completions bash > ~/.local/share/bash-completion/completions/nodupe
  nodupe completions fish > ~/.config/fish/completions/nodupe.fish
  nodupe completions zsh > ~/.zfunc/_nodupe   (a directory of your $fpath)";
