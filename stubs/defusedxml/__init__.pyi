# defusedxml has no types of its own: what the integration uses of it.
