"""Who may open the pages and use the API: users, sessions, tokens, and the audit of what they did."""
