"""Who is meant: conditions on attributes, shares of units, and flags made of both.

Pure, and without a word of the rest of Firstmile: the client evaluates with these very files.
"""
