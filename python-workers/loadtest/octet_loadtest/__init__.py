"""The load worker: GuideLLM as a backend of Octet."""
