"""`python -m command` is `utvag`, also where the console script is not installed."""

from command import main

main(prog_name="utvag")
