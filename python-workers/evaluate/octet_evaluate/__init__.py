"""The evaluate worker: LM Eval as a backend of Octet."""
