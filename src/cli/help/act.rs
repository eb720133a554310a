//! The texts of the subcommands that act on files.

macro_rules! keeping {
    ($first:expr) => {
        concat!(
            $first,
            "\n\nOne file of each group is kept: the one that nodupe scan marks \
(see --keep). References (--reference) are never touched.

Before a file is changed, it and the kept file are opened again and compared byte \
for byte, under leases that detect writers where the system has them, and the kept \
file is flushed to the disk. Files that changed, that are in use, or that are not \
safe to act on are left alone, each with its reason. Every change is recorded in a \
journal before it is made, so that nodupe undo can take it back.

In a terminal, nodupe shows what it is about to do and asks for confirmation. \
Elsewhere it needs --yes."
        )
    };
}

macro_rules! end {
    ($examples:expr) => {
        concat!(
            $examples,
            "

Exit status:
  0    all was done
  2    nothing was done: wrong arguments, not confirmed, another run
       is active, or the journal cannot be used
  3    some files were left alone or failed, or paths were not read
  130  interrupted, between two files

Interrupting:
  Ctrl-C ends the run after the current file. Changes made by then
  stay; nodupe undo takes them back.

Settings:
  nodupe.toml ([act], or [scan] for options of a scan) and NODUPE_...
  variables can select and protect files. Options that decide what
  happens to files (--keep, --to, --yes) need the command line."
        )
    };
}

pub(crate) const REMOVE_ABOUT: &str =
    keeping!("Remove redundant files, so that one copy of each content stays.");

macro_rules! remove_examples {
    () => {
        "\
Examples:
  nodupe remove new --reference old    What of new is in old too
  nodupe remove ~/Music -n             Only say what would be done
  nodupe remove a b --only-under b     What is in b and elsewhere
  nodupe remove ~/Music --trash        Into the desktop's trash
  nodupe remove --directories a b      Whole redundant directories
  nodupe remove ~/Documents --keep oldest --keep-all-under 'tax/**'
  nodupe scan -f json -o r.json; nodupe remove --report r.json --yes"
    };
}

pub(crate) const REMOVE_EXAMPLES: &str = remove_examples!();
pub(crate) const REMOVE_LONG_END: &str = end!(remove_examples!());

pub(crate) const LINK_ABOUT: &str = keeping!(
    "Replace redundant files by hard links to the file that is kept, or by symbolic \
links. Every name stays and has the same content. Hard links are names of one file: \
a write through one of them changes all."
);

macro_rules! link_examples {
    () => {
        "\
Examples:
  nodupe link /backup/daily            Copies in backups become links
  nodupe link ~/cache --ignore-metadata  Whatever their owner and mode
  nodupe link ~/iso --symbolic         Relative symbolic links"
    };
}

pub(crate) const LINK_EXAMPLES: &str = link_examples!();
pub(crate) const LINK_LONG_END: &str = end!(link_examples!());

pub(crate) const DEDUPE_ABOUT: &str = keeping!(
    "Let files with identical content share their blocks on the disk. They stay \
separate files: a write to one does not change the others. This needs a file system \
whose files can share blocks (btrfs, XFS, bcachefs, newer ZFS)."
);

macro_rules! dedupe_examples {
    () => {
        "\
Examples:
  nodupe dedupe /home                  Free space, change nothing else
  nodupe dedupe ~/vm --min-size 1M     Only files worth it"
    };
}

pub(crate) const DEDUPE_EXAMPLES: &str = dedupe_examples!();
pub(crate) const DEDUPE_LONG_END: &str = end!(dedupe_examples!());

pub(crate) const MOVE_ABOUT: &str = keeping!(
    "Move redundant files into another directory, where they keep their relative paths \
and can be reviewed before they are deleted. Existing files there are not replaced."
);

macro_rules! move_examples {
    () => {
        "\
Examples:
  nodupe move --to ~/redundant ~/Photos
  nodupe move --to /srv/out /srv/share --min-size 100M --yes"
    };
}

pub(crate) const MOVE_EXAMPLES: &str = move_examples!();
pub(crate) const MOVE_LONG_END: &str = end!(move_examples!());

pub(crate) const REVIEW_ABOUT: &str = "\
Look through duplicates on a screen, mark them, and act on the marks.

The screen opens at once and fills while the scan runs. Of each copy it shows the \
path, the age, the links, and why it is suggested to keep. Copies are marked to be \
kept, removed, linked, deduplicated or moved: one by one, as a range, or by a rule in \
all groups shown. Nothing is marked at first, and one copy of each content always \
stays. ? lists the keys.

At x the marks are acted on: the screen is left, nodupe shows its plan, asks, and \
records every change in the journal as nodupe remove, link, dedupe and move do, a run \
for each of them. An answer other than yes leads back to the screen. nodupe undo takes \
runs back.

With --plain it is a dialogue of lines, for screen readers: it says what a group has, \
reads a command, and says what that did.";

macro_rules! review_examples {
    () => {
        "\
Examples:
  nodupe review ~/Pictures                 Scan and review
  nodupe review ~ --min-size 10M -o m.json Save the marks in m.json
  nodupe review --report m.json -o m.json  Go on with them
  nodupe review new --reference old        Originals always stay
  nodupe review ~/Music --plain            Lines of text"
    };
}

pub(crate) const REVIEW_EXAMPLES: &str = review_examples!();
pub(crate) const REVIEW_LONG_END: &str = concat!(
    review_examples!(),
    "

Exit status:
  0    all marks were acted on, or the review was left
  2    it could not be carried out
  3    some files were left alone or failed, or paths were not read
  130  interrupted: by Ctrl-C, or because the terminal was closed

Marks:
  A report with marks is a json report whose files have a mark too.
  Commands act on their own marks: nodupe remove --report FILE
  removes what is marked remove. Files without a mark stay."
);

pub(crate) const UNDO_ABOUT: &str = "\
Take back what a run of nodupe remove, link, dedupe or move did: the latest that \
was not taken back, or RUN.

No backups are stored: a removed file is restored by copying the kept one, with its \
name, owner, permissions, times and attributes, and is checked against its digest. A \
link becomes a separate file again; a moved file is moved back. Files that cannot be \
restored, because the kept file was changed or is gone, are listed before anything \
is done. Inode number, birth time and change time are new.";

macro_rules! undo_examples {
    () => {
        "\
Examples:
  nodupe undo                          Take back the latest run
  nodupe undo -n                       Only say what would be done
  nodupe undo 7 --yes                  Take back run 7, without asking
  nodupe history                       List the runs"
    };
}

pub(crate) const UNDO_EXAMPLES: &str = undo_examples!();
pub(crate) const UNDO_LONG_END: &str = concat!(
    undo_examples!(),
    "

Exit status:
  0    all of the run was taken back
  2    nothing was done: no such run, not confirmed, or another run
       is active
  3    some files could not be taken back; each is listed
  130  interrupted, between two files"
);

pub(crate) const HISTORY_ABOUT: &str = "\
List the runs of nodupe remove, link, dedupe, move and undo that changed files, the \
latest first: when, what they did, what they freed, and what can still be taken \
back.";

pub(crate) const HISTORY_EXAMPLES: &str = "\
Examples:
  nodupe history                       The latest run first
  nodupe history -f json               For programs";
