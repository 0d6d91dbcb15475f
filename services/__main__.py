"""`python -m services` is `fengqiao`."""

from services.cli import main

main()
