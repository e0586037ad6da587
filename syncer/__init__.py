"""Evenhold's engine room.

`core` decides and is pure; `ledger` remembers; `engine` runs passes between the two and the connectors,
which `plugins` finds by entry point and `connector` describes. `app` puts a household together from what
people wrote (configuration, bundle files, secrets), `daemon` keeps passes going, `cli` is the command, and
`testing` is what connector authors test with. Imports go one way: cli, daemon -> app -> engine -> ledger,
connector -> core.
"""
