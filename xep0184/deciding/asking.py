"""When to ask for a receipt.

`may_request` is a total function of a message, of what is known about the
addressee and of a policy. It never waits for anything and never depends on an
earlier receipt (XEP-0184 §5.1, §5.2). It can be asked with plain values:
``Message(to=…, type=…)`` is all it looks at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import jid, rules
from xep0184._value import value
from xep0184.message import Message, MessageType
from xep0184.rules import RuleScope, Ruling
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.jid import JID, Normaliser
    from xep0184.rules import Rule

__all__ = ["DEFAULT_REQUEST_POLICY", "RequestPolicy", "may_request"]


@value(kw_only=True)
class RequestPolicy:
    """What is left to the user where the XEP says MAY or SHOULD.

    Attributes:
        bare: Whether to ask at a bare JID, which may lead to any client.
        unknown: Whether to ask a full JID before its support is determined; only
            a known no leaves the request out by itself.
        groupchat: Whether to ask a room, which is NOT RECOMMENDED.
        content_only: Whether to ask only for messages that have content.
    """

    bare: bool = True
    unknown: bool = True
    groupchat: bool = False
    content_only: bool = False


DEFAULT_REQUEST_POLICY: Final = RequestPolicy()


@value(kw_only=True)
class _Facts:
    message: Message
    to: JID | None
    account: JID | None
    support: Support
    policy: RequestPolicy


def may_request(
    message: Message,
    /,
    *,
    account: JID | None = None,
    support: Support = Support.UNKNOWN,
    policy: RequestPolicy = DEFAULT_REQUEST_POLICY,
    normaliser: Normaliser = jid.normalise,
) -> Ruling:
    """Say whether a message about to be sent may ask for a receipt.

    Args:
        message: The message, with or without its ``<request/>``.
        account: One's own address; None leaves notes to oneself unrecognised.
        support: What is known of the very JID the message is addressed to; of
            a bare JID nothing can be known, so there it is not looked at.
        policy: What the user wants where the XEP leaves it open.
        normaliser: What makes two spellings of an address equal.

    Returns:
        The answer, with the first rule that applies. The reason ``query-first``
        tells to determine support of the full JID, by disco#info or by waiting
        for its presence; whether to ask meanwhile is the policy's answer.

    >>> may_request(Message(to="northumberland@shakespeare.lit")).allowed
    True
    >>> may_request(Message(to="n@shakespeare.lit/x"), support=Support.NO).reason
    'unsupported'
    """
    facts = _Facts(
        message=message,
        to=jid.parse_or_none(message.to, normaliser=normaliser),
        account=account,
        support=support,
        policy=policy,
    )
    rule = _judge(facts)
    is_yes = rule.id == "allowed" or (rule.id == "query-first" and policy.unknown)
    return Ruling(is_yes, rule)


def _judge(facts: _Facts) -> Rule:
    for rule in _RULES:
        if _APPLIES[rule.id](facts):
            return rule
    raise LookupError  # never, as the last row always applies


def _is_full(facts: _Facts) -> bool:
    return facts.to is not None and facts.to.is_full


_RULES: Final = rules.of(RuleScope.REQUEST)

_APPLIES: Final[Mapping[str, Callable[[_Facts], bool]]] = {
    "is-ack": lambda facts: facts.message.is_ack,
    "error-type": lambda facts: facts.message.type == MessageType.ERROR,
    "no-recipient": lambda facts: facts.message.to is None,
    "bad-recipient": lambda facts: facts.to is None,
    "self": lambda facts: facts.account is not None and facts.to == facts.account.bare,
    "groupchat": lambda facts: (
        facts.message.type == MessageType.GROUPCHAT and not facts.policy.groupchat
    ),
    "no-content": lambda facts: (
        facts.policy.content_only and not facts.message.has_content
    ),
    "policy": lambda facts: (
        not (
            facts.policy.bare
            or _is_full(facts)
            or facts.message.type == MessageType.GROUPCHAT
        )
    ),
    "unsupported": lambda facts: _is_full(facts) and facts.support is Support.NO,
    "query-first": lambda facts: _is_full(facts) and facts.support is Support.UNKNOWN,
    "allowed": lambda _: True,
}
