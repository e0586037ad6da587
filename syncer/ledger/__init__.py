"""The ledger: `tables` is the schema, `store` opens it, `record` appends, `sync` knows the apps, `views` and
`reading` read. Only portable SQL.
"""
