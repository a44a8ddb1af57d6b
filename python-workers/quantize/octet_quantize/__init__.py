"""The quantize worker: LLM Compressor as a backend of Octet."""
