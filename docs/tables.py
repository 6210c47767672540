"""Tables of the documentation that are made from the code: codes, bounds, proofs."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from functools import cache
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xep0184
from xep0184.conformance import SUITES, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT: Final = Path(__file__).parent.parent
_PACKAGE: Final = Path(xep0184.__file__).parent

_CODES: Final = (
    ("xep0184.errors", "XMLCode", "`XMLError`, a peer's fault"),
    ("xep0184.errors", "FormatCode", "`FormatError`, a peer's fault"),
    ("xep0184.errors", "BuildCode", "`BuildError`, the caller's fault"),
    ("xep0184.tracker.results", "TrackCode", "`TrackError`, the caller's fault"),
    ("xep0184.receipts.mistakes", "ReceiptsCode", "`ReceiptsError`, the host's fault"),
    ("xep0184.tracker.results", "ReceiptOutcome", "what a received message means"),
    ("xep0184.tracker.results", "IgnoredReason", "why it is ignored"),
    ("xep0184.receipts.actions", "SendReason", "what a `Send` is"),
    ("xep0184.deciding.situation", "Address", "where an ack message goes"),
    ("xep0184.envelope", "EnvelopeKind", "how a message reached the client"),
    ("xep0184.findings.finding", "StanzaKind", "what a stanza is"),
)

# What is bounded, where its value stands in the code, and what happens beyond it. A
# value is an attribute of a module, a field, or a default of a parameter.
_READING: Final = (
    ("octets of a stanza", "xml.limits:Limits.octets", "`XMLError`, LIMIT"),
    ("levels of elements", "xml.limits:Limits.depth", "`XMLError`, LIMIT"),
    ("elements of a stanza", "xml.limits:Limits.elements", "`XMLError`, LIMIT"),
    ("attributes of an element", "xml.limits:Limits.attributes", "`XMLError`, LIMIT"),
    (
        "characters of all expanded names of a stanza",
        "xml:DEFAULT_LIMITS.name_characters",
        "`XMLError`, LIMIT",
    ),
    (
        "characters of a namespace name",
        "xml.limits:LONGEST_NAMESPACE",
        "`XMLError`, LIMIT",
    ),
    (
        "receipts kept of a message",
        "xml.limits:Limits.receipts",
        "the rest is not kept",
    ),
    ("octets of each part of a JID", "jid:_MAX_OCTETS", "it is no JID"),
    (
        "characters of an id that is echoed",
        "deciding.situation:AckPolicy.max_id",
        "`bad-id`, no receipt",
    ),
)
_KEEPING: Final = (
    (
        "messages that wait for a receipt",
        "receipts.host:ReceiptsPolicy.max_pending",
        "the oldest becomes unconfirmed",
    ),
    (
        "senders recorded of one message",
        "tracker.entries:MAX_SENDERS",
        "further ones are not recorded",
    ),
    (
        "processed messages of one contact",
        "receipts.processed:_MOST_OF_CONTACT",
        "the oldest is forgotten: a repetition of it is new",
    ),
    (
        "processed messages of one stranger",
        "receipts.processed:_MOST_OF_STRANGER",
        "as above",
    ),
    (
        "processed messages of all contacts, and as many of strangers",
        "receipts.processed:_MOST",
        "as above",
    ),
    (
        "answers that wait for the roster",
        "receipts.held:_MOST",
        "one of the account that has the most is dropped",
    ),
    (
        "actions that only explain, not yielded yet",
        "receipts.queue:_MOST",
        "the next are left out; what is to be sent never is",
    ),
    (
        "rooms that were joined",
        "receipts.rooms:_MOST_JOINED",
        "the oldest is forgotten",
    ),
    (
        "rooms known from presence alone",
        "receipts.rooms:_MOST_LEARNED",
        "the oldest is forgotten",
    ),
    ("archive queries under way", "receipts.archives:_MOST", "the oldest is forgotten"),
    (
        "entities whose support is known",
        "discovery.engine:Discovery(max_entities)",
        "the oldest is forgotten",
    ),
    (
        "verified hashes",
        "discovery.engine:Discovery(max_hashes)",
        "the oldest is forgotten",
    ),
    ("octets of a verified answer", "discovery.verified:_LONGEST", "it is not kept"),
    (
        "disco#info queries under way because of presence",
        "discovery.pending:_MOST_BY_PRESENCE",
        "no query is sent",
    ),
)


def codes() -> str:
    """Return every code with its meaning, by enumeration."""
    parts: list[str] = []
    for module, name, about in _CODES:
        parts += [f"## {name}", "", f"In {about}.", "", "| code | meaning |"]
        parts += ["|---|---|"]
        parts += [f"| `{code}` | {text} |" for code, text in _members(module, name)]
        parts.append("")
    return "\n".join(parts)


def bounds_of_reading() -> str:
    """Return how large what a peer sends may be."""
    return _bounds(_READING)


def bounds_of_keeping() -> str:
    """Return how much is kept of what peers send."""
    return _bounds(_KEEPING)


def proofs(number: str) -> tuple[int, str]:
    """Return how many vectors and which tests prove a requirement."""
    named = ", ".join(f"`{name}`" for name in sorted(_marked_tests()[number]))
    return _vector_counts()[number], named


def _bounds(rows: tuple[tuple[str, str, str], ...]) -> str:
    lines = ["| what | at most | beyond |", "|---|---|---|"]
    lines += [f"| {what} | {_value(at):,} | {beyond} |" for what, at, beyond in rows]
    return "\n".join(lines) + "\n"


def _value(at: str) -> int:
    module, _, path = at.partition(":")
    value: Any = import_module(f"xep0184.{module}")
    name, _, parameter = path.removesuffix(")").partition("(")
    holder, _, field = name.partition(".")
    value = getattr(value, holder)
    if parameter:
        value = signature(value).parameters[parameter].default
    elif field:
        value = getattr(value() if isinstance(value, type) else value, field)
    return int(value)


def _members(module: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the members of an enumeration with the docstrings after them."""
    path = _PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    (found,) = (
        node
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    for member, after in zip(found.body, found.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(after, ast.Expr):
            code, text = ast.literal_eval(member.value), ast.literal_eval(after.value)
            yield code, re.sub(r"\s+", " ", text).replace("``", "`")


@cache
def _vector_counts() -> Counter[str]:
    every = (vector for suite in SUITES for vector in vectors(suite))
    return Counter(number for vector in every for number in vector.requirements)


@cache
def _marked_tests() -> defaultdict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted((_ROOT / "tests").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for mark in getattr(node, "decorator_list", ()):
                if ast.unparse(mark).startswith("pytest.mark.requirements("):
                    for argument in mark.args:
                        found[ast.literal_eval(argument)].add(path.stem)
    return found
