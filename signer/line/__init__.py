"""Going to others over HTTP, within bounds that hold whatever the other side does.

What fetching revocation data and asking time-stamp authorities have in common, and all of it: ``way`` (by which way, a
value of the settings) and ``http`` (the only module of the service that goes to the network). Nothing is imported here:
the settings need way, and no HTTP.
"""
