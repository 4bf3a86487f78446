"""Give induction a building block of your own: programs may then call it like any other."""

from abduce import Example, Machine, Primitive
from abduce.values import Basic


def digit_sum(number: int) -> int:
    """Return the sum of a number's decimal digits."""
    return sum(map(int, str(abs(number))))


examples = [Example((str(n),), n) for n in range(10, 70)]
examples += [Example(("checksum", str(n)), digit_sum(n)) for n in range(10, 70)]

machine = Machine(primitives=[Primitive("digitsum", (Basic.INT,), Basic.INT, digit_sum)])
print("learned:", machine.fit(examples).learned)
print("checksum means", machine.lexicon["checksum"][0].show())
print("checksum 59:", machine(("checksum", "59")).value)
