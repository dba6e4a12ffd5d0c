"""Values as files for people: the register as CSV, XLSX and for binding as PDF; deadlines; the drafter's report.

Each module takes a value of a use case and gives bytes. Nothing here asks a store, a token or the time.
"""
