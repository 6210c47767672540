"""Prosody and ejabberd, each with its data in a temporary folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Protocol
from urllib.request import Request, urlopen

from .processes import LOOPBACK, end, free_port, is_listening, start
from .waiting import wait_until

if TYPE_CHECKING:
    import subprocess

__all__ = ["DOMAIN", "PASSWORD", "ROOMS", "SERVERS", "Server"]

DOMAIN: Final = "verona.test"
ROOMS: Final = f"rooms.{DOMAIN}"
PASSWORD: Final = "secret"  # noqa: S105  # of accounts that last as long as a test

_PROSODY: Final = """
run_as_root = true
pidfile = "{place}/pid"
data_path = "{place}"
log = {{ info = "*console" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
modules_enabled = {{
  "roster", "saslauth", "disco", "carbons", "ping", "pep", "mam", "offline", "smacks"
}}
modules_disabled = {{ "s2s", "tls" }}
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
VirtualHost "{domain}"
Component "{rooms}" "muc"
"""
_PROSODY_ROSTER: Final = """return {{
  [false] = {{ version = 1 }};
{contacts}
}};
"""
_PROSODY_CONTACT: Final = (
    '  ["{contact}"] = {{ subscription = "both"; groups = {{}} }};'
)

_EJABBERD: Final = """
hosts: [{domain}]
loglevel: info
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    starttls: false
  - port: {api}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers: {{/api: mod_http_api}}
auth_method: internal
auth_password_format: plain
api_permissions:
  tests: {{who: {{ip: 127.0.0.1/8}}, what: [register, add_rosteritem]}}
access_rules:
  local: {{allow: all}}
modules:
  mod_admin_extra: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_mam: {{default: always, assume_mam_usage: false}}
  mod_muc: {{host: {rooms}, access: all, access_create: all}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_pubsub: {{access_createnode: all, plugins: [flat, pep]}}
  mod_roster: {{}}
  mod_stream_mgmt: {{resend_on_timeout: true}}
"""


class Server(Protocol):
    """A server on the loopback interface."""

    name: ClassVar[str]
    port: int

    def __init__(self, place: Path) -> None: ...

    def register(self, user: str) -> None:
        """Add an account."""
        ...

    def befriend(self, user: str, contact: str) -> None:
        """Let two users see each other's presence."""
        ...

    def end(self) -> None:
        """End the process."""
        ...


class Prosody:
    """Prosody; it reads accounts and rosters from files when somebody logs in."""

    name = "prosody"

    def __init__(self, place: Path) -> None:
        self.port = free_port()
        self._home = place / DOMAIN.replace(".", "%2e")
        for folder in ("accounts", "roster"):
            (self._home / folder).mkdir(parents=True)
        configuration = place / "prosody.cfg.lua"
        configuration.write_text(
            _PROSODY.format(place=place, port=self.port, domain=DOMAIN, rooms=ROOMS)
        )
        self._process = _start(["prosody", "-F", "--config", configuration], place)
        _wait_for(self.port, self._process, place)

    def register(self, user: str) -> None:
        """Add an account."""
        text = f'return {{ password = "{PASSWORD}" }};'
        (self._home / "accounts" / f"{user}.dat").write_text(text)

    def befriend(self, user: str, contact: str) -> None:
        """Let two users see each other's presence."""
        for one, other in ((user, contact), (contact, user)):
            item = _PROSODY_CONTACT.format(contact=f"{other}@{DOMAIN}")
            contacts = self._home / "roster" / f"{one}.contacts"
            with contacts.open("a") as file:
                file.write(f"{item}\n")
            text = _PROSODY_ROSTER.format(contacts=contacts.read_text())
            contacts.with_suffix(".dat").write_text(text)

    def end(self) -> None:
        """End the process."""
        end(self._process)


class Ejabberd:
    """ejabberd without ejabberdctl, which changes the user and starts more."""

    name = "ejabberd"

    def __init__(self, place: Path) -> None:
        self.port, self._api = free_port(), free_port()
        configuration = place / "ejabberd.yml"
        configuration.write_text(
            _EJABBERD.format(port=self.port, api=self._api, domain=DOMAIN, rooms=ROOMS)
        )
        command = ["erl", "-noinput", "-mnesia", "dir", f'"{place}/data"']
        self._process = _start(
            [*command, "-s", "ejabberd"],
            place,
            # Debian's folder is named after the architecture.
            ERL_LIBS=str(next(Path("/usr/lib").glob("*/ejabberd-*")).parent),
            ERL_CRASH_DUMP="/dev/null",
            EJABBERD_CONFIG_PATH=str(configuration),
            EJABBERD_LOG_PATH=str(place / "ejabberd.log"),
        )
        _wait_for(self._api, self._process, place)
        _wait_for(self.port, self._process, place)

    def register(self, user: str) -> None:
        """Add an account."""
        self._call("register", user=user, host=DOMAIN, password=PASSWORD)

    def befriend(self, user: str, contact: str) -> None:
        """Let two users see each other's presence."""
        for one, other in ((user, contact), (contact, user)):
            local = {"localuser": one, "localhost": DOMAIN}
            remote = {"user": other, "host": DOMAIN, "nick": other}
            self._call("add_rosteritem", **local, **remote, group="", subs="both")

    def end(self) -> None:
        """End the process."""
        end(self._process)

    def _call(self, command: str, **arguments: str) -> None:
        url = f"http://{LOOPBACK}:{self._api}/api/{command}"
        with urlopen(Request(url, json.dumps(arguments).encode())) as answer:  # noqa: S310
            answer.read()


SERVERS: Final[dict[str, type[Server]]] = {it.name: it for it in (Prosody, Ejabberd)}


def _start(
    command: list[str | Path], place: Path, **env: str
) -> subprocess.Popen[bytes]:
    path = shutil.which(str(command[0]))
    assert path is not None, f"there is no {command[0]}"
    with (place / "output").open("wb") as output:
        whole = [path, *map(str, command[1:])]
        return start(whole, env=env, stdout=output, stderr=output, cwd=place)


def _wait_for(port: int, process: subprocess.Popen[bytes], place: Path) -> None:
    def is_ready() -> bool:
        assert process.poll() is None, (place / "output").read_text()
        return is_listening(port)

    wait_until(is_ready, f"port {port}")
