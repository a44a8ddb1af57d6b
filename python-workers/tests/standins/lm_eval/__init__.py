"""LM Eval's command, replayed."""
