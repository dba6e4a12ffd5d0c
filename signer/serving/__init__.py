"""The door: gunicorn's worker in which only whole requests cost a thread.

    pace.py      how long a transfer may take
    head.py      where a request's head ends, and how long it says its body is
    channel.py   a connection's socket as gunicorn's parser and writer use it: nothing waits for the network
    refusals.py  what is answered when a request cannot be read
    worker.py    connections from their first byte to their last; whole requests to the threads

A request whose head is not there yet, a small body on its way, an answer that its reader takes slowly, a connection
that is kept for the next request: all these lie in one event loop and cost a descriptor and some memory. A large
body is read by a thread, since it goes to a file as it comes; so many at once, and none below a rate.
"""
