"""Keys on PKCS#11 tokens: the map, and the contract on threads, forks and PINs."""
