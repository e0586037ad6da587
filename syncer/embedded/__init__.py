"""The calendar server for whoever has none: a Radicale on loopback, and the sample household on it."""
