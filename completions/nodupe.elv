
use builtin;
use str;

set edit:completion:arg-completer[nodupe] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'nodupe'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'nodupe'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand scan 'Find files with identical content and report them'
            cand executors 'Show what this machine can run workers with, and measure it'
            cand schema 'Print the JSON Schema of the json report'
            cand completions 'Print a completion script for a shell'
        }
        &'nodupe;scan'= {
            cand --files-from 'Also scan the paths listed in FILE, one a line; - reads standard input'
            cand --reference 'Take the files under DIR as originals (repeatable)'
            cand --min-size 'Leave out files smaller than SIZE [default: 1, so empty files]'
            cand --max-size 'Leave out files larger than SIZE'
            cand --include 'Only files that match GLOB (repeatable: any of them)'
            cand --exclude 'No file or directory that matches GLOB (repeatable)'
            cand --include-regex 'Only files whose path matches the regular expression RE (repeatable)'
            cand --exclude-regex 'No file or directory whose path matches RE (repeatable)'
            cand -e 'Only files with the extension EXT (repeatable, or a,b,c)'
            cand --extension 'Only files with the extension EXT (repeatable, or a,b,c)'
            cand -d 'Look at most N levels deep: 1 is the files of PATH itself'
            cand --max-depth 'Look at most N levels deep: 1 is the files of PATH itself'
            cand --newer-than 'Only files modified at or after WHEN'
            cand --older-than 'Only files modified before WHEN'
            cand --min-copies 'Only groups of at least N copies [default: 2]'
            cand --rf-under 'Only content with fewer than N copies, single files included'
            cand --rf-over 'Only content with more than N copies'
            cand --hash 'What content is compared by; only blake3 is collision-resistant'
            cand -f 'How the report is written'
            cand --format 'How the report is written'
            cand -o 'Write the report to FILE instead of standard output'
            cand --output 'Write the report to FILE instead of standard output'
            cand --sort 'The order of the groups [default: reclaimable]'
            cand --limit 'Report the first N groups only; the totals still count all of them'
            cand --color 'When to use colors'
            cand -j 'How many files are read at once: auto, or a number up to 1024'
            cand --workers 'How many files are read at once: auto, or a number up to 1024'
            cand --executor 'Where files are read and hashed'
            cand --timeout 'Give up a file when the system has not answered for this long'
            cand --task-type 'What the work is taken to wait for; auto measures it'
            cand --worker-memory 'The most memory that one worker process may address'
            cand --walker 'How directories are listed (advanced)'
            cand -0 'The paths of --files-from end with NUL, as find -print0 writes them'
            cand --null 'The paths of --files-from end with NUL, as find -print0 writes them'
            cand --no-hidden 'Leave out names that start with a dot'
            cand --gitignore 'Leave out what git would ignore'
            cand -L 'Follow symbolic links; loops are detected'
            cand --follow-links 'Follow symbolic links; loops are detected'
            cand -x 'Stay on the file system of each PATH'
            cand --one-file-system 'Stay on the file system of each PATH'
            cand --across-roots 'Only groups with files under at least two roots'
            cand -H 'Report hard links to one file as duplicates of each other'
            cand --hard-links 'Report hard links to one file as duplicates of each other'
            cand --unique 'Only files without a duplicate; the same as --rf-under 2'
            cand --verify 'Compare every group byte for byte after hashing'
            cand -q 'No progress and no warnings; the report and fatal errors remain'
            cand --quiet 'No progress and no warnings; the report and fatal errors remain'
            cand -v 'Tell on standard error what was decided and why, and every failed path'
            cand --verbose 'Tell on standard error what was decided and why, and every failed path'
            cand --executor-fallback 'Use another executor if the one of --executor cannot start'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'nodupe;executors'= {
            cand --profile 'Whose rules to show'
            cand -f 'How the result is written'
            cand --format 'How the result is written'
            cand --color 'When to use colors'
            cand --bench 'Scan DIR with every executor, and with more and more workers'
            cand -q 'No progress'
            cand --quiet 'No progress'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'nodupe;schema'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'nodupe;completions'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
