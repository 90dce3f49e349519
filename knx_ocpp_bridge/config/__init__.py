"""The configuration file: models, loading with file and line in each error, and the core's settings made of it."""
