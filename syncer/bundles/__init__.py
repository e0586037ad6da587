"""Bundles as people write them: `file` reads and `draft` makes them; `catalogue` has ready-made ones.

`tables` are the keys of a bundle file, `checks` go between its keys.
"""
