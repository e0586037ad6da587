"""A pass: `observe` looks, `absorb` learns, `cycle` decides, `apply` sends.

`happenings` are what a pass tells while it works.
"""
