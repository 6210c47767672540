"""How quick xep0184 is, beside the floor of the same work and beside its peers.

`python -m benchmarks` runs every question of `benchmarks.questions` in one session
and prints ratios; `python -m benchmarks.setup` installs the peers before that.
"""
