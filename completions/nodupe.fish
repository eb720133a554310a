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
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "config" -d 'Print what is in force for scan and check, and where it was set'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "executors" -d 'Show what this machine can run workers with, and measure it'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "schema" -d 'Print the JSON Schema of a json report'
complete -c nodupe -n "__fish_nodupe_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l files-from -d 'Also scan the paths listed in FILE, one a line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l reference -d 'Take the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l min-size -d 'Leave out files smaller than SIZE [default: 1, so empty files]' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l max-size -d 'Leave out files larger than SIZE' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l include -d 'Only files that match GLOB (repeatable: any of them)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l exclude -d 'No file or directory that matches GLOB (repeatable)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l include-regex -d 'Only files whose path matches the regular expression RE (repeatable)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l exclude-regex -d 'No file or directory whose path matches RE (repeatable)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s e -l extension -d 'Only files with the extension EXT (repeatable, or a,b,c)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s d -l max-depth -d 'Look at most N levels deep: 1 is the files of PATH itself' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l newer-than -d 'Only files modified at or after WHEN' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l older-than -d 'Only files modified before WHEN' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l min-copies -d 'Only groups of at least N copies [default: 2]' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l rf-under -d 'Only content with fewer than N copies, single files included' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l rf-over -d 'Only content with more than N copies' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l hash -d 'What content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: nobody knows how to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify where files may come from somebody else'
md5\t'128 bits, NOT collision-resistant (broken): to compare with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s f -l format -d 'How the report is written' -r -f -a "table\t'For people: the groups, then one line of totals'
json\t'One JSON document; `nodupe schema` describes it'
jsonl\t'One JSON record a line; a group is written as soon as it is final'
csv\t'One line a file, with a header'
fdupes\t'One path a line, an empty line between groups'
paths0\t'Every path ended by NUL, and every group by one NUL more'
summary\t'The totals alone'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l sort -d 'The order of the groups [default: reclaimable]' -r -f -a "reclaimable\t'Most reclaimable bytes first'
size\t'Largest files first'
copies\t'Most copies first'
path\t'By the path of the first file'
modified\t'Groups with the newest file first'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l limit -d 'Report the first N groups only; the totals still count all of them' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere if CLICOLOR_FORCE is'
always\t'Whatever the output is'
never\t'Not at all'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s j -l workers -d 'How many files are read at once: auto, or a number up to 1024' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best that the machine and the task allow'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: own descriptors, own working directory, and unable to write any file (Linux)'
process\t'Child processes: a crash, a hang or a bad disk costs one of them, which is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l profile -d 'Choose the executor and the workers to start with by these rules' -r -f -a "native\t'nodupe itself'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'The same, and isolated interpreters, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l timeout -d 'Give up a file when the system has not answered for this long' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l task-type -d 'What the work is taken to wait for; auto measures it' -r -f -a "auto\t'Measured while the scan runs'
cpu\t'The processor'
io\t'The disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l worker-memory -d 'The most memory that one worker process may address' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l walker -d 'How directories are listed (advanced)' -r -f -a "auto\t'The fastest that this platform has'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library\'s way, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s 0 -l null -d 'The paths of --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l no-hidden -d 'Leave out names that start with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l gitignore -d 'Leave out what git would ignore'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l no-gitignore -d 'Also what git would ignore'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l across-roots -d 'Only groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l unique -d 'Only files without a duplicate; the same as --rf-under 2'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s q -l quiet -d 'No progress and no warnings; the report and fatal errors remain'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s v -l verbose -d 'Tell on standard error what was decided and why, and every failed path'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -l executor-fallback -d 'Use another executor if the one that was asked for cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand scan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l files-from -d 'Also scan the paths listed in FILE, one a line; - reads standard input' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l reference -d 'Take the files under DIR as originals (repeatable)' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l max-groups -d 'Put up with N groups that have new duplicates [default: 0]' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l max-duplicates -d 'Put up with N new duplicate files' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l max-reclaimable -d 'Put up with new duplicates that take SIZE together' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l changed-since -d 'Judge only groups with files added or changed since the git revision REV' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l baseline -d 'The list of accepted duplicates [default: .nodupe-baseline.json]' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l min-size -d 'Leave out files smaller than SIZE [default: 1, so empty files]' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l max-size -d 'Leave out files larger than SIZE' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l include -d 'Only files that match GLOB (repeatable: any of them)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l exclude -d 'No file or directory that matches GLOB (repeatable)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l include-regex -d 'Only files whose path matches the regular expression RE (repeatable)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l exclude-regex -d 'No file or directory whose path matches RE (repeatable)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s e -l extension -d 'Only files with the extension EXT (repeatable, or a,b,c)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s d -l max-depth -d 'Look at most N levels deep: 1 is the files of PATH itself' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l newer-than -d 'Only files modified at or after WHEN' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l older-than -d 'Only files modified before WHEN' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l min-copies -d 'Only groups of at least N copies [default: 2]' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l hash -d 'What content is compared by; only blake3 is collision-resistant' -r -f -a "blake3\t'256 bits, collision-resistant: nobody knows how to make different files match'
xxh3\t'128 bits, fastest, NOT collision-resistant: add --verify where files may come from somebody else'
md5\t'128 bits, NOT collision-resistant (broken): to compare with old lists'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s f -l format -d 'How the report is written' -r -f -a "table\t'For people: what is new, and what to do about it'
json\t'One JSON document; `nodupe schema check` describes it'
github\t'Annotations of GitHub Actions'
gitlab\t'GitLab\'s code quality report'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML'
markdown\t'A Markdown table, for the summary of a job'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s o -l output -d 'Write the report to FILE instead of standard output' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l report -d 'Also write a report in FORMAT to FILE (repeatable)' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere if CLICOLOR_FORCE is'
always\t'Whatever the output is'
never\t'Not at all'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s j -l workers -d 'How many files are read at once: auto, or a number up to 1024' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l executor -d 'Where files are read and hashed' -r -f -a "auto\t'The best that the machine and the task allow'
thread\t'Threads that share memory: the fastest'
isolated\t'Threads that share nothing: own descriptors, own working directory, and unable to write any file (Linux)'
process\t'Child processes: a crash, a hang or a bad disk costs one of them, which is replaced'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l profile -d 'Choose the executor and the workers to start with by these rules' -r -f -a "native\t'nodupe itself'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'The same, and isolated interpreters, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l timeout -d 'Give up a file when the system has not answered for this long' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l settle-time -d 'Trust the change time of files that changed at least this long ago [default: 5min]' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l task-type -d 'What the work is taken to wait for; auto measures it' -r -f -a "auto\t'Measured while the scan runs'
cpu\t'The processor'
io\t'The disk or the network'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l worker-memory -d 'The most memory that one worker process may address' -r
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l walker -d 'How directories are listed (advanced)' -r -f -a "auto\t'The fastest that this platform has'
native\t'Raw directory reads on several threads (Linux only)'
portable\t'The standard library\'s way, on any platform'"
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s 0 -l null -d 'The paths of --files-from end with NUL, as find -print0 writes them'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l fail-fast -d 'Stop at the first group that is over a budget'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l update-baseline -d 'Accept what is there now: write it to the baseline'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l deny-stale -d 'Fail if the baseline has entries that no longer hold'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l no-hidden -d 'Leave out names that start with a dot'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l gitignore -d 'Leave out what git would ignore'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l no-gitignore -d 'Also what git would ignore'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s L -l follow-links -d 'Follow symbolic links; loops are detected'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s x -l one-file-system -d 'Stay on the file system of each PATH'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l across-roots -d 'Only groups with files under at least two roots'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s H -l hard-links -d 'Report hard links to one file as duplicates of each other'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l verify -d 'Compare every group byte for byte after hashing'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s q -l quiet -d 'No progress and no warnings; the report and fatal errors remain'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s v -l verbose -d 'Tell on standard error what was decided and why, and every failed path'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -l executor-fallback -d 'Use another executor if the one that was asked for cannot start'
complete -c nodupe -n "__fish_nodupe_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -s f -l format -d 'How it is written' -r -f -a "text\t'For people'
json\t'One JSON document; --help describes it'"
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -l config -d 'Read defaults from FILE' -r -F
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -l no-config -d 'Read no project file'
complete -c nodupe -n "__fish_nodupe_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -l profile -d 'Whose rules to show' -r -f -a "native\t'nodupe itself'
gil\t'Threads that share one lock, as in Python 3.12 and 3.13'
gil-interpreters\t'The same, and isolated interpreters, as in Python 3.14'
free-threaded\t'Real threads, no isolated interpreters, as in Python 3.13t'
free-threaded-interpreters\t'Real threads and isolated interpreters, as in Python 3.14t'"
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -s f -l format -d 'How the result is written' -r -f -a "text\t'For people'
json\t'One JSON document; --help describes it'"
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; anywhere if CLICOLOR_FORCE is'
always\t'Whatever the output is'
never\t'Not at all'"
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -l bench -d 'Scan DIR with every executor, and with more and more workers'
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -s q -l quiet -d 'No progress'
complete -c nodupe -n "__fish_nodupe_using_subcommand executors" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c nodupe -n "__fish_nodupe_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
