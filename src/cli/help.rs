//! The longer texts of `--help` and the manual.
//!
//! They stand apart from the arguments so that both can be read as what they
//! are: a list of options there, prose here. Lines that are laid out by hand
//! keep within 70 columns, or a manual page on 80 would break them.

pub const ABOUT: &str = "Finds files with identical content";

pub const LONG_ABOUT: &str = "\
Finds files with identical content, fast and without guessing.

Files are compared by size, then by a hash of their ends, then by a hash of \
every byte. nodupe scan only reads and reports: it changes nothing.";

// Macros, because `concat!` takes nothing else: what `-h` shows is the
// beginning of what `--help` shows.
macro_rules! examples {
    () => {
        "\
Examples:
  nodupe scan                       Below the current directory
  nodupe scan ~/Pictures /mnt/old   Below two directories
  nodupe scan -f json -o dups.json  A report for programs

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

macro_rules! exit_statuses {
    () => {
        "\
Exit status:
  0    the scan is complete, with or without duplicates
  2    wrong arguments, or the run could not be carried out
  3    finished, but some paths could not be read
  130  interrupted; what was confirmed by then is reported"
    };
}

pub const EXAMPLES: &str = examples!();

pub const LONG_END: &str = concat!(examples!(), "\n\n", exit_statuses!());

pub const SCAN_ABOUT: &str = "\
Find files with identical content and report them.

Only regular files are read, hidden ones included; empty files only with \
--min-size 0. Symbolic links are not followed unless asked. Nothing is \
changed on disk apart from the --output file.";

pub const SCAN_EXAMPLES: &str = scan_examples!();

pub const SCAN_LONG_END: &str = concat!(
    scan_examples!(),
    "\n\n",
    exit_statuses!(),
    "

Interrupting:
  Ctrl-C    ends the scan and reports what is confirmed by then
  a second  ends at once, without a report

Environment:
  NO_COLOR        if not empty, no colors (but --color wins)
  CLICOLOR_FORCE  if neither empty nor 0, colors anywhere
  TERM            if dumb, no colors and no progress
  TZ              the time zone of dates"
);

pub const SCHEMA_ABOUT: &str = "\
Print the JSON Schema that a report in the format json keeps to. The records \
of jsonl have the same fields, spread over lines.";

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
        for text in [LONG_END, SCAN_LONG_END, COMPLETIONS_EXAMPLES] {
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
            Exit::Fatal,
            Exit::Incomplete,
            Exit::Interrupted,
        ] {
            let start = format!("\n  {:<5}", exit.code());
            assert!(LONG_END.contains(&start), "{exit:?}");
            assert!(SCAN_LONG_END.contains(&start), "{exit:?}");
        }
    }
}
