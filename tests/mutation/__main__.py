"""Try a sample of mutants, or all, and print what survived and the score by room.

``python -m tests.mutation --sample 1500`` draws the same mutants again for the same
``--seed``, as far as the sources are the same. ``--room xml`` takes one room, ``--only
FILE`` the mutants whose line stands in a file, as after a run before. ``--map FILE``
keeps which test reaches which line; tests that are newer than the file are always run.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import pickle
import sys
import tempfile
import time
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path
from typing import Any

# Before the imports below: Hypothesis would import the package with its strategies.
os.environ |= {"HYPOTHESIS_NO_PLUGINS": "1", "HYPOTHESIS_PROFILE": "mutants"}

import click  # noqa: F401
import coverage
import hypothesis  # noqa: F401
import lxml.etree  # noqa: F401
import pytest
import rich.console
import rich.table  # noqa: F401
import xmlschema  # noqa: F401

from .mutants import Mutant, drawn, mutants
from .rooms import AT_IMPORT, EQUIVALENT, LEFT_OUT, TESTS, TUNING, paths_of, room_of
from .session import (
    OPTIONS,
    SLOW,
    Functions,
    Near,
    Reach,
    Stop,
    ensure_quick,
    forked,
    run,
    try_imported,
)

ROOT = Path(__file__).parents[2]
EARLY = {"value.py", "bounds.py", "details.py"}
"""Files of tests that are quick, and notice most of what is changed at import."""


class Server(Stop):
    """A plugin that tries every mutant of a function in a fork of this process."""

    def __init__(self, sample: list[Mutant], map_: Path, found: Path) -> None:
        self._sample, self._map, self._found = sample, map_, found

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what takes seconds."""
        ensure_quick(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Try them after everything was collected, and run nothing else."""
        items = session.items
        if not self._map.exists():
            log(f"mapping {len(items)} tests")
            forked(lambda: self._measure(items), 3_600, verbose=True)
        reach: Reach = pickle.loads(self._map.read_bytes())  # noqa: S301  # our own
        functions = Functions(ROOT)
        gc.freeze()
        by_room = defaultdict(list)
        for item in items:
            path = item.nodeid.split("::")[0]
            for room in TESTS:
                if path in paths_of(room) or path.startswith(
                    (f"xep0184/{room}/", f"xep0184/{room}.py")
                ):
                    by_room[room].append(item)
        results = {}
        for mutant in self._sample:
            tests = Near(mutant, reach, ROOT).sorted(by_room[room_of(mutant.file)])
            if mutant.function is not None and tests:
                seconds = 10 + 3 * sum(reach.get(it.nodeid, (0.1,))[0] for it in tests)
                results[mutant] = forked(
                    partial(try_function, functions, mutant, tests), seconds
                )
                if not results[mutant]:
                    log(f"survived: {mutant}  [{len(tests)} tests]")
        self._found.write_bytes(pickle.dumps(results))
        os._exit(0)

    def _measure(self, items: list[pytest.Item]) -> int:
        """Write how long each test takes and which lines it reaches; for a fork.

        A test that fails while it is measured, because it measures memory itself, is
        left out.
        """
        measured = coverage.Coverage(data_file=None, source_pkgs=["xep0184"])
        seconds = {}
        self.failed = set()
        measured.start()
        for item, following in zip(items, [*items[1:], None], strict=True):
            measured.switch_context(item.nodeid)
            begin = time.process_time()
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            seconds[item.nodeid] = time.process_time() - begin
        measured.stop()
        log(f"left out: {self.failed}")
        seconds |= dict.fromkeys(self.failed, math.inf)
        reach: Reach = {name: (it, {}) for name, it in seconds.items()}
        data = measured.get_data()
        for path in data.measured_files():
            file = Path(path).relative_to(ROOT).as_posix()
            for line, contexts in data.contexts_by_lineno(path).items():
                for name in reach.keys() & set(contexts):
                    reach[name][1].setdefault(file, set()).add(line)
        self._map.write_bytes(pickle.dumps(reach))
        return 0


def try_function(functions: Functions, mutant: Mutant, tests: list[Any]) -> int:
    """Run the tests of a mutant of a function; 4 if it cannot be put in place."""
    if not functions.replace(mutant):
        return 4
    run(tests)
    return 0


def try_functions(sample: list[Mutant], map_: Path) -> dict[Mutant, int]:
    """Return the status of each mutant that can be put in place of a function."""
    with tempfile.TemporaryDirectory() as place:
        found = Path(place) / "results"
        rooms = {room_of(it.file) for it in sample}
        paths = sorted({path for room in rooms for path in existing(room)})

        def serve() -> int:
            hypothesis_plugins()
            return int(pytest.main([*OPTIONS, *paths], [Server(sample, map_, found)]))

        status = forked(serve, 4 * 3_600, verbose=True)
        assert found.exists(), f"the tests could not be run: status {status}"
        return pickle.loads(found.read_bytes())  # type: ignore[no-any-return]  # noqa: S301  # our own


def try_all(sample: list[Mutant], map_: Path) -> dict[Mutant, int]:
    """Return the status of each mutant: 0 if no test failed."""
    results = {}
    if not map_.exists() or any(it.function for it in sample):
        results = try_functions(sample, map_)
    log(f"{len(results)} changes of functions tried")
    reach: Reach = pickle.loads(map_.read_bytes())  # noqa: S301
    for mutant in sample:
        room = room_of(mutant.file)
        if results.get(mutant, 4) in ({0, 4} if room in AT_IMPORT else {4}):
            results[mutant] = try_at_import(mutant, reach, map_.stat().st_mtime)
            log(f"{'noticed' if results[mutant] else 'survived'}: {mutant}")
    return results


def try_at_import(mutant: Mutant, reach: Reach, since: float) -> int:
    """Try a mutant with a package that is imported anew; first with a few quick tests.

    Most of the time goes into collecting the tests of a room.
    """
    paths = existing(room_of(mutant.file))
    files = Near(mutant, reach, ROOT).files(since)
    near = [it for it in paths if it in files or any(f.startswith(it) for f in files)]
    early = [it for it in near if it.removeprefix("tests/test_") in EARLY]
    for some in (early, [it for it in near if it not in early]):
        seconds = [it for it, _ in of_room(reach, some).values() if it < SLOW]
        work = partial(try_imported, ROOT, mutant, some, reach)
        if some and (status := forked(work, 60 + 3 * sum(seconds))):
            return status
    return 0


def hypothesis_plugins() -> None:
    """Register the strategies of the package, in a process that may import it."""
    from hypothesis import entry_points

    entry_points.run()


def existing(room: str) -> list[str]:
    """Return the paths of the tests of a room that exist."""
    module = f"xep0184/{room}"
    paths = [it for it in paths_of(room) if it != module]
    return [*paths, module if (ROOT / module).is_dir() else f"{module}.py"]


def of_room(reach: Reach, paths: list[str]) -> Reach:
    """Return the part of a map with the tests of some paths."""
    return {it: reach[it] for it in reach if it.startswith(tuple(paths))}


def log(text: str) -> None:
    """Print to standard error, at once."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def equivalent(mutant: Mutant) -> str:
    """Return why a change alters nothing; '' if it is not known to."""
    file = mutant.file.removeprefix("xep0184/")
    if mutant.before.isdecimal() and (file, str(mutant.constant)) in TUNING:
        return TUNING[file, str(mutant.constant)]
    return EQUIVALENT.get((file, mutant.code, mutant.before, mutant.after), "")


def report(results: dict[Mutant, int]) -> str:
    """Return the score by room, as a table of Markdown."""
    tried, killed, same = Counter[str](), Counter[str](), Counter[str]()
    for mutant, status in results.items():
        for room in (room_of(mutant.file), "all"):
            is_same = bool(equivalent(mutant))
            tried[room] += 1
            killed[room] += status != 0
            same[room] += is_same and status == 0
    rows = [
        "| room | mutants | noticed | equivalent | score |",
        "|---|---|---|---|---|",
    ]
    for room in sorted(tried, key=lambda it: (it == "all", it)):
        score = 100 * killed[room] / max(tried[room] - same[room], 1)
        cells = (tried[room], killed[room], same[room], f"{score:.1f} %")
        rows.append(f"| {room} | {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


def main() -> None:
    """Draw the sample, try it, print the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=184)
    parser.add_argument("--room", action="append")
    parser.add_argument("--only", type=Path)
    parser.add_argument("--map", type=Path, default=Path(tempfile.mkdtemp()) / "map")
    given = parser.parse_args()
    files = (it.relative_to(ROOT).as_posix() for it in ROOT.glob("xep0184/**/*.py"))
    chosen = [
        it
        for it in sorted(files)
        if not it.removeprefix("xep0184/").startswith(LEFT_OUT)
        and (not given.room or room_of(it) in given.room)
    ]
    sample = [mutant for file in chosen for mutant in mutants(ROOT, file)]
    if given.sample and given.sample < len(sample):
        sample = drawn(sample, given.sample, given.seed)
    if given.only:
        names = given.only.read_text("utf-8")
        sample = [it for it in sample if str(it) in names]
    results = try_all(sorted(sample, key=lambda it: (it.file, it.number)), given.map)
    for mutant, status in results.items():
        if status == 0:
            why = equivalent(mutant)
            print(f"survived: {mutant}{why and f'  (equivalent: {why})'}")
    print(report(results))


main()
