"""LM Eval's command: recorded outputs replayed, or the few tasks of a test asked at a real endpoint."""
