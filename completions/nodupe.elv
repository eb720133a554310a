
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
            cand check 'Fail if there are duplicates that the project does not accept'
            cand config 'Print the settings in effect for scan and check, and where each was set'
            cand executors 'Show which executors this machine supports, and benchmark them'
            cand schema 'Print the JSON Schema of a json report'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'nodupe;scan'= {
            cand --files-from 'Also scan the paths listed in FILE, one per line; - reads standard input'
            cand --reference 'Treat the files under DIR as originals (repeatable)'
            cand --min-size 'Skip files smaller than SIZE [default: 1: empty files are skipped]'
            cand --max-size 'Skip files larger than SIZE'
            cand --include 'Only scan files that match GLOB (repeatable: at least one must match)'
            cand --exclude 'Skip files and directories that match GLOB (repeatable)'
            cand --preset 'Also skip what a scan of a home folder or of source code seldom wants'
            cand --include-regex 'Only scan files whose path matches the regular expression RE (repeatable)'
            cand --exclude-regex 'Skip files and directories whose path matches RE (repeatable)'
            cand -e 'Only scan files with the extension EXT (repeatable, or a,b,c)'
            cand --extension 'Only scan files with the extension EXT (repeatable, or a,b,c)'
            cand -d 'Descend at most N levels: 1 scans only the files directly in PATH'
            cand --max-depth 'Descend at most N levels: 1 scans only the files directly in PATH'
            cand --newer-than 'Only scan files modified at or after WHEN'
            cand --older-than 'Only scan files modified before WHEN'
            cand --min-copies 'Only report groups of at least N copies [default: 2]'
            cand --keep 'Prefer the file that RULE chooses (repeatable, in order)'
            cand --hash 'Hash that content is compared by; only blake3 is collision-resistant'
            cand --rf-under 'Only report content with fewer than N copies, single files included'
            cand --rf-over 'Only report content with more than N copies'
            cand -f 'Report format'
            cand --format 'Report format'
            cand -o 'Write the report to FILE instead of standard output'
            cand --output 'Write the report to FILE instead of standard output'
            cand --sort 'Order of the groups [default: reclaimable]'
            cand --limit 'Report only the first N groups, 0 for all; the totals count all of them'
            cand --color 'When to use colors'
            cand --config 'Read defaults from FILE'
            cand -j 'Number of workers that read files: auto, or 1 to 1024'
            cand --workers 'Number of workers that read files: auto, or 1 to 1024'
            cand --executor 'Where files are read and hashed'
            cand --profile 'Rules by which auto chooses the executor and the initial workers'
            cand --timeout 'Skip a file whose read makes no progress for this long'
            cand --settle-time 'Trust the change time of files that changed at least this long ago [default: 5min]'
            cand --task-type 'Assume CPU-bound or I/O-bound work; auto measures it'
            cand --worker-memory 'Limit the address space of each worker process'
            cand --walker 'Method of listing directories (advanced)'
            cand -0 'Paths in --files-from end with NUL, as find -print0 writes them'
            cand --null 'Paths in --files-from end with NUL, as find -print0 writes them'
            cand -r 'Does nothing: directories are always scanned recursively'
            cand --recursive 'Does nothing: directories are always scanned recursively'
            cand --no-hidden 'Skip files and directories whose name starts with a dot'
            cand --gitignore 'Skip files that git ignores'
            cand --no-gitignore 'Include files that git ignores'
            cand -L 'Follow symbolic links; loops are detected'
            cand --follow-links 'Follow symbolic links; loops are detected'
            cand -x 'Stay on the file system of each PATH'
            cand --one-file-system 'Stay on the file system of each PATH'
            cand --across-roots 'Only report groups with files under at least two roots'
            cand -H 'Report hard links to one file as duplicates of each other'
            cand --hard-links 'Report hard links to one file as duplicates of each other'
            cand --verify 'Compare every group byte for byte after hashing'
            cand --unique 'Only report files that exist once, in no copy'
            cand --redundant 'List only the redundant files: all but the one to keep of each group'
            cand --csv-bom 'Begin csv with a byte order mark, by which Excel recognizes UTF-8'
            cand --no-config 'Read no project file'
            cand -q 'Show no progress and no warnings, only the report and fatal errors'
            cand --quiet 'Show no progress and no warnings, only the report and fatal errors'
            cand -v 'Print decisions and their reasons, and every failed path, to standard error'
            cand --verbose 'Print decisions and their reasons, and every failed path, to standard error'
            cand --executor-fallback 'Use another executor if the requested one cannot start'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'nodupe;check'= {
            cand --max-groups 'Allow up to N groups with new duplicates [default: 0]'
            cand --max-duplicates 'Allow up to N new duplicate files'
            cand --max-reclaimable 'Allow new duplicates of up to SIZE in total'
            cand --changed-since 'Check only groups with files added or changed since the git revision REV'
            cand --baseline 'File that lists accepted duplicates [default: .nodupe-baseline.json]'
            cand --files-from 'Also scan the paths listed in FILE, one per line; - reads standard input'
            cand --reference 'Treat the files under DIR as originals (repeatable)'
            cand --min-size 'Skip files smaller than SIZE [default: 1: empty files are skipped]'
            cand --max-size 'Skip files larger than SIZE'
            cand --include 'Only scan files that match GLOB (repeatable: at least one must match)'
            cand --exclude 'Skip files and directories that match GLOB (repeatable)'
            cand --preset 'Also skip what a scan of a home folder or of source code seldom wants'
            cand --include-regex 'Only scan files whose path matches the regular expression RE (repeatable)'
            cand --exclude-regex 'Skip files and directories whose path matches RE (repeatable)'
            cand -e 'Only scan files with the extension EXT (repeatable, or a,b,c)'
            cand --extension 'Only scan files with the extension EXT (repeatable, or a,b,c)'
            cand -d 'Descend at most N levels: 1 scans only the files directly in PATH'
            cand --max-depth 'Descend at most N levels: 1 scans only the files directly in PATH'
            cand --newer-than 'Only scan files modified at or after WHEN'
            cand --older-than 'Only scan files modified before WHEN'
            cand --min-copies 'Only report groups of at least N copies [default: 2]'
            cand --keep 'Prefer the file that RULE chooses (repeatable, in order)'
            cand --hash 'Hash that content is compared by; only blake3 is collision-resistant'
            cand -f 'Report format'
            cand --format 'Report format'
            cand -o 'Write the report to FILE instead of standard output'
            cand --output 'Write the report to FILE instead of standard output'
            cand --report 'Also write a report in FORMAT to FILE (repeatable)'
            cand --color 'When to use colors'
            cand --config 'Read defaults from FILE'
            cand -j 'Number of workers that read files: auto, or 1 to 1024'
            cand --workers 'Number of workers that read files: auto, or 1 to 1024'
            cand --executor 'Where files are read and hashed'
            cand --profile 'Rules by which auto chooses the executor and the initial workers'
            cand --timeout 'Skip a file whose read makes no progress for this long'
            cand --settle-time 'Trust the change time of files that changed at least this long ago [default: 5min]'
            cand --task-type 'Assume CPU-bound or I/O-bound work; auto measures it'
            cand --worker-memory 'Limit the address space of each worker process'
            cand --walker 'Method of listing directories (advanced)'
            cand --fail-fast 'Stop at the first group that exceeds a budget'
            cand --update-baseline 'Accept all current duplicates by writing them to the baseline'
            cand --deny-stale 'Fail if the baseline has stale entries, which no longer apply'
            cand -0 'Paths in --files-from end with NUL, as find -print0 writes them'
            cand --null 'Paths in --files-from end with NUL, as find -print0 writes them'
            cand -r 'Does nothing: directories are always scanned recursively'
            cand --recursive 'Does nothing: directories are always scanned recursively'
            cand --no-hidden 'Skip files and directories whose name starts with a dot'
            cand --gitignore 'Skip files that git ignores'
            cand --no-gitignore 'Include files that git ignores'
            cand -L 'Follow symbolic links; loops are detected'
            cand --follow-links 'Follow symbolic links; loops are detected'
            cand -x 'Stay on the file system of each PATH'
            cand --one-file-system 'Stay on the file system of each PATH'
            cand --across-roots 'Only report groups with files under at least two roots'
            cand -H 'Report hard links to one file as duplicates of each other'
            cand --hard-links 'Report hard links to one file as duplicates of each other'
            cand --verify 'Compare every group byte for byte after hashing'
            cand --no-config 'Read no project file'
            cand -q 'Show no progress and no warnings, only the report and fatal errors'
            cand --quiet 'Show no progress and no warnings, only the report and fatal errors'
            cand -v 'Print decisions and their reasons, and every failed path, to standard error'
            cand --verbose 'Print decisions and their reasons, and every failed path, to standard error'
            cand --executor-fallback 'Use another executor if the requested one cannot start'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'nodupe;config'= {
            cand -f 'Output format'
            cand --format 'Output format'
            cand --config 'Read defaults from FILE'
            cand --no-config 'Read no project file'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'nodupe;executors'= {
            cand --profile 'Runtime whose rules are shown'
            cand -f 'Output format'
            cand --format 'Output format'
            cand --color 'When to use colors'
            cand --bench 'Benchmark: scan DIR with every executor, and with 1 to 32 threads'
            cand -q 'Show no progress'
            cand --quiet 'Show no progress'
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
        &'nodupe;help'= {
            cand scan 'Find files with identical content and report them'
            cand check 'Fail if there are duplicates that the project does not accept'
            cand config 'Print the settings in effect for scan and check, and where each was set'
            cand executors 'Show which executors this machine supports, and benchmark them'
            cand schema 'Print the JSON Schema of a json report'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'nodupe;help;scan'= {
        }
        &'nodupe;help;check'= {
        }
        &'nodupe;help;config'= {
        }
        &'nodupe;help;executors'= {
        }
        &'nodupe;help;schema'= {
        }
        &'nodupe;help;completions'= {
        }
        &'nodupe;help;help'= {
        }
    ]
    $completions[$command]
}
