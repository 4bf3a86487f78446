"""Tell a machine what you know already, and let it learn the rest: here a unit and a Python function are given."""

from abduce import Example, Machine

DIGITS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}

examples = [Example((word,), number) for word, number in DIGITS.items()]
examples += [Example((word, "cups"), 250 * number) for word, number in DIGITS.items()]
examples += [Example((a, "and", b), m + n) for a, m in DIGITS.items() for b, n in DIGITS.items()]
examples += [Example((a, "cups", "and", b), 250 * m + n) for a, m in DIGITS.items() for b, n in DIGITS.items()]
examples += [Example((a, "and", b, "cups"), m + 250 * n) for a, m in DIGITS.items() for b, n in DIGITS.items()]

machine = Machine(knowledge={"cups": lambda number: 250 * number, "one": 1})
print("learned:", machine.fit(examples).learned)
print("three cups and two and four cups:", machine("three cups and two and four cups").value)
