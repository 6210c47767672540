"""Which tests a change in a module must fail, by room, and which changes alter nothing.

A room without a row has the tests that are named after it. The doctests of a module
always belong to its room.
"""

from __future__ import annotations

from typing import Final

LEFT_OUT: Final = ("cli/", "__main__.py", "__init__.py")
"""The command line, and lazy imports, which tests in other processes try."""

TOO_SLOW: Final = (
    *("memory_does_not_grow", "exhausted_memory", "neither_door_costs"),
    *("without_sockets", "passes_as_an_adapter", "nothing_is_lost_and_nothing"),
    *(
        "a_hundred_thousand_siblings",
        "a-hundred-thousand-siblings",
        "needs_no_checkout",
    ),
)
"""Parts of the names of tests that take seconds, most in processes of their own."""

AT_IMPORT: Final = frozenset({"_value", "record", "ns"})
"""Rooms whose functions other modules call when they are imported."""

TESTS: Final[dict[str, tuple[str, ...]]] = {
    "_value": ("value", "record"),
    "caps": ("caps", "caps_faults", "caps_own", "vectors"),
    "codec": ("doors", "plain", "odd_elements", "vectors", "ten_cases", "receipts"),
    "conformance": ("vectors",),
    "deciding": ("answering", "asking", "rules", "vectors", "ten_cases"),
    "disco": ("disco", "odd_elements", "vectors", "caps"),
    "discovery": ("discovery",),
    "envelope": ("envelope", "answering", "ten_cases", "vectors"),
    "errors": ("rules", "doors", "vectors", "caps_faults", "xml", "schema", "value"),
    "findings": ("findings", "rules", "odd_elements"),
    "ids": ("core", "receipts", "discovery"),
    "jid": ("jid", "normalisers", "vectors"),
    "journal": ("receipts_journal",),
    "message": ("doors", "vectors", "value"),
    "normalisers": ("normalisers", "jid"),
    "ns": ("vectors", "disco", "envelope", "receipts", "message_digest", "findings"),
    "quoting": ("rules", "doors", "jid", "findings"),
    "receipts": (
        *("receipts", "receipts_journal", "receipts_pair", "message_digest"),
        *("lossy_pair", "ten_cases"),
    ),
    "recent": ("recent", "discovery", "receipts", "receipts_journal"),
    "record": ("record", "receipts_journal", "tracker"),
    "recordings": ("recordings", "recordings_hostile"),
    "rules": ("rules", "vectors", "findings"),
    "schema": ("schema", "schema_engines", "vectors"),
    "seen": ("seen_ids", "receipts"),
    "strategies": ("strategies", "doors", "caps_faults"),
    "stream": ("stream", "stream_hostile", "recordings", "recordings_hostile"),
    "support": ("asking", "tracker"),
    "tracker": ("tracker", "tracker_model", "receipts", "receipts_journal", "vectors"),
    "xml": (
        *("xml", "doors", "odd_elements", "vectors", "stream", "disco", "caps"),
        *("receipts", "findings", "schema"),
    ),
}

EQUIVALENT: Final[dict[tuple[str, str, str], str]] = {}
"""Changes that alter nothing that can be observed: file, before, after, and why."""


def room_of(file: str) -> str:
    """Return the room of a module, as ``xep0184/xml/parser.py``."""
    return file.split("/")[1].removesuffix(".py")


def paths_of(room: str) -> list[str]:
    """Return the paths of the tests of a room, relative to the root."""
    module = f"xep0184/{room}"
    files = [f"tests/test_{name}.py" for name in TESTS[room]]
    return [*files, module]
