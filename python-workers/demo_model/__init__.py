"""Builds the bundled demo model: a described world, its corpus and mini tasks, the tokenizer, training and scoring."""
