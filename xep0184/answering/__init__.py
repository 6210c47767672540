"""When to answer with a receipt, and the answer itself.

`may_acknowledge` is a total function of a message, of how it came and of the
facts only a stack knows; `acknowledge` builds the ack message or says why there
is none. Deciding and sending are separate: an answer is sent once the message
was processed (XEP-0184 §7).

A receipt sent in answer to a message to the bare JID tells the sender which
resource is there (XEP-0184 §8). What only a stack knows is asked for as a
`xep0184.situation.Situation`.
"""

from __future__ import annotations

from xep0184.answering.building import acknowledge
from xep0184.answering.deciding import may_acknowledge

__all__ = ["acknowledge", "may_acknowledge"]
