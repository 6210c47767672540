"""The peers: what each of them does is one script, in its own environment.

A script is given the directory of the work. It prints one line that says what it
is and which works it can do, as `NAME VERSION<TAB>WORK WORK …`. Then it answers
lines: `check WORK` with what the work comes to, `time WORK COUNT` with the seconds
that its processor took.
So a peer of any language is timed by its own clock, with no pipe in between, and
takes its turn in every round like everyone else.

Each script does the work by the quickest public way its library documents or
itself takes, warm; where there was a choice, the script says which.
"""
