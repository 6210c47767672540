"""``xep0184 check``: what every stanza of a recording is, and what is odd about it."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click
from lxml import etree
from rich.text import Text

from xep0184 import ns, schema
from xep0184._value import value
from xep0184.cli.files import reader_options
from xep0184.cli.item import BROKEN, Item, item_of
from xep0184.cli.jobs import jobs_option, work_through
from xep0184.cli.settings import CommandWithSettings
from xep0184.cli.style import escaped
from xep0184.findings import (
    CODES,
    Finding,
    FindingSource,
    StanzaKind,
    examine_all,
    xml_finding,
)
from xep0184.findings.codes import RECOVERED
from xep0184.quoting import beginning, printable, shown
from xep0184.recordings import Framing
from xep0184.rules import Level, Severity
from xep0184.schema.verdict import tree_of
from xep0184.stream import Broken, Stanza

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xep0184.cli.files import Reader
    from xep0184.findings import Report
    from xep0184.recordings import Entry, Redactor

__all__ = ["check", "check_file"]

_MANY: Final = 64  # pieces that are examined together
_LARGE: Final = 65_536  # octets of them
_RECOVERED: Final = Finding.of(CODES[RECOVERED], FindingSource.XML)
# As xmlschema and libxml2 say it.
_CHARACTERS: Final = ("character data between", "Character content other than")
_COLOURS: Final[Mapping[str, str]] = {
    StanzaKind.REQUEST: "cyan",
    StanzaKind.ACK: "green",
    StanzaKind.BOTH: "yellow",
    StanzaKind.LOOK_ALIKE: "yellow",
}


def _codes(
    _: click.Context, parameter: click.Parameter, texts: tuple[str, ...]
) -> frozenset[str]:
    """Return the codes in an option that is given several times or with commas."""
    codes = frozenset(code for text in texts for code in text.split(",") if code)
    if unknown := codes - CODES.keys():
        names = printable(", ".join(sorted(unknown)))
        message = f"{names}: xep0184 rules lists the codes."
        raise click.BadParameter(message, param=parameter)
    return codes


@value(kw_only=True)
class Filter:
    """Which stanzas and findings a check tells, and which of them make it fail.

    Attributes:
        codes: The codes of the findings that are reported.
        level: The least severe level that is reported; None for all.
        shows_all: Whether stanzas without receipts and findings are shown.
        quiet: Whether only stanzas with findings are shown.
        revision: The revision of the receipts schema.
    """

    codes: frozenset[str] = frozenset(CODES)
    level: Severity | None = None
    shows_all: bool = False
    quiet: bool = False
    revision: str = schema.Revision.V1_4_0

    def reports(self, finding: Finding, /) -> bool:
        """Check whether a finding is reported."""
        return finding.code in self.codes and (
            self.level is None or finding.level.severity.reaches(self.level)
        )

    def fails(self, finding: Finding, /) -> bool:
        """Check whether a finding makes the check fail."""
        return finding.level.severity.reaches(self.level or Severity.SHOULD)

    def shows(self, *, has_receipt: bool) -> bool:
        """Check whether an entry without findings is shown."""
        return self.shows_all or (has_receipt and not self.quiet)


@click.command(cls=CommandWithSettings)
@click.option("--all", "-a", "shows_all", is_flag=True, help="Show every stanza.")
@click.option("--quiet", "-q", is_flag=True, help="Show only what has findings.")
@click.option(
    "--show",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show stanza number N of each FILE only, and print it, indented.",
)
@click.option(
    "--select",
    multiple=True,
    callback=_codes,
    metavar="CODES",
    help="Report these findings only, such as missing-id,echoed-id.",
)
@click.option(
    "--ignore",
    multiple=True,
    callback=_codes,
    metavar="CODES",
    help="Do not report these findings.",
)
@click.option(
    "--level",
    type=click.Choice([str(severity) for severity in Severity]),
    help="Report findings of this level and above, and fail for them. Without it,"
    " all are reported, and the check fails for should and above.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 despite findings.")
@click.option(
    "--revision",
    type=click.Choice([str(revision) for revision in schema.Revision]),
    default=str(schema.Revision.V1_4_0),
    show_default=True,
    help="The receipts schema to validate the stanzas against.",
)
@jobs_option
@reader_options
def check(
    reader: Reader,
    jobs: int,
    number: int | None,
    *,
    exit_zero: bool,
    **options: Any,  # noqa: ANN401  # click's
) -> None:
    """Report what is wrong or odd about the stanzas in FILE...

    A FILE is a log or any other text with stanzas in it, a recorded stream, an
    archive export, a compressed file of these, or a folder; - is standard input.
    Stanzas with receipts are shown, and those with findings. Of one stanza the
    first 64 findings are told, the first 1024 characters of a text, and how many
    more there are. The options --select, --ignore, --level and --exit-zero can be
    set in the table [tool.xep0184] of pyproject.toml.

    Example: xep0184 check --level must client.log
    """
    codes = (options.pop("select") or frozenset(CODES)) - options.pop("ignore")
    level = options.pop("level")
    filter_ = Filter(codes=codes, level=level and Severity(level), **options)
    tally = reader.tally
    tally.order("kinds", "findings")
    work_through(partial(check_file, filter_, number), reader, jobs)
    if number is not None and not tally.counts["kinds"]:
        message = f"No FILE has a stanza with the number {number}."
        raise click.UsageError(message)
    tally.has_findings &= not exit_zero
    reader.finish()


def check_file(filter_: Filter, number: int | None, file: str, reader: Reader) -> None:
    """Check one file.

    Args:
        filter_: What is told.
        number: The number of the one stanza that is told and shown; None for all.
        file: The name of the file.
        reader: Reads it, counts what is found and prints it.
    """
    tally = reader.tally
    entries = reader.entries(file, doing="checking")
    for entry, report in _examined(entries, filter_.revision):
        if number not in {None, entry.place.number}:
            continue
        in_text = tally.inputs.get(file) != Framing.STREAM
        found = _findings(entry, report, in_text=in_text)
        findings = tuple(filter(filter_.reports, found))
        tally.count("kinds", BROKEN if report is None else report.kind.value)
        # What cannot be read fails the check, too.
        fails = any(report is None or filter_.fails(it) for it in findings)
        tally.has_findings |= fails
        if number is not None:
            item = _with_stanza(entry, _item(entry, report, findings), reader.redactor)
            reader.reporter.report(item)
        elif findings or filter_.shows(has_receipt=_has_receipt(entry, report)):
            reader.reporter.report(_item(entry, report, findings))


def _examined(
    found: Iterable[Entry], revision: str
) -> Iterator[tuple[Entry, Report | None]]:
    for chunk in _chunks(found):
        stanzas = [it.content for it in chunk if isinstance(it.content, Stanza)]
        reports = examine_all(stanzas, revision=revision)
        for entry in chunk:
            is_read = isinstance(entry.content, Stanza)
            yield entry, next(reports) if is_read else None


def _chunks(found: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield some entries at a time: enough to be fast, and never much memory."""
    chunk: list[Entry] = []
    octets = 0
    for entry in found:
        chunk.append(entry)
        octets += len(entry.content.octets) if isinstance(entry.content, Stanza) else 0
        if len(chunk) == _MANY or octets > _LARGE:
            yield chunk
            chunk, octets = [], 0
    yield chunk


