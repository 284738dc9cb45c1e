"""What the recovery key does in the casebook: give on what it was granted, and nothing else."""
