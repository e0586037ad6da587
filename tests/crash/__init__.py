"""Crashes on purpose: a canonical run cut at every boundary of IO, and the daemon killed for real.

`python -m tests.crash` runs both and prints the figures. No test logic of other rooms may live here.
"""
