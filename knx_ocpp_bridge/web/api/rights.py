"""Who may, and what whoever may not is told."""

from typing import Final

from knx_ocpp_bridge.web.api.problems import FORBIDDEN, NOBODY, ProblemError
from knx_ocpp_bridge.web.roles import Role, Visitor

_HOW: Final = (
    "show an API token: Authorization: Bearer <token>; an installer makes one under Users, or by "
    "knx-ocpp-bridge token create"
)


def must_be(visitor: Visitor, role: Role) -> None:
    """Passes whoever has this role, or one above it.

    Raises:
        ProblemError: 401 or 403.
    """
    if visitor.role >= role:
        return
    if visitor.role is Role.NOBODY:
        raise ProblemError(NOBODY, _HOW, headers={"www-authenticate": "Bearer"})
    words = f"this is for the role {role.name.lower()} and above, and yours is {visitor.role.name.lower()}"
    raise ProblemError(FORBIDDEN, f"{words}: use a token of that role")
