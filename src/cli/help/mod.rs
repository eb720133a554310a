//! The longer texts of `--help` and the manual.
//!
//! They are separate from the argument definitions, which stay a list of
//! options. Preformatted lines have at most 70 columns, so that a manual page
//! of 80 columns does not break them.

mod act;
mod machines;

pub(super) use act::*;
pub(super) use machines::*;

pub(super) const ABOUT: &str = "Finds files with identical content";

pub(super) const LONG_ABOUT: &str = "\
Finds files with identical content, fast and without guessing.

Files are compared by size, then by a hash of their first and last bytes, then \
by a hash of every byte; clones that share all their blocks (btrfs, XFS) are \
read once. nodupe scan only reads and reports: it changes nothing. nodupe remove, \
link, dedupe and move act on what it finds, nodupe review shows it on a screen to \
decide, and nodupe undo takes back what was done.";

// Macros, because `concat!` takes only literals: the text of `-h` is the
// beginning of the text of `--help`.
macro_rules! examples {
    () => {
        "\
Examples:
  nodupe scan                       Scan the current directory
  nodupe scan ~/Pictures /mnt/old   Scan two directories
  nodupe scan -f json -o dups.json  Write a report for programs
  nodupe remove ~/Downloads         Remove redundant files
  nodupe review ~/Pictures          Look through them on a screen
  nodupe undo                       Take the latest run back
  nodupe check                      Fail if there are new duplicates
  nodupe diff old-backup ~          Is all of old-backup in ~ too?

nodupe scan --help lists every option."
    };
}

macro_rules! scan_examples {
    () => {
        "\
Examples:
  nodupe scan ~/Downloads --min-size 1M     Files of 1 MiB or more
  nodupe scan . -e jpg,png --newer-than 2w  Pictures of the last weeks
  nodupe scan new --reference archive       Files already in archive
  nodupe scan a b --across-roots            Files in both a and b
  nodupe scan ~ --directories               Identical directories
  nodupe scan . --unique -f fdupes          Files without a duplicate
  find . -name '*.iso' -print0 | nodupe scan --files-from - -0"
    };
}

macro_rules! environment {
    () => {
        "\
Environment:
  NODUPE_MIN_SIZE and so on set options that are not given as flags:
  the long name in capitals, with underscores. See nodupe config."
    };
}

macro_rules! exit_statuses {
    ($of_check:expr) => {
        concat!(
            "\
Exit status:
  0    the scan is complete, with or without duplicates",
            $of_check,
            "
  2    wrong arguments, or the run could not be carried out
  3    finished, but some paths could not be read
  130  interrupted; the groups confirmed by then are reported"
        )
    };
}

pub(super) const EXAMPLES: &str = examples!();

pub(super) const LONG_END: &str = concat!(
    examples!(),
    "\n\n",
    exit_statuses!(
        "
  1    nodupe check: new duplicates exceed a budget;
       nodupe diff: something is only in A"
    )
);

pub(super) const SCAN_ABOUT: &str = "\
Find files with identical content and report them.

Only regular files are read, including hidden ones; empty files only with \
--min-size 0. Symbolic links below a PATH are followed only with --follow-links. \
Nothing on disk is changed except the --output file.";

pub(super) const SCAN_EXAMPLES: &str = scan_examples!();

pub(super) const SCAN_LONG_END: &str = concat!(
    scan_examples!(),
    "\n\n",
    exit_statuses!(""),
    "

Interrupting:
  Ctrl-C    ends the scan and reports the groups confirmed by then
  a second  ends at once, without a report

",
    environment!(),
    "
  NO_COLOR        no colors if not empty (--color takes precedence)
  CLICOLOR_FORCE  colors everywhere if neither empty nor 0
  TERM            no colors and no progress if it is dumb
  TZ              time zone of dates"
);

pub(super) const DIFF_ABOUT: &str = "\
Compare two directories by content, whatever their layout: what is only in A, only \
in B, in both, and what has the same path and other content. The exit status is 0 if \
everything in A is also in B: then A can be removed without losing content.

All regular files take part, hidden and empty ones too. A symbolic link is in B if a \
link with the same target is; an empty directory if an empty one of its name is, or a \
directory with its path. What could not be read or listed, what an option left out, \
and FIFOs, sockets and devices are not compared, and then the status is never 0. \
Owners, modes, times and extended attributes are not compared.

