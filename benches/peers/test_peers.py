"""Tests of what needs no tool: python3 -m unittest discover benches/peers"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import again, corpora, machine, runner, table, tools
from peers.runner import Answer, Run, Series

SCALE = 0.001
LETTERS = ("A", "B", "C", "D", "E", "memory")


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def series(tool: str, *walls: float, memory: int = table.MIB) -> Series:
    return Series(tool, [Run(wall, wall, 0.0, memory, 1) for wall in walls])


class Corpora(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.parent = Path(directory.name)

    def make(self, name: str, place: str = "x") -> corpora.Corpus:
        return corpora.make(self.parent / place, name, SCALE, lambda _: None)

    def test_the_same_seed_makes_the_same_files(self) -> None:
        # Pinned as well: another Python must not make other trees.
        pinned = {"A": "cefea0e3afd572fc", "B": "2dd4328ec6c7bd1c", "C": "3cbf960b01c19d20"}
        for name, expected in pinned.items():
            first = digests(self.make(name, "one").root)
            self.assertEqual(first, digests(self.make(name, "two").root))
            whole = hashlib.sha256(json.dumps(first, sort_keys=True).encode()).hexdigest()
            self.assertEqual(whole[:16], expected, name)

    def test_another_seed_makes_other_files(self) -> None:
        self.assertNotEqual(corpora.plan("B", SCALE, 1), corpora.plan("B", SCALE, 2))

    def test_the_groups_written_are_those_of_the_manifest(self) -> None:
        for name in LETTERS:
            corpus = self.make(name)
            found = digests(corpus.root)
            groups = sum(1 for number in Counter(found.values()).values() if number > 1)
            self.assertEqual(groups, corpus.manifest.groups, name)
            self.assertEqual(len(found), corpus.manifest.files, name)
            self.assertGreater(groups, 0, name)

    def test_sizes_are_those_of_the_plan(self) -> None:
        for name in LETTERS:
            root = self.make(name).root
            for file in corpora.plan(name, SCALE):
                self.assertEqual((root / file.path).stat().st_size, file.size)

    def test_a_third_of_the_tree_are_copies(self) -> None:
        files = corpora.plan("A", 0.02)
        distinct = {(file.size, file.content, file.edit) for file in files}
        self.assertAlmostEqual(1 - len(distinct) / len(files), 1 / 3, delta=0.03)
        sizes = sorted(file.size for file in files)
        self.assertTrue(2_000 < sizes[len(sizes) // 2] < 4_000)

    def test_an_edited_file_differs_in_one_byte(self) -> None:
        root = self.make("C").root
        family = [file for file in corpora.plan("C", SCALE) if file.content == 0]
        plain = (root / next(f.path for f in family if f.edit == corpora.UNEDITED)).read_bytes()
        for file in family:
            other = (root / file.path).read_bytes()
            places = [n for n, (a, b) in enumerate(zip(plain, other)) if a != b]
            self.assertEqual(places, [] if file.edit == corpora.UNEDITED else [file.edit])

    def test_only_a_finished_corpus_of_this_version_is_reused(self) -> None:
        corpus = self.make("E")
        self.assertEqual(self.make("E"), corpus)
        record = corpus.root.with_name(corpus.root.name + ".json")
        old = record.read_text()
        record.write_text(old.replace('"version": ', '"version": 9'))
        with self.assertRaisesRegex(corpora.CorpusError, "another version"):
            self.make("E")
        record.unlink()
        with self.assertRaisesRegex(corpora.CorpusError, "not finished"):
            self.make("E")

    def test_too_little_space_is_told_before_anything_is_written(self) -> None:
        with mock.patch.object(corpora, "needs", return_value=1 << 60):
            with self.assertRaisesRegex(corpora.CorpusError, "GB free"):
                self.make("B")
        self.assertEqual(list((self.parent / "x").iterdir()), [])


class Answers(unittest.TestCase):
    GROUPS = [[b"/a", b"/b"], [b"/c", b"/d", b"/e"]]

    def test_paths_and_nuls(self) -> None:
        self.assertEqual(tools.parse_paths0(b"/a\0/b\0\0/c\0/d\0/e\0\0"), self.GROUPS)
        self.assertEqual(tools.parse_paths0(b""), [])

    def test_nodupe(self) -> None:
        text = b"""{"groups":[
            {"files":[{"path":"/a","hard_links":["/b"]}]},
            {"files":[{"path":"/c","hard_links":[{"path":"?","path_bytes":"L2Q="}]},
                      {"path":"?","path_bytes":"L2U=","hard_links":[]}]}]}"""
        self.assertEqual(tools.parse_nodupe(text), self.GROUPS)

    def test_fclones(self) -> None:
        text = b'{"groups":[{"files":["/a","/b"]},{"files":["/c","/d","/e"]}]}'
        self.assertEqual(tools.parse_fclones(text), self.GROUPS)

    def test_yadf(self) -> None:
        self.assertEqual(tools.parse_lists(b'[["/a","/b"],["/c","/d","/e"]]'), self.GROUPS)

    def test_rmlint(self) -> None:
        entries = [{"description": "rmlint"}]
        for path in "abcde":
            first = path in "ac"
            entries.append({"type": "duplicate_file", "path": f"/{path}", "is_original": first})
        entries.append({"aborted": False})
        self.assertEqual(tools.parse_rmlint(json.dumps(entries).encode()), self.GROUPS)

    def test_czkawka(self) -> None:
        text = b"""{"3": [[{"path":"/a","size":3},{"path":"/b","size":3}]],
                    "5": [[{"path":"/c"},{"path":"/d"},{"path":"/e"}]]}"""
        self.assertEqual(tools.parse_czkawka(text), self.GROUPS)

    def test_dupe_krill(self) -> None:
        text = b'{"dupes":[[["/a"],["/b"]],[["/c","/d"],["/e"]]]}'
        self.assertEqual(tools.parse_krill(text), self.GROUPS)

    def test_hard_links_are_one_file(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            a, b, c = (os.path.join(directory, name).encode() for name in "abc")
            for path in (a, c):
                Path(os.fsdecode(path)).write_text("x")
            os.link(a, b)
            self.assertEqual(len(tools.normalise([[a, b]])[0]), 0)
            groups, names = tools.normalise([[a, b, c]])
            self.assertEqual([len(group) for group in groups], [2])
            self.assertEqual(len(names), 2)

    def test_roots_follow_options(self) -> None:
        plain = tools.nodupe("/bin/nodupe", "--hash", "xxh3")
        self.assertEqual(plain.command(["-q"], ["/r"]), ["/bin/nodupe", "scan", "--hash", "xxh3", "-q", "/r"])
        czkawka = next(peer for peer in tools.PEERS if peer.name == "czkawka")
        self.assertEqual(czkawka.command([], ["/r", "/s"])[-4:], ["-d", "/r", "-d", "/s"])

    def test_what_one_lacks_and_has_more(self) -> None:
        one, two, three = (frozenset({(1, n), (1, n + 1)}) for n in (1, 5, 9))
        self.assertEqual(runner.compare({one, two}, {two, three}), Answer(2, 4, 1, 1))


class Measuring(unittest.TestCase):
    def run_shell(self, script: str, timeout: float = 20) -> Run:
        with tempfile.TemporaryDirectory() as scratch:
            return runner.measure(["/bin/sh", "-c", script], os.devnull, timeout, scratch)

    @unittest.skipUnless(runner.adopt_orphans(), "cannot adopt processes here")
    def test_memory_is_not_that_of_this_process(self) -> None:
        held = b"x" * (64 * table.MIB)
        self.assertLess(self.run_shell(":").memory, 16 * table.MIB)
        del held

    def test_processor_time_and_wall(self) -> None:
        run = self.run_shell("i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; sleep 0.1")
        self.assertGreater(run.wall, 0.1)
        self.assertGreater(run.user, 0.001)
        self.assertLess(run.user, run.wall)

    @unittest.skipUnless(os.path.exists(f"/proc/self/task/{os.getpid()}/children"), "no /proc")
    def test_children_count(self) -> None:
        run = self.run_shell("sleep 0.3 & sleep 0.3; wait")
        self.assertEqual(run.processes, 3)
        self.assertGreater(run.memory, self.run_shell("sleep 0.1").memory)

    def test_failure_and_its_message(self) -> None:
        self.assertEqual(self.run_shell("echo no such thing >&2; exit 3").failure, "status 3: no such thing")
        self.assertIsNone(self.run_shell("exit 0").failure)

    def test_a_run_that_hangs_is_ended(self) -> None:
        with self.assertRaisesRegex(runner.RunError, "still running"):
            self.run_shell("sleep 30 & sleep 30", timeout=0.2)

    def test_a_failing_tool_is_a_row_and_no_end(self) -> None:
        bad = tools.Tool("bad", "/bin/false", (), (), (), tools.parse_paths0, "")
        good = tools.Tool("good", "/bin/true", (), (), (), tools.parse_paths0, "")
        done = runner.rounds([bad, good], ["/"], 2, 20, lambda _: None, lambda _: None)
        self.assertIn("status 1", done[0].error or "")
        self.assertEqual([len(its.runs) for its in done], [0, 2])
        answers, errors = runner.warm_up([good, bad], ["/"], 20, lambda _: None)
        self.assertIn("status 1", errors["bad"])
        self.assertNotIn("bad", answers)
        text = table.measured(done, answers, errors)
        self.assertIn("| bad | failed: status 1", text)

    def test_no_tool_always_comes_after_the_same_one(self) -> None:
        self.assertEqual(runner.order(0, 0), [])
        for number in range(1, 10):
            pairs: list[tuple[int, int]] = []
            for turn in range(number):
                order = runner.order(number, turn)
                self.assertEqual(sorted(order), list(range(number)))
                pairs.extend(zip(order, order[1:]))
            most = max((pairs.count(pair) for pair in pairs), default=0)
            self.assertLessEqual(most, 1 + number % 2, number)

    def test_each_round_has_an_order_of_its_own(self) -> None:
        names = ["a", "b", "c"]
        three = [tools.Tool(name, "/bin/true", (), (), (), tools.parse_paths0, "") for name in names]
        met: list[str] = []
        done = runner.rounds(three, ["/"], 3, 20, lambda tool: met.append(tool.name), lambda _: None)
        self.assertEqual([its.tool for its in done], names)
        self.assertEqual([len(its.runs) for its in done], [3, 3, 3])
        expected = [names[at] for turn in range(3) for at in runner.order(3, turn)]
        self.assertEqual(met, expected)
        self.assertNotEqual(met[:3], met[3:6])

    def test_only_root_empties_the_cache(self) -> None:
        with mock.patch("os.geteuid", return_value=1000):
            self.assertIsNotNone(runner.cold_problem())


class Again(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        for number in range(200):
            path = self.root / f"tree/{number % 3}/{number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes([number]) * (number + 1))

    def test_a_larger_share_contains_a_smaller_one(self) -> None:
        few, many = (again.chosen_files(self.root / "tree", share) for share in (0.01, 0.1))
        self.assertEqual((len(few), len(many)), (2, 20))
        self.assertEqual(many[:2], few)
        self.assertEqual(again.chosen_files(self.root / "tree", 0.0), [])

    def test_a_change_keeps_the_size_and_differs_each_time(self) -> None:
        tree = self.root / "tree"
        files = again.chosen_files(tree, 0.1)
        states = [digests(tree)]
        for turn in range(4):
            again.change(tree, files, turn)
            states.append(digests(tree))
            changed = {name for name, digest in states[-1].items() if digest != states[-2][name]}
            self.assertEqual(changed, {str(name) for name in files})
        sizes = {path.name: path.stat().st_size for path in tree.rglob("*") if path.is_file()}
        self.assertTrue(all(size == int(name) + 1 for name, size in sizes.items()))

    def test_each_tool_has_a_copy_and_keeps_its_cache(self) -> None:
        def shell(name: str, script: str) -> again.Cached:
            search = ("-c", script, "sh")
            return again.Cached(tools.Tool(name, "/bin/sh", search, (), (), tools.parse_paths0, ""))

        counts = shell("counts", 'echo >>"$XDG_CACHE_HOME/runs"; test $(wc -l <"$XDG_CACHE_HOME/runs") -le 2')
        place = self.root / "place"
        place.mkdir()
        bench = again.Bench(place, self.root / "tree", [counts, shell("fine", ":")], 20)
        before: list[tuple[int, int]] = []
        note = lambda number, turn: before.append((number, turn))
        empty = bench.rounds(3, note, [0], with_empty_cache=True)
        self.assertEqual((len(empty[0].runs), empty[0].error), (3, None))
        done = bench.rounds(3, note, [0, 1])
        self.assertEqual([len(its.runs) for its in done], [2, 3])
        self.assertIn("status 1", bench.errors["counts"])
        self.assertEqual(digests(bench.root(0)), digests(bench.root(1)))
        self.assertEqual(len(before), 9)

    def test_the_summary_names_the_fastest_cache(self) -> None:
        found = [
            series(again.WALK, 0.5),
            series(again.UNCACHED, 2.0),
            series(again.CACHED, 1.0),
            series("slow", 9.0),
            series("fast", 4.0),
        ]
        text = again.summary([("A", "warm", "1%", {its.tool: its for its in found})])
        row = "| A | warm | 1% | 1.00 s | 2.00 (2.00) | 0.50 (0.50) | fast 4.00 s | 0.25 (0.25) |"
        self.assertIn(row, text)
        alone = again.summary([("A", "warm", "1%", {again.CACHED: found[2]})])
        self.assertIn("| 1.00 s | - | - | - | - |", alone)

    def test_a_version_without_a_cache_is_left_out(self) -> None:
        old = again.Cached(tools.Tool("old", "/bin/true", (), (), (), tools.parse_paths0, ""), "--cache")
        self.assertFalse(again.has_cache(old))
        self.assertTrue(again.has_cache(again.Cached(old.tool)))


class Tables(unittest.TestCase):
    def test_spread(self) -> None:
        self.assertAlmostEqual(table.spread([1.0, 2.0, 3.0]), 1.0)
        self.assertEqual(table.spread([2.0]), 0.0)

    def test_ratios_are_taken_pair_by_pair(self) -> None:
        # The second round was slow for both, which changes nothing.
        self.assertEqual(table.ratio([1.0, 10.0, 1.0], [2.0, 20.0, 2.0]), 0.5)
        self.assertIsNone(table.ratio([], []))

    def test_fastest_and_leanest_are_peers_that_finished(self) -> None:
        ours = series("nodupe", 0.1, memory=1)
        slow, fast = series("slow", 2.0, memory=5), series("fast", 1.0, memory=9)
        broken = series("broken", 0.5, memory=2)
        broken.error = "status 1"
        everyone = [ours, slow, fast, broken]
        self.assertIs(table.fastest_peer(everyone, {}), fast)
        self.assertIs(table.leanest_peer(everyone, {}), slow)
        self.assertIsNone(table.fastest_peer([ours], {}))
        # Nor is one that found something else.
        self.assertIs(table.fastest_peer(everyone, {"fast": Answer(2, 4, 1, 0)}), slow)

    def test_rows_and_disagreement(self) -> None:
        everyone = [series("fast", 1.0, 1.0), series("nodupe", 0.5, 0.5, memory=2 * table.MIB)]
        agreed = {"nodupe": Answer(3, 6, 0, 0), "fast": Answer(3, 6, 0, 0)}
        text = table.measured(everyone, agreed, {})
        lines = text.splitlines()
        self.assertEqual(lines[1], "|-|-|-|-|-|-|-|-|-|")
        self.assertEqual(lines[2], "| nodupe | 0.500 (0.500) | 0% | 0.500 | 0.0000 | 2.0 | 0.50 | 2.00 | yes |")
        row = "| A | warm | 0.500 s | fast 1.00 s | 0.50 |"
        self.assertIn(row, table.summary([("A", "warm", everyone, agreed)]))
        wrong = {**agreed, "fast": Answer(2, 4, 1, 0)}
        self.assertIn("**NO: 1 missing, 0 more**", table.measured(everyone, wrong, {}))
        self.assertNotIn(row, table.summary([("A", "warm", everyone, wrong)]))

    def test_nodupe_alone_has_no_ratios(self) -> None:
        text = table.measured([series("nodupe", 1.0)], {}, {})
        self.assertIn("| 1.0 | - | - | - |", text)

    def test_the_exponent_of_growth(self) -> None:
        self.assertAlmostEqual(table.growth_exponent([(10, 1.0), (20, 2.0), (40, 4.0)]), 1.0)
        self.assertAlmostEqual(table.growth_exponent([(10, 1.0), (20, 4.0), (40, 16.0)]), 2.0)

    def test_bytes_for_each_file_more(self) -> None:
        few, many = series("nodupe", 1.0, memory=1_000_000).runs, series("nodupe", 2.0, memory=3_000_000).runs
        self.assertIn("| 20 |", table.growth([(100_000, few), (200_000, many)]))

    def test_the_machine_is_described(self) -> None:
        facts = machine.describe(Path("/"))
        self.assertIn(str(facts["file_system"]), table.header(facts))


if __name__ == "__main__":
    unittest.main()
