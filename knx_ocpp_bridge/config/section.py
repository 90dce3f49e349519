"""What every section of the file has in common: frozen, and no key that nobody knows."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
