"""What meets whoever signs in: a tour once, and the words about secrecy once a year, signed with their own key."""
