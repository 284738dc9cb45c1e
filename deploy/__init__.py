"""What an installation is made of beside the program, and the builder of its packages."""
