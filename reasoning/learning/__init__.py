"""Learning: abduction, induction and the loop that trains a machine from pairs."""
