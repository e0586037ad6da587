"""The pure core: no IO, no clock, no randomness, no logging; one concept a module.

Read `model` for the words, `entries` and `fold` for what the ledger means, `recurrence`, `upcoming` and
`projection` for what should stand in an app, `evidence` for what a change there means, `fields` and `merge`
for whose value stands where two differ, `decide`, `reconcile` and `writing` for what follows, `guard` and
`notice` for what must wait, `load` and `audit` for how the load is carried.
"""
