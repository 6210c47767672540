"""The verdicts on one element, side by side."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from xep0184 import codec, ns, rules, schema, xml
from xep0184.errors import FormatError, MissingExtraError
from xep0184.findings.finding import Finding, FindingSource, Report, StanzaKind
from xep0184.findings.form import STANZA_NAMES, odd_forms, resembles_receipt
from xep0184.rules import Level, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.message import Message
    from xep0184.xml import ElementLike, Limits

__all__ = ["examine", "findings"]

_WRAPPERS: Final[Mapping[str, StanzaKind]] = {
    ns.CARBON_SENT_TAG: StanzaKind.CARBON,
    ns.CARBON_RECEIVED_TAG: StanzaKind.CARBON,
    **dict.fromkeys(ns.RESULT_TAGS, StanzaKind.ARCHIVED),
    ns.FORWARDED_TAG: StanzaKind.FORWARDED,
}


def examine(
    element: ElementLike,
    /,
    *,
    revision: str = schema.Revision.V1_4_0,
    limits: Limits = xml.DEFAULT_LIMITS,
) -> Report:
    """Say what a stanza is and list what is odd about it.

    Args:
        element: Any element of lxml or of the standard library.
        revision: The revision of the receipts schema to hold it against.
        limits: What is refused as too large.

    Returns:
        The report: everything odd, but of the schema's problems only those that
        `xep0184.schema.problems` explains.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.
        BuildError: REVISION, if it is unknown.

    >>> report = examine(xml.parse(
    ...     "<message xmlns='jabber:client'><received xmlns='urn:xmpp:receipts'/>"
    ...     "</message>"))
    >>> report.kind, [finding.code for finding in report.findings]
    (<StanzaKind.ACK: 'ack'>, ['missing-id', 'schema'])
    """
    message = _message(element, limits)
    found = (*_judged(element, message), *_schema_findings(element, revision))
    return Report(
        name=ns.split(element.tag)[1],
        kind=_kind(element, message),
        message=message,
        findings=found,
    )


def findings(
    element: ElementLike, /, *, limits: Limits = xml.DEFAULT_LIMITS
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

    >>> [finding.code for finding in findings(xml.parse("<iq/>"))]
    ['no-namespace']
    """
    yield from _judged(element, _message(element, limits))


_FORM_RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in rules.of(RuleScope.FORM)
}


def _message(element: ElementLike, limits: Limits) -> Message | None:
    try:
        return codec.from_element(element, namespaces=ns.CONTENT, limits=limits)
    except FormatError:
        return None


def _judged(element: ElementLike, message: Message | None) -> Iterator[Finding]:
    yield from _form_findings(element, is_message=message is not None)
    if message is not None:
        for rule in rules.violations(message):
            yield _finding(rule, FindingSource.RULE)


def _form_findings(element: ElementLike, *, is_message: bool) -> Iterator[Finding]:
    for code, where in odd_forms(element, is_message=is_message):
        if rule := _FORM_RULES.get(code):
            yield _finding(rule, FindingSource.FORM, where)


def _finding(rule: Rule, verdict: FindingSource, where: str = "") -> Finding:
    return Finding(
        verdict=verdict,
        code=rule.id,
        level=rule.level,
        section=rule.section,
        text=rule.text,
        where=where,
    )


def _kind(element: ElementLike, message: Message | None) -> StanzaKind:
    if message is not None and message.request:
        return StanzaKind.BOTH if message.is_ack else StanzaKind.REQUEST
    if message is not None and message.is_ack:
        return StanzaKind.ACK
    for tag in chain((element.tag,), (child.tag for child in element)):
        if tag in _WRAPPERS:
            return _WRAPPERS[tag]
    if message is not None and any(map(resembles_receipt, message.extensions)):
        return StanzaKind.LOOK_ALIKE
    return StanzaKind.NOTHING


def _schema_findings(element: ElementLike, revision: str) -> Iterator[Finding]:
    # What is no stanza, such as the features of a stream, has no schema here.
    if ns.split(element.tag)[1] not in STANZA_NAMES or schema.is_valid(
        element, revision=revision
    ):
        return
    try:
        for problem in schema.problems(element, revision=revision):
            yield _schema_finding(
                problem.reason, problem.path, problem.line, is_note=problem.is_note
            )
    except MissingExtraError as error:
        yield _schema_finding(f"invalid; to see why: {error}")


def _schema_finding(
    text: str, where: str = "", line: int | None = None, *, is_note: bool = False
) -> Finding:
    return Finding(
        verdict=FindingSource.SCHEMA,
        code="excerpt" if is_note else "schema",
        level=Level.NOTE if is_note else Level.MUST,
        section="XEP-0184 §11",
        text=text,
        where=where,
        line=line,
    )
