//! The longer texts of `--help` and the manual.
//!
//! They stand apart from the arguments so that both can be read as what they
//! are: a list of options there, prose here. Lines that are laid out by hand
//! keep within 70 columns, or a manual page on 80 would break them.

pub const ABOUT: &str = "Finds files with identical content";

pub const LONG_ABOUT: &str = "\
Finds files with identical content, fast and without guessing.

Files are compared by size, then by a hash of their ends, then by a hash of \
every byte; clones that share all their blocks (btrfs, XFS) are read once. \
nodupe scan only reads and reports: it changes nothing.";

// Macros, because `concat!` takes nothing else: what `-h` shows is the
// beginning of what `--help` shows.
macro_rules! examples {
    () => {
        "\
Examples:
  nodupe scan                       Below the current directory
  nodupe scan ~/Pictures /mnt/old   Below two directories
  nodupe scan -f json -o dups.json  A report for programs
  nodupe check                      Fail if there are new duplicates

nodupe scan --help lists every option."
    };
}

macro_rules! scan_examples {
    () => {
        "\
Examples:
  nodupe scan ~/Downloads --min-size 1M     Files of 1 MiB and more
  nodupe scan . -e jpg,png --newer-than 2w  Pictures of the last weeks
  nodupe scan new --reference archive       What archive has already
  nodupe scan a b --across-roots            Files in both a and b
  nodupe scan . --unique -f fdupes          Files without a duplicate
  find . -name '*.iso' -print0 | nodupe scan --files-from - -0"
    };
}

macro_rules! environment {
    () => {
        "\
Environment:
  NODUPE_MIN_SIZE and so on set what is not given as an option: its
  long name in capitals, with underscores. nodupe config tells more."
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
  130  interrupted; what was confirmed by then is reported"
        )
    };
}

pub const EXAMPLES: &str = examples!();

pub const LONG_END: &str = concat!(
    examples!(),
    "\n\n",
    exit_statuses!("\n  1    nodupe check alone: there are duplicates over its budgets")
);

pub const SCAN_ABOUT: &str = "\
Find files with identical content and report them.

Only regular files are read, hidden ones included; empty files only with \
--min-size 0. Symbolic links are not followed unless asked. Nothing is \
changed on disk apart from the --output file.";

pub const SCAN_EXAMPLES: &str = scan_examples!();

pub const SCAN_LONG_END: &str = concat!(
    scan_examples!(),
    "\n\n",
    exit_statuses!(""),
    "

Interrupting:
  Ctrl-C    ends the scan and reports what is confirmed by then
  a second  ends at once, without a report

",
    environment!(),
    "
  NO_COLOR        if not empty, no colors (but --color wins)
  CLICOLOR_FORCE  if neither empty nor 0, colors anywhere
  TERM            if dumb, no colors and no progress
  TZ              the time zone of dates"
);

pub const CHECK_ABOUT: &str = "\
Fail if there are duplicates that the project does not accept.

Scans as nodupe scan does, and judges what it finds. A duplicate is accepted \
if the baseline lists it, if the project file allows it, or if it lies under \
a --reference. All others are new, and too many of them are a failure: any at \
all, unless a budget says otherwise.

Inside a git work tree, what git ignores and does not track is left out \
(--no-gitignore). A repository that cannot be read exactly, such as one of \
another user that safe.directory does not allow, makes the exit status 3.";

macro_rules! check_examples {
    () => {
        "\
Examples:
  nodupe check                       Fail on any duplicate in here
  nodupe check assets -e png,jpg     Only those pictures
  nodupe check --update-baseline     Accept what is there now
  nodupe check --changed-since main  Only what this branch adds
  nodupe check --max-reclaimable 1M  Put up with a little
  nodupe check -f github --report sarif=nodupe.sarif"
    };
}

pub const CHECK_EXAMPLES: &str = check_examples!();

pub const CHECK_LONG_END: &str = concat!(
    check_examples!(),
    "

Exit status:
  0    all duplicates are accepted or within the budgets
  1    there are more than that, or stale entries that are denied
  2    wrong arguments, or the run could not be carried out
  3    within the budgets as far as it could be told: some paths
       could not be read
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
    max-groups = 5"
    };
}

/// The project file in the help, to be tried.
#[cfg(test)]
pub const PROJECT_FILE: &str = project_file!();

pub const CONFIG_ABOUT: &str = "\
Print what is in force for nodupe scan and nodupe check, and where each value \
was set: by a flag, by an environment variable, in the project file, or not at \
all.

What is printed is a project file that says the same, with the origins as \
comments. Environment variables that look like nodupe's and mean nothing are \
warned of.";

macro_rules! config_examples {
    () => {
        "\
Examples:
  nodupe config                        Both subcommands, as things are
  nodupe config check --max-groups 3   With that flag given
  nodupe config --no-config scan       Without the project file
  nodupe config -f json                For programs"
    };
}

pub const CONFIG_EXAMPLES: &str = config_examples!();

