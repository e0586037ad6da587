"""The simulation: seeded histories of a household under all faults, and an oracle of what people did.

`python -m tests.simulation --seeds N` plays them. A history is data made from its seed alone (`chance`),
played in a world of memory (`world`, `people`, `commands`) and judged by `oracle` and `laws`; what breaks a
law is shrunk to the shortest history that still does (`shrink`).
"""
