
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'nodupe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'nodupe'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'nodupe' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('scan', 'scan', [CompletionResultType]::ParameterValue, 'Find files with identical content and report them')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Fail if there are duplicates that the project does not accept')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Print what is in force for scan and check, and where it was set')
            [CompletionResult]::new('executors', 'executors', [CompletionResultType]::ParameterValue, 'Show what this machine can run workers with, and measure it')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of a json report')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            break
        }
        'nodupe;scan' {
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Also scan the paths listed in FILE, one a line; - reads standard input')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Take the files under DIR as originals (repeatable)')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Leave out files smaller than SIZE [default: 1, so empty files]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Leave out files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only files that match GLOB (repeatable: any of them)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'No file or directory that matches GLOB (repeatable)')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'No file or directory whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Look at most N levels deep: 1 is the files of PATH itself')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Look at most N levels deep: 1 is the files of PATH itself')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only files modified before WHEN')
            [CompletionResult]::new('--min-copies', '--min-copies', [CompletionResultType]::ParameterName, 'Only groups of at least N copies [default: 2]')
            [CompletionResult]::new('--rf-under', '--rf-under', [CompletionResultType]::ParameterName, 'Only content with fewer than N copies, single files included')
            [CompletionResult]::new('--rf-over', '--rf-over', [CompletionResultType]::ParameterName, 'Only content with more than N copies')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'What content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How the report is written')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the report is written')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'The order of the groups [default: reclaimable]')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Report the first N groups only; the totals still count all of them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'How many files are read at once: auto, or a number up to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'How many files are read at once: auto, or a number up to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Choose the executor and the workers to start with by these rules')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up a file when the system has not answered for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'What the work is taken to wait for; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'The most memory that one worker process may address')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'How directories are listed (advanced)')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'The paths of --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'The paths of --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Leave out names that start with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Leave out what git would ignore')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Also what git would ignore')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--across-roots', '--across-roots', [CompletionResultType]::ParameterName, 'Only groups with files under at least two roots')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--unique', '--unique', [CompletionResultType]::ParameterName, 'Only files without a duplicate; the same as --rf-under 2')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no warnings; the report and fatal errors remain')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no warnings; the report and fatal errors remain')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell on standard error what was decided and why, and every failed path')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell on standard error what was decided and why, and every failed path')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the one that was asked for cannot start')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;check' {
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Also scan the paths listed in FILE, one a line; - reads standard input')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Take the files under DIR as originals (repeatable)')
            [CompletionResult]::new('--max-groups', '--max-groups', [CompletionResultType]::ParameterName, 'Put up with N groups that have new duplicates [default: 0]')
            [CompletionResult]::new('--max-duplicates', '--max-duplicates', [CompletionResultType]::ParameterName, 'Put up with N new duplicate files')
            [CompletionResult]::new('--max-reclaimable', '--max-reclaimable', [CompletionResultType]::ParameterName, 'Put up with new duplicates that take SIZE together')
            [CompletionResult]::new('--changed-since', '--changed-since', [CompletionResultType]::ParameterName, 'Judge only groups with files added or changed since the git revision REV')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'The list of accepted duplicates [default: .nodupe-baseline.json]')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Leave out files smaller than SIZE [default: 1, so empty files]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Leave out files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only files that match GLOB (repeatable: any of them)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'No file or directory that matches GLOB (repeatable)')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'No file or directory whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Look at most N levels deep: 1 is the files of PATH itself')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Look at most N levels deep: 1 is the files of PATH itself')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only files modified before WHEN')
            [CompletionResult]::new('--min-copies', '--min-copies', [CompletionResultType]::ParameterName, 'Only groups of at least N copies [default: 2]')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'What content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How the report is written')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the report is written')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write a report in FORMAT to FILE (repeatable)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'How many files are read at once: auto, or a number up to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'How many files are read at once: auto, or a number up to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Choose the executor and the workers to start with by these rules')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up a file when the system has not answered for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'What the work is taken to wait for; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'The most memory that one worker process may address')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'How directories are listed (advanced)')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'The paths of --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'The paths of --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first group that is over a budget')
            [CompletionResult]::new('--update-baseline', '--update-baseline', [CompletionResultType]::ParameterName, 'Accept what is there now: write it to the baseline')
            [CompletionResult]::new('--deny-stale', '--deny-stale', [CompletionResultType]::ParameterName, 'Fail if the baseline has entries that no longer hold')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Leave out names that start with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Leave out what git would ignore')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Also what git would ignore')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--across-roots', '--across-roots', [CompletionResultType]::ParameterName, 'Only groups with files under at least two roots')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress and no warnings; the report and fatal errors remain')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress and no warnings; the report and fatal errors remain')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell on standard error what was decided and why, and every failed path')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell on standard error what was decided and why, and every failed path')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the one that was asked for cannot start')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;config' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How it is written')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How it is written')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;executors' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Whose rules to show')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How the result is written')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the result is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--bench', '--bench', [CompletionResultType]::ParameterName, 'Scan DIR with every executor, and with more and more workers')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No progress')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;schema' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
