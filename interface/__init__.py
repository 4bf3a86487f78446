"""abduce: a neuro-symbolic reasoning engine."""
