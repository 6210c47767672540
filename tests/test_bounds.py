"""Bounds and defaults are those of the documents: numbers written by hand."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import xep0184
from xep0184 import AckPolicy, Limits
from xep0184.receipts import ReceiptsPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parent.parent / "docs"
ROW = re.compile(r"\| ([^|]+) \| ([0-9,]+) \|")
TABLES: dict[str, dict[str, int | str]] = {
    "explanation/threats.md": {
        "octets of a stanza": Limits().octets,
        "levels of elements": Limits().depth,
        "elements of a stanza": Limits().elements,
        "attributes of an element": Limits().attributes,
        "characters of all expanded names of a stanza": Limits().name_characters,
        "characters of a namespace name": "xml.limits.LONGEST_NAMESPACE",
        "receipts kept of a message": Limits().receipts,
        "octets of each part of a JID": "jid._MAX_OCTETS",
        "characters of an id that is echoed": AckPolicy().max_id,
        "messages that wait for a receipt": ReceiptsPolicy().max_pending,
        "senders recorded of one message": "tracker.entries.MAX_SENDERS",
        "processed messages of one contact": "receipts.processed._MOST_OF_CONTACT",
        "processed messages of one stranger": "receipts.processed._MOST_OF_STRANGER",
        "processed messages of all contacts, and as many of strangers": (
            "receipts.processed._MOST"
        ),
        "answers that wait for the roster": "receipts.held._MOST",
        "actions that only explain, not yielded yet": "receipts.queue._MOST",
        "rooms that were joined": "receipts.rooms._MOST_JOINED",
        "rooms known from presence alone": "receipts.rooms._MOST_LEARNED",
        "archive queries under way": "receipts.archives._MOST",
        "entities whose support is known": "receipts.clients._MOST_TOLD",
        "verified hashes": "discovery.engine.Discovery(max_hashes)",
        "octets of a verified answer": "discovery.verified._LONGEST",
        "disco#info queries under way because of presence": (
            "discovery.pending._MOST_BY_PRESENCE"
        ),
    },
    "trace.md": {
        "messages that asked and are followed (2 KB each)": "recordings.asked._MOST",
        "events that are shown": "recordings.conversation._MOST_EVENTS",
        "accounts that are followed together": "recordings.following._ACCOUNTS",
    },
}


def constant(path: str | int) -> object:
    """Return what a name of the package stands for."""
    if isinstance(path, int):
        return path
    name, _, parameter = path.removesuffix(")").partition("(")
    module, _, name = name.rpartition(".")
    if parameter:
        module, _, owner = module.rpartition(".")[0], "", name
        kind = getattr(importlib.import_module(f"xep0184.{module}"), owner)
        return inspect.signature(kind).parameters[parameter].default
    return getattr(importlib.import_module(f"xep0184.{module}"), name)


@pytest.mark.parametrize("document", TABLES)
def test_the_bounds_are_those_of_the_tables(document: str) -> None:
    """Each row that has a number, and no other row."""
    rows = ROW.findall((DOCS / document).read_text("utf-8"))
    stated = {label: int(number.replace(",", "")) for label, number in rows}
    assert stated == {label: constant(it) for label, it in TABLES[document].items()}


# What the docstrings, comments, or another text of the documents state.
OTHERS = {
    "caps.own._KEPT": 3,
    "caps.xep0390._LONGEST_LANGUAGE": 1_023,
    "conformance.processes.LONGEST_LINE": 8 * 1_024 * 1_024,
    "conformance.programs._DEEPEST": 100,
    "discovery.entity._LONGEST_NODE": 1_023,
    "discovery.pending._MOST": 512,
    "jid._MAX_NAME": 253,
    "receipts.clients._MOST_DEADLINES": 1_024,
    "receipts.clients._MOST_PASSING": 256,
    "receipts.outbox._MOST_ELSEWHERE": 1_024,
    "receipts.rooms._MOST_OF_DOMAIN": 32,
    "recordings.advertising._LONGEST": 128,
    "recordings.advertising._MOST": 4_096,
    "recordings.following._TOGETHER": 32,
    "recordings.origins._MOST_ACCOUNTS": 4_096,
    "schema.explanation.SMALL": 8_192,
    "stream.reading._LONGEST_STANZA": 10_000_000,
    "stream.scopes._LONGEST_START_TAG": 1_024,
    "stream.cutting.LARGE": 1_000_000,
    "tracker.entries._MAX_SAME_ID": 64,
}


def test_other_bounds_are_those_that_are_stated() -> None:
    """Each is a maximum for what a peer may make the package keep or read."""
    assert {name: constant(name) for name in OTHERS} == OTHERS


# Defaults of parameters that are neither None, empty, False nor `jabber:client`.
PARAMETERS = {
    "caps.xep0115.ver(algorithm)": "sha-1",
    "caps.xep0115.conceals(feature)": "urn:xmpp:receipts",
    "caps.xep0390.digest(algorithm)": "sha-256",
    "conformance.processes.LineProcess.stop(patience)": 1,
    "conformance.programs.Program.__init__(seconds)": 10,
    "discovery.engine.Discovery.__init__(max_entities)": 1_024,
    "discovery.engine.Discovery.__init__(max_hashes)": 512,
    "findings.examining.examine(revision)": "1.4.0",
    "findings.examining.examine_all(revision)": "1.4.0",
    "quoting.beginning(width)": 1_024,
    "quoting.shown(width)": 80,
    "recordings.directions.DirectionFinder.__init__(lines)": 1,
    "seen.SeenIds.__init__(max_entries)": 4_096,
    "seen.SeenIds.__init__(max_age)": 7 * 24 * 3_600.0,
    "strategies.spelling.stanza(with_children)": True,
    "strategies.texts.texts(max_size)": 30,
    "tracker.tracking.Tracker.__init__(max_pending)": 1_024,
}
INTERNAL = {"tracker.deadlines.ensure_number", "tracker.entries.Entries.shift"}


def functions(owner: Any) -> Iterator[Any]:  # noqa: ANN401  # a module or class
    """Yield the public functions and methods that a module defines."""
    module = getattr(owner, "__module__", None) or owner.__name__
    for name, it in vars(owner).items():
        function = inspect.unwrap(getattr(it, "__func__", it))
        is_public = name == "__init__" or not name.startswith("_")
        if not is_public or getattr(function, "__module__", None) != module:
            continue
        if isinstance(function, type) and not hasattr(it, "__dataclass_params__"):
            yield from functions(function)
        elif inspect.isfunction(function):
            yield function


def test_defaults_of_parameters_are_those_of_the_documents() -> None:
    """None, empty and False are the usual ones; the others are listed."""
    found = {}
    for module in pkgutil.walk_packages(xep0184.__path__, "xep0184."):
        if module.name == "xep0184.__main__" or module.name.startswith("xep0184.cli"):
            continue
        for function in functions(importlib.import_module(module.name)):
            path = f"{function.__module__[8:]}.{function.__qualname__}"
            for it in inspect.signature(function).parameters.values():
                if type(it.default) in {str, bytes, int, float, bool} and it.default:
                    found[f"{path}({it.name})"] = it.default
    found = {it: found[it] for it in found if found[it] != "jabber:client"}
    assert {it: found[it] for it in found if it.partition("(")[0] not in INTERNAL} == (
        PARAMETERS
    )
