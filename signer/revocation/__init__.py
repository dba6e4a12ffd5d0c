"""Fetching CRLs and OCSP answers into the folder that the validation room reads; an operator's work, never a signer's.

``shelf.open_shelf`` gives the RevocationShelf, ``line.Line`` is the Fetcher of signer.ports. Inside: way (how to reach
others), line (HTTP, the only module that goes to the network), certificates (what names addresses), crls and answers
(what is believed), folder and shelf (the files). Nothing is imported here: the settings need way, and no HTTP.
"""
