"""The HTTP manners that both apps share: origin, headers, body checks, CSRF, error pages, the embedded server."""
