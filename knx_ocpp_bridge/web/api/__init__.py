"""The REST API: routes over the same topics, verbs and wishes that everybody asks the daemon for."""