Of a file that both sides reach, a hard link in B counts. A directory that both sides \
reach (a bind mount) does not: it would go with A. A may lie inside B; it is then \
compared with the rest of B. Nothing is changed.";

macro_rules! diff_examples {
    () => {
        "\
Examples:
  nodupe diff old-backup ~             Is all of old-backup in ~ too?
  nodupe diff a b --only-in A          Paths of what b does not have
  nodupe diff a b --only-in A -f paths0 | xargs -0 cp -t c --parents
  nodupe diff a b -f json              Everything, for programs"
    };
}

pub(super) const DIFF_EXAMPLES: &str = diff_examples!();

pub(super) const DIFF_LONG_END: &str = concat!(
    diff_examples!(),
    "

Exit status:
  0    everything in A is also in B
  1    something was found in A and not in B
  2    wrong arguments, or the run could not be carried out
  3    nothing was found only in A, but not everything in A and B
       was compared
  130  interrupted"
);
pub(super) const CACHE_ABOUT: &str = "\
Show, remove or check the cache of digests.

nodupe scan --cache stores the digests of the files that it reads, and takes them \
from there as long as the files are unchanged. What acts on files compares their \
bytes all the same.

verify checks the cache file, and exits with 3 if an entry is wrong; then all \
entries of its file system are dropped.";

pub(super) const CACHE_EXAMPLES: &str = "\
Examples:
  nodupe cache info           Show where the cache is, and its size
  nodupe cache verify ~       Read all files again and compare
  nodupe cache clear          Remove the cache";

pub(super) const CHECK_ABOUT: &str = "\
Fail if there are duplicates that the project does not accept.

Scans like nodupe scan and checks the groups it finds. A duplicate is accepted \
if the baseline lists it, if the project file allows it, or if it is under a \
--reference. All others are new. The check fails if new duplicates exceed a \
budget; by default no new duplicate is allowed.

In a git work tree, files that git ignores and does not track are skipped \
unless --no-gitignore is given. If a repository cannot be read exactly (for \
example one of another user that safe.directory does not allow), the exit \
status is 3, or 1 if a budget is exceeded.";

macro_rules! check_examples {
    () => {
        "\
Examples:
  nodupe check                       Fail on any new duplicate here
  nodupe check assets -e png,jpg     Check only these pictures
  nodupe check --update-baseline     Accept the current duplicates
  nodupe check --changed-since main  Check only what this branch adds
  nodupe check --max-reclaimable 1M  Allow new duplicates up to 1 MiB
  nodupe check -f github --report sarif=nodupe.sarif"
    };
}

pub(super) const CHECK_EXAMPLES: &str = check_examples!();

pub(super) const CHECK_LONG_END: &str = concat!(
    check_examples!(),
    "

Exit status:
  0    all duplicates are accepted or within the budgets
  1    a budget is exceeded, files of a [[check.same]] rule differ, or
       --deny-stale found stale entries
  2    wrong arguments, or the run could not be carried out
  3    no budget was exceeded, but some paths could not be read
  130  interrupted

",
    environment!()
);

