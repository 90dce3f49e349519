"""The bridge as an appliance: how it fares, what it is made of, and how all of it is carried away and put back."""
