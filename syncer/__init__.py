"""Evenhold's engine room.

`core` decides and is pure; `ledger` remembers; `engine` runs passes between the two and the connectors,
which `plugins` finds by entry point, `connector` describes and `fence` keeps from harming the rest. `app`
puts a household together from what people wrote (`config`, `bundles`, `secrets`), `onboarding` logs in to
their accounts and `checkup` tells how these are, `daemon` keeps passes going, `commands` is what each
command does, `cli` takes its arguments, `embedded` is the server for whoever has none, and `testing` is
what connector authors test with. Imports go one way: cli -> commands -> daemon -> app -> engine ->
ledger, connector -> core.
"""
