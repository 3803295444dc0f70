"""Doing to the releases what a bad night does, and seeing that nothing is lost.

Belongs here: killing refreshes (`kills`, at the places of `places`), cutting the power (`powercut`, by `recording` what
commands do to a `disk`), reading while releases change (`readers`), what these need (`ground`), histories of many
commands beside a model (`histories`, `model`, and `small` for what they work on), bugs planted to see that these are
found (`planted`), and attacking the suppression of small counts (`suppression`). Does not: tests of single functions
(`tests`), or speed (`benchmarks`). It takes minutes to hours, so it is run by hand; what it found lies in
`torture/results`.
"""
