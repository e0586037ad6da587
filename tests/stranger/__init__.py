"""A stranger's connector in a distribution of its own (`evenhold-todotxt/`), built, installed and used."""
