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
    "codec": (
        *("doors", "plain", "odd_elements", "vectors", "ten_cases", "receipts", "xml"),
        "message_digest",
    ),
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

SAME_RESULT: Final = "the shorter way is not taken, and the longer one gives the same"
IN_NO_ERROR: Final = (
    "the name is that of a field in an error that never leaves the room"
)
FOR_TYPES: Final = "a text that only type checkers read"

EQUIVALENT: Final[dict[tuple[str, str, str], str]] = {
    ("xep0184/_value.py", "'type[_T]'", "'XXtype[_T]'"): FOR_TYPES,
    ("xep0184/record.py", "'list[object]'", "'XXlist[object]'"): FOR_TYPES,
    ("xep0184/record.py", "'T'", "'XXT'"): FOR_TYPES,
    (
        "xep0184/codec/decoding.py",
        "return plain.read(text, namespaces)",
        "return None",
    ): SAME_RESULT,
    (
        "xep0184/codec/plain.py",
        "text.count('=') > _MOST_EQUALS",
        "text.count('=') >= _MOST_EQUALS",
    ): SAME_RESULT,
    ("xep0184/xml/many.py", "return []", "return None"): SAME_RESULT,
    (
        "xep0184/xml/many.py",
        "small * (small + within) < limits.name_characters",
        "small * (small + within) <= limits.name_characters",
    ): SAME_RESULT,
    ("xep0184/xml/many.py", "5 * limits.attributes", "5 // limits.attributes"): (
        SAME_RESULT
    ),
    ("xep0184/caps/xep0115.py", "''", "'XX'"): "only whether it holds < is looked at",
    (
        "xep0184/disco/answers.py",
        "answer.type == 'error' or answer.info is None or answer.node == asked",
        "answer.info is None or answer.node == asked",
    ): "an error has no info",
    ("xep0184/disco/answers.py", "'error'", "'XXerror'"): "an error has no info",
    ("xep0184/disco/children.py", "get('category') or ''", "get('category')"): (
        "an identity without it is left out"
    ),
    ("xep0184/disco/children.py", "get('type') or ''", "get('type')"): (
        "an identity without it is left out"
    ),
    ("xep0184/discovery/snapshots.py", "'snapshot'", "'XXsnapshot'"): IN_NO_ERROR,
    ("xep0184/receipts/clients.py", "'queries'", "'XXqueries'"): IN_NO_ERROR,
    (
        "xep0184/receipts/clients.py",
        "id_ is not None and self._passing.peek(id_) is not None",
        "self._passing.peek(id_) is not None",
    ): "no query has the id None",
    (
        "xep0184/findings/finding.py",
        "self.message is None or self.kind not in _RECEIPTS",
        "self.kind not in _RECEIPTS",
    ): "what is no message is of no such kind",
    (
        "xep0184/jid.py",
        "len(label) > _MAX_U_LABEL or label.startswith('-') or label.endswith('-')",
        "label.startswith('-') or label.endswith('-')",
    ): "the A-label is too long then; this saves the time to make it",
    ("xep0184/receipts/front.py", "deadline < first", "deadline <= first"): (
        "equal deadlines are the same"
    ),
    ("xep0184/receipts/front.py", "0.0", "1.0"): "an empty state has no times",
    (
        "xep0184/receipts/keys.py",
        "self.envelope.message or _NO_MESSAGE",
        "self.envelope.message",
    ): "what holds no message has no key",
    ("xep0184/seen.py", "16", "17"): "the digest is longer, and as different",
    ("xep0184/schema/explanation.py", "4", "5"): (
        "an estimate, which the tests of cost check"
    ),
}
"""Changes that alter nothing that can be observed: file, before, after, and why."""


def room_of(file: str) -> str:
    """Return the room of a module, as ``xep0184/xml/parser.py``."""
    return file.split("/")[1].removesuffix(".py")


def paths_of(room: str) -> list[str]:
    """Return the paths of the tests of a room, relative to the root."""
    module = f"xep0184/{room}"
    files = [f"tests/test_{name}.py" for name in (*TESTS[room], "details")]
    return [*files, module]
