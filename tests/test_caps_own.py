"""Our own capabilities: what is advertised, and how queries about it are answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from xep0184 import caps, disco, ns
from xep0184.caps import CapsVerdict, OwnCaps
from xep0184.disco import Identity, Info, Query
from xep0184.errors import BuildCode, BuildError

CLIENT = Info(identities=(Identity(category="client", type="pc"),), features=("f",))
NODE = "https://c.example"


def answer_to(own: OwnCaps, node: str | None) -> disco.Answer:
    """Query a node."""
    query = Query(to="a@b/c", id="1", node=node, from_="d@e/f")
    return disco.parse(own.reply(query) or b"")


def nodes(own: OwnCaps) -> list[str]:
    """Return the nodes of the current advertisement."""
    advertisement = own.advertisement
    assert advertisement.caps is not None
    assert advertisement.hashes is not None
    return [
        f"{NODE}#{advertisement.caps.ver}",
        *map(caps.hash_node, advertisement.hashes.hashes),
    ]


def test_receipts_are_announced_exactly_while_answered() -> None:
    """Changing `sends_receipts` changes the feature and the hashes."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True)
    before = own.advertisement
    assert disco.support(own.info) is disco.support(answer_to(own, None).info)
    assert (own.sends_receipts, ns.RECEIPTS in own.info.features) == (True, True)
    assert own.update(sends_receipts=False) is True
    assert (own.sends_receipts, ns.RECEIPTS in own.info.features) == (False, False)
    assert own.advertisement != before
    assert own.update(sends_receipts=True) is True
    assert own.advertisement == before


def test_the_switch_rules_over_what_is_given() -> None:
    """The feature is listed according to `sends_receipts`, whatever `info` lists."""
    named = replace(CLIENT, features=(ns.RECEIPTS, "f"))
    assert (
        ns.RECEIPTS not in OwnCaps(named, node=NODE, sends_receipts=False).info.features
    )
    once = OwnCaps(named, node=NODE, sends_receipts=True).info.features
    assert once.count(ns.RECEIPTS) == 1


def test_own_answer_names_what_is_spoken() -> None:
    """The features of the protocols are listed beside the given ones."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True)
    expected = {"f", ns.RECEIPTS, ns.DISCO_INFO, ns.CAPS, ns.CAPS2}
    assert set(own.info.features) == expected
    assert answer_to(own, None).oddities == ()


def test_own_hashes_verify() -> None:
    """The answer has the advertised hashes."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True, algorithms=["blake2b-512"])
    advertisement = own.advertisement
    for node in (None, *nodes(own)):
        answer = answer_to(own, node)
        assert (answer.node, answer.info) == (node, own.info)
    for advertised in (advertisement.caps, advertisement.hashes):
        assert advertised is not None
        assert caps.verify(advertised, own.info) is CapsVerdict.OK


def test_the_last_three_sets_are_answered_for() -> None:
    """The last three states are answered for; older nodes are not found."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True)
    history = [(nodes(own), own.info)]
    for name in ("g", "h", "i"):
        assert own.update(replace(CLIENT, features=(name,))) is True
        history.append((nodes(own), own.info))
    (oldest, _), *kept = history
    for names, info in kept:
        assert {answer_to(own, name).info for name in names} == {info}
    for name in (*oldest, "n", f"{NODE}#", "urn:xmpp:caps#sha-256.AAAA="):
        answer = answer_to(own, name)
        assert (answer.condition, answer.info) == ("item-not-found", None)


def test_the_same_again_changes_nothing() -> None:
    """An update without a change needs no presence and forgets no older state."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True)
    first = nodes(own)
    own.update(replace(CLIENT, features=("g", "h")))
    assert own.update(replace(CLIENT, features=("h", "g"))) is False
    assert own.info.features[:2] == ("h", "g")
    own.update(replace(CLIENT, features=("i",)))
    assert answer_to(own, first[0]).info is not None


def test_going_back_and_forth_forgets_nothing() -> None:
    """Changing back and forth forgets no state."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True)
    first = nodes(own)
    for _ in range(3):
        own.update(sends_receipts=False)
        own.update(sends_receipts=True)
    own.update(replace(CLIENT, features=("g",)))
    own.update(sends_receipts=False)
    assert answer_to(own, first[0]).info is not None


def test_a_refused_update_changes_nothing() -> None:
    """After a refused update, answer and advertisement are as before."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True)
    before = (own.info, own.advertisement, own.sends_receipts)
    for wrong in (Info(), replace(CLIENT, features=("a<b",))):
        with pytest.raises(BuildError):
            own.update(wrong, sends_receipts=False)
    assert (own.info, own.advertisement, own.sends_receipts) == before
    assert own.update() is False


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"node": ""}, BuildCode.EMPTY),
        ({"algorithms": ("sha-1",)}, BuildCode.ALGORITHM),
    ],
)
def test_own_caps_are_complete(arguments: dict[str, Any], code: BuildCode) -> None:
    """A node and a mandatory hash function are needed."""
    with pytest.raises(BuildError) as caught:
        OwnCaps(CLIENT, sends_receipts=True, **{"node": NODE, **arguments})
    assert caught.value.code is code


@pytest.mark.parametrize("node", [None, "unknown"])
def test_a_component_answers_in_its_own_namespace(node: str | None) -> None:
    """Both the answer and the refusal of an unknown node name the component."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True)
    query = Query(to="c.example", id="1", node=node, from_="d@e/f")
    reply = own.reply(query, from_="c.example", namespace=ns.COMPONENT)
    assert reply is not None
    answer = disco.parse(reply, namespaces=[ns.COMPONENT])
    assert (answer.from_, answer.to, answer.node) == ("c.example", "d@e/f", None)
    assert answer.condition == (None if node is None else "item-not-found")


@pytest.mark.parametrize("id_", [None, ""])
@pytest.mark.parametrize("node", [None, "unknown"])
def test_a_query_without_id_is_not_answered(id_: str | None, node: str | None) -> None:
    """An answer could not name it; a peer causes no error of ours."""
    own = OwnCaps(CLIENT, node=NODE, sends_receipts=True)
    assert own.reply(Query(to="a@b/c", id=id_, node=node)) is None
