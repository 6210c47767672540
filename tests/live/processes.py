"""Starting processes and ending them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Stream: TypeAlias = IO[bytes] | int | None

__all__ = ["LOOPBACK", "end", "free_port", "is_listening", "start"]

LOOPBACK: Final = "127.0.0.1"
_GRACE: Final = 5.0  # seconds between the request to end and the end


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    stdin: Stream = None,
    stdout: Stream,
    stderr: Stream = subprocess.STDOUT,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, with variables added to ours."""
    return subprocess.Popen(
        command,
        env={**os.environ, **env},
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        start_new_session=True,
    )


def end(
    process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM
) -> None:
    """End a process and what it started, by a signal and at last by SIGKILL."""
    if process.stdin is not None:
        process.stdin.close()
    _signal(process, number)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    _signal(process, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Check whether a port of the loopback interface accepts connections."""
    try:
        socket.create_connection((LOOPBACK, port)).close()
    except OSError:
        return False
    return True


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
