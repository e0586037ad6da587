"""For authors of connectors: the contract suite, a fault proxy, a provider in memory. See README.md here.

`contract` holds what every connector must do, as pytest classes to inherit; `proxy` lets any HTTP connector
meet what networks do; `builders` makes items and contexts; `memory` is a complete connector without a wire.
Only `contract` needs pytest. Nothing of Evenhold that runs may import from here.
"""