def _has_receipt(entry: Entry, report: Report | None) -> bool:
    """Check whether an entry has a receipt or a request, perhaps in a wrapper."""
    stanza = entry.content
    if report is None or not isinstance(stanza, Stanza):
        return False
    is_payload = stanza.element.tag in {ns.REQUEST_TAG, ns.RECEIVED_TAG}
    is_message = report.kind is not StanzaKind.NOTHING
    return is_payload or (is_message and ns.RECEIPTS.encode() in stanza.octets)


def _findings(
    entry: Entry, report: Report | None, *, in_text: bool
) -> Iterable[Finding]:
    """Yield everything that was found in an entry, before it is filtered."""
    if isinstance(entry.content, Broken):
        yield xml_finding(entry.content.error)
    elif entry.content.recovered:
        yield _RECOVERED
    for finding in () if report is None else report.findings:
        if finding.line is not None:  # counted from the beginning of the recording
            line = entry.place.line + finding.line - 1
            finding = replace(finding, line=line)  # noqa: PLW2901  # the same, placed
        yield _of_tool(finding) if in_text else finding


def _of_tool(finding: Finding) -> Finding:
    """Return a finding as a note, if it is about what tools write between elements."""
    is_of_schema = finding.source is FindingSource.SCHEMA
    if not (is_of_schema and any(words in finding.text for words in _CHARACTERS)):
        return finding
    text = f"{finding.text}; the tool may have written it"
    return replace(finding, level=Level.NOTE, text=text)


def _item(entry: Entry, report: Report | None, findings: tuple[Finding, ...]) -> Item:
    if report is None:
        return item_of(entry, findings=findings)
    ids = [beginning(id_) for id_ in report.ids]
    return item_of(
        entry,
        report.kind,
        colour=_COLOURS.get(report.kind, ""),
        words=" ".join((printable(beginning(report.name)), *map(shown, ids))),
        findings=findings,
        told={"name": beginning(report.name), "ids": ids},
    )


def _with_stanza(entry: Entry, item: Item, redactor: Redactor) -> Item:
    """Return the item with its stanza, indented, in a terminal's alphabet."""
    if not isinstance(entry.content, Stanza):
        return item
    inner = tree_of(entry.content.octets, within=entry.content.within)
    element = copy.deepcopy(inner)  # without its parent
    etree.cleanup_namespaces(element)
    redactor.replace_in(element)
    etree.indent(element)
    text = escaped(etree.tostring(element, encoding="unicode", with_tail=False))
    notes = tuple(Text(f"    | {line}") for line in text.splitlines())
    return replace(item, notes=notes, told={**(item.told or {}), "stanza": text})
