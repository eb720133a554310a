#!/usr/bin/env bash
# Takes the program out of a release, checks its sum, and runs `nodupe check`.
set -euo pipefail

case ${RUNNER_OS:-Linux}-${RUNNER_ARCH:-X64} in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-gnu ;;
*)
    echo "::error::nodupe has no program for ${RUNNER_OS:-} ${RUNNER_ARCH:-}"
    exit 2
    ;;
esac

program=${PROGRAM:-}
if [[ -z $program ]]; then
    dir=$(mktemp -d "${RUNNER_TEMP:-/tmp}/nodupe.XXXXXX")
    kind=tar.gz
    [[ $target == *windows* ]] && kind=zip
    name=nodupe-${VERSION#v}-$target
    gh release download "$VERSION" --repo "$REPOSITORY" --dir "$dir" \
        --pattern "$name.$kind" --pattern SHA256SUMS
    (cd "$dir" && grep " $name.$kind\$" SHA256SUMS >sum && shasum -a 256 -c sum)
    if [[ $kind == zip ]]; then
        unzip -q "$dir/$name.zip" -d "$dir"
        program=$dir/$name/nodupe.exe
    else
        tar -C "$dir" -xzf "$dir/$name.tar.gz"
        program=$dir/$name/nodupe
    fi
fi

reports=()
[[ -n ${GITHUB_STEP_SUMMARY:-} ]] && reports+=(--report "markdown=$GITHUB_STEP_SUMMARY")
# Words, as they would be typed; no shell reads them.
read -r -a args <<<"${ARGS:-}"
# The old bash of macOS calls an empty array unset.
exec "$program" check --format github ${reports[@]+"${reports[@]}"} ${args[@]+"${args[@]}"}
