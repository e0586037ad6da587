"""Connecting an account, and telling later how its login does; nothing here speaks to a terminal.

`enrolment` says which accounts a command is about. `consent`, `loopback` and `exchange` are the login on a
provider's page. `probe` tries what the login may do, and `register` writes down what came of it, all or
nothing. `grants` reads how old a login is, and `reminders` says in time which ends.
"""
