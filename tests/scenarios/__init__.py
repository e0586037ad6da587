"""The failures seen in the field and the invariants, each with the tests that show how Evenhold stands it.

The tables are `failures.toml` and `invariants.toml`; `python -m tests.scenarios` prints them as Markdown.
"""
