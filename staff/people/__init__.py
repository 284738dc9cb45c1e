"""Who works here: who is waiting to join, who leaves, and what becomes of the keys and of what they open."""
