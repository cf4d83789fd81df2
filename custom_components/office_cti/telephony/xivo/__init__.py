"""XiVO CTI, over the CTI server's own interface (port 5003, with TLS 5013).

The vendor's page "CTI Protocol" is the intention, conversations with releases 14.12 and 15.01 are the
truth. The way of a message: bytes → `codec` (bytes to messages) → `picture` (messages to changes of the
directory). `messages` is the vocabulary; `sheets` reads the customer information that comes with a call.
"""
