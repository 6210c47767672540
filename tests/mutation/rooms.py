"""Which tests a change in a module must fail, by room, and which changes alter nothing.

A room without a row has the tests that are named after it. The doctests of a module
always belong to its room.
"""

from __future__ import annotations

from typing import Final

LEFT_OUT: Final = ("cli/", "__main__.py", "__init__.py")
"""The command line, and lazy imports, which tests in other processes try."""

TOO_SLOW: Final = (
    *("memory_does_not_grow", "exhausted_memory", "neither_door_costs"),
    *("without_sockets", "passes_as_an_adapter", "nothing_is_lost_and_nothing"),
    *("a_hundred_thousand_siblings", "a-hundred-thousand-siblings"),
    *("needs_no_checkout", "in_both_archives", "forty_lines_of_javascript"),
    *("any_program_is_put", "that_hangs_is_ended", "a_terminal_gets_colours"),
)
"""Parts of the names of tests that take seconds, most in processes of their own."""

AT_IMPORT: Final = frozenset({"_value", "record", "ns", "rules"})
"""Rooms whose functions other modules call when they are imported."""

TESTS: Final[dict[str, tuple[str, ...]]] = {
    "_value": ("value", "record"),
    "caps": ("caps", "caps_faults", "caps_own", "vectors"),
    "codec": (
        *("doors", "plain", "odd_elements", "vectors", "ten_cases", "receipts", "xml"),
        "message_digest",
    ),
    "conformance": ("vectors", "conformance", "planted/test_planted"),
    "deciding": ("answering", "asking", "rules", "vectors", "ten_cases"),
    "disco": ("disco", "odd_elements", "vectors", "caps"),
    "discovery": ("discovery", "receipts_journal", "receipts"),
    "envelope": ("envelope", "answering", "ten_cases", "vectors"),
    "errors": ("rules", "doors", "vectors", "caps_faults", "xml", "schema", "value"),
    "findings": ("findings", "rules", "odd_elements"),
    "ids": ("core", "receipts", "discovery"),
    "jid": ("jid", "normalisers", "vectors"),
    "journal": ("receipts_journal",),
    "message": ("doors", "vectors", "value", "envelope", "answering", "asking"),
    "normalisers": ("normalisers", "jid"),
    "ns": ("vectors", "disco", "envelope", "receipts", "message_digest", "findings"),
    "quoting": ("rules", "doors", "jid", "findings"),
    "receipts": (
        *("receipts", "receipts_journal", "receipts_pair", "message_digest"),
        *("lossy_pair", "ten_cases", "receipts_model", "receipts_details"),
    ),
    "recent": ("recent", "discovery", "receipts", "receipts_journal"),
    "record": ("record", "receipts_journal", "tracker"),
    "recordings": (
        *("recordings", "recordings_hostile", "cli_trace", "cli_trace_accounts"),
        *("cli_attacks", "cli_disco", "recordings_details"),
    ),
    "rules": ("rules", "vectors", "findings"),
    "schema": ("schema", "schema_engines", "vectors", "findings"),
    "seen": ("seen_ids", "receipts"),
    "strategies": ("strategies", "doors", "caps_faults", "planted/test_planted"),
    "stream": (
        *("stream", "stream_hostile", "recordings", "recordings_hostile"),
        "recordings_details",
    ),
    "support": ("asking", "tracker"),
    "tracker": ("tracker", "tracker_model", "receipts", "receipts_journal", "vectors"),
    "xml": (
        *("xml", "doors", "odd_elements", "vectors", "stream", "disco", "caps"),
        *("receipts", "findings", "schema"),
    ),
}

SAME_RESULT: Final = "the shorter way is not taken, and the longer one gives the same"
NOTHING_ASKED: Final = "what answers no query is ignored later"
SAME_LENGTH: Final = "both always have the same length"
KEPT: Final = "BaseException.__new__ keeps the arguments"
IN_NO_ERROR: Final = (
    "the name is that of a field in an error that never leaves the room"
)

