"""The examination of one element: its kind, its form, its rules and its schema."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from xep0184 import codec, ns, rules, xml
from xep0184.errors import FormatError
from xep0184.findings.finding import Finding, FindingSource, Report, StanzaKind
from xep0184.findings.form import (
    first_extra,
    has_prefix,
    odd_forms,
    resembles_receipt,
)
from xep0184.findings.validity import schema_findings
from xep0184.rules import Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.message import Message
    from xep0184.xml import ElementLike, Limits, Source

__all__ = ["examine", "findings"]

_WRAPPERS: Final[Mapping[str, StanzaKind]] = {
    ns.CARBON_SENT_TAG: StanzaKind.CARBON,
    ns.CARBON_RECEIVED_TAG: StanzaKind.CARBON,
    **dict.fromkeys(ns.RESULT_TAGS, StanzaKind.ARCHIVED),
    ns.FORWARDED_TAG: StanzaKind.FORWARDED,
}


def examine(
    source: Source,
    /,
    *,
    revision: str = "1.4.0",
    limits: Limits = xml.DEFAULT_LIMITS,
    octets: bytes = b"",
    within: bytes = b"",
) -> Report:
    """Tell what a stanza is and list everything wrong or odd about it.

    Args:
        source: An element of lxml or of the standard library, or its octets.
        revision: The revision of the receipts schema to validate against.
        limits: The limits to apply.
        octets: The octets that a given element was parsed from, if known. They tell
            its prefix, and libxml2 reads them faster than it converts an element.
        within: The start tag of the parent that `octets` were parsed within.

    Returns:
        The report with all findings; the problems with the schema are those that
        `xep0184.schema.problems` lists.

    Raises:
        XMLError: As `xep0184.xml.element_of`.
        BuildError: REVISION, if it is unknown.
        MissingExtraError: The extra ``schema`` is not installed.

    >>> report = examine(
    ...     "<message xmlns='jabber:client'><received xmlns='urn:xmpp:receipts'/>"
    ...     "</message>")
    >>> report.kind, [finding.code for finding in report.findings]
    (<StanzaKind.ACK: 'ack'>, ['missing-id', 'schema'])
    """
    written = octets or source
    element = xml.parsed(source, limits=limits)
    message = _message(element, limits)
    found = (
        *_judged(element, message, is_prefixed=has_prefix(written)),
        *schema_findings(written, element.tag, revision, within=within),
    )
    return Report(
        name=ns.split(element.tag)[1],
        kind=_kind(element, message),
        message=message,
        findings=found,
    )


def findings(
    source: Source, /, *, limits: Limits = xml.DEFAULT_LIMITS
) -> Iterator[Finding]:
    """Yield what is odd about the form of a stanza, then the rules that it breaks.

    Args:
        source: An element of lxml or of the standard library, or its octets.
        limits: The limits to apply.

    Yields:
        Findings whose source is FORM or RULE; for the schema see
        `xep0184.schema.problems`.

    Raises:
        XMLError: As `xep0184.xml.element_of`.

    >>> [finding.code for finding in findings("<iq/>")]
    ['no-namespace']
    """
    element = xml.parsed(source, limits=limits)
    message = _message(element, limits)
    yield from _judged(element, message, is_prefixed=has_prefix(source))


_FORM_RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in rules.of(RuleScope.FORM)
}


def _message(element: ElementLike, limits: Limits) -> Message | None:
    try:
        return codec.from_element(element, namespaces=ns.CONTENT, limits=limits)
    except FormatError:
        return None


def _judged(
    element: ElementLike, message: Message | None, *, is_prefixed: bool
) -> Iterator[Finding]:
    is_message = message is not None
    forms = odd_forms(element, is_message=is_message, is_prefixed=is_prefixed)
    for code, where in forms:
        if rule := _FORM_RULES.get(code):
            yield _finding(rule, FindingSource.FORM, where)
    if message is not None:
        for rule in rules.violations(message):
            where = first_extra(element) if rule.id == "extra-in-ack" else ""
            yield _finding(rule, FindingSource.RULE, where)


def _finding(rule: Rule, source: FindingSource, where: str) -> Finding:
    return Finding(
        source=source,
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
