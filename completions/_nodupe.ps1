
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
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Compare two directories by content: what is in A and not in B?')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove redundant files, so that one copy of each content stays')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Replace redundant files by links to the file that is kept')
            [CompletionResult]::new('dedupe', 'dedupe', [CompletionResultType]::ParameterValue, 'Let files with identical content share their blocks (btrfs, XFS)')
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Move redundant files into another directory')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take back what a run of remove, link, dedupe or move did')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List the runs that changed files, and what can be taken back')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Print the settings in effect for scan and check, and where each was set')
            [CompletionResult]::new('executors', 'executors', [CompletionResultType]::ParameterValue, 'Show which executors this machine supports, and benchmark them')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Show, remove or check the cache of digests')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of a json report')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'nodupe;scan' {
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Also scan the paths listed in FILE, one per line; - reads standard input')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Treat the files under DIR as originals (repeatable)')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Skip files smaller than SIZE [default: 1: empty files are skipped]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Skip files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only scan files that match GLOB (repeatable: at least one must match)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Skip files and directories that match GLOB (repeatable)')
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'Also skip files that are rarely of interest in a home folder or source code')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only scan files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'Skip files and directories whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only scan files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only scan files modified before WHEN')
            [CompletionResult]::new('--min-copies', '--min-copies', [CompletionResultType]::ParameterName, 'Only report groups of at least N copies [default: 2]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Prefer the file that RULE chooses (repeatable, in order)')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Hash that content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Take digests of unchanged files from a cache, and store new ones (Linux)')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'Limit the size of the cache file [default: 1G]')
            [CompletionResult]::new('--rf-under', '--rf-under', [CompletionResultType]::ParameterName, 'Only report content with fewer than N copies, single files included')
            [CompletionResult]::new('--rf-over', '--rf-over', [CompletionResultType]::ParameterName, 'Only report content with more than N copies')
            [CompletionResult]::new('--similar', '--similar', [CompletionResultType]::ParameterName, 'With --directories: also report directories of whose files PART is in another one')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Order of the groups [default: reclaimable]')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Report only the first N groups, 0 for all; the totals count all of them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Rules by which auto chooses the executor and the initial workers')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Skip a file whose read makes no progress for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'Assume CPU-bound or I/O-bound work; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'Limit the address space of each worker process')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'Method of listing directories (advanced)')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Skip files and directories whose name starts with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Skip files that git ignores')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Include files that git ignores')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--across-roots', '--across-roots', [CompletionResultType]::ParameterName, 'Only report groups with files under at least two roots')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('--unique', '--unique', [CompletionResultType]::ParameterName, 'Only report files without a duplicate')
            [CompletionResult]::new('--directories', '--directories', [CompletionResultType]::ParameterName, 'Also report directories with identical content')
            [CompletionResult]::new('--ignore-names', '--ignore-names', [CompletionResultType]::ParameterName, 'With --directories: ignore names, compare only content on each level')
            [CompletionResult]::new('--redundant', '--redundant', [CompletionResultType]::ParameterName, 'List only the redundant files: all but the one to keep of each group')
            [CompletionResult]::new('--csv-bom', '--csv-bom', [CompletionResultType]::ParameterName, 'Begin csv with a byte order mark, by which Excel recognizes UTF-8')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the requested one cannot start')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;check' {
            [CompletionResult]::new('--max-groups', '--max-groups', [CompletionResultType]::ParameterName, 'Allow up to N groups with new duplicates [default: 0]')
            [CompletionResult]::new('--max-duplicates', '--max-duplicates', [CompletionResultType]::ParameterName, 'Allow up to N new duplicate files')
            [CompletionResult]::new('--max-reclaimable', '--max-reclaimable', [CompletionResultType]::ParameterName, 'Allow new duplicates of up to SIZE in total')
            [CompletionResult]::new('--changed-since', '--changed-since', [CompletionResultType]::ParameterName, 'Check only groups with files added or changed since the git revision REV')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'File that lists accepted duplicates [default: .nodupe-baseline.json]')
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Also scan the paths listed in FILE, one per line; - reads standard input')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Treat the files under DIR as originals (repeatable)')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Skip files smaller than SIZE [default: 1: empty files are skipped]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Skip files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only scan files that match GLOB (repeatable: at least one must match)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Skip files and directories that match GLOB (repeatable)')
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'Also skip files that are rarely of interest in a home folder or source code')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only scan files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'Skip files and directories whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only scan files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only scan files modified before WHEN')
            [CompletionResult]::new('--min-copies', '--min-copies', [CompletionResultType]::ParameterName, 'Only report groups of at least N copies [default: 2]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Prefer the file that RULE chooses (repeatable, in order)')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Hash that content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Take digests of unchanged files from a cache, and store new ones (Linux)')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'Limit the size of the cache file [default: 1G]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write a report in FORMAT to FILE (repeatable)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Rules by which auto chooses the executor and the initial workers')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Skip a file whose read makes no progress for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'Assume CPU-bound or I/O-bound work; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'Limit the address space of each worker process')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'Method of listing directories (advanced)')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first group that exceeds a budget')
            [CompletionResult]::new('--update-baseline', '--update-baseline', [CompletionResultType]::ParameterName, 'Accept all current duplicates by writing them to the baseline')
            [CompletionResult]::new('--deny-stale', '--deny-stale', [CompletionResultType]::ParameterName, 'Fail if the baseline has stale entries, which no longer apply')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Skip files and directories whose name starts with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Skip files that git ignores')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Include files that git ignores')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--across-roots', '--across-roots', [CompletionResultType]::ParameterName, 'Only report groups with files under at least two roots')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the requested one cannot start')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;diff' {
            [CompletionResult]::new('--only-in', '--only-in', [CompletionResultType]::ParameterName, 'Print only the paths of what is in SIDE and not in the other')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most N entries of a kind in the table, 0 for all [default: 50]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Skip files smaller than SIZE [default: 1: empty files are skipped]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Skip files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only scan files that match GLOB (repeatable: at least one must match)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Skip files and directories that match GLOB (repeatable)')
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'Also skip files that are rarely of interest in a home folder or source code')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only scan files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'Skip files and directories whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only scan files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only scan files modified before WHEN')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Hash that content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Rules by which auto chooses the executor and the initial workers')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Skip a file whose read makes no progress for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'Assume CPU-bound or I/O-bound work; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'Limit the address space of each worker process')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'Method of listing directories (advanced)')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Skip files and directories whose name starts with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Skip files that git ignores')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Include files that git ignores')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the requested one cannot start')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;remove' {
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads standard input')
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Also scan the paths listed in FILE, one per line; - reads standard input')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Treat the files under DIR as originals (repeatable)')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Skip files smaller than SIZE [default: 1: empty files are skipped]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Skip files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only scan files that match GLOB (repeatable: at least one must match)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Skip files and directories that match GLOB (repeatable)')
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'Also skip files that are rarely of interest in a home folder or source code')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only scan files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'Skip files and directories whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only scan files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only scan files modified before WHEN')
            [CompletionResult]::new('--min-copies', '--min-copies', [CompletionResultType]::ParameterName, 'Only report groups of at least N copies [default: 2]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Prefer the file that RULE chooses (repeatable, in order)')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Hash that content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Take digests of unchanged files from a cache, and store new ones (Linux)')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'Limit the size of the cache file [default: 1G]')
            [CompletionResult]::new('--only-under', '--only-under', [CompletionResultType]::ParameterName, 'Only act on files under DIR (repeatable)')
            [CompletionResult]::new('--keep-all-under', '--keep-all-under', [CompletionResultType]::ParameterName, 'Keep files that match GLOB or are in a directory that matches (repeatable)')
            [CompletionResult]::new('--leave', '--leave', [CompletionResultType]::ParameterName, 'Leave at least N copies of each content [default: 1]')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Use FILE as the journal')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Rules by which auto chooses the executor and the initial workers')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Skip a file whose read makes no progress for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'Assume CPU-bound or I/O-bound work; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'Limit the address space of each worker process')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'Method of listing directories (advanced)')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Skip files and directories whose name starts with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Skip files that git ignores')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Include files that git ignores')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--across-roots', '--across-roots', [CompletionResultType]::ParameterName, 'Only report groups with files under at least two roots')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('--require-lease', '--require-lease', [CompletionResultType]::ParameterName, 'Skip files for which no read lease is available')
            [CompletionResult]::new('--include-vcs', '--include-vcs', [CompletionResultType]::ParameterName, 'Also act on files of version control systems and package stores')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the requested one cannot start')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--trash', '--trash', [CompletionResultType]::ParameterName, 'Put redundant files into the desktop''s trash instead')
            [CompletionResult]::new('--prune-empty-dirs', '--prune-empty-dirs', [CompletionResultType]::ParameterName, 'Also remove directories that become empty')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;link' {
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads standard input')
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Also scan the paths listed in FILE, one per line; - reads standard input')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Treat the files under DIR as originals (repeatable)')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Skip files smaller than SIZE [default: 1: empty files are skipped]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Skip files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only scan files that match GLOB (repeatable: at least one must match)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Skip files and directories that match GLOB (repeatable)')
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'Also skip files that are rarely of interest in a home folder or source code')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only scan files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'Skip files and directories whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only scan files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only scan files modified before WHEN')
            [CompletionResult]::new('--min-copies', '--min-copies', [CompletionResultType]::ParameterName, 'Only report groups of at least N copies [default: 2]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Prefer the file that RULE chooses (repeatable, in order)')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Hash that content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Take digests of unchanged files from a cache, and store new ones (Linux)')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'Limit the size of the cache file [default: 1G]')
            [CompletionResult]::new('--only-under', '--only-under', [CompletionResultType]::ParameterName, 'Only act on files under DIR (repeatable)')
            [CompletionResult]::new('--keep-all-under', '--keep-all-under', [CompletionResultType]::ParameterName, 'Keep files that match GLOB or are in a directory that matches (repeatable)')
            [CompletionResult]::new('--leave', '--leave', [CompletionResultType]::ParameterName, 'Leave at least N copies of each content [default: 1]')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Use FILE as the journal')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Rules by which auto chooses the executor and the initial workers')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Skip a file whose read makes no progress for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'Assume CPU-bound or I/O-bound work; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'Limit the address space of each worker process')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'Method of listing directories (advanced)')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Skip files and directories whose name starts with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Skip files that git ignores')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Include files that git ignores')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--across-roots', '--across-roots', [CompletionResultType]::ParameterName, 'Only report groups with files under at least two roots')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('--require-lease', '--require-lease', [CompletionResultType]::ParameterName, 'Skip files for which no read lease is available')
            [CompletionResult]::new('--include-vcs', '--include-vcs', [CompletionResultType]::ParameterName, 'Also act on files of version control systems and package stores')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the requested one cannot start')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--symbolic', '--symbolic', [CompletionResultType]::ParameterName, 'Make symbolic links instead of hard links')
            [CompletionResult]::new('--ignore-metadata', '--ignore-metadata', [CompletionResultType]::ParameterName, 'Also link files whose owner, permissions or attributes differ')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;dedupe' {
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads standard input')
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Also scan the paths listed in FILE, one per line; - reads standard input')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Treat the files under DIR as originals (repeatable)')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Skip files smaller than SIZE [default: 1: empty files are skipped]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Skip files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only scan files that match GLOB (repeatable: at least one must match)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Skip files and directories that match GLOB (repeatable)')
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'Also skip files that are rarely of interest in a home folder or source code')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only scan files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'Skip files and directories whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only scan files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only scan files modified before WHEN')
            [CompletionResult]::new('--min-copies', '--min-copies', [CompletionResultType]::ParameterName, 'Only report groups of at least N copies [default: 2]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Prefer the file that RULE chooses (repeatable, in order)')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Hash that content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Take digests of unchanged files from a cache, and store new ones (Linux)')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'Limit the size of the cache file [default: 1G]')
            [CompletionResult]::new('--only-under', '--only-under', [CompletionResultType]::ParameterName, 'Only act on files under DIR (repeatable)')
            [CompletionResult]::new('--keep-all-under', '--keep-all-under', [CompletionResultType]::ParameterName, 'Keep files that match GLOB or are in a directory that matches (repeatable)')
            [CompletionResult]::new('--leave', '--leave', [CompletionResultType]::ParameterName, 'Leave at least N copies of each content [default: 1]')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Use FILE as the journal')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Rules by which auto chooses the executor and the initial workers')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Skip a file whose read makes no progress for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'Assume CPU-bound or I/O-bound work; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'Limit the address space of each worker process')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'Method of listing directories (advanced)')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Skip files and directories whose name starts with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Skip files that git ignores')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Include files that git ignores')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--across-roots', '--across-roots', [CompletionResultType]::ParameterName, 'Only report groups with files under at least two roots')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('--require-lease', '--require-lease', [CompletionResultType]::ParameterName, 'Skip files for which no read lease is available')
            [CompletionResult]::new('--include-vcs', '--include-vcs', [CompletionResultType]::ParameterName, 'Also act on files of version control systems and package stores')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the requested one cannot start')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;move' {
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads standard input')
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Also scan the paths listed in FILE, one per line; - reads standard input')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Treat the files under DIR as originals (repeatable)')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Skip files smaller than SIZE [default: 1: empty files are skipped]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Skip files larger than SIZE')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Only scan files that match GLOB (repeatable: at least one must match)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Skip files and directories that match GLOB (repeatable)')
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'Also skip files that are rarely of interest in a home folder or source code')
            [CompletionResult]::new('--include-regex', '--include-regex', [CompletionResultType]::ParameterName, 'Only scan files whose path matches the regular expression RE (repeatable)')
            [CompletionResult]::new('--exclude-regex', '--exclude-regex', [CompletionResultType]::ParameterName, 'Skip files and directories whose path matches RE (repeatable)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('--extension', '--extension', [CompletionResultType]::ParameterName, 'Only scan files with the extension EXT (repeatable, or a,b,c)')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Descend at most N levels: 1 scans only the files directly in PATH')
            [CompletionResult]::new('--newer-than', '--newer-than', [CompletionResultType]::ParameterName, 'Only scan files modified at or after WHEN')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only scan files modified before WHEN')
            [CompletionResult]::new('--min-copies', '--min-copies', [CompletionResultType]::ParameterName, 'Only report groups of at least N copies [default: 2]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Prefer the file that RULE chooses (repeatable, in order)')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Hash that content is compared by; only blake3 is collision-resistant')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Take digests of unchanged files from a cache, and store new ones (Linux)')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'Limit the size of the cache file [default: 1G]')
            [CompletionResult]::new('--only-under', '--only-under', [CompletionResultType]::ParameterName, 'Only act on files under DIR (repeatable)')
            [CompletionResult]::new('--keep-all-under', '--keep-all-under', [CompletionResultType]::ParameterName, 'Keep files that match GLOB or are in a directory that matches (repeatable)')
            [CompletionResult]::new('--leave', '--leave', [CompletionResultType]::ParameterName, 'Leave at least N copies of each content [default: 1]')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Use FILE as the journal')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Number of workers that read files: auto, or 1 to 1024')
            [CompletionResult]::new('--executor', '--executor', [CompletionResultType]::ParameterName, 'Where files are read and hashed')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Rules by which auto chooses the executor and the initial workers')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Skip a file whose read makes no progress for this long')
            [CompletionResult]::new('--settle-time', '--settle-time', [CompletionResultType]::ParameterName, 'Trust the change time of files that changed at least this long ago [default: 5min]')
            [CompletionResult]::new('--task-type', '--task-type', [CompletionResultType]::ParameterName, 'Assume CPU-bound or I/O-bound work; auto measures it')
            [CompletionResult]::new('--worker-memory', '--worker-memory', [CompletionResultType]::ParameterName, 'Limit the address space of each worker process')
            [CompletionResult]::new('--walker', '--walker', [CompletionResultType]::ParameterName, 'Method of listing directories (advanced)')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Move redundant files below DIR, keeping their relative paths')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Paths in --files-from end with NUL, as find -print0 writes them')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Does nothing: directories are always scanned recursively')
            [CompletionResult]::new('--no-hidden', '--no-hidden', [CompletionResultType]::ParameterName, 'Skip files and directories whose name starts with a dot')
            [CompletionResult]::new('--gitignore', '--gitignore', [CompletionResultType]::ParameterName, 'Skip files that git ignores')
            [CompletionResult]::new('--no-gitignore', '--no-gitignore', [CompletionResultType]::ParameterName, 'Include files that git ignores')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('--follow-links', '--follow-links', [CompletionResultType]::ParameterName, 'Follow symbolic links; loops are detected')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of each PATH')
            [CompletionResult]::new('--across-roots', '--across-roots', [CompletionResultType]::ParameterName, 'Only report groups with files under at least two roots')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare every group byte for byte after hashing')
            [CompletionResult]::new('--require-lease', '--require-lease', [CompletionResultType]::ParameterName, 'Skip files for which no read lease is available')
            [CompletionResult]::new('--include-vcs', '--include-vcs', [CompletionResultType]::ParameterName, 'Also act on files of version control systems and package stores')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print decisions and their reasons, and every failed path, to standard error')
            [CompletionResult]::new('--executor-fallback', '--executor-fallback', [CompletionResultType]::ParameterName, 'Use another executor if the requested one cannot start')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--hard-links', '--hard-links', [CompletionResultType]::ParameterName, 'Report hard links to one file as duplicates of each other')
            [CompletionResult]::new('--prune-empty-dirs', '--prune-empty-dirs', [CompletionResultType]::ParameterName, 'Also remove directories that become empty')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;undo' {
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Use FILE as the journal')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--recover', '--recover', [CompletionResultType]::ParameterName, 'Only settle what an unfinished run left, for example after a crash')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Act without asking; required if there is no terminal')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Change nothing, and say for each file what would be done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress and no warnings, only the report and fatal errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;history' {
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Use FILE as the journal')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Report format')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to FILE instead of standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;config' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read defaults from FILE')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Read no project file')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;executors' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Runtime whose rules are shown')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Output format')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colors')
            [CompletionResult]::new('--bench', '--bench', [CompletionResultType]::ParameterName, 'Benchmark: scan DIR with every executor, and with 1 to 32 threads')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show no progress')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;cache' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Show where the cache is, its size and its entries')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Remove the cache')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read every file below PATH that has an entry, and compare the digests')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'nodupe;cache;info' {
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'The cache file, if it is another one than that of --cache')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'nodupe;cache;clear' {
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'The cache file, if it is another one than that of --cache')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'nodupe;cache;verify' {
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'The cache file, if it is another one than that of --cache')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'nodupe;cache;help' {
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Show where the cache is, its size and its entries')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Remove the cache')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read every file below PATH that has an entry, and compare the digests')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'nodupe;cache;help;info' {
            break
        }
        'nodupe;cache;help;clear' {
            break
        }
        'nodupe;cache;help;verify' {
            break
        }
        'nodupe;cache;help;help' {
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
        'nodupe;help' {
            [CompletionResult]::new('scan', 'scan', [CompletionResultType]::ParameterValue, 'Find files with identical content and report them')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Fail if there are duplicates that the project does not accept')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Compare two directories by content: what is in A and not in B?')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove redundant files, so that one copy of each content stays')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Replace redundant files by links to the file that is kept')
            [CompletionResult]::new('dedupe', 'dedupe', [CompletionResultType]::ParameterValue, 'Let files with identical content share their blocks (btrfs, XFS)')
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Move redundant files into another directory')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take back what a run of remove, link, dedupe or move did')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List the runs that changed files, and what can be taken back')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Print the settings in effect for scan and check, and where each was set')
            [CompletionResult]::new('executors', 'executors', [CompletionResultType]::ParameterValue, 'Show which executors this machine supports, and benchmark them')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Show, remove or check the cache of digests')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of a json report')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'nodupe;help;scan' {
            break
        }
        'nodupe;help;check' {
            break
        }
        'nodupe;help;diff' {
            break
        }
        'nodupe;help;remove' {
            break
        }
        'nodupe;help;link' {
            break
        }
        'nodupe;help;dedupe' {
            break
        }
        'nodupe;help;move' {
            break
        }
        'nodupe;help;undo' {
            break
        }
        'nodupe;help;history' {
            break
        }
        'nodupe;help;config' {
            break
        }
        'nodupe;help;executors' {
            break
        }
        'nodupe;help;cache' {
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Show where the cache is, its size and its entries')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Remove the cache')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read every file below PATH that has an entry, and compare the digests')
            break
        }
        'nodupe;help;cache;info' {
            break
        }
        'nodupe;help;cache;clear' {
            break
        }
        'nodupe;help;cache;verify' {
            break
        }
        'nodupe;help;schema' {
            break
        }
        'nodupe;help;completions' {
            break
        }
        'nodupe;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