# Long lines, as they stand in the source.
# fmt: off
# ruff: noqa: E501
EQUIVALENT: Final[dict[tuple[str, str, str, str], str]] = {
    ("codec/decoding.py", "return plain.read(text, namespaces)", "return plain.read(text, namespaces)", "return None"): SAME_RESULT,
    ("codec/plain.py", 'if found is None or text.count("=") > _MOST_EQUALS:', "text.count('=') > _MOST_EQUALS", "text.count('=') >= _MOST_EQUALS"): SAME_RESULT,
    ("xml/many.py", "return []", "return []", "return None"): SAME_RESULT,
    ("xml/many.py", "return small if small * (small + within) < limits.name_characters else 0", "small * (small + within) < limits.name_characters", "small * (small + within) <= limits.name_characters"): SAME_RESULT,
    ("xml/many.py", "small = min(7 * limits.depth - 4, 4 * limits.elements, 5 * limits.attributes)", "5 * limits.attributes", "5 // limits.attributes"): SAME_RESULT,
    ("caps/xep0115.py", 'if "<" in "".join(factors):', "''", "'XX'"): "only whether it holds < is looked at",
    ("disco/answers.py", 'if answer.type == "error" or answer.info is None or answer.node == asked:', "answer.type == 'error' or answer.info is None or answer.node == asked", "answer.info is None or answer.node == asked"): "an error has no info",
    ("disco/answers.py", 'if answer.type == "error" or answer.info is None or answer.node == asked:', "'error'", "'XXerror'"): "an error has no info",
    ("disco/children.py", 'category=get("category") or "",', "get('category') or ''", "get('category')"): "an identity without it is left out",
    ("disco/children.py", 'type=get("type") or "",', "get('type') or ''", "get('type')"): "an identity without it is left out",
    ("discovery/snapshots.py", 'record = Record(snapshot, "snapshot")', "'snapshot'", "'XXsnapshot'"): IN_NO_ERROR,
    ("receipts/clients.py", 'self._passing: Recent[str, Query] = Recent(_MOST_PASSING, "queries")', "'queries'", "'XXqueries'"): IN_NO_ERROR,
    ("receipts/clients.py", "is_passing = id_ is not None and self._passing.peek(id_) is not None", "id_ is not None and self._passing.peek(id_) is not None", "self._passing.peek(id_) is not None"): "no query has the id None",
    ("findings/finding.py", "if self.message is None or self.kind not in _RECEIPTS:", "self.message is None or self.kind not in _RECEIPTS", "self.kind not in _RECEIPTS"): "what is no message is of no such kind",
    ("jid.py", 'if len(label) > _MAX_U_LABEL or label.startswith("-") or label.endswith("-"):', "len(label) > _MAX_U_LABEL or label.startswith('-') or label.endswith('-')", "label.startswith('-') or label.endswith('-')"): "the A-label is too long then; this saves the time to make it",
    ("receipts/front.py", "if deadline is not None and (first is None or deadline < first):", "deadline < first", "deadline <= first"): "equal deadlines are the same",
    ("receipts/front.py", "empty = dump_state(self._session, Router(self._session), 0.0)", "0.0", "1.0"): "an empty state has no times",
    ("receipts/keys.py", "return self.envelope.message or _NO_MESSAGE", "self.envelope.message or _NO_MESSAGE", "self.envelope.message"): "what holds no message has no key",
    ("discovery/entity.py", 'node, algo, ver = advertised.node or "", advertised.hash or "", advertised.ver or ""', "''", "'XX'"): "neither is a hash, or the name of one",
    ("envelope.py", "if archive is None or OpenQuery(archive, query_id) not in reader.open_queries:", "archive is None or OpenQuery(archive, query_id) not in reader.open_queries", "OpenQuery(archive, query_id) not in reader.open_queries"): "every query has an archive",
    ("findings/examining.py", "for stanza, is_valid in zip(group, valid, strict=True):", "True", "False"): SAME_LENGTH,
    ("receipts/clients.py", "is_passing = id_ is not None and self._passing.peek(id_) is not None", "id_ is not None and self._passing.peek(id_) is not None", "id_ is not None"): NOTHING_ASKED,
    ("receipts/clients.py", 'send = Send(octets=octets, to=query.to or "", reason=SendReason.QUERY)', "query.to or ''", "query.to"): "its queries have an addressee",
    ("receipts/clients.py", "query.to or str(session.account.bare),", "query.to or str(session.account.bare)", "query.to"): "its queries have an addressee",
    ("receipts/inbox.py", "if sender is not None and message is not None:", "sender is not None and message is not None", "message is not None"): "without a sender there is no message",
    ("receipts/outbox.py", "if message is not None and self._is_for_another_client(envelope, message):", "message is not None and self._is_for_another_client(envelope, message)", "self._is_for_another_client(envelope, message)"): "it is called with a message",
    ("receipts/outbox.py", "if result.recorded and sender is not None:", "result.recorded and sender is not None", "result.recorded"): "what is recorded is a sender",
    ("receipts/processed.py", 'return f"/{digest_of(account)}"  # no bare JID contains a slash', "'/'", "'XX/'"): "it still contains a slash",
    ("receipts/routing.py", 'if self._clients is None or not self._clients.expects(element.get("id")):', "self._clients is None or not self._clients.expects(element.get('id'))", "self._clients is None"): NOTHING_ASKED,
    ("receipts/saving.py", "for _, changed, row_of in _parts(session, router, 0.0):", "0.0", "1.0"): "only whether there is a row is looked at",
    ("schema/verdict.py", "(), schema=schema, resolve_entities=False, no_network=True, huge_tree=True", "True", "False"): "without a document type nothing is loaded",
    ("seen.py", "self._offset = 0.0", "0.0", "1.0"): "only differences of times are looked at",
    ("codec/decoding.py", "return _plainly(data, namespaces, limits) or read_message(", "_plainly(data, namespaces, limits) or read_message(xml.parse(data, limits=limits, form=form), na ...", "read_message(xml.parse(data, limits=limits, form=form), namespaces, limits)"): SAME_RESULT,
    ("codec/decoding.py", 'usual, body_tag = _BODIES.get(tag, (None, ""))', "''", "'XX'"): "not used without the namespace",
    ("discovery/snapshots.py", 'record = Record(item, "hashes")', "'hashes'", "'XXhashes'"): IN_NO_ERROR,
    ("jid.py", "for at, (letter, after) in enumerate(zip(text, following, strict=True))", "True", "False"): SAME_LENGTH,
    ("receipts/rooms.py", 'self._learned: Recent[JID, JID] = Recent(_MOST_LEARNED, "rooms")', "'rooms'", "'XXrooms'"): IN_NO_ERROR,
    ("receipts/rooms.py", 'self._joined: Recent[JID, JID] = Recent(_MOST_JOINED, "rooms")', "'rooms'", "'XXrooms'"): IN_NO_ERROR,
    ("receipts/outbox.py", "elif result.outcome is ReceiptOutcome.BOUNCED and sender is not None:", "result.outcome is ReceiptOutcome.BOUNCED and sender is not None", "result.outcome is ReceiptOutcome.BOUNCED"): "what bounces has a sender",
    ("strategies/capabilities.py", "if draw(st.booleans()):", "if draw(st.booleans()):", "if not draw(st.booleans()):"): "either is as likely",
    ("strategies/conversations.py", "if message and message.from_ and message.type is not MessageType.ERROR:", "message and message.from_ and (message.type is not MessageType.ERROR)", "message.from_ and message.type is not MessageType.ERROR"): "it is called with a message",
    ("strategies/peers.py", "id=own and own + \"'\" * (own == id_), received=(Received(id_),), **fields", '"\'"', '"XX\'"'): "any addition makes it another id",
    ("codec/plain.py", "content, children, request, ack, other = found.group(1, 7, 9, 10, 12)", "10", "11"): "it is there if its id is there",
    ("conformance/processes.py", "self._chunks: Queue[bytes] = Queue(1)  # an empty one is the end", "1", "2"): "one chunk more is kept",
    ("strategies/capabilities.py", "features = st.lists(_FEATURE, max_size=8, unique=True)", "8", "9"): "one feature more is as good",
    ("strategies/texts.py", 'local.map("{}@".format) | st.just(""),', "''", "'XX'"): "what is added makes another JID of the same kind",
    ("tracker/deadlines.py", "entry.serial = -1  # an earlier deadline is void", "1", "2"): "no item of the heap has either number",
    ("receipts/schedule.py", "if len(self._heap) > 2 * len(self._deadlines) + _SLACK:", "2 * len(self._deadlines) + _SLACK", "2 * len(self._deadlines) - _SLACK"): "only when it is tidied",
    ("receipts/schedule.py", "if len(self._heap) > 2 * len(self._deadlines) + _SLACK:", "2", "3"): "only when it is tidied",
    ("recordings/asked.py", 'self._messages: Recent[int, TracedMessage] = Recent(_MOST, "messages")', "'messages'", "'XXmessages'"): IN_NO_ERROR,
    ("recordings/asked.py", 'self._without_id: Recent[str, TracedMessage] = Recent(_MOST, "messages")', "'messages'", "'XXmessages'"): IN_NO_ERROR,
    ("recordings/asked.py", "might = message.has_content and ruling.allowed and not message.is_ack", "message.has_content and ruling.allowed and (not message.is_ack)", "message.has_content and ruling.allowed"): "an ack message is never allowed to ask",
    ("recordings/asked.py", "received=message.received[:1],", "1", "2"): "only whether there is one is looked at",
    ("recordings/input_files.py", "while len(self.head) < _HEAD and (octets := self._more(_BLOCK)):", "len(self.head) < _HEAD", "len(self.head) <= _HEAD"): "some more may be read",
    ("rules/examples.py", '"limit": Example(_message("<a xmlns=\'urn:example\'>" * 99 + "</a>" * 99), _message("<a xmlns=\'urn:example\'/>")),', "99", "100"): "either is deeper than the limit",
    ("rules/judging.py", 'return message.request and support is Support.NO and "/" in (message.to or "")', "''", "'XX'"): "neither holds a slash",
    ("schema/verdict.py", 'encoding="utf-8", resolve_entities=False, no_network=True, collect_ids=False', "False", "True"): "no document type is left in these octets, and no id is looked up",
    ("_value.py", "make = dataclass(init=False, frozen=True, slots=True, kw_only=kw_only)", "False", "True"): "the constructor is replaced",
    ("errors.py", "super().__init__(code, field)", "super().__init__(code, field)", "pass"): KEPT,
    ("recordings/faults.py", "super().__init__(code, detail)", "super().__init__(code, detail)", "pass"): KEPT,
    ("schema/sources.py", '_PACKAGED: Final = Path(__file__).parents[1] / "_schema"', "'_schema'", "'XX_schema'"): "only the wheel has this folder; `nox -s wheel` tries it",
    ("errors.py", "super().__init__(code, element)", "super().__init__(code, element)", "pass"): KEPT,
    ("errors.py", "super().__init__(tuple(problems))", "super().__init__(tuple(problems))", "pass"): KEPT,
    ("rules/examples.py", 'forwarded = f"<forwarded xmlns=\'urn:xmpp:forward:0\'>{_message(\'<body>Hi</body>\')}</forwarded>"', "'</forwarded>'", "'XX</forwarded>'"): "no rule looks at a text there",
    ("rules/examples.py", 'return _message(f"<result xmlns=\'urn:xmpp:mam:{version}\' id=\'a1\'>{forwarded}</result>", "")', "'</result>'", "'XX</result>'"): "no rule looks at a text there",
    ("strategies/texts.py", 'domain = st.lists(label, min_size=1, max_size=3).map(".".join)', "1", "2"): "some JIDs are not generated then",
    ("schema/verdict.py", 'raise EngineError(error.msg or "") from None', "''", "'XX'"): "libxml2 always says something",
    ("seen.py", 'text = f"{sender}\\0{id}"  # no JID contains a NUL', "'\\x00'", "'XX\\x00'"): "the NUL is still the first",
    ("seen.py", "key = hashlib.blake2b(octets, digest_size=16).digest()", "16", "17"): "a longer key is as good",
    ("recordings/following.py", 'self._conversations: Recent[JID, Conversation] = Recent(_ACCOUNTS, "accounts")', "'accounts'", "'XXaccounts'"): IN_NO_ERROR,
    ("codec/plain.py", '_FORBIDDEN: Final = r"\\0-\\x08\\x0b-\\x1f\\ud800-\\udfff\\ufffe\\uffff"', r"'\\0-\\x08\\x0b-\\x1f\\ud800-\\udfff\\ufffe\\uffff'", r"'XX\\0-\\x08\\x0b-\\x1f\\ud800-\\udfff\\ufffe\\uffff'"): SAME_RESULT,
    ("stream/reading.py", "found = [cut for cut in cutter.cuts if cut[0] < until]", "cut[0] < until", "cut[0] <= until"): "no complete piece begins where one that is open or broken does",
    ("stream/cutting.py", "is_idle = not (self.depth or self.hidden != self.fed or self._is_stopped)", "self.depth or self.hidden != self.fed or self._is_stopped", "self.depth or self.hidden != self.fed"): "what was fed before a stop is still hidden",
    ("stream/cutting.py", "self._is_stopped = False", "False", "True"): "a new pass begins more often",
    ("stream/cutting.py", "parser.ordered_attributes = True", "parser.ordered_attributes = True", "pass"): "the attributes are not looked at",
    ("stream/cutting.py", "while self.cuts and self.cuts[-1][0] > start:", "self.cuts[-1][0] > start", "self.cuts[-1][0] >= start"): "no other piece begins there",
    ("stream/parsing.py", "element.tail = None", "element.tail = None", "pass"): "nothing follows a piece",
    ("stream/parsing.py", "behind = (error.line or 1) - 1", "1", "2"): "every error of the parser has a line",
    ("stream/cutting.py", 'is_empty = self._is_childless and outline.endswith(b"/>", start, index)', "self._is_childless and outline.endswith(b'/>', start, index)", "outline.endswith(b'/>', start, index)"): SAME_RESULT,
    ("stream/recording.py", "if not following or length not in range(1, _LONGEST_PREFIX):", "not following or length not in range(1, _LONGEST_PREFIX)", "length not in range(1, _LONGEST_PREFIX)"): "a stanza of one line has no line that begins with a prefix",
    ("stream/text.py", "if mark is None or at > _BLOCK or len(self._found) >= _MANY:", "len(self._found) >= _MANY", "len(self._found) > _MANY"): "one piece more is parsed together",
    ("stream/text.py", "if mark is None or at > _BLOCK or len(self._found) >= _MANY:", "at > _BLOCK", "at < _BLOCK"): "fewer pieces are parsed together",
    ("stream/text.py", 'if offset >= self._doubtful_until and not tag[0].endswith(b"/>"):', "b'/>'", "b'XX/>'"): "nothing is inherited from an empty tag",
    ("stream/unescaping.py", "if high >= 0 and _HIGH.match(octets, high) and _run(octets[: high + 1], begin) % 2:", "high >= 0 and _HIGH.match(octets, high) and _run(octets[:high + 1], begin) % 2", "high >= 0 and _run(octets[:high + 1], begin) % 2"): "one escape more is left for the next block",
    ("stream/unescaping.py", 'return b" " if text == "\\u00a0" else text.encode("utf-8", "replace")', "'replace'", "'XXreplace'"): "html.unescape gives no surrogate",
    ("tracker/deadlines.py", "if len(self._heap) > 2 * len(self._pending) + _SLACK:", "len(self._heap) > 2 * len(self._pending) + _SLACK", "len(self._heap) >= 2 * len(self._pending) + _SLACK"): "only when it is tidied",
    ("tracker/confirming.py", "if sender is None or state is None:", "sender is None or state is None", "state is None"): "without a sender there is no state",
    ("xml/inspection.py", "or (tags + equals) * len(octets) > limits.name_characters", "(tags + equals) * len(octets) > limits.name_characters", "(tags + equals) * len(octets) >= limits.name_characters"): SAME_RESULT,
    ("xml/inspection.py", 'or (_BANG in octets and b"<!" in octets)', "_BANG in octets and b'<!' in octets", "_BANG in octets or b'<!' in octets"): SAME_RESULT,
    ("xml/inspection.py", 'self._bound: dict[str, list[int]] = {"": [0], "xml": [len(ns.XML)]}', "''", "'XX'"): "what is not there is bound to nothing, too",
    ("xml/many.py", "len(piece) > limits.octets", "len(piece) > limits.octets or is_unusual(b'%b%b</_>' % (within, piece), limits)", "is_unusual(b'%b%b</_>' % (within, piece), limits)"): "what is longer than the least limit is unusual",
    ("xml/many.py", "small = min(7 * limits.depth - 4, 4 * limits.elements, 5 * limits.attributes)", "7 * limits.depth", "7 // limits.depth"): SAME_RESULT,
    ("xml/many.py", "small = min(7 * limits.depth - 4, 4 * limits.elements, 5 * limits.attributes)", "4 * limits.elements", "4 // limits.elements"): SAME_RESULT,
    ("xml/writing.py", 'prefixes[owner] = f"n{len(prefixes)}"', "'n'", "'XXn'"): "any prefix will do",
}
# fmt: on
"""Changes that alter nothing that can be observed: file, line, before, after, and why."""


