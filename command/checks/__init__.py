"""What `utvag doctor` looks at, one module for each side of a machine."""
