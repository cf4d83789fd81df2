"""iSymphony 3 and XactView 3: who is there and who talks to whom, by REST and an event web-socket."""
