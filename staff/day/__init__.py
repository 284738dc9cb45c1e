"""The coordinators' day: what cannot wait, one's own queue, the next shift, and all cases with their search."""
