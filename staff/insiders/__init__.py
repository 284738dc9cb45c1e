"""What keeps those who may read from reading, or letting out, what they should not: conflicts, four eyes, alarms."""
