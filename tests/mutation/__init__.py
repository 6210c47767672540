"""Mutation testing: ``nox -s mutants``.

`mutants` changes one place of the source, `rooms` says which tests a change must fail,
`session` runs these tests in a process for each change. The processes are forked from
one that has collected all tests, so that most changes cost a tenth of a second.
"""
