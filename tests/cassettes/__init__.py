"""Recordings of each connector's main flows, and what plays them again without a network.

`story` is what happens, the same for every connector; `sources` are the providers that it was recorded from;
`tape` records and plays with vcrpy, and `scrubbing` takes out what is secret first. The recordings are in
`tapes/`, and each says on its first lines what it was recorded from: Google and Todoist are this repository's
emulators, the CalDAV servers are real ones.

    python -m tests.cassettes record                     record all of them again
    python -m tests.cassettes record todoist             or some
    python -m tests.cassettes record --accounts FILE     from accounts of one's own; `accounts` says how

Nothing here is recorded by the tests: they play, and record into a folder of their own that is thrown away.
"""
