"""Runs tests in a process for each mutant, forked from one that has collected them."""

from __future__ import annotations

import gc
import importlib.machinery
import os
import resource
import signal
import sys
import time
import traceback
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pytest

from .constants import cached_lines, uses
from .mutants import tree_of
from .rooms import AT_IMPORT, TOO_SLOW, room_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import CodeType, FunctionType, ModuleType

    from .mutants import Mutant

OPTIONS: Final = (
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-p", "no:faulthandler", "--capture=no"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
MEMORY: Final = 3 << 30  # octets
ENDLESS: Final = 8  # seconds of the processor that no test takes without a change
SLOW: Final = 2.0  # seconds; what takes longer is left out

Lines = dict[str, set[int]]
Reach = dict[str, tuple[float, Lines]]
"""The seconds of each test, and the lines that it reached by file."""


def forked(work: Callable[[], int], seconds: float, *, verbose: bool = False) -> int:
    """Return the status of a function in a process of its own; -1 if it takes long.

    Args:
        work: The function.
        seconds: How long it may take of the processor.
        verbose: Whether its output is shown, and its memory not limited.
    """
    child = os.fork()
    if child == 0:
        status = 3
        try:
            if not verbose:
                quiet = os.open(os.devnull, os.O_WRONLY)
                os.dup2(quiet, 1)
                os.dup2(quiet, 2)
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                most = int(seconds)
                resource.setrlimit(resource.RLIMIT_CPU, (most, most))
            status = work()
        except BaseException:  # noqa: BLE001  # the process ends here
            traceback.print_exc()
        finally:
            os._exit(status)
    end = time.monotonic() + 10 * seconds  # another machine may be slow, or busy
    pause = 0.002
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


class FailedError(BaseException):
    """A test failed; not an Exception, so that no test catches it."""


class Stop:
    """A plugin that ends a process at the first test that fails.

    Attributes:
        failed: If this is a set, it is filled instead.
    """

    failed: set[str] | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """End the process, or note the test."""
        if report.failed and self.failed is None:
            os._exit(1)
        if report.failed and self.failed is not None:
            self.failed.add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """End the process; what cannot be imported is noticed, too."""
        if report.failed:
            os._exit(1)


def run(items: list[pytest.Item]) -> None:
    """Run tests in their order; one that does not end, ends the process."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        most = int(time.process_time()) + ENDLESS
        if hard == resource.RLIM_INFINITY or most < hard:
            resource.setrlimit(resource.RLIMIT_CPU, (most, hard))
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)


class Near:
    """Says which tests may notice a mutant.

    They reach its line, or a line that uses the constant, or stand in a file that names
    it. For what else is evaluated at import, it is every test. Tests that take long,
    never; tests that are not in the map are new, always. Of the lines whose result is
    cached, the map knows only the first test, and none if it was asked for before.
    """

    def __init__(self, mutant: Mutant, reach: Reach, root: Path) -> None:
        self._reach, self._constant, self._root = reach, mutant.constant, root
        self._lines: dict[str, set[int]] | None = {mutant.file: {mutant.line}}
        if mutant.function is None and mutant.constant:
            self._lines = uses(root, mutant.constant)
        elif (
            mutant.function is None
            or room_of(mutant.file) in AT_IMPORT
            or mutant.line in cached_lines(root, mutant.file)
        ):
            self._lines = None
        if not any(self._is_reached_by(lines) for _, lines in reach.values()):
            self._lines = None

    def _is_reached_by(self, lines: Lines) -> bool:
        wanted = self._lines or {}
        return any(wanted[it] & lines.get(it, set()) for it in wanted)

    def __contains__(self, test: str) -> bool:
        seconds, lines = self._reach.get(test, (0.0, None))
        return seconds < SLOW and (
            self._lines is None
            or lines is None
            or self._is_reached_by(lines)
            or self._is_named_in(test.partition("::")[0])
        )

    def _is_named_in(self, file: str) -> bool:
        return bool(self._constant) and str(self._constant) in _text(self._root / file)

    def sorted(self, items: Iterable[pytest.Item]) -> list[Any]:
        """Return the tests that may notice it, the quickest first."""
        found = [it for it in items if it.nodeid in self]
        return sorted(found, key=lambda it: self._reach.get(it.nodeid, (0.0,))[0])

    def files(self, since: float) -> set[str]:
        """Return the files of these tests, and those that are newer than the map."""
        files = {it.partition("::")[0] for it in self._reach if it in self}
        all_files = {it.partition("::")[0] for it in self._reach}
        paths = {it.relative_to(self._root) for it in self._root.glob("tests/**/*.py")}
        new = {it.as_posix() for it in paths if _time(self._root / it) > since}
        return files | new | ({it.as_posix() for it in paths} - all_files)


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _time(path: Path) -> float:
    return path.stat().st_mtime


class Functions:
    """The functions of the package that are in memory, by file, name and line.

    A cache of any of them may hold what a function returned before its change.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[tuple[str, str, int], list[FunctionType]] = {}
        self._caches: list[Any] = []
        for it in gc.get_objects():
            if type(it).__name__ == "_lru_cache_wrapper":
                if str(it.__module__).startswith("xep0184"):
                    self._caches.append(it)
            elif type(it).__name__ == "function":
                code = it.__code__
                key = code.co_filename, code.co_qualname, code.co_firstlineno
                self._found.setdefault(key, []).append(it)

    def replace(self, mutant: Mutant) -> bool:
        """Give a function the code of a mutant; False if that is not possible."""
        assert mutant.function is not None
        path = str(self._root / mutant.file)
        name, line = mutant.function
        functions = self._found.get((path, name, line), [])
        code = _find(compile(tree_of(self._root, mutant), path, "exec"), name, line)
        if code is None or not functions:
            return False
        for it in functions:
            if len(it.__code__.co_freevars) != len(code.co_freevars):
                return False
            it.__code__ = code
        for it in self._caches:
            it.cache_clear()
        return True


def _find(code: CodeType, name: str, line: int) -> CodeType | None:
    if (code.co_qualname, code.co_firstlineno) == (name, line):
        return code
    inner = (it for it in code.co_consts if hasattr(it, "co_consts"))
    return next((it for it in (_find(each, name, line) for each in inner) if it), None)


class Loader(importlib.machinery.SourceFileLoader):
    """Loads given code in the place of that of a file."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        """Return the given code."""
        assert fullname == self.name
        return self._code


class Changed:
    """A finder that loads a mutant in the place of its module."""

    def __init__(self, root: Path, mutant: Mutant) -> None:
        self._name = mutant.file.removesuffix(".py").replace("/", ".")
        self._name = self._name.removesuffix(".__init__")
        self._path = str(root / mutant.file)
        self._code = compile(tree_of(root, mutant), self._path, "exec")

    def find_spec(
        self, name: str, _path: object, _target: ModuleType | None = None
    ) -> Any:
        """Return a loader for the one module."""
        if name != self._name:
            return None
        loader = Loader(name, self._path, self._code)
        package = self._path.endswith("__init__.py")
        spec = importlib.machinery.ModuleSpec(
            name, loader, origin=self._path, is_package=package
        )
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [os.path.dirname(self._path)]  # noqa: PTH120
        return spec


def ensure_quick(items: list[pytest.Item]) -> None:
    """Leave out what takes seconds."""
    items[:] = [it for it in items if not any(part in it.nodeid for part in TOO_SLOW)]


class Imported(Stop):
    """A plugin that runs the tests of a mutant that is loaded at import."""

    def __init__(self, mutant: Mutant, reach: Reach, changed: Any, root: Path) -> None:
        self._mutant, self._reach, self._changed = mutant, reach, changed
        self._root = root

    def pytest_sessionstart(self) -> None:
        """Put the finder first again: pytest's own one loads the files it is given."""
        sys.meta_path.remove(self._changed)
        sys.meta_path.insert(0, self._changed)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the tests that may notice it."""
        ensure_quick(items)
        items[:] = Near(self._mutant, self._reach, self._root).sorted(items)


def try_imported(root: Path, mutant: Mutant, paths: list[str], reach: Reach) -> int:
    """Run the tests of a mutant with a package that is imported anew; for a fork."""
    changed: Any = Changed(root, mutant)
    sys.meta_path.insert(0, changed)
    from hypothesis import entry_points

    entry_points.run()
    return int(
        pytest.main([*OPTIONS, *paths], [Imported(mutant, reach, changed, root)])
    )
