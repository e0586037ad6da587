"""The ledger: `tables` is the schema, `store` opens it, `record` appends facts, `views` and `reading` read.

What is known of the apps: `bindings` of collections, `projections` in them, `intents` to change them, `runs`
of those, items in `quarantine`; a `snapshot` is what a pass needs of all that. `keys` is how rows are found.
Only portable SQL.
"""
