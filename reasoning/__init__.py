"""Programs, deduction, abduction, induction and learning."""
