"""The pure core: no IO, no clock, no randomness, no logging; one concept a module.

Read `model` for the words, `entries` and `fold` for what the ledger means, `recurrence`, `upcoming` and
`projection` for what should stand in an app, `evidence` for what a change there means, `decide` and
`reconcile` for what follows, `guard` for what must wait, `load` and `audit` for how the load is carried.
"""
