"""What a stanza is, and everything that is odd about it.

Joins the verdicts on one element without mixing them: its form (what a lenient
reader passed over), its schema, and the rules of the XEP. The first verdict,
whether it is XML at all, was given before there was an element.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import _xml, codec, ns, rules, schema
from xep0184.errors import FormatError, MissingExtraError
from xep0184.rules import Level, Rule, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184._xml import ElementLike, Limits
    from xep0184.model import Message

__all__ = ["Finding", "Kind", "Report", "Verdict", "examine", "findings"]


class Kind(StrEnum):
    """What a stanza is, as far as receipts are concerned."""

    REQUEST = "request"
    ACK = "ack"
    BOTH = "both"
    CARBON = "carbon"
    ARCHIVED = "archived"
    FORWARDED = "forwarded"
    LOOK_ALIKE = "look-alike"
    NOTHING = "nothing"


class Verdict(StrEnum):
    """Who found it."""

    XML = "xml"
    FORM = "form"
    SCHEMA = "schema"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One odd thing about one stanza.

    Attributes:
        verdict: Who found it.
        code: What it is: the id of a rule, or ``schema``.
        level: How strongly its source forbids it.
        section: The source, as "XEP-0184 §7".
        text: What is demanded, or what is wrong.
        where: The expanded name or the path of the element; '' for the stanza.
        line: Where in the parsed octets; None if the element does not tell.
    """

    verdict: Verdict
    code: str
    level: Level
    section: str
    text: str
    where: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found out about one stanza.

    Attributes:
        name: The local name of its element.
        kind: What it is.
        message: The message; None if it is none.
        findings: Everything odd about it.
    """

    name: str
    kind: Kind
    message: Message | None
    findings: tuple[Finding, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that matter: of the message asked about, or acknowledged."""
        if self.message is None or self.kind not in _RECEIPTS:
            return ()
        own = (self.message.id,) if self.message.request else ()
        return (*filter(None, own), *codec.acknowledged_ids(self.message))


_RECEIPTS: Final = frozenset({Kind.REQUEST, Kind.ACK, Kind.BOTH})
_RECEIPT_NAMES: Final = ("request", "received")
_WRAPPERS: Final[Mapping[str, Kind]] = {
    ns.CARBON_SENT_TAG: Kind.CARBON,
    ns.CARBON_RECEIVED_TAG: Kind.CARBON,
    ns.RESULT_TAG: Kind.ARCHIVED,
    ns.FORWARDED_TAG: Kind.FORWARDED,
}
_OTHER_PROTOCOLS: Final = frozenset({ns.CARBONS, ns.CHAT_MARKERS})


_FORM_RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in rules.of(Scope.FORM)
}


def examine(
    element: ElementLike,
    /,
    *,
    revision: str = schema.Revision.V1_4_0,
    limits: Limits = _xml.DEFAULT_LIMITS,
) -> Report:
    """Say what a stanza is and list everything odd about it.

    Args:
        element: Any element of lxml or of the standard library.
        revision: The revision of the receipts schema to hold it against.
        limits: What is refused as too large.

    Returns:
        The report.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.
        BuildError: REVISION, if it is unknown.

    >>> report = examine(_xml.parse(
    ...     "<message xmlns='jabber:client'><received xmlns='urn:xmpp:receipts'/>"
    ...     "</message>"))
    >>> report.kind, [finding.code for finding in report.findings]
    (<Kind.ACK: 'ack'>, ['missing-id', 'schema'])
    """
    message = _message(element, limits)
    found = (*_judged(element, message), *_schema_findings(element, revision))
    return Report(
        name=_local_name(element.tag),
        kind=_kind(element, message),
        message=message,
        findings=found,
    )


def findings(
    element: ElementLike, /, *, limits: Limits = _xml.DEFAULT_LIMITS
) -> Iterator[Finding]:
    """Yield what is odd about the form of a stanza, then the rules it breaks.

    Args:
        element: Any element of lxml or of the standard library.
        limits: What is refused as too large.

    Yields:
        Findings of the verdicts FORM and RULE; those of the schema are the
        business of `xep0184.schema.problems`.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.

    >>> [finding.code for finding in findings(_xml.parse("<iq/>"))]
    ['no-namespace']
    """
    yield from _judged(element, _message(element, limits))


