"""The official schemas of OCPP 1.6 and its security extension, as a strict peer applies them."""

import json
from decimal import Decimal
from typing import Any

from ocpp.messages import get_validator


def conforms(kind: int, action: str, payload: dict[str, Any]) -> None:
    """Holds the payload of a message of this type (2, 3) against its schema; nulls are nowhere allowed.

    Raises:
        AssertionError: it is not what the standard allows.
    """
    # Decimals, because a multiple of 0.1 is none in binary.
    validator = get_validator(kind, action, "1.6", parse_float=Decimal)
    text = json.dumps(payload)
    exact = json.loads(text, parse_float=Decimal)
    violations = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(exact)]
    assert not violations, f"{action} {payload} is not what the schema allows: {violations}"
    assert "null" not in text, f"{action} has nulls"
