"""What the daemon answers, as HTTP has it: outcomes, rows, and why not."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from knx_ocpp_bridge.control.protocol import Called, Ended, Failed, Listing, Managed, Reloaded, Snapshot
from knx_ocpp_bridge.control.protocol import Response as Answer
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web.api.problems import MISSING, NOT_DONE, SENSELESS, ProblemError


def json_answer(content: object) -> Response:
    """200 with this."""
    return Response(msgspec.json.encode(content), 200, media_type="application/json")


def outcome(answer: Answer) -> Response:
    """How a command ended.

    Raises:
        ProblemError: it was not done, or makes no sense.
    """
    match answer:
        case Ended(result, reason):
            return _ended(result, reason, {})
        case Called(result, reason, payload):
            return _ended(result, reason, {"answer": payload})
        case Managed(done, messages, because, row):
            learnt = {} if row is None else {"row": row}
            result = CommandResult.ACCEPTED if done else because
            why = "" if done else "; ".join(messages)
            return _ended(result, why, {"messages": messages, **learnt})
        case Reloaded(done, messages):
            result = CommandResult.ACCEPTED if done else CommandResult.REJECTED
            why = "" if done else "; ".join(messages)
            return _ended(result, why, {"messages": messages})
        case Failed():
            raise refusal(answer)
        case Listing() | Snapshot():
            raise TypeError(f"a command is answered by {type(answer).__name__}")


def under_way() -> Response:
    """202: it is being done, and how it ends is told by the state alone."""
    return Response(msgspec.json.encode({"outcome": "under_way"}), 202, media_type="application/json")


def refusal(answer: Failed) -> ProblemError:
    """Why not."""
    return ProblemError(MISSING if answer.missing else SENSELESS, answer.error)


def _ended(result: CommandResult, why: str, more: Mapping[str, Any]) -> Response:
    told = {"outcome": result.name.lower(), **({"why": why} if why else {}), **more}
    if result is CommandResult.ACCEPTED:
        return json_answer({key: value for key, value in told.items() if value is not None})
    # A verb that is not done without a kind of its own is rejected.
    raise ProblemError(NOT_DONE, why or "no reason is known", "", {**told, "why": why or "no reason is known"})
