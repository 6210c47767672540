"""The command line: recordings in, verdicts out.

Exit codes, the same for every command: 0 clean, 1 findings or a refusal, 2 a wrong
call, 3 input that cannot be read, 74 output that cannot be written, 130 interrupted.
"""

from __future__ import annotations

import click

from xep0184.cli.build import ack, request
from xep0184.cli.check import check
from xep0184.cli.conformance import conformance
from xep0184.cli.disco_info import caps, disco
from xep0184.cli.ending import CommandGroup
from xep0184.cli.rules import rules
from xep0184.cli.trace import trace

__all__ = ["command"]


@click.group(
    name="xep0184",
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="xep0184")
def command() -> None:
    """Message Delivery Receipts (XEP-0184): check recordings and build stanzas.

    Exit codes: 0 clean, 1 findings or a refusal, 2 a wrong call, 3 input that cannot
    be read, 74 output that cannot be written, 130 interrupted.
    """


for _each in (ack, caps, check, conformance, disco, request, rules, trace):
    command.add_command(_each)
