"""Two clients, one server: the example for slixmpp through a real Prosody.

Runs where both are installed; everything stays on the loopback interface and ends
with the test. The session ``stacks`` of nox may insist on it by XEP0184_PROSODY.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import shutil
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.receipts import Delivered

PROSODY: Final = shutil.which("prosody")
EXAMPLES: Final = Path(__file__).parent.parent / "examples"
PATIENCE: Final = 20.0  # seconds, of each step
ALICE: Final = "alice@localhost/desk"
BOB: Final = "bob@localhost/phone"

# Where the variable is set, as in CI, a server that is missing is a failure.
if not os.environ.get("XEP0184_PROSODY"):
    pytest.importorskip("slixmpp")
    if PROSODY is None:
        pytest.skip("there is no prosody", allow_module_level=True)

CONFIGURATION: Final = """
run_as_root = true
pidfile = "{place}/pid"
data_path = "{place}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
modules_enabled = {{ "roster", "saslauth", "disco" }}
modules_disabled = {{ "s2s", "tls", "offline" }}
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
VirtualHost "localhost"
"""
ROSTER: Final = """
return {{
  [false] = {{ version = 1 }};
  ["{contact}"] = {{ subscription = "both"; groups = {{}} }};
}};
"""


def furnish(place: Path, port: int) -> Path:
    """Write a configuration and two accounts that see each other's presence."""
    home = place / "localhost"
    for name in ("accounts", "roster"):
        (home / name).mkdir(parents=True)
    for user, contact in (("alice", "bob"), ("bob", "alice")):
        account = home / "accounts" / f"{user}.dat"
        account.write_text('return { password = "secret" };', "utf-8")
        roster = ROSTER.format(contact=f"{contact}@localhost")
        (home / "roster" / f"{user}.dat").write_text(roster, "utf-8")
    configuration = place / "prosody.cfg.lua"
    configuration.write_text(CONFIGURATION.format(place=place, port=port), "utf-8")
    return configuration


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def running(place: Path) -> Iterator[int]:
    """Give the port of a server that ends with the block."""
    assert PROSODY is not None, "there is no prosody"
    port = free_port()
    command = [PROSODY, "-F", "--config", str(furnish(place, port))]
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=place)
    try:
        yield port
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


async def listening(port: int) -> None:
    """Wait until the server accepts connections."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            await writer.wait_closed()
            return


class Client:
    """A client of slixmpp with the example in it."""

    def __init__(self, address: str) -> None:
        import slixmpp
        from slixmpp.plugins import register_plugin

        example = runpy.run_path(str(EXAMPLES / "slixmpp_receipts.py"))
        register_plugin(example["XEP_0184"])
        self.results: asyncio.Queue[Delivered] = asyncio.Queue()
        self.bodies: list[str] = []
        self.xmpp: Any = slixmpp.ClientXMPP(address, "secret")
        self.xmpp.enable_starttls = self.xmpp.enable_direct_tls = False
        self.xmpp.enable_plaintext = True
        self.xmpp.plugin["feature_mechanisms"].unencrypted_plain = True
        self.xmpp.add_event_handler("message", self._shown)
        self.xmpp.register_plugin("xep_0184", {"auto_request": True})
        self.xmpp.add_event_handler("receipt_delivered", self.results.put_nowait)

    def _shown(self, stanza: Any) -> None:  # noqa: ANN401  # it has no types here
        self.bodies.append(str(stanza["body"]))

    async def start(self, port: int) -> None:
        """Log in, learn the roster, be available."""
        started = asyncio.get_running_loop().create_future()
        self.xmpp.add_event_handler("session_start", started.set_result)
        self.xmpp.connect("127.0.0.1", port)
        await started
        await self.xmpp.get_roster()
        self.xmpp.send_presence()


async def conversation(port: int) -> tuple[Delivered, list[str]]:
    """Let Alice write to Bob; return what she learns and what he sees."""
    await asyncio.wait_for(listening(port), PATIENCE)
    alice, bob = Client(ALICE), Client(BOB)
    try:
        both = asyncio.gather(alice.start(port), bob.start(port))
        await asyncio.wait_for(both, PATIENCE)
        alice.xmpp.send_message(BOB, "o speak again", mtype="chat")
        result = await asyncio.wait_for(alice.results.get(), PATIENCE)
    finally:
        await asyncio.gather(alice.xmpp.disconnect(), bob.xmpp.disconnect())
    return result, bob.bodies


def test_a_receipt_comes_back_through_a_server(tmp_path: Path) -> None:
    """Asked, delivered, answered and matched, with nothing in between made up."""
    with running(tmp_path) as port:
        result, bodies = asyncio.run(conversation(port))
    assert result.first, (tmp_path / "log").read_text("utf-8")
    assert str(result.sender) == BOB
    assert bodies == ["o speak again"]
