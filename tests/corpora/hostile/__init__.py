"""Input made to hurt: items that cost too much, answers that lead astray, and a server that hands them out.

`items` and `answers` build what is too large to be a file; what is small is an `.ics` beside them.
`python -m tests.corpora.hostile` measures what each item costs.
"""
