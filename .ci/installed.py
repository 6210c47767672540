"""Judge an installed xep0184 from outside: `python -I installed.py EXAMPLES`.

Meant for an environment that holds nothing but the wheel with the extras ``cli``
and ``schema``. Ends with a sentence and exit code 1 at the first thing amiss.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from lxml import etree

import xep0184
from xep0184 import schema

RECEIVED = b"<received xmlns='urn:xmpp:receipts' id='x'/>"
ANONYMOUS = b"<received xmlns='urn:xmpp:receipts'/>"


def require(fact: object, complaint: str) -> None:
    """End the script unless the fact holds."""
    if not fact:
        sys.exit(f"installed.py: {complaint}")


def requirements(extra: str) -> set[str]:
    """Return the names of the distributions that an extra asks for directly."""
    return {
        re.split(r"[^\w.-]", line, maxsplit=1)[0]
        for line in metadata.requires("xep0184") or ()
        if re.search(rf"extra == ['\"]{extra}['\"]", line)
    }


def main(examples: Path) -> None:
    """Check where the package is, what came with it, and that it works."""
    home = Path(xep0184.__file__)
    require(home.is_relative_to(sys.prefix), f"{home} is not the installed copy")

    installed = {dist.name.lower() for dist in metadata.distributions()}
    foreign = requirements("dev") - requirements("cli") - requirements("schema")
    require("pytest" in foreign, "the metadata no longer name the dev dependencies")
    present = foreign & installed
    require(not present, f"not a bare environment: {sorted(present)}")

    require(schema.is_valid(etree.fromstring(RECEIVED)), "the schemas refuse a receipt")
    problems = list(schema.problems(etree.fromstring(ANONYMOUS)))
    require(problems, "the schemas accept a receipt without an id")

    # A traceback exits with 1 as well, but says nothing on standard output.
    script = Path(sys.executable).with_name("xep0184")
    recorded = examples / "desk-received.xml"
    run = subprocess.run([script, "check", recorded], capture_output=True, check=False)
    require(run.returncode == 1, f"check exits with {run.returncode}: {run.stderr!r}")
    require(b"desk-received.xml" in run.stdout, f"check names no file: {run.stderr!r}")


main(Path(sys.argv[1]))
