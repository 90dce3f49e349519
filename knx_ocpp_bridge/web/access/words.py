"""Why somebody is not let in, or a password or name is none: what people see, and the log says in English."""

from typing import Final


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


WRONG: Final = _("The name or the password is wrong.")
WAIT: Final = _("Too many wrong passwords: try again in %(seconds)d s.")
BUSY: Final = _("Too many people log in at this moment: try again in a few seconds.")
NOT_FROM_THERE: Final = _(
    "The first password is only set from the same network: open this page by the bridge's local address, or run "
    "knx-ocpp-bridge user add on it."
)
NOT_THE_FIRST: Final = _("Somebody has set the first password already: log in.")
LENGTH: Final = _("A password has 8 to 256 characters.")
VARIETY: Final = _("A password has at least three different characters.")
NO_NAME: Final = _("The password is the name: take another.")
NAME_LENGTH: Final = _("A name has 1 to 64 characters.")
NAME_LETTERS: Final = _("A name has letters that can be seen, and no blank at its ends.")
