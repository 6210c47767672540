"""The results as a table in Markdown and as plots in SVG."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from lxml import etree

import xep0184
from benchmarks.registry import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.peers.client import Peers
    from benchmarks.registry import Amount, Goal, Growth, Question
    from benchmarks.timing import Spread, Times

ABSENT: Final = "—"
PEERS: Final = ("slixmpp", "aioxmpp", "nbxmpp", "gloox", "stanza")
MICRO: Final = 1e6
PLOTS: Final = """
## Plots

![The time of the floor and of each peer, as a multiple of ours](ratios.svg)

![How the time grows with the size](growth.svg)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that came out of one session."""

    command: str
    peers: Peers
    questions: Sequence[tuple[Question, Times]]
    amounts: Sequence[Amount]
    growths: Sequence[tuple[Growth, Mapping[int, Times]]]


def markdown(results: Results) -> str:
    """Return the whole report."""
    return "\n".join(
        (
            "# Benchmarks",
            "",
            *_circumstances(results),
            "",
            "## Ratios",
            "",
            *_ratios(results),
            "",
            "## Goals",
            "",
            *_goals(results),
            "",
            *_missed(results),
            "## Questions",
            "",
            *_questions(results),
            "",
        )
    )


def _circumstances(results: Results) -> Iterator[str]:
    versions = [
        f"xep0184 {xep0184.__version__}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"lxml {etree.__version__}",
        f"libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}",
        expat.EXPAT_VERSION.replace("_", " "),
        f"xmlschema {metadata.version('xmlschema')}",
        *(peer.version for peer in results.peers.present),
    ]
    yield f"- Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    yield f"- Command: `{results.command}`"
    yield f"- Versions: {', '.join(versions)}"
    yield f"- Machine: {platform.machine()}, {os.cpu_count()} cores"
    if results.peers.absent:
        yield f"- Absent, so not measured: {', '.join(results.peers.absent)}"


def _ratios(results: Results) -> Iterator[str]:
    yield (
        "Median of the ratios within one round, quartiles in brackets. The floor is"
        " what the least work takes that gets there; a peer's figure is how many"
        f" times as long as {OURS} it takes. A dash: not measured."
    )
    yield ""
    header = ("work", "xep0184, µs", f"{OURS} / floor", "floor", *PEERS)
    yield from _table(header, (_row(*each) for each in results.questions))


def _row(question: Question, times: Times) -> Iterator[str]:
    yield question.title
    yield f"{times.span(OURS).median * MICRO:,.2f}"
    yield _shown(times.ratio(OURS, question.floor))
    yield question.floor
    for peer in PEERS:
        yield _shown(times.ratio(peer, OURS)) if peer in times.rounds else ABSENT


def _goals(results: Results) -> Iterator[str]:
    rows = [
        (question.title, str(goal), *_verdict(goal, times))
        for question, times in results.questions
        for goal in question.goals
    ]
    rows += [
        (
            amount.title,
            f"{amount.text} ≤ {amount.at_most:g}",
            f"{amount.value:.2f}",
            _met(is_met=amount.value <= amount.at_most),
        )
        for amount in results.amounts
    ]
    yield from _table(("work", "goal", "measured", "met"), rows)


def _verdict(goal: Goal, times: Times) -> tuple[str, str]:
    if not {goal.of, goal.by} <= times.rounds.keys():
        return "not measured", ABSENT
    ratio = times.ratio(goal.of, goal.by)
    return _shown(ratio), _met(is_met=goal.is_met(ratio.median))


def _missed(results: Results) -> Iterator[str]:
    missed = [
        (question, goal, times)
        for question, times in results.questions
        for goal in question.goals
        if {goal.of, goal.by} <= times.rounds.keys()
        and not goal.is_met(times.ratio(goal.of, goal.by).median)
    ]
    if missed:
        yield from ("## Missed, and why", "")
    for question, goal, times in missed:
        yield " ".join((f"*{question.title}*, {goal}.", *_reasons(goal, times)))
        yield ""
    for amount in results.amounts:
        if amount.value > amount.at_most:
            yield f"*{amount.title}*, {amount.text} ≤ {amount.at_most:g}. {amount.why}"
            yield ""


def _reasons(goal: Goal, times: Times) -> Iterator[str]:
    if goal.why:
        yield goal.why
    if goal.least in times.rounds:
        ours = OURS if OURS in {goal.of, goal.by} else goal.of
        of, by = (goal.least if it == ours else it for it in (goal.of, goal.by))
        took = f"{times.span(goal.least).median * MICRO:,.2f} µs"
        ratio = _shown(times.ratio(of, by))
        yield f"“{goal.least}” alone takes {took}; put in our place it gives {ratio}."


def _met(*, is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def _questions(results: Results) -> Iterator[str]:
    for question, times in results.questions:
        yield f"- *{question.title}*: {' '.join(question.text.split())}"
        spans = (
            f"{name} {times.span(name).median * MICRO:,.2f} µs" for name in times.rounds
        )
        yield f"  {'; '.join(spans)}."


def _shown(ratio: Spread) -> str:
    digits = 2 if ratio.median < 10 else 1  # noqa: PLR2004  # three figures count
    low, median, high = (
        f"{value:.{digits}f}" for value in (ratio.low, ratio.median, ratio.high)
    )
    return f"{median} [{low}, {high}]"


def _table(header: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def plot(results: Results, directory: Path) -> None:
    """Write `ratios.svg` and `growth.svg` into a directory."""
    import matplotlib as mpl

    mpl.use("svg")
    # So that the same results give the same file.
    mpl.rcParams["svg.hashsalt"] = OURS
    mpl.rcParams["svg.fonttype"] = "none"
    _plot_ratios(results, directory / "ratios.svg")
    _plot_growth(results, directory / "growth.svg")


def _plot_ratios(results: Results, path: Path) -> None:
    from matplotlib import pyplot as plt

    compared = [
        (question, times)
        for question, times in results.questions
        if not times.rounds.keys().isdisjoint(PEERS)
    ]
    figure, axes = plt.subplots(figsize=(9, 0.6 + 0.95 * max(1, len(compared))))
    height = 0.8 / (len(PEERS) + 1)
    for number, name in enumerate(("floor", *PEERS)):
        bars = [
            (place + number * height, times.ratio(base, OURS).median)
            for place, (question, times) in enumerate(compared)
            if (base := question.floor if name == "floor" else name) in times.rounds
        ]
        places, widths = zip(*bars, strict=True) if bars else ((), ())
        # From 1, so that whoever is quicker stands on the left.
        beyond = [width - 1 for width in widths]
        axes.barh(places, beyond, height=height, left=1, label=name)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.margins(y=0.02)
    axes.set_xlabel(
        f"time, as a multiple of {OURS} (logarithmic; left is quicker, right slower)"
    )
    axes.set_yticks(
        [place + 0.33 for place in range(len(compared))],
        [question.title for question, _ in compared],
    )
    axes.invert_yaxis()
    axes.legend(ncols=len(PEERS) + 1, loc="lower right", bbox_to_anchor=(1, 1))
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _plot_growth(results: Results, path: Path) -> None:
    from matplotlib import pyplot as plt

    figure, grid = plt.subplots(2, 2, figsize=(9, 7))
    for axes, (growth, measured) in zip(grid.flat, results.growths, strict=True):
        sizes = sorted(measured)
        for name in measured[sizes[0]].rounds:
            spans = [measured[size].span(name) for size in sizes]
            medians = [span.median * MICRO for span in spans]
            low = [span.low * MICRO for span in spans]
            high = [span.high * MICRO for span in spans]
            axes.plot(sizes, medians, marker="o", label=name)
            axes.fill_between(sizes, low, high, alpha=0.2)
        axes.margins(y=0.4)
        axes.set(xscale="log", yscale="log", xlabel=growth.size, ylabel="µs")
        axes.set_title(growth.title)
        axes.legend()
        axes.grid(visible=True, alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
