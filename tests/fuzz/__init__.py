"""Fuzzing of every function that reads what a stranger sent: ``nox -s fuzz``.

`targets` has the functions and what must hold for any octets, `seeds` the octets to
begin with, `mutating` changes that know elements and attributes. The seeds are tried
in the ordinary tests, too.
"""
