"""What supervisors see: how many wait, what was decided, how long it took; an office, a province, the country.

All figures are sums kept beside what they count: rules.figures writes steps in the transaction of what happens, folding
adds them up, figures reads sums and steps together, verify compares them with what they count.
"""
