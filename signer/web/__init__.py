"""HTTP: the interface of the service."""