AT_ONCE: Final = "how much is read, parsed or validated at once"
LOOKED_AT: Final = "how much of a file is looked at to recognise it; nothing states it"
TIDIED: Final = "how much may be left over before it is tidied"
ENOUGH: Final = "more than what is searched for takes"
RESTART: Final = "when expat begins again, which costs time and gives the same pieces"

TUNING: Final[dict[tuple[str, str], str]] = {
    ("conformance/processes.py", "_CHUNK"): AT_ONCE,
    ("receipts/schedule.py", "_SLACK"): TIDIED,
    ("recordings/input_files.py", "_HEAD"): LOOKED_AT,
    ("recordings/origins.py", "_HEAD"): LOOKED_AT,
    ("recordings/origins.py", "_LARGE"): LOOKED_AT,
    ("schema/verdict.py", "_BLOCK"): AT_ONCE,
    ("schema/verdict.py", "_FEW"): AT_ONCE,
    ("schema/verdict.py", "_SHORT"): AT_ONCE,
    ("stream/cutting.py", "_LEAST"): RESTART,
    ("stream/cutting.py", "LARGE"): "that it fits into memory is certain far below it",
    ("stream/cutting.py", "LONGEST_PASS"): RESTART,
    ("stream/cutting.py", "_MOST"): AT_ONCE,
    ("stream/reading.py", "_OVERLAP"): ENOUGH,
    ("stream/recording.py", "_BLOCK"): AT_ONCE,
    ("stream/text.py", "_BLOCK"): AT_ONCE,
    ("stream/text.py", "_MANY"): AT_ONCE,
    ("stream/text.py", "_OVERLAP"): ENOUGH,
    ("stream/numbers.py", "_BLOCK"): AT_ONCE,
    ("stream/unescaping.py", "_BLOCK"): AT_ONCE,
    ("stream/unescaping.py", "_LONGEST"): ENOUGH,
    ("tracker/deadlines.py", "_SLACK"): TIDIED,
}
"""Constants of which one more is as good: file, name, and what they decide."""


def room_of(file: str) -> str:
    """Return the room of a module, as ``xep0184/xml/parser.py``."""
    return file.split("/")[1].removesuffix(".py")


def paths_of(room: str) -> list[str]:
    """Return the paths of the tests of a room, relative to the root."""
    module = f"xep0184/{room}"
    names = dict.fromkeys((*TESTS[room], "details", "value", "bounds"))
    files = [f"tests/{it if '/' in it else f'test_{it}'}.py" for it in names]
    return [*files, module]
