"""Real servers, clients and sockets: what is on the wire is what is tested."""
