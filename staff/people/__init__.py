"""Who works here: the town's people, who is waiting to join, and what leads do about it."""
