"""Pages with an example of each rule: those of `rules.EXAMPLES`, and vectors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import quoteattr

from xep0184.conformance import asks, vectors
from xep0184.rules import DECISIONS, EXAMPLES, Level, RuleScope, in_scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.rules import Rule

_WIDTH: Final = 76
# A stanza alone does not break this one: it depends on the recipient.
_UNSUPPORTED: Final = (
    "<message xmlns='jabber:client' to='n@shakespeare.lit/w' id='a'>"
    "<request xmlns='urn:xmpp:receipts'/></message>"
)
_HEADS: Final = {
    RuleScope.ACK: """\
# Why a receipt is refused

A message asks, and `may_acknowledge`, `acknowledge` or `Receipts` says no. The reason
is the first of these rules that applies; the two last say yes. Each has an example from
the vectors, sent to `kingrichard@royalty.england.lit/throne`. Where nothing else is
said, the sender may see the user's presence, receipts are switched on and the message
is processed.

In a stack, `NotAnswered` has the ruling: `action.ruling.rule`.
""",
    RuleScope.REQUEST: """\
# Why a request is left out

`may_request` or `Receipts.outgoing` says whether a message asks for a receipt. The
reason is the first of these rules that applies. The account of the examples is
`kingrichard@royalty.england.lit/throne`; what the recipient supports is unknown where
nothing else is said.

In a stack, `outgoing(…).ruling` has the ruling.
""",
    RuleScope.FORM: """\
# What is wrong or odd about a stanza

`xep0184 check`, `findings` and `violations` report these, all that apply. None keeps a
message from being read. The first part is about the form of an element, the second
about the message that it is.
""",
}


def refused_receipts_page() -> str:
    """Return the page about the rules for ack messages."""
    return _page(RuleScope.ACK)


def omitted_requests_page() -> str:
    """Return the page about the rules for requests."""
    return _page(RuleScope.REQUEST)


def broken_rules_page() -> str:
    """Return the page about what a check reports."""
    return _page(RuleScope.FORM, RuleScope.STANZA)


def _page(*scopes: RuleScope) -> str:
    sections = [_section(rule) for scope in scopes for rule in in_scope(scope)]
    note = (
        "Made from the table of rules and its examples by `python docs/generate.py`.\n"
    )
    return "\n".join([_HEADS[scopes[0]], note, *sections])


def _section(rule: Rule) -> str:
    lines = [f"## {rule.id}", "", f"**{rule.text}** {_source(rule)}", ""]
    is_checked = rule.scope in {RuleScope.FORM, RuleScope.STANZA}
    lines += _breaking(rule.id) if is_checked else _deciding(rule)
    return "\n".join(lines)


def _breaking(code: str) -> Iterator[str]:
    example = EXAMPLES.get(code)
    if example is None:
        yield from _block(_UNSUPPORTED)
        yield from ("Given: the client does not support receipts.", "")
        return
    yield from _block(example.breaks)
    yield from ("This keeps the rule:", "")
    yield from _block(example.keeps)


def _deciding(rule: Rule) -> Iterator[str]:
    given = _example(rule)
    stanza = given.get("xml") or _written(given["message"])
    if "\1" in stanza:  # no XML can carry it
        yield from (f"A message with `{json.dumps(given['message'])}`.", "")
    else:
        yield from _block(stanza)
    if facts := ", ".join(_facts(given)):
        yield from (f"Given: {facts}.", "")


def _block(stanza: str) -> tuple[str, ...]:
    return "```xml", _broken_up(stanza), "```", ""


def _source(rule: Rule) -> str:
    decision = rule.section.removeprefix("decision ")
    if decision in DECISIONS:
        return f"Decision {decision} of this library: {DECISIONS[decision]}"
    level = "Stated" if rule.level is Level.STATED else rule.level
    bound = "any entity" if rule.binds == "entity" else f"the {rule.binds}"
    binds = f"; it binds {bound}" if rule.binds else ""
    return f"{level[0].upper()}{level[1:]}: {rule.section}{binds}."


def _example(rule: Rule) -> Mapping[str, Any]:
    """Return the input of the first vector that differs least from the defaults."""
    suite = "requesting" if rule.scope is RuleScope.REQUEST else "acknowledging"
    found = [
        vector.given
        for vector in vectors(suite)
        if (vector.expect or {}).get("reason") == rule.id
    ]
    return min(found, key=lambda given: len(list(_facts(given))))


def _facts(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs from the defaults of the question."""
    defaults = {"support": "unknown", **asks()["acknowledge"].given}
    for name, fact in given.items():
        if name == "policy":
            usual = asks()["request" if "bare" in fact else "acknowledge"].given[name]
        else:
            usual = defaults.get(name)
        if isinstance(fact, dict) and isinstance(usual, dict):
            differing = {it: fact[it] for it in fact if fact[it] != usual.get(it)}
            yield from (f"`{it}` is `{json.dumps(differing[it])}`" for it in differing)
        elif name not in {"xml", "message"} and fact != usual:
            yield f"`{name}` is `{json.dumps(fact)}`"


def _written(message: Mapping[str, Any]) -> str:
    """Return a message as XML, also one that the library would refuse to write."""
    given = {"xmlns": "jabber:client", **message}
    names = ("xmlns", "to", "from", "id", "type")
    attributes = [f"{name}={quoteattr(given[name])}" for name in names if name in given]
    children = [f"<body>{message['body']}</body>"] if message.get("body") else []
    children += ["<request xmlns='urn:xmpp:receipts'/>"] * message.get("request", False)
    children += [
        f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>"
        for id_ in message.get("received", ())
    ]
    for name in message.get("extensions", ()):
        namespace, _, local = name.removeprefix("{").partition("}")
        children.append(f"<{local} xmlns='{namespace}'/>")
    written = f"<message {' '.join(attributes)}>{''.join(children)}</message>"
    return written.replace('"', "'")


def _broken_up(stanza: str) -> str:
    """Return a stanza with its children, and many attributes, on lines of their own."""
    lines, depth = [], 0
    joined = re.sub(r"\s*\n\s*", " ", stanza)
    for part in re.sub(r"> ?<", ">\n<", joined).splitlines():
        depth -= part.startswith("</")
        indent = "  " * depth
        if len(part) > _WIDTH:
            part = part.replace("' ", f"'\n{indent}    ")  # noqa: PLW2901
        lines.append(indent + part)
        opens = not part.startswith("</") and not part.endswith("/>")
        depth += opens and "</" not in part
    return "\n".join(lines)
