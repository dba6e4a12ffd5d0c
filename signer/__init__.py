"""The service that joins tokens and rules: see house in the README."""
