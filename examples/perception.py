"""Put a perception of your own in the place of tokens: here noisy pixels, read by a small torch network.

The network is trained beforehand. Where it is unsure of a symbol, the machine takes one that makes a sentence.
"""

import numpy as np
import torch

from abduce import Example, Machine
from abduce.perception.lattice import Lattice
from abduce.perception.symbols import Vocabulary

SYMBOLS = Vocabulary.of(["0", "1", "2", "3", "+"])
generator = torch.Generator().manual_seed(0)
prototypes = torch.randn(len(SYMBOLS), 16, generator=generator)
network = torch.nn.Linear(16, len(SYMBOLS))


def draw(symbols: list[str], noise: float = 0.6) -> np.ndarray:
    """Return an image for each symbol, (n, 16)."""
    rows = prototypes[[SYMBOLS.symbols.index(symbol) for symbol in symbols]]
    return (rows + noise * torch.randn(rows.shape, generator=generator)).numpy()


def read(images: np.ndarray) -> Lattice:
    """Return what the network makes of some images."""
    with torch.no_grad():
        return Lattice(network(torch.from_numpy(images)).log_softmax(-1).double().numpy(), SYMBOLS)


labels = torch.randint(len(SYMBOLS), (2000,), generator=generator)
pictures = prototypes[labels] + 0.6 * torch.randn(2000, 16, generator=generator)
optimiser = torch.optim.Adam(network.parameters(), lr=0.05)
for _ in range(60):
    optimiser.zero_grad()
    torch.nn.functional.cross_entropy(network(pictures), labels).backward()
    optimiser.step()

digits = range(4)
sums = [([str(a)], a) for a in digits] + [([str(a), "+", str(b)], a + b) for a in digits for b in digits]
examples = [Example(draw(symbols), value) for symbols, value in sums for _ in range(12)]

machine = Machine(perception=read)
print("learned:", machine.fit(examples).learned)
print("3 + 2 + 3 + 1:", machine(draw(["3", "+", "2", "+", "3", "+", "1"])).value)
