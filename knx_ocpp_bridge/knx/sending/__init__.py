"""What is said when: order, pace, and whose turn it is. Pure."""
