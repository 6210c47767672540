"""Install the peers: `python -m benchmarks.setup`.

Each goes into an environment of its own below `.peers`. What Debian packages is
installed with its package manager, which needs the rights to do so; where that
fails, or npm is missing, the peer concerned stays absent and the others work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from typing import TYPE_CHECKING, Final

from benchmarks.peers.client import HERE, HOME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# aioxmpp asks for neither pytz nor pkg_resources, but imports both.
PYTHON: Final[Mapping[str, tuple[str, ...]]] = {
    "slixmpp": ("slixmpp",),
    "aioxmpp": ("aioxmpp", "lxml~=4.0", "pytz", "setuptools<81"),
}
DEBIAN: Final = ("g++", "libgloox-dev", "python3-nbxmpp")


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)  # noqa: S603  # the commands below


def _python(name: str) -> None:
    place = HOME / name
    venv.create(place, clear=True, with_pip=True)
    python = place / "bin" / "python"
    _run(python, "-m", "pip", "install", "--quiet", *PYTHON[name])


def _debian() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update", "-q"), ("install", "-qy", *DEBIAN)):
        subprocess.run(("apt-get", *arguments), check=True, env=environment)  # noqa: S603, S607  # as Debian has it


def _gloox() -> None:
    source = HERE / "gloox.cpp"
    _run("g++", "-O2", "-std=c++17", "-o", HOME / "gloox", source, "-lgloox")


def _stanza() -> None:
    place = HOME / "stanza"
    place.mkdir(exist_ok=True)
    npm = shutil.which("npm") or "npm"
    _run(npm, "install", "--silent", "--prefix", place, "stanza")


STEPS: Final[Mapping[str, Callable[[], None]]] = {
    "slixmpp": lambda: _python("slixmpp"),
    "aioxmpp": lambda: _python("aioxmpp"),
    "Debian's packages, nbxmpp among them": _debian,
    "gloox": _gloox,
    "stanza": _stanza,
}


def main() -> int:
    """Take every step; say which failed, and with which exit code."""
    HOME.mkdir(exist_ok=True)
    (HOME / ".gitignore").write_text("*\n", encoding="utf-8")
    failed = 0
    for name, step in STEPS.items():
        print(f"{name} …", flush=True)
        try:
            step()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} stays absent: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
