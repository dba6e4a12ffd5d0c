"""Judging signatures, paths and changes; writes nothing."""
