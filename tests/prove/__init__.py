"""The proof of the checkers: bugs planted in the engine, one at a time, each of which must be caught.

`python -m tests.prove` plants them all. A bug is data (`bug`, and by subject `sending`, `looking`, `judging`,
`keeping`); it is planted in a copy of `syncer` (`plant`), on which a process of its own runs the checker
(`check`). A checker that nothing can make fail proves nothing.
"""
