"""The targets of fuzzing hold for every seed, and for a few changes to each.

What fuzzing found is here as well, each as the smallest input.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from xep0184 import jid, xml

from . import targets
from .mutating import CHANGES, mutate
from .seeds import seeds
from .targets import TARGETS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("unmeasured")]

STEP = 7  # of the seeds, every so many is tried

# The target, and an input for which it failed once.
FOUND = [
    ("jid", b"xn--bcere.example"),  # Cherokee letters, whose case IDNA does not map
    ("schema", b"<message xmlns='jabber:client '/>"),  # no URI for libxml2
    ("schema", b"<x/>"),  # declared by no schema, and no finding
    ("xml", b"<a xmlns:x='a b'/>"),
]


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_passes(name: str) -> None:
    """All vectors, recordings and logs, and a sample of them with changes."""
    door, _, length = TARGETS[name]
    for number, octets in enumerate(seeds(name)):
        if number % STEP == 0:
            door(octets)
            door(mutate(octets, length, number))


@pytest.mark.parametrize(("name", "octets"), FOUND)
def test_what_was_found_passes(name: str, octets: bytes) -> None:
    """It stays mended."""
    TARGETS[name].door(octets)


def test_shares_are_percent() -> None:
    """So that a number of runs is that of all targets together."""
    assert sum(it.share for it in TARGETS.values()) == 100


@pytest.mark.parametrize("change", dict.fromkeys(CHANGES))
def test_every_change_changes(change: object) -> None:
    """Of the stanzas of the vectors, and not all of them into what is broken."""
    assert callable(change)
    before = list(seeds("message"))[::20]
    after = [change(octets, Random(1)) for octets in before]
    assert sum(one != other for one, other in zip(before, after, strict=True)) > 10
    assert mutate(before[0], 1_000, 5) == mutate(before[0], 1_000, 5)


def test_a_fault_of_the_parser_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that loses white space in texts fails, and so does one that raises."""
    parse = xml.parse

    def wrong(octets: bytes, **facts: object) -> Element:
        element = parse(octets, **facts)  # type: ignore[arg-type]  # passed on
        element.text = (element.text or "").strip()
        return element

    monkeypatch.setattr(xml, "parse", wrong)
    TARGETS["xml"].door(b"<a>b</a>")
    with pytest.raises(AssertionError):
        TARGETS["xml"].door(b"<a> b</a>")


def test_a_fault_of_a_normaliser_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose result is no JID, and one that makes too much equal."""

    def longer(_: jid.Part, text: str) -> str:
        return f"{text}x"

    monkeypatch.setattr(targets, "NORMALISERS", (longer,))
    with pytest.raises(AssertionError):
        TARGETS["jid"].door(b"a@b/c")
