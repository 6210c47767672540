"""The examination of one element: its kind, its form, its rules and its schema."""

from __future__ import annotations

from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from xep0184 import ns, rules, xml
from xep0184.codec.decoding import read_message
from xep0184.errors import FormatError
from xep0184.findings.finding import Finding, FindingSource, Report, StanzaKind
from xep0184.findings.form import (
    first_extra,
    has_prefix,
    odd_forms,
    resembles_receipt,
)
from xep0184.findings.validity import schema_findings, unexplained
from xep0184.rules import Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xep0184.message import Message
    from xep0184.stream import Stanza
    from xep0184.xml import ElementLike, Limits, Source

__all__ = ["examine", "examine_all", "findings"]

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
) -> Report:
    """Determine what a stanza is, and list everything wrong or odd about it.

    Args:
        source: An element of lxml or of the standard library, or its octets.
        revision: The revision of the receipts schema to validate against.
        limits: The limits to apply.

    Returns:
        The report with all findings. A problem with the schema that another finding
        explains is left out; `xep0184.schema.problems` lists all of them.

    Raises:
        XMLError: As `xep0184.xml.element_of`.
        BuildError: REVISION, if it is unknown.
        MissingExtraError: The extra ``schema`` is not installed.

    >>> report = examine(
    ...     "<message xmlns='jabber:client'><received xmlns='urn:xmpp:receipts'/>"
    ...     "</message>")
    >>> report.kind, [finding.code for finding in report.findings]
    (<StanzaKind.ACK: 'ack'>, ['missing-id'])
    """
    element = xml.element_of(source, limits=limits)
    problems = schema_findings(source, element.tag, revision)
    return _report(element, limits, has_prefix(source), problems)


def examine_all(
    stanzas: Iterable[Stanza],
    /,
    *,
    revision: str = "1.4.0",
    limits: Limits = xml.DEFAULT_LIMITS,
) -> Iterator[Report]:
    """Examine the stanzas of a recording, in half the time that `examine` takes.

    Args:
        stanzas: The stanzas of `xep0184.stream.read`; leave out `Broken`. Neighbours
            with the same parent are held in memory together.
        revision: The revision of the receipts schema to validate against.
        limits: The limits to apply.

    Yields:
        One report for each stanza, as `examine` returns it.

    Raises:
        BuildError: REVISION, if it is unknown.
        MissingExtraError: The extra ``schema`` is not installed.

    >>> from io import BytesIO
    >>> from xep0184 import stream
    >>> recording = BytesIO(b"<message id='a'/><presence type='none'/>")
    >>> pieces = stream.read(recording)
    >>> stanzas = (piece for piece in pieces if isinstance(piece, stream.Stanza))
    >>> [len(report.findings) for report in examine_all(stanzas)]
    [1, 2]
    """
    from xep0184.schema import verdict  # needs the extra

    for within, alike in groupby(stanzas, attrgetter("within")):
        group, schema = list(alike), verdict.compiled(revision)
        valid = verdict.valid_ones([it.octets for it in group], schema, within=within)
        for stanza, is_valid in zip(group, valid, strict=True):
            element, octets = stanza.element, stanza.octets
            problems: Iterable[Finding] = ()
            if not is_valid:
                problems = schema_findings(octets, element.tag, revision, within=within)
            yield _report(element, limits, has_prefix(octets), problems)


def _report(
    element: ElementLike,
    limits: Limits,
    is_prefixed: bool,  # noqa: FBT001
    problems: Iterable[Finding],
) -> Report:
    message = _message(element, limits)
    judged = tuple(_judged(element, message, is_prefixed=is_prefixed))
    found = (*judged, *unexplained(problems, judged))
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
    element = xml.element_of(source, limits=limits)
    message = _message(element, limits)
    yield from _judged(element, message, is_prefixed=has_prefix(source))


_FORM_RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in rules.in_scope(RuleScope.FORM)
}


def _message(element: ElementLike, limits: Limits) -> Message | None:
    try:
        return read_message(element, ns.CONTENT, limits)
    except FormatError:
        return None


def _judged(
    element: ElementLike, message: Message | None, *, is_prefixed: bool
) -> Iterator[Finding]:
    is_message = message is not None
    forms = odd_forms(element, is_message=is_message, is_prefixed=is_prefixed)
    for code, where in forms:
        if rule := _FORM_RULES.get(code):
            yield Finding.of(rule, FindingSource.FORM, where=where)
    if message is not None:
        for rule in rules.violations(message):
            where = first_extra(element) if rule.id == "extra-in-ack" else ""
            yield Finding.of(rule, FindingSource.RULE, where=where)


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
