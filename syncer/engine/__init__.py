"""A pass over a household (`house`) looks and learns (`firsthalf`), decides and sends (`onepass`).

`cycle` runs one after another. `observe` looks at a collection and `found` collects what it shows; `doubts`
says when not to believe it. `settling` finds out what open intents did, `absorb` takes what was seen into the
ledger, `apply` sends what follows. `holder` tells two daemons apart. `undo` and `unlink` take back what was
sent. `happenings` are told meanwhile, by `telling`; `report` is what came of it.
"""
