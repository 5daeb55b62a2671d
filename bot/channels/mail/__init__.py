"""Mail: reading any of it, answering only what may be answered, losing nothing."""
