"""The web console and the API: an edge that asks the daemon in the words of the control socket."""
