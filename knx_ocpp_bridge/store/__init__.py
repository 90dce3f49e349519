"""The journal: facts on disk, one writer."""