def _message(element: ElementLike, limits: Limits) -> Message | None:
    try:
        return codec.from_element(element, namespaces=ns.CONTENT, limits=limits)
    except FormatError:
        return None


def _judged(element: ElementLike, message: Message | None) -> Iterator[Finding]:
    yield from _form_findings(element, is_message=message is not None)
    if message is not None:
        for rule in rules.violations(message):
            yield _finding(rule, Verdict.RULE)


def _finding(rule: Rule, verdict: Verdict, where: str = "") -> Finding:
    return Finding(
        verdict=verdict,
        code=rule.id,
        level=rule.level,
        section=rule.section,
        text=rule.text,
        where=where,
    )


def _form_findings(element: ElementLike, *, is_message: bool) -> Iterator[Finding]:
    for code, where in _odd_forms(element, is_message=is_message):
        if rule := _FORM_RULES.get(code):
            yield _finding(rule, Verdict.FORM, where)


def _odd_forms(element: ElementLike, *, is_message: bool) -> Iterator[tuple[str, str]]:
    tag = element.tag
    if not tag.startswith("{") and tag in _STANZA_NAMES:
        yield "no-namespace", ""
    if getattr(element, "prefix", None) and tag.rpartition("}")[0][1:] in ns.CONTENT:
        yield "content-prefix", ""
    tags = [child.tag for child in element]
    for child in element:
        for code in _odd_payload(child, is_message=is_message):
            yield code, child.tag
    for name in _RECEIPT_NAMES:
        tag = f"{{{ns.RECEIPTS}}}{name}"
        if tags.count(tag) > 1:
            yield f"multiple-{name}", tag


_STANZA_NAMES: Final = frozenset({"message", "presence", "iq"})


def _odd_payload(payload: ElementLike, *, is_message: bool) -> Iterator[str]:
    namespace, _, name = payload.tag.rpartition("}")
    if namespace[1:] != ns.RECEIPTS:
        if is_message and _is_look_alike(namespace[1:], name):
            yield "look-alike"
    elif name not in _RECEIPT_NAMES:
        yield "unknown-element"
    else:
        if not is_message:
            yield "receipt-outside-message"
        if not _ATTRIBUTES[name].issuperset(payload.attrib):
            yield "unexpected-attribute"
        if len(payload) or payload.text:
            yield "unexpected-content"


_LOCATIONS: Final = frozenset(
    f"{{{ns.XSI}}}{name}" for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "request": _LOCATIONS | {f"{{{ns.XSI}}}type"},
    "received": _LOCATIONS | {"id"},
}
"""What may stand on the two elements (XEP-0184 §11, XML Schema 1 §2.6)."""


def _is_look_alike(namespace: str, name: str) -> bool:
    return name in _RECEIPT_NAMES and namespace not in _OTHER_PROTOCOLS


def _kind(element: ElementLike, message: Message | None) -> Kind:
    if message is not None and message.request:
        return Kind.BOTH if message.is_ack else Kind.REQUEST
    if message is not None and message.is_ack:
        return Kind.ACK
    for tag in (element.tag, *(child.tag for child in element)):
        if tag in _WRAPPERS:
            return _WRAPPERS[tag]
    if message is not None and any(map(_resembles_receipt, message.extensions)):
        return Kind.LOOK_ALIKE
    return Kind.NOTHING


def _resembles_receipt(tag: str) -> bool:
    namespace, _, name = tag.rpartition("}")
    return name in _RECEIPT_NAMES or namespace[1:] == ns.RECEIPTS


def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _schema_findings(element: ElementLike, revision: str) -> Iterator[Finding]:
    # What is no stanza, such as the features of a stream, has no schema here.
    if _local_name(element.tag) not in _STANZA_NAMES or schema.is_valid(
        element, revision=revision
    ):
        return
    try:
        for problem in schema.problems(element, revision=revision):
            yield _schema_finding(problem.reason, problem.path, problem.line)
    except MissingExtraError as error:
        yield _schema_finding(f"invalid; to see why: {error}", "", None)


def _schema_finding(text: str, where: str, line: int | None) -> Finding:
    return Finding(
        verdict=Verdict.SCHEMA,
        code="schema",
        level=Level.MUST,
        section="XEP-0184 §11",
        text=text,
        where=where,
        line=line,
    )
