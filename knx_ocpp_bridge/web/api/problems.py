"""What the API answers where it does not do what was asked: problem details (RFC 9457), each with what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its status, its name in `type`, and what it means."""

    status: HTTPStatus
    name: str
    meaning: str


UNREADABLE: Final = Kind(HTTPStatus.BAD_REQUEST, "unreadable", "The request is no JSON object, or no HTTP.")
NOBODY: Final = Kind(
    HTTPStatus.UNAUTHORIZED, "nobody", "Nobody knows who asks: send `Authorization: Bearer` with an API token."
)
FORBIDDEN: Final = Kind(HTTPStatus.FORBIDDEN, "forbidden", "The token's role does not reach: use one of a higher role.")
MISSING: Final = Kind(HTTPStatus.NOT_FOUND, "missing", "There is no such address, charger, connector, card or number.")
METHOD: Final = Kind(HTTPStatus.METHOD_NOT_ALLOWED, "method", "The address is there, but not for this method.")
NOT_DONE: Final = Kind(
    HTTPStatus.CONFLICT,
    "not-done",
    "The request was understood and not carried out; `outcome` says how it ended, `why` the reason.",
)
TOO_LARGE: Final = Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", "The body is larger than it may be.")
NO_JSON: Final = Kind(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "no-json", "The body is JSON, or a file: send the right `Content-Type`."
)
SENSELESS: Final = Kind(
    HTTPStatus.UNPROCESSABLE_ENTITY, "senseless", "A value is missing, unknown, of another kind or out of its range."
)
TOO_MANY: Final = Kind(HTTPStatus.TOO_MANY_REQUESTS, "too-many", "Too many commands or streams: wait a moment.")
BROKEN: Final = Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "broken", "A mistake of ours; the log of the bridge has it.")

KINDS: Final = (
    UNREADABLE, NOBODY, FORBIDDEN, MISSING, METHOD, NOT_DONE, TOO_LARGE, NO_JSON, SENSELESS, TOO_MANY, BROKEN,
)  # fmt: skip


@dataclass
class ProblemError(Exception):
    """Ends a request; `where` names the part of it that is meant, `more` are further members."""

    kind: Kind
    detail: str
    where: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


_BY_STATUS: Final = {kind.status.value: kind for kind in KINDS}


def as_problem(error: HTTPException) -> ProblemError:
    """What the framework or the doorkeeper has to say."""
    return ProblemError(_BY_STATUS.get(error.status_code, UNREADABLE), error.detail, headers=error.headers or {})


def answered(problem: ProblemError) -> Response:
    """The answer that tells it."""
    status = problem.kind.status
    members = {
        "type": f"/api#{problem.kind.name}",
        "title": status.phrase,
        "status": status.value,
        "detail": problem.detail,
        **({"where": problem.where} if problem.where else {}),
        **problem.more,
    }
    return Response(msgspec.json.encode(members), status.value, dict(problem.headers), MEDIA_TYPE)
