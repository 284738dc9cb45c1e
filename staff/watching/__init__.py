"""Whether anything stands still: a portal that is not heard from, nothing collected, nothing read."""
