"""What is made of the console's sources before it can be served: browser code from npm, and catalogues of words.

`make web` runs it. Nothing of it is needed at run time.
"""
