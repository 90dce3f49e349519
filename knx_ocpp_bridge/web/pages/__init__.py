"""What people open in a browser: each module offers its pages as `PAGES`."""
