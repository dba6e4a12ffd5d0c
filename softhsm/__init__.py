"""Development and test tokens on SoftHSM. These keys grant no power. Product code never imports this."""
