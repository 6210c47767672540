"""The ways to start the command."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys

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
    """The usual way without an installed script."""
    assert start(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("xep0184, version ")


def test_what_the_terminal_cannot_show_is_escaped() -> None:
    """An arrow in a finding is no reason to stop, in the code page of Windows."""
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
    """One line tells what to install."""
    monkeypatch.setitem(sys.modules, module, None)  # how a module is said to miss
    assert start(monkeypatch, "check", "-") == (
        f"xep0184: {module} is not installed; run: pip install 'xep0184[cli]'"
    )


def test_it_can_be_imported_without_being_run() -> None:
    """The script's entry point lies in it."""
    assert callable(runpy.run_module("xep0184.__main__")["main"])
