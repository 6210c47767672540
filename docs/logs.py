"""Writes the page about the logs of other tools, by running the command on samples."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from xep0184.cli import command
from xep0184.recordings import Framing

SAMPLES = Path(__file__).parent.parent / "tests" / "logs"
TOOLS = {
    "Profanity": "profanity.log",
    "Gajim, XML console": "gajim.xml",
    "Psi and Psi+, XML console": "psi.txt",
    "Dino, `--print-xmpp=all`": "dino.log",
    "Pidgin and Finch, `-d`": "pidgin.log",
    "Converse.js, browser console": "converse.log",
    "JSXC, browser console": "jsxc.log",
    "a browser, HTTP archive (HAR)": "har.json",
    "BOSH, a proxy's trace": "bosh.txt",
    "WebSocket, a proxy's trace": "ws.txt",
    "Android, `adb logcat`": "logcat.log",
    "Kontalk": "kontalk.xml",
    "Smack, console debugger": "smack.log",
    "slixmpp, `logging.DEBUG`": "slixmpp.log",
    "xmpp.js, `@xmpp/debug`": "xmppjs.log",
    "node-xmpp": "nodexmpp.log",
    "PHP, Monolog": "php.log",
    "`java.util.logging`, XML": "jul.xml",
    "log4j, XML": "log4j.xml",
    "syslog": "syslog.log",
    "Docker, `json-file`": "docker.json",
    "Docker Compose": "compose.log",
    "Logstash": "logstash.json",
    "a table, as CSV": "table.csv",
    "a dump of a database, as SQL": "prosody.sql",
    "a page of HTML": "html.log",
    "a mail that quotes a log": "quoted_mail.txt",
    "tcpflow": "tcpflow.txt",
    "Wireshark, follow TCP stream": "wireshark.txt",
    "Prosody, `mod_stanza_debug`": "prosody_sd.log",
    "Prosody, `debug`": "prosody.log",
    "ejabberd, `mod_logxml`": "logxml.xml",
    "ejabberd, log level `debug`": "ejabberd.log",
    "Prosody, in colours": "prosody_colours.log",
    "MongooseIM, Erlang terms": "mongoose.log",
    "ejabberd, Erlang records": "records.log",
    "ejabberd, clients with other quotes": "ejabberd_clients.log",
    "ejabberd in Docker": "docker_ejabberd.json",
    "ejabberd-trace": "ejabberd_trace.txt",
    "Openfire, Debugger plugin": "openfire.log",
    "Tigase, log level `FINEST`": "tigase.log",
    "Gajim and nbxmpp, log level `info`": "nbxmpp.log",
    "Kaidan and QXmpp": "kaidan.log",
    "loudmouth (mcabber), `LM_DEBUG`": "loudmouth.log",
    "Miranda NG, network log": "miranda.log",
    "Monal": "monal.log",
    "Swift, XML tracer": "swift.log",
    "stanza.js, a prefix before each line": "stanzajs.log",
    "xmpppy": "xmpppy.log",
    "Android, a line of the log for each of a stanza": "logcat_lines.txt",
    "mitmproxy": "mitmproxy.log",
    "socat, `-v`": "socat.txt",
    "strace": "strace.log",
    "tcpdump, `-A`": "tcpdump.txt",
    "a web server, parameters of URLs": "access.log",
    "a browser, forms in an HTTP archive": "har_form.json",
    "an issue tracker's feed, escaped twice": "feed.xml",
    "a mail, quoted-printable": "mail.eml",
    "a chat, with typographic quotes": "chat.txt",
    "journald, `journalctl -o json`": "journald.json",
    "journald, `-o json-pretty`": "journald_pretty.json",
    "ejabberd, binaries as numbers": "ejabberd_octets.log",
    "Kubernetes, partial lines": "kubernetes.log",
    "Python, `%r` of octets": "python_octets.log",
    "nginx, escaped quotes": "nginx.log",
    "rsyslog, line breaks as `#012`": "rsyslog.log",
    "PostgreSQL, `COPY`": "copy.sql",
    "a console of Windows, UTF-16": "console_utf16.log",
    "tcpdump, names of ports": "tcpdump_names.txt",
    "a page of HTML, with `<br/>`": "page.html",
    "a page of HTML, with `&#x3C;`": "numeric_references.html",
    "`script`, a recorded terminal": "script.log",
    "a tool that tells the direction behind each stanza": "words_behind.log",
    "tcpdump, `-X`": "hexdump.txt",
    "a mail in base64": "mail_base64.eml",
}
_HEAD = """\
# I have a log from …

What `xep0184 check -v FILE` says of a sample of each tool, made by running it
(`python docs/generate.py`). The samples are in `tests/logs`. `xep0184 trace FILE`
reads the same files. Other text with stanzas in it is read as well. If a file is
recognised wrongly, `--input` names how the stanzas stand in it: {names}.
Compressed files and folders are read as they are.

- What is before each line of a stanza, such as a time, is left out if it is the same
  before all of them, but for digits.
- Where one stanza stands as it is, nothing is an escape. If a tool escapes others
  nevertheless, as Qt does in `"<iq id=\\"1\\"/>"`, give `--input json`.
- What is escaped may be escaped again, as ejabberd's log is by Docker.
- Lines that a mail has split count as one.
- Octets as numbers (`"MESSAGE": [60, 109`) are read in JSON and Erlang; base64 and
  hexadecimal dumps are not. Lines that a terminal has broken inside a name or an
  address are not joined.

| log of | sample | read as | stanzas | findings |
|---|---|---|---|---|"""


def logs_page() -> str:
    """Return the page about the logs of other tools."""
    names = ", ".join(f"`{it}`" for it in Framing)
    return (
        "\n".join([_HEAD.format(names=names), *(_row(*it) for it in TOOLS.items())])
        + "\n"
    )


def _row(tool: str, name: str) -> str:
    run = CliRunner().invoke(command, ["check", "-v", "--all", str(SAMPLES / name)])
    read = _found(r"read as (.*)", run.stderr)
    refused = _found(r"cannot be read: (.*)", run.stderr)
    kinds = _found(r"^kinds: (.*)", run.stdout)
    findings = _found(r"^findings: (.*)", run.stdout)
    told = refused or findings or "none"
    return f"| {tool} | `{name}` | {read} | {kinds} | {told} |"


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return "" if found is None else found[1].replace("|", "\\|")
