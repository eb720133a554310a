#!/usr/bin/env python3
"""Do nodupe and its peers find the same groups in a tree?

    benches/agree.py [--nodupe PATH] DIR...

Runs every one of them that is installed on the same directories and compares
the groups as sets of paths. How each is asked, and what is normalised away
because they mean different things by it (hard links), is in `peers/tools.py`;
empty files are left out by asking each to.

Prints the figures of each tool (its seconds are one run on a warm cache: an
impression, not a measurement; `peers/run.py` measures) and every group that
nodupe and another tool disagree about (the first few), and exits with 1 if
there is one.
"""

import argparse
import os
import sys

from peers import runner, tools

SHOWN = 5
TIMEOUT = 3600


def show(title, groups, names):
    print(f"  {title}: {len(groups)}")
    for group in sorted(groups, key=len)[:SHOWN]:
        for inode in sorted(group):
            print("    ", os.fsdecode(names[inode]).encode("unicode_escape").decode())
        print()


def figures(name, groups, seconds):
    print(f"{name:10} {len(groups):8} groups  {sum(map(len, groups)):9} files  {seconds:7.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodupe", default="target/release/nodupe")
    parser.add_argument("roots", nargs="+")
    arguments = parser.parse_args()
    # Tools run in a directory of their own.
    roots = [os.path.abspath(root) for root in arguments.roots]
    nodupe = tools.nodupe(os.path.abspath(arguments.nodupe))
    try:
        # Once for nothing: the first to run would read from the disk for all.
        runner.ask(nodupe, roots, TIMEOUT)
        found, run = runner.ask(nodupe, roots, TIMEOUT)
    except runner.RunError as error:
        sys.exit(f"nodupe: {error}")
    if run.failure:
        print(f"nodupe ended with {run.failure}", file=sys.stderr)
    ours, our_names = tools.normalise(found)
    figures("nodupe", ours, run.wall)
    installed, missing = tools.installed()
    for peer in missing:
        print(f"{peer.name:10} is not installed: skipped")
    agreed = True
    for peer in installed:
        try:
            found, run = runner.ask(peer, roots, TIMEOUT)
        except runner.RunError as error:
            print(f"{peer.name:10} {error}")
            agreed = False
            continue
        theirs, names = tools.normalise(found)
        names.update(our_names)
        figures(peer.name, theirs, run.wall)
        if ours != theirs:
            agreed = False
            show("only nodupe has", ours - theirs, names)
            show(f"only {peer.name} has", theirs - ours, names)
    sys.exit(0 if agreed else 1)


if __name__ == "__main__":
    main()
