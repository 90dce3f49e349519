"""The door of the site: who somebody is, where a request comes from, and what a browser must not do."""
