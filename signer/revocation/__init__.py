"""Fetching CRLs and OCSP answers into the folder that the validation room reads; an operator's work, never a signer's.

``shelf.open_shelf`` gives the RevocationShelf; ``signer.line.http.Line`` is the Fetcher. Inside: way (what to fetch,
by which way), certificates (what names addresses), crls and answers (what is believed), folder and shelf (the files).
Nothing is imported here: the settings need way.
"""
