# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_nodupe_global_optspecs
    string join \n h/help V/version
end

function __fish_nodupe_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_nodupe_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_nodupe_using_subcommand
    set -l cmd (__fish_nodupe_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c nodupe -n "__fish_nodupe_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_needs_command" -s V -l version -d 'Print version'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "scan" -d 'Find files with identical content and report them'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "check" -d 'Fail if there are duplicates that the project does not accept'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "diff" -d 'Compare two directories by content: what is in A and not in B?'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "remove" -d 'Remove redundant files, so that one copy of each content stays'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "link" -d 'Replace redundant files by links to the file that is kept'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "dedupe" -d 'Let files with identical content share their blocks (btrfs, XFS)'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "move" -d 'Move redundant files into another directory'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "review" -d 'Look through duplicates on a screen, mark them, and act on the marks'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "undo" -d 'Take back what a run of remove, link, dedupe or move did'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "history" -d 'List the runs that changed files, and what can be taken back'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "config" -d 'Print the settings in effect for scan and check, and where each was set'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "executors" -d 'Show which executors this machine supports, and benchmark them'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "index" -d 'Write what this host knows of its files to a Parquet file'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "merge" -d 'Find identical files over the indexes of several hosts'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "digest" -d 'Print a digest for each path of a list'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "cache" -d 'Show, remove or check the cache of digests'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "schema" -d 'Print the JSON Schema of a json report'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l files-from -d 'Also scan the paths listed in FILE, one per line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l reference -d 'Treat the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l min-copies -d 'Only report groups of at least N copies [default: 2]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l keep -d 'Prefer the file that RULE chooses (repeatable, in order)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l hash -d 'Hash that content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l cache -d 'Take digests of unchanged files from a cache, and store new ones (Linux)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l cache-size -d 'Limit the size of the cache file [default: 1G]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l rf-under -d 'Only report content with fewer than N copies, single files included' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l rf-over -d 'Only report content with more than N copies' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l similar -d 'With --directories: also report directories of whose files PART is in another one' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s f -l format -d 'Report format' -r -f -a "table\t'For people: the groups, then one line of totals'
json\t'One JSON document; `nodupe schema` describes it'
jsonl\t'One JSON record per line; each group is written as soon as it is final'
csv\t'One row per name, with a header'
fdupes\t'One path per line, an empty line between groups'
paths0\t'Each path ends with NUL, for xargs -0; the groups are not separated'
summary\t'Only the totals'
markdown\t'Markdown tables, for an issue or a chat'
html\t'One page to look at, search and mark in a browser'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l sort -d 'Order of the groups [default: reclaimable]' -r -f -a "reclaimable\t'Most reclaimable bytes first'
size\t'Largest files first'
copies\t'Most copies first'
path\t'By the path of the first file'
modified\t'Groups with the newest file first'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l limit -d 'Report only the first N groups, 0 for all; the totals count all of them' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s 0 -l null -d 'Paths in --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s r -l recursive -d 'Does nothing: directories are always scanned recursively'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l across-roots -d 'Only report groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l unique -d 'Only report files without a duplicate'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l directories -d 'Also report directories with identical content'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l ignore-names -d 'With --directories: ignore names, compare only content on each level'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l redundant -d 'List only the redundant files: all but the one to keep of each group'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l csv-bom -d 'Begin csv with a byte order mark, by which Excel recognizes UTF-8'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l max-groups -d 'Allow up to N groups with new duplicates [default: 0]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l max-duplicates -d 'Allow up to N new duplicate files' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l max-reclaimable -d 'Allow new duplicates of up to SIZE in total' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l changed-since -d 'Check only groups with files added or changed since the git revision REV' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l baseline -d 'File that lists accepted duplicates [default: .nodupe-baseline.json]' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l files-from -d 'Also scan the paths listed in FILE, one per line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l reference -d 'Treat the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l min-copies -d 'Only report groups of at least N copies [default: 2]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l keep -d 'Prefer the file that RULE chooses (repeatable, in order)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l hash -d 'Hash that content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l cache -d 'Take digests of unchanged files from a cache, and store new ones (Linux)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l cache-size -d 'Limit the size of the cache file [default: 1G]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s f -l format -d 'Report format' -r -f -a "table\t'For people: new duplicates, and what to do about them'
json\t'One JSON document; `nodupe schema check` describes it'
github\t'GitHub Actions annotations'
gitlab\t'GitLab code quality report'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML'
markdown\t'Markdown tables, for a job summary'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l report -d 'Also write a report in FORMAT to FILE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l directories -d 'Report new copies of whole directories as one each'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l ignore-names -d 'With --directories: ignore names, compare only content on each level'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l fail-fast -d 'Stop at the first group that exceeds a budget'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l update-baseline -d 'Accept all current duplicates by writing them to the baseline'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l deny-stale -d 'Fail if the baseline has stale entries, which no longer apply'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s 0 -l null -d 'Paths in --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s r -l recursive -d 'Does nothing: directories are always scanned recursively'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l across-roots -d 'Only report groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l only-in -d 'Print only the paths of what is in SIDE and not in the other' -r -f -a "a\t'The first directory'
b\t'The second directory'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s f -l format -d 'Report format' -r -f -a "table\t'For people'
json\t'One JSON document; `nodupe schema diff` describes it'
paths0\t'With --only-in: each path ends with NUL, for xargs -0'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l limit -d 'Show at most N entries of a kind in the table, 0 for all [default: 50]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l hash -d 'Hash that content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l report -d 'Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l files-from -d 'Also scan the paths listed in FILE, one per line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l reference -d 'Treat the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l min-copies -d 'Only report groups of at least N copies [default: 2]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l keep -d 'Prefer the file that RULE chooses (repeatable, in order)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l hash -d 'Hash that content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l cache -d 'Take digests of unchanged files from a cache, and store new ones (Linux)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l cache-size -d 'Limit the size of the cache file [default: 1G]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l only-under -d 'Only act on files under DIR (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l keep-all-under -d 'Keep files that match GLOB or are in a directory that matches (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l leave -d 'Leave at least N copies of each content [default: 1]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l journal -d 'Use FILE as the journal' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s f -l format -d 'Report format' -r -f -a "table\t'For people: each file and what was done to it'
json\t'One JSON document; `nodupe schema act` describes it'
jsonl\t'One JSON record per line, as soon as a file was acted on'"
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s 0 -l null -d 'Paths in --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s r -l recursive -d 'Does nothing: directories are always scanned recursively'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l across-roots -d 'Only report groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l require-lease -d 'Skip files for which no read lease is available'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l include-vcs -d 'Also act on files of version control systems and package stores'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s y -l yes -d 'Act without asking; required if there is no terminal'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s n -l dry-run -d 'Change nothing, and say for each file what would be done'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l directories -d 'Act on whole redundant directories, and on nothing else'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l ignore-names -d 'With --directories: ignore names, compare only content on each level'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l trash -d 'Put redundant files into the desktop\'s trash instead'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -l prune-empty-dirs -d 'Also remove directories that become empty'
complete -c nodupe -n "__fish_nodupe_using_subcommand remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l report -d 'Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l files-from -d 'Also scan the paths listed in FILE, one per line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l reference -d 'Treat the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l min-copies -d 'Only report groups of at least N copies [default: 2]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l keep -d 'Prefer the file that RULE chooses (repeatable, in order)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l hash -d 'Hash that content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l cache -d 'Take digests of unchanged files from a cache, and store new ones (Linux)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l cache-size -d 'Limit the size of the cache file [default: 1G]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l only-under -d 'Only act on files under DIR (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l keep-all-under -d 'Keep files that match GLOB or are in a directory that matches (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l leave -d 'Leave at least N copies of each content [default: 1]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l journal -d 'Use FILE as the journal' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s f -l format -d 'Report format' -r -f -a "table\t'For people: each file and what was done to it'
json\t'One JSON document; `nodupe schema act` describes it'
jsonl\t'One JSON record per line, as soon as a file was acted on'"
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s 0 -l null -d 'Paths in --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s r -l recursive -d 'Does nothing: directories are always scanned recursively'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l across-roots -d 'Only report groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l require-lease -d 'Skip files for which no read lease is available'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l include-vcs -d 'Also act on files of version control systems and package stores'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s y -l yes -d 'Act without asking; required if there is no terminal'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s n -l dry-run -d 'Change nothing, and say for each file what would be done'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l symbolic -d 'Make symbolic links instead of hard links'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -l ignore-metadata -d 'Also link files whose owner, permissions or attributes differ'
complete -c nodupe -n "__fish_nodupe_using_subcommand link" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l report -d 'Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l files-from -d 'Also scan the paths listed in FILE, one per line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l reference -d 'Treat the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l min-copies -d 'Only report groups of at least N copies [default: 2]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l keep -d 'Prefer the file that RULE chooses (repeatable, in order)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l hash -d 'Hash that content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l cache -d 'Take digests of unchanged files from a cache, and store new ones (Linux)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l cache-size -d 'Limit the size of the cache file [default: 1G]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l only-under -d 'Only act on files under DIR (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l keep-all-under -d 'Keep files that match GLOB or are in a directory that matches (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l leave -d 'Leave at least N copies of each content [default: 1]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l journal -d 'Use FILE as the journal' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s f -l format -d 'Report format' -r -f -a "table\t'For people: each file and what was done to it'
json\t'One JSON document; `nodupe schema act` describes it'
jsonl\t'One JSON record per line, as soon as a file was acted on'"
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s 0 -l null -d 'Paths in --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s r -l recursive -d 'Does nothing: directories are always scanned recursively'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l across-roots -d 'Only report groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l require-lease -d 'Skip files for which no read lease is available'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l include-vcs -d 'Also act on files of version control systems and package stores'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s y -l yes -d 'Act without asking; required if there is no terminal'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s n -l dry-run -d 'Change nothing, and say for each file what would be done'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand dedupe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l report -d 'Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l files-from -d 'Also scan the paths listed in FILE, one per line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l reference -d 'Treat the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l min-copies -d 'Only report groups of at least N copies [default: 2]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l keep -d 'Prefer the file that RULE chooses (repeatable, in order)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l hash -d 'Hash that content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l cache -d 'Take digests of unchanged files from a cache, and store new ones (Linux)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l cache-size -d 'Limit the size of the cache file [default: 1G]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l only-under -d 'Only act on files under DIR (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l keep-all-under -d 'Keep files that match GLOB or are in a directory that matches (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l leave -d 'Leave at least N copies of each content [default: 1]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l journal -d 'Use FILE as the journal' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s f -l format -d 'Report format' -r -f -a "table\t'For people: each file and what was done to it'
json\t'One JSON document; `nodupe schema act` describes it'
jsonl\t'One JSON record per line, as soon as a file was acted on'"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l to -d 'Move redundant files below DIR, keeping their relative paths' -r -f -a "(__fish_complete_directories)"
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s 0 -l null -d 'Paths in --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s r -l recursive -d 'Does nothing: directories are always scanned recursively'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l across-roots -d 'Only report groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l require-lease -d 'Skip files for which no read lease is available'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l include-vcs -d 'Also act on files of version control systems and package stores'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s y -l yes -d 'Act without asking; required if there is no terminal'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s n -l dry-run -d 'Change nothing, and say for each file what would be done'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l directories -d 'Act on whole redundant directories, and on nothing else'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l ignore-names -d 'With --directories: ignore names, compare only content on each level'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -l prune-empty-dirs -d 'Also remove directories that become empty'
complete -c nodupe -n "__fish_nodupe_using_subcommand move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l files-from -d 'Also scan the paths listed in FILE, one per line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l reference -d 'Treat the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l min-copies -d 'Only report groups of at least N copies [default: 2]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l keep -d 'Prefer the file that RULE chooses (repeatable, in order)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l hash -d 'Hash that content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l cache -d 'Take digests of unchanged files from a cache, and store new ones (Linux)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l cache-size -d 'Limit the size of the cache file [default: 1G]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l only-under -d 'Only act on files under DIR (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l keep-all-under -d 'Keep files that match GLOB or are in a directory that matches (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l leave -d 'Leave at least N copies of each content [default: 1]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l journal -d 'Use FILE as the journal' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l to -d 'Move files that are marked so below DIR, keeping their relative paths' -r -f -a "(__fish_complete_directories)"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l report -d 'Review the groups in FILE, a json or jsonl report; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s o -l output -d 'Save the marks in FILE when the review is left' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s f -l format -d 'Format of the report of what was done' -r -f -a "table\t'For people: each file and what was done to it'
json\t'One JSON document; `nodupe schema act` describes it'
jsonl\t'One JSON record per line, as soon as a file was acted on'"
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s 0 -l null -d 'Paths in --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s r -l recursive -d 'Does nothing: directories are always scanned recursively'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l across-roots -d 'Only report groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l require-lease -d 'Skip files for which no read lease is available'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l include-vcs -d 'Also act on files of version control systems and package stores'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s n -l dry-run -d 'Change nothing, and say for each file what would be done'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l plain -d 'Use lines of text instead of a screen: for screen readers and slow lines'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l trash -d 'Put files that are marked to be removed into the desktop\'s trash (Linux)'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l symbolic -d 'Make symbolic links instead of hard links'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l ignore-metadata -d 'Also link files whose owner, permissions or attributes differ'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -l prune-empty-dirs -d 'Also remove directories that become empty'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s y -l yes -d 'Act on the marks without asking; required if there is no terminal'
complete -c nodupe -n "__fish_nodupe_using_subcommand review" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -l journal -d 'Use FILE as the journal' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -s f -l format -d 'Report format' -r -f -a "table\t'For people: each file and what was done to it'
json\t'One JSON document; `nodupe schema act` describes it'
jsonl\t'One JSON record per line, as soon as a file was acted on'"
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -l recover -d 'Only settle what an unfinished run left, for example after a crash'
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -s y -l yes -d 'Act without asking; required if there is no terminal'
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -s n -l dry-run -d 'Change nothing, and say for each file what would be done'
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand history" -l journal -d 'Use FILE as the journal' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand history" -s f -l format -d 'Report format' -r -f -a "table\t'For people: each file and what was done to it'
json\t'One JSON document; `nodupe schema act` describes it'
jsonl\t'One JSON record per line, as soon as a file was acted on'"
complete -c nodupe -n "__fish_nodupe_using_subcommand history" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand history" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -s f -l format -d 'Output format' -r -f -a "text\t'For people'
json\t'One JSON document; --help describes it'"
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -l profile -d 'Runtime whose rules are shown' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -s f -l format -d 'Output format' -r -f -a "text\t'For people'
json\t'One JSON document; --help describes it'"
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -l bench -d 'Benchmark: scan DIR with every executor, and with 1 to 32 threads'
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -s q -l quiet -d 'Show no progress'
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s o -l output -d 'Write the index to FILE; - is standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l host -d 'Name of this host in the index [default: that of the system]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l volume -d 'Name of the file system of PATH, in place of its UUID' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l partitions -d 'Split the index into N files by a hash of the size: FILE-00000-of-N and so on' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l diff -d 'Only write what is new since the index OLD (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l candidates -d 'Read what nodupe merge --candidates asks for' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l hash -d 'Hash of the digests; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l min-size -d 'Skip files smaller than SIZE [default: 1: empty files are skipped]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l max-size -d 'Skip files larger than SIZE' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l include -d 'Only scan files that match GLOB (repeatable: at least one must match)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l exclude -d 'Skip files and directories that match GLOB (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l preset -d 'Also skip files that are rarely of interest in a home folder or source code' -r -f -a "home\t'A home folder: no trash, caches, repositories and installed packages'
code\t'Source code: no repositories, and nothing that git ignores'"
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l include-regex -d 'Only scan files whose path matches the regular expression RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l exclude-regex -d 'Skip files and directories whose path matches RE (repeatable)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s e -l extension -d 'Only scan files with the extension EXT (repeatable, or a,b,c)' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s d -l max-depth -d 'Descend at most N levels: 1 scans only the files directly in PATH' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l newer-than -d 'Only scan files modified at or after WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l older-than -d 'Only scan files modified before WHEN' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l cache -d 'Take digests of unchanged files from a cache, and store new ones (Linux)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l cache-size -d 'Limit the size of the cache file [default: 1G]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l hash-everything -d 'Read and hash all files'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l no-hidden -d 'Skip files and directories whose name starts with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l gitignore -d 'Skip files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l no-gitignore -d 'Include files that git ignores'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand index" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l unique-to -d 'Only report content that is on HOST alone' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l plan-for -d 'Report files of HOST that are equal, by their paths there, for nodupe remove --report on HOST' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l candidates -d 'Write what is to be read next to FILE, for nodupe index --candidates' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l keep -d 'Prefer the file that RULE chooses (repeatable, in order): see nodupe scan' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -s f -l format -d 'Report format' -r -f -a "table\t'For people: the groups, then one line of totals'
json\t'One JSON document; `nodupe schema` describes it'
jsonl\t'One JSON record per line; each group is written as soon as it is final'
csv\t'One row per name, with a header'
fdupes\t'One path per line, an empty line between groups'
paths0\t'Each path ends with NUL, for xargs -0; the groups are not separated'
summary\t'Only the totals'
markdown\t'Markdown tables, for an issue or a chat'
html\t'One page to look at, search and mark in a browser'"
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l limit -d 'Report only the first N groups, 0 for all; the totals count all of them' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is'
always\t'Always, also in files and pipes'
never\t'Never'"
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l temporary -d 'Directory for temporary files [default: that of the system]' -r -f -a "(__fish_complete_directories)"
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l across-hosts -d 'Only report groups with files on at least two hosts'
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l cloned -d 'Take equal file systems of two hosts for clones, as those of virtual machines made from one image are'
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -l redundant -d 'List only the redundant files: all but the one to keep of each group'
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -s q -l quiet -d 'Show no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l files-from -d 'Hash the files listed in FILE, one per line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l hash -d 'Hash of the digests; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: no way is known to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify if files may come from untrusted sources'
md5\t'128 bits, NOT collision-resistant (broken): for comparing with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -s f -l format -d 'Format of the lines' -r -f -a "jsonl\t'One JSON object per line'
tsv\t'Four fields with tabs between them: digest, partial or error; the digest or the kind of error; the size; the path, in which \\\\t \\\\n \\\\r \\\\\\\\ are escapes'"
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -s j -l workers -d 'Number of workers that read files: auto, or 1 to 1024' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best one for this machine and this scan'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: each has its own descriptors and working directory and cannot write any file (Linux)'
process\t'Child processes: one that crashes or hangs is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l profile -d 'Rules by which auto chooses the executor and the initial workers' -r -f -a "native\t'nodupe itself: real threads, threads that share nothing where the platform has them, and processes'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'Threads that share one lock, and isolated interpreters that have one each, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l timeout -d 'Skip a file whose read makes no progress for this long' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l task-type -d 'Assume CPU-bound or I/O-bound work; auto measures it' -r -f -a "auto\t'Measure it while the scan runs'
cpu\t'CPU-bound: limited by the processor'
io\t'I/O-bound: limited by the disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l worker-memory -d 'Limit the address space of each worker process' -r -f
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l walker -d 'Method of listing directories (advanced)' -r -f -a "auto\t'The fastest one on this platform'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -s 0 -l null -d 'Paths in --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l ends -d 'Read only the ends of files above 16 KiB'
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -s q -l quiet -d 'Show no progress and no warnings, only the report and fatal errors'
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -s v -l verbose -d 'Print decisions and their reasons, and every failed path, to standard error'
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -l executor-fallback -d 'Use another executor if the requested one cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand digest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand cache" -l cache -d 'The cache file, if it is not the default one' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand cache" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "scan" -d 'Find files with identical content and report them'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "check" -d 'Fail if there are duplicates that the project does not accept'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "diff" -d 'Compare two directories by content: what is in A and not in B?'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "remove" -d 'Remove redundant files, so that one copy of each content stays'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "link" -d 'Replace redundant files by links to the file that is kept'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "dedupe" -d 'Let files with identical content share their blocks (btrfs, XFS)'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "move" -d 'Move redundant files into another directory'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "review" -d 'Look through duplicates on a screen, mark them, and act on the marks'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "undo" -d 'Take back what a run of remove, link, dedupe or move did'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "history" -d 'List the runs that changed files, and what can be taken back'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "config" -d 'Print the settings in effect for scan and check, and where each was set'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "executors" -d 'Show which executors this machine supports, and benchmark them'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "index" -d 'Write what this host knows of its files to a Parquet file'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "merge" -d 'Find identical files over the indexes of several hosts'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "digest" -d 'Print a digest for each path of a list'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "cache" -d 'Show, remove or check the cache of digests'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "schema" -d 'Print the JSON Schema of a json report'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c nodupe -n "__fish_nodupe_using_subcommand help; and not __fish_seen_subcommand_from scan check diff remove link dedupe move review undo history config executors index merge digest cache schema completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l report -r -F -a 'table= json= github= gitlab= sarif= junit= markdown='
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -f -a 'scan check act'
complete -c nodupe -n "__fish_nodupe_using_subcommand cache" -f -a 'info clear verify'
complete -c nodupe -n "__fish_nodupe_using_subcommand schema" -f -a 'scan check act diff'
complete -c nodupe -n "__fish_nodupe_using_subcommand completions" -f -a 'bash elvish fish powershell zsh'
