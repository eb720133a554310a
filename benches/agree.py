#!/usr/bin/env python3
"""Do nodupe, fclones, jdupes and yadf find the same groups in a tree?

    benches/agree.py [--nodupe PATH] DIR...

Runs every one of them that is installed on the same directories and compares
the groups as sets of paths. What is normalised away, because the tools mean
different things by it:

* Hard links. nodupe and fclones name an inode once and yadf each link, so
  every path is replaced by its inode, and groups of one inode are dropped.
* Empty files, left out by asking each tool to.

Prints the figures of each tool (its seconds are one run on a warm cache: an
impression, not a measurement) and every group that nodupe and another tool
disagree about (the first few), and exits with 1 if there is one.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

SHOWN = 5


def run(command):
    """Standard output of a command, and how long it took."""
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout, time.monotonic() - start, done.returncode


def nodupe(program, roots):
    out, seconds, status = run([program, "scan", "--format", "paths0", *roots])
    groups = [g.split(b"\0") for g in out.split(b"\0\0") if g]
    return groups, seconds, status


def fclones(program, roots):
    out, seconds, status = run(
        [program, "group", "--hidden", "--no-ignore", "--min", "1", "-t", "16", "-f", "json", *roots]
    )
    groups = [[os.fsencode(f) for f in g["files"]] for g in json.loads(out)["groups"]]
    return groups, seconds, status


def jdupes(program, roots):
    # -H would list hard links; -Q trusts the hash, as the others do.
    out, seconds, status = run([program, "-r", "-q", "-Q", "-0", *roots])
    groups = [g.split(b"\0") for g in out.split(b"\0\0") if g.strip(b"\0")]
    return groups, seconds, status


def yadf(program, roots):
    out, seconds, status = run([program, "--min", "1", "-f", "json", *roots])
    groups = [[os.fsencode(f) for f in g] for g in json.loads(out)]
    return groups, seconds, status


TOOLS = {"fclones": fclones, "jdupes": jdupes, "yadf": yadf}


def normalise(groups):
    """Groups as a set of frozen sets of inodes, and a path for each inode."""
    names = {}
    result = set()
    for group in groups:
        inodes = set()
        for path in filter(None, group):
            stat = os.lstat(path)
            inode = (stat.st_dev, stat.st_ino)
            names[inode] = path
            inodes.add(inode)
        if len(inodes) > 1:
            result.add(frozenset(inodes))
    return result, names


def show(title, groups, names):
    print(f"  {title}: {len(groups)}")
    for group in sorted(groups, key=len)[:SHOWN]:
        for inode in sorted(group):
            print("    ", os.fsdecode(names[inode]).encode("unicode_escape").decode())
        print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodupe", default="target/release/nodupe")
    parser.add_argument("roots", nargs="+")
    arguments = parser.parse_args()
    # Once for nothing: the first to run would read from the disk for all.
    nodupe(arguments.nodupe, arguments.roots)
    groups, seconds, status = nodupe(arguments.nodupe, arguments.roots)
    if status != 0:
        print(f"nodupe ended with status {status}", file=sys.stderr)
    ours, our_names = normalise(groups)
    print(f"nodupe   {len(ours):8} groups  {sum(map(len, ours)):9} files  {seconds:7.2f} s")
    agreed = True
    for name, tool in TOOLS.items():
        program = shutil.which(name)
        if program is None:
            print(f"{name:8} is not installed: skipped")
            continue
        groups, seconds, _ = tool(program, arguments.roots)
        theirs, names = normalise(groups)
        names.update(our_names)
        print(f"{name:8} {len(theirs):8} groups  {sum(map(len, theirs)):9} files  {seconds:7.2f} s")
        if ours != theirs:
            agreed = False
            show("only nodupe has", ours - theirs, names)
            show(f"only {name} has", theirs - ours, names)
    sys.exit(0 if agreed else 1)


if __name__ == "__main__":
    main()
