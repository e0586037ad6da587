"""Connecting an account: the parts that know no terminal."""
