"""The configuration file as it is looked at, judged and changed while the bridge runs, and the restart it may need."""
