"""Prosody and ejabberd, each with its data in a temporary folder."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.request import urlopen

from .processes import LOOPBACK, end, free_port, is_listening, start
from .waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

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
_PROSODY_CONTACT: Final = """
  ["{contact}"] = {{ subscription = "both"; groups = {{}} }};
"""

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


class Server(ABC):
    """A server on the loopback interface; accounts may be added while it runs."""

    name: ClassVar[str]

    def __init__(self, place: Path) -> None:
        self.port = free_port()
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def start(self) -> None:
        """Start the server; wait until it accepts connections."""

    @abstractmethod
    def register(self, user: str) -> None:
        """Add an account."""

    @abstractmethod
    def befriend(self, user: str, contact: str) -> None:
        """Let two users see each other's presence."""

    def end(self) -> None:
        """End the server."""
        if self._process is not None:
            end(self._process)

    def _configure(self, name: str, text: str, **facts: object) -> Path:
        path = self._place / name
        facts |= {"domain": DOMAIN, "rooms": ROOMS, "port": self.port}
        path.write_text(text.format(place=self._place, **facts))
        return path

    def _run(self, *command: str, ports: Sequence[int], **env: str) -> None:
        output = self._place / "output"
        with output.open("wb") as log:
            process = start(command, env=env, stdout=log, cwd=self._place)
        self._process = process

        def is_ready() -> bool:
            assert process.poll() is None, output.read_text()
            return all(map(is_listening, ports))

        wait_until(is_ready, f"{self.name} to listen on {ports}")


class Prosody(Server):
    """Prosody; it reads accounts and rosters from files when somebody logs in."""

    name = "prosody"

    def start(self) -> None:
        """Start the server; wait until it accepts connections."""
        path = self._configure("prosody.cfg.lua", _PROSODY)
        for folder in ("accounts", "roster"):
            self._folder(folder).mkdir(parents=True)
        self._run("prosody", "-F", "--config", str(path), ports=[self.port])

    def register(self, user: str) -> None:
        """Add an account."""
        text = f'return {{ password = "{PASSWORD}" }};'
        (self._folder("accounts") / f"{user}.dat").write_text(text)

    def befriend(self, user: str, contact: str) -> None:
        """Let two users see each other's presence."""
        for one, other in ((user, contact), (contact, user)):
            contacts = self._folder("roster") / f"{one}.contacts"
            with contacts.open("a") as file:
                file.write(_PROSODY_CONTACT.format(contact=f"{other}@{DOMAIN}"))
            text = _PROSODY_ROSTER.format(contacts=contacts.read_text())
            contacts.with_suffix(".dat").write_text(text)

    def _folder(self, name: str) -> Path:
        return self._place / DOMAIN.replace(".", "%2e") / name


class Ejabberd(Server):
    """ejabberd without ejabberdctl, which changes the user and starts more."""

    name = "ejabberd"

    def start(self) -> None:
        """Start the server; wait until it accepts connections."""
        self._api = free_port()
        path = self._configure("ejabberd.yml", _EJABBERD, api=self._api)
        # Debian's folder is named after the architecture.
        libraries = [it.parent for it in Path("/usr/lib").glob("*/ejabberd-*")]
        assert libraries, "there is no ejabberd"
        data = ("-mnesia", "dir", f'"{self._place}/data"')
        self._run(
            *("erl", "-noinput", *data, "-s", "ejabberd"),
            ports=[self._api, self.port],
            ERL_LIBS=str(libraries[0]),
            ERL_CRASH_DUMP="/dev/null",
            EJABBERD_CONFIG_PATH=str(path),
            EJABBERD_LOG_PATH=str(self._place / "ejabberd.log"),
        )

    def register(self, user: str) -> None:
        """Add an account."""
        self._call("register", user=user, host=DOMAIN, password=PASSWORD)

    def befriend(self, user: str, contact: str) -> None:
        """Let two users see each other's presence."""
        for one, other in ((user, contact), (contact, user)):
            local = {"localuser": one, "localhost": DOMAIN}
            remote = {"user": other, "host": DOMAIN, "nick": other}
            self._call("add_rosteritem", **local, **remote, group="", subs="both")

    def _call(self, command: str, **arguments: str) -> None:
        url = f"http://{LOOPBACK}:{self._api}/api/{command}"
        with urlopen(url, json.dumps(arguments).encode()) as answer:
            answer.read()


SERVERS: Final[tuple[type[Server], ...]] = (Prosody, Ejabberd)
