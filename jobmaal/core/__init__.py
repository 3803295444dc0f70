"""What every room uses: paths, errors, the database, durable files, outcomes of checks, the contract.

Belongs here: what knows neither documents nor series nor releases. Does not: anything that imports another room.
"""
