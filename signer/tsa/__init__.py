"""Time-stamps by RFC 3161.

Our own authority: request (a stranger's TimeStampReq, judged as a pure function), reply (DER templates of what it
gets), certificate (what the authority's must be), authority (both, with a key on a token and a known clock).

The clock that it rests on: sources (the settings as values), ntp and chrony (one question to each), rounds (all of
them at once), judgement (whom to believe, a pure function), reading (the computer's clocks), clock (what is known, and
until when).

Others' authorities: outside_spec (the settings as values), asking (question and reply), token and token_signature (what
came, judged as a pure function), outside (one authority), outside_list (all of them, in order), later (a token that
lies in a file). Nothing is imported here: the settings need outside_spec, and no HTTP.
"""
