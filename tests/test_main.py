"""Ways to start the command, and the package under ``python -O``."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from types import ModuleType

import pytest


def start(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run ``python -m xep0184`` in this process and return what it exits with."""
    monkeypatch.setattr(sys, "argv", ["xep0184", *arguments])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("xep0184", run_name="__main__")
    return caught.value.code


def test_it_runs_as_a_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``python -m xep0184`` needs no installed script."""
    assert start(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("xep0184, version ")


def test_what_the_terminal_cannot_show_is_escaped() -> None:
    """An arrow in a finding is escaped in the code page of Windows."""
    request = "<request xmlns='urn:xmpp:receipts'/>"
    stanza = f"<message xmlns='jabber:client' id='\u2192'>{request}</message>"
    command = [sys.executable, "-m", "xep0184", "check", "-"]
    run = subprocess.run(
        command,
        input=stanza.encode(),
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        check=True,
    )
    assert rb"\u2192" in run.stdout


@pytest.mark.parametrize("module", ["click", "rich"])
def test_what_is_missing_is_named_instead(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """One line says what to install."""
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    assert start(monkeypatch, "check", "-") == (
        f"xep0184: {module} is not installed; run: pip install 'xep0184[cli]'"
    )


def test_an_interrupt_while_it_is_imported_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is no traceback then either."""

    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt(name)

    monkeypatch.setitem(sys.modules, "xep0184.cli", Interrupted("xep0184.cli"))
    assert start(monkeypatch, "--version") == 130


def test_it_can_be_imported_without_being_run() -> None:
    """The entry point of the script is in it."""
    assert callable(runpy.run_module("xep0184.__main__")["main"])


# Nothing in it breaks the schema: xmlschema would be compiled anew for each option.
CHECKED = """\
<message xmlns='jabber:client' from='a@b/c' id='1' type='groupchat'>
  <request xmlns='urn:xmpp:receipts'/>
</message>
"""


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.heavy
def test_the_command_gives_the_same_output_when_optimized() -> None:
    """Neither asserts nor docstrings have an effect on it."""
    plain, *optimized = (
        subprocess.run(
            [sys.executable, *options, "-m", "xep0184", "check", "-"],
            input=CHECKED.encode(),
            capture_output=True,
            check=False,
        )
        for options in ((), ("-O",), ("-OO",))
    )
    assert b"request-in-groupchat" in plain.stdout
    assert [(it.returncode, it.stdout) for it in optimized] == [(1, plain.stdout)] * 2


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.heavy
def test_the_doctests_pass_when_optimized() -> None:
    """Those of the strategies are made of asserts, so -O leaves nothing of them."""
    code = """if True:
        import doctest, importlib, pkgutil, xep0184
        total = doctest.TestResults(0, 0)
        for module in pkgutil.walk_packages(xep0184.__path__, "xep0184."):
            if "strategies" not in module.name and "__main__" not in module.name:
                found = doctest.testmod(importlib.import_module(module.name))
                total = doctest.TestResults(*map(sum, zip(total, found)))
        print(total.failed, total.attempted)
    """
    run = subprocess.run(
        [sys.executable, "-O", "-c", code], stdout=subprocess.PIPE, check=True
    )
    failed, attempted = map(int, run.stdout.split())
    assert failed == 0
    assert attempted > 100
