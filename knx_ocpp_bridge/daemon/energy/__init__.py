"""The energy of the site alive: what is seen is decided by `core.energy`, and what is decided is carried out."""
