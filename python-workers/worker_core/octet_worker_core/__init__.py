"""The part that every Octet worker shares: the reliable job queue, messages, paths, tools run as children, telemetry."""
