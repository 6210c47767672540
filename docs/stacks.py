"""Puts a stack to the vectors and writes the page of the results.

``python docs/stacks.py NAME VERSION COMMAND`` keeps the results of one stack in
``stacks.json``, and writes ``stacks.md`` from all of them.
"""

from __future__ import annotations

import json
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xep0184.conformance import (
    VERSION,
    Program,
    VectorLevel,
    VectorStatus,
    run,
    select,
)
from xep0184.conformance.reporting import counts

if TYPE_CHECKING:
    from xep0184.conformance import VectorResult

DATA = Path(__file__).parent / "stacks.json"
PAGE = Path(__file__).parent / "stacks.md"
LEVELS = (VectorLevel.XEP, VectorLevel.OURS)
HEAD = """\
# Stacks and the vectors

Made from `stacks.json` by `python docs/stacks.py`. The adapters are in
[examples/conformance](../examples/conformance): small programs that ask the code of the
stack, without a connection. They support what the stack offers by itself; what it
leaves to applications is not supported.

Each cell has the numbers of vectors that passed, failed and are not supported; a suite
without vectors of a level has a dash. Only a failure at level `xep` differs from a
specification, and is listed by name: `xep0184 conformance --list` has the requirements.
It may be intended: a stack may follow an older revision, as RFC 6122 for addresses, and
RFC 7622 §4 leaves it to servers to refuse an address that is no JID. At level `ours`
this library has decided something, and the stack may well have decided otherwise. The
levels `xml` and `security` are left out: an adapter has no stream, which judges XML
first, and what is about security belongs in a report to the project."""


def measured(version: str, command: str) -> dict[str, Any]:
    """Return the results of a stack."""
    with Program(shlex.split(command)) as program:
        judged = [*run(program, select(levels=LEVELS))]
    results: dict[str, dict[str, list[int]]] = {}
    for (suite, level, status), number in sorted(counts(judged).items()):
        row = results.setdefault(suite, {}).setdefault(level, [0, 0, 0])
        row[["passed", "failed", "not-supported"].index(status)] = number
    date = datetime.now(UTC).date().isoformat()
    about = {"version": version, "date": date, "vectors": VERSION}
    return {**about, "results": results, "failed": _failed(judged)}


def _failed(results: list[VectorResult]) -> dict[str, list[str]]:
    """Return the names of the vectors of level ``xep`` that failed, by suite."""
    failed: dict[str, list[str]] = {}
    for it in results:
        is_failed = it.status is VectorStatus.FAILED
        if is_failed and it.vector.level is VectorLevel.XEP:
            failed.setdefault(it.vector.suite, []).append(it.vector.name)
    return failed


def stacks_page() -> str:
    """Return the page about the stacks, made from what was measured."""
    lines = [HEAD]
    for name, it in json.loads(DATA.read_text("utf-8")).items():
        lines += ["", f"## {name} {it['version']}", ""]
        lines += [f"Vectors {it['vectors']}, {it['date']}.", ""]
        lines += [f"| suite | {' | '.join(LEVELS)} |", "|---|---|---|"]
        for suite, levels in it["results"].items():
            if any(passed or failed for passed, failed, _ in levels.values()):
                cells = [" / ".join(map(str, levels.get(at, "-"))) for at in LEVELS]
                lines.append(f"| {suite} | {' | '.join(cells)} |")
        for suite, names in it["failed"].items():
            lines += ["", f"<details><summary>{suite}, level xep: failed</summary>", ""]
            lines += [", ".join(f"`{vector}`" for vector in names), "", "</details>"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    name, version, command = sys.argv[1:]
    data = json.loads(DATA.read_text("utf-8")) if DATA.exists() else {}
    data[name] = measured(version, command)
    DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(stacks_page(), encoding="utf-8")