pub const CONFIG_LONG_END: &str = concat!(
    config_examples!(),
    "

Who wins: a flag, then the environment, then the project file, then
the default. A list that is given replaces the whole list below it. A
setting that cannot stand beside a flag gives way to it.

Project file:
  nodupe.toml, in the working directory or the nearest one above it.
  Its keys are the long options. Switches are true or false, options
  that may be repeated are lists. nodupe check goes by [check], and by
  [scan] where [check] says nothing and both mean the same.

",
    project_file!(),
    "

  An allow rule accepts files that its paths cover, and content that
  its digests list, wherever that is: one of the two is enough. A new
  file counts for the first budget whose paths cover it, or else for
  that of [check]. A budget without limits allows nothing. A glob that
  covers a directory covers all that is in it.

  Paths are relative to the file's directory, and so are globs with a
  slash in them, unless they start with one. Expressions are held
  against paths as they are reported. What is for one run only cannot
  be set: --files-from, --null, --output, --report, --config,
  --no-config, --update-baseline, --changed-since, --settle-time,
  --verbose, --quiet.
  nodupe executors does not read the file.

  A file that was found is refused (status 2) if it belongs to
  neither you nor root, or if everybody may write to it or to its
  directory, unless that is sticky. One that is named, by --config or
  NODUPE_CONFIG, is trusted. A file from above the working directory
  is told of on standard error, but not with --quiet.

Environment:
  NODUPE_MIN_SIZE and so on: each option that the file may set, in
  capitals and with underscores. Switches take 1 and 0, true and
  false, yes and no, on and off; options that may be repeated take a
  value a line. Set to nothing is not set; a line break alone is the
  empty list. NODUPE_VERIFY=0 turns off what the file turns on.
  NODUPE_CONFIG and NODUPE_NO_CONFIG stand for --config and
  --no-config. Any other variable NODUPE_... is warned of.

JSON (version 1):
  version, nodupe    of this document, of the program
  file, directory    the project file and where it is, or null
  scan, check        each with options and displaced
  options            by name: value (null if not set), origin (flag,
                     environment, file, default), name of the flag or
                     variable, file, line, column
  displaced          what had to give way: name, by, and its origin
  allow, budget      the rules for nodupe check, with line and column
  warnings           variables that mean nothing
  A text that is not UTF-8 is an object with its bytes (base64)."
);

pub const EXECUTORS_ABOUT: &str = "\
Show what this machine can run workers with: its processors, what its kernel \
offers, how the storage under DIR takes reads, and whether each executor \
starts. Then the rules by which nodupe scan chooses, and what it would choose \
for DIR.

Some files under DIR are opened and the first block of each is read; nothing \
is changed. With --bench, DIR is scanned several times instead.";

macro_rules! executors_examples {
    () => {
        "\
Examples:
  nodupe executors                  This machine, this directory
  nodupe executors /mnt/nas         The storage of another one
  nodupe executors --bench ~/Music  Which is the fastest there?"
    };
}

pub const EXECUTORS_EXAMPLES: &str = executors_examples!();

pub const EXECUTORS_LONG_END: &str = concat!(
    executors_examples!(),
    "

Figures of --bench (medians, if not said otherwise):
  Time        of the scan, without the start of the program
  Speed-up    how many times as fast as one worker alone
  Efficiency  speed-up for each processor the workers could use: as
              many as are usable, or workers where those are fewer
  Memory      the peak of the program and its worker processes, of any
              run
  Start-up    until the executor could take work, a part of Time
In each way the directories are listed by as many threads.

JSON (version 1; what is not known is null, times are in seconds):
  version, nodupe    of this document, of the program
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
  processors_usable  what efficiency is reckoned with
  rounds             how many runs each had
  agree              whether all found the same groups
  files, bytes, groups, errors
                     what the warm-up found
  warm_up            a run
  executors          kind, workers (most of any run), seconds,
                     speed_up, efficiency, peak_memory_bytes,
                     startup_seconds, agrees, problem, runs
  sweep              the same for threads, with workers as asked for
  best_workers       of the sweep, the least with the best time
  a run              seconds, startup_seconds, workers,
                     peak_memory_bytes

Exit status:
  0    shown or measured; what cannot start is a finding
  2    wrong arguments, or DIR cannot be scanned
  3    with --bench: the groups did not agree, or runs failed midway
  130  interrupted; no process is left behind"
);

pub const SCHEMA_ABOUT: &str = "\
Print the JSON Schema that a report in the format json keeps to: that of \
nodupe scan, whose jsonl records have the same fields, spread over lines; or \
that of nodupe check.";

pub const COMPLETIONS_ABOUT: &str = "\
Print a script that teaches a shell to complete nodupe's arguments.";

pub const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  nodupe completions fish > ~/.config/fish/completions/nodupe.fish
  nodupe completions zsh > ~/.zfunc/_nodupe  (a directory of $fpath)
  source <(nodupe completions bash)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_laid_out_by_hand_fit_a_manual_page() {
        for text in [
            LONG_END,
            SCAN_LONG_END,
            CHECK_LONG_END,
            CONFIG_LONG_END,
            EXECUTORS_LONG_END,
            COMPLETIONS_EXAMPLES,
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
            Exit::Fatal,
            Exit::Incomplete,
            Exit::Interrupted,
        ] {
            let start = format!("\n  {:<5}", exit.code());
            assert!(LONG_END.contains(&start), "{exit:?}");
            assert!(CHECK_LONG_END.contains(&start), "{exit:?}");
            // Only a check ends with that one.
            let is_for_all = exit != Exit::OverBudget;
            assert_eq!(SCAN_LONG_END.contains(&start), is_for_all, "{exit:?}");
            assert_eq!(EXECUTORS_LONG_END.contains(&start), is_for_all, "{exit:?}");
        }
    }
}