macro_rules! project_file {
    () => {
        "    [scan]
    paths = [\"src\", \"assets\"]  # if no PATH is given
    exclude = [\"*.bak\", \"assets/generated/\"]
    min-size = \"4k\"

    [check]
    max-reclaimable = \"1M\"

    [[check.allow]]
    paths = [\"tests/fixtures/**\"]
    reason = \"test data is meant to repeat\"

    [[check.budget]]
    paths = [\"assets/legacy/**\"]
    max-groups = 5

    [[check.same]]
    paths = [\"LICENSE\", \"packages/*/LICENSE\"]
    reason = \"each package needs its own\""
    };
}

/// The project file of the help text, for a test that parses it.
#[cfg(test)]
pub(super) const PROJECT_FILE: &str = project_file!();

pub(super) const CONFIG_ABOUT: &str = "\
Print the settings in effect for nodupe scan and nodupe check, and where each was \
set: by a flag, by an environment variable, in the project file, or by default. If the \
project file has settings for the subcommands that change files ([act]), they are \
printed too.

The output is a project file with the same settings; comments give their \
origins. Variables NODUPE_... that match no option cause a warning.";

macro_rules! config_examples {
    () => {
        "\
Examples:
  nodupe config                        Settings of both subcommands
  nodupe config check --max-groups 3   Settings with this flag
  nodupe config --no-config scan       Ignore the project file
  nodupe config -f json                For programs"
    };
}

pub(super) const CONFIG_EXAMPLES: &str = config_examples!();

pub(super) const CONFIG_LONG_END: &str = concat!(
    config_examples!(),
    "

Precedence:
  A flag, then the environment, then the project file, then the
  default. A list replaces the whole list of lower precedence. A
  setting that cannot be combined with one of higher precedence is
  dropped.

Project file:
  nodupe.toml, in the working directory or the nearest one above it.
  Its keys are the long options. Switches are true or false, options
  that may be repeated are lists. nodupe check uses [check], and the
  options of [scan] that mean the same and are not set in [check];
  nodupe remove, link, dedupe and move do the same with [act].

",
    project_file!(),
    "

  An allow rule accepts files that match its paths, and content whose
  digest it lists, wherever that is: one of the two is enough. A new
  file counts for the first budget whose paths match it, or else for
  that of [check]. A budget without limits allows nothing. A glob that
  matches a directory matches everything in it.

  The files of a [[check.same]] rule must be identical: each path
  without * ? [ { or \\ is one file that must exist, each glob must
  match a file. They are accepted as copies of each other.

  Paths are relative to the file's directory, and so are globs with a
  slash in them, unless they start with one. Regular expressions are
  matched against paths as they are reported. Single-run options
  cannot be set: --files-from, --null, --output, --report, --config,
  --no-config, --update-baseline, --changed-since, --keep,
  --redundant, --cache-size, --settle-time, --verbose, --quiet.
  nodupe executors does not read the file.

  A file that was found is rejected (status 2) if it belongs to
  neither you nor root, or if everybody may write to it or to its
  directory, unless that is sticky. A file given by --config or
  NODUPE_CONFIG is trusted. If the file is above the working
  directory, a message on standard error says so, unless --quiet.

Environment:
  NODUPE_MIN_SIZE and so on: each option that the file may set, in
  capitals and with underscores. Switches accept 1 and 0, true and
  false, yes and no, on and off; options that may be repeated accept
  one value per line. An empty variable counts as unset; a single line
  break is the empty list. NODUPE_VERIFY=0 overrides verify = true in
  the file. NODUPE_CONFIG and NODUPE_NO_CONFIG correspond to --config
  and --no-config. Any other variable NODUPE_... causes a warning.

JSON (version 1):
  version, nodupe    versions of this format and of the program
  file, directory    the project file and its directory, or null
  scan, check, act   each with options and displaced
  options            by name: value (null if not set), origin (flag,
                     environment, file, default), name of the flag or
                     variable, file, line, column
  displaced          dropped settings: name, by, and the origin
  allow, budget, same
                     the rules for nodupe check, with line and column
  warnings           warnings about unknown variables
  A text that is not UTF-8 is an object with its bytes (base64)."
);

pub(super) const EXECUTORS_ABOUT: &str = "\
Show the processors, the kernel features, how the storage under DIR performs \
reads, and whether each executor starts; then the rules by which nodupe scan \
chooses an executor, and the one it would choose for DIR.

Some files under DIR are opened and the first block of each is read; nothing \
is changed. With --bench, DIR is scanned several times instead.";

macro_rules! executors_examples {
    () => {
        "\
Examples:
  nodupe executors                  The storage of this directory
  nodupe executors /mnt/nas         The storage of another directory
  nodupe executors --bench ~/Music  Benchmark the executors there"
    };
}

pub(super) const EXECUTORS_EXAMPLES: &str = executors_examples!();

pub(super) const EXECUTORS_LONG_END: &str = concat!(
    executors_examples!(),
    "

Figures of --bench (medians unless noted otherwise):
  Time        time of the scan, without program start
  Speed-up    relative to a single worker
  Efficiency  speed-up divided by the number of usable processors, or
              by the number of workers where that is lower
  Memory      highest peak of any run: the program and its worker
              processes together
  Start-up    until the executor could accept work, a part of Time
Every configuration lists directories with the same number of threads.

JSON (version 1; unknown values are null, times are in seconds):
  version, nodupe    versions of this format and of the program
  directory          DIR; directory_bytes (base64) if it is not UTF-8
  processors         online, affinity, quota, usable
  kernel             io_uring, landlock (its version), own_tables
  storage            filesystem, device, remote, rotational (claimed);
                     or null, and storage_problem says why
  reads              behaviour (cached, many, some, one, seeks,
                     unknown, no-answer), files_alone, files_together,
                     at_once, alone_seconds, gain, meaning
  executors          kind, starts, startup_seconds, problem
  profile            name, meaning
  rules              situation, executor, fallbacks, workers, reason
  choice             executor, workers, reason

JSON of --bench:
  version, nodupe, directory
  processors_usable  number that efficiency is computed with
  rounds             number of runs of each
  agree              true if all found the same groups
  files, bytes, groups, errors
                     results of the warm-up
  warm_up            a run
  executors          kind, workers (most of any run), seconds,
                     speed_up, efficiency, peak_memory_bytes,
                     startup_seconds, agrees, problem, runs
  sweep              the same for threads, with requested workers
  best_workers       lowest number with the best time in the sweep
  a run              seconds, startup_seconds, workers,
                     peak_memory_bytes

Exit status:
  0    shown or measured, even if some executor cannot start
  2    wrong arguments, or DIR cannot be scanned
  3    with --bench: the groups did not agree, or runs failed midway
  130  interrupted; no process is left behind"
);

pub(super) const SCHEMA_ABOUT: &str = "\
Print the JSON Schema of the json report of nodupe scan, check or diff, or of \
the subcommands that act on files. The records of jsonl have the same fields, one \
record per line.";

pub(super) const SCHEMA_EXAMPLES: &str = "\
Examples:
  nodupe schema > scan.schema.json   Reports of nodupe scan -f json
  nodupe schema check                Reports of nodupe check -f json
  nodupe schema act                  Reports of remove, link and so on
  nodupe scan -f json -o report.json
  check-jsonschema --schemafile scan.schema.json report.json";

pub(super) const COMPLETIONS_ABOUT: &str = "\
Print a script that makes a shell complete nodupe's arguments.";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  nodupe completions fish > ~/.config/fish/completions/nodupe.fish
  nodupe completions zsh > ~/.zfunc/_nodupe  (a directory of $fpath)
  source <(nodupe completions bash)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preformatted_lines_fit_a_manual_page() {
        for text in [
            LONG_END,
            SCAN_LONG_END,
            CHECK_LONG_END,
            DIFF_LONG_END,
            DIGEST_LONG_END,
            INDEX_LONG_END,
            MERGE_LONG_END,
            CONFIG_LONG_END,
            EXECUTORS_LONG_END,
            COMPLETIONS_EXAMPLES,
            SCHEMA_EXAMPLES,
            HISTORY_EXAMPLES,
            REMOVE_LONG_END,
            LINK_LONG_END,
            DEDUPE_LONG_END,
            MOVE_LONG_END,
            UNDO_LONG_END,
        ] {
            for line in text.lines() {
                assert!(line.len() <= 70, "{line}");
            }
        }
    }

    #[test]
    fn every_exit_status_is_documented() {
        use crate::exit::Exit;
        for exit in [
            Exit::Complete,
            Exit::OverBudget,
            Exit::OnlyInA,
            Exit::Fatal,
            Exit::Incomplete,
            Exit::Interrupted,
        ] {
            let start = format!("\n  {:<5}", exit.code());
            assert!(LONG_END.contains(&start), "{exit:?}");
            assert!(CHECK_LONG_END.contains(&start), "{exit:?}");
            assert!(DIFF_LONG_END.contains(&start), "{exit:?}");
            // Only `nodupe check` and `diff` end with this status.
            let is_for_all = exit.code() != 1;
            assert_eq!(SCAN_LONG_END.contains(&start), is_for_all, "{exit:?}");
            assert_eq!(EXECUTORS_LONG_END.contains(&start), is_for_all, "{exit:?}");
            assert_eq!(REMOVE_LONG_END.contains(&start), is_for_all, "{exit:?}");
            assert_eq!(INDEX_LONG_END.contains(&start), is_for_all, "{exit:?}");
            assert_eq!(MERGE_LONG_END.contains(&start), is_for_all, "{exit:?}");
            assert_eq!(DIGEST_LONG_END.contains(&start), is_for_all, "{exit:?}");
            assert_eq!(UNDO_LONG_END.contains(&start), is_for_all, "{exit:?}");
        }
    }
}
