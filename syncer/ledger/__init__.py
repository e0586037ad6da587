"""The ledger: `tables` is the schema, `store` opens it, `record` appends facts, `views` and `reading` read.

What is known of the apps: `bindings` of collections, `projections` in them, `intents` to change them; `keys`
is how those three find their rows. Only portable SQL.
"""
