"""Run the benchmarks: `python -m benchmarks [--fast] [--only WORD] [--write DIR]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import report
from benchmarks.peers.client import Peers
from benchmarks.questions import COUNTS, GROWTHS, QUESTIONS
from benchmarks.registry import FAST, FULL, OURS, Question, Session
from benchmarks.timing import Times, race

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask every question, print the report, and write it if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--fast", action="store_true", help="a smoke run: little of all, no peers"
    )
    parser.add_argument("--only", metavar="WORD", help="questions with this in a title")
    parser.add_argument(
        "--write",
        metavar="DIR",
        type=Path,
        help="write benchmarks.md, ratios.svg and growth.svg there",
    )
    chosen = parser.parse_args(arguments)
    peers = Peers() if chosen.fast else Peers.started()
    session = Session(FAST if chosen.fast else FULL, peers)
    try:
        results = _run(session, chosen.only or "")
    finally:
        peers.close()
    text = report.markdown(results)
    stdout: Any = sys.stdout
    stdout.reconfigure(encoding="utf-8")  # like the file, in any locale
    print(text)
    if chosen.write:
        chosen.write.mkdir(parents=True, exist_ok=True)
        page = chosen.write / "benchmarks.md"
        page.write_text(text + report.PLOTS, encoding="utf-8")
        report.plot(results, chosen.write)


def _run(session: Session, word: str) -> report.Results:
    chosen = [question for question in QUESTIONS if word in question.title]
    return report.Results(
        command=" ".join(("python -m benchmarks", *sys.argv[1:])),
        peers=session.peers,
        questions=[(each, _times(each, session)) for each in chosen],
        amounts=[] if word else [count(session) for count in COUNTS],
        growths=[] if word else [(each, each.measure(session)) for each in GROWTHS],
    )


def _times(question: Question, session: Session) -> Times:
    scale = session.scale
    print(f"{question.title} …", file=sys.stderr, flush=True)
    rounds = scale.slow_rounds if question.slow else scale.rounds
    times = race(question.ask(session), rounds=rounds, least=scale.least)
    if not {OURS, question.floor} <= times.rounds.keys():
        message = f"{question.title} has no floor"
        raise RuntimeError(message)
    return times


if __name__ == "__main__":
    main()
